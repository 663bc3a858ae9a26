//! Addresses as an attacker would write them, and the few that are right.

use super::Refused::{Inside, NotAnAddress, NotSecure, Port, UnknownHost, User};
use super::*;

const STORE: &str = "recordings.s3.amazonaws.com";

fn hosts() -> Hosts {
    Hosts::read(STORE, false)
}

fn judge(text: &str) -> Result<(), Refused> {
    SignedAddress::judge(text, &hosts()).map(drop)
}

#[test]
fn addresses_of_the_known_store_are_asked() {
    for good in [
        "https://recordings.s3.amazonaws.com/a.wav?X-Amz-Signature=abc",
        "https://recordings.s3.amazonaws.com:443/a.wav",
        "https://RECORDINGS.s3.amazonaws.com/a.wav",
        "https://recordings.s3.amazonaws.com./a.wav",
        "https://recordings.s3.amazonaws.com/%2e%2e/a.wav#x",
    ] {
        assert_eq!(judge(good), Ok(()), "{good}");
    }
}

/// An address, and why it is refused.
const ASTRAY: &[(&str, Refused)] = &[
    ("", NotAnAddress),
    ("a.wav", NotAnAddress),
    ("//recordings.s3.amazonaws.com/a.wav", NotAnAddress),
    ("https://", NotAnAddress),
    ("https:///a.wav", UnknownHost),
    ("file:///etc/passwd", NotAnAddress),
    ("ftp://recordings.s3.amazonaws.com/a.wav", NotAnAddress),
    ("gopher://127.0.0.1:6379/_x", NotAnAddress),
    ("data:audio/wav;base64,UklGRg==", NotAnAddress),
    ("javascript:alert(1)", NotAnAddress),
    ("ws://recordings.s3.amazonaws.com/", NotAnAddress),
    ("http://recordings.s3.amazonaws.com/a.wav", NotSecure),
    ("http://127.0.0.1/a.wav", NotSecure),
    ("http://169.254.169.254/latest/meta-data/", NotSecure),
    ("http://[::ffff:127.0.0.1]/", NotSecure),
    ("HTTP://recordings.s3.amazonaws.com/", NotSecure),
    ("https://recordings.s3.amazonaws.com:8443/a.wav", Port),
    ("https://recordings.s3.amazonaws.com:80/a.wav", Port),
    ("https://recordings.s3.amazonaws.com:22/", Port),
    ("https://127.0.0.1:8443/", Port),
    ("https://user@recordings.s3.amazonaws.com/a.wav", User),
    ("https://user:pass@recordings.s3.amazonaws.com/a.wav", User),
    ("https://recordings.s3.amazonaws.com@evil.example/a.wav", User),
    ("https://@recordings.s3.amazonaws.com/a.wav", User),
    ("https://:@recordings.s3.amazonaws.com/a.wav", User),
    ("https://127.0.0.1/a.wav", Inside),
    ("https://127.1/a.wav", Inside),
    ("https://0x7f.1/a.wav", Inside),
    ("https://0x7f000001/a.wav", Inside),
    ("https://2130706433/a.wav", Inside),
    ("https://017700000001/a.wav", Inside),
    ("https://0/a.wav", Inside),
    ("https://0.0.0.0/a.wav", Inside),
    ("https://10.0.0.1/a.wav", Inside),
    ("https://172.16.5.4/a.wav", Inside),
    ("https://192.168.0.1/a.wav", Inside),
    ("https://100.64.1.1/a.wav", Inside),
    ("https://169.254.169.254/latest/meta-data/", Inside),
    ("https://198.18.0.1/a.wav", Inside),
    ("https://224.0.0.1/a.wav", Inside),
    ("https://255.255.255.255/a.wav", Inside),
    ("https://[::1]/a.wav", Inside),
    ("https://[::]/a.wav", Inside),
    ("https://[::ffff:127.0.0.1]/a.wav", Inside),
    ("https://[::ffff:7f00:1]/a.wav", Inside),
    ("https://[::ffff:8.8.8.8]/a.wav", Inside),
    ("https://[::127.0.0.1]/a.wav", Inside),
    ("https://[64:ff9b::7f00:1]/a.wav", Inside),
    ("https://[fd00::1]/a.wav", Inside),
    ("https://[fe80::1]/a.wav", Inside),
    ("https://[2002:7f00:1::]/a.wav", Inside),
    ("https://localhost/a.wav", Inside),
    ("https://localhost./a.wav", Inside),
    ("https://LOCALHOST/a.wav", Inside),
    ("https://x.localhost/a.wav", Inside),
    ("https://router.lan/a.wav", Inside),
    ("https://pims.local/a.wav", Inside),
    ("https://metadata.google.internal/a.wav", Inside),
    ("https://printer/a.wav", Inside),
    ("https://\u{2488}27.0.0.1/a.wav", NotAnAddress),
    ("https://8.8.8.8/a.wav", UnknownHost),
    ("https://[2606:4700::1111]/a.wav", UnknownHost),
    ("https://evil.example/a.wav", UnknownHost),
    ("https://recordings.s3.amazonaws.com.evil.example/a.wav", UnknownHost),
    ("https://evil-recordings.s3.amazonaws.com/a.wav", UnknownHost),
    ("https://s3.amazonaws.com/recordings/a.wav", UnknownHost),
    ("https://recordings.s3.amazonaws.com\\@evil.example/", NotAnAddress),
    ("https://evil.example\\.s3.amazonaws.com/", NotAnAddress),
    ("https://recordings.s3.amazonaws.com\t.evil.example/", NotAnAddress),
    ("https://recordings.s3.ama\nzonaws.com/a.wav", NotAnAddress),
    (" https://recordings.s3.amazonaws.com/a.wav", NotAnAddress),
    ("https://recordings.s3.amazonaws.com/a b.wav", NotAnAddress),
    ("https://recordings.s3.amazonaws.com/\u{0}", NotAnAddress),
];

