//! What is done for NexHealth, one after the other: connecting, leaving, reading, and what messages need.

use super::account::{self, Account};
use super::{Connected, Desk, messages, names, problem_of, reading};
use crate::backend::problems::lower_first;
use crate::domain::live::WebhookId;
use crate::nexhealth::{Client, Error};
use crate::state::board::NexHealthEvent;
use crate::state::{Fault, NexHealthFault, Problem};
use std::sync::Arc;
use std::time::Duration;

pub(super) enum Job {
    Connect(Account),
    Disconnect(Connected),
    Read,
    /// The public address that leads to the receiver, without a path.
    SetUpMessages(String),
    Revive(WebhookId),
    Names(Vec<i64>),
}

/// What is left to the engine.
pub(super) enum Outcome {
    Connected(Box<Connected>),
    Read {
        next: Duration,
    },
    /// Something may have been missed.
    ReadNow,
    Nothing,
}

pub(super) async fn connect(desk: Arc<Desk>, account: Account) -> Outcome {
    match try_connect(&desk, account).await {
        Ok(connected) => {
            desk.tell(NexHealthEvent::Connected(connected.account.shown())).await;
            Outcome::Connected(Box::new(connected))
        }
        Err(problem) => {
            desk.tell(NexHealthEvent::Refused(problem)).await;
            Outcome::Nothing
        }
    }
}

/// The key is proved, then the practice, before anything is kept.
async fn try_connect(desk: &Desk, mut account: Account) -> Result<Connected, Problem> {
    let client = desk.client(&account).map_err(|error| problem_of(&error))?;
    client.authenticate().await.map_err(|error| problem_of(&error))?;
    if account.practice.location.is_none() {
        account.practice.location = sole_location(&client).await?;
    }
    let client = desk.client(&account).map_err(|error| problem_of(&error))?;
    reading::prove(desk, &client).await.map_err(|error| of_practice(&error))?;
    let saved = account::save(&desk.clinic, &account).await;
    let is_other = saved.map_err(|error| {
        let fault = NexHealthFault::KeyNotKept(lower_first(&error.to_string()));
        Problem::new(&Fault::NexHealth(fault), "NEX-KEEP")
    })?;
    if is_other {
        desk.tell(NexHealthEvent::OtherPractice).await;
    }
    Ok(Connected { account, client })
}

/// Where there is one alone, nobody needs to know its number.
async fn sole_location(client: &Client) -> Result<Option<i64>, Problem> {
    match client.locations().await {
        Ok(locations) => match locations.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one.id)),
            _ => Err(problem_of(&Error::BadQuestion)),
        },
        // A key that may not list them may still read appointments.
        Err(Error::Forbidden | Error::NotFound | Error::BadQuestion | Error::Unexpected(_)) => Ok(None),
        Err(error) => Err(problem_of(&error)),
    }
}

/// The key is good by then: what is refused now is the practice.
fn of_practice(error: &Error) -> Problem {
    match error {
        Error::Forbidden => Problem::new(&Fault::NexHealth(NexHealthFault::UnknownPractice), error.code()),
        other => problem_of(other),
    }
}

/// NexHealth is told to send no more; when it cannot be reached it gives up by itself after two days.
pub(super) async fn disconnect(desk: Arc<Desk>, connected: Connected) -> Outcome {
    messages::take_down(&desk, &connected).await;
    if let Err(error) = account::forget(&desk.clinic).await {
        tracing::warn!(%error, "the NexHealth account could not be forgotten");
        desk.tell(NexHealthEvent::Trouble(crate::backend::problems::of_store(&error))).await;
        return Outcome::Connected(Box::new(connected));
    }
    desk.tell(NexHealthEvent::Disconnected).await;
    Outcome::Nothing
}

pub(super) async fn run(desk: Arc<Desk>, connected: Connected, job: Job) -> Outcome {
    match job {
        Job::Read => {
            desk.tell(NexHealthEvent::Reading).await;
            let messages = messages::look(&desk, &connected).await;
            let next = reading::read(&desk, &connected, &messages).await;
            Outcome::Read { next }
        }
        Job::SetUpMessages(base) => done(messages::set_up(&desk, &connected, &base).await, &desk).await,
        Job::Revive(endpoint) => done(messages::revive(&desk, &connected, &endpoint).await, &desk).await,
        Job::Names(patients) => {
            names::ask(&desk, &connected, &patients).await;
            Outcome::Nothing
        }
        Job::Connect(_) | Job::Disconnect(_) => Outcome::Nothing,
    }
}

/// Whatever was missed until messages came is read.
async fn done(result: Result<(), Problem>, desk: &Desk) -> Outcome {
    match result {
        Ok(()) => Outcome::ReadNow,
        Err(problem) => {
            desk.tell(NexHealthEvent::MessagesFailed(problem)).await;
            Outcome::Nothing
        }
    }
}
