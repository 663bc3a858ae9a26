//! Takes events from the broker, as a durable consumer. An event is acknowledged after the desk has it on its own disk;
//! one that comes again has no effect there. What does not open was sealed with an earlier code, or by a stranger, and is
//! left out; with a later one, it waits until this desk is told that.

use super::Standing;
use super::connection::{Connection, Meeting, Names, Trouble};
use super::pauses::Pauses;
use super::publisher::{ALIVE, ALIVE_EVERY};
use crate::domain::OrganizationId;
use crate::domain::live::CannotKeep;
use async_nats::jetstream::AckKind;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull};
use async_nats::jetstream::stream::Stream;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::spawn_blocking;
use tokio::time::Instant;
use zeroize::Zeroizing;

/// Events that are kept in one go.
const BITE: usize = 100;
/// What was not acknowledged comes again after this.
const AGAIN: Duration = Duration::from_secs(20);
/// The broker forgets a desk that was not heard for so long.
const FORGOTTEN: Duration = Duration::from_secs(30 * 24 * 3_600);
/// A desk that listens for the first time is told of this much before.
const BEFORE: Duration = Duration::from_secs(24 * 3_600);
/// Three times not heard is silent.
const SILENT: Duration = Duration::from_secs(3 * ALIVE_EVERY.as_secs() + 2);
const REQUEST: Duration = Duration::from_secs(60);
const STILL_THERE: Duration = Duration::from_secs(15);

/// Whoever listens: its store, and what it does with news of the line.
pub trait Ear: Send + Sync + 'static {
    /// Keeps what was told; may wait for the disk. What cannot be read is left out.
    fn keep(&self, told: &[Zeroizing<Vec<u8>>]) -> Result<(), CannotKeep>;
    /// So many events wait at the broker; called before the first of them is kept.
    fn has_missed(&self, events: u64) -> BoxFuture<'_, ()>;
    fn tell(&self, standing: Standing) -> BoxFuture<'_, ()>;
}

/// Listens until it is dropped. `desk` names this desk at the broker; it has to stay the same.
pub async fn listen(meeting: Meeting, clinic: OrganizationId, desk: String, ear: Arc<dyn Ear>) {
    let names = Names::of(&clinic);
    let (mut pauses, mut before) = (Pauses::default(), None);
    ear.tell(Standing::Connecting).await;
    loop {
        let trouble = match Listener::begin(&meeting, &names, &desk, &ear).await {
            Ok(listener) => {
                pauses.begin_anew();
                before = None;
                listener.run().await
            }
            Err(trouble) => trouble,
        };
        if before.replace(trouble) != Some(trouble) {
            tracing::info!(%trouble, "no shared events come in");
            ear.tell(Standing::Trouble(trouble)).await;
        }
        tokio::time::sleep(pauses.next()).await;
    }
}

struct Listener<'a> {
    connection: Connection,
    consumer: PullConsumer,
    alive: async_nats::Subscriber,
    names: &'a Names,
    ear: &'a Arc<dyn Ear>,
    standing: Standing,
}

impl<'a> Listener<'a> {
    async fn begin(meeting: &Meeting, names: &'a Names, desk: &str, ear: &'a Arc<dyn Ear>) -> Result<Self, Trouble> {
        let connection = Connection::make(meeting).await?;
        let stream = connection.find_stream(names).await?;
        let consumer = consumer_of(&stream, desk).await?;
        let alive = connection.client.subscribe(names.alive.clone()).await.map_err(|_| Trouble::Broken)?;
        connection.client.publish(names.hello.clone(), Vec::new().into()).await.map_err(|_| Trouble::Broken)?;
        Ok(Self { connection, consumer, alive, names, ear, standing: Standing::Connecting })
    }

