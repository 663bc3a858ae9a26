//! What proves that a record is what a partner event told, and where its recording lies meanwhile.

use super::*;
use crate::store::StoreKeys;

fn notes(transcript: &str) -> Notes {
    notes_of(Some(&SecretString::from(transcript)), Some(&SecretString::from("S: fine")))
}

#[test]
fn the_same_words_are_proof_and_nothing_less_is() {
    let told = notes("Vet: Biscuit limps.\nOwner: Since Tuesday.");
    assert!(says_the_same(&told, &notes("Vet: Biscuit limps.  \r\nOwner: Since Tuesday.\n")));
    assert!(!says_the_same(&told, &notes("Vet: Biscuit limps.\nOwner: Since Monday.")));
    assert!(!says_the_same(&told, &Notes::default()));
    assert!(!says_the_same(&Notes::default(), &Notes::default()), "two silences are no proof");
}

#[test]
fn a_recording_moves_to_its_record_and_never_over_another_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let recordings = Recordings::new(folder.path(), &StoreKeys::random().expect("keys").recordings);
    let put = |key: &ConsultationKey, bytes: &[u8]| {
        let (mut part, _) = recordings.write_part(key).expect("a part");
        part.empty().expect("an empty part");
        part.write(0, bytes, bytes.len() as u64).expect("room");
        part.finish(bytes.len() as u64).expect("a recording");
    };
    let read = |key: &ConsultationKey| {
        let mut all = Vec::new();
        recordings.finished(key)?.open().ok()?.read_to_end(&mut all).ok()?;
        Some(all)
    };
    let (from, to) = (place_of("evt_1"), ConsultationKey::record("r1"));
    let sound: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    put(&from, &sound);
    adopt(&recordings, &from, &to).expect("a move");
    assert!(read(&to).is_some_and(|kept| kept == sound));
    assert_eq!(read(&from), None);
    put(&from, b"another");
    adopt(&recordings, &from, &to).expect("nothing to do");
    assert!(read(&to).is_some_and(|kept| kept == sound), "what is there stays");
    assert_eq!(read(&from), None);
    adopt(&recordings, &from, &to).expect("nothing there is no fault");
}
