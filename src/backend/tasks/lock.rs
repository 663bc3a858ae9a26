//! Locking, unlocking and the PIN. Locking lets go of everything that was read: when it is told, client, key, store
//! and everything that came out of them are gone from memory.

use super::super::clinic::Traces;
use super::super::desk::Context;
use super::super::home::{self, Home, HomeKind};
use super::super::problems;
use super::sign_in;
use super::unsealing::{self, Beginning, StaysLocked, blocking, of_vault};
use crate::domain::Organization;
use crate::state::{Event, Fault, LockEvent, Problem, SessionEvent, TypedPin};
use crate::store::{SealedKeyFile, StoreKeys, Vault, VaultError, VaultHead};
use std::sync::Arc;
use zeroize::Zeroizing;

/// The fewest characters of a PIN.
const FEWEST: usize = 4;
/// The same where no key store guards what is kept: whoever copies the files may try PINs at leisure.
const FEWEST_ALONE: usize = 8;

/// The clinic whose PIN is set.
pub(in super::super) struct Open {
    pub(in super::super) home: Arc<Home>,
    pub(in super::super) organization: Organization,
}

/// Waits until nothing holds the clinic any more, then tells that the desk is locked.
pub(in super::super) async fn finish_locking(context: Context, traces: Option<Traces>) {
    context.catalog.forget().await;
    if let Some(traces) = traces {
        if !traces.gone().await {
            tracing::warn!("something still held the clinic when the desk was locked");
        }
        home::leave(traces.kind, traces.folder).await;
    }
    let vault = Vault::new(&context.services.folders.data);
    let head = blocking(move || vault.head()).await;
    let has_pin = matches!(head, Ok(VaultHead::Closed { has_pin: true, .. }));
    tell(&context, LockEvent::Locked { has_pin }).await;
}

/// Opens again what was open when the desk was locked, or what is kept where it started locked.
pub(in super::super) async fn unlock(context: Context, was: Option<HomeKind>, pin: Option<TypedPin>) {
    match was {
        Some(HomeKind::Sample) => return sign_in::open_sample(context).await,
        // Its key was in memory alone.
        Some(HomeKind::Run) => return session(&context, SessionEvent::NoKey).await,
        Some(HomeKind::Kept) | None => {}
    }
    match unsealing::unlock(&context, pin.as_ref().map(text_of)).await {
        Ok(Beginning::Key(home, key)) => {
            if let Err(problem) = sign_in::enter_kept(&context, home, key).await {
                tell(&context, LockEvent::Refused { problem, wait_until: None }).await;
            }
        }
        Ok(Beginning::Nothing | Beginning::Locked) => session(&context, SessionEvent::NoKey).await,
        Err(StaysLocked::Refused(problem, wait_until)) => {
            tell(&context, LockEvent::Refused { problem, wait_until }).await;
        }
        Err(StaysLocked::Lost(problem)) => {
            session(&context, SessionEvent::SignedOut).await;
            session(&context, SessionEvent::SignInFailed(problem)).await;
        }
    }
}

/// A PIN protects a clinic, and none is open.
pub(in super::super) async fn no_clinic(context: &Context) {
    let problem = Problem::new(&Fault::NoPinHere, "PIN-CLOSED");
    tell(context, LockEvent::Refused { problem, wait_until: None }).await;
}

/// Sets the first PIN or another one.
pub(in super::super) async fn set_pin(context: Context, open: Open, old: Option<TypedPin>, new: TypedPin) {
    let fewest = if open.home.kind == HomeKind::Run { FEWEST_ALONE } else { FEWEST };
    if new.0.chars().count() < fewest {
        let refused = VaultRefusal::of(Problem::new(&Fault::PinTooShort(fewest), "PIN-SHORT"));
        return answer(&context, &open.home, true, Err(refused)).await;
    }
    if open.home.kind == HomeKind::Run {
        // The clinic is entered anew where it is kept, and that tells of the PIN.
        if let Err(refused) = keep_with_pin(&context, &open, &new).await {
            answer(&context, &open.home, true, Err(refused)).await;
        }
        return;
    }
    let outcome = reseal(&context, &open.home, old.as_ref(), Some(&new)).await;
    answer(&context, &open.home, true, outcome).await;
}

