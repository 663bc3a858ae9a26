//! What the Rooms screen is made of, for as long as somebody looks at it: the day's consultations out of the catalog,
//! appointments out of the store, and NxVET's recorders. Keeps names of rooms and what was said about pairs.
//! What all of it means is laid out by the state.

use crate::backend::clinic::Clinic;
use crate::backend::problems::lower_first;
use crate::domain::fold::fold;
use crate::domain::live::Appointment;
use crate::domain::{Catalog, Consultation, Zone};
use crate::state::board::{BoardKnown, DayRows, Unsaved};
use crate::state::{BoardEvent, BoardRequest, Event, Fault, NexHealthFault, Problem};
use crate::store::{Result, StoreError};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Wishes that may wait; a person causes one at a time.
const WISHES: usize = 64;
/// Tiles look back so far for what a room did last.
const RECENT: TimeDelta = TimeDelta::days(7);
/// And at no more consultations than this.
const MOST_RECENT: usize = 500;
/// How far back events are folded.
const REMEMBERED: TimeDelta = TimeDelta::days(8);
/// Recorders are asked for so often while somebody looks.
const DEVICES_EVERY: Duration = Duration::from_mins(5);
/// A page of the list arrives as many changes; they are taken in together.
const GATHER: Duration = Duration::from_millis(50);

/// The way to the task that follows the rooms of the open clinic.
pub(in crate::backend) struct BoardHandle {
    wishes: mpsc::Sender<BoardRequest>,
    task: JoinHandle<()>,
}

pub(in crate::backend) fn start(clinic: Arc<Clinic>) -> BoardHandle {
    let (wishes, receiver) = mpsc::channel(WISHES);
    let follower = Follower { clinic, followed: None, sent: None, devices_due: Instant::now() };
    BoardHandle { wishes, task: tokio::spawn(follower.run(receiver)) }
}

impl BoardHandle {
    pub(in crate::backend) async fn tell(&self, request: BoardRequest) {
        if self.wishes.send(request).await.is_err() {
            tracing::debug!("the rooms are followed no longer");
        }
    }
}

impl Drop for BoardHandle {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The day somebody looks at.
#[derive(Clone, Copy)]
struct Followed {
    sequence: u64,
    date: NaiveDate,
    zone: Zone,
}

struct Follower {
    clinic: Arc<Clinic>,
    followed: Option<Followed>,
    /// What was told last; the same is not told twice.
    sent: Option<DayRows>,
    devices_due: Instant,
}

impl Follower {
    async fn run(mut self, mut wishes: mpsc::Receiver<BoardRequest>) {
        self.tell_known().await;
        let mut changes = self.clinic.catalog.changes();
        loop {
            let looks = self.followed.is_some();
            tokio::select! {
                wish = wishes.recv() => match wish {
                    Some(wish) => self.take(wish).await,
                    None => return,
                },
                news = changes.changed(), if looks => {
                    if news.is_err() {
                        return;
                    }
                    tokio::time::sleep(GATHER).await;
                    changes.mark_unchanged();
                    self.tell_day(false).await;
                }
                () = tokio::time::sleep_until(self.devices_due), if looks => self.ask_devices().await,
            }
        }
    }

    async fn take(&mut self, wish: BoardRequest) {
        match wish {
            BoardRequest::Follow { sequence, date, zone } => {
                self.followed = Some(Followed { sequence, date, zone });
                self.tell_day(true).await;
            }
            BoardRequest::Rest => {
                self.followed = None;
                self.sent = None;
            }
            BoardRequest::NameRoom { device, name } => {
                let organization = self.clinic.organization.id.clone();
                let (named, what) = (device.clone(), Unsaved::RoomName(device));
                let name = Some(name).filter(|name| !name.is_empty());
                let save = self
                    .clinic
                    .store
                    .run_unnoticed(move |store| store.name_room(&organization, &named, name.as_deref()));
                self.kept(save.await, what).await;
            }
            BoardRequest::Decide(decision) => {
                let (organization, now) = (self.clinic.organization.id.clone(), self.clinic.clock.now());
                let what = Unsaved::Decision(decision.clone());
                let save = move |store: &mut crate::store::Store| store.save_decision(&organization, &decision, now);
                self.kept(self.clinic.store.run_unnoticed(save).await, what).await;
            }
            BoardRequest::TakeBack(decision) => {
                let organization = self.clinic.organization.id.clone();
                let what = Unsaved::TakenBack(decision.clone());
                let save = move |store: &mut crate::store::Store| store.take_decision_back(&organization, &decision);
                self.kept(self.clinic.store.run_unnoticed(save).await, what).await;
            }
        }
    }

