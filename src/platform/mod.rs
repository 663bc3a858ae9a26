//! Everything that differs between Windows, macOS and Linux, and the only place that asks which one it is.
//! Knows nothing of the clinic: a path, a title and 32 secret bytes are all it handles.

pub mod clipboard;
pub mod core_dumps;
pub mod dialogs;
pub mod dirs;
pub mod facts;
pub mod footprint;
pub mod leftovers;
pub mod line;
pub mod lock;
pub mod media_keys;
pub mod message_box;
pub mod open;
pub mod raise;
pub mod secret_file;
pub mod secrets;
pub mod session_watch;
#[cfg(target_os = "linux")]
mod sleep_delay;

pub use clipboard::OurCopies;
pub use dialogs::{Dialogs, SaveDialog};
pub use dirs::{FolderError, Folders};
pub use line::Line;
pub use lock::{LockError, ProfileLock};
pub use message_box::show_last_words;
pub use open::{OpenError, open_url, reveal};
pub use raise::{RaiseListener, raise_first};
pub use secrets::{SecretError, SecretStore};
pub use session_watch::{Buses, SessionWatch};
