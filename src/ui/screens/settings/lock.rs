//! When the desk locks by itself, and the PIN that opens it.

use super::parts::{card, choice, row};
use crate::state::{Dialog, Kept, LockCommand, Session, SettingsCommand, WindowCommand};
use crate::ui::action::Action;
use crate::ui::theme::icons;
use crate::ui::view::View;
use crate::ui::widgets;
use eframe::egui::Ui;

const USUAL_MINUTES: [u16; 6] = [1, 5, 10, 15, 30, 60];

pub(super) fn lock_ui(ui: &mut Ui, view: &View<'_>) {
    let now = view.state.settings.lock_minutes;
    card(ui, icons::LOCK, "Lock", |ui| {
        let name = "Lock by itself";
        row(ui, name, "When nobody touches the desk. A recording that plays counts as somebody.", |ui| {
            if let Some(minutes) = choice(ui, name, &minute_choices(now), now) {
                view.send(SettingsCommand::LockMinutes(minutes));
            }
        });
        if can_have_pin(view) {
            row(ui, "PIN", pin_words(view), |ui| pin_buttons(ui, view));
        }
        row(ui, "Lock now", &locks_too_words(ui), |ui| {
            if widgets::button(ui, Action::Lock.text()).clicked() {
                view.send(LockCommand::Lock);
            }
        });
    });
}

/// Nothing of the sample clinic needs one.
fn can_have_pin(view: &View<'_>) -> bool {
    !view.state.session.is_demo()
}

fn pin_words(view: &View<'_>) -> &'static str {
    let is_kept = matches!(&view.state.session, Session::SignedIn { kept: Kept::Yes, .. });
    match (view.state.lock.has_pin, is_kept) {
        (true, _) => "Opening the desk takes the PIN.",
        (false, true) => "Without a PIN, anybody at this computer's login can open it again.",
        (false, false) => "The key is not kept on this computer, so locking signs out.",
    }
}

fn pin_buttons(ui: &mut Ui, view: &View<'_>) {
    if !view.state.lock.has_pin {
        if widgets::button(ui, "Set a PIN…").clicked() {
            view.send(WindowCommand::Show(Dialog::Pin));
        }
        return;
    }
    if widgets::button(ui, "Change…").clicked() {
        view.send(WindowCommand::Show(Dialog::Pin));
    }
    if widgets::button(ui, "Remove…").clicked() {
        view.send(WindowCommand::Show(Dialog::RemovePin));
    }
}

fn locks_too_words(ui: &Ui) -> String {
    let keys = Action::Lock.keys(ui.ctx().os().is_mac());
    format!("{keys} from anywhere. It also locks with the system's screen, where the system tells.")
}

fn minute_choices(now: Option<u16>) -> Vec<(Option<u16>, String)> {
    let mut values = USUAL_MINUTES.to_vec();
    values.extend(now);
    values.sort_unstable();
    values.dedup();
    let timed = values.into_iter().map(|minutes| (Some(minutes), after_words(minutes)));
    timed.chain([(None, "Never".to_owned())]).collect()
}

/// `After 1 minute`, `After 10 minutes`, `After 1 hour`.
fn after_words(minutes: u16) -> String {
    match minutes {
        1 => "After 1 minute".to_owned(),
        60 => "After 1 hour".to_owned(),
        _ => format!("After {minutes} minutes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_times_and_the_one_that_is_set_are_offered() {
        let words = |now| minute_choices(now).into_iter().map(|(_, words)| words).collect::<Vec<_>>();
        assert_eq!(words(Some(10)).len(), 7);
        assert!(words(Some(7)).contains(&"After 7 minutes".to_owned()));
        assert_eq!(words(None).last().map(String::as_str), Some("Never"));
    }
}
