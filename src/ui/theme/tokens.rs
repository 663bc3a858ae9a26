//! The colours of both themes, by what they are for. No other file of the product names a colour.
//! Does not say how a widget uses them.

use eframe::egui::Color32;

/// One theme's colours. `*_weak` are quiet fills on which the full colour is readable text.
#[derive(Debug)]
pub struct Tokens {
    pub background: Color32,
    pub panel: Color32,
    pub rail: Color32,
    /// Borders and separators.
    pub line: Color32,
    /// Separators inside a pane.
    pub hairline: Color32,
    pub text: Color32,
    pub text_weak: Color32,
    /// For hints that carry no meaning of their own.
    pub text_hint: Color32,
    pub accent: Color32,
    /// The accent under the pointer.
    pub accent_strong: Color32,
    pub on_accent: Color32,
    pub accent_weak: Color32,
    pub selection: Color32,
    /// A row or quiet button under the pointer.
    pub hover: Color32,
    pub ok: Color32,
    pub ok_weak: Color32,
    pub warn: Color32,
    pub warn_weak: Color32,
    pub error: Color32,
    pub error_weak: Color32,
    /// Tracks and handles that wait to be used, and speech that is still to be heard.
    pub wave: Color32,
    /// Silence in a recording, and where it has not arrived.
    pub wave_quiet: Color32,
    /// Tints of speaker names, in the order in which they first speak.
    pub speakers: [Color32; 4],
    pub hit: Color32,
    pub hit_current: Color32,
    /// Laid over the window behind a dialog.
    pub scrim: Color32,
    pub shadow: Color32,
}

pub const LIGHT: Tokens = Tokens {
    background: rgb(0xF6, 0xF8, 0xF8),
    panel: rgb(0xFF, 0xFF, 0xFF),
    rail: rgb(0xEC, 0xF0, 0xF0),
    line: rgb(0xDC, 0xE2, 0xE2),
    hairline: rgb(0xEA, 0xEE, 0xEE),
    text: rgb(0x18, 0x22, 0x24),
    text_weak: rgb(0x53, 0x61, 0x64),
    text_hint: rgb(0x76, 0x85, 0x8A),
    accent: rgb(0x0F, 0x76, 0x6E),
    accent_strong: rgb(0x0B, 0x5F, 0x58),
    on_accent: rgb(0xFF, 0xFF, 0xFF),
    accent_weak: rgb(0xD9, 0xEF, 0xEB),
    selection: rgb(0xE4, 0xF3, 0xF0),
    hover: rgb(0xF1, 0xF5, 0xF5),
    ok: rgb(0x1B, 0x73, 0x40),
    ok_weak: rgb(0xDD, 0xF1, 0xE4),
    warn: rgb(0x8A, 0x5A, 0x00),
    warn_weak: rgb(0xFB, 0xEF, 0xD5),
    error: rgb(0xB4, 0x23, 0x18),
    error_weak: rgb(0xFC, 0xE4, 0xE1),
    wave: rgb(0x7F, 0x98, 0x97),
    wave_quiet: rgb(0xB4, 0xC3, 0xC2),
    speakers: [rgb(0x0F, 0x76, 0x6E), rgb(0x6D, 0x4B, 0xB3), rgb(0x9A, 0x4A, 0x12), rgb(0x1F, 0x5F, 0xA8)],
    hit: rgb(0xFF, 0xE5, 0x8A),
    hit_current: rgb(0xFF, 0xC1, 0x3D),
    scrim: Color32::from_rgba_premultiplied(6, 9, 9, 96),
    shadow: Color32::from_rgba_premultiplied(4, 6, 6, 36),
};

