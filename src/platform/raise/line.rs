//! What a second start says to the first, and how it is written: one line of plain signs, never longer than
//! [`LONGEST`]. What a link means is not known here, only that it is short and holds nothing but signs.

use std::fmt;

/// Why a program was started while it runs already.
#[derive(Clone, PartialEq, Eq)]
pub enum SecondStart {
    /// Somebody wants to see the window.
    Raise,
    /// Somebody clicked a link.
    Open(String),
}

/// The longest line, its end included.
pub(super) const LONGEST: usize = 160;
/// What the first one says when it has understood.
pub(super) const ANSWER: &[u8; 7] = b"raised\n";
const RAISE: &str = "raise";
const OPEN: &str = "open ";

impl SecondStart {
    /// `None` for a link that no line can hold.
    pub(super) fn line(&self) -> Option<Vec<u8>> {
        let text = match self {
            Self::Raise => format!("{RAISE}\n"),
            Self::Open(link) if is_plain(link) => format!("{OPEN}{link}\n"),
            Self::Open(_) => return None,
        };
        (text.len() <= LONGEST).then(|| text.into_bytes())
    }

    /// `None` for everything that [`Self::line`] does not write.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let text = str::from_utf8(line).ok().filter(|text| text.len() <= LONGEST)?.strip_suffix('\n')?;
        if text == RAISE {
            return Some(Self::Raise);
        }
        let clicked = text.strip_prefix(OPEN)?;
        is_plain(clicked).then(|| Self::Open(clicked.to_owned()))
    }
}

impl fmt::Debug for SecondStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Raise => "Raise",
            Self::Open(_) => "Open([redacted])",
        })
    }
}

fn is_plain(link: &str) -> bool {
    !link.is_empty() && link.bytes().all(|sign| sign.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_understood() {
        for start in [SecondStart::Raise, SecondStart::Open("consultdesk://consultation/r1".to_owned())] {
            let line = start.line().expect("a line");
            assert_eq!(SecondStart::parse(&line), Some(start));
        }
    }

    #[test]
    fn nothing_else_is_understood_or_said() {
        let long = format!("open {}\n", "x".repeat(LONGEST));
        for line in [
            "",
            "\n",
            "raise",
            "raise ",
            "raised\n",
            "raise\n\n",
            "open\n",
            "open \n",
            "open a b\n",
            "open a\nraise\n",
            "open \u{7}\n",
            "open Søren\n",
            "Open a\n",
            &long,
        ] {
            assert_eq!(SecondStart::parse(line.as_bytes()), None, "{line:?}");
        }
        assert_eq!(SecondStart::parse(b"open \xff\n"), None);
        for link in ["", "a b", "a\n", "Søren", &"x".repeat(LONGEST)] {
            assert_eq!(SecondStart::Open(link.to_owned()).line(), None, "{link:?}");
        }
    }

    #[test]
    fn what_was_clicked_is_not_printed() {
        assert_eq!(format!("{:?}", SecondStart::Open("consultdesk:secret".to_owned())), "Open([redacted])");
    }
}
