//! The bundled typeface in its two weights, and the icon font behind it.
//! Letters that neither has (小花, Arabic, emoji) come from the system's fonts at run time.

use eframe::egui::{Context, FontData, FontDefinitions, FontFamily, FontId, FontTweak};
use std::sync::Arc;

const REGULAR: &[u8] = include_bytes!("../../../assets/fonts/Inter-Regular.otf");
const STRONG: &[u8] = include_bytes!("../../../assets/fonts/Inter-SemiBold.otf");
/// Lucide, cut to the icons of [`super::icons`].
const ICONS: &[u8] = include_bytes!("../../../assets/fonts/lucide.ttf");
const STRONG_FAMILY: &str = "strong";

/// Running text.
pub fn regular(size: f32) -> FontId {
    FontId::new(size, FontFamily::Proportional)
}

/// Titles, names and what is chosen.
pub fn strong(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(STRONG_FAMILY.into()))
}

pub(super) fn install(ctx: &Context) {
    let mut fonts = FontDefinitions::default();
    for (name, bytes) in [("inter", REGULAR), ("inter-strong", STRONG)] {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    // The icons stand a little high beside letters.
    let tweak = FontTweak { y_offset_factor: 0.06, ..FontTweak::default() };
    let icons = FontData::from_static(ICONS).tweak(tweak);
    fonts.font_data.insert("lucide".to_owned(), Arc::new(icons));
    let families = [
        (FontFamily::Proportional, ["inter", "lucide"]),
        (FontFamily::Monospace, ["inter", "lucide"]),
        (FontFamily::Name(STRONG_FAMILY.into()), ["inter-strong", "lucide"]),
        (FontFamily::Name(super::icons::FAMILY.into()), ["lucide", "inter"]),
    ];
    for (family, names) in families {
        let list = fonts.families.entry(family).or_default();
        list.splice(0..0, names.map(str::to_owned));
    }
    ctx.set_fonts(fonts);
}
