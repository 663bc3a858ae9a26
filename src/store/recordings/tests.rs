//! Sealed recordings and their parts on the disk.

use super::super::samples;
use super::*;
use std::io::Read as _;

fn recordings_in(home: &Path) -> Recordings {
    Recordings::new(home, &samples::keys().recordings)
}

fn part_of(recordings: &Recordings, key: &ConsultationKey, bytes: &[u8]) -> Part {
    let (mut part, _) = recordings.write_part(key).expect("opened");
    part.write(0, bytes, 0).expect("written");
    part
}

fn note(part: &Part) {
    let known = Sidecar::new(Some("\"abc\"".to_owned()), Some(7), vec![0..1; 1]);
    part.notebook().note(known).expect("noted");
}

fn content(mut reader: SealedReader) -> Vec<u8> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).expect("read");
    bytes
}

#[test]
fn a_recording_arrives_and_is_then_there() {
    let home = tempfile::tempdir().expect("a folder");
    let recordings = recordings_in(home.path());
    let key = ConsultationKey::record("r-1");
    assert_eq!(recordings.finished(&key), None);
    let part = part_of(&recordings, &key, b"RIFFabc");
    note(&part);
    assert_eq!((recordings.finished(&key), recordings.remove_stale_parts()), (None, 0));
    let finished = part.finish(7).expect("finished");
    assert_eq!((content(finished.open().expect("opened")), finished.bytes), (b"RIFFabc".to_vec(), 7));
    assert_eq!(recordings.finished(&key), Some(finished.clone()));
    assert_eq!(recordings.files().count(), 1);
    assert!(!fs::read(&finished.path).expect("read").windows(4).any(|window| window == b"RIFF"), "sealed");
    let other = Recordings::new(home.path(), &RecordingsKey::new([1; 32]));
    assert_eq!(other.finished(&key), None, "another key");
    fs::rename(&finished.path, other.path(&key, WHOLE)).expect("renamed");
    assert_eq!(other.finished(&key), None, "another key under the right name");
}

#[test]
fn file_names_tell_nothing_and_never_meet() {
    let home = tempfile::tempdir().expect("a folder");
    let recordings = recordings_in(home.path());
    let a = recordings.part(&ConsultationKey::record("../Bella")).part;
    let b = recordings.part(&ConsultationKey::record("../bella")).part;
    let name = a.file_name().and_then(|name| name.to_str()).expect("a name");
    assert_eq!(name.len(), 64 + ".part".len());
    assert!(!name.to_lowercase().contains("bella") && a != b);
    assert_eq!(a.parent(), Some(recordings.folder()));
    let other = Recordings::new(home.path(), &RecordingsKey::new([1; 32]));
    assert_ne!(other.part(&ConsultationKey::record("../Bella")).part, a, "who has no key can guess no name");
}

#[test]
fn only_what_is_of_use_stays() {
    let home = tempfile::tempdir().expect("a folder");
    let recordings = recordings_in(home.path());
    let [whole, resumable, no_facts, bad_facts, no_part] = ["1", "2", "3", "4", "5"].map(ConsultationKey::record);
    part_of(&recordings, &whole, b"w").finish(1).expect("finished");
    note(&part_of(&recordings, &resumable, b"p"));
    part_of(&recordings, &no_facts, b"p");
    part_of(&recordings, &bad_facts, b"p");
    fs::write(recordings.part(&bad_facts).sidecar, "{").expect("written");
    fs::write(recordings.part(&no_part).sidecar, "{}").expect("written");
    fs::write(recordings.folder().join(".consult-desk-1.tmp"), "x").expect("written");
    fs::write(recordings.folder().join("abc.wav"), "RIFF").expect("written");
    recordings.keep_peaks(&no_part, b"p").expect("written");
    assert!(recordings.kept_peaks(&no_part).is_none(), "nothing is kept without a recording");
    let part = part_of(&recordings, &no_part, b"p");
    recordings.keep_peaks(&no_part, b"p").expect("written");
    drop(part);
    fs::remove_file(recordings.part(&no_part).part).expect("removed");
    recordings.keep_peaks(&whole, b"look").expect("written");
    // Two parts, the facts and the look without a part, the temporary and the plain file; the bad facts once their
    // part is gone.
    let removed = recordings.remove_stale_parts() + recordings.remove_stale_parts();
    assert_eq!(removed, 7);
    assert!(recordings.finished(&whole).is_some() && recordings.part(&resumable).part.exists());
    recordings.discard(&resumable);
    assert_eq!(recordings.files().count(), 2);
    assert_eq!(content(recordings.kept_peaks(&whole).expect("kept")), b"look");
    let path = recordings.path(&whole, "peaks");
    fs::copy(recordings.path(&whole, WHOLE), &path).expect("copied");
    assert!(recordings.kept_peaks(&whole).is_none(), "a recording is no look");
    recordings.remove(&whole);
    assert_eq!(recordings.files().count(), 0);
}

#[test]
fn nothing_to_finish_is_an_error_and_nothing_to_wipe_is_not() {
    let home = tempfile::tempdir().expect("a folder");
    let recordings = recordings_in(home.path());
    let key = ConsultationKey::record("r-1");
    recordings.wipe().expect("nothing there");
    assert!(recordings.read_part(&key).is_err());
    part_of(&recordings, &key, b"p").finish(1).expect("finished");
    let again = File::open(recordings.path(&key, WHOLE)).expect("opened");
    part_of(&recordings, &key, b"p");
    recordings.wipe().expect("wiped");
    assert!(!recordings.folder().exists());
    assert_eq!(recordings.total_bytes(), 0);
    let opened = sealed_file::open_finished(again, &samples::keys().recordings, Kind::Recording);
    assert!(opened.is_err(), "what a thief may still find on the disk has no key");
}
