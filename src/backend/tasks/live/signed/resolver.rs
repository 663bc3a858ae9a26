//! Looks names up and lets only public addresses through: a name may be made to lead inside after it was judged.
//! One inner address among several refuses them all, as only an attacker mixes them.

use crate::domain::live::public_net;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::SocketAddr;

/// What a lookup answers.
pub(super) type Looked = std::io::Result<Vec<SocketAddr>>;

/// Looks up through the system.
#[derive(Clone, Copy, Debug)]
pub(super) struct PublicOnly;

#[derive(Debug, thiserror::Error)]
#[error("the name leads inside a network")]
pub(super) struct LeadsInside;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await.map(Iterator::collect);
            let addresses: Addrs = Box::new(only_public(found)?.into_iter());
            Ok(addresses)
        })
    }
}

fn only_public(found: Looked) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
    let found = found?;
    if found.iter().all(|address| public_net::is_public(address.ip())) { Ok(found) } else { Err(Box::new(LeadsInside)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_inner_address_refuses_them_all() {
        let of = |texts: &[&str]| only_public(Ok(texts.iter().map(|text| text.parse().expect(text)).collect()));
        assert_eq!(of(&["8.8.8.8:0", "[2606:4700::1111]:0"]).map(|all| all.len()).ok(), Some(2));
        for mixed in [["8.8.8.8:0", "127.0.0.1:0"], ["192.168.0.1:0", "8.8.8.8:0"], ["8.8.8.8:0", "[::ffff:8.8.8.8]:0"]]
        {
            assert!(of(&mixed).is_err(), "{mixed:?}");
        }
        assert!(only_public(Err(std::io::ErrorKind::NotFound.into())).is_err());
    }

    #[tokio::test]
    async fn this_computers_own_name_is_refused() {
        let name = "localhost".parse().expect("a name");
        assert!(PublicOnly.resolve(name).await.is_err());
    }
}
