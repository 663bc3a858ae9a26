//! Whether to ask again, and how long to wait before.
//! Whether an error is worth a second try is the error's own knowledge; nothing here sends.

use super::error::Error;
use chrono::{DateTime, Utc};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How often and how patiently a question is asked again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryPolicy {
    /// How often it is asked in all.
    pub tries: u32,
    /// The first wait; each further one is twice as long.
    pub base: Duration,
    /// No wait is longer, whatever the server wishes.
    pub cap: Duration,
    /// Spreads the waits of several computers that failed at the same moment.
    pub jitter: bool,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { tries: 5, base: Duration::from_secs(1), cap: Duration::from_mins(1), jitter: true }
    }
}

/// Two garbled answers may be an accident on the way; a third one is what the server means.
const MAX_GARBLED: u32 = 3;

impl RetryPolicy {
    /// Whether to ask again after the try numbered `attempt`, counted from one.
    /// `garbled` of these tries, the last one included, were answered with something unreadable.
    pub fn allows(&self, error: &Error, attempt: u32, garbled: u32) -> bool {
        error.is_retryable() && attempt < self.tries && garbled < MAX_GARBLED
    }

    /// The wait after the try numbered `attempt`. `random` lies between 0 and 1.
    /// What the server asks for is a lower bound, up to the cap.
    pub fn delay(&self, attempt: u32, retry_after: Option<Duration>, random: f64) -> Duration {
        let doublings = attempt.saturating_sub(1).min(16);
        let full = self.base.saturating_mul(1 << doublings).min(self.cap);
        let share = if self.jitter { 0.5 + random.clamp(0.0, 1.0) / 2.0 } else { 1.0 };
        let own = full.mul_f64(share);
        retry_after.map_or(own, |wish| own.max(wish.min(self.cap)))
    }
}

/// Hears of every wait, so that a person sees why nothing arrives.
pub trait RetryObserver: Send + Sync {
    fn waiting(&self, notice: RetryNotice);
    /// The wait is over, or the question was dropped meanwhile.
    fn resumed(&self);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryNotice {
    pub wait: Duration,
    pub reason: RetryReason,
    /// The try that failed, counted from one.
    pub attempt: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryReason {
    /// The server asked for fewer questions.
    SlowDown,
    /// The server failed with this status.
    ServerTrouble(u16),
    NoConnection,
    BrokenAnswer,
}

impl From<&Error> for RetryReason {
    fn from(error: &Error) -> Self {
        match error {
            Error::RateLimited { .. } => Self::SlowDown,
            Error::Server { status } => Self::ServerTrouble(*status),
            Error::NoConnection | Error::CannotFindServer | Error::Timeout => Self::NoConnection,
            _ => Self::BrokenAnswer,
        }
    }
}

/// An error with the wait that the server wished for; servers in trouble tell one too.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub error: Error,
    pub retry_after: Option<Duration>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, retry_after: None }
    }
}

/// Asks until there is an answer, an error that asking again cannot mend, or no try left.
/// Dropping the future at any point is how it is cancelled.
pub(crate) async fn until_answered<T, F>(
    policy: RetryPolicy,
    observer: Option<&Arc<dyn RetryObserver>>,
    mut ask: impl FnMut() -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Failure>>,
{
    let (mut attempt, mut garbled) = (1, 0);
    loop {
        let Failure { error, retry_after } = match ask().await {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        garbled += u32::from(matches!(error, Error::Unexpected { .. } | Error::NotNxvet));
        if !policy.allows(&error, attempt, garbled) {
            return Err(error);
        }
        let wait = policy.delay(attempt, retry_after, fastrand::f64());
        tracing::debug!(code = error.code(), attempt, wait_ms = wait.as_millis() as u64, "asking again");
        pause(RetryNotice { wait, reason: RetryReason::from(&error), attempt }, observer).await;
        attempt += 1;
    }
}

pub(crate) async fn pause(notice: RetryNotice, observer: Option<&Arc<dyn RetryObserver>>) {
    let _told = observer.map(|observer| {
        observer.waiting(notice);
        ResumeOnDrop(observer)
    });
    tokio::time::sleep(notice.wait).await;
}

/// A dropped wait must not leave "Waiting…" on the screen.
struct ResumeOnDrop<'a>(&'a Arc<dyn RetryObserver>);

impl Drop for ResumeOnDrop<'_> {
    fn drop(&mut self) {
        self.0.resumed();
    }
}

impl fmt::Debug for ResumeOnDrop<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResumeOnDrop")
    }
}

