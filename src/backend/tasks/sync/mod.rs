//! Keeps the list in step with NxVET: what is stored first, then the newest pages, older ones on request, and a look
//! for new ones by itself; beside that the background reads on to the horizon that the settings set (`reader`).
//!
//! The vendor asks not to scrape history and to slow down when told. That is why there is a horizon, why few
//! questions are under way at once and fewer when NxVET is busy (`pace`), and why one `Retry-After` holds for all.
//!
//! Nothing merges a room conversation with a record: no document links the two, so each stays a row of its own.

mod answers;
mod basket;
mod common;
mod errand;
mod eye;
mod handle;
mod kept;
mod ledger;
mod outcome;
mod rate;
mod reader;
mod rooms;
mod screen;
mod walk;

use crate::backend::desk::Context;
use crate::backend::problems;
use crate::backend::rules::Rules;
use crate::clock::Clock;
use crate::platform;
use crate::state::{Event, ListEvent, Loading, Progress};
use common::Common;
use eye::Look;
use handle::EndsWithMe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::super::clinic::Clinic;
pub(in crate::backend) use handle::SyncHandle;

/// Rows loaded at first and with every look further back.
const STRETCH: usize = 300;
/// Without the focus the desk asks this many times less often.
const UNFOCUSED_FACTOR: u32 = 5;

#[derive(Debug)]
pub(in crate::backend) enum SyncCommand {
    Refresh,
    LookFurtherBack,
    Focused(bool),
    PauseBackfill(bool),
    /// Ask for the newest page now, because a webhook spoke; answered when it was read.
    Look(oneshot::Sender<()>),
    /// Read what may have been missed; answered with how many came since the last time somebody asked.
    CatchUp(oneshot::Sender<usize>),
    /// What came so far was not missed.
    CountAnew,
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
    common: Arc<Common>,
    rules: watch::Receiver<Rules>,
    is_focused: bool,
    wake_check: Duration,
    failures: u32,
    /// Rows that came since somebody asked.
    caught: usize,
    /// When a look last went as far back as devices upload late.
    deep_at: Option<chrono::DateTime<chrono::Utc>>,
    /// Where the conversations not read yet begin.
    older_conversations: OlderConversations,
    pauses_backfill: watch::Sender<bool>,
    stop: Arc<Notify>,
    /// The background reading, which ends with this.
    _reader: EndsWithMe,
}

pub(in crate::backend) fn start(
    clinic: Arc<Clinic>,
    context: &Context,
    is_focused: bool,
) -> (SyncHandle, JoinHandle<()>) {
    let (sender, receiver) = mpsc::channel(16);
    let stop = Arc::new(Notify::new());
    let common = Arc::new(Common::new(clinic));
    let (pauses_backfill, is_paused) = watch::channel(false);
    let reader = reader::Reader::new(Arc::clone(&common), context, is_paused);
    let sync = Sync {
        common,
        rules: context.rules.clone(),
        is_focused,
        wake_check: context.services.wake_check,
        failures: 0,
        caught: 0,
        deep_at: None,
        older_conversations: OlderConversations::NotAsked,
        pauses_backfill,
        stop: Arc::clone(&stop),
        _reader: EndsWithMe(tokio::spawn(reader.run())),
    };
    (SyncHandle { commands: sender, stop }, tokio::spawn(sync.run(receiver)))
}

