//! The dispatcher: takes requests one by one, starts a task for each and keeps what must be stopped again.

mod session;

use super::catalog_thread::{self, CatalogHandle};
use super::clinic::Clinic;
use super::events::EventSender;
use super::home::{self, HomeKind};
use super::rules::Rules;
use super::services::Services;
use super::tasks::{
    board, export, live, marks, nexhealth, player, print, record, recording, search, storage, support, sync, update,
};
use crate::state::{
    ExportRequest, ListRequest, PlayerRequest, RecordRequest, RecordingRequest, Request, SessionEvent, Settings,
    StorageRequest,
};
use crate::store::{Deed, FileError};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// News from tasks to the dispatcher alone.
pub(super) enum Inside {
    /// A clinic was opened; it is entered and the former one ends, unless the desk was locked or left since.
    Entered {
        clinic: Arc<Clinic>,
        event: SessionEvent,
        era: u64,
    },
    Left,
}

/// What every task may use.
#[derive(Clone)]
pub(super) struct Context {
    pub(super) services: Arc<Services>,
    pub(super) events: EventSender,
    pub(super) catalog: CatalogHandle,
    pub(super) inside: mpsc::Sender<Inside>,
    /// What the settings ask for, now and whenever they change.
    pub(super) rules: watch::Receiver<Rules>,
    /// Counts how often the desk was locked or left; what was begun before then opens nothing any more.
    pub(super) era: u64,
}

struct Desk {
    context: Context,
    rules: watch::Sender<Rules>,
    clinic: Option<Arc<Clinic>>,
    sync: Option<(sync::SyncHandle, JoinHandle<()>)>,
    /// Live updates of the open clinic.
    live: Option<live::LiveHandle>,
    /// The rooms of the open clinic, and its appointments.
    board: Option<board::BoardHandle>,
    nexhealth: Option<nexhealth::NexHealthHandle>,
    /// Lets go of what was here long enough.
    days: Option<JoinHandle<()>>,
    in_use: storage::InUse,
    session: Option<JoinHandle<()>>,
    open_record: Option<JoinHandle<()>>,
    downloads: recording::Downloads,
    exports: HashMap<u64, JoinHandle<()>>,
    player: Option<player::PlayerTask>,
    /// Where the sound shall come out, for a player that is started anew.
    output: Option<PlayerRequest>,
    /// A PIN that is being set.
    pin: Option<JoinHandle<()>>,
    /// What was open when the desk was locked.
    locked_from: Option<HomeKind>,
    is_focused: bool,
    /// What was done while no clinic was open.
    unnoted: Vec<Deed>,
    unsaved: Unsaved,
}

/// Settings on their way to the disk: two changes close together must not be written in the wrong order.
#[derive(Clone, Default)]
struct Unsaved {
    newest: Arc<Mutex<Option<Settings>>>,
    writing: Arc<Mutex<()>>,
}

impl Unsaved {
    fn put(&self, settings: Settings) {
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(settings);
    }

    /// Writes the newest, unless somebody did already. Blocks.
    fn save(&self, path: &Path) -> Result<(), FileError> {
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner).take();
        newest.map_or(Ok(()), |settings| crate::store::save_json(path, &settings))
    }
}

/// Only tries to unlock come without a clinic; they are slowed down long before there are so many.
const MOST_UNNOTED: usize = 1_000;

pub(super) async fn run(services: Services, mut requests: mpsc::Receiver<Request>, events: EventSender) {
    let Ok(catalog) = catalog_thread::spawn(events.clone()) else {
        tracing::error!("the catalog's thread could not be started");
        return;
    };
    let (inside_sender, mut inside) = mpsc::channel(16);
    let (rules_sender, rules) = watch::channel(services.rules.clone());
    let services = Arc::new(services);
    let context = Context { services, events: events.clone(), catalog, inside: inside_sender, rules, era: 0 };
    let mut desk = Desk::new(context, rules_sender);
    desk.forget_prints();
    tokio::spawn(support::tell_of_the_last_end(desk.context.clone()));
    loop {
        tokio::select! {
            request = requests.recv() => match request {
                Some(request) => desk.take(request).await,
                None => break,
            },
            Some(news) = inside.recv() => desk.hear(news).await,
        }
    }
    desk.forget_prints();
    if let Some(player) = &desk.player {
        player.note_stats(&desk.context.services.folders.cache);
    }
    desk.downloads.close().await;
    desk.settle().await;
    let traces = desk.clinic.as_ref().map(Clinic::traces);
    desk.stop_clinic();
    if let Some(traces) = traces.filter(|traces| traces.kind != HomeKind::Kept) {
        traces.gone().await;
        home::leave(traces.kind, traces.folder).await;
    }
}

