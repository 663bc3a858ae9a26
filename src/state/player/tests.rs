//! The player's rules, one by one: what each wish and each piece of news asks for next.

use crate::domain::{Consultation, ConsultationKey, Peak, Stage, Waveform, Zone};
use crate::state::{
    Command, Event, ExportCommand, ExportRequest, Fault, ListCommand, PlayerCommand, PlayerEvent, PlayerRequest,
    PlayerStatus, Problem, RecordingEvent, RecordingRequest, RecordingState, Request, Route, ScanDirection, Selection,
    Settings, SettingsCommand, SoundOutput, State, Supply, WindowCommand,
};
use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use std::sync::Arc;
use std::time::Duration;

const LENGTH: u64 = 600_000;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 14, 0, 0).single().expect("a time")
}

fn key(id: &str) -> ConsultationKey {
    ConsultationKey::record(id)
}

fn row(id: &str) -> Arc<Consultation> {
    Arc::new(Consultation { stage: Stage::Ready, ..Consultation::bare(key(id), now()) })
}

/// A desk without a list and a consultation opened by its key.
struct Desk(State);

impl Desk {
    fn with(settings: Settings) -> Self {
        let mut desk = Self(State::start(settings, Zone::utc(), now()).0);
        desk.open("a");
        desk
    }

    fn new() -> Self {
        Self::with(Settings::default())
    }

    /// Stored, loaded and playing.
    fn playing() -> Self {
        let mut desk = Self::new();
        desk.recording(RecordingEvent::Stored { key: key("a"), bytes: 9 });
        desk.wish(PlayerCommand::Toggle);
        desk.load();
        desk
    }

    /// Playing from a download under way.
    fn streaming() -> Self {
        let mut desk = Self::new();
        desk.recording(RecordingEvent::NotStored { key: key("a") });
        desk.wish(PlayerCommand::Toggle);
        desk.load();
        desk
    }

    fn open(&mut self, id: &str) -> Vec<Request> {
        self.0.handle(Command::List(ListCommand::Select(key(id))), now())
    }

    fn wish(&mut self, command: PlayerCommand) -> Vec<Request> {
        self.0.handle(Command::Player(command), now())
    }

    fn recording(&mut self, event: RecordingEvent) -> Vec<Request> {
        self.0.apply(Event::Recording(event), now())
    }

    fn hear(&mut self, event: PlayerEvent) -> Vec<Request> {
        self.0.apply(Event::Player(event), now())
    }

    fn token(&self) -> u64 {
        self.0.player.token
    }

    fn load(&mut self) -> Vec<Request> {
        let token = self.token();
        let requests = self.hear(PlayerEvent::Loaded { token, duration_ms: LENGTH, partial: None });
        self.hear(PlayerEvent::Playing { token });
        requests
    }

    fn at(&mut self, position_ms: u64) {
        let token = self.token();
        self.hear(PlayerEvent::Position { token, position_ms });
    }

    fn pause_at(&mut self, position_ms: u64) {
        assert_eq!(self.wish(PlayerCommand::Toggle).len(), 1);
        let token = self.token();
        self.hear(PlayerEvent::Paused { token, position_ms });
    }
}

fn sound(requests: &[Request]) -> Vec<PlayerRequest> {
    let sounds = requests.iter().filter_map(|request| match request {
        Request::Player(request) => Some(request.clone()),
        _ => None,
    });
    sounds.collect()
}

fn near(a: f32, b: f32) -> bool {
    (a - b).abs() < 1e-6
}

fn downloads(requests: &[Request]) -> usize {
    let is_download = |r: &&Request| matches!(r, Request::Recording(RecordingRequest::Download(_)));
    requests.iter().filter(is_download).count()
}

fn failed(id: &str) -> RecordingEvent {
    RecordingEvent::Failed { key: key(id), problem: Problem::new(&Fault::BrokenOff, "NET") }
}

