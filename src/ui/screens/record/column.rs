//! A scrolling column of text pieces of which only the visible ones are laid out.
//! The truth is which piece stands at the top edge and how much of it is above; so correcting a height
//! anywhere else never moves the text under the eye. Knows nothing about transcripts or notes.

use super::heights::{Extent, Heights};
use super::scroll_bar::{BAR_WIDTH, Thumb, scroll_bar_ui};
use eframe::egui::{Key, Layout, Modifiers, Rangef, Rect, Sense, Ui, UiBuilder, Vec2, pos2};

/// What a column shows.
pub(super) trait Pieces {
    fn count(&self) -> usize;
    fn extent(&self, piece: usize) -> Extent;
    /// Points that one byte of text adds at this width, on average.
    fn byte_height(&self, width: f32) -> f32;
    /// The true height; lays the piece out.
    fn height(&self, ui: &Ui, piece: usize, width: f32) -> f32;
    fn piece_ui(&self, ui: &mut Ui, piece: usize);
    /// The piece that holds the hit to show, and from where to where in it the hit stands.
    fn target(&self, ui: &Ui, width: f32) -> Option<(usize, Rangef)>;
}

/// Where a column stands and what it learnt about heights.
#[derive(Debug, Default)]
pub(super) struct Column {
    heights: Heights,
    width: f32,
    at: Anchor,
    grab: Option<f32>,
    /// Pieces drawn in the last frame.
    pub laid_out: usize,
}

#[derive(Clone, Copy, Debug)]
struct Anchor {
    piece: usize,
    /// How much of the piece is above the top edge; negative at the very top, where a margin stands.
    above: f32,
}

impl Default for Anchor {
    fn default() -> Self {
        Self { piece: 0, above: -MARGIN }
    }
}

struct Placed {
    piece: usize,
    y: f32,
    height: f32,
}

/// Above the first and below the last piece.
const MARGIN: f32 = 12.0;
/// Further than this many views at once is a jump: what lies between is not laid out.
const JUMP_VIEWS: f32 = 3.0;

impl Column {
    /// Other text: its heights are learnt anew. Where the reader was stays, so that a refresh does not jump.
    pub(super) fn set_text(&mut self, extents: impl Iterator<Item = Extent>) {
        self.heights = Heights::new(extents);
        self.width = 0.0;
        self.at.piece = self.at.piece.min(self.heights.count().saturating_sub(1));
    }

    pub(super) fn rewind(&mut self) {
        self.at = Anchor::default();
    }

    fn measure(&mut self, ui: &Ui, pieces: &dyn Pieces, piece: usize) -> f32 {
        let height = pieces.height(ui, piece, self.width).max(1.0);
        self.heights.set_measured(piece, height);
        height
    }

    /// Keeps the share of the top piece that is above the edge when its height changes with the width.
    fn set_width(&mut self, ui: &Ui, pieces: &dyn Pieces, width: f32) {
        if (width - self.width).abs() < 0.5 {
            return;
        }
        let share = (self.width > 0.0 && self.at.above > 0.0)
            .then(|| self.at.above / pieces.height(ui, self.at.piece, self.width).max(1.0));
        self.width = width;
        self.heights.set_byte_height(pieces.byte_height(width));
        if let Some(share) = share {
            self.at.above = share * self.measure(ui, pieces, self.at.piece);
        }
    }

    fn offset(&self) -> f64 {
        self.heights.top(self.at.piece) + f64::from(self.at.above)
    }

    /// Points of the whole text, margins included.
    fn total(&self) -> f64 {
        self.heights.total() + f64::from(2.0 * MARGIN)
    }

    fn jump_to(&mut self, offset: f64) {
        self.at.piece = self.heights.piece_at(offset.max(0.0));
        self.at.above = (offset - self.heights.top(self.at.piece)) as f32;
    }

    fn scroll_by(&mut self, by: f32, view: f32) {
        if by.abs() > JUMP_VIEWS * view {
            self.jump_to(self.offset() + f64::from(by));
        } else {
            self.at.above += by;
        }
    }

    /// Brings a passage into sight unless it is there already.
    fn reveal(&mut self, (piece, span): (usize, Rangef), placed: &[Placed], view: f32) {
        let seen = placed.iter().find(|placed| placed.piece == piece);
        let is_in_sight = seen.is_some_and(|at| at.y + span.min >= MARGIN && at.y + span.max <= view - MARGIN);
        if !is_in_sight {
            self.at = Anchor { piece, above: span.min - 0.35 * view };
        }
    }

