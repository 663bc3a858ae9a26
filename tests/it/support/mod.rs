//! What the tests share.

pub mod broker;
pub mod bus;
pub mod canaries;
pub mod desk;
pub mod gate;
pub mod live;
pub mod recordings;
pub mod signed;
pub mod tls;
