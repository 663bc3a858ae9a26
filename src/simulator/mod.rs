//! The vendor, pretended: a real HTTP server on loopback that answers as the vendor's documents say.
//!
//! It imports nothing of the product and is a separate reading of the same documents,
//! so that a misreading on one side cannot hide behind the same misreading on the other.
//! It is how staff are trained (`--demo`) and what the tests talk to.

mod assets;
mod clinic;
mod conversing;
mod dialogue;
mod faults;
mod folder;
mod generated;
mod gzip;
mod handle;
mod hooks;
mod journal;
mod layers;
mod listing;
mod live;
mod nexhealth;
mod query;
mod range;
mod record;
mod reply;
mod routes;
mod server;
mod shared;
mod sound;
mod wire;
mod world;

#[cfg(test)]
mod tests;

use std::{io, path::PathBuf, sync::Arc, thread, time::Duration};

use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use conversing::Started;
pub use faults::{Fault, Faults, Route};
pub use handle::SimulatorHandle;
pub use hooks::{
    Delivered, Forgery, Habits, Header, HookState, HooksHandle, NewHook, Order, PartnerLine, Reencoding, Scheme,
};
pub use journal::{LoggedRequest, Requests};
pub use nexhealth::{
    AppointmentState, EndpointState, NewAppointment, NexHealthHandle, PlantedDay, PracticeZone,
    Setup as NexHealthSetup, Trap,
};
pub use world::NewRecord;

/// Whose manner of answering is taken on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Personality {
    /// As the quickstart prints it.
    Docs,
    /// As scripts found it in use.
    Production,
}

/// Where the records come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// The embedded sample clinic.
    Demo,
    /// As many as wanted, composed from a seed.
    Generated {
        /// How many.
        records: usize,
        /// The same seed gives the same clinic.
        seed: u64,
    },
    /// A folder with one subfolder a consultation.
    Folder(PathBuf),
}

/// How to run.
#[derive(Clone, Debug)]
pub struct Config {
    /// 0 takes a free one.
    pub port: u16,
    /// Whose manner of answering is taken on.
    pub personality: Personality,
    /// Where the records come from.
    pub source: Source,
    /// The key that opens it; none makes one up in the personality's form.
    pub key: Option<String>,
    /// How long each request waits.
    pub latency: Duration,
    /// A throttle for recordings.
    pub audio_bytes_per_second: Option<u64>,
    /// Whether recordings can be asked for in parts.
    pub range: bool,
    /// What the clinic's clock says at the start.
    pub now: DateTime<Utc>,
    /// The clinic's zone, east of Greenwich.
    pub utc_offset_minutes: i32,
    /// Whether records arrive and fill in by themselves.
    pub lead_live: bool,
    /// How its webhooks are sent.
    pub hooks: Habits,
    /// NexHealth as well, at an address of its own.
    pub nexhealth: Option<NexHealthSetup>,
    /// Whether commands are taken from outside: `POST /__sim/…`, without a key.
    pub control: bool,
}

impl Config {
    /// No delay, no throttle, ranges, nothing by itself.
    pub fn new(personality: Personality, source: Source, now: DateTime<Utc>) -> Self {
        Self {
            port: 0,
            personality,
            source,
            key: None,
            latency: Duration::ZERO,
            audio_bytes_per_second: None,
            range: true,
            now,
            utc_offset_minutes: 0,
            lead_live: false,
            hooks: Habits::default(),
            nexhealth: None,
            control: false,
        }
    }
}

/// Why it did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port is taken, or there is no loopback.
    #[error("the simulator cannot listen on this port")]
    Listen {
        /// The system's reason.
        source: io::Error,
    },
    /// No thread or no runtime.
    #[error("the simulator has no thread to run on")]
    Thread {
        /// The system's reason.
        source: io::Error,
    },
    /// The folder of consultations cannot be read.
    #[error("the folder of consultations cannot be read")]
    Folder {
        /// The system's reason.
        source: io::Error,
    },
    /// The embedded clinic is damaged.
    #[error("the sample clinic cannot be read")]
    SampleClinic(#[source] serde_json::Error),
}

/// Starts servers.
pub struct Simulator;

impl Simulator {
    /// Runs on the caller's tokio runtime, which needs time and network enabled.
    pub async fn start(config: Config) -> Result<SimulatorHandle, StartError> {
        let mut world = match &config.source {
            Source::Demo => clinic::world(config.now, config.utc_offset_minutes)?,
            Source::Generated { records, seed } => generated::world(*records, *seed, config.now),
            Source::Folder(path) => folder::world(path, config.now)?,
        };
        if config.personality == Personality::Docs {
            world.use_documented_types();
        }
        let cannot_listen = |source| StartError::Listen { source };
        let listener = TcpListener::bind(("127.0.0.1", config.port)).await.map_err(cannot_listen)?;
        let port = listener.local_addr().map_err(cannot_listen)?.port();
        let key = config.key.clone().unwrap_or_else(|| made_up_key(config.personality));
        let base_url = format!("http://127.0.0.1:{port}");
        let shared = Arc::new(shared::Shared::new(&config, world, key, &base_url));
        let stop = CancellationToken::new();
        if let (Some(setup), Some(nexhealth)) = (&config.nexhealth, &shared.nexhealth) {
            let listener = TcpListener::bind(("127.0.0.1", setup.port)).await.map_err(cannot_listen)?;
            nexhealth.listens_on(listener.local_addr().map_err(cannot_listen)?.port());
            tokio::spawn(server::serve(listener, Arc::clone(&shared), server::Front::NexHealth, stop.clone()));
        }
        tokio::spawn(server::serve(listener, Arc::clone(&shared), server::Front::NxVet, stop.clone()));
        tokio::spawn(hooks::run(Arc::clone(&shared), stop.clone()));
        if config.lead_live {
            tokio::spawn(live::lead(Arc::clone(&shared), stop.clone()));
        }
        Ok(SimulatorHandle::new(shared, port, stop))
    }

    /// Runs on a thread and runtime of its own, which end with the last handle.
    pub fn start_blocking(config: Config) -> Result<SimulatorHandle, StartError> {
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        let run = move || {
            let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(source) => return drop(sender.send(Err(StartError::Thread { source }))),
            };
            runtime.block_on(async {
                let started = Self::start(config).await;
                let stop = started.as_ref().ok().map(SimulatorHandle::stop_token);
                // Nobody waits any more if this fails, and the dropped handle then ends the run.
                drop(sender.send(started));
                if let Some(stop) = stop {
                    stop.cancelled().await;
                }
            });
            // A recording may still be in the making; nobody wants it now.
            runtime.shutdown_background();
        };
        let named = thread::Builder::new().name("simulator".to_owned());
        named.spawn(run).map_err(|source| StartError::Thread { source })?;
        let gone = |_| StartError::Thread { source: io::ErrorKind::BrokenPipe.into() };
        receiver.recv().map_err(gone)?
    }
}

/// A key in the form each personality hands out. It opens nothing but this simulator.
fn made_up_key(personality: Personality) -> String {
    let mut random = fastrand::Rng::new();
    let mut letters = |count: usize| -> String { (0..count).map(|_| random.alphanumeric()).collect() };
    match personality {
        Personality::Docs => format!("eyJhbGciOiJSUzI1NiJ9.{}.{}", letters(96), letters(86)),
        Personality::Production => format!("nxvet_sk_{}", letters(40)),
    }
}
