//! What the tests share.

pub mod canaries;
pub mod desk;
pub mod recordings;
pub mod tls;
