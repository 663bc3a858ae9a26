//! One block of the day view: how each kind looks, what it says when the pointer or the keyboard is on it.
//! Where it stands is told by the lane.

use crate::domain::live::Booking;
use crate::domain::live::day::{Block, BlockKind, Day, Lane};
use crate::state::board::BoardCommand;
use crate::ui::theme::{self, Tokens, size};
use crate::ui::view::View;
use crate::ui::widgets::paint_focus;
use eframe::egui::text::{LayoutJob, TextFormat, TextWrapping};
use eframe::egui::{
    Color32, CursorIcon, Galley, Id, Rect, Response, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, accesskit::Role,
    pos2, vec2,
};
use std::sync::Arc;

pub(super) const HEIGHT: f32 = 30.0;
/// A block is at least so wide that it can be hit.
pub(super) const LEAST: f32 = 8.0;
const PADDING: f32 = 6.0;
/// Names are cut short down to this much room; below it the block is bare.
const LEAST_WORDS: f32 = 22.0;
/// Between a block and the name that stands behind it.
const BEHIND: f32 = 5.0;
const DASH: f32 = 4.0;
const GAP: f32 = 3.0;

/// How a kind of block looks.
struct Look {
    fill: Color32,
    text: Color32,
    border: Border,
    is_struck: bool,
    /// Said on the block itself, as no colour says it.
    word: &'static str,
}

enum Border {
    None,
    Solid(Color32),
    Dashed(Color32),
}

/// Where a block stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub rect: Rect,
    /// Points behind it in which nothing else stands.
    pub free: f32,
}

pub(super) fn block_ui(ui: &Ui, view: &View<'_>, (day, lane, block): (&Day, &Lane, &Block), place: Place) {
    let rect = place.rect;
    let tokens = theme::tokens(ui);
    let look = look(&block.kind, tokens);
    let response = ui.interact(rect, id(lane, block), Sense::click());
    let opens = block.opens();
    let role = if opens.is_some() { Role::Button } else { Role::Label };
    // A day has hundreds of them, and few are asked.
    let told = |between: &str| words(view, day, lane, block).join(between);
    response.widget_info(|| WidgetInfo::labeled(role, true, told(", ")));
    if response.gained_focus() {
        // Sideways too, which the page does not know of.
        response.scroll_to_me(None);
    }
    if ui.is_rect_visible(rect) {
        paint(ui, &response, &look, rect);
        write(ui, (day, block), &look, place);
        paint_focus(ui.painter(), &response, rect, tokens);
    }
    if response.has_focus() {
        response.show_tooltip_text(told("\n"));
    }
    let response = response.on_hover_ui(|ui| drop(ui.label(told("\n"))));
    let Some(key) = opens else { return };
    if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
        view.send(BoardCommand::Open(key.clone()));
    }
}

/// The same block keeps the keyboard while the day goes on.
fn id(lane: &Lane, block: &Block) -> Id {
    let name = match &block.kind {
        BlockKind::Consultation { key, .. } | BlockKind::Running { key } | BlockKind::Heard { key } => key.as_text(),
        BlockKind::Appointment { id, .. } => format!("appointment/{}", id.0),
    };
    Id::unique(("day block", lane.room.as_str(), name))
}

fn look(kind: &BlockKind, tokens: &Tokens) -> Look {
    let bare = Color32::TRANSPARENT;
    let plain = |fill, text, border| Look { fill, text, border, is_struck: false, word: "" };
    match kind {
        BlockKind::Consultation { .. } => plain(tokens.accent_weak, tokens.text, Border::None),
        BlockKind::Running { .. } => plain(tokens.accent, tokens.on_accent, Border::None),
        BlockKind::Heard { .. } => plain(tokens.panel, tokens.text_weak, Border::Solid(tokens.accent)),
        BlockKind::Appointment { is_no_show: true, .. } => {
            Look { word: "no-show", ..plain(bare, tokens.text_weak, Border::Dashed(tokens.text_hint)) }
        }
        BlockKind::Appointment { booking, .. } => match booking {
            Booking::Booked => plain(bare, tokens.text_weak, Border::Dashed(tokens.text_hint)),
            Booking::Cancelled => {
                let look = plain(bare, tokens.text_weak, Border::Dashed(tokens.line));
                Look { is_struck: true, ..look }
            }
            Booking::Failed => {
                Look { word: "failed", ..plain(tokens.error_weak, tokens.text, Border::Dashed(tokens.error)) }
            }
            Booking::Block => plain(tokens.hairline, tokens.text_weak, Border::None),
        },
    }
}

fn paint(ui: &Ui, response: &Response, look: &Look, rect: Rect) {
    let tokens = theme::tokens(ui);
    let corner = theme::radius(5.0);
    let is_over = response.hovered() || response.has_focus();
    ui.painter().rect_filled(rect, corner, look.fill);
    match look.border {
        Border::None if is_over => {
            ui.painter().rect_stroke(rect, corner, Stroke::new(1.0, tokens.accent), StrokeKind::Inside);
        }
        Border::None => {}
        Border::Solid(color) => {
            ui.painter().rect_stroke(rect, corner, Stroke::new(1.0, color), StrokeKind::Inside);
        }
        Border::Dashed(color) => {
            let color = if is_over { tokens.accent } else { color };
            ui.painter().extend(dashes(rect, Stroke::new(1.2, color)));
        }
    }
}

