//! The open consultation: header, transcript and SOAP note side by side, find, and the player under them.
//! Draws and sends commands; what a command does is the state's business.

mod banner;
mod column;
mod cut;
mod export_menu;
mod find_bar;
mod header;
mod heights;
mod marks;
mod pane;
mod panes;
mod passage;
mod player_bar;
mod player_note;
mod player_words;
mod provisional;
mod scroll_bar;
mod slider;
mod soap;
mod speed_menu;
mod transcript;
mod transport;
mod waveform;
mod words;

#[cfg(test)]
mod tests;

pub(super) use speed_menu::back_step_stepper;

use crate::domain::ConsultationKey;
use crate::state::{OpenRecord, Place, Reading};
use crate::ui::theme::tokens;
use crate::ui::view::View;
use chrono::{DateTime, Utc};
use column::Column;
use eframe::egui::{Rect, Ui, UiBuilder, pos2};
use find_bar::FindMemory;
use soap::NoteLayout;
use std::sync::{Arc, Weak};

/// What drawing an open consultation remembers between frames.
#[derive(Debug, Default)]
pub struct RecordMemory {
    key: Option<ConsultationKey>,
    opened_at: Option<DateTime<Utc>>,
    /// The last frame in which it was drawn; a gap means that it was closed meanwhile.
    frame: u64,
    /// Which reading the columns are laid out for; weak, so that the last owner frees it elsewhere.
    reading: Weak<Reading>,
    transcript: Column,
    soap: Column,
    notes: NoteLayout,
    transcript_is_new: bool,
    soap_is_new: bool,
    reveals: Reveals,
    find: FindMemory,
    /// The splitter's place while it is dragged.
    split: Option<f32>,
    wave: waveform::WaveMemory,
}

/// Which column should bring the current hit into sight as soon as it is drawn.
#[derive(Debug, Default)]
struct Reveals {
    transcript: bool,
    soap: bool,
}

/// Height at the bottom that the player needs in a window of that height; what floats stays above it.
pub fn docked(window_height: f32) -> f32 {
    Density::of(window_height).player_height() + crate::ui::theme::space::M
}

/// Room left and right of everything.
const SIDE: f32 = 20.0;

/// How much height there is; a small window at a large zoom gives up what can be found elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Density {
    Roomy,
    /// Smaller margins, and no line of news above an open find field.
    Low,
    /// The header is one line, and news stand in the status bar alone.
    Tiny,
}

impl Density {
    fn of(height: f32) -> Self {
        match height {
            ..300.0 => Self::Tiny,
            300.0..460.0 => Self::Low,
            _ => Self::Roomy,
        }
    }

    fn player_height(self) -> f32 {
        if self == Self::Roomy { player_bar::HEIGHT } else { player_bar::LOW_HEIGHT }
    }

    /// Above the header, below the player, and between the player and what is above it.
    fn margins(self) -> (i8, f32, f32) {
        if self == Self::Roomy { (14, 14.0, 12.0) } else { (8, 8.0, 8.0) }
    }
}

/// Draws the open consultation over all the room there is.
pub fn record_ui(ui: &mut Ui, view: &View<'_>, memory: &mut RecordMemory) {
    let Some(record) = &view.state.record else { return };
    memory.follow(view, record);
    memory.notice_gap(ui.ctx().cumulative_frame_nr(), view.now);
    let area = ui.available_rect_before_wrap();
    ui.painter().rect_filled(area, 0.0, tokens(ui).background);
    let density = Density::of(area.height());
    let (above_header, below, gap) = density.margins();
    let left = area.left() + SIDE;
    let right = area.right() - SIDE;
    let player_top = area.bottom() - below - density.player_height();
    let player = Rect::from_min_max(pos2(left, player_top), pos2(right, area.bottom() - below));
    let above = Rect::from_min_max(pos2(left, area.top()), pos2(right, player_top - gap));
    ui.scope_builder(UiBuilder::new().id_salt("notes").max_rect(above), |ui| {
        header::header_ui(ui, view, record, (above_header, density));
        if density == Density::Roomy || (density == Density::Low && record.find.is_none()) {
            banner::banners_ui(ui, view, record);
        }
        find_bar::find_bar_ui(ui, view, record, &mut memory.find);
        panes::panes_ui(ui, view, memory, record);
    });
    ui.scope_builder(UiBuilder::new().id_salt("player").max_rect(player), |ui| {
        player_bar::player_bar_ui(ui, view, record, &mut memory.wave);
    });
}

impl RecordMemory {
    /// Takes up a change of what is open, of its notes, and of the hit to show.
    fn follow(&mut self, view: &View<'_>, record: &OpenRecord) {
        if self.key.as_ref() != Some(&record.key) {
            *self = Self { key: Some(record.key.clone()), opened_at: Some(view.now), ..Self::default() };
            self.transcript.rewind();
            self.soap.rewind();
        }
        if let Some(reading) = provisional::shown(view, record).map(|shown| shown.reading)
            && !std::ptr::eq(self.reading.as_ptr(), Arc::as_ptr(reading))
        {
            self.reading = Arc::downgrade(reading);
            self.notes = NoteLayout::new(reading);
            self.transcript_is_new = true;
            self.soap_is_new = true;
        }
        if self.find.asks_to_reveal(record.find.as_ref()) {
            match record.find.as_ref().and_then(|find| find.current_hit()).map(|hit| hit.place) {
                Some(Place::Turn(_)) => self.reveals = Reveals { transcript: true, soap: false },
                Some(Place::Section(_)) => self.reveals = Reveals { transcript: false, soap: true },
                None => {}
            }
        }
    }

    fn notice_gap(&mut self, frame: u64, now: DateTime<Utc>) {
        if frame > self.frame + 1 {
            self.opened_at = Some(now);
        }
        self.frame = frame;
    }

    /// Milliseconds since this consultation was opened.
    fn open_for_ms(&self, now: DateTime<Utc>) -> i64 {
        self.opened_at.map_or(0, |at| (now - at).num_milliseconds())
    }
}
