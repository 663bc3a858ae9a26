//! Power cuts: a flow runs once while everything it does is written down; then the disk is put together as it may
//! have been found after a cut at many moments, and the desk is started on each.

use super::check::{self, After, Seen};
use super::child::{self, Fixture, Job};
use super::disk::Disk;
use super::facts::Ledger;
use super::shim::{Kind, Operation};
use super::{Work, share};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Cuts for each run that was written down.
const CUTS_EACH: usize = 50;

#[derive(Debug, Default)]
pub struct Figures {
    pub cuts: usize,
    /// Promises at the moment of the cut, all cuts together.
    pub promises: usize,
    pub cache_lost: usize,
    pub cache_rebuilt: usize,
    pub slowest_start: Duration,
    /// What must not be, and how to see it again.
    pub violations: Vec<String>,
}

impl Figures {
    pub fn add(&mut self, other: Self) {
        self.cuts += other.cuts;
        self.promises += other.promises;
        self.cache_lost += other.cache_lost;
        self.cache_rebuilt += other.cache_rebuilt;
        self.slowest_start = self.slowest_start.max(other.slowest_start);
        self.violations.extend(other.violations);
    }
}

/// So many cuts, spread over the flows.
pub fn cut(cuts: usize, seed: u64, flows: &[&str]) -> Figures {
    let jobs: Vec<Work<Figures>> = (0..cuts.div_ceil(CUTS_EACH))
        .map(|at| {
            let flow = flows.get(at % flows.len()).copied().unwrap_or("local").to_owned();
            let count = CUTS_EACH.min(cuts - at * CUTS_EACH);
            let work: Work<Figures> = Box::new(move || one_run(&flow, seed + at as u64, count));
            work
        })
        .collect();
    let mut sum = Figures::default();
    for figures in share(jobs) {
        sum.add(figures);
    }
    sum
}

fn one_run(flow: &str, seed: u64, cuts: usize) -> Figures {
    let fixture = Fixture::for_flow(flow);
    let job = Job { logs: true, with_data: true, ..Job::new(flow, seed) };
    let look = |found: &Fixture, ledger: &Ledger| check::check(&found.root(), ledger, After::PowerCut);
    after_each_cut(&fixture, &job, cuts, look)
}

/// Runs the job to its end and then looks at what is there after cuts at so many moments of it.
pub fn after_each_cut(
    fixture: &Fixture,
    job: &Job,
    cuts: usize,
    look: impl Fn(&Fixture, &Ledger) -> Result<Seen, String>,
) -> Figures {
    let (mut disk, mut ledger) = (Disk::with(&fixture.root()), fixture.ledger());
    let status = child::run(fixture, job);
    assert!(status.success(), "{job:?}: {status}");
    let operations = fixture.operations();
    let mut random = fastrand::Rng::with_seed(job.seed);
    let mut moments: Vec<usize> = (0..cuts).map(|_| random.usize(..=operations.len())).collect();
    moments.sort_unstable();
    let (mut figures, mut done) = (Figures::default(), 0);
    for moment in moments {
        hear(operations.get(done..moment).unwrap_or_default(), &mut disk, &mut ledger);
        done = moment;
        let found = put_back(&fixture.root(), disk.after_a_cut(&mut random));
        match look(&found, &ledger) {
            Ok(start) => {
                figures.cuts += 1;
                figures.promises += ledger.promises;
                figures.cache_lost += start.cache_lost;
                figures.cache_rebuilt += start.cache_rebuilt;
                figures.slowest_start = figures.slowest_start.max(start.took);
            }
            Err(words) => {
                let (flow, seed, place) = (&job.flow, job.seed, found.keep());
                let what = format!("{flow}, seed {seed}, cut at {moment}: {words}; see {}", place.display());
                figures.violations.push(what);
            }
        }
    }
    figures
}

fn hear(operations: &[Operation], disk: &mut Disk, ledger: &mut Ledger) {
    for operation in operations {
        match operation.kind {
            Kind::Ack => ledger.hear(&String::from_utf8_lossy(&operation.data)),
            _ => disk.hear(operation),
        }
    }
}

/// Another computer with what was found.
fn put_back(root: &Path, found: BTreeMap<PathBuf, Vec<u8>>) -> Fixture {
    let fixture = Fixture::new();
    let new_root = fixture.root().display().to_string();
    for (path, mut bytes) in found {
        // A note of an unfinished export names a place, which has moved.
        if path.to_string_lossy().contains(".making-") {
            let words = String::from_utf8_lossy(&bytes).replace(&root.display().to_string(), &new_root);
            bytes = words.into_bytes();
        }
        let path = fixture.root().join(path.strip_prefix(root).expect("below the folder"));
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("written");
    }
    fixture
}
