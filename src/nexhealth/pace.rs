//! Keeps questions apart, so that a practice with a long book stays far below NexHealth's limits (ten questions a
//! second for appointments) whatever the answers' speed.

use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// The next moment at which a question may go.
pub(super) struct Pace {
    gap: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    pub(super) fn new(gap: Duration) -> Self {
        Self { gap, next: Mutex::new(None) }
    }

    /// Waits for this question's turn.
    pub(super) async fn turn(&self) {
        let turn = {
            let mut next = self.next.lock().await;
            let now = Instant::now();
            let turn = next.map_or(now, |next| next.max(now));
            *next = Some(turn + self.gap);
            turn
        };
        tokio::time::sleep_until(turn).await;
    }
}
