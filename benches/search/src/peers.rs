//! The peers: SQLite's own full-text search, tantivy, ripgrep and Python, each as it is meant to be used.

use crate::ROWS;
use crate::corpus::Corpus;
use crate::questions::{Kind, Questions};
use crate::timing::{self, at, milliseconds};
use cpu_time::{ProcessTime, ThreadTime};
use rusqlite::{Connection, params};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Questions of each class that read all of the text; one is like the other.
const SCANS: usize = 3;

/// Plain FTS5 that keeps the text, once ranked by bm25 and once newest first.
pub fn fts5(corpus: &Corpus, questions: &Questions, work: &Path, prefix: &str) {
    let home = tempfile::tempdir_in(work).expect("a folder");
    let path = home.path().join("plain.db");
    let mut plain = Connection::open(&path).expect("opened");
    plain.pragma_update(None, "journal_mode", "WAL").expect("set");
    plain.pragma_update(None, "synchronous", "NORMAL").expect("set");
    plain
        .execute_batch(&format!(
            "CREATE VIRTUAL TABLE t USING fts5 (body, tokenize = 'unicode61 remove_diacritics 2'{prefix})"
        ))
        .expect("made");
    let start = ThreadTime::now();
    for (page, docs) in corpus.docs.chunks(100).enumerate() {
        let transaction = plain.transaction().expect("begun");
        for (index, doc) in docs.iter().enumerate() {
            transaction
                .prepare_cached("INSERT INTO t (rowid, body) VALUES (?, ?)")
                .and_then(|mut insert| insert.execute(params![(page * 100 + index + 1) as i64, doc.text()]))
                .expect("inserted");
        }
        transaction.commit().expect("committed");
    }
    let built = start.elapsed().as_secs_f64() * 1e3 / corpus.docs.len() as f64;
    plain.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").expect("written back");
    let size: i64 = plain.query_row("SELECT sum(length(block)) FROM t_data", [], |row| row.get(0)).expect("measured");
    let size = size as f64 / 1e6 / corpus.megabytes();
    let name = if prefix.is_empty() { "FTS5" } else { "FTS5, prefix='2 3 4'" };
    for (order, words) in [("rank", "bm25"), ("rowid DESC", "newest")] {
        let sql = format!(
            "SELECT rowid, snippet(t, 0, '[', ']', '…', 24) FROM t WHERE t MATCH ? ORDER BY {order} LIMIT {ROWS}"
        );
        let mut select = plain.prepare(&sql).expect("prepared");
        let cells = timing::cells(questions, |class, text| {
            let expression = match class.kind {
                Kind::Word => format!("\"{text}\""),
                Kind::Phrase => format!("\"{text}\""),
                Kind::Prefix => format!("\"{text}\" *"),
                Kind::Both => {
                    text.split(' ').map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" AND ") + " *"
                }
            };
            let rows = select.query_map([expression], |row| row.get::<_, String>(1)).expect("asked");
            rows.map(|row| row.expect("a row").len()).filter(|len| *len > 0).count()
        });
        println!("| {name}, {words}, plain | {ROWS} rows | {built:.2} | {size:.2} | {cells} |");
    }
}

pub fn tantivy(corpus: &Corpus, questions: &Questions, work: &Path) {
    use tantivy::collector::TopDocs;
    use tantivy::query::{BooleanQuery, Occur, PhrasePrefixQuery, PhraseQuery, Query, TermQuery};
    use tantivy::schema::{IndexRecordOption, STORED, Schema, TEXT, Value as _};
    use tantivy::snippet::SnippetGenerator;
    use tantivy::{Index, TantivyDocument, Term, doc};
    let home = tempfile::tempdir_in(work).expect("a folder");
    let mut schema = Schema::builder();
    let body = schema.add_text_field("body", TEXT | STORED);
    let index = Index::create_in_dir(home.path(), schema.build()).expect("made");
    let start = ProcessTime::now();
    let mut writer = index.writer_with_num_threads(1, 64_000_000).expect("a writer");
    for doc in &corpus.docs {
        writer.add_document(doc!(body => doc.text())).expect("added");
    }
    writer.commit().expect("committed");
    writer.wait_merging_threads().expect("merged");
    let built = start.elapsed().as_secs_f64() * 1e3 / corpus.docs.len() as f64;
    let (mut all, mut stored) = (0, 0);
    for entry in fs::read_dir(home.path()).expect("listed").flatten() {
        let size = entry.metadata().map_or(0, |facts| facts.len());
        all += size;
        stored += if entry.path().extension().is_some_and(|ending| ending == "store") { size } else { 0 };
    }
    let size = (all - stored) as f64 / 1e6 / corpus.megabytes();
    let searcher = index.reader().expect("a reader").searcher();
    let term = |word: &str| Term::from_field_text(body, word);
    let one = |word: &str| -> Box<dyn Query> { Box::new(TermQuery::new(term(word), IndexRecordOption::WithFreqs)) };
    let open = |word: &str| -> Box<dyn Query> { Box::new(PhrasePrefixQuery::new(vec![term(word)])) };
    let cells = timing::cells(questions, |class, text| {
        let query: Box<dyn Query> = match class.kind {
            Kind::Word => one(text),
            Kind::Phrase => {
                Box::new(PhraseQuery::new(text.split(' ').map(|word| term(&word.to_lowercase())).collect()))
            }
            Kind::Prefix => open(text),
            Kind::Both => {
                let (first, second) = text.split_once(' ').expect("two words");
                Box::new(BooleanQuery::new(vec![(Occur::Must, one(first)), (Occur::Must, open(second))]))
            }
        };
        let top = searcher.search(&*query, &TopDocs::with_limit(ROWS).order_by_score()).expect("found");
        let snippets = SnippetGenerator::create(&searcher, &*query, body).expect("a generator");
        top.iter()
            .filter(|(_, address)| {
                let found: TantivyDocument = searcher.doc(*address).expect("read");
                let text =
                    found.get_first(body).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default();
                snippets.snippet(&text).fragment().len() < usize::MAX
            })
            .count()
    });
    println!("| tantivy 0.27, bm25, plain | {ROWS} rows | {built:.2} | {size:.2} | {cells} |");
}

