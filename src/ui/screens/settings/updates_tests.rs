//! The card for updates by what is there to read and what a click wishes for.

use super::super::tests::{measured, screen, sent};
use crate::domain::update::{FileSum, Release, ReleasePage, Version};
use crate::state::{Event, Fault, Problem, State, UpdateCommand, UpdateFault, UpdateNews, UpdateSettings};
use crate::ui::samples;
use chrono::NaiveDate;
use eframe::egui::Key;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
const SIZE: (f32, f32) = (1280.0, 2_000.0);

fn set_up() -> State {
    let mut state = measured();
    let address = "https://example.org/desk.signed".to_owned();
    state.settings.updates = UpdateSettings { address, key: KEY.to_owned(), ..UpdateSettings::default() };
    state
}

fn announced(state: &mut State, version: &str) {
    let release = Release {
        version: Version::parse(version).expect("a number"),
        date: NaiveDate::from_ymd_opt(2026, 12, 1).expect("a day"),
        page: ReleasePage::parse("https://example.org/releases").expect("a page"),
        sums: FileSum::new("desk.deb", &"ab".repeat(32)).into_iter().collect(),
    };
    state.handle(UpdateCommand::CheckNow.into(), samples::now());
    state.apply(Event::Update(UpdateNews::Announced(release)), samples::now());
}

#[test]
fn it_is_off_and_says_that_there_is_nowhere_to_ask() {
    let mut harness = screen(measured(), SIZE);
    harness.get_by_label(concat!("This is version ", env!("CARGO_PKG_VERSION")));
    harness.get_by_label("Nowhere to ask: no address is set. Type in where new releases are announced.");
    let switch = harness.get_by_role_and_label(Role::Switch, "Look for new releases");
    assert_eq!(switch.accesskit_node().toggled(), Some(eframe::egui::accesskit::Toggled::False));
    switch.click();
    harness.run();
    assert_eq!(sent(&mut harness), [UpdateCommand::Switch(true).into()]);
}

#[test]
fn address_and_key_are_typed_and_taken_with_enter() {
    let mut harness = screen(measured(), SIZE);
    let fields = [
        ("Release address", "https://example.org/a", UpdateCommand::Address("https://example.org/a".to_owned())),
        ("Public key", KEY, UpdateCommand::Key(KEY.to_owned())),
    ];
    for (name, text, command) in fields {
        harness.get_by_role_and_label(Role::TextInput, name).focus();
        harness.run();
        harness.get_by_role_and_label(Role::TextInput, name).type_text(text);
        harness.run();
        assert_eq!(sent(&mut harness), [], "not with every letter");
        harness.key_press(Key::Enter);
        harness.run();
        assert_eq!(sent(&mut harness), [command.into()], "{name}");
    }
    harness.get_by_label("Nobody has looked for a newer one yet.");
}

#[test]
fn a_check_by_hand_says_how_it_went() {
    let mut harness = screen(set_up(), SIZE);
    harness.get_by_role_and_label(Role::Button, "Check now").click();
    harness.run();
    assert_eq!(sent(&mut harness), [UpdateCommand::CheckNow.into()]);
    harness.get_by_label("Looking…");
    let problem = Problem::new(&Fault::Update(UpdateFault::WrongSignature), "UP-SIGNATURE");
    harness.state_mut().state.apply(Event::Update(UpdateNews::Failed(problem)), samples::now());
    harness.run();
    harness.get_by_label(
        "The notice of a release is not signed with the maker's key, so it was not believed. \
         Do not install anything because of it. Tell whoever looks after your computers.",
    );
    assert!(harness.query_by_label("Open the release page").is_none());
    announced(&mut harness.state_mut().state, "0.0.1");
    harness.run();
    harness.get_by_label("It is the newest one. Looked at 14:02.");
}

#[test]
fn a_new_release_is_told_and_its_page_opens_with_a_click_alone() {
    let mut state = set_up();
    announced(&mut state, "999.0.0");
    let mut harness = screen(state, SIZE);
    harness.get_by_label("Consult Desk 999.0.0 is out");
    harness.get_by_label(
        "Released on 1 Dec 2026, announced with the maker's signature. Nothing is downloaded or installed by itself.",
    );
    assert_eq!(sent(&mut harness), []);
    for (name, command) in
        [("Open the release page", UpdateCommand::OpenPage), ("Copy SHA-256 sums", UpdateCommand::CopySums)]
    {
        harness.get_by_role_and_label(Role::Button, name).click();
        harness.run();
        assert_eq!(sent(&mut harness), [command.into()], "{name}");
    }
}
