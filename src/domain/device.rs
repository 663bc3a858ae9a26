//! A room device: the recorder on a consulting room's wall.

use super::DeviceId;
use chrono::{DateTime, Utc};

/// One recorder as the device list tells it.
/// NxVET's list also holds app and web logins; the client keeps only what is hardware.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomDevice {
    pub id: DeviceId,
    /// Compared without regard to case; several number ranges are in use.
    pub serial: Option<String>,
    /// `Room 1 NxHUB`.
    pub name: Option<String>,
    pub last_report: Option<DateTime<Utc>>,
    pub firmware: Option<String>,
}

impl RoomDevice {
    pub fn display_name(&self) -> &str {
        self.name.as_deref().or(self.serial.as_deref()).unwrap_or(self.id.as_str())
    }
}
