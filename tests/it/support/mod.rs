//! What the tests share.

pub mod desk;
