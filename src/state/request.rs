//! Work for the outside world as plain data, so that a test can compare it.
//! Nothing here is done by the state itself.

use super::command::TypedPin;
use super::{DocumentFormat, Settings};
use crate::domain::catalog::ViewSpec;
use crate::domain::{ApiKey, AuditAction, ConsultationKey, ListView, Marked, SearchQuery};
use std::sync::Arc;

#[derive(Clone, Debug)]
pub enum Request {
    Session(SessionRequest),
    List(ListRequest),
    Record(RecordRequest),
    Recording(RecordingRequest),
    Player(PlayerRequest),
    Export(ExportRequest),
    Search(SearchRequest),
    Mark(MarkRequest),
    Lock(LockRequest),
    Storage(StorageRequest),
    Support(super::SupportRequest),
    Live(super::LiveRequest),
    Board(super::BoardRequest),
    NexHealth(super::NexHealthRequest),
    Update(super::UpdateRequest),
    /// Note in the log of this desk what was done; about which consultation, if about one.
    Audit(AuditAction, Option<ConsultationKey>),
    SaveSettings(Settings),
    /// Put text on the clipboard. Done by the window, which owns it.
    CopyText(String),
    /// Show a notification of the system, or take it back. Done beside the window, which a click on it raises.
    Notify(super::NotifyRequest),
}

#[derive(Clone, Debug)]
pub enum SessionRequest {
    /// Look for a kept key and go on with it. Answered by `SessionEvent`.
    Restore,
    SignIn(ApiKey),
    /// Give up signing in; nothing follows.
    Cancel,
    StartSampleData,
    /// Wipe key and store.
    SignOut,
}

#[derive(Clone, Debug)]
pub enum ListRequest {
    /// Compute a view; an answer to an older `sequence` is dropped.
    View { sequence: u64, spec: ViewSpec },
    /// Free a view that is no longer shown, away from the window's thread.
    Retire(Arc<ListView>),
    /// Ask NxVET for what is new.
    Refresh,
    /// Load the next stretch of older consultations.
    LookFurtherBack,
    /// Give up the loading under way; what arrived stays. `Progress` follows.
    Stop,
    /// How often to ask by itself depends on the focus.
    Focused(bool),
    /// Let the reading of older consultations rest, or go on.
    PauseBackfill(bool),
}

#[derive(Clone, Debug, PartialEq)]
pub enum RecordRequest {
    /// Show what is stored, then what NxVET says.
    Open(ConsultationKey),
    Reload(ConsultationKey),
    /// Nobody looks at it any more; stop asking again for its pending notes.
    Close(ConsultationKey),
}

#[derive(Clone, Debug, PartialEq)]
pub enum RecordingRequest {
    /// Is it on this computer already?
    Look(ConsultationKey),
    Download(ConsultationKey),
    Cancel(ConsultationKey),
}

#[derive(Clone, Debug, PartialEq)]
pub enum PlayerRequest {
    /// Open a recording, stored or still arriving; later player events carry the token. One that is not
    /// stored was asked for with `RecordingRequest::Download` just before.
    Load {
        token: u64,
        key: ConsultationKey,
        position_ms: u64,
    },
    Play,
    Pause,
    SeekTo(u64),
    /// From where it sounds now, which the player knows better than the last position it told.
    SeekBy(i64),
    Volume(f32),
    /// 0.5 to 3 with the pitch kept.
    Speed(f32),
    SkipSilence(bool),
    Boost(bool),
    /// Play the stretch between two places (milliseconds) over and over.
    Loop(Option<(u64, u64)>),
    /// The device's id; `None` follows the system.
    Output(Option<String>),
    /// Answered by `PlayerEvent::Outputs`.
    ListOutputs,
    Stop,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ExportRequest {
    /// Asks where to, then writes the server's bytes.
    Recording {
        export: u64,
        key: ConsultationKey,
        file_name: String,
    },
    /// Asks where to, then writes that stretch of the recording.
    Clip {
        export: u64,
        key: ConsultationKey,
        file_name: String,
        from_ms: u64,
        to_ms: u64,
    },
    Document {
        export: u64,
        key: ConsultationKey,
        file_name: String,
        format: DocumentFormat,
    },
    /// Hands it to the system's printing. Answered by `ExportEvent::Printed`, `Cancelled` or `Failed`.
    Print {
        export: u64,
        key: ConsultationKey,
        has_transcript: bool,
    },
    Cancel(u64),
}

#[derive(Clone, Debug, PartialEq)]
pub enum SearchRequest {
    /// Answered by `SearchEvent` with the same sequence; a later question makes this one pointless.
    Find { sequence: u64, query: SearchQuery, most: usize },
    /// Free an answer that is no longer shown, away from the window's thread.
    Retire(std::sync::Arc<crate::domain::SearchResults>),
}

#[derive(Clone, Debug, PartialEq)]
pub enum MarkRequest {
    /// Answered by `MarkEvent::All`.
    Load,
    /// `before` is what comes back with `MarkEvent::NotSaved`.
    Save { marked: Marked, before: Marked },
}

#[derive(Clone, Debug)]
pub enum LockRequest {
    /// Let go of key, store and everything read. Answered by `LockEvent::Locked`.
    Lock,
    /// Answered by `SessionEvent::Restored` or `LockEvent::Refused`.
    Unlock(Option<TypedPin>),
    /// Answered by `LockEvent::PinChanged` or `LockEvent::Refused`.
    SetPin {
        old: Option<TypedPin>,
        new: TypedPin,
    },
    RemovePin(TypedPin),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageRequest {
    /// Answered by `StorageEvent::Measured`.
    Measure,
    /// Answered by `SessionEvent::SignedOut` and `StorageEvent::Removed`.
    RemoveEverything,
    /// Answered by `StorageEvent::Diagnostics`.
    Diagnostics,
    /// The log below a number, newest first. Answered by `StorageEvent::Audit`.
    Audit { below: Option<u64>, most: usize },
    /// Asks where to, then writes the whole log as CSV. Export events follow.
    ExportAudit { export: u64 },
}
