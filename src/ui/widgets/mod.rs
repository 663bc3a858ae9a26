//! The controls of the house: every one has hover, press and focus looks and an accessible name.
//! They know nothing of consultations; what they do is told by their caller.

mod badge;
mod button;
mod chip;
mod copyable;
mod empty_state;
mod field;
mod follow_focus;
mod icon_button;
mod kbd;
mod menu_item;
mod paint;
mod pin_field;
mod problem_panel;
pub mod table;

pub use badge::{Tone, badge, paint_badge};
pub use button::{Button, Kind, button, danger_button, link_button, menu_button, primary_button, quiet_button};
pub use chip::{chip, even_chip, menu_chip};
pub use copyable::copyable;
pub use empty_state::empty_state;
pub use field::{Field, field};
pub use follow_focus::follow_focus;
pub use icon_button::{icon_button, icon_toggle, text_icon_button, text_icon_toggle};
pub use kbd::{kbd, kbd_width, paint_kbd};
pub use menu_item::{MenuItem, menu_item};
pub use paint::{elided, icon, icon_text, one_line, paint_focus, speak, speak_selected};
pub use pin_field::{PinDraft, PinField, pin_field};
pub use problem_panel::{problem_panel, severity_color, severity_icon};
pub use table::{Column, Columns};
