//! The screens: sign-in, the list, the open consultation, searching, settings, the locked desk.

pub mod consultations;
pub mod lock;
pub mod record;
pub mod search;
pub mod settings;
pub mod sign_in;
