//! NexHealth for the open clinic: one key and practice, its appointments read at a polite pace, and the messages it
//! sends by itself. Nothing of NxVET depends on it.
//!
//! Reading is the ground that always works; messages make it quick. One job runs at a time, and what a person wishes
//! goes before what the clock does.

mod account;
mod job;
mod messages;
mod names;
mod reading;

use crate::backend::clinic::Clinic;
use crate::backend::services::{NexHealthService, SampleBook};
use crate::nexhealth::{Client, Error};
use crate::state::board::{BookNames, NexHealthEvent};
use crate::state::{BoardEvent, Event, Fault, NexHealthFault, NexHealthRequest, Problem};
use account::Account;
use job::{Job, Outcome};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Wishes that may wait; a person causes one at a time.
const WISHES: usize = 64;

/// The way to the task that keeps an eye on NexHealth.
pub(in crate::backend) struct NexHealthHandle {
    wishes: mpsc::Sender<NexHealthRequest>,
    task: JoinHandle<()>,
}

pub(in crate::backend) fn start(clinic: Arc<Clinic>, service: &NexHealthService) -> NexHealthHandle {
    let (wishes, receiver) = mpsc::channel(WISHES);
    // The sample clinic's book is as pretended as the clinic: a real one is never asked for it.
    let server = clinic.home.book().map_or_else(|| service.server.clone(), |book| book.server.clone());
    let desk = Arc::new(Desk { clinic, service: NexHealthService { server, ..service.clone() } });
    let engine = Engine { desk, connected: None, running: None, waiting: VecDeque::new(), read_due: Instant::now() };
    NexHealthHandle { wishes, task: tokio::spawn(engine.run(receiver)) }
}

impl NexHealthHandle {
    pub(in crate::backend) async fn tell(&self, request: NexHealthRequest) {
        if self.wishes.send(request).await.is_err() {
            tracing::debug!("NexHealth is looked after no longer");
        }
    }
}

impl Drop for NexHealthHandle {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What the jobs share.
struct Desk {
    clinic: Arc<Clinic>,
    service: NexHealthService,
}

impl Desk {
    async fn tell(&self, event: NexHealthEvent) {
        self.clinic.events.send(Event::Board(BoardEvent::NexHealth(event))).await;
    }

    async fn tell_names(&self, names: BookNames) {
        self.clinic.events.send(Event::Board(BoardEvent::Names(names))).await;
    }

    fn client(&self, account: &Account) -> Result<Client, Error> {
        self.service.client(account.key.clone(), account.practice.clone(), &self.clinic.clock)
    }
}

/// An account with the client that asks for it.
#[derive(Clone)]
struct Connected {
    account: Account,
    client: Client,
}

/// Ends with whoever holds it.
struct Running(JoinHandle<Outcome>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Engine {
    desk: Arc<Desk>,
    connected: Option<Connected>,
    running: Option<Running>,
    waiting: VecDeque<Job>,
    read_due: Instant,
}

impl Engine {
    async fn run(mut self, mut wishes: mpsc::Receiver<NexHealthRequest>) {
        self.restore().await;
        loop {
            self.begin_next();
            let is_idle = self.running.is_none() && self.connected.is_some();
            tokio::select! {
                wish = wishes.recv() => match wish {
                    Some(wish) => self.take(wish),
                    None => return,
                },
                outcome = ended(self.running.as_mut()) => {
                    self.running = None;
                    self.hear(outcome);
                }
                () = tokio::time::sleep_until(self.read_due), if is_idle => self.waiting.push_back(Job::Read),
            }
        }
    }

    /// Goes on with the account that is kept.
    async fn restore(&mut self) {
        account::tell_last_message(&self.desk).await;
        let Some(account) = account::load(&self.desk.clinic).await else {
            self.desk.tell(NexHealthEvent::Disconnected).await;
            if let Some(SampleBook { key, subdomain, .. }) = self.desk.clinic.home.book().cloned() {
                self.waiting.push_back(Job::Connect(Account::new(key, subdomain, None)));
            }
            return;
        };
        if let Ok(client) = self.desk.client(&account) {
            self.desk.tell(NexHealthEvent::Connected(account.shown())).await;
            names::tell_kept(&self.desk).await;
            self.connected = Some(Connected { account, client });
        }
    }

    fn take(&mut self, wish: NexHealthRequest) {
        match wish {
            NexHealthRequest::Connect { key, subdomain, location } => {
                self.stop();
                self.waiting.push_front(Job::Connect(Account::new(key, subdomain, location)));
            }
            NexHealthRequest::Cancel => self.stop(),
            NexHealthRequest::Disconnect => {
                self.stop();
                if let Some(connected) = self.connected.take() {
                    self.waiting.push_front(Job::Disconnect(connected));
                }
            }
            NexHealthRequest::Read => self.waiting.push_front(Job::Read),
            NexHealthRequest::SetUpMessages(base) => self.waiting.push_front(Job::SetUpMessages(base.0)),
            NexHealthRequest::Revive(endpoint) => self.waiting.push_front(Job::Revive(endpoint)),
            NexHealthRequest::Names(patients) => self.waiting.push_back(Job::Names(patients)),
        }
    }

    /// Gives up what is under way and what waits. An account that was connected before stays.
    fn stop(&mut self) {
        self.running = None;
        self.waiting.clear();
    }

    fn begin_next(&mut self) {
        while self.running.is_none() {
            let Some(job) = self.waiting.pop_front() else { return };
            let desk = Arc::clone(&self.desk);
            self.running = match (job, self.connected.clone()) {
                (Job::Connect(account), _) => Some(Running(tokio::spawn(job::connect(desk, account)))),
                (Job::Disconnect(connected), _) => Some(Running(tokio::spawn(job::disconnect(desk, connected)))),
                (job, Some(connected)) => Some(Running(tokio::spawn(job::run(desk, connected, job)))),
                (_, None) => None,
            };
        }
    }

    fn hear(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Connected(connected) => {
                self.connected = Some(*connected);
                self.waiting.push_back(Job::Read);
            }
            Outcome::Read { next } => self.read_due = Instant::now() + next,
            Outcome::ReadNow => self.waiting.push_front(Job::Read),
            Outcome::Nothing => {}
        }
    }
}

/// Waits for ever while nothing runs.
async fn ended(running: Option<&mut Running>) -> Outcome {
    match running {
        // One that panicked, which the log has told, leaves nothing.
        Some(running) => (&mut running.0).await.unwrap_or(Outcome::Nothing),
        None => std::future::pending().await,
    }
}

/// NexHealth's errors as faults.
fn fault_of(error: &Error) -> NexHealthFault {
    match error {
        Error::Unauthorized => NexHealthFault::KeyRefused,
        Error::Forbidden => NexHealthFault::NotAllowed,
        Error::NotFound => NexHealthFault::UnknownPractice,
        Error::BadQuestion => NexHealthFault::NeedsLocation,
        Error::RateLimited => NexHealthFault::SlowDown,
        Error::Server(_) => NexHealthFault::ServerTrouble,
        Error::OutOfReach | Error::NotKnown => NexHealthFault::NoConnection,
        Error::NotSafe => NexHealthFault::NotSafe,
        Error::Unexpected(_) => NexHealthFault::Unexpected,
    }
}

fn problem_of(error: &Error) -> Problem {
    Problem::new(&Fault::NexHealth(fault_of(error)), error.code())
}
