//! What this program is, its version, and whose work it stands on.

use super::{paragraph, titled};
use crate::state::{Dialog, WindowCommand};
use crate::ui::theme::{self, size, space};
use crate::ui::view::View;
use crate::ui::widgets;
use eframe::egui::{Label, RichText, Ui};

const CREDITS: [(&str, &str); 4] = [
    ("Typeface", "Inter, by The Inter Project Authors. SIL Open Font License 1.1."),
    ("Icons", "Lucide, by the Lucide contributors. ISC licence."),
    ("Window", "egui and eframe, by Emil Ernerfeldt and contributors. MIT or Apache 2.0."),
    ("Sample data", "Every patient, person, voice and note of the sample clinic is invented."),
];

pub fn about_ui(ui: &Ui, view: &View<'_>) {
    titled(ui, view, "Consult Desk", 480.0, |ui| {
        paragraph(ui, &format!("Version {}", env!("CARGO_PKG_VERSION")));
        paragraph(
            ui,
            "Read, hear and hand on the consultations that NxVET recorded. It reads from NxVET and writes nothing back.",
        );
        ui.add_space(space::S);
        for (what, whose) in CREDITS {
            let color = theme::tokens(ui).text;
            ui.add(Label::new(RichText::new(what).font(theme::strong(size::SMALL)).color(color)));
            paragraph(ui, whose);
            ui.add_space(space::XS);
        }
        paragraph(
            ui,
            "Consult Desk itself: MIT or Apache 2.0. The SOAP notes it shows are AI drafts from NxVET; check them before use.",
        );
        ui.add_space(space::S);
        if widgets::button(ui, "Libraries and licences…").clicked() {
            view.send(WindowCommand::Show(Dialog::Licences));
        }
    });
}
