//! Hands every stored event to the broker. How far that went is noted after the broker has it on its disk, so an event is
//! handed over once more rather than never; the broker and the desks know it again by its id.

use super::Standing;
use super::connection::{Connection, Meeting, Names, Trouble};
use super::pauses::Pauses;
use crate::domain::OrganizationId;
use crate::domain::live::CannotKeep;
use async_nats::HeaderMap;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::SelectAll;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

/// Events that are under way to the broker at once.
const BITE: usize = 64;
/// Whoever listens hears this often that somebody shares.
pub(super) const ALIVE_EVERY: Duration = Duration::from_secs(10);
/// The broker knows a message again by this.
const MESSAGE_ID: &str = "Nats-Msg-Id";
pub(super) const ALIVE: &[u8] = b"alive";

/// A stored event on its way to the other desks.
#[derive(Debug)]
pub struct Parcel {
    /// The store's number; numbers only grow.
    pub number: u64,
    /// The same for the same event, for ever.
    pub id: String,
    pub content: Zeroizing<Vec<u8>>,
}

/// The store of whoever shares. The calls may wait for the disk.
pub trait Outbox: Send + Sync + 'static {
    /// The clinics whose events are kept here.
    fn clinics(&self) -> Result<Vec<OrganizationId>, CannotKeep>;
    /// What was not handed over yet, oldest first.
    fn waiting(&self, clinic: &OrganizationId, most: usize) -> Result<Vec<Parcel>, CannotKeep>;
    /// Everything up to this number is with the broker.
    fn sent(&self, clinic: &OrganizationId, number: u64) -> Result<(), CannotKeep>;
    fn tell(&self, standing: Standing) -> BoxFuture<'_, ()>;
}

/// Shares until it is dropped. `came` wakes it when something was stored.
pub async fn share(meeting: Meeting, outbox: Arc<dyn Outbox>, came: Arc<Notify>) {
    let (mut pauses, mut before) = (Pauses::default(), None);
    outbox.tell(Standing::Connecting).await;
    loop {
        let trouble = match Publisher::begin(&meeting, &outbox).await {
            Ok(publisher) => {
                pauses.begin_anew();
                before = None;
                outbox.tell(Standing::Sharing).await;
                publisher.run(&came).await
            }
            Err(trouble) => trouble,
        };
        // What did not change is not told again.
        if before.replace(trouble) != Some(trouble) {
            tracing::info!(%trouble, "events are not shared");
            outbox.tell(Standing::Trouble(trouble)).await;
        }
        tokio::time::sleep(pauses.next()).await;
    }
}

struct Publisher {
    connection: Connection,
    outbox: Arc<dyn Outbox>,
    clinics: Vec<(OrganizationId, Names)>,
    hellos: SelectAll<async_nats::Subscriber>,
}

impl Publisher {
    /// What waits is handed over before anything is said to be shared.
    async fn begin(meeting: &Meeting, outbox: &Arc<dyn Outbox>) -> Result<Self, Trouble> {
        let connection = Connection::make(meeting).await?;
        let outbox = Arc::clone(outbox);
        let mut publisher = Self { connection, outbox, clinics: Vec::new(), hellos: SelectAll::new() };
        publisher.look_for_clinics().await?;
        publisher.hand_over_all().await?;
        Ok(publisher)
    }

    async fn run(mut self, came: &Notify) -> Trouble {
        let mut alive = tokio::time::interval(ALIVE_EVERY);
        loop {
            let is_hello = tokio::select! {
                trouble = self.connection.broke() => return trouble,
                () = came.notified() => false,
                Some(_) = self.hellos.next() => true,
                _ = alive.tick() => true,
            };
            if is_hello && let Err(trouble) = self.say_alive().await {
                return trouble;
            }
            if let Err(trouble) = self.look_for_clinics().await {
                return trouble;
            }
            if let Err(trouble) = self.hand_over_all().await {
                return trouble;
            }
        }
    }

    /// Addresses of another clinic may have been added meanwhile.
    async fn look_for_clinics(&mut self) -> Result<(), Trouble> {
        let outbox = Arc::clone(&self.outbox);
        for clinic in blocking(move || outbox.clinics()).await? {
            if self.clinics.iter().any(|(known, _)| *known == clinic) {
                continue;
            }
            let names = Names::of(&clinic);
            self.connection.make_stream(&names).await?;
            let hellos = self.connection.client.subscribe(names.hello.clone()).await.map_err(|_| Trouble::Broken)?;
            self.hellos.push(hellos);
            self.clinics.push((clinic, names));
        }
        Ok(())
    }

    async fn hand_over_all(&self) -> Result<(), Trouble> {
        for (clinic, names) in &self.clinics {
            while self.hand_over(clinic, names).await? == BITE {}
        }
        Ok(())
    }

    /// How many it were.
    async fn hand_over(&self, clinic: &OrganizationId, names: &Names) -> Result<usize, Trouble> {
        let (outbox, of) = (Arc::clone(&self.outbox), clinic.clone());
        let parcels = blocking(move || outbox.waiting(&of, BITE)).await?;
        let mut under_way = Vec::with_capacity(parcels.len());
        for parcel in &parcels {
            under_way.push(self.publish(names, parcel).await?);
        }
        let mut last = None;
        let mut broke = None;
        for (acknowledged, parcel) in under_way.into_iter().zip(&parcels) {
            match acknowledged.await {
                Ok(_) => last = Some(parcel.number),
                Err(error) => {
                    tracing::debug!(%error, "the broker did not take an event");
                    broke = Some(Trouble::Broken);
                    break;
                }
            }
        }
        if let Some(number) = last {
            let (outbox, of) = (Arc::clone(&self.outbox), clinic.clone());
            blocking(move || outbox.sent(&of, number)).await?;
        }
        broke.map_or(Ok(parcels.len()), Err)
    }

    async fn publish(
        &self,
        names: &Names,
        parcel: &Parcel,
    ) -> Result<async_nats::jetstream::context::PublishAckFuture, Trouble> {
        let key = &self.connection.key;
        let sealed = key.seal(&names.events, &parcel.content).ok_or(Trouble::CannotKeep(CannotKeep::Store))?;
        let mut headers = HeaderMap::new();
        headers.insert(MESSAGE_ID, key.message_id(&names.events, &parcel.id));
        let jetstream = &self.connection.jetstream;
        let sent = jetstream.publish_with_headers(names.events.clone(), headers, sealed.into()).await;
        sent.map_err(|_| Trouble::Broken)
    }

    async fn say_alive(&self) -> Result<(), Trouble> {
        for (_, names) in &self.clinics {
            let sealed = self.connection.key.seal(&names.alive, ALIVE).unwrap_or_default();
            let said = self.connection.client.publish(names.alive.clone(), sealed.into()).await;
            said.map_err(|_| Trouble::Broken)?;
        }
        Ok(())
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, CannotKeep> + Send + 'static,
) -> Result<T, Trouble> {
    let done = spawn_blocking(work).await.unwrap_or(Err(CannotKeep::Store));
    done.map_err(Trouble::CannotKeep)
}
