//! Both ways to a recording, and the detours that are refused.

use super::*;
use crate::nxvet::ClientOptions;
use crate::nxvet::error::NOT_AUDIO;
use crate::nxvet::fake::{Fake, Reply, Seen, options};
use std::time::Duration;

const SOUND: &[u8] = b"RIFF\x10\x00\x00\x00WAVE0123456789abcdef";
const TAG: &str = "ETag: \"v1\"\r\n";

async fn open(fake: &Fake, resume: Option<&Resume>) -> Result<Recording, Error> {
    fake.client().recording(&OrganizationId::new("org"), &RecordId::new("rec"), resume).await
}

async fn rest_of(mut recording: Recording) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = recording.next_chunk().await? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// A server that has its recordings elsewhere, except at one address.
fn sends_away(to: String, own: &'static str) -> impl Fn(&Seen) -> Reply {
    move |seen| if seen.path() == own { ranged(seen) } else { Reply::redirect(302, &to) }
}

/// A server that can go on from the middle, as the standard says.
fn ranged(seen: &Seen) -> Reply {
    let asked = seen.header("range").and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
    match asked.filter(|_| seen.header("if-range") == Some("\"v1\"")) {
        Some((first, last)) => {
            let last = last.parse().unwrap_or(SOUND.len() - 1);
            stretch(first.parse().expect("a number"), last, SOUND.len(), TAG)
        }
        None => Reply::with(200, &format!("Content-Type: audio/wav\r\n{TAG}"), SOUND),
    }
}

fn part(first: usize, total: usize, extra: &str) -> Reply {
    stretch(first, SOUND.len() - 1, total, extra)
}

fn stretch(first: usize, last: usize, total: usize, extra: &str) -> Reply {
    Reply::with(206, &format!("Content-Range: bytes {first}-{last}/{total}\r\n{extra}"), &SOUND[first..=last])
}

fn half() -> Resume {
    let total = SOUND.len() as u64;
    Resume { offset: 12, until: total, etag: "\"v1\"".to_owned(), total }
}

#[tokio::test]
async fn a_whole_recording_arrives_byte_for_byte() {
    let fake = Fake::start(ranged).await;
    let recording = open(&fake, None).await.expect("a recording");
    assert_eq!((recording.offset, recording.total), (0, Some(SOUND.len() as u64)));
    assert_eq!(recording.etag.as_deref(), Some("\"v1\""));
    assert_eq!(rest_of(recording).await.as_deref(), Ok(SOUND));
    let seen = fake.seen();
    assert_eq!(
        (seen[0].target.as_str(), seen[0].header("accept-encoding")),
        ("/api/labels/rec/audio", Some("identity"))
    );
    assert_eq!(seen[0].header("range"), None);
}

#[tokio::test]
async fn a_download_goes_on_where_it_stopped() {
    let fake = Fake::start(ranged).await;
    let recording = open(&fake, Some(&half())).await.expect("a recording");
    assert_eq!((recording.offset, recording.total), (12, Some(SOUND.len() as u64)));
    assert_eq!(rest_of(recording).await.as_deref(), Ok(&SOUND[12..]));
    assert_eq!((fake.seen().len(), fake.seen()[0].header("range")), (1, Some("bytes=12-")));
}

#[tokio::test]
async fn what_does_not_fit_starts_anew() {
    let whole = || Reply::with(200, "ETag: W/\"v2\"\r\n", SOUND);
    let misfits = [
        part(11, SOUND.len(), TAG),
        part(12, SOUND.len() + 1, TAG),
        part(12, SOUND.len(), "ETag: \"v2\"\r\n"),
        part(12, SOUND.len(), ""),
        Reply::with(206, TAG, &SOUND[12..]),
        Reply::with(416, "Content-Range: bytes */28\r\n", ""),
    ];
    for misfit in misfits {
        let fake = Fake::in_turn(vec![misfit, whole()]).await;
        let recording = open(&fake, Some(&half())).await.expect("a recording");
        assert_eq!((recording.offset, recording.etag.as_deref()), (0, None));
        assert_eq!(rest_of(recording).await.as_deref(), Ok(SOUND));
        assert_eq!((fake.seen().len(), fake.seen()[1].header("range")), (2, None));
    }
    let fake = Fake::in_turn(vec![whole()]).await;
    assert_eq!(open(&fake, Some(&half())).await.expect("a recording").offset, 0, "the whole after asking for a part");
}

