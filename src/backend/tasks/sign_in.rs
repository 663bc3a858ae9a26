//! Signing in, going on with a kept key, opening the sample clinic, and signing out.
//! The key store may block for long, so every call to it has a limit and runs apart.

use super::super::clinic::{Clinic, StoreHandle, Traces};
use super::super::desk::{Context, Inside};
use super::super::events::EventSender;
use super::super::home::{self, Home, HomeKind};
use super::super::problems::{self, Doing};
use super::keeping::Keeping;
use super::storage;
use super::unsealing::{self, Beginning, Housing, blocking};
use crate::clock::Clock;
use crate::domain::{ApiKey, Organization};
use crate::nxvet::{Client, ClientOptions, RetryNotice, RetryObserver, RetryReason, ServerUrl};
use crate::state::{ConnectionEvent, Event, Fault, Kept, LockEvent, Problem, SessionEvent, WaitReason};
use crate::store::{Recordings, SealedKeyFile, erase_everything};
use std::sync::Arc;
use std::time::Duration;

/// How long the system's key store may take to forget the secret.
const KEY_STORE_LIMIT: Duration = Duration::from_secs(10);

/// Goes on with the kept key, if there is one for this server.
pub(in super::super) async fn restore(context: Context) {
    storage::finish_removal(&context).await;
    let folders = context.services.folders.clone();
    if let Err(problem) = blocking(move || home::tidy_up(&folders)).await {
        return fail(&context.events, problem).await;
    }
    if context.services.start_with_sample {
        return open_sample(context).await;
    }
    match unsealing::begin(&context).await {
        Ok(Beginning::Nothing) => context.events.send(Event::Session(SessionEvent::NoKey)).await,
        Ok(Beginning::Locked) => context.events.send(Event::Lock(LockEvent::StartsLocked)).await,
        Ok(Beginning::Key(home, key)) => {
            if let Err(problem) = enter_kept(&context, home, key).await {
                fail(&context.events, problem).await;
            }
        }
        Err(problem) => fail(&context.events, problem).await,
    }
}

async fn fail(events: &EventSender, problem: Problem) {
    events.send(Event::Session(SessionEvent::SignInFailed(problem))).await;
}

/// What is stored shows at once; whether the key still holds turns out with the first question.
pub(super) async fn enter_kept(context: &Context, home: Home, key: ApiKey) -> Result<(), Problem> {
    let client = new_client(context, context.services.server.clone(), key)?;
    let opened = home.open_store(context).await.map_err(|error| problems::of_store(&error))?;
    let known = opened.0.run(crate::store::Store::last_organization).await;
    let organization = if let Some(organization) = known.map_err(|error| problems::of_store(&error))? {
        organization
    } else {
        // It could not be kept when the key was; the next start may be without a network.
        let organization = identify(&client).await?;
        remember(context, &opened.0, &organization).await;
        organization
    };
    let event = SessionEvent::Restored { organization: organization.clone(), demo: false };
    enter(context, client, organization, (home, opened), event).await;
    Ok(())
}

/// Checks a key and, when it is good, keeps it and opens its clinic. `open` is the home of the clinic that is open.
pub(in super::super) async fn sign_in(context: Context, key: ApiKey, open: Option<Arc<Home>>) {
    match try_sign_in(&context, key, open).await {
        Ok(()) => {}
        Err(problem) => fail(&context.events, problem).await,
    }
}

async fn try_sign_in(context: &Context, key: ApiKey, open: Option<Arc<Home>>) -> Result<(), Problem> {
    let client = new_client(context, context.services.server.clone(), key.clone())?;
    let organization = identify(&client).await?;
    let housing = match open.filter(|home| home.kind == HomeKind::Kept) {
        Some(home) => Housing::Ready { home: home.again(), not_kept: None, notes: Vec::new() },
        None => unsealing::house(context).await?,
    };
    let Housing::Ready { home, not_kept, notes } = housing else {
        // Whoever has a new key still has to know the PIN before what is kept here opens.
        context.events.send(Event::Lock(LockEvent::StartsLocked)).await;
        return Ok(());
    };
    let opened = home::open_store_anew(context, &home).await?;
    opened.0.tell(notes).await;
    remember(context, &opened.0, &organization).await;
    let services = &context.services;
    let keeping = Keeping::new(SealedKeyFile::new(&services.folders.data));
    let (kept, home) = match not_kept {
        Some(why) => (Kept::No(why), home.with_unkept(key)),
        None => match keeping.seal(home.keys.sealing.clone(), services.server.clone(), key).await {
            Ok(()) => (Kept::Yes, home),
            Err(error) => (Kept::No(problems::lower_first(&error.to_string())), home),
        },
    };
    let event = SessionEvent::SignedIn { organization: organization.clone(), demo: false, kept };
    keeping.settle();
    enter(context, client, organization, (home, opened), event).await;
    Ok(())
}

/// Moves a clinic whose key was in memory alone to where it is kept from now on, with what was noted meanwhile.
pub(super) async fn move_in(
    context: &Context,
    organization: Organization,
    from: &Home,
    (home, key): (Home, ApiKey),
) -> Result<(), Problem> {
    let client = new_client(context, context.services.server.clone(), key)?;
    let opened = home::open_store_anew(context, &home).await?;
    let (folder, keys, remembered) = (from.folder().to_owned(), from.keys.clone(), organization.clone());
    let moved = opened.0.run(move |store| {
        store.take_over_local(&folder, &keys)?;
        store.save_organization(&remembered)
    });
    moved.await.map_err(|error| problems::of_store(&error))?;
    let event = SessionEvent::SignedIn { organization: organization.clone(), demo: false, kept: Kept::Yes };
    enter(context, client, organization, (home, opened), event).await;
    Ok(())
}

