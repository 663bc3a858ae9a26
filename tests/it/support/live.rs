//! What the tests of live updates share: a desk that listens, and waiting for what the senders did.

use super::desk::{Desk, LIMIT, Setup};
use consult_desk::domain::live::WebhookId;
use consult_desk::simulator::HookState;
use consult_desk::state::live::{FormEdit, ReceiverStatus};
use consult_desk::state::{Command, LiveCommand, SettingsCommand};
use std::net::TcpListener;
use std::time::Instant;

/// A port that is free now, and that the system gives to nobody who takes any: a desk that is opened again wants it
/// once more.
pub fn free_port() -> u16 {
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(|| fastrand::u16(20_000..32_000)).find(is_free).expect("a free port")
}

/// A signed-in desk whose receiver runs.
pub fn listening(setup: Setup) -> Desk {
    let mut desk = Desk::signed_in(setup);
    listen(&mut desk);
    desk
}

pub fn listen(desk: &mut Desk) {
    set(desk, SettingsCommand::ReceiverPort(free_port()));
    set(desk, SettingsCommand::Receives(true));
    desk.step_until("a receiver that runs", |state| state.live.receiver.is_running());
    look(desk);
}

pub fn set(desk: &mut Desk, command: SettingsCommand) {
    desk.wish(Command::Settings(command));
}

pub fn live(desk: &mut Desk, command: LiveCommand) {
    desk.wish(Command::Live(command));
}

#[track_caller]
pub fn until_running(desk: &mut Desk) {
    until(desk, "a receiver that runs", |desk| {
        let receiver = &desk.state.live.receiver;
        assert!(!matches!(receiver.status, ReceiverStatus::Failed(_)), "{receiver:?}");
        assert!(desk.state.settings.receives, "the settings were kept");
        receiver.is_running()
    });
}

/// Asks NxVET for what the Live screen shows, and waits for it.
pub fn look(desk: &mut Desk) {
    live(desk, LiveCommand::Refresh);
    desk.step_until("the webhooks", |state| state.live.is_loaded && !state.live.is_loading);
}

/// Where the receiver listens, as a base address.
pub fn base(desk: &Desk) -> String {
    match &desk.state.live.receiver.status {
        ReceiverStatus::Running { address, .. } => format!("http://{address}"),
        other => panic!("no receiver runs: {other:?}"),
    }
}

/// Makes a webhook to the desk's own receiver by the form.
pub fn add_webhook(desk: &mut Desk) -> HookState {
    let address = base(desk);
    begin_webhook(desk, &address);
    desk.step_until("the secret", |state| state.live.secret.is_some());
    live(desk, LiveCommand::SecretKept);
    desk.simulator.hooks().all().pop().expect("a webhook")
}

pub fn begin_webhook(desk: &mut Desk, address: &str) {
    live(desk, LiveCommand::AskForNew);
    live(desk, LiveCommand::Form(FormEdit::Address(address.to_owned())));
    live(desk, LiveCommand::Create);
}

pub fn id_of(hook: &HookState) -> WebhookId {
    WebhookId(hook.id.clone())
}

/// Waits until something outside the desk is so, while the desk goes on.
#[track_caller]
pub fn until(desk: &mut Desk, what: &str, mut holds: impl FnMut(&mut Desk) -> bool) {
    let deadline = Instant::now() + LIMIT;
    loop {
        let any = desk.step();
        if holds(desk) {
            return;
        }
        assert!(Instant::now() < deadline, "never came: {what}\n{:?}", desk.state.notices);
        if !any {
            std::thread::park_timeout(std::time::Duration::from_millis(2));
        }
    }
}
