//! Secrets as types: they cannot be printed, logged or serialised by mistake.

use secrecy::{ExposeSecret as _, SecretString};
use std::fmt;

/// An NxVET API key, opaque: its form is never checked by prefix.
#[derive(Clone)]
pub struct ApiKey(SecretString);

/// Why a pasted text cannot be a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFormError {
    #[error("Paste a key first")]
    Empty,
    #[error("This does not look like a key: it has a blank or a line break inside")]
    InnerBlank,
    #[error("This does not look like a key: it has a character that a key cannot have")]
    BadCharacter,
}

impl ApiKey {
    /// Cleans what people paste: blanks, line ends, quotes and a leading `Authorization:` or `Bearer`.
    pub fn from_pasted(text: &str) -> Result<Self, KeyFormError> {
        let is_edge =
            |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '\u{feff}' | '\u{200b}');
        let mut rest = text.trim_matches(is_edge);
        for prefix in ["authorization:", "bearer:", "bearer "] {
            if let Some(head) = rest.get(..prefix.len())
                && head.eq_ignore_ascii_case(prefix)
            {
                rest = rest.get(prefix.len()..).unwrap_or("").trim_matches(is_edge);
            }
        }
        if rest.is_empty() || rest.eq_ignore_ascii_case("bearer") {
            return Err(KeyFormError::Empty);
        }
        if rest.chars().any(char::is_whitespace) {
            return Err(KeyFormError::InnerBlank);
        }
        if !rest.chars().all(|c| c.is_ascii_graphic()) {
            return Err(KeyFormError::BadCharacter);
        }
        Ok(Self(SecretString::from(rest)))
    }

    /// For the one place that puts it into a header and the one that seals it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The last four characters, enough for a person to tell two keys apart.
    pub fn tail(&self) -> String {
        let text = self.0.expose_secret();
        let count = text.chars().count();
        if count < 12 {
            return String::new();
        }
        text.chars().skip(count - 4).collect()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey([redacted])")
    }
}

impl PartialEq for ApiKey {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_paste_is_cleaned() {
        for pasted in [
            "nxvet_sk_0123456789",
            "  nxvet_sk_0123456789\r\n",
            "Bearer nxvet_sk_0123456789",
            "bearer  nxvet_sk_0123456789\t",
            "Authorization: Bearer nxvet_sk_0123456789\n",
            "\"nxvet_sk_0123456789\"",
            "\u{feff}nxvet_sk_0123456789\u{200b}",
        ] {
            let key = ApiKey::from_pasted(pasted).expect(pasted);
            assert_eq!(key.expose(), "nxvet_sk_0123456789", "{pasted:?}");
        }
    }

    #[test]
    fn what_cannot_be_a_key_is_named() {
        assert_eq!(ApiKey::from_pasted(" \n"), Err(KeyFormError::Empty));
        assert_eq!(ApiKey::from_pasted("Bearer "), Err(KeyFormError::Empty));
        assert_eq!(ApiKey::from_pasted("two words"), Err(KeyFormError::InnerBlank));
        assert_eq!(ApiKey::from_pasted("nxvet\u{0}sk"), Err(KeyFormError::BadCharacter));
        assert_eq!(ApiKey::from_pasted("schlüssel"), Err(KeyFormError::BadCharacter));
    }

    #[test]
    fn a_key_never_prints_itself() {
        let key = ApiKey::from_pasted("nxvet_sk_0123456789").expect("a good key");
        assert!(!format!("{key:?}").contains("0123"));
        assert_eq!(key.tail(), "6789");
    }
}
