//! The window with its shell, real background and real store: it locks by the clock, by the key and with the system,
//! leaves nothing to be read, and opens again. The clock is the test's own.

use crate::support::desk::{Desk, LIMIT, Setup};
use chrono::TimeDelta;
use consult_desk::audio::Silent;
use consult_desk::clock::Clock;
use consult_desk::domain::Zone;
use consult_desk::shell::Shell;
use consult_desk::simulator::SimulatorHandle;
use consult_desk::state::{
    Command, ListCommand, PastedKey, PlayerCommand, PlayerStatus, Session, SessionCommand, Settings, State,
    StorageCommand,
};
use eframe::egui::{self, Key, Modifiers, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

struct Window {
    harness: Harness<'static, Shell>,
    clock: Clock,
    silent: Silent,
    simulator: SimulatorHandle,
    _home: Arc<tempfile::TempDir>,
}

impl Window {
    fn signed_in() -> Self {
        let Desk { backend, simulator, clock, home, silent, .. } = Desk::new(Setup::default());
        let (key, hands) = (simulator.key(), clock.clone());
        let harness =
            Harness::builder().with_size(vec2(1280.0, 800.0)).allow_missing_glyphs().build_eframe(move |creation| {
                Shell::new(&creation.egui_ctx, backend, Settings::default(), hands, Zone::utc())
            });
        let mut window = Self { harness, clock, silent, simulator, _home: home };
        window.until("the sign-in screen", |state| state.session.sign_in().is_some());
        window.wish(Command::Session(SessionCommand::SignIn(PastedKey(key))));
        window.until_open();
        window
    }

    fn state(&self) -> &State {
        self.harness.state().state()
    }

    fn wish(&mut self, command: Command) {
        let ctx = self.harness.ctx.clone();
        self.harness.state_mut().wish(&ctx, command);
    }

    #[track_caller]
    fn until(&mut self, what: &str, holds: impl Fn(&State) -> bool) {
        let end = Instant::now() + LIMIT;
        loop {
            self.harness.step();
            if holds(self.state()) {
                return;
            }
            assert!(Instant::now() < end, "never came: {what}, {:?}", self.state().session);
            std::thread::park_timeout(Duration::from_millis(2));
        }
    }

    /// Signed in, with rows.
    #[track_caller]
    fn until_open(&mut self) {
        self.until("the list", |state| !state.list.view.rows.is_empty());
        // Signing in may be told once more as NxVET confirms the key.
        self.until("a confirmed list", |state| state.list.progress.synced_at.is_some());
    }

    /// Locked, and everything let go of.
    #[track_caller]
    fn until_locked(&mut self) {
        self.until("the lock", |state| matches!(&state.session, Session::Locked(screen) if !screen.is_closing));
        for _ in 0..8 {
            self.harness.step();
        }
    }

    fn pass(&mut self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
        self.harness.step();
    }

    /// A hand on the mouse.
    fn touch(&mut self, across: f32) {
        self.harness.event(egui::Event::PointerMoved(pos2(across, 400.0)));
        self.harness.step();
    }

    /// Everything a screen reader would find.
    fn spoken(&self) -> String {
        let parts = self.harness.root().children_recursive();
        parts.map(|node| format!("{:?}", node.accesskit_node().data())).collect::<Vec<_>>().join("\n")
    }

    /// The first one with a recording; answers whose it is.
    fn open_first(&mut self) -> String {
        let mut rows = self.state().list.view.rows.iter();
        let has_recording = |id: &str| self.simulator.recording_bytes(id).is_some();
        let row = rows.find(|row| row.key.record_id().is_some_and(|id| has_recording(id.as_str())));
        let row = Arc::clone(row.expect("a record"));
        self.wish(Command::List(ListCommand::Select(row.key.clone())));
        self.until("its notes", |state| state.record.as_ref().is_some_and(|record| record.reading().is_some()));
        row.patient.as_ref().and_then(|patient| patient.name.clone()).unwrap_or_default()
    }
}

#[test]
fn ten_minutes_without_a_touch_lock_it_and_a_hand_on_the_mouse_does_not() {
    let mut window = Window::signed_in();
    window.touch(600.0);
    window.pass(540);
    window.touch(640.0);
    window.pass(599);
    assert!(!window.state().is_locked(), "a second is left");
    window.pass(1);
    assert!(window.state().is_locked());
    window.until_locked();
    window.harness.get_by_label("Consult Desk is locked");
}

#[test]
fn what_was_open_cannot_be_read_any_more_and_does_not_open_by_itself() {
    let mut window = Window::signed_in();
    let patient = window.open_first();
    window.harness.step();
    assert!(!patient.is_empty() && window.spoken().contains(&patient));
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::L);
    window.until_locked();
    assert!(!window.spoken().contains(&patient));
    assert!(window.state().list.view.rows.is_empty());

    window.harness.key_press(Key::Enter);
    window.until_open();
    assert!(window.state().record.is_none() && window.state().list.selected.is_none());
    assert!(window.harness.query_by_label("Consult Desk is locked").is_none());
}

#[test]
fn a_recording_that_plays_keeps_it_open_and_stops_when_it_locks() {
    let mut window = Window::signed_in();
    window.open_first();
    window.wish(Command::Player(PlayerCommand::Toggle));
    window.until("sound", |state| state.player.is_playing());
    for _ in 0..4 {
        let before = window.state().player.position_ms;
        window.silent.pull(9_600);
        window.clock.advance(TimeDelta::seconds(400));
        // What was heard is told before the time is looked at.
        window.until("more sound", |state| state.player.position_ms > before || state.is_locked());
    }
    assert!(!window.state().is_locked() && window.state().player.is_playing());
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::L);
    window.until_locked();
    assert_eq!(window.state().player.status, PlayerStatus::Empty);
    // The player is a thread of its own, which hears of it a moment later.
    let silent = window.silent.clone();
    window.until("a sound card that is let go of", |_| !silent.is_open());
}

#[test]
fn a_locked_desk_can_be_emptied_without_being_opened() {
    let mut window = Window::signed_in();
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::L);
    window.until_locked();
    window.wish(Command::Storage(StorageCommand::AskToRemoveEverything));
    window.wish(Command::Storage(StorageCommand::RemoveEverything));
    window.until("the sign-in screen", |state| matches!(state.session, Session::SignedOut(_)));
}
