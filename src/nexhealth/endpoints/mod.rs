//! NexHealth's questions and orders, one file a family.

pub mod appointments;
pub mod hooks;
pub mod people;
pub mod places;
