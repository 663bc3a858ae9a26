//! Which words were ever indexed and about how common they are: what an unfinished word may become.
//! Every word is in it at once; how often it occurs is counted from every eighth bite, which is enough to tell common
//! from rare. A word may outlive its last consultation; it then finds nothing.

use super::document::{Document, Place, WordCounts};
use rusqlite::{Connection, params};

/// Every so many bites are counted.
const SAMPLE: i64 = 8;

/// Takes in the words of newly indexed documents. `bite` counts the bites.
pub(super) fn learn<'a>(
    cache: &Connection,
    documents: impl Iterator<Item = &'a Document>,
    bite: i64,
) -> rusqlite::Result<()> {
    let mut counts = WordCounts::default();
    for document in documents {
        document.count_words(&mut counts);
    }
    if bite % SAMPLE == 0 {
        let mut add = cache.prepare_cached(
            "INSERT INTO search_word (word, count) VALUES (?, ?)
             ON CONFLICT (word) DO UPDATE SET count = count + excluded.count",
        )?;
        for (word, count) in &counts {
            add.execute(params![word, count * SAMPLE])?;
        }
        return Ok(());
    }
    let mut add = cache.prepare_cached("INSERT OR IGNORE INTO search_word (word, count) VALUES (?, ?)")?;
    for (word, count) in &counts {
        add.execute(params![word, count])?;
    }
    Ok(())
}

/// The words of a place that begin so, the most common first, without the place's sign.
pub(super) fn beginning_with(
    cache: &Connection,
    beginning: &str,
    place: Place,
    most: usize,
) -> rusqlite::Result<Vec<(String, i64)>> {
    let sign = place.sign();
    let from = format!("{sign}{beginning}");
    let to = format!("{from}\u{10ffff}");
    let mut select = cache.prepare_cached(
        "SELECT word, count FROM search_word WHERE word >= ? AND word < ? ORDER BY count DESC LIMIT ?",
    )?;
    let strip = |word: String| word.strip_prefix(sign).map_or_else(|| word.clone(), str::to_owned);
    let rows = select.query_map(params![from, to, most as i64], |row| Ok((strip(row.get(0)?), row.get(1)?)))?;
    rows.collect()
}
