//! Live updates, seen from the window: the addresses and how they stand, the deliveries, the secret that shows once, the
//! set-up that names the hop that failed.

use super::{Desk, sent, window, window_of};
use crate::domain::live::{EventType, Scheme, WebhookId, WebhookSecret};
use crate::domain::note::NoteBody;
use crate::domain::{Consultation, ConsultationKey, Note, NoteKind, Notes, Room};
use crate::state::live::{
    Diagnosis, FormEdit, Hop, HopFinding, LiveNews, Outcome, PartnerAddress, Provisional, PublicAddress, SetupCommand,
    SetupStep, Way, WebhookWork,
};
use crate::state::{
    Command, Dialog, Event, Fault, HopFault, ListCommand, LiveCommand, LiveFault, Problem, Reading, RecordEvent, Route,
    SettingsCommand, Source, State, WindowCommand,
};
use crate::ui::samples;
use eframe::egui::Key;
use eframe::egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::sync::Arc;

fn id(text: &str) -> WebhookId {
    WebhookId(text.to_owned())
}

fn has(harness: &Harness<'static, Desk>, part: &str) -> bool {
    harness.query_all_by_label_contains(part).next().is_some()
}

fn tell(harness: &mut Harness<'static, Desk>, news: LiveNews) {
    harness.state_mut().state.apply(Event::Live(news), samples::now());
    harness.run();
}

fn click(harness: &mut Harness<'static, Desk>, name: &str) {
    harness.get_by_role_and_label(Role::Button, name).click();
    harness.run();
}

#[test]
fn what_is_off_says_what_works_all_the_same() {
    let mut harness = window(samples::live::live_off());
    harness.get_by_label("Live updates are off");
    assert!(has(&harness, "The list looks for news every minute."));
    harness.get_by_label("Live updates are off, news are looked for");
    sent(&mut harness);
    click(&mut harness, "Set up live updates…");
    assert_eq!(sent(&mut harness), [LiveCommand::Setup(SetupCommand::Begin).into()]);
    harness.get_by_label("Shall this desk hear of news at once?");
}

#[test]
fn what_was_refused_is_not_called_off() {
    let mut harness = window(samples::live::live());
    harness.get_by_label("Live updates are on");
    let why = "It is signed with another webhook's secret.".to_owned();
    tell(&mut harness, LiveNews::Refused { scheme: Scheme::Organization, at: samples::now(), why });
    harness.get_by_label("Live updates wait for a good delivery, news are looked for");
}

#[test]
fn each_address_says_by_a_word_how_it_stands() {
    let mut harness = window(samples::live::live());
    for words in ["Working", "Stopped", "Failing", "https://relay.harbourvets.example/nx"] {
        harness.get_all_by_label(words).next().unwrap_or_else(|| panic!("{words} is there"));
    }
    harness.get_by_label("Live updates are on");
    assert!(has(
        &harness,
        "It failed 12 times in a row. Last answer: 502. Turn it on again; what was missed is read then."
    ));
    sent(&mut harness);
    click(&mut harness, "Turn on again");
    assert_eq!(sent(&mut harness), [LiveCommand::TurnOn(id("2")).into()]);
    harness.get_by_label("Turning on…");
}

#[test]
fn a_stopped_address_is_turned_on_from_any_screen() {
    let mut state = samples::live::live();
    state.handle(WindowCommand::Go(Route::Consultations).into(), samples::now());
    let mut harness = window(state);
    harness.get_by_label("Live updates need a look");
    sent(&mut harness);
    click(&mut harness, "Turn on again");
    assert_eq!(sent(&mut harness), [LiveCommand::TurnOn(id("2")).into()]);
}

#[test]
fn deliveries_are_filtered_and_opened() {
    let mut harness = window(samples::live::live());
    let refused = "12:40:00, Refused, refused, answer 401, 3 milliseconds, Signed with the previous secret";
    harness.get_by_label(refused);
    harness.get_by_label(
        "13:19:00, New record, delivered, answer 200, attempt 2, 88 milliseconds, Came through after all",
    );
    sent(&mut harness);
    click(&mut harness, "Failed");
    assert_eq!(sent(&mut harness), [LiveCommand::FilterOutcome(Some(Outcome::Failed)).into()]);
    assert!(harness.query_by_label(refused).is_none());
    click(&mut harness, "Failed");
    harness.get_by_label("Filter by type").click();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, "Conversation started").click();
    harness.run();
    sent(&mut harness);
    harness.get_by_label("Type: Conversation started, clear").click();
    harness.run();
    assert_eq!(sent(&mut harness), [LiveCommand::FilterType(None).into()]);
    harness.get_by_label(refused).click();
    harness.run();
    harness.get_by_label("Why it failed");
}