    /// Makes the anchor name the piece that really crosses the top edge.
    fn settle(&mut self, ui: &Ui, pieces: &dyn Pieces) {
        while self.at.above < 0.0 && self.at.piece > 0 {
            self.at.piece -= 1;
            self.at.above += self.measure(ui, pieces, self.at.piece);
        }
        if self.at.piece == 0 {
            self.at.above = self.at.above.max(-MARGIN);
        }
        while self.at.piece + 1 < pieces.count() {
            let height = self.measure(ui, pieces, self.at.piece);
            if self.at.above < height {
                break;
            }
            self.at.above -= height;
            self.at.piece += 1;
        }
    }

    /// The pieces in view and where they stand, from the view's top edge.
    fn place(&mut self, ui: &Ui, pieces: &dyn Pieces, view: f32) -> Vec<Placed> {
        self.settle(ui, pieces);
        let placed = self.walk_down(ui, pieces, view);
        let bottom = placed.last().map_or(0.0, |last| last.y + last.height + MARGIN);
        let is_at_end = placed.last().is_some_and(|last| last.piece + 1 == pieces.count());
        let is_at_start = self.at.piece == 0 && self.at.above <= -MARGIN;
        if !is_at_end || bottom >= view || is_at_start {
            return placed;
        }
        self.at.above -= view - bottom;
        self.settle(ui, pieces);
        self.walk_down(ui, pieces, view)
    }

    fn walk_down(&mut self, ui: &Ui, pieces: &dyn Pieces, view: f32) -> Vec<Placed> {
        let mut placed = Vec::new();
        let mut y = -self.at.above;
        for piece in self.at.piece..pieces.count() {
            if y >= view {
                break;
            }
            let height = self.measure(ui, pieces, piece);
            placed.push(Placed { piece, y, height });
            y += height;
        }
        placed
    }
}

/// Draws the column into all the room there is. `reveal` brings the pieces' target into sight.
pub(super) fn column_ui(ui: &mut Ui, memory: &mut Column, pieces: &dyn Pieces, reveal: bool) {
    let area = ui.available_rect_before_wrap();
    let view = Rect::from_min_max(area.min, pos2(area.right() - BAR_WIDTH, area.bottom()));
    ui.advance_cursor_after_rect(area);
    if pieces.count() == 0 || !view.is_positive() {
        return;
    }
    memory.set_width(ui, pieces, view.width());
    take_scrolling(ui, memory, area);
    let bar = Rect::from_min_max(pos2(view.right(), area.top()), area.max);
    let thumb = Thumb { offset: memory.offset() + f64::from(MARGIN), view: view.height(), total: memory.total() };
    if let Some(offset) = scroll_bar_ui(ui, bar, thumb, &mut memory.grab) {
        memory.jump_to(offset - f64::from(MARGIN));
    }
    let mut placed = memory.place(ui, pieces, view.height());
    if reveal && let Some(target) = pieces.target(ui, view.width()) {
        memory.reveal(target, &placed, view.height());
        placed = memory.place(ui, pieces, view.height());
    }
    memory.laid_out = placed.len();
    paint(ui, view, pieces, &placed);
}

fn paint(ui: &mut Ui, view: Rect, pieces: &dyn Pieces, placed: &[Placed]) {
    let mut body = ui.new_child(UiBuilder::new().id_salt("column").max_rect(view));
    body.set_clip_rect(view.intersect(ui.clip_rect()));
    for at in placed {
        let top = pos2(view.left(), view.top() + at.y);
        let rect = Rect::from_min_size(top, Vec2::new(view.width(), at.height));
        let builder = UiBuilder::new().id_salt(at.piece).max_rect(rect).layout(Layout::default());
        let mut child = body.new_child(builder);
        child.spacing_mut().item_spacing = Vec2::ZERO;
        child.spacing_mut().interact_size = Vec2::ZERO;
        pieces.piece_ui(&mut child, at.piece);
    }
}

/// The wheel, and the page keys, over the column.
fn take_scrolling(ui: &Ui, memory: &mut Column, area: Rect) {
    let is_over = ui.interact(area, ui.scope_id().with("scroll"), Sense::hover()).contains_pointer();
    if !is_over {
        return;
    }
    let view = area.height();
    let may_page = !ui.ctx().egui_wants_keyboard_input();
    let by = ui.input_mut(|input| {
        let mut by = -std::mem::take(&mut input.smooth_scroll_delta.y);
        if may_page {
            by += 0.9 * view * input.count_and_consume_key(Modifiers::NONE, Key::PageDown) as f32;
            by -= 0.9 * view * input.count_and_consume_key(Modifiers::NONE, Key::PageUp) as f32;
        }
        by
    });
    if by != 0.0 {
        memory.scroll_by(by, view);
    }
}

#[cfg(test)]
#[path = "column_tests.rs"]
mod tests;
