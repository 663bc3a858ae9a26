//! The sign-in box: on a screen of its own, or over what is open once NxVET refuses the key.
//! The pasted key lives in its draft only, and is wiped as soon as it was accepted.

use crate::state::{PastedKey, Problem, SessionCommand, SignIn};
use crate::ui::theme::{self, icons, size, space};
use crate::ui::view::View;
use crate::ui::widgets::{self, Button, Field, Kind};
use chrono::{DateTime, TimeDelta, Utc};
use eframe::egui::text_edit::TextEditState;
use eframe::egui::{
    self, Align, Align2, Context, Frame, Id, Key, Label, Layout, Margin, RichText, ScrollArea, Sense, Stroke, Ui, vec2,
};
use zeroize::Zeroize as _;

const CARD_WIDTH: f32 = 440.0;

#[derive(Default)]
pub struct SignInMemory {
    draft: String,
    is_shown: bool,
    had_focus: bool,
    /// The box over what is open was put off; the status bar still offers it.
    pub is_postponed: bool,
    tried: Tried,
    restoring_since: Option<DateTime<Utc>>,
}

/// What the box waits for while it takes nothing else.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Tried {
    #[default]
    Key,
    Samples,
}

impl SignInMemory {
    /// Wipes the draft once no key is asked for any more.
    pub fn forget_unless(&mut self, is_asked: bool, ctx: &Context) {
        let is_clean = self.draft.is_empty() && !self.had_focus && !self.is_postponed && self.tried == Tried::Key;
        if is_asked || is_clean {
            return;
        }
        self.draft.zeroize();
        // The toolkit keeps what was typed for undoing.
        ctx.data_mut(|data| data.remove::<TextEditState>(field_id()));
        *self = Self::default();
    }
}

fn field_id() -> Id {
    Id::unique("api key")
}

/// The screen while a kept key is looked for: empty at first, so that a quick start does not flash.
pub fn restoring_ui(ui: &mut Ui, view: &View<'_>, memory: &mut SignInMemory, is_slow: bool) {
    let since = *memory.restoring_since.get_or_insert(view.now);
    let quiet = TimeDelta::milliseconds(300);
    if !is_slow && view.now - since < quiet {
        ui.ctx().request_repaint_after(std::time::Duration::from_millis(320));
        return;
    }
    centered(ui, "opening", |ui| {
        logo(ui, icons::CONSULTATION);
        ui.add_space(space::M);
        let words = if is_slow { "Waiting for your system's password store…" } else { "Opening…" };
        ui.add(Label::new(RichText::new(words).font(theme::strong(size::BODY)).color(theme::tokens(ui).text)).wrap());
        if is_slow {
            let hint = "It may be asking for your password in another window.";
            ui.add(weak_line(ui, hint));
            ui.add_space(space::S);
            if widgets::button(ui, "Enter key instead").clicked() {
                view.send(SessionCommand::EnterKeyInstead);
            }
        }
    });
}

/// The first screen without a key.
pub fn sign_in_ui(ui: &mut Ui, view: &View<'_>, memory: &mut SignInMemory) {
    let Some(sign_in) = view.state.session.sign_in() else { return };
    centered(ui, "sign in", |ui| {
        card_frame(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            if !is_low(ui) {
                logo(ui, icons::CONSULTATION);
                ui.add_space(14.0);
            }
            title(ui, "Connect to NxVET");
            let text = "Create a key in NxVET under Organization → Developer, \
                        then paste it here. It is kept in this computer's key store.";
            ui.add(weak_line(ui, text));
            if view.state.link.is_waiting() {
                ui.add(weak_line(ui, "The consultation of the link opens once you have signed in."));
            }
            key_form(ui, view, memory, sign_in);
            ui.add_space(space::S);
            ui.vertical_centered(|ui| {
                let link = Button::new("Try with sample data").kind(Kind::Link).height(space::CONTROL);
                if ui.add_enabled(!sign_in.is_checking, link).clicked() {
                    memory.tried = Tried::Samples;
                    view.send(SessionCommand::TrySampleData);
                }
            });
        });
    });
}

/// The same box over what is open, once NxVET refused the key.
pub fn refused_ui(ui: &mut Ui, view: &View<'_>, memory: &mut SignInMemory, sign_in: &SignIn) {
    let tokens = theme::tokens(ui);
    let width = CARD_WIDTH.min(ui.ctx().content_rect().width() - 2.0 * space::L);
    let frame = card_frame(ui).shadow(theme::shadow(tokens));
    let modal = egui::Modal::new(Id::unique("refused key")).frame(frame).backdrop_color(tokens.scrim);
    let shown = modal.show(ui.ctx(), |ui| {
        ui.set_width(width - 64.0);
        title(ui, "Enter a new key");
        ui.add(weak_line(ui, "Create a key in NxVET under Organization → Developer, then paste it here."));
        key_form(ui, view, memory, sign_in);
        ui.add_space(space::S);
        ui.vertical_centered(|ui| widgets::link_button(ui, "Not now").clicked()).inner
    });
    if shown.inner || shown.should_close() {
        memory.is_postponed = true;
        memory.had_focus = false;
    }
}