#[test]
fn a_filter_that_finds_nothing_says_so() {
    let mut state = samples::live::live();
    state.handle(LiveCommand::FilterOutcome(Some(Outcome::Refused)).into(), samples::now());
    state.handle(LiveCommand::FilterType(Some(EventType::Ping)).into(), samples::now());
    let mut harness = window(state);
    assert!(has(&harness, "deliveries match."));
    sent(&mut harness);
    click(&mut harness, "Clear filters");
    assert_eq!(sent(&mut harness), [LiveCommand::ClearFilters.into()]);
}

#[test]
fn the_arrows_walk_through_the_deliveries_and_enter_opens() {
    let mut harness = window(samples::live::live());
    sent(&mut harness);
    harness.key_press(Key::ArrowDown);
    harness.key_press(Key::ArrowDown);
    harness.run();
    assert_eq!(harness.state().state.live.deliveries.selected, Some(1));
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().state.dialog, Some(Dialog::Delivery));
}

#[test]
fn ten_thousand_deliveries_draw_what_is_in_sight() {
    let mut state = samples::live::live();
    let own = samples::live::many_deliveries(10_000);
    state.apply(Event::Live(LiveNews::Own(own)), samples::now());
    let mut harness = window(state);
    let rows = |harness: &Harness<'static, Desk>| harness.get_all_by_role(Role::ListBoxOption).count();
    assert!(rows(&harness) < 24, "{}", rows(&harness));
    harness.state_mut().state.handle(LiveCommand::Move(9_000).into(), samples::now());
    harness.run();
    harness.run();
    let shown =
        harness.get_all_by_role(Role::ListBoxOption).any(|node| node.accesskit_node().is_selected() == Some(true));
    assert!(shown, "the selection is in sight");
    assert!(rows(&harness) < 40, "{}", rows(&harness));
}

#[test]
fn a_refused_delivery_names_its_cause_and_is_checked_again() {
    let mut state = samples::live::live();
    let at = state.live.deliveries.shown().iter().position(|row| row.outcome() == Outcome::Refused);
    state.handle(LiveCommand::ShowDelivery(at.expect("one")).into(), samples::now());
    let mut harness = window(state);
    harness.get_by_label("Looking at the recorded request…");
    let cause = "It was signed with the previous secret.".to_owned();
    let headers = vec![("X-NerveX-Delivery".to_owned(), "e-77".to_owned())];
    let mut diagnosis = Diagnosis { is_valid_now: false, causes: vec![cause], headers, body_bytes: 412 };
    tell(&mut harness, LiveNews::Diagnosed { recorded: 7, diagnosis: Some(Arc::new(diagnosis.clone())) });
    harness.get_by_label("It was signed with the previous secret.");
    harness.get_by_label("412 B");
    sent(&mut harness);
    click(&mut harness, "Check again");
    assert_eq!(sent(&mut harness), [LiveCommand::Recheck.into()]);
    diagnosis.is_valid_now = true;
    tell(&mut harness, LiveNews::Diagnosed { recorded: 7, diagnosis: Some(Arc::new(diagnosis)) });
    harness.get_by_label("Checked again, it would be accepted now.");
    sent(&mut harness);
    click(&mut harness, "Copy as curl");
    assert_eq!(sent(&mut harness), [LiveCommand::CopyCurl.into()]);
}

#[test]
fn an_address_is_added_with_what_it_shall_tell() {
    let mut harness = window(samples::live::live());
    click(&mut harness, "Add address…");
    sent(&mut harness);
    let field = harness.get_by_role_and_label(Role::TextInput, "Address");
    assert!(field.is_focused());
    field.type_text("relay.harbourvets.example/two");
    harness.run();
    harness.get_by_role_and_label(Role::CheckBox, "Record deleted").click();
    harness.run();
    let typed = FormEdit::Address("relay.harbourvets.example/two".to_owned());
    let ticked = FormEdit::Type(EventType::RecordDeleted, false);
    assert_eq!(sent(&mut harness), [LiveCommand::Form(typed).into(), LiveCommand::Form(ticked).into()]);
    click(&mut harness, "Add address");
    assert_eq!(sent(&mut harness), [LiveCommand::Create.into()]);
    harness.get_by_label("Asking NxVET…");
}

