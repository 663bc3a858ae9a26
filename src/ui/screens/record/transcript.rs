//! The transcript as a column of speaker turns: the name first, its tint second.
//! Guesses no speaker and shows no time, as NxVET sends none.

use super::RecordMemory;
use super::column::{Pieces, column_ui};
use super::heights::Extent;
use super::passage::{LINE, Passage, READING_WIDTH, byte_height};
use crate::domain::{Transcript, Turn};
use crate::state::{Find, Place, Reading};
use crate::ui::theme::{Tokens, size, space, strong, tokens};
use crate::ui::widgets::elided;
use eframe::egui::{Color32, Galley, Label, Rangef, Ui};
use std::sync::Arc;

/// Room of a speaker's name.
const NAME: f32 = 20.0;
/// Above a new turn, and above a piece that goes on with one.
const TURN_GAP: f32 = 12.0;
const PIECE_GAP: f32 = 2.0;

struct Turns<'a> {
    transcript: &'a Transcript,
    find: Option<&'a Find>,
    tokens: &'static Tokens,
}

/// Draws the transcript of the reading; `reveal` scrolls to the current hit.
pub(super) fn transcript_ui(ui: &mut Ui, memory: &mut RecordMemory, reading: &Reading, find: Option<&Find>) {
    let Some(transcript) = &reading.transcript else { return };
    let turns = Turns { transcript, find, tokens: tokens(ui) };
    if std::mem::take(&mut memory.transcript_is_new) {
        memory.transcript.set_text((0..turns.count()).map(|piece| turns.extent(piece)));
    }
    let reveal = std::mem::take(&mut memory.reveals.transcript);
    column_ui(ui, &mut memory.transcript, &turns, reveal);
}

impl Turns<'_> {
    fn turn(&self, piece: usize) -> Option<&Turn> {
        self.transcript.turns.get(piece)
    }

    /// The name that stands above a piece, if one does.
    fn name(&self, turn: &Turn) -> Option<(&str, Color32)> {
        let name = self.transcript.speaker_of(turn).filter(|_| !turn.continues)?;
        let tints = self.tokens.speakers;
        let tint = turn.speaker.and_then(|index| tints.get(index % tints.len())).copied();
        Some((name, tint.unwrap_or(self.tokens.text)))
    }

    fn layout(&self, ui: &Ui, piece: usize, turn: &Turn, width: f32) -> Arc<Galley> {
        self.passage(piece, turn).layout(ui, self.tokens, text_width(width))
    }

    fn passage<'a>(&'a self, piece: usize, turn: &'a Turn) -> Passage<'a> {
        Passage { text: &turn.text, start: 0, place: Some(Place::Turn(piece)), find: self.find }
    }
}

/// Above the text: the gap and the name.
fn lead(piece: usize, turn: &Turn) -> f32 {
    let gap = match (piece, turn.continues) {
        (0, _) => 0.0,
        (_, true) => PIECE_GAP,
        (_, false) => TURN_GAP,
    };
    let has_name = turn.speaker.is_some() && !turn.continues;
    gap + if has_name { NAME } else { 0.0 }
}

fn text_width(width: f32) -> f32 {
    (width - space::L).min(READING_WIDTH)
}

impl Pieces for Turns<'_> {
    fn count(&self) -> usize {
        self.transcript.turns.len()
    }

    fn extent(&self, piece: usize) -> Extent {
        let Some(turn) = self.turn(piece) else { return Extent { fixed: LINE, bytes: 0 } };
        // A last line is half full on average.
        Extent { fixed: lead(piece, turn) + LINE / 2.0, bytes: turn.text.len() }
    }

    fn byte_height(&self, width: f32) -> f32 {
        byte_height(text_width(width))
    }

    fn height(&self, ui: &Ui, piece: usize, width: f32) -> f32 {
        let Some(turn) = self.turn(piece) else { return LINE };
        lead(piece, turn) + self.layout(ui, piece, turn, width).size().y
    }

    fn piece_ui(&self, ui: &mut Ui, piece: usize) {
        let Some(turn) = self.turn(piece) else { return };
        let width = ui.available_width();
        let galley = self.layout(ui, piece, turn, width);
        let name =
            self.name(turn).map(|(name, tint)| elided(ui, &[(name, strong(size::SMALL), tint)], text_width(width)));
        let lead = lead(piece, turn);
        ui.add_space(lead - if name.is_some() { NAME } else { 0.0 });
        ui.horizontal_top(|ui| {
            ui.add_space(space::L);
            ui.vertical(|ui| {
                if let Some(name) = name {
                    ui.set_min_height(NAME);
                    ui.add(Label::new(name).selectable(true));
                    let used = ui.min_rect().height();
                    ui.add_space((NAME - used).max(0.0));
                }
                ui.add(Label::new(galley).selectable(true));
            });
        });
    }

    fn target(&self, ui: &Ui, width: f32) -> Option<(usize, Rangef)> {
        let Place::Turn(piece) = self.find?.current_hit()?.place else { return None };
        let turn = self.turn(piece)?;
        let span = self.passage(piece, turn).current_span(ui, self.tokens, text_width(width))?;
        let lead = lead(piece, turn);
        Some((piece, Rangef::new(span.min + lead, span.max + lead)))
    }
}
