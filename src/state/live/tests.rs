//! What wishes and news about live updates lead to, without any outside.

use super::*;
use crate::domain::live::{Delivery, DeliverySource, EventKey, EventType, Happening, LiveEvent, Scheme};
use crate::domain::{Organization, OrganizationId, Zone};
use crate::state::{Command, Dialog, Event, Kept, Request, Session, Settings, State};
use chrono::{TimeDelta, TimeZone as _};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 14, 2, 0).single().expect("a moment")
}

fn desk() -> State {
    let mut state = State::start(Settings::default(), Zone::utc(), now()).0;
    let organization = Organization { id: OrganizationId::new("org"), name: "Harbour Vets".to_owned() };
    state.session = Session::SignedIn { organization, is_demo: false, kept: Kept::Yes, refused: None };
    state
}

fn wish(state: &mut State, command: LiveCommand) -> Vec<LiveRequest> {
    live(state.handle(Command::Live(command), now()))
}

fn hear(state: &mut State, news: LiveNews) -> Vec<LiveRequest> {
    live(state.apply(Event::Live(news), now()))
}

fn live(requests: Vec<Request>) -> Vec<LiveRequest> {
    let live = |request| match request {
        Request::Live(request) => Some(request),
        _ => None,
    };
    requests.into_iter().filter_map(live).collect()
}

fn id(text: &str) -> WebhookId {
    WebhookId(text.to_owned())
}

fn webhook(name: &str) -> Webhook {
    Webhook {
        id: id(name),
        scheme: Scheme::Organization,
        address: format!("https://desk.harbourvets.example/{name}"),
        description: "desk".to_owned(),
        event_types: None,
        is_active: true,
        consecutive_failures: 0,
        created_at: Some(now()),
    }
}

fn told(state: &mut State, all: Vec<Webhook>) {
    let ours = all.iter().map(|webhook| webhook.id.clone()).collect();
    let look = state.live.looks;
    hear(state, LiveNews::Webhooks { all, ours, look });
}

fn receipt(second: i64, is_success: bool) -> Delivery {
    Delivery {
        source: DeliverySource::Here,
        scheme: Scheme::Organization,
        at: now() + TimeDelta::seconds(second),
        event: Some(EventKey::new(second.to_string())),
        event_type: Some(EventType::Ping),
        code: Some(if is_success { 200 } else { 401 }),
        milliseconds: None,
        attempt: None,
        error: None,
        is_success,
        recorded: Some(7),
    }
}

fn ping() -> LiveNews {
    LiveNews::Happened(Arc::new(vec![LiveEvent {
        scheme: Scheme::Organization,
        key: EventKey::new("evt_test_1"),
        happened_at: now(),
        received_at: now(),
        what: Happening::Ping,
    }]))
}

fn runs(state: &mut State) {
    let status = ReceiverStatus::Running { address: "127.0.0.1:8737".to_owned(), has_tls: false };
    hear(state, LiveNews::Receiver { status, is_local: false });
}

fn created(name: &str) -> LiveNews {
    LiveNews::Created { webhook: webhook(name), secret: WebhookSecret::new("whsec_0123456789abcdef") }
}

#[test]
fn an_eleventh_address_is_stopped_before_nxvet_is_asked() {
    let mut state = desk();
    told(&mut state, (0..10).map(|n| webhook(&n.to_string())).collect());
    assert!(wish(&mut state, LiveCommand::AskForNew).is_empty());
    assert_eq!(state.dialog, None);
    assert!(state.notices.iter().any(|notice| notice.text.contains("10 addresses")));
    // Somebody else made the tenth while the form was open.
    told(&mut state, (0..9).map(|n| webhook(&n.to_string())).collect());
    wish(&mut state, LiveCommand::AskForNew);
    wish(&mut state, LiveCommand::Form(FormEdit::Address("relay.example.com/nx".to_owned())));
    told(&mut state, (0..10).map(|n| webhook(&n.to_string())).collect());
    assert!(wish(&mut state, LiveCommand::Create).is_empty());
    let problem = state.live.form.as_ref().and_then(|form| form.problem.clone()).expect("a reason");
    assert!(problem.summary.contains("10 addresses"));
}

