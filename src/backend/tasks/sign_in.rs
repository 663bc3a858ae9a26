//! Signing in, going on with a kept key, opening the sample clinic, and signing out.
//! The key store may block for long, so every call to it has a limit and runs apart.

use super::super::clinic::{Clinic, StoreHandle};
use super::super::desk::{Context, Inside};
use super::super::events::EventSender;
use super::super::problems::{self, Doing};
use super::keeping::Keeping;
use crate::clock::Clock;
use crate::domain::{ApiKey, Organization};
use crate::nxvet::{Client, ClientOptions, RetryNotice, RetryObserver, RetryReason, ServerUrl};
use crate::platform::secrets::SecretError;
use crate::state::{ConnectionEvent, Event, Fault, Kept, Problem, SessionEvent, WaitReason};
use crate::store::{Recordings, SealedKeyFile, Store};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long the system's key store may take before we go on without it.
const KEY_STORE_LIMIT: Duration = Duration::from_secs(10);
/// How long it may take before the person is told that we wait for it.
const KEY_STORE_PATIENCE: Duration = Duration::from_millis(400);

/// Goes on with the kept key, if there is one for this server.
pub(in super::super) async fn restore(context: Context) {
    if context.services.start_with_sample {
        return open_sample(context).await;
    }
    let file = SealedKeyFile::new(&context.services.folders.data);
    if !file.exists() {
        return context.events.send(Event::Session(SessionEvent::NoKey)).await;
    }
    let kept = match unseal(&context, file).await {
        Ok(Some(key)) => key,
        Ok(None) => return context.events.send(Event::Session(SessionEvent::NoKey)).await,
        Err(problem) => return fail(&context.events, problem).await,
    };
    match enter_kept(&context, kept).await {
        Ok(()) => {}
        Err(problem) => fail(&context.events, problem).await,
    }
}

async fn fail(events: &EventSender, problem: Problem) {
    events.send(Event::Session(SessionEvent::SignInFailed(problem))).await;
}

/// Reads the key, telling the person when the key store keeps us waiting.
async fn unseal(context: &Context, file: SealedKeyFile) -> Result<Option<ApiKey>, Problem> {
    let secrets = context.services.secrets.clone();
    let mut vault = tokio::task::spawn_blocking(move || secrets.vault_key_within(false, KEY_STORE_LIMIT));
    let answer = tokio::select! {
        answer = &mut vault => answer,
        () = tokio::time::sleep(KEY_STORE_PATIENCE) => {
            context.events.send(Event::Session(SessionEvent::WaitingForKeyStore)).await;
            vault.await
        }
    };
    let secret = match answer {
        Ok(Ok(Some(secret))) => secret,
        Ok(Ok(None)) => return Err(Problem::new(&Fault::KeyLost, "KEYS-LOST")),
        Ok(Err(error)) => return Err(problems::of_secret(&error)),
        Err(_) => return Err(problems::of_secret(&SecretError::Slow)),
    };
    match file.load(&secret) {
        // A key goes to the server it was made for and to no other.
        Ok(Some(stored)) if stored.server == context.services.server.as_str() => Ok(Some(stored.api_key)),
        Ok(_) => Ok(None),
        Err(error) => {
            tracing::warn!(%error, "the kept key could not be opened");
            Err(Problem::new(&Fault::KeyLost, "KEYS-LOST"))
        }
    }
}

/// What is stored shows at once; whether the key still holds turns out with the first question.
async fn enter_kept(context: &Context, key: ApiKey) -> Result<(), Problem> {
    let client = new_client(context, context.services.server.clone(), key)?;
    let (store, recordings) = open_store(context, &context.services.folders.data.clone()).await?;
    let known = store.run(crate::store::Store::last_organization).await.map_err(|error| problems::of_store(&error))?;
    let organization = match known {
        Some(organization) => organization,
        None => identify(&client).await?,
    };
    let event = SessionEvent::Restored { organization: organization.clone(), demo: false };
    enter(context, client, organization, (store, recordings), event).await;
    Ok(())
}

