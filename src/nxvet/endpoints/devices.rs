//! The clinic's room devices. Paging is not documented, so they are asked for once, with a generous limit.

use crate::domain::OrganizationId;
use crate::nxvet::body::Limit;
use crate::nxvet::client::{Answer, Client};
use crate::nxvet::error::Error;
use crate::nxvet::page::{Devices, Read, read_rows};
use crate::nxvet::{convert, wire};

/// As many as the vendor's own sample asks for.
const LIMIT: usize = 200;

impl Client {
    /// The recorders on the walls, without the app and web logins that the list also holds.
    pub async fn devices(&self, organization: &OrganizationId) -> Result<Devices, Error> {
        let limit = LIMIT.to_string();
        let url = self.address(&["devices"], &[("organizationId", organization.as_str()), ("limit", &limit)])?;
        self.ask(url, Limit::LIST, read_devices).await
    }
}

fn read_devices(answer: &Answer) -> Result<Devices, Error> {
    let rows = read_rows(&answer.text, &["data", "devices"], |fields| {
        let row = wire::Device::read(fields);
        if row.id.is_some() && !convert::is_hardware(&row) { Read::LeftOut } else { convert::device(row).into() }
    })?;
    Ok(Devices { rooms: rows.kept, skipped: rows.skipped, may_be_cut: rows.received >= LIMIT })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nxvet::fake::{Fake, Reply};

    async fn read(body: &str) -> Devices {
        let fake = Fake::in_turn(vec![Reply::json(body)]).await;
        let devices = fake.client().devices(&OrganizationId::new("o 1&x")).await.expect("devices");
        assert_eq!(fake.seen()[0].target, "/api/devices?organizationId=o+1%26x&limit=200");
        devices
    }

    #[tokio::test]
    async fn both_shapes_are_read_and_logins_dropped() {
        let body = r#"[
            {"value":"d1","displayName":"Room 1 NxHUB","serial":"NX-1234"},
            {"id":"d2","friendlyName":"Room 2 NxHUB","serial":"NXHUB-77","nxHubLastReportTime":1771581600000,
             "nxHubCurrentFirmwareVersion":"0.8.13","nxHubTargetFirmwareVersion":"0.8.13.0","new":{"a":[]}},
            {"id":"d3","friendlyName":"Ana's phone","serial":"ios-9"},
            {"id":"d4","friendlyName":"Web","serial":null},
            {"id":"d5","friendlyName":"Old recorder","nxHubLastReportTime":"2026-02-20T10:00:00Z"},
            {"friendlyName":"no id","serial":"nxhub-1"},
            17]"#;
        let devices = read(body).await;
        let names: Vec<_> = devices.rooms.iter().map(|room| (room.id.as_str(), room.display_name())).collect();
        assert_eq!(names, [("d1", "Room 1 NxHUB"), ("d2", "Room 2 NxHUB"), ("d5", "Old recorder")]);
        assert_eq!(devices.rooms[1].firmware.as_deref(), Some("0.8.13"));
        assert_eq!(devices.rooms[1].last_report, devices.rooms[2].last_report);
        assert_eq!((devices.skipped, devices.may_be_cut), (2, false));
    }

    #[tokio::test]
    async fn a_full_answer_may_be_cut() {
        let row = r#"{"id":"d","serial":"nxhub-1"}"#;
        let body = format!(r#"{{"data":[{}]}}"#, vec![row; LIMIT].join(","));
        assert!(read(&body).await.may_be_cut);
    }
}
