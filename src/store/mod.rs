//! What was seen stays on this computer: the rebuildable cache, the precious local data, the recordings and the
//! sealed key. Every call blocks, so the backend makes them from one thread of its own.
//! Nothing here knows the network, the window or the clock; moments arrive as arguments.

mod audit;
mod cache_tables;
mod connection;
mod consultations;
mod database;
mod derive;
mod devices;
mod error;
pub mod files;
#[cfg(test)]
mod fixture;
mod heal;
mod holdings;
mod key_file;
mod keys;
pub mod live;
mod marks;
mod migrations;
mod notes;
mod organization;
mod part;
mod private;
mod recordings;
mod removal;
mod retention;
mod salvage;
#[cfg(test)]
mod samples;
mod sealed;
mod sealed_file;
mod search;
pub mod settings;
mod sync_tables;
mod tries;
mod vault;
mod vault_file;
mod wipe;
mod wiping;

pub use audit::{Checked, Deed};
pub use database::Store;
pub use devices::SyncState;
pub use error::{DatabaseFile, OpenNote, StoreError};
pub use files::{FileError, Target, copy_atomically, fill_atomically, write_atomically, write_privately};
pub use holdings::Holdings;
pub use key_file::{KeyFileError, SealedKeyFile, StoredKey};
pub use keys::{DatabaseKey, RecordingsKey, SealingKey, StoreKeys};
pub use notes::{FetchedNotes, HeldNotes, StoredNotes};
pub use part::{Notebook, Part, Sidecar};
pub use recordings::{PartPaths, RecordingFile, Recordings};
pub use removal::{Removal, RemovalError};
pub use retention::{Expired, LetGo};
pub use sealed::{SealError, open, random_key, seal};
pub use sealed_file::SealedReader;
pub use search::{BITE, Interrupt, Scope, SearchReader};
pub use settings::{SettingsFile, load_json, save_json};
pub use sync_tables::{Haul, Reach};
pub use vault::{PinCost, Vault, VaultError, VaultHead};
pub use wipe::{erase_everything, erase_folder, finish_exports, finish_wipe};

/// The result of a call on the [`Store`].
pub type Result<T> = std::result::Result<T, StoreError>;
