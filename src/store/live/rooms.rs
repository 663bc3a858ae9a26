//! Names that people gave to rooms on this computer, for devices that have none of their own.

use crate::domain::live::rooms::RoomNames;
use crate::domain::{DeviceId, OrganizationId};
use crate::store::consultations::{owned, text};
use crate::store::{Result, Store};

impl Store {
    /// `None` takes the name away.
    pub fn name_room(&mut self, organization: &OrganizationId, device: &DeviceId, name: Option<&str>) -> Result<()> {
        let (organization, device) = (organization.as_str(), device.as_str());
        self.with_local(|local| {
            if let Some(name) = name {
                let upsert = "INSERT OR REPLACE INTO live_room (organization, device, name) VALUES (?, ?, ?)";
                return local.execute(upsert, [organization, device, name]).map(drop);
            }
            let delete = "DELETE FROM live_room WHERE organization = ? AND device = ?";
            local.execute(delete, [organization, device]).map(drop)
        })
    }

    pub fn room_names(&mut self, organization: &OrganizationId) -> Result<RoomNames> {
        self.with_local(|local| {
            let mut select = local.prepare_cached("SELECT device, name FROM live_room WHERE organization = ?")?;
            let mut rows = select.query([organization.as_str()])?;
            let mut names = RoomNames::new();
            while let Some(row) = rows.next()? {
                names.extend(text(row, 0).map(DeviceId::new).zip(owned(row, 1)));
            }
            Ok(names)
        })
    }
}
