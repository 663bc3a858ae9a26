//! Everything a person can wish for, with its payload, nested by feature.
//! A command says what is wanted, never how; `State::handle` decides what it means now.

use super::ScanDirection;
use crate::domain::{
    ConsultationKey, GroupBy, Mark, MarkFilter, PatientId, Period, RecordKind, SearchPlace, SoapPart, VetId,
};
use std::fmt;

#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    Session(SessionCommand),
    List(ListCommand),
    Record(RecordCommand),
    Find(FindCommand),
    Player(PlayerCommand),
    Export(ExportCommand),
    Search(SearchCommand),
    Mark(MarkCommand),
    Lock(LockCommand),
    Storage(StorageCommand),
    Support(super::SupportCommand),
    Link(super::LinkCommand),
    Live(super::LiveCommand),
    Board(super::BoardCommand),
    Update(super::UpdateCommand),
    Settings(SettingsCommand),
    Window(WindowCommand),
    /// Time went by; sent once a frame so that notices fade and counters count.
    TimePassed,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SessionCommand {
    /// Check the pasted text as a key and sign in with it.
    SignIn(PastedKey),
    /// Give up the check of a key under way.
    CancelSignIn,
    /// Open the sample clinic.
    TrySampleData,
    /// Leave the waiting for the system's key store and show the key field.
    EnterKeyInstead,
    /// Ask whether to sign out.
    AskToSignOut,
    /// Forget the key and everything stored for the clinic.
    SignOut,
    /// Show the key field again while what is open stays.
    EnterNewKey,
}

/// What was typed into the key field; never printed.
#[derive(Clone, PartialEq)]
pub struct PastedKey(pub String);

impl fmt::Debug for PastedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PastedKey([redacted])")
    }
}

impl Drop for PastedKey {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum ListCommand {
    Select(ConsultationKey),
    /// Move the selection by rows; negative is up.
    Move(i32),
    SelectFirst,
    SelectLast,
    FilterRoom(Option<String>),
    FilterPatient(Option<PatientId>),
    FilterVet(Option<VetId>),
    FilterKind(Option<RecordKind>),
    FilterPeriod(Period),
    FilterMark(Option<MarkFilter>),
    FilterText(String),
    ClearFilters,
    GroupBy(GroupBy),
    LookFurtherBack,
    Refresh,
    /// Give up the loading under way, waiting for another try included.
    StopLoading,
    /// Let the reading of older consultations in the background rest.
    PauseBackfill,
    ResumeBackfill,
}

#[derive(Clone, Debug, PartialEq)]
pub enum RecordCommand {
    /// Ask NxVET again for the open consultation.
    Reload,
    CopySection(usize),
    CopyPart(SoapPart),
    CopyNote,
    CopyTranscript,
    /// Which of the two notes shows when the window is narrow.
    ShowPane(Pane),
    /// Close the open consultation.
    Close,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pane {
    #[default]
    Transcript,
    Soap,
}

#[derive(Clone, Debug, PartialEq)]
pub enum FindCommand {
    Open,
    Close,
    Text(String),
    Next,
    Previous,
}

/// Searching everything that is stored.
#[derive(Clone, Debug, PartialEq)]
pub enum SearchCommand {
    /// Show the search screen with the keyboard in its field.
    Show,
    Text(String),
    Room(Option<String>),
    Patient(Option<PatientId>),
    Vet(Option<VetId>),
    Period(Period),
    Place(Option<SearchPlace>),
    Speaker(Option<String>),
    ClearFilters,
    /// List more hits.
    More,
    /// Move the selection by hits; negative is up.
    Move(i32),
    /// Open a hit's consultation at its line.
    Open(usize),
}

/// What staff note on this computer.
#[derive(Clone, Debug, PartialEq)]
pub enum MarkCommand {
    /// Set or take away the mark of the selected consultation.
    Toggle(Mark),
    /// Write the remark of the selected consultation.
    EditRemark,
    /// The remark of a consultation is now this; an empty one removes it.
    Remark(ConsultationKey, String),
    /// Close the remark without keeping what was typed.
    CancelRemark,
    /// Take back the last change of a mark or remark.
    Undo,
    /// Take back one change, as its toast offers.
    UndoOne(u64),
}

#[derive(Clone, Debug, PartialEq)]
pub enum LockCommand {
    Lock,
    /// A PIN where one is set; `None` asks the system's key store.
    Unlock(Option<TypedPin>),
    /// `old` is needed where a PIN is set already.
    SetPin {
        old: Option<TypedPin>,
        new: TypedPin,
    },
    RemovePin(TypedPin),
    /// Somebody touched the keyboard or the mouse.
    Active,
}

/// What was typed into a PIN field; never printed.
#[derive(Clone, PartialEq)]
pub struct TypedPin(pub String);

impl fmt::Debug for TypedPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedPin([redacted])")
    }
}

