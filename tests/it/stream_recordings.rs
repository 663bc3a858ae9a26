//! Hearing while it arrives: sound before the download is done, jumps to what is not here, every misfortune on the
//! way, and one download for everybody. Sound is compared with the source, files byte for byte.

use crate::support::desk::{Desk, LIMIT, Setup};
use crate::support::recordings;
use consult_desk::domain::ConsultationKey;
use consult_desk::simulator::{Fault, NewRecord, Route};
use consult_desk::state::{
    Command, ExportCommand, ListCommand, PlayerCommand, PlayerStatus, RecordingState, Session, State,
};
use sha2::{Digest as _, Sha256};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const RATE: usize = 16_000;

/// Noise that tells every place from every other, without the high tones that a resampler may change.
fn noise(seconds: usize, seed: u64) -> Vec<i16> {
    let mut random = fastrand::Rng::with_seed(seed);
    let white: Vec<i32> = (0..seconds * RATE + 7).map(|_| random.i32(-12_000..12_000)).collect();
    white.windows(8).map(|window| (window.iter().sum::<i32>() / 4) as i16).collect()
}

fn wav(samples: &[i16]) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE as u32,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::new(&mut file, spec).expect("a writer");
    for sample in samples {
        writer.write_sample(*sample).expect("written");
    }
    writer.finalize().expect("a whole file");
    file.into_inner()
}

/// A desk with one long recording open, from a server of so many bytes a second.
struct Listening {
    desk: Desk,
    key: ConsultationKey,
    id: String,
    truth: Vec<i16>,
}

impl Listening {
    fn to(seconds: usize, bytes_per_second: u64, setup: Setup) -> Self {
        let setup = Setup { audio_bytes_per_second: Some(bytes_per_second), ..setup };
        let mut desk = Desk::signed_in(setup);
        let truth = noise(seconds, 1);
        let record = NewRecord { name: "Bella".to_owned(), recording: Some(wav(&truth)), ..NewRecord::default() };
        let id = desk.simulator.push_record(record);
        let key = ConsultationKey::record(&id);
        desk.list(ListCommand::Refresh);
        desk.step_until("the new row", |state| state.list.view.rows.iter().any(|row| row.key == key));
        desk.simulator.forget_requests();
        let mut listening = Self { desk, key, id, truth };
        listening.open();
        listening
    }

    fn open(&mut self) {
        self.desk.list(ListCommand::Select(self.key.clone()));
        self.desk.step_until("a look for the recording", |state| {
            state.record.as_ref().is_some_and(|record| record.recording != RecordingState::Unknown)
        });
    }

    fn wish(&mut self, command: PlayerCommand) {
        self.desk.wish(Command::Player(command));
    }

    #[track_caller]
    fn play(&mut self) {
        self.wish(PlayerCommand::Volume(1.0));
        self.wish(PlayerCommand::Play);
        self.desk.step_until("playing", |state| state.player.status == PlayerStatus::Playing);
    }

    /// Pulls sound until it is that of a place, without a doubt.
    #[track_caller]
    fn hears(&mut self, at_ms: u64) {
        let silent = self.desk.silent.clone();
        let from = at_ms as usize * RATE / 1000;
        let truth = &self.truth;
        self.desk.step_until("the right sound", |_| {
            // A device asks for sound whether there is some or not. It may be through with it before the state hears
            // that it plays, so the sound alone counts.
            let heard: Vec<f32> = silent.pull_now(8_000).iter().step_by(6).copied().collect();
            is_heard(&heard, truth, from)
        });
    }

    #[track_caller]
    fn stored(&mut self) {
        self.desk.step_until("the recording", |state| matches!(recording(state), Some(RecordingState::Stored { .. })));
    }

    /// What is kept is what the server has.
    #[track_caller]
    fn is_the_servers(&self, what: &str) {
        let server = self.desk.simulator.recording_bytes(&self.id).expect("its bytes");
        let kept = recordings::stored(&self.desk, &self.key).expect("a recording");
        assert_eq!(Sha256::digest(&kept), Sha256::digest(&server), "{what}");
    }

    fn ranges_asked(&self) -> Vec<Option<String>> {
        let log = self.desk.simulator.requests().log;
        log.into_iter().filter(|asked| asked.route == Route::Audio).map(|asked| asked.range).collect()
    }
}

fn recording(state: &State) -> Option<&RecordingState> {
    state.record.as_ref().map(|record| &record.recording)
}

