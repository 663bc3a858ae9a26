//! The whole window driven by clicks and keys without a screen: what is there to read, and what is wished for.

mod backfill;
mod hearing;
mod keeping;
mod link;
mod live;
mod lock;
mod marks;
mod print;
mod rooms;
mod sharing;
mod update;

use super::{Memory, install, root_ui, samples};
use crate::domain::catalog::Catalog;
use crate::domain::{ConsultationKey, Period};
use crate::state::{
    Command, ConnectionEvent, Dialog, Event, Fault, FindCommand, Kept, ListCommand, ListEvent, ListRequest, Loading,
    PlayerCommand, Problem, Progress, RecordCommand, Request, Route, Session, SessionCommand, SessionEvent,
    SettingsCommand, State, WindowCommand,
};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::sync::Arc;

struct Desk {
    state: State,
    memory: Memory,
    catalog: Catalog,
    sent: Vec<Command>,
}

impl Desk {
    fn frame(&mut self, ui: &mut eframe::egui::Ui) {
        for command in root_ui(ui, &self.state, &mut self.memory, samples::now()) {
            self.sent.push(command.clone());
            let requests = self.state.handle(command, samples::now());
            let asks = |request: &Request| matches!(request, Request::List(ListRequest::View { .. }));
            if requests.iter().any(asks) && !self.catalog.is_empty() {
                samples::show(&mut self.state, &mut self.catalog);
            }
        }
    }
}

fn window_of(state: State, size: (f32, f32)) -> Harness<'static, Desk> {
    let mut catalog = Catalog::default();
    catalog.upsert(samples::consultations());
    let desk = Desk { state, memory: Memory::default(), catalog, sent: Vec::new() };
    let mut harness = Harness::builder()
        .with_size(vec2(size.0, size.1))
        .allow_missing_glyphs()
        .with_max_steps(8)
        .with_context_setup(install)
        .build_ui_state(|ui, desk: &mut Desk| desk.frame(ui), desk);
    harness.run();
    harness
}

fn window(state: State) -> Harness<'static, Desk> {
    window_of(state, (1280.0, 800.0))
}

fn sent(harness: &mut Harness<'static, Desk>) -> Vec<Command> {
    std::mem::take(&mut harness.state_mut().sent)
}

const BELLA: &str = "Bella, Golden Retriever, Female, Room 1, Dr. Ana Roth, Today 13:40, Ready";

#[test]
fn a_quick_start_shows_nothing_and_a_slow_one_says_why() {
    let harness = window(samples::restoring());
    assert!(harness.query_by_label("Opening…").is_none());
    let mut state = samples::restoring();
    state.apply(Event::Session(SessionEvent::WaitingForKeyStore), samples::now());
    let mut harness = window(state);
    harness.get_by_label("Waiting for your system's password store…");
    harness.get_by_label("Enter key instead").click();
    harness.run();
    assert_eq!(sent(&mut harness), [SessionCommand::EnterKeyInstead.into()]);
    harness.get_by_label("Connect to NxVET");
}

#[test]
fn a_typed_key_is_sent_by_enter_and_wiped_once_accepted() {
    let mut harness = window(samples::signed_out());
    harness.get_by_role_and_label(Role::PasswordInput, "API key").type_text("nxvet_sk_0123456789abcdef");
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert!(matches!(sent(&mut harness).as_slice(), [Command::Session(SessionCommand::SignIn(_))]));
    harness.get_by_label("Checking the key…");
    let organization = samples::signed_in().session.organization().cloned().expect("a clinic");
    let event = SessionEvent::SignedIn { organization, demo: false, kept: Kept::Yes };
    harness.state_mut().state.apply(Event::Session(event), samples::now());
    harness.run();
    let mut state = samples::signed_out();
    std::mem::swap(&mut state, &mut harness.state_mut().state);
    harness.run();
    let field = harness.get_by_role_and_label(Role::PasswordInput, "API key");
    assert_eq!(field.accesskit_node().value().unwrap_or_default(), "");
}

