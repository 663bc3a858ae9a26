//! Where each heading and row of the list lies, without walking the list.
//! All headings are equally high and all rows too, so a place follows from two counts; offsets are `f64`, as a
//! million rows are taller than `f32` can tell points apart.

use crate::domain::{Group, ListView};
use crate::ui::theme::space;
use std::ops::Range;

pub const HEADING: f64 = 34.0;
pub const ROW: f64 = space::ROW as f64;

/// The places of one view's headings and rows.
#[derive(Clone, Copy)]
pub struct Heights<'a> {
    groups: &'a [Group],
    rows: usize,
}

/// Something that is in sight, with its distance from the list's top.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Item {
    Heading { group: usize, top: f64 },
    Row { index: usize, top: f64 },
}

impl<'a> Heights<'a> {
    pub fn of(view: &'a ListView) -> Self {
        Self { groups: &view.groups, rows: view.rows.len() }
    }

    pub fn total(&self) -> f64 {
        self.groups.len() as f64 * HEADING + self.rows as f64 * ROW
    }

    fn heading_top(&self, group: usize) -> f64 {
        let rows_before = self.groups.get(group).map_or(self.rows, |group| group.start);
        group as f64 * HEADING + rows_before as f64 * ROW
    }

    /// The last group that starts at or above `y`; found by halving.
    fn group_at(&self, y: f64) -> usize {
        let (mut low, mut high) = (0, self.groups.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.heading_top(middle) <= y { low = middle + 1 } else { high = middle }
        }
        low.saturating_sub(1)
    }

    /// The group of a row; found by halving.
    fn group_of(&self, row: usize) -> usize {
        self.groups.partition_point(|group| group.start <= row).saturating_sub(1)
    }

    pub fn row_top(&self, row: usize) -> f64 {
        let headings = if self.groups.is_empty() { 0 } else { self.group_of(row) + 1 };
        headings as f64 * HEADING + row as f64 * ROW
    }

    /// What a row needs to be in sight: the first of a group brings its heading.
    pub fn reveal(&self, row: usize) -> Range<f64> {
        let top = self.row_top(row);
        let is_first = self.groups.get(self.group_of(row)).is_some_and(|group| group.start == row);
        (if is_first { top - HEADING } else { top })..top + ROW
    }

    /// The row under `y`, or the next one below a heading.
    pub fn row_at(&self, y: f64) -> usize {
        let group = self.group_at(y);
        let start = self.groups.get(group).map_or(0, |group| group.start);
        let into = (y - self.heading_top(group) - HEADING).max(0.0) / ROW;
        (start + into as usize).min(self.rows.saturating_sub(1))
    }

    /// Everything between two distances, top to bottom. Costs what is in sight and no more.
    pub fn between(&self, top: f64, bottom: f64) -> Vec<Item> {
        let mut items = Vec::new();
        let first = self.group_at(top);
        for (index, group) in self.groups.iter().enumerate().skip(first) {
            let heading = self.heading_top(index);
            if heading >= bottom {
                break;
            }
            let rows_top = heading + HEADING;
            if rows_top > top {
                items.push(Item::Heading { group: index, top: heading });
            }
            let skipped = ((top - rows_top) / ROW).floor().max(0.0) as usize;
            let shown = ((bottom - rows_top) / ROW).ceil().max(0.0) as usize;
            for row in skipped.min(group.len)..shown.min(group.len) {
                items.push(Item::Row { index: group.start + row, top: rows_top + row as f64 * ROW });
            }
        }
        items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(lengths: &[usize]) -> Vec<Group> {
        let mut start = 0;
        let mut groups = Vec::new();
        for len in lengths {
            groups.push(Group { title: String::new(), start, len: *len });
            start += len;
        }
        groups
    }

    fn heights(groups: &[Group]) -> Heights<'_> {
        Heights { groups, rows: groups.iter().map(|group| group.len).sum() }
    }

    #[test]
    fn what_is_in_sight_is_what_a_walk_finds() {
        let groups = groups(&[3, 1, 10, 2]);
        let heights = heights(&groups);
        let mut walked = Vec::new();
        let mut top = 0.0;
        for (index, group) in groups.iter().enumerate() {
            walked.push((Item::Heading { group: index, top }, HEADING));
            top += HEADING;
            for row in 0..group.len {
                walked.push((Item::Row { index: group.start + row, top }, ROW));
                top += ROW;
            }
        }
        assert!((heights.total() - top).abs() < f64::EPSILON);
        for step in 0..60 {
            let (from, to) = (f64::from(step) * 17.0, f64::from(step) * 17.0 + 200.0);
            let top_of = |item: &Item| match item {
                Item::Heading { top, .. } | Item::Row { top, .. } => *top,
            };
            let expected: Vec<Item> = walked
                .iter()
                .filter(|(item, height)| top_of(item) < to && top_of(item) + height > from)
                .map(|(item, _)| *item)
                .collect();
            assert_eq!(heights.between(from, to), expected, "from {from}");
        }
    }

    #[test]
    fn a_row_is_found_where_it_lies() {
        let groups = groups(&[3, 1, 10]);
        let heights = heights(&groups);
        for row in 0..14 {
            assert_eq!(heights.row_at(heights.row_top(row) + 1.0), row);
        }
        assert!((heights.reveal(3).start - (heights.row_top(3) - HEADING)).abs() < f64::EPSILON);
        assert!((heights.reveal(4).end - heights.row_top(4) - ROW).abs() < f64::EPSILON);
        assert!((heights.reveal(5).start - heights.row_top(5)).abs() < f64::EPSILON);
    }

    #[test]
    fn a_million_rows_cost_what_is_in_sight() {
        let groups = groups(&vec![100; 10_000]);
        let heights = heights(&groups);
        let items = heights.between(30_000_000.0, 30_000_700.0);
        assert!(items.len() < 16, "{}", items.len());
        assert!(heights.total() > 54_000_000.0);
    }

    #[test]
    fn an_empty_list_has_nothing() {
        let heights = heights(&[]);
        assert!(heights.between(0.0, 500.0).is_empty());
        assert_eq!(heights.row_at(10.0), 0);
    }
}
