//! Recordings at addresses that a partner event brought: fetched at once, as the addresses are good for an hour, and
//! without the key. An event can be forged by whoever knows a secret, so its addresses are not trusted either: they
//! must not make this computer ask anything inside a network.

mod address;
mod fetch;
mod resolver;

pub(super) use address::{Hosts, SignedAddress};
pub(super) use fetch::{Fetcher, SignedError};
