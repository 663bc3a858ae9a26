//! Signing in: keys as people paste them, what is kept, and what is said when it does not work.

use crate::support::desk::{Desk, Setup};
use crate::support::tls::{Certificate, TlsServer};
use consult_desk::platform::SecretStore;
use consult_desk::simulator::{Fault, Personality, Route};
use consult_desk::state::{Command, Kept, Loading, Session, SessionCommand, State};

fn problem_words(state: &State) -> Option<String> {
    state.session.sign_in()?.problem.as_ref().map(consult_desk::state::Problem::sentence)
}

#[track_caller]
fn refused_with(desk: &mut Desk, words: &str) {
    desk.step_until(words, |state| problem_words(state).is_some());
    assert_eq!(problem_words(&desk.state).as_deref(), Some(words));
    assert!(matches!(desk.state.session, Session::SignedOut(_)));
}

#[test]
fn a_key_with_stray_blanks_signs_in_to_both_personalities() {
    for personality in [Personality::Docs, Personality::Production] {
        let mut desk = Desk::new(Setup { personality, ..Setup::default() });
        let pasted = format!("  Bearer {}\r\n", desk.simulator.key());
        desk.paste_key(&pasted);
        desk.step_until("the clinic's name", |state| {
            state.session.organization().is_some_and(|organization| !organization.name.is_empty())
        });
        desk.settle();
        assert!(!desk.state.list.view.rows.is_empty());
    }
}

#[test]
fn the_key_is_kept_and_found_again() {
    let mut desk = Desk::signed_in(Setup::default());
    assert!(matches!(desk.state.session, Session::SignedIn { kept: Kept::Yes, .. }));
    let rows = desk.row_keys().len();
    desk = desk.restart(Setup::default());
    desk.step_until("the kept session", |state| matches!(state.session, Session::SignedIn { .. }));
    desk.settle();
    assert_eq!(desk.row_keys().len(), rows);
}

#[test]
fn without_a_key_store_the_key_is_used_and_not_remembered() {
    let setup = || Setup { secrets: SecretStore::None, ..Setup::default() };
    let mut desk = Desk::signed_in(setup());
    assert!(
        matches!(&desk.state.session, Session::SignedIn { kept: Kept::No(why), .. } if why.contains("password store"))
    );
    desk = desk.restart(setup());
    desk.step_until("the sign-in screen", |state| matches!(state.session, Session::SignedOut(_)));
}

#[test]
fn signing_out_wipes_key_and_data() {
    let mut desk = Desk::signed_in(Setup::default());
    desk.wish(Command::Session(SessionCommand::SignOut));
    desk.step_until("signed out", |state| matches!(state.session, Session::SignedOut(_)));
    assert!(desk.state.list.view.rows.is_empty());
    desk = desk.restart(Setup::default());
    desk.step_until("the sign-in screen", |state| matches!(state.session, Session::SignedOut(_)));
}

#[test]
fn a_wrong_key_is_refused_at_once_and_not_asked_twice() {
    let mut desk = Desk::new(Setup::default());
    desk.paste_key("nxvet_sk_wrong_wrong_wrong");
    refused_with(
        &mut desk,
        "NxVET did not accept this key. It may have expired or been revoked. What you have open stays here.",
    );
    assert_eq!(desk.simulator.requests().log.len(), 1, "a refused key is not tried again");
}

#[test]
fn what_is_no_key_never_leaves_the_computer() {
    let mut desk = Desk::new(Setup::default());
    desk.paste_key("two words");
    refused_with(
        &mut desk,
        "This does not look like a key: it has a blank or a line break inside. \
         Copy the key from NxVET again and paste it here.",
    );
    assert_eq!(desk.simulator.requests().log.len(), 0);
}

#[test]
fn a_missing_scope_is_named() {
    let mut desk = Desk::new(Setup { personality: Personality::Docs, ..Setup::default() });
    desk.simulator.remove_scope("auth:introspect-org");
    let key = desk.simulator.key();
    desk.paste_key(&key);
    refused_with(
        &mut desk,
        "This key may not read the clinic it belongs to. Ask whoever manages NxVET keys to check its scopes.",
    );
}

#[test]
fn each_fault_of_the_network_has_its_own_words() {
    let cases: Vec<(Fault, &str)> = vec![
        (
            Fault::Garbage,
            "The network answered instead of NxVET. You may have to sign in to this Wi-Fi in a web browser first.",
        ),
        (Fault::Status(503), "NxVET has a problem on its side. Retrying; nothing here is lost."),
        (Fault::Reset, "The connection broke off. Nothing incomplete was kept."),
        (Fault::WrongJson, "The server sent something unexpected. Nothing here is lost."),
        (Fault::GzipBomb(1 << 30), "The answer was larger than it may be. It was not loaded."),
        (Fault::DeepJson(20_000), "The server sent something unexpected. Nothing here is lost."),
        (
            Fault::Redirect { status: 302, location: "https://elsewhere.example/api".to_owned() },
            "NxVET's address sent us to another place, which was refused. The key was not sent there.",
        ),
        (Fault::CutBody, "The connection broke off. Nothing incomplete was kept."),
    ];
    for (fault, words) in cases {
        let mut desk = Desk::new(Setup::default());
        desk.simulator.faults().next(Route::Any, fault.clone(), 50);
        let key = desk.simulator.key();
        desk.paste_key(&key);
        desk.step_until("a problem", |state| problem_words(state).is_some());
        assert_eq!(problem_words(&desk.state).as_deref(), Some(words), "{fault:?}");
    }
}

