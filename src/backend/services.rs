//! What the background works with, put together once by `main` or a test.

use super::pace::Pacing;
use super::rules::Rules;
use crate::audio::OutputKind;
use crate::clock::Clock;
use crate::domain::ApiKey;
use crate::nexhealth;
use crate::nxvet::{RetryPolicy, ServerUrl};
use crate::platform::dialogs::Dialogs;
use crate::platform::dirs::Folders;
use crate::platform::line::Line;
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
    /// What the settings ask of the background at the start; saved settings change it.
    pub rules: Rules,
    /// Overrules the settings' pause between two looks at NxVET: a test has no minute to wait.
    pub poll_every: Option<Duration>,
    /// How many questions the background has under way at once.
    pub pacing: Pacing,
    /// What the line costs.
    pub line: Line,
    /// How soon after the computer's sleep the desk notices that time has passed.
    pub wake_check: Duration,
    pub sample: Option<Arc<dyn SampleData>>,
    /// Open the sample clinic at once.
    pub start_with_sample: bool,
    pub nexhealth: NexHealthService,
}

/// Where NexHealth is and how it is asked.
#[derive(Clone)]
pub struct NexHealthService {
    pub server: ServerUrl,
    /// How often appointments are asked for where no messages come.
    pub read_every: Duration,
    /// The least time between two questions.
    pub gap: Duration,
    pub retry: RetryPolicy,
}

impl Default for NexHealthService {
    fn default() -> Self {
        Self {
            server: nexhealth::server(),
            read_every: Duration::from_mins(5),
            gap: Duration::from_millis(150),
            retry: RetryPolicy { tries: 3, ..RetryPolicy::default() },
        }
    }
}

impl NexHealthService {
    pub(super) fn client(
        &self,
        key: ApiKey,
        practice: nexhealth::Practice,
        clock: &Clock,
    ) -> Result<nexhealth::Client, nexhealth::Error> {
        let clock = clock.clone();
        let options = nexhealth::ClientOptions {
            retry: self.retry,
            gap: self.gap,
            now: Arc::new(move || clock.now()),
            ..nexhealth::ClientOptions::default()
        };
        nexhealth::Client::new(self.server.clone(), key, practice, options)
    }
}

/// Starts the sample clinic's server; the product knows it only by address and key.
pub trait SampleData: Send + Sync {
    /// Blocks until it listens.
    fn start(&self) -> Result<SampleServer, String>;
}

pub struct SampleServer {
    pub server: ServerUrl,
    pub key: ApiKey,
    /// Its appointment book, where it has one.
    pub book: Option<SampleBook>,
}

/// The pretended NexHealth of the sample clinic.
#[derive(Clone, Debug)]
pub struct SampleBook {
    pub server: ServerUrl,
    pub key: ApiKey,
    pub subdomain: String,
}
