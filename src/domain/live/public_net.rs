//! What lies in the public net and what lies inside some network: an address from outside must never lead inside.
//! Everything that is not known to be public counts as inside.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Ends of names that exist inside networks alone.
const INNER_ENDS: [&str; 9] =
    ["localhost", "local", "lan", "internal", "intranet", "localdomain", "home.arpa", "in-addr.arpa", "ip6.arpa"];

/// IPv4 ranges that are not for the public net: the address and how many bits of it count.
const INNER_V4: [([u8; 4], u32); 15] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// The same for IPv6, within what is handed out at all (`2000::/3`); tunnels that carry an IPv4 address are refused
/// whole, as nobody serves recordings through them.
const INNER_V6: [([u16; 3], u32); 5] = [
    ([0x2001, 0, 0], 23),
    ([0x2001, 0xdb8, 0], 32),
    ([0x2002, 0, 0], 16),
    ([0x3fff, 0, 0], 20),
    ([0x2620, 0x4f, 0x8000], 48),
];

pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let bits = u32::from(ip);
    !INNER_V4.iter().any(|(start, length)| (bits ^ u32::from(Ipv4Addr::from(*start))) >> (32 - length) == 0)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let bits = u128::from(ip);
    let is_handed_out = bits >> 125 == 1;
    let is_inner = |([a, b, c], length): &([u16; 3], u32)| {
        let start = u128::from(Ipv6Addr::new(*a, *b, *c, 0, 0, 0, 0, 0));
        (bits ^ start) >> (128 - length) == 0
    };
    is_handed_out && !INNER_V6.iter().any(is_inner)
}

/// Whether a name can be one of the public net: it has a dot and does not end like an inner one.
pub fn is_public_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let ends_inside =
        INNER_ENDS.iter().any(|end| name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')));
    name.contains('.') && !ends_inside
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect(text)
    }

    #[test]
    fn only_what_is_handed_out_to_everybody_is_public() {
        for public in
            ["8.8.8.8", "1.1.1.1", "52.216.0.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"]
        {
            assert!(is_public(ip(public)), "{public}");
        }
        for inner in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.168.1.1",
            "198.19.0.1",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "100::1",
        ] {
            assert!(!is_public(ip(inner)), "{inner}");
        }
    }

    #[test]
    fn names_of_inner_networks_are_not_public() {
        for public in ["s3.amazonaws.com", "desk.harbourvets.example", "a.b.", "locals.com", "notlocal.net"] {
            assert!(is_public_name(public), "{public}");
        }
        for inner in [
            "localhost",
            "localhost.",
            "LOCALHOST",
            "printer",
            "pc.local",
            "x.LAN",
            "metadata.google.internal",
            "",
            ".",
        ] {
            assert!(!is_public_name(inner), "{inner}");
        }
    }
}
