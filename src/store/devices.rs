//! The room devices of a clinic and how far the last look at NxVET came.

use super::consultations::{integer, moment, owned, text};
use super::{Result, Store};
use crate::domain::{DeviceId, OrganizationId, RoomDevice};
use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, Row, params};

/// When the list was last complete and how long it is on NxVET.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncState {
    pub synced_at: DateTime<Utc>,
    pub total: Option<usize>,
}

impl Store {
    /// Replaces a clinic's devices; their order is kept.
    pub fn save_devices(&mut self, organization: &OrganizationId, devices: &[RoomDevice]) -> Result<()> {
        self.with_cache(|cache| {
            let transaction = cache.transaction()?;
            transaction.execute("DELETE FROM device WHERE organization = ?", [organization.as_str()])?;
            for (position, device) in (0_i64..).zip(devices) {
                transaction.execute(
                    "INSERT INTO device (organization, position, id, serial, name, last_report, firmware)
                     VALUES (?, ?, ?, ?, ?, ?, ?)",
                    params![
                        organization.as_str(),
                        position,
                        device.id.as_str(),
                        device.serial,
                        device.name,
                        device.last_report.map(|at| at.timestamp_micros()),
                        device.firmware,
                    ],
                )?;
            }
            transaction.commit()
        })
    }

    pub fn load_devices(&mut self, organization: &OrganizationId) -> Result<Vec<RoomDevice>> {
        self.with_cache(|cache| {
            let mut select = cache.prepare_cached(
                "SELECT id, serial, name, last_report, firmware FROM device WHERE organization = ? ORDER BY position",
            )?;
            let rows: rusqlite::Result<Vec<_>> =
                select.query_map([organization.as_str()], |row| Ok(read_device(row)))?.collect();
            Ok(rows?.into_iter().flatten().collect())
        })
    }

    pub fn save_sync_state(&mut self, organization: &OrganizationId, state: &SyncState) -> Result<()> {
        let total = state.total.and_then(|total| i64::try_from(total).ok());
        self.with_cache(|cache| {
            cache
                .execute(
                    "INSERT OR REPLACE INTO sync_state (organization, synced_at, total) VALUES (?, ?, ?)",
                    params![organization.as_str(), state.synced_at.timestamp_micros(), total],
                )
                .map(drop)
        })
    }

    pub fn load_sync_state(&mut self, organization: &OrganizationId) -> Result<Option<SyncState>> {
        self.with_cache(|cache| {
            let mut select = cache.prepare_cached("SELECT synced_at, total FROM sync_state WHERE organization = ?")?;
            let state = select.query_row([organization.as_str()], |row| Ok(read_state(row))).optional()?;
            Ok(state.flatten())
        })
    }
}

fn read_device(row: &Row<'_>) -> Option<RoomDevice> {
    Some(RoomDevice {
        id: DeviceId::new(text(row, 0)?),
        serial: owned(row, 1),
        name: owned(row, 2),
        last_report: moment(row, 3),
        firmware: owned(row, 4),
    })
}

fn read_state(row: &Row<'_>) -> Option<SyncState> {
    let total = integer(row, 1).and_then(|total| usize::try_from(total).ok());
    Some(SyncState { synced_at: moment(row, 0)?, total })
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn device(id: &str, name: Option<&str>) -> RoomDevice {
        let name = name.map(str::to_owned);
        RoomDevice { id: DeviceId::new(id), serial: None, name, last_report: None, firmware: None }
    }

    #[test]
    fn devices_come_back_in_their_order() {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = samples::open(home.path());
        let known = RoomDevice {
            serial: Some("SN-1".to_owned()),
            last_report: Some(samples::now()),
            firmware: Some("1.2.3".to_owned()),
            ..device("hub_2", Some("Room 1 NxHUB"))
        };
        let devices = [known, device("hub_1", None)];
        store
            .save_devices(&samples::clinic(), &[device("hub_0", None), device("hub_9", None), device("hub_8", None)])
            .expect("saved");
        store.save_devices(&samples::clinic(), &devices).expect("saved");
        assert_eq!(store.load_devices(&samples::clinic()).expect("loaded"), devices);
        assert_eq!(store.load_devices(&OrganizationId::new("org-2")), Ok(Vec::new()));
    }

    #[test]
    fn the_state_of_the_sync_comes_back() {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = samples::open(home.path());
        assert_eq!(store.load_sync_state(&samples::clinic()), Ok(None));
        for total in [Some(1250), None] {
            let state = SyncState { synced_at: samples::now(), total };
            store.save_sync_state(&samples::clinic(), &state).expect("saved");
            assert_eq!(store.load_sync_state(&samples::clinic()), Ok(Some(state)));
        }
    }
}
