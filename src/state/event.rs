//! Something that happened outside. Every answer carries the key of its question, so that a late one
//! cannot land on another consultation's screen.

use super::problem::Problem;
use super::reading::Reading;
use super::settings::SoundOutput;
use super::storage::StorageUse;
use crate::domain::{
    AuditCheck, AuditEntry, Consultation, ConsultationKey, ListView, Marked, Organization, SearchResults, Waveform,
};
use chrono::{DateTime, Utc};
use std::sync::Arc;

#[derive(Clone, Debug)]
pub enum Event {
    Session(SessionEvent),
    List(ListEvent),
    Record(RecordEvent),
    Recording(RecordingEvent),
    Player(PlayerEvent),
    Export(ExportEvent),
    Connection(ConnectionEvent),
    Search(SearchEvent),
    Mark(MarkEvent),
    Lock(LockEvent),
    Storage(StorageEvent),
    Support(super::SupportEvent),
    Live(super::LiveNews),
    Board(super::BoardEvent),
    Update(super::UpdateNews),
    /// A note that was waited for is there.
    NoteReady(super::NoteReady),
    /// Something the person should know once.
    Told(Problem),
}

#[derive(Clone, Debug)]
pub enum SessionEvent {
    /// No key is kept: show the sign-in screen. Last answer to `Restore`.
    NoKey,
    /// The system's key store keeps us waiting. `NoKey`, `SignedIn` or `SignInFailed` follows.
    WaitingForKeyStore,
    /// A key was found; what is stored shows at once. `SignedIn` or `KeyRefused` may follow.
    Restored {
        organization: Organization,
        demo: bool,
    },
    /// NxVET accepted the key. List events follow.
    SignedIn {
        organization: Organization,
        demo: bool,
        kept: Kept,
    },
    /// The key was not taken; the sign-in screen stays. Nothing follows.
    SignInFailed(Problem),
    /// NxVET refused the key in the middle of a session; what is open stays.
    KeyRefused,
    SignedOut,
}

/// Whether the key will be there at the next start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    Yes,
    /// Not remembered, in words that say why.
    No(String),
}

#[derive(Clone, Debug)]
pub enum ListEvent {
    /// Answer to `View`; answers with an older sequence are dropped.
    ViewReady { sequence: u64, view: Arc<ListView> },
    /// How far loading has come. May come many times.
    Progress(Progress),
    /// Loading stopped short; `Progress` says what there is.
    Failed(Problem),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub loading: Loading,
    /// Records loaded; what the total counts.
    pub loaded: usize,
    /// Room conversations loaded beside them.
    pub conversations: usize,
    /// How many NxVET has, when it tells.
    pub total: Option<usize>,
    /// Nothing older is left to load.
    pub is_complete: bool,
    /// Rows that could not be read and were left out.
    pub skipped: usize,
    /// When NxVET last confirmed the newest page.
    pub synced_at: Option<DateTime<Utc>>,
    /// The last look for new ones failed; what it said stays.
    pub has_failed: bool,
    /// Came by themselves since the last event.
    pub arrived: usize,
    /// The reading of older consultations and their notes in the background; `None` when nothing is left to read.
    pub backfill: Option<Backfill>,
}

