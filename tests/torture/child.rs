//! A program that is about to be hurt: this test binary once more, with the shim in front of its disk.

use super::facts::{Ledger, Speaker};
use super::shim::{self, Operation, Order};
use super::world::{Step, World};
use super::{desk, flows, old};
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Longest that a program may take that is not hurt.
const LIMIT: Duration = Duration::from_secs(60);
const SIGKILL: i32 = 9;

/// A computer: what is watched, and beside it what was promised and done.
pub struct Fixture {
    home: tempfile::TempDir,
}

impl Fixture {
    /// In memory where that is possible: what is tried is the program, not the disk.
    pub fn new() -> Self {
        let place = [Path::new("/dev/shm"), Path::new("/tmp")].into_iter().find(|place| place.is_dir());
        let home = tempfile::tempdir_in(place.unwrap_or(Path::new("."))).expect("a folder");
        let fixture = Self { home };
        for folder in ["data", "out", "config", "cache", "logs"] {
            fs::create_dir_all(fixture.root().join(folder)).expect("a folder");
        }
        fixture
    }

    /// As the flow finds it.
    pub fn for_flow(flow: &str) -> Self {
        let fixture = Self::new();
        if flow == old::FLOW {
            old::make(&World::data(&fixture.root()), &mut Speaker::to(&fixture.acks()));
        }
        fixture
    }

    pub fn root(&self) -> PathBuf {
        self.home.path().join("desk")
    }

    pub fn acks(&self) -> PathBuf {
        self.home.path().join("acks")
    }

    pub fn log(&self) -> PathBuf {
        self.home.path().join("log")
    }

    fn errors(&self) -> PathBuf {
        self.home.path().join("errors")
    }

    pub fn ledger(&self) -> Ledger {
        Ledger::read(&self.acks())
    }

    pub fn operations(&self) -> Vec<Operation> {
        shim::operations(&self.log())
    }

    /// What the program said when it fell over.
    pub fn panics(&self) -> Option<String> {
        fs::read_to_string(self.errors()).ok().filter(|words| words.contains("panicked"))
    }

    /// Leaves everything where it is, for looking at.
    pub fn keep(self) -> PathBuf {
        self.home.keep()
    }
}

/// What the program is to do, and what is done to it.
#[derive(Clone, Debug, Default)]
pub struct Job {
    pub flow: String,
    pub seed: u64,
    pub order: Option<Order>,
    /// Write down what is done.
    pub logs: bool,
    /// With every byte.
    pub with_data: bool,
    /// Where NxVET is pretended, and its key.
    pub server: Option<(String, String)>,
    /// The consultation with a recording.
    pub record: String,
}

impl Job {
    pub fn new(flow: &str, seed: u64) -> Self {
        Self { flow: flow.to_owned(), seed, ..Self::default() }
    }
}

pub fn start(fixture: &Fixture, job: &Job) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    let errors = fs::File::create(fixture.errors()).expect("a file");
    command.args(["--exact", "torture::worker", "--ignored", "--nocapture", "--test-threads=1"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
    command.env("LD_PRELOAD", shim::library().expect("the shim"));
    command.env("TORTURE_FOLDER", fixture.root()).env("TORTURE_ACKS", fixture.acks());
    command.env("TORTURE_FLOW", &job.flow).env("TORTURE_SEED", job.seed.to_string());
    if let Some(order) = &job.order {
        command.env("TORTURE_ORDER", order.to_string());
    }
    if job.logs {
        command.env("TORTURE_LOG", fixture.log());
    }
    if job.with_data {
        command.env("TORTURE_DATA", "1");
    }
    if let Some((server, key)) = &job.server {
        command.env("TORTURE_SERVER", server).env("TORTURE_KEY", key).env(desk::RECORD, &job.record);
    }
    command.spawn().expect("this program starts")
}

/// Runs to the end, whatever that is.
pub fn run(fixture: &Fixture, job: &Job) -> ExitStatus {
    let mut child = start(fixture, job);
    let end = Instant::now() + LIMIT;
    loop {
        if let Some(status) = child.try_wait().expect("a child") {
            return status;
        }
        if Instant::now() > end {
            child.kill().expect("killed");
            child.wait().expect("gone");
            unreachable!("{job:?} hangs");
        }
        std::thread::sleep(Duration::from_micros(500));
    }
}

pub fn was_killed(status: ExitStatus) -> bool {
    status.signal() == Some(SIGKILL)
}

/// The program itself.
pub fn work() {
    let text = |name: &str| std::env::var(name).ok();
    let (Some(flow), Some(root), Some(acks)) = (text("TORTURE_FLOW"), text("TORTURE_FOLDER"), text("TORTURE_ACKS"))
    else {
        return;
    };
    let seed = text("TORTURE_SEED").and_then(|seed| seed.parse().ok()).unwrap_or(0);
    let number = Ledger::read(Path::new(&acks)).highest;
    let mut speaker = Speaker::to(Path::new(&acks));
    let is_done = match (text("TORTURE_SERVER"), text("TORTURE_KEY")) {
        (Some(server), Some(key)) => desk::work(Path::new(&root), (&server, &key), &mut speaker),
        _ => work_on_store(&flow, Path::new(&root), (seed, number), &mut speaker),
    };
    if is_done {
        speaker.is_done();
    }
}

fn work_on_store(flow: &str, root: &Path, (seed, mut number): (u64, u64), speaker: &mut Speaker) -> bool {
    let mut world = match World::open(root) {
        Ok(world) => world,
        Err(words) => {
            speaker.fails("open", 0, &words);
            return false;
        }
    };
    for note in std::mem::take(&mut world.notes) {
        speaker.fails("repair", 0, &note.to_string());
    }
    if let Err(words) = world.list() {
        speaker.fails("list", 0, &words);
    }
    for step in flows::steps(flow, seed) {
        number += 1;
        let facts = step.facts(number);
        if matches!(step, Step::LetGo(_)) {
            // It sees to it first that there is something to let go of.
            facts.first().into_iter().for_each(|(page, _)| speaker.tries(page, number));
        }
        for (name, number) in &facts {
            speaker.tries(name, *number);
        }
        match world.apply(step, number) {
            Ok(()) => facts.iter().for_each(|(name, number)| speaker.keeps(name, *number)),
            Err(words) => speaker.fails(&step.fact(), number, &words),
        }
    }
    true
}
