//! Which room is meant: recorders have ids, serial numbers and names, and events, records and appointments each use
//! others of them. What no list and no person says to be one room stays apart.

use crate::domain::fold::fold;
use crate::domain::{DeviceId, Room, RoomDevice};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// One room of the board and of the day view.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoomKey(Arc<str>);

impl RoomKey {
    fn of_device(id: &DeviceId) -> Self {
        Self(Arc::from(format!("device/{id}")))
    }

    fn of_name(name: &str) -> Self {
        Self(Arc::from(format!("room/{}", fold(name))))
    }

    /// Where things are gathered that name no room.
    pub fn nowhere() -> Self {
        Self(Arc::from("room/"))
    }

    pub fn is_nowhere(&self) -> bool {
        &*self.0 == "room/"
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RoomKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RoomKey({})", self.0)
    }
}

/// What staff call the recorders that NxVET gives no name, by id or serial number. Kept on this computer.
pub type RoomNames = BTreeMap<DeviceId, String>;

/// A room as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub key: RoomKey,
    /// `Room 1`, or the recorder's id where nobody has named it.
    pub name: String,
    /// What "Name this room" names; absent for a room that is known by its name alone.
    pub device: Option<DeviceId>,
    /// Somebody gave it a name, here or in NxVET.
    pub is_named: bool,
}

/// The recorders of the clinic and what they are called.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    devices: Vec<(RoomDevice, Place)>,
    names: RoomNames,
}

impl Directory {
    pub fn new(devices: &[RoomDevice], names: RoomNames) -> Self {
        let place = |device: &RoomDevice| {
            let serial = device.serial.as_ref().map(DeviceId::new);
            let given = names.get(&device.id).or_else(|| serial.as_ref().and_then(|serial| names.get(serial)));
            let told = given.cloned().or_else(|| filled(device.name.as_deref()).map(|name| short(name).to_owned()));
            let is_named = told.is_some();
            let name = told.or_else(|| filled(device.serial.as_deref()).map(str::to_owned));
            let name = name.unwrap_or_else(|| device.id.as_str().to_owned());
            Place { key: RoomKey::of_device(&device.id), name, device: Some(device.id.clone()), is_named }
        };
        let devices = devices.iter().map(|device| (device.clone(), place(device))).collect();
        Self { devices, names }
    }

    /// The recorders that NxVET lists, in its order.
    pub fn listed(&self) -> impl Iterator<Item = (&RoomDevice, &Place)> {
        self.devices.iter().map(|(device, place)| (device, place))
    }

    pub fn names(&self) -> &RoomNames {
        &self.names
    }

    /// The room of an event, which knows the recorder's id alone.
    pub fn of_device(&self, id: &DeviceId) -> Place {
        self.by_device(id).cloned().unwrap_or_else(|| self.unlisted(id, None))
    }

    /// The room of a record or conversation.
    pub fn of_room(&self, room: &Room) -> Place {
        let serial = filled(room.serial.as_deref()).map(DeviceId::new);
        let ids = [room.device_id.as_ref(), serial.as_ref()];
        if let Some(place) = ids.into_iter().flatten().find_map(|id| self.by_device(id)) {
            return place.clone();
        }
        let name = filled(room.name.as_deref());
        let given = ids.into_iter().flatten().find(|id| self.names.contains_key(*id));
        match given.or_else(|| ids.into_iter().flatten().next()) {
            Some(id) => self.unlisted(id, name),
            None => name.map_or_else(nowhere, |name| self.of_name(name)),
        }
    }

    /// The room that the appointment book names.
    pub fn of_name(&self, name: &str) -> Place {
        let name = short(name.trim());
        if name.is_empty() {
            return nowhere();
        }
        self.sole_namesake(name).cloned().unwrap_or_else(|| Place {
            key: RoomKey::of_name(name),
            name: name.to_owned(),
            device: None,
            is_named: true,
        })
    }

    /// Ids are compared as they are, serial numbers without regard to case.
    fn by_device(&self, id: &DeviceId) -> Option<&Place> {
        let is_serial = |serial: &String| serial.eq_ignore_ascii_case(id.as_str());
        let by_id = self.devices.iter().find(|(device, _)| device.id == *id);
        let found =
            by_id.or_else(|| self.devices.iter().find(|(device, _)| device.serial.as_ref().is_some_and(is_serial)));
        found.map(|(_, place)| place)
    }

