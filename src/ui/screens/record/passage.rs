//! A stretch of a note as a laid-out text in which the find word is marked.
//! Works on bytes of the place that was searched; knows nothing about where the stretch stands on screen.

use crate::state::{Find, Hit, Place};
use crate::ui::theme::{Tokens, regular, size};
use eframe::egui::text::{CCursor, LayoutJob, TextFormat, TextWrapping};
use eframe::egui::{Color32, Galley, Rangef, Ui};
use std::ops::Range;
use std::sync::Arc;

/// Distance between two lines of running text.
pub(super) const LINE: f32 = 22.0;
/// An average letter of running text.
const LETTER: f32 = 7.4;
/// A reading column wider than some 75 letters tires the eye.
pub(super) const READING_WIDTH: f32 = 75.0 * LETTER;

/// Part of a place's text.
#[derive(Clone, Copy)]
pub(super) struct Passage<'a> {
    pub text: &'a str,
    /// Where the text begins in the place's whole text.
    pub start: usize,
    pub place: Option<Place>,
    pub find: Option<&'a Find>,
}

impl Passage<'_> {
    pub(super) fn layout(&self, ui: &Ui, tokens: &Tokens, width: f32) -> Arc<Galley> {
        ui.painter().layout_job(self.job(tokens, width))
    }

    /// From where to where the current hit stands, from the passage's top; `None` when it is elsewhere.
    pub(super) fn current_span(&self, ui: &Ui, tokens: &Tokens, width: f32) -> Option<Rangef> {
        let hit = self.find?.current_hit().filter(|hit| Some(hit.place) == self.place)?;
        let range = self.own_range(&hit.range)?;
        let galley = self.layout(ui, tokens, width);
        let row = |byte: usize| {
            let before = self.text.get(..byte).map_or(0, |text| text.chars().count());
            galley.pos_from_cursor(CCursor::new(before)).y_range()
        };
        Some(Rangef::new(row(range.start).min, row(range.end).max))
    }

    fn job(&self, tokens: &Tokens, width: f32) -> LayoutJob {
        let wrap = TextWrapping { max_width: width, ..TextWrapping::default() };
        let mut job = LayoutJob { wrap, ..LayoutJob::default() };
        let mut append = |range: Range<usize>, ground: Color32| {
            let text = self.text.get(range).unwrap_or("");
            if !text.is_empty() {
                job.append(text, 0.0, format(tokens, ground));
            }
        };
        let mut at = 0;
        for (range, color) in self.marks(tokens) {
            if range.start >= at {
                append(at..range.start, Color32::TRANSPARENT);
                at = range.end;
                append(range, color);
            }
        }
        append(at..self.text.len(), Color32::TRANSPARENT);
        job
    }

    /// The marked bytes of the passage and their ground, in order.
    fn marks(&self, tokens: &Tokens) -> Vec<(Range<usize>, Color32)> {
        let (Some(find), Some(place)) = (self.find, self.place) else { return Vec::new() };
        let current = find.current_hit();
        let color = |hit: &Hit| if Some(hit) == current { tokens.hit_current } else { tokens.hit };
        let hits = hits_of(find, place).iter();
        hits.filter_map(|hit| Some((self.own_range(&hit.range)?, color(hit)))).collect()
    }

    /// A range of the place as a range of the passage, cut to it.
    fn own_range(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let end = range.end.min(self.start + self.text.len()).checked_sub(self.start)?;
        let start = range.start.saturating_sub(self.start);
        let is_whole = self.text.is_char_boundary(start) && self.text.is_char_boundary(end);
        (start < end && is_whole).then_some(start..end)
    }
}

/// The hits in one place. They stand in order of places, so a search halves its way there.
fn hits_of(find: &Find, place: Place) -> &[Hit] {
    let from = find.hits.partition_point(|hit| hit.place < place);
    let to = find.hits.partition_point(|hit| hit.place <= place);
    find.hits.get(from..to).unwrap_or_default()
}

fn format(tokens: &Tokens, background: Color32) -> TextFormat {
    TextFormat {
        font_id: regular(size::BODY),
        color: tokens.text,
        background,
        line_height: Some(LINE),
        ..TextFormat::default()
    }
}

/// How much height one byte of running text adds at a width, on average.
pub(super) fn byte_height(width: f32) -> f32 {
    LINE * LETTER / width.max(LETTER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::LIGHT;

    fn find(ranges: &[(Place, Range<usize>)], current: usize) -> Find {
        let hits = ranges.iter().map(|(place, range)| Hit { place: *place, range: range.clone() }).collect();
        Find { text: "x".to_owned(), hits, current, reveal: 1 }
    }

    #[test]
    fn marks_are_cut_to_the_passage_and_the_current_one_stands_out() {
        let find = find(
            &[
                (Place::Turn(1), 0..4),
                (Place::Section(0), 0..2),
                (Place::Section(0), 8..12),
                (Place::Section(0), 20..22),
            ],
            2,
        );
        let place = Some(Place::Section(0));
        let passage = Passage { text: "0123456789", start: 10, place, find: Some(&find) };
        assert_eq!(passage.marks(&LIGHT), vec![(0..2, LIGHT.hit_current)]);
        let job = passage.job(&LIGHT, 100.0);
        assert_eq!(job.text, "0123456789");
        assert_eq!(job.sections.len(), 2);
    }

    #[test]
    fn a_range_that_splits_a_letter_marks_nothing() {
        let find = find(&[(Place::Turn(0), 1..2), (Place::Turn(0), 9..40)], 0);
        let passage = Passage { text: "é小", start: 0, place: Some(Place::Turn(0)), find: Some(&find) };
        assert!(passage.marks(&LIGHT).is_empty());
    }
}
