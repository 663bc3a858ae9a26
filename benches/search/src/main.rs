//! The product's search beside its peers, on 100,000 consultations of about 5 kB: CPU per keystroke with the sentences
//! of 12 rows, size and building of the index. Prints the tables of `benches/RESULTS.md`.
//! The store is the product's own source, encrypted as it ships.

#![allow(dead_code)]

#[path = "../../../src/domain/mod.rs"]
pub mod domain;
#[path = "../../../src/store/mod.rs"]
pub mod store;

mod corpus;
mod ours;
mod peers;
mod questions;
mod timing;

use corpus::Corpus;
use questions::Questions;
use std::path::PathBuf;

/// Rows asked for with every keystroke.
const ROWS: usize = 12;

fn main() {
    let mut args = std::env::args().skip(1);
    let docs = args.next().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let data = args.next().unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/consultations").to_owned());
    let only = args.next().unwrap_or_default();
    let work = std::env::var_os("SEARCH_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let corpus = Corpus::new(&data, docs);
    println!(
        "{docs} consultations, {:.0} MB of text, {:.1} kB each, {} different words\n",
        corpus.megabytes(),
        corpus.megabytes() * 1000.0 / docs as f64,
        corpus.words()
    );
    let questions = Questions::new(&corpus);
    println!("| search | text | built, ms CPU a document | index / text | {} |", questions.heads());
    println!("|---|---|---|---|{}", "---|".repeat(questions.classes.len()));
    let wants = |name: &str| only.is_empty() || only.split(',').any(|wanted| wanted == name);
    if wants("ours") {
        ours::run(&corpus, &questions, &work);
    }
    if wants("fts5") {
        peers::fts5(&corpus, &questions, &work, "");
    }
    if wants("prefix") {
        peers::fts5(&corpus, &questions, &work, ", prefix = '2 3 4'");
    }
    if wants("tantivy") {
        peers::tantivy(&corpus, &questions, &work);
    }
    if wants("scan") {
        peers::ripgrep(&corpus, &questions, &work);
        peers::python(&corpus, &questions, &work);
    }
}
