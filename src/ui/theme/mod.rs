//! How everything looks: colours, type, spacing and the toolkit's own style made from them.
//! Draws nothing itself.

mod fonts;
pub mod icons;
mod tokens;

pub use fonts::{regular, strong};
pub use tokens::{DARK, LIGHT, Tokens};

use crate::state::{Appearance, Settings, SystemLook};
use eframe::egui::style::{ScrollAnimation, ScrollStyle, Selection, WidgetVisuals, Widgets};
use eframe::egui::{
    self, Color32, Context, CornerRadius, FontId, Margin, Shadow, Stroke, Style, TextStyle, Theme, ThemePreference,
    Visuals, vec2,
};

/// Type sizes in points.
pub mod size {
    pub const CAPTION: f32 = 12.0;
    pub const SMALL: f32 = 13.0;
    /// Buttons and pane titles.
    pub const CONTROL: f32 = 14.0;
    pub const BODY: f32 = 15.0;
    pub const TITLE: f32 = 20.0;
    pub const ICON: f32 = 16.0;
}

/// Distances in points, on a grid of four.
pub mod space {
    pub const XS: f32 = 4.0;
    pub const S: f32 = 8.0;
    pub const M: f32 = 12.0;
    pub const L: f32 = 16.0;
    pub const XL: f32 = 24.0;
    /// Height of a button or field.
    pub const CONTROL: f32 = 32.0;
    /// Height of a chip or of a control inside a pane's head.
    pub const CHIP: f32 = 28.0;
    /// Height of a two-line row.
    pub const ROW: f32 = 54.0;
    pub const RADIUS: f32 = 6.0;
    /// Radius of panes and cards.
    pub const RADIUS_PANE: f32 = 8.0;
}

/// The colours of the theme that shows.
pub fn tokens(ui: &egui::Ui) -> &'static Tokens {
    of(ui.visuals().dark_mode)
}

/// The colours of the theme that shows, where there is no `Ui` at hand.
pub fn tokens_of(ctx: &Context) -> &'static Tokens {
    of(ctx.theme() == Theme::Dark)
}

fn of(is_dark: bool) -> &'static Tokens {
    if is_dark { &DARK } else { &LIGHT }
}

/// Fonts and both themes' styles; once, before the first frame.
pub fn install(ctx: &Context) {
    fonts::install(ctx);
    ctx.style_mut_of(Theme::Light, |style| dress(style, &LIGHT, Visuals::light()));
    ctx.style_mut_of(Theme::Dark, |style| dress(style, &DARK, Visuals::dark()));
    ctx.options_mut(|options| options.zoom_with_keyboard = false);
}

/// Theme and zoom as the settings alone say.
pub fn apply_settings(ctx: &Context, settings: &Settings) {
    apply_look(ctx, settings, SystemLook::default());
}

/// Theme and zoom as settings and system say; when they changed.
pub fn apply_look(ctx: &Context, settings: &Settings, look: SystemLook) {
    // Where the system does not say, paper is white.
    ctx.options_mut(|options| options.fallback_theme = Theme::Light);
    ctx.set_theme(match look.appearance(settings) {
        Appearance::System => ThemePreference::System,
        Appearance::Light => ThemePreference::Light,
        Appearance::Dark => ThemePreference::Dark,
    });
    ctx.set_zoom_factor(f32::from(look.zoom(settings)) / 100.0);
}

/// The shadow under menus and dialogs.
pub fn shadow(tokens: &Tokens) -> Shadow {
    Shadow { offset: [0, 6], blur: 20, spread: 0, color: tokens.shadow }
}

/// The ring around what has the keyboard.
pub fn focus_ring(tokens: &Tokens) -> Stroke {
    Stroke::new(2.0, tokens.accent)
}

