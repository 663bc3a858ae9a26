//! The screens: sign-in, the list, the open consultation, the rooms, live updates, searching, settings, the locked desk.

pub mod consultations;
pub mod live;
pub mod lock;
mod page;
mod parts;
pub mod record;
pub mod rooms;
pub mod search;
pub mod settings;
pub mod sign_in;
