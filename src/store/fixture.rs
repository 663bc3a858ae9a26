//! A store as each release first wrote it, kept with the sources: later versions must open it with everything in it.
//! Compiled for tests only. To write one for a new release, run the ignored test with the folder in
//! `CONSULT_DESK_FIXTURE`, on a version whose steps are final.

use super::samples::{self, now};
use super::vault_file::PinCost;
use super::{Deed, Store, StoreKeys, Vault};
use crate::domain::{AuditAction, ConsultationKey, Marked, Marks, Organization};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, fs};

/// Nothing in a fixture is secret.
const SECRET: [u8; 32] = [0x17; 32];
const COUNTS: &str = "counts.json";
const QUICK: PinCost = PinCost { memory_kib: 32, passes: 1, lanes: 1 };

type Counts = BTreeMap<String, i64>;

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<_> = entries.filter(|path| path.join(COUNTS).is_file()).collect();
    found.sort_unstable();
    found
}

/// Rows in every table that holds something of its own; the insides of the search index are its own business.
fn counts(store: &mut Store) -> Counts {
    let count = |connection: &mut rusqlite::Connection| {
        let names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
                     AND name NOT LIKE 'search_%' AND name <> 'audit_end'";
        let names: Vec<String> =
            connection.prepare(names)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let rows = |name: &String| {
            connection.query_row(&format!("SELECT count(*) FROM \"{name}\""), [], |row| row.get::<_, i64>(0))
        };
        names.iter().map(|name| Ok((name.clone(), rows(name)?))).collect::<rusqlite::Result<Counts>>()
    };
    let mut all = store.with_cache(count).expect("counted");
    all.extend(store.with_local(count).expect("counted"));
    all
}

fn fill(store: &mut Store) {
    let list: Vec<_> = (0..30).map(|n| Arc::new(samples::full(&format!("r-{n}"), n))).collect();
    store.save_consultations(&samples::clinic(), &list).expect("saved");
    store.save_consultations(&samples::clinic(), &[Arc::new(samples::conversation("c-1", 3))]).expect("saved");
    for consultation in list.iter().take(5) {
        store.save_notes(&consultation.key, &samples::notes(), now()).expect("saved");
    }
    store.save_organization(&Organization { id: samples::clinic(), name: "Sample Vets".to_owned() }).expect("saved");
    for n in 0..4 {
        let marks = Marks { reviewed: Some(now()), remark: format!("remark {n}"), ..Marks::default() };
        let marked = Marked { key: ConsultationKey::record(format!("r-{n}")), marks };
        store.save_marks(&samples::clinic(), &marked).expect("saved");
    }
    let deeds: Vec<_> = [AuditAction::SignedIn, AuditAction::Viewed, AuditAction::Locked]
        .map(|action| Deed { at: now(), action, key: None })
        .into();
    store.append_audit(&deeds).expect("noted");
}

#[test]
#[ignore = "writes a fixture; done once for a release"]
fn write_a_fixture() {
    let folder = PathBuf::from(env::var_os("CONSULT_DESK_FIXTURE").expect("CONSULT_DESK_FIXTURE names a folder"));
    fs::create_dir_all(&folder).expect("made");
    let keys = StoreKeys::random().expect("keys");
    let vault = Vault::new(&folder).with_cost(QUICK);
    vault.seal(&keys, Some(&SECRET), Some("2580"), now()).expect("sealed");
    let (mut store, _) = Store::open(&folder, &keys, now()).expect("opened");
    fill(&mut store);
    let counts = serde_json::to_string_pretty(&counts(&mut store)).expect("text");
    drop(store);
    fs::write(folder.join(COUNTS), counts).expect("written");
}

#[test]
fn every_kept_fixture_opens_with_everything_in_it() {
    for fixture in fixtures() {
        let home = tempfile::tempdir().expect("a folder");
        for entry in fs::read_dir(&fixture).expect("listed").flatten().filter(|entry| entry.path().is_file()) {
            fs::copy(entry.path(), home.path().join(entry.file_name())).expect("copied");
        }
        let keys = Vault::new(home.path()).open_with_pin(Some(&SECRET), "2580", now()).expect("opens");
        let (mut store, notes) = Store::open(home.path(), &keys, now()).expect("opens");
        assert_eq!(notes, [], "{}", fixture.display());
        let kept: Counts = serde_json::from_slice(&fs::read(fixture.join(COUNTS)).expect("read")).expect("counts");
        let found = counts(&mut store);
        for (table, rows) in kept {
            assert_eq!(found.get(&table), Some(&rows), "{table} in {}", fixture.display());
        }
        assert_eq!(store.load_consultations(&samples::clinic()).expect("loads").len(), 31);
        assert!(store.load_notes(&ConsultationKey::record("r-0")).expect("loads").is_some());
        assert_eq!(store.load_marks(&samples::clinic()).expect("loads").len(), 4);
    }
}
