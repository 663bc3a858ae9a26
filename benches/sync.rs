//! Reading 10,000 records with their notes from a server 40 ms away, through the whole background of the desk:
//! pages, details, parsing, the encrypted store and the search index. Beside it, in the same run and against the same
//! server, the vendor's one-call-at-a-time sample in Python and `wrk` with as many connections on the details alone.
//! Run: `cargo bench --bench sync`. Options: `-- RECORDS LATENCY_MS CONCURRENCY ROUNDS`. Needs python3 with requests, and wrk.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a measurement prints, and stops when it cannot measure"
)]

#[path = "sync/desk.rs"]
mod desk;

use desk::Measured;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Records that the sample fetches; its rate does not depend on how many.
const SAMPLED: usize = 150;
/// What goes wrong in the second run: percent of the details.
const FAULTS: [&str; 4] = ["--rate-limited", "5", "--cut", "1"];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if words.first().is_some_and(|word| word == "--desk") {
        return desk::run(words.get(1..).unwrap_or_default());
    }
    let number = |at: usize, usual: usize| words.get(at).and_then(|word| word.parse().ok()).unwrap_or(usual);
    let (records, latency, at_once, rounds) = (number(0, 10_000), number(1, 40), number(2, 32), number(3, 3));
    println!("{records} records, {latency} ms, {at_once} at once, medians of {rounds} rounds in turns");
    let mut rounds: Vec<Round> = (0..rounds).map(|_| round(records, latency, at_once)).collect();
    report(&mut rounds);
}

/// Everything once, one after the other.
struct Round {
    python: (f64, f64),
    wrk: f64,
    clean: Measured,
    faulty: Measured,
}

fn round(records: usize, latency: usize, at_once: usize) -> Round {
    let server = Server::start(records, latency, &[]);
    let python = server.one_by_one();
    let clean = server.desk(records, at_once);
    let wrk = server.wrk(at_once);
    drop(server);
    let server = Server::start(records, latency, &FAULTS);
    let faulty = server.desk(records, at_once);
    println!("  python {:.1}/s, wrk {wrk:.0}/s, clean {clean:?}, faulty {faulty:?}", python.0);
    Round { python, wrk, clean, faulty }
}

fn report(rounds: &mut [Round]) {
    let mut median = |of: fn(&Round) -> f64| {
        rounds.sort_by(|a, b| of(a).total_cmp(&of(b)));
        rounds.get(rounds.len() / 2).map(of).unwrap_or_default()
    };
    let (python, python_cpu) = (median(|round| round.python.0), median(|round| round.python.1));
    let (wrk, clean, faulty) =
        (median(|round| round.wrk), median(|round| round.clean.rate), median(|round| round.faulty.rate));
    println!("\n| | consultations/s | CPU ms each | memory above idle, MB | lost |\n|---|---|---|---|---|");
    println!("| vendor's sample in Python | {python:.1} | {python_cpu:.2} | | |");
    println!("| `wrk`, details alone, nothing read or kept | {wrk:.0} | | | |");
    let (cpu, memory) = (median(|round| round.clean.cpu_ms), median(|round| round.clean.memory_mb));
    println!("| Consult Desk | {clean:.0} | {cpu:.3} | {memory:.1} | {} |", median(|round| round.clean.lost as f64));
    let (cpu, memory) = (median(|round| round.faulty.cpu_ms), median(|round| round.faulty.memory_mb));
    let lost = median(|round| round.faulty.lost as f64);
    println!("| the same, 5 % 429 and 1 % cut | {faulty:.0} | {cpu:.3} | {memory:.1} | {lost} |");
    println!("\n| ratio | | goal |\n|---|---|---|");
    println!("| to Python | {:.1} | ≥ 33 |", median(|round| round.clean.rate / round.python.0));
    println!("| to wrk | {:.3} | ≥ 0.95 |", median(|round| round.clean.rate / round.wrk));
    println!("| with faults to without | {:.3} | ≥ 0.85 |", median(|round| round.faulty.rate / round.clean.rate));
}

/// The pretended NxVET as a process of its own.
struct Server {
    process: Child,
    base: String,
    key: String,
    organization: String,
}

impl Server {
    fn start(records: usize, latency: usize, faults: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_nxvet-sim"))
            .args(["--records", &records.to_string(), "--latency-ms", &latency.to_string(), "--until-stdin-closes"])
            .args(faults)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the simulator starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("its words")).read_line(&mut line).expect("its first line");
        let words: Vec<&str> = line.split_whitespace().collect();
        let after =
            |start: &str| words.iter().find_map(|word| word.strip_prefix(start)).expect("what it serves").to_owned();
        Self { process, base: after("http://"), key: after("key="), organization: after("org=") }
    }

    fn one_by_one(&self) -> (f64, f64) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/sync/one_by_one.py");
        let url = format!("http://{}", self.base);
        let told = output(Command::new("python3").arg(script).args([
            &url,
            &self.key,
            &self.organization,
            &SAMPLED.to_string(),
        ]));
        let mut numbers = told.split_whitespace().filter_map(|word| word.parse().ok());
        (numbers.next().expect("a rate"), numbers.next().expect("a time"))
    }

    fn wrk(&self, at_once: usize) -> f64 {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/sync/details.lua");
        let mut paths = tempfile::NamedTempFile::new().expect("a file");
        for id in self.ids() {
            writeln!(paths, "/api/labels/{id}").expect("written");
        }
        let (connections, url) = (at_once.to_string(), format!("http://{}", self.base));
        let mut wrk = Command::new("wrk");
        wrk.args(["-t1", "-c", &connections, "-d10s", "-s"])
            .arg(script)
            .args([&url, "--"])
            .arg(paths.path())
            .arg(&self.key);
        let told = output(&mut wrk);
        let rate = told.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:"));
        assert!(!told.contains("Non-2xx"), "{told}");
        rate.and_then(|rate| rate.trim().parse().ok()).expect("a rate")
    }

    /// The newest records, over the plain list.
    fn ids(&self) -> Vec<String> {
        let script = "import json,sys,urllib.request as u\nb,k,o=sys.argv[1:]\nfor at in range(0,1000,100):\n r=u.Request(f'{b}/api/organizations/{o}/labels?limit=100&offset={at}',headers={'Authorization':'Bearer '+k})\n for row in json.load(u.urlopen(r)): print(row['id'])";
        let url = format!("http://{}", self.base);
        let told = output(Command::new("python3").args(["-c", script, &url, &self.key, &self.organization]));
        told.lines().map(str::to_owned).collect()
    }

    /// The desk without a window, in a process of its own so that nothing else counts.
    fn desk(&self, records: usize, at_once: usize) -> Measured {
        let own = std::env::current_exe().expect("this program");
        let url = format!("http://{}", self.base);
        let told =
            output(Command::new(own).args(["--desk", &url, &self.key, &records.to_string(), &at_once.to_string()]));
        Measured::read(&told)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        self.process.wait().ok();
    }
}

fn output(command: &mut Command) -> String {
    let output = command.stderr(Stdio::inherit()).output().expect("it starts");
    assert!(output.status.success(), "{command:?}");
    String::from_utf8(output.stdout).expect("text")
}