fn dress(style: &mut Style, tokens: &Tokens, base: Visuals) {
    style.text_styles = text_styles();
    // Nothing moves but the playhead and progress.
    style.animation_time = 0.0;
    style.scroll_animation = ScrollAnimation::none();
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.4;
    style.spacing.item_spacing = vec2(space::S, space::S);
    style.spacing.button_padding = vec2(space::M, 5.0);
    style.spacing.interact_size = vec2(space::CONTROL, space::CONTROL);
    style.spacing.menu_margin = Margin::same(6);
    style.spacing.window_margin = Margin::same(16);
    style.spacing.scroll = scroll_style();
    style.spacing.tooltip_width = 360.0;
    style.visuals = visuals(tokens, base);
}

fn text_styles() -> std::collections::BTreeMap<TextStyle, FontId> {
    [
        (TextStyle::Small, regular(size::SMALL)),
        (TextStyle::Body, regular(size::BODY)),
        (TextStyle::Button, regular(size::CONTROL)),
        (TextStyle::Monospace, regular(size::SMALL)),
        (TextStyle::Heading, strong(size::TITLE)),
    ]
    .into()
}

fn scroll_style() -> ScrollStyle {
    let mut scroll = ScrollStyle::thin();
    scroll.bar_width = 8.0;
    scroll.handle_min_length = 24.0;
    scroll.fade.strength = 0.0;
    // In the colour of text, thinned: a handle in the colour of a card could not be seen on one.
    scroll.foreground_color = true;
    scroll.dormant_handle_opacity = 0.3;
    scroll.active_handle_opacity = 0.4;
    scroll.interact_handle_opacity = 0.6;
    scroll
}

fn visuals(tokens: &Tokens, base: Visuals) -> Visuals {
    let mut visuals = base;
    visuals.widgets = widgets(tokens);
    visuals.selection = Selection { bg_fill: tokens.accent_weak, stroke: Stroke::new(1.0, tokens.text) };
    visuals.hyperlink_color = tokens.accent;
    visuals.faint_bg_color = tokens.hover;
    visuals.extreme_bg_color = tokens.background;
    visuals.text_edit_bg_color = Some(tokens.background);
    visuals.code_bg_color = tokens.background;
    visuals.warn_fg_color = tokens.warn;
    visuals.error_fg_color = tokens.error;
    visuals.weak_text_color = Some(tokens.text_weak);
    visuals.window_fill = tokens.panel;
    visuals.window_stroke = Stroke::new(1.0, tokens.line);
    visuals.window_shadow = shadow(tokens);
    visuals.popup_shadow = shadow(tokens);
    visuals.window_corner_radius = radius(space::RADIUS_PANE);
    visuals.menu_corner_radius = radius(space::RADIUS_PANE);
    visuals.panel_fill = tokens.background;
    visuals.slider_trailing_fill = true;
    visuals.handle_shape = egui::style::HandleShape::Circle;
    // A control that is off has its own look; fading it too would make it unreadable.
    visuals.disabled_alpha = 1.0;
    visuals.text_cursor.stroke = Stroke::new(1.5, tokens.accent);
    // A blinking cursor would draw the window twice a second for nothing.
    visuals.text_cursor.blink = false;
    visuals
}

fn widgets(tokens: &Tokens) -> Widgets {
    Widgets {
        noninteractive: look(tokens.panel, tokens.line, tokens.text),
        inactive: look(tokens.panel, tokens.line, tokens.text),
        hovered: look(tokens.hover, tokens.text_hint, tokens.text),
        active: look(tokens.accent_weak, tokens.accent, tokens.text),
        open: look(tokens.hover, tokens.accent, tokens.text),
    }
}

fn look(fill: Color32, border: Color32, text: Color32) -> WidgetVisuals {
    WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, border),
        corner_radius: radius(space::RADIUS),
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    }
}

/// A corner of whole points.
pub fn radius(points: f32) -> CornerRadius {
    CornerRadius::same(points.round() as u8)
}

/// A panel without margins; the caller fills it.
pub fn bare_frame() -> egui::Frame {
    egui::Frame::NONE
}
