//! What a desk's disk goes through: the program is killed at any moment and around everything it does, everything it
//! does fails once, and the power is cut under it. Whatever it has promised is there afterwards.
//! `packaging/torture.sh` runs all of it; the ordinary tests run a little, so that it stays in order.

#![cfg(target_os = "linux")]
#![expect(clippy::print_stdout, reason = "the figures are what it is run for")]

mod check;
mod child;
mod cuts;
mod desk;
mod disk;
mod facts;
mod faults;
mod flows;
mod kills;
mod old;
mod shim;
mod values;
mod whole;
mod world;

use std::sync::Mutex;
use std::time::Instant;

/// Something to do on whichever core is free.
type Work<T> = Box<dyn FnOnce() -> T + Send>;

/// Does all of it, two at a time.
fn share<T: Send>(jobs: Vec<Work<T>>) -> Vec<T> {
    let (jobs, done) = (Mutex::new(jobs.into_iter()), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let Some(job) = jobs.lock().ok().and_then(|mut jobs| jobs.next()) else { return };
            let result = job();
            done.lock().expect("nobody failed").push(result);
        }
    };
    std::thread::scope(|scope| {
        for name in ["torture-1", "torture-2"] {
            std::thread::Builder::new().name(name.to_owned()).spawn_scoped(scope, work).expect("a thread");
        }
    });
    done.into_inner().expect("nobody failed")
}

fn number(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

#[test]
#[ignore = "started by the others with a disk that is watched"]
fn worker() {
    child::work();
}

#[test]
fn the_shim_sees_what_the_store_does() {
    if shim::library().is_none() {
        return;
    }
    let fixture = child::Fixture::new();
    let status = child::run(&fixture, &child::Job { logs: true, with_data: true, ..child::Job::new("sync", 1) });
    assert!(status.success(), "{:?}", fixture.panics());
    let names: std::collections::BTreeSet<String> = fixture.operations().iter().map(shim::Operation::name).collect();
    for name in ["write local.db", "write local.db-wal", "sync local.db-wal", "sync cache.db", "unlink cache.db-wal"] {
        assert!(names.contains(name), "{name} is not among {names:#?}");
    }
    // What was written down is what the disk holds.
    let mut disk = disk::Disk::default();
    fixture.operations().iter().for_each(|operation| disk.hear(operation));
    for name in ["cache.db", "local.db"] {
        let path = fixture.root().join("data").join(name);
        assert!(disk.now(&path) == std::fs::read(&path).ok(), "{name}");
    }
}

#[test]
fn a_little_torture() {
    if shim::library().is_none() {
        return;
    }
    nothing_is_wrong(&kills::at_random(20, 1).violations);
    nothing_is_wrong(&cuts::cut(40, 1, &["local", "sync"]).violations);
    nothing_is_wrong(&faults::sweep(&["keys"], 29).violations);
}

fn nothing_is_wrong(violations: &[String]) {
    assert!(violations.is_empty(), "{} violations:\n{}", violations.len(), violations.join("\n"));
}

#[test]
#[ignore = "takes minutes; packaging/torture.sh runs it"]
fn all_of_it() {
    if shim::library().is_none() {
        return;
    }
    let (kills, cuts, seed) = (number("KILLS", 2_000), number("CUTS", 1_000), number("SEED", 1) as u64);
    let only = std::env::var("ONLY").unwrap_or_default();
    let mut flows = flows::FLOWS.to_vec();
    flows.push(old::FLOW);
    let mut violations = Vec::new();
    if only.is_empty() || only == "kills" {
        violations.extend(say_kills(&flows, kills, seed));
    }
    if only.is_empty() || only == "cuts" {
        violations.extend(say_cuts(&flows, cuts, seed));
    }
    if only.is_empty() || only == "faults" {
        violations.extend(say_faults(&flows));
    }
    if only.is_empty() || only == "desk" {
        violations.extend(say_desks(kills / 20, cuts / 10, seed));
    }
    nothing_is_wrong(&violations);
}

fn say_kills(flows: &[&str], kills: usize, seed: u64) -> Vec<String> {
    let began = Instant::now();
    // Beyond so many there is time for every single one.
    let mut said = kills::at_named_places(flows, kills >= 10_000);
    let named = said.kills;
    said.add(kills::at_random(kills.saturating_sub(named), seed));
    println!(
        "kill -9: {} kills ({named} at {} named places, the rest at random moments), {} promises, {} violations, slowest \
         start to the list {:?}; {} s",
        said.kills,
        said.places.len(),
        said.promises,
        said.violations.len(),
        said.slowest_start,
        began.elapsed().as_secs(),
    );
    said.violations
}

fn say_cuts(flows: &[&str], cuts: usize, seed: u64) -> Vec<String> {
    let began = Instant::now();
    let said = cuts::cut(cuts, seed, flows);
    println!(
        "power cuts: {}, {} promises, {} violations; of the cache {} promises were taken back and it was rebuilt {} \
         times; slowest start {:?}; {} s",
        said.cuts,
        said.promises,
        said.violations.len(),
        said.cache_lost,
        said.cache_rebuilt,
        said.slowest_start,
        began.elapsed().as_secs(),
    );
    said.violations
}

fn say_faults(flows: &[&str]) -> Vec<String> {
    let began = Instant::now();
    let said = faults::sweep(flows, number("NTH", 1));
    println!(
        "faults: {}, {} of them passed over, {} violations; {} s",
        said.faults,
        said.passed_over,
        said.violations.len(),
        began.elapsed().as_secs()
    );
    for (words, count) in said.told {
        println!("  {count:>5} × {words}");
    }
    said.violations
}

fn say_desks(kills: usize, cuts: usize, seed: u64) -> Vec<String> {
    let began = Instant::now();
    let mut said = whole::kill(kills, seed);
    println!(
        "whole desks: {} kills, {} promises, {} violations; slowest start to the list {:?}; {} s",
        said.kills,
        said.promises,
        said.violations.len(),
        said.slowest_start,
        began.elapsed().as_secs()
    );
    let began = Instant::now();
    let cut = whole::cut(cuts, seed);
    println!(
        "whole desks: {} power cuts, {} promises, {} violations; of the cache rows were taken back {} times and it was \
         rebuilt {} times; {} s",
        cut.cuts,
        cut.promises,
        cut.violations.len(),
        cut.cache_lost,
        cut.cache_rebuilt,
        began.elapsed().as_secs()
    );
    said.violations.extend(cut.violations);
    let began = Instant::now();
    // The long run leaves out nothing, or little.
    let starved = whole::starve((2_000 / kills.max(1)).max(1), seed);
    println!(
        "whole desks: {} faults, {} of them passed over, {} violations; {} s",
        starved.faults,
        starved.passed_over,
        starved.violations.len(),
        began.elapsed().as_secs()
    );
    for (words, count) in starved.told {
        println!("  {count:>5} × {words}");
    }
    said.violations.extend(starved.violations);
    said.violations
}
