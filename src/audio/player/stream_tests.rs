//! Playing while the recording still arrives, and in other ways than it was recorded.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::tests::{Desk, RAMP, RATE, recording, sample_at};
use super::*;
use crate::audio::{Growing, Silent};

/// Bytes of an ordinary header.
const HEADER: u64 = 44;
/// Frames that must be here before sound begins.
const LEAD: u64 = 1_600;

/// A recording of ten seconds that arrives as the test says.
struct Arriving {
    bytes: Vec<u8>,
    part: File,
    growing: Growing,
    wanted: Arc<AtomicU64>,
}

impl Arriving {
    fn new(desk: &Desk) -> Self {
        Self::of_length(desk, 160_000)
    }

    fn of_length(desk: &Desk, frames: u64) -> Self {
        let bytes = std::fs::read(recording(desk.folder.path(), "source.wav", frames)).unwrap();
        let path = desk.folder.path().join("a.part");
        let part = File::create(&path).unwrap();
        let growing = Growing::arriving(path, Some(bytes.len() as u64));
        let wanted = Arc::new(AtomicU64::new(0));
        let told = Arc::clone(&wanted);
        growing.on_want(move |at| told.store(at, Ordering::Release));
        Self { bytes, part, growing, wanted }
    }

    fn arrive(&mut self, from: u64, to: u64) {
        let to = to.min(self.bytes.len() as u64);
        self.part.seek(SeekFrom::Start(from)).unwrap();
        self.part.write_all(&self.bytes[from as usize..to as usize]).unwrap();
        self.part.flush().unwrap();
        self.growing.arrived(from..to);
    }

    /// Everything up to and without this frame.
    fn arrive_to(&mut self, from: u64, frame: u64) {
        self.arrive(if from == 0 { 0 } else { HEADER + from * 2 }, HEADER + frame * 2);
    }
}

/// A desk that was asked to play a recording of which nothing is here.
fn eager() -> (Desk, Arriving) {
    let desk = Desk::new(Silent::new(RATE, 1));
    let arriving = Arriving::new(&desk);
    desk.send(PlayerCommand::Load { token: 7, source: arriving.growing.clone(), position_ms: 0 });
    desk.send(PlayerCommand::Play);
    assert_eq!(desk.next(), PlayerEvent::Waiting { token: 7, position_ms: 0 });
    (desk, arriving)
}

fn begins(desk: &Desk) {
    assert_eq!(desk.next(), PlayerEvent::Loaded { token: 7, duration_ms: 10_000, partial: None });
    assert_eq!(desk.next(), PlayerEvent::Playing { token: 7 });
}

#[test]
fn sound_begins_with_the_header_and_a_tenth_of_a_second() {
    let (desk, mut arriving) = eager();
    arriving.arrive(0, 30);
    arriving.arrive(30, HEADER + LEAD * 2);
    begins(&desk);
    desk.hears(0, LEAD as usize);
    assert_eq!(desk.player.stats(), PlayerStats::default());
}

#[test]
fn what_has_not_arrived_is_waited_for_and_not_counted() {
    let (desk, mut arriving) = eager();
    arriving.arrive_to(0, 4_000);
    begins(&desk);
    desk.hears(0, 4_000);
    assert!(desk.device.pull(1_000).iter().all(|s| *s == 0.0));
    assert_eq!(desk.news(), PlayerEvent::Waiting { token: 7, position_ms: 250 });
    assert_eq!(arriving.wanted.load(Ordering::Acquire), HEADER + 8_000);
    // A quarter of a second is not enough to go on with: on a slow line it would be torn again at once.
    arriving.arrive_to(4_000, 8_000);
    assert!(desk.device.pull(1_000).iter().all(|s| *s == 0.0));
    arriving.growing.fail();
    arriving.arrive_to(8_000, 11_040);
    hears_after_silence(&desk, 4_000, 7_040);
    assert_eq!(desk.news(), PlayerEvent::Playing { token: 7 });
    arriving.arrive_to(11_040, 160_000);
    hears_after_silence(&desk, 11_040, 1_000);
    assert_eq!(desk.player.stats(), PlayerStats::default());
    assert!(desk.pauses_at() >= 500);
}

impl Desk {
    /// Waits until every command sent so far has been obeyed; other news is not looked at.
    fn settled(&self) {
        self.send(PlayerCommand::ListOutputs);
        while !matches!(self.next(), PlayerEvent::Outputs { .. }) {}
    }

