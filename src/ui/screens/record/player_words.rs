//! What the player's bar says and offers in each state, as plain data that a test can compare.
//! Draws nothing.

use super::transport::sounds_elsewhere;
use super::words::{megabytes, short};
use crate::domain::{ConsultationKey, RecordKind};
use crate::state::{Offer, OpenRecord, Player, PlayerStatus, Problem, RecordingState, Selection, Severity};
use crate::ui::format::{percent, position};
use chrono::{DateTime, Utc};

/// A line of words with what can be done about it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Note {
    pub text: String,
    /// More about it, for the tooltip.
    pub more: String,
    /// Stands before the words where it is more than information.
    pub severity: Severity,
    /// Something has to be done about it, so it is never cut.
    pub needs_reading: bool,
    pub actions: Vec<Action>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Action {
    Download,
    CancelDownload,
    /// Fetch again, or play again, whichever failed.
    TryDownloadAgain,
    TryPlayAgain,
    EnterNewKey,
    SaveRecording,
    PauseOther,
    GoTo(ConsultationKey),
    Loop {
        is_on: bool,
    },
    ExportClip,
    ClearSelection,
}

impl Action {
    pub(super) fn is_of_selection(&self) -> bool {
        matches!(self, Self::Loop { .. } | Self::ExportClip | Self::ClearSelection)
    }

    pub(super) fn words(&self) -> &'static str {
        match self {
            Self::Download => "Download",
            Self::CancelDownload => "Cancel",
            Self::TryDownloadAgain | Self::TryPlayAgain => Offer::TryAgain.words(),
            Self::EnterNewKey => Offer::EnterNewKey.words(),
            Self::SaveRecording => Offer::SaveRecording.words(),
            Self::PauseOther => "Pause",
            Self::GoTo(_) => "Go to it",
            Self::Loop { is_on: false } => "Loop",
            Self::Loop { is_on: true } => "Stop looping",
            Self::ExportClip => "Export clip…",
            Self::ClearSelection => "Clear",
        }
    }
}

/// What stands where the waveform is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Middle {
    /// What the recording looks like; the place for it before anything is known.
    Waveform,
    /// How much of a download is here while nothing of it can be shown; `None` while the whole is not known.
    Download(Option<f32>),
    Nothing,
}

/// The note, if there is one, and what stands under it.
pub(super) fn bar_of(player: &Player, record: &OpenRecord, now: DateTime<Utc>) -> (Option<Note>, Middle) {
    let middle = middle_of(player, record);
    if let Some(key) = sounds_elsewhere(player, &record.key) {
        return (Some(elsewhere(player, key)), middle);
    }
    if record.key.record_id().is_none() {
        return (Some(info("No recording for a room conversation", Vec::new())), Middle::Nothing);
    }
    let holds = player.holds(&record.key);
    if let Some(problem) = player.problem.as_ref().filter(|_| holds || player.key.is_none()) {
        let plays_again = is_stored(record) || (holds && player.is_loaded());
        let again = if plays_again { Action::TryPlayAgain } else { Action::TryDownloadAgain };
        return (Some(trouble(problem, again)), middle);
    }
    let note = recording_note(player, record, now);
    if !holds {
        return (note, middle);
    }
    let note = match (player.status, player.selection) {
        (PlayerStatus::Waiting, _) => Some(waiting(&record.recording, note)),
        (_, Some(selection)) => Some(selected(selection, player.is_looping, note)),
        _ => note,
    };
    (note, middle)
}

/// `Waiting for audio… · 25 %`; the rest of what the download says is for the tooltip.
fn waiting(recording: &RecordingState, download: Option<Note>) -> Note {
    let mut text = "Waiting for audio…".to_owned();
    if let RecordingState::Downloading { received, total, .. } = recording {
        text.extend(percent(*received, *total).map(|share| format!(" · {share}")));
    }
    let mut note = download.unwrap_or_else(|| info("", Vec::new()));
    note.more = std::mem::replace(&mut note.text, text);
    note
}

/// The download's words make room; the status bar has them too.
fn selected(selection: Selection, is_looping: bool, note: Option<Note>) -> Note {
    let actions = vec![Action::Loop { is_on: is_looping }, Action::ExportClip, Action::ClearSelection];
    let mut text = format!("{} – {} selected", position(selection.from_ms), position(selection.to_ms));
    if is_looping {
        text.push_str(", looping");
    }
    Note { more: note.map(|note| note.text).unwrap_or_default(), ..info(&text, actions) }
}

fn is_stored(record: &OpenRecord) -> bool {
    matches!(record.recording, RecordingState::Stored { .. })
}