#[test]
fn sixty_ways_to_lead_this_computer_astray_are_refused() {
    for (text, why) in ASTRAY {
        let judged = judge(text);
        assert!(judged.is_err(), "{text:?} was let through");
        // Some of these no reader of addresses takes at all, which is as good.
        let is_named = judged == Err(*why) || judged == Err(NotAnAddress);
        assert!(is_named, "{text:?}: {judged:?} instead of {why:?}");
    }
}

#[test]
fn a_redirect_is_judged_like_an_address() {
    let start = SignedAddress::judge("https://recordings.s3.amazonaws.com/a", &hosts()).expect("a good address");
    assert!(start.redirected("/b", &hosts()).is_ok());
    assert!(start.redirected("https://recordings.s3.amazonaws.com/c", &hosts()).is_ok());
    for bad in
        ["https://127.0.0.1/", "http://recordings.s3.amazonaws.com/", "//evil.example/", "https://[::1]/", "file:///x"]
    {
        assert!(start.redirected(bad, &hosts()).is_err(), "{bad}");
    }
}

#[test]
fn the_first_genuine_event_teaches_the_store_and_no_other_does() {
    let mut hosts = Hosts::default();
    for no_store in ["https://127.0.0.1/a", "https://localhost/a", "http://a.example/", "https://8.8.8.8/a", "x"] {
        assert!(!hosts.learn(no_store), "{no_store}");
    }
    assert!(hosts.learn("https://Recordings.S3.amazonaws.com/a.wav?x=1"));
    assert!(!hosts.learn("https://evil.example/a.wav"));
    assert_eq!(Hosts::read(&hosts.to_text(), false), hosts);
    assert!(SignedAddress::judge("https://recordings.s3.amazonaws.com/b", &hosts).is_ok());
    assert!(SignedAddress::judge("https://evil.example/b", &hosts).is_err());
}

#[test]
fn only_a_pretended_nxvet_keeps_recordings_on_this_computer() {
    let local = Hosts::read("", true);
    assert!(SignedAddress::judge("http://127.0.0.1:4000/a.wav?x", &local).is_ok());
    for bad in ["http://127.0.0.1:4000/a.wav", "http://192.168.0.1/a", "http://localhost/a"] {
        let hosts = if bad.contains("127") { hosts() } else { local.clone() };
        assert!(SignedAddress::judge(bad, &hosts).is_err(), "{bad}");
    }
}

#[test]
fn an_address_never_prints_itself() {
    let address = SignedAddress::judge("https://recordings.s3.amazonaws.com/a?X-Amz-Signature=canary", &hosts());
    assert!(!format!("{address:?}").contains("canary"));
}
