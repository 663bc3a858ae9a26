//! Making, changing, turning on and deleting webhooks; and that none is left at NxVET whose secret nobody knows,
//! wherever the desk ends in between.

use crate::support::desk::{Desk, Setup};
use crate::support::gate::{Gate, Passage};
use crate::support::live::{
    add_webhook, base, begin_webhook, free_port, id_of, listen, listening, live, look, set, until, until_running,
};
use consult_desk::simulator::{NewHook, Route};
use consult_desk::state::live::{BannerOffer, FormEdit, Outcome, Standing};
use consult_desk::state::{LiveCommand, SettingsCommand};
use std::sync::Arc;

fn is_making(first: &str) -> bool {
    first.starts_with("POST ") && first.contains("/webhooks HTTP")
}

/// A desk that reaches the simulator through a gate.
fn behind_a_gate() -> (Desk, Gate) {
    // Only the simulator and the home of this desk are used on.
    let Desk { simulator, home, backend, .. } = Desk::new(Setup::default());
    drop(backend);
    let gate = Gate::before(&simulator.base_url());
    let setup = Setup { server: Some(gate.url.clone()), ..Setup::default() };
    let mut desk = Desk::open(setup, simulator, Arc::clone(&home));
    desk.sign_in();
    (desk, gate)
}

fn again(desk: Desk, gate: &Gate) -> Desk {
    let setup = Setup { server: Some(gate.url.clone()), ..Setup::default() };
    let mut desk = desk.restart(setup);
    desk.settle();
    desk
}

#[test]
fn a_webhook_is_made_tested_and_deleted_and_its_secret_shows_once() {
    let mut desk = listening(Setup::default());
    let address = base(&desk);
    begin_webhook(&mut desk, &address);
    desk.step_until("the secret", |state| state.live.secret.is_some());
    let hooks = desk.simulator.hooks();
    let hook = hooks.all().pop().expect("a webhook");
    let shown = desk.state.live.secret.as_ref().map(|shown| shown.secret.expose().to_owned());
    assert_eq!(shown.as_deref(), Some(hook.secret.as_str()));
    assert_eq!(hook.event_types, None, "all ticked is every type");
    live(&mut desk, LiveCommand::CopySecret);
    assert_eq!(desk.copied.last(), Some(&hook.secret));
    live(&mut desk, LiveCommand::SecretKept);
    live(&mut desk, LiveCommand::SendTest(id_of(&hook)));
    desk.step_until("the test", |state| {
        let rows = state.live.deliveries.all();
        rows.iter().any(|row| row.is_seen_here && row.outcome() == Outcome::Delivered && row.what() == "Test")
    });
    assert!(desk.state.live.is_live());
    look(&mut desk);
    desk.step_until("NxVET's word about it", |state| {
        state.live.deliveries.all().iter().any(|row| row.webhook.is_some() && row.is_seen_here)
    });
    assert_eq!(desk.state.live.deliveries.all().len(), 1, "one try that both tell of is one row");
    assert_eq!(
        desk.state.live.webhooks.first().map(consult_desk::state::live::WebhookCard::standing),
        Some(Standing::Working)
    );
    live(&mut desk, LiveCommand::AskToDelete(id_of(&hook)));
    live(&mut desk, LiveCommand::Delete);
    desk.step_until("no webhook", |state| state.live.webhooks.is_empty());
    assert!(hooks.all().is_empty());
}

#[test]
fn an_eleventh_is_stopped_before_the_call_with_the_reason() {
    let mut desk = listening(Setup::default());
    // The list on screen knows of none of them: they were made elsewhere since.
    for number in 0..10 {
        let url = format!("https://relay{number}.harbourvets.example/");
        desk.simulator.hooks().add(NewHook { url, ..NewHook::default() }).expect("room");
    }
    let address = base(&desk);
    begin_webhook(&mut desk, &address);
    desk.step_until("the reason", |state| state.live.form.as_ref().is_some_and(|form| form.problem.is_some()));
    let problem = desk.state.live.form.as_ref().and_then(|form| form.problem.clone()).expect("a problem");
    assert!(problem.summary.contains("10 addresses"), "{problem:?}");
    let asked = desk.simulator.requests().log;
    assert!(!asked.iter().any(|request| request.route == Route::Webhooks && request.method == "POST"));
}

#[test]
fn changing_an_address_makes_a_new_one_before_the_old_one_goes() {
    let mut desk = listening(Setup::default());
    let old = add_webhook(&mut desk);
    live(&mut desk, LiveCommand::AskToChange(id_of(&old)));
    let address = base(&desk);
    live(&mut desk, LiveCommand::Form(FormEdit::Address(address)));
    live(&mut desk, LiveCommand::Create);
    desk.step_until("the new secret", |state| state.live.secret.is_some());
    assert!(desk.state.live.secret.as_ref().is_some_and(|shown| shown.is_replacement));
    let all = desk.simulator.hooks().all();
    let [new] = all.as_slice() else { panic!("{all:?}") };
    assert!(new.id != old.id && new.url != old.url && new.secret != old.secret);
    let orders: Vec<_> =
        desk.simulator.requests().log.into_iter().filter(|request| request.route == Route::Webhooks).collect();
    let at = |method: &str| orders.iter().rposition(|request| request.method == method);
    assert!(at("DELETE") > at("POST"), "nothing is deleted before the new one is there");
}

