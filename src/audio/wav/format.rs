//! What the `fmt ` chunk says, checked: how samples are stored, how many channels, what rate.
//!
//! Everything that later code divides or multiplies by is proved non-zero and small here, so
//! that a hostile header ends in this file. It reads no samples.

use super::{WavError, adpcm};

/// How one sample is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleFormat {
    /// Whole numbers (8 bits unsigned, wider ones signed).
    Pcm,
    /// IEEE floating point.
    Float,
    /// G.711 A-law, 8 bits.
    ALaw,
    /// G.711 µ-law, 8 bits.
    MuLaw,
    /// IMA ADPCM, 4 bits, in blocks.
    ImaAdpcm,
    /// Microsoft ADPCM, 4 bits, in blocks.
    MsAdpcm,
}

impl SampleFormat {
    /// The short name that diagnostics print.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pcm => "pcm",
            Self::Float => "float",
            Self::ALaw => "alaw",
            Self::MuLaw => "mulaw",
            Self::ImaAdpcm => "ima_adpcm",
            Self::MsAdpcm => "ms_adpcm",
        }
    }
}

/// The order of bytes in numbers: RIFX files are the big-endian twin of RIFF files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    pub(super) fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let raw = *bytes.get(at..)?.first_chunk::<2>()?;
        Some(match self {
            Self::Little => u16::from_le_bytes(raw),
            Self::Big => u16::from_be_bytes(raw),
        })
    }

    pub(super) fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let raw = *bytes.get(at..)?.first_chunk::<4>()?;
        Some(match self {
            Self::Little => u32::from_le_bytes(raw),
            Self::Big => u32::from_be_bytes(raw),
        })
    }
}

/// A checked `fmt ` chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    pub format: SampleFormat,
    pub order: ByteOrder,
    /// Frames per second, 4,000 to 192,000.
    pub rate: u32,
    /// 1 to 8.
    pub channels: u16,
    /// Bits per sample as the header states them.
    pub bits: u16,
    /// Bytes one sample takes in the file: 1, 2, 3, 4 or 8; packed formats have none, so 0.
    pub sample_bytes: u16,
    /// Bytes that stand or fall together: a frame (1 to 64), or a block of a packed format.
    pub block_bytes: u64,
    /// Frames in such a block; never zero.
    pub block_frames: u64,
}

impl Layout {
    /// Whether frames stand in blocks that must be unpacked as one.
    pub(super) fn is_packed(&self) -> bool {
        self.sample_bytes == 0
    }

    /// Whole frames in so many bytes of sound. A packed recording may end within a block.
    pub(super) fn frames_in(&self, bytes: u64) -> u64 {
        let tail = adpcm::frames_in(self.format, self.channels, bytes % self.block_bytes);
        (bytes / self.block_bytes).saturating_mul(self.block_frames).saturating_add(tail.min(self.block_frames))
    }
}

/// The most of a `fmt ` chunk that is ever looked at; longer ones carry only padding.
pub(super) const FMT_LOOK: usize = 40;
/// The longest block of a packed format that is read; real ones have 256 to 8,192 bytes.
pub(super) const MOST_BLOCK: u64 = 16 * 1024;
const FMT_SHORTEST: usize = 16;
const RATES: std::ops::RangeInclusive<u32> = 4_000..=192_000;
const MOST_CHANNELS: u16 = 8;
const EXTENSIBLE: u16 = 0xfffe;
/// The tail every standard sub-format identifier shares; its head is an ordinary format tag.
const SUBFORMAT_TAIL: [u8; 12] = [0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71];

