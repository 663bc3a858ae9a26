//! What people said about appointments and recordings. It exists nowhere else.

use crate::domain::live::AppointmentId;
use crate::domain::live::pairing::{Decision, Decisions};
use crate::domain::{ConsultationKey, OrganizationId};
use crate::store::consultations::text;
use crate::store::{Result, Store};
use chrono::{DateTime, Utc};
use rusqlite::{Row, params};

/// In the place of the appointment's number, for a recording of a visit that was not booked.
const WALK_IN: &str = "walk-in";
/// What stands before an appointment's number, for nobody came.
const NO_SHOW: &str = "no-show/";

const UPSERT: &str =
    "INSERT OR REPLACE INTO live_decision (organization, subject, other, decided_at) VALUES (?, ?, ?, ?)";

impl Store {
    /// Keeps what was said; another word about the same takes its place. It is on the disk when this returns.
    pub fn save_decision(
        &mut self,
        organization: &OrganizationId,
        decision: &Decision,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let (subject, other) = row_of(decision);
        let organization = organization.as_str();
        self.with_local(|local| {
            let transaction = local.transaction()?;
            let forget = match decision {
                Decision::Pair(id, _) => Some(("subject", format!("{NO_SHOW}{}", id.0))),
                Decision::NoShow(id) => Some(("other", id.0.to_string())),
                Decision::WalkIn(_) => None,
            };
            if let Some((column, value)) = forget {
                let delete = format!("DELETE FROM live_decision WHERE organization = ? AND {column} = ?");
                transaction.execute(&delete, [organization, &value])?;
            }
            transaction.execute(UPSERT, params![organization, subject, other, now.timestamp_micros()])?;
            transaction.commit()
        })
    }

    /// Takes one back; what was said since about the same stays.
    pub fn take_decision_back(&mut self, organization: &OrganizationId, decision: &Decision) -> Result<()> {
        let (subject, other) = row_of(decision);
        self.with_local(|local| {
            let delete = "DELETE FROM live_decision WHERE organization = ? AND subject = ? AND other = ?";
            local.execute(delete, [organization.as_str(), &subject, &other]).map(drop)
        })
    }

    /// All that was said and holds.
    pub fn decisions(&mut self, organization: &OrganizationId) -> Result<Decisions> {
        self.with_local(|local| {
            let mut select = local.prepare_cached("SELECT subject, other FROM live_decision WHERE organization = ?")?;
            let mut rows = select.query([organization.as_str()])?;
            let mut decisions = Decisions::default();
            while let Some(row) = rows.next()? {
                if let Some(decision) = read(row) {
                    decisions.take(&decision);
                }
            }
            Ok(decisions)
        })
    }
}

fn row_of(decision: &Decision) -> (String, String) {
    match decision {
        Decision::Pair(id, key) => (key.as_text(), id.0.to_string()),
        Decision::NoShow(id) => (format!("{NO_SHOW}{}", id.0), String::new()),
        Decision::WalkIn(key) => (key.as_text(), WALK_IN.to_owned()),
    }
}

fn read(row: &Row<'_>) -> Option<Decision> {
    let (subject, other) = (text(row, 0)?, text(row, 1)?);
    if let Some(id) = subject.strip_prefix(NO_SHOW) {
        return id.parse().ok().map(|id| Decision::NoShow(AppointmentId(id)));
    }
    let key = ConsultationKey::from_text(subject)?;
    if other == WALK_IN {
        return Some(Decision::WalkIn(key));
    }
    other.parse().ok().map(|id| Decision::Pair(AppointmentId(id), key))
}