#[tokio::test]
async fn a_useless_place_is_not_asked_for() {
    let whole = SOUND.len() as u64;
    for (offset, etag) in [(0, "\"v1\""), (whole, "\"v1\""), (12, "W/\"v1\""), (12, "v1")] {
        let fake = Fake::start(ranged).await;
        let resume = Resume { offset, until: whole, etag: etag.to_owned(), total: whole };
        assert_eq!(open(&fake, Some(&resume)).await.expect("a recording").offset, 0);
        assert_eq!(fake.seen()[0].header("range"), None);
    }
}

#[tokio::test]
async fn the_older_address_is_tried_on_404_and_remembered() {
    let fake =
        Fake::start(|seen| if seen.path() == "/api/s3-file/download" { ranged(seen) } else { Reply::status(404) })
            .await;
    let client = fake.client();
    for _ in 0..2 {
        let recording = client.recording(&OrganizationId::new("org"), &RecordId::new("rec"), None).await;
        assert_eq!(rest_of(recording.expect("a recording")).await.as_deref(), Ok(SOUND));
    }
    let asked: Vec<String> = fake.seen().iter().map(|seen| seen.target.clone()).collect();
    let older = "/api/s3-file/download?bucketName=nxvet-audio-recording-uploads&key=uploads%2Forg%2Frec.wav";
    assert_eq!(asked, ["/api/labels/rec/audio", older, older]);
}