    /// Pauses, and says where; other news is not looked at.
    fn pauses_at(&self) -> u64 {
        self.send(PlayerCommand::Pause);
        loop {
            if let PlayerEvent::Paused { position_ms, .. } = self.next() {
                return position_ms;
            }
        }
    }
}

/// Pulls silence for as long as it takes, then checks `frames` frames from `frame` on.
fn hears_after_silence(desk: &Desk, frame: u64, frames: usize) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    let mut first = [0.0];
    // The ramp begins with a gain of nearly nothing, but the ramp's recording is never zero here.
    while first[0] == 0.0 && std::time::Instant::now() < deadline {
        first.copy_from_slice(&desk.device.pull(1));
    }
    let heard = desk.device.pull(frames - 1);
    for (n, sample) in heard.iter().enumerate().skip(RAMP) {
        let want = f32::from(sample_at(frame + 1 + n as u64)) / 32_768.0;
        assert!(sample.to_bits() == want.to_bits(), "frame {frame}+{n}");
    }
}

#[test]
fn a_seek_into_what_has_not_arrived_asks_for_it() {
    let (desk, mut arriving) = eager();
    arriving.arrive_to(0, 16_000);
    begins(&desk);
    desk.hears(0, 1_000);
    desk.seek(8_000);
    desk.device.pull(500);
    assert_eq!(desk.news(), PlayerEvent::Waiting { token: 7, position_ms: 8_000 });
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while arriving.wanted.load(Ordering::Acquire) != HEADER + 256_000 && std::time::Instant::now() < deadline {
        std::thread::yield_now();
    }
    assert_eq!(arriving.wanted.load(Ordering::Acquire), HEADER + 256_000);
    arriving.arrive_to(128_000, 132_000);
    hears_after_silence(&desk, 128_000, 4_000);
    assert_eq!(desk.news(), PlayerEvent::Playing { token: 7 });
    // Back to what is here: at once.
    desk.send(PlayerCommand::SeekTo(500));
    desk.settled();
    hears_after_silence_of_fade(&desk);
    desk.send(PlayerCommand::Stop);
    assert_eq!(desk.player.stats(), PlayerStats::default());
}

/// The old place fades out, the new one (half a second in) fades in.
fn hears_after_silence_of_fade(desk: &Desk) {
    let heard = desk.device.pull(8_000);
    let want = f32::from(sample_at(8_000 + 2_000)) / 32_768.0;
    assert!(heard.iter().any(|s| s.to_bits() == want.to_bits()));
}

#[test]
fn another_version_of_the_file_has_its_own_length() {
    let (desk, mut arriving) = eager();
    arriving.arrive_to(0, 16_000);
    begins(&desk);
    desk.hears(0, 8_000);
    arriving.growing.restart();
    let shorter = Arriving::of_length(&desk, 64_000);
    arriving.bytes.clone_from(&shorter.bytes);
    arriving.part.set_len(0).unwrap();
    arriving.growing.set_total(arriving.bytes.len() as u64);
    arriving.arrive_to(0, 64_000);
    let mut events = Vec::new();
    let news = PlayerEvent::LengthChanged { token: 7, duration_ms: 4_000 };
    for _ in 0..100 {
        if events.contains(&news) {
            break;
        }
        desk.device.pull(160);
        std::thread::yield_now();
        while let Ok(event) = desk.events.try_recv() {
            events.push(event);
        }
    }
    assert!(events.contains(&news), "{events:?}");
    assert!(!events.iter().any(|e| matches!(e, PlayerEvent::LoadFailed { .. })));
}

#[test]
fn stopping_before_anything_arrived_ends_it() {
    let (desk, mut arriving) = eager();
    desk.send(PlayerCommand::SeekTo(3_000));
    assert_eq!(desk.next(), PlayerEvent::Position { token: 7, position_ms: 3_000 });
    desk.send(PlayerCommand::Stop);
    arriving.arrive_to(0, 160_000);
    let other = recording(desk.folder.path(), "b.wav", 16_000);
    desk.load(8, other, 0);
    assert_eq!(desk.next(), PlayerEvent::Loaded { token: 8, duration_ms: 1_000, partial: None });
    // A page instead of a recording is found out as soon as it is here.
    desk.send(PlayerCommand::Load { token: 9, source: arriving.growing.clone(), position_ms: 9_500 });
    assert!(matches!(desk.next(), PlayerEvent::Loaded { token: 9, .. }));
    desk.send(PlayerCommand::Play);
    assert_eq!(desk.news(), PlayerEvent::Playing { token: 9 });
    desk.hears(152_000, 8_000);
}

