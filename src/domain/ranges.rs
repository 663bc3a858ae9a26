//! Stretches of bytes, merged and ascending: which parts of a recording are here.
//! Knows no file and no download.

use std::ops::Range;

/// Adds a stretch, joining it with those it touches.
pub fn insert(ranges: &mut Vec<Range<u64>>, new: Range<u64>) {
    if new.is_empty() {
        return;
    }
    let first = ranges.partition_point(|range| range.end < new.start);
    let behind = ranges.partition_point(|range| range.start <= new.end).max(first);
    let touched = ranges.get(first..behind).unwrap_or_default();
    let start = touched.first().map_or(new.start, |range| range.start.min(new.start));
    let end = touched.last().map_or(new.end, |range| range.end.max(new.end));
    ranges.splice(first..behind, std::iter::once(start..end));
}

/// Whether all of `wanted` is there.
pub fn covers(ranges: &[Range<u64>], wanted: &Range<u64>) -> bool {
    ranges.iter().any(|range| range.start <= wanted.start && wanted.end <= range.end)
}

/// Whether anything of `wanted` is there.
pub fn touches(ranges: &[Range<u64>], wanted: &Range<u64>) -> bool {
    ranges.iter().any(|range| range.start < wanted.end && wanted.start < range.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_agree_with_a_map_of_bytes() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..500 {
            let (mut map, mut ranges) = ([false; 64], Vec::new());
            for _ in 0..random.usize(1..12) {
                let start = random.usize(0..60);
                let end = start + random.usize(0..9_usize.min(64 - start));
                map[start..end].fill(true);
                insert(&mut ranges, start as u64..end as u64);
            }
            assert!(ranges.windows(2).all(|pair| pair[0].end < pair[1].start), "{ranges:?}");
            for start in 0..60 {
                let (end, asked) = (start + 4, start as u64..start as u64 + 4);
                assert_eq!(covers(&ranges, &asked), map[start..end].iter().all(|here| *here));
                assert_eq!(touches(&ranges, &asked), map[start..end].iter().any(|here| *here));
            }
        }
    }
}
