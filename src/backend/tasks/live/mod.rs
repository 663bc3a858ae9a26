//! Live updates of the open clinic: the receiver, what its events cause, the webhooks at NxVET, and the looks of the
//! set-up wizard.
//!
//! ```text
//! receiver ─▶ inbox (on the disk) ─▶ engine ─▶ board and window
//!                 ▲                     └──▶ follower ─▶ NxVET's interface ─▶ store, list
//!                 └─ sharing ◀─▶ the other desks
//! ```
//!
//! An event changes nothing by itself: it says where to look. What was kept and not acted on when the desk ended is
//! acted on at the next start, by its number.

mod curl;
mod diagnose;
mod engine;
mod follower;
mod inbox;
mod load;
mod making;
mod orphans;
mod probes;
mod provisional;
mod receiving;
mod routes;
mod sharing;
mod signed;

use super::storage::InUse;
use super::sync::SyncHandle;
use crate::backend::clinic::Clinic;
use crate::backend::desk::Context;
use crate::backend::problems::{self, Doing};
use crate::domain::live::WebhookId;
use crate::nxvet::Error;
use crate::state::{Event, LiveNews, LiveRequest, Problem};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// Wishes that may wait; a person causes one at a time.
const WISHES: usize = 64;
/// The receiver has this long to write what it has when the clinic is left.
const FAREWELL: Duration = Duration::from_millis(1_500);

enum Wish {
    Do(LiveRequest),
    Close(oneshot::Sender<()>),
}

/// The way to the engine of the open clinic.
pub(in crate::backend) struct LiveHandle {
    wishes: mpsc::Sender<Wish>,
    task: JoinHandle<()>,
}

/// Starts the engine of a clinic.
pub(in crate::backend) fn start(clinic: Arc<Clinic>, context: &Context, sync: SyncHandle, in_use: InUse) -> LiveHandle {
    let (wishes, receiver) = mpsc::channel(WISHES);
    let engine = engine::Engine::new(clinic, context.rules.clone(), sync, in_use);
    LiveHandle { wishes, task: tokio::spawn(engine.run(receiver)) }
}

impl LiveHandle {
    /// A full queue means that the same wish waits there already.
    pub(in crate::backend) fn tell(&self, request: LiveRequest) {
        if self.wishes.try_send(Wish::Do(request)).is_err() {
            tracing::debug!("live updates are busy");
        }
    }

    /// The receiver takes nothing in any more, and what it took in is written.
    pub(in crate::backend) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        let closing = async {
            if self.wishes.send(Wish::Close(done)).await.is_ok() {
                closed.await.ok();
            }
        };
        if tokio::time::timeout(FAREWELL, closing).await.is_err() {
            tracing::warn!("the receiver did not end in time");
        }
    }
}

impl Drop for LiveHandle {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What the jobs share.
struct Desk {
    clinic: Arc<Clinic>,
    sync: SyncHandle,
    in_use: InUse,
    /// Held while something is told of how the webhooks stand, so that nothing older is told after it.
    standing: tokio::sync::Mutex<Standing>,
}

/// What an answer about all webhooks has to be younger than.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Standing {
    /// The newest look that the window asked for.
    wished: u64,
    looks: u64,
    orders: u64,
}

impl Desk {
    async fn tell(&self, news: LiveNews) {
        self.clinic.events.send(Event::Live(news)).await;
    }

    fn problem(&self, error: &Error) -> Problem {
        problems::of_network(error, Doing::Webhooks, self.clinic.clock_off_minutes())
    }

    /// NxVET is pretended on this computer.
    fn is_local(&self) -> bool {
        self.clinic.client.server().is_loopback()
    }
}

/// What a job leaves for the engine to do.
#[derive(Debug)]
enum Left {
    Nothing,
    /// Addresses that are answered on came or went; once the receiver knows, this is told.
    Routes(Option<Box<LiveNews>>),
    /// Consultations since then may have been missed.
    Gap(Option<chrono::DateTime<chrono::Utc>>),
    /// The webhooks as NxVET told them, for the next look.
    Webhooks(Vec<WebhookId>),
}
