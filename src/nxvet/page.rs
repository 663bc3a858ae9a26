//! What a list answers: the rows that could be read, and how many there were.
//! Each row is read by itself, so a bad one is counted and the rest arrives. When to stop paging is the caller's rule.

use super::error::{Error, WRONG_SHAPE};
use super::json::{self, Fields};
use crate::domain::{Consultation, Notes, RoomDevice};

/// The room devices, without the app and web logins that come with them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Devices {
    pub rooms: Vec<RoomDevice>,
    /// Rows that could not be read.
    pub skipped: usize,
    /// As many rows came as were asked for, so there may be more.
    pub may_be_cut: bool,
}

/// One page of consultations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConsultationPage {
    pub consultations: Vec<Consultation>,
    /// Rows as they came, readable or not: the next offset is this one plus these.
    pub received: usize,
    /// Rows that could not be read.
    pub skipped: usize,
    /// How many the server says there are; a hint, as rows move while one reads.
    pub total: Option<usize>,
}

/// One page of room conversations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConversationPage {
    pub consultations: Vec<Consultation>,
    pub received: usize,
    pub skipped: usize,
    /// The token of the next page, where there is one.
    pub next: Option<String>,
}

/// One consultation with its notes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Detail {
    /// Only when the answer tells at least what a list row tells; a poorer one must not replace a row.
    pub consultation: Option<Consultation>,
    pub notes: Notes,
}

/// What became of one row.
pub(crate) enum Read<T> {
    Kept(T),
    /// Readable, but not what the list is for.
    LeftOut,
    Bad,
}

impl<T> From<Option<T>> for Read<T> {
    fn from(row: Option<T>) -> Self {
        row.map_or(Self::Bad, Self::Kept)
    }
}

pub(crate) struct Rows<T> {
    pub kept: Vec<T>,
    pub received: usize,
    pub skipped: usize,
}

/// Reads a list answer: a bare array, or one under one of `keys`.
pub(crate) fn read_rows<T>(text: &str, keys: &[&str], read: impl Fn(&Fields<'_>) -> Read<T>) -> Result<Rows<T>, Error> {
    let raw = json::rows(text, keys)?;
    let mut rows = Rows { kept: Vec::new(), received: raw.len(), skipped: 0 };
    let mut objects = 0_usize;
    for row in raw {
        let Ok(fields) = Fields::parse(row.get()) else {
            rows.skipped += 1;
            continue;
        };
        objects += 1;
        match read(&fields) {
            Read::Kept(item) => rows.kept.push(item),
            Read::LeftOut => {}
            Read::Bad => rows.skipped += 1,
        }
    }
    // A list of numbers or lists is some other answer, not a page full of bad rows.
    if rows.received > 0 && objects == 0 {
        return Err(Error::Unexpected { what: WRONG_SHAPE });
    }
    if rows.skipped > 0 {
        tracing::warn!(skipped = rows.skipped, received = rows.received, "rows could not be read");
    }
    Ok(rows)
}

/// `X-Total-Count`; missing or garbage means that nobody knows.
pub(crate) fn parse_total(text: &str) -> Option<usize> {
    let text = text.trim();
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_is_a_plain_number_or_unknown() {
        assert_eq!(parse_total(" 1250 "), Some(1250));
        for garbage in ["", "many", "-1", "+5", "1.5", "999999999999999999999999", "1,250"] {
            assert_eq!(parse_total(garbage), None, "{garbage}");
        }
    }

    #[test]
    fn bad_rows_are_counted_and_the_rest_arrives() {
        let text = r#"[{"id":"a"},null,7,"x",[],{"id":null},{"id":"b"}]"#;
        let rows = read_rows(text, &[], |fields| fields.text("id").into()).expect("rows");
        assert_eq!((rows.kept, rows.received, rows.skipped), (vec!["a".to_owned(), "b".to_owned()], 7, 5));
    }

    #[test]
    fn a_list_without_any_object_is_another_answer() {
        let read = |text: &str| read_rows(text, &["data"], |fields| fields.text("id").into()).map(|rows| rows.received);
        assert_eq!(read("[1,2,3]"), Err(Error::Unexpected { what: WRONG_SHAPE }));
        assert_eq!(read("[]"), Ok(0));
        assert_eq!(read(r#"{"data":[]}"#), Ok(0));
        assert_eq!(read("null"), Err(Error::Unexpected { what: WRONG_SHAPE }));
    }
}
