//! Whose data this is: the clinic of the last sign-in, so that the list is there before NxVET has answered.
//! It lies with the local data, because the cache may vanish and the clinic must not.

use super::consultations::{owned, text};
use super::migrations::Step;
use super::{Result, Store};
use crate::domain::{Organization, OrganizationId};
use rusqlite::{OptionalExtension as _, Row};

/// The first level of the local file: one clinic at a time.
pub(super) const LEVEL_1: Step = "
CREATE TABLE organization (
    slot INTEGER PRIMARY KEY CHECK (slot = 1),
    id   TEXT NOT NULL,
    name TEXT NOT NULL
);
";

impl Store {
    pub fn save_organization(&mut self, organization: &Organization) -> Result<()> {
        self.with_local(|local| {
            local
                .execute(
                    "INSERT OR REPLACE INTO organization (slot, id, name) VALUES (1, ?, ?)",
                    [organization.id.as_str(), organization.name.as_str()],
                )
                .map(drop)
        })
    }

    /// The clinic of the last sign-in.
    pub fn last_organization(&mut self) -> Result<Option<Organization>> {
        self.with_local(|local| {
            let found = local.query_row("SELECT id, name FROM organization WHERE slot = 1", [], |row| Ok(read(row)));
            Ok(found.optional()?.flatten())
        })
    }
}

fn read(row: &Row<'_>) -> Option<Organization> {
    Some(Organization { id: OrganizationId::new(text(row, 0)?), name: owned(row, 1)? })
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn the_last_clinic_is_remembered() {
        let home = tempfile::tempdir().expect("a folder");
        assert_eq!(samples::open(home.path()).last_organization(), Ok(None));
        for name in ["Sun Vets", "Hillside 小"] {
            let clinic = Organization { id: samples::clinic(), name: name.to_owned() };
            samples::open(home.path()).save_organization(&clinic).expect("saved");
            assert_eq!(samples::open(home.path()).last_organization(), Ok(Some(clinic)));
        }
    }
}
