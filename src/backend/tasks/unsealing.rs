//! From the system's key store and the vault to the keys of what is kept: at the start, when somebody signs in, and
//! when the desk is unlocked. The key store may block for long, so every call to it has a limit and runs apart.

use super::super::desk::Context;
use super::super::home::{Home, HomeKind};
use super::super::problems;
use crate::domain::ApiKey;
use crate::platform::secrets::SecretError;
use crate::state::{Event, Fault, Problem, SessionEvent};
use crate::store::{
    KeyFileError, OpenNote, SealedKeyFile, StoreKeys, StoredKey, Vault, VaultError, VaultHead, erase_everything,
};
use chrono::{DateTime, Utc};
use std::path::Path;
use std::time::Duration;
use zeroize::Zeroizing;

/// How long the system's key store may take before we go on without it.
const KEY_STORE_LIMIT: Duration = Duration::from_secs(10);
/// How long it may take before the person is told that we wait for it.
const KEY_STORE_PATIENCE: Duration = Duration::from_millis(400);

/// What the key store gave.
pub(super) type Secret = Zeroizing<[u8; 32]>;

/// What there is to go on with at a start.
#[expect(clippy::large_enum_variant, reason = "there is one, and it is taken apart at once")]
pub(super) enum Beginning {
    /// Nobody was signed in here.
    Nothing,
    /// A PIN is needed first.
    Locked,
    Key(Home, ApiKey),
}

/// Where somebody who signs in will have the data.
#[expect(clippy::large_enum_variant, reason = "there is one, and it is taken apart at once")]
pub(super) enum Housing {
    Ready {
        home: Home,
        /// Why nothing will be there at the next start.
        not_kept: Option<String>,
        notes: Vec<OpenNote>,
    },
    /// What is kept here is locked by a PIN.
    Locked,
}

/// Why a desk stays locked.
pub(super) enum StaysLocked {
    /// Another try may succeed.
    Refused(Problem, Option<DateTime<Utc>>),
    /// Nothing on this computer opens it any more: a key has to be entered.
    Lost(Problem),
}

/// Looks for a kept key, telling the person when the key store keeps us waiting.
pub(super) async fn begin(context: &Context) -> Result<Beginning, Problem> {
    let (vault, file) = (Vault::new(&context.services.folders.data), key_file(context));
    let (head, has_key) = blocking(move || {
        vault.remove_leftovers();
        (vault.head(), file.exists())
    })
    .await?;
    match head {
        VaultHead::Closed { has_pin: true, .. } => Ok(Beginning::Locked),
        VaultHead::Closed { .. } => open_kept(context).await,
        VaultHead::Unreadable => Err(lost()),
        VaultHead::Missing if has_key => take_over_former(context).await,
        VaultHead::Missing => Ok(Beginning::Nothing),
    }
}

async fn open_kept(context: &Context) -> Result<Beginning, Problem> {
    let secret = kept_secret(context).await?;
    let (vault, file) = (Vault::new(&context.services.folders.data), key_file(context));
    let opened = blocking(move || -> Result<(StoreKeys, Option<StoredKey>), Problem> {
        let keys = vault.open(&secret).map_err(|error| of_vault(&error))?;
        let stored = file.load(&keys.sealing).map_err(|error| of_key_file(&error))?;
        Ok((keys, stored))
    });
    let (keys, stored) = opened.await??;
    Ok(match for_this_server(context, stored) {
        Some(key) => Beginning::Key(Home::kept(&context.services.folders, keys, false), key),
        None => Beginning::Nothing,
    })
}

/// Before there was a vault, the key was sealed with the secret itself and the data lay here unencrypted: the key is
/// taken over, the data is removed and read from NxVET again.
async fn take_over_former(context: &Context) -> Result<Beginning, Problem> {
    let secret = kept_secret(context).await?;
    let (file, data, now) = (key_file(context), context.services.folders.data.clone(), context.services.clock.now());
    let taken = blocking(move || -> Result<Option<(StoreKeys, StoredKey)>, Problem> {
        let Some(stored) = file.load_former(&secret).map_err(|error| of_key_file(&error))? else { return Ok(None) };
        erase_everything(&data).map_err(|error| problems::of_store(&error))?;
        let keys = StoreKeys::random().map_err(|error| of_vault(&error.into()))?;
        Vault::new(&data).seal(&keys, Some(&secret), None, now).map_err(|error| of_vault(&error))?;
        file.save(&keys.sealing, &stored.api_key, &stored.server).map_err(|error| of_key_file(&error))?;
        Ok(Some((keys, stored)))
    });
    let Some((keys, stored)) = taken.await?? else { return Ok(Beginning::Nothing) };
    Ok(match for_this_server(context, Some(stored)) {
        Some(key) => Beginning::Key(Home::kept(&context.services.folders, keys, false), key),
        None => Beginning::Nothing,
    })
}

