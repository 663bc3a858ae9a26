//! What NxVET wrote about a consultation: the transcript and the SOAP note, as they were sent.
//! Turning them into speaker turns and parts is in `transcript` and `soap`.

use super::{NoteId, Soap, Transcript};
use chrono::{DateTime, Utc};

/// One note of a record. A record may hold several of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub id: Option<NoteId>,
    pub kind: NoteKind,
    pub body: NoteBody,
    pub created_at: Option<DateTime<Utc>>,
}

/// The set is open: an unknown kind is kept by its own name and shown under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoteKind {
    Transcript,
    Soap,
    Other(String),
}

/// A note is text, or titled passages in the order they were sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoteBody {
    Text(String),
    Passages(Vec<Passage>),
}

/// A titled piece of a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    pub title: String,
    pub text: String,
}

impl NoteBody {
    /// Nothing in it means that NxVET has not finished; never that the note is empty for good.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.trim().is_empty(),
            Self::Passages(passages) => passages.iter().all(|passage| passage.text.trim().is_empty()),
        }
    }

    /// The note as running text, passages under their titles.
    pub fn as_text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Passages(passages) => {
                let blocks: Vec<String> =
                    passages.iter().map(|passage| format!("{}:\n{}", passage.title, passage.text.trim())).collect();
                blocks.join("\n\n")
            }
        }
    }
}

/// Which of the two notes are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NotesStatus {
    pub has_transcript: bool,
    pub has_soap: bool,
}

/// All notes of one record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    pub all: Vec<Note>,
}

impl Notes {
    pub fn status(&self) -> NotesStatus {
        NotesStatus {
            has_transcript: self.newest(&NoteKind::Transcript).is_some(),
            has_soap: self.newest(&NoteKind::Soap).is_some(),
        }
    }

    /// The newest filled note of a kind; the server's order decides where times are missing.
    pub fn newest(&self, kind: &NoteKind) -> Option<&Note> {
        self.all.iter().filter(|note| &note.kind == kind && !note.body.is_empty()).max_by_key(|note| note.created_at)
    }

    pub fn transcript(&self) -> Option<Transcript> {
        self.newest(&NoteKind::Transcript).map(|note| Transcript::parse(&note.body.as_text()))
    }

    pub fn soap(&self) -> Option<Soap> {
        self.newest(&NoteKind::Soap).map(|note| Soap::from_body(&note.body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone as _;

    fn note(kind: NoteKind, text: &str, minute: u32) -> Note {
        let created_at = Utc.with_ymd_and_hms(2026, 2, 20, 10, minute, 0).single();
        Note { id: None, kind, body: NoteBody::Text(text.to_owned()), created_at }
    }

    #[test]
    fn the_newest_filled_note_is_shown() {
        let notes = Notes {
            all: vec![
                note(NoteKind::Transcript, "Vet: later", 31),
                note(NoteKind::Transcript, "Vet: first", 30),
                note(NoteKind::Transcript, "  ", 40),
            ],
        };
        assert_eq!(notes.newest(&NoteKind::Transcript).map(|n| n.body.as_text()), Some("Vet: later".to_owned()));
        assert_eq!(notes.status(), NotesStatus { has_transcript: true, has_soap: false });
    }
}
