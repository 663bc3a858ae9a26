//! What a failure leaves behind: where and on what, never what it said. In a process of its own, because the whole
//! process listens for failures from then on.

use consult_desk::clock::Clock;
use consult_desk::{crash, logging};
use std::path::Path;
use std::process::Command;

const FOLDER: &str = "CONSULT_DESK_TEST_REPORTS";
/// Unlike anything the source says, so that a search for them finds content alone.
const CANARIES: [&str; 3] = ["Bella-4711", "otitis-externa-0815", "sk-live-Zwieback"];

#[test]
fn a_failure_leaves_a_report_and_a_line_and_nothing_that_it_said() {
    let home = tempfile::tempdir().expect("a folder");
    let this = std::env::current_exe().expect("a program");
    let child = "leave_reports::fail_in_a_process_of_its_own";
    let ended =
        Command::new(this).args(["--ignored", "--exact", child, "--nocapture"]).env(FOLDER, home.path()).output();
    let ended = ended.expect("it ran");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));

    let report = crash::newest(home.path()).expect("a report");
    for part in ["Where: tests/it/leave_reports.rs:", "Thread: worker", "Renderer: glow", "1970-01-01 00:00:00 UTC"] {
        assert!(report.contains(part), "{part} is missing in {report}");
    }
    assert_eq!(report.matches("Consult Desk ").count(), CANARIES.len(), "every failure is told");
    let log = std::fs::read_to_string(home.path().join("consult-desk.log")).expect("a log");
    assert_eq!(log.matches("a part of the desk failed at").count(), CANARIES.len(), "{log}");

    let said = [ended.stdout, ended.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let files = std::fs::read_dir(home.path()).expect("a folder").map(|entry| entry.expect("an entry").path());
    let written = files.map(|path| std::fs::read_to_string(path).expect("a text"));
    for text in said.into_iter().chain(written) {
        for canary in CANARIES {
            assert!(!text.contains(canary), "{canary} in {text}");
        }
    }
    assert!(crash::take_unseen(home.path()), "the next desk says it");
    assert!(!crash::take_unseen(home.path()), "once");
}

#[test]
#[ignore = "started by the test above"]
fn fail_in_a_process_of_its_own() {
    let folder = std::env::var_os(FOLDER).expect("a folder");
    let clock = Clock::fixed(chrono::DateTime::UNIX_EPOCH);
    crash::watch(Path::new(&folder), &clock);
    logging::start(Path::new(&folder), &clock).expect("a log");
    crash::draws_with("glow");
    let failures: [fn(); 3] = [
        || panic!("{}", CANARIES[0]),
        || "".parse::<u8>().map(drop).map_err(|_| CANARIES[1]).expect("no note"),
        || {
            CANARIES[2].parse::<u8>().map_err(|error| (error, CANARIES[2])).unwrap();
        },
    ];
    for failure in failures {
        let worker = std::thread::Builder::new().name("worker".to_owned()).spawn(failure).expect("a thread");
        assert!(worker.join().is_err());
    }
}
