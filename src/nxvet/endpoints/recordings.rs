//! The sound of a record, as a stream of bytes that either is whole or fails.
//! Writing it down and resuming after a break are the caller's part; this file only makes sure
//! that what is appended really continues what was there.

use crate::domain::{OrganizationId, RecordId};
use crate::nxvet::body::{is_type, is_web_page};
use crate::nxvet::client::Client;
use crate::nxvet::error::{BAD_RANGE, Error, NOT_AUDIO};
use crate::nxvet::request::{Question, text_of};
use crate::nxvet::retry::Failure;
use crate::nxvet::trouble;
use bytes::Bytes;
use reqwest::header::{CONTENT_RANGE, ETAG};
use reqwest::{Response, StatusCode};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use url::Url;

/// Larger than any consultation; a plain WAV file cannot be larger either.
const MAX_BYTES: u64 = 4 << 30;
/// The store's name is a constant in the vendor's sample.
const BUCKET: &str = "nxvet-audio-recording-uploads";

/// Whether the last recording came from the older address.
#[derive(Default)]
pub(crate) struct KnownRoute(AtomicBool);

/// Where an earlier download stopped, and of which version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resume {
    /// Bytes that are already there.
    pub offset: u64,
    /// The strong version mark that came with them.
    pub etag: String,
    pub total: u64,
}

/// A recording on its way.
pub struct Recording {
    /// Its whole size, where the server tells.
    pub total: Option<u64>,
    /// The version, only when it is strong enough to resume by.
    pub etag: Option<String>,
    /// Where the first chunk belongs: zero means that it starts anew, whatever was asked for.
    pub offset: u64,
    position: u64,
    first: Option<Bytes>,
    response: Response,
}

impl Client {
    /// Opens a recording, behind what is already there if the server can do that.
    pub async fn recording(
        &self,
        organization: &OrganizationId,
        record: &RecordId,
        resume: Option<&Resume>,
    ) -> Result<Recording, Error> {
        let older_first = self.recording_route().0.load(Ordering::Relaxed);
        for older in [older_first, !older_first] {
            let url = if older { self.stored_address(organization, record)? } else { self.audio_address(record)? };
            match self.open(&url, resume).await {
                Err(Error::NotFound) => {}
                Ok(recording) => {
                    self.recording_route().0.store(older, Ordering::Relaxed);
                    return Ok(recording);
                }
                Err(error) => return Err(error),
            }
        }
        Err(Error::NotFound)
    }

    fn audio_address(&self, record: &RecordId) -> Result<Url, Error> {
        self.address(&["labels", record.as_str(), "audio"], &[])
    }

    fn stored_address(&self, organization: &OrganizationId, record: &RecordId) -> Result<Url, Error> {
        let key = format!("uploads/{organization}/{record}.wav");
        self.address(&["s3-file", "download"], &[("bucketName", BUCKET), ("key", &key)])
    }

    async fn open(&self, url: &Url, resume: Option<&Resume>) -> Result<Recording, Error> {
        let resume =
            resume.filter(|resume| resume.offset > 0 && resume.offset < resume.total && is_strong(&resume.etag));
        self.retrying(|| async {
            if let Some(resume) = resume {
                match self.open_once(url, Some(resume)).await {
                    Err(Failure { error: Error::Unexpected { what }, .. }) if what == BAD_RANGE => {}
                    other => return other,
                }
            }
            self.open_once(url, None).await
        })
        .await
    }

    async fn open_once(&self, url: &Url, resume: Option<&Resume>) -> Result<Recording, Failure> {
        let from = resume.map(|resume| (resume.offset, resume.etag.clone()));
        let response = self.send(&Question::recording(url.clone(), from)).await?;
        let mut recording = Recording::new(response, resume)?;
        recording.look_at_the_start().await?;
        Ok(recording)
    }
}

impl Recording {
    fn new(response: Response, resume: Option<&Resume>) -> Result<Self, Error> {
        if is_web_page(&response) {
            return Err(Error::NotNxvet);
        }
        if is_type(&response, "application/json") {
            return Err(Error::Unexpected { what: NOT_AUDIO });
        }
        let etag = text_of(response.headers(), &ETAG).map(|etag| etag.trim().to_owned()).filter(|etag| is_strong(etag));
        let is_part = response.status() == StatusCode::PARTIAL_CONTENT;
        let (offset, total) = if is_part {
            let range = text_of(response.headers(), &CONTENT_RANGE).unwrap_or_default();
            let resume = resume.filter(|resume| continues(resume, &range, etag.as_deref()));
            let resume = resume.ok_or(Error::Unexpected { what: BAD_RANGE })?;
            (resume.offset, Some(resume.total))
        } else {
            (0, response.content_length())
        };
        if total.is_some_and(|total| total > MAX_BYTES) {
            return Err(Error::TooLarge);
        }
        Ok(Self { total, etag, offset, position: offset, first: None, response })
    }

    /// Holds the first chunk back to see what it is: some networks answer with a page that calls itself audio.
    async fn look_at_the_start(&mut self) -> Result<(), Error> {
        let Some(chunk) = self.receive().await? else {
            // Nothing at all is how a recording looks that is not there yet.
            return if self.total.unwrap_or(0) == 0 { Err(Error::NotFound) } else { Err(Error::BrokenOff) };
        };
        if self.offset == 0 && chunk.trim_ascii_start().starts_with(b"<") {
            return Err(Error::NotNxvet);
        }
        self.first = Some(chunk);
        Ok(())
    }

