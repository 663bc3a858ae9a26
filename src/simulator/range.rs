//! Parts of a recording: reads `Range` and `If-Range`, answers 200, 206 or 416.

use bytes::Bytes;

use super::reply::Reply;

/// What the client said about parts.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub range: Option<String>,
    pub if_range: Option<String>,
}

/// How the server treats parts just now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Habits {
    pub accepts_ranges: bool,
    pub shows_etag: bool,
    pub start: Start,
}

/// Where a part begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Start {
    #[default]
    AsAsked,
    TooEarly,
    TooLate,
}

/// A recording's bytes and the tag that stands for them.
#[derive(Clone, Debug)]
pub(super) struct Tagged {
    pub bytes: Bytes,
    etag: String,
}

impl Tagged {
    pub(super) fn new(bytes: Bytes) -> Self {
        let etag = etag(&bytes);
        Self { bytes, etag }
    }
}

/// The answer for a recording of these bytes.
pub(super) fn answer(Tagged { bytes, etag }: &Tagged, wanted: &Wanted, habits: Habits) -> Reply {
    let mut reply = Reply::new(200, "audio/wav", bytes.clone());
    if habits.shows_etag {
        reply.set("etag", etag.clone());
    }
    if !habits.accepts_ranges {
        return reply;
    }
    reply.set("accept-ranges", "bytes");
    let still_same = wanted.if_range.as_ref().is_none_or(|known| habits.shows_etag && known == etag);
    let Some(text) = wanted.range.as_ref().filter(|_| still_same) else { return reply };
    let length = bytes.len();
    match parse(text, length) {
        Asked::Whole => reply,
        Asked::Impossible => {
            let mut reply = Reply::new(416, "text/plain", Bytes::new());
            reply.set("content-range", format!("bytes */{length}"));
            reply
        }
        Asked::Part(first, last) => {
            let first = match habits.start {
                Start::AsAsked => first,
                Start::TooEarly => first / 2,
                Start::TooLate => first + (last - first) / 2,
            };
            reply.status = 206;
            reply.set("content-range", format!("bytes {first}-{last}/{length}"));
            reply.body = bytes.slice(first..=last);
            reply
        }
    }
}

/// A strong tag: FNV-1a over the whole file, eight bytes at a time.
fn etag(bytes: &Bytes) -> String {
    let (words, rest) = bytes.as_chunks::<8>();
    let words = words.iter().map(|word| u64::from_le_bytes(*word));
    let sum = words
        .chain(rest.iter().map(|byte| u64::from(*byte)))
        .fold(0xcbf2_9ce4_8422_2325_u64 ^ bytes.len() as u64, |sum, word| (sum ^ word).wrapping_mul(0x100_0000_01b3));
    format!("\"{sum:016x}\"")
}

#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Whole,
    Impossible,
    Part(usize, usize),
}

/// One range; several, or nonsense, count as no range at all.
fn parse(text: &str, length: usize) -> Asked {
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|rest| rest.split_once('-')) else {
        return Asked::Whole;
    };
    let (first, last) = (first.trim(), last.trim());
    let end = length.saturating_sub(1);
    let part = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) if first <= last => (first, last.min(end)),
        (Ok(first), Err(_)) if last.is_empty() => (first, end),
        (Err(_), Ok(count)) if first.is_empty() && count > 0 => (length.saturating_sub(count), end),
        _ => return Asked::Whole,
    };
    if part.0 >= length { Asked::Impossible } else { Asked::Part(part.0, part.1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        let cases = [
            ("bytes=0-9", Asked::Part(0, 9)),
            ("bytes=90-", Asked::Part(90, 99)),
            ("bytes=-10", Asked::Part(90, 99)),
            ("bytes=50-500", Asked::Part(50, 99)),
            ("bytes=100-", Asked::Impossible),
            ("bytes=9-3", Asked::Whole),
            ("bytes=1-2,5-6", Asked::Whole),
            ("lines=1-2", Asked::Whole),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text, 100), expected, "{text}");
        }
    }

    #[test]
    fn a_changed_file_is_sent_whole() {
        let bytes = Tagged::new(Bytes::from_static(b"0123456789"));
        let habits = Habits { accepts_ranges: true, shows_etag: true, start: Start::AsAsked };
        let tag = bytes.etag.clone();
        let ask = |if_range: &str| {
            let wanted = Wanted { range: Some("bytes=4-".to_owned()), if_range: Some(if_range.to_owned()) };
            answer(&bytes, &wanted, habits).status
        };
        assert_eq!(ask(&tag), 206);
        assert_eq!(ask("\"other\""), 200);
    }
}
