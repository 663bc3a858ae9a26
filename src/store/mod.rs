//! What was seen stays on this computer: the rebuildable cache, the precious local data, the recordings and the
//! sealed key. Every call blocks, so the backend makes them from one thread of its own.
//! Nothing here knows the network, the window or the clock; moments arrive as arguments.

mod cache_tables;
mod connection;
mod consultations;
mod database;
mod devices;
mod error;
pub mod files;
mod heal;
mod key_file;
mod migrations;
mod notes;
mod organization;
mod part;
mod private;
mod recordings;
#[cfg(test)]
mod samples;
mod sealed;
pub mod settings;
mod wipe;

pub use connection::DatabaseKey;
pub use database::Store;
pub use devices::SyncState;
pub use error::{DatabaseFile, OpenNote, StoreError};
pub use files::{FileError, copy_atomically, fill_atomically, write_atomically};
pub use key_file::{KeyFileError, SealedKeyFile, StoredKey};
pub use notes::{HeldNotes, StoredNotes};
pub use part::{Notebook, Part, Sidecar};
pub use recordings::{PartPaths, RecordingFile, Recordings};
pub use sealed::{SealError, open, seal};
pub use settings::{SettingsFile, load_json, save_json};

/// The result of a call on the [`Store`].
pub type Result<T> = std::result::Result<T, StoreError>;
