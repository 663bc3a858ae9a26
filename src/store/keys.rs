//! The keys that everything on this computer is encrypted with, each for one purpose.
//! Where they are kept is the vault's business; here they are only carried, never printed, and overwritten when they
//! are dropped.

use super::sealed::{self, SealError};
use std::fmt::{self, Write as _};
use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

/// What opens a store. The three have nothing in common, so that one that leaks gives the others away as little.
#[derive(Clone, Debug)]
pub struct StoreKeys {
    pub database: DatabaseKey,
    pub recordings: RecordingsKey,
    pub sealing: SealingKey,
}

impl StoreKeys {
    /// Three new keys out of nowhere.
    pub fn random() -> Result<Self, SealError> {
        Ok(Self {
            database: DatabaseKey::new(sealed::random_key()?),
            recordings: RecordingsKey::new(sealed::random_key()?),
            sealing: SealingKey::new(sealed::random_key()?),
        })
    }

    /// All three in a row, for the vault alone.
    pub(super) fn to_bytes(&self) -> Zeroizing<[u8; 96]> {
        let mut bytes = Zeroizing::new([0; 96]);
        let keys = [self.database.bytes(), self.recordings.bytes(), self.sealing.bytes()];
        for (room, key) in bytes.chunks_exact_mut(32).zip(keys) {
            room.copy_from_slice(key);
        }
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (keys, rest) = bytes.as_chunks::<32>();
        match (keys, rest) {
            ([database, recordings, sealing], []) => Some(Self {
                database: DatabaseKey::new(*database),
                recordings: RecordingsKey::new(*recordings),
                sealing: SealingKey::new(*sealing),
            }),
            _ => None,
        }
    }

    /// The key of the recordings, for whoever needs no other.
    pub fn recordings(&self) -> &RecordingsKey {
        &self.recordings
    }
}

/// The 256-bit key of both databases.
#[derive(Clone)]
pub struct DatabaseKey([u8; 32]);

/// The 256-bit key of what lies in files beside the databases.
#[derive(Clone)]
pub struct RecordingsKey([u8; 32]);

/// The 256-bit key of small secrets, such as the API key.
#[derive(Clone)]
pub struct SealingKey([u8; 32]);

impl DatabaseKey {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The raw form skips the slow derivation that is meant for passwords.
    pub(super) fn as_pragma(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(70));
        text.push_str("x'");
        for byte in self.0 {
            write!(text, "{byte:02x}").ok();
        }
        text.push('\'');
        text
    }
}

impl RecordingsKey {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl SealingKey {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// One key is like another in how it goes and how it prints.
macro_rules! keep_secret {
    ($($name:ident),*) => {$(
        impl Drop for $name {
            fn drop(&mut self) {
                self.0.zeroize();
            }
        }

        impl ZeroizeOnDrop for $name {}

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "([redacted])"))
            }
        }
    )*};
}

keep_secret!(DatabaseKey, RecordingsKey, SealingKey);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_never_print_themselves_and_the_database_gets_its_own_raw() {
        let keys = StoreKeys {
            database: DatabaseKey::new([0xab; 32]),
            recordings: RecordingsKey::new([0xab; 32]),
            sealing: SealingKey::new([0xab; 32]),
        };
        let printed = format!("{keys:?}");
        assert!(printed.contains("DatabaseKey([redacted])") && printed.contains("RecordingsKey([redacted])"));
        assert!(!printed.contains("171") && !printed.to_lowercase().contains("abab"));
        assert_eq!(keys.database.as_pragma().as_str(), format!("x'{}'", "ab".repeat(32)));
    }
}