/// Checks the body of a `fmt ` chunk (at most [`FMT_LOOK`] bytes of it).
pub(super) fn parse(body: &[u8], order: ByteOrder) -> Result<Layout, WavError> {
    if body.len() < FMT_SHORTEST {
        return Err(WavError::Damaged("its header is too short"));
    }
    let u16_at = |at| order.u16(body, at).unwrap_or(0);
    let tag = match u16_at(0) {
        EXTENSIBLE => extensible_tag(body, order)?,
        tag => tag,
    };
    let channels = u16_at(2);
    let rate = order.u32(body, 4).unwrap_or(0);
    let (block, bits) = (u16_at(12), u16_at(14));
    check_shape(channels, rate)?;
    let format = known_format(tag)?;
    let layout =
        Layout { format, order, rate, channels, bits, sample_bytes: 0, block_bytes: block.into(), block_frames: 1 };
    if matches!(format, SampleFormat::ImaAdpcm | SampleFormat::MsAdpcm) {
        return packed(layout);
    }
    let sample_bytes = sample_bytes(format, bits)?;
    if block == 0 {
        return Err(WavError::Damaged("its header says a sample takes no space"));
    }
    if u32::from(block) != u32::from(channels) * u32::from(sample_bytes) {
        return Err(WavError::Unsupported(format!("{bits}-bit samples in an unusual packing")));
    }
    Ok(Layout { sample_bytes, ..layout })
}

/// Checks the block of a packed format. The header also states frames per block; they follow
/// from the block's size, so that statement is not needed and not believed.
fn packed(layout: Layout) -> Result<Layout, WavError> {
    let name = if layout.format == SampleFormat::ImaAdpcm { "IMA ADPCM" } else { "Microsoft ADPCM" };
    if layout.bits != 4 {
        return Err(WavError::Unsupported(format!("{}-bit {name}", layout.bits)));
    }
    if layout.order == ByteOrder::Big {
        return Err(WavError::Unsupported(format!("big-endian {name}")));
    }
    if layout.channels > 2 {
        return Err(WavError::Unsupported(format!("{name} with {} channels", layout.channels)));
    }
    if layout.block_bytes > MOST_BLOCK {
        return Err(WavError::Unsupported(format!("{name} in blocks of {} bytes", layout.block_bytes)));
    }
    match adpcm::frames_in(layout.format, layout.channels, layout.block_bytes) {
        0 => Err(WavError::Damaged("its header says its blocks are too small to hold sound")),
        block_frames => Ok(Layout { block_frames, ..layout }),
    }
}

/// An extensible header hides the real tag in the first two bytes of a GUID.
fn extensible_tag(body: &[u8], order: ByteOrder) -> Result<u16, WavError> {
    let (Some(tag), Some(tail)) = (order.u16(body, 24), body.get(28..40)) else {
        return Err(WavError::Damaged("its extended header is cut short"));
    };
    if tail == SUBFORMAT_TAIL {
        return Ok(tag);
    }
    // In a big-endian file the GUID's two 16-bit fields are turned round as well.
    let mut turned = SUBFORMAT_TAIL;
    turned.swap(0, 1);
    turned.swap(2, 3);
    if order == ByteOrder::Big && tail == turned {
        return Ok(tag);
    }
    Err(WavError::Unsupported("a private sound format".into()))
}

fn check_shape(channels: u16, rate: u32) -> Result<(), WavError> {
    if channels == 0 {
        return Err(WavError::Damaged("its header says it has no channels"));
    }
    if channels > MOST_CHANNELS {
        return Err(WavError::Unsupported(format!("{channels} channels")));
    }
    if rate == 0 {
        return Err(WavError::Damaged("its header says it has no sample rate"));
    }
    if !RATES.contains(&rate) {
        return Err(WavError::Unsupported(format!("{rate} samples a second")));
    }
    Ok(())
}

fn known_format(tag: u16) -> Result<SampleFormat, WavError> {
    let name = match tag {
        0x0001 => return Ok(SampleFormat::Pcm),
        0x0003 => return Ok(SampleFormat::Float),
        0x0006 => return Ok(SampleFormat::ALaw),
        0x0007 => return Ok(SampleFormat::MuLaw),
        0x0002 => return Ok(SampleFormat::MsAdpcm),
        0x0011 => return Ok(SampleFormat::ImaAdpcm),
        0x0031 => "GSM 6.10",
        0x0040 | 0x0045 | 0x0064 => "G.72x ADPCM",
        0x0050 | 0x0055 => "MP3 inside a WAV file",
        0x0160..=0x0163 => "Windows Media Audio",
        0x00ff | 0x1610 => "AAC inside a WAV file",
        other => return Err(WavError::Unsupported(format!("encoding number {other}"))),
    };
    Err(WavError::Unsupported(name.into()))
}

