//! Links to a consultation by what is there to read, to click and to type.

use super::{BELLA, Desk, samples, sent, window};
use crate::domain::{ConsultationKey, GivenLink};
use crate::state::{
    Command, Event, Fault, LinkCommand, ListCommand, LockCommand, LockEvent, Problem, RecordEvent, State,
};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

fn click_elsewhere(harness: &mut Harness<'static, Desk>, link: &str) {
    let follow = LinkCommand::Follow(GivenLink::new(link));
    harness.state_mut().state.handle(follow.into(), samples::now());
    harness.run();
}

fn locked() -> State {
    let mut state = samples::desk();
    state.handle(LockCommand::Lock.into(), samples::now());
    state.apply(Event::Lock(LockEvent::Locked { has_pin: true }), samples::now());
    state
}

#[test]
fn a_link_that_leads_nowhere_is_said_in_words() {
    let mut harness = window(samples::desk());
    click_elsewhere(&mut harness, "consultdesk://consultation/");
    let words = "This link does not lead to a consultation. A part of it may be missing. \
                 Ask for it again, or look for the consultation in the list.";
    assert!(harness.query_all_by_label_contains(words).next().is_some());
}

#[test]
fn the_lock_screen_says_that_a_consultation_waits_and_not_which() {
    let mut harness = window(locked());
    assert!(harness.query_by_label("The consultation of the link opens then.").is_none());
    click_elsewhere(&mut harness, "consultdesk://consultation/r1");
    harness.get_by_label("The consultation of the link opens then.");
    harness.get_by_role_and_label(Role::PasswordInput, "PIN");
    let mut harness = window(samples::signed_out());
    click_elsewhere(&mut harness, "consultdesk://consultation/r1");
    harness.get_by_label("The consultation of the link opens once you have signed in.");
}

#[test]
fn one_that_nobody_has_says_so_where_it_would_stand() {
    let mut harness = window(samples::desk());
    click_elsewhere(&mut harness, "consultdesk://consultation/r99");
    let key = ConsultationKey::record("r99");
    let problem = Problem::new(&Fault::RecordUnknown, "NX-404");
    let failed = Event::Record(RecordEvent::Failed { key, problem });
    harness.state_mut().state.apply(failed, samples::now());
    harness.run();
    assert!(harness.query_all_by_label_contains("This consultation is not on NxVET.").next().is_some());
}

#[test]
fn the_link_is_copied_by_key_by_menu_and_beside_the_row() {
    let mut harness = window(samples::desk_with_open_record());
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::L);
    harness.run();
    assert_eq!(sent(&mut harness), [LinkCommand::Copy.into()]);
    assert!(harness.query_all_by_label_contains("Link copied").next().is_some());

    harness.get_by_role_and_label(Role::Button, "Export").click();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, "Copy link").click();
    harness.run();
    assert_eq!(sent(&mut harness), [LinkCommand::Copy.into()]);

    let mut harness = window(samples::desk());
    harness.get_by_label(BELLA).click_secondary();
    harness.run();
    assert_eq!(sent(&mut harness), [] as [Command; 0], "the menu opens nothing by itself");
    let keys = crate::ui::action::Action::CopyLink.keys(false);
    harness.get_by_role_and_label(Role::MenuItem, &format!("Copy link, {keys}")).click();
    harness.run();
    assert_eq!(sent(&mut harness), [LinkCommand::CopyTo(ConsultationKey::record("r1")).into()]);
}

#[test]
fn a_room_conversation_has_no_link_to_copy() {
    let mut state = samples::desk();
    let talk = samples::consultations().into_iter().find(|row| row.key.record_id().is_none()).expect("a talk");
    state.handle(ListCommand::Select(talk.key.clone()).into(), samples::now());
    let mut harness = window(state);
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::L);
    harness.run();
    assert_eq!(sent(&mut harness), [] as [Command; 0]);
    harness.get_by_role_and_label(Role::Button, "Export").click();
    harness.run();
    assert!(harness.get_by_role_and_label(Role::MenuItem, "Copy link").accesskit_node().is_disabled());
}
