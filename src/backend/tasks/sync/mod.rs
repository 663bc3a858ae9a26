//! Keeps the list in step with NxVET: what is stored first, then the newest pages, then older ones on request,
//! and a polite look for new ones by itself. One task per open clinic, so that pages never race each other.

mod pages;

use crate::backend::clinic::Clinic;
use crate::backend::problems::{self, Doing};
use crate::backend::services::Services;
use crate::clock::Clock;
use crate::domain::{Consultation, ConsultationKey, RoomDevice, Sharing, Stage};
use crate::nxvet::Error;
use crate::state::{ConnectionEvent, Event, ListEvent, Loading, Progress, SessionEvent};
use crate::store::SyncState;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

/// Rows asked for at once; the vendor's limit.
const PAGE: usize = 100;
/// Rows loaded at first and with every look further back.
const STRETCH: usize = 300;
/// Without the focus the desk asks this many times less often.
const UNFOCUSED_FACTOR: u32 = 5;

#[derive(Clone, Copy, Debug)]
pub(in crate::backend) enum SyncCommand {
    Refresh,
    LookFurtherBack,
    Focused(bool),
}

/// How far back the conversations were read.
enum OlderConversations {
    NotAsked,
    From(String),
    None,
}

/// What one round of asking is for.
#[derive(Clone, Copy)]
enum Round {
    Refresh,
    Older,
    Poll,
}

struct Sync {
    clinic: Arc<Clinic>,
    progress: Progress,
    /// Keys in the catalog; tells what is new.
    known: HashSet<ConsultationKey>,
    /// Records (not conversations) among them.
    records: usize,
    is_focused: bool,
    poll_every: Duration,
    wake_check: Duration,
    failures: u32,
    /// No older record is left to read.
    has_reached_end: bool,
    /// Where the conversations not read yet begin.
    older_conversations: OlderConversations,
    /// The clinic's recorders; asked for when a conversation names an unknown one, once a refresh.
    devices: Vec<RoomDevice>,
    has_asked_devices: bool,
    sharing: Sharing,
    /// How often pending notes were seen; they are asked for again at growing distances.
    seen_pending: HashMap<ConsultationKey, u32>,
    stop: Arc<Notify>,
}

/// The way to the sync of the open clinic.
pub(in crate::backend) struct SyncHandle {
    commands: mpsc::Sender<SyncCommand>,
    stop: Arc<Notify>,
}

impl SyncHandle {
    pub(in crate::backend) fn tell(&self, command: SyncCommand) {
        if self.commands.try_send(command).is_err() {
            tracing::debug!("sync is busy; the same wish waits there already");
        }
    }

    /// Gives up the round under way; the next one comes by itself.
    pub(in crate::backend) fn stop(&self) {
        self.stop.notify_waiters();
    }
}

pub(in crate::backend) fn start(
    clinic: Arc<Clinic>,
    services: &Services,
    is_focused: bool,
) -> (SyncHandle, JoinHandle<()>) {
    let (sender, receiver) = mpsc::channel(16);
    let stop = Arc::new(Notify::new());
    let sync = Sync {
        stop: Arc::clone(&stop),
        clinic,
        progress: Progress::default(),
        known: HashSet::new(),
        records: 0,
        is_focused,
        poll_every: services.poll_every,
        wake_check: services.wake_check,
        failures: 0,
        has_reached_end: false,
        older_conversations: OlderConversations::NotAsked,
        devices: Vec::new(),
        has_asked_devices: false,
        sharing: Sharing::default(),
        seen_pending: HashMap::new(),
    };
    (SyncHandle { commands: sender, stop }, tokio::spawn(sync.run(receiver)))
}

