//! The SOAP note in its parts, each with its copy button, and what other notes there are below it.
//! Read-only; long sections are cut into stretches so that only the visible ones are laid out.

use super::RecordMemory;
use super::column::{Pieces, column_ui};
use super::cut::stretches;
use super::heights::Extent;
use super::passage::{LINE, Passage, READING_WIDTH, byte_height};
use super::provisional::shown;
use crate::domain::{NoteKind, Soap, SoapPart, SoapSection};
use crate::state::{Find, Place, Reading, RecordCommand};
use crate::ui::action::Action;
use crate::ui::theme::{Tokens, size, space, strong, tokens};
use crate::ui::view::View;
use crate::ui::widgets::{Button, Kind, elided, kbd, kbd_width};
use eframe::egui::{Align, Label, Layout, Rangef, Ui, vec2};
use std::ops::Range;

const HEAD: f32 = 24.0;
const SECTION_GAP: f32 = 14.0;

/// The notes' pieces, worked out once per reading.
#[derive(Debug, Default)]
pub(super) struct NoteLayout {
    /// Name and text of the notes that are neither transcript nor SOAP.
    others: Vec<(String, String)>,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
struct Piece {
    block: Block,
    part: Part,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    Section(usize),
    Other(usize),
}

#[derive(Clone, Debug)]
enum Part {
    Head,
    Text { range: Range<usize>, is_last: bool },
}

impl NoteLayout {
    pub(super) fn new(reading: &Reading) -> Self {
        let name = |kind: &NoteKind| match kind {
            NoteKind::Other(name) => Some(name.clone()),
            _ => None,
        };
        let notes = reading.notes.all.iter().filter(|note| !note.body.is_empty());
        let others: Vec<_> = notes.filter_map(|note| Some((name(&note.kind)?, note.body.as_text()))).collect();
        let mut layout = Self { others, pieces: Vec::new() };
        let sections = reading.soap.iter().flat_map(|soap| &soap.sections);
        for (index, section) in sections.enumerate() {
            layout.push(Block::Section(index), &section.text);
        }
        for index in 0..layout.others.len() {
            let text = layout.others.get(index).map(|(_, text)| text.clone()).unwrap_or_default();
            layout.push(Block::Other(index), &text);
        }
        layout
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    fn push(&mut self, block: Block, text: &str) {
        self.pieces.push(Piece { block, part: Part::Head });
        let ranges = stretches(text);
        let last = ranges.len().saturating_sub(1);
        let piece = |(at, range)| Piece { block, part: Part::Text { range, is_last: at == last } };
        self.pieces.extend(ranges.into_iter().enumerate().map(piece));
    }
}

/// Draws the SOAP note and other notes; `reveal` scrolls to the current hit.
pub(super) fn soap_ui(ui: &mut Ui, view: &View<'_>, memory: &mut RecordMemory, reading: &Reading) {
    let record = view.state.record.as_ref();
    let find = record.and_then(|record| record.find.as_ref());
    let is_provisional = record.and_then(|record| shown(view, record)).is_some_and(|shown| shown.is_provisional);
    let (soap, layout) = (reading.soap.as_ref(), &memory.notes);
    let sections = Sections { view, soap, layout, is_provisional, find, tokens: tokens(ui) };
    if std::mem::take(&mut memory.soap_is_new) {
        memory.soap.set_text((0..sections.count()).map(|piece| sections.extent(piece)));
    }
    let reveal = std::mem::take(&mut memory.reveals.soap);
    column_ui(ui, &mut memory.soap, &sections, reveal);
}

struct Sections<'a> {
    view: &'a View<'a>,
    soap: Option<&'a Soap>,
    layout: &'a NoteLayout,
    /// Nothing is copied of what NxVET has not confirmed.
    is_provisional: bool,
    find: Option<&'a Find>,
    tokens: &'static Tokens,
}

impl<'a> Sections<'a> {
    fn section(&self, index: usize) -> Option<&'a SoapSection> {
        self.soap.and_then(|soap| soap.sections.get(index))
    }

    /// The place to find in and its whole text. Other notes are not searched.
    fn text(&self, block: Block) -> (Option<Place>, &'a str) {
        match block {
            Block::Section(index) => {
                (Some(Place::Section(index)), self.section(index).map_or("", |section| section.text.as_str()))
            }
            Block::Other(index) => (None, self.layout.others.get(index).map_or("", |(_, text)| text.as_str())),
        }
    }