#[test]
fn a_refused_key_says_so_in_place() {
    let mut state = samples::signed_out();
    let problem = Problem::new(&Fault::KeyRefused, "NX-401");
    state.apply(Event::Session(SessionEvent::SignInFailed(problem)), samples::now());
    let mut harness = window(state);
    harness.get_by_label("NxVET did not accept this key.");
    harness.get_by_label("Details").click();
    harness.run();
    harness.get_by_label("Code NX-401");
    harness.get_by_label("Try with sample data").click();
    harness.run();
    assert_eq!(sent(&mut harness), [SessionCommand::TrySampleData.into()]);
    harness.get_by_label("Opening the sample clinic…");
}

#[test]
fn a_key_refused_meanwhile_leaves_what_is_open() {
    let mut state = samples::desk_with_open_record();
    state.apply(Event::Session(SessionEvent::KeyRefused), samples::now());
    let mut harness = window(state);
    harness.get_by_label("Enter a new key");
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.state().state.record.is_some(), "Esc puts the box off and closes nothing behind it");
    harness.get_by_label(BELLA);
    harness.get_by_label("NxVET did not accept the key.");
    harness.get_by_label("Enter a new key").click();
    harness.run();
    harness.get_by_role_and_label(Role::PasswordInput, "API key");
}

#[test]
fn a_click_opens_a_row_and_keys_move_on() {
    let mut harness = window(samples::desk());
    harness.get_by_label("Choose a consultation");
    harness.get_by_label(BELLA).click();
    harness.run();
    assert_eq!(sent(&mut harness), [ListCommand::Select(ConsultationKey::record("r1")).into()]);
    harness.key_press(Key::J);
    harness.key_press(Key::ArrowDown);
    harness.run();
    assert_eq!(sent(&mut harness), [ListCommand::Move(1).into(), ListCommand::Move(1).into()]);
    assert_eq!(harness.state().state.list.selected_index, Some(2));
    harness.key_press(Key::Space);
    harness.run();
    assert_eq!(sent(&mut harness), [PlayerCommand::Toggle.into()]);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::F);
    harness.run();
    assert_eq!(sent(&mut harness), [FindCommand::Open.into()]);
}

#[test]
fn letters_typed_into_the_search_stay_there() {
    let mut harness = window(samples::desk());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::F);
    harness.run();
    sent(&mut harness);
    let field = harness.get_by_role_and_label(Role::TextInput, "Search patients, rooms, vets");
    assert!(field.is_focused(), "Ctrl+F searches the list while nothing is open");
    field.type_text("soren jk m");
    harness.run();
    assert_eq!(sent(&mut harness), [ListCommand::FilterText("soren jk m".to_owned()).into()]);
    harness.get_by_label("None of the 11 loaded consultations match.");
    harness.get_by_label("1,239 older ones are not loaded.");
    harness.get_all_by_label("Clear filters").next().expect("a button").click();
    harness.run();
    assert_eq!(sent(&mut harness), [ListCommand::ClearFilters.into()]);
}

#[test]
fn escape_in_the_search_empties_it_and_closes_nothing() {
    let mut harness = window(samples::desk_with_open_record());
    harness.key_press(Key::Slash);
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Search patients, rooms, vets").type_text("bella");
    harness.run();
    sent(&mut harness);
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(sent(&mut harness), [ListCommand::FilterText(String::new()).into()]);
    assert!(harness.state().state.record.is_some());
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.state().state.record.is_none(), "the second one closes the consultation");
}