#[tokio::test]
async fn no_recording_is_told_after_both_addresses() {
    for missing in [Reply::status(404), Reply::with(200, "Content-Type: audio/wav\r\n", "")] {
        let fake = Fake::in_turn(vec![missing]).await;
        assert_eq!(open(&fake, None).await.err(), Some(Error::NotFound));
        assert_eq!(fake.seen().len(), 2);
    }
    for (status, error) in [(401, Error::Unauthorized), (403, Error::Forbidden)] {
        let fake = Fake::in_turn(vec![Reply::status(status)]).await;
        assert_eq!(open(&fake, None).await.err(), Some(error));
        assert_eq!(fake.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_short_body_is_never_taken_for_the_whole() {
    let fake = Fake::in_turn(vec![Reply::with(200, TAG, SOUND).cut(5)]).await;
    let recording = open(&fake, None).await.expect("a recording");
    assert_eq!(rest_of(recording).await, Err(Error::BrokenOff));
    let short_part = format!("Content-Range: bytes 12-20/{}\r\n{TAG}", SOUND.len());
    let short = || Reply::with(206, &short_part, &SOUND[12..21]);
    let recording = open(&Fake::in_turn(vec![short().cut(1)]).await, Some(&half())).await.expect("a part");
    assert_eq!(rest_of(recording).await, Err(Error::BrokenOff));
    // Less than was asked for is allowed; whoever asked sees that the rest is still missing.
    let recording = open(&Fake::in_turn(vec![short()]).await, Some(&half())).await.expect("a part");
    assert_eq!((recording.total, rest_of(recording).await.as_deref()), (Some(28), Ok(&SOUND[12..21])));
    let fake =
        Fake::in_turn(vec![Reply::raw([b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".as_slice(), SOUND].concat())])
            .await;
    let recording = open(&fake, None).await.expect("a recording of unknown size");
    assert_eq!(recording.total, None);
    assert_eq!(rest_of(recording).await.as_deref(), Ok(SOUND));
}

#[tokio::test]
async fn silence_in_the_middle_is_a_timeout() {
    let fake = Fake::in_turn(vec![Reply::with(200, TAG, SOUND).cut(5).then_silence()]).await;
    let mut options = options();
    options.idle_timeout = Duration::from_millis(50);
    let client = fake.client_with(options);
    let recording = client.recording(&OrganizationId::new("org"), &RecordId::new("rec"), None).await;
    assert_eq!(rest_of(recording.expect("a recording")).await, Err(Error::Timeout));
}

#[tokio::test]
async fn what_is_no_recording_is_refused() {
    let page = Reply::with(200, "Content-Type: audio/wav\r\n", "\r\n<html>");
    assert_eq!(open(&Fake::in_turn(vec![page]).await, None).await.err(), Some(Error::NotNxvet));
    let page = Reply::with(200, "Content-Type: TEXT/HTML\r\n", "hello");
    assert_eq!(open(&Fake::in_turn(vec![page]).await, None).await.err(), Some(Error::NotNxvet));
    let json = Reply::json(r#"{"message":"no"}"#);
    assert_eq!(open(&Fake::in_turn(vec![json]).await, None).await.err(), Some(Error::Unexpected { what: NOT_AUDIO }));
    let huge = Reply::raw("HTTP/1.1 200 OK\r\nContent-Length: 4294967297\r\n\r\nRIFF").then_silence();
    assert_eq!(open(&Fake::in_turn(vec![huge]).await, None).await.err(), Some(Error::TooLarge));
}

#[tokio::test]
async fn a_store_elsewhere_is_asked_without_the_key() {
    for status in [301, 302, 303, 307, 308] {
        let store = Fake::start(ranged).await;
        let fake = Fake::in_turn(vec![Reply::redirect(status, &format!("{}/bucket/rec.wav?sig=1", store.url))]).await;
        let recording = open(&fake, Some(&half())).await.expect("a recording");
        assert_eq!((recording.offset, rest_of(recording).await.as_deref()), (12, Ok(&SOUND[12..])));
        assert!(fake.seen()[0].header("authorization").is_some());
        let seen = store.seen();
        assert_eq!((seen.len(), seen[0].target.as_str()), (1, "/bucket/rec.wav?sig=1"));
        for name in ["authorization", "cookie", "referer"] {
            assert_eq!(seen[0].header(name), None, "{status}");
        }
    }
}

#[tokio::test]
async fn a_store_that_sends_back_does_not_get_the_key_out() {
    let back = std::sync::Arc::new(std::sync::OnceLock::<String>::new());
    let way_back = back.clone();
    let store = Fake::start(move |_| Reply::redirect(302, &format!("{}/back", way_back.get().expect("set")))).await;
    let to_store = format!("{}/a", store.url);
    let fake = Fake::start(sends_away(to_store, "/back")).await;
    back.set(fake.url.clone()).expect("unset");
    assert!(open(&fake, None).await.is_ok());
    assert_eq!(fake.seen().last().map(|seen| seen.header("authorization").is_some()), Some(false));
}

#[tokio::test]
async fn a_refusing_store_does_not_sign_anybody_out() {
    for status in [401, 403, 404] {
        let store = Fake::in_turn(vec![Reply::with(status, "Content-Type: application/xml\r\n", "<Error/>")]).await;
        let to_store = format!("{}/expired", store.url);
        let fake = Fake::start(sends_away(to_store, "/api/s3-file/download")).await;
        assert_eq!(rest_of(open(&fake, None).await.expect("from the older address")).await.as_deref(), Ok(SOUND));
    }
}

/// Opens the whole and asks for a part at the place where it was.
async fn go_on(fake: &Fake, wanted: &Resume) -> Result<Continuation, Error> {
    let client = fake.client();
    let whole = client.recording(&OrganizationId::new("org"), &RecordId::new("rec"), None).await.expect("a recording");
    client.recording_from(&whole.place, wanted).await
}

#[tokio::test]
async fn a_part_is_one_question_at_the_place_where_the_recording_was() {
    let store = Fake::start(ranged).await;
    let fake = Fake::in_turn(vec![Reply::redirect(302, &format!("{}/rec.wav?sig=canary", store.url))]).await;
    let wanted = Resume { offset: 8, until: 20, ..half() };
    let Ok(Continuation::Part(part)) = go_on(&fake, &wanted).await else { panic!("no part") };
    assert!(part.is_part && !format!("{part:?} {:?}", part.place).contains("canary"));
    assert_eq!((part.offset, rest_of(part).await.as_deref()), (8, Ok(&SOUND[8..20])));
    assert_eq!((fake.seen().len(), store.seen().len()), (1, 2));
    let asked = &store.seen()[1];
    assert_eq!((asked.header("range"), asked.header("if-range")), (Some("bytes=8-19"), Some("\"v1\"")));
    assert_eq!(asked.header("authorization"), None);
}

#[tokio::test]
async fn only_the_very_part_is_joined() {
    let whole = || Reply::with(200, TAG, SOUND);
    let cases = [
        (part(11, SOUND.len(), TAG), "NotThePart"),
        (part(13, SOUND.len(), TAG), "NotThePart"),
        (part(12, SOUND.len(), ""), "NotThePart"),
        (part(12, SOUND.len() + 1, TAG), "OtherVersion"),
        (part(12, SOUND.len(), "ETag: \"v2\"\r\n"), "OtherVersion"),
        (Reply::with(416, "Content-Range: bytes */9\r\n", ""), "OtherVersion"),
        (whole(), "Whole(Recording { total: Some(28), offset: 0, .. })"),
        (part(12, SOUND.len(), TAG), "Part(Recording { total: Some(28), offset: 12, .. })"),
    ];
    for (reply, verdict) in cases {
        let fake = Fake::in_turn(vec![whole(), reply]).await;
        let answer = go_on(&fake, &half()).await.expect("an answer");
        assert_eq!((format!("{answer:?}").as_str(), fake.seen().len()), (verdict, 2));
    }
    let fake = Fake::in_turn(vec![whole()]).await;
    for useless in [Resume { etag: "W/\"v1\"".to_owned(), ..half() }, Resume { until: 12, ..half() }] {
        assert!(matches!(go_on(&fake, &useless).await, Ok(Continuation::NotThePart)));
    }
}

#[tokio::test]
async fn a_place_that_has_run_out_says_so_and_troubles_of_a_part_are_mended() {
    for status in [403, 404, 410] {
        let store = Fake::in_turn(vec![Reply::with(200, TAG, SOUND), Reply::status(status)]).await;
        let fake = Fake::in_turn(vec![Reply::redirect(302, &format!("{}/rec.wav", store.url))]).await;
        assert_eq!(go_on(&fake, &half()).await.err(), Some(Error::NotFound));
    }
    let replies = vec![Reply::with(200, TAG, SOUND), Reply::status(503), part(12, SOUND.len(), TAG).cut(16)];
    let fake = Fake::in_turn([replies, vec![part(12, SOUND.len(), TAG)]].concat()).await;
    assert!(matches!(go_on(&fake, &half()).await, Ok(Continuation::Part(_))));
    assert_eq!(fake.seen().len(), 4, "no first byte is worth another try");
}

#[tokio::test]
async fn a_part_that_stalls_or_breaks_off_says_so() {
    let whole = || Reply::with(200, TAG, SOUND);
    for (broken, error) in [
        (part(12, SOUND.len(), TAG).cut(5).then_silence(), Error::Timeout),
        (part(12, SOUND.len(), TAG).cut(5), Error::BrokenOff),
    ] {
        let fake = Fake::in_turn(vec![whole(), broken]).await;
        let client = fake.client_with(ClientOptions { idle_timeout: Duration::from_millis(50), ..options() });
        let (organization, record) = (OrganizationId::new("org"), RecordId::new("rec"));
        let place = client.recording(&organization, &record, None).await.expect("a recording").place;
        let Ok(Continuation::Part(part)) = client.recording_from(&place, &half()).await else { panic!("no part") };
        assert_eq!(rest_of(part).await, Err(error));
    }
}
