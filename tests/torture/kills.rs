//! Killing: at any moment after something was promised, and before, after and in the middle of every single thing
//! that a flow does to the disk.

use super::check::{self, After, Seen};
use super::child::{self, Fixture, Job};
use super::facts::Speaker;
use super::flows::MIXED;
use super::shim::{Kind, Order, What};
use super::{Work, share};
use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

/// Kills on one computer before the next one.
const KILLS_EACH: usize = 25;
/// A program that has promised nothing for so long is stuck.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub struct Figures {
    pub kills: usize,
    pub promises: usize,
    /// Different names of the places where it was killed.
    pub places: BTreeSet<String>,
    /// How often the flow was over before its place came.
    pub missed: usize,
    pub slowest_start: Duration,
    /// What must not be, and how to see it again.
    pub violations: Vec<String>,
}

impl Figures {
    fn see(&mut self, start: &Seen) {
        self.slowest_start = self.slowest_start.max(start.took);
    }

    pub fn add(&mut self, other: Self) {
        self.kills += other.kills;
        self.promises += other.promises;
        self.places.extend(other.places);
        self.missed += other.missed;
        self.violations.extend(other.violations);
        self.slowest_start = self.slowest_start.max(other.slowest_start);
    }
}

// ----------------------------------------------------------------------------------------------- at random

/// So many kills at random moments, each after at least one promise of that run.
pub fn at_random(kills: usize, seed: u64) -> Figures {
    let jobs: Vec<Work<Figures>> = (0..kills.div_ceil(KILLS_EACH))
        .map(|at| {
            let count = KILLS_EACH.min(kills - at * KILLS_EACH);
            let work: Work<Figures> = Box::new(move || one_computer(count, seed + at as u64));
            work
        })
        .collect();
    sum(share(jobs))
}

fn one_computer(kills: usize, seed: u64) -> Figures {
    let mut random = fastrand::Rng::with_seed(seed);
    let fixture = Fixture::new();
    let mut figures = Figures::default();
    for at in 0..kills {
        kill_soon(&fixture, &mut random);
        figures.kills += 1;
        // Now and then the next start is killed, too, before anybody could look.
        if random.u8(..4) > 0 || at + 1 == kills {
            let ledger = fixture.ledger();
            match check::check(&fixture.root(), &ledger, After::Kill) {
                Ok(start) => figures.see(&start),
                Err(words) => {
                    let place = fixture.keep();
                    figures.violations.push(format!("seed {seed}, kill {at}: {words}; see {}", place.display()));
                    return figures;
                }
            }
            check::settle(&fixture.root(), &ledger, &mut Speaker::to(&fixture.acks()));
        }
    }
    figures.promises = fixture.ledger().promises;
    figures
}

fn kill_soon(fixture: &Fixture, random: &mut fastrand::Rng) {
    let length = || fs::metadata(fixture.acks()).map_or(0, |facts| facts.len());
    let before = fixture.ledger().promises;
    let job = Job::new(MIXED, random.u64(..));
    let mut child = child::start(fixture, &job);
    let (end, mut heard) = (Instant::now() + PATIENCE, length());
    loop {
        assert!(Instant::now() < end, "{job:?} promises nothing");
        std::thread::sleep(Duration::from_micros(300));
        if length() > heard {
            heard = length();
            if fixture.ledger().promises > before {
                break;
            }
        }
    }
    std::thread::sleep(Duration::from_micros(random.u64(..25_000)));
    child.kill().expect("killed");
    child.wait().expect("gone");
}

// ------------------------------------------------------------------------------------------ at named places

/// Before, after and within what each flow does: everything, or the first and the last time of each name.
pub fn at_named_places(flows: &[&str], everything: bool) -> Figures {
    let mut jobs: Vec<Work<Figures>> = Vec::new();
    for flow in flows {
        let mut places = places(flow);
        if !everything {
            places = first_and_last(places);
        }
        assert!(!places.is_empty(), "{flow} does nothing");
        for (order, name) in places {
            let flow = (*flow).to_owned();
            jobs.push(Box::new(move || one_place(&flow, order, name)));
        }
    }
    sum(share(jobs))
}

/// Every operation of the flow, in order, with what is to happen there.
fn places(flow: &str) -> Vec<(Order, String)> {
    let fixture = Fixture::for_flow(flow);
    let status = child::run(&fixture, &Job { logs: true, ..Job::new(flow, 1) });
    assert!(status.success() && fixture.ledger().is_done, "{flow} does not end well: {:?}", fixture.ledger().failures);
    let done = fixture.operations().into_iter().filter(|operation| operation.kind.changes());
    let mut places = Vec::new();
    for (at, operation) in done.enumerate() {
        let halves = operation.kind == Kind::Write && operation.length > 1;
        let whats = [What::KillBefore, What::KillAfter].into_iter().chain(halves.then_some(What::KillHalf));
        for what in whats {
            let order = Order { kind: None, nth: at + 1, what };
            places.push((order, format!("{flow}: {} {what:?}", operation.name())));
        }
    }
    places
}

fn first_and_last(places: Vec<(Order, String)>) -> Vec<(Order, String)> {
    let names: Vec<String> = places.iter().map(|(_, name)| name.clone()).collect();
    let is_end = |at: usize, name: &String| {
        let others = |other: &String| other == name;
        names.iter().position(others) == Some(at) || names.iter().rposition(others) == Some(at)
    };
    places.into_iter().enumerate().filter(|(at, (_, name))| is_end(*at, name)).map(|(_, place)| place).collect()
}

fn one_place(flow: &str, order: Order, name: String) -> Figures {
    let fixture = Fixture::for_flow(flow);
    let status = child::run(&fixture, &Job { order: Some(order), ..Job::new(flow, 1) });
    let mut figures = Figures::default();
    if !child::was_killed(status) {
        figures.missed += 1;
        return figures;
    }
    figures.kills += 1;
    figures.promises = fixture.ledger().promises;
    match check::check(&fixture.root(), &fixture.ledger(), After::Kill) {
        Ok(start) => figures.see(&start),
        Err(words) => {
            let place = fixture.keep();
            figures.violations.push(format!("{flow} {order} ({name}): {words}; see {}", place.display()));
        }
    }
    figures.places.insert(name);
    figures
}

fn sum(all: Vec<Figures>) -> Figures {
    let mut sum = Figures::default();
    for figures in all {
        sum.add(figures);
    }
    sum
}