/// Finds or makes the place for the data of somebody whose key was found good. Without a key store it is one that
/// goes with this run.
pub(super) async fn house(context: &Context) -> Result<Housing, Problem> {
    let folders = context.services.folders.clone();
    let vault = Vault::new(&folders.data);
    let head = blocking(move || vault.head()).await?;
    if let VaultHead::Closed { has_pin: true, needs_key_store: false } = head {
        return Ok(Housing::Locked);
    }
    let secret = match ask_key_store(context, true).await {
        Ok(Some(secret)) => secret,
        Ok(None) => return pass_through(context, &SecretError::Absent).await,
        Err(error) => return pass_through(context, &error).await,
    };
    let now = context.services.clock.now();
    let settled = blocking(move || settle(&folders.data, &secret, now).map(|settled| (settled, folders)));
    Ok(match settled.await?? {
        (None, _) => Housing::Locked,
        (Some((keys, notes)), folders) => {
            Housing::Ready { home: Home::kept(&folders, keys, false), not_kept: None, notes }
        }
    })
}

/// The keys of a vault that is open now, and what there is to say about it.
type Settled = (StoreKeys, Vec<OpenNote>);

/// Opens the vault of a folder or makes one; what only a lost key opens is set aside first. `None` when a PIN is
/// needed.
fn settle(folder: &Path, secret: &Secret, now: DateTime<Utc>) -> Result<Option<Settled>, Problem> {
    let vault = Vault::new(folder);
    if let VaultHead::Closed { has_pin, .. } = vault.head()
        && vault.belongs_to(secret).map_err(|error| of_vault(&error))?
    {
        if has_pin {
            return Ok(None);
        }
        match vault.open(secret) {
            Ok(keys) => return Ok(Some((keys, Vec::new()))),
            Err(VaultError::Unreadable) => {}
            Err(error) => return Err(of_vault(&error)),
        }
    }
    let had_local = folder.join("local.db").exists();
    Vault::give_up(folder, now).map_err(|error| problems::of_store(&error))?;
    let keys = StoreKeys::random().map_err(|error| of_vault(&error.into()))?;
    vault.seal(&keys, Some(secret), None, now).map_err(|error| of_vault(&error))?;
    Ok(Some((keys, if had_local { vec![OpenNote::KeysLost] } else { Vec::new() })))
}

async fn pass_through(context: &Context, why: &SecretError) -> Result<Housing, Problem> {
    let reason = match why {
        SecretError::Absent => "this computer has no password store",
        SecretError::Locked => "the password store is locked",
        SecretError::Slow => "the password store does not answer",
        SecretError::Refused(_) => "the password store refused it",
    };
    let folders = context.services.folders.clone();
    let home = blocking(move || Home::passing(&folders, HomeKind::Run)).await??;
    let not_kept = Some(format!("{reason}, so nothing of this session is kept"));
    Ok(Housing::Ready { home, not_kept, notes: Vec::new() })
}

/// Opens what a locked desk keeps.
pub(super) async fn unlock(context: &Context, pin: Option<Zeroizing<String>>) -> Result<Beginning, StaysLocked> {
    let (vault, now) = (Vault::new(&context.services.folders.data), context.services.clock.now());
    let head_of = vault.clone();
    let refused = |problem| StaysLocked::Refused(problem, None);
    let needs_key_store = match blocking(move || head_of.head()).await.map_err(refused)? {
        VaultHead::Closed { has_pin: false, .. } => {
            return open_kept(context).await.map_err(sort_loss);
        }
        VaultHead::Closed { needs_key_store, .. } => needs_key_store,
        VaultHead::Unreadable => return Err(StaysLocked::Lost(lost())),
        VaultHead::Missing => return Ok(Beginning::Nothing),
    };
    let Some(pin) = pin else { return Err(refused(Problem::new(&Fault::PinNeeded, "PIN-NONE"))) };
    let secret = if needs_key_store { Some(kept_secret(context).await.map_err(sort_loss)?) } else { None };
    let opened = blocking(move || vault.open_with_pin(secret.as_deref(), &pin, now)).await.map_err(refused)?;
    let keys = opened.map_err(|error| stays_locked(&error))?;
    let (file, sealing) = (key_file(context), keys.sealing.clone());
    let stored = blocking(move || file.load(&sealing)).await.map_err(refused)?;
    let stored = stored.map_err(|error| StaysLocked::Lost(of_key_file(&error)))?;
    Ok(match for_this_server(context, stored) {
        Some(key) => Beginning::Key(Home::kept(&context.services.folders, keys, true), key),
        None => Beginning::Nothing,
    })
}

