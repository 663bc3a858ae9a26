//! The two databases as one: opening, refusing, healing, closing.

use super::super::samples::{self, CANARY, clinic, now};
use super::*;
use crate::domain::{ApiKey, ConsultationKey, Organization};
use crate::store::{SealedKeyFile, wiping};
use std::fs;
use std::sync::Arc;

fn filled(folder: &Path) -> Store {
    let mut store = samples::open(folder);
    let list: Vec<_> = (0..400).map(|n| Arc::new(samples::full(&format!("r-{n}"), n))).collect();
    store.save_consultations(&clinic(), &list).expect("saved");
    for consultation in list.iter().take(40) {
        store.save_notes(&consultation.key, &samples::notes(), now()).expect("saved");
    }
    store.save_organization(&Organization { id: clinic(), name: CANARY.to_owned() }).expect("saved");
    store
}

/// Opens, reads everything, and writes: what "usable" means.
fn use_it(folder: &Path) -> (usize, Vec<OpenNote>) {
    let (mut store, mut notes) = Store::open(folder, &samples::keys(), now()).expect("opens");
    store.check_cache().expect("checked");
    let list = store.load_consultations(&clinic()).expect("loads");
    for consultation in &list {
        store.load_notes(&consultation.key).expect("loads");
    }
    store.notes_keys(&clinic()).expect("told");
    store.save_consultations(&clinic(), &[Arc::new(samples::full("new", 0))]).expect("saves");
    store.save_notes(&ConsultationKey::record("new"), &samples::notes(), now()).expect("saves");
    assert!(store.load_consultations(&clinic()).expect("loads").iter().any(|c| c == &samples::full("new", 0)));
    notes.extend(store.take_notes());
    (list.len(), notes)
}

fn damage(folder: &Path, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
    let path = folder.join(name);
    let mut bytes = fs::read(&path).expect("read");
    change(&mut bytes);
    fs::write(&path, bytes).expect("written");
}

#[test]
fn an_undamaged_store_opens_without_a_word() {
    let home = tempfile::tempdir().expect("a folder");
    drop(filled(home.path()));
    assert_eq!(use_it(home.path()), (400, vec![]));
    assert_eq!(use_it(home.path()), (401, vec![]));
}

#[test]
fn a_ruined_cache_is_moved_aside_and_said_once() {
    type Ruin = fn(&mut Vec<u8>);
    let ruins: [Ruin; 5] = [
        |bytes| *bytes = b"this is no database\n".repeat(500),
        |bytes| bytes.truncate(bytes.len() / 2),
        |bytes| bytes.iter_mut().for_each(|byte| *byte = 0),
        |bytes| bytes.iter_mut().skip(4096).for_each(|byte| *byte ^= 0x5a),
        |bytes| bytes.truncate(10),
    ];
    for (count, ruin) in ruins.into_iter().enumerate() {
        let home = tempfile::tempdir().expect("a folder");
        drop(filled(home.path()));
        damage(home.path(), "cache.db", ruin);
        let ruined = fs::read(home.path().join("cache.db")).expect("read");
        let (rows, notes) = use_it(home.path());
        let aside = home.path().join("cache.db.damaged-20260220T140200Z");
        assert_eq!((rows, notes), (0, vec![OpenNote::CacheRebuilt { aside: aside.clone() }]), "ruin {count}");
        assert!(fs::read(aside).expect("kept") == ruined, "ruin {count}");
        assert_eq!(use_it(home.path()), (1, vec![]), "ruin {count}: said once");
        assert!(samples::open(home.path()).last_organization().expect("read").is_some(), "local data untouched");
    }
}

#[test]
fn a_cache_damaged_anywhere_stays_usable() {
    let home = tempfile::tempdir().expect("a folder");
    drop(filled(home.path()));
    let whole = fs::read(home.path().join("cache.db")).expect("read");
    let mut random = fastrand::Rng::with_seed(20_260_220);
    let pages = (0..whole.len()).step_by(4096).flat_map(|page| [page, page + 5]);
    let anywhere: Vec<usize> = (0..40).map(|_| random.usize(..whole.len())).collect();
    for at in pages.chain(anywhere) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut bytes = whole.clone();
        for byte in bytes.iter_mut().skip(at).take(3) {
            *byte ^= 0xff;
        }
        fs::write(folder.path().join("cache.db"), bytes).expect("written");
        use_it(folder.path());
    }
}

#[test]
fn damage_that_shows_only_later_heals_too() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = filled(home.path());
    store.with_cache(|cache| cache.execute_batch("DROP TABLE note; PRAGMA wal_checkpoint(TRUNCATE)")).expect("ruined");
    drop(store);
    let (rows, notes) = use_it(home.path());
    assert_eq!((rows, notes.len()), (0, 1));
}

