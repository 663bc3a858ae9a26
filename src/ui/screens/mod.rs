//! The screens: sign-in, the list, the open consultation, settings.

pub mod consultations;
pub mod record;
pub mod settings;
pub mod sign_in;