#[test]
fn chips_filter_and_name_what_they_filter_by() {
    let mut harness = window(samples::desk());
    harness.get_by_role_and_label(Role::Button, "Today").click();
    harness.run();
    assert_eq!(sent(&mut harness), [ListCommand::FilterPeriod(Period::Today).into()]);
    harness.get_by_label("Filter by room").click();
    harness.run();
    harness.get_by_label("Room 1, 4").click();
    harness.run();
    assert_eq!(sent(&mut harness), [ListCommand::FilterRoom(Some("room 1 nxhub".to_owned())).into()]);
    harness.get_by_label("2 matches · 11 of 1,250 loaded");
    harness.get_by_label("Room: Room 1, clear").click();
    harness.run();
    assert_eq!(sent(&mut harness), [ListCommand::FilterRoom(None).into()]);
    harness.get_by_label("Filter by patient").click();
    harness.run();
    harness.get_by_label("Bella, Golden Retriever · Female, 1");
    harness.get_by_label("Bella, Labrador · Female, 1");
}

#[test]
fn the_list_says_what_it_is_missing() {
    let mut state = samples::signed_in();
    let harness = window(samples::signed_in());
    harness.get_by_label("Loading consultations…");
    samples::show(&mut state, &mut Catalog::default());
    let done = Progress { is_complete: true, synced_at: Some(samples::now()), ..Progress::default() };
    state.apply(Event::List(ListEvent::Progress(done)), samples::now());
    let harness = window(state);
    harness.get_by_label("No consultations yet for Harbour Vets.");
    let mut state = samples::signed_in();
    samples::show(&mut state, &mut Catalog::default());
    let problem = Problem::new(&Fault::NoConnection, "NET");
    state.apply(Event::Connection(ConnectionEvent::Offline { problem }), samples::now());
    let harness = window(state);
    harness.get_by_label("You are offline.");
    assert!(harness.query_by_label("No consultations yet for Harbour Vets.").is_none());
    let mut state = samples::signed_in();
    samples::show(&mut state, &mut Catalog::default());
    let problem = Problem::new(&Fault::NotAllowed("read consultations"), "NX-403");
    state.apply(Event::List(ListEvent::Failed(problem)), samples::now());
    let harness = window(state);
    harness.get_all_by_label("This key may not read consultations.").next().expect("the words");
}

#[test]
fn the_status_bar_tells_how_it_stands() {
    let mut state = samples::desk();
    let harness = window(samples::desk());
    harness.get_by_label("Up to date 14:02");
    state.list.progress.skipped = 2;
    state.connection.clock_off_seconds = -700;
    let problem = Problem::new(&Fault::NoConnection, "NET");
    state.apply(Event::Connection(ConnectionEvent::Offline { problem }), samples::now());
    let harness = window(state);
    harness.get_by_label("Harbour Vets");
    harness.get_by_label("Offline – showing what was saved at 14:02");
    harness.get_by_label("2 rows could not be read");
    harness.get_by_label("This computer's clock is 11 min off");
    let mut state = samples::desk();
    state.list.progress.loading = Loading::Newest;
    if let Session::SignedIn { is_demo, .. } = &mut state.session {
        *is_demo = true;
    }
    let harness = window(state);
    harness.get_by_label("Refreshing…");
    harness.get_by_label("Sample data");
}

#[test]
fn a_toast_is_announced_and_dismissed() {
    let mut state = samples::desk();
    state.notices.report(&Problem::new(&Fault::DiskFull(None), "FS-28"), samples::now());
    let mut harness = window(state);
    harness.get_by_role_and_label(Role::Alert, "Not saved: the disk is full. No partial file was left.");
    harness.get_by_label("Dismiss").click();
    harness.run();
    assert!(matches!(sent(&mut harness).as_slice(), [Command::Window(WindowCommand::DismissNotice(_))]));
    assert!(harness.query_by_label("Dismiss").is_none());
}

#[test]
fn dialogs_open_by_key_and_close_by_escape() {
    let mut harness = window(samples::desk());
    harness.key_press(Key::F1);
    harness.run();
    assert_eq!(harness.state().state.dialog, Some(Dialog::Shortcuts));
    harness.get_by_label("Copy whole note");
    harness.key_press(Key::J);
    harness.run();
    assert_eq!(harness.state().state.list.selected, None, "a dialog keeps keys from the list");
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(harness.state().state.dialog, None);
    sent(&mut harness);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "What do you want to do?").type_text("sett");
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().state.dialog, None);
    assert_eq!(harness.state().state.route, Route::Settings);
}

