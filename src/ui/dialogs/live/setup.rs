//! The wizard that sets live updates up: one question a step, exact words to type, and a check at the end.
//! It never closes by a click beside it; each answer stays when somebody goes back.

use super::setup_check::check_ui;
use super::{end_row, field_name, firm, paragraph, plain_line, scrolled, strong_line, text_field};
use crate::state::LiveCommand;
use crate::state::live::{Phase, Setup, SetupCommand, SetupStep, Way, check_base};
use crate::ui::theme::{self, icons, size, space};
use crate::ui::view::View;
use crate::ui::widgets::{self, Button, Kind, paint_focus, speak_selected};
use eframe::egui::{
    Align, CursorIcon, Id, Key, Label, Layout, RichText, Sense, Stroke, StrokeKind, Ui, accesskit::Role, pos2, vec2,
};

const WIDTH: f32 = 620.0;
const MARK: f32 = 6.0;

pub(super) fn setup_ui(ui: &Ui, view: &View<'_>, drawn: &mut Option<SetupStep>) {
    let Some(setup) = &view.state.live.setup else { return };
    let is_new = drawn.replace(setup.step) != Some(setup.step);
    firm(ui, "live setup", WIDTH, |ui| {
        head_ui(ui, view);
        progress_ui(ui, view, setup);
        ui.add_space(space::XS);
        scrolled(ui, 230.0, |ui| {
            ui.spacing_mut().item_spacing = vec2(space::S, space::S);
            match setup.step {
                SetupStep::Why => why_ui(ui),
                SetupStep::Way => way_ui(ui, view, setup),
                SetupStep::Address => address_ui(ui, view, setup, is_new),
                SetupStep::Instructions => instructions_ui(ui, view, setup),
                SetupStep::Check => check_ui(ui, view, setup),
            }
        });
        end_ui(ui, view, setup);
    });
}

fn send(view: &View<'_>, command: SetupCommand) {
    view.send(LiveCommand::Setup(command));
}

fn head_ui(ui: &mut Ui, view: &View<'_>) {
    ui.horizontal(|ui| {
        let color = theme::tokens(ui).text;
        let title = RichText::new("Set up live updates").font(theme::strong(size::TITLE)).color(color);
        ui.add(Label::new(title));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if widgets::icon_button(ui, icons::CLOSE, "Close (Esc)").clicked() {
                send(view, SetupCommand::Close);
            }
        });
    });
}

/// The steps as marks; one that was answered can be gone back to.
fn progress_ui(ui: &mut Ui, view: &View<'_>, setup: &Setup) {
    let tokens = theme::tokens(ui);
    let steps = setup.steps();
    let position = setup.position();
    let words = format!("Step {} of {}", position + 1, steps.len());
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        for (index, step) in steps.into_iter().enumerate() {
            let may_go = index < position && !setup.check.is_running();
            let sense = if may_go { Sense::click() } else { Sense::hover() };
            let (rect, response) = ui.allocate_exact_size(vec2(44.0, 20.0), sense);
            let is_now = index == position;
            speak_selected(&response, Role::Tab, &format!("Step {}: {}", index + 1, step_words(step)), is_now);
            let color = if index <= position { tokens.accent } else { tokens.hairline };
            let mark = eframe::egui::Rect::from_center_size(rect.center(), vec2(rect.width(), MARK));
            ui.painter().rect_filled(mark, theme::radius(MARK / 2.0), color);
            paint_focus(ui.painter(), &response, rect, tokens);
            let response = response.on_hover_text(step_words(step));
            if may_go && response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
                send(view, SetupCommand::Go(step));
            }
        }
        ui.add_space(space::S);
        ui.add(Label::new(RichText::new(words).font(theme::regular(size::SMALL)).color(tokens.text_weak)));
    });
}

fn step_words(step: SetupStep) -> &'static str {
    match step {
        SetupStep::Why => "What it is",
        SetupStep::Way => "The way in",
        SetupStep::Address => "The public address",
        SetupStep::Instructions => "What to type",
        SetupStep::Check => "The check",
    }
}

fn why_ui(ui: &mut Ui) {
    strong_line(ui, "Shall this desk hear of news at once?");
    plain_line(
        ui,
        "NxVET can call this desk the moment a room starts to record and the moment a note is ready. For that it needs \
         an address on the internet that begins with https:// and leads to this computer.",
    );
    plain_line(
        ui,
        "A computer in a clinic usually has none: the router keeps callers out, and that is good. A tunnel or a web \
         server lets in what comes for this one address. The next steps show how; it takes about ten minutes.",
    );
    for point in [
        "Everything that comes in is checked for NxVET's signature. What fails the check has no effect.",
        "Nothing can be read from outside: the address only takes messages.",
        "Without it everything works as well; the list looks for news by itself.",
    ] {
        point_ui(ui, point);
    }
}

fn point_ui(ui: &mut Ui, text: &str) {
    let tokens = theme::tokens(ui);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        widgets::icon(ui, icons::CHECK, size::ICON, tokens.accent);
        paragraph(ui, text);
    });
}

