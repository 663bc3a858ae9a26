//! Webhooks that come in: proved genuine, read, and explained when they are refused.
//! Nothing here stores, fetches or draws, and nothing is read out of a body before its signature holds.

pub mod compact;
pub mod payload;
pub mod receiver;
#[cfg(test)]
mod signing;
pub mod verify;
pub mod why;

pub use payload::{Identity, Provisional, Quarantine, SignedAudio, Told};
pub use verify::{Form, Incoming, Part, Refusal, SignedWith, Verified, Verifier, WeakSecret};
pub use why::{Cause, Diagnosis, Known, why};