fn received(state: &State) -> u64 {
    match recording(state) {
        Some(RecordingState::Downloading { received, .. }) => *received,
        _ => 0,
    }
}

/// Whether this sound is that of a place at most three seconds behind `from`.
fn is_heard(heard: &[f32], truth: &[i16], from: usize) -> bool {
    const WINDOW: usize = 2_000;
    let heard = heard.get(heard.len().saturating_sub(WINDOW)..).unwrap_or_default();
    let alike = |at: usize, count: usize| {
        let there = truth.get(at..at + count).unwrap_or_default();
        there.len() == count && correlation(heard.get(..count).unwrap_or_default(), there) > 0.99
    };
    // A few samples are enough to see that it is elsewhere.
    heard.len() == WINDOW && (from..from + 3 * RATE).any(|at| alike(at, 64) && alike(at, WINDOW))
}

fn correlation(heard: &[f32], truth: &[i16]) -> f64 {
    let (mut dot, mut a, mut b) = (0.0_f64, 0.0_f64, 0.0_f64);
    for (x, y) in heard.iter().zip(truth) {
        let (x, y) = (f64::from(*x), f64::from(*y));
        (dot, a, b) = (dot + x * y, a + x * x, b + y * y);
    }
    if a * b == 0.0 { 0.0 } else { dot / (a * b).sqrt() }
}

#[test]
fn it_sounds_long_before_it_is_here() {
    let mut listening = Listening::to(60, 400_000, Setup::default());
    listening.play();
    let arrived = received(&listening.desk.state);
    assert!(arrived < 400_000, "{arrived} of 1920044 bytes before the first sound");
    assert_eq!(listening.desk.state.player.duration_ms, Some(60_000), "the header tells the length");
    listening.hears(0);
    assert!(matches!(recording(&listening.desk.state), Some(RecordingState::Downloading { .. })));
    listening.stored();
    listening.is_the_servers("played while it came");
    assert_eq!(listening.ranges_asked(), [None], "one question for all");
    let is_drawn = |state: &State| {
        let waveform = state.record.as_ref().and_then(|record| record.waveform.as_ref());
        waveform.is_some_and(|waveform| waveform.is_complete() && waveform.duration_ms() == 60_000)
    };
    listening.desk.step_until("the whole waveform", is_drawn);
}

#[test]
fn a_place_that_is_not_here_is_jumped_to() {
    let mut listening = Listening::to(120, 500_000, Setup::default());
    listening.play();
    for (place_ms, byte) in [(90_000, 2_880_000_u64), (40_000, 1_280_000)] {
        listening.wish(PlayerCommand::SeekTo(place_ms));
        listening.hears(place_ms);
        let asked = listening.ranges_asked();
        let first = asked.last().cloned().flatten().expect("a part was asked for");
        let first: u64 =
            first["bytes=".len()..].split('-').next().and_then(|text| text.parse().ok()).expect("a number");
        assert!(first <= byte + 44 && byte < first + 8_192, "{asked:?}");
    }
    listening.stored();
    listening.is_the_servers("two jumps");
    assert!(listening.ranges_asked().len() <= 6, "{:?}", listening.ranges_asked());
}

#[test]
fn a_server_without_parts_lets_the_listener_wait_and_says_so() {
    let mut listening = Listening::to(40, 700_000, Setup { range: false, ..Setup::default() });
    listening.play();
    listening.wish(PlayerCommand::SeekTo(35_000));
    let silent = listening.desk.silent.clone();
    listening.desk.step_until("waiting", |state| {
        silent.pull_now(4_800);
        state.player.status == PlayerStatus::Waiting
    });
    listening.hears(35_000);
    listening.stored();
    listening.is_the_servers("no parts");
    assert_eq!(listening.ranges_asked(), [None]);
}

#[test]
fn every_misfortune_on_the_way_ends_with_the_right_bytes() {
    for fault in [
        Fault::WrongRangeStart,
        Fault::LateRangeStart,
        Fault::OtherTag,
        Fault::Status(416),
        Fault::Status(404),
        Fault::Status(503),
        Fault::IgnoreRange,
        Fault::ShortBody,
        Fault::Reset,
        Fault::CutAfter(50_000),
        Fault::StallAfter(50_000),
    ] {
        let setup = Setup { idle_timeout: Duration::from_millis(300), ..Setup::default() };
        let mut listening = Listening::to(30, 1_500_000, setup);
        listening.play();
        listening.desk.simulator.faults().next(Route::Audio, fault.clone(), 1);
        listening.wish(PlayerCommand::SeekTo(25_000));
        listening.hears(25_000);
        listening.stored();
        listening.is_the_servers(&format!("{fault:?}"));
    }
}