    fn passage(&self, block: Block, range: &Range<usize>) -> Passage<'a> {
        let (place, text) = self.text(block);
        Passage { text: text.get(range.clone()).unwrap_or(""), start: range.start, place, find: self.find }
    }

    fn head_ui(&self, ui: &mut Ui, block: Block) {
        let width = text_width(ui.available_width());
        ui.horizontal(|ui| {
            ui.add_space(space::L);
            ui.allocate_ui_with_layout(vec2(width, HEAD), Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing = vec2(2.0, 0.0);
                if let Block::Section(index) = block
                    && !self.is_provisional
                {
                    self.copy_ui(ui, index);
                }
                let title =
                    elided(ui, &[(self.title(block), strong(size::SMALL), self.tokens.accent)], ui.available_width());
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(Label::new(title));
                });
            });
        });
    }

    fn title(&self, block: Block) -> &'a str {
        match block {
            Block::Section(index) => {
                self.section(index).map(|section| section.title.as_str()).filter(|t| !t.is_empty()).unwrap_or("Note")
            }
            Block::Other(index) => self.layout.others.get(index).map_or("Note", |(name, _)| name.as_str()),
        }
    }

    fn copy_ui(&self, ui: &mut Ui, index: usize) {
        let is_mac = ui.ctx().os().is_mac();
        let action = self.action(index);
        let framed = action.map(|action| action.framed_keys(is_mac));
        if let Some(keys) = framed.filter(|keys| kbd_width(ui, keys) + 80.0 < ui.available_width()) {
            kbd(ui, &keys);
        }
        let name = format!("Copy {}", self.title(Block::Section(index)));
        let tooltip = action.map_or_else(|| name.clone(), |action| format!("{name} ({})", action.keys(is_mac)));
        let button = Button::new("Copy").kind(Kind::Quiet).height(24.0).accessible_name(&name);
        if ui.add(button).on_hover_text(tooltip).clicked() {
            self.view.send(RecordCommand::CopySection(index));
        }
    }

    /// Whose key copies it: each of the four parts has one, for the first section of that part.
    fn action(&self, index: usize) -> Option<Action> {
        const ACTIONS: [Action; 4] =
            [Action::CopySubjective, Action::CopyObjective, Action::CopyAssessment, Action::CopyPlan];
        let part = self.section(index)?.part?;
        let first = self.soap?.sections.iter().position(|section| section.part == Some(part))?;
        let at = SoapPart::ALL.iter().position(|known| *known == part)?;
        ACTIONS.get(at).copied().filter(|_| first == index)
    }

    fn gap(is_last: bool) -> f32 {
        if is_last { SECTION_GAP } else { 0.0 }
    }
}

fn text_width(width: f32) -> f32 {
    (width - space::L).min(READING_WIDTH)
}

impl Pieces for Sections<'_> {
    fn count(&self) -> usize {
        self.layout.pieces.len()
    }

    fn extent(&self, piece: usize) -> Extent {
        match self.layout.pieces.get(piece).map(|piece| &piece.part) {
            Some(Part::Text { range, is_last }) => {
                Extent { fixed: LINE / 2.0 + Self::gap(*is_last), bytes: range.len() }
            }
            _ => Extent { fixed: HEAD, bytes: 0 },
        }
    }

    fn byte_height(&self, width: f32) -> f32 {
        byte_height(text_width(width))
    }

    fn height(&self, ui: &Ui, piece: usize, width: f32) -> f32 {
        match self.layout.pieces.get(piece) {
            Some(Piece { block, part: Part::Text { range, is_last } }) => {
                let galley = self.passage(*block, range).layout(ui, self.tokens, text_width(width));
                galley.size().y + Self::gap(*is_last)
            }
            _ => HEAD,
        }
    }

    fn piece_ui(&self, ui: &mut Ui, piece: usize) {
        let Some(piece) = self.layout.pieces.get(piece) else { return };
        let Part::Text { range, .. } = &piece.part else { return self.head_ui(ui, piece.block) };
        let galley = self.passage(piece.block, range).layout(ui, self.tokens, text_width(ui.available_width()));
        ui.horizontal_top(|ui| {
            ui.add_space(space::L);
            ui.add(Label::new(galley).selectable(true));
        });
    }

    fn target(&self, ui: &Ui, width: f32) -> Option<(usize, Rangef)> {
        let place = self.find?.current_hit()?.place;
        let Place::Section(index) = place else { return None };
        let block = Block::Section(index);
        let first = self.layout.pieces.partition_point(|piece| matches!(piece.block, Block::Section(at) if at < index));
        let mut own = self.layout.pieces.iter().enumerate().skip(first).take_while(|(_, piece)| piece.block == block);
        own.find_map(|(at, piece)| match &piece.part {
            Part::Text { range, .. } => {
                let passage = self.passage(block, range);
                Some((at, passage.current_span(ui, self.tokens, text_width(width))?))
            }
            Part::Head => None,
        })
    }
}
