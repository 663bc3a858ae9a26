//! What the desk knows and the only two ways it changes: `handle` a command, `apply` an event.
//! Pure: no I/O, no clock, no toolkit. "Now" arrives as an argument, work leaves as `Request`s.

pub mod board;
mod command;
mod connection;
mod event;
mod exports;
mod link;
mod list;
pub mod live;
mod loadable;
mod lock;
mod look;
mod marks;
mod notice;
mod notify;
mod player;
mod problem;
mod progress;
mod reading;
mod record;
mod request;
mod search;
mod session;
mod settings;
mod storage;
mod support;
mod update;
mod window_place;

pub use board::{BoardCommand, BoardEvent, BoardRequest, BoardState, NexHealthRequest};
pub use command::{
    Command, DocumentFormat, ExportCommand, FindCommand, ListCommand, LockCommand, MarkCommand, Pane, PastedKey,
    PlayerCommand, RecordCommand, SearchCommand, SessionCommand, SettingsCommand, StorageCommand, TypedPin,
    WindowCommand,
};
pub use connection::Connection;
pub use event::{
    Backfill, BackfillPause, ConnectionEvent, Event, ExportEvent, Kept, ListEvent, Loading, LockEvent, MarkEvent,
    PlayerEvent, Progress, RecordEvent, RecordingEvent, SearchEvent, SessionEvent, Source, StorageEvent, WaitReason,
};
pub use exports::{Export, Exports};
pub use link::{LinkCommand, LinkState};
pub use list::ListState;
pub use live::{LiveCommand, LiveNews, LiveRequest, LiveState};
pub use loadable::Loadable;
pub use lock::{LockScreen, LockState, PinChange};
pub use look::{ClockChoice, DateChoice, SystemLook};
pub use marks::MarkState;
pub use notice::{Notice, NoticeOffer, Notices};
pub use notify::{NoteReady, Notification, NotifyRequest, NotifyState};
pub use player::{Player, PlayerStatus, SPEEDS, ScanDirection, Selection, SoundOutputs, Supply};
pub use problem::{
    Fault, HopFault, LiveFault, NexHealthFault, Offer, Problem, Severity, ShareFault, SupportFault, UpdateFault,
};
pub use reading::{Hit, Place, Reading};
pub use record::{Find, OpenRecord, ReadNotes, RecordingState};
pub use request::{
    ExportRequest, ListRequest, LockRequest, MarkRequest, PlayerRequest, RecordRequest, RecordingRequest, Request,
    SearchRequest, SessionRequest, StorageRequest,
};
pub use search::SearchState;
pub use session::{Session, SignIn};
pub use settings::{Appearance, GroupByName, Settings, ShareRole, SoundOutput, TlsFiles};
pub use storage::{StorageState, StorageUse};
pub use support::{SupportCommand, SupportEvent, SupportRequest, SupportState};
pub use update::{KnownRelease, UpdateCommand, UpdateNews, UpdateRequest, UpdateSettings, UpdateState};
pub use window_place::WindowPlace;

