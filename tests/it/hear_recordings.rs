//! Hearing: download with progress and cancel, play, seek, pause, end, and every reason why not.

use crate::support::desk::{Desk, Setup};
use crate::support::recordings;
use consult_desk::audio::WavReader;
use consult_desk::domain::ConsultationKey;
use consult_desk::simulator::{Fault, Personality, Route, Source};
use consult_desk::state::{Command, ListCommand, PlayerCommand, PlayerStatus, RecordingState};

fn player(desk: &mut Desk, command: PlayerCommand) {
    desk.wish(Command::Player(command));
}

fn open_with_recording(desk: &mut Desk) -> ConsultationKey {
    let key = desk.key_with_recording();
    desk.list(ListCommand::Select(key.clone()));
    desk.step_until("a look for the recording", |state| {
        state.record.as_ref().is_some_and(|record| record.recording != RecordingState::Unknown)
    });
    key
}

#[track_caller]
fn downloaded(desk: &mut Desk) {
    desk.step_until("the recording", |state| {
        state.record.as_ref().is_some_and(|record| matches!(record.recording, RecordingState::Stored { .. }))
    });
}

/// The words of a download that failed.
fn failure(desk: &mut Desk) -> String {
    desk.step_until("a failed download", |state| {
        state.record.as_ref().is_some_and(|record| matches!(record.recording, RecordingState::Failed(_)))
    });
    match desk.state.record.as_ref().map(|record| &record.recording) {
        Some(RecordingState::Failed(problem)) => problem.summary.clone(),
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn play_downloads_once_and_sounds_as_recorded() {
    for personality in [Personality::Docs, Personality::Production] {
        let mut desk = Desk::signed_in(Setup { personality, ..Setup::default() });
        let key = open_with_recording(&mut desk);
        player(&mut desk, PlayerCommand::Volume(1.0));
        player(&mut desk, PlayerCommand::Toggle);
        desk.step_until("playing", |state| state.player.status == PlayerStatus::Playing);
        let heard = desk.silent.pull(48_000);
        let id = key.record_id().expect("a record").as_str().to_owned();
        let bytes = desk.simulator.recording_bytes(&id).expect("its bytes");
        let mut reader = WavReader::open(std::io::Cursor::new(bytes)).expect("a WAV");
        assert_eq!(reader.info().rate, 16_000);
        let mut truth = vec![0.0_f32; 16_000];
        reader.read_frames(&mut truth).expect("samples");
        let left: Vec<f32> = heard.iter().step_by(2).step_by(3).copied().collect();
        let best = (0..2_000).map(|lag| correlation(&left, &truth, lag)).fold(0.0_f64, f64::max);
        assert!(best > 0.99, "heard something else: {best}");
        let audio = |r: &consult_desk::simulator::LoggedRequest| r.path.contains("audio") || r.path.contains("s3-file");
        let downloads = desk.simulator.requests().log.iter().filter(|r| audio(r)).count();
        assert!(downloads <= 2, "{downloads} requests for one recording");
    }
}

/// Normalised correlation of what was heard with the truth `lag` samples later.
fn correlation(heard: &[f32], truth: &[f32], lag: usize) -> f64 {
    let heard = heard.get(lag..).unwrap_or_default();
    let count = heard.len().min(truth.len()).min(12_000);
    let (mut dot, mut a, mut b) = (0.0_f64, 0.0_f64, 0.0_f64);
    for (x, y) in heard.iter().zip(truth).take(count) {
        dot += f64::from(*x) * f64::from(*y);
        a += f64::from(*x) * f64::from(*x);
        b += f64::from(*y) * f64::from(*y);
    }
    if a * b == 0.0 { 0.0 } else { dot / (a * b).sqrt() }
}

#[test]
fn seeking_pausing_and_the_end_behave() {
    let mut desk = Desk::signed_in(Setup::default());
    open_with_recording(&mut desk);
    player(&mut desk, PlayerCommand::Toggle);
    desk.step_until("playing", |state| state.player.status == PlayerStatus::Playing);
    let total = desk.state.player.duration_ms.expect("a length");
    player(&mut desk, PlayerCommand::SeekTo(total + 60_000));
    assert_eq!(desk.state.player.position_ms, total, "past the end stops at the end");
    player(&mut desk, PlayerCommand::SeekTo(1_000));
    player(&mut desk, PlayerCommand::SeekBy(-5_000));
    assert_eq!(desk.state.player.position_ms, 0);
    player(&mut desk, PlayerCommand::Toggle);
    desk.step_until("pausing", |state| state.player.status == PlayerStatus::Paused);
    player(&mut desk, PlayerCommand::Toggle);
    desk.step_until("playing on", |state| state.player.status == PlayerStatus::Playing);
    player(&mut desk, PlayerCommand::SeekTo(total.saturating_sub(200)));
    let silent = desk.silent.clone();
    desk.step_until("the end", |state| {
        silent.pull_now(4_800);
        state.player.status == PlayerStatus::Ended
    });
    player(&mut desk, PlayerCommand::Toggle);
    desk.step_until("playing again", |state| state.player.status == PlayerStatus::Playing);
    assert!(desk.state.player.position_ms < total);
}

#[test]
fn it_plays_on_while_another_record_is_read() {
    let mut desk = Desk::signed_in(Setup::default());
    let key = open_with_recording(&mut desk);
    player(&mut desk, PlayerCommand::Toggle);
    desk.step_until("playing", |state| state.player.status == PlayerStatus::Playing);
    let other = desk.row_keys().into_iter().find(|other| *other != key).expect("another row");
    desk.open_record(&other);
    assert_eq!(desk.state.player.status, PlayerStatus::Playing);
    assert_eq!(desk.state.player.key.as_ref(), Some(&key));
}

#[test]
fn a_download_can_be_cancelled_and_leaves_nothing_false() {
    let setup = Setup { audio_bytes_per_second: Some(4_000), ..Setup::default() };
    let mut desk = Desk::signed_in(setup);
    open_with_recording(&mut desk);
    player(&mut desk, PlayerCommand::Toggle);
    desk.step_until("some progress", |state| {
        matches!(state.record.as_ref().map(|r| &r.recording), Some(RecordingState::Downloading { received, .. }) if *received > 0)
    });
    player(&mut desk, PlayerCommand::CancelDownload);
    desk.step_until("cancelled", |state| {
        matches!(state.record.as_ref().map(|r| &r.recording), Some(RecordingState::NotStored))
    });
    assert_eq!(desk.state.player.status, PlayerStatus::Empty);
}

#[test]
fn a_broken_download_is_taken_up_again_and_ends_whole() {
    for (range, fault) in [
        (true, Fault::CutBody),
        (false, Fault::CutBody),
        (true, Fault::ShortBody),
        (true, Fault::WrongRangeStart),
        (true, Fault::IgnoreRange),
        (true, Fault::Reset),
        (true, Fault::Status(503)),
        (true, Fault::RateLimited { retry_after: None }),
    ] {
        let mut desk = Desk::signed_in(Setup { range, ..Setup::default() });
        let key = open_with_recording(&mut desk);
        desk.simulator.faults().next(Route::Audio, Fault::CutBody, 1);
        desk.simulator.faults().next(Route::Audio, fault.clone(), 1);
        player(&mut desk, PlayerCommand::Download);
        downloaded(&mut desk);
        let id = key.record_id().expect("a record").as_str().to_owned();
        let truth = desk.simulator.recording_bytes(&id).expect("its bytes");
        let stored = recordings::stored(&desk, &key).expect("it is stored");
        assert!(stored == truth, "{fault:?} with range {range}: {} of {} bytes", stored.len(), truth.len());
    }
}

#[test]
fn each_fault_of_a_download_has_its_own_words() {
    for (fault, words) in [
        (Fault::Status(404), "The recording is not on NxVET."),
        (Fault::Status(403), "This key may not download recordings."),
        (Fault::Status(500), "NxVET has a problem on its side."),
        (Fault::Garbage, "The network answered instead of NxVET."),
        (Fault::CutBody, "The connection broke off."),
    ] {
        let mut desk = Desk::signed_in(Setup { range: false, ..Setup::default() });
        open_with_recording(&mut desk);
        desk.simulator.faults().next(Route::Audio, fault.clone(), 100);
        player(&mut desk, PlayerCommand::Toggle);
        assert_eq!(failure(&mut desk), words, "{fault:?}");
        // What had come by then can still be heard.
        let came = if fault == Fault::CutBody { PlayerStatus::Paused } else { PlayerStatus::Empty };
        assert_eq!(desk.state.player.status, came, "{fault:?}");
        assert!(recordings::files(&desk, "sealed").is_empty(), "nothing false is left");
    }
}

#[test]
fn no_sound_device_is_a_state_and_not_a_crash() {
    let mut desk = Desk::signed_in(Setup::default());
    desk.silent.unplug();
    open_with_recording(&mut desk);
    player(&mut desk, PlayerCommand::Toggle);
    desk.step_until("the news", |state| state.player.problem.is_some());
    let sentence = desk.state.player.problem.as_ref().map(consult_desk::state::Problem::sentence);
    assert_eq!(sentence.as_deref(), Some("No speakers or headphones found. You can still export the recording."));
    assert!(desk.state.player.duration_ms.is_some(), "its length shows all the same");
    desk.silent.plug_in();
    player(&mut desk, PlayerCommand::Toggle);
    desk.step_until("playing", |state| state.player.status == PlayerStatus::Playing);
}

#[test]
fn a_real_recording_plays_too() {
    let Some(folder) = crate::support::desk::shared("data/consultations") else { return };
    let mut desk = Desk::signed_in(Setup { source: Source::Folder(folder), ..Setup::default() });
    open_with_recording(&mut desk);
    player(&mut desk, PlayerCommand::Toggle);
    desk.step_until("playing", |state| state.player.status == PlayerStatus::Playing);
    assert!(desk.state.player.duration_ms.is_some_and(|length| length > 60_000));
}
