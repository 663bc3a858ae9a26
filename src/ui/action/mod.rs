//! Everything a person can do by key, menu or palette: the only home of these words, icons and shortcuts.
//! Says which command an action means now; it does nothing itself.

mod resolve;
mod shortcuts;

pub use shortcuts::words;

use crate::ui::theme::icons;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    PlayPause,
    Back5,
    Forward5,
    Back1,
    Forward1,
    Mute,
    ScanBack,
    ScanForward,
    Slower,
    Faster,
    NormalSpeed,
    SkipSilence,
    Boost,
    SelectFromHere,
    SelectToHere,
    LoopSelection,
    ClearSelection,
    SelectNext,
    SelectPrevious,
    OpenSelected,
    Close,
    Find,
    Search,
    SearchEverywhere,
    ClearFilters,
    LookFurtherBack,
    Refresh,
    CopySubjective,
    CopyObjective,
    CopyAssessment,
    CopyPlan,
    CopyNote,
    CopyTranscript,
    CopyLink,
    MarkReviewed,
    MarkCopied,
    MarkFollowUp,
    Remark,
    UndoMark,
    ExportRecording,
    ExportClip,
    ExportText,
    ExportMarkdown,
    ExportPdf,
    Print,
    PrintAll,
    Palette,
    Shortcuts,
    ZoomIn,
    ZoomOut,
    ZoomReset,
    Lock,
    ShowConsultations,
    ShowRooms,
    ShowLive,
    ShowSettings,
    SetUpLive,
    AddAddress,
    SendTest,
    ConnectNexHealth,
    AddPartner,
    FollowSystem,
    UseLight,
    UseDark,
    About,
    SignOut,
}

/// The heads of the shortcut sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Section {
    Listen,
    Browse,
    Note,
    Window,
}

impl Section {
    pub const ALL: [Self; 4] = [Self::Listen, Self::Browse, Self::Window, Self::Note];

    pub fn words(self) -> &'static str {
        match self {
            Self::Listen => "Listen",
            Self::Browse => "Browse and find",
            Self::Note => "Copy, mark and export",
            Self::Window => "Window",
        }
    }
}
impl Action {
    pub const ALL: [Self; 66] = [
        Self::SelectNext,
        Self::SelectPrevious,
        Self::OpenSelected,
        Self::Close,
        Self::Find,
        Self::Search,
        Self::SearchEverywhere,
        Self::ClearFilters,
        Self::LookFurtherBack,
        Self::Refresh,
        Self::CopySubjective,
        Self::CopyObjective,
        Self::CopyAssessment,
        Self::CopyPlan,
        Self::CopyNote,
        Self::CopyTranscript,
        Self::CopyLink,
        Self::MarkReviewed,
        Self::MarkCopied,
        Self::MarkFollowUp,
        Self::Remark,
        Self::UndoMark,
        Self::ExportRecording,
        Self::ExportClip,
        Self::ExportText,
        Self::ExportMarkdown,
        Self::ExportPdf,
        Self::Print,
        Self::PrintAll,
        Self::PlayPause,
        Self::Back5,
        Self::Forward5,
        Self::Back1,
        Self::Forward1,
        Self::ScanBack,
        Self::ScanForward,
        Self::Slower,
        Self::Faster,
        Self::NormalSpeed,
        Self::SkipSilence,
        Self::Boost,
        Self::SelectFromHere,
        Self::SelectToHere,
        Self::LoopSelection,
        Self::ClearSelection,
        Self::Mute,
        Self::Palette,
        Self::Shortcuts,
        Self::ZoomIn,
        Self::ZoomOut,
        Self::ZoomReset,
        Self::Lock,
        Self::ShowConsultations,
        Self::ShowRooms,
        Self::ShowLive,
        Self::ShowSettings,
        Self::SetUpLive,
        Self::AddAddress,
        Self::SendTest,
        Self::ConnectNexHealth,
        Self::AddPartner,
        Self::FollowSystem,
        Self::UseLight,
        Self::UseDark,
        Self::About,
        Self::SignOut,
    ];

