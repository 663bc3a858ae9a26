//! Everything that a flow does to the disk fails once, each for three reasons, and writes also fall short: the words
//! are right, nothing is lost, and the same flow goes well the next time.

use super::check::{self, After};
use super::child::{self, Fixture, Job};
use super::shim::{Errno, Kind, Order, What};
use super::{Work, share};
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub struct Figures {
    pub faults: usize,
    /// How often it was told, and in which words.
    pub told: BTreeMap<String, usize>,
    /// It did not matter: a second try, or something that only tidies up.
    pub passed_over: usize,
    /// What must not be, and how to see it again.
    pub violations: Vec<String>,
}

impl Figures {
    pub fn add(&mut self, other: Self) {
        self.faults += other.faults;
        self.passed_over += other.passed_over;
        self.violations.extend(other.violations);
        for (words, count) in other.told {
            *self.told.entry(words).or_default() += count;
        }
    }
}

/// Every `nth` of all that can fail.
pub fn sweep(flows: &[&str], nth: usize) -> Figures {
    let mut jobs: Vec<Work<Figures>> = Vec::new();
    for flow in flows {
        for order in orders(flow).into_iter().step_by(nth) {
            let flow = (*flow).to_owned();
            jobs.push(Box::new(move || one(&flow, order)));
        }
    }
    let mut sum = Figures::default();
    for figures in share(jobs) {
        sum.add(figures);
    }
    sum
}

/// The nth of each kind, as often as the flow does it.
fn orders(flow: &str) -> Vec<Order> {
    let fixture = Fixture::for_flow(flow);
    child::run(&fixture, &Job { logs: true, ..Job::new(flow, 1) });
    let mut orders = Vec::new();
    let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
    for operation in fixture.operations().iter().filter(|operation| operation.kind != Kind::Ack) {
        let nth = counts.entry(operation.kind).or_default();
        *nth += 1;
        for what in whats(operation.kind) {
            orders.push(Order { kind: Some(operation.kind), nth: *nth, what });
        }
    }
    orders
}

/// Reading knows one misfortune only.
pub fn whats(kind: Kind) -> Vec<What> {
    let mut whats = Errno::ALL.map(What::Fail).to_vec();
    match kind {
        Kind::Read => whats.retain(|what| *what == What::Fail(Errno::Io)),
        Kind::Write => whats.push(What::Short),
        _ => {}
    }
    whats
}

fn one(flow: &str, order: Order) -> Figures {
    let fixture = Fixture::for_flow(flow);
    let mut figures = Figures { faults: 1, ..Figures::default() };
    match try_one(&fixture, flow, order) {
        Ok(told) if told.is_empty() => figures.passed_over += 1,
        Ok(told) => told.into_iter().for_each(|words| *figures.told.entry(words).or_default() += 1),
        Err(words) => figures.violations.push(format!("{flow} {order}: {words}; see {}", fixture.keep().display())),
    }
    figures
}

fn try_one(fixture: &Fixture, flow: &str, order: Order) -> Result<Vec<String>, String> {
    let status = child::run(fixture, &Job { order: Some(order), ..Job::new(flow, 1) });
    if !status.success() {
        return Err(format!("it ended with {status}: {:?}", fixture.panics()));
    }
    let ledger = fixture.ledger();
    for (what, words) in &ledger.failures {
        if !is_right(order, words) {
            return Err(format!("wrong words for {what}: {words}"));
        }
    }
    check::check(&fixture.root(), &ledger, After::Kill)?;
    // The same flow once more, with a disk that works.
    let status = child::run(fixture, &Job::new(flow, 1));
    let again = fixture.ledger();
    if !status.success() || again.failures.len() > ledger.failures.len() || !again.is_done {
        return Err(format!("the next run fails: {status} {:?}", again.failures));
    }
    check::check(&fixture.root(), &again, After::Kill)?;
    Ok(ledger.failures.into_iter().map(|(_, words)| words).collect())
}

/// What a person can do about it must be in the words; nothing may be called damaged that is not. The library below
/// the store tells the reason of a failed write alone: of anything else it may only be said that it failed.
pub fn is_right(order: Order, words: &str) -> bool {
    let has = |any: &[&str]| any.iter().any(|part| words.contains(part));
    let is_write = order.kind == Some(Kind::Write);
    match order.what {
        _ if has(&["damaged", "encrypted", "newer", "never came"]) => false,
        What::Fail(Errno::NoSpace) => {
            has(&["disk is full", "the disk needs", "no storage space"]) || (!is_write && has(FAILED))
        }
        What::Fail(Errno::Access) => has(&["not allowed", "permission denied"]) || has(FAILED),
        _ => has(FAILED),
    }
}

const FAILED: &[&str] = &["could not be", "cannot be written", "cannot be used", "Not saved"];