impl Sync {
    async fn run(mut self, mut commands: mpsc::Receiver<SyncCommand>) {
        self.show_stored().await;
        self.round(Round::Refresh).await;
        // The whole cache is checked in the quiet after the start; a damaged one heals and is told.
        if let Err(error) = self.clinic.store.run(crate::store::Store::check_cache).await {
            self.clinic.events.send(Event::Told(problems::of_store(&error))).await;
        }
        loop {
            let pause = self.pause();
            tokio::select! {
                command = commands.recv() => match command {
                    Some(SyncCommand::Refresh) => self.round(Round::Refresh).await,
                    Some(SyncCommand::LookFurtherBack) => self.round(Round::Older).await,
                    Some(SyncCommand::Focused(is_focused)) => {
                        self.is_focused = is_focused;
                        // Somebody came back, perhaps from sleep or to another network: look at once.
                        if is_focused && self.failures > 0 {
                            self.round(Round::Poll).await;
                        }
                    }
                    None => return,
                },
                () = pass(&self.clinic.clock, pause, self.wake_check) => self.round(Round::Poll).await,
            }
        }
    }

    /// One round, which the person may give up; what has arrived by then stays.
    async fn round(&mut self, round: Round) {
        let stop = Arc::clone(&self.stop);
        let given_up = tokio::select! {
            () = stop.notified() => true,
            () = async {
                match round {
                    Round::Refresh => self.refresh().await,
                    Round::Older => self.look_further_back().await,
                    Round::Poll => self.poll().await,
                }
            } => false,
        };
        if given_up {
            self.progress.loading = Loading::Idle;
            self.tell().await;
        }
    }

    /// While NxVET is out of reach the pause starts short, so that the desk is back soon, and grows.
    fn pause(&self) -> Duration {
        let calm = if self.is_focused { self.poll_every } else { self.poll_every * UNFOCUSED_FACTOR };
        match self.failures {
            0 => calm,
            failures => Duration::from_secs(10 << failures.min(5)).min(calm.max(Duration::from_secs(60))),
        }
    }

    /// What was seen before shows within a moment of the start.
    async fn show_stored(&mut self) {
        let organization = self.clinic.organization.id.clone();
        let stored = self
            .clinic
            .store
            .run(move |store| {
                let held = store.notes_keys(&organization)?;
                Ok((store.load_consultations(&organization)?, held, store.load_sync_state(&organization)?))
            })
            .await;
        match stored {
            Ok((consultations, held, state)) => {
                let now = self.clinic.clock.now();
                let ended: std::collections::HashMap<_, _> = consultations
                    .iter()
                    .map(|consultation| {
                        (consultation.key.clone(), consultation.ended_at.unwrap_or(consultation.started_at))
                    })
                    .collect();
                let stages = held.into_iter().map(|(key, held)| {
                    let age = ended.get(&key).map_or(0, |ended| (now - *ended).num_minutes());
                    (key.clone(), Stage::from_notes(&key, held.status, age))
                });
                self.clinic.remember_stages(stages);
                self.take_in(consultations).await;
                if let Some(state) = state {
                    self.progress.synced_at = Some(state.synced_at);
                    self.progress.total = state.total;
                }
            }
            Err(error) => self.clinic.events.send(Event::Told(problems::of_store(&error))).await,
        }
        self.tell().await;
    }

    /// Puts rows into the catalog; returns how many are new.
    async fn take_in(&mut self, consultations: Vec<Consultation>) -> usize {
        let rows: Vec<Arc<Consultation>> = consultations
            .into_iter()
            .map(|row| Arc::new(self.sharing.share(self.clinic.with_known_stage(row))))
            .collect();
        let mut fresh = 0;
        for row in &rows {
            if self.known.insert(row.key.clone()) {
                fresh += 1;
                self.records += usize::from(row.key.record_id().is_some());
            }
        }
        self.count_rows();
        self.clinic.catalog.upsert(rows).await;
        fresh
    }

    fn count_rows(&mut self) {
        self.progress.loaded = self.records;
        self.progress.conversations = self.known.len() - self.records;
    }

    async fn tell(&mut self) {
        self.count_rows();
        self.progress.is_complete = self.is_complete();
        self.clinic.events.send(Event::List(ListEvent::Progress(self.progress.clone()))).await;
        self.progress.arrived = 0;
    }

    fn is_complete(&self) -> bool {
        let has_records = self.has_reached_end || self.progress.total.is_some_and(|total| self.records >= total);
        has_records && !matches!(self.older_conversations, OlderConversations::From(_))
    }