#[test]
fn play_downloads_and_loads_at_once() {
    let mut desk = Desk::new();
    desk.recording(RecordingEvent::NotStored { key: key("a") });
    let requests = desk.wish(PlayerCommand::Toggle);
    assert_eq!(downloads(&requests), 1);
    let token = desk.token();
    let load = PlayerRequest::Load { token, key: key("a"), position_ms: 0 };
    assert_eq!(sound(&requests), [PlayerRequest::Stop, load], "the player does not wait for the file");
    let download = requests.iter().position(|r| matches!(r, Request::Recording(_)));
    assert!(download < requests.iter().position(|r| matches!(r, Request::Player(PlayerRequest::Load { .. }))));
    assert_eq!((desk.0.player.status, desk.0.player.supply), (PlayerStatus::Loading, Supply::Arriving));
    assert!(desk.wish(PlayerCommand::Toggle).is_empty(), "it is on its way");
    assert_eq!(desk.load().last().map(|last| sound(std::slice::from_ref(last))), Some(vec![PlayerRequest::Play]));
    assert!(desk.0.player.is_playing());
    desk.recording(RecordingEvent::Stored { key: key("a"), bytes: 9 });
    assert_eq!(desk.0.player.supply, Supply::Whole);
    assert!(desk.0.player.is_playing(), "the download's end changes nothing for the ear");
}

#[test]
fn a_stored_recording_is_not_downloaded_again() {
    let mut desk = Desk::new();
    desk.recording(RecordingEvent::Stored { key: key("a"), bytes: 9 });
    let requests = desk.wish(PlayerCommand::PlayFrom(42_000));
    assert_eq!(downloads(&requests), 0);
    let token = desk.token();
    assert!(sound(&requests).contains(&PlayerRequest::Load { token, key: key("a"), position_ms: 42_000 }));
}

#[test]
fn running_dry_is_said_and_goes_on_by_itself() {
    let mut desk = Desk::streaming();
    let token = desk.token();
    desk.hear(PlayerEvent::Waiting { token, position_ms: 31_000 });
    assert_eq!((desk.0.player.status, desk.0.player.position_ms), (PlayerStatus::Waiting, 31_000));
    assert_eq!(sound(&desk.wish(PlayerCommand::Toggle)), [PlayerRequest::Pause], "waiting can be paused");
    desk.hear(PlayerEvent::Playing { token });
    assert!(desk.0.player.is_playing());
    desk.hear(PlayerEvent::Waiting { token: token - 1, position_ms: 1 });
    assert!(desk.0.player.is_playing(), "an older recording's news is dropped");
}

#[test]
fn a_failed_download_pauses_keeps_the_place_and_play_asks_again() {
    let mut desk = Desk::streaming();
    desk.at(31_000);
    assert_eq!(sound(&desk.recording(failed("a"))), [PlayerRequest::Pause]);
    let player = &desk.0.player;
    assert_eq!((player.status, player.position_ms), (PlayerStatus::Paused, 31_000));
    assert_eq!(player.problem.as_ref().map(|problem| problem.code.as_str()), Some("NET"));
    let requests = desk.wish(PlayerCommand::Toggle);
    assert_eq!(downloads(&requests), 1);
    assert_eq!(sound(&requests), [PlayerRequest::SeekTo(29_500), PlayerRequest::Play]);
    assert_eq!((desk.0.player.supply, desk.0.player.problem.is_none()), (Supply::Arriving, true));
    assert!(matches!(desk.0.record.as_ref().map(|record| &record.recording), Some(RecordingState::Downloading { .. })));
}

#[test]
fn a_download_that_fails_before_any_sound_leaves_the_player_empty() {
    let mut desk = Desk::new();
    desk.recording(RecordingEvent::NotStored { key: key("a") });
    desk.wish(PlayerCommand::Toggle);
    let token = desk.token();
    let problem = Problem::new(&Fault::Unplayable("it broke off".to_owned()), "WAV");
    desk.hear(PlayerEvent::LoadFailed { token, problem });
    assert_eq!(sound(&desk.recording(failed("a"))), [PlayerRequest::Stop]);
    assert_eq!(desk.0.player.status, PlayerStatus::Empty);
    assert!(desk.0.player.problem.is_none(), "the download's own words are said");
    desk.hear(PlayerEvent::Loaded { token, duration_ms: 1, partial: None });
    assert_eq!(desk.0.player.status, PlayerStatus::Empty, "a late answer loads nothing");
}

