//! Nothing of a clinic lies open while the desk runs, and nothing at all after "Remove everything".
//! The same run, on a file system of its own, is what `packaging/diskimage.sh` reads bit by bit.

use crate::support::canaries::{Canaries, files_below};
use crate::support::desk::{Desk, LIMIT, Setup, a_moment};
use consult_desk::domain::{ConsultationKey, Mark};
use consult_desk::platform::SecretStore;
use consult_desk::simulator::{Config, NewRecord, Personality, Simulator, SimulatorHandle, Source};
use consult_desk::state::{
    Command, FindCommand, ListCommand, LockCommand, MarkCommand, PlayerCommand, PlayerStatus, RecordCommand,
    RecordingState, SearchCommand, Session, StorageCommand, TypedPin, WindowCommand,
};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;

const KEY: &str = "nxvet_sk_Canary00Wrenthistle7730Marlowe55Zx";
const TITLE: &str = "Quillmoss Zebrafink 4417 limping";
const SPEAKER: &str = "Dr. Thornapple Vexworth";
const SAID: &str = "Ossifrage tumbled off the velvet ottoman 9921";
const SUBJECTIVE: &str = "Larkspur refuses the saffron kibble 3358";
const OBJECTIVE: &str = "Gallop rhythm over brindle patella 7746";
const ASSESSMENT: &str = "Suspected glimmerworm in dappled pancreas 1183";
const PLAN: &str = "Give moonwort tincture by teaspoon 6690";
const SOUND: &str = "RIFFless Jabberwhistle inside the samples 2207";
const REMARK: &str = "Call Mrs Featherstonehaugh about the invoice 5512";
const QUERY: &str = "brindlewhisker ostrichfern 8834";
const PIN: &str = "730418295564";
/// Written in the clear and deleted by the disk image's script: what a search must find to be believed.
const CONTROL: &str = "Control Pumpernickel Haversack 1029";

const ALL: [(&str, &str); 12] = [
    ("the API key", KEY),
    ("the title", TITLE),
    ("the speaker", SPEAKER),
    ("what was said", SAID),
    ("the subjective", SUBJECTIVE),
    ("the objective", OBJECTIVE),
    ("the assessment", ASSESSMENT),
    ("the plan", PLAN),
    ("the sound", SOUND),
    ("the remark", REMARK),
    ("the query", QUERY),
    ("the PIN", PIN),
];

/// A clinic of which every text is looked for.
fn simulator() -> (SimulatorHandle, ConsultationKey) {
    let source = Source::Generated { records: 30, seed: 7 };
    let config = Config { key: Some(KEY.to_owned()), ..Config::new(Personality::Production, source, a_moment()) };
    let simulator = Simulator::start_blocking(config).expect("the simulator starts");
    let id = simulator.push_record(NewRecord {
        name: TITLE.to_owned(),
        transcript: Some(format!("{SPEAKER}: {SAID}\nOwner: Yes, since Tuesday.\n")),
        soap: Some(format!("S: {SUBJECTIVE}\nO: {OBJECTIVE}\nA: {ASSESSMENT}\nP: {PLAN}\n")),
        recording: Some(recording()),
    });
    (simulator, ConsultationKey::record(id))
}

/// Ten seconds of sound whose samples spell a text.
fn recording() -> Vec<u8> {
    let samples: Vec<u8> = SOUND.bytes().cycle().take(2 * 16_000 * 10).collect();
    let mut wav = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0data".to_vec();
    wav.extend((samples.len() as u32).to_le_bytes());
    wav.extend(samples);
    let length = (wav.len() - 8) as u32;
    wav[4..8].copy_from_slice(&length.to_le_bytes());
    wav
}

/// What the desk logs at the finest level, whoever's tests run meanwhile.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic while logging").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Listens from now on.
fn log() -> Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    let start = || {
        let log = Log::default();
        let writer = log.clone();
        let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(move || writer.clone());
        let only_own = Targets::new().with_target("consult_desk", LevelFilter::TRACE);
        let subscriber = tracing_subscriber::registry().with(only_own).with(lines);
        tracing::subscriber::set_global_default(subscriber).expect("nobody else listens");
        log
    };
    LOG.get_or_init(start).clone()
}