fn key_form(ui: &mut Ui, view: &View<'_>, memory: &mut SignInMemory, sign_in: &SignIn) {
    let tokens = theme::tokens(ui);
    ui.add_space(18.0);
    ui.add(Label::new(RichText::new("API key").font(theme::strong(size::SMALL)).color(tokens.text)));
    ui.add_space(space::XS);
    let submitted = ui.add_enabled_ui(!sign_in.is_checking, |ui| key_field(ui, memory)).inner;
    if let Some(problem) = &sign_in.problem {
        ui.add_space(space::M);
        widgets::problem_panel(ui, &for_this_box(problem, view));
    }
    ui.add_space(space::L);
    let words = match memory.tried {
        _ if !sign_in.is_checking => "Sign in",
        Tried::Key => "Checking the key…",
        Tried::Samples => "Opening the sample clinic…",
    };
    let may_submit = !sign_in.is_checking && !memory.draft.trim().is_empty();
    let button = Button::new(words).kind(Kind::Primary).height(38.0).min_width(ui.available_width());
    let clicked = ui.add_enabled(may_submit, button).clicked();
    if sign_in.is_checking {
        checking_ui(ui, view);
    }
    if may_submit && (clicked || submitted) {
        memory.tried = Tried::Key;
        view.send(SessionCommand::SignIn(PastedKey(memory.draft.clone())));
    }
}

/// Why it takes so long, and the way out.
fn checking_ui(ui: &mut Ui, view: &View<'_>) {
    if let Some(words) = view.state.connection.words(view.now) {
        ui.add_space(space::S);
        ui.add(weak_line(ui, &words));
    }
    ui.vertical_centered(|ui| {
        if widgets::link_button(ui, "Cancel").clicked() {
            view.send(SessionCommand::CancelSignIn);
        }
    });
}

/// The field above is the offer; and before anything is open, nothing can stay open.
fn for_this_box(problem: &Problem, view: &View<'_>) -> Problem {
    let mut shown = Problem { offer: None, ..problem.clone() };
    if view.state.session.organization().is_none() {
        shown.hint = shown.hint.replace(" What you have open stays here.", "");
    }
    shown
}

/// Returns whether Enter was pressed in it.
fn key_field(ui: &mut Ui, memory: &mut SignInMemory) -> bool {
    let is_password = !memory.is_shown;
    let field =
        Field { name: "API key", hint: "Paste the key here", icon: "", id: field_id(), height: 38.0, is_password };
    let is_shown = &mut memory.is_shown;
    let response = widgets::field(ui, &mut memory.draft, &field, |ui| {
        let words = if *is_shown { "Hide" } else { "Show" };
        let name = if *is_shown { "Hide the key" } else { "Show the key" };
        let button = Button::new(words).kind(Kind::Link).height(26.0).accessible_name(name);
        if ui.add(button).clicked() {
            *is_shown = !*is_shown;
        }
    });
    if !memory.had_focus {
        memory.had_focus = true;
        response.request_focus();
    }
    response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
}

pub(super) fn logo(ui: &mut Ui, icon: &str) {
    let tokens = theme::tokens(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(44.0, 44.0), Sense::hover());
    ui.painter().rect_filled(rect, theme::radius(10.0), tokens.accent);
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, icon, icons::font(24.0), tokens.on_accent);
}

pub(super) fn title(ui: &mut Ui, text: &str) {
    let color = theme::tokens(ui).text;
    ui.add(Label::new(RichText::new(text).font(theme::strong(size::TITLE)).color(color)));
}

pub(super) fn weak_line(ui: &Ui, text: &str) -> Label {
    let color = theme::tokens(ui).text_weak;
    Label::new(RichText::new(text).font(theme::regular(size::CONTROL)).color(color).line_height(Some(20.0))).wrap()
}

/// A low window keeps its height for the field.
pub(super) fn is_low(ui: &Ui) -> bool {
    ui.ctx().content_rect().height() < 380.0
}

pub(super) fn card_frame(ui: &Ui) -> Frame {
    let tokens = theme::tokens(ui);
    let margin = if is_low(ui) { Margin::symmetric(24, 16) } else { Margin::symmetric(32, 28) };
    Frame::new()
        .fill(tokens.panel)
        .stroke(Stroke::new(1.0, tokens.line))
        .corner_radius(theme::radius(10.0))
        .inner_margin(margin)
}

/// A column in the middle of the window that scrolls when the window is too low for it.
pub(super) fn centered(ui: &mut Ui, name: &str, add: impl FnOnce(&mut Ui)) {
    let room = ui.max_rect();
    let width = CARD_WIDTH.min(room.width() - 2.0 * space::L);
    let id = ui.make_persistent_id(("centered", name));
    let known: Option<f32> = ui.data(|data| data.get_temp(id));
    let top = ((room.height() - known.unwrap_or(356.0)) / 2.0).max(space::L).round();
    ScrollArea::vertical().id_salt(name).auto_shrink(false).show(ui, |ui| {
        ui.add_space(top);
        let height = ui
            .horizontal(|ui| {
                ui.spacing_mut().item_spacing = vec2(0.0, space::XS);
                ui.add_space(((room.width() - width) / 2.0).max(0.0).round());
                ui.allocate_ui_with_layout(vec2(width, 0.0), Layout::top_down(Align::Min), |ui| {
                    ui.set_width(width);
                    add(ui);
                })
                .response
                .rect
                .height()
            })
            .inner;
        ui.add_space(space::L);
        if known.is_none_or(|known| (known - height).abs() > 0.5) {
            ui.data_mut(|data| data.insert_temp(id, height));
            ui.ctx().request_discard("the box found its height");
        }
    });
}