#[test]
fn another_recordings_failure_does_not_pause() {
    let mut desk = Desk::streaming();
    assert!(desk.recording(failed("b")).is_empty());
    assert!(desk.0.player.is_playing());
}

#[test]
fn giving_up_the_download_stops_what_plays_from_it() {
    let mut desk = Desk::streaming();
    let requests = desk.wish(PlayerCommand::CancelDownload);
    assert_eq!(sound(&requests), [PlayerRequest::Stop]);
    assert!(requests.iter().any(|r| matches!(r, Request::Recording(RecordingRequest::Cancel(_)))));
    assert_eq!((desk.0.player.status, desk.0.player.key.is_none()), (PlayerStatus::Empty, true));
    let mut stored = Desk::playing();
    assert!(stored.recording(RecordingEvent::Cancelled { key: key("a") }).is_empty());
    assert!(stored.0.player.is_playing());
}

#[test]
fn a_consultation_opened_again_while_it_streams_is_still_downloading() {
    let mut desk = Desk::streaming();
    desk.open("b");
    desk.open("a");
    desk.recording(RecordingEvent::NotStored { key: key("a") });
    assert!(matches!(desk.0.record.as_ref().map(|record| &record.recording), Some(RecordingState::Downloading { .. })));
}

#[test]
fn the_length_may_turn_out_otherwise() {
    let mut desk = Desk::playing();
    desk.at(500_000);
    desk.wish(PlayerCommand::Select { from_ms: 100_000, to_ms: 450_000 });
    let token = desk.token();
    desk.hear(PlayerEvent::LengthChanged { token, duration_ms: 400_000 });
    let player = &desk.0.player;
    assert_eq!((player.duration_ms, player.position_ms), (Some(400_000), 400_000));
    assert_eq!(player.selection, Some(Selection { from_ms: 100_000, to_ms: 400_000 }));
    desk.hear(PlayerEvent::LengthChanged { token, duration_ms: 50_000 });
    assert_eq!(desk.0.player.selection, None);
}

#[test]
fn play_after_pause_steps_back() {
    let mut desk = Desk::playing();
    desk.pause_at(60_000);
    assert_eq!(
        sound(&desk.wish(PlayerCommand::Toggle)),
        [PlayerRequest::SeekTo(58_500), PlayerRequest::Play],
        "1.5 s earlier"
    );
    assert_eq!(sound(&desk.wish(PlayerCommand::Play)), [PlayerRequest::Play], "only once for one pause");
}

#[test]
fn a_sought_place_and_the_start_are_not_stepped_back_from() {
    let mut desk = Desk::playing();
    desk.pause_at(60_000);
    desk.wish(PlayerCommand::SeekTo(90_000));
    assert_eq!(sound(&desk.wish(PlayerCommand::Toggle)), [PlayerRequest::Play]);
    let mut desk = Desk::playing();
    desk.pause_at(0);
    assert_eq!(sound(&desk.wish(PlayerCommand::Toggle)), [PlayerRequest::Play]);
    let mut desk = Desk::playing();
    desk.pause_at(700);
    assert_eq!(sound(&desk.wish(PlayerCommand::Toggle)), [PlayerRequest::SeekTo(0), PlayerRequest::Play]);
}

#[test]
fn the_back_step_is_set_in_halves_of_a_second() {
    let mut desk = Desk::playing();
    for (asked, kept) in [(3_000, 3_000), (0, 0), (5_000, 5_000), (60_000, 5_000), (700, 1_000)] {
        desk.0.handle(Command::Settings(SettingsCommand::BackStep(asked)), now());
        assert_eq!(desk.0.settings.back_step_ms, kept);
    }
    desk.0.handle(Command::Settings(SettingsCommand::BackStep(0)), now());
    desk.pause_at(60_000);
    assert_eq!(sound(&desk.wish(PlayerCommand::Toggle)), [PlayerRequest::Play]);
}

