//! How it stands with NxVET: answering, asked us to wait, or out of reach.

use super::event::{ConnectionEvent, WaitReason};
use super::problem::Problem;
use chrono::{DateTime, Utc};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Connection {
    /// A call waits before its next try.
    pub waiting: Option<(DateTime<Utc>, WaitReason)>,
    /// Out of reach; asked again by itself.
    pub offline: Option<Problem>,
    /// Seconds that this computer's clock is ahead of the server's.
    pub clock_off_seconds: i64,
}

impl Connection {
    pub fn apply(&mut self, event: ConnectionEvent) {
        match event {
            ConnectionEvent::Waiting { until, reason } => self.waiting = Some((until, reason)),
            ConnectionEvent::Working => {
                self.waiting = None;
                self.offline = None;
            }
            ConnectionEvent::Offline { problem } => {
                self.waiting = None;
                self.offline = Some(problem);
            }
            ConnectionEvent::ClockOff(seconds) => self.clock_off_seconds = seconds,
        }
    }

    /// Whole seconds left of the wait, while there is one.
    pub fn wait_seconds(&self, now: DateTime<Utc>) -> Option<i64> {
        let (until, _) = self.waiting.as_ref()?;
        let left = (*until - now).num_milliseconds();
        (left > 0).then(|| (left + 999) / 1000)
    }

    pub fn is_offline(&self) -> bool {
        self.offline.is_some()
    }

    /// The calm line that says what is going on, if anything is.
    pub fn words(&self, now: DateTime<Utc>) -> Option<String> {
        let seconds = self.wait_seconds(now)?;
        let (_, reason) = self.waiting.as_ref()?;
        Some(match reason {
            WaitReason::SlowDown => format!("NxVET asked us to slow down. Trying again in {seconds} s."),
            WaitReason::ServerTrouble => {
                format!("NxVET has a problem on its side. Retrying in {seconds} s; nothing here is lost.")
            }
            WaitReason::NoConnection => format!("No connection. Trying again in {seconds} s."),
        })
    }
}
