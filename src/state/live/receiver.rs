//! How the receiver of this desk stands, as the screen tells it.

use crate::state::problem::Problem;
use chrono::{DateTime, Utc};

#[derive(Clone, Debug, Default, PartialEq)]
pub enum ReceiverStatus {
    /// The settings say so.
    #[default]
    Off,
    Starting,
    /// `address` is where it listens, such as `127.0.0.1:8737`; no path.
    Running {
        address: String,
        has_tls: bool,
    },
    Failed(Problem),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReceiverState {
    pub status: ReceiverStatus,
    /// NxVET itself is on this computer, as with sample data, and reaches this computer's own addresses.
    pub is_local: bool,
    /// The last thing that came over the line was genuine.
    pub(super) is_line_good: bool,
    /// When something genuine came last.
    pub last_good_at: Option<DateTime<Utc>>,
    /// When something was refused last, and why.
    pub last_refused: Option<(DateTime<Utc>, String)>,
}

impl ReceiverState {
    pub fn is_running(&self) -> bool {
        matches!(self.status, ReceiverStatus::Running { .. })
    }
}
