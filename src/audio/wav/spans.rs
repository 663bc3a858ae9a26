//! Which bytes of the file hold which frames: for those who read bytes themselves, or who only
//! know which bytes have arrived.
//!
//! It calculates; it reads nothing.

use std::ops::Range;

use super::WavReader;
use super::format::ByteOrder;
use super::info::RawLayout;

impl<R> WavReader<R> {
    /// How samples stand in the bytes of [`Self::raw_span`]; `None` for packed formats, whose
    /// bytes are not samples.
    pub fn raw_layout(&self) -> Option<RawLayout> {
        (!self.layout.is_packed()).then_some(RawLayout {
            format: self.layout.format,
            big_endian: self.layout.order == ByteOrder::Big,
            sample_bytes: self.layout.sample_bytes,
            channels: self.layout.channels,
        })
    }

    /// The bytes of the file that are needed to hear these frames.
    pub fn raw_span(&self, frames: Range<u64>) -> Range<u64> {
        let (bytes, each) = (self.layout.block_bytes, self.layout.block_frames);
        let (first, end) = (frames.start.min(self.info.frames), frames.end.min(self.info.frames));
        let start = (first / each).saturating_mul(bytes).min(self.present);
        let end = end.div_ceil(each).saturating_mul(bytes).min(self.present);
        self.offset.saturating_add(start)..self.offset.saturating_add(end.max(start))
    }

    /// The first byte of the file that is needed to hear from `frame` on.
    pub fn byte_of_frame(&self, frame: u64) -> u64 {
        self.raw_span(frame..frame).start
    }

    /// The frames that can be heard with these bytes of the file alone.
    pub fn frames_within(&self, bytes: Range<u64>) -> Range<u64> {
        let (block, each) = (self.layout.block_bytes, self.layout.block_frames);
        let from = bytes.start.saturating_sub(self.offset);
        let to = bytes.end.saturating_sub(self.offset);
        let end = if to >= self.present { self.info.frames } else { (to / block).saturating_mul(each) };
        let end = end.min(self.info.frames);
        from.div_ceil(block).saturating_mul(each).min(end)..end
    }
}
