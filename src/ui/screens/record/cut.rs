//! Cuts a long text into stretches that each lay out quickly, at ends of lines where it can.
//! Loses nothing but the line ends at which it cuts.

use std::ops::Range;

/// A stretch longer than this is cut.
const MOST_BYTES: usize = 2_000;
/// A stretch of empty lines is cut by their number.
const MOST_LINES: usize = 60;

/// The stretches of a text in their order.
pub(super) fn stretches(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::with_capacity(text.len() / MOST_BYTES + 1);
    let mut start = 0;
    while start < text.len() {
        let rest = text.get(start..).unwrap_or("");
        let (length, skip) = first_stretch(rest);
        found.push(start..start + length);
        start += (length + skip).max(1);
    }
    found
}

/// How many bytes belong together, and how many after them are a line end that the cut replaces.
fn first_stretch(text: &str) -> (usize, usize) {
    let limit = text.floor_char_boundary(MOST_BYTES);
    let head = text.get(..limit).unwrap_or(text);
    if let Some((at, _)) = head.match_indices('\n').nth(MOST_LINES) {
        return (at, 1);
    }
    if limit == text.len() {
        return (limit, 0);
    }
    if let Some(at) = head.rfind('\n').filter(|at| *at > 0) {
        return (at, 1);
    }
    let sentence = [". ", "? ", "! "].iter().filter_map(|end| head.rfind(end)).max().map(|at| at + 2);
    let word = || head.rfind(' ').map(|at| at + 1);
    let cut = sentence.filter(|at| *at > MOST_BYTES / 4).or_else(word).unwrap_or(limit);
    (if cut == 0 { limit.max(1) } else { cut }, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(text: &str) -> (usize, usize) {
        let found = stretches(text);
        assert!(found.iter().all(|range| range.len() <= MOST_BYTES && text.get(range.clone()).is_some()));
        let kept: usize = found.iter().map(Range::len).sum();
        (found.len(), kept)
    }

    #[test]
    fn nothing_but_line_ends_is_lost() {
        let lines = "T 38.6 °C, P 92.\n".repeat(500);
        let (count, kept) = joined(&lines);
        assert!(count > 3);
        assert_eq!(kept + count, lines.len() + 1);
        for wall in ["小".repeat(10_000), "a ".repeat(9_000), "x".repeat(1_000_000)] {
            assert_eq!(joined(&wall).1, wall.len());
        }
    }

    #[test]
    fn short_and_empty_texts_stay_whole() {
        assert_eq!(stretches("Rest.\nRecheck."), vec![0..14]);
        assert!(stretches("").is_empty());
        assert_eq!(joined("\n\n\n").0, 1);
        assert!(joined(&"\n".repeat(100_000)).0 > 1_000);
    }
}