fn set_level(folder: &Path, which: DatabaseFile, level: i32) {
    let connection = connection::connect(folder, which, &samples::keys().database).expect("opened");
    connection.pragma_update(None, "user_version", level).expect("set");
}

#[test]
fn a_store_of_a_newer_version_is_left_alone() {
    for which in [DatabaseFile::Cache, DatabaseFile::Local] {
        let home = tempfile::tempdir().expect("a folder");
        drop(filled(home.path()));
        set_level(home.path(), which, 99);
        let read = || ["cache.db", "local.db"].map(|name| fs::read(home.path().join(name)).expect("read"));
        let before = read();
        let error = Store::open(home.path(), &samples::keys(), now()).expect_err("refused");
        assert_eq!(error, StoreError::MadeByNewerVersion { which });
        assert!(read() == before, "byte for byte");
        assert_eq!(fs::read_dir(home.path()).expect("listed").count(), 2, "and nothing beside it");
    }
}

#[test]
fn rows_of_damaged_local_data_are_carried_over() {
    let home = tempfile::tempdir().expect("a folder");
    drop(filled(home.path()));
    // The level is lost, so the file cannot be trusted; its rows still can be read.
    set_level(home.path(), DatabaseFile::Local, 0);
    let (mut store, notes) = Store::open(home.path(), &samples::keys(), now()).expect("opens");
    let aside = home.path().join("local.db.damaged-20260220T140200Z");
    assert_eq!(notes, [OpenNote::LocalRebuilt { aside, salvaged: 1 }]);
    assert_eq!(store.last_organization().expect("read").map(|clinic| clinic.name), Some(CANARY.to_owned()));
}

type RuinAt = fn(&mut Vec<u8>, usize);

/// Every page of the local file flipped, zeroed and cut off: usable each time, and nothing is lost for good.
#[test]
fn local_data_damaged_anywhere_is_rebuilt_with_its_copy() {
    let home = tempfile::tempdir().expect("a folder");
    drop(filled(home.path()));
    samples::open(home.path()).check_cache().expect("looked through");
    let (whole, copy) = (home.path().join("local.db"), heal::copy_of_local(home.path()));
    let (whole, copy) = (fs::read(whole).expect("read"), fs::read(copy).expect("a copy"));
    let ruins: [RuinAt; 3] =
        [|bytes, at| bytes[at + 77] ^= 1, |bytes, at| bytes[at..at + 4096].fill(0), |bytes, at| bytes.truncate(at)];
    for (ruin, page) in ruins.into_iter().flat_map(|ruin| (0..whole.len() / 4096).map(move |page| (ruin, page))) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut bytes = whole.clone();
        ruin(&mut bytes, page * 4096);
        fs::write(folder.path().join("local.db"), bytes).expect("written");
        fs::write(heal::copy_of_local(folder.path()), &copy).expect("written");
        let (mut store, notes) = Store::open(folder.path(), &samples::keys(), now()).expect("opens");
        assert!(matches!(notes.as_slice(), [OpenNote::LocalRebuilt { salvaged: 1.., .. }]), "{page}: {notes:?}");
        let clinic = store.last_organization().expect("read");
        assert_eq!(clinic.map(|clinic| clinic.name), Some(CANARY.to_owned()), "page {page}");
        drop(store);
        samples::open(folder.path());
    }
}

#[test]
fn damage_met_while_working_is_healed_and_said() {
    for which in [DatabaseFile::Cache, DatabaseFile::Local] {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = filled(home.path());
        store.check_cache().expect("whole");
        store.with_cache(|cache| cache.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))).expect("written");
        // The pages in memory are let go of, so that the disk is read.
        for connection in [store.cache.as_ref(), store.local.as_ref()].into_iter().flatten() {
            connection.execute_batch("PRAGMA shrink_memory").expect("emptied");
        }
        damage(home.path(), which.file_name(), |bytes| bytes.iter_mut().skip(4096).for_each(|byte| *byte ^= 1));
        let list = store.load_consultations(&clinic()).expect("usable");
        let organization = store.last_organization().expect("usable");
        let notes = store.take_notes();
        match which {
            DatabaseFile::Cache => {
                assert!(matches!(notes.as_slice(), [OpenNote::CacheRebuilt { .. }]), "{notes:?}");
                assert!(list.is_empty());
            }
            DatabaseFile::Local => {
                assert!(matches!(notes.as_slice(), [OpenNote::LocalRebuilt { .. }]), "{notes:?}");
                assert_eq!(list.len(), 400);
            }
        }
        assert!(organization.is_some());
    }
}

