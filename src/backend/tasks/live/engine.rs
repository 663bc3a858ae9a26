//! The engine: one task a clinic that starts the receiver, acts on what it kept, and runs what the window wishes.

use super::follower::{Follower, Trace, Trail};
use super::inbox::DeskInbox;
use super::probes::Listener;
use super::provisional::{self, Provisionals};
use super::receiving::Receiving;
use super::sharing::Sharing;
use super::{Desk, Left, Wish, curl, diagnose, load, making, probes, routes};
use crate::backend::clinic::Clinic;
use crate::backend::rules::Rules;
use crate::backend::tasks::storage::InUse;
use crate::backend::tasks::sync::SyncHandle;
use crate::domain::ConsultationKey;
use crate::domain::live::{Delivery, DeliverySource, Happening, LiveEvent, Scheme, WebhookSecret};
use crate::state::{LiveNews, LiveRequest};
use crate::store::live::NewRoute;
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

/// Whose place in the events this is.
const CURSOR: &str = "desk";
/// Events that are acted on at once.
const BITE: usize = 500;
/// Deliveries that come close together are shown together.
const GATHER: Duration = Duration::from_millis(150);
/// NxVET is asked by itself how its webhooks stand.
const LOOK_EVERY: Duration = Duration::from_secs(600);
/// Records of a gap whose notes are read again; the ordinary reading sees to more.
const MOST_OF_GAP: usize = 200;

/// A task that ends with the engine.
pub(super) struct Ends(pub(super) JoinHandle<()>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.abort();
    }
}

pub(super) struct Engine {
    desk: Arc<Desk>,
    rules: watch::Receiver<Rules>,
    inbox: Arc<DeskInbox>,
    receiving: Receiving,
    sharing: Sharing,
    provisionals: Arc<Provisionals>,
    trail: Arc<Trail>,
    jobs: JoinSet<Left>,
    /// When news of deliveries is shown.
    tell_at: Option<Instant>,
    look_at: Instant,
    /// The newest refusal that was told.
    refused_at: Option<DateTime<Utc>>,
    /// NxVET has webhooks, so that it is worth asking how they stand.
    has_webhooks: bool,
    _follower: Ends,
}

impl Engine {
    pub(super) fn new(clinic: Arc<Clinic>, rules: watch::Receiver<Rules>, sync: SyncHandle, in_use: InUse) -> Self {
        let inbox = Arc::new(DeskInbox::new(clinic.store.clone()));
        let desk = Arc::new(Desk { clinic, sync, in_use, standing: tokio::sync::Mutex::default() });
        let provisionals = Arc::new(Provisionals::default());
        let trail = Arc::new(Trail::default());
        let follower = Follower::new(Arc::clone(&desk), Arc::clone(&provisionals), Arc::clone(&trail));
        Self {
            desk,
            rules,
            inbox,
            receiving: Receiving::default(),
            sharing: Sharing::default(),
            provisionals,
            trail,
            jobs: JoinSet::new(),
            tell_at: None,
            look_at: Instant::now(),
            refused_at: None,
            has_webhooks: false,
            _follower: Ends(tokio::spawn(follower.run())),
        }
    }

    pub(super) async fn run(mut self, mut wishes: mpsc::Receiver<Wish>) {
        self.begin().await;
        loop {
            tokio::select! {
                wish = wishes.recv() => match wish {
                    Some(Wish::Do(request)) => self.take(request).await,
                    Some(Wish::Close(done)) => return self.close(done).await,
                    None => return,
                },
                Ok(()) = self.rules.changed() => self.follow_rules().await,
                () = self.inbox.kept.notified() => self.take_events().await,
                () = self.desk.clinic.live_routes.notified() => self.receiving.reload(&self.desk).await,
                () = self.inbox.witnessed.notified() => {
                    self.tell_at.get_or_insert(Instant::now() + GATHER);
                }
                () = at(self.tell_at) => self.tell_received().await,
                Some(left) = self.jobs.join_next() => self.take_left(left.unwrap_or(Left::Nothing)).await,
                () = tokio::time::sleep_until(self.look_at), if self.has_webhooks => self.look(),
            }
        }
    }

