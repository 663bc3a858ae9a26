//! The search screen driven by clicks and keys without a screen.

use super::super::super::{Memory, install, root_ui, samples};
use crate::domain::{ConsultationKey, HitPlace, Period, SearchHit, SearchPlace, SearchResults};
use crate::state::{Command, Event, Fault, Problem, Route, SearchCommand, SearchEvent, SettingsCommand, State};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::sync::Arc;

struct Desk {
    state: State,
    memory: Memory,
    sent: Vec<Command>,
    frames: usize,
}

fn window_of(state: State, size: (f32, f32)) -> Harness<'static, Desk> {
    let desk = Desk { state, memory: Memory::default(), sent: Vec::new(), frames: 0 };
    let mut harness = Harness::builder()
        .with_size(vec2(size.0, size.1))
        .allow_missing_glyphs()
        .with_max_steps(8)
        .with_context_setup(install)
        .build_ui_state(
            |ui, desk: &mut Desk| {
                desk.frames += 1;
                for command in root_ui(ui, &desk.state, &mut desk.memory, samples::now()) {
                    desk.sent.push(command.clone());
                    desk.state.handle(command, samples::now());
                }
            },
            desk,
        );
    harness.run();
    harness
}

fn window(state: State) -> Harness<'static, Desk> {
    window_of(state, (1280.0, 800.0))
}

fn hit(row: usize, place: HitPlace, sentence: &str, marked: &str) -> SearchHit {
    let at = sentence.find(marked).expect("it stands there");
    let consultation = samples::consultations().swap_remove(row);
    let (speaker, section) = match place {
        HitPlace::Turn { .. } => (Some("Owner".to_owned()), None),
        HitPlace::Section { .. } => (None, Some("Plan".to_owned())),
        HitPlace::Row => (None, None),
    };
    let marked = std::iter::once(at..at + marked.len()).collect();
    SearchHit { consultation, place, speaker, section, sentence: sentence.to_owned(), marked, count: 2 }
}

fn results() -> SearchResults {
    let turn = HitPlace::Turn { index: 1, at: 0 };
    SearchResults {
        hits: vec![
            hit(0, turn, "Yes, since Tuesday she is limping.", "limping"),
            hit(1, HitPlace::Section { index: 0, at: 0 }, "Rest while limping.", "limping"),
            hit(3, HitPlace::Row, "O’Malley · Maine Coon", "Maine"),
        ],
        indexed: 1_250,
        speakers: vec!["Owner".to_owned(), "Dr. Roth".to_owned()],
        ..SearchResults::default()
    }
}

/// The search screen with an answer to "limp".
fn searching(results: SearchResults) -> State {
    let mut state = samples::desk();
    state.handle(SearchCommand::Show.into(), samples::now());
    let typed = state.handle(SearchCommand::Text("limp".to_owned()).into(), samples::now());
    answer(&mut state, &typed, results);
    state
}

fn answer(state: &mut State, asked: &[crate::state::Request], results: SearchResults) {
    let sequence = asked.iter().find_map(|request| match request {
        crate::state::Request::Search(crate::state::SearchRequest::Find { sequence, .. }) => Some(*sequence),
        _ => None,
    });
    let event = SearchEvent::Found { sequence: sequence.expect("asked"), results: Arc::new(results) };
    state.apply(Event::Search(event), samples::now());
}

fn sent(harness: &mut Harness<'static, Desk>) -> Vec<Command> {
    std::mem::take(&mut harness.state_mut().sent)
}

const FIRST: &str =
    "Bella, Golden Retriever, Room 1, Dr. Ana Roth, Today 13:40. Owner: Yes, since Tuesday she is limping.";
const SECOND: &str = "小花, Shiba Inu, Room 2, Dr. Kofi Mensah, Today 13:05. Plan: Rest while limping.";

#[test]
fn the_key_and_the_rail_lead_to_the_field() {
    let mut harness = window(samples::desk());
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::F);
    harness.run();
    assert_eq!(harness.state().state.route, Route::Search);
    let field = harness.get_by_role_and_label(Role::TextInput, "Search everything stored");
    assert!(field.is_focused());
    harness.get_by_label("Search everything stored here");
    harness.get_by_label("Consults").click();
    harness.run();
    assert_eq!(harness.state().state.route, Route::Consultations);
    harness.get_by_role_and_label(Role::Tab, "Search").click();
    harness.run();
    sent(&mut harness);
    harness.get_by_role_and_label(Role::TextInput, "Search everything stored").type_text("limp");
    harness.run();
    assert_eq!(sent(&mut harness), [SearchCommand::Text("limp".to_owned()).into()]);
}

#[test]
fn hits_show_who_said_it_and_open_by_click() {
    let mut harness = window(searching(results()));
    harness.get_by_label(SECOND);
    harness.get_by_label("1,250 consultations searched.");
    harness.get_by_label(FIRST).click();
    harness.run();
    assert_eq!(sent(&mut harness), [SearchCommand::Open(0).into()]);
    let state = &harness.state().state;
    assert_eq!((state.route, state.list.selected.clone()), (Route::Consultations, Some(ConsultationKey::record("r1"))));
}

