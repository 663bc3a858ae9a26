//! What this program is, its version, how it was built and is drawn, where its data lie, and whose work it stands on.

use super::{paragraph, titled};
use crate::state::{Dialog, StorageCommand, WindowCommand};
use crate::ui::release::newer_release_ui;
use crate::ui::theme::{self, size, space};
use crate::ui::view::View;
use crate::ui::widgets;
use eframe::egui::{Label, RichText, Ui};

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Told by the scripts that make packages; a build by hand may be of anything.
const COMMIT: Option<&str> = option_env!("CONSULT_DESK_COMMIT");

const CREDITS: [(&str, &str); 4] = [
    ("Typeface", "Inter, by The Inter Project Authors. SIL Open Font License 1.1."),
    ("Icons", "Lucide, by the Lucide contributors. ISC licence."),
    ("Window", "egui and eframe, by Emil Ernerfeldt and contributors. MIT or Apache 2.0."),
    ("Sample data", "Every patient, person, voice and note of the sample clinic is invented."),
];

pub fn about_ui(ui: &Ui, view: &View<'_>) {
    titled(ui, view, "Consult Desk", 480.0, |ui| {
        paragraph(ui, &version_words());
        newer_release_ui(ui, view);
        paragraph(
            ui,
            "Read, hear and hand on the consultations that NxVET recorded. It reads from NxVET and writes nothing back.",
        );
        ui.add_space(space::XS);
        buttons(ui, view);
        ui.add_space(space::S);
        for (what, how) in this_computer(view) {
            fact(ui, what, &how);
        }
        for (what, whose) in CREDITS {
            fact(ui, what, whose);
        }
        paragraph(
            ui,
            "Consult Desk itself: MIT or Apache 2.0. The SOAP notes it shows are AI drafts from NxVET; check them before use.",
        );
    });
}

fn buttons(ui: &mut Ui, view: &View<'_>) {
    ui.horizontal_wrapped(|ui| {
        if widgets::button(ui, "Libraries and licences…").clicked() {
            view.send(WindowCommand::Show(Dialog::Licences));
        }
        if widgets::button(ui, "Copy diagnostics").clicked() {
            view.send(StorageCommand::CopyDiagnostics);
        }
    });
}

fn fact(ui: &mut Ui, what: &str, how: &str) {
    let color = theme::tokens(ui).text;
    ui.add(Label::new(RichText::new(what).font(theme::strong(size::SMALL)).color(color)));
    paragraph(ui, how);
    ui.add_space(space::XS);
}

fn version_words() -> String {
    match COMMIT {
        Some(commit) if !commit.is_empty() => format!("Version {VERSION}, commit {commit}"),
        _ => format!("Version {VERSION}"),
    }
}

/// What differs from one computer to the next.
fn this_computer(view: &View<'_>) -> Vec<(&'static str, String)> {
    let state = view.state;
    let mut facts = Vec::new();
    if !state.storage.drawn_with().is_empty() {
        facts.push(("Drawn with", state.storage.drawn_with().to_owned()));
    }
    if let Some(usage) = &state.storage.usage {
        facts.push(("Data on this computer", usage.folder.clone()));
    }
    let releases = match state.settings.updates.key_or_built_in() {
        "" => "No public key is set, so no notice of a release is believed.".to_owned(),
        key => format!("Notices of them are believed when they are signed with this key:\n{key}"),
    };
    facts.push(("Releases", releases));
    let parts = format!(
        "Each release comes with the list of its parts and their versions: consult-desk-{VERSION}.cdx.json (SBOM, CycloneDX)."
    );
    facts.push(("Parts", parts));
    facts
}