pub const DARK: Tokens = Tokens {
    background: rgb(0x12, 0x17, 0x18),
    panel: rgb(0x19, 0x1F, 0x20),
    rail: rgb(0x0E, 0x12, 0x13),
    line: rgb(0x2B, 0x34, 0x35),
    hairline: rgb(0x22, 0x2A, 0x2B),
    text: rgb(0xE7, 0xED, 0xED),
    text_weak: rgb(0xA3, 0xB3, 0xB5),
    text_hint: rgb(0x7C, 0x8D, 0x90),
    accent: rgb(0x4C, 0xC9, 0xBB),
    accent_strong: rgb(0x6F, 0xD8, 0xCC),
    on_accent: rgb(0x0B, 0x14, 0x13),
    accent_weak: rgb(0x17, 0x3A, 0x37),
    selection: rgb(0x17, 0x31, 0x2F),
    hover: rgb(0x1F, 0x27, 0x28),
    ok: rgb(0x6F, 0xCF, 0x97),
    ok_weak: rgb(0x16, 0x30, 0x1F),
    warn: rgb(0xE8, 0xB8, 0x4B),
    warn_weak: rgb(0x33, 0x29, 0x0F),
    error: rgb(0xFF, 0x8A, 0x7A),
    error_weak: rgb(0x3A, 0x1A, 0x17),
    wave: rgb(0x5E, 0x77, 0x75),
    wave_quiet: rgb(0x44, 0x53, 0x52),
    speakers: [rgb(0x4C, 0xC9, 0xBB), rgb(0xB7, 0x9C, 0xF0), rgb(0xEF, 0xA9, 0x7B), rgb(0x8A, 0xB9, 0xF5)],
    hit: rgb(0x6B, 0x5A, 0x14),
    hit_current: rgb(0x82, 0x60, 0x00),
    scrim: Color32::from_rgba_premultiplied(0, 0, 0, 120),
    shadow: Color32::from_rgba_premultiplied(0, 0, 0, 110),
};

const fn rgb(red: u8, green: u8, blue: u8) -> Color32 {
    Color32::from_rgb(red, green, blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(color: Color32) -> f64 {
        let channel = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(color.r()) + 0.7152 * channel(color.g()) + 0.0722 * channel(color.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_stands_out_from_every_ground_it_is_set_on() {
        for (name, t) in [("light", &LIGHT), ("dark", &DARK)] {
            let grounds = [t.background, t.panel, t.rail, t.selection, t.hover];
            let mut pairs: Vec<(Color32, Color32)> = Vec::new();
            for ground in grounds {
                pairs.extend([(t.text, ground), (t.text_weak, ground)]);
            }
            for ground in [t.panel, t.background, t.selection, t.hover] {
                pairs.extend([t.accent, t.ok, t.warn, t.error].map(|color| (color, ground)));
            }
            pairs.extend(t.speakers.map(|color| (color, t.panel)));
            pairs.extend([
                (t.on_accent, t.accent),
                (t.on_accent, t.accent_strong),
                (t.accent, t.accent_weak),
                (t.ok, t.ok_weak),
                (t.ok, t.rail),
                (t.warn, t.warn_weak),
                (t.warn, t.rail),
                (t.error, t.error_weak),
                (t.error, t.rail),
                (t.text, t.hit),
                (t.text, t.hit_current),
                (t.text, t.warn_weak),
                (t.text, t.error_weak),
                (t.text_weak, t.warn_weak),
                (t.text_weak, t.error_weak),
            ]);
            for (text, ground) in pairs {
                let found = contrast(text, ground);
                assert!(found >= 4.5, "{name}: {text:?} on {ground:?} has only {found:.2}");
            }
        }
    }

    #[test]
    fn controls_stand_out_from_what_is_behind_them() {
        for (name, t) in [("light", &LIGHT), ("dark", &DARK)] {
            let controls = [t.accent, t.accent_strong, t.text_hint, t.ok, t.warn, t.error];
            for control in controls {
                for ground in [t.background, t.panel, t.rail] {
                    let found = contrast(control, ground);
                    assert!(found >= 3.0, "{name}: {control:?} on {ground:?} has only {found:.2}");
                }
            }
        }
    }

    #[test]
    fn what_was_heard_what_is_to_come_and_silence_are_told_apart() {
        for (name, t) in [("light", &LIGHT), ("dark", &DARK)] {
            let pairs = [
                (t.wave, t.panel, 3.0),
                (t.wave, t.accent_weak, 2.3),
                (t.accent, t.wave, 1.7),
                (t.accent, t.accent_weak, 4.5),
                (t.wave_quiet, t.panel, 1.8),
                (t.text, t.panel, 10.0),
            ];
            for (mark, ground, wanted) in pairs {
                let found = contrast(mark, ground);
                assert!(found >= wanted, "{name}: {mark:?} on {ground:?} has only {found:.2}");
            }
        }
    }
}