fn way_ui(ui: &mut Ui, view: &View<'_>, setup: &Setup) {
    strong_line(ui, "Which way shall lead to this computer?");
    for way in Way::ALL {
        choice_ui(ui, view, setup, way);
    }
}

fn choice_ui(ui: &mut Ui, view: &View<'_>, setup: &Setup, way: Way) {
    let tokens = theme::tokens(ui);
    let is_on = setup.way == Some(way);
    let width = ui.available_width();
    let room = width - 3.0 * space::M - 18.0;
    let font = theme::regular(size::SMALL);
    let sentence = ui.painter().layout(way.sentence().to_owned(), font, tokens.text_weak, room);
    let high = 34.0 + sentence.size().y;
    let (rect, response) = ui.allocate_exact_size(vec2(width, high), Sense::click());
    speak_selected(&response, Role::RadioButton, &format!("{}. {}", way.words(), way.sentence()), is_on);
    let fill = match (is_on, response.hovered() || response.has_focus()) {
        (true, _) => tokens.selection,
        (false, true) => tokens.hover,
        (false, false) => tokens.panel,
    };
    let border = if is_on { Stroke::new(1.5, tokens.accent) } else { Stroke::new(1.0, tokens.line) };
    ui.painter().rect(rect, theme::radius(space::RADIUS), fill, border, StrokeKind::Inside);
    paint_focus(ui.painter(), &response, rect, tokens);
    let center = pos2(rect.left() + space::M + 8.0, rect.top() + 17.0);
    let ring = if is_on { tokens.accent } else { tokens.text_hint };
    ui.painter().circle_stroke(center, 7.0, Stroke::new(1.5, ring));
    if is_on {
        ui.painter().circle_filled(center, 3.5, tokens.accent);
    }
    let left = center.x + 10.0 + space::M;
    let title = widgets::elided(ui, &[(way.words(), theme::strong(size::CONTROL), tokens.text)], room);
    ui.painter().galley(pos2(left, rect.top() + 8.0), title, tokens.text);
    ui.painter().galley(pos2(left, rect.top() + 27.0), sentence, tokens.text_weak);
    if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
        send(view, SetupCommand::Way(way));
    }
}

fn address_ui(ui: &mut Ui, view: &View<'_>, setup: &Setup, is_new: bool) {
    strong_line(ui, "What is the public address?");
    let told = setup.way.is_some_and(Way::tells_its_address);
    paragraph(
        ui,
        if told {
            "The program shows it when it runs. Copy it here as it stands there."
        } else {
            "The name under which this computer or its web server is known on the internet. Nothing has to stand \
             behind the name: the rest is added here."
        },
    );
    let mut address = setup.address.clone();
    let id = Id::unique("public address");
    field_name(ui, "Public address");
    let response = text_field(ui, &mut address, ("Public address", "https://desk.your-clinic.example", id), false);
    if is_new {
        response.request_focus();
    }
    if response.changed() {
        send(view, SetupCommand::Address(address));
    }
    if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) && setup.may_go_on() {
        send(view, SetupCommand::Next);
    }
    if let Some(problem) = &setup.problem {
        ui.add_space(space::S);
        widgets::problem_panel(ui, problem);
    }
}

fn instructions_ui(ui: &mut Ui, view: &View<'_>, setup: &Setup) {
    let Some(way) = setup.way else { return };
    strong_line(ui, way.words());
    let base = check_base(&setup.address, true).ok();
    let steps = way.instructions(view.state.settings.receiver_port, base.as_deref());
    let count = steps.len();
    for (index, step) in steps.iter().enumerate() {
        let what = if count > 1 { format!("{}. {}", index + 1, step.what) } else { step.what.clone() };
        plain_line(ui, &what);
        if let Some(text) = &step.text
            && widgets::copyable(ui, text, &format!("Copy what step {} says", index + 1))
        {
            send(view, SetupCommand::Copy(index));
        }
    }
    paragraph(
        ui,
        "Whoever looks after the clinic's computers can do this part. What you answered stays here meanwhile.",
    );
}

fn end_ui(ui: &mut Ui, view: &View<'_>, setup: &Setup) {
    end_row(ui, |ui| {
        let check = &setup.check;
        match (setup.step, &check.phase) {
            (SetupStep::Check, Phase::Good) => {
                if widgets::primary_button(ui, "Done").clicked() {
                    send(view, SetupCommand::Close);
                }
                return;
            }
            (SetupStep::Check, _) => {
                let words = if check.is_running() { "Checking…" } else { "Check again" };
                let button = Button::new(words).kind(Kind::Primary);
                if ui.add_enabled(!check.is_running(), button).clicked() {
                    send(view, SetupCommand::TryAgain);
                }
            }
            (step, _) => {
                let words = if step == SetupStep::Why { "Set it up" } else { "Next" };
                if ui.add_enabled(setup.may_go_on(), Button::new(words).kind(Kind::Primary)).clicked() {
                    send(view, SetupCommand::Next);
                }
            }
        }
        if setup.position() > 0 && widgets::button(ui, "Back").clicked() {
            send(view, SetupCommand::Back);
        }
        if setup.position() == 0 && widgets::button(ui, "Not now").clicked() {
            send(view, SetupCommand::Close);
        }
    });
}