    /// What was kept and not acted on comes first; then the receiver starts.
    async fn begin(&mut self) {
        // What was refused in earlier runs was told then.
        self.refused_at = load::newest(&self.desk, 1).await.and_then(|all| all.first().map(|newest| newest.at));
        let organization = self.desk.clinic.organization.id.clone();
        let (from, now) = (provisional::oldest(self.now()), self.now() + TimeDelta::days(1));
        let read =
            self.desk.clinic.store.run_unnoticed(move |store| store.live_events_between(&organization, from, now));
        for event in read.await.unwrap_or_default() {
            self.provisionals.take(&self.desk, &event).await;
        }
        self.take_events().await;
        self.follow_rules().await;
        let kept = routes::kept(&self.desk).await;
        self.has_webhooks = !kept.is_empty();
        self.tell_partners().await;
        if self.has_webhooks {
            // Deliveries may have been missed while the desk was closed.
            let since = self.last_received().await;
            self.catch_up(since, false);
            self.look();
        }
    }

    async fn close(mut self, done: oneshot::Sender<()>) {
        self.sharing = Sharing::default();
        self.receiving.stop().await;
        self.jobs.abort_all();
        drop(self);
        done.send(()).ok();
    }

    fn now(&self) -> DateTime<Utc> {
        self.desk.clinic.clock.now()
    }

    async fn follow_rules(&mut self) {
        let (rules, share) = {
            let rules = self.rules.borrow_and_update();
            (rules.receiver.clone(), rules.share.clone())
        };
        self.sharing.follow(&self.desk, &self.inbox, share).await;
        let was_called = self.receiving.public_address().to_owned();
        self.receiving.follow(&self.desk, &self.inbox, rules).await;
        if self.receiving.public_address() != was_called {
            self.tell_partners().await;
        }
    }

    fn look(&mut self) {
        self.look_at = Instant::now() + LOOK_EVERY;
        self.spawn(|desk| async move { load::load(&desk).await });
    }

    fn spawn<F>(&mut self, job: impl FnOnce(Arc<Desk>) -> F)
    where
        F: Future<Output = Left> + Send + 'static,
    {
        self.jobs.spawn(job(Arc::clone(&self.desk)));
    }

    async fn take(&mut self, request: LiveRequest) {
        match request {
            LiveRequest::Load { look } => {
                self.desk.standing.lock().await.wished = look;
                self.look();
            }
            LiveRequest::Create(wish) => self.spawn(|desk| async move { making::make(&desk, wish).await }),
            LiveRequest::Test(webhook) => self.spawn(|desk| async move { load::test(&desk, webhook).await }),
            LiveRequest::Enable { webhook, since } => {
                self.spawn(move |desk| async move { load::enable(&desk, webhook, since).await });
            }
            LiveRequest::Delete(webhook) => self.spawn(|desk| async move { load::delete(&desk, webhook).await }),
            LiveRequest::KeepPartner { partner_id, secret } => self.keep_partner(partner_id, secret).await,
            LiveRequest::RemovePartner(partner_id) => self.remove_partner(&partner_id).await,
            LiveRequest::Diagnose(recorded) => {
                self.spawn(move |desk| async move { diagnose::diagnose(&desk, recorded).await });
            }
            LiveRequest::Curl { row, webhook } => {
                self.spawn(move |desk| async move { curl::copy(&desk, &row, webhook).await });
            }
            LiveRequest::Share(request) => self.sharing.take(&self.desk, &self.inbox, request).await,
            LiveRequest::ProbeListener { run } => self.probe_listener(run),
            LiveRequest::ProbeAddress { run, address } => {
                let probe = self.receiving.expect_probe();
                self.spawn(move |desk| async move { probes::address(&desk, run, address.0, probe).await });
            }
            LiveRequest::AskVendor { run, webhook } => {
                self.spawn(move |desk| async move { load::ask_vendor(&desk, run, webhook).await });
            }
        }
    }

