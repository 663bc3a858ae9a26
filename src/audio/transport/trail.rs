//! Remembers where the frames of a stream came from in the recording.
//!
//! Loops and shortened silences make a stream out of pieces; the position told must stay true
//! through them. A trail is a short list of joints, and whatever lies behind what is heard is
//! forgotten. It counts frames and holds no samples.

use std::collections::VecDeque;

/// A stream of frames as pieces of the recording.
#[derive(Debug, Default)]
pub(super) struct Trail {
    joints: VecDeque<Joint>,
    frames: u64,
}

/// From the stream's frame `at` on, the recording is heard from its frame `from` on.
#[derive(Debug, Clone, Copy)]
struct Joint {
    at: u64,
    from: u64,
}

impl Joint {
    fn recorded(self, at: u64) -> u64 {
        self.from.saturating_add(at.saturating_sub(self.at))
    }
}

impl Trail {
    /// Forgets everything: the stream begins with the recording's frame `from`.
    pub(super) fn restart(&mut self, from: u64) {
        self.joints.clear();
        self.joints.push_back(Joint { at: 0, from });
        self.frames = 0;
    }

    /// Notes that the recording's `frames` frames from `from` on come next.
    pub(super) fn append(&mut self, from: u64, frames: u64) {
        if frames == 0 {
            return;
        }
        let expected = self.joints.back().map(|joint| joint.recorded(self.frames));
        if expected != Some(from) {
            self.joints.push_back(Joint { at: self.frames, from });
        }
        self.frames += frames;
    }

    /// The recording's frame at the stream's frame `at`.
    pub(super) fn recorded(&self, at: u64) -> u64 {
        let later = self.joints.partition_point(|joint| joint.at <= at);
        self.joints.get(later.saturating_sub(1)).map_or(0, |joint| joint.recorded(at))
    }

    /// The recording's frame just behind the stream's frame before `at`: at a joint, where the
    /// earlier piece ends and not where the later one begins.
    pub(super) fn recorded_before(&self, at: u64) -> u64 {
        at.checked_sub(1).map_or_else(|| self.recorded(0), |last| self.recorded(last).saturating_add(1))
    }

    /// Drops what lies before the stream's frame `at`.
    pub(super) fn forget_before(&mut self, at: u64) {
        while self.joints.get(1).is_some_and(|next| next.at <= at) {
            self.joints.pop_front();
        }
    }

    /// Frames appended so far.
    pub(super) fn frames(&self) -> u64 {
        self.frames
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_keep_their_places() {
        let mut trail = Trail::default();
        assert_eq!((trail.recorded(7), trail.recorded_before(0)), (0, 0));
        trail.append(1_000, 10);
        trail.append(1_010, 10);
        trail.append(500, 5);
        trail.append(0, 0);
        assert_eq!(trail.joints.len(), 2, "what continues is one piece");
        assert_eq!((trail.recorded(19), trail.recorded(20), trail.recorded(24)), (1_019, 500, 504));
        assert_eq!((trail.recorded_before(20), trail.recorded_before(21)), (1_020, 501));
        assert_eq!((trail.frames(), trail.recorded(25)), (25, 505));
        trail.forget_before(19);
        assert_eq!(trail.joints.len(), 2);
        trail.forget_before(20);
        assert_eq!((trail.joints.len(), trail.recorded(22)), (1, 502));
        trail.restart(9);
        assert_eq!((trail.recorded(0), trail.recorded_before(0)), (9, 9));
        trail.append(9, 1);
        assert_eq!(trail.joints.len(), 1);
    }
}