fn middle_of(player: &Player, record: &OpenRecord) -> Middle {
    let is_loaded = player.holds(&record.key) && player.is_loaded();
    match &record.recording {
        _ if is_loaded || record.waveform.is_some() => Middle::Waveform,
        _ if record.key.record_id().is_none() => Middle::Nothing,
        RecordingState::Downloading { received, total, .. } => {
            Middle::Download(total.filter(|total| *total > 0).map(|total| (*received as f32 / total as f32).min(1.0)))
        }
        RecordingState::Stored { .. } if player.holds(&record.key) && player.problem.is_some() => Middle::Nothing,
        RecordingState::Stored { .. } | RecordingState::Unknown => Middle::Waveform,
        RecordingState::NotStored | RecordingState::Failed(_) => Middle::Nothing,
    }
}

fn elsewhere(player: &Player, key: &ConsultationKey) -> Note {
    let row = player.consultation.as_ref();
    let name = row.map_or("another consultation", |row| match row.kind {
        RecordKind::Conversation => "a room conversation",
        _ => row.headline(),
    });
    let room = row.and_then(|row| row.room.as_ref()).map(|room| format!(", {}", short(room.short_name())));
    let text = format!("Playing {}{}", short(name), room.unwrap_or_default());
    info(&text, vec![Action::PauseOther, Action::GoTo(key.clone())])
}

fn recording_note(player: &Player, record: &OpenRecord, now: DateTime<Utc>) -> Option<Note> {
    match &record.recording {
        RecordingState::Unknown => None,
        RecordingState::NotStored => {
            Some(info("Not on this computer yet. Play starts while it downloads.", vec![Action::Download]))
        }
        RecordingState::Downloading { received, total, started_at } => {
            let seconds = (now - *started_at).num_milliseconds() as f64 / 1000.0;
            Some(info(&download_words(*received, *total, seconds), vec![Action::CancelDownload]))
        }
        RecordingState::Failed(problem) => Some(trouble(problem, Action::TryDownloadAgain)),
        RecordingState::Stored { .. } => player.partial.as_ref().filter(|_| player.holds(&record.key)).map(|partial| {
            let text = "Incomplete recording: plays what is there".to_owned();
            Note { more: partial.clone(), severity: Severity::Warning, ..info(&text, Vec::new()) }
        }),
    }
}

fn info(text: &str, actions: Vec<Action>) -> Note {
    Note { text: text.to_owned(), more: String::new(), severity: Severity::Info, needs_reading: false, actions }
}

fn trouble(problem: &Problem, again: Action) -> Note {
    let offered = problem.offer.map(|offer| match offer {
        Offer::TryAgain => again,
        Offer::EnterNewKey => Action::EnterNewKey,
        Offer::SaveRecording => Action::SaveRecording,
    });
    let more = if problem.code.is_empty() { String::new() } else { format!("Code {}", problem.code) };
    let actions = offered.into_iter().collect();
    Note { text: problem.sentence(), more, severity: problem.severity, needs_reading: true, actions }
}

/// `12.4 of 48.0 MB · 26 % · 8 s left`. Time left only after two seconds of measured rate.
fn download_words(received: u64, total: Option<u64>, seconds: f64) -> String {
    let Some(whole) = total.filter(|total| *total > 0) else {
        return if received == 0 { "Downloading…".to_owned() } else { format!("{} MB", megabytes(received)) };
    };
    let done = percent(received, total).unwrap_or_default();
    let mut text = format!("{} of {} MB · {done}", megabytes(received.min(whole)), megabytes(whole));
    if seconds >= 2.0 && received > 0 && received < whole {
        let left = (whole - received) as f64 / (received as f64 / seconds);
        text.push_str(&format!(" · {} left", rough(left)));
    }
    text
}

fn rough(seconds: f64) -> String {
    if seconds < 90.0 {
        format!("{} s", (seconds.ceil() as u64).max(1))
    } else {
        format!("{} min", (seconds / 60.0).round() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_says_only_what_is_known() {
        assert_eq!(download_words(0, None, 5.0), "Downloading…");
        assert_eq!(download_words(3_000_000, None, 5.0), "3.0 MB");
        assert_eq!(download_words(12_400_000, Some(48_000_000), 1.9), "12.4 of 48.0 MB · 25 %");
        assert_eq!(download_words(12_000_000, Some(48_000_000), 3.0), "12.0 of 48.0 MB · 25 % · 9 s left");
        assert_eq!(download_words(1_000_000, Some(48_000_000), 10.0), "1.0 of 48.0 MB · 2 % · 8 min left");
        assert_eq!(download_words(50, Some(0), 10.0), "0.0 MB");
    }
}