#[test]
fn an_address_that_nobody_can_call_is_said_in_place() {
    let mut harness = window(samples::live::live());
    click(&mut harness, "Add address…");
    harness.get_by_role_and_label(Role::TextInput, "Address").type_text("http://192.168.1.20/nx");
    harness.run();
    click(&mut harness, "Add address");
    assert!(has(&harness, "NxVET only calls addresses with https:// in front"));
}

#[test]
fn a_change_says_beforehand_that_the_secret_changes() {
    let mut harness = window(samples::live::live());
    harness.get_by_label("Actions for https://relay.harbourvets.example/nx").click();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, "Change address…").click();
    harness.run();
    harness.get_by_role_and_label(Role::Button, "Change address");
    assert!(has(&harness, "The secret changes: the old one stops working."));
}

fn made(state: &mut State) {
    let webhook = samples::live::webhook("4", "https://relay.harbourvets.example/4");
    let secret = WebhookSecret::new("whsec_0123456789abcdef0123456789abcdef");
    state.apply(Event::Live(LiveNews::Created { webhook, secret }), samples::now());
}

#[test]
fn the_secret_shows_once_and_closes_by_its_button_alone() {
    let mut state = samples::live::live();
    made(&mut state);
    let mut harness = window(state);
    harness.get_by_label("whsec_0123456789abcdef0123456789abcdef");
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(harness.state().state.dialog, Some(Dialog::WebhookSecret));
    sent(&mut harness);
    click(&mut harness, "Copy the secret");
    assert_eq!(sent(&mut harness), [LiveCommand::CopySecret.into()]);
    harness.get_by_label("Copied");
    click(&mut harness, "I have kept it");
    assert_eq!(harness.state().state.dialog, None);
    assert!(!has(&harness, "whsec_"), "it is not shown again");
}

#[test]
fn an_address_is_deleted_only_after_it_was_named() {
    let mut harness = window(samples::live::live());
    harness.get_by_label("Actions for https://pims.harbourvets.example/in").click();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, "Delete…").click();
    harness.run();
    harness.get_by_label("Delete https://pims.harbourvets.example/in?");
    sent(&mut harness);
    click(&mut harness, "Delete address");
    assert_eq!(sent(&mut harness), [LiveCommand::Delete.into()]);
    tell(&mut harness, LiveNews::Done { webhook: id("2"), work: WebhookWork::Deleting, problem: None });
    assert!(!has(&harness, "https://pims.harbourvets.example/in"));
}

#[test]
fn an_eleventh_is_stopped_with_the_reason() {
    let mut state = samples::live::live_off();
    let all = (0..10).map(|n| samples::live::webhook(&n.to_string(), &format!("https://a{n}.example/x"))).collect();
    state.apply(Event::Live(LiveNews::Webhooks { all, ours: Vec::new(), look: 0 }), samples::now());
    let mut harness = window(state);
    click(&mut harness, "Add address…");
    assert_eq!(harness.state().state.dialog, None);
    assert!(has(&harness, "NxVET takes 10 addresses from one clinic"));
}

/// The wizard at its last step, with the check under way.
fn checking() -> Harness<'static, Desk> {
    let mut state = samples::live::live_off();
    let steps = [
        SetupCommand::Begin,
        SetupCommand::Next,
        SetupCommand::Way(Way::Caddy),
        SetupCommand::Next,
        SetupCommand::Address("desk.harbourvets.example".to_owned()),
        SetupCommand::Next,
    ];
    for command in steps {
        state.handle(LiveCommand::Setup(command).into(), samples::now());
    }
    let mut harness = window(state);
    assert!(has(&harness, "reverse_proxy 127.0.0.1:8737"), "the exact words to type");
    click(&mut harness, "Next");
    assert_eq!(harness.state().state.live.setup.as_ref().map(|setup| setup.step), Some(SetupStep::Check));
    harness
}

fn found(harness: &mut Harness<'static, Desk>, hop: Hop, finding: HopFinding) {
    let run = harness.state().state.live.setup.as_ref().map_or(0, |setup| setup.check.run);
    tell(harness, LiveNews::Probed { run, hop, finding });
}

