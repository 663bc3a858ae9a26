//! The main screen: the list at the left, the open consultation beside it.
//! In a narrow window one of the two shows at a time.

pub mod filter_menu;
mod filters;
mod footer;
mod heights;
mod list;
mod nothing;
mod row;
mod scroll;

pub use filters::search_id;

use crate::state::{RecordCommand, Settings, SettingsCommand};
use crate::ui::Memory;
use crate::ui::screens::record;
use crate::ui::theme::{self, icons, size, space};
use crate::ui::view::View;
use crate::ui::widgets::{self, Button, Kind};
use eframe::egui::{CentralPanel, CursorIcon, Panel, Rect, Sense, Ui, vec2};

#[derive(Default)]
pub struct ListMemory {
    /// The search field takes the focus with the next frame.
    pub wants_search: bool,
    filters: filters::FilterMemory,
    scroll: scroll::ListScroll,
    /// While the splitter is dragged.
    width: Option<f32>,
}

const NARROWEST: f32 = 264.0;
/// Below this the list and the consultation do not fit beside each other.
const SINGLE_PANE: f32 = 640.0;

pub fn consultations_ui(ui: &mut Ui, view: &View<'_>, memory: &mut Memory) {
    let room = ui.available_rect_before_wrap();
    if room.width() < SINGLE_PANE {
        single_pane(ui, view, memory);
        return;
    }
    let wanted = memory.list.width.unwrap_or(view.state.settings.list_width);
    let width = wanted.clamp(NARROWEST, (room.width() * 0.46).max(NARROWEST)).round();
    let panel = Panel::left("list").exact_size(width).resizable(false).show_separator_line(false);
    panel.frame(theme::bare_frame()).show(ui, |ui| list::list_ui(ui, view, &mut memory.list));
    CentralPanel::default().frame(theme::bare_frame()).show(ui, |ui| detail(ui, view, memory));
    splitter(ui, view, &mut memory.list, room.with_max_x(room.left() + width));
}

fn single_pane(ui: &mut Ui, view: &View<'_>, memory: &mut Memory) {
    if view.state.record.is_none() || memory.list.wants_search {
        if view.state.record.is_some() {
            view.send(RecordCommand::Close);
        }
        CentralPanel::default().frame(theme::bare_frame()).show(ui, |ui| list::list_ui(ui, view, &mut memory.list));
        return;
    }
    let back = Panel::top("back").exact_size(space::CONTROL + 6.0).resizable(false).show_separator_line(true);
    back.frame(theme::bare_frame().fill(theme::tokens(ui).panel)).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            ui.add_space(space::S);
            let button = Button::new("All consultations").icon(icons::CHEVRON_LEFT).kind(Kind::Link);
            if ui.add(button.height(space::CHIP)).clicked() {
                view.send(RecordCommand::Close);
            }
        });
    });
    CentralPanel::default().frame(theme::bare_frame()).show(ui, |ui| detail(ui, view, memory));
}

fn detail(ui: &mut Ui, view: &View<'_>, memory: &mut Memory) {
    if view.state.record.is_some() {
        record::record_ui(ui, view, &mut memory.record);
        return;
    }
    if view.state.list.view.rows.is_empty() {
        widgets::empty_state(ui, icons::NOTE, "Nothing open", "What you choose in the list shows here.", |_| {});
        return;
    }
    let text = "Click one in the list, or move with the arrow keys.";
    widgets::empty_state(ui, icons::NOTE, "Choose a consultation", text, |ui| {
        ui.horizontal(|ui| {
            let width = ui.available_width();
            ui.add_space(((width - 214.0) / 2.0).max(0.0));
            ui.spacing_mut().item_spacing = vec2(6.0, 0.0);
            for (keys, words) in [("↑", ""), ("↓", "move"), ("F1", "all shortcuts")] {
                widgets::kbd(ui, keys);
                hint(ui, words);
            }
        });
    });
}

fn hint(ui: &mut Ui, words: &str) {
    if words.is_empty() {
        return;
    }
    let text = eframe::egui::RichText::new(words).font(theme::regular(size::SMALL));
    ui.label(text.color(theme::tokens(ui).text_weak));
}

/// The edge of the list; a drag is remembered, a double click sets it back.
fn splitter(ui: &mut Ui, view: &View<'_>, memory: &mut ListMemory, list: Rect) {
    let tokens = theme::tokens(ui);
    let grip = Rect::from_x_y_ranges(list.right() - 4.0..=list.right() + 3.0, list.y_range());
    let response = ui.interact(grip, ui.make_persistent_id("list edge"), Sense::CLICK | Sense::DRAG);
    if response.dragged()
        && let Some(pointer) = response.interact_pointer_pos()
    {
        memory.width = Some((pointer.x - list.left()).clamp(NARROWEST, 720.0));
    }
    if response.drag_stopped()
        && let Some(width) = memory.width.take()
    {
        view.send(SettingsCommand::ListWidth(width));
    }
    if response.double_clicked() {
        view.send(SettingsCommand::ListWidth(Settings::default().list_width));
    }
    let is_over = response.hovered() || response.dragged();
    let (width, color) = if is_over { (2.0, tokens.accent) } else { (1.0, tokens.line) };
    ui.painter().vline(list.right() - 0.5, list.y_range(), (width, color));
    response.on_hover_cursor(CursorIcon::ResizeHorizontal);
}
