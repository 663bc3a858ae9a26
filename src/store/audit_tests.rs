//! The log under tampering, damage and truncation: whatever was changed, the check names the entry.

use super::super::samples::{self, now};
use super::*;
use crate::store::OpenNote;
use chrono::TimeDelta;
use proptest::prelude::*;
use std::path::Path;

const COUNT: i64 = 12;

fn deed(minute: i64, action: AuditAction) -> Deed {
    let key = (minute % 3 != 0).then(|| ConsultationKey::record(format!("r-{minute}")));
    Deed { at: now() + TimeDelta::minutes(minute), action, key }
}

fn deeds() -> Vec<Deed> {
    (0..COUNT).zip(AuditAction::ALL.into_iter().cycle()).map(|(minute, action)| deed(minute, action)).collect()
}

/// A log of [`COUNT`] entries, written in pieces.
fn filled(folder: &Path) -> Store {
    let mut store = samples::open(folder);
    for piece in deeds().chunks(5) {
        store.append_audit(piece).expect("appended");
    }
    store
}

/// Does to the log what only somebody with the key could.
fn tamper(store: &mut Store, sql: &str) {
    let without_guard = format!(
        "DROP TRIGGER IF EXISTS audit_is_never_changed; DROP TRIGGER IF EXISTS audit_is_never_shortened;
         DROP TRIGGER IF EXISTS audit_is_never_replaced; {sql}"
    );
    store.with_local(|local| local.execute_batch(&without_guard)).expect("tampered");
}

fn verdict(store: &mut Store) -> AuditCheck {
    store.check_audit(&Checked::default()).expect("checked").0
}

#[test]
fn the_log_comes_back_newest_first_and_in_pages() {
    let home = tempfile::tempdir().expect("a folder");
    drop(filled(home.path()));
    let mut store = samples::open(home.path());
    let all = store.audit_page(None, 100).expect("read");
    let told: Vec<_> = all.iter().rev().map(|e| Deed { at: e.at, action: e.action, key: e.key.clone() }).collect();
    assert_eq!(told, deeds());
    let numbers = |entries: &[AuditEntry]| entries.iter().map(|entry| entry.number).collect::<Vec<_>>();
    assert_eq!(numbers(&store.audit_page(None, 3).expect("read")), [12, 11, 10]);
    assert_eq!(numbers(&store.audit_page(Some(10), 3).expect("read")), [9, 8, 7]);
    assert!(store.audit_page(Some(1), 3).expect("read").is_empty());
    assert_eq!(verdict(&mut store), AuditCheck::Unbroken);
}

#[test]
fn an_empty_log_is_unbroken() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = samples::open(home.path());
    assert_eq!(verdict(&mut store), AuditCheck::Unbroken);
    store.append_audit(&[]).expect("nothing to add");
    assert_eq!(verdict(&mut store), AuditCheck::Unbroken);
}

#[test]
fn rows_are_neither_changed_nor_removed_nor_replaced() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = filled(home.path());
    for sql in [
        "UPDATE audit SET action = 'viewed' WHERE number = 3",
        "DELETE FROM audit WHERE number = 12",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit SELECT number, at, 'viewed', key, digest FROM audit WHERE number = 12",
        "REPLACE INTO audit VALUES (4, 0, 'viewed', NULL, '')",
    ] {
        store.with_local(|local| local.execute_batch(sql)).expect_err(sql);
    }
    assert_eq!(verdict(&mut store), AuditCheck::Unbroken);
}

#[test]
fn any_changed_byte_of_any_row_is_named() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = filled(home.path());
    for number in 1..=COUNT {
        for column in ["at", "action", "key", "digest"] {
            let sql = format!("SELECT CAST({column} AS BLOB) FROM audit WHERE number = {number}");
            let bytes: Option<Vec<u8>> =
                store.with_local(|local| local.query_row(&sql, [], |row| row.get(0))).expect("read");
            let length = bytes.as_ref().map_or(1, Vec::len);
            for at in 0..length {
                tamper(&mut store, &format!("SAVEPOINT before; {}", change(column, number, bytes.as_deref(), at)));
                let expected = AuditCheck::BrokenAt(number.unsigned_abs());
                assert_eq!(verdict(&mut store), expected, "{column} of {number} at byte {at}");
                tamper(&mut store, "ROLLBACK TO before; RELEASE before;");
            }
        }
    }
    assert_eq!(verdict(&mut store), AuditCheck::Unbroken, "everything was put back");
}

