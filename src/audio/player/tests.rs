//! The player against a silent device paced by hand: every sample and position is exact.
//!
//! The recording is a ramp whose sample values say where they come from.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use super::*;
use crate::audio::{Growing, Silent};

pub(super) const RATE: u32 = 16_000;
/// Frames of the volume ramp.
pub(super) const RAMP: usize = 80;
/// Samples cycle through this many values, so neighbours and seconds differ.
const CYCLE: u64 = 30_011;
pub(super) const PATIENT: Duration = Duration::from_secs(10);

pub(super) fn sample_at(frame: u64) -> i16 {
    (frame % CYCLE) as i16 - 15_000
}

/// A mono 16-bit recording of `frames` frames.
pub(super) fn recording(folder: &Path, name: &str, frames: u64) -> PathBuf {
    let path = folder.join(name);
    let spec =
        hound::WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    (0..frames).for_each(|n| writer.write_sample(sample_at(n)).unwrap());
    writer.finalize().unwrap();
    path
}

pub(super) struct Desk {
    pub(super) player: PlayerHandle,
    pub(super) events: Receiver<PlayerEvent>,
    pub(super) device: Silent,
    pub(super) folder: tempfile::TempDir,
}

impl Desk {
    pub(super) fn new(device: Silent) -> Self {
        Self::with(device, |options| options.release_after = Duration::from_mins(10))
    }

