//! The one thread that hands arrivals to the store. Whatever waits goes into one transaction, so that many senders share
//! one wait for the disk; each is told its own outcome, and only afterwards.

use super::logbook::Logbook;
use crate::domain::live::{Arrival, CannotKeep, Inbox, Kept};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Arrivals that may wait; more than are ever at work.
const QUEUE: usize = 512;
/// Arrivals of one transaction.
const BATCH: usize = 256;
/// So long after the last arrival the store is tidied.
const QUIET: Duration = Duration::from_secs(3);
/// Between two bites.
const BREATH: Duration = Duration::from_millis(20);

enum Message {
    Arrival(Box<Arrival>, oneshot::Sender<Outcome>),
    /// Something stands in the logbook.
    Line,
    End,
}

/// What became of one arrival.
pub(super) type Outcome = Result<Kept, CannotKeep>;

/// The receiver's end of the thread.
pub(super) struct Committer {
    messages: SyncSender<Message>,
}

/// So many wait already, or the thread has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

impl Committer {
    /// The thread ends by [`Committer::end`]; its handle says when everything is written.
    pub(super) fn start(
        inbox: Arc<dyn Inbox>,
        logbook: Arc<Logbook>,
    ) -> io::Result<(Self, std::thread::JoinHandle<()>)> {
        let (messages, waiting) = sync_channel(QUEUE);
        let clerk = Clerk { inbox, logbook, tidying: Tidying::Due };
        let run = move || clerk.run(&waiting);
        let thread = std::thread::Builder::new().name("receiver-inbox".to_owned()).spawn(run)?;
        Ok((Self { messages }, thread))
    }

    /// The outcome comes when the arrival is on the disk, or cannot be kept.
    pub(super) fn submit(&self, arrival: Arrival) -> Result<oneshot::Receiver<Outcome>, Full> {
        let (told, outcome) = oneshot::channel();
        self.messages.try_send(Message::Arrival(Box::new(arrival), told)).map_err(|_| Full)?;
        Ok(outcome)
    }

    /// Something stands in the logbook that was empty. A full queue will look into it anyway.
    pub(super) fn nudge(&self) {
        self.messages.try_send(Message::Line).ok();
    }

    /// What waits is still kept, the logbook written; then the thread ends.
    pub(super) fn end(&self) {
        // A full queue empties itself; whoever ends the receiver may wait for that.
        while let Err(TrySendError::Full(_)) = self.messages.try_send(Message::End) {
            std::thread::yield_now();
        }
    }
}

struct Clerk {
    inbox: Arc<dyn Inbox>,
    logbook: Arc<Logbook>,
    tidying: Tidying,
}

/// How far the store is tidied.
#[derive(Clone, Copy)]
enum Tidying {
    /// Something came since; a while after the last arrival it begins.
    Due,
    /// Bite by bite, and whatever arrives goes first.
    UnderWay,
    Done,
}

type Waiting = (Box<Arrival>, oneshot::Sender<Outcome>);

impl Clerk {
    fn run(mut self, messages: &Receiver<Message>) {
        loop {
            let first = match self.wait(messages) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => {
                    self.use_the_quiet();
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            };
            let mut batch = Vec::new();
            let mut is_over = gather(first, &mut batch);
            while !is_over && batch.len() < BATCH {
                let Ok(message) = messages.try_recv() else { break };
                is_over = gather(message, &mut batch);
            }
            self.keep(batch);
            if is_over {
                break;
            }
            if self.logbook.due_in(Instant::now()) == Some(Duration::ZERO) {
                self.write_down();
            }
        }
        self.write_down();
    }

    /// With nothing to write and nothing to tidy there is nothing to wake up for.
    fn wait(&self, messages: &Receiver<Message>) -> Result<Message, RecvTimeoutError> {
        let quiet = match self.tidying {
            Tidying::Due => Some(QUIET),
            Tidying::UnderWay => Some(BREATH),
            Tidying::Done => None,
        };
        match self.logbook.due_in(Instant::now()).or(quiet) {
            Some(limit) => messages.recv_timeout(limit),
            None => messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }

    fn keep(&mut self, batch: Vec<Waiting>) {
        if batch.is_empty() {
            return;
        }
        self.tidying = Tidying::Due;
        let (arrivals, told): (Vec<Arrival>, Vec<_>) =
            batch.into_iter().map(|(arrival, told)| (*arrival, told)).unzip();
        let outcomes: Vec<Outcome> = match self.try_keep(&arrivals) {
            Ok(kept) => kept.into_iter().map(Ok).collect(),
            // One that the store does not take must not keep the others out.
            Err(CannotKeep::Store) if arrivals.len() > 1 => {
                arrivals.iter().map(|arrival| self.try_keep_one(arrival)).collect()
            }
            Err(error) => arrivals.iter().map(|_| Err(error)).collect(),
        };
        // Somebody who hung up meanwhile will come again and find the event known.
        for (told, outcome) in told.into_iter().zip(outcomes) {
            told.send(outcome).ok();
        }
    }

    fn try_keep(&self, arrivals: &[Arrival]) -> Result<Vec<Kept>, CannotKeep> {
        let kept = catch_unwind(AssertUnwindSafe(|| self.inbox.keep(arrivals))).unwrap_or(Err(CannotKeep::Store))?;
        if kept.len() == arrivals.len() { Ok(kept) } else { Err(CannotKeep::Store) }
    }

    fn try_keep_one(&self, arrival: &Arrival) -> Outcome {
        self.try_keep(std::slice::from_ref(arrival))?.first().copied().ok_or(CannotKeep::Store)
    }

    fn write_down(&self) {
        let lines = self.logbook.take();
        if lines.is_empty() {
            return;
        }
        let written = catch_unwind(AssertUnwindSafe(|| self.inbox.witness(&lines)));
        if !matches!(written, Ok(Ok(()))) {
            tracing::warn!(lines = lines.len(), "deliveries could not be noted in the history");
        }
    }

    fn use_the_quiet(&mut self) {
        if self.logbook.due_in(Instant::now()).is_some() {
            self.write_down();
        } else {
            let has_more = catch_unwind(AssertUnwindSafe(|| self.inbox.tidy())).unwrap_or(false);
            self.tidying = if has_more { Tidying::UnderWay } else { Tidying::Done };
        }
    }
}

/// `true` when it is the end.
fn gather(message: Message, batch: &mut Vec<Waiting>) -> bool {
    match message {
        Message::Arrival(arrival, told) => batch.push((arrival, told)),
        Message::Line => {}
        Message::End => return true,
    }
    false
}
