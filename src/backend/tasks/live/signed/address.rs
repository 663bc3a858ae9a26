//! Which addresses may be asked: https on its usual port, of a host that is known to keep NxVET's recordings, and never
//! one that is written as a number of an inner network. Names are judged again when they are looked up.

use crate::domain::live::public_net;
use std::fmt;
use std::net::IpAddr;
use url::{Host, Url};

/// An address is no longer than this.
const LONGEST: usize = 4_096;
/// Hosts that may be learnt.
const MOST_HOSTS: usize = 8;

/// Why an address is not asked. It names no part of the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::backend) enum Refused {
    #[error("it is not an address")]
    NotAnAddress,
    #[error("it is not secure")]
    NotSecure,
    #[error("it names a port")]
    Port,
    #[error("it holds a user name")]
    User,
    #[error("it leads inside a network")]
    Inside,
    #[error("its host is not known to keep recordings")]
    UnknownHost,
}

/// Hosts that recordings were fetched from. The first genuine event teaches the first one; others are refused until
/// the list is changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::backend) struct Hosts {
    known: Vec<String>,
    /// NxVET is pretended on this computer, and then its recordings lie here too.
    is_local: bool,
}

impl Hosts {
    /// As it was kept: names, one a line.
    pub(in crate::backend) fn read(text: &str, is_local: bool) -> Self {
        let names = text.lines().map(|line| line.trim().trim_end_matches('.').to_ascii_lowercase());
        Self { known: names.filter(|name| !name.is_empty()).take(MOST_HOSTS).collect(), is_local }
    }

    pub(in crate::backend) fn to_text(&self) -> String {
        self.known.join("\n")
    }

    /// Takes the host of a genuine event's address in while none is known; `true` when it is new.
    pub(in crate::backend) fn learn(&mut self, address: &str) -> bool {
        let Ok(url) = judged_form(address) else { return false };
        match url.host() {
            Some(Host::Domain(name)) if self.known.is_empty() && public_net::is_public_name(name) => {
                self.known.push(name.trim_end_matches('.').to_ascii_lowercase());
                true
            }
            _ => false,
        }
    }

    fn knows(&self, name: &str) -> bool {
        let name = name.trim_end_matches('.');
        self.known.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

/// An address that may be asked. It is a secret: whoever knows it can hear the recording.
#[derive(Clone)]
pub(in crate::backend) struct SignedAddress(Url);

impl SignedAddress {
    pub(in crate::backend) fn judge(text: &str, hosts: &Hosts) -> Result<Self, Refused> {
        if hosts.is_local
            && let Some(local) = on_this_computer(text)
        {
            return Ok(Self(local));
        }
        let url = judged_form(text)?;
        match url.host() {
            Some(Host::Ipv4(ip)) if !public_net::is_public(IpAddr::V4(ip)) => Err(Refused::Inside),
            Some(Host::Ipv6(ip)) if !public_net::is_public(IpAddr::V6(ip)) => Err(Refused::Inside),
            Some(Host::Domain(name)) if !public_net::is_public_name(name) => Err(Refused::Inside),
            Some(Host::Domain(name)) if hosts.knows(name) => Ok(Self(url)),
            // No store of recordings is called by a number.
            Some(_) => Err(Refused::UnknownHost),
            None => Err(Refused::NotAnAddress),
        }
    }

    /// Where a redirect of this address leads, judged by the same rules.
    pub(super) fn redirected(&self, location: &str, hosts: &Hosts) -> Result<Self, Refused> {
        let url = self.0.join(location).map_err(|_unreadable| Refused::NotAnAddress)?;
        let is_step_down = self.0.scheme() == "https" && url.scheme() != "https";
        if is_step_down { Err(Refused::NotSecure) } else { Self::judge(url.as_str(), hosts) }
    }

    pub(super) fn url(&self) -> &Url {
        &self.0
    }

    pub(super) fn is_local(&self) -> bool {
        self.0.scheme() == "http"
    }
}

impl fmt::Debug for SignedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedAddress([redacted])")
    }
}

/// Everything but the host: scheme, port, user.
fn judged_form(text: &str) -> Result<Url, Refused> {
    // Characters that a parser drops in silence are how one address is made to look like another.
    let is_odd = text.len() > LONGEST || text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\');
    if is_odd {
        return Err(Refused::NotAnAddress);
    }
    let url = Url::parse(text).map_err(|_unreadable| Refused::NotAnAddress)?;
    match url.scheme() {
        "https" => {}
        "http" => return Err(Refused::NotSecure),
        _ => return Err(Refused::NotAnAddress),
    }
    if !url.username().is_empty() || url.password().is_some() || authority(text).contains('@') {
        return Err(Refused::User);
    }
    if url.port_or_known_default() != Some(443) {
        return Err(Refused::Port);
    }
    Ok(url)
}

/// What stands between the slashes, as it is written.
fn authority(text: &str) -> &str {
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

fn on_this_computer(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_here = match url.host()? {
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
        Host::Domain(_) => false,
    };
    (url.scheme() == "http" && is_here && url.username().is_empty()).then_some(url)
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
