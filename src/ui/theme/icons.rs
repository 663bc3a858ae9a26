//! The icons by what they stand for; one font holds them all.
//! An icon never stands alone: its button carries a text or a tooltip.

use eframe::egui::{FontFamily, FontId};

/// The family that holds nothing but icons.
pub const FAMILY: &str = "icons";

pub const LIST: &str = "\u{e106}";
pub const SETTINGS: &str = "\u{e154}";
pub const SEARCH: &str = "\u{e151}";
pub const CLOSE: &str = "\u{e1b2}";
pub const PLAY: &str = "\u{e13c}";
pub const PAUSE: &str = "\u{e12e}";
pub const BACK: &str = "\u{e148}";
pub const FORWARD: &str = "\u{e149}";
pub const COPY: &str = "\u{e09e}";
pub const DOWNLOAD: &str = "\u{e0b2}";
pub const SAVE: &str = "\u{e14d}";
pub const DOCUMENT: &str = "\u{e0cc}";
pub const RECORDING: &str = "\u{e31a}";
pub const SOUND: &str = "\u{e55a}";
pub const VOLUME: &str = "\u{e1ab}";
pub const VOLUME_LOW: &str = "\u{e1aa}";
pub const VOLUME_OFF: &str = "\u{e1ac}";
pub const REFRESH: &str = "\u{e145}";
pub const FILTER: &str = "\u{e0dc}";
pub const GROUP: &str = "\u{e58a}";
pub const CHEVRON_DOWN: &str = "\u{e06d}";
pub const CHEVRON_UP: &str = "\u{e070}";
pub const CHEVRON_LEFT: &str = "\u{e06e}";
pub const CHEVRON_RIGHT: &str = "\u{e06f}";
pub const ARROW_RIGHT: &str = "\u{e049}";
pub const CHECK: &str = "\u{e06c}";
pub const OK: &str = "\u{e226}";
pub const WARNING: &str = "\u{e193}";
pub const ERROR: &str = "\u{e077}";
pub const INFO: &str = "\u{e0f9}";
pub const KEYBOARD: &str = "\u{e284}";
pub const COMMAND: &str = "\u{e09a}";
pub const KEY: &str = "\u{e4a3}";
pub const SIGN_OUT: &str = "\u{e10e}";
pub const OFFLINE: &str = "\u{e1af}";
pub const CLOCK: &str = "\u{e087}";
pub const SHOW: &str = "\u{e0ba}";
pub const HIDE: &str = "\u{e0bb}";
pub const SUN: &str = "\u{e178}";
pub const MOON: &str = "\u{e11e}";
pub const COMPUTER: &str = "\u{e11d}";
pub const MINUS: &str = "\u{e11c}";
pub const PLUS: &str = "\u{e13d}";
pub const ZOOM_IN: &str = "\u{e1b6}";
pub const ZOOM_OUT: &str = "\u{e1b7}";
pub const CONSULTATION: &str = "\u{e2f1}";
pub const NOTE: &str = "\u{e086}";

pub const LOCK: &str = "\u{e10b}";
pub const FLAG: &str = "\u{e0d1}";
pub const REMARK: &str = "\u{e575}";
pub const UNDO: &str = "\u{e2a1}";
pub const HISTORY: &str = "\u{e1f5}";
pub const STORAGE: &str = "\u{e0ed}";
pub const HELP: &str = "\u{e101}";
pub const APPEARANCE: &str = "\u{e1dd}";
pub const TRASH: &str = "\u{e18e}";
pub const SPEED: &str = "\u{e1bf}";
pub const REWIND: &str = "\u{e147}";
pub const FAST_FORWARD: &str = "\u{e0bd}";
pub const LOOP: &str = "\u{e146}";
pub const CLIP: &str = "\u{e14e}";
pub const SKIP: &str = "\u{e160}";
pub const SELECT_FROM: &str = "\u{e243}";
pub const SELECT_TO: &str = "\u{e244}";
pub const SPEAKERS: &str = "\u{e166}";
pub const ROOMS: &str = "\u{e0ff}";
pub const LIVE: &str = "\u{e1b4}";
pub const WEBHOOK: &str = "\u{e374}";
pub const SEND: &str = "\u{e152}";
pub const CALENDAR: &str = "\u{e2b9}";
pub const REFUSED: &str = "\u{e1fe}";
pub const VERIFIED: &str = "\u{e1ff}";
pub const SERVER: &str = "\u{e153}";
pub const CONNECT: &str = "\u{e37f}";
pub const DISCONNECT: &str = "\u{e45d}";
pub const PAIR: &str = "\u{e102}";
pub const PART: &str = "\u{e19c}";
pub const COMMANDS: &str = "\u{e181}";
pub const RECEIVER: &str = "\u{e142}";
pub const POWER: &str = "\u{e140}";
pub const NO_SHOW: &str = "\u{e1a3}";
pub const WALK_IN: &str = "\u{e3b9}";