#[test]
fn a_stopped_webhook_is_turned_on_with_one_click_and_the_gap_is_read() {
    let mut desk = listening(Setup::default());
    let hook = add_webhook(&mut desk);
    let hooks = desk.simulator.hooks();
    hooks.switch_off(&hook.id);
    let missed = desk.simulator.add_records(6);
    look(&mut desk);
    let offer = desk.state.live.banners(desk.clock.now()).first().and_then(|banner| banner.offer.clone());
    assert_eq!(offer, Some(BannerOffer::TurnOn(id_of(&hook))));
    live(&mut desk, LiveCommand::TurnOn(id_of(&hook)));
    desk.step_until("what was missed", |state| {
        state.notices.iter().any(|notice| notice.text == "Caught up: 6 consultations")
    });
    assert!(hooks.all().first().is_some_and(|hook| hook.is_active));
    until(&mut desk, "all of them in the list", |desk| {
        let keys: Vec<String> = desk.row_keys().iter().map(consult_desk::domain::ConsultationKey::as_text).collect();
        missed.iter().all(|id| keys.contains(&format!("record/{id}")))
    });
    until(&mut desk, "the banner gone", |desk| desk.state.live.banners(desk.clock.now()).is_empty());
}

#[test]
fn making_is_asked_once_whatever_becomes_of_the_answer() {
    for passage in [Passage::TurnedAway, Passage::AnswerLost, Passage::SecretLost] {
        let (mut desk, gate) = behind_a_gate();
        listen(&mut desk);
        gate.set(move |first| if is_making(first) { passage } else { Passage::Through });
        let address = base(&desk);
        begin_webhook(&mut desk, &address);
        desk.step_until("an answer", |state| state.live.form.as_ref().is_some_and(|form| form.problem.is_some()));
        assert_eq!(gate.seen().iter().filter(|first| is_making(first)).count(), 1, "{passage:?}");
        assert!(desk.simulator.hooks().all().is_empty(), "{passage:?}: one is left whose secret nobody knows");
    }
}

/// The desk ends while the answer is on its way, and the next start finds what is left by its nonce.
#[test]
fn a_desk_that_ends_between_asking_and_keeping_leaves_no_orphan() {
    let (mut desk, gate) = behind_a_gate();
    listen(&mut desk);
    gate.set(|first| if is_making(first) { Passage::AnswerHeld } else { Passage::Through });
    let address = base(&desk);
    begin_webhook(&mut desk, &address);
    until(&mut desk, "NxVET has made it", |desk| desk.simulator.hooks().all().len() == 1);
    assert!(desk.state.live.secret.is_none());
    gate.set(|_| Passage::Through);
    let mut desk = again(desk, &gate);
    until(&mut desk, "the orphan is deleted", |desk| desk.simulator.hooks().all().is_empty());
    desk.step_until("it is said", |state| state.notices.iter().any(|notice| notice.text.contains("cut short")));
    // And all is as before: the next one is made and works.
    until_running(&mut desk);
    let hook = add_webhook(&mut desk);
    live(&mut desk, LiveCommand::SendTest(id_of(&hook)));
    desk.step_until("its test", |state| state.live.is_live());
}

/// Nothing arrived at NxVET: the intent goes as soon as none can come any more.
#[test]
fn a_desk_that_ends_before_asking_forgets_the_wish_in_time() {
    let (mut desk, gate) = behind_a_gate();
    listen(&mut desk);
    gate.set(|first| if is_making(first) { Passage::TurnedAway } else { Passage::Through });
    let address = base(&desk);
    begin_webhook(&mut desk, &address);
    desk.step_until("an answer", |state| state.live.form.as_ref().is_some_and(|form| form.problem.is_some()));
    gate.set(|_| Passage::Through);
    let mut desk = again(desk, &gate);
    until_running(&mut desk);
    look(&mut desk);
    let hook = add_webhook(&mut desk);
    assert_eq!(desk.simulator.hooks().all().len(), 1, "{hook:?}");
}

#[test]
fn a_webhook_whose_secret_was_kept_works_after_a_restart() {
    let mut desk = listening(Setup::default());
    let hook = add_webhook(&mut desk);
    let mut desk = desk.restart(Setup::default());
    desk.settle();
    until_running(&mut desk);
    look(&mut desk);
    assert!(desk.state.live.webhooks.first().is_some_and(|card| card.is_ours));
    live(&mut desk, LiveCommand::SendTest(id_of(&hook)));
    desk.step_until("its test", |state| state.live.is_live());
}

#[test]
fn a_port_that_is_taken_is_named_and_another_one_helps() {
    let holder = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = holder.local_addr().expect("an address").port();
    let mut desk = Desk::signed_in(Setup::default());
    set(&mut desk, SettingsCommand::ReceiverPort(port));
    set(&mut desk, SettingsCommand::Receives(true));
    desk.step_until("the reason", |state| !state.live.banners(state.now).is_empty());
    let banner = desk.state.live.banners(desk.clock.now()).remove(0);
    assert!(banner.problem.summary.contains(&port.to_string()), "{banner:?}");
    set(&mut desk, SettingsCommand::ReceiverPort(free_port()));
    desk.step_until("a receiver that runs", |state| state.live.receiver.is_running());
    set(&mut desk, SettingsCommand::Receives(false));
    desk.step_until("none that runs", |state| !state.live.receiver.is_running());
}

#[test]
fn the_secret_and_the_path_are_found_nowhere_in_the_clear() {
    let mut desk = listening(Setup::default());
    let hook = add_webhook(&mut desk);
    let path = hook.url.rsplit('/').next().expect("a path").to_owned();
    let folders = desk.home.path().to_owned();
    desk.step();
    let mut found = Vec::new();
    let mut open = vec![folders];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let at = entry.path();
            if at.is_dir() {
                open.push(at);
                continue;
            }
            let bytes = std::fs::read(&at).unwrap_or_default();
            for secret in [hook.secret.as_bytes(), path.as_bytes()] {
                if bytes.windows(secret.len()).any(|window| window == secret) {
                    found.push(at.clone());
                }
            }
        }
    }
    assert!(found.is_empty(), "{found:?}");
}
