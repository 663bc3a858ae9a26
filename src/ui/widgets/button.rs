//! Buttons with words: plain, primary, quiet, link and danger.
//! Icon-only buttons are in `icon_button`.

use super::paint::{icon_text, paint_focus, speak};
use crate::ui::theme::{self, Tokens, icons, size, space};
use eframe::egui::{Color32, CursorIcon, Response, Sense, Stroke, StrokeKind, Ui, Widget, accesskit::Role, vec2};

/// How loud a button is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Plain,
    /// The one most likely next step of a screen.
    Primary,
    /// Without a frame until the pointer is over it.
    Quiet,
    /// Accent-coloured words.
    Link,
    /// Takes something away.
    Danger,
}

/// A button that says what it does.
#[must_use = "a button must be added to the window"]
pub struct Button<'a> {
    text: &'a str,
    icon: &'a str,
    trailing_icon: &'a str,
    kind: Kind,
    height: f32,
    min_width: f32,
    name: Option<&'a str>,
}

impl<'a> Button<'a> {
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            icon: "",
            trailing_icon: "",
            kind: Kind::Plain,
            height: space::CONTROL,
            min_width: 0.0,
            name: None,
        }
    }

    pub fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    pub fn icon(mut self, icon: &'a str) -> Self {
        self.icon = icon;
        self
    }

    /// The arrow of a button that opens a menu.
    pub fn opens_menu(mut self) -> Self {
        self.trailing_icon = icons::CHEVRON_DOWN;
        self
    }

    pub fn height(mut self, height: f32) -> Self {
        self.height = height;
        self
    }

    pub fn min_width(mut self, width: f32) -> Self {
        self.min_width = width;
        self
    }

    /// What a screen reader says, where the words on it are too short to stand alone.
    pub fn accessible_name(mut self, name: &'a str) -> Self {
        self.name = Some(name);
        self
    }

    fn padding(&self) -> f32 {
        match self.kind {
            Kind::Link => space::XS,
            Kind::Quiet => space::S,
            _ => space::M,
        }
    }

    fn font_size(&self) -> f32 {
        if self.height < space::CONTROL { size::SMALL } else { size::CONTROL }
    }
}

impl Widget for Button<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let tokens = theme::tokens(ui);
        let font = match self.kind {
            Kind::Plain | Kind::Quiet => theme::regular(self.font_size()),
            _ => theme::strong(self.font_size()),
        };
        // Laid out without a colour, which is known only once the pointer is.
        let galley = icon_text(ui, self.icon, self.text, font, Color32::PLACEHOLDER);
        let tail = if self.trailing_icon.is_empty() { 0.0 } else { size::ICON + 2.0 };
        let wanted = galley.size().x + 2.0 * self.padding() + tail;
        let (rect, response) = ui.allocate_exact_size(vec2(wanted.max(self.min_width), self.height), Sense::click());
        speak(&response, Role::Button, self.name.unwrap_or(self.text));
        if ui.is_rect_visible(rect) {
            let look = Look::of(self.kind, &response, ui.is_enabled(), tokens);
            let corner = theme::radius(space::RADIUS);
            ui.painter().rect(rect, corner, look.fill, look.border, StrokeKind::Inside);
            paint_focus(ui.painter(), &response, rect, tokens);
            let inner = rect.width() - tail;
            let at = rect.min + vec2((inner - galley.size().x) / 2.0, (rect.height() - galley.size().y) / 2.0);
            ui.painter().galley(at, galley, look.text);
            if tail > 0.0 {
                let center = rect.right_center() - vec2(self.padding() + size::ICON / 2.0 - 2.0, 0.0);
                let font = icons::font(size::ICON - 2.0);
                ui.painter().text(center, eframe::egui::Align2::CENTER_CENTER, self.trailing_icon, font, look.text);
            }
        }
        response.on_hover_cursor(CursorIcon::PointingHand)
    }
}

struct Look {
    fill: Color32,
    border: Stroke,
    text: Color32,
}

impl Look {
    fn of(kind: Kind, response: &Response, is_enabled: bool, tokens: &Tokens) -> Self {
        let (over, down) = (response.hovered() || response.has_focus(), response.is_pointer_button_down_on());
        let line = Stroke::new(1.0, tokens.line);
        let bare = Color32::TRANSPARENT;
        if !is_enabled {
            let (fill, border) = match kind {
                Kind::Quiet | Kind::Link => (bare, Stroke::NONE),
                Kind::Primary => (tokens.hairline, Stroke::NONE),
                Kind::Plain | Kind::Danger => (tokens.background, line),
            };
            return Self { fill, border, text: tokens.text_hint };
        }
        match kind {
            Kind::Primary => {
                let fill = if over || down { tokens.accent_strong } else { tokens.accent };
                Self { fill, border: Stroke::NONE, text: tokens.on_accent }
            }
            Kind::Plain => Self { fill: ground(response, tokens, tokens.panel), border: line, text: tokens.text },
            Kind::Danger => {
                let fill = if over || down { tokens.error_weak } else { tokens.panel };
                Self { fill, border: Stroke::new(1.0, tokens.error), text: tokens.error }
            }
            Kind::Quiet => Self { fill: ground(response, tokens, bare), border: Stroke::NONE, text: tokens.text_weak },
            Kind::Link => {
                let fill = if over || down { tokens.accent_weak } else { bare };
                Self { fill, border: Stroke::NONE, text: tokens.accent }
            }
        }
    }
}

fn ground(response: &Response, tokens: &Tokens, rest: Color32) -> Color32 {
    if response.is_pointer_button_down_on() {
        tokens.accent_weak
    } else if response.hovered() || response.has_focus() {
        tokens.hover
    } else {
        rest
    }
}

pub fn button(ui: &mut Ui, text: &str) -> Response {
    ui.add(Button::new(text))
}

pub fn primary_button(ui: &mut Ui, text: &str) -> Response {
    ui.add(Button::new(text).kind(Kind::Primary))
}

pub fn quiet_button(ui: &mut Ui, text: &str) -> Response {
    ui.add(Button::new(text).kind(Kind::Quiet))
}

pub fn link_button(ui: &mut Ui, text: &str) -> Response {
    ui.add(Button::new(text).kind(Kind::Link).height(space::CHIP))
}

pub fn danger_button(ui: &mut Ui, text: &str) -> Response {
    ui.add(Button::new(text).kind(Kind::Danger))
}

/// A button that opens a menu; hand its response to `egui::Popup::menu`.
pub fn menu_button(ui: &mut Ui, text: &str) -> Response {
    ui.add(Button::new(text).opens_menu())
}
