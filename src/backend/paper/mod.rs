//! A consultation on paper: whose it is, the SOAP note and, if wished, the transcript, as a PDF of our own making.
//! Nothing leaves this module but bytes. The document's title names nobody: it stands in printers' queues and in the
//! heads of viewers.

mod face;
mod flow;
mod pages;

use crate::domain::plain_text::DRAFT_NOTICE;
use crate::domain::{Consultation, Notes, SoapSection, Transcript, Zone, plain_text};
use chrono::{DateTime, Utc};
use face::Faces;
use flow::{Piece, Style};

/// What stands on the paper.
pub(super) struct Paper<'a> {
    pub(super) consultation: &'a Consultation,
    pub(super) notes: &'a Notes,
    pub(super) has_transcript: bool,
    pub(super) zone: Zone,
    pub(super) now: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the typeface of this program cannot be read")]
pub(super) struct NoTypeface;

/// The title that viewers and printers show.
pub(super) const TITLE: &str = "Consultation";

/// The whole document.
pub(super) fn pdf(paper: &Paper<'_>) -> Result<Vec<u8>, NoTypeface> {
    let mut faces = Faces::new().ok_or(NoTypeface)?;
    let sheet = pages::Sheet::for_manner(paper.zone.manner());
    let (mut lines, mut has_missing) = (Vec::new(), false);
    for (style, pieces) in paper.paragraphs() {
        has_missing |= pieces.iter().any(|piece| faces.lacks(piece.weight, &piece.text));
        lines.extend(flow::lines(&faces, &pieces, style, sheet.width()));
    }
    if has_missing {
        let words = "An empty box stands for a letter that cannot be printed here; on screen it is shown.";
        lines.extend(flow::lines(&faces, &[Piece::plain(words)], Style::Quiet, sheet.width()));
    }
    Ok(pages::write(&mut faces, &lines, sheet, &paper.foot()))
}

type Paragraph = (Style, Vec<Piece>);

impl Paper<'_> {
    fn paragraphs(&self) -> Vec<Paragraph> {
        let mut all: Vec<Paragraph> = vec![(Style::Title, vec![Piece::strong(self.consultation.headline())])];
        for (name, value) in plain_text::facts(self.consultation, self.zone) {
            all.push((Style::Fact, vec![Piece::strong(format!("{name}  ")), Piece::plain(value)]));
        }
        all.push((Style::Heading, vec![Piece::strong("SOAP note")]));
        all.push((Style::Quiet, vec![Piece::plain(DRAFT_NOTICE)]));
        match self.notes.soap() {
            Some(soap) => soap.sections.iter().for_each(|section| all.extend(section_of(section))),
            None => all.push((Style::Text, vec![Piece::plain("No SOAP note.")])),
        }
        if self.has_transcript {
            all.push((Style::Heading, vec![Piece::strong("Transcript")]));
            match self.notes.transcript() {
                Some(transcript) => all.extend(turns_of(&transcript)),
                None => all.push((Style::Text, vec![Piece::plain("No transcript.")])),
            }
        }
        all
    }

    /// When it was printed: a draft on paper does not change any more.
    fn foot(&self) -> String {
        let (now, manner) = (self.zone.local_time(self.now), self.zone.manner());
        format!("Confidential · Printed {}, {}", manner.day_of_year(now.date()), manner.time(now))
    }
}

fn section_of(section: &SoapSection) -> Vec<Paragraph> {
    let mut all = Vec::new();
    if !section.title.is_empty() {
        all.push((Style::Part, vec![Piece::strong(&section.title)]));
    }
    let text = plain_text::section(section);
    all.extend(text.lines().map(|line| (Style::Text, vec![Piece::plain(line)])));
    all
}

/// A line for each turn; pieces of a long turn are joined again.
fn turns_of(transcript: &Transcript) -> Vec<Paragraph> {
    let mut all: Vec<Paragraph> = Vec::new();
    for turn in &transcript.turns {
        let text = turn.text.trim().replace('\n', " ");
        if let (true, Some((_, pieces))) = (turn.continues, all.last_mut()) {
            pieces.push(Piece::plain(format!(" {text}")));
            continue;
        }
        let speaker = transcript.speaker_of(turn).map(|name| Piece::strong(format!("{name}: ")));
        all.push((Style::Turn, speaker.into_iter().chain([Piece::plain(text)]).collect()));
    }
    all
}

#[cfg(test)]
mod tests;
