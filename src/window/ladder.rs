//! The order in which the ways of drawing are tried, and what follows when one of them gives up.
//! Knows no toolkit and no clock; how long a window stood is told to it.

use crate::options::Rung;
use crate::platform;
use std::collections::VecDeque;
use std::time::Duration;

/// A window that stood this long was drawn well; losing it then was an accident of the driver, a screen that was
/// switched over, or a computer that slept.
const STEADY: Duration = Duration::from_secs(60);

/// What this computer's system begins with. Linux begins with OpenGL, because that is what was measured there: it
/// starts sooner and takes less memory than Vulkan, and is there wherever a desktop is. Remote Desktop on Windows has
/// OpenGL 1.1, so OpenGL comes last there.
pub(super) fn usual_order() -> [Rung; 3] {
    if platform::drivers::DRAWS_WITH_OPENGL_FIRST {
        [Rung::Glow, Rung::WgpuHardware, Rung::WgpuSoftware]
    } else {
        [Rung::WgpuHardware, Rung::WgpuSoftware, Rung::Glow]
    }
}

#[derive(Debug)]
pub(super) struct Ladder {
    order: Vec<Rung>,
    left: VecDeque<Rung>,
}

impl Ladder {
    pub(super) fn new(order: Vec<Rung>) -> Self {
        Self { left: order.iter().copied().collect(), order }
    }

    /// Where to begin, or to go on when a way of drawing did not begin at all. `None` when all were tried.
    pub(super) fn next(&mut self) -> Option<Rung> {
        self.left.pop_front()
    }

    /// Where to go on after a window was lost that had stood for a while.
    pub(super) fn after(&mut self, lost: Rung, stood: Duration) -> Option<Rung> {
        if stood >= STEADY {
            self.left = self.order.iter().copied().filter(|rung| *rung != lost).collect();
            return Some(lost);
        }
        self.next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ladder() -> Ladder {
        Ladder::new(vec![Rung::WgpuHardware, Rung::WgpuSoftware, Rung::Glow])
    }

    #[test]
    fn every_way_is_tried_once_and_then_there_is_none() {
        let mut ladder = ladder();
        let tried: Vec<_> = std::iter::from_fn(|| ladder.next()).collect();
        assert_eq!(tried, [Rung::WgpuHardware, Rung::WgpuSoftware, Rung::Glow]);
        assert_eq!(ladder.next(), None);
    }

    #[test]
    fn a_window_lost_soon_goes_on_a_rung_further() {
        let mut ladder = ladder();
        ladder.next();
        assert_eq!(ladder.after(Rung::WgpuHardware, Duration::from_secs(2)), Some(Rung::WgpuSoftware));
        assert_eq!(ladder.after(Rung::WgpuSoftware, Duration::from_secs(2)), Some(Rung::Glow));
        assert_eq!(ladder.after(Rung::Glow, Duration::from_secs(2)), None, "not round and round");
    }

    #[test]
    fn a_window_that_stood_is_made_again_as_it_was_and_all_others_are_open_again() {
        let mut ladder = ladder();
        ladder.next();
        ladder.next();
        assert_eq!(ladder.after(Rung::WgpuSoftware, STEADY), Some(Rung::WgpuSoftware));
        assert_eq!(ladder.after(Rung::WgpuSoftware, Duration::ZERO), Some(Rung::WgpuHardware));
        assert_eq!(ladder.after(Rung::WgpuHardware, Duration::ZERO), Some(Rung::Glow));
    }

    #[test]
    fn every_system_has_all_three() {
        for rung in Rung::ALL {
            assert!(usual_order().contains(&rung), "{}", rung.name());
        }
    }
}