/// A dashed frame with cut corners.
fn dashes(rect: Rect, stroke: Stroke) -> Vec<Shape> {
    let (rect, cut) = (rect.shrink(0.6), 3.0);
    let path = [
        pos2(rect.left() + cut, rect.top()),
        pos2(rect.right() - cut, rect.top()),
        pos2(rect.right(), rect.top() + cut),
        pos2(rect.right(), rect.bottom() - cut),
        pos2(rect.right() - cut, rect.bottom()),
        pos2(rect.left() + cut, rect.bottom()),
        pos2(rect.left(), rect.bottom() - cut),
        pos2(rect.left(), rect.top() + cut),
        pos2(rect.left() + cut, rect.top()),
    ];
    Shape::dashed_line(&path, stroke, DASH, GAP)
}

/// The name in the block where it fits, behind a block that is too short for it, or cut short.
fn write(ui: &Ui, (day, block): (&Day, &Block), look: &Look, Place { rect, free }: Place) {
    let mut left = rect.left() + PADDING;
    let is_running = matches!(block.kind, BlockKind::Running { .. });
    if is_running {
        if rect.width() >= 2.0 * PADDING {
            ui.painter().circle_filled(pos2(left + 3.0, rect.center().y), 3.5, look.text);
        }
        left += 12.0;
    }
    let (title, more) = texts(day, block, look);
    let room = rect.right() - 3.0 - left;
    let inside = (room >= LEAST_WORDS).then(|| fitting(ui, (&title, &more), look, room));
    let put = |left: f32, galley: Arc<Galley>| {
        let at = pos2(left, rect.center().y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, look.text);
    };
    let is_cut = inside.as_ref().is_none_or(|galley| galley.elided);
    let room_behind = free - 2.0 * BEHIND;
    // Behind a running one lies what has not happened yet.
    if is_cut && !is_running && room_behind >= LEAST_WORDS {
        let behind = line(ui, (&title, ""), look, room_behind);
        if inside.is_none() || !behind.elided {
            put(rect.right() + BEHIND, behind);
            return;
        }
    }
    if let Some(galley) = inside {
        put(left, galley);
    }
}

/// What stands on a block, and what tells same-named ones apart.
fn texts(day: &Day, block: &Block, look: &Look) -> (String, String) {
    match (&block.kind, look.word) {
        (BlockKind::Running { .. }, _) => (format!("since {}", day.clock(block.from)), String::new()),
        (_, "") => (block.title.clone(), block.detail.clone()),
        (_, word) => (word.to_owned(), block.title.clone()),
    }
}

/// A name that fits alone is better than a name and a dot.
fn fitting(ui: &Ui, (title, more): (&str, &str), look: &Look, room: f32) -> Arc<Galley> {
    let whole = line(ui, (title, more), look, room);
    if whole.elided && !more.is_empty() { line(ui, (title, ""), look, room) } else { whole }
}

fn line(ui: &Ui, (title, rest): (&str, &str), look: &Look, room: f32) -> Arc<Galley> {
    let mut job = LayoutJob {
        wrap: TextWrapping { max_width: room, max_rows: 1, break_anywhere: true, ..TextWrapping::default() },
        break_on_newline: false,
        ..LayoutJob::default()
    };
    let strike = if look.is_struck { Stroke::new(1.0, look.text) } else { Stroke::NONE };
    let format = |font_id| TextFormat { font_id, color: look.text, strikethrough: strike, ..TextFormat::default() };
    job.append(title, 0.0, format(theme::regular(size::CAPTION)));
    if !rest.is_empty() {
        job.append(" · ", 0.0, format(theme::regular(size::CAPTION)));
        job.append(rest, 0.0, format(theme::regular(size::CAPTION)));
    }
    ui.painter().layout_job(job)
}

/// Everything about a block, a line each: who, when and where, how it stands.
pub(super) fn words(view: &View<'_>, day: &Day, lane: &Lane, block: &Block) -> Vec<String> {
    let mut who = block.title.clone();
    if !block.detail.is_empty() {
        who = format!("{who}, {}", block.detail);
    }
    let from = day.clock(block.from);
    let when = match block.until {
        Some(until) if until > block.from => format!("{from} to {}", day.clock(until)),
        Some(_) => from,
        None => format!("since {from}"),
    };
    let standing = standing(view, day, block);
    [who, format!("{when}, {}", lane.name), standing].into_iter().filter(|line| !line.is_empty()).collect()
}

fn standing(view: &View<'_>, day: &Day, block: &Block) -> String {
    match &block.kind {
        BlockKind::Consultation { stage, appointment, .. } => {
            let from_book = appointment.and_then(|id| view.state.board.appointment(id));
            match from_book.and_then(|one| one.starts_at) {
                Some(at) => format!("{}, booked for {}", stage.words(), day.clock(at)),
                None => stage.words().to_owned(),
            }
        }
        BlockKind::Running { .. } => "Recording".to_owned(),
        BlockKind::Heard { .. } => "Finished; the note is being written".to_owned(),
        BlockKind::Appointment { is_no_show: true, .. } => "Appointment, no-show".to_owned(),
        BlockKind::Appointment { booking, .. } => match booking {
            Booking::Booked => "Appointment".to_owned(),
            Booking::Cancelled => "Appointment, cancelled".to_owned(),
            Booking::Failed => "Failed: it could not be written into the book, so nobody is booked".to_owned(),
            Booking::Block => "Blocked in the book".to_owned(),
        },
    }
}

/// The place of a block between two x positions; never too narrow to hit.
pub(super) fn place((from, to): (f32, f32), top: f32) -> Rect {
    Rect::from_min_size(pos2(from, top), vec2((to - from).max(LEAST), HEIGHT))
}
