//! One random 32-byte secret in the system's key store; everything else is sealed with it.
//! Only bytes are handed in, never a text: some key stores cut long texts or choke on line breaks.
//! Calls may wait for a person to unlock a keyring, so they are made away from the window and with a limit.

use keyring::{Entry, Error as KeyringError};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use zeroize::Zeroizing;

const SERVICE: &str = "Consult Desk";
const USER: &str = "vault-key";
/// How long a person may take to answer the keyring's question before the desk offers another way.
pub const USUAL_LIMIT: Duration = Duration::from_secs(10);

/// Where the secret lives.
#[derive(Clone, Debug, Default)]
pub enum SecretStore {
    /// The key store of the system: Credential Manager, Keychain or Secret Service.
    #[default]
    Os,
    /// For tests and for the sample clinic; gone with the process.
    Memory(MemoryStore),
    /// As if the system had none.
    None,
}

/// The secret of [`SecretStore::Memory`]; clones share it.
pub type MemoryStore = Arc<Mutex<Option<[u8; 32]>>>;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    #[error("This computer has no key store that is running")]
    Absent,
    #[error("The key store of this computer is locked")]
    Locked,
    #[error("The key store of this computer refused: {0}")]
    Refused(String),
    #[error("The key store of this computer does not answer")]
    Slow,
}

impl SecretStore {
    pub fn in_memory() -> Self {
        Self::Memory(MemoryStore::default())
    }

    /// The secret; with `create`, a new one when there is none. Blocks, perhaps until a person answers.
    ///
    /// `Ok(None)` does not prove that none was ever stored: a keyring that was never unlocked answers the same.
    /// So whoever holds something sealed asks with `create`: a closed keyring then says that it is locked, and a
    /// lost secret shows as a new one that does not open what was sealed.
    pub fn vault_key(&self, create: bool) -> Result<Option<[u8; 32]>, SecretError> {
        match self {
            Self::Os => os_key(create),
            Self::Memory(held) => memory_key(held, create),
            Self::None => Err(SecretError::Absent),
        }
    }

    /// The same on a thread of its own, given up after `limit`. The thread ends when the key store answers.
    pub fn vault_key_within(&self, create: bool, limit: Duration) -> Result<Option<[u8; 32]>, SecretError> {
        let store = self.clone();
        within(limit, move || store.vault_key(create))
    }

    /// Forgets the secret; nothing sealed with it can be opened again.
    pub fn delete(&self) -> Result<(), SecretError> {
        match self {
            Self::Os => match entry().and_then(|entry| entry.delete_credential()) {
                Ok(()) | Err(KeyringError::NoEntry) => Ok(()),
                Err(error) => Err(sort(&error)),
            },
            Self::Memory(held) => {
                *held.lock().unwrap_or_else(PoisonError::into_inner) = None;
                Ok(())
            }
            Self::None => Err(SecretError::Absent),
        }
    }

    pub fn delete_within(&self, limit: Duration) -> Result<(), SecretError> {
        let store = self.clone();
        within(limit, move || store.delete())
    }

    /// One line for the doctor; it asks without storing anything.
    pub fn doctor_words(&self, limit: Duration) -> String {
        match self.vault_key_within(false, limit) {
            Ok(Some(_)) => "key store: works, the secret of this desk is there".to_owned(),
            Ok(None) => "key store: answers, holds no secret of this desk (or was never unlocked)".to_owned(),
            Err(SecretError::Absent) => "key store: none is running; keys last for one run only".to_owned(),
            Err(SecretError::Locked) => "key store: locked; unlock it or enter the key for this run".to_owned(),
            Err(SecretError::Slow) => format!("key store: no answer within {} s", limit.as_secs()),
            Err(SecretError::Refused(words)) => format!("key store: refused, {words}"),
        }
    }
}