#[test]
fn signing_in_survives_being_asked_to_slow_down() {
    let mut desk = Desk::new(Setup::default());
    let slow = Fault::RateLimited { retry_after: Some("0".to_owned()) };
    desk.simulator.faults().next(Route::Identity, slow, 2);
    desk.sign_in();
    assert_eq!(desk.state.list.progress.loading, Loading::Idle);
}

#[test]
fn a_key_revoked_in_the_middle_keeps_what_is_open() {
    let mut desk = Desk::signed_in(Setup::default());
    let rows = desk.row_keys().len();
    desk.simulator.revoke_key();
    desk.wish(Command::List(consult_desk::state::ListCommand::Refresh));
    desk.step_until("the question for a new key", |state| state.session.sign_in().is_some());
    assert!(matches!(desk.state.session, Session::SignedIn { refused: Some(_), .. }));
    assert_eq!(desk.row_keys().len(), rows);
}

/// A port on which nobody listens.
fn closed_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("its number").port()
}

#[test]
fn a_server_out_of_reach_is_told_from_a_bad_key() {
    let closed = format!("http://127.0.0.1:{}", closed_port());
    for (server, words) in [
        ("https://no-such-host.invalid", "Can't reach NxVET. Check this computer's internet connection."),
        (closed.as_str(), "No connection. Showing what was saved here."),
    ] {
        let mut desk = Desk::new(Setup { server: Some(server.to_owned()), ..Setup::default() });
        desk.paste_key("nxvet_sk_0123456789abcdef");
        refused_with(&mut desk, words);
        assert_eq!(desk.simulator.requests().log.len(), 0);
    }
}

#[test]
fn a_server_that_takes_no_connection_is_given_up() {
    use std::net::{TcpListener, TcpStream};
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = listener.local_addr().expect("its number");
    // Nobody accepts: once the queue is full, further connections hang as in a black hole.
    let soon = std::time::Duration::from_millis(150);
    let queue: Vec<TcpStream> = std::iter::from_fn(|| TcpStream::connect_timeout(&address, soon).ok()).collect();
    assert!(!queue.is_empty());
    let mut desk = Desk::new(Setup { server: Some(format!("http://{address}")), ..Setup::default() });
    desk.paste_key("nxvet_sk_0123456789abcdef");
    refused_with(&mut desk, "NxVET takes too long to answer. The connection may be slow or blocked.");
}

#[test]
fn a_server_nobody_vouches_for_gets_no_key() {
    let words = "The secure connection to NxVET is not trusted on this computer. \
                 A security device on your network may be in between. Ask whoever looks after it.";
    refused_over_tls("a_server_nobody_vouches_for_gets_no_key", Certificate::Unknown, words);
}

#[test]
fn an_expired_certificate_points_to_the_clock() {
    let words = "The secure connection to NxVET failed: its certificate is not valid at this computer's date and time. \
                 Check this computer's clock. If it is right, try again later.";
    refused_over_tls("an_expired_certificate_points_to_the_clock", Certificate::Expired, words);
}

#[test]
fn another_computers_certificate_is_refused() {
    let words = "The answer came from a computer that is not NxVET. \
                 The key was not sent. Check the network you are on.";
    refused_over_tls("another_computers_certificate_is_refused", Certificate::OfAnotherHost, words);
}

/// Signs in to a server with such a certificate. Which authorities a process trusts is read from its environment
/// once, so the desk runs in a process of its own: this test called anew, told where the server is.
fn refused_over_tls(test: &str, certificate: Certificate, words: &str) {
    const SERVER: &str = "DESK_TEST_TLS_SERVER";
    if let Ok(address) = std::env::var(SERVER) {
        let mut desk = Desk::new(Setup { server: Some(address), ..Setup::default() });
        desk.paste_key("nxvet_sk_0123456789abcdef");
        return refused_with(&mut desk, words);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let Some(server) = TlsServer::start(folder.path(), certificate) else { return };
    let output = std::process::Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", &format!("sign_in::{test}")])
        .env(SERVER, server.address())
        .env("SSL_CERT_FILE", server.authority())
        .output()
        .expect("the test starts anew");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
}

#[test]
fn checking_a_key_can_be_given_up() {
    let mut desk = Desk::new(Setup::default());
    desk.simulator.faults().next(Route::Identity, Fault::Stall, 100);
    let key = desk.simulator.key();
    desk.paste_key(&key);
    assert!(desk.state.session.sign_in().is_some_and(|sign_in| sign_in.is_checking));
    desk.wish(Command::Session(SessionCommand::CancelSignIn));
    assert!(desk.state.session.sign_in().is_some_and(|sign_in| !sign_in.is_checking));
    desk.simulator.faults().clear();
    desk.sign_in();
}