fn open(home: TempDir) -> (Desk, ConsultationKey) {
    let (simulator, key) = simulator();
    let mut desk = Desk::open(Setup::default(), simulator, Arc::new(home));
    desk.sign_in();
    (desk, key)
}

/// Reads, hears, marks, searches: everything that leaves traces.
fn use_it(desk: &mut Desk, key: &ConsultationKey) {
    desk.open_record(key);
    desk.wish(Command::Player(PlayerCommand::Download));
    desk.step_until("the recording", |state| {
        state.record.as_ref().is_some_and(|record| matches!(record.recording, RecordingState::Stored { .. }))
    });
    desk.wish(Command::Player(PlayerCommand::Toggle));
    desk.step_until("the sound", |state| state.player.status == PlayerStatus::Playing);
    desk.wish(Command::Find(FindCommand::Open));
    desk.wish(Command::Find(FindCommand::Text(QUERY.to_owned())));
    desk.wish(Command::Mark(MarkCommand::Toggle(Mark::Reviewed)));
    desk.wish(Command::Mark(MarkCommand::Remark(key.clone(), REMARK.to_owned())));
    desk.filter(ListCommand::FilterText(QUERY.to_owned()));
    desk.filter(ListCommand::ClearFilters);
    desk.wish(Command::Search(SearchCommand::Show));
    for text in ["moonwort tincture", QUERY] {
        desk.wish(Command::Search(SearchCommand::Text(text.to_owned())));
        desk.step_until("what is found", |state| !state.search.is_waiting());
    }
    let new = TypedPin(PIN.to_owned());
    desk.wish(Command::Lock(LockCommand::SetPin { old: None, new }));
    desk.step_until("the PIN", |state| state.lock.has_pin);
    desk.wish(Command::Storage(StorageCommand::CopyDiagnostics));
    let before = desk.copied.len();
    step_until_copied(desk, before);
}

