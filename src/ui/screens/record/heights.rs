//! How tall the pieces of a long text are: estimated from their bytes until each was laid out once.
//! Draws nothing and lays nothing out. Every question costs O(log² n) at most, however long the text is.

/// What is known about a piece before it is laid out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    /// Points that do not depend on the text, such as the name above it and the gap below.
    pub fixed: f32,
    /// Bytes of the text itself.
    pub bytes: usize,
}

/// Heights of all pieces at one width.
#[derive(Debug, Default)]
pub(super) struct Heights {
    /// Sums over all pieces before an index; one entry more than there are pieces.
    fixed_before: Vec<f64>,
    bytes_before: Vec<u64>,
    /// Zero where a piece was not laid out at this width yet.
    measured: Vec<f32>,
    /// Fenwick tree over measured minus estimated.
    corrections: Vec<f64>,
    /// Estimated points that one byte of text adds.
    byte_height: f64,
}

impl Heights {
    /// Walks over all pieces once, which is why it is kept for as long as the text stays.
    pub(super) fn new(extents: impl Iterator<Item = Extent>) -> Self {
        let (mut fixed, mut bytes) = (0.0_f64, 0_u64);
        let expected = extents.size_hint().0 + 1;
        let mut heights = Self {
            fixed_before: Vec::with_capacity(expected),
            bytes_before: Vec::with_capacity(expected),
            ..Self::default()
        };
        heights.fixed_before.push(0.0);
        heights.bytes_before.push(0);
        for extent in extents {
            fixed += f64::from(extent.fixed);
            bytes += extent.bytes as u64;
            heights.fixed_before.push(fixed);
            heights.bytes_before.push(bytes);
        }
        heights.forget();
        heights
    }

    /// Another width: nothing that was measured holds any more. The zeroed memory costs no walk.
    pub(super) fn set_byte_height(&mut self, byte_height: f32) {
        self.byte_height = f64::from(byte_height);
        self.forget();
    }

    fn forget(&mut self) {
        self.measured = vec![0.0; self.count()];
        self.corrections = vec![0.0; self.count() + 1];
    }

    pub(super) fn count(&self) -> usize {
        self.bytes_before.len().saturating_sub(1)
    }

    pub(super) fn total(&self) -> f64 {
        self.top(self.count())
    }

    /// Where a piece begins, from the beginning of the text.
    pub(super) fn top(&self, piece: usize) -> f64 {
        self.estimated_top(piece) + self.corrections_before(piece)
    }

    /// The piece that stands at a height; the last one for anything below the end.
    pub(super) fn piece_at(&self, height: f64) -> usize {
        let (mut low, mut high) = (0, self.count());
        while low < high {
            let middle = low.midpoint(high);
            if self.top(middle + 1) <= height { low = middle + 1 } else { high = middle }
        }
        low.min(self.count().saturating_sub(1))
    }

    pub(super) fn set_measured(&mut self, piece: usize, height: f32) {
        let estimate = self.estimated_top(piece + 1) - self.estimated_top(piece);
        let Some(measured) = self.measured.get_mut(piece) else { return };
        let before = if *measured > 0.0 { f64::from(*measured) } else { estimate };
        *measured = height;
        self.correct(piece, f64::from(height) - before);
    }

    fn estimated_top(&self, piece: usize) -> f64 {
        let fixed = self.fixed_before.get(piece).copied().unwrap_or_default();
        let bytes = self.bytes_before.get(piece).copied().unwrap_or_default();
        fixed + bytes as f64 * self.byte_height
    }

    fn corrections_before(&self, piece: usize) -> f64 {
        let mut at = piece;
        let mut sum = 0.0;
        while at > 0 {
            sum += self.corrections.get(at).copied().unwrap_or_default();
            at &= at - 1;
        }
        sum
    }

    fn correct(&mut self, piece: usize, by: f64) {
        if by == 0.0 {
            return;
        }
        let mut at = piece + 1;
        while let Some(node) = self.corrections.get_mut(at) {
            *node += by;
            at += at & at.wrapping_neg();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heights(count: usize) -> Heights {
        let mut heights = Heights::new((0..count).map(|i| Extent { fixed: 10.0, bytes: i % 7 }));
        heights.set_byte_height(2.0);
        heights
    }

    #[test]
    fn sums_agree_with_adding_up_one_by_one() {
        let mut heights = heights(1000);
        let mut plain: Vec<f64> = (0..1000).map(|i| 10.0 + 2.0 * f64::from(i % 7)).collect();
        for (piece, height) in [(0, 33.0_f32), (500, 1.0), (999, 80.0), (500, 7.0), (3, 12.0)] {
            heights.set_measured(piece, height);
            plain[piece] = f64::from(height);
        }
        let mut sum = 0.0;
        for (piece, height) in plain.iter().enumerate() {
            assert!((heights.top(piece) - sum).abs() < 1e-6);
            assert_eq!(heights.piece_at(sum + height / 2.0), piece);
            sum += height;
        }
        assert!((heights.total() - sum).abs() < 1e-6);
    }

    #[test]
    fn a_new_width_forgets_what_was_measured() {
        let mut heights = heights(10);
        heights.set_measured(0, 500.0);
        heights.set_byte_height(1.0);
        assert!((heights.top(1) - 10.0).abs() < 1e-6);
    }

    #[test]
    fn no_pieces_are_no_trouble() {
        let mut heights = Heights::new(std::iter::empty());
        heights.set_measured(3, 5.0);
        assert_eq!((heights.piece_at(12.0), heights.count()), (0, 0));
        assert!(heights.total().abs() < 1e-6);
    }
}