    /// A recorder that no list has. Named like a listed one, by NxVET or by a person, it is in that one's room.
    fn unlisted(&self, id: &DeviceId, told: Option<&str>) -> Place {
        let name = self.names.get(id).map(String::as_str).or(told);
        let Some(name) = name else {
            return Place {
                key: RoomKey::of_name(id.as_str()),
                name: id.as_str().to_owned(),
                device: Some(id.clone()),
                is_named: false,
            };
        };
        let place = self.of_name(name);
        Place { device: place.device.or_else(|| Some(id.clone())), ..place }
    }

    /// Two listed recorders of one name are told apart by nothing that a name could say.
    fn sole_namesake(&self, name: &str) -> Option<&Place> {
        let wanted = fold(name);
        let mut found = self.devices.iter().filter(|(_, place)| place.is_named && fold(&place.name) == wanted);
        let first = found.next();
        if found.next().is_some() { None } else { first.map(|(_, place)| place) }
    }
}

fn nowhere() -> Place {
    Place { key: RoomKey::nowhere(), name: "No room".to_owned(), device: None, is_named: true }
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// `Room 1 NxHUB` is `Room 1`: the maker's name is the same for every room.
fn short(name: &str) -> &str {
    let cut = name.trim_end_matches("NxHUB").trim_end_matches("NxHub").trim_end();
    if cut.is_empty() { name } else { cut }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(id: &str, serial: &str, name: Option<&str>) -> RoomDevice {
        let name = name.map(str::to_owned);
        RoomDevice { id: DeviceId::new(id), serial: Some(serial.to_owned()), name, last_report: None, firmware: None }
    }

    fn room(id: Option<&str>, serial: Option<&str>, name: Option<&str>) -> Room {
        Room { device_id: id.map(DeviceId::new), serial: serial.map(str::to_owned), name: name.map(str::to_owned) }
    }

    fn directory() -> Directory {
        let devices = [device("d1", "NXH-1", Some("Room 1 NxHUB")), device("d2", "nxhub-7788", None)];
        Directory::new(&devices, [(DeviceId::new("hub_9"), "room 1".to_owned())].into())
    }

    #[test]
    fn ids_serials_and_names_lead_to_one_room() {
        let directory = directory();
        let first = directory.of_device(&DeviceId::new("d1"));
        assert_eq!((first.name.as_str(), first.is_named), ("Room 1", true));
        for same in [
            room(Some("d1"), None, None),
            room(None, Some("nxh-1"), Some("another name")),
            room(None, None, Some("ROOM 1 NxHUB")),
            room(Some("hub_9"), None, None),
        ] {
            assert_eq!(directory.of_room(&same).key, first.key, "{same:?}");
        }
        assert_eq!(directory.of_name(" room 1 ").key, first.key);
        assert_eq!(directory.of_device(&DeviceId::new("hub_9")).key, first.key, "a person said so");
    }

    #[test]
    fn what_nobody_named_shows_its_id_and_can_be_named() {
        let directory = directory();
        let silent = directory.of_device(&DeviceId::new("d2"));
        assert_eq!((silent.name.as_str(), silent.is_named), ("nxhub-7788", false));
        let unknown = directory.of_device(&DeviceId::new("hub_3"));
        assert_eq!((unknown.name.as_str(), unknown.is_named), ("hub_3", false));
        assert_eq!(unknown.device, Some(DeviceId::new("hub_3")));
        assert_ne!(unknown.key, silent.key);
        assert!(directory.of_room(&Room::default()).key.is_nowhere());
    }

    #[test]
    fn two_recorders_of_one_name_stay_two() {
        let twins = [device("d1", "a", Some("Room 1")), device("d2", "b", Some("Room 1"))];
        let directory = Directory::new(&twins, RoomNames::new());
        let [one, other] = ["d1", "d2"].map(|id| directory.of_device(&DeviceId::new(id)).key);
        assert_ne!(one, other);
        let by_name = directory.of_room(&room(None, None, Some("Room 1"))).key;
        assert!(by_name != one && by_name != other, "a name alone does not say which");
    }
}
