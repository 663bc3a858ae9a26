//! A field for a PIN, and what was typed into it: wiped when it is handed on, when it is given up and when it goes.

use super::field::{Field, field};
use eframe::egui::text_edit::TextEditState;
use eframe::egui::{Context, Id, Key, Response, Ui};
use zeroize::Zeroize as _;

/// Longer than anybody's PIN; keeps a pasted page out.
const MOST_CHARS: usize = 128;

/// A PIN while it is typed.
#[derive(Default)]
pub struct PinDraft {
    text: String,
    /// The field asks for the keyboard once.
    had_focus: bool,
}

impl PinDraft {
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Hands the PIN on; nothing of it stays here.
    pub fn take(&mut self, ctx: &Context, id: Id) -> String {
        let typed = self.text.clone();
        self.wipe(ctx, id);
        typed
    }

    pub fn wipe(&mut self, ctx: &Context, id: Id) {
        if self.text.is_empty() && !self.had_focus {
            return;
        }
        self.text.zeroize();
        self.had_focus = false;
        // The toolkit keeps what was typed for undoing.
        ctx.data_mut(|data| data.remove::<TextEditState>(id));
    }
}

impl Drop for PinDraft {
    fn drop(&mut self) {
        self.text.zeroize();
    }
}

/// How a PIN field stands in its form.
pub struct PinField<'a> {
    /// What a screen reader calls it.
    pub name: &'a str,
    pub id: Id,
    /// The first field of a form takes the keyboard when it appears.
    pub is_first: bool,
}

/// Returns the field and whether Enter was pressed in it.
pub fn pin_field(ui: &mut Ui, draft: &mut PinDraft, pin: &PinField<'_>) -> (Response, bool) {
    // A text that grows leaves copies behind; this one has its room from the start.
    draft.text.reserve(MOST_CHARS * 4);
    let look = Field { name: pin.name, hint: "", icon: "", id: pin.id, height: 38.0, is_password: true };
    let response = field(ui, &mut draft.text, &look, |_| {});
    if let Some((end, _)) = draft.text.char_indices().nth(MOST_CHARS) {
        draft.text.truncate(end);
    }
    if pin.is_first && !draft.had_focus && ui.is_enabled() {
        draft.had_focus = true;
        response.request_focus();
    }
    let is_entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    (response, is_entered)
}
