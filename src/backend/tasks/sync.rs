//! Keeps the list in step with NxVET: what is stored first, then the newest pages, then older ones on request,
//! and a polite look for new ones by itself. One task per open clinic, so that pages never race each other.

use super::super::clinic::Clinic;
use super::super::problems::{self, Doing};
use super::super::services::Services;
use super::record;
use crate::domain::{Consultation, ConsultationKey, Stage};
use crate::nxvet::Error;
use crate::state::{ConnectionEvent, Event, ListEvent, Loading, Progress, SessionEvent};
use crate::store::SyncState;
use futures_util::StreamExt as _;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Rows asked for at once; the vendor's limit.
const PAGE: usize = 100;
/// Rows loaded at first and with every look further back.
const STRETCH: usize = 300;
/// Rows read again at each seam, as new records push older ones down while pages are read.
const OVERLAP: usize = 20;
/// Pages that a look for new records may need when the desk was off for long.
const MOST_NEW_PAGES: usize = 50;
/// Newest records whose notes are fetched ahead, for their stage and for reading offline.
const AHEAD: usize = 40;
const AHEAD_AT_ONCE: usize = 4;
/// Without the focus the desk asks this many times less often.
const UNFOCUSED_FACTOR: u32 = 5;

#[derive(Clone, Copy, Debug)]
pub(in super::super) enum SyncCommand {
    Refresh,
    LookFurtherBack,
    Focused(bool),
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
    failures: u32,
}

pub(in super::super) fn start(
    clinic: Arc<Clinic>,
    services: &Services,
    is_focused: bool,
) -> (mpsc::Sender<SyncCommand>, JoinHandle<()>) {
    let (sender, receiver) = mpsc::channel(16);
    let sync = Sync {
        clinic,
        progress: Progress::default(),
        known: HashSet::new(),
        records: 0,
        is_focused,
        poll_every: services.poll_every,
        failures: 0,
    };
    (sender, tokio::spawn(sync.run(receiver)))
}

