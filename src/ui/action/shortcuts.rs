//! Which keys do an action, and how those keys are written.

use super::Action;
use eframe::egui::{Key, KeyboardShortcut, Modifiers};

const NONE: Modifiers = Modifiers { alt: false, ctrl: false, shift: false, mac_cmd: false, command: false };
const SHIFT: Modifiers = Modifiers { shift: true, ..NONE };
const COMMAND: Modifiers = Modifiers { command: true, ..NONE };
const COMMAND_SHIFT: Modifiers = Modifiers { command: true, shift: true, ..NONE };

const fn key(modifiers: Modifiers, logical_key: Key) -> KeyboardShortcut {
    KeyboardShortcut { modifiers, logical_key }
}

impl Action {
    /// The first is the one that menus and tooltips show.
    pub fn shortcuts(self) -> &'static [KeyboardShortcut] {
        match self {
            Self::PlayPause => const { &[key(NONE, Key::F4), key(NONE, Key::Space)] },
            Self::Back5 => const { &[key(NONE, Key::ArrowLeft)] },
            Self::Forward5 => const { &[key(NONE, Key::ArrowRight)] },
            Self::Back1 => const { &[key(SHIFT, Key::ArrowLeft)] },
            Self::Forward1 => const { &[key(SHIFT, Key::ArrowRight)] },
            Self::Mute => const { &[key(NONE, Key::M)] },
            Self::ScanBack => const { &[key(NONE, Key::Comma)] },
            Self::ScanForward => const { &[key(NONE, Key::Period)] },
            Self::Slower => const { &[key(NONE, Key::OpenBracket)] },
            Self::Faster => const { &[key(NONE, Key::CloseBracket)] },
            Self::NormalSpeed => const { &[key(NONE, Key::Backslash)] },
            Self::SelectFromHere => const { &[key(NONE, Key::I)] },
            Self::SelectToHere => const { &[key(NONE, Key::O)] },
            Self::LoopSelection => const { &[key(NONE, Key::L)] },
            Self::SelectNext => const { &[key(NONE, Key::ArrowDown), key(NONE, Key::J)] },
            Self::SelectPrevious => const { &[key(NONE, Key::ArrowUp), key(NONE, Key::K)] },
            Self::OpenSelected => const { &[key(NONE, Key::Enter)] },
            Self::Close => const { &[key(NONE, Key::Escape)] },
            Self::Find => const { &[key(COMMAND, Key::F)] },
            Self::Search => const { &[key(NONE, Key::Slash)] },
            Self::SearchEverywhere => const { &[key(COMMAND_SHIFT, Key::F)] },
            Self::MarkReviewed => const { &[key(NONE, Key::R)] },
            Self::MarkCopied => const { &[key(NONE, Key::C)] },
            Self::MarkFollowUp => const { &[key(NONE, Key::U)] },
            Self::Remark => const { &[key(NONE, Key::N)] },
            Self::UndoMark => const { &[key(COMMAND, Key::Z)] },
            Self::Lock => const { &[key(COMMAND, Key::L)] },
            Self::Refresh => const { &[key(NONE, Key::F5)] },
            Self::CopySubjective => const { &[key(COMMAND, Key::Num1)] },
            Self::CopyObjective => const { &[key(COMMAND, Key::Num2)] },
            Self::CopyAssessment => const { &[key(COMMAND, Key::Num3)] },
            Self::CopyPlan => const { &[key(COMMAND, Key::Num4)] },
            Self::CopyNote => const { &[key(COMMAND_SHIFT, Key::C)] },
            Self::CopyLink => const { &[key(COMMAND_SHIFT, Key::L)] },
            Self::ExportRecording => const { &[key(COMMAND, Key::E)] },
            Self::Print => const { &[key(COMMAND, Key::P)] },
            Self::ExportClip => const { &[key(COMMAND_SHIFT, Key::E)] },
            Self::Palette => const { &[key(COMMAND, Key::K)] },
            Self::Shortcuts => const { &[key(NONE, Key::F1), key(NONE, Key::Questionmark)] },
            Self::ZoomIn => const { &[key(COMMAND, Key::Plus), key(COMMAND, Key::Equals)] },
            Self::ZoomOut => const { &[key(COMMAND, Key::Minus)] },
            Self::ZoomReset => const { &[key(COMMAND, Key::Num0)] },
            _ => &[],
        }
    }

    /// `Ctrl+Shift+C`; empty for an action without a key.
    pub fn keys(self, is_mac: bool) -> String {
        self.shortcuts().first().map(|shortcut| words(shortcut, is_mac)).unwrap_or_default()
    }

    /// `Ctrl Shift C`, as it stands in a frame.
    pub fn framed_keys(self, is_mac: bool) -> String {
        self.keys(is_mac).replace('+', " ")
    }

    /// Every key that does it, as the sheet shows them.
    pub fn all_keys(self, is_mac: bool) -> Vec<String> {
        let shown = |shortcut: &&KeyboardShortcut| shortcut.logical_key != Key::Equals;
        self.shortcuts().iter().filter(shown).map(|shortcut| words(shortcut, is_mac)).collect()
    }

    /// What hovering says: the words and the key.
    pub fn tooltip(self, is_mac: bool) -> String {
        match self.keys(is_mac) {
            keys if keys.is_empty() => self.text().to_owned(),
            keys => format!("{} ({keys})", self.text()),
        }
    }
}

/// `Ctrl+Shift+C`, on a Mac `Cmd+Shift+C`.
pub fn words(shortcut: &KeyboardShortcut, is_mac: bool) -> String {
    let mut text = String::new();
    if shortcut.modifiers.command {
        text.push_str(if is_mac { "Cmd+" } else { "Ctrl+" });
    }
    if shortcut.modifiers.shift {
        text.push_str("Shift+");
    }
    text.push_str(match shortcut.logical_key {
        Key::ArrowLeft => "←",
        Key::ArrowRight => "→",
        Key::ArrowUp => "↑",
        Key::ArrowDown => "↓",
        Key::Escape => "Esc",
        Key::Plus => "+",
        Key::Minus => "−",
        Key::Questionmark => "?",
        Key::Slash => "/",
        Key::Comma => ",",
        Key::Period => ".",
        Key::OpenBracket => "[",
        Key::CloseBracket => "]",
        Key::Backslash => "\\",
        other => other.name(),
    });
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn no_key_does_two_things() {
        let mut seen: HashMap<String, Action> = HashMap::new();
        for action in Action::ALL {
            for shortcut in action.shortcuts() {
                let other = seen.insert(words(shortcut, false), action);
                assert_eq!(other, None, "{} is taken twice", words(shortcut, false));
            }
        }
    }

    #[test]
    fn keys_are_named_as_they_stand_on_the_keyboard() {
        assert_eq!(Action::CopyNote.keys(false), "Ctrl+Shift+C");
        assert_eq!(Action::CopyNote.keys(true), "Cmd+Shift+C");
        assert_eq!(Action::Refresh.tooltip(false), "Refresh (F5)");
        assert_eq!(Action::CopyTranscript.tooltip(false), "Copy transcript");
        assert_eq!(Action::PlayPause.all_keys(false), ["F4", "Space"]);
        assert_eq!(Action::ZoomIn.all_keys(false), ["Ctrl++"]);
        let speed = [Action::Slower, Action::Faster, Action::NormalSpeed].map(|action| action.keys(false));
        assert_eq!(speed, ["[", "]", "\\"]);
        assert_eq!(Action::ScanBack.tooltip(false), "Scan back while held (,)");
    }
}