impl Desk {
    fn new(context: Context, rules: watch::Sender<Rules>) -> Self {
        Self {
            context,
            rules,
            clinic: None,
            sync: None,
            live: None,
            board: None,
            nexhealth: None,
            days: None,
            in_use: storage::InUse::default(),
            session: None,
            open_record: None,
            downloads: recording::Downloads::default(),
            exports: HashMap::new(),
            player: None,
            output: None,
            pin: None,
            locked_from: None,
            is_focused: true,
            unnoted: Vec::new(),
            unsaved: Unsaved::default(),
        }
    }

    async fn take(&mut self, request: Request) {
        match request {
            Request::Session(request) => self.take_session(request).await,
            Request::List(request) => self.take_list(request).await,
            Request::Record(request) => self.take_record(request),
            Request::Recording(request) => self.take_recording(request).await,
            Request::Player(request) => self.take_player(request).await,
            Request::Export(request) => self.take_export(request),
            Request::Lock(request) => self.take_lock(request).await,
            Request::Storage(StorageRequest::RemoveEverything) => self.remove_everything().await,
            Request::Support(request) => {
                tokio::spawn(support::take(self.context.clone(), request));
            }
            Request::Storage(request) => {
                tokio::spawn(storage::take(self.context.clone(), self.clinic.clone(), request));
            }
            Request::Search(_) | Request::Mark(_) => self.take_for_clinic(request).await,
            Request::Live(request) => {
                if let Some(live) = &self.live {
                    live.tell(request);
                }
            }
            Request::Board(request) => {
                if let Some(board) = &self.board {
                    board.tell(request).await;
                }
            }
            Request::NexHealth(request) => {
                if let Some(nexhealth) = &self.nexhealth {
                    nexhealth.tell(request).await;
                }
            }
            Request::Update(request) => {
                tokio::spawn(update::take(self.context.clone(), request));
            }
            Request::Audit(action, key) => self.note(Deed { at: self.context.services.clock.now(), action, key }).await,
            Request::SaveSettings(settings) => self.save_settings(settings),
            // The window owns the clipboard and what is raised by a click; it takes these itself.
            Request::CopyText(_) | Request::Notify(_) => {}
        }
    }

    async fn take_player(&mut self, request: PlayerRequest) {
        match &request {
            PlayerRequest::Load { key, .. } => self.in_use.hear(Some(key.clone())),
            PlayerRequest::Stop => self.in_use.hear(None),
            _ => {}
        }
        let chosen = matches!(request, PlayerRequest::Output(_)).then(|| request.clone());
        if self.player.is_none() {
            if matches!(request, PlayerRequest::Stop) {
                return;
            }
            let task = player::PlayerTask::start(&self.context);
            if let Some(output) = self.output.clone().filter(|_| chosen.is_none()) {
                task.take(output, None, &self.downloads).await;
            }
            self.player = Some(task);
        }
        self.output = chosen.or(self.output.take());
        if let Some(task) = &self.player {
            task.take(request, self.clinic.as_ref(), &self.downloads).await;
        }
    }

    /// Wishes that mean nothing without a clinic.
    async fn take_for_clinic(&mut self, request: Request) {
        let Some(clinic) = &self.clinic else { return };
        match request {
            Request::Search(request) => search::take(clinic, request),
            Request::Mark(request) => marks::take(clinic, request).await,
            _ => {}
        }
    }

    /// What is done before a clinic is open, or while the desk is locked, is noted once one is.
    async fn note(&mut self, deed: Deed) {
        match &self.clinic {
            Some(clinic) => marks::note(clinic, deed).await,
            None if self.unnoted.len() < MOST_UNNOTED => self.unnoted.push(deed),
            None => tracing::warn!("an entry of the log was lost"),
        }
    }

    /// Marks and log of the open clinic reach the disk before it is left.
    async fn settle(&self) {
        // First: what still comes in has to be kept.
        if let Some(live) = &self.live {
            live.close().await;
        }
        if let Some(clinic) = &self.clinic {
            marks::close(clinic).await;
            clinic.searcher.close().await;
        }
    }

