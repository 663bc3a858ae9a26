//! The three ways to sign, written from the three vendors' documents.
//!
//! Only honest signatures are made here; what is wrong on purpose is made in `forgery`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::Scheme;

/// The value of the signature's header. The timestamp counts only where the scheme has one.
pub(super) fn signature(scheme: Scheme, secret: &str, timestamp: &str, body: &[u8]) -> String {
    match scheme {
        Scheme::Organization => format!("sha256={}", hex(&digest(secret, &[body]))),
        Scheme::Partner => hex(&digest(secret, &[timestamp.as_bytes(), b".", body])),
        Scheme::NexHealth => {
            let encoded = STANDARD.encode(body);
            hex(&digest(secret, &[timestamp.as_bytes(), b".", encoded.as_bytes()]))
        }
    }
}

#[expect(clippy::expect_used, reason = "this digest takes a key of any length")]
pub(super) fn digest(secret: &str, pieces: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
    for piece in pieces {
        mac.update(piece);
    }
    mac.finalize().into_bytes().into()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |text, byte| format!("{text}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Digests that the openssl command line gave for these inputs.
    #[test]
    fn signatures_are_what_another_program_makes_of_the_same_bytes() {
        let body = br#"{"a":1}"#;
        assert_eq!(
            signature(Scheme::Organization, "whsec_abc", "", body),
            "sha256=359ab2775fc376b1a8dee20a432572581b7d5b4e2c3a4e3ff657ed6713fa7eeb"
        );
        assert_eq!(
            signature(Scheme::Partner, "secret", "1708444800", body),
            "bf6914386d877ddce345d0eb8561234d113e5ffca0edba4d75a8383d72409551"
        );
        assert_eq!(
            signature(Scheme::NexHealth, "key", "2026-02-20T15:00:00.000Z", body),
            "b2201d4d5946a88f691525167c4c4f2f269f71a38bc74a9dfddba41d526f60a9"
        );
    }
}