#[test]
fn the_arrows_walk_and_enter_opens_while_typing_goes_on() {
    let mut harness = window(searching(results()));
    harness.key_press(Key::ArrowDown);
    harness.key_press(Key::ArrowDown);
    harness.key_press(Key::ArrowUp);
    harness.run();
    assert_eq!(harness.state().state.search.selected, 1);
    assert!(harness.get_by_role_and_label(Role::TextInput, "Search everything stored").is_focused());
    sent(&mut harness);
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(sent(&mut harness), [SearchCommand::Open(1).into()]);
    harness.key_press(Key::Escape);
    harness.run();
    assert!(sent(&mut harness).contains(&SearchCommand::Show.into()), "back to what was found");
    let search = &harness.state().state.search;
    assert_eq!((search.selected, search.query.text.as_str()), (1, "limp"));
    harness.get_by_label(SECOND);
}

#[test]
fn filters_are_chosen_and_cleared() {
    let mut harness = window(searching(results()));
    harness.get_by_label("Today").click();
    harness.run();
    harness.get_by_label("Filter by place").click();
    harness.run();
    harness.get_by_label("SOAP note").click();
    harness.run();
    harness.get_by_label("Filter by speaker").click();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, "Dr. Roth").click();
    harness.run();
    harness.get_by_label("Filter by room").click();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, "Room 1, 4").click();
    harness.run();
    let query = &harness.state().state.search.query;
    assert_eq!((query.period, query.place), (Period::Today, Some(SearchPlace::Note)));
    assert_eq!((query.speaker.as_deref(), query.room.as_deref()), (Some("Dr. Roth"), Some("room 1 nxhub")));
    harness.get_by_label("Speaker: Dr. Roth, clear").click();
    harness.run();
    assert_eq!(harness.state().state.search.query.speaker, None);
    harness.get_by_label("Clear filters").click();
    harness.run();
    assert!(!harness.state().state.search.query.has_filters());
    assert_eq!(harness.state().state.search.query.text, "limp");
}

#[test]
fn nothing_found_says_what_was_searched() {
    let mut harness = window(searching(SearchResults { indexed: 300, ..SearchResults::default() }));
    harness.get_by_label("Nothing found.");
    harness.get_by_label("All 300 consultations on this computer were searched.");
    harness.get_by_label("Look further back").click();
    harness.run();
    let partly = SearchResults { indexed: 100, waiting: 200, ..results() };
    let harness = window(searching(partly));
    harness.get_by_label("100 of 300 consultations searched, the rest is still being read.");
}

#[test]
fn a_failure_stands_where_the_hits_would() {
    let mut state = searching(results());
    let asked = state.handle(SearchCommand::Text("limpi".to_owned()).into(), samples::now());
    let crate::state::Request::Search(crate::state::SearchRequest::Find { sequence, .. }) = asked[0] else {
        panic!("asked")
    };
    let problem = Problem::new(&Fault::Store("cache.db is damaged.".to_owned()), "DB");
    state.apply(Event::Search(SearchEvent::Failed { sequence, problem }), samples::now());
    let harness = window(state);
    harness.get_by_label("Details");
}

#[test]
fn every_size_and_both_themes_draw_and_then_rest() {
    for (size, zoom) in [((1280.0, 800.0), 100), ((1024.0, 640.0), 100), ((1024.0, 640.0), 200), ((640.0, 400.0), 100)]
    {
        let mut state = searching(results());
        state.handle(SettingsCommand::Zoom(zoom).into(), samples::now());
        let mut harness = window_of(state, size);
        crate::ui::apply_settings(&harness.ctx, &harness.state().state.settings);
        harness.run();
        harness.get_by_role_and_label(Role::TextInput, "Search everything stored");
        harness.get_by_label(FIRST);
        let before = harness.state().frames;
        harness.run();
        assert!(harness.state().frames <= before + 2, "it rests");
    }
}

#[test]
fn thousands_of_hits_draw_what_is_in_sight_and_the_end_fetches_more() {
    let many: Vec<SearchHit> = (0..2_000)
        .map(|n| {
            let hit = results().hits.swap_remove(0);
            let key = ConsultationKey::record(n.to_string());
            SearchHit {
                consultation: Arc::new(crate::domain::Consultation { key, ..(*hit.consultation).clone() }),
                ..hit
            }
        })
        .collect();
    let mut harness = window(searching(SearchResults { hits: many, has_more: true, ..results() }));
    let rows = harness.get_all_by_role(Role::ListBoxOption).count();
    assert!(rows < 15, "{rows}");
    sent(&mut harness);
    harness.state_mut().state.handle(SearchCommand::Move(1_990).into(), samples::now());
    harness.run();
    let shown =
        harness.get_all_by_role(Role::ListBoxOption).any(|node| node.accesskit_node().is_selected() == Some(true));
    assert!(shown, "the selection is in sight");
}
