//! What was typed, taken apart: words and phrases that must be there, and those that must not.
//! `"a phrase"` stays together, `-word`, `NOT word` and `and not word` exclude, `word*` and the last word, which is
//! perhaps not finished, stand for every word that begins so.
//! A small "not" alone stays a word, because "not eating" is looked for more often than anything is excluded.

use super::words::for_each_word;

/// More words than anybody types.
const MOST_PARTS: usize = 12;
const MOST_WORDS: usize = 24;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Question {
    pub wanted: Vec<Part>,
    pub unwanted: Vec<Part>,
}

/// Words that stand one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub words: Vec<String>,
    /// The last word is only the beginning of one.
    pub is_open: bool,
}

impl Part {
    /// Whether the part stands at the beginning of these words.
    pub(super) fn stands_in<'a>(&self, mut words: impl Iterator<Item = &'a str>) -> bool {
        let last = self.words.len().saturating_sub(1);
        self.words.iter().enumerate().all(|(index, wanted)| match words.next() {
            Some(word) if self.is_open && index == last => word.starts_with(wanted.as_str()),
            Some(word) => word == wanted,
            None => false,
        })
    }
}

/// A stretch of the typed text between blanks or quotes.
struct Piece<'a> {
    text: &'a str,
    is_quoted: bool,
    is_excluded: bool,
    /// Nothing was typed behind it.
    is_last: bool,
}

impl Question {
    pub(super) fn parse(text: &str) -> Self {
        let mut question = Self::default();
        let mut excludes = false;
        let pieces = pieces(text);
        for (index, piece) in pieces.iter().enumerate() {
            let next_is_not = pieces.get(index + 1).is_some_and(|next| !next.is_quoted && is_not(next.text));
            if !piece.is_quoted && !piece.is_last && (piece.text == "NOT" || (excludes_next(&pieces, index))) {
                excludes = true;
            } else if !piece.is_quoted && !piece.is_last && (piece.text == "AND" || (is_and(piece.text) && next_is_not))
            {
            } else {
                question.take(piece, std::mem::take(&mut excludes));
            }
        }
        question
    }

    fn take(&mut self, piece: &Piece<'_>, excludes: bool) {
        let mut words = Vec::new();
        for_each_word(piece.text, |word, _| words.push(word.to_owned()));
        words.truncate(MOST_WORDS);
        if words.is_empty() || self.wanted.len() + self.unwanted.len() >= MOST_PARTS {
            return;
        }
        if piece.is_excluded || excludes {
            // While a word to exclude is being typed its beginning excludes nothing else.
            self.unwanted.push(Part { words, is_open: false });
        } else {
            let ends_in_word = piece.text.chars().next_back().is_some_and(char::is_alphanumeric);
            let is_open = (piece.is_last && ends_in_word) || piece.text.ends_with('*');
            self.wanted.push(Part { words, is_open });
        }
    }

    /// What is looked for, as words.
    pub(super) fn needles(&self) -> Vec<String> {
        self.wanted.iter().map(|part| part.words.join(" ")).collect()
    }
}

fn is_and(text: &str) -> bool {
    text.eq_ignore_ascii_case("and")
}

fn is_not(text: &str) -> bool {
    text.eq_ignore_ascii_case("not")
}

/// The `not` of `and not word`.
fn excludes_next(pieces: &[Piece<'_>], index: usize) -> bool {
    let before = index.checked_sub(1).and_then(|before| pieces.get(before));
    let follows_and = before.is_some_and(|before| !before.is_quoted && is_and(before.text));
    follows_and && pieces.get(index).is_some_and(|piece| is_not(piece.text))
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '«' | '»')
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let bare =
            rest.strip_prefix(['-', '−']).filter(|bare| bare.starts_with(|c: char| is_quote(c) || c.is_alphanumeric()));
        let (is_excluded, body) = (bare.is_some(), bare.unwrap_or(rest));
        let (piece, after, is_quoted) = if let Some(inside) = body.strip_prefix(is_quote) {
            let end = inside.find(is_quote).unwrap_or(inside.len());
            (inside.get(..end), inside.get(end..).and_then(|after| after.strip_prefix(is_quote)), true)
        } else {
            let end = body.find(|c: char| c.is_whitespace() || is_quote(c)).unwrap_or(body.len());
            (body.get(..end), body.get(end..).filter(|after| !after.is_empty()), false)
        };
        pieces.push(Piece { text: piece.unwrap_or_default(), is_quoted, is_excluded, is_last: after.is_none() });
        rest = after.unwrap_or_default().trim_start();
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `word`, `word*` for an open one, `-word` for an excluded one.
    fn parsed(text: &str) -> Vec<String> {
        let question = Question::parse(text);
        let words = |part: &Part| part.words.join("_") + if part.is_open { "*" } else { "" };
        let unwanted = question.unwanted.iter().map(|part| format!("-{}", words(part)));
        question.wanted.iter().map(words).chain(unwanted).collect()
    }

    #[test]
    fn the_last_word_is_open_until_something_follows() {
        assert_eq!(parsed("bella lim"), ["bella", "lim*"]);
        assert_eq!(parsed("bella lim "), ["bella", "lim"]);
        assert_eq!(parsed("car* rest "), ["car*", "rest"]);
        assert_eq!(parsed("  "), Vec::<String>::new());
    }

    #[test]
    fn phrases_stay_together() {
        assert_eq!(parsed("\"left front leg\" bella "), ["left_front_leg", "bella"]);
        assert_eq!(parsed("“left fro"), ["left_fro*"], "not closed yet");
        assert_eq!(parsed("x-ray 0.5mg "), ["x_ray", "0.5_mg"]);
        assert_eq!(parsed("小花"), ["小_花*"]);
    }

    #[test]
    fn words_can_be_excluded() {
        assert_eq!(parsed("limp -fracture"), ["limp", "-fracture"]);
        assert_eq!(parsed("limp -\"left leg\" now "), ["limp", "now", "-left_leg"]);
        assert_eq!(parsed("limp NOT fracture x "), ["limp", "x", "-fracture"]);
        assert_eq!(parsed("limp and not fracture"), ["limp", "-fracture"]);
        assert_eq!(parsed("did not eat "), ["did", "not", "eat"], "a word like any other");
        assert_eq!(parsed("salt and pepper "), ["salt", "and", "pepper"]);
        assert_eq!(parsed("limp -"), ["limp"], "nothing to exclude yet");
        assert_eq!(parsed("10 - 5 "), ["10", "5"]);
    }

    #[test]
    fn signs_do_not_break_it() {
        for text in ["\"", "-\"", "\"\" -", "NOT", "and not", "* \" *", "-- -a\"b\"c", "\u{0}\u{202e}\"'"] {
            Question::parse(text);
        }
        assert_eq!(parsed("and not"), ["not*"], "still being typed");
    }

    #[test]
    fn a_part_stands_where_its_words_follow_each_other() {
        let part = |text: &str| Question::parse(text).wanted.remove(0);
        let words = ["left", "front", "leg"];
        assert!(part("\"front le").stands_in(words[1..].iter().copied()));
        assert!(!part("\"front le\"").stands_in(words[1..].iter().copied()));
        assert!(!part("\"leg x\"").stands_in(words[2..].iter().copied()));
    }
}