/// One file of all text, a document a line.
fn one_file(corpus: &Corpus, folder: &Path) -> std::path::PathBuf {
    let path = folder.join("all.txt");
    let lines: Vec<String> = corpus.docs.iter().map(|doc| doc.text().replace('\n', " ")).collect();
    fs::write(&path, lines.join("\n")).expect("written");
    path
}

pub fn ripgrep(corpus: &Corpus, questions: &Questions, work: &Path) {
    let home = tempfile::tempdir_in(work).expect("a folder");
    let path = one_file(corpus, home.path());
    let mut cells = Vec::new();
    for class in &questions.classes {
        if class.kind == Kind::Both {
            cells.push("–".to_owned());
            continue;
        }
        let mut times: Vec<Duration> = Vec::new();
        for text in class.texts.iter().take(SCANS) {
            let before = children_cpu();
            let status = Command::new("rg")
                .args(["--fixed-strings", "--ignore-case", "--count", text])
                .arg(&path)
                .stdout(Stdio::null())
                .status();
            if !status.is_ok_and(|status| status.success()) {
                eprintln!("rg found nothing for a {}", class.name);
            }
            times.push(children_cpu().saturating_sub(before));
        }
        times.sort_unstable();
        cells.push(format!("{} / {}", milliseconds(at(&times, 0.5)), milliseconds(at(&times, 1.0))));
    }
    println!("| ripgrep -i, one file, counting | – | – | – | {} |", cells.join(" | "));
}

const PYTHON: &str = "
import sys, time
lines = open(sys.argv[1], encoding='utf-8').read().lower().split('\\n')
for text in sys.argv[2:]:
    start = time.process_time()
    hits = [line for line in lines if text in line]
    print((time.process_time() - start) * 1000)
";

pub fn python(corpus: &Corpus, questions: &Questions, work: &Path) {
    let home = tempfile::tempdir_in(work).expect("a folder");
    let path = one_file(corpus, home.path());
    let mut cells = Vec::new();
    for class in &questions.classes {
        if class.kind == Kind::Both {
            cells.push("–".to_owned());
            continue;
        }
        let texts = class.texts.iter().take(SCANS);
        let answer = Command::new("python3").args(["-c", PYTHON]).arg(&path).args(texts).output().expect("python3");
        let answer = String::from_utf8_lossy(&answer.stdout).into_owned();
        let mut times: Vec<Duration> = answer
            .lines()
            .filter_map(|line| line.parse().ok())
            .map(|ms: f64| Duration::from_secs_f64(ms / 1e3))
            .collect();
        times.sort_unstable();
        cells.push(format!("{} / {}", milliseconds(at(&times, 0.5)), milliseconds(at(&times, 1.0))));
    }
    println!("| Python `in`, all in memory | – | – | – | {} |", cells.join(" | "));
}

/// CPU of the programs that were started and have ended.
fn children_cpu() -> Duration {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: `usage` is writable and large enough; the call fills it.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_CHILDREN, usage.as_mut_ptr());
        usage.assume_init()
    };
    let time = |value: libc::timeval| Duration::from_micros(value.tv_sec as u64 * 1_000_000 + value.tv_usec as u64);
    time(usage.ru_utime) + time(usage.ru_stime)
}