fn step_until_copied(desk: &mut Desk, before: usize) {
    let deadline = Instant::now() + LIMIT;
    while desk.copied.len() == before {
        desk.step();
        assert!(Instant::now() < deadline, "diagnostics never came");
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

fn remove_everything(desk: &mut Desk) {
    desk.wish(Command::Storage(StorageCommand::AskToRemoveEverything));
    desk.wish(Command::Storage(StorageCommand::RemoveEverything));
    desk.step_until("the end of the removal", |state| {
        !state.storage.is_removing && matches!(state.session, Session::SignedOut(_))
    });
}

/// What may be left: the lock of the running desk, the likings, the empty log; by name, as folders differ.
fn unexpected(home: &Path) -> Vec<PathBuf> {
    let stays = ["desk.lock", "settings.json", "consult-desk.log"];
    let mut left = files_below(home);
    left.retain(|path| !stays.iter().any(|name| path.file_name().is_some_and(|file| file == *name)));
    left
}

#[test]
fn nothing_lies_open_while_the_desk_runs_and_nothing_at_all_afterwards() {
    let canaries = Canaries::new(ALL);
    let log = log();
    let (mut desk, key) = open(tempfile::tempdir().expect("a folder"));
    use_it(&mut desk, &key);
    let none = Vec::<String>::new();
    let home = Arc::clone(&desk.home);
    assert!(files_below(home.path()).len() > 5, "there is something to search");
    assert_eq!(canaries.below(home.path()), none, "files, with their journals");
    assert_eq!(canaries.in_bytes(&log.0.lock().expect("logged")), none, "the log at its finest");
    for place in ["/proc/self/cmdline", "/proc/self/environ"] {
        assert_eq!(canaries.in_file(Path::new(place)), none, "{place}");
    }
    let diagnostics = desk.copied.join("\n");
    assert!(diagnostics.contains("Consult Desk") && diagnostics.contains("Held: "), "{diagnostics}");
    assert_eq!(canaries.in_bytes(diagnostics.as_bytes()), none, "diagnostics");
    assert!(!diagnostics.contains(&home.path().display().to_string()) || !home.path().starts_with("/home"));

    remove_everything(&mut desk);
    assert_eq!(unexpected(home.path()), Vec::<PathBuf>::new());
    assert_eq!(desk.secrets.vault_key(false), Ok(None), "the key store holds nothing");
    assert_eq!(canaries.below(home.path()), none);
    assert_eq!(canaries.in_bytes(&log.0.lock().expect("logged")), none, "the log at its finest");
    desk.sign_in();
    assert!(!desk.row_keys().is_empty(), "the desk can be used anew");
    assert!(desk.state.marks.of(&key).is_none_or(consult_desk::domain::Marks::is_empty), "marks are gone");
}

#[test]
fn a_removal_that_was_cut_short_is_finished_at_the_next_start() {
    let (mut desk, key) = open(tempfile::tempdir().expect("a folder"));
    desk.open_record(&key);
    let home = Arc::clone(&desk.home);
    let secrets = desk.secrets.clone();
    let simulator = desk.simulator.clone();
    drop(desk);
    // As far as one that was killed right after it began.
    std::fs::write(home.path().join("data/.removing-everything"), b"").expect("written");
    std::fs::remove_file(home.path().join("data/vault.sealed")).ok();
    let setup = Setup { secrets: secrets.clone(), ..Setup::default() };
    let mut desk = Desk::open(setup, simulator, Arc::clone(&home));
    desk.step_until("the sign-in screen", |state| state.session.sign_in().is_some());
    assert_eq!(unexpected(home.path()), Vec::<PathBuf>::new());
    assert_eq!(secrets.vault_key(false), Ok(None));
    desk.sign_in();
}

#[test]
fn everything_goes_also_when_nobody_is_signed_in() {
    let (desk, _) = open(tempfile::tempdir().expect("a folder"));
    let home = Arc::clone(&desk.home);
    // On this start the key store is gone, so nobody gets in.
    let simulator = desk.simulator.clone();
    drop(desk);
    let setup = Setup { secrets: SecretStore::None, ..Setup::default() };
    let mut desk = Desk::open(setup, simulator, Arc::clone(&home));
    desk.step_until("the sign-in screen", |state| state.session.sign_in().is_some());
    remove_everything(&mut desk);
    assert_eq!(unexpected(home.path()), Vec::<PathBuf>::new());
}

// ------------------------------------------------------------------------------- for packaging/diskimage.sh

fn told(variable: &str) -> Option<PathBuf> {
    let told = std::env::var_os(variable).map(PathBuf::from);
    if told.is_none() {
        eprintln!("skipped: {variable} is not set; packaging/diskimage.sh sets it");
    }
    told
}

/// Uses a desk in the given folder, tells so, waits to be told to go on, and removes everything.
#[test]
fn a_desk_on_a_given_disk() {
    let (Some(folder), Some(talk)) = (told("CONSULT_DESK_PROOF_HOME"), told("CONSULT_DESK_PROOF_TALK")) else { return };
    let keep = tempfile::Builder::new().disable_cleanup(true).tempdir_in(folder).expect("a folder");
    let (mut desk, key) = open(keep);
    use_it(&mut desk, &key);
    desk.wish(Command::Record(RecordCommand::Close));
    desk.wish(Command::Window(WindowCommand::CloseDialog));
    std::fs::write(talk.join("used"), b"").expect("told");
    let deadline = Instant::now() + 10 * LIMIT;
    while !talk.join("go-on").exists() {
        desk.step();
        assert!(Instant::now() < deadline, "nobody said to go on");
        std::thread::park_timeout(Duration::from_millis(20));
    }
    remove_everything(&mut desk);
    assert_eq!(unexpected(desk.home.path()), Vec::<PathBuf>::new());
}

/// Prints what is found in the given image; the control must be among it and nothing else.
#[test]
fn a_given_image_holds_the_control_and_nothing_else() {
    let Some(image) = told("CONSULT_DESK_PROOF_IMAGE") else { return };
    let control = Canaries::new([("the control", CONTROL)]);
    assert_eq!(control.in_file(&image), ["the control as text"], "a deleted file is found");
    let found = Canaries::new(ALL).in_file(&image);
    writeln!(std::io::stderr(), "{} bytes, found: {found:?}", std::fs::metadata(&image).expect("an image").len()).ok();
    assert_eq!(found, Vec::<String>::new());
}
