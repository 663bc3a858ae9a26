//! A store as the first version made it: its tables are read from the steps in the sources, its rows are put in by
//! hand. Opening it brings it to the newest level; that is the flow.

use super::check::raw_key;
use super::facts::Speaker;
use super::values::{PAGE, moment};
use rusqlite::Connection;
use std::path::Path;

pub const FLOW: &str = "open";
const CACHE: &str = include_str!("../../src/store/cache_tables.rs");
const LOCAL: &str = include_str!("../../src/store/organization.rs");
const PAGES: u64 = 40;
const NUMBER: u64 = 7;

/// Makes both files and promises what is in them.
pub fn make(folder: &Path, speaker: &mut Speaker) {
    let local = begin(folder, "local.db", LOCAL);
    local.execute_batch("INSERT INTO organization (slot, id, name) VALUES (1, 'org-1', 'Clinic 7')").expect("put in");
    let cache = begin(folder, "cache.db", CACHE);
    cache.execute_batch("BEGIN").expect("begun");
    let row = "INSERT INTO consultation (organization, key, kind, title, started_at, stage, is_gone, has_room)
        VALUES ('org-1', ?, 'consultation', ?, ?, 0, 0, 0)";
    for at in 0..PAGES * PAGE {
        let started = moment().timestamp_micros() + at as i64;
        let key = consult_desk::domain::ConsultationKey::record(format!("r-{at}"));
        cache.execute(row, rusqlite::params![key.as_text(), format!("Room {NUMBER}"), started]).expect("put in");
    }
    cache.execute_batch("COMMIT").expect("committed");
    speaker.tries("organization", NUMBER);
    speaker.keeps("organization", NUMBER);
    for page in 0..PAGES {
        speaker.tries(&format!("page:{page}"), NUMBER);
        speaker.keeps(&format!("page:{page}"), NUMBER);
    }
}

fn begin(folder: &Path, name: &str, source: &str) -> Connection {
    let connection = Connection::open(folder.join(name)).expect("opened");
    connection.pragma_update(None, "key", raw_key()).expect("a key");
    connection.pragma_update(None, "journal_mode", "WAL").expect("set");
    connection.execute_batch(first_level(source)).expect("tables");
    connection.pragma_update(None, "user_version", 1).expect("set");
    connection
}

/// The text of the constant `LEVEL_1`.
fn first_level(source: &str) -> &str {
    let (_, rest) = source.split_once("LEVEL_1: Step = \"").expect("the first level");
    rest.split_once("\";").expect("its end").0
}