/// How far the background reading has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backfill {
    /// Consultations whose notes are here.
    pub done: usize,
    /// Consultations within the horizon, as far as they are known.
    pub of: usize,
    /// Consultations a minute, measured over the last ones; 0 until it is known.
    pub per_minute: usize,
    pub pause: Option<BackfillPause>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackfillPause {
    /// Somebody wished it.
    Asked,
    /// The connection is metered or slow, and the settings spare it.
    Line,
    /// NxVET asked to slow down or cannot be reached; it goes on by itself.
    Waiting,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loading {
    #[default]
    Idle,
    Newest,
    Older,
}

#[derive(Clone, Debug)]
pub enum RecordEvent {
    /// Notes arrived, from the store or from NxVET; both may come, in this order.
    Loaded { key: ConsultationKey, reading: Arc<Reading>, source: Source, fetched_at: DateTime<Utc> },
    /// The consultation's own row changed with it.
    Changed(Arc<Consultation>),
    /// NxVET could not be asked; what is shown stays.
    Failed { key: ConsultationKey, problem: Problem },
    /// Notes are pending; the next look is then.
    NextCheck { key: ConsultationKey, at: DateTime<Utc> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Store,
    NxVet,
}

#[derive(Clone, Debug)]
pub enum RecordingEvent {
    /// On this computer, whole. Ends a download.
    Stored {
        key: ConsultationKey,
        bytes: u64,
    },
    /// Not on this computer yet. Answer to `Look`.
    NotStored {
        key: ConsultationKey,
    },
    /// A download goes on; `total` when the server tells. `Stored`, `Cancelled` or `Failed` follows.
    Progress {
        key: ConsultationKey,
        received: u64,
        total: Option<u64>,
    },
    Cancelled {
        key: ConsultationKey,
    },
    Failed {
        key: ConsultationKey,
        problem: Problem,
    },
    /// What it looks like, as far as it is here. May come many times while a download goes on.
    Waveform {
        key: ConsultationKey,
        waveform: Arc<Waveform>,
    },
}

impl RecordingEvent {
    pub fn key(&self) -> &ConsultationKey {
        match self {
            Self::Stored { key, .. }
            | Self::NotStored { key }
            | Self::Progress { key, .. }
            | Self::Cancelled { key }
            | Self::Failed { key, .. }
            | Self::Waveform { key, .. } => key,
        }
    }
}

/// Events of an older token are dropped.
#[derive(Clone, Debug, PartialEq)]
pub enum PlayerEvent {
    /// The beginning is here. `Playing` follows when play was asked for.
    Loaded {
        token: u64,
        duration_ms: u64,
        partial: Option<String>,
    },
    LoadFailed {
        token: u64,
        problem: Problem,
    },
    Playing {
        token: u64,
    },
    /// The sound has run out because the rest has not arrived. `Playing` follows when it has.
    Waiting {
        token: u64,
        position_ms: u64,
    },
    Paused {
        token: u64,
        position_ms: u64,
    },
    /// How long it is turned out otherwise.
    LengthChanged {
        token: u64,
        duration_ms: u64,
    },
    /// About ten times a second while playing.
    Position {
        token: u64,
        position_ms: u64,
    },
    Ended {
        token: u64,
    },
    /// No speakers or headphones. Playing may be tried again.
    NoDevice,
    DeviceLost {
        token: u64,
        position_ms: u64,
    },
    /// What the sound can come out of, and what is in use. Answer to `ListOutputs`.
    Outputs {
        devices: Vec<SoundOutput>,
        current: Option<String>,
    },
}

impl PlayerEvent {
    /// Which load it belongs to; `None` for news of the speakers.
    pub(super) fn token(&self) -> Option<u64> {
        match self {
            Self::Loaded { token, .. }
            | Self::LoadFailed { token, .. }
            | Self::Playing { token }
            | Self::Waiting { token, .. }
            | Self::Paused { token, .. }
            | Self::LengthChanged { token, .. }
            | Self::Position { token, .. }
            | Self::Ended { token }
            | Self::DeviceLost { token, .. } => Some(*token),
            Self::NoDevice | Self::Outputs { .. } => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum ExportEvent {
    /// The place is chosen and writing began. `Saved` or `Failed` follows.
    Started {
        export: u64,
        file_name: String,
    },
    Progress {
        export: u64,
        done: u64,
        total: Option<u64>,
    },
    Saved {
        export: u64,
        file_name: String,
    },
    /// The system has it, or another program shows it for printing.
    Printed {
        export: u64,
        is_shown: bool,
    },
    Cancelled {
        export: u64,
    },
    Failed {
        export: u64,
        problem: Problem,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub enum ConnectionEvent {
    /// A call waits before its next try. `Working`, `Offline` or another `Waiting` follows.
    Waiting { until: DateTime<Utc>, reason: WaitReason },
    /// NxVET answers.
    Working,
    /// NxVET cannot be reached; asked again by itself.
    Offline { problem: Problem },
    /// The server's clock differs from this computer's, in seconds.
    ClockOff(i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitReason {
    SlowDown,
    ServerTrouble,
    NoConnection,
}

#[derive(Clone, Debug)]
pub enum SearchEvent {
    /// Answers to older questions are dropped.
    Found {
        sequence: u64,
        results: Arc<SearchResults>,
    },
    Failed {
        sequence: u64,
        problem: Problem,
    },
    /// More of what is stored can be found now.
    IndexGrew,
}

#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "few of them are under way at once")]
pub enum MarkEvent {
    /// Every mark of the clinic; comes after it was entered.
    All(Vec<Marked>),
    /// What was tried, and shown already, could not be kept; `before` is how it stands.
    NotSaved { tried: Marked, before: Marked, problem: Problem },
}

#[derive(Clone, Debug)]
pub enum LockEvent {
    /// The system locks its screen or goes to sleep.
    SystemLocks,
    /// Everything is let go of. `has_pin` decides what the lock screen asks for.
    Locked { has_pin: bool },
    /// The desk starts locked, or what somebody signs in to is: a PIN is needed before anything can be opened.
    StartsLocked,
    /// Not unlocked, or the PIN not changed. No try is taken before `wait_until`.
    Refused { problem: Problem, wait_until: Option<DateTime<Utc>> },
    /// Whether there is a PIN; also told when a clinic is entered.
    PinChanged { has_pin: bool },
}

#[derive(Clone, Debug)]
pub enum StorageEvent {
    Measured(StorageUse),
    /// Nothing is left on this computer but the program and its settings of look.
    Removed,
    /// Some of it could not be removed; the words say what.
    NotRemoved(Problem),
    /// Facts for support: no content, no secrets.
    Diagnostics(String),
    /// Answer to `Audit`, newest first.
    Audit {
        below: Option<u64>,
        entries: Vec<AuditEntry>,
        check: AuditCheck,
    },
}