    fn probe_listener(&mut self, run: u64) {
        let listener = Listener {
            status: self.receiving.status().clone(),
            port: self.receiving.port(),
            has_tls: self.receiving.has_tls(),
            probe: self.receiving.expect_probe(),
        };
        self.spawn(move |desk| async move { probes::listener(&desk, run, listener).await });
    }

    async fn take_left(&mut self, left: Left) {
        match left {
            Left::Nothing => {}
            Left::Webhooks(ids) => self.has_webhooks = !ids.is_empty(),
            Left::Routes(news) => {
                self.receiving.reload(&self.desk).await;
                self.has_webhooks = true;
                if let Some(news) = news {
                    self.desk.tell(*news).await;
                    self.look();
                }
            }
            Left::Gap(since) => self.catch_up(since, true),
        }
    }

    /// Acts on what is kept, in the order in which it came. The place is moved only afterwards: what was not acted on
    /// when the desk ended is acted on at the next start, and acting twice does no harm.
    async fn take_events(&mut self) {
        loop {
            let organization = self.desk.clinic.organization.id.clone();
            let read = self.desk.clinic.store.run_unnoticed(move |store| {
                let after = store.live_cursor(&organization, CURSOR)?;
                store.live_events_after(&organization, after, BITE)
            });
            let events = match read.await {
                Ok(events) => events,
                Err(error) => return tracing::warn!(%error, "events cannot be read"),
            };
            let Some(last) = events.last().map(|(number, _)| *number) else { return };
            let is_all = events.len() < BITE;
            self.act(events.into_iter().map(|(_, event)| event).collect()).await;
            let organization = self.desk.clinic.organization.id.clone();
            let moved = move |store: &mut crate::store::Store| store.move_live_cursor(&organization, CURSOR, last);
            if let Err(error) = self.desk.clinic.store.run_unnoticed(moved).await {
                return tracing::warn!(%error, "how far events were acted on cannot be noted");
            }
            if is_all {
                return;
            }
        }
    }

    async fn act(&mut self, events: Vec<LiveEvent>) {
        self.sharing.came();
        for event in &events {
            for trace in traces_of(event) {
                self.trail.add(trace);
            }
            let audio = self.provisionals.take(&self.desk, event).await;
            if !audio.is_empty() {
                let (provisionals, key) = (Arc::clone(&self.provisionals), event.key.clone());
                self.spawn(move |desk| async move {
                    provisional::fetch_recording(&desk, &provisionals, &key, &audio).await;
                    Left::Nothing
                });
            }
        }
        self.desk.tell(LiveNews::Happened(Arc::new(events))).await;
    }

    /// Shows what was delivered since, and says what was refused.
    async fn tell_received(&mut self) {
        self.tell_at = None;
        let fresh = self.inbox.take_fresh();
        let Some(newest) = load::newest(&self.desk, fresh + 20).await else { return };
        self.tell_refusals(&newest).await;
        self.desk.tell(LiveNews::Received(newest)).await;
    }

    /// One reason is worked out for all of a moment: a wrong secret refuses everything alike.
    async fn tell_refusals(&mut self, newest: &[Delivery]) {
        let is_refusal = |one: &&Delivery| one.source == DeliverySource::Here && one.code == Some(401);
        let is_fresh = |one: &&Delivery| self.refused_at.is_none_or(|told| one.at > told);
        let fresh: Vec<&Delivery> = newest.iter().filter(is_refusal).filter(is_fresh).collect();
        let Some(latest) = fresh.iter().max_by_key(|one| one.at) else { return };
        let why = match latest.recorded {
            Some(number) => diagnose::first_cause(&self.desk, number).await,
            None => None,
        };
        let why = why.or_else(|| latest.error.clone()).unwrap_or_default();
        self.refused_at = Some(latest.at);
        for one in fresh {
            self.desk.tell(LiveNews::Refused { scheme: one.scheme, at: one.at, why: why.clone() }).await;
        }
    }

