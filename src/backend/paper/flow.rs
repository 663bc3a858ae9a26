//! Text into lines: words are put side by side as long as they fit; a word that never fits is cut.

use super::face::{Faces, Weight};
use unicode_normalization::UnicodeNormalization as _;

/// What a paragraph is; how it looks follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Title,
    Fact,
    Heading,
    /// The name of a part of the note.
    Part,
    Text,
    Turn,
    /// What stands beside the matter.
    Quiet,
}

impl Style {
    pub(super) fn size(self) -> f32 {
        match self {
            Self::Title => 17.0,
            Self::Heading => 13.0,
            Self::Part | Self::Text | Self::Turn | Self::Fact => 10.5,
            Self::Quiet => 9.0,
        }
    }

    /// Room above its first line.
    fn above(self) -> f32 {
        match self {
            Self::Heading => 14.0,
            Self::Part => 8.0,
            Self::Title | Self::Text | Self::Fact | Self::Quiet => 1.0,
            Self::Turn => 4.0,
        }
    }

    /// It never stands last on a sheet.
    fn heads(self) -> bool {
        matches!(self, Self::Title | Self::Heading | Self::Part)
    }
}

/// Letters of one weight.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) weight: Weight,
    pub(super) text: String,
}

impl Piece {
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self { weight: Weight::Regular, text: clean(&text.into()) }
    }

    pub(super) fn strong(text: impl Into<String>) -> Self {
        Self { weight: Weight::Strong, text: clean(&text.into()) }
    }
}

/// Letters with their accents as one, and nothing that has no shape.
fn clean(text: &str) -> String {
    let has_shape = |letter: &char| {
        !letter.is_control()
            && !matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    text.replace('\t', " ").nfc().filter(has_shape).collect()
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    pub(super) pieces: Vec<Piece>,
    pub(super) style: Style,
    pub(super) above: f32,
    /// The next line belongs on the same sheet.
    pub(super) keeps_next: bool,
}

impl Line {
    /// With the room above it.
    pub(super) fn height(&self) -> f32 {
        self.above + self.style.size() * 1.38
    }
}

/// The lines of one paragraph; an empty one is a line of air.
pub(super) fn lines(faces: &Faces, pieces: &[Piece], style: Style, width: f32) -> Vec<Line> {
    let mut breaker = Breaker { faces, style, width, lines: Vec::new(), line: Vec::new(), used: 0.0 };
    for piece in pieces {
        for word in piece.text.split_inclusive(char::is_whitespace) {
            breaker.put(piece.weight, word);
        }
    }
    breaker.end()
}

struct Breaker<'a> {
    faces: &'a Faces,
    style: Style,
    width: f32,
    lines: Vec<Line>,
    line: Vec<Piece>,
    used: f32,
}

impl Breaker<'_> {
    fn put(&mut self, weight: Weight, word: &str) {
        let bare = word.trim_end();
        // The blank behind a word may hang over the edge.
        if self.used > 0.0 && self.used + self.measure(weight, bare) > self.width {
            self.turn();
        }
        if self.measure(weight, bare) <= self.width {
            self.add(weight, word);
            return;
        }
        for letter in word.chars() {
            let mut one = [0; 4];
            let one = letter.encode_utf8(&mut one);
            if self.used + self.measure(weight, one) > self.width {
                self.turn();
            }
            self.add(weight, one);
        }
    }

    fn measure(&self, weight: Weight, text: &str) -> f32 {
        self.faces.width(weight, text) * self.style.size()
    }

    fn add(&mut self, weight: Weight, text: &str) {
        self.used += self.measure(weight, text);
        match self.line.last_mut() {
            Some(last) if last.weight == weight => last.text.push_str(text),
            _ => self.line.push(Piece { weight, text: text.to_owned() }),
        }
    }

    fn turn(&mut self) {
        let above = if self.lines.is_empty() { self.style.above() } else { 0.0 };
        let pieces = std::mem::take(&mut self.line);
        self.used = 0.0;
        self.lines.push(Line { pieces, style: self.style, above, keeps_next: self.style.heads() });
    }

    fn end(mut self) -> Vec<Line> {
        if !self.line.is_empty() || self.lines.is_empty() {
            self.turn();
        }
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str, width: f32) -> Vec<String> {
        let faces = Faces::new().expect("a typeface");
        let lines = lines(&faces, &[Piece::plain(text)], Style::Text, width);
        for line in &lines {
            let used: f32 =
                line.pieces.iter().map(|piece| faces.width(piece.weight, piece.text.trim_end()) * 10.5).sum();
            assert!(used <= width + 0.01, "{line:?} is {used} wide");
        }
        lines.iter().map(|line| line.pieces.iter().map(|piece| piece.text.as_str()).collect()).collect()
    }

    #[test]
    fn no_letter_is_lost_and_no_line_is_too_long() {
        let text =
            "Bella has been limping for about three days, left front leg, since Tuesday; no swelling was noticed.";
        for width in [60.0, 120.0, 400.0] {
            let lines = broken(text, width);
            assert_eq!(lines.concat(), text);
            assert!(width > 300.0 || lines.len() > 2);
        }
        let endless = "x".repeat(500);
        assert_eq!(broken(&endless, 100.0).concat(), endless, "a word that never fits is cut");
        assert_eq!(broken("", 100.0), [""]);
    }

    #[test]
    fn weights_stay_with_their_words() {
        let faces = Faces::new().expect("a typeface");
        let pieces = [Piece::strong("Dr. Roth: "), Piece::plain("so Bella has been limping for three days?")];
        let lines = lines(&faces, &pieces, Style::Turn, 110.0);
        assert!(lines.len() > 1);
        let weights: Vec<Weight> = lines.iter().flat_map(|line| line.pieces.iter().map(|piece| piece.weight)).collect();
        assert_eq!(weights.first(), Some(&Weight::Strong));
        assert!(weights.iter().skip(1).all(|weight| *weight == Weight::Regular), "{weights:?}");
    }
}