impl Sync {
    async fn run(mut self, mut commands: mpsc::Receiver<SyncCommand>) {
        self.show_stored().await;
        self.refresh().await;
        // The whole cache is checked in the quiet after the start; a damaged one heals and is told.
        if let Err(error) = self.clinic.store.run(crate::store::Store::check_cache).await {
            self.clinic.events.send(Event::Told(problems::of_store(&error))).await;
        }
        loop {
            let pause = self.pause();
            tokio::select! {
                command = commands.recv() => match command {
                    Some(SyncCommand::Refresh) => self.refresh().await,
                    Some(SyncCommand::LookFurtherBack) => self.look_further_back().await,
                    Some(SyncCommand::Focused(is_focused)) => self.is_focused = is_focused,
                    None => return,
                },
                () = tokio::time::sleep(pause) => self.poll().await,
            }
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
                    (key, Stage::from_notes(held.status, age))
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
        let rows: Vec<Arc<Consultation>> =
            consultations.into_iter().map(|row| Arc::new(self.clinic.with_known_stage(row))).collect();
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
        self.progress.is_complete || self.progress.total.is_some_and(|total| self.records >= total)
    }

    /// The newest stretch, the devices and the conversations; the person asked or the clinic was just opened.
    async fn refresh(&mut self) {
        self.progress.loading = Loading::Newest;
        self.progress.skipped = 0;
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

    /// Reads from the top until `wanted` rows are known and the seam to what was known before is closed.
    async fn read_newest(&mut self, wanted: usize) -> Result<usize, Error> {
        let had_some = self.records > 0;
        let mut offset = 0;
        let mut arrived = 0;
        for _ in 0..MOST_NEW_PAGES {
            let page = self.read_page(offset).await?;
            arrived += page.fresh;
            offset += page.received;
            let seam_is_closed = !had_some || page.fresh < page.received;
            if page.is_last || (offset >= wanted && seam_is_closed) {
                self.progress.is_complete |= page.is_last && offset >= self.records;
                break;
            }
            self.tell().await;
        }
        Ok(arrived)
    }

    /// Goes on below what is known, with an overlap, until a stretch of new rows came or the end is reached.
    async fn read_older(&mut self) -> Result<(), Error> {
        let mut offset = self.records.saturating_sub(OVERLAP);
        let mut fresh = 0;
        while fresh < STRETCH {
            let page = self.read_page(offset).await?;
            fresh += page.fresh;
            offset += page.received;
            if page.is_last {
                self.close_the_end(offset).await?;
                break;
            }
            self.tell().await;
        }
        Ok(())
    }

    /// The end is reached. If the count says that some are missing, they were pushed past a seam: read the top again.
    async fn close_the_end(&mut self, offset: usize) -> Result<(), Error> {
        if self.progress.total.is_some_and(|total| self.records < total) {
            self.read_newest(PAGE).await?;
            let mut again = 0;
            while self.progress.total.is_some_and(|total| self.records < total) && again < offset {
                let page = self.read_page(again).await?;
                if page.received == 0 {
                    break;
                }
                again += page.received.saturating_sub(OVERLAP / 2).max(1);
            }
        }
        self.progress.is_complete = true;
        Ok(())
    }

    async fn read_page(&mut self, offset: usize) -> Result<PageRead, Error> {
        let page = self.clinic.client.consultations(&self.clinic.organization.id, offset, PAGE).await?;
        self.progress.skipped += page.skipped;
        self.progress.total = page.total;
        self.store_rows(&page.consultations).await;
        let fresh = self.take_in(page.consultations).await;
        let end = offset + page.received;
        let is_last = page.received == 0
            || match page.total {
                Some(total) => end >= total,
                // Without a total only a page without anything new proves the end.
                None => fresh == 0 && page.received < PAGE,
            };
        Ok(PageRead { received: page.received, fresh, is_last })
    }

    async fn store_rows(&self, rows: &[Consultation]) {
        let organization = self.clinic.organization.id.clone();
        let rows: Vec<Arc<Consultation>> = rows.iter().cloned().map(Arc::new).collect();
        if let Err(error) = self.clinic.store.run(move |store| store.save_consultations(&organization, &rows)).await {
            self.clinic.events.send(Event::Told(problems::of_store(&error))).await;
        }
    }

    /// Conversations have a family of their own; a key that may not read them still reads records.
    async fn read_conversations(&mut self) -> Result<(), Error> {
        match self.clinic.client.conversations(&self.clinic.organization.id, None).await {
            Ok(page) => {
                self.progress.skipped += page.skipped;
                let named = self.with_room_names(page.consultations).await;
                self.store_rows(&named).await;
                self.take_in(named).await;
                Ok(())
            }
            Err(Error::Forbidden | Error::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A conversation knows its device by id alone; the device list may know the room's name.
    async fn with_room_names(&self, mut conversations: Vec<Consultation>) -> Vec<Consultation> {
        let has_nameless = conversations.iter().any(|c| c.room.as_ref().is_some_and(|room| room.name.is_none()));
        if !has_nameless {
            return conversations;
        }
        let Ok(devices) = self.clinic.client.devices(&self.clinic.organization.id).await else { return conversations };
        for room in conversations.iter_mut().filter_map(|conversation| conversation.room.as_mut()) {
            let same = |device: &&crate::domain::RoomDevice| Some(&device.id) == room.device_id.as_ref();
            if let Some(device) = devices.rooms.iter().find(same) {
                room.name.clone_from(&device.name);
                room.serial.clone_from(&device.serial);
            }
        }
        conversations
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

    /// Fetches the notes of the newest records whose stage is unknown or may have changed.
    async fn read_notes_ahead(&mut self) {
        if self.failures > 0 {
            return;
        }
        let newest = self
            .clinic
            .catalog
            .ask(|catalog| {
                let wants = |row: &&Arc<Consultation>| {
                    row.key.record_id().is_some() && (row.stage == Stage::Unknown || row.stage.is_pending())
                };
                catalog.rows().take(AHEAD).filter(wants).map(Arc::clone).collect::<Vec<_>>()
            })
            .await
            .unwrap_or_default();
        let clinic = &self.clinic;
        let fetches = newest.into_iter().map(|row| async move { record::fetch(clinic, &row.key, Some(&row)).await });
        let mut results = futures_util::stream::iter(fetches).buffer_unordered(AHEAD_AT_ONCE);
        while let Some(result) = results.next().await {
            // Trouble shows with the list or when the record is opened; reading ahead just stops.
            if matches!(result, Err(error) if error != Error::NotFound) {
                break;
            }
        }
    }
}

struct PageRead {
    received: usize,
    fresh: usize,
    is_last: bool,
}
