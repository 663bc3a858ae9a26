//! A recording on its way: judges the head of an answer and hands over its bytes, which either are
//! what the head promised or end in an error. Where to ask is in `recordings`; nothing is written here.

use super::recordings::{AudioPlace, Resume};
use crate::nxvet::body::{is_type, is_web_page};
use crate::nxvet::error::{Error, NOT_AUDIO};
use crate::nxvet::request::text_of;
use crate::nxvet::trouble;
use bytes::Bytes;
use reqwest::header::{CONTENT_RANGE, ETAG};
use reqwest::{Response, StatusCode};
use std::fmt;

/// Larger than any consultation; a plain WAV file cannot be larger either.
const MAX_BYTES: u64 = 4 << 30;

/// The bytes of a recording, or of a part of it.
pub struct Recording {
    /// The size of the whole, where the server tells.
    pub total: Option<u64>,
    /// The version, only when it is strong enough to join parts by.
    pub etag: Option<String>,
    /// Where the first chunk belongs: zero when the whole comes, whatever was asked for.
    pub offset: u64,
    /// The part that was asked for, rather than everything.
    pub is_part: bool,
    /// Where it came from.
    pub place: AudioPlace,
    /// The first byte that does not come any more.
    end: Option<u64>,
    position: u64,
    first: Option<Bytes>,
    response: Response,
}

/// How a server answers when it is asked for a part.
#[derive(Debug)]
pub enum Continuation {
    /// Exactly the part, of the same version.
    Part(Recording),
    /// The whole: it gives no parts, or the version is another one, which the whole's own mark tells.
    Whole(Recording),
    /// There is another version now.
    OtherVersion,
    /// Something that is not the part; it must not be joined.
    NotThePart,
}

impl Recording {
    /// The answer to a question for everything.
    pub(super) async fn whole(response: Response, place: AudioPlace) -> Result<Self, Error> {
        check_kind(&response)?;
        let total = response.content_length();
        Self::begin(response, place, 0, (total, total)).await
    }