    /// The newest stretch, the devices and the conversations; the person asked or the clinic was just opened.
    async fn refresh(&mut self) {
        self.progress.loading = Loading::Newest;
        self.progress.skipped = 0;
        self.has_asked_devices = false;
        self.tell().await;
        let pages = self.read_newest(STRETCH).await;
        let others = match pages {
            Ok(_) => self.read_conversations().await,
            Err(error) => Err(error),
        };
        self.finish(others).await;
        self.read_notes_ahead().await;
    }

    /// Asks for the newest page by itself. Says something only when something changed.
    async fn poll(&mut self) {
        let before = self.progress.clone();
        let result = self.read_newest(PAGE).await;
        match result {
            Ok(arrived) => {
                self.progress.arrived = arrived;
                let others = self.read_conversations().await;
                let was_failing = self.failures > 0;
                self.settle(others.as_ref().err()).await;
                let same = Progress { synced_at: before.synced_at, ..self.progress.clone() } == before;
                let event = Event::List(ListEvent::Progress(self.progress.clone()));
                self.progress.arrived = 0;
                if same && !was_failing {
                    self.clinic.events.send_quietly(event).await;
                } else {
                    self.clinic.events.send(event).await;
                }
                self.read_notes_ahead().await;
            }
            Err(error) => self.finish(Err(error)).await,
        }
    }

    async fn look_further_back(&mut self) {
        if self.is_complete() {
            return self.tell().await;
        }
        self.progress.loading = Loading::Older;
        self.tell().await;
        let result = self.read_older().await;
        self.finish(result).await;
    }

    /// Ends a round: tells what is there and what went wrong.
    async fn finish(&mut self, result: Result<(), Error>) {
        self.settle(result.as_ref().err()).await;
        self.tell().await;
        if let Err(error) = result {
            let problem = problems::of_network(&error, Doing::Listing, self.clinic.clock_off_minutes());
            self.clinic.events.send(Event::List(ListEvent::Failed(problem))).await;
        }
    }

    async fn settle(&mut self, error: Option<&Error>) {
        self.progress.loading = Loading::Idle;
        let events = &self.clinic.events;
        match error {
            None => {
                self.failures = 0;
                let now = self.clinic.clock.now();
                self.progress.synced_at = Some(now);
                let state = SyncState { synced_at: now, total: self.progress.total };
                let organization = self.clinic.organization.id.clone();
                if let Err(error) = self.clinic.store.run(move |s| s.save_sync_state(&organization, &state)).await {
                    events.send(Event::Told(problems::of_store(&error))).await;
                }
                events.send_quietly(Event::Connection(ConnectionEvent::Working)).await;
            }
            Some(Error::Unauthorized) => events.send(Event::Session(SessionEvent::KeyRefused)).await,
            Some(error) if !(error.is_offline() || *error == Error::BrokenOff) => {
                // NxVET is there and said no; the list tells what it said.
                self.failures += 1;
                events.send(Event::Connection(ConnectionEvent::Working)).await;
            }
            Some(error) => {
                self.failures += 1;
                let problem = problems::of_network(error, Doing::Listing, self.clinic.clock_off_minutes());
                events.send(Event::Connection(ConnectionEvent::Offline { problem })).await;
            }
        }
        if let Some(offset) = self.clinic.client.server_clock_offset() {
            events.send_quietly(Event::Connection(ConnectionEvent::ClockOff(offset.num_seconds()))).await;
        }
    }
}

/// Waits for `pause`, or until the time of day says that as much has passed: timers stand still while a computer
/// sleeps, and whoever opens it again wants to see what came in the meantime.
async fn pass(clock: &Clock, pause: Duration, wake_check: Duration) {
    let began = clock.now();
    let end = tokio::time::Instant::now() + pause;
    loop {
        let left = end.saturating_duration_since(tokio::time::Instant::now());
        let passed = (clock.now() - began).to_std().unwrap_or_default();
        if left.is_zero() || passed >= pause {
            return;
        }
        tokio::time::sleep(left.min(wake_check)).await;
    }
}
