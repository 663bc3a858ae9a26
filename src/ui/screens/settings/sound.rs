//! The settings of the sound: through which speakers, and how far Play goes back after a pause.
//! Speed and volume stand in the player itself.

use super::parts::{card, row, weak};
use crate::state::{SettingsCommand, SoundOutput, State};
use crate::ui::screens::record::back_step_stepper;
use crate::ui::theme::{icons, space};
use crate::ui::view::View;
use crate::ui::widgets::{Button, MenuItem, menu_item};
use eframe::egui::{Align, Layout, Popup, RectAlign, ScrollArea, Ui, vec2};

const MENU_WIDTH: f32 = 360.0;
const MENU_HEIGHT: f32 = 300.0;

pub(super) fn sound_ui(ui: &mut Ui, view: &View<'_>) {
    card(ui, icons::SPEAKERS, "Sound", |ui| {
        weak(ui, "Speakers or headphones");
        output_ui(ui, view);
        row(ui, "Step back after a pause", "So that the last words are heard again.", |ui| {
            ui.allocate_ui_with_layout(vec2(96.0, space::CHIP), Layout::right_to_left(Align::Center), |ui| {
                back_step_stepper(ui, view);
            });
        });
    });
}

fn output_ui(ui: &mut Ui, view: &View<'_>) {
    let chosen = chosen_words(view.state);
    let name = format!("Sound output: {chosen}");
    let button = ui.add(Button::new(&chosen).icon(icons::SPEAKERS).opens_menu().accessible_name(&name));
    let menu = Popup::menu(&button).align(RectAlign::BOTTOM_START).gap(space::XS).width(MENU_WIDTH);
    menu.show(|ui| {
        ScrollArea::vertical().max_height(MENU_HEIGHT).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            outputs_ui(ui, view);
        });
    });
}

fn outputs_ui(ui: &mut Ui, view: &View<'_>) {
    let chosen = view.state.settings.output.as_ref();
    let mut choice = |words: &str, output: Option<&SoundOutput>| {
        let is_chosen = chosen.map(|known| &known.id) == output.map(|known| &known.id);
        if menu_item(ui, &MenuItem { is_chosen, ..MenuItem::new(words) }).clicked() {
            view.send(SettingsCommand::Output(output.cloned()));
            ui.close();
        }
    };
    choice(&default_words(view.state), None);
    let default = default_device(view.state).map(|device| device.name.as_str());
    for device in view.state.outputs.devices.iter().filter(|device| Some(device.name.as_str()) != default) {
        choice(&device.name, Some(device));
    }
    if let Some(absent) = chosen.filter(|known| !view.state.outputs.has(&known.id)) {
        choice(&chosen_words(view.state), Some(absent));
    }
}

/// What is chosen, and whether it is there.
fn chosen_words(state: &State) -> String {
    match &state.settings.output {
        None => default_words(state),
        Some(output) if state.outputs.has(&output.id) => output.name.clone(),
        Some(output) => format!("{} (not connected)", output.name),
    }
}

/// `System default`, with the device that it is at present.
fn default_words(state: &State) -> String {
    match default_device(state) {
        Some(device) => format!("System default ({})", device.name),
        None => "System default".to_owned(),
    }
}

/// The device that the system plays through at present; known only while nothing else is chosen.
fn default_device(state: &State) -> Option<&SoundOutput> {
    let outputs = &state.outputs;
    let current = outputs.current.as_ref().filter(|_| state.settings.output.is_none())?;
    outputs.devices.iter().find(|device| device.id == *current)
}