    async fn run(mut self) -> Trouble {
        let info = self.consumer.cached_info();
        let missed = info.num_pending + info.num_ack_pending as u64;
        if missed > 0 {
            tokio::select! {
                trouble = self.connection.broke() => return trouble,
                () = self.ear.has_missed(missed) => {}
            }
        }
        let asking = self.consumer.stream().max_messages_per_batch(BITE).expires(REQUEST).heartbeat(STILL_THERE);
        let Ok(messages) = asking.messages().await else { return Trouble::Broken };
        let mut messages = messages.ready_chunks(BITE);
        let mut silent_at = Instant::now() + SILENT;
        loop {
            tokio::select! {
                trouble = self.connection.broke() => return trouble,
                told = messages.next() => {
                    let Some(told) = told else { return Trouble::Broken };
                    if let Err(trouble) = self.take(told).await {
                        return trouble;
                    }
                }
                said = self.alive.next() => {
                    let Some(said) = said else { return Trouble::Broken };
                    if self.is_genuine(&said.payload) {
                        silent_at = Instant::now() + SILENT;
                        self.stand(Standing::Listening).await;
                    } else if let Err(trouble) = self.connection.find_stream(self.names).await {
                        // Whoever shares made another code.
                        return trouble;
                    }
                }
                () = tokio::time::sleep_until(silent_at) => {
                    silent_at = Instant::now() + SILENT;
                    self.stand(Standing::Silent).await;
                }
            }
        }
    }

    fn is_genuine(&self, said: &[u8]) -> bool {
        self.connection.key.open(&self.names.alive, said).is_some_and(|plain| plain.as_slice() == ALIVE)
    }

    /// What did not change is not told again.
    async fn stand(&mut self, standing: Standing) {
        if self.standing != standing {
            self.standing = standing;
            self.ear.tell(standing).await;
        }
    }

    async fn take(
        &self,
        told: Vec<Result<async_nats::jetstream::Message, pull::MessagesError>>,
    ) -> Result<(), Trouble> {
        let told: Result<Vec<_>, _> = told.into_iter().collect();
        let told = told.map_err(|error| {
            tracing::debug!(%error, "the broker does not answer");
            Trouble::Broken
        })?;
        let (mut opened, mut strange) = (Vec::new(), Vec::new());
        for message in told {
            match self.connection.key.open(&self.names.events, &message.payload) {
                Some(plain) => opened.push((message, plain)),
                None => strange.push(message),
            }
        }
        self.leave_out(strange).await?;
        let (messages, contents): (Vec<_>, Vec<_>) = opened.into_iter().unzip();
        let ear = Arc::clone(self.ear);
        let kept = spawn_blocking(move || ear.keep(&contents)).await.unwrap_or(Err(CannotKeep::Store));
        kept.map_err(Trouble::CannotKeep)?;
        for message in messages {
            message.ack().await.map_err(|_| Trouble::Broken)?;
        }
        Ok(())
    }
}

impl Listener<'_> {
    /// What does not open waits where the code was changed meanwhile: this desk may be told the new one. Otherwise it was
    /// sealed with an earlier code, or by a stranger.
    async fn leave_out(&self, strange: Vec<async_nats::jetstream::Message>) -> Result<(), Trouble> {
        if strange.is_empty() {
            return Ok(());
        }
        let standing = self.connection.find_stream(self.names).await.map(drop);
        let answer = if standing.is_ok() { AckKind::Term } else { AckKind::Nak(None) };
        tracing::warn!(messages = strange.len(), waits = standing.is_err(), "shared events do not open");
        for message in strange {
            message.ack_with(answer).await.map_err(|_| Trouble::Broken)?;
        }
        standing
    }
}

/// One that is there stays as it is: it knows how far the desk came.
async fn consumer_of(stream: &Stream, desk: &str) -> Result<PullConsumer, Trouble> {
    if let Ok(known) = stream.get_consumer(desk).await {
        return Ok(known);
    }
    let state = &stream.cached_info().state;
    // The broker's own time, whatever this computer's clock says.
    let deliver_policy = match state.messages {
        0 => DeliverPolicy::All,
        _ => DeliverPolicy::ByStartTime { start_time: state.last_timestamp - BEFORE },
    };
    let config = pull::Config {
        durable_name: Some(desk.to_owned()),
        deliver_policy,
        ack_policy: AckPolicy::Explicit,
        ack_wait: AGAIN,
        max_ack_pending: 10 * BITE as i64,
        inactive_threshold: FORGOTTEN,
        ..pull::Config::default()
    };
    stream.create_consumer(config).await.map_err(|error| {
        tracing::debug!(%error, "the broker does not take this desk as a consumer");
        Trouble::NoStore
    })
}
