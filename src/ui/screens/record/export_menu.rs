//! The export menu: the recording byte for byte, the notes as a document, the transcript on the clipboard.
//! Asks for no place; the save dialog comes after the command.

use crate::state::{DocumentFormat, ExportCommand, LinkCommand, OpenRecord, RecordCommand};
use crate::ui::action::Action;
use crate::ui::theme::{regular, size, space, tokens};
use crate::ui::view::View;
use crate::ui::widgets::{kbd_width, menu_button, one_line, paint_focus, paint_kbd, speak};
use eframe::egui::{Color32, Popup, RectAlign, Response, Role, Sense, Ui, vec2};

struct Item {
    text: &'static str,
    /// Whose key stands at the right, where it has one.
    action: Option<Action>,
    /// Why it cannot be done; empty where it can.
    why_not: &'static str,
}

const WIDTH: f32 = 280.0;

pub(super) fn export_menu_ui(ui: &mut Ui, view: &View<'_>, record: &OpenRecord) {
    let button = menu_button(ui, "Export");
    let menu = Popup::menu(&button).align(RectAlign::BOTTOM_END).gap(space::XS).width(WIDTH);
    menu.show(|ui| items_ui(ui, view, record));
}

fn items_ui(ui: &mut Ui, view: &View<'_>, record: &OpenRecord) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let (no_recording, no_notes, no_transcript) = obstacles(record);
    if item_ui(ui, &Item { text: "Recording (WAV)…", action: Some(Action::ExportRecording), why_not: no_recording }) {
        view.send(ExportCommand::Recording);
    }
    let player = &view.state.player;
    let is_selected = player.holds(&record.key) && player.selection.is_some();
    let no_clip = match no_recording {
        "" if !is_selected => "Select a part of the recording first: drag over it with Shift",
        why_not => why_not,
    };
    if item_ui(ui, &Item { text: "Selected clip (WAV)…", action: Some(Action::ExportClip), why_not: no_clip }) {
        view.send(ExportCommand::Clip);
    }
    if item_ui(ui, &Item { text: "Transcript and note as text…", action: None, why_not: no_notes }) {
        view.send(ExportCommand::Document(DocumentFormat::Text));
    }
    if item_ui(ui, &Item { text: "Transcript and note as Markdown…", action: None, why_not: no_notes }) {
        view.send(ExportCommand::Document(DocumentFormat::Markdown));
    }
    if item_ui(ui, &Item { text: "Transcript and note as PDF…", action: None, why_not: no_notes }) {
        view.send(ExportCommand::Document(DocumentFormat::Pdf));
    }
    for (action, has_transcript) in [(Action::Print, false), (Action::PrintAll, true)] {
        if item_ui(ui, &Item { text: action.text(), action: Some(action), why_not: no_notes }) {
            view.send(ExportCommand::Print { has_transcript });
        }
    }
    if item_ui(ui, &Item { text: "Copy transcript", action: None, why_not: no_transcript }) {
        view.send(RecordCommand::CopyTranscript);
    }
    let no_link = if view.state.link_of_open().is_some() { "" } else { "A room conversation has no link" };
    if item_ui(ui, &Item { text: Action::CopyLink.text(), action: Some(Action::CopyLink), why_not: no_link }) {
        view.send(LinkCommand::Copy);
    }
}

/// Why the recording, a document and the transcript cannot be handed over; empty where they can.
fn obstacles(record: &OpenRecord) -> (&'static str, &'static str, &'static str) {
    let reading = record.reading();
    let has_transcript = reading.is_some_and(|reading| reading.transcript.is_some());
    let has_notes = has_transcript || reading.is_some_and(|reading| reading.soap.is_some());
    let recording = match (&record.consultation, record.key.record_id()) {
        (_, None) => "There is no recording for a room conversation",
        (None, _) => "The consultation is still loading",
        _ => "",
    };
    let notes = if has_notes && record.consultation.is_some() { "" } else { "There is no transcript or note yet" };
    (recording, notes, if has_transcript { "" } else { "There is no transcript yet" })
}

/// One row; `true` when it was chosen, which also closes the menu.
fn item_ui(ui: &mut Ui, item: &Item) -> bool {
    let is_enabled = item.why_not.is_empty();
    let response = ui.add_enabled_ui(is_enabled, |ui| row_ui(ui, item)).inner;
    let response = response.on_disabled_hover_text(item.why_not);
    if response.clicked() {
        ui.close();
    }
    response.clicked()
}

fn row_ui(ui: &mut Ui, item: &Item) -> Response {
    let tokens = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), space::CONTROL), Sense::click());
    speak(&response, Role::MenuItem, item.text);
    let is_over = response.enabled() && (response.hovered() || response.has_focus());
    let fill = if is_over { tokens.hover } else { Color32::TRANSPARENT };
    ui.painter().rect_filled(rect, space::RADIUS, fill);
    paint_focus(ui.painter(), &response, rect, tokens);
    let color = if response.enabled() { tokens.text } else { tokens.text_hint };
    let text = one_line(ui, item.text, regular(size::CONTROL), color);
    ui.painter().galley(rect.left_center() + vec2(space::S, -text.size().y / 2.0), text, color);
    let is_mac = ui.ctx().os().is_mac();
    let keys = item.action.map(|action| action.framed_keys(is_mac)).filter(|keys| !keys.is_empty());
    if let Some(keys) = keys {
        let left = rect.right_center() - vec2(space::S + kbd_width(ui, &keys), 0.0);
        paint_kbd(ui, &keys, left);
    }
    response
}
