//! What the desk knows and the only two ways it changes: `handle` a command, `apply` an event.
//! Pure: no I/O, no clock, no toolkit. "Now" arrives as an argument, work leaves as `Request`s.

mod command;
mod connection;
mod event;
mod exports;
mod list;
mod loadable;
mod notice;
mod player;
mod problem;
mod reading;
mod record;
mod request;
mod session;
mod settings;

pub use command::{
    Command, DocumentFormat, ExportCommand, FindCommand, ListCommand, Pane, PastedKey, PlayerCommand, RecordCommand,
    SessionCommand, SettingsCommand, WindowCommand,
};
pub use connection::Connection;
pub use event::{
    ConnectionEvent, Event, ExportEvent, Kept, ListEvent, Loading, PlayerEvent, Progress, RecordEvent, RecordingEvent,
    SessionEvent, Source, WaitReason,
};
pub use exports::{Export, Exports};
pub use list::ListState;
pub use loadable::Loadable;
pub use notice::{Notice, Notices};
pub use player::{Player, PlayerStatus, SPEEDS, ScanDirection, Selection, SoundOutputs, Supply};
pub use problem::{Fault, Offer, Problem, Severity};
pub use reading::{Hit, Place, Reading};
pub use record::{Find, OpenRecord, ReadNotes, RecordingState};
pub use request::{
    ExportRequest, ListRequest, PlayerRequest, RecordRequest, RecordingRequest, Request, SessionRequest,
};
pub use session::{Session, SignIn};
pub use settings::{Appearance, GroupByName, Settings, SoundOutput};

use crate::domain::Zone;
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// Everything the window draws from.
#[derive(Debug)]
pub struct State {
    pub session: Session,
    pub route: Route,
    pub dialog: Option<Dialog>,
    pub list: ListState,
    pub record: Option<OpenRecord>,
    pub player: Player,
    /// What the sound can come out of.
    pub outputs: SoundOutputs,
    pub exports: Exports,
    pub connection: Connection,
    pub notices: Notices,
    pub settings: Settings,
    pub zone: Zone,
    /// The moment of the last command or event.
    pub now: DateTime<Utc>,
}

/// Which screen shows when signed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Route {
    #[default]
    Consultations,
    Settings,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialog {
    Shortcuts,
    Palette,
    SignOut,
    About,
}

impl State {
    /// A fresh desk. The first request looks for a kept key.
    pub fn start(settings: Settings, zone: Zone, now: DateTime<Utc>) -> (Self, Vec<Request>) {
        let settings = settings.sane();
        let state = Self {
            session: Session::Restoring { is_slow: false },
            route: Route::default(),
            dialog: None,
            list: ListState::new(settings.group_by.into()),
            record: None,
            player: Player::new(settings.volume),
            outputs: SoundOutputs::default(),
            exports: Exports::default(),
            connection: Connection::default(),
            notices: Notices::default(),
            settings,
            zone,
            now,
        };
        (state, vec![Request::Session(SessionRequest::Restore)])
    }

    /// A person wished for something.
    pub fn handle(&mut self, command: Command, now: DateTime<Utc>) -> Vec<Request> {
        self.now = now;
        match command {
            Command::Session(command) => self.handle_session(command),
            Command::List(command) => self.handle_list(command),
            Command::Record(command) => self.handle_record(command),
            Command::Find(command) => self.handle_find(command),
            Command::Player(command) => self.handle_player(command),
            Command::Export(command) => self.handle_export(command),
            Command::Settings(command) => self.handle_settings(command),
            Command::Window(command) => self.handle_window(command),
            Command::TimePassed => {
                self.notices.expire(now);
                let mut requests = self.scan_on();
                requests.extend(self.list.follow_the_day(now, self.zone));
                requests
            }
        }
    }

    /// Something happened outside.
    pub fn apply(&mut self, event: Event, now: DateTime<Utc>) -> Vec<Request> {
        self.now = now;
        match event {
            Event::Session(event) => self.apply_session(event),
            Event::List(event) => self.apply_list(event),
            Event::Record(event) => self.apply_record(event),
            Event::Recording(event) => self.apply_recording(event),
            Event::Player(event) => self.apply_player(event),
            Event::Export(event) => self.apply_export(event),
            Event::Connection(event) => {
                self.connection.apply(event);
                Vec::new()
            }
            Event::Told(problem) => {
                self.notices.report(&problem, now);
                Vec::new()
            }
        }
    }

    /// When the window must be drawn again although nothing happens: a toast fades or a counter counts.
    /// `None` while idle.
    pub fn next_wake(&self) -> Option<Duration> {
        let counts_down = self.connection.wait_seconds(self.now).is_some()
            || self.record.as_ref().is_some_and(|record| record.next_check_seconds(self.now).is_some());
        let second = counts_down.then(|| TimeDelta::milliseconds(1_000));
        let notice = self.notices.next_expiry().map(|at| at - self.now);
        let scan = self.player.next_scan_step().map(|at| at - self.now);
        let soonest = [second, notice, scan].into_iter().flatten().min()?;
        Some(soonest.max(TimeDelta::milliseconds(20)).to_std().unwrap_or(Duration::from_millis(20)))
    }

    fn handle_window(&mut self, command: WindowCommand) -> Vec<Request> {
        match command {
            WindowCommand::Go(route) => {
                self.route = route;
                if route == Route::Settings {
                    // Speakers come and go; the choice shows what is there now.
                    return vec![Request::Player(PlayerRequest::ListOutputs)];
                }
            }
            WindowCommand::Show(dialog) => self.dialog = Some(dialog),
            WindowCommand::CloseDialog => self.dialog = None,
            WindowCommand::DismissNotice(id) => self.notices.dismiss(id),
            WindowCommand::Focused(is_focused) => return vec![Request::List(ListRequest::Focused(is_focused))],
        }
        Vec::new()
    }

    fn handle_settings(&mut self, command: SettingsCommand) -> Vec<Request> {
        let before = self.settings.clone();
        let settings = &mut self.settings;
        match command {
            SettingsCommand::Appearance(appearance) => settings.appearance = appearance,
            SettingsCommand::Zoom(percent) => settings.zoom = percent,
            SettingsCommand::ZoomIn => settings.zoom = settings.zoom_step(true),
            SettingsCommand::ZoomOut => settings.zoom = settings.zoom_step(false),
            SettingsCommand::ZoomReset => settings.zoom = 100,
            SettingsCommand::NotesSplit(share) => settings.notes_split = share,
            SettingsCommand::ListWidth(points) => settings.list_width = points,
            SettingsCommand::BackStep(milliseconds) => settings.back_step_ms = milliseconds,
            SettingsCommand::Output(output) => settings.output = output,
        }
        self.settings = self.settings.clone().sane();
        let mut requests = self.save_settings_unless(&before);
        if self.settings.output != before.output {
            let id = self.settings.output.as_ref().map(|output| output.id.clone());
            requests.push(Request::Player(PlayerRequest::Output(id)));
        }
        requests
    }

    fn save_settings_unless(&self, before: &Settings) -> Vec<Request> {
        if self.settings == *before { Vec::new() } else { vec![Request::SaveSettings(self.settings.clone())] }
    }
}