    /// The next bytes; `None` only when all of them have come. A body that ends early is [`Error::BrokenOff`].
    pub async fn next_chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let chunk = match self.first.take() {
            Some(first) => Some(first),
            None => self.receive().await?,
        };
        let Some(chunk) = chunk else {
            let is_whole = self.total.is_none_or(|total| total == self.position);
            return if is_whole { Ok(None) } else { Err(Error::BrokenOff) };
        };
        self.position += chunk.len() as u64;
        if self.position > MAX_BYTES {
            return Err(Error::TooLarge);
        }
        if self.total.is_some_and(|total| self.position > total) {
            return Err(Error::BrokenOff);
        }
        Ok(Some(chunk))
    }

    async fn receive(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            match self.response.chunk().await.map_err(|error| trouble::of_network(&error))? {
                Some(chunk) if chunk.is_empty() => {}
                other => return Ok(other),
            }
        }
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Recording");
        shown.field("total", &self.total).field("offset", &self.offset).finish_non_exhaustive()
    }
}

/// A weak mark (`W/"…"`) may stand for other bytes, so nothing is joined by it.
fn is_strong(etag: &str) -> bool {
    etag.len() > 2 && etag.starts_with('"') && etag.ends_with('"')
}

/// Whether a part really continues what is there: same start, same size, same version.
fn continues(resume: &Resume, content_range: &str, etag: Option<&str>) -> bool {
    content_start(content_range) == Some((resume.offset, resume.total)) && etag == Some(resume.etag.as_str())
}

/// First byte and whole size out of `bytes 500-999/1000`.
fn content_start(text: &str) -> Option<(u64, u64)> {
    let (range, total) = text.trim().strip_prefix("bytes")?.trim_start().split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, total) =
        (first.trim().parse().ok()?, last.trim().parse::<u64>().ok()?, total.trim().parse().ok()?);
    (first <= last && last < total).then_some((first, total))
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let asked =
            seen.header("range").and_then(|range| range.strip_prefix("bytes=")?.trim_end_matches('-').parse().ok());
        match asked.filter(|_| seen.header("if-range") == Some("\"v1\"")) {
            Some(first) => part(first, SOUND.len(), TAG),
            None => Reply::with(200, &format!("Content-Type: audio/wav\r\n{TAG}"), SOUND),
        }
    }

    fn part(first: usize, total: usize, extra: &str) -> Reply {
        let range = format!("Content-Range: bytes {first}-{}/{total}\r\n{extra}", SOUND.len() - 1);
        Reply::with(206, &range, &SOUND[first..])
    }

    fn half() -> Resume {
        Resume { offset: 12, etag: "\"v1\"".to_owned(), total: SOUND.len() as u64 }
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
        assert_eq!(
            open(&fake, Some(&half())).await.expect("a recording").offset,
            0,
            "the whole after asking for a part"
        );
    }

    #[tokio::test]
    async fn a_useless_place_is_not_asked_for() {
        let whole = SOUND.len() as u64;
        for (offset, etag) in [(0, "\"v1\""), (whole, "\"v1\""), (12, "W/\"v1\""), (12, "v1")] {
            let fake = Fake::start(ranged).await;
            let resume = Resume { offset, etag: etag.to_owned(), total: whole };
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
        let fake = Fake::in_turn(vec![Reply::with(206, &short_part, &SOUND[12..21])]).await;
        let recording = open(&fake, Some(&half())).await.expect("a part");
        assert_eq!(rest_of(recording).await, Err(Error::BrokenOff));
        let fake = Fake::in_turn(vec![Reply::raw(
            [b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".as_slice(), SOUND].concat(),
        )])
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
        assert_eq!(
            open(&Fake::in_turn(vec![json]).await, None).await.err(),
            Some(Error::Unexpected { what: NOT_AUDIO })
        );
        let huge = Reply::raw("HTTP/1.1 200 OK\r\nContent-Length: 4294967297\r\n\r\nRIFF").then_silence();
        assert_eq!(open(&Fake::in_turn(vec![huge]).await, None).await.err(), Some(Error::TooLarge));
    }

    #[tokio::test]
    async fn a_store_elsewhere_is_asked_without_the_key() {
        for status in [301, 302, 303, 307, 308] {
            let store = Fake::start(ranged).await;
            let fake =
                Fake::in_turn(vec![Reply::redirect(status, &format!("{}/bucket/rec.wav?sig=1", store.url))]).await;
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

    #[test]
    fn only_a_part_that_fits_is_appended() {
        let resume = Resume { offset: 500, etag: "\"v1\"".to_owned(), total: 1000 };
        let fits = |range: &str, etag: Option<&str>| continues(&resume, range, etag);
        assert!(fits("bytes 500-999/1000", Some("\"v1\"")));
        assert!(fits("bytes 500-700/1000", Some("\"v1\"")));
        for range in [
            "",
            "bytes 499-999/1000",
            "bytes 500-999/1001",
            "bytes 500-999/*",
            "bytes */1000",
            "bytes 500-1000/1000",
            "items 500-999/1000",
            "bytes 500-499/1000",
            "bytes 500-99999999999999999999/1000",
        ] {
            assert!(!fits(range, Some("\"v1\"")), "{range}");
        }
        assert!(!fits("bytes 500-999/1000", Some("\"v2\"")));
        assert!(!fits("bytes 500-999/1000", None));
    }

    #[test]
    fn only_strong_marks_count() {
        assert!(is_strong("\"abc\""));
        for weak in ["W/\"abc\"", "abc", "\"\"", "\"", ""] {
            assert!(!is_strong(weak), "{weak}");
        }
    }
}
