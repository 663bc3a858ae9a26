//! Keys for tokens, tokens for answers: who may ask, and until when.
//!
//! The tokens look like JWT and say when they end; nobody can check their signature, and nobody needs to.

use std::collections::HashMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde_json::json;

use super::Setup;
use crate::simulator::hooks::routes::secret_letters;

pub(super) struct Gate {
    key: String,
    is_revoked: bool,
    /// Token, and the second from which it is nothing.
    tokens: HashMap<String, i64>,
    pub token_seconds: i64,
}

impl Gate {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            key: setup.key.clone().unwrap_or_else(|| format!("nxh_{}", secret_letters(40))),
            is_revoked: false,
            tokens: HashMap::new(),
            token_seconds: setup.token_seconds,
        }
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    pub(super) fn set_revoked(&mut self, is_revoked: bool) {
        self.is_revoked = is_revoked;
    }

    /// The bare key buys a token; with `Bearer` before it, it is no key.
    pub(super) fn exchange(&mut self, authorization: Option<&str>, now: DateTime<Utc>) -> Option<String> {
        if self.is_revoked || authorization != Some(self.key.as_str()) {
            return None;
        }
        let expires = now.timestamp() + self.token_seconds;
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let head = part(&json!({ "alg": "HS256" }));
        let claims = json!({
            "sub": "7", "scp": "api_user", "exp": expires, "iat": now.timestamp(), "jti": secret_letters(16),
        });
        let token = format!("{head}.{}.{}", part(&claims), secret_letters(43));
        self.tokens.insert(token.clone(), expires);
        Some(token)
    }

    pub(super) fn admits(&self, authorization: Option<&str>, now: DateTime<Utc>) -> bool {
        let token = authorization.and_then(|text| text.strip_prefix("Bearer "));
        let expires = token.and_then(|token| self.tokens.get(token));
        !self.is_revoked && expires.is_some_and(|expires| now.timestamp() < *expires)
    }

    /// All tokens end now, whatever they say of themselves.
    pub(super) fn expire_all(&mut self) {
        self.tokens.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_when_it_ends_and_ends_then() {
        let now = DateTime::from_timestamp(1_771_581_600, 0).unwrap();
        let mut gate = Gate::new(&Setup { key: Some("k".to_owned()), ..Setup::default() });
        assert_eq!(gate.exchange(Some("Bearer k"), now), None);
        assert_eq!(gate.exchange(None, now), None);
        let token = gate.exchange(Some("k"), now).unwrap();
        let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["exp"], 1_771_581_600 + 3_600);
        let shown = format!("Bearer {token}");
        assert!(gate.admits(Some(&shown), now));
        assert!(!gate.admits(Some(&token), now));
        assert!(!gate.admits(Some(&shown), now + chrono::Duration::seconds(3_600)));
        gate.expire_all();
        assert!(!gate.admits(Some(&shown), now));
    }
}
