//! Several desks on one receiver, by a real broker: what one receives the others are told, also after they or the broker
//! were away, once each; and the broker learns nothing.

use crate::receiver::{ORGANIZATION, Place, deliver};
use crate::support::broker::Broker;
use crate::support::desk::{Desk, LIMIT, Setup};
use crate::support::live::{add_webhook, listening, live, set, until};
use consult_desk::domain::live::{BrokerAddress, CannotKeep, PairingCode};
use consult_desk::domain::{ConsultationKey, OrganizationId};
use consult_desk::sharing::{Ear, Meeting, Standing, listen};
use consult_desk::simulator::{Order, SimulatorHandle};
use consult_desk::state::live::{Line, ShareCommand, ShareStatus};
use consult_desk::state::{
    Command, Dialog, ListCommand, LiveCommand, PastedKey, SettingsCommand, ShareRole, WindowCommand,
};
use std::process::{Command as Process, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tempfile::TempDir;
use zeroize::Zeroizing;

fn pasted(text: &str) -> PastedKey {
    PastedKey(text.to_owned())
}

fn share(desk: &mut Desk, command: ShareCommand) {
    live(desk, LiveCommand::Share(command));
}

fn keep(desk: &mut Desk, code: &str, (user, password): (&str, &str)) {
    let (code, password) = (pasted(code), pasted(password));
    share(desk, ShareCommand::Keep { code, user: user.to_owned(), password });
}

#[track_caller]
fn until_stands(desk: &mut Desk, status: &ShareStatus) {
    desk.step_until(&format!("{status:?}"), |state| state.live.share.status == *status);
}

#[track_caller]
fn until_failed(desk: &mut Desk, words: &str) {
    desk.step_until(
        words,
        |state| matches!(&state.live.share.status, ShareStatus::Failed(problem) if problem.sentence().contains(words)),
    );
}

/// A desk that receives and shares, with a webhook that calls it.
fn sharer(broker: &Broker) -> Desk {
    let mut desk = listening(Setup::default());
    add_webhook(&mut desk);
    set(&mut desk, SettingsCommand::ShareBroker(broker.address()));
    set(&mut desk, SettingsCommand::Share(ShareRole::Shares));
    until_stands(&mut desk, &ShareStatus::Sharing);
    desk
}

/// The pairing code as the desk shows it.
fn code_of(desk: &mut Desk) -> String {
    share(desk, ShareCommand::Ask);
    desk.step_until("the pairing code", |state| state.live.share.kept.as_ref().is_some_and(|kept| kept.code.is_some()));
    share(desk, ShareCommand::CopyCode);
    desk.wish(Command::Window(WindowCommand::CloseDialog));
    assert!(desk.state.live.share.kept.is_none(), "a code is held no longer than it is shown");
    desk.copied.last().expect("a code").clone()
}

/// Another desk of the same clinic. Its ordinary look comes once an hour: what shows came by itself.
fn another(simulator: &SimulatorHandle) -> Desk {
    let home = Arc::new(tempfile::tempdir().expect("a folder"));
    let mut desk = Desk::open(Setup::default(), simulator.clone(), home);
    desk.sign_in();
    desk
}

fn listener(simulator: &SimulatorHandle, broker: &Broker, code: &str) -> Desk {
    let mut desk = another(simulator);
    set(&mut desk, SettingsCommand::ShareBroker(broker.address()));
    keep(&mut desk, code, ("", ""));
    set(&mut desk, SettingsCommand::Share(ShareRole::Listens));
    until_stands(&mut desk, &ShareStatus::Listening);
    desk
}

fn has_rows(desk: &Desk, ids: &[String]) -> bool {
    let keys = desk.row_keys();
    ids.iter().all(|id| keys.contains(&ConsultationKey::record(id)))
}

fn assert_once(desk: &Desk, ids: &[String]) {
    let keys = desk.row_keys();
    for id in ids {
        let key = ConsultationKey::record(id);
        assert_eq!(keys.iter().filter(|known| **known == key).count(), 1, "{id}");
    }
}

fn new_record(simulator: &SimulatorHandle) -> String {
    let id = simulator.add_pending_record();
    simulator.fill_note(&id);
    id
}

/// What a desk takes with it when it is closed.
fn close(desk: Desk) -> (Arc<TempDir>, consult_desk::platform::SecretStore) {
    let Desk { home, secrets, backend, .. } = desk;
    drop(backend);
    (home, secrets)
}

#[test]
fn a_desk_that_was_off_while_the_broker_was_restarted_misses_nothing_and_says_so() {
    let Some(mut broker) = Broker::start(&[]) else { return };
    let mut one = sharer(&broker);
    let simulator = one.simulator.clone();
    let code = code_of(&mut one);
    let mut two = listener(&simulator, &broker, &code);
    assert_eq!(two.state.line(), Line::Live);

    let first = new_record(&simulator);
    until(&mut one, "the row here", |desk| has_rows(desk, std::slice::from_ref(&first)));
    until(&mut two, "the row there", |desk| has_rows(desk, std::slice::from_ref(&first)));
    let before = two.row_keys().len();

    let (home, secrets) = close(two);
    let mut missed: Vec<String> = (0..3).map(|_| new_record(&simulator)).collect();
    until(&mut one, "three more rows", |desk| has_rows(desk, &missed));
    broker.stop();
    until_failed(&mut one, "cannot be reached");
    // Told twice and in disorder, while nobody can be told.
    let hooks = simulator.hooks();
    hooks.hold();
    missed.extend((0..3).map(|_| new_record(&simulator)));
    hooks.release(Order::Shuffled(3), 2);
    until(&mut one, "six rows", |desk| has_rows(desk, &missed));
    broker.run();
    until_stands(&mut one, &ShareStatus::Sharing);

    let mut two = Desk::open(Setup { secrets, ..Setup::default() }, simulator.clone(), home);
    two.step_until("what was missed", |state| {
        state.notices.iter().any(|notice| notice.text == "Caught up: 6 consultations")
    });
    until(&mut two, "all rows", |desk| has_rows(desk, &missed));
    until_stands(&mut two, &ShareStatus::Listening);
    assert_once(&two, &missed);
    assert_eq!(two.row_keys().len(), before + 6);

    // And it goes on, also for a desk that ran while the broker was away.
    broker.stop();
    until_failed(&mut two, "cannot be reached");
    assert_eq!(two.state.line(), Line::Polling);
    let late = vec![new_record(&simulator), new_record(&simulator)];
    until(&mut one, "late rows", |desk| has_rows(desk, &late));
    broker.run();
    until_stands(&mut one, &ShareStatus::Sharing);
    until(&mut two, "late rows there", |desk| has_rows(desk, &late));
    two.step_until("what was missed", |state| {
        state.notices.iter().any(|notice| notice.text == "Caught up: 2 consultations")
    });
    assert_once(&two, &late);

    let (one, two) = (events_of(one), events_of(two));
    assert_eq!(one, two, "every event is kept at both, once");
}

/// The keys of all events that a desk keeps, in the order of their names.
fn events_of(desk: Desk) -> Vec<String> {
    let clinic = match &desk.state.session {
        consult_desk::state::Session::SignedIn { organization, .. } => organization.id.clone(),
        other => panic!("nobody is signed in: {other:?}"),
    };
    let (home, secrets) = close(desk);
    let data = consult_desk::platform::Folders::below(home.path()).data;
    let secret = secrets.vault_key(false).expect("the secret").expect("a secret");
    let keys = consult_desk::store::Vault::new(&data).open(&secret).expect("the vault opens");
    let (mut store, _) =
        consult_desk::store::Store::open(&data, &keys, crate::support::desk::a_moment()).expect("a store");
    let events = store.live_events_after(&clinic, 0, usize::MAX).expect("events");
    let mut keys: Vec<String> = events.into_iter().map(|(_, event)| event.key.as_str().to_owned()).collect();
    keys.sort();
    keys
}

#[test]
fn another_pairing_code_is_refused_by_name() {
    let Some(broker) = Broker::start(&[]) else { return };
    let mut one = sharer(&broker);
    let simulator = one.simulator.clone();
    let code = code_of(&mut one);

    let mut two = another(&simulator);
    set(&mut two, SettingsCommand::ShareBroker(broker.address()));
    set(&mut two, SettingsCommand::Share(ShareRole::Listens));
    until_failed(&mut two, "does not know the pairing code");
    keep(&mut two, "ABCD-EFGH", ("", ""));
    assert!(two.state.live.share.problem.as_ref().is_some_and(|problem| problem.summary.contains("28")));
    keep(&mut two, &PairingCode::new([7; 16]).text(), ("", ""));
    until_failed(&mut two, "not the one of the computer that receives");
    assert_eq!(two.state.line(), Line::Polling);
    let id = new_record(&simulator);
    until(&mut one, "the row here", |desk| has_rows(desk, std::slice::from_ref(&id)));
    assert!(!has_rows(&two, std::slice::from_ref(&id)), "nothing of it is read");
    // As a person types it.
    keep(&mut two, &code.to_lowercase().replace('-', " "), ("", ""));
    until_stands(&mut two, &ShareStatus::Listening);
    until(&mut two, "the row there", |desk| has_rows(desk, std::slice::from_ref(&id)));
    assert_eq!(two.state.dialog, None::<Dialog>);

    // A new code shuts the others out until they are told it.
    share(&mut one, ShareCommand::NewCode);
    until_stands(&mut one, &ShareStatus::Sharing);
    let other = code_of(&mut one);
    assert_ne!(other, code);
    let id = new_record(&simulator);
    until(&mut one, "the row here", |desk| has_rows(desk, std::slice::from_ref(&id)));
    until_failed(&mut two, "not the one of the computer that receives");
    assert!(!has_rows(&two, std::slice::from_ref(&id)));
    keep(&mut two, &other, ("", ""));
    until_stands(&mut two, &ShareStatus::Listening);
    until(&mut two, "the row there", |desk| {
        one.step();
        has_rows(desk, std::slice::from_ref(&id))
    });
}

#[test]
fn a_broker_that_is_gone_at_the_start_holds_nothing_up() {
    let Some(mut broker) = Broker::start(&[]) else { return };
    let mut one = sharer(&broker);
    let simulator = one.simulator.clone();
    let code = code_of(&mut one);
    broker.stop();

    let mut two = another(&simulator);
    set(&mut two, SettingsCommand::ShareBroker(broker.address()));
    keep(&mut two, &code, ("", ""));
    set(&mut two, SettingsCommand::Share(ShareRole::Listens));
    until_failed(&mut two, "cannot be reached");
    assert_eq!(two.state.line(), Line::Polling);
    let polled = new_record(&simulator);
    two.list(ListCommand::Refresh);
    until(&mut two, "the row by asking", |desk| has_rows(desk, std::slice::from_ref(&polled)));

    broker.run();
    until_stands(&mut two, &ShareStatus::Listening);
    until_stands(&mut one, &ShareStatus::Sharing);
    let told = new_record(&simulator);
    until(&mut two, "the row by being told", |desk| has_rows(desk, std::slice::from_ref(&told)));
    assert_once(&two, &[polled, told]);
}

#[test]
fn the_broker_learns_nothing_and_may_want_a_password() {
    let Some(broker) = Broker::start(&["--user", "desk", "--pass", "harbour-vets"]) else { return };
    let mut one = listening(Setup::default());
    add_webhook(&mut one);
    let simulator = one.simulator.clone();
    set(&mut one, SettingsCommand::ShareBroker(broker.address()));
    set(&mut one, SettingsCommand::Share(ShareRole::Shares));
    until_failed(&mut one, "does not take this user");
    keep(&mut one, "", ("desk", "harbour-vets"));
    until_stands(&mut one, &ShareStatus::Sharing);
    let code = code_of(&mut one);

    let mut two = another(&simulator);
    set(&mut two, SettingsCommand::ShareBroker(broker.address()));
    keep(&mut two, &code, ("desk", "harbour-vets"));
    set(&mut two, SettingsCommand::Share(ShareRole::Listens));
    until_stands(&mut two, &ShareStatus::Listening);
    let id = new_record(&simulator);
    until(&mut two, "the row there", |desk| has_rows(desk, std::slice::from_ref(&id)));

    let kept = String::from_utf8_lossy(&broker.kept()).into_owned();
    assert!(kept.len() > 512, "the broker keeps something");
    let home = one.home.path().to_owned();
    let clinic = match &one.state.session {
        consult_desk::state::Session::SignedIn { organization, .. } => organization.id.as_str().to_owned(),
        other => panic!("nobody is signed in: {other:?}"),
    };
    for word in [id.as_str(), clinic.as_str(), "record-created", "happened_at", code.as_str()] {
        assert!(!kept.contains(word), "the broker knows {word}");
    }
    let settings = std::fs::read_to_string(consult_desk::platform::Folders::below(&home).config.join("settings.json"));
    let settings = settings.expect("settings");
    assert!(settings.contains(&broker.address()) && !settings.contains("harbour-vets") && !settings.contains(&code));
}

/// Collects what it is told.
#[derive(Default)]
struct Notebook {
    told: Mutex<Vec<String>>,
    standings: Mutex<Vec<Standing>>,
}

impl Ear for Notebook {
    fn keep(&self, told: &[Zeroizing<Vec<u8>>]) -> Result<(), CannotKeep> {
        let texts = told.iter().map(|text| String::from_utf8_lossy(text).into_owned());
        self.told.lock().expect("a lock").extend(texts);
        Ok(())
    }

    fn has_missed(&self, _events: u64) -> futures_util::future::BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    fn tell(&self, standing: Standing) -> futures_util::future::BoxFuture<'_, ()> {
        self.standings.lock().expect("a lock").push(standing);
        Box::pin(std::future::ready(()))
    }
}

