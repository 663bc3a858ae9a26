//! Tables: columns that share a width, a head and lines. A line has one sentence for a screen reader; what stands in
//! its cells is painted by the caller.

use super::paint::{elided, paint_focus, speak, speak_selected};
use crate::ui::theme::{self, size, space};
use eframe::egui::{Color32, CursorIcon, FontId, Id, Rangef, Rect, Response, Sense, Ui, accesskit::Role, pos2, vec2};

/// Height of a line.
pub const ROW: f32 = 34.0;
const HEAD: f32 = 28.0;

/// One column: its head, and how wide it is.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub head: &'static str,
    /// Points; a table wider than all columns together gives the rest to those that stretch.
    pub width: f32,
    /// How much of what is left over it takes.
    pub stretch: f32,
}

/// Where each column begins and ends.
#[derive(Clone, Debug)]
pub struct Columns(Vec<Rangef>);

impl Columns {
    /// Shares a width out. Columns that do not fit even at their least are left out from the right.
    pub fn of(columns: &[Column], left: f32, width: f32) -> Self {
        let mut room = width;
        let fitting = columns.iter().take_while(|column| {
            room -= column.width;
            room >= 0.0
        });
        let shown: Vec<&Column> = fitting.collect();
        let least: f32 = shown.iter().map(|column| column.width).sum();
        let stretch: f32 = shown.iter().map(|column| column.stretch).sum();
        let spare = if stretch > 0.0 { (width - least) / stretch } else { 0.0 };
        let mut at = left;
        let ranges = shown.iter().map(|column| {
            let from = at;
            at += column.width + column.stretch * spare;
            Rangef::new(from + space::S, at - space::S)
        });
        Self(ranges.collect())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The place of a cell in a line; nothing when there is no room for its column.
    pub fn cell(&self, index: usize, line: Rect) -> Option<Rect> {
        self.0.get(index).map(|range| Rect::from_x_y_ranges(*range, line.y_range()))
    }

    /// Writes one cell, cut short where it is too long; answers whether it was.
    pub fn write(&self, ui: &Ui, (index, line): (usize, Rect), (text, font, color): (&str, FontId, Color32)) -> bool {
        let Some(cell) = self.cell(index, line) else { return !text.is_empty() };
        let galley = elided(ui, &[(text, font, color)], cell.width());
        let at = pos2(cell.left(), cell.center().y - galley.size().y / 2.0);
        let is_cut = galley.elided;
        ui.painter().galley(at, galley, color);
        is_cut
    }
}

/// The head of a table.
pub fn head(ui: &mut Ui, columns: &Columns, heads: &[Column]) {
    let tokens = theme::tokens(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEAD), Sense::hover());
    for (index, column) in heads.iter().enumerate() {
        columns.write(ui, (index, rect), (column.head, theme::strong(size::CAPTION), tokens.text_weak));
    }
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, (1.0, tokens.line));
}

/// The place of the next line; tables of few lines take them one by one.
pub fn next_line(ui: &mut Ui) -> Rect {
    ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover()).0
}

/// The ground of a line that only tells something.
pub fn line(ui: &Ui, rect: Rect, id: Id, spoken: &str) -> Response {
    let response = ui.interact(rect, id, Sense::hover());
    speak(&response, Role::Label, spoken);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, (1.0, theme::tokens(ui).hairline));
    response
}

/// The ground of a line that opens something.
pub fn row(ui: &Ui, rect: Rect, id: Id, (spoken, is_selected): (&str, bool)) -> Response {
    let tokens = theme::tokens(ui);
    let response = ui.interact(rect, id, Sense::click());
    speak_selected(&response, Role::ListBoxOption, spoken, is_selected);
    let ground = match (is_selected, response.hovered() || response.has_focus()) {
        (true, _) => tokens.selection,
        (false, true) => tokens.hover,
        (false, false) => Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, 0.0, ground);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, (1.0, tokens.hairline));
    paint_focus(ui.painter(), &response, rect.shrink(1.0), tokens);
    response.on_hover_cursor(CursorIcon::PointingHand)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [
        Column { head: "Time", width: 100.0, stretch: 0.0 },
        Column { head: "What", width: 100.0, stretch: 3.0 },
        Column { head: "Why", width: 100.0, stretch: 1.0 },
    ];

    fn widths(width: f32) -> Vec<f32> {
        Columns::of(&COLUMNS, 0.0, width).0.iter().map(|range| range.span() + 2.0 * space::S).collect()
    }

    #[test]
    fn what_is_left_over_goes_to_the_columns_that_stretch() {
        assert_eq!(widths(300.0), [100.0, 100.0, 100.0]);
        assert_eq!(widths(700.0), [100.0, 400.0, 200.0]);
    }

    #[test]
    fn a_column_without_room_is_left_out_and_the_others_share_its_place() {
        assert_eq!(widths(250.0), [100.0, 150.0]);
        let columns = Columns::of(&COLUMNS, 0.0, 250.0);
        assert!(columns.cell(2, Rect::ZERO).is_none());
    }
}