impl Drop for TypedPin {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

/// What lies on this computer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageCommand {
    /// Look again how much it is.
    Measure,
    AskToRemoveEverything,
    /// Remove key, records, recordings and marks from this computer.
    RemoveEverything,
    /// Put facts for support on the clipboard: no content, no secrets.
    CopyDiagnostics,
    ShowAudit,
    MoreAudit,
    ExportAudit,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PlayerCommand {
    /// Play the open consultation, or pause and go on with what sounds.
    Toggle,
    /// Play or go on, never pause.
    Play,
    /// Play the open consultation from there, in milliseconds; a loaded one is only sought.
    PlayFrom(u64),
    /// Milliseconds from the start.
    SeekTo(u64),
    /// Milliseconds, negative is back.
    SeekBy(i64),
    /// Run through the recording until `EndScan`.
    Scan(ScanDirection),
    EndScan,
    /// Choose the stretch between two places, in either order.
    Select {
        from_ms: u64,
        to_ms: u64,
    },
    /// Let the selection begin at the playhead.
    SelectFromHere,
    /// Let the selection end at the playhead.
    SelectToHere,
    ClearSelection,
    /// Play the selection over and over, or not any more.
    ToggleLoop,
    /// 0 is silent, 1 is full.
    Volume(f32),
    ToggleMute,
    /// 0.5 to 3; the voices keep their pitch.
    Speed(f32),
    Slower,
    Faster,
    ToggleSkipSilence,
    /// Lift faint voices, or not any more.
    ToggleBoost,
    /// Fetch the recording without playing it.
    Download,
    CancelDownload,
    /// Pause what sounds, whichever consultation is open; its place is kept.
    Pause,
    /// Let go of the recording in the player.
    Stop,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportCommand {
    Recording,
    /// The selected stretch of the recording.
    Clip,
    Document(DocumentFormat),
    /// By the system's printing.
    Print {
        has_transcript: bool,
    },
    Cancel(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DocumentFormat {
    Text,
    Markdown,
    Pdf,
}

impl DocumentFormat {
    pub fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Markdown => "md",
            Self::Pdf => "pdf",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum SettingsCommand {
    Appearance(super::Appearance),
    Clock(super::ClockChoice),
    Dates(super::DateChoice),
    /// In percent, 80 to 250.
    Zoom(u16),
    ZoomIn,
    ZoomOut,
    ZoomReset,
    /// Share of the width that the transcript takes, 0.2 to 0.8.
    NotesSplit(f32),
    /// Points.
    ListWidth(f32),
    /// Milliseconds that Play goes back after a pause, 0 to 5,000.
    BackStep(u16),
    /// Where the sound comes out; `None` is wherever the system says.
    Output(Option<super::SoundOutput>),
    /// Days that recordings stay on this computer.
    AudioDays(u16),
    /// Days that notes and transcripts stay on this computer.
    TextDays(u16),
    /// Days back that are read in the background.
    HorizonDays(u16),
    /// Seconds between looks for new consultations.
    PollSeconds(u16),
    /// The background reading rests on metered and slow connections.
    SparesTheLine(bool),
    /// A notification of the system says when a note is ready.
    Notifies(bool),
    /// Minutes without a touch until the desk locks; `None` is never.
    LockMinutes(Option<u16>),
    /// Listen for what NxVET and NexHealth send.
    Receives(bool),
    ReceiverPort(u16),
    /// Other computers of the network may reach the receiver.
    ReceiverForOthers(bool),
    /// The public name that leads to the receiver; empty while there is none.
    PublicAddress(String),
    /// The certificate and key with which the receiver itself speaks https.
    ReceiverTls(Option<super::TlsFiles>),
    /// What this computer does where several share one receiver.
    Share(super::ShareRole),
    /// Where they meet.
    ShareBroker(String),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WindowCommand {
    Go(super::Route),
    Show(super::Dialog),
    CloseDialog,
    DismissNotice(u64),
    /// The window gained or lost the focus; polling slows down without it.
    Focused(bool),
    /// What the window is drawn with, for support.
    DrawnWith(&'static str),
    /// Where the window stands by now.
    Placed(super::WindowPlace),
    /// How the system wishes things to look by now.
    System(super::SystemLook),
}
