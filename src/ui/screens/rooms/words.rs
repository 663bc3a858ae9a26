//! What a tile says, in words for the eye and in a sentence for the ear.

use crate::domain::live::board::{Tile, TileStatus};
use crate::domain::{Consultation, Zone};
use crate::ui::format;
use chrono::{DateTime, Utc};

/// What the big line of a tile means for its look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    Running,
    Doubtful,
    Working,
    Ready,
    Silent,
    Quiet,
}

/// The words of one tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TileWords {
    pub mood: Mood,
    /// `Recording · 4 min`.
    pub big: String,
    /// `since 14:01`.
    pub small: String,
    /// `6 today`.
    pub today: String,
}

pub(super) fn tile_words(tile: &Tile, now: DateTime<Utc>, zone: Zone) -> TileWords {
    let status = tile.status(now);
    let at = |moment| format::as_of(moment, now, zone);
    let word = status.words().to_owned();
    let last = tile.last.as_deref();
    let (mood, big, small) = match status {
        TileStatus::Recording { since } => {
            (Mood::Running, format!("{word} · {}", lasting(since, now)), format!("since {}", at(since)))
        }
        TileStatus::MayStillRun { since } => (Mood::Doubtful, word, format!("since {}, no end was told", at(since))),
        TileStatus::WritingNote { since } => {
            (Mood::Working, word, join(tile.what_ended(since).and_then(patient), format!("ended {}", at(since))))
        }
        TileStatus::Ready { since } => {
            (Mood::Ready, word, join(tile.what_ended(since).and_then(patient), format!("ended {}", at(since))))
        }
        TileStatus::NoWord { since } => (Mood::Silent, format!("{word} {}", at(since)), "it may be off".to_owned()),
        TileStatus::QuietTooLong { since } => {
            let small =
                since.map_or_else(|| "nothing recorded yet".to_owned(), |since| format!("last at {}", at(since)));
            (Mood::Doubtful, word, small)
        }
        TileStatus::Quiet => (Mood::Quiet, word, last.map_or_else(String::new, |row| last_words(row, now, zone))),
    };
    let today = match tile.today {
        0 => "none today".to_owned(),
        count => format!("{} today", format::count(count)),
    };
    TileWords { mood, big, small, today }
}

/// `Room 1, recording since 14:01, 6 today`.
pub(super) fn spoken_tile(tile: &Tile, now: DateTime<Utc>, zone: Zone) -> String {
    let words = tile_words(tile, now, zone);
    let what = if matches!(tile.status(now), TileStatus::Recording { .. }) {
        format!("recording {}", words.small)
    } else {
        [lower_first(&words.big), words.small]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    };
    format!("{}, {}, {}", tile.name, what.replace(" · ", ", "), words.today)
}

/// How long a recording has run: whole minutes, as nobody needs the seconds and they would draw the window all day.
fn lasting(since: DateTime<Utc>, now: DateTime<Utc>) -> String {
    format::minutes((now - since).num_minutes())
}

fn join(patient: Option<String>, rest: String) -> String {
    match patient {
        Some(patient) => format!("{patient} · {rest}"),
        None => rest,
    }
}

/// `小花, Shiba Inu`; nothing for a recording without a patient.
fn patient(row: &Consultation) -> Option<String> {
    let patient = row.patient.as_deref()?;
    let name = patient.name.as_deref().map(str::trim).filter(|name| !name.is_empty())?;
    let breed = patient.breed.as_deref().map(str::trim).filter(|breed| !breed.is_empty());
    Some(breed.map_or_else(|| name.to_owned(), |breed| format!("{name}, {breed}")))
}

/// `last: O’Malley, 10:15`.
fn last_words(row: &Consultation, now: DateTime<Utc>, zone: Zone) -> String {
    format!("last: {}, {}", row.headline(), format::as_of(row.started_at, now, zone))
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