#[test]
fn the_set_up_asks_one_question_a_step_and_copies_what_to_type() {
    let mut harness = window(samples::live::live_off());
    click(&mut harness, "Set up live updates…");
    harness.get_by_label("Step 1 of 5");
    click(&mut harness, "Set it up");
    assert!(harness.state().state.settings.receives, "the receiver gets going");
    harness.get_by_label("Which way shall lead to this computer?");
    let caddy = format!("{}. {}", Way::Cloudflared.words(), Way::Cloudflared.sentence());
    harness.get_by_role_and_label(Role::RadioButton, &caddy).click();
    harness.run();
    click(&mut harness, "Next");
    assert!(has(&harness, "cloudflared tunnel --url http://127.0.0.1:8737"));
    sent(&mut harness);
    click(&mut harness, "Copy what step 2 says");
    assert_eq!(sent(&mut harness), [LiveCommand::Setup(SetupCommand::Copy(1)).into()]);
    click(&mut harness, "Next");
    let field = harness.get_by_role_and_label(Role::TextInput, "Public address");
    assert!(field.is_focused());
    field.type_text("http://reception-pc");
    harness.run();
    click(&mut harness, "Next");
    assert!(has(&harness, "NxVET only calls addresses with https:// in front"));
    click(&mut harness, "Back");
    assert!(has(&harness, "cloudflared tunnel --url"));
}

#[test]
fn the_check_names_the_hop_that_failed() {
    let mut harness = checking();
    harness.get_by_label("This computer listens: being looked at");
    let problem = Problem::new(&Fault::Live(LiveFault::Hop(HopFault::NoListener(8_737))), "LIVE-HOP");
    let summary = problem.summary.clone();
    found(&mut harness, Hop::Listener, HopFinding::Failed(problem));
    harness.get_by_label("This computer listens: failed");
    harness.get_by_label("It fails here: the listener on this computer.");
    harness.get_by_label(&summary);
    sent(&mut harness);
    click(&mut harness, "Check again");
    assert_eq!(sent(&mut harness), [LiveCommand::Setup(SetupCommand::TryAgain).into()]);
}

#[test]
fn the_check_turns_green_when_the_test_arrives() {
    let mut harness = checking();
    for hop in [Hop::Listener, Hop::Address, Hop::Tunnel] {
        found(&mut harness, hop, HopFinding::Good);
    }
    let webhook = samples::live::webhook("8", "https://desk.harbourvets.example/org/x");
    let secret = WebhookSecret::new("whsec_0123456789abcdef0123456789abcdef");
    tell(&mut harness, LiveNews::Created { webhook, secret });
    harness.get_by_label("Asking NxVET for its test…");
    tell(&mut harness, LiveNews::Done { webhook: id("8"), work: WebhookWork::Testing, problem: None });
    harness.get_by_label("Waiting for NxVET's test, 15 s left");
    tell(&mut harness, LiveNews::Happened(Arc::new(vec![samples::live::ping()])));
    harness.get_by_role_and_label(Role::Status, "Live updates work.");
    click(&mut harness, "Done");
    assert_eq!(harness.state().state.dialog, None);
}

#[test]
fn a_test_goes_to_an_address_that_is_on() {
    let mut harness = window(samples::live::live());
    sent(&mut harness);
    harness.get_all_by_role_and_label(Role::Button, "Send test").next().expect("at the top").click();
    harness.run();
    let tests = sent(&mut harness);
    let is_test =
        |command: &Command| matches!(command, Command::Live(LiveCommand::SendAnyTest | LiveCommand::SendTest(_)));
    assert!(matches!(tests.as_slice(), [command] if is_test(command)), "{tests:?}");
}

#[test]
fn the_receiver_is_switched_and_set_in_the_settings() {
    let mut state = samples::live::live();
    state.handle(WindowCommand::Go(Route::Settings).into(), samples::now());
    let mut harness = window_of(state, (1280.0, 2_200.0));
    sent(&mut harness);
    harness.get_by_role_and_label(Role::Switch, "Listen for live updates").click();
    harness.run();
    let off: Command = SettingsCommand::Receives(false).into();
    assert!(sent(&mut harness).contains(&off));
    harness.state_mut().state.handle(SettingsCommand::Receives(true).into(), samples::now());
    harness.run();
    harness.get_by_role_and_label(Role::Switch, "Other computers may reach it").click();
    harness.run();
    assert!(sent(&mut harness).contains(&SettingsCommand::ReceiverForOthers(true).into()));
    harness.get_by_role_and_label(Role::TextInput, "Port").focus();
    harness.run();
    harness.key_press_modifiers(eframe::egui::Modifiers::COMMAND, Key::A);
    harness.run();
    sent(&mut harness);
    harness.get_by_role_and_label(Role::TextInput, "Port").type_text("9100");
    harness.run();
    assert_eq!(sent(&mut harness), [], "not while it is typed");
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(sent(&mut harness), [SettingsCommand::ReceiverPort(9_100).into()]);
    harness.get_by_label("Disconnect NexHealth");
    harness.get_by_role_and_label(Role::TextInput, "Public address").focus();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Public address").type_text("half");
    harness.run();
    harness.key_press(Key::Escape);
    harness.run();
    let is_kept = |command: &Command| matches!(command, Command::Settings(SettingsCommand::PublicAddress(_)));
    assert!(!sent(&mut harness).iter().any(is_kept), "what was typed by half is given up");
}