/// A desk that plays a soft tone of a minute with token 7.
fn humming() -> Desk {
    let desk = Desk::new(Silent::new(RATE, 1));
    let path = desk.folder.path().join("tone.wav");
    let spec =
        hound::WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    (0..RATE * 60).for_each(|n| writer.write_sample(((n as f32 * 0.05).sin() * 8_000.0) as i16).unwrap());
    writer.finalize().unwrap();
    desk.load(7, path, 0);
    assert!(matches!(desk.next(), PlayerEvent::Loaded { token: 7, .. }));
    desk.play();
    desk
}

fn steepest(samples: &[f32]) -> f32 {
    samples.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max)
}

#[test]
fn a_change_of_speed_is_heard_at_once_without_a_click() {
    let desk = humming();
    // A frame more than whole slots: the rest of a slot is there to fade out with, however slow the reading thread.
    let mut heard = desk.device.pull(16_001);
    desk.send(PlayerCommand::SetSpeed(f32::NAN));
    desk.send(PlayerCommand::SetSpeed(2.0));
    desk.settled();
    heard.extend(desk.device.pull(16_001));
    let place = desk.pause();
    assert!((2_940..3_030).contains(&place), "one second at 1x and one at 2x: {place}");
    heard.extend(desk.device.pull(200));
    desk.send(PlayerCommand::SetSpeed(9.0));
    desk.play();
    heard.extend(desk.device.pull(16_000));
    let place = desk.pause() - place;
    assert!((2_960..3_040).contains(&place), "clamped to 3x: {place}");
    assert!(steepest(&heard) < 0.02, "{}", steepest(&heard));
    assert_eq!(desk.player.stats(), PlayerStats::default());
}

#[test]
fn a_loop_takes_hold_and_lets_go() {
    let desk = humming();
    desk.send(PlayerCommand::SetLoop(Some((500, 900))));
    desk.settled();
    let mut heard = desk.device.pull(RATE as usize * 3);
    let inside = desk.pause();
    assert!((490..=910).contains(&inside), "{inside}");
    heard.extend(desk.device.pull(200));
    assert!(steepest(&heard) < 0.02);
    desk.send(PlayerCommand::SeekTo(2_000));
    desk.settled();
    desk.play();
    desk.device.pull(16_000);
    assert!(desk.pause() >= 2_950, "outside it is played on from there");
    desk.send(PlayerCommand::SeekTo(600));
    desk.send(PlayerCommand::SetLoop(None));
    desk.settled();
    desk.play();
    desk.device.pull(16_000);
    let place = desk.pause();
    assert!((1_550..1_610).contains(&place), "{place}");
}

#[test]
fn boost_makes_it_louder_at_once_and_off_is_exact() {
    let desk = humming();
    let before = desk.device.pull(8_000);
    desk.send(PlayerCommand::SetBoost(true));
    desk.settled();
    let boosted = desk.device.pull(16_000);
    let loudest = |s: &[f32]| s.iter().fold(0.0_f32, |most, s| most.max(s.abs()));
    assert!(loudest(&boosted[4_000..]) > loudest(&before) * 3.5 && loudest(&boosted) < 0.967);
    desk.send(PlayerCommand::SetBoost(false));
    desk.send(PlayerCommand::SetSkipSilence(true));
    desk.settled();
    let after = desk.device.pull(16_000);
    let exact = after.iter().skip(4_000).all(|s| (s * 32_768.0).fract() == 0.0);
    assert!(exact, "the recording's own samples again");
}

/// An hour is a matter for a measurement; this is the same in minutes.
#[test]
fn minutes_of_playing_have_no_underrun() {
    let desk = humming();
    for speed in [1.0, 1.5] {
        desk.send(PlayerCommand::SetSpeed(speed));
        desk.send(PlayerCommand::SetLoop(Some((1_000, 50_000))));
        for _ in 0..40 {
            let second = desk.device.pull(RATE as usize);
            assert!(second.iter().skip(2_000).any(|s| s.abs() > 0.1), "it sounds");
        }
    }
    assert_eq!(desk.player.stats(), PlayerStats::default());
}