/// Changes one byte of what a column reads as; a missing value becomes one.
fn change(column: &str, number: i64, bytes: Option<&[u8]>, at: usize) -> String {
    let mut bytes = bytes.map_or_else(|| b"x".to_vec(), <[u8]>::to_vec);
    // Another sign of the same kind: a digit stays a digit, so that a number stays one.
    if let Some(byte) = bytes.get_mut(at) {
        *byte = match *byte {
            b'9' => b'1',
            b'0'..=b'8' => *byte + 1,
            other => other ^ 0x01,
        };
    }
    let value = match column {
        "at" => String::from_utf8_lossy(&bytes).into_owned(),
        _ => format!("CAST(x'{}' AS TEXT)", hex(&bytes)),
    };
    format!("UPDATE audit SET {column} = {value} WHERE number = {number};")
}

#[test]
fn entries_that_are_missing_moved_or_added_are_named() {
    for (sql, broken) in [
        ("DELETE FROM audit WHERE number = 1", 1),
        ("DELETE FROM audit WHERE number = 7", 7),
        ("DELETE FROM audit WHERE number = 12", 12),
        ("DELETE FROM audit WHERE number > 4", 5),
        ("DELETE FROM audit", 1),
        ("UPDATE audit SET number = 99 WHERE number = 12", 12),
        ("UPDATE audit SET number = -5 WHERE number = 6", 1),
        ("UPDATE audit SET key = NULL WHERE number = 5", 5),
        ("INSERT INTO audit SELECT 13, at, action, key, digest FROM audit WHERE number = 12", 13),
        ("DELETE FROM audit_end", 13),
        ("UPDATE audit_end SET number = 11", 13),
        ("UPDATE audit_end SET digest = 'other'", 13),
    ] {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = filled(home.path());
        tamper(&mut store, sql);
        assert_eq!(verdict(&mut store), AuditCheck::BrokenAt(broken), "{sql}");
    }
}

#[test]
fn a_broken_log_goes_on_and_stays_broken() {
    for (sql, broken) in [("DELETE FROM audit WHERE number > 9", 10), ("UPDATE audit_end SET number = 3", 13)] {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = filled(home.path());
        tamper(&mut store, sql);
        store.append_audit(&deeds()).expect("what happens is noted all the same");
        assert_eq!(verdict(&mut store), AuditCheck::BrokenAt(broken), "{sql}");
        let newest = store.audit_page(None, 1).expect("read");
        assert!(newest.first().is_some_and(|entry| entry.number > 20), "{newest:?}");
    }
}

#[test]
fn a_check_goes_on_where_the_last_one_ended() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = filled(home.path());
    let (first, checked) = store.check_audit(&Checked::default()).expect("checked");
    store.append_audit(&deeds()).expect("appended");
    let (second, further) = store.check_audit(&checked).expect("checked");
    assert_eq!((first, second, further.number), (AuditCheck::Unbroken, AuditCheck::Unbroken, 2 * COUNT));
    tamper(&mut store, "UPDATE audit SET action = 'viewed' WHERE number = 20");
    assert_eq!(store.check_audit(&checked).expect("checked").0, AuditCheck::BrokenAt(20));
    tamper(&mut store, "UPDATE audit SET digest = 'other' WHERE number = 12");
    assert_eq!(store.check_audit(&checked).expect("checked").0, AuditCheck::BrokenAt(12));
}

#[test]
fn after_a_salvage_without_its_end_the_log_owns_up() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = samples::open(home.path());
    store.with_local(|local| forget_end(local)).expect("forgotten");
    assert_eq!(verdict(&mut store), AuditCheck::BrokenAt(1), "nothing came over");
    store.append_audit(&deeds()).expect("appended");
    assert_eq!(verdict(&mut store), AuditCheck::BrokenAt(1));
    let home = tempfile::tempdir().expect("a folder");
    let mut store = filled(home.path());
    // What is left after a damage that took the end: the first entries.
    tamper(&mut store, "DELETE FROM audit WHERE number > 8");
    store.with_local(|local| forget_end(local)).expect("forgotten");
    assert_eq!(verdict(&mut store), AuditCheck::BrokenAt(9));
    store.append_audit(&deeds()).expect("appended");
    assert_eq!(verdict(&mut store), AuditCheck::BrokenAt(9));
    assert_eq!(store.audit_page(None, 1).expect("read").first().map(|entry| entry.number), Some(9 + 12));
}

#[test]
fn a_salvage_that_saves_everything_leaves_the_log_unbroken() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = filled(home.path());
    tamper(&mut store, "ALTER TABLE organization RENAME TO lost");
    drop(store);
    let (mut store, notes) = Store::open(home.path(), &samples::keys(), now()).expect("opened");
    assert!(matches!(notes.as_slice(), [OpenNote::LocalRebuilt { salvaged: 12, .. }]), "{notes:?}");
    assert_eq!(verdict(&mut store), AuditCheck::Unbroken);
    store.with_local(|local| local.execute_batch("DELETE FROM audit")).expect_err("guarded as before");
}