#[test]
fn a_new_version_on_the_server_is_played_on_and_kept() {
    let mut listening = Listening::to(40, 600_000, Setup::default());
    listening.desk.simulator.faults().next(Route::Audio, Fault::CutAfter(400_000), 1);
    listening.play();
    listening.truth = noise(35, 2);
    assert!(listening.desk.simulator.replace_recording(&listening.id, wav(&listening.truth)));
    listening.wish(PlayerCommand::SeekTo(30_000));
    listening.hears(30_000);
    listening.stored();
    listening.is_the_servers("another version");
}

#[test]
fn a_failed_download_keeps_what_came_and_play_fetches_the_rest() {
    let mut listening = Listening::to(40, 600_000, Setup::default());
    let faults = listening.desk.simulator.faults().clone();
    faults.next(Route::Audio, Fault::CutAfter(600_000), 1);
    faults.next(Route::Audio, Fault::Status(404), 100);
    listening.play();
    listening.desk.step_until("a failed download", |state| matches!(recording(state), Some(RecordingState::Failed(_))));
    assert_eq!(listening.desk.state.player.status, PlayerStatus::Paused);
    assert!(recordings::files(&listening.desk, "sealed").is_empty(), "nothing false is left");
    faults.clear();
    listening.desk.simulator.forget_requests();
    listening.play();
    listening.wish(PlayerCommand::SeekTo(35_000));
    listening.hears(35_000);
    listening.stored();
    listening.is_the_servers("the rest");
    assert!(listening.ranges_asked()[0].is_some(), "what was here is not fetched again");
}

#[test]
fn a_download_that_is_cut_off_by_closing_or_killing_is_gone_on_with() {
    for is_killed in [false, true] {
        let mut listening = Listening::to(60, 500_000, Setup::default());
        listening.play();
        listening.wish(PlayerCommand::SeekTo(45_000));
        listening.hears(45_000);
        listening.desk.step_until("two seconds' worth", |state| received(state) > 1_000_000);
        let home = Arc::clone(&listening.desk.home);
        let setup = Setup { secrets: listening.desk.secrets.clone(), ..Setup::default() };
        let Listening { desk, key, id, truth } = listening;
        let mut desk = if is_killed {
            // Just as the disk is at this moment, with nothing put away.
            let left = tempfile::tempdir().expect("a folder");
            copy_folder(home.path(), left.path());
            let simulator = desk.simulator.clone();
            drop(desk);
            Desk::open(setup, simulator, Arc::new(left))
        } else {
            desk.restart(setup)
        };
        desk.step_until("being signed in", |state| matches!(state.session, Session::SignedIn { .. }));
        desk.settle();
        assert!(recordings::files(&desk, "sealed").is_empty(), "nothing false is left");
        desk.simulator.forget_requests();
        let mut listening = Listening { desk, key, id, truth };
        listening.open();
        listening.play();
        listening.hears(0);
        listening.stored();
        listening.is_the_servers("gone on with");
        let asked = listening.ranges_asked();
        let is_part = |range: &Option<String>| range.as_deref().is_some_and(|range| range != "bytes=0-");
        assert!(!asked.is_empty() && asked.iter().all(is_part), "killed {is_killed}: {asked:?}");
    }
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&target).expect("made");
            copy_folder(&entry.path(), &target);
        } else {
            // A temporary file may be gone by now.
            std::fs::copy(entry.path(), target).ok();
        }
    }
}