fn within<T: Send + 'static>(
    limit: Duration,
    ask: impl FnOnce() -> Result<T, SecretError> + Send + 'static,
) -> Result<T, SecretError> {
    let (answer, wait) = sync_channel(1);
    let ask_and_tell = move || {
        answer.send(ask()).ok();
    };
    let started = std::thread::Builder::new().name("key-store".to_owned()).spawn(ask_and_tell);
    started.map_err(|error| SecretError::Refused(error.kind().to_string()))?;
    match wait.recv_timeout(limit) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => Err(SecretError::Slow),
        Err(RecvTimeoutError::Disconnected) => Err(SecretError::Refused("it failed without an answer".to_owned())),
    }
}

fn entry() -> Result<Entry, KeyringError> {
    Entry::new(SERVICE, USER)
}

fn os_key(create: bool) -> Result<Option<[u8; 32]>, SecretError> {
    let entry = entry().map_err(|error| sort(&error))?;
    match entry.get_secret().map(Zeroizing::new) {
        Ok(bytes) => match <[u8; 32]>::try_from(bytes.as_slice()) {
            Ok(secret) => Ok(Some(secret)),
            // Somebody else's entry under our name is of no use to us; it is replaced only when asked to.
            Err(_) if create => store_new(&entry).map(Some),
            Err(_) => Ok(None),
        },
        Err(KeyringError::NoEntry) if create => store_new(&entry).map(Some),
        Err(KeyringError::NoEntry) => Ok(None),
        Err(error) => Err(sort(&error)),
    }
}

/// Stores a new secret and reads it back: a key store that forgets is found out now and not tomorrow.
fn store_new(entry: &Entry) -> Result<[u8; 32], SecretError> {
    let secret = random_secret()?;
    entry.set_secret(&secret).map_err(|error| sort(&error))?;
    let stored = entry.get_secret().map(Zeroizing::new).map_err(|error| sort(&error))?;
    if stored.as_slice() == secret {
        Ok(secret)
    } else {
        Err(SecretError::Refused("it did not keep the secret".to_owned()))
    }
}

fn memory_key(held: &MemoryStore, create: bool) -> Result<Option<[u8; 32]>, SecretError> {
    let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
    if held.is_none() && create {
        *held = Some(random_secret()?);
    }
    Ok(*held)
}

fn random_secret() -> Result<[u8; 32], SecretError> {
    use chacha20poly1305::aead::Generate as _;
    let key = chacha20poly1305::Key::try_generate();
    key.map(Into::into).map_err(|_| SecretError::Refused("the system gave no random numbers".to_owned()))
}

/// The key store's own words are kept short of anything it might quote: only their kind is passed on.
fn sort(error: &KeyringError) -> SecretError {
    match error {
        KeyringError::NoDefaultStore => SecretError::Absent,
        KeyringError::NoStorageAccess(_) => SecretError::Locked,
        KeyringError::PlatformFailure(_) => SecretError::Refused("it reported a failure".to_owned()),
        KeyringError::Ambiguous(_) => SecretError::Refused("it holds several secrets of this name".to_owned()),
        KeyringError::TooLong(..) => SecretError::Refused("it does not take 32 bytes".to_owned()),
        _ => SecretError::Refused("it cannot be used".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_made_once_and_kept() {
        let store = SecretStore::in_memory();
        assert_eq!(store.vault_key(false), Ok(None));
        let first = store.vault_key(true).expect("made").expect("there");
        assert_ne!(first, [0; 32]);
        assert_eq!(store.clone().vault_key_within(false, USUAL_LIMIT), Ok(Some(first)));
        store.delete().expect("deleted");
        assert_ne!(store.vault_key(true), Ok(Some(first)));
    }

    #[test]
    fn no_key_store_is_an_answer() {
        assert_eq!(SecretStore::None.vault_key(true), Err(SecretError::Absent));
        assert!(SecretStore::None.doctor_words(USUAL_LIMIT).contains("none is running"));
    }

    #[test]
    fn a_key_store_that_hangs_is_given_up() {
        let held = MemoryStore::default();
        let store = SecretStore::Memory(Arc::clone(&held));
        let hanging = held.lock().expect("locked");
        assert_eq!(store.vault_key_within(true, Duration::from_millis(5)), Err(SecretError::Slow));
        drop(hanging);
        assert!(store.vault_key_within(true, USUAL_LIMIT).is_ok());
    }
}
