//! Locations of a practice and the names of its rooms.

use crate::nexhealth::client::Client;
use crate::nexhealth::error::Error;
use crate::nexhealth::{envelope, wire};
use crate::nxvet::json::Fields;
use serde_json::value::RawValue;

/// As many as a page may hold; a practice has fewer rooms.
const PER_PAGE: &str = "1000";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    pub id: i64,
    pub name: Option<String>,
}

/// What the practice's book calls a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomName {
    pub id: i64,
    pub name: String,
}

impl Client {
    /// The locations of this practice.
    pub async fn locations(&self) -> Result<Vec<Location>, Error> {
        let subdomain = self.practice().subdomain.as_str();
        let url = self.address(&["locations"], &[("subdomain", subdomain)])?;
        self.ask(url, |text| read_locations(text, subdomain)).await
    }

    pub async fn room_names(&self) -> Result<Vec<RoomName>, Error> {
        let practice = self.practice();
        let location = practice.location.map(|location| location.to_string());
        let mut query = vec![("subdomain", practice.subdomain.as_str()), ("per_page", PER_PAGE)];
        query.extend(location.as_deref().map(|location| ("location_id", location)));
        let url = self.address(&["operatories"], &query)?;
        self.ask(url, |text| {
            let rows = envelope::rows(text, &["operatories"])?.rows;
            Ok(rows.into_iter().filter_map(room).collect())
        })
        .await
    }
}

fn room(raw: &RawValue) -> Option<RoomName> {
    let fields = Fields::parse(raw.get()).ok()?;
    Some(RoomName { id: wire::number(&fields, "id")?, name: fields.text_of(&["name", "display_name"])? })
}

/// The answer lists institutions with their locations; of those, only this practice's count.
fn read_locations(text: &str, subdomain: &str) -> Result<Vec<Location>, Error> {
    let rows = envelope::rows(text, &["institutions", "locations"])?.rows;
    let mut found = Vec::new();
    for fields in rows.into_iter().filter_map(|raw| Fields::parse(raw.get()).ok()) {
        let Some(inner) = fields.list("locations") else {
            found.extend(location(&fields));
            continue;
        };
        if fields.text("subdomain").is_none_or(|name| name.eq_ignore_ascii_case(subdomain)) {
            found.extend(inner.iter().filter_map(|raw| location(&Fields::parse(raw.get()).ok()?)));
        }
    }
    Ok(found)
}

fn location(fields: &Fields<'_>) -> Option<Location> {
    let is_closed = fields.is_true("inactive");
    Some(Location { id: wire::number(fields, "id").filter(|_| !is_closed)?, name: fields.text("name") })
}