#[test]
fn the_end_is_played_from_the_start() {
    let mut desk = Desk::playing();
    let token = desk.token();
    desk.hear(PlayerEvent::Ended { token });
    assert_eq!(desk.0.player.position_ms, LENGTH);
    assert_eq!(sound(&desk.wish(PlayerCommand::Toggle)), [PlayerRequest::SeekTo(0), PlayerRequest::Play]);
}

#[test]
fn speed_goes_in_steps_is_remembered_and_told_after_every_load() {
    let mut desk = Desk::playing();
    let requests = desk.wish(PlayerCommand::Faster);
    assert_eq!(sound(&requests), [PlayerRequest::Speed(1.25)]);
    assert!(requests.iter().any(|r| matches!(r, Request::SaveSettings(settings) if near(settings.speed, 1.25))));
    for _ in 0..20 {
        desk.wish(PlayerCommand::Faster);
    }
    assert!(near(desk.0.settings.speed, 3.0));
    assert!(desk.wish(PlayerCommand::Faster).is_empty());
    for _ in 0..20 {
        desk.wish(PlayerCommand::Slower);
    }
    assert!(near(desk.0.settings.speed, 0.5));
    assert_eq!(sound(&desk.wish(PlayerCommand::Speed(1.0))), [PlayerRequest::Speed(1.0)]);
    desk.wish(PlayerCommand::Speed(1.5));
    desk.wish(PlayerCommand::ToggleSkipSilence);
    assert_eq!(sound(&desk.wish(PlayerCommand::ToggleBoost)), [PlayerRequest::Boost(true)]);
    let kept = serde_json::to_string(&desk.0.settings).expect("settings as text");
    let mut tomorrow = Desk::with(serde_json::from_str(&kept).expect("settings"));
    tomorrow.recording(RecordingEvent::Stored { key: key("a"), bytes: 9 });
    tomorrow.wish(PlayerCommand::Toggle);
    let told = sound(&tomorrow.load());
    for wanted in [PlayerRequest::Speed(1.5), PlayerRequest::SkipSilence(true), PlayerRequest::Boost(true)] {
        assert!(told.contains(&wanted), "{wanted:?} in {told:?}");
    }
    assert_eq!(told.last(), Some(&PlayerRequest::Play));
}

#[test]
fn a_stretch_is_chosen_looped_and_let_go() {
    let mut desk = Desk::playing();
    desk.at(5_000);
    assert!(desk.wish(PlayerCommand::ToggleLoop).is_empty(), "there is nothing to loop");
    desk.wish(PlayerCommand::Select { from_ms: 30_000, to_ms: 20_000 });
    assert_eq!(desk.0.player.selection, Some(Selection { from_ms: 20_000, to_ms: 30_000 }));
    desk.wish(PlayerCommand::Select { from_ms: 40_000, to_ms: 40_050 });
    assert_eq!(desk.0.player.selection.map(Selection::length_ms), Some(10_000), "a slip of the hand changes nothing");
    let requests = desk.wish(PlayerCommand::ToggleLoop);
    assert_eq!(sound(&requests), [PlayerRequest::Loop(Some((20_000, 30_000))), PlayerRequest::SeekTo(20_000)]);
    assert_eq!(
        sound(&desk.wish(PlayerCommand::Select { from_ms: 20_000, to_ms: 35_000 })),
        [PlayerRequest::Loop(Some((20_000, 35_000)))]
    );
    desk.at(20_400);
    desk.pause_at(20_400);
    assert_eq!(
        sound(&desk.wish(PlayerCommand::Toggle)),
        [PlayerRequest::SeekTo(20_000), PlayerRequest::Play],
        "the step back stays in the loop"
    );
    assert_eq!(sound(&desk.wish(PlayerCommand::ClearSelection)), [PlayerRequest::Loop(None)]);
    assert_eq!((desk.0.player.selection, desk.0.player.is_looping), (None, false));
}

