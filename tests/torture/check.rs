//! The next start after a misfortune: everything that was promised is there once, nothing is torn, nothing is left
//! lying about, and the list is there soon.

use super::facts::{Fact, Ledger, Speaker};
use super::values::{DATABASE_KEY, PAGE};
use super::world::{Step, World};
use cpu_time::ThreadTime;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// Longest from the start to the list.
const SOON: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    Kill,
    /// What NxVET can send again may be older than promised, and may have to be fetched anew.
    PowerCut,
}

/// What was seen beside the fact that all is well.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// From the start to the list.
    pub took: Duration,
    /// Promises about the cache that a power cut has taken back.
    pub cache_lost: usize,
    pub cache_rebuilt: usize,
}

/// Starts anew and looks at everything.
pub fn check(root: &Path, ledger: &Ledger, after: After) -> Result<Seen, String> {
    let (began, worked) = (Instant::now(), ThreadTime::now());
    let mut world = World::open(root)?;
    let rows = world.list()?;
    let mut seen = Seen { took: began.elapsed(), ..Seen::default() };
    // Others may be busy on this computer; what it costs is the same for everybody.
    if worked.elapsed() > SOON {
        return Err(format!("the list took {:?}", worked.elapsed()));
    }
    seen.cache_rebuilt = look_at_repairs(&world, after)?;
    let keys: HashSet<_> = rows.iter().map(|row| &row.key).collect();
    if keys.len() != rows.len() || !(rows.len() as u64).is_multiple_of(PAGE) {
        return Err(format!("{} rows, {} of them different", rows.len(), keys.len()));
    }
    world.is_log_unbroken()?;
    for (name, fact) in &ledger.facts {
        seen.cache_lost += usize::from(look_at(&mut world, name, fact, after)?);
    }
    drop(world);
    for file in ["cache.db", "local.db"] {
        is_whole(&World::data(root).join(file))?;
    }
    match left_behind(root).as_slice() {
        [] => Ok(seen),
        left => Err(format!("left behind: {left:?}")),
    }
}

/// After a kill nothing may need repair; after a power cut the cache may.
fn look_at_repairs(world: &World, after: After) -> Result<usize, String> {
    let is_fine = |note: &consult_desk::store::OpenNote| {
        after == After::PowerCut && matches!(note, consult_desk::store::OpenNote::CacheRebuilt { .. })
    };
    match world.notes.iter().find(|note| !is_fine(note)) {
        Some(note) => Err(format!("had to be repaired: {note}")),
        None => Ok(world.notes.len()),
    }
}

/// Whether the cache has lost it.
fn look_at(world: &mut World, name: &str, fact: &Fact, after: After) -> Result<bool, String> {
    let Some(step) = Step::of_fact(name) else { return Ok(false) };
    let found = world.number_of(step)?;
    if fact.allows(found) {
        return Ok(false);
    }
    if after == After::PowerCut && step.is_in_the_cache() && fact.was_ever(found) {
        return Ok(true);
    }
    Err(format!("{name} is {found}, kept was {}, then tried {:?}", fact.kept, fact.tried))
}

/// Opens the file without the product and has every page read.
fn is_whole(path: &Path) -> Result<(), String> {
    let verdict = || -> rusqlite::Result<String> {
        let connection = rusqlite::Connection::open(path)?;
        connection.pragma_update(None, "key", raw_key())?;
        connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))
    };
    match verdict() {
        Ok(words) if words == "ok" => Ok(()),
        other => Err(format!("{}: {other:?}", path.display())),
    }
}

pub fn raw_key() -> String {
    let mut hex = String::new();
    for byte in DATABASE_KEY {
        write!(hex, "{byte:02x}").expect("written");
    }
    format!("x'{hex}'")
}

/// Files that nobody will ever want again.
pub fn left_behind(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if is_left_behind(&entry.file_name().to_string_lossy()) {
                found.push(path.strip_prefix(root).unwrap_or(&path).display().to_string());
            }
        }
    }
    found
}

fn is_left_behind(name: &str) -> bool {
    let is_ours = [".consult-desk-", ".leaving-", ".making-"].iter().any(|lead| name.starts_with(lead));
    is_ours || name.ends_with(".unreadable")
}

/// What is there now has to stay: what was tried without a promise counts as kept once it was seen.
pub fn settle(root: &Path, ledger: &Ledger, speaker: &mut Speaker) {
    let Ok(mut world) = World::open(root) else { return };
    for (name, fact) in ledger.facts.iter().filter(|(_, fact)| !fact.tried.is_empty()) {
        let found = Step::of_fact(name).and_then(|step| world.number_of(step).ok());
        speaker.keeps(name, found.unwrap_or(fact.kept));
    }
}