/// Without a key store a PIN alone can seal what is kept. It takes the place of no vault that is there already.
async fn keep_with_pin(context: &Context, open: &Open, pin: &TypedPin) -> Result<(), VaultRefusal> {
    let nowhere = || VaultRefusal::of(Problem::new(&Fault::NoPinHere, "PIN-HERE"));
    let Some(key) = open.home.unkept().cloned() else { return Err(nowhere()) };
    let (data, server, now) =
        (context.services.folders.data.clone(), context.services.server.clone(), context.services.clock.now());
    let (pin, sealed_key) = (text_of(pin), key.clone());
    let made = blocking(move || -> Result<Option<StoreKeys>, Problem> {
        let vault = Vault::new(&data);
        if vault.head() != VaultHead::Missing {
            return Ok(None);
        }
        Vault::give_up(&data, now).map_err(|error| problems::of_store(&error))?;
        let keys = StoreKeys::random().map_err(|error| of_vault(&error.into()))?;
        vault.seal(&keys, None, Some(&pin), now).map_err(|error| of_vault(&error))?;
        let file = SealedKeyFile::new(&data);
        let saved = file.save(&keys.sealing, &sealed_key, server.as_str());
        saved.map_err(|error| Problem::new(&Fault::Store(format!("{error}.")), "KEYS-SEAL"))?;
        Ok(Some(keys))
    });
    let Some(keys) = made.await.and_then(|made| made).map_err(VaultRefusal::of)? else { return Err(nowhere()) };
    let home = Home::kept(&context.services.folders, keys, true);
    let moved = sign_in::move_in(context, open.organization.clone(), &open.home, (home, key)).await;
    moved.map_err(VaultRefusal::of)
}

pub(in super::super) async fn remove_pin(context: Context, home: Arc<Home>, pin: TypedPin) {
    let outcome = reseal(&context, &home, Some(&pin), None).await;
    answer(&context, &home, false, outcome).await;
}

/// Why the PIN stays as it is, and until when no other is taken.
struct VaultRefusal {
    problem: Problem,
    wait_until: Option<chrono::DateTime<chrono::Utc>>,
}

impl VaultRefusal {
    fn of(problem: Problem) -> Self {
        Self { problem, wait_until: None }
    }

    fn of_vault(error: &VaultError) -> Self {
        let wait_until = match error {
            VaultError::WrongPin { wait_until } => *wait_until,
            VaultError::MustWait { until } => Some(*until),
            _ => None,
        };
        Self { problem: of_vault(error), wait_until }
    }
}

async fn answer(context: &Context, home: &Home, has_pin: bool, outcome: Result<(), VaultRefusal>) {
    let event = match outcome {
        Ok(()) => {
            home.note_pin(has_pin);
            LockEvent::PinChanged { has_pin }
        }
        Err(VaultRefusal { problem, wait_until }) => LockEvent::Refused { problem, wait_until },
    };
    tell(context, event).await;
}

/// Seals the vault anew; where there is a PIN already, it has to be known.
async fn reseal(
    context: &Context,
    home: &Home,
    old: Option<&TypedPin>,
    new: Option<&TypedPin>,
) -> Result<(), VaultRefusal> {
    if home.kind != HomeKind::Kept {
        return Err(VaultRefusal::of(Problem::new(&Fault::NoPinHere, "PIN-HERE")));
    }
    let vault = Vault::new(home.folder());
    let head_of = vault.clone();
    let needs_key_store = match blocking(move || head_of.head()).await.map_err(VaultRefusal::of)? {
        VaultHead::Closed { needs_key_store, .. } => needs_key_store,
        // The keys are in memory: a vault that went bad meanwhile is made anew.
        VaultHead::Missing | VaultHead::Unreadable => true,
    };
    if !needs_key_store && new.is_none() {
        return Err(VaultRefusal::of(Problem::new(&Fault::PinIsAll, "PIN-ALL")));
    }
    let secret =
        if needs_key_store { Some(unsealing::kept_secret(context).await.map_err(VaultRefusal::of)?) } else { None };
    let (old, new, keys) = (old.map(text_of), new.map(text_of), home.keys.clone());
    let (has_pin, now) = (home.has_pin(), context.services.clock.now());
    let done = blocking(move || -> Result<(), VaultError> {
        if has_pin {
            let old = old.ok_or(VaultError::NeedsPin)?;
            vault.open_with_pin(secret.as_deref(), &old, now)?;
        }
        vault.seal(&keys, secret.as_deref(), new.as_ref().map(|pin| pin.as_str()), now)
    });
    done.await.map_err(VaultRefusal::of)?.map_err(|error| VaultRefusal::of_vault(&error))
}

fn text_of(pin: &TypedPin) -> Zeroizing<String> {
    Zeroizing::new(pin.0.clone())
}

async fn session(context: &Context, event: SessionEvent) {
    context.events.send(Event::Session(event)).await;
}

async fn tell(context: &Context, event: LockEvent) {
    context.events.send(Event::Lock(event)).await;
}
