//! Whole desks that are killed and starved while they work with NxVET, and what is on the screen of the next start:
//! it is started without a network, so that only what was kept can show.

use super::check::{After, Seen, left_behind};
use super::child::{self, Fixture, Job};
use super::desk::{self, Entered, Headless};
use super::facts::Ledger;
use super::shim::{Kind, Order, What};
use super::{Work, cuts, faults, kills, share};
use crate::support::desk::a_moment;
use consult_desk::domain::ConsultationKey;
use consult_desk::simulator::{Config, Fault, NewRecord, Personality, Simulator, SimulatorHandle, Source};
use consult_desk::state::{Event, RecordEvent, RecordRequest, RecordingEvent, RecordingRequest, Request};
use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::time::{Duration, Instant};

const RECORDS: usize = 60;
const KILLS_EACH: usize = 10;
const CUTS_EACH: usize = 25;
const SOON: Duration = Duration::from_secs(3);
/// What is still being written is given so long.
const PATIENCE: Duration = Duration::from_secs(10);

/// NxVET with one recording that is known here.
struct Clinic {
    simulator: SimulatorHandle,
    record: String,
    truth: Vec<u8>,
}

impl Clinic {
    fn open(seed: u64, bytes_per_second: Option<u64>) -> Self {
        let source = Source::Generated { records: RECORDS, seed };
        let config = Config::new(Personality::Production, source, a_moment());
        let config = Config { audio_bytes_per_second: bytes_per_second, ..config };
        let simulator = Simulator::start_blocking(config).expect("the simulator starts");
        let truth = recording(seed);
        let words = |text: &str| Some(text.to_owned());
        let (transcript, soap) = (words("Vet: She limps."), words("S: Limps.\nO: Sore.\nA: Sprain.\nP: Rest."));
        let new = NewRecord { name: "Bella".to_owned(), transcript, soap, recording: Some(truth.clone()) };
        let record = simulator.push_record(new);
        Self { simulator, record, truth }
    }

    fn job(&self, order: Option<Order>) -> Job {
        let server = Some((self.simulator.base_url(), self.simulator.key()));
        Job { server, record: self.record.clone(), order, ..Job::new("desk", 1) }
    }

    fn key(&self) -> ConsultationKey {
        ConsultationKey::record(&self.record)
    }
}

