//! A new release in the status bar and in About; what About says of this computer; finding in the licences.

use super::{sent, window};
use crate::domain::update::{FileSum, Release, ReleasePage, Version};
use crate::state::{
    Dialog, Event, State, StorageEvent, StorageUse, UpdateCommand, UpdateNews, UpdateSettings, WindowCommand,
};
use crate::ui::samples;
use chrono::NaiveDate;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;

const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

/// A desk that has heard of a release which is newer than any.
fn told_of_a_release() -> State {
    let mut state = samples::desk();
    let address = "https://example.org/desk.signed".to_owned();
    state.settings.updates = UpdateSettings { address, key: KEY.to_owned(), ..UpdateSettings::default() };
    let release = Release {
        version: Version::parse("999.0.0").expect("a number"),
        date: NaiveDate::from_ymd_opt(2026, 12, 1).expect("a day"),
        page: ReleasePage::parse("https://example.org/releases").expect("a page"),
        sums: FileSum::new("desk.deb", &"ab".repeat(32)).into_iter().collect(),
    };
    state.apply(Event::Update(UpdateNews::Announced(release)), samples::now());
    state
}

#[test]
fn the_status_bar_leads_to_about_which_tells_of_it() {
    let mut harness = window(told_of_a_release());
    harness.get_by_role_and_label(Role::Button, "Show the new release").click();
    harness.run();
    assert_eq!(sent(&mut harness), [WindowCommand::Show(Dialog::About).into()]);
    harness.get_by_label(&format!("Notices of them are believed when they are signed with this key:\n{KEY}"));
    harness.get_by_role_and_label(Role::Button, "Open the release page").click();
    harness.run();
    assert_eq!(sent(&mut harness), [UpdateCommand::OpenPage.into()]);
}

#[test]
fn about_says_what_runs_here_and_where_the_data_lie() {
    let mut state = samples::desk();
    let usage = StorageUse { folder: "/home/ana/.local/share/consultdesk".to_owned(), ..StorageUse::default() };
    state.apply(Event::Storage(StorageEvent::Measured(usage)), samples::now());
    state.handle(WindowCommand::DrawnWith("glow").into(), samples::now());
    state.handle(WindowCommand::Show(Dialog::About).into(), samples::now());
    let harness = window(state);
    for words in
        ["glow", "/home/ana/.local/share/consultdesk", "No public key is set, so no notice of a release is believed."]
    {
        harness.get_by_label(words);
    }
    harness.get_by_label_contains(concat!("consult-desk-", env!("CARGO_PKG_VERSION"), ".cdx.json"));
    harness.get_by_label_contains(concat!("Version ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_library_is_found_in_the_licences() {
    let mut state = samples::desk();
    state.handle(WindowCommand::Show(Dialog::Licences).into(), samples::now());
    let mut harness = window(state);
    let field = harness.get_by_role_and_label(Role::TextInput, "Find in the licences");
    assert!(field.is_focused(), "one can type at once");
    harness.get_by_role_and_label(Role::TextInput, "Find in the licences").type_text("minisign-verify");
    harness.run();
    harness.get_by_label("1 of 1");
    harness.get_by_label_contains("minisign-verify 0.3");
    harness.get_by_role_and_label(Role::TextInput, "Find in the licences").type_text(" and no other");
    harness.run();
    harness.get_by_label("Not found");
}
