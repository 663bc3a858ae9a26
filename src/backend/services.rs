//! What the background works with, put together once by `main` or a test.

use crate::audio::OutputKind;
use crate::clock::Clock;
use crate::domain::ApiKey;
use crate::nxvet::{RetryPolicy, ServerUrl};
use crate::platform::dialogs::Dialogs;
use crate::platform::dirs::Folders;
use crate::platform::secrets::SecretStore;
use std::sync::Arc;
use std::time::Duration;

pub struct Services {
    pub folders: Folders,
    pub server: ServerUrl,
    pub secrets: SecretStore,
    pub dialogs: Dialogs,
    pub clock: Clock,
    pub retry: RetryPolicy,
    /// Longest wait for the server to take a connection.
    pub connect_timeout: Duration,
    /// Longest silence of the server in the middle of an answer.
    pub idle_timeout: Duration,
    pub output: OutputKind,
    /// How often NxVET is asked by itself while the window has the focus.
    pub poll_every: Duration,
    /// How soon after the computer's sleep the desk notices that time has passed.
    pub wake_check: Duration,
    pub sample: Option<Arc<dyn SampleData>>,
    /// Open the sample clinic at once.
    pub start_with_sample: bool,
}

/// Starts the sample clinic's server; the product knows it only by address and key.
pub trait SampleData: Send + Sync {
    /// Blocks until it listens.
    fn start(&self) -> Result<SampleServer, String>;
}

pub struct SampleServer {
    pub server: ServerUrl,
    pub key: ApiKey,
}