/// Checks a key and, when it is good, keeps it and opens its clinic.
pub(in super::super) async fn sign_in(context: Context, key: ApiKey) {
    match try_sign_in(&context, key).await {
        Ok(()) => {}
        Err(problem) => fail(&context.events, problem).await,
    }
}

async fn try_sign_in(context: &Context, key: ApiKey) -> Result<(), Problem> {
    let client = new_client(context, context.services.server.clone(), key.clone())?;
    let organization = identify(&client).await?;
    let opened = open_store(context, &context.services.folders.data.clone()).await?;
    let remembered = organization.clone();
    if let Err(error) = opened.0.run(move |store| store.save_organization(&remembered)).await {
        context.events.send(Event::Told(problems::of_store(&error))).await;
    }
    let services = &context.services;
    let keeping = Keeping::new(SealedKeyFile::new(&services.folders.data));
    let kept = keeping.seal(services.secrets.clone(), services.server.clone(), key, KEY_STORE_LIMIT).await;
    let event = SessionEvent::SignedIn { organization: organization.clone(), demo: false, kept };
    keeping.settle();
    enter(context, client, organization, opened, event).await;
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
    let folder = context.services.folders.cache.join("sample");
    if folder.exists() && std::fs::remove_dir_all(&folder).is_err() {
        tracing::warn!("the former sample data could not be removed");
    }
    let opened = open_store(context, &folder).await?;
    let kept = Kept::Yes;
    let event = SessionEvent::SignedIn { organization: organization.clone(), demo: true, kept };
    enter(context, client, organization, opened, event).await;
    Ok(())
}

/// Forgets the key, then everything stored for the clinic.
pub(in super::super) async fn sign_out(context: Context, clinic: Option<Arc<Clinic>>) {
    let is_demo = clinic.as_ref().is_some_and(|clinic| clinic.is_demo);
    if !is_demo && let Err(error) = SealedKeyFile::new(&context.services.folders.data).delete() {
        tracing::warn!(%error, "the kept key could not be removed");
    }
    if let Some(clinic) = clinic {
        let recordings = clinic.recordings.clone();
        let wiped = clinic.store.run(crate::store::Store::wipe).await;
        let removed = tokio::task::spawn_blocking(move || recordings.wipe()).await;
        if let Err(error) = wiped {
            context.events.send(Event::Told(problems::of_store(&error))).await;
        }
        if !matches!(removed, Ok(Ok(()))) {
            tracing::warn!("not every recording could be removed");
        }
    }
    if context.inside.send(Inside::Left).await.is_err() {
        tracing::debug!("the desk has ended");
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

async fn open_store(context: &Context, folder: &Path) -> Result<(StoreHandle, Recordings), Problem> {
    let now = context.services.clock.now();
    let path = folder.to_owned();
    let opened = tokio::task::spawn_blocking(move || Store::open(&path, None, now)).await;
    let Ok(opened) = opened else {
        return Err(Problem::new(&Fault::Store("The data folder could not be opened.".to_owned()), "DB"));
    };
    let (store, notes) = opened.map_err(|error| problems::of_store(&error))?;
    let recordings = store.recordings();
    let store = StoreHandle::new(store, context.events.clone());
    store.tell(notes).await;
    Ok((store, recordings))
}

/// Opens the clinic for the window and for the desk. From here on giving up comes too late: they enter together or
/// not at all, so this goes on even when whoever waits for it is stopped.
async fn enter(
    context: &Context,
    client: Client,
    organization: Organization,
    opened: (StoreHandle, Recordings),
    event: SessionEvent,
) {
    let is_demo =
        matches!(event, SessionEvent::SignedIn { demo: true, .. } | SessionEvent::Restored { demo: true, .. });
    let shared = (context.catalog.clone(), context.events.clone(), context.services.clock.clone());
    let clinic = Arc::new(Clinic::new(client, organization, opened, shared, is_demo));
    let (events, inside) = (context.events.clone(), context.inside.clone());
    let entering = tokio::spawn(async move {
        events.send(Event::Session(event)).await;
        inside.send(Inside::Entered(clinic)).await.is_ok()
    });
    if !matches!(entering.await, Ok(true)) {
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
