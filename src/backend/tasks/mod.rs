//! One file per family of requests; each task ends in an event.

pub(super) mod board;
mod clip;
pub(super) mod export;
mod keeping;
pub(super) mod live;
pub(super) mod lock;
pub(super) mod marks;
pub(super) mod nexhealth;
pub(super) mod player;
pub(super) mod print;
pub(super) mod record;
pub(super) mod recording;
pub(super) mod search;
pub(super) mod sign_in;
pub(super) mod storage;
pub(super) mod support;
pub(super) mod sync;
mod unsealing;
pub(super) mod update;

pub use player::SOUND_NOTE;
