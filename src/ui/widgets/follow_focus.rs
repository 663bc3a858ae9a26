//! Keeps what has the keyboard in sight: walking with Tab or the arrows scrolls the part of the window that it leads
//! through. The toolkit does so for text fields alone.

use eframe::egui::{Id, Ui};

/// So much beside it stays in sight too, so that the ring around it is whole.
const BESIDE: f32 = 8.0;

/// To be called at the end of what scrolls, from inside it.
pub fn follow_focus(ui: &Ui) {
    let id = ui.scope_id().with("followed focus");
    let focused = ui.memory(eframe::egui::Memory::focused);
    if ui.data(|data| data.get_temp::<Option<Id>>(id)).flatten() == focused {
        return;
    }
    ui.data_mut(|data| data.insert_temp(id, focused));
    // What was clicked is in sight already, and must not move away under the pointer.
    let is_pointed = ui.input(|input| input.pointer.any_pressed() || input.pointer.any_released());
    let Some(response) = focused.filter(|_| !is_pointed).and_then(|id| ui.ctx().read_response(id)) else { return };
    let is_here = response.layer_id == ui.layer_id() && ui.min_rect().contains(response.rect.center());
    if is_here && !ui.clip_rect().contains_rect(response.rect) {
        ui.scroll_to_rect(response.rect.expand(BESIDE), None);
    }
}
