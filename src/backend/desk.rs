//! The dispatcher: takes requests one by one, starts a task for each and keeps what must be stopped again.

use super::catalog_thread::{self, CatalogHandle};
use super::clinic::Clinic;
use super::events::EventSender;
use super::services::Services;
use super::tasks::{export, player, record, recording, sign_in, sync};
use crate::state::{
    Event, ExportRequest, ListRequest, RecordRequest, RecordingRequest, Request, SessionEvent, SessionRequest, Settings,
};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// News from tasks to the dispatcher alone.
pub(super) enum Inside {
    /// A clinic was entered; the former one ends.
    Entered(Arc<Clinic>),
    Left,
}

/// What every task may use.
#[derive(Clone)]
pub(super) struct Context {
    pub(super) services: Arc<Services>,
    pub(super) events: EventSender,
    pub(super) catalog: CatalogHandle,
    pub(super) inside: mpsc::Sender<Inside>,
}

struct Desk {
    context: Context,
    clinic: Option<Arc<Clinic>>,
    sync: Option<(sync::SyncHandle, JoinHandle<()>)>,
    session: Option<JoinHandle<()>>,
    open_record: Option<JoinHandle<()>>,
    downloads: recording::Downloads,
    exports: HashMap<u64, JoinHandle<()>>,
    player: Option<player::PlayerTask>,
    is_focused: bool,
}

pub(super) async fn run(services: Services, mut requests: mpsc::Receiver<Request>, events: EventSender) {
    let Ok(catalog) = catalog_thread::spawn(events.clone()) else {
        tracing::error!("the catalog's thread could not be started");
        return;
    };
    let (inside_sender, mut inside) = mpsc::channel(16);
    let context = Context { services: Arc::new(services), events: events.clone(), catalog, inside: inside_sender };
    let mut desk = Desk::new(context);
    loop {
        tokio::select! {
            request = requests.recv() => match request {
                Some(request) => desk.take(request).await,
                None => break,
            },
            Some(news) = inside.recv() => desk.hear(news).await,
        }
    }
    if let Some(player) = &desk.player {
        player.note_stats(&desk.context.services.folders.cache);
    }
    desk.downloads.close().await;
    desk.stop_clinic();
}

impl Desk {
    fn new(context: Context) -> Self {
        Self {
            context,
            clinic: None,
            sync: None,
            session: None,
            open_record: None,
            downloads: recording::Downloads::default(),
            exports: HashMap::new(),
            player: None,
            is_focused: true,
        }
    }

    async fn take(&mut self, request: Request) {
        match request {
            Request::Session(request) => self.take_session(request),
            Request::List(request) => self.take_list(request).await,
            Request::Record(request) => self.take_record(request),
            Request::Recording(request) => self.take_recording(request).await,
            Request::Player(request) => {
                let task = self.player.get_or_insert_with(|| player::PlayerTask::start(&self.context));
                task.take(request, self.clinic.as_ref(), &self.downloads).await;
            }
            Request::Export(request) => self.take_export(request),
            Request::SaveSettings(settings) => self.save_settings(settings),
            // The window owns the clipboard and takes this one itself.
            Request::CopyText(_) => {}
        }
    }

    fn take_session(&mut self, request: SessionRequest) {
        if let Some(running) = self.session.take() {
            running.abort();
        }
        let context = self.context.clone();
        let task = match request {
            SessionRequest::Cancel => return,
            SessionRequest::Restore => tokio::spawn(sign_in::restore(context)),
            SessionRequest::SignIn(key) => tokio::spawn(sign_in::sign_in(context, key)),
            SessionRequest::StartSampleData => tokio::spawn(sign_in::open_sample(context)),
            SessionRequest::SignOut => {
                let clinic = self.clinic.clone();
                self.stop_clinic();
                tokio::spawn(sign_in::sign_out(context, clinic))
            }
        };
        self.session = Some(task);
    }

    async fn hear(&mut self, news: Inside) {
        match news {
            Inside::Entered(clinic) => {
                let is_other = self.clinic.as_ref().is_none_or(|old| old.organization.id != clinic.organization.id);
                self.stop_clinic();
                if is_other {
                    self.context.catalog.clear().await;
                }
                self.sync = Some(sync::start(Arc::clone(&clinic), &self.context.services, self.is_focused));
                self.clinic = Some(clinic);
            }
            Inside::Left => {
                self.context.catalog.clear().await;
                self.context.events.send(Event::Session(SessionEvent::SignedOut)).await;
            }
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
            ExportRequest::Cancel(export) => {
                if let Some(task) = self.exports.remove(&export) {
                    tokio::spawn(export::cancel(clinic, export, task));
                }
            }
        }
    }

    fn save_settings(&self, settings: Settings) {
        let path = self.context.services.folders.config.join("settings.json");
        tokio::task::spawn_blocking(move || {
            if let Err(error) = crate::store::save_json(&path, &settings) {
                tracing::warn!(%error, "the settings could not be saved");
            }
        });
    }

    fn stop_clinic(&mut self) {
        if let Some((_, task)) = self.sync.take() {
            task.abort();
        }
        if let Some(task) = self.open_record.take() {
            task.abort();
        }
        for (_, task) in self.exports.drain() {
            task.abort();
        }
        self.downloads.stop_all();
        self.clinic = None;
    }
}
