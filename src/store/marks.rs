//! What staff noted about consultations: local data, which exists nowhere else and waits for the disk.
//! What was never marked has no row.

use super::consultations::{moment, owned, text};
use super::migrations::Step;
use super::{Result, Store};
use crate::domain::{ConsultationKey, Marked, Marks, OrganizationId};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, params};

/// Moments are microseconds since 1970; a mark that is not set is NULL.
pub(super) const LEVEL_2: Step = "
CREATE TABLE mark (
    organization TEXT NOT NULL,
    key          TEXT NOT NULL,
    reviewed     INTEGER,
    copied       INTEGER,
    follow_up    INTEGER,
    remark       TEXT NOT NULL,
    PRIMARY KEY (organization, key)
) WITHOUT ROWID;
";

const SELECT: &str = "SELECT key, reviewed, copied, follow_up, remark FROM mark WHERE organization = ?";
const UPSERT: &str = "INSERT OR REPLACE INTO mark (organization, key, reviewed, copied, follow_up, remark)
    VALUES (?, ?, ?, ?, ?, ?)";

impl Store {
    /// Replaces what is noted about one consultation. It is on the disk when this returns.
    pub fn save_marks(&mut self, organization: &OrganizationId, marked: &Marked) -> Result<()> {
        self.with_local(|local| write(local, organization, marked))
    }

    /// Every mark of a clinic, in no order. A row that cannot be read is left out.
    pub fn load_marks(&mut self, organization: &OrganizationId) -> Result<Vec<Marked>> {
        self.with_local(|local| {
            let mut select = local.prepare_cached(SELECT)?;
            let mut rows = select.query([organization.as_str()])?;
            let mut all = Vec::new();
            while let Some(row) = rows.next()? {
                all.extend(read(row));
            }
            Ok(all)
        })
    }
}

fn write(local: &Connection, organization: &OrganizationId, marked: &Marked) -> rusqlite::Result<()> {
    let (key, marks) = (marked.key.as_text(), &marked.marks);
    if marks.is_empty() {
        let mut delete = local.prepare_cached("DELETE FROM mark WHERE organization = ? AND key = ?")?;
        return delete.execute([organization.as_str(), &key]).map(drop);
    }
    let at = |moment: Option<DateTime<Utc>>| moment.map(|moment| moment.timestamp_micros());
    let (reviewed, copied, follow_up) = (at(marks.reviewed), at(marks.copied), at(marks.follow_up));
    let mut upsert = local.prepare_cached(UPSERT)?;
    upsert.execute(params![organization.as_str(), key, reviewed, copied, follow_up, marks.remark]).map(drop)
}

fn read(row: &Row<'_>) -> Option<Marked> {
    let key = ConsultationKey::from_text(text(row, 0)?)?;
    let (reviewed, copied, follow_up) = (moment(row, 1), moment(row, 2), moment(row, 3));
    let marks = Marks { reviewed, copied, follow_up, remark: owned(row, 4)? };
    Some(Marked { key, marks })
}

#[cfg(test)]
mod tests {
    use super::super::samples::{self, clinic, now};
    use super::*;
    use chrono::TimeDelta;

    fn marked(id: &str, marks: Marks) -> Marked {
        Marked { key: ConsultationKey::record(id), marks }
    }

    fn full() -> Marks {
        Marks {
            reviewed: Some(now()),
            copied: Some(now() + TimeDelta::microseconds(1_234_567)),
            follow_up: Some(now() - TimeDelta::days(400)),
            remark: "Ring the owner\nabout 小花's \"diet\"".to_owned(),
        }
    }

    #[test]
    fn every_mark_comes_back() {
        let home = tempfile::tempdir().expect("a folder");
        let conversation = Marked { key: samples::conversation("c/1", 0).key, marks: full() };
        let all =
            [marked("r-1", full()), marked("r-2", Marks { copied: Some(now()), ..Marks::default() }), conversation];
        let mut store = samples::open(home.path());
        for marked in &all {
            store.save_marks(&clinic(), marked).expect("saved");
        }
        drop(store);
        let mut loaded = samples::open(home.path()).load_marks(&clinic()).expect("loaded");
        loaded.sort_by(|a, b| b.key.as_text().len().cmp(&a.key.as_text().len()).then(a.key.cmp(&b.key)));
        assert_eq!(loaded.len(), 3);
        assert!(all.iter().all(|marked| loaded.contains(marked)), "{loaded:?}");
    }

    #[test]
    fn the_last_word_holds_and_nothing_noted_is_no_row() {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = samples::open(home.path());
        store.save_marks(&clinic(), &marked("r-1", full())).expect("saved");
        let less = marked("r-1", Marks { follow_up: None, ..full() });
        store.save_marks(&clinic(), &less).expect("saved");
        assert_eq!(store.load_marks(&clinic()), Ok(vec![less]));
        store.save_marks(&clinic(), &marked("r-1", Marks::default())).expect("saved");
        store.save_marks(&clinic(), &marked("never", Marks::default())).expect("saved");
        assert_eq!(store.load_marks(&clinic()), Ok(vec![]));
    }

    #[test]
    fn clinics_keep_their_own() {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = samples::open(home.path());
        store.save_marks(&clinic(), &marked("r-1", full())).expect("saved");
        assert_eq!(store.load_marks(&OrganizationId::new("org-2")), Ok(vec![]));
    }

    #[test]
    fn a_row_that_cannot_be_read_is_left_out() {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = samples::open(home.path());
        for id in ["r-1", "r-2", "r-3"] {
            store.save_marks(&clinic(), &marked(id, full())).expect("saved");
        }
        let ruin = "UPDATE mark SET remark = CAST(x'ff00fe' AS TEXT) WHERE key = 'record/r-1';
                    UPDATE mark SET key = 'nonsense' WHERE key = 'record/r-2';";
        store.with_local(|local| local.execute_batch(ruin)).expect("broken on purpose");
        assert_eq!(store.load_marks(&clinic()), Ok(vec![marked("r-3", full())]));
    }
}