/// The icon font; icons are drawn on a square of `size`.
pub fn font(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(FAMILY.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lucide_icons::Icon;

    #[test]
    fn icons_are_the_ones_their_names_say() {
        let pairs = [
            (LIST, Icon::List),
            (SETTINGS, Icon::Settings),
            (SEARCH, Icon::Search),
            (CLOSE, Icon::X),
            (PLAY, Icon::Play),
            (PAUSE, Icon::Pause),
            (COPY, Icon::Copy),
            (DOWNLOAD, Icon::Download),
            (VOLUME, Icon::Volume2),
            (VOLUME_OFF, Icon::VolumeX),
            (REFRESH, Icon::RefreshCw),
            (CHEVRON_DOWN, Icon::ChevronDown),
            (WARNING, Icon::TriangleAlert),
            (KEYBOARD, Icon::Keyboard),
            (SIGN_OUT, Icon::LogOut),
            (LOCK, Icon::Lock),
            (FLAG, Icon::Flag),
            (REMARK, Icon::MessageSquareText),
            (UNDO, Icon::Undo2),
            (HISTORY, Icon::History),
            (STORAGE, Icon::HardDrive),
            (HELP, Icon::LifeBuoy),
            (APPEARANCE, Icon::Palette),
            (TRASH, Icon::Trash2),
            (SPEED, Icon::Gauge),
            (REWIND, Icon::Rewind),
            (FAST_FORWARD, Icon::FastForward),
            (LOOP, Icon::Repeat),
            (CLIP, Icon::Scissors),
            (SKIP, Icon::SkipForward),
            (SELECT_FROM, Icon::ChevronFirst),
            (SELECT_TO, Icon::ChevronLast),
            (SPEAKERS, Icon::Speaker),
            (ROOMS, Icon::LayoutGrid),
            (LIVE, Icon::Zap),
            (WEBHOOK, Icon::Webhook),
            (SEND, Icon::Send),
            (CALENDAR, Icon::CalendarDays),
            (REFUSED, Icon::ShieldAlert),
            (VERIFIED, Icon::ShieldCheck),
            (SERVER, Icon::Server),
            (CONNECT, Icon::Plug),
            (DISCONNECT, Icon::Unplug),
            (PAIR, Icon::Link),
            (PART, Icon::Unlink),
            (COMMANDS, Icon::Terminal),
            (RECEIVER, Icon::Radio),
            (POWER, Icon::Power),
            (NO_SHOW, Icon::UserX),
            (WALK_IN, Icon::Footprints),
        ];
        for (text, icon) in pairs {
            assert_eq!(text.chars().collect::<Vec<_>>(), [char::from(icon)], "{icon:?}");
        }
    }

    #[test]
    fn icons_stand_in_the_middle_of_their_square() {
        let ctx = eframe::egui::Context::default();
        crate::ui::theme::fonts::install(&ctx);
        ctx.run_ui(eframe::egui::RawInput::default(), |_| ()).textures_delta.clear();
        for icon in [CLOSE, CHEVRON_LEFT, CHEVRON_RIGHT, CHEVRON_DOWN] {
            let galley =
                ctx.fonts_mut(|fonts| fonts.layout_no_wrap(icon.to_owned(), font(18.0), eframe::egui::Color32::WHITE));
            let beside = galley.mesh_bounds.center().x - galley.size().x / 2.0;
            assert!(beside.abs() < 1.0, "{icon:?} stands {beside} points beside it: run assets/fonts/make_fonts.py");
        }
    }

    #[test]
    fn the_font_that_travels_with_the_program_holds_every_icon() {
        let ctx = eframe::egui::Context::default();
        crate::ui::theme::fonts::install(&ctx);
        // Fonts are there from the first frame on.
        ctx.run_ui(eframe::egui::RawInput::default(), |_| ()).textures_delta.clear();
        let source = include_str!("icons.rs");
        let codes = source.split("= \"\\u{").skip(1).filter_map(|rest| rest.split('}').next());
        let icons: Vec<char> =
            codes.filter_map(|code| u32::from_str_radix(code, 16).ok().and_then(char::from_u32)).collect();
        assert!(icons.len() > 60, "the constants were found");
        let has = |icon: &char| ctx.fonts_mut(|fonts| fonts.has_glyph(&font(16.0), *icon));
        let missing: Vec<&char> = icons.iter().filter(|icon| !has(icon)).collect();
        assert!(missing.is_empty(), "run assets/fonts/make_fonts.py: {missing:?}");
    }
}
