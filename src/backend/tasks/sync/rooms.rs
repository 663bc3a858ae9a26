//! The clinic's recorders by name. A conversation knows its device by id alone; the device list may know the room.

use crate::backend::clinic::Clinic;
use crate::domain::{Consultation, Room, RoomDevice};
use std::sync::Arc;

/// Asked for when a conversation names an unknown device, once a refresh.
#[derive(Default)]
pub(super) struct Rooms {
    devices: Vec<RoomDevice>,
    has_asked: bool,
}

impl Rooms {
    pub(super) fn ask_again(&mut self) {
        self.has_asked = false;
    }

    pub(super) async fn name_all(&mut self, clinic: &Clinic, rows: Vec<Consultation>) -> Vec<Consultation> {
        let is_unknown = |room: &Arc<Room>| room.name.is_none() && self.device(room).is_none();
        if !self.has_asked && rows.iter().filter_map(|row| row.room.as_ref()).any(is_unknown) {
            self.has_asked = true;
            match clinic.client.devices(&clinic.organization.id).await {
                Ok(devices) => self.devices = devices.rooms,
                Err(error) => tracing::debug!(code = error.code(), "the devices could not be read"),
            }
        }
        rows.into_iter().map(|row| self.name(row)).collect()
    }

    fn device(&self, room: &Room) -> Option<&RoomDevice> {
        self.devices.iter().find(|device| Some(&device.id) == room.device_id.as_ref())
    }

    fn name(&self, mut row: Consultation) -> Consultation {
        if let Some(room) = row.room.as_mut()
            && let Some(device) = self.device(room)
        {
            let room = Arc::make_mut(room);
            room.name.clone_from(&device.name);
            room.serial.clone_from(&device.serial);
        }
        row
    }
}
