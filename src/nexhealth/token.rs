//! The token that a key is exchanged for: how long it works, and when a new one is due.
//! Its life is counted by this computer's steady clock from the moment it came, so a clock that is set does no harm.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use std::time::Duration;
use tokio::time::Instant;

/// Believed of a token that does not tell: an hour is the shortest that is documented.
const UNTOLD_LIFE: Duration = Duration::from_mins(50);
/// No token is believed longer than this.
const LONGEST_LIFE: Duration = Duration::from_hours(24);
/// It is renewed so long before its end, or after nine tenths of its life if that is later.
const MARGIN: Duration = Duration::from_mins(5);

pub(super) struct Token {
    text: SecretString,
    renew_at: Instant,
}

impl Token {
    /// `server_now` is the server's own time, which the token's end is told in; `came` is when it arrived.
    pub(super) fn new(text: &str, server_now: DateTime<Utc>, came: Instant) -> Self {
        let told = expiry(text).map(|end| (end - server_now).to_std().unwrap_or(Duration::ZERO));
        let life = told.unwrap_or(UNTOLD_LIFE).min(LONGEST_LIFE);
        let works = life.saturating_sub(MARGIN).max(life.mul_f64(0.9));
        Self { text: SecretString::from(text), renew_at: came + works }
    }

    pub(super) fn is_due(&self, now: Instant) -> bool {
        now >= self.renew_at
    }

    pub(super) fn expose(&self) -> &str {
        self.text.expose_secret()
    }
}

/// `exp` of a JWT, without believing anything else in it: the server checks it, not this desk.
fn expiry(token: &str) -> Option<DateTime<Utc>> {
    let claims = token.split('.').nth(1)?;
    let claims = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
    let seconds = claims.get("exp")?.as_f64()?;
    (seconds.abs() < 1e12).then(|| DateTime::from_timestamp(seconds as i64, 0)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn the_end_is_read_and_nothing_else_is_believed() {
        let end = DateTime::from_timestamp(1_771_581_600, 0);
        assert_eq!(expiry(&token(r#"{"exp":1771581600,"sub":1}"#)), end);
        assert_eq!(expiry(&token(r#"{"exp":1771581600.0}"#)), end);
        for strange in
            ["", "a.b", "a.!!!.c", &token("{}"), &token("[1]"), &token(r#"{"exp":"soon"}"#), &token(r#"{"exp":1e300}"#)]
        {
            assert_eq!(expiry(strange), None, "{strange}");
        }
    }

    #[test]
    fn it_is_renewed_before_its_end() {
        let (now, came) = (DateTime::from_timestamp(1_771_578_000, 0).expect("a time"), Instant::now());
        let is_due = |claims: &str, seconds: u64| {
            Token::new(&token(claims), now, came).is_due(came + Duration::from_secs(seconds))
        };
        let hour = r#"{"exp":1771581600}"#;
        assert!(!is_due(hour, 54 * 60) && is_due(hour, 55 * 60), "five minutes before its end");
        let short = r#"{"exp":1771578010}"#;
        assert!(!is_due(short, 8) && is_due(short, 9), "a short one works for nine tenths of its life");
        assert!(is_due(r#"{"exp":1}"#, 0), "one that has lapsed is never used");
        assert!(!is_due("{}", 40 * 60) && is_due("{}", 50 * 60), "one that does not tell");
        assert!(is_due(r#"{"exp":99999999999}"#, 25 * 3600), "none works for ever");
    }
}
