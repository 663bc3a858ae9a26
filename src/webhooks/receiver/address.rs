//! By which names the receiver may be called. A web page that makes its own name point here would send that name, so a
//! name that nobody set is no way in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The names that are answered to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts {
    public: Option<String>,
}

impl Hosts {
    /// `public` is the name in the public address; a port behind it is of no interest.
    pub fn new(public: Option<&str>) -> Self {
        let public = public.and_then(split).map(|name| name.trim_end_matches('.').to_ascii_lowercase());
        Self { public: public.filter(|name| !name.is_empty()) }
    }

    /// Whether a `Host` field names this receiver. `local` is the address the connection came in by; a number cannot
    /// be made to point elsewhere.
    pub(super) fn allow(&self, host: &[u8], local: IpAddr) -> bool {
        let Some(name) = std::str::from_utf8(host).ok().and_then(split) else { return false };
        let name = name.to_ascii_lowercase();
        if name == "localhost" || self.public.as_ref() == Some(&name) {
            return true;
        }
        let literal = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        literal.is_ok_and(|ip| is_own_loopback(ip) || ip.to_canonical() == local.to_canonical())
    }
}

fn is_own_loopback(ip: IpAddr) -> bool {
    ip == Ipv4Addr::LOCALHOST || ip == Ipv6Addr::LOCALHOST
}

/// The name without its port; nothing when it is not a name with an optional port.
fn split(host: &str) -> Option<&str> {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => {
            let end = rest.find(']')?;
            (host.get(..end + 2)?, host.get(end + 2..)?)
        }
        None => host.find(':').map_or((host, ""), |at| host.split_at(at)),
    };
    let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    let is_name =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_[]:".contains(&byte));
    (is_port && is_name).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_computer_and_the_public_name_are_answered_to() {
        let hosts = Hosts::new(Some("Hooks.Harbourvets.example:443"));
        let local = IpAddr::from([192, 168, 1, 7]);
        for good in [
            "localhost",
            "LOCALHOST:8787",
            "127.0.0.1",
            "127.0.0.1:1",
            "[::1]:8787",
            "[::1]",
            "hooks.harbourvets.example",
            "hooks.harbourvets.example:8443",
            "192.168.1.7:8787",
        ] {
            assert!(hosts.allow(good.as_bytes(), local), "{good}");
        }
        for bad in [
            "",
            "evil.example",
            "127.0.0.2",
            "127.0.0.1.evil.example",
            "hooks.harbourvets.example.evil.example",
            "hooks.harbourvets.example.",
            "user@localhost",
            "localhost:http",
            "localhost:99999",
            "localhost:80:80",
            "local host",
            "localhost, evil.example",
            "[::1",
            "[::2]",
            "192.168.1.8",
            "0.0.0.0",
            "\u{fc}nicode.example",
        ] {
            assert!(!hosts.allow(bad.as_bytes(), local), "{bad}");
        }
        assert!(!hosts.allow(b"\xff\xfe", local));
        assert!(!Hosts::new(None).allow(b"hooks.harbourvets.example", local));
    }
}