#[test]
fn settings_change_what_they_say() {
    let mut state = samples::desk();
    state.route = Route::Settings;
    let mut harness = window(state);
    harness.get_by_label("Dark").click();
    harness.run();
    harness.get_by_label("Larger (Ctrl++)").click();
    harness.run();
    assert_eq!(harness.state().state.settings.zoom, 110);
    harness.get_by_label("110 %");
    harness.get_by_label("Sign out…").click();
    harness.run();
    harness.get_by_label("Sign out of Harbour Vets?");
    sent(&mut harness);
    harness.get_by_label("Sign out").click();
    harness.run();
    assert_eq!(sent(&mut harness), [SessionCommand::SignOut.into()]);
}

#[test]
fn zoom_keys_work_everywhere() {
    let mut harness = window(samples::signed_out());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Equals);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::F);
    harness.run();
    assert_eq!(sent(&mut harness), [SettingsCommand::ZoomIn.into()]);
}

#[test]
fn a_narrow_window_shows_one_pane_and_a_way_back() {
    let mut harness = window_of(samples::desk(), (512.0, 320.0));
    harness.get_by_label(BELLA).click();
    harness.run();
    sent(&mut harness);
    assert!(harness.query_by_label(BELLA).is_none());
    harness.get_by_label("All consultations").click();
    harness.run();
    assert_eq!(sent(&mut harness), [RecordCommand::Close.into()]);
    harness.get_by_label(BELLA);
}

#[test]
fn a_million_rows_draw_only_what_is_in_sight() {
    let mut state = samples::desk();
    let view = Arc::new(samples::large_view(1_000_000));
    state.apply(Event::List(ListEvent::ViewReady { sequence: u64::MAX, view }), samples::now());
    let mut harness = window(state);
    let rows = |harness: &Harness<'static, Desk>| harness.get_all_by_role(Role::ListBoxOption).count();
    assert!((8..16).contains(&rows(&harness)), "{}", rows(&harness));
    harness.state_mut().state.handle(ListCommand::SelectLast.into(), samples::now());
    harness.run();
    assert!((8..16).contains(&rows(&harness)), "{}", rows(&harness));
    let last = harness.get_all_by_role(Role::ListBoxOption).last().expect("a row");
    assert_eq!(last.accesskit_node().is_selected(), Some(true));
}

#[test]
fn new_rows_above_leave_what_is_read_in_place() {
    let mut state = samples::desk();
    let view = Arc::new(samples::large_view(1_000));
    state.apply(Event::List(ListEvent::ViewReady { sequence: u64::MAX, view }), samples::now());
    state.list.selected_index = Some(500);
    state.list.selected = Some(ConsultationKey::record("500"));
    state.list.reveal += 1;
    let mut harness = window(state);
    let top_of = |harness: &Harness<'static, Desk>| {
        let mut rows = harness.get_all_by_role(Role::ListBoxOption);
        rows.find(|row| row.accesskit_node().is_selected() == Some(true)).map(|row| row.rect().top())
    };
    let before = top_of(&harness).expect("the selected row shows");
    let mut view = samples::large_view(1_000);
    let extra = view.rows.first().map(|row| {
        let mut row = (**row).clone();
        row.key = ConsultationKey::record("new");
        Arc::new(row)
    });
    view.rows.insert(0, extra.expect("a row"));
    for (index, group) in view.groups.iter_mut().enumerate() {
        if index == 0 { group.len += 1 } else { group.start += 1 }
    }
    let event = ListEvent::ViewReady { sequence: u64::MAX, view: Arc::new(view) };
    harness.state_mut().state.apply(Event::List(event), samples::now());
    harness.run();
    assert_eq!(top_of(&harness), Some(before));
}
