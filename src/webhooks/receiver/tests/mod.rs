//! The receiver as a whole, over real sockets, with an inbox in memory that can be slow, full or locked.

mod committing;
mod deliveries;
mod limits;
mod strangers;
mod support;