impl Sync {
    async fn run(mut self, mut commands: mpsc::Receiver<SyncCommand>) {
        self.show_stored().await;
        self.round(Round::Refresh).await;
        if self.common.began_empty() {
            // A list that is read for the first time was not missed.
            self.caught = 0;
        }
        // The whole cache is checked in the quiet after the start; a damaged one heals and is told.
        if let Err(error) = self.common.clinic.store.run(crate::store::Store::check_cache).await {
            self.common.clinic.events.send(Event::Told(problems::of_store(&error))).await;
        }
        // By now everything that is stored was read, checked and shown.
        let give_back = || {
            platform::footprint::give_back_freed();
            platform::footprint::let_go_of_code();
        };
        tokio::task::spawn_blocking(give_back).await.ok();
        loop {
            let pause = self.pause();
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.take(command).await,
                    None => return,
                },
                Ok(()) = self.rules.changed() => {}
                () = self.common.clinic.row_news() => self.hear_of_rows().await,
                () = pass(&self.common.clinic.clock, pause, self.wake_check) => self.round(Round::Poll).await,
            }
        }
    }

    async fn take(&mut self, command: SyncCommand) {
        match command {
            SyncCommand::Refresh => self.round(Round::Refresh).await,
            SyncCommand::LookFurtherBack => self.round(Round::Older).await,
            SyncCommand::Focused(is_focused) => {
                self.is_focused = is_focused;
                // Somebody came back, perhaps from sleep or to another network: look at once.
                if is_focused && self.failures > 0 {
                    self.round(Round::Poll).await;
                }
            }
            SyncCommand::PauseBackfill(pauses) => drop(self.pauses_backfill.send(pauses)),
            SyncCommand::Look(done) => {
                let caught = self.caught;
                self.round(Round::Poll).await;
                // What was told of was not missed.
                self.caught = caught;
                done.send(()).ok();
            }
            SyncCommand::CountAnew => self.caught = 0,
            SyncCommand::CatchUp(done) => {
                self.round(Round::Refresh).await;
                done.send(std::mem::take(&mut self.caught)).ok();
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
            self.common.progress().loading = Loading::Idle;
            self.tell().await;
        }
    }

    /// While NxVET is out of reach the pause starts short, so that the desk is back soon, and grows.
    fn pause(&self) -> Duration {
        let poll_every = self.rules.borrow().poll_every;
        let calm = if self.is_focused { poll_every } else { poll_every * UNFOCUSED_FACTOR };
        match self.failures {
            0 => calm,
            failures => Duration::from_secs(10 << failures.min(5)).min(calm.max(Duration::from_secs(60))),
        }
    }

    /// What was seen before shows within a moment of the start.
    async fn show_stored(&mut self) {
        if let Err(error) = self.common.load().await {
            self.common.clinic.events.send(Event::Told(problems::of_store(&error))).await;
        }
        self.tell().await;
    }

    /// Others did something to rows.
    async fn hear_of_rows(&self) {
        self.common.hear();
        let rules = self.rules.borrow().clone();
        if let Err(error) = self.common.shorten_reach(&rules).await {
            self.common.clinic.events.send(Event::Told(problems::of_store(&error))).await;
        }
        self.tell().await;
    }

    async fn tell(&self) {
        let is_complete = self.is_complete();
        self.common.progress().is_complete = is_complete;
        self.common.tell().await;
    }

    fn is_complete(&self) -> bool {
        let reach = self.common.reach();
        let has_conversations = reach.conversations_floor == Some(errand::THE_END)
            || !matches!(self.older_conversations, OlderConversations::From(_));
        reach.is_end && has_conversations
    }

    /// The newest stretch, the devices and the conversations; the person asked or the clinic was just opened.
    async fn refresh(&mut self) {
        {
            let mut progress = self.common.progress();
            progress.loading = Loading::Newest;
            progress.skipped = 0;
        }
        self.common.rooms.lock().await.ask_again();
        self.tell().await;
        let pages = self.read_newest(Look { wanted: STRETCH, is_deep: true }).await;
        let others = match pages {
            Ok(_) => self.read_conversations().await,
            Err(error) => Err(error),
        };
        self.finish(others).await;
    }

    /// Asks for the newest page by itself. Says something only when something changed.
    async fn poll(&mut self) {
        let before = self.common.counted();
        let look = self.ordinary_look();
        let arrived = match self.read_newest(look).await {
            Ok(arrived) => arrived,
            Err(error) => return self.finish(Err(error)).await,
        };
        self.common.progress().arrived = arrived;
        let others = self.read_conversations().await;
        let was_failing = self.failures > 0;
        self.settle(others.as_ref().err()).await;
        self.common.progress().is_complete = self.is_complete();
        let after = self.common.counted();
        let same = is_the_same(&before, &after);
        let event = Event::List(ListEvent::Progress(after));
        self.common.progress().arrived = 0;
        if same && !was_failing {
            self.common.clinic.events.send_quietly(event).await;
        } else {
            self.common.clinic.events.send(event).await;
        }
    }

    async fn look_further_back(&mut self) {
        if self.is_complete() {
            return self.tell().await;
        }
        self.common.progress().loading = Loading::Older;
        self.tell().await;
        let result = self.read_older().await;
        self.finish(result).await;
    }
}

/// Whether a look brought nothing to see; how far the background has come is told by itself.
fn is_the_same(before: &Progress, after: &Progress) -> bool {
    let without = |progress: &Progress| Progress { synced_at: None, backfill: None, ..progress.clone() };
    without(before) == without(after)
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
