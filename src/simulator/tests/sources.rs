//! Where records come from and how they change: sample clinic, folder, seed, pending notes.
//!
//! How they are written is judged in `answers`.

use std::{collections::BTreeSet, path::Path, time::Instant};

use super::*;

/// Real dialogues, on the machines that have them.
const LIBRARY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/consultations");

#[tokio::test]
async fn pending_notes_take_several_forms_and_fill_in() {
    let desk = Desk::open(generated(Personality::Production, 0)).await;
    let mut forms = BTreeSet::new();
    for _ in 0..40 {
        let id = desk.server.add_pending_record();
        let notes = desk.json(&format!("/api/labels/{id}")).await["ownedPatientNotes"].clone();
        forms.insert(notes.as_array().map(Vec::len));
        assert!(notes.as_array().into_iter().flatten().all(|note| note["content"].as_str().unwrap().len() <= 2));
    }
    assert_eq!(forms, BTreeSet::from([None, Some(0), Some(1), Some(2)]));
    let id = desk.server.add_pending_record();
    assert!(desk.server.advance_note(&id));
    let notes = desk.json(&format!("/api/labels/{id}")).await["ownedPatientNotes"].clone();
    assert!(notes[0]["content"].as_str().unwrap().len() > 1_000);
    desk.server.fill_all_notes();
    assert!(desk.server.pending_record_ids().is_empty());
    let notes = desk.json(&format!("/api/labels/{id}")).await["ownedPatientNotes"].clone();
    assert_eq!(notes[1]["type"], "SOAP");
}

#[tokio::test]
async fn conversations_are_paged_by_token_and_opened_one_by_one() {
    for (personality, rows, token, id) in [
        (Personality::Docs, "data", "pageToken", "id"),
        (Personality::Production, "conversations", "nextPageToken", "conversationId"),
    ] {
        let desk = Desk::open(generated(personality, 1_000)).await;
        let base = format!("/api/nxhub/conversations?organizationId={}&pageSize=15", desk.server.organization_id());
        let (mut seen, mut path) = (Vec::new(), base.clone());
        loop {
            let page = desk.json(&path).await;
            for row in page[rows].as_array().unwrap() {
                seen.push((row["deviceId"].as_str().unwrap().to_owned(), row[id].as_str().unwrap().to_owned()));
            }
            let Some(next) = page[token].as_str() else { break };
            assert_eq!(page["hasMore"], true);
            path = format!("{base}&pageToken={}", next.replace('=', "%3D"));
        }
        assert_eq!(seen, desk.server.conversation_ids());
        assert_eq!(seen.len(), 40);
        let (device, id) = &seen[3];
        assert!(desk.json(&format!("/api/nxhub/conversations/{device}/{id}")).await.is_object());
        assert_eq!(desk.status(&format!("/api/nxhub/conversations/other/{id}")).await, 404);
    }
}

#[tokio::test]
async fn the_sample_clinic_can_be_opened_record_by_record() {
    for personality in [Personality::Docs, Personality::Production] {
        let desk = Desk::open(Config::new(personality, Source::Demo, now())).await;
        let ids = desk.page_to_the_end(7).await;
        assert_eq!(ids, desk.server.record_ids());
        for id in &ids {
            let detail = desk.json(&format!("/api/labels/{id}")).await;
            assert_eq!(detail["id"], *id);
        }
        let pending = desk.server.pending_record_ids();
        assert!(!pending.is_empty());
        desk.server.fill_all_notes();
        let detail = desk.json(&format!("/api/labels/{}", pending[0])).await;
        assert_eq!(detail["ownedPatientNotes"].as_array().map(Vec::len), Some(2), "{detail}");
    }
}

#[tokio::test]
async fn a_folder_of_real_consultations_is_served_word_for_word() {
    let folder = Path::new(LIBRARY);
    if !folder.is_dir() {
        eprintln!("skipped: the folder of real consultations is not on this machine");
        return;
    }
    let desk = Desk::open(Config::new(Personality::Docs, Source::Folder(folder.to_owned()), now())).await;
    let ids = desk.page_to_the_end(100).await;
    assert_eq!(ids.len(), std::fs::read_dir(folder).unwrap().count());
    let mut folders: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    for (id, folder) in ids.iter().zip(&folders) {
        let notes = desk.json(&format!("/api/labels/{id}")).await["ownedPatientNotes"].clone();
        let words = std::fs::read_to_string(folder.join("transcript.txt")).unwrap();
        assert_eq!(notes[0]["content"], words);
        let recording = folder.join("recording.wav");
        if recording.is_file() {
            let sent = desk.get(&desk.s3(id)).await.unwrap().bytes().await.unwrap();
            assert!(sent == std::fs::read(recording).unwrap());
        } else {
            assert_eq!(desk.status(&desk.s3(id)).await, 404);
        }
    }
}

#[test]
fn a_hundred_thousand_records_are_there_at_once_and_the_last_handle_stops_the_server() {
    let began = Instant::now();
    let server = Simulator::start_blocking(generated(Personality::Production, 100_000)).unwrap();
    let seconds = began.elapsed().as_secs_f64();
    assert!(seconds < 4.0, "{seconds} s");
    assert_eq!(server.record_ids().len(), 100_000);
    let address = server.base_url().trim_start_matches("http://").to_owned();
    assert!(std::net::TcpStream::connect(&address).is_ok());
    let clone = server.clone();
    drop(server);
    assert!(std::net::TcpStream::connect(&address).is_ok());
    drop(clone);
    let deadline = Instant::now() + Duration::from_secs(5);
    while std::net::TcpStream::connect(&address).is_ok() {
        assert!(Instant::now() < deadline, "the server still listens");
        std::thread::yield_now();
    }
}

#[tokio::test]
async fn the_sample_clinics_recordings_are_served_decoded() {
    let desk = Desk::open(Config::new(Personality::Production, Source::Demo, now())).await;
    let rows = desk.json(&desk.list("limit=100")).await;
    let row = rows.as_array().unwrap().iter().find(|row| row["name"] == "Søren - dictated dental letter").unwrap();
    let id = row["id"].as_str().unwrap();
    let sent = desk.get(&format!("/api/labels/{id}/audio")).await.unwrap().bytes().await.unwrap();
    let reader = hound::WavReader::new(std::io::Cursor::new(sent.clone())).unwrap();
    assert_eq!((reader.spec().sample_rate, reader.spec().channels, reader.spec().bits_per_sample), (16_000, 1, 16));
    assert!(reader.len() > 16_000 * 60);
    assert_eq!(desk.server.recording_bytes(id).unwrap(), sent);
    let arrived = desk.server.add_pending_record();
    assert_eq!(desk.status(&format!("/api/labels/{arrived}/audio")).await, 404);
}
