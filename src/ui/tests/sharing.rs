//! Several computers on one receiver, seen from the window: the role and the broker in the settings, the pairing code in
//! its dialog.

use super::{Desk, sent, window_of};
use crate::domain::live::PairingCode;
use crate::state::live::{KeptPairing, LiveNews, ShareCommand, ShareNews, ShareStatus};
use crate::state::{
    Command, Dialog, Event, Fault, LiveCommand, LiveFault, PastedKey, Problem, Route, SettingsCommand, ShareFault,
    ShareRole, WindowCommand,
};
use crate::ui::samples;
use eframe::egui::Key;
use eframe::egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

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

/// A desk in the settings with this role where several share a receiver.
fn sharing(role: ShareRole) -> Harness<'static, Desk> {
    let mut state = samples::live::live();
    state.handle(WindowCommand::Go(Route::Settings).into(), samples::now());
    state.handle(SettingsCommand::Share(role).into(), samples::now());
    window_of(state, (1280.0, 2_200.0))
}

#[test]
fn several_desks_share_a_receiver_by_choice() {
    let mut harness = sharing(ShareRole::Off);
    sent(&mut harness);
    assert!(!has(&harness, "Pairing code and password"));
    click(&mut harness, "Share events with other desks: Off");
    harness.get_by_label("This PC listens").click();
    harness.run();
    assert_eq!(sent(&mut harness), [SettingsCommand::Share(ShareRole::Listens).into()]);
    let mut harness = sharing(ShareRole::Shares);
    sent(&mut harness);
    assert!(has(&harness, "An address such as nats://192.168.1.20 is needed."));
    harness.get_by_role_and_label(Role::TextInput, "Broker address").focus();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Broker address").type_text("nats://reception");
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(sent(&mut harness), [SettingsCommand::ShareBroker("nats://reception".to_owned()).into()]);
    click(&mut harness, "Pairing code and password");
    assert_eq!(sent(&mut harness), [LiveCommand::Share(ShareCommand::Ask).into()]);
}

#[test]
fn the_pairing_code_is_shown_here_and_typed_there() {
    let mut harness = sharing(ShareRole::Shares);
    click(&mut harness, "Pairing code and password");
    let code = PairingCode::new([7; 16]);
    let kept = KeptPairing { code: Some(code.clone()), user: Some("desk".to_owned()) };
    tell(&mut harness, LiveNews::Share(ShareNews::Kept(kept)));
    assert!(has(&harness, &code.text()));
    sent(&mut harness);
    click(&mut harness, "Copy the pairing code");
    click(&mut harness, "Forget the password");
    let expected: [Command; 2] =
        [ShareCommand::CopyCode, ShareCommand::ForgetLogin].map(|command| LiveCommand::Share(command).into());
    assert_eq!(sent(&mut harness), expected);

    let mut harness = sharing(ShareRole::Listens);
    click(&mut harness, "Pairing code and password");
    sent(&mut harness);
    harness.get_by_role_and_label(Role::TextInput, "Pairing code").focus();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Pairing code").type_text("abcd");
    harness.run();
    click(&mut harness, "Save");
    let typed = ShareCommand::Keep {
        code: PastedKey("abcd".to_owned()),
        user: String::new(),
        password: PastedKey(String::new()),
    };
    assert_eq!(sent(&mut harness), [LiveCommand::Share(typed).into()]);
    assert!(has(&harness, "28 letters and digits"), "what is wrong with it is said in place");
    assert_eq!(harness.state().state.dialog, Some(Dialog::Share));
}

#[test]
fn a_desk_that_is_told_says_so_on_the_live_screen() {
    let mut state = samples::live::live_off();
    state.handle(SettingsCommand::Share(ShareRole::Listens).into(), samples::now());
    state.handle(WindowCommand::Go(Route::Live).into(), samples::now());
    let mut harness = window_of(state, (1280.0, 800.0));
    tell(&mut harness, LiveNews::Share(ShareNews::Stands(ShareStatus::Listening)));
    harness.get_by_label("Another computer receives");
    harness.get_by_label("Live updates are on");
    let fault = Fault::Live(LiveFault::Share(ShareFault::OtherCode));
    tell(&mut harness, LiveNews::Share(ShareNews::Stands(ShareStatus::Failed(Problem::new(&fault, "X")))));
    assert!(has(&harness, "The pairing code is not the one of the computer that receives."));
    harness.get_by_label("Live updates are off, news are looked for");
}