#[track_caller]
fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !holds() {
        assert!(Instant::now() < deadline, "never came: {what}");
        std::thread::park_timeout(std::time::Duration::from_millis(5));
    }
}

#[test]
fn a_receiver_without_a_window_shares_too_and_is_missed_when_it_ends() {
    let Some(broker) = Broker::start(&[]) else { return };
    let place = Place::new();
    let file = place.home.path().join("share-secret");
    let address = broker.address();
    let words = ["--share", address.as_str(), "--share-secret-file", file.to_str().expect("text")];
    let running = place.start(&words);
    let text = std::fs::read_to_string(&file).expect("the file was made");
    let code = PairingCode::parse(text.trim().trim_start_matches("code ")).expect("a code");
    let post = |running: &crate::receiver::Running, number| deliver(&mut running.connect(), &place.path, number);
    assert_eq!([1, 1, 2].map(|number| post(&running, number)), [Some(200); 3]);

    let meeting = Meeting { broker: BrokerAddress::parse(&address).expect("an address"), login: None, code };
    let notebook = Arc::new(Notebook::default());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let clinic = OrganizationId::new(ORGANIZATION);
    runtime.spawn(listen(meeting, clinic, "desk-1".to_owned(), notebook.clone()));
    let told = || notebook.told.lock().expect("a lock").len();
    wait_for("two events", || told() == 2);
    wait_for("a line that is good", || notebook.standings.lock().expect("a lock").contains(&Standing::Listening));
    assert_eq!(post(&running, 3), Some(200));
    wait_for("the third", || told() == 3);
    drop(running);

    // What came while the receiver was away from the broker is handed on when it starts again, and nothing else.
    let running = place.start(&words);
    assert_eq!(post(&running, 4), Some(200));
    wait_for("the fourth", || told() == 4);
    let told = notebook.told.lock().expect("a lock").clone();
    let unique: std::collections::BTreeSet<&String> = told.iter().collect();
    assert_eq!(unique.len(), 4, "{told:?}");
}

