//! What frames every screen: the rail at the left, the status bar below, toasts above all.

mod line;
mod rail;
mod status_bar;
mod toasts;

pub use rail::{rail_ui, rail_width};
pub use status_bar::{HEIGHT as STATUS_HEIGHT, status_bar_ui};
pub use toasts::toasts_ui;
