//! Everything that differs between Windows, macOS and Linux, and the only place that asks which one it is.
//! Knows nothing of the clinic: a path, a title and 32 secret bytes are all it handles.

pub mod again;
pub mod clipboard;
pub mod console;
pub mod core_dumps;
pub mod dialogs;
pub mod dirs;
pub mod drivers;
pub mod facts;
pub mod footprint;
pub mod leftovers;
pub mod line;
pub mod lock;
pub mod look;
pub mod media_keys;
pub mod message_box;
pub mod notify;
pub mod open;
pub mod print;
pub mod progress;
pub mod raise;
pub mod secret_file;
pub mod secrets;
pub mod session_watch;
#[cfg(target_os = "linux")]
mod sleep_delay;

pub use again::start_again;
pub use clipboard::OurCopies;
pub use dialogs::{Dialogs, SaveDialog};
pub use dirs::{FolderError, Folders};
pub use line::Line;
pub use lock::{LockError, ProfileLock};
pub use message_box::{ask, show_last_words};
pub use notify::Notifier;
pub use open::{OpenError, open_url, reveal};
pub use print::Printed;
pub use raise::{RaiseListener, SecondStart, raise_first};
pub use secrets::{SecretError, SecretStore};
pub use session_watch::{Buses, SessionWatch};