#[test]
fn a_plain_file_is_refused_and_left_alone() {
    let home = tempfile::tempdir().expect("a folder");
    assert!(wiping::install());
    let plain = Connection::open(home.path().join("cache.db")).expect("opened");
    plain.execute_batch("CREATE TABLE consultation(x)").expect("written");
    drop(plain);
    let before = fs::read(home.path().join("cache.db")).expect("read");
    let error = Store::open(home.path(), &samples::keys(), now()).expect_err("refused");
    assert_eq!(error, StoreError::NotEncrypted { which: DatabaseFile::Cache });
    assert!(fs::read(home.path().join("cache.db")).expect("read") == before);
    Store::move_plain_files_aside(home.path(), now()).expect("moved");
    assert_eq!(use_it(home.path()), (0, vec![]));
}

#[test]
fn local_data_that_is_no_database_is_moved_aside() {
    let home = tempfile::tempdir().expect("a folder");
    drop(filled(home.path()));
    damage(home.path(), "local.db", |bytes| bytes.fill(b'x'));
    let (mut store, notes) = Store::open(home.path(), &samples::keys(), now()).expect("opens");
    assert!(matches!(notes.as_slice(), [OpenNote::LocalRebuilt { salvaged: 0, .. }]), "{notes:?}");
    assert_eq!(store.last_organization(), Ok(None));
    assert_eq!(store.load_consultations(&clinic()).expect("loads").len(), 400, "the cache is not concerned");
}

#[test]
fn only_the_newest_damaged_copies_are_kept() {
    let home = tempfile::tempdir().expect("a folder");
    for _ in 0..5 {
        fs::write(home.path().join("cache.db"), "no database".repeat(100)).expect("written");
        let (_store, notes) = Store::open(home.path(), &samples::keys(), now()).expect("opens");
        assert_eq!(notes.len(), 1);
    }
    let copies = fs::read_dir(home.path()).expect("listed").flatten();
    assert_eq!(copies.filter(|e| e.file_name().to_string_lossy().contains("damaged")).count(), 2);
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("listed").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

fn holds_canary(path: &Path) -> bool {
    let bytes = fs::read(path).expect("read");
    bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes())
}

#[test]
fn a_wipe_leaves_nothing_and_the_store_goes_on() {
    let home = tempfile::tempdir().expect("a folder");
    drop(filled(home.path()));
    damage(home.path(), "cache.db", |bytes| bytes.truncate(bytes.len() / 2));
    let (mut store, _) = Store::open(home.path(), &samples::keys(), now()).expect("opens");
    store.save_consultations(&clinic(), &[Arc::new(samples::full("r-1", 0))]).expect("saved");
    let key = ConsultationKey::record("r-1");
    let (mut part, _) = store.recordings().write_part(&key).expect("opened");
    part.write(0, CANARY.as_bytes(), 0).expect("written");
    part.finish(CANARY.len() as u64).expect("finished");
    let api_key = ApiKey::from_pasted(CANARY).expect("a key");
    SealedKeyFile::new(home.path()).save(&samples::keys().sealing, &api_key, "https://app.nx.vet").expect("saved");
    fs::write(home.path().join(".consult-desk-0123456789abcdef.tmp"), CANARY).expect("written");
    assert!(files_below(home.path()).iter().any(|path| holds_canary(path)), "the search finds what is there");
    store.wipe().expect("wiped");
    assert_eq!(files_below(home.path()).into_iter().find(|path| holds_canary(path)), None);
    assert!(!SealedKeyFile::new(home.path()).exists() && store.recordings().finished(&key).is_none());
    assert_eq!(store.last_organization(), Ok(None));
    assert_eq!(store.load_consultations(&clinic()), Ok(vec![]));
    drop(store);
    assert_eq!(use_it(home.path()), (0, vec![]));
}

#[test]
fn a_wipe_that_was_cut_short_is_finished_at_the_next_start() {
    let home = tempfile::tempdir().expect("a folder");
    drop(filled(home.path()));
    let left = [".leaving-0-1", ".consult-desk-0123456789abcdef.tmp"].map(|name| home.path().join(name));
    fs::rename(home.path().join("cache.db"), &left[0]).expect("renamed");
    fs::write(&left[1], CANARY).expect("written");
    assert_eq!(use_it(home.path()), (0, vec![]));
    assert!(left.iter().all(|path| !path.exists()));
}

#[test]
fn removed_text_is_overwritten_at_once() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = samples::open(home.path());
    let key = ConsultationKey::record("r-1");
    store.save_notes(&key, &samples::notes(), now()).expect("saved");
    store.save_notes(&key, &crate::domain::Notes::default(), now()).expect("saved");
    store.with_cache(|cache| cache.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")).expect("written back");
    assert_eq!(files_below(home.path()).into_iter().find(|path| holds_canary(path)), None);
}