#[test]
fn an_encrypted_line_needs_a_certificate_that_is_trusted() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    let words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=broker"];
    let made = Process::new("openssl")
        .args(words)
        .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", &at("key.pem"), "-out", &at("certificate.pem")])
        .output();
    if !made.is_ok_and(|made| made.status.success()) {
        eprintln!("skipped: openssl is not here");
        return;
    }
    let (certificate, key) = (at("certificate.pem"), at("key.pem"));
    let Some(broker) = Broker::start(&["--tls", "--tlscert", &certificate, "--tlskey", &key]) else { return };
    let address = broker.address().replace("nats://", "tls://");
    let mut one = listening(Setup::default());
    set(&mut one, SettingsCommand::ShareBroker(address.clone()));
    set(&mut one, SettingsCommand::Share(ShareRole::Shares));
    until_failed(&mut one, "No secure connection");

    // A program of its own, as this one cannot be told to trust.
    let place = Place::new();
    let file = at("share-secret");
    let mut command = place.command(&["--port", "0", "--share", &address, "--share-secret-file", &file]);
    let mut process = command.env("SSL_CERT_FILE", &certificate).stdout(Stdio::null()).spawn().expect("it starts");
    wait_for("a stream at the broker", || String::from_utf8_lossy(&broker.kept()).contains("consult-desk-"));
    process.kill().expect("ended");
    process.wait().expect("ended");
}