#[test]
fn a_wrong_address_is_named_and_a_right_one_asked_for_once() {
    let mut state = desk();
    wish(&mut state, LiveCommand::AskForNew);
    assert_eq!(state.dialog, Some(Dialog::Webhook));
    wish(&mut state, LiveCommand::Form(FormEdit::Address("http://relay.example.com".to_owned())));
    assert!(wish(&mut state, LiveCommand::Create).is_empty());
    assert!(state.live.form.as_ref().is_some_and(|form| form.problem.is_some()));
    wish(&mut state, LiveCommand::Form(FormEdit::Address("relay.example.com/nx".to_owned())));
    wish(&mut state, LiveCommand::Form(FormEdit::Type(EventType::RecordDeleted, false)));
    let asked = wish(&mut state, LiveCommand::Create);
    let [LiveRequest::Create(new)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(new.address.0, "https://relay.example.com/nx");
    assert_eq!(new.event_types.as_ref().map(Vec::len), Some(4));
    assert!(!format!("{asked:?}").contains("relay"), "an address holds a secret path");
    assert!(wish(&mut state, LiveCommand::Create).is_empty(), "a second click makes no second one");
}

#[test]
fn the_secret_shows_once() {
    let mut state = desk();
    wish(&mut state, LiveCommand::AskForNew);
    wish(&mut state, LiveCommand::Form(FormEdit::Address("relay.example.com/nx".to_owned())));
    wish(&mut state, LiveCommand::Create);
    hear(&mut state, created("w1"));
    assert_eq!(state.dialog, Some(Dialog::WebhookSecret));
    assert!(!format!("{:?}", state.live).contains("0123456789abcdef"));
    let copied = state.handle(Command::Live(LiveCommand::CopySecret), now());
    assert!(matches!(copied.as_slice(), [Request::CopyText(text)] if text == "whsec_0123456789abcdef"));
    wish(&mut state, LiveCommand::SecretKept);
    assert!(state.live.secret.is_none() && state.dialog.is_none());
    assert!(state.handle(Command::Live(LiveCommand::CopySecret), now()).is_empty());
    assert_eq!(state.live.webhooks.len(), 1);
}

#[test]
fn changing_an_address_makes_a_new_one_in_its_place_and_says_that_the_secret_changes() {
    let mut state = desk();
    told(&mut state, vec![webhook("old")]);
    wish(&mut state, LiveCommand::AskToChange(id("old")));
    wish(&mut state, LiveCommand::Form(FormEdit::Address("relay.example.com/nx".to_owned())));
    let asked = wish(&mut state, LiveCommand::Create);
    assert!(matches!(asked.as_slice(), [LiveRequest::Create(new)] if new.replaces == Some(id("old"))));
    hear(&mut state, created("new"));
    assert!(state.live.secret.as_ref().is_some_and(|shown| shown.is_replacement));
    let ids: Vec<_> = state.live.webhooks.iter().map(|card| card.webhook.id.0.as_str()).collect();
    assert_eq!(ids, ["new"]);
}

#[test]
fn deleting_asks_first_and_one_thing_at_a_time_is_done_to_a_webhook() {
    let mut state = desk();
    told(&mut state, vec![webhook("a")]);
    assert!(wish(&mut state, LiveCommand::AskToDelete(id("a"))).is_empty());
    assert_eq!(state.dialog, Some(Dialog::DeleteWebhook));
    assert_eq!(wish(&mut state, LiveCommand::Delete), [LiveRequest::Delete(id("a"))]);
    assert!(wish(&mut state, LiveCommand::SendTest(id("a"))).is_empty());
    hear(&mut state, LiveNews::Done { webhook: id("a"), work: WebhookWork::Deleting, problem: None });
    assert!(state.live.webhooks.is_empty());
}

#[test]
fn a_stopped_webhook_raises_a_banner_that_turns_it_on_from_the_last_good_delivery() {
    let mut state = desk();
    told(&mut state, vec![webhook("a")]);
    hear(&mut state, LiveNews::Own(vec![receipt(-600, true), receipt(-60, false)]));
    told(&mut state, vec![Webhook { is_active: false, consecutive_failures: 12, ..webhook("a") }]);
    let banners = state.live.banners(now());
    let offer = banners.first().and_then(|banner| banner.offer.clone());
    assert_eq!(offer, Some(BannerOffer::TurnOn(id("a"))));
    let since = Some(now() - TimeDelta::seconds(600));
    assert_eq!(wish(&mut state, LiveCommand::TurnOn(id("a"))), [LiveRequest::Enable { webhook: id("a"), since }]);
    hear(&mut state, LiveNews::Done { webhook: id("a"), work: WebhookWork::TurningOn, problem: None });
    assert!(state.live.banners(now()).is_empty());
    hear(&mut state, LiveNews::CaughtUp { consultations: 6 });
    assert!(state.notices.iter().any(|notice| notice.text == "Caught up: 6 consultations"));
}

#[test]
fn growing_failures_raise_a_banner_before_nxvet_stops() {
    let mut state = desk();
    let with = |failures| vec![Webhook { consecutive_failures: failures, ..webhook("a") }];
    for (failures, standing) in [
        (0, Standing::Untried),
        (1, Standing::Untried),
        (2, Standing::Failing),
        (0, Standing::Untried),
        (5, Standing::Failing),
    ] {
        told(&mut state, with(failures));
        assert_eq!(state.live.card(&id("a")).map(WebhookCard::standing), Some(standing), "{failures}");
    }
    let offer = state.live.banners(now()).first().and_then(|banner| banner.offer.clone());
    assert_eq!(offer, Some(BannerOffer::SendTest(id("a"))));
}

#[test]
fn refusals_are_told_for_an_hour() {
    let mut state = desk();
    for _ in 0..3 {
        let why = "It is signed with another webhook's secret.".to_owned();
        hear(&mut state, LiveNews::Refused { scheme: Scheme::Organization, at: now(), why });
    }
    let banners = state.live.banners(now());
    assert!(banners.first().is_some_and(|banner| banner.problem.summary.starts_with("3 deliveries")), "{banners:?}");
    assert!(state.live.banners(now() + TimeDelta::hours(1)).is_empty());
}

#[test]
fn the_line_is_live_only_while_the_receiver_runs_and_the_last_word_was_good() {
    let mut state = desk();
    assert_eq!(state.line(), Line::Polling);
    told(&mut state, vec![webhook("a")]);
    runs(&mut state);
    assert_eq!(state.line(), Line::Polling, "nothing came yet");
    hear(&mut state, LiveNews::Received(vec![receipt(1, true)]));
    assert_eq!(state.line(), Line::Live);
    hear(&mut state, LiveNews::Received(vec![receipt(2, false)]));
    assert_eq!(state.line(), Line::Polling, "the last one was refused");
    assert!(state.live.is_set_up(), "which is not the same as being off");
    hear(&mut state, ping());
    assert_eq!(state.line(), Line::Live);
    told(&mut state, vec![Webhook { is_active: false, ..webhook("a") }]);
    assert_eq!(state.line(), Line::Polling, "NxVET calls nobody");
    told(&mut state, vec![webhook("a")]);
    hear(&mut state, LiveNews::Receiver { status: ReceiverStatus::Off, is_local: false });
    assert_eq!(state.line(), Line::Polling);
}

/// The wizard up to its check.
fn check_begun(state: &mut State) -> Vec<LiveRequest> {
    told(state, Vec::new());
    for command in [
        SetupCommand::Begin,
        SetupCommand::Next,
        SetupCommand::Way(Way::Caddy),
        SetupCommand::Next,
        SetupCommand::Address("desk.harbourvets.example".to_owned()),
        SetupCommand::Next,
    ] {
        wish(state, LiveCommand::Setup(command));
    }
    assert!(state.settings.receives, "whoever goes on wants to receive");
    assert_eq!(state.settings.public_address, "https://desk.harbourvets.example");
    wish(state, LiveCommand::Setup(SetupCommand::Next))
}

fn probed(state: &mut State, run: u64, hop: Hop) -> Vec<LiveRequest> {
    hear(state, LiveNews::Probed { run, hop, finding: HopFinding::Good })
}

#[test]
fn the_wizard_goes_from_why_to_green() {
    let mut state = desk();
    assert_eq!(check_begun(&mut state), [LiveRequest::ProbeListener { run: 1 }]);
    assert!(matches!(probed(&mut state, 1, Hop::Listener).as_slice(), [LiveRequest::ProbeAddress { run: 1, .. }]));
    assert!(probed(&mut state, 7, Hop::Address).is_empty(), "an answer to another check");
    assert!(probed(&mut state, 1, Hop::Address).is_empty());
    let asked = probed(&mut state, 1, Hop::Tunnel);
    assert!(matches!(asked.as_slice(), [LiveRequest::Create(new)] if new.replaces.is_none()), "{asked:?}");
    assert_eq!(hear(&mut state, created("w1")), [LiveRequest::Test(id("w1"))]);
    assert_eq!(state.dialog, Some(Dialog::LiveSetup), "nobody has to copy a secret here");
    hear(&mut state, LiveNews::Done { webhook: id("w1"), work: WebhookWork::Testing, problem: None });
    assert!(state.next_wake().is_some_and(|wake| wake.as_millis() <= 1_000), "the seconds count");
    hear(&mut state, ping());
    assert_eq!(state.live.setup.as_ref().map(|setup| setup.check.phase.clone()), Some(Phase::Good));
    let standing = state.live.card(&id("w1")).map(crate::state::live::WebhookCard::standing);
    assert_eq!(standing, Some(Standing::Working), "its test was seen to arrive");
}

#[test]
fn the_wizard_uses_the_webhook_that_is_there_and_turns_it_on() {
    let mut state = desk();
    check_begun(&mut state);
    told(&mut state, vec![Webhook { is_active: false, ..webhook("w1") }]);
    for hop in [Hop::Listener, Hop::Address] {
        probed(&mut state, 1, hop);
    }
    assert!(matches!(probed(&mut state, 1, Hop::Tunnel).as_slice(), [LiveRequest::Enable { .. }]));
    let done = LiveNews::Done { webhook: id("w1"), work: WebhookWork::TurningOn, problem: None };
    assert_eq!(hear(&mut state, done), [LiveRequest::Test(id("w1"))]);
}

#[test]
fn the_wizard_names_the_hop_within_fifteen_seconds() {
    let mut state = desk();
    check_begun(&mut state);
    told(&mut state, vec![webhook("w1")]);
    for hop in [Hop::Listener, Hop::Address, Hop::Tunnel] {
        probed(&mut state, 1, hop);
    }
    hear(&mut state, LiveNews::Done { webhook: id("w1"), work: WebhookWork::Testing, problem: None });
    let later = |seconds| now() + TimeDelta::seconds(seconds);
    let asked = live(state.handle(Command::TimePassed, later(9)));
    assert_eq!(asked, [LiveRequest::AskVendor { run: 1, webhook: id("w1") }]);
    let attempt = Some(VendorAttempt { code: Some(502), error: None, is_success: false });
    state.apply(Event::Live(LiveNews::VendorSaid { run: 1, attempt }), later(10));
    state.handle(Command::TimePassed, later(15));
    let check = state.live.setup.as_ref().map(|setup| &setup.check).expect("a check");
    assert!(matches!(check.hop(Hop::Tunnel), HopState::Failed(problem) if problem.summary.contains("502")));
}

#[test]
fn closing_a_dialog_drops_what_it_held() {
    let mut state = desk();
    wish(&mut state, LiveCommand::Setup(SetupCommand::Begin));
    state.handle(Command::Window(crate::state::WindowCommand::CloseDialog), now());
    assert!(state.live.setup.is_none());
    hear(&mut state, created("w1"));
    state.handle(Command::Window(crate::state::WindowCommand::CloseDialog), now());
    assert!(state.live.secret.is_none());
}

#[test]
fn a_refused_delivery_is_explained_when_it_is_opened_and_again_on_request() {
    let mut state = desk();
    hear(&mut state, LiveNews::Own(vec![receipt(1, false)]));
    assert_eq!(wish(&mut state, LiveCommand::ShowDelivery(0)), [LiveRequest::Diagnose(7)]);
    let causes = vec!["The signature is missing.".to_owned()];
    let diagnosis = Some(Arc::new(Diagnosis { is_valid_now: false, causes, headers: Vec::new(), body_bytes: 2 }));
    hear(&mut state, LiveNews::Diagnosed { recorded: 8, diagnosis: diagnosis.clone() });
    assert!(state.live.open.as_ref().is_some_and(|open| open.diagnosis.value().is_none()), "another one's");
    hear(&mut state, LiveNews::Diagnosed { recorded: 7, diagnosis });
    assert!(state.live.open.as_ref().is_some_and(|open| open.diagnosis.value().is_some()));
    assert_eq!(wish(&mut state, LiveCommand::Recheck), [LiveRequest::Diagnose(7)]);
    hear(&mut state, LiveNews::Diagnosed { recorded: 7, diagnosis: None });
    assert!(state.live.open.as_ref().is_some_and(|open| open.is_gone));
}

#[test]
fn locking_forgets_everything_live() {
    let mut state = desk();
    told(&mut state, vec![webhook("a")]);
    hear(&mut state, created("w1"));
    state.handle(Command::Lock(crate::state::LockCommand::Lock), now());
    assert!(state.live.webhooks.is_empty() && state.live.secret.is_none() && !state.live.is_loaded);
    hear(&mut state, LiveNews::Own(vec![receipt(1, true)]));
    assert!(state.live.deliveries.all().is_empty(), "late news of a clinic that was let go of");
}

#[test]
fn an_answer_to_an_earlier_question_does_not_end_the_waiting_for_a_later_one() {
    let mut state = desk();
    wish(&mut state, LiveCommand::Refresh);
    assert_eq!(wish(&mut state, LiveCommand::Refresh), [LiveRequest::Load { look: 2 }]);
    hear(&mut state, LiveNews::Webhooks { all: vec![webhook("a")], ours: Vec::new(), look: 1 });
    assert!(state.live.is_loaded && state.live.is_loading, "what was asked for first shows meanwhile");
    hear(&mut state, LiveNews::Webhooks { all: Vec::new(), ours: Vec::new(), look: 2 });
    assert!(!state.live.is_loading && state.live.webhooks.is_empty());
}