    /// The words of a menu, the palette and the shortcut sheet.
    pub fn text(self) -> &'static str {
        match self {
            Self::PlayPause => "Play or pause",
            Self::Back5 => "Back 5 seconds",
            Self::Forward5 => "Forward 5 seconds",
            Self::Back1 => "Back 1 second",
            Self::Forward1 => "Forward 1 second",
            Self::Mute => "Sound on or off",
            Self::ScanBack => "Scan back while held",
            Self::ScanForward => "Scan forward while held",
            Self::Slower => "Slower",
            Self::Faster => "Faster",
            Self::NormalSpeed => "Normal speed",
            Self::SkipSilence => "Skip silence",
            Self::Boost => "Boost faint voices",
            Self::SelectFromHere => "Select from here",
            Self::SelectToHere => "Select up to here",
            Self::LoopSelection => "Loop the selection",
            Self::ClearSelection => "Clear the selection",
            Self::SelectNext => "Next consultation",
            Self::SelectPrevious => "Previous consultation",
            Self::OpenSelected => "Open consultation",
            Self::Close => "Close what is open",
            Self::Find => "Find in this consultation",
            Self::Search => "Search the list",
            Self::SearchEverywhere => "Search everything stored",
            Self::MarkReviewed => "Mark reviewed",
            Self::MarkCopied => "Mark copied",
            Self::MarkFollowUp => "Mark for follow up",
            Self::Remark => "Write a remark…",
            Self::UndoMark => "Undo the last mark",
            Self::Lock => "Lock",
            Self::ClearFilters => "Clear filters",
            Self::LookFurtherBack => "Look further back",
            Self::Refresh => "Refresh",
            Self::CopySubjective => "Copy Subjective",
            Self::CopyObjective => "Copy Objective",
            Self::CopyAssessment => "Copy Assessment",
            Self::CopyPlan => "Copy Plan",
            Self::CopyNote => "Copy whole note",
            Self::CopyTranscript => "Copy transcript",
            Self::CopyLink => "Copy link",
            Self::ExportRecording => "Save recording…",
            Self::ExportClip => "Export clip…",
            Self::ExportText => "Save transcript and note as text…",
            Self::ExportMarkdown => "Save transcript and note as Markdown…",
            Self::ExportPdf => "Save transcript and note as PDF…",
            Self::Print => "Print the note…",
            Self::PrintAll => "Print note and transcript…",
            Self::Palette => "All commands",
            Self::Shortcuts => "Keyboard shortcuts",
            Self::ZoomIn => "Larger",
            Self::ZoomOut => "Smaller",
            Self::ZoomReset => "Normal size",
            _ => self.window_text(),
        }
    }

    /// The words of what concerns the window, the rooms and live updates.
    fn window_text(self) -> &'static str {
        match self {
            Self::ShowConsultations => "Consultations",
            Self::ShowSettings => "Settings",
            Self::FollowSystem => "Appearance: as the system",
            Self::UseLight => "Appearance: light",
            Self::UseDark => "Appearance: dark",
            Self::About => "About Consult Desk",
            Self::SignOut => "Sign out…",
            Self::ShowRooms => "Rooms",
            Self::ShowLive => "Live updates",
            Self::SetUpLive => "Set up live updates…",
            Self::AddAddress => "Add address…",
            Self::AddPartner => "Receive as an NxVET partner…",
            Self::SendTest => "Send test",
            Self::ConnectNexHealth => "Connect NexHealth…",
            _ => "",
        }
    }

    pub fn icon(self) -> &'static str {
        match self {
            Self::PlayPause => icons::PLAY,
            Self::Back5 | Self::Back1 => icons::BACK,
            Self::Forward5 | Self::Forward1 => icons::FORWARD,
            Self::Mute => icons::VOLUME_OFF,
            Self::ScanBack => icons::REWIND,
            Self::ScanForward => icons::FAST_FORWARD,
            Self::Slower | Self::Faster | Self::NormalSpeed => icons::SPEED,
            Self::SkipSilence => icons::SKIP,
            Self::Boost => icons::VOLUME,
            Self::SelectFromHere => icons::SELECT_FROM,
            Self::SelectToHere => icons::SELECT_TO,
            Self::LoopSelection => icons::LOOP,
            Self::ExportClip => icons::CLIP,
            Self::SelectNext => icons::CHEVRON_DOWN,
            Self::SelectPrevious => icons::CHEVRON_UP,
            Self::OpenSelected => icons::ARROW_RIGHT,
            Self::Close | Self::ClearSelection => icons::CLOSE,
            Self::Find | Self::Search | Self::SearchEverywhere => icons::SEARCH,
            Self::MarkReviewed => icons::CHECK,
            Self::MarkFollowUp => icons::FLAG,
            Self::Remark => icons::REMARK,
            Self::UndoMark => icons::UNDO,
            Self::Lock => icons::LOCK,
            Self::ClearFilters => icons::FILTER,
            Self::LookFurtherBack => icons::CLOCK,
            Self::Refresh => icons::REFRESH,
            Self::CopySubjective
            | Self::CopyObjective
            | Self::CopyAssessment
            | Self::CopyPlan
            | Self::CopyNote
            | Self::CopyTranscript
            | Self::CopyLink
            | Self::MarkCopied => icons::COPY,
            Self::ExportRecording => icons::RECORDING,
            Self::ExportText | Self::ExportMarkdown | Self::ExportPdf | Self::Print | Self::PrintAll => icons::DOCUMENT,
            Self::Palette => icons::COMMAND,
            Self::Shortcuts => icons::KEYBOARD,
            Self::ZoomIn => icons::ZOOM_IN,
            Self::ZoomOut | Self::ZoomReset => icons::ZOOM_OUT,
            Self::ShowConsultations => icons::LIST,
            Self::ShowRooms => icons::ROOMS,
            Self::ShowLive | Self::SetUpLive => icons::LIVE,
            Self::ShowSettings => icons::SETTINGS,
            Self::AddAddress | Self::AddPartner => icons::WEBHOOK,
            Self::SendTest => icons::SEND,
            Self::ConnectNexHealth => icons::CONNECT,
            Self::FollowSystem => icons::COMPUTER,
            Self::UseLight => icons::SUN,
            Self::UseDark => icons::MOON,
            Self::About => icons::INFO,
            Self::SignOut => icons::SIGN_OUT,
        }
    }

    pub fn section(self) -> Section {
        match self {
            Self::PlayPause
            | Self::Back5
            | Self::Forward5
            | Self::Back1
            | Self::Forward1
            | Self::ScanBack
            | Self::ScanForward
            | Self::Slower
            | Self::Faster
            | Self::NormalSpeed
            | Self::SkipSilence
            | Self::Boost
            | Self::SelectFromHere
            | Self::SelectToHere
            | Self::LoopSelection
            | Self::ClearSelection
            | Self::Mute => Section::Listen,
            Self::SelectNext
            | Self::SelectPrevious
            | Self::OpenSelected
            | Self::Close
            | Self::Find
            | Self::Search
            | Self::SearchEverywhere
            | Self::ClearFilters
            | Self::LookFurtherBack
            | Self::Refresh => Section::Browse,
            Self::CopySubjective
            | Self::CopyObjective
            | Self::CopyAssessment
            | Self::CopyPlan
            | Self::CopyNote
            | Self::CopyTranscript
            | Self::CopyLink
            | Self::MarkReviewed
            | Self::MarkCopied
            | Self::MarkFollowUp
            | Self::Remark
            | Self::UndoMark
            | Self::ExportRecording
            | Self::ExportClip
            | Self::ExportText
            | Self::ExportMarkdown
            | Self::ExportPdf
            | Self::Print
            | Self::PrintAll => Section::Note,
            _ => Section::Window,
        }
    }

    /// Holding the key down goes on and on.
    pub fn repeats(self) -> bool {
        matches!(
            self,
            Self::Back5
                | Self::Forward5
                | Self::Back1
                | Self::Forward1
                | Self::SelectNext
                | Self::SelectPrevious
                | Self::ZoomIn
                | Self::ZoomOut
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_listed_once() {
        let listed: std::collections::HashSet<Action> = Action::ALL.into_iter().collect();
        assert_eq!(listed.len(), Action::ALL.len());
        assert!(listed.contains(&Action::SignOut));
        let texts: std::collections::HashSet<&str> = Action::ALL.into_iter().map(Action::text).collect();
        assert!(texts.len() == Action::ALL.len() && !texts.contains(""), "each has words of its own");
    }
}
