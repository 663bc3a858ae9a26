//! A text as words, the same way for what is indexed, what is typed and what is marked in a sentence: folded, numbers
//! with their decimals in one piece and apart from their unit ("0.5mg" is `0.5` and `mg`), scripts without blanks
//! character by character.

use crate::domain::fold::fold;
use std::ops::Range;

/// Longer words are cut, in the index as in the question.
const LONGEST: usize = 64;

/// What a character is for the cutting of a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letter,
    Digit,
    /// A word of its own: scripts that put no blanks between words.
    Alone,
    /// An accent of the letter before it.
    Mark,
    Between,
}

/// Calls `visit` with every word, folded, and the bytes of `text` it stands in.
pub(super) fn for_each_word(text: &str, mut visit: impl FnMut(&str, Range<usize>)) {
    let mut folded = String::with_capacity(LONGEST);
    let mut at = 0;
    while let Some(found) = next_word(text, at) {
        at = found.end;
        fold_into(&mut folded, text.get(found.clone()).unwrap_or_default());
        if !folded.is_empty() {
            visit(&folded, found);
        }
    }
}

/// Plain letters are most of what is said; only others need the tables.
fn fold_into(folded: &mut String, word: &str) {
    folded.clear();
    if word.is_ascii() {
        folded.push_str(word);
        folded.make_ascii_lowercase();
        // A decimal comma is a point everywhere.
        if word.starts_with(|c: char| c.is_ascii_digit()) && word.contains(',') {
            *folded = folded.replace(',', ".");
        }
    } else {
        folded.push_str(&fold(word));
        // Some letters fold to signs that stand between words.
        folded.retain(|c| kind(c) != Kind::Between);
    }
    if folded.len() > LONGEST {
        folded.truncate(folded.floor_char_boundary(LONGEST));
    }
}

/// The character at a byte: its kind and length. Bytes are enough for most.
fn kind_at(text: &str, at: usize) -> Option<(Kind, usize)> {
    match text.as_bytes().get(at)? {
        byte if byte.is_ascii_alphabetic() => Some((Kind::Letter, 1)),
        byte if byte.is_ascii_digit() => Some((Kind::Digit, 1)),
        byte if byte.is_ascii() => Some((Kind::Between, 1)),
        _ => text.get(at..)?.chars().next().map(|c| (kind(c), c.len_utf8())),
    }
}

/// The next word at or after a byte.
fn next_word(text: &str, from: usize) -> Option<Range<usize>> {
    let mut start = from;
    let (of, len) = loop {
        match kind_at(text, start)? {
            (Kind::Between | Kind::Mark, len) => start += len,
            found => break found,
        }
    };
    let mut end = start + len;
    while let Some((kind, len)) = kind_at(text, end) {
        let goes_on = match kind {
            Kind::Mark => true,
            Kind::Between => of == Kind::Digit && joins_digits(text, end),
            other => other == of && of != Kind::Alone,
        };
        if !goes_on {
            break;
        }
        end += len;
    }
    Some(start..end)
}

/// A point or comma between two digits.
fn joins_digits(text: &str, at: usize) -> bool {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    matches!(bytes.get(at), Some(b'.' | b','))
        && is_digit(at.checked_sub(1).and_then(|before| bytes.get(before)))
        && is_digit(bytes.get(at + 1))
}

fn kind(c: char) -> Kind {
    match c {
        'a'..='z' | 'A'..='Z' => Kind::Letter,
        '0'..='9' => Kind::Digit,
        _ if c.is_ascii() => Kind::Between,
        _ if unicode_normalization::char::is_combining_mark(c) => Kind::Mark,
        _ if stands_alone(c) => Kind::Alone,
        _ if c.is_alphanumeric() => Kind::Letter,
        _ => Kind::Between,
    }
}

fn stands_alone(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}' // Thai, Lao
        | '\u{1000}'..='\u{109f}' // Burmese
        | '\u{1780}'..='\u{17ff}' // Khmer
        | '\u{3040}'..='\u{312f}' // Kana, Bopomofo
        | '\u{31a0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' // Han
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9f}'
        | '\u{20000}'..='\u{3ffff}')
        && c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<(String, &str)> {
        let mut words = Vec::new();
        for_each_word(text, |word, range| words.push((word.to_owned(), &text[range])));
        words
    }

    fn folded(text: &str) -> Vec<String> {
        words(text).into_iter().map(|(word, _)| word).collect()
    }

    #[test]
    fn words_are_folded_and_know_where_they_stand() {
        assert_eq!(
            words("So Søren’s X-ray, naïve!"),
            [("so", "So"), ("soren", "Søren"), ("s", "s"), ("x", "X"), ("ray", "ray"), ("naive", "naïve")]
                .map(|(word, text)| (word.to_owned(), text))
        );
        assert_eq!(folded("nai\u{308}ve Straße"), ["naive", "strasse"]);
        assert!(folded(" – …!?").is_empty());
    }

    #[test]
    fn doses_are_found_however_they_are_written() {
        assert_eq!(folded("0.5 mg/kg"), ["0.5", "mg", "kg"]);
        assert_eq!(folded("0,5mg T38.6. q12h"), ["0.5", "mg", "t", "38.6", "q", "12", "h"]);
        assert_eq!(folded("5. 6 1,250."), ["5", "6", "1.250"]);
    }

    #[test]
    fn scripts_without_blanks_are_cut_into_characters() {
        assert_eq!(folded("小花ok が"), ["小", "花", "ok", "か"]);
        assert_eq!(folded("แมว"), ["แ", "ม", "ว"]);
    }

    #[test]
    fn a_wall_of_letters_is_cut() {
        assert_eq!(folded(&"a".repeat(500)), ["a".repeat(LONGEST)]);
        assert!(folded(&"ü".repeat(500)).iter().all(|word| word.len() <= LONGEST));
    }
}
