//! Keys become commands: the pressed ones are matched exactly and taken from the frame's input, so that no field
//! below sees them too. Which key does what is told by `action`.

use super::Memory;
use super::action::Action;
use super::screens::consultations::search_id;
use super::view::View;
use crate::state::{Dialog, ListCommand, PlayerCommand, Route, Session, State};
use eframe::egui::{Context, Event, Key, KeyboardShortcut, Modifiers, Popup};

/// Letting go of them ends a scan, whatever has the focus by then.
const SCAN_KEYS: [Key; 2] = [Key::Comma, Key::Period];

/// Who else wants the keys of this frame.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keyboard {
    Free,
    /// Some control has the focus, often a text field.
    Typing,
    /// A menu is open, or the sign-in box lies over everything.
    Taken,
}

fn asks_for_key(view: &View<'_>, memory: &Memory) -> bool {
    matches!(view.state.session, Session::SignedIn { refused: Some(_), .. }) && !memory.sign_in.is_postponed
}

/// Hands every pressed shortcut on.
pub fn handle_keys(ctx: &Context, view: &View<'_>, memory: &mut Memory) {
    let focus_before = std::mem::replace(&mut memory.focus, ctx.memory(eframe::egui::Memory::focused));
    if focus_before == Some(search_id()) && leaves_search(ctx, view) {
        return;
    }
    let keyboard = if Popup::is_any_open(ctx) || asks_for_key(view, memory) {
        Keyboard::Taken
    } else if ctx.egui_wants_keyboard_input() {
        Keyboard::Typing
    } else {
        Keyboard::Free
    };
    let pressed: Vec<Action> = ctx.input_mut(|input| {
        let mut pressed = Vec::new();
        input.events.retain(|event| match action_of(event) {
            Some((action, shortcut)) if may_fire(action, shortcut, view.state, keyboard) => {
                pressed.push(action);
                false
            }
            _ => true,
        });
        pressed
    });
    for action in pressed {
        run(action, view, memory);
    }
    if view.state.player.is_scanning() && !is_scan_key_held(ctx) {
        view.send(PlayerCommand::EndScan);
    }
}

/// On some keyboards the sign is typed with Shift, and letting go of Shift first makes the key another one:
/// any key that is let go ends a scan, rather than that none does.
fn is_scan_key_held(ctx: &Context) -> bool {
    ctx.input(|input| {
        let has_let_go = input.events.iter().any(|event| matches!(event, Event::Key { pressed: false, .. }));
        !has_let_go && SCAN_KEYS.into_iter().any(|key| input.key_down(key))
    })
}

/// Esc in the search field empties it and nothing else; the toolkit has taken the focus from it already.
fn leaves_search(ctx: &Context, view: &View<'_>) -> bool {
    let pressed = ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    if pressed && !view.state.list.filter.text.is_empty() {
        view.send(ListCommand::FilterText(String::new()));
    }
    pressed
}

/// Does what an action means now; nothing when it is greyed out.
pub fn run(action: Action, view: &View<'_>, memory: &mut Memory) {
    let Some(command) = action.resolve(view) else { return };
    let finds_in_list = action == Action::Find && view.state.record.is_none();
    if action == Action::Search || finds_in_list {
        memory.list.wants_search = true;
    }
    view.send(command);
}

fn action_of(event: &Event) -> Option<(Action, KeyboardShortcut)> {
    let Event::Key { key, pressed: true, repeat, modifiers, .. } = event else { return None };
    let found = Action::ALL.into_iter().find_map(|action| {
        let shortcut = action.shortcuts().iter().copied().find(|shortcut| matches(*shortcut, *key, *modifiers))?;
        Some((action, shortcut))
    });
    found.filter(|(action, _)| !repeat || action.repeats())
}