    async fn kept(&self, saved: Result<()>, what: Unsaved) {
        if let Err(error) = saved {
            let fault = Fault::NexHealth(NexHealthFault::NotKept(lower_first(&error.to_string())));
            let problem = Problem::new(&fault, if error == StoreError::DiskFull { "DB-FULL" } else { "DB" });
            self.tell(BoardEvent::NotSaved { what, problem }).await;
        }
    }

    async fn tell_known(&self) {
        let (organization, now) = (self.clinic.organization.id.clone(), self.clinic.clock.now());
        let read = self.clinic.store.run_unnoticed(move |store| {
            Ok(BoardKnown {
                devices: store.load_devices(&organization)?,
                devices_at: None,
                names: store.room_names(&organization)?,
                decisions: store.decisions(&organization)?,
                events: store.live_events_between(&organization, now - REMEMBERED, now + TimeDelta::days(1))?,
            })
        });
        match read.await {
            Ok(known) => self.tell(BoardEvent::Known(Box::new(known))).await,
            Err(error) => tracing::warn!(%error, "what is known of the rooms could not be read"),
        }
    }

    /// Without an answer the recorders stay as they are, and so does the moment they were told: an offline desk must
    /// not say of a recorder that it is silent.
    async fn ask_devices(&mut self) {
        self.devices_due = Instant::now() + DEVICES_EVERY;
        let devices = match self.clinic.client.devices(&self.clinic.organization.id).await {
            Ok(devices) => devices.rooms,
            Err(error) => {
                tracing::debug!(code = error.code(), "the recorders could not be read");
                return;
            }
        };
        let (organization, kept) = (self.clinic.organization.id.clone(), devices.clone());
        let saved = self.clinic.store.run_unnoticed(move |store| store.save_devices(&organization, &kept)).await;
        if let Err(error) = saved {
            tracing::warn!(%error, "the recorders could not be kept");
        }
        let at = self.clinic.clock.now() + self.clinic.client.server_clock_offset().unwrap_or_default();
        self.tell(BoardEvent::Devices { devices, at }).await;
    }

    /// Tells the day that is looked at; unasked only when it is another one than before.
    async fn tell_day(&mut self, is_asked: bool) {
        let Some(Followed { sequence, date, zone }) = self.followed else { return };
        let Some(span) = zone.day(date) else { return };
        let since = self.clinic.clock.now() - RECENT;
        let wanted = span.clone();
        let Some(mut rows) = self.clinic.catalog.ask(move |catalog| of_catalog(catalog, &wanted, since)).await else {
            return;
        };
        rows.appointments = self.appointments(&span).await;
        if is_asked || !self.sent.as_ref().is_some_and(|sent| is_same(sent, &rows)) {
            self.sent = Some(rows.clone());
            self.tell(BoardEvent::Day { sequence, rows: Box::new(rows) }).await;
        }
    }

    async fn appointments(&self, span: &Range<DateTime<Utc>>) -> Vec<Appointment> {
        let (organization, span) = (self.clinic.organization.id.clone(), span.clone());
        let read = self
            .clinic
            .store
            .run_unnoticed(move |store| store.appointments_between(&organization, span.start, span.end));
        read.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the appointments could not be read");
            Vec::new()
        })
    }

    async fn tell(&self, event: BoardEvent) {
        self.clinic.events.send(Event::Board(event)).await;
    }
}

/// Runs on the catalog's thread; rows come newest first.
fn of_catalog(catalog: &Catalog, span: &Range<DateTime<Utc>>, since: DateTime<Utc>) -> DayRows {
    let recent = catalog.rows().take_while(|row| row.started_at >= since).take(MOST_RECENT);
    let in_day = catalog.rows().skip_while(|row| row.started_at >= span.end);
    let day = in_day.take_while(|row| row.started_at >= span.start);
    DayRows {
        recent: recent.cloned().collect(),
        day: day.cloned().collect(),
        appointments: Vec::new(),
        namesakes: namesakes(catalog),
        is_complete: catalog.rows().last().is_some_and(|oldest| oldest.started_at < span.start),
    }
}

/// Names that several patients of the clinic carry.
fn namesakes(catalog: &Catalog) -> BTreeSet<String> {
    let facets = catalog.facets();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for patient in &facets.patients {
        *counts.entry(fold(&patient.label)).or_default() += 1;
    }
    counts.into_iter().filter(|(_, count)| *count > 1).map(|(name, _)| name).collect()
}

fn is_same(one: &DayRows, other: &DayRows) -> bool {
    let same = |one: &[Arc<Consultation>], other: &[Arc<Consultation>]| {
        one.len() == other.len() && one.iter().zip(other).all(|(one, other)| Arc::ptr_eq(one, other) || one == other)
    };
    same(&one.recent, &other.recent)
        && same(&one.day, &other.day)
        && one.appointments == other.appointments
        && one.namesakes == other.namesakes
        && one.is_complete == other.is_complete
}
