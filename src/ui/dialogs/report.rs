//! What the last failure left behind, as it would be sent to support. It holds no content.

use super::{paragraph, titled};
use crate::state::SupportCommand;
use crate::ui::theme::{self, size, space};
use crate::ui::view::View;
use crate::ui::widgets;
use eframe::egui::{Label, RichText, Ui};

pub fn report_ui(ui: &Ui, view: &View<'_>) {
    titled(ui, view, "Report", 560.0, |ui| {
        paragraph(
            ui,
            "This says where Consult Desk failed and on what kind of computer. It holds no names, keys or content, \
             and is sent to nobody by itself.",
        );
        ui.add_space(space::S);
        let Some(report) = &view.state.support.report else {
            paragraph(ui, "Reading it…");
            return;
        };
        let color = theme::tokens(ui).text;
        ui.add(Label::new(RichText::new(report).font(theme::regular(size::SMALL)).color(color)).wrap());
        ui.add_space(space::S);
        ui.horizontal_wrapped(|ui| {
            if widgets::button(ui, "Copy").clicked() {
                view.send(SupportCommand::CopyReport);
            }
            if widgets::button(ui, "Open log folder").clicked() {
                view.send(SupportCommand::OpenLogs);
            }
        });
    });
}