#[test]
fn a_salvage_that_loses_entries_shows_which() {
    for (sql, broken) in
        [("DELETE FROM audit WHERE number > 8", 9), ("DROP TABLE audit_end", 13), ("DROP TABLE audit", 1)]
    {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = filled(home.path());
        tamper(&mut store, &format!("{sql}; ALTER TABLE organization RENAME TO lost"));
        drop(store);
        let (mut store, notes) = Store::open(home.path(), &samples::keys(), now()).expect("opened");
        assert_eq!(notes.len(), 1, "{sql}");
        assert_eq!(verdict(&mut store), AuditCheck::BrokenAt(broken), "{sql}");
        store.append_audit(&deeds()).expect("appended");
        assert_eq!(verdict(&mut store), AuditCheck::BrokenAt(broken), "{sql}: never mended by going on");
    }
}

#[test]
fn damage_on_the_disk_is_never_mended_unseen() {
    const MANY: u64 = 600;
    let home = tempfile::tempdir().expect("a folder");
    let mut store = samples::open(home.path());
    let many: Vec<Deed> = deeds().into_iter().cycle().take(MANY as usize).collect();
    store.append_audit(&many).expect("appended");
    drop(store);
    let whole = std::fs::read(home.path().join("local.db")).expect("read");
    let mut broken = 0;
    for page in 0..whole.len() / 4096 {
        let folder = tempfile::tempdir().expect("a folder");
        let mut bytes = whole.clone();
        if let Some(byte) = bytes.get_mut(page * 4096 + 700) {
            *byte ^= 1;
        }
        std::fs::write(folder.path().join("local.db"), bytes).expect("written");
        let (mut store, notes) = Store::open(folder.path(), &samples::keys(), now()).expect("opened");
        assert_eq!(notes.len(), 1, "page {page}: the damage is told");
        let left: Vec<u64> = store.audit_page(None, 10_000).expect("read").iter().rev().map(|e| e.number).collect();
        let missing = (1..=MANY).find(|number| !left.contains(number));
        match (missing, verdict(&mut store)) {
            (None, AuditCheck::Unbroken) => {}
            // Every entry came over, but not the note of how many there were.
            (None, verdict) => assert_eq!(verdict, AuditCheck::BrokenAt(MANY + 1), "page {page}"),
            (Some(first), verdict) => {
                assert_eq!(verdict, AuditCheck::BrokenAt(first), "page {page}");
                broken += 1;
            }
        }
    }
    assert!(broken > 5, "{broken}");
}

#[test]
fn an_export_is_a_table_without_formulas() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = filled(home.path());
    let odd = ["=1+1", "+1", "-1", "@x", "\t=1", "a,\"b\""];
    let deeds = odd.map(|id| Deed { at: now(), action: AuditAction::Viewed, key: Some(ConsultationKey::record(id)) });
    store.append_audit(&deeds).expect("appended");
    let table = store.export_audit().expect("exported");
    let lines: Vec<&str> = table.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 1 + 12 + 6);
    assert_eq!(lines.first().copied(), Some("number,time,action,record,digest"));
    let second = lines.get(2).copied().unwrap_or_default();
    assert!(second.starts_with("2,2026-02-20T14:03:00.000000Z,signed-out,record/r-1,"), "{second}");
    assert!(table.contains("\"record/a,\"\"b\"\"\""), "{table}");
    tamper(&mut store, "UPDATE audit SET key = '=HYPERLINK(\"http://x\")' WHERE number = 2");
    let table = store.export_audit().expect("exported");
    assert!(table.contains("\"'=HYPERLINK(\"\"http://x\"\")\""), "{table}");
}

proptest! {
    #[test]
    fn no_cell_begins_a_formula_and_every_cell_reads_back(text in "[=+\\-@\t\r\n\0\",a-z ]{0,12}") {
        let cell = csv_cell(&text);
        let inner = cell.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let read = inner.map_or_else(|| cell.clone(), |inner| inner.replace("\"\"", "\""));
        prop_assert!(!read.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']));
        prop_assert_eq!(read.strip_prefix('\'').unwrap_or(&read), text.as_str());
        prop_assert!(inner.is_some() || !cell.contains(['"', ',', '\n', '\r']));
    }

    #[test]
    fn no_two_entries_have_the_same_digest(
        a in ("[a-z0-9]{0,3}", 0_i64..4, "[a-z]{0,3}", proptest::option::of("[a-z]{0,3}")),
        b in ("[a-z0-9]{0,3}", 0_i64..4, "[a-z]{0,3}", proptest::option::of("[a-z]{0,3}")),
    ) {
        let digest = |(former, number, action, key): &(String, i64, String, Option<String>)| {
            let key = key.as_ref().map_or(ValueRef::Null, |key| ValueRef::Text(key.as_bytes()));
            digest_of(former, [ValueRef::Integer(*number), ValueRef::Integer(0), ValueRef::Text(action.as_bytes()), key])
        };
        prop_assert_eq!(a == b, digest(&a) == digest(&b));
    }
}