/// Starts the sample clinic's server and opens it; its key is not kept and its data lives in a folder of its own.
pub(in super::super) async fn open_sample(context: Context) {
    match try_sample(&context).await {
        Ok(()) => {}
        Err(problem) => fail(&context.events, problem).await,
    }
}

async fn try_sample(context: &Context) -> Result<(), Problem> {
    let unavailable = |why: String| Problem::new(&Fault::Store(why), "SAMPLE");
    let Some(sample) = context.services.sample.clone() else {
        return Err(unavailable("This build has no sample data.".to_owned()));
    };
    let started = tokio::task::spawn_blocking(move || sample.start()).await;
    let started = started.unwrap_or_else(|_| Err("The sample data could not be opened.".to_owned()));
    let server = started.map_err(unavailable)?;
    let client = new_client(context, server.server, server.key)?;
    let organization = identify(&client).await?;
    let folders = context.services.folders.clone();
    let home = blocking(move || Home::passing(&folders, HomeKind::Sample)).await??.with_book(server.book);
    let opened = home.open_store(context).await.map_err(|error| problems::of_store(&error))?;
    let event = SessionEvent::SignedIn { organization: organization.clone(), demo: true, kept: Kept::Yes };
    enter(context, client, organization, (home, opened), event).await;
    Ok(())
}

/// Forgets the key, then everything stored for the clinic. The clinic was stopped; nothing works for it any more.
pub(in super::super) async fn sign_out(context: Context, traces: Option<Traces>) {
    if let Some(traces) = traces {
        if !traces.gone().await {
            tracing::warn!("something still held the clinic when it was left");
        }
        match traces.kind {
            HomeKind::Kept => wipe(&context).await,
            HomeKind::Run | HomeKind::Sample => home::leave(traces.kind, traces.folder).await,
        }
    }
    if context.inside.send(Inside::Left).await.is_err() {
        tracing::debug!("the desk has ended");
    }
}

/// Leaves nothing of a clinic in the data folder, nor what opened it in the key store.
async fn wipe(context: &Context) {
    let data = context.services.folders.data.clone();
    let wiped = blocking(move || erase_everything(&data).map_err(|error| problems::of_store(&error))).await;
    if let Err(problem) | Ok(Err(problem)) = wiped {
        context.events.send(Event::Told(problem)).await;
    }
    let secrets = context.services.secrets.clone();
    let forgotten = tokio::task::spawn_blocking(move || secrets.delete_within(KEY_STORE_LIMIT)).await;
    if !matches!(forgotten, Ok(Ok(()) | Err(crate::platform::secrets::SecretError::Absent))) {
        tracing::warn!("the secret could not be removed from the key store; nothing is left that it opens");
    }
}

/// Keeps whose data it is: that shows what is stored before NxVET has answered.
async fn remember(context: &Context, store: &StoreHandle, organization: &Organization) {
    let remembered = organization.clone();
    if let Err(error) = store.run(move |store| store.save_organization(&remembered)).await {
        context.events.send(Event::Told(problems::of_store(&error))).await;
    }
}

async fn identify(client: &Client) -> Result<Organization, Problem> {
    let minutes = || client.server_clock_offset().map_or(0, |offset| offset.num_minutes());
    client.identify().await.map_err(|error| problems::of_network(&error, Doing::SigningIn, minutes()))
}

fn new_client(context: &Context, server: ServerUrl, key: ApiKey) -> Result<Client, Problem> {
    let clock = context.services.clock.clone();
    let observer = WaitTeller { events: context.events.clone(), clock: clock.clone() };
    let options = ClientOptions {
        retry: context.services.retry,
        connect_timeout: context.services.connect_timeout,
        idle_timeout: context.services.idle_timeout,
        observer: Some(Arc::new(observer)),
        now: Arc::new(move || clock.now()),
    };
    Client::new(server, key, options).map_err(|error| problems::of_network(&error, Doing::SigningIn, 0))
}

/// Opens the clinic for the window and for the desk. The desk tells the window when it has the clinic: they enter
/// together or not at all, and a desk that was locked or left meanwhile does not enter.
async fn enter(
    context: &Context,
    client: Client,
    organization: Organization,
    (home, opened): (Home, (StoreHandle, Recordings)),
    event: SessionEvent,
) {
    let shared = (context.catalog.clone(), context.events.clone(), context.services.clock.clone());
    let clinic = Arc::new(Clinic::new(client, organization, opened, shared, Arc::new(home)));
    if context.inside.send(Inside::Entered { clinic, event, era: context.era }).await.is_err() {
        tracing::debug!("the desk has ended");
    }
}

/// Shows every wait of the client to the person.
struct WaitTeller {
    events: EventSender,
    clock: Clock,
}

impl RetryObserver for WaitTeller {
    fn waiting(&self, notice: RetryNotice) {
        let reason = match notice.reason {
            RetryReason::SlowDown => WaitReason::SlowDown,
            RetryReason::ServerTrouble(_) | RetryReason::BrokenAnswer => WaitReason::ServerTrouble,
            RetryReason::NoConnection => WaitReason::NoConnection,
        };
        let wait = chrono::TimeDelta::from_std(notice.wait).unwrap_or_default();
        let until = self.clock.now() + wait;
        self.events.send_now(Event::Connection(ConnectionEvent::Waiting { until, reason }));
    }

    fn resumed(&self) {
        self.events.send_now(Event::Connection(ConnectionEvent::Working));
    }
}