    pub(super) fn with(device: Silent, change: impl FnOnce(&mut PlayerOptions)) -> Self {
        let (send, events) = sync_channel(4_096);
        let mut options = PlayerOptions { tick: Duration::from_millis(2), ..PlayerOptions::default() };
        change(&mut options);
        let tell = move |event| {
            // A test that has seen enough no longer listens.
            let _ = send.try_send(event);
        };
        let output = OutputKind::Silent(device.clone());
        Self {
            player: Player::spawn_with(tell, output, options).unwrap(),
            events,
            device,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// A desk with a recording of ten seconds, loaded with token 7.
    pub(super) fn loaded() -> Self {
        let desk = Self::new(Silent::new(RATE, 1));
        let path = recording(desk.folder.path(), "a.wav", 160_000);
        desk.load(7, path, 0);
        assert_eq!(desk.next(), PlayerEvent::Loaded { token: 7, duration_ms: 10_000, partial: None });
        desk
    }

    pub(super) fn send(&self, command: PlayerCommand) {
        self.player.send(command).unwrap();
    }

    pub(super) fn load(&self, token: u64, path: PathBuf, position_ms: u64) {
        let source = Growing::whole(path).unwrap();
        self.send(PlayerCommand::Load { token, source, position_ms });
    }

    pub(super) fn next(&self) -> PlayerEvent {
        self.events.recv_timeout(PATIENT).expect("an event")
    }

    /// The next event that is not a position.
    pub(super) fn news(&self) -> PlayerEvent {
        loop {
            match self.next() {
                PlayerEvent::Position { .. } => {}
                event => return event,
            }
        }
    }

    pub(super) fn play(&self) {
        self.send(PlayerCommand::Play);
        assert_eq!(self.news(), PlayerEvent::Playing { token: 7 });
    }

    pub(super) fn pause(&self) -> u64 {
        self.send(PlayerCommand::Pause);
        match self.news() {
            PlayerEvent::Paused { token: 7, position_ms } => position_ms,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn seek(&self, to_ms: u64) {
        while self.events.try_recv().is_ok() {}
        self.send(PlayerCommand::SeekTo(to_ms));
        self.wait_for_position(to_ms);
    }

    pub(super) fn wait_for_position(&self, wanted: u64) {
        loop {
            match self.next() {
                PlayerEvent::Position { position_ms, .. } if position_ms == wanted => return,
                PlayerEvent::Position { .. } => {}
                other => panic!("{other:?} instead of position {wanted}"),
            }
        }
    }

    /// Pulls frames and checks that, after the ramp, they are the recording's from `frame` on.
    pub(super) fn hears(&self, frame: u64, frames: usize) {
        let heard = self.device.pull(frames);
        for (n, sample) in heard.iter().enumerate().skip(RAMP) {
            let want = f32::from(sample_at(frame + n as u64)) / 32_768.0;
            assert!(sample.to_bits() == want.to_bits(), "frame {frame}+{n}: {sample} is not {want}");
        }
        let ramp = heard.iter().zip(frame..).take(RAMP);
        let too_loud = ramp.filter(|(s, n)| s.abs() * 32_768.0 > f32::from(sample_at(*n)).abs() + 0.1);
        assert_eq!(too_loud.count(), 0);
    }
}

#[test]
fn plays_exactly_what_was_recorded_and_says_where_it_is() {
    let desk = Desk::loaded();
    assert!(!desk.device.is_open(), "loading needs no device");
    desk.play();
    desk.hears(0, 8_000);
    desk.wait_for_position(500);
    desk.hears_on(8_000, 16_000);
    assert_eq!(desk.pause(), 1_500);
    assert_eq!(desk.player.stats(), PlayerStats::default());
}

impl Desk {
    /// Like `hears`, for sound that goes on without a ramp.
    pub(super) fn hears_on(&self, frame: u64, frames: usize) {
        let heard = self.device.pull(frames);
        for (n, sample) in heard.iter().enumerate() {
            let want = f32::from(sample_at(frame + n as u64)) / 32_768.0;
            assert!(sample.to_bits() == want.to_bits(), "frame {frame}+{n}");
        }
    }
}

#[test]
fn pause_is_silence_and_goes_on_where_it_stopped() {
    let desk = Desk::loaded();
    desk.play();
    desk.hears(0, 16_000);
    assert_eq!(desk.pause(), 1_000);
    let faded = desk.device.pull(4_000);
    assert!(faded[..RAMP / 2].iter().all(|s| *s != 0.0), "fades out");
    assert!(faded[RAMP + 1..].iter().all(|s| *s == 0.0), "then is silent");
    desk.play();
    // The fade took a few milliseconds of sound with it; nothing is heard twice.
    let heard = desk.device.pull(1_000);
    let first = (heard[RAMP * 2] * 32_768.0) as i16;
    let frame = (0..CYCLE * 2).find(|n| sample_at(*n) == first).unwrap();
    let skipped = frame - 16_000 - RAMP as u64 * 2;
    assert!((RAMP as u64 - 1..=RAMP as u64 + 1).contains(&skipped), "{skipped}");
}

#[test]
fn seeks_while_playing_and_while_paused() {
    let desk = Desk::loaded();
    desk.play();
    desk.hears(0, 1_000);
    desk.seek(4_000);
    desk.device.pull(RAMP + 1);
    desk.hears(64_000, 2_000);
    assert_eq!(desk.pause(), 4_125);
    desk.device.pull(RAMP + 1);
    for to_ms in [9_000, 333, 2_000] {
        desk.seek(to_ms);
        assert!(desk.device.pull(500).iter().all(|s| *s == 0.0));
    }
    desk.play();
    desk.hears(32_000, 8_000);
    desk.wait_for_position(2_500);
}

#[test]
fn a_leap_counts_from_what_is_handed_out_now() {
    let desk = Desk::loaded();
    desk.play();
    desk.hears(0, 1_000);
    desk.send(PlayerCommand::SeekBy(3_000));
    desk.wait_for_position(3_063);
    desk.device.pull(RAMP + 1);
    desk.hears(49_000, 2_000);
    desk.send(PlayerCommand::SeekBy(-600_000));
    desk.wait_for_position(0);
    desk.device.pull(RAMP + 1);
    desk.hears(0, 100);
}

#[test]
fn reaches_the_end_and_plays_again() {
    let desk = Desk::loaded();
    desk.seek(9_000);
    desk.play();
    desk.hears(144_000, 16_000);
    assert!(desk.device.pull(500).iter().all(|s| *s == 0.0));
    assert_eq!(desk.news(), PlayerEvent::Ended { token: 7 });
    desk.play();
    desk.hears(0, 1_000);
    desk.seek(9_999);
    assert_eq!(desk.pause(), 9_999);
    desk.seek(5_000);
    desk.play();
    desk.device.pull(RAMP + 1);
    desk.hears(80_000, 1_000);
    assert_eq!(desk.player.stats().underruns, 0);
}

#[test]
fn a_seek_past_the_end_stops_at_the_end() {
    let desk = Desk::loaded();
    desk.send(PlayerCommand::SeekTo(u64::MAX));
    let end = PlayerEvent::Position { token: 7, position_ms: 10_000 };
    assert_eq!(desk.next(), end);
    desk.play();
    desk.hears(0, 100);
    desk.send(PlayerCommand::SeekTo(10_001));
    while desk.next() != end {}
    desk.device.pull(RAMP + 2);
    assert_eq!(desk.news(), PlayerEvent::Ended { token: 7 });
}

#[test]
fn volume_is_a_factor_and_never_jumps() {
    let desk = Desk::loaded();
    desk.send(PlayerCommand::SetVolume(0.25));
    desk.play();
    let quiet = desk.device.pull(8_000);
    let want = f32::from(sample_at(7_999)) / 32_768.0 * 0.25;
    assert!((quiet[7_999] - want).abs() < 1e-6);
    desk.send(PlayerCommand::SetVolume(f32::NAN));
    desk.send(PlayerCommand::SetVolume(7.0));
    // Not to 0: a position told before the sound began would look like the answer.
    desk.seek(1);
    let loud = desk.device.pull(3_000);
    let steepest = loud[RAMP..].windows(2).map(|w| (w[1] - w[0]).abs());
    assert!(steepest.fold(0.0, f32::max) < 0.02, "no click");
    let last = loud[2_999];
    assert!((last + 12_001.0 / 32_768.0).abs() < 0.01, "{last}");
    desk.send(PlayerCommand::SetVolume(0.0));
    desk.seek(1_000);
    let silent = desk.device.pull(1_000);
    assert!(silent[RAMP + 1..].iter().all(|s| *s == 0.0));
    assert!(desk.pause() > 1_050, "silent sound goes on all the same");
}

#[test]
fn what_cannot_be_played_is_said_in_words() {
    let desk = Desk::new(Silent::new(RATE, 1));
    let page = desk.folder.path().join("page.wav");
    std::fs::write(&page, "<!DOCTYPE html><title>Sign in</title>").unwrap();
    for (path, reason) in [
        (page, "This is not a WAV recording: it looks like a web page."),
        (recording(desk.folder.path(), "empty.wav", 0), "This recording contains no sound."),
    ] {
        desk.load(3, path, 0);
        let reason = reason.to_owned();
        assert_eq!(desk.next(), PlayerEvent::LoadFailed { token: 3, reason });
    }
    let gone = recording(desk.folder.path(), "gone.wav", 100);
    let source = Growing::whole(gone.clone()).unwrap();
    std::fs::remove_file(gone).unwrap();
    desk.send(PlayerCommand::Load { token: 3, source, position_ms: 0 });
    let reason = "The recording is no longer on this computer.".to_owned();
    assert_eq!(desk.next(), PlayerEvent::LoadFailed { token: 3, reason });
    desk.send(PlayerCommand::Play);
    desk.send(PlayerCommand::SeekTo(1));
    desk.send(PlayerCommand::Stop);
    let path = recording(desk.folder.path(), "cut.wav", 32_000);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..44 + 32_000]).unwrap();
    desk.load(4, path, 0);
    let partial = "This recording is incomplete: 1.0 s of 2.0 s are here.";
    assert_eq!(
        desk.next(),
        PlayerEvent::Loaded { token: 4, duration_ms: 1_000, partial: Some(partial.into()) },
        "and nothing happened without a recording"
    );
}

#[test]
fn no_device_is_a_state_and_play_tries_again() {
    let desk = Desk::loaded();
    desk.device.unplug();
    desk.seek(2_000);
    desk.send(PlayerCommand::Play);
    assert_eq!(desk.next(), PlayerEvent::NoDevice);
    desk.send(PlayerCommand::Play);
    assert_eq!(desk.next(), PlayerEvent::NoDevice);
    desk.device.plug_in();
    desk.send(PlayerCommand::Play);
    assert_eq!(desk.next(), PlayerEvent::DeviceBack);
    assert_eq!(desk.next(), PlayerEvent::Playing { token: 7 });
    desk.hears(32_000, 1_600);
    desk.device.unplug();
    let lost = PlayerEvent::DeviceLost { token: 7, position_ms: 2_100 };
    assert_eq!(desk.news(), lost);
    assert!(!desk.device.is_open(), "a broken device is let go");
    desk.device.plug_in();
    desk.send(PlayerCommand::Play);
    assert_eq!(desk.next(), PlayerEvent::DeviceBack);
    assert_eq!(desk.next(), PlayerEvent::Playing { token: 7 });
    desk.hears(33_600, 1_600);
}

#[test]
fn an_idle_player_gives_the_device_back() {
    let desk = Desk::with(Silent::new(RATE, 1), |options| options.release_after = Duration::from_millis(5));
    let path = recording(desk.folder.path(), "a.wav", 160_000);
    desk.load(7, path, 1_000);
    assert!(matches!(desk.next(), PlayerEvent::Loaded { token: 7, .. }));
    desk.play();
    desk.hears(16_000, 16_000);
    assert!(desk.device.is_open());
    assert_eq!(desk.pause(), 2_000);
    let deadline = std::time::Instant::now() + PATIENT;
    while desk.device.is_open() && std::time::Instant::now() < deadline {
        std::thread::yield_now();
    }
    assert!(!desk.device.is_open());
    desk.seek(3_000);
    desk.play();
    desk.hears(48_000, 1_000);
    assert_eq!(desk.device.times_opened(), 2);
}

#[test]
fn the_next_recording_replaces_the_one_that_plays() {
    let desk = Desk::loaded();
    desk.play();
    desk.hears(0, 3_000);
    let other = recording(desk.folder.path(), "b.wav", 50_000);
    desk.load(8, other, 500);
    assert!(matches!(desk.news(), PlayerEvent::Loaded { token: 8, .. }));
    let rest = desk.device.pull(2_000);
    assert!(rest[RAMP + 1..].iter().all(|s| *s == 0.0));
    desk.send(PlayerCommand::Play);
    assert_eq!(desk.news(), PlayerEvent::Playing { token: 8 });
    desk.hears(8_000, 5_000);
    desk.send(PlayerCommand::Stop);
    desk.send(PlayerCommand::Play);
    desk.send(PlayerCommand::Pause);
    assert!(desk.player.shut_down(PATIENT), "the thread ends");
    assert!(!desk.device.is_open());
}

#[test]
fn a_starved_device_gets_silence_and_is_counted() {
    let desk = Desk::loaded();
    desk.play();
    desk.hears(0, 200);
    // Faster than any reading thread: the ring holds half a second.
    let heard = desk.device.pull_now(160_000);
    assert!(heard.contains(&0.0));
    assert!(desk.player.stats().underruns >= 1);
}

#[test]
fn another_rate_and_channel_count_keep_the_position() {
    let desk = Desk::new(Silent::new(48_000, 2));
    let path = recording(desk.folder.path(), "a.wav", 48_000);
    desk.load(7, path, 0);
    assert!(matches!(desk.next(), PlayerEvent::Loaded { token: 7, .. }));
    desk.play();
    assert_eq!(desk.device.pull(48_000).len(), 96_000);
    desk.wait_for_position(1_000);
    desk.seek(2_500);
    desk.device.pull(240 + 2 + 24_000);
    loop {
        match desk.next() {
            PlayerEvent::Ended { token: 7 } => break,
            PlayerEvent::Position { position_ms, .. } => assert!(position_ms <= 3_000),
            other => panic!("{other:?}"),
        }
    }
}
