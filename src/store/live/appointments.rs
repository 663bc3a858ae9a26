//! Appointments as the practice's book last told them. They come by webhook and by asking, in any order and more than
//! once: the later telling holds, and of two of one moment always the same one.

use super::happening::{appointment_from_text, appointment_to_text, booking_rank};
use crate::domain::OrganizationId;
use crate::domain::live::{Appointment, AppointmentId};
use crate::store::consultations::text;
use crate::store::{Result, Store};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, params};

/// A row gives way to a later moment; at the same moment to a higher rank, then to the text that sorts higher.
const UPSERT: &str = "INSERT INTO live_appointment (organization, id, starts_at, updated_at, rank, data)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET starts_at = excluded.starts_at, updated_at = excluded.updated_at, rank = excluded.rank,
        data = excluded.data
    WHERE (excluded.updated_at, excluded.rank, excluded.data) > (updated_at, rank, data)";

impl Store {
    /// Takes in appointments; tells those that changed something.
    pub fn keep_appointments(
        &mut self,
        organization: &OrganizationId,
        appointments: &[Appointment],
    ) -> Result<Vec<AppointmentId>> {
        self.with_local(|local| {
            let transaction = local.transaction()?;
            let mut changed = Vec::new();
            for appointment in appointments {
                if merge(&transaction, organization, appointment)? {
                    changed.push(appointment.id);
                }
            }
            transaction.commit()?;
            Ok(changed)
        })
    }

    /// Those that begin from the first moment on and before the second, by their beginning.
    pub fn appointments_between(
        &mut self,
        organization: &OrganizationId,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<Appointment>> {
        let (from, to) = (from.timestamp_micros(), to.timestamp_micros());
        self.with_local(|local| {
            let mut select = local.prepare_cached(
                "SELECT data FROM live_appointment WHERE organization = ? AND starts_at >= ? AND starts_at < ?
                 ORDER BY starts_at, id",
            )?;
            let mut rows = select.query(params![organization.as_str(), from, to])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.extend(text(row, 0).and_then(appointment_from_text));
            }
            Ok(found)
        })
    }

    pub fn appointment(&mut self, organization: &OrganizationId, id: AppointmentId) -> Result<Option<Appointment>> {
        self.with_local(|local| {
            let select = "SELECT data FROM live_appointment WHERE organization = ? AND id = ?";
            let read = |row: &rusqlite::Row<'_>| Ok(text(row, 0).and_then(appointment_from_text));
            Ok(local.query_row(select, params![organization.as_str(), id.0], read).optional()?.flatten())
        })
    }

    /// Forgets all appointments of a clinic: its book is connected no longer.
    pub fn remove_appointments(&mut self, organization: &OrganizationId) -> Result<()> {
        self.with_local(|local| {
            local.execute("DELETE FROM live_appointment WHERE organization = ?", [organization.as_str()]).map(drop)
        })
    }
}

/// `true` when it told something new.
pub(super) fn merge(
    local: &Connection,
    organization: &OrganizationId,
    appointment: &Appointment,
) -> rusqlite::Result<bool> {
    let starts_at = appointment.starts_at.map(|at| at.timestamp_micros());
    let (updated_at, rank) = (appointment.updated_at.timestamp_micros(), booking_rank(appointment.booking));
    let data = appointment_to_text(appointment);
    let mut upsert = local.prepare_cached(UPSERT)?;
    let values = params![organization.as_str(), appointment.id.0, starts_at, updated_at, rank, data];
    Ok(upsert.execute(values)? > 0)
}