fn sample_bytes(format: SampleFormat, bits: u16) -> Result<u16, WavError> {
    match (format, bits) {
        (_, 0) => Err(WavError::Damaged("its header says a sample has no bits")),
        (SampleFormat::Pcm, 1..=32) => Ok(bits.div_ceil(8)),
        (SampleFormat::Float, 32) => Ok(4),
        (SampleFormat::Float, 64) => Ok(8),
        (SampleFormat::ALaw | SampleFormat::MuLaw, 8) => Ok(1),
        (format, bits) => Err(WavError::Unsupported(format!("{bits}-bit {}", format.name()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fmt(tag: u16, channels: u16, rate: u32, block: u16, bits: u16) -> Vec<u8> {
        let mut body = Vec::new();
        for v in [tag, channels] {
            body.extend(v.to_le_bytes());
        }
        body.extend(rate.to_le_bytes());
        body.extend(0_u32.to_le_bytes());
        for v in [block, bits] {
            body.extend(v.to_le_bytes());
        }
        body
    }

    fn says(body: &[u8]) -> String {
        match parse(body, ByteOrder::Little) {
            Ok(layout) => format!("{layout:?}"),
            Err(e) => e.to_string(),
        }
    }

    #[test]
    fn every_hostile_field_has_its_words() {
        assert!(says(&fmt(1, 0, 16_000, 2, 16)).contains("no channels"));
        assert!(says(&fmt(1, 9, 16_000, 18, 16)).contains("9 channels"));
        assert!(says(&fmt(1, 1, 0, 2, 16)).contains("no sample rate"));
        assert!(says(&fmt(1, 1, 3_999, 2, 16)).contains("3999 samples a second"));
        assert!(says(&fmt(1, 1, 192_001, 2, 16)).contains("192001 samples a second"));
        assert!(says(&fmt(1, 1, 16_000, 0, 16)).contains("takes no space"));
        assert!(says(&fmt(1, 1, 16_000, 2, 0)).contains("no bits"));
        assert!(says(&fmt(1, 1, 16_000, 32, 255)).contains("255-bit pcm"));
        assert!(says(&fmt(1, 2, 48_000, 8, 24)).contains("24-bit samples in an unusual packing"));
        assert!(says(&fmt(0x11, 1, 8_000, 3, 4)).contains("too small to hold sound"));
        assert!(says(&fmt(0x11, 1, 8_000, 256, 3)).contains("3-bit IMA ADPCM"));
        assert!(says(&fmt(0x11, 3, 8_000, 256, 4)).contains("IMA ADPCM with 3 channels"));
        assert!(says(&fmt(2, 1, 8_000, 0, 4)).contains("too small to hold sound"));
        assert!(says(&fmt(2, 1, 8_000, 16_385, 4)).contains("Microsoft ADPCM in blocks of 16385 bytes"));
        assert!(says(&fmt(0xabcd, 1, 8_000, 2, 16)).contains("encoding number 43981"));
        assert!(says(&fmt(0xfffe, 1, 8_000, 2, 16)).contains("extended header"));
        assert!(says(&[1, 0]).contains("too short"));
    }

    #[test]
    fn twelve_bits_live_in_sixteen() {
        let layout = parse(&fmt(1, 4, 8_000, 8, 12), ByteOrder::Little).unwrap();
        assert_eq!((layout.sample_bytes, layout.block_bytes, layout.block_frames), (2, 8, 1));
    }

    #[test]
    fn packed_blocks_hold_what_their_size_says() {
        let ima = parse(&fmt(0x11, 1, 8_000, 256, 4), ByteOrder::Little).unwrap();
        assert_eq!((ima.block_frames, ima.frames_in(256 * 3 + 4 + 7)), (505, 505 * 3 + 9));
        let ms = parse(&fmt(2, 2, 8_000, 256, 4), ByteOrder::Little).unwrap();
        assert_eq!((ms.block_frames, ms.frames_in(256 + 13), ms.frames_in(256 + 15)), (244, 244, 244 + 3));
    }
}