/// Noise of some seconds, a little over a megabyte.
fn recording(seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let data: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(1_200_000).collect();
    let mut file = b"RIFF".to_vec();
    file.extend((36 + data.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0data");
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    file
}

// ---------------------------------------------------------------------------------------------------- kills

/// So many kills of whole desks: half of them around an operation that chance picks, half at any moment.
pub fn kill(count: usize, seed: u64) -> kills::Figures {
    let jobs: Vec<Work<kills::Figures>> = (0..count.div_ceil(KILLS_EACH))
        .map(|at| {
            let kills = KILLS_EACH.min(count - at * KILLS_EACH);
            let work: Work<kills::Figures> = Box::new(move || one_computer(kills, seed + at as u64));
            work
        })
        .collect();
    let mut sum = kills::Figures::default();
    for figures in share(jobs) {
        sum.add(figures);
    }
    sum
}

fn one_computer(kills: usize, seed: u64) -> kills::Figures {
    let mut random = fastrand::Rng::with_seed(seed);
    let clinic = Clinic::open(seed, random.bool().then_some(900_000));
    let mut fixture = Fixture::new();
    let mut figures = kills::Figures::default();
    for at in 0..kills {
        kill_once(&fixture, &clinic, &mut random);
        let ledger = fixture.ledger();
        match check(&fixture, &clinic, &ledger, After::Kill) {
            Ok(start) => figures.slowest_start = figures.slowest_start.max(start.took),
            Err(words) => {
                let place = fixture.keep();
                figures.violations.push(format!("desk, seed {seed}, kill {at}: {words}; see {}", place.display()));
                return figures;
            }
        }
        figures.kills += 1;
        // A desk that has everything does little; the next one starts from nothing.
        if ledger.is_done || random.u8(..3) == 0 {
            figures.promises += ledger.promises;
            fixture = Fixture::new();
        }
    }
    figures.promises += fixture.ledger().promises;
    figures
}

fn kill_once(fixture: &Fixture, clinic: &Clinic, random: &mut fastrand::Rng) {
    if random.bool() {
        let what = if random.bool() { What::KillBefore } else { What::KillAfter };
        let order = Order { kind: None, nth: random.usize(1..600), what };
        child::run(fixture, &clinic.job(Some(order)));
        return;
    }
    let mut child = child::start(fixture, &clinic.job(None));
    std::thread::sleep(Duration::from_millis(random.u64(20..1_500)));
    child.kill().expect("killed, or over already");
    child.wait().expect("gone");
}

/// The next start, without a network.
fn check(fixture: &Fixture, clinic: &Clinic, ledger: &Ledger, after: After) -> Result<Seen, String> {
    clinic.simulator.faults().every_nth(1, vec![Fault::Reset]);
    let seen = look(fixture, clinic, ledger, after);
    clinic.simulator.faults().clear();
    // What the desk that looked has begun by then, a picture of the sound, it may still finish.
    let end = Instant::now() + PATIENCE;
    while !left_behind(&fixture.root()).is_empty() && Instant::now() < end {
        std::thread::park_timeout(Duration::from_millis(5));
    }
    match left_behind(&fixture.root()).as_slice() {
        [] => seen,
        left => seen.and(Err(format!("left behind: {left:?}"))),
    }
}

fn look(fixture: &Fixture, clinic: &Clinic, ledger: &Ledger, after: After) -> Result<Seen, String> {
    let kept = |name: &str| ledger.facts.get(name).map_or(0, |fact| fact.kept);
    // NxVET can send rows and notes again, and a power cut may cost the newest of them.
    let cached = |name: &str| if after == After::PowerCut { 0 } else { kept(name) };
    look_at_export(fixture, clinic, kept("export") > 0)?;
    let began = Instant::now();
    let copy = fixture.root().join("out").join("again.wav");
    let mut desk = Headless::open(&fixture.root(), &clinic.simulator.base_url(), Some(copy.clone()));
    match desk::restore(&mut desk)? {
        Entered::Restored => {}
        _ if kept("signed-in") > 0 => return Err(format!("the clinic is not there: {:?}", desk.problems)),
        _ => return Ok(Seen::default()),
    }
    let (took, rows) = look_at_list(&mut desk, cached("rows"), began)?;
    look_at_notes(&mut desk, clinic, cached("notes") > 0)?;
    if is_stored(&mut desk, clinic)? {
        desk::export(&mut desk, &clinic.record)?;
        if fs::read(&copy).expect("a copy") != clinic.truth {
            return Err("a recording is said to be whole and is not".to_owned());
        }
        fs::remove_file(copy).expect("removed");
    } else if kept("recording") > 0 {
        return Err("a recording is gone".to_owned());
    }
    let is_rebuilt = |words: &&String| words.contains("The copy on this computer was damaged");
    let cache_rebuilt = desk.problems.iter().filter(is_rebuilt).count();
    let is_damage = |words: &&String| words.contains("damaged") && !(after == After::PowerCut && is_rebuilt(words));
    match desk.problems.iter().find(is_damage) {
        Some(words) => Err(words.clone()),
        None => Ok(Seen { took, cache_lost: usize::from(rows < kept("rows")), cache_rebuilt }),
    }
}

/// Nothing, the old one or the new one, which are the same here.
fn look_at_export(fixture: &Fixture, clinic: &Clinic, is_kept: bool) -> Result<(), String> {
    match fs::read(desk::target(&fixture.root())) {
        Ok(bytes) if bytes == clinic.truth => Ok(()),
        Ok(bytes) => Err(format!("half an export: {} bytes", bytes.len())),
        Err(_) if is_kept => Err("an export is gone".to_owned()),
        Err(_) => Ok(()),
    }
}

/// How long it took until the list was there, and how many rows it has.
fn look_at_list(desk: &mut Headless, kept: u64, began: Instant) -> Result<(Duration, u64), String> {
    let mut loaded = 0;
    for sequence in 1.. {
        let view = desk.view(sequence)?;
        let keys: HashSet<_> = view.rows.iter().map(|row| &row.key).collect();
        if keys.len() != view.rows.len() {
            return Err("rows are there twice".to_owned());
        }
        loaded = view.loaded as u64;
        if loaded >= kept {
            break;
        }
        if began.elapsed() > SOON {
            return Err(format!("{} rows of {kept}", view.loaded));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok((began.elapsed(), loaded))
}

fn look_at_notes(desk: &mut Headless, clinic: &Clinic, is_kept: bool) -> Result<(), String> {
    desk.send(Request::Record(RecordRequest::Open(clinic.key())));
    let is_there = desk.until("notes", |event| match event {
        Event::Record(RecordEvent::Loaded { .. }) => Some(true),
        Event::Record(RecordEvent::Failed { .. }) => Some(false),
        _ => None,
    })?;
    if is_kept && !is_there { Err("notes are gone".to_owned()) } else { Ok(()) }
}

fn is_stored(desk: &mut Headless, clinic: &Clinic) -> Result<bool, String> {
    desk.send(Request::Recording(RecordingRequest::Look(clinic.key())));
    desk.until("whether it is stored", |event| match event {
        Event::Recording(RecordingEvent::Stored { .. }) => Some(true),
        Event::Recording(RecordingEvent::NotStored { .. } | RecordingEvent::Progress { .. }) => Some(false),
        _ => None,
    })
}

// ----------------------------------------------------------------------------------------------- power cuts

/// So many power cuts under desks that sign in, sync, download and export for the first time.
pub fn cut(count: usize, seed: u64) -> cuts::Figures {
    let jobs: Vec<Work<cuts::Figures>> = (0..count.div_ceil(CUTS_EACH))
        .map(|at| {
            let (cuts, seed) = (CUTS_EACH.min(count - at * CUTS_EACH), seed + at as u64);
            let work: Work<cuts::Figures> = Box::new(move || cut_one(cuts, seed));
            work
        })
        .collect();
    let mut sum = cuts::Figures::default();
    for figures in share(jobs) {
        sum.add(figures);
    }
    sum
}

fn cut_one(cuts: usize, seed: u64) -> cuts::Figures {
    let (clinic, fixture) = (Clinic::open(seed, None), Fixture::new());
    let job = Job { logs: true, with_data: true, seed, ..clinic.job(None) };
    cuts::after_each_cut(&fixture, &job, cuts, |found, ledger| check(found, &clinic, ledger, After::PowerCut))
}

// --------------------------------------------------------------------------------------------------- faults

/// Of everything that a whole desk does, every `nth` fails once for each reason.
pub fn starve(nth: usize, seed: u64) -> faults::Figures {
    let orders = orders(seed);
    let chosen = orders.into_iter().enumerate().filter(|(at, _)| (at + seed as usize).is_multiple_of(nth.max(1)));
    let jobs: Vec<Work<faults::Figures>> = chosen
        .map(|(_, order)| {
            let work: Work<faults::Figures> = Box::new(move || starve_one(order, seed));
            work
        })
        .collect();
    let mut sum = faults::Figures::default();
    for figures in share(jobs) {
        sum.add(figures);
    }
    sum
}

fn orders(seed: u64) -> Vec<Order> {
    let (clinic, fixture) = (Clinic::open(seed, None), Fixture::new());
    child::run(&fixture, &Job { logs: true, ..clinic.job(None) });
    let ledger = fixture.ledger();
    assert!(ledger.is_done && ledger.failures.is_empty(), "it does not end well: {:?}", ledger.failures);
    let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
    let operations = fixture.operations();
    for operation in operations.iter().filter(|operation| operation.kind != Kind::Ack) {
        *counts.entry(operation.kind).or_default() += 1;
    }
    let each = |(kind, count): (Kind, usize)| {
        let of = move |what: What| (1..=count).map(move |nth| Order { kind: Some(kind), nth, what });
        faults::whats(kind).into_iter().flat_map(of)
    };
    counts.into_iter().flat_map(each).collect()
}

fn starve_one(order: Order, seed: u64) -> faults::Figures {
    let (clinic, fixture) = (Clinic::open(seed, None), Fixture::new());
    let mut figures = faults::Figures { faults: 1, ..faults::Figures::default() };
    let told = try_one(&fixture, &clinic, order);
    match told {
        Ok(told) if told.is_empty() => figures.passed_over += 1,
        Ok(told) => told.into_iter().for_each(|words| *figures.told.entry(words).or_default() += 1),
        Err(words) => {
            let place = fixture.keep();
            figures.violations.push(format!("desk {order}, seed {seed}: {words}; see {}", place.display()));
        }
    }
    figures
}

fn try_one(fixture: &Fixture, clinic: &Clinic, order: Order) -> Result<Vec<String>, String> {
    let status = child::run(fixture, &clinic.job(Some(order)));
    let ledger = fixture.ledger();
    if !status.success() || fixture.panics().is_some() {
        return Err(format!("it ended with {status}: {:?}", fixture.panics()));
    }
    if let Some((what, words)) = ledger.failures.iter().find(|(_, words)| !faults::is_right(order, words)) {
        return Err(format!("wrong words for {what}: {words}"));
    }
    check(fixture, clinic, &ledger, After::Kill)?;
    child::run(fixture, &clinic.job(None));
    let again = fixture.ledger();
    if again.failures.len() > ledger.failures.len() || !again.is_done {
        return Err(format!("the next run fails: {:?}", again.failures));
    }
    check(fixture, clinic, &again, After::Kill)?;
    Ok(ledger.failures.into_iter().map(|(_, words)| words).collect())
}