    /// Reads what may have been missed since then. `is_said`: also when that was nothing.
    fn catch_up(&mut self, since: Option<DateTime<Utc>>, is_said: bool) {
        let trail = Arc::clone(&self.trail);
        self.spawn(move |desk| async move {
            let Some(consultations) = desk.sync.catch_up().await else { return Left::Nothing };
            if is_said || consultations > 0 {
                desk.tell(LiveNews::CaughtUp { consultations }).await;
            }
            if let Some(since) = since {
                for key in of_gap(&desk, since).await {
                    trail.add(Trace::Record { key, is_deleted: false });
                }
            }
            Left::Nothing
        });
    }

    async fn last_received(&self) -> Option<DateTime<Utc>> {
        let organization = self.desk.clinic.organization.id.clone();
        let read = move |store: &mut crate::store::Store| store.last_received(&organization, Scheme::Organization);
        self.desk.clinic.store.run_unnoticed(read).await.ok().flatten()
    }

    async fn keep_partner(&mut self, partner_id: String, secret: WebhookSecret) {
        self.remove_partner_route(&partner_id).await;
        let (organization, now) = (self.desk.clinic.organization.id.clone(), self.now());
        let keep = move |store: &mut crate::store::Store| {
            let new = NewRoute { organization, scheme: Scheme::Partner, identity: partner_id };
            let route = store.make_live_route(&new, now)?;
            store.give_route_secret(route.number, None, &secret, now)
        };
        if let Err(error) = self.desk.clinic.store.run_unnoticed(keep).await {
            let problem = crate::backend::problems::of_store(&error);
            self.desk.clinic.events.send(crate::state::Event::Told(problem)).await;
        }
        self.receiving.reload(&self.desk).await;
        self.tell_partners().await;
    }

    async fn remove_partner(&mut self, partner_id: &str) {
        self.remove_partner_route(partner_id).await;
        self.receiving.reload(&self.desk).await;
        self.tell_partners().await;
    }

    async fn remove_partner_route(&self, partner_id: &str) {
        let is_it =
            |route: &&crate::store::live::LiveRoute| route.scheme == Scheme::Partner && route.identity == partner_id;
        let kept = routes::kept(&self.desk).await;
        for number in kept.iter().filter(is_it).map(|route| route.number) {
            if let Err(error) = self.desk.clinic.store.run_unnoticed(move |store| store.remove_live_route(number)).await
            {
                tracing::warn!(%error, "a partner's address could not be removed");
            }
        }
    }

    async fn tell_partners(&self) {
        let partners = routes::partners(&routes::kept(&self.desk).await, self.receiving.public_address());
        self.desk.tell(LiveNews::Partners(partners)).await;
    }
}

/// Where an event says to look.
fn traces_of(event: &LiveEvent) -> Vec<Trace> {
    let record = |id: &crate::domain::RecordId, is_deleted| Trace::Record {
        key: ConsultationKey::Record(id.clone()),
        is_deleted,
    };
    match &event.what {
        Happening::RecordCreated(id) | Happening::RecordUpdated(id) => vec![record(id, false)],
        Happening::RecordDeleted(id) => vec![record(id, true)],
        // A type of the future may be about a record.
        Happening::ConversationStarted { .. } | Happening::Other(_) => vec![Trace::Newest],
        Happening::ConversationEnded { .. } => vec![Trace::Newest, Trace::Ended],
        Happening::PartnerRecord { .. } => vec![Trace::Ended],
        Happening::Ping
        | Happening::Measurement { .. }
        | Happening::Appointment(_)
        | Happening::AppointmentFailed(_)
        | Happening::PatientChanged => Vec::new(),
    }
}

/// Records of a gap: what changed in them was not told.
async fn of_gap(desk: &Desk, since: DateTime<Utc>) -> Vec<ConsultationKey> {
    let since = since - TimeDelta::hours(1);
    let found = desk.clinic.catalog.ask(move |catalog| {
        let rows = catalog.rows().filter(|row| row.started_at >= since && row.key.record_id().is_some());
        rows.map(|row| row.key.clone()).take(MOST_OF_GAP).collect()
    });
    found.await.unwrap_or_default()
}

async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
