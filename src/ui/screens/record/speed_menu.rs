//! The speed and, behind it, everything about how it sounds, with the selection's actions.

use crate::state::{ExportCommand, OpenRecord, PlayerCommand, SPEEDS, Settings, SettingsCommand};
use crate::ui::action::Action;
use crate::ui::format::{seconds, speed};
use crate::ui::theme::{icons, regular, size, space, strong, tokens};
use crate::ui::view::View;
use crate::ui::widgets::{Button, Kind, MenuItem, even_chip, menu_item, text_icon_button};
use eframe::egui::{Align, Label, Layout, Popup, PopupCloseBehavior, RectAlign, RichText, ScrollArea, Ui, vec2};

const WIDTH: f32 = 276.0;
/// Speeds in a row of the menu.
const IN_A_ROW: usize = 5;
const BUTTON: f32 = 24.0;
/// Kept free above and below a menu in a low window.
const AROUND: f32 = 48.0;

/// `1.5×`, which opens the menu.
pub(super) fn speed_ui(ui: &mut Ui, view: &View<'_>, record: &OpenRecord) {
    let is_mac = ui.ctx().os().is_mac();
    let now = speed(view.state.settings.speed);
    let name = format!("Speed {now}");
    let button = Button::new(&now).kind(Kind::Quiet).height(BUTTON).opens_menu().accessible_name(&name);
    let keys = [Action::Slower, Action::Faster, Action::NormalSpeed].map(|action| action.keys(is_mac));
    let [slower, faster, normal] = &keys;
    let button = ui.add(button).on_hover_text(format!("Speed and sound ({slower} {faster} {normal})"));
    let menu = Popup::menu(&button).align(RectAlign::TOP_END).gap(space::XS).width(WIDTH);
    menu.close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        let highest = (ui.ctx().content_rect().height() - AROUND).max(120.0);
        ScrollArea::vertical().max_height(highest).min_scrolled_height(highest).show(ui, |ui| {
            ui.spacing_mut().item_spacing = vec2(space::XS, space::XS);
            speeds_ui(ui, view);
            sound_ui(ui, view);
            back_step_ui(ui, view);
            selection_ui(ui, view, record);
        });
    });
}

fn speeds_ui(ui: &mut Ui, view: &View<'_>) {
    head(ui, "Speed");
    let gaps = (IN_A_ROW - 1) as f32 * space::XS;
    let width = ((ui.available_width() - 2.0 * space::S - gaps) / IN_A_ROW as f32).floor();
    for row in SPEEDS.chunks(IN_A_ROW) {
        ui.horizontal(|ui| {
            ui.add_space(space::S);
            for step in row {
                let is_on = (view.state.settings.speed - step).abs() < 0.001;
                if even_chip(ui, &speed(*step), is_on, width).clicked() && !is_on {
                    view.send(PlayerCommand::Speed(*step));
                }
            }
        });
    }
}

fn sound_ui(ui: &mut Ui, view: &View<'_>) {
    let Settings { skip_silence, boost, .. } = view.state.settings;
    if item_ui(ui, Action::SkipSilence, skip_silence) {
        view.send(PlayerCommand::ToggleSkipSilence);
    }
    if item_ui(ui, Action::Boost, boost) {
        view.send(PlayerCommand::ToggleBoost);
    }
}

/// An action with its key; `true` when it was chosen.
fn item_ui(ui: &mut Ui, action: Action, is_on: bool) -> bool {
    let keys = action.keys(ui.ctx().os().is_mac());
    let item = MenuItem { icon: action.icon(), trailing: &keys, is_chosen: is_on, ..MenuItem::new(action.text()) };
    menu_item(ui, &item).clicked()
}

/// How far Play goes back after a pause.
fn back_step_ui(ui: &mut Ui, view: &View<'_>) {
    let weak = tokens(ui).text_weak;
    ui.horizontal(|ui| {
        ui.set_height(space::CHIP);
        ui.add_space(space::S);
        let words = RichText::new("Step back after a pause").font(regular(size::SMALL)).color(weak);
        ui.add(Label::new(words));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            back_step_stepper(ui, view);
        });
    });
}

/// `− 1.5 s +`, from right to left.
pub(in crate::ui::screens) fn back_step_stepper(ui: &mut Ui, view: &View<'_>) {
    let now = view.state.settings.back_step_ms;
    let change = |ui: &mut Ui, icon: &str, name: &str, to: Option<u16>| {
        let is_possible = to.is_some_and(|to| Settings::BACK_STEP_MS.contains(&to));
        let button = ui.add_enabled_ui(is_possible, |ui| text_icon_button(ui, icon, name)).inner;
        if let Some(to) = to.filter(|_| button.clicked()) {
            view.send(SettingsCommand::BackStep(to));
        }
    };
    change(ui, icons::PLUS, "Step further back", now.checked_add(Settings::BACK_STEP_STEP_MS));
    let text = RichText::new(seconds(now)).font(strong(size::SMALL)).color(tokens(ui).text);
    ui.add(Label::new(text));
    change(ui, icons::MINUS, "Step less far back", now.checked_sub(Settings::BACK_STEP_STEP_MS));
}

fn selection_ui(ui: &mut Ui, view: &View<'_>, record: &OpenRecord) {
    let player = &view.state.player;
    if player.selection.is_none() || !player.holds(&record.key) {
        return;
    }
    head(ui, "Selection");
    if item_ui(ui, Action::LoopSelection, player.is_looping) {
        view.send(PlayerCommand::ToggleLoop);
    }
    if item_ui(ui, Action::ExportClip, false) {
        view.send(ExportCommand::Clip);
        ui.close();
    }
    if item_ui(ui, Action::ClearSelection, false) {
        view.send(PlayerCommand::ClearSelection);
        ui.close();
    }
}

/// Begins where the items' icons and words begin.
fn head(ui: &mut Ui, words: &str) {
    let weak = tokens(ui).text_weak;
    ui.horizontal(|ui| {
        ui.set_height(space::XL);
        ui.add_space(space::S);
        ui.add(Label::new(RichText::new(words).font(strong(size::SMALL)).color(weak)));
    });
}