/// The secret that something here was sealed with.
pub(super) async fn kept_secret(context: &Context) -> Result<Secret, Problem> {
    match ask_key_store(context, false).await {
        Ok(Some(secret)) => Ok(secret),
        Ok(None) => Err(lost()),
        Err(error) => Err(problems::of_secret(&error)),
    }
}

async fn ask_key_store(context: &Context, create: bool) -> Result<Option<Secret>, SecretError> {
    let secrets = context.services.secrets.clone();
    let ask = move || secrets.vault_key_within(create, KEY_STORE_LIMIT).map(|secret| secret.map(Zeroizing::new));
    let mut answer = tokio::task::spawn_blocking(ask);
    let answer = tokio::select! {
        answer = &mut answer => answer,
        () = tokio::time::sleep(KEY_STORE_PATIENCE) => {
            context.events.send(Event::Session(SessionEvent::WaitingForKeyStore)).await;
            answer.await
        }
    };
    answer.unwrap_or(Err(SecretError::Slow))
}

/// A key goes to the server it was made for and to no other.
fn for_this_server(context: &Context, stored: Option<StoredKey>) -> Option<ApiKey> {
    stored.filter(|stored| stored.server == context.services.server.as_str()).map(|stored| stored.api_key)
}

fn key_file(context: &Context) -> SealedKeyFile {
    SealedKeyFile::new(&context.services.folders.data)
}

fn lost() -> Problem {
    Problem::new(&Fault::KeyLost, LOST)
}

const LOST: &str = "KEYS-LOST";

fn is_lost(problem: &Problem) -> bool {
    problem.code == LOST
}

fn sort_loss(problem: Problem) -> StaysLocked {
    if is_lost(&problem) { StaysLocked::Lost(problem) } else { StaysLocked::Refused(problem, None) }
}

fn stays_locked(error: &VaultError) -> StaysLocked {
    let wait_until = match error {
        VaultError::WrongPin { wait_until } => *wait_until,
        VaultError::MustWait { until } => Some(*until),
        _ => None,
    };
    match sort_loss(of_vault(error)) {
        StaysLocked::Refused(problem, _) => StaysLocked::Refused(problem, wait_until),
        lost @ StaysLocked::Lost(_) => lost,
    }
}

pub(super) fn of_vault(error: &VaultError) -> Problem {
    match error {
        VaultError::WrongPin { .. } => Problem::new(&Fault::WrongPin, "PIN-WRONG"),
        VaultError::MustWait { .. } => Problem::new(&Fault::PinMustWait, "PIN-WAIT"),
        VaultError::NeedsPin => Problem::new(&Fault::PinNeeded, "PIN-NONE"),
        VaultError::NeedsKeyStore => problems::of_secret(&SecretError::Absent),
        VaultError::File(error) => problems::of_file(error),
        VaultError::Seal(_) | VaultError::NothingToSealWith => {
            Problem::new(&Fault::Store(format!("{error}.")), "KEYS-SEAL")
        }
        VaultError::Missing | VaultError::Unreadable | VaultError::OtherSecret => {
            tracing::warn!(%error, "the vault could not be opened");
            lost()
        }
    }
}

fn of_key_file(error: &KeyFileError) -> Problem {
    tracing::warn!(%error, "the kept key could not be opened");
    match error {
        KeyFileError::File(error) => problems::of_file(error),
        _ => lost(),
    }
}

/// Runs what blocks away from the runtime's own threads.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    let stopped = |_| Problem::new(&Fault::Store("The data folder could not be opened.".to_owned()), "DB");
    tokio::task::spawn_blocking(work).await.map_err(stopped)
}