#[test]
fn every_size_draws_live_updates_and_then_rests() {
    let mut dialog = samples::live::live();
    made(&mut dialog);
    for size in [(1280.0, 800.0), (1024.0, 640.0), (640.0, 400.0), (512.0, 320.0), (410.0, 256.0)] {
        for state in [samples::live::live(), samples::live::live_off()] {
            let mut harness = window_of(state, size);
            harness.get_by_label("Live updates");
            harness.step();
            let asks = harness.output().viewport_output.values().map(|viewport| viewport.repaint_delay).min();
            assert!(asks.is_none_or(|delay| delay > std::time::Duration::from_secs(1)), "{size:?}: it rests");
        }
    }
}

/// A consultation whose note is being written, and a message about the same recorder.
fn with_provisional(serial: &str) -> State {
    let mut state = samples::desk();
    let key = ConsultationKey::record("r2");
    state.handle(ListCommand::Select(key.clone()).into(), samples::now());
    let room = Room { serial: Some("NXH-2".to_owned()), ..Room::default() };
    let row = state.record.as_ref().and_then(|record| record.consultation.clone()).expect("it is open");
    let row = Consultation { room: Some(Arc::new(room)), ..(*row).clone() };
    let occurred_at = row.ended_at.expect("it has ended");
    if let Some(record) = &mut state.record {
        record.consultation = Some(Arc::new(row));
    }
    let empty = RecordEvent::Loaded {
        key,
        reading: Arc::new(Reading::default()),
        source: Source::NxVet,
        fetched_at: samples::now(),
    };
    state.apply(Event::Record(empty), samples::now());
    let text = NoteBody::Text("Dr. Mensah: She eats well again.".to_owned());
    let note = Note { id: None, kind: NoteKind::Transcript, body: text, created_at: None };
    let provisional = Provisional {
        key: "p-1".to_owned(),
        serial: Some(serial.to_owned()),
        room: None,
        occurred_at,
        reading: Arc::new(Reading::new(Notes { all: vec![note] })),
        has_recording: false,
    };
    state.apply(Event::Live(LiveNews::Provisional(Arc::new(vec![provisional]))), samples::now());
    state
}

#[test]
fn a_text_that_came_with_a_message_is_marked_until_nxvet_has_it() {
    const NOTICE: &str = "Provisional – not confirmed by NxVET yet";
    let harness = window(with_provisional("nxh-2"));
    assert!(has(&harness, NOTICE));
    assert!(has(&harness, "She eats well again."));
    let harness = window(with_provisional("nxh-9"));
    assert!(!has(&harness, NOTICE), "of another recorder");
    assert!(!has(&harness, "She eats well again."));
}

#[test]
fn a_partner_pastes_what_nxvet_gave_and_copies_the_address() {
    let mut state = samples::live::live();
    state.handle(LiveCommand::AskForPartner.into(), samples::now());
    let mut harness = window(state);
    harness.get_by_role_and_label(Role::TextInput, "Partner id").type_text("partner-7");
    harness.run();
    harness.get_by_role_and_label(Role::PasswordInput, "Partner secret").focus();
    harness.run();
    harness.get_by_role_and_label(Role::PasswordInput, "Partner secret").type_text("a-long-secret-0123456789");
    harness.run();
    sent(&mut harness);
    click(&mut harness, "Make the address");
    assert!(matches!(sent(&mut harness).as_slice(), [Command::Live(LiveCommand::KeepPartner { .. })]));
    let address = PublicAddress("https://desk.harbourvets.example/0123456789abcdef0123456789abcdef".to_owned());
    let partner = PartnerAddress { partner_id: "partner-7".to_owned(), address };
    tell(&mut harness, LiveNews::Partners(vec![partner]));
    harness.get_by_label("https://desk.harbourvets.example/…");
    click(&mut harness, "Copy address");
    assert_eq!(sent(&mut harness), [LiveCommand::CopyPartnerAddress(0).into()]);
    click(&mut harness, "Remove the address of partner partner-7");
    assert_eq!(sent(&mut harness), [LiveCommand::RemovePartner(0).into()]);
}