#[test]
fn a_selection_begins_and_ends_at_the_playhead() {
    let mut desk = Desk::playing();
    desk.at(60_000);
    desk.wish(PlayerCommand::SelectFromHere);
    assert_eq!(desk.0.player.selection, Some(Selection { from_ms: 60_000, to_ms: LENGTH }));
    desk.at(75_000);
    desk.wish(PlayerCommand::SelectToHere);
    assert_eq!(desk.0.player.selection, Some(Selection { from_ms: 60_000, to_ms: 75_000 }));
    desk.at(10_000);
    desk.wish(PlayerCommand::SelectToHere);
    assert_eq!(desk.0.player.selection, Some(Selection { from_ms: 0, to_ms: 10_000 }));
}

#[test]
fn a_clip_is_exported_of_the_selection_alone() {
    let mut desk = Desk::playing();
    let clip = |desk: &mut Desk| desk.0.handle(Command::Export(ExportCommand::Clip), now());
    let row = row("a");
    desk.0.record.as_mut().expect("open").consultation = Some(row);
    assert!(clip(&mut desk).is_empty(), "nothing is selected");
    desk.wish(PlayerCommand::Select { from_ms: 192_000, to_ms: 245_900 });
    let requests = clip(&mut desk);
    let [Request::Export(ExportRequest::Clip { key: of, file_name, from_ms, to_ms, .. })] = requests.as_slice() else {
        panic!("{requests:?}");
    };
    assert_eq!((of, *from_ms, *to_ms), (&key("a"), 192_000, 245_900));
    assert!(file_name.ends_with(" clip 3m12s-4m05s.wav"), "{file_name}");
    desk.open("b");
    assert!(clip(&mut desk).is_empty(), "the selection is another recording's");
}

#[test]
fn scanning_runs_while_the_key_is_held() {
    let mut desk = Desk::playing();
    desk.at(60_000);
    assert_eq!(sound(&desk.wish(PlayerCommand::Scan(ScanDirection::Forward))), [PlayerRequest::SeekTo(61_000)]);
    assert_eq!(desk.0.next_wake(), Some(Duration::from_millis(125)));
    let mut at = now();
    let mut last = Vec::new();
    for _ in 0..8 {
        at += TimeDelta::milliseconds(125);
        last = desk.0.handle(Command::TimePassed, at);
        let token = desk.token();
        desk.0.apply(Event::Player(PlayerEvent::Position { token, position_ms: 1 }), at);
    }
    assert_eq!(sound(&last), [PlayerRequest::SeekTo(69_000)], "8 s in a second, whatever the sound says");
    assert!(sound(&desk.0.handle(Command::TimePassed, at + TimeDelta::milliseconds(20))).is_empty());
    assert!(desk.wish(PlayerCommand::EndScan).is_empty(), "it played on all the time");
    assert_eq!((desk.0.player.is_scanning(), desk.0.next_wake()), (false, None));
    assert_eq!(sound(&desk.wish(PlayerCommand::Scan(ScanDirection::Back))), [PlayerRequest::SeekTo(68_000)]);
}

#[test]
fn a_scan_into_the_end_plays_on_and_one_that_is_paused_does_not() {
    let mut desk = Desk::playing();
    desk.at(LENGTH - 500);
    desk.wish(PlayerCommand::Scan(ScanDirection::Forward));
    let token = desk.token();
    desk.hear(PlayerEvent::Ended { token });
    desk.wish(PlayerCommand::Scan(ScanDirection::Back));
    let requests = desk.wish(PlayerCommand::EndScan);
    assert_eq!(sound(&requests), [PlayerRequest::SeekTo(LENGTH - 1_000), PlayerRequest::Play]);
    desk.hear(PlayerEvent::Playing { token });
    desk.wish(PlayerCommand::Scan(ScanDirection::Back));
    desk.wish(PlayerCommand::Pause);
    desk.hear(PlayerEvent::Paused { token, position_ms: 3 });
    assert!(desk.wish(PlayerCommand::EndScan).is_empty());
}

