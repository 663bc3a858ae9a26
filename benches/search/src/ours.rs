//! The product: an encrypted store, filled as sync fills it, indexed in bites, searched through its reader.

use crate::corpus::Corpus;
use crate::domain::{OrganizationId, SearchQuery};
use crate::questions::{Kind, Questions};
use crate::store::{BITE, DatabaseKey, RecordingsKey, Scope, SealingKey, Store, StoreKeys};
use crate::{ROWS, timing};
use chrono::Utc;
use cpu_time::ThreadTime;
use rusqlite::Connection;
use std::path::Path;
use std::time::{Duration, Instant};

pub fn run(corpus: &Corpus, questions: &Questions, work: &Path) {
    let home = tempfile::tempdir_in(work).expect("a folder");
    let keys = StoreKeys {
        database: DatabaseKey::new([1; 32]),
        recordings: RecordingsKey::new([2; 32]),
        sealing: SealingKey::new([3; 32]),
    };
    let (mut store, _) = Store::open(home.path(), &keys, Utc::now()).expect("opened");
    let clinic = OrganizationId::new("0190aaaa-0000-7000-8000-000000000001");
    let start = ThreadTime::now();
    for page in corpus.docs.chunks(100) {
        let rows: Vec<_> = page.iter().map(|doc| doc.row.clone()).collect();
        store.save_consultations(&clinic, &rows).expect("saved");
        let batch: Vec<_> = page.iter().map(|doc| (doc.row.key.clone(), doc.notes(), Utc::now())).collect();
        store.save_notes_batch(&batch).expect("saved");
    }
    let stored = start.elapsed();
    let before = used_bytes(home.path());
    let (built, longest) = index(&mut store);
    let start = ThreadTime::now();
    let mut steps = 0;
    let mut longest_step = Duration::ZERO;
    loop {
        let step = Instant::now();
        if !store.tidy_index().expect("tidied") {
            break;
        }
        longest_step = longest_step.max(step.elapsed());
        steps += 1;
    }
    let tidied = start.elapsed();
    let size = used_bytes(home.path()).saturating_sub(before) as f64 / 1e6 / corpus.megabytes();
    let docs = corpus.docs.len() as f64;
    let each = |time: Duration| time.as_secs_f64() * 1e3 / docs;
    let mut reader = store.search_reader().expect("opened");
    let mut ask = |text: String| {
        let query = SearchQuery { text, ..SearchQuery::default() };
        let scope = Scope { organization: &clinic, earliest: None, most: ROWS, is_outdated: &|| false };
        reader.find(&query, &scope).expect("answered").hits.len()
    };
    let cells = timing::cells(questions, |class, text| match class.kind {
        Kind::Word => ask(format!("{text} ")),
        Kind::Phrase => ask(format!("\"{text}\"")),
        Kind::Prefix | Kind::Both => ask(text.to_owned()),
    });
    println!("| Consult Desk, encrypted | {ROWS} rows | {:.2} | {size:.2} | {cells} |", each(built + tidied));
    eprintln!(
        "storing {:.3} ms a document; indexing {:.3}, longest bite {longest:?}; tidying {:.3} in {steps} steps, longest {longest_step:?}",
        each(stored),
        each(built),
        each(tidied)
    );
    let check = Instant::now();
    store.check_cache().expect("checked");
    eprintln!("checking the whole file {:?}", check.elapsed());
}

fn index(store: &mut Store) -> (Duration, Duration) {
    let start = ThreadTime::now();
    let mut longest = Duration::ZERO;
    loop {
        let bite = Instant::now();
        let left = store.index_waiting(BITE).expect("indexed");
        longest = longest.max(bite.elapsed());
        if left == 0 {
            return (start.elapsed(), longest);
        }
    }
}

/// Bytes of the cache's pages that hold something.
fn used_bytes(folder: &Path) -> u64 {
    let cache = Connection::open(folder.join("cache.db")).expect("opened");
    cache.pragma_update(None, "key", format!("x'{}'", "01".repeat(32))).expect("unlocked");
    let number = |name: &str| cache.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).expect("told");
    // SQLCipher's pages have this size.
    (number("page_count") - number("freelist_count")) as u64 * 4096
}
