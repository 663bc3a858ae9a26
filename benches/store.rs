//! What encryption costs: a store of 100,000 consultations, opened and read by the program's own store, and single
//! operations on the same tables encrypted and plain, in turns, by the same statements.
//!
//!     cargo bench --bench store
//!
//! The plain copy exists for this comparison alone; the program refuses to open one.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement prints, and stops when it cannot measure")]

#[expect(dead_code, reason = "each measurement uses some of it")]
mod common;

use common::{measure, ms, notes, now, percentile, records};
use consult_desk::domain::OrganizationId;
use consult_desk::store::{DatabaseKey, RecordingsKey, SealingKey, Store, StoreKeys};
use rusqlite::Connection;
use std::path::Path;
use std::time::{Duration, Instant};

const RECORDS: usize = 100_000;
const WITH_NOTES: usize = 2_000;
const ROUNDS: usize = 5;
const KEY: [u8; 32] = [7; 32];

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    fill(folder.path());
    read_everything(folder.path());
    let plain = folder.path().join("plain.db");
    copy_plain(folder.path(), &plain);
    compare(&folder.path().join("cache.db"), &plain);
}

fn keys() -> StoreKeys {
    let (database, recordings, sealing) = (DatabaseKey::new(KEY), RecordingsKey::new(KEY), SealingKey::new(KEY));
    StoreKeys { database, recordings, sealing }
}

fn clinic() -> OrganizationId {
    OrganizationId::new("clinic")
}

fn fill(folder: &Path) {
    let (mut store, _) = Store::open(folder, &keys(), now()).expect("a store");
    let rows = records(RECORDS);
    for page in rows.chunks(1_000) {
        store.save_consultations(&clinic(), page).expect("stored");
    }
    let note = notes(900);
    for page in rows.iter().take(WITH_NOTES).collect::<Vec<_>>().chunks(100) {
        let batch: Vec<_> = page.iter().map(|row| (row.key.clone(), note.clone(), now())).collect();
        store.save_notes_batch(&batch).expect("stored");
    }
}

fn read_everything(folder: &Path) {
    let (mut opened, mut read, mut walls) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let (opening, (mut store, _)) = measure(|| Store::open(folder, &keys(), now()).expect("a store"));
        let (reading, rows) = measure(|| store.load_consultations(&clinic()).expect("rows"));
        walls.push(began.elapsed());
        assert_eq!(rows.len(), RECORDS);
        opened.push(opening);
        read.push(reading);
    }
    println!(
        "a store of {RECORDS} consultations: opened in {}, all rows read in {} (CPU); both together {} by the clock",
        ms(percentile(&mut opened, 0.5)),
        ms(percentile(&mut read, 0.5)),
        ms(percentile(&mut walls, 0.5)),
    );
}

fn connect(path: &Path, is_encrypted: bool) -> Connection {
    let connection = Connection::open(path).expect("a database");
    if is_encrypted {
        let hex = "07".repeat(KEY.len());
        connection.execute_batch(&format!("PRAGMA key = \"x'{hex}'\"")).expect("the key");
    }
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -2000").ok();
    connection
}

fn copy_plain(folder: &Path, plain: &Path) {
    let cache = connect(&folder.join("cache.db"), true);
    let attach = format!("ATTACH DATABASE '{}' AS plain KEY ''", plain.display());
    cache.execute_batch(&attach).expect("attached");
    let export = "CREATE TABLE plain.consultation AS SELECT * FROM main.consultation;
        CREATE UNIQUE INDEX plain.by_key ON consultation (organization, key);
        CREATE TABLE plain.note AS SELECT * FROM main.note; CREATE INDEX plain.note_by_key ON note (key);
        CREATE TABLE main.bench_consultation AS SELECT * FROM main.consultation;
        CREATE UNIQUE INDEX main.bench_by_key ON bench_consultation (organization, key);
        CREATE TABLE main.bench_note AS SELECT * FROM main.note;
        CREATE INDEX main.bench_note_by_key ON bench_note (key);
        ALTER TABLE plain.consultation RENAME TO bench_consultation;
        ALTER TABLE plain.note RENAME TO bench_note;
        DETACH plain";
    cache.execute_batch(export).expect("copied");
}

type Operation = (&'static str, u32, fn(&Connection, u32));

const OPERATIONS: [Operation; 4] = [
    ("all rows of the list", 1, every_row),
    ("one row by its key", 2_000, one_row),
    ("the notes of one consultation", 2_000, one_note),
    ("100 rows in one transaction", 20, write_rows),
];

fn compare(encrypted: &Path, plain: &Path) {
    println!("\n| operation, CPU each | plain | encrypted | ratio |\n|---|---|---|---|");
    for (name, times, work) in OPERATIONS {
        let mut figures = [Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            for (is_encrypted, path) in [(false, plain), (true, encrypted)] {
                let connection = connect(path, is_encrypted);
                let (spent, ()) = measure(|| work(&connection, times));
                figures.get_mut(usize::from(is_encrypted)).expect("two").push(spent / times);
            }
        }
        let [plain, encrypted] = figures.map(|mut figures| percentile(&mut figures, 0.5));
        let ratio = encrypted.as_secs_f64() / plain.as_secs_f64();
        println!("| {name} | {} | {} | {ratio:.2} |", short(plain), short(encrypted));
    }
}

fn short(duration: Duration) -> String {
    let micros = duration.as_secs_f64() * 1e6;
    if micros < 1_000.0 { format!("{micros:.1} µs") } else { format!("{:.2} ms", micros / 1e3) }
}

fn every_row(connection: &Connection, _: u32) {
    let mut select = connection.prepare("SELECT * FROM bench_consultation").expect("a question");
    let mut rows = select.query([]).expect("rows");
    let mut count = 0;
    while let Some(row) = rows.next().expect("a row") {
        count += usize::from(row.get_ref(2).is_ok());
    }
    assert!(count >= RECORDS);
}

/// Keys far from each other, so that hardly any page is at hand already.
fn one_row(connection: &Connection, times: u32) {
    let mut select = connection.prepare("SELECT * FROM bench_consultation WHERE organization = 'clinic' AND key = ?");
    let select = select.as_mut().expect("a question");
    for time in 0..times {
        let key = format!("record/0190cccc-3333-7000-8000-{:012}", u64::from(time) * 7_919 % RECORDS as u64);
        select.query_row([key], |row| row.get::<_, String>(2)).expect("a row");
    }
}

fn one_note(connection: &Connection, times: u32) {
    let mut select = connection.prepare("SELECT text FROM bench_note WHERE key = ?").expect("a question");
    for time in 0..times {
        let key = format!("record/0190cccc-3333-7000-8000-{:012}", u64::from(time) * 7_919 % WITH_NOTES as u64);
        let mut rows = select.query([key]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            assert!(row.get_ref(0).is_ok());
        }
    }
}

fn write_rows(connection: &Connection, times: u32) {
    for _ in 0..times {
        connection.execute_batch("BEGIN").expect("begun");
        for index in 0..100 {
            let key = format!("record/new-{index:032}-{}", fastrand::u64(..));
            let insert = "INSERT INTO bench_consultation (organization, key, kind, title, started_at, stage, is_gone,
                has_room) VALUES ('clinic', ?, 'consultation', 'Consultation - Room 1', 1, 4, 0, 0)";
            connection.prepare_cached(insert).expect("a statement").execute([key]).expect("stored");
        }
        connection.execute_batch("COMMIT").expect("stored");
    }
}