#[test]
fn media_keys_play_pause_and_seek() {
    let mut desk = Desk::playing();
    assert!(desk.wish(PlayerCommand::Play).is_empty());
    assert_eq!(sound(&desk.wish(PlayerCommand::SeekBy(5_000))), [PlayerRequest::SeekBy(5_000)], "from what sounds");
    assert_eq!(sound(&desk.wish(PlayerCommand::Pause)), [PlayerRequest::Pause]);
    let token = desk.token();
    desk.hear(PlayerEvent::Paused { token, position_ms: 9_000 });
    assert!(desk.wish(PlayerCommand::Pause).is_empty());
    assert_eq!(sound(&desk.wish(PlayerCommand::SeekBy(-5_000))), [PlayerRequest::SeekTo(4_000)]);
    assert_eq!(sound(&desk.wish(PlayerCommand::Play)), [PlayerRequest::Play]);
    let mut fresh = Desk::new();
    fresh.recording(RecordingEvent::Stored { key: key("a"), bytes: 9 });
    assert!(sound(&fresh.wish(PlayerCommand::Play)).iter().any(|r| matches!(r, PlayerRequest::Load { .. })));
}

#[test]
fn the_speakers_are_chosen_remembered_and_told_before_the_first_sound() {
    let mut desk = Desk::new();
    let requests = desk.0.handle(Command::Window(WindowCommand::Go(Route::Settings)), now());
    assert_eq!(sound(&requests), [PlayerRequest::ListOutputs]);
    let headset = SoundOutput { id: "usb-1".to_owned(), name: "USB Headset".to_owned() };
    desk.hear(PlayerEvent::Outputs { devices: vec![headset.clone()], current: Some("usb-1".to_owned()) });
    assert!(desk.0.outputs.has("usb-1"));
    let requests = desk.0.handle(Command::Settings(SettingsCommand::Output(Some(headset.clone()))), now());
    assert_eq!(sound(&requests), [PlayerRequest::Output(Some("usb-1".to_owned()))]);
    assert!(requests.iter().any(|r| matches!(r, Request::SaveSettings(kept) if kept.output == Some(headset.clone()))));
    desk.recording(RecordingEvent::Stored { key: key("a"), bytes: 9 });
    let told = sound(&desk.wish(PlayerCommand::Toggle));
    let place = |wanted: &dyn Fn(&PlayerRequest) -> bool| told.iter().position(wanted);
    let output = place(&|r| matches!(r, PlayerRequest::Output(Some(_))));
    assert!(output.is_some() && output < place(&|r| matches!(r, PlayerRequest::Load { .. })));
    let requests = desk.0.handle(Command::Settings(SettingsCommand::Output(None)), now());
    assert_eq!(sound(&requests), [PlayerRequest::Output(None)]);
}

#[test]
fn a_waveform_is_kept_for_the_open_consultation_alone() {
    let mut desk = Desk::new();
    let waveform = Arc::new(Waveform::from_peaks(1000, 1000, 10, &[Peak { low: -9, high: 9 }; 100]));
    let event = |id: &str| RecordingEvent::Waveform { key: key(id), waveform: Arc::clone(&waveform) };
    desk.recording(event("b"));
    assert!(desk.0.record.as_ref().is_some_and(|record| record.waveform.is_none()));
    desk.recording(RecordingEvent::Stored { key: key("a"), bytes: 9 });
    desk.recording(event("a"));
    let record = desk.0.record.as_ref().expect("open");
    assert!(record.waveform.is_some());
    assert_eq!(record.recording, RecordingState::Stored { bytes: 9 }, "a picture says nothing about the download");
    desk.open("b");
    assert!(desk.0.record.as_ref().is_some_and(|record| record.waveform.is_none()));
}

#[test]
fn lost_speakers_pause_and_play_goes_on() {
    let mut desk = Desk::playing();
    let token = desk.token();
    desk.hear(PlayerEvent::DeviceLost { token, position_ms: 8_000 });
    assert_eq!(desk.0.player.status, PlayerStatus::Paused);
    assert!(desk.0.player.problem.is_some());
    assert_eq!(sound(&desk.wish(PlayerCommand::Toggle)), [PlayerRequest::SeekTo(6_500), PlayerRequest::Play]);
    assert!(desk.0.player.problem.is_none());
}
