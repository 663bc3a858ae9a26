#![doc = include_str!("ARCHITECTURE.md")]

pub mod domain;

pub mod state;

pub mod ui;

pub mod nxvet;

pub mod audio;

pub mod store;

pub mod platform;

pub mod clock;
pub mod logging;

pub mod backend;

pub mod media_buttons;
pub mod shell;

pub mod diagnostics;
pub mod options;

#[cfg(feature = "simulator")]
pub mod sample;
#[cfg(feature = "simulator")]
pub mod simulator;