    async fn begin(
        response: Response,
        place: AudioPlace,
        offset: u64,
        (end, total): (Option<u64>, Option<u64>),
    ) -> Result<Self, Error> {
        if total.is_some_and(|total| total > MAX_BYTES) {
            return Err(Error::TooLarge);
        }
        let etag = strong_etag(&response);
        let is_part = response.status() == StatusCode::PARTIAL_CONTENT;
        let mut recording = Self { total, etag, offset, is_part, place, end, position: offset, first: None, response };
        recording.look_at_the_start().await?;
        Ok(recording)
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

    /// The next bytes; `None` only when all that was promised has come. A body that ends early is
    /// [`Error::BrokenOff`]. Dropping the future loses nothing.
    pub async fn next_chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let chunk = match self.first.take() {
            Some(first) => Some(first),
            None => self.receive().await?,
        };
        let Some(chunk) = chunk else {
            let is_all = self.end.is_none_or(|end| end == self.position);
            return if is_all { Ok(None) } else { Err(Error::BrokenOff) };
        };
        self.position += chunk.len() as u64;
        if self.position > MAX_BYTES {
            return Err(Error::TooLarge);
        }
        if self.end.is_some_and(|end| self.position > end) {
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

impl Continuation {
    /// Judges an answer to a question for a part.
    pub(super) async fn judge(response: Response, place: AudioPlace, wanted: &Resume) -> Result<Self, Error> {
        if response.status() != StatusCode::PARTIAL_CONTENT {
            return Recording::whole(response, place).await.map(Self::Whole);
        }
        check_kind(&response)?;
        let etag = strong_etag(&response);
        let range = text_of(response.headers(), &CONTENT_RANGE);
        let range = range.as_deref().and_then(content_range).filter(|range| range.total <= MAX_BYTES);
        let Some(range) = range else { return Ok(Self::NotThePart) };
        match fit(&range, etag.as_deref(), wanted) {
            Fit::Continues => {}
            Fit::OtherVersion => return Ok(Self::OtherVersion),
            Fit::NotThePart => return Ok(Self::NotThePart),
        }
        let ends = (Some(range.last + 1), Some(range.total));
        Recording::begin(response, place, range.first, ends).await.map(Self::Part)
    }
}

fn check_kind(response: &Response) -> Result<(), Error> {
    if is_web_page(response) {
        return Err(Error::NotNxvet);
    }
    if is_type(response, "application/json") {
        return Err(Error::Unexpected { what: NOT_AUDIO });
    }
    Ok(())
}

fn strong_etag(response: &Response) -> Option<String> {
    let etag = text_of(response.headers(), &ETAG)?;
    Some(etag.trim().to_owned()).filter(|etag| is_strong(etag))
}

/// A weak mark (`W/"…"`) may stand for other bytes, so nothing is joined by it.
pub(super) fn is_strong(etag: &str) -> bool {
    etag.len() > 2 && etag.starts_with('"') && etag.ends_with('"')
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    Continues,
    OtherVersion,
    NotThePart,
}

/// Whether a part really belongs where it was asked for: same start, same size, same version.
fn fit(range: &ContentRange, etag: Option<&str>, wanted: &Resume) -> Fit {
    if range.total != wanted.total || etag.is_some_and(|etag| etag != wanted.etag) {
        return Fit::OtherVersion;
    }
    let is_the_part = range.first == wanted.offset && range.last < wanted.until && etag.is_some();
    if is_the_part { Fit::Continues } else { Fit::NotThePart }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ContentRange {
    first: u64,
    last: u64,
    total: u64,
}

/// Reads `bytes 500-999/1000`.
fn content_range(text: &str) -> Option<ContentRange> {
    let (range, total) = text.trim().strip_prefix("bytes")?.trim_start().split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, total) = (first.trim().parse().ok()?, last.trim().parse().ok()?, total.trim().parse().ok()?);
    (first <= last && last < total).then_some(ContentRange { first, last, total })
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Recording");
        shown.field("total", &self.total).field("offset", &self.offset).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_part_that_fits_is_joined() {
        let wanted = Resume { offset: 500, until: 1000, etag: "\"v1\"".to_owned(), total: 1000 };
        let judge = |range: &str, etag: Option<&str>| content_range(range).map(|range| fit(&range, etag, &wanted));
        let same = Some("\"v1\"");
        assert_eq!(judge("bytes 500-999/1000", same), Some(Fit::Continues));
        assert_eq!(judge("bytes 500-700/1000", same), Some(Fit::Continues));
        for (range, etag) in [("bytes 500-999/1001", same), ("bytes 500-999/1000", Some("\"v2\""))] {
            assert_eq!(judge(range, etag), Some(Fit::OtherVersion), "{range}");
        }
        for (range, etag) in [("bytes 499-999/1000", same), ("bytes 501-999/1000", same), ("bytes 500-999/1000", None)]
        {
            assert_eq!(judge(range, etag), Some(Fit::NotThePart), "{range}");
        }
        for unreadable in [
            "",
            "bytes 500-999/*",
            "bytes */1000",
            "bytes 500-1000/1000",
            "items 500-999/1000",
            "bytes 500-499/1000",
            "bytes 500-99999999999999999999/1000",
        ] {
            assert_eq!(judge(unreadable, same), None, "{unreadable}");
        }
        let gap = Resume { until: 600, ..wanted.clone() };
        let beyond = content_range("bytes 500-600/1000").map(|range| fit(&range, same, &gap));
        assert_eq!(beyond, Some(Fit::NotThePart), "more than was asked for");
    }

    #[test]
    fn only_strong_marks_count() {
        assert!(is_strong("\"abc\""));
        for weak in ["W/\"abc\"", "abc", "\"\"", "\"", ""] {
            assert!(!is_strong(weak), "{weak}");
        }
    }
}
