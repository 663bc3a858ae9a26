#![doc = include_str!("ARCHITECTURE.md")]

/// Freed memory is overwritten: what was read is gone from it once nobody holds it, and a locked desk holds nothing.
#[global_allocator]
static MEMORY: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

pub mod domain;

pub mod state;

pub mod ui;

pub mod nxvet;

pub mod nexhealth;

pub mod webhooks;

pub mod sharing;

pub mod audio;

pub mod store;

pub mod platform;

pub mod clock;
pub mod crash;
pub mod logging;

pub mod backend;

pub mod copies;
pub mod media_buttons;
pub mod opening;
pub mod outside;
pub mod shell;
pub mod whereabouts;
pub mod window;

pub mod diagnostics;
pub mod options;
pub mod receive;

#[cfg(feature = "simulator")]
pub mod sample;
#[cfg(feature = "simulator")]
pub mod simulator;
