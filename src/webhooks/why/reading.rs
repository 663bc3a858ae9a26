//! Reads a signature as a forgiving program would, and says what had to be forgiven.

use super::cause::Cause;
use crate::domain::live::Scheme;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;

/// A signature's bytes, and what is odd about the way they are written.
pub(super) struct Reading {
    pub bytes: Vec<u8>,
    pub odd: Vec<Cause>,
}

const PREFIX: &[u8] = b"sha256=";
const BYTES: usize = 32;

/// `scheme` is whose header it stands in.
pub(super) fn read(text: &[u8], scheme: Scheme) -> Option<Reading> {
    let mut odd = Vec::new();
    let bare = text.trim_ascii();
    let bare = bare.strip_prefix(b"\"").and_then(|inner| inner.strip_suffix(b"\"")).unwrap_or(bare).trim_ascii();
    if bare != text {
        odd.push(Cause::SignatureWithBlanks);
    }
    let (begins, digits) = match bare.split_at_checked(PREFIX.len()) {
        Some((begins, digits)) if begins.eq_ignore_ascii_case(PREFIX) => (Some(begins), digits),
        _ => (None, bare),
    };
    let is_wanted = scheme == Scheme::Organization;
    match begins {
        None if is_wanted => odd.push(Cause::PrefixMissing),
        Some(_) if !is_wanted => odd.push(Cause::PrefixExtra),
        Some(begins) if begins != PREFIX => odd.push(Cause::PrefixCapitals),
        _ => {}
    }
    if let Some(bytes) = from_hex(digits) {
        if digits.iter().any(u8::is_ascii_uppercase) {
            odd.push(Cause::HexCapitals);
        }
        return Some(Reading { bytes, odd });
    }
    odd.push(Cause::SignatureInBase64);
    from_base64(digits).map(|bytes| Reading { bytes, odd })
}

fn from_hex(digits: &[u8]) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_chunks::<2>();
    if pairs.len() != BYTES || !rest.is_empty() {
        return None;
    }
    let value = |digit: u8| char::from(digit).to_digit(16);
    pairs.iter().map(|[high, low]| u8::try_from(value(*high)? * 16 + value(*low)?).ok()).collect()
}

/// Of either alphabet, with its padding or without.
fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    let usual: Vec<u8> = text
        .iter()
        .filter(|letter| **letter != b'=')
        .map(|letter| match letter {
            b'-' => b'+',
            b'_' => b'/',
            other => *other,
        })
        .collect();
    BASE64_STANDARD_NO_PAD.decode(usual).ok().filter(|bytes| bytes.len() == BYTES)
}