use crate::domain::{AuditAction, Zone};
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
    pub search: SearchState,
    pub marks: MarkState,
    pub link: LinkState,
    pub notify: NotifyState,
    pub look: SystemLook,
    pub storage: StorageState,
    pub live: LiveState,
    pub board: BoardState,
    pub lock: LockState,
    pub support: SupportState,
    /// Looking for a new release of this program.
    pub update: UpdateState,
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
    /// Searching everything that is stored.
    Search,
    /// What each room is doing, and the day.
    Rooms,
    /// Webhooks and what they delivered.
    Live,
    Settings,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialog {
    Shortcuts,
    Palette,
    SignOut,
    About,
    /// Whose libraries this program is made of, and their licences.
    Licences,
    RemoveEverything,
    /// What was done at this desk.
    Audit,
    /// What the last failure left behind.
    Report,
    /// The remark of the selected consultation.
    Remark,
    /// Set or change the PIN.
    Pin,
    RemovePin,
    /// A new address that NxVET shall call, or another one in the place of one.
    Webhook,
    /// The secret of a webhook, once.
    WebhookSecret,
    DeleteWebhook,
    /// The wizard that sets live updates up.
    LiveSetup,
    /// One delivery and why it failed.
    Delivery,
    /// What NxVET gave a partner.
    Partner,
    /// The pairing code and the broker's password, where several computers share one receiver.
    Share,
    /// What a recorder is called on this computer.
    RoomName,
    /// What an unclear appointment or recording was.
    Match,
    ConnectNexHealth,
    DisconnectNexHealth,
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
            search: SearchState::default(),
            marks: MarkState::default(),
            link: LinkState::default(),
            notify: NotifyState::default(),
            look: SystemLook::default(),
            storage: StorageState::default(),
            live: LiveState::default(),
            board: BoardState::default(),
            lock: LockState::new(now),
            support: SupportState::default(),
            update: UpdateState::new(now),
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
        if self.is_shut_for(&command) {
            return Vec::new();
        }
        self.wishing_counts(&command);
        match command {
            Command::Session(command) => self.handle_session(command),
            Command::List(command) => self.handle_list(command),
            Command::Record(command) => self.handle_record(command),
            Command::Find(command) => self.handle_find(command),
            Command::Player(command) => self.handle_player(command),
            Command::Export(command) => self.handle_export(command),
            Command::Search(command) => self.handle_search(command),
            Command::Mark(command) => self.handle_mark(command),
            Command::Lock(command) => self.handle_lock(command),
            Command::Storage(command) => self.handle_storage(command),
            Command::Support(command) => self.handle_support(command),
            Command::Link(command) => self.handle_link(command),
            Command::Live(command) => self.handle_live(command),
            Command::Board(command) => self.handle_board(command),
            Command::Update(command) => self.handle_update(command),
            Command::Settings(command) => self.handle_settings(command),
            Command::Window(command) => self.handle_window(command),
            Command::TimePassed => {
                self.notices.expire(now);
                let mut requests = self.lock_when_idle();
                requests.extend(self.scan_on());
                requests.extend(self.follow_link());
                requests.extend(self.live_goes_on());
                requests.extend(self.follow_the_board());
                requests.extend(self.look_when_calm());
                requests.extend(self.list.follow_the_day(now, self.zone));
                requests
            }
        }
    }

    /// Something happened outside.
    pub fn apply(&mut self, event: Event, now: DateTime<Utc>) -> Vec<Request> {
        self.now = now;
        self.storage.note_fault(&event, now);
        let event = match self.drop_if_locked(event) {
            Ok(event) => event,
            Err(requests) => return requests,
        };
        match event {
            Event::Session(event) => self.apply_session(event),
            Event::List(event) => self.apply_list(event),
            Event::Record(event) => {
                let requests = self.apply_record(event);
                self.aim_find();
                requests
            }
            Event::Recording(event) => self.apply_recording(event),
            Event::Player(event) => {
                let requests = self.apply_player(event);
                self.listening_counts();
                requests
            }
            Event::Export(event) => self.apply_export(event),
            Event::Search(event) => self.apply_search(event),
            Event::Mark(event) => self.apply_mark(event),
            Event::Lock(event) => self.apply_lock(event),
            Event::Storage(event) => self.apply_storage(event),
            Event::Support(event) => self.apply_support(event),
            Event::Live(news) => self.apply_live(news),
            Event::Board(event) => self.apply_board(event),
            Event::Update(news) => self.apply_update(news),
            Event::Connection(event) => {
                self.connection.apply(event);
                Vec::new()
            }
            Event::NoteReady(ready) => self.note_ready(ready),
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
            || self.lock_counts_down()
            || self.live.counts_down(self.now)
            || self.record.as_ref().is_some_and(|record| record.next_check_seconds(self.now).is_some());
        let second = counts_down.then(|| TimeDelta::milliseconds(1_000));
        let notice = self.notices.next_expiry().map(|at| at - self.now);
        let scan = self.player.next_scan_step().map(|at| at - self.now);
        let lock = self.locks_at().map(|at| at - self.now);
        let board = self.board_changes_at().map(|at| at - self.now);
        let release = self.looks_at().map(|at| at - self.now);
        let soonest = [second, notice, scan, lock, board, release].into_iter().flatten().min()?;
        Some(soonest.max(TimeDelta::milliseconds(20)).to_std().unwrap_or(Duration::from_millis(20)))
    }

    fn handle_window(&mut self, command: WindowCommand) -> Vec<Request> {
        match command {
            WindowCommand::Go(Route::Search) => return self.show_search(),
            WindowCommand::Go(Route::Live) => return self.show_live(),
            WindowCommand::Go(Route::Rooms) => return self.show_rooms(),
            WindowCommand::Go(route) => {
                self.route = route;
                if route == Route::Settings {
                    // Speakers come and go, and so does what is stored; the screen shows what is there now.
                    return vec![
                        Request::Player(PlayerRequest::ListOutputs),
                        Request::Storage(StorageRequest::Measure),
                    ];
                }
            }
            WindowCommand::Show(dialog) => {
                self.lock.pin_change.begin();
                self.dialog = Some(dialog);
                if dialog == Dialog::About {
                    // It says where the data lie.
                    return vec![Request::Storage(StorageRequest::Measure)];
                }
            }
            WindowCommand::CloseDialog => {
                self.live.dialog_closes(self.dialog.take());
            }
            WindowCommand::DismissNotice(id) => self.notices.dismiss(id),
            WindowCommand::Focused(is_focused) => {
                let mut requests = self.look_at_window(is_focused);
                requests.push(Request::List(ListRequest::Focused(is_focused)));
                return requests;
            }
            WindowCommand::DrawnWith(name) => self.storage.drawn_with = name,
            WindowCommand::Placed(place) => return self.remember_place(place),
            WindowCommand::System(look) => return self.follow_look(look),
        }
        Vec::new()
    }

    fn handle_settings(&mut self, command: SettingsCommand) -> Vec<Request> {
        let before = self.settings.clone();
        let settings = &mut self.settings;
        match command {
            SettingsCommand::Appearance(appearance) => settings.appearance = appearance,
            SettingsCommand::Clock(clock) => settings.clock = clock,
            SettingsCommand::Dates(dates) => settings.dates = dates,
            SettingsCommand::Zoom(percent) => settings.zoom = percent,
            SettingsCommand::ZoomIn => settings.zoom = settings.zoom_step(true),
            SettingsCommand::ZoomOut => settings.zoom = settings.zoom_step(false),
            SettingsCommand::ZoomReset => settings.zoom = 100,
            SettingsCommand::NotesSplit(share) => settings.notes_split = share,
            SettingsCommand::ListWidth(points) => settings.list_width = points,
            SettingsCommand::BackStep(milliseconds) => settings.back_step_ms = milliseconds,
            SettingsCommand::Output(output) => settings.output = output,
            SettingsCommand::AudioDays(days) => settings.audio_days = days,
            SettingsCommand::TextDays(days) => settings.text_days = days,
            SettingsCommand::HorizonDays(days) => settings.horizon_days = days,
            SettingsCommand::PollSeconds(seconds) => settings.poll_seconds = seconds,
            SettingsCommand::SparesTheLine(spares) => settings.spares_the_line = spares,
            SettingsCommand::Notifies(notifies) => settings.notifies = notifies,
            SettingsCommand::LockMinutes(minutes) => settings.lock_minutes = minutes,
            SettingsCommand::Receives(receives) => settings.receives = receives,
            SettingsCommand::ReceiverPort(port) => settings.receiver_port = port,
            SettingsCommand::ReceiverForOthers(others) => settings.receiver_for_others = others,
            SettingsCommand::PublicAddress(address) => settings.public_address = address,
            SettingsCommand::ReceiverTls(files) => settings.receiver_tls = files,
            SettingsCommand::Share(role) => self.share_as(role),
            SettingsCommand::ShareBroker(address) => settings.share_broker = address,
        }
        self.settings_requests(&before)
    }

    /// What follows from settings that are another than before.
    fn settings_requests(&mut self, before: &Settings) -> Vec<Request> {
        self.settings = self.settings.clone().sane();
        let mut requests = self.save_settings_unless(before);
        requests.extend(self.write_anew(before.manner(self.look.manner)));
        if self.settings.guards_differently(before) {
            requests.push(Request::Audit(AuditAction::SettingsChanged, None));
        }
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