/// Exact but for signs that are typed with Shift, or with Alt, on some keyboards.
fn matches(shortcut: KeyboardShortcut, key: Key, modifiers: Modifiers) -> bool {
    let may_need_alt = matches!(key, Key::OpenBracket | Key::CloseBracket | Key::Backslash);
    let may_need_shift = may_need_alt
        || matches!(key, Key::Plus | Key::Questionmark | Key::Equals | Key::Comma | Key::Period | Key::Slash);
    shortcut.logical_key == key
        && shortcut.modifiers.command == modifiers.command
        && (may_need_alt || !modifiers.alt)
        && (may_need_shift || shortcut.modifiers.shift == modifiers.shift)
}

/// Bare keys belong to whatever has the focus; a dialog lets only closing, zoom and its own key through.
fn may_fire(action: Action, shortcut: KeyboardShortcut, state: &State, keyboard: Keyboard) -> bool {
    let is_zoom = matches!(action, Action::ZoomIn | Action::ZoomOut | Action::ZoomReset);
    if is_zoom {
        return true;
    }
    let Session::SignedIn { .. } = state.session else { return false };
    // Who leaves in a hurry closes nothing first.
    if action == Action::Lock {
        return true;
    }
    // In a field Ctrl+Z takes back what was typed.
    let is_fields_own = action == Action::UndoMark && keyboard == Keyboard::Typing;
    if keyboard == Keyboard::Taken || is_fields_own {
        return false;
    }
    match state.dialog {
        // What is shown once is not closed by accident.
        Some(Dialog::WebhookSecret) => false,
        Some(Dialog::Shortcuts) => matches!(action, Action::Close | Action::Shortcuts),
        Some(_) => action == Action::Close,
        None => {
            (keyboard == Keyboard::Free || is_safe_while_typing(shortcut)) && belongs_to_screen(action, state.route)
        }
    }
}

fn is_safe_while_typing(shortcut: KeyboardShortcut) -> bool {
    let is_function_key = matches!(shortcut.logical_key, Key::F1 | Key::F4 | Key::F5);
    shortcut.modifiers.command || is_function_key || shortcut.logical_key == Key::Escape
}

/// Moving through a list that is not on screen would only surprise.
fn belongs_to_screen(action: Action, route: Route) -> bool {
    let moves = matches!(
        action,
        Action::SelectNext
            | Action::SelectPrevious
            | Action::OpenSelected
            | Action::Find
            | Action::MarkReviewed
            | Action::MarkCopied
            | Action::MarkFollowUp
            | Action::Remark
    );
    route == Route::Consultations || !moves
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortcuts_match_exactly() {
        let find = *Action::Find.shortcuts().first().expect("a key");
        let both = Modifiers { command: true, ctrl: true, shift: true, ..Modifiers::NONE };
        let ctrl = Modifiers { command: true, ctrl: true, ..Modifiers::NONE };
        assert!(matches(find, Key::F, ctrl));
        assert!(!matches(find, Key::F, both), "that one searches the list");
        assert!(!matches(find, Key::F, Modifiers::NONE));
        let help = *Action::Shortcuts.shortcuts().last().expect("a key");
        assert!(matches(help, Key::Questionmark, Modifiers::SHIFT));
        let faster = *Action::Faster.shortcuts().first().expect("a key");
        assert!(matches(faster, Key::CloseBracket, Modifiers::ALT), "a German keyboard on a Mac");
        let seek = *Action::Back5.shortcuts().first().expect("a key");
        assert!(!matches(seek, Key::ArrowLeft, Modifiers::ALT));
    }

    #[test]
    fn bare_keys_wait_while_a_field_has_the_focus() {
        let keys = |action: Action| action.shortcuts().iter().copied().map(is_safe_while_typing).collect::<Vec<_>>();
        assert_eq!(keys(Action::PlayPause), [true, false], "F4 plays while typing, Space does not");
        assert_eq!(keys(Action::SelectNext), [false, false]);
        assert_eq!(keys(Action::CopyNote), [true]);
        assert_eq!(keys(Action::Mute), [false]);
        assert_eq!(keys(Action::Faster), [false]);
        for (action, key) in [Action::ScanBack, Action::ScanForward].into_iter().zip(SCAN_KEYS) {
            assert!(action.shortcuts().iter().all(|shortcut| shortcut.logical_key == key), "{action:?}");
        }
    }
}