/// `Retry-After`: whole seconds or a date. Anything else counts as absent; no length is refused here,
/// as the policy's cap bounds them all.
pub(crate) fn parse_retry_after(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are still a wish to wait very long.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::from(u32::MAX))));
    }
    let until = DateTime::<Utc>::from(httpdate::parse_http_date(text).ok()?);
    Some((until - now).to_std().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone as _;
    use std::sync::Mutex;

    fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn waits_double_up_to_the_cap() {
        let policy = RetryPolicy { jitter: false, ..RetryPolicy::default() };
        let waits: Vec<u64> = (1..=8).map(|attempt| policy.delay(attempt, None, 0.7).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(policy.delay(u32::MAX, None, 0.0), secs(60));
    }

    #[test]
    fn jitter_takes_at_most_half() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.delay(3, None, 0.0), secs(2));
        assert_eq!(policy.delay(3, None, 1.0), secs(4));
        assert_eq!(policy.delay(3, None, f64::INFINITY), secs(4));
    }

    #[test]
    fn the_servers_wish_is_heard_within_the_cap() {
        let policy = RetryPolicy { jitter: false, ..RetryPolicy::default() };
        assert_eq!(policy.delay(1, Some(secs(7)), 0.0), secs(7));
        assert_eq!(policy.delay(5, Some(secs(0)), 0.0), secs(16));
        assert_eq!(policy.delay(1, Some(Duration::MAX), 0.0), secs(60));
    }

    #[test]
    fn retry_after_in_all_its_forms() {
        let now = Utc.with_ymd_and_hms(2026, 11, 22, 14, 0, 0).single().expect("a time");
        let parse = |text: &str| parse_retry_after(text, now);
        assert_eq!(parse("7"), Some(secs(7)));
        assert_eq!(parse(" 0 "), Some(secs(0)));
        assert_eq!(parse("Sun, 22 Nov 2026 14:00:30 GMT"), Some(secs(30)));
        assert_eq!(parse("Sunday, 22-Nov-26 14:00:30 GMT"), Some(secs(30)));
        assert_eq!(parse("Sun, 22 Nov 2026 13:00:00 GMT"), Some(secs(0)));
        assert!(parse("99999999999999999999999999").is_some_and(|wait| wait > secs(3600)));
        for garbage in ["", "soon", "-5", "1.5", "7s", "\u{661}"] {
            assert_eq!(parse(garbage), None, "{garbage}");
        }
    }

    #[test]
    fn refusals_are_never_asked_again_and_garbage_only_twice() {
        let policy = RetryPolicy::default();
        for refusal in [Error::Unauthorized, Error::Forbidden, Error::NotFound, Error::TooLarge] {
            assert!(!policy.allows(&refusal, 1, 0), "{refusal}");
        }
        assert!(policy.allows(&Error::NotNxvet, 4, 2) && !policy.allows(&Error::NotNxvet, 3, 3));
        assert!(policy.allows(&Error::Timeout, 4, 2) && !policy.allows(&Error::Timeout, 5, 0));
    }

    #[derive(Default)]
    struct Diary(Mutex<Vec<String>>);

    impl RetryObserver for Diary {
        fn waiting(&self, notice: RetryNotice) {
            self.0.lock().expect("a diary").push(format!("{:?} after try {}", notice.reason, notice.attempt));
        }

        fn resumed(&self) {
            self.0.lock().expect("a diary").push("resumed".to_owned());
        }
    }

    fn at_once() -> RetryPolicy {
        RetryPolicy { base: Duration::ZERO, cap: Duration::ZERO, ..RetryPolicy::default() }
    }

    #[tokio::test]
    async fn every_wait_is_told_and_ended() {
        let diary = Arc::new(Diary::default());
        let observer: Arc<dyn RetryObserver> = diary.clone();
        let mut answers =
            vec![Ok(5), Err(Error::Server { status: 503 }), Err(Error::RateLimited { retry_after: None })];
        let ask = || std::future::ready(answers.pop().expect("an answer").map_err(Failure::from));
        assert_eq!(until_answered(at_once(), Some(&observer), ask).await, Ok(5));
        let told = diary.0.lock().expect("a diary").clone();
        assert_eq!(told, ["SlowDown after try 1", "resumed", "ServerTrouble(503) after try 2", "resumed"]);
    }

    #[tokio::test]
    async fn a_dropped_wait_is_ended_too() {
        let diary = Arc::new(Diary::default());
        let observer: Arc<dyn RetryObserver> = diary.clone();
        let long = RetryPolicy { jitter: false, base: secs(3600), cap: secs(3600), tries: 5 };
        let asking = until_answered(long, Some(&observer), || {
            std::future::ready(Err::<(), _>(Failure::from(Error::NoConnection)))
        });
        let waited = tokio::time::timeout(Duration::from_millis(1), asking).await;
        assert!(waited.is_err());
        assert_eq!(diary.0.lock().expect("a diary").last().map(String::as_str), Some("resumed"));
    }
}
