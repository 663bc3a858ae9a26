//! The key and the patients' data are nowhere but where they belong.

use crate::support::desk::{Desk, Setup};
use consult_desk::domain::Stage;
use consult_desk::state::{Command, PlayerCommand, RecordingState};
use std::path::{Path, PathBuf};

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            if entry.path().is_dir() { folders.push(entry.path()) } else { files.push(entry.path()) }
        }
    }
    files
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    !needle.is_empty() && bytes.windows(needle.len()).any(|window| window == needle)
}

/// The text as it could hide in a file.
fn disguises(text: &str) -> Vec<Vec<u8>> {
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default() as u8;
    let hex: Vec<u8> = text.bytes().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
    vec![text.as_bytes().to_vec(), utf16, hex]
}

#[test]
fn the_key_is_in_no_file_and_patients_only_in_the_store() {
    let mut desk = Desk::signed_in(Setup::default());
    desk.step_until("stages", |state| state.list.view.rows.iter().any(|row| row.stage == Stage::Ready));
    let key = desk.key_with_recording();
    desk.open_record(&key);
    desk.wish(Command::Player(PlayerCommand::Download));
    desk.step_until("the recording", |state| {
        state.record.as_ref().is_some_and(|record| matches!(record.recording, RecordingState::Stored { .. }))
    });
    let patients: Vec<String> = desk.state.list.view.rows.iter().map(|row| row.headline().to_owned()).collect();
    let secret = desk.simulator.key();
    let home = std::sync::Arc::clone(&desk.home);
    drop(desk);
    for file in files_below(home.path()) {
        let bytes = std::fs::read(&file).expect("a file");
        for disguise in disguises(&secret) {
            assert!(!contains(&bytes, &disguise), "the key is in {}", file.display());
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_store = name.contains(".db") || file.components().any(|part| part.as_os_str() == "recordings");
        for patient in patients.iter().filter(|patient| patient.len() > 3) {
            assert!(!file.display().to_string().contains(patient), "{} names a patient", file.display());
            assert!(is_store || !contains(&bytes, patient.as_bytes()), "{patient} is in {}", file.display());
        }
    }
}

#[test]
fn the_key_goes_to_the_server_and_nowhere_else() {
    let desk = Desk::signed_in(Setup::default());
    let secret = desk.simulator.key();
    let requests = desk.simulator.requests().log;
    assert!(requests.iter().all(|request| request.had_authorization));
    assert!(requests.iter().all(|request| !request.path.contains(&secret) && !request.query.contains(&secret)));
    let debug = format!("{:?} {:?}", desk.state.session, desk.state.notices);
    assert!(!debug.contains(&secret));
}