    async fn take_list(&mut self, request: ListRequest) {
        match request {
            ListRequest::View { sequence, spec } => self.context.catalog.view(sequence, spec).await,
            ListRequest::Retire(view) => self.context.catalog.retire(view).await,
            ListRequest::Refresh => self.tell_sync(sync::SyncCommand::Refresh),
            ListRequest::Stop => {
                if let Some((sync, _)) = &self.sync {
                    sync.stop();
                }
            }
            ListRequest::PauseBackfill(pauses) => self.tell_sync(sync::SyncCommand::PauseBackfill(pauses)),
            ListRequest::LookFurtherBack => self.tell_sync(sync::SyncCommand::LookFurtherBack),
            ListRequest::Focused(is_focused) => {
                self.is_focused = is_focused;
                self.tell_sync(sync::SyncCommand::Focused(is_focused));
            }
        }
    }

    /// A full queue means that the same wish waits there already.
    fn tell_sync(&self, command: sync::SyncCommand) {
        if let Some((sync, _)) = &self.sync {
            sync.tell(command);
        }
    }

    fn take_record(&mut self, request: RecordRequest) {
        if let Some(running) = self.open_record.take() {
            running.abort();
        }
        let Some(clinic) = self.clinic.clone() else { return };
        self.in_use.open(match &request {
            RecordRequest::Open(key) | RecordRequest::Reload(key) => Some(key.clone()),
            RecordRequest::Close(_) => None,
        });
        self.open_record = match request {
            RecordRequest::Open(key) => Some(tokio::spawn(record::open(clinic, key))),
            RecordRequest::Reload(key) => Some(tokio::spawn(record::reload(clinic, key))),
            RecordRequest::Close(key) => {
                self.downloads.closed(&key);
                None
            }
        };
    }

    async fn take_recording(&mut self, request: RecordingRequest) {
        let Some(clinic) = self.clinic.clone() else { return };
        match request {
            RecordingRequest::Look(key) => recording::look(&clinic, &self.downloads, key).await,
            RecordingRequest::Download(key) => {
                self.downloads.start(&clinic, &key);
            }
            RecordingRequest::Cancel(key) => self.downloads.cancel(&key),
        }
    }

    fn take_export(&mut self, request: ExportRequest) {
        self.exports.retain(|_, task| !task.is_finished());
        let Some(clinic) = self.clinic.clone() else { return };
        let services = Arc::clone(&self.context.services);
        match request {
            ExportRequest::Recording { export, key, file_name } => {
                let job = export::Job { clinic, services, export, key, file_name };
                self.exports.insert(export, tokio::spawn(export::recording(job, self.downloads.clone())));
            }
            ExportRequest::Clip { export, key, file_name, from_ms, to_ms } => {
                let job = export::Job { clinic, services, export, key, file_name };
                self.exports.insert(export, tokio::spawn(export::clip(job, self.downloads.clone(), from_ms..to_ms)));
            }
            ExportRequest::Document { export, key, file_name, format } => {
                let job = export::Job { clinic, services, export, key, file_name };
                self.exports.insert(export, tokio::spawn(export::document(job, format)));
            }
            ExportRequest::Print { export, key, has_transcript } => {
                let job = export::Job { clinic, services, export, key, file_name: String::new() };
                self.exports.insert(export, tokio::spawn(print::print(job, has_transcript)));
            }
            ExportRequest::Cancel(export) => {
                if let Some(task) = self.exports.remove(&export) {
                    tokio::spawn(export::cancel(clinic, export, task));
                }
            }
        }
    }

    /// What a viewer was shown goes, and what a run that was killed left.
    pub(super) fn forget_prints(&self) {
        let services = Arc::clone(&self.context.services);
        tokio::task::spawn_blocking(move || print::forget(&services.folders));
    }

    fn save_settings(&self, settings: Settings) {
        let rules = Rules::new(&settings, self.context.services.poll_every);
        self.rules.send_if_modified(|held| {
            let is_other = *held != rules;
            *held = rules;
            is_other
        });
        let path = self.context.services.folders.config.join("settings.json");
        let unsaved = self.unsaved.clone();
        unsaved.put(settings);
        tokio::task::spawn_blocking(move || {
            if let Err(error) = unsaved.save(&path) {
                tracing::warn!(%error, "the settings could not be saved");
            }
        });
    }

    fn stop_clinic(&mut self) {
        self.live = None;
        self.board = None;
        self.nexhealth = None;
        if let Some((_, task)) = self.sync.take() {
            task.abort();
        }
        for task in [self.open_record.take(), self.days.take()].into_iter().flatten() {
            task.abort();
        }
        self.in_use = storage::InUse::default();
        for (_, task) in self.exports.drain() {
            task.abort();
        }
        self.downloads.stop_all();
        self.clinic = None;
    }
}