#[test]
fn one_download_serves_player_waveform_and_exports() {
    let folder = tempfile::tempdir().expect("a folder");
    let (whole, clip) = (folder.path().join("whole.wav"), folder.path().join("clip.wav"));
    let saves_to = vec![Some(whole.clone()), Some(clip.clone())];
    let mut listening = Listening::to(30, 600_000, Setup { saves_to, ..Setup::default() });
    listening.play();
    listening.desk.wish(Command::Export(ExportCommand::Recording));
    listening.desk.step_until("the export's end", |state| state.exports.running.is_empty());
    let server = listening.desk.simulator.recording_bytes(&listening.id).expect("its bytes");
    assert!(std::fs::read(whole).expect("the export") == server);
    listening.wish(PlayerCommand::Select { from_ms: 4_250, to_ms: 9_500 });
    listening.desk.wish(Command::Export(ExportCommand::Clip));
    listening.desk.step_until("the clip's end", |state| state.exports.running.is_empty());
    let mut reader = hound::WavReader::open(&clip).expect("the clip");
    let samples: Vec<i16> = reader.samples().map(|sample| sample.expect("a sample")).collect();
    assert!(samples == listening.truth[4_250 * 16..9_500 * 16]);
    listening.is_the_servers("one for all");
    assert_eq!(listening.ranges_asked(), [None], "one question for all");
    listening.desk.step_until("the kept waveform", |state| {
        state.record.as_ref().is_some_and(|r| r.waveform.as_ref().is_some_and(|waveform| waveform.is_complete()))
    });
    let kept = recordings::of(&listening.desk);
    assert!(kept.kept_peaks(&listening.key).is_some());
}

/// A desk that has the whole recording and is opened anew, and whose disk then goes bad in the middle.
fn with_damage(seconds: usize, setup: Setup) -> Listening {
    let mut listening = Listening::to(seconds, 3_000_000, Setup::default());
    listening.play();
    listening.stored();
    let secrets = listening.desk.secrets.clone();
    let Listening { desk, key, id, truth } = listening;
    let mut desk = desk.restart(Setup { secrets, ..setup });
    desk.step_until("being signed in", |state| matches!(state.session, Session::SignedIn { .. }));
    desk.settle();
    recordings::damage(&desk, &key, 0.5);
    desk.simulator.forget_requests();
    Listening { desk, key, id, truth }
}

impl Listening {
    #[track_caller]
    fn is_told_and_mended(&mut self) {
        let is_told = |state: &State| {
            state.notices.iter().any(|notice| notice.text.contains("This recording is damaged on this computer."))
        };
        self.desk.step_until("word of the damage", is_told);
        let began = std::time::Instant::now();
        while recordings::of(&self.desk).finished(&self.key).is_none() {
            assert!(began.elapsed() < LIMIT, "never fetched again");
            self.desk.settle();
        }
        self.is_the_servers("fetched again");
    }
}

#[test]
fn a_damaged_recording_is_fetched_again_while_it_is_heard() {
    let mut listening = with_damage(60, Setup::default());
    for file in recordings::files(&listening.desk, "peaks") {
        std::fs::remove_file(file).expect("the waveform is made anew and meets the damage too");
    }
    listening.open();
    listening.play();
    listening.wish(PlayerCommand::SeekTo(28_000));
    listening.hears(28_000);
    listening.is_told_and_mended();
    listening.wish(PlayerCommand::SeekTo(50_000));
    listening.hears(50_000);
    let is_drawn = |state: &State| {
        let waveform = state.record.as_ref().and_then(|record| record.waveform.as_ref());
        waveform.is_some_and(|waveform| waveform.is_complete())
    };
    listening.desk.step_until("the whole waveform", is_drawn);
    assert_eq!(listening.ranges_asked().first(), Some(&None), "as if it had never been here");
}

#[test]
fn a_damaged_recording_is_exported_as_the_server_has_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = folder.path().join("whole.wav");
    let mut listening = with_damage(20, Setup { saves_to: vec![Some(whole.clone())], ..Setup::default() });
    listening.open();
    listening.desk.wish(Command::Export(ExportCommand::Recording));
    listening.desk.step_until("the export's end", |state| state.exports.running.is_empty());
    let server = listening.desk.simulator.recording_bytes(&listening.id).expect("its bytes");
    assert_eq!(Sha256::digest(std::fs::read(whole).expect("the export")), Sha256::digest(server));
    listening.is_told_and_mended();
    assert_eq!(listening.ranges_asked(), [None]);
}

#[test]
fn a_recording_that_was_cut_on_the_disk_is_not_here() {
    let mut listening = with_damage(20, Setup::default());
    for path in recordings::files(&listening.desk, "sealed") {
        let file = std::fs::File::options().write(true).open(path).expect("opened");
        file.set_len(70_000).expect("cut");
    }
    listening.open();
    assert_eq!(recording(&listening.desk.state), Some(&RecordingState::NotStored));
    listening.play();
    listening.hears(0);
    listening.stored();
    listening.is_the_servers("fetched again");
}
