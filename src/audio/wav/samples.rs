//! Turns stored bytes into samples between -1.0 and 1.0.
//!
//! Whole numbers divide by the power of two of their width, as ffmpeg and libsndfile do, so
//! values compare bit for bit. Floating point passes through, except that "not a number" and
//! infinities become silence. It neither mixes nor limits.

use super::format::{ByteOrder, Layout, SampleFormat};

/// Decodes whole samples from `bytes` into `out`; returns how many were written.
pub(super) fn decode(layout: &Layout, bytes: &[u8], out: &mut [f32]) -> usize {
    let big = layout.order == ByteOrder::Big;
    match (layout.format, layout.sample_bytes) {
        (SampleFormat::ALaw, _) => fill::<1>(bytes, out, |[b]| a_law(b)),
        (SampleFormat::MuLaw, _) => fill::<1>(bytes, out, |[b]| mu_law(b)),
        (SampleFormat::Pcm, 1) => fill::<1>(bytes, out, |[b]| (f32::from(b) - 128.0) / 128.0),
        (SampleFormat::Pcm, 2) => fill(bytes, out, |b| from_i16(i16::from_le_bytes(turn(b, big)))),
        (SampleFormat::Pcm, 3) => fill(bytes, out, |b| from_i24(turn(b, big))),
        (SampleFormat::Pcm, _) => fill(bytes, out, |b| from_i32(i32::from_le_bytes(turn(b, big)))),
        (SampleFormat::Float, 4) => fill(bytes, out, |b| sane(f32::from_le_bytes(turn(b, big)))),
        (SampleFormat::Float, _) => fill(bytes, out, |b| sane(f64::from_le_bytes(turn(b, big)) as f32)),
        // Blocks are unpacked elsewhere, and no bytes of them come here.
        (SampleFormat::ImaAdpcm | SampleFormat::MsAdpcm, _) => 0,
    }
}

fn fill<const N: usize>(bytes: &[u8], out: &mut [f32], one: impl Fn([u8; N]) -> f32) -> usize {
    let (samples, _) = bytes.as_chunks::<N>();
    for (raw, slot) in samples.iter().zip(out.iter_mut()) {
        *slot = one(*raw);
    }
    samples.len().min(out.len())
}

/// Brings a sample into little-endian order.
fn turn<const N: usize>(mut raw: [u8; N], big: bool) -> [u8; N] {
    if big {
        raw.reverse();
    }
    raw
}

pub(super) fn from_i16(v: i16) -> f32 {
    f32::from(v) / 32_768.0
}

/// Three bytes become the upper three of four, which keeps the sign without branching.
fn from_i24([a, b, c]: [u8; 3]) -> f32 {
    from_i32(i32::from_le_bytes([0, a, b, c]))
}

fn from_i32(v: i32) -> f32 {
    (f64::from(v) / 2_147_483_648.0) as f32
}

fn sane(v: f32) -> f32 {
    if v.is_finite() { v } else { 0.0 }
}

/// G.711 A-law: even bits are inverted, then sign, 3 bits of segment, 4 bits of step.
fn a_law(byte: u8) -> f32 {
    let code = byte ^ 0x55;
    let step = i16::from(code & 0x0f) << 4;
    let magnitude = match (code >> 4) & 0x07 {
        0 => step + 8,
        segment => (step + 0x108) << (segment - 1),
    };
    from_i16(if code & 0x80 == 0 { -magnitude } else { magnitude })
}

/// G.711 µ-law: all bits are inverted, then sign, 3 bits of segment, 4 bits of step.
fn mu_law(byte: u8) -> f32 {
    let code = !byte;
    let step = (i16::from(code & 0x0f) << 3) + 0x84;
    let magnitude = (step << ((code >> 4) & 0x07)) - 0x84;
    from_i16(if code & 0x80 == 0 { magnitude } else { -magnitude })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn companded_bytes_have_the_standard_values() {
        let i16_of = |v: f32| (v * 32_768.0) as i32;
        assert_eq!(i16_of(mu_law(0xff)), 0);
        assert_eq!(i16_of(mu_law(0x00)), -32_124);
        assert_eq!(i16_of(mu_law(0x80)), 32_124);
        assert_eq!(i16_of(a_law(0xd5)), 8);
        assert_eq!(i16_of(a_law(0x55)), -8);
        assert_eq!(i16_of(a_law(0x2a)), -32_256);
        assert_eq!(i16_of(a_law(0xaa)), 32_256);
    }

    #[test]
    fn extremes_and_nonsense() {
        let exact = |v: f32, want: f32| assert_eq!(v.to_bits(), want.to_bits());
        exact(from_i24([0, 0, 0x80]), -1.0);
        exact(from_i24([1, 0, 0]), 1.0 / 8_388_608.0);
        exact(from_i32(i32::MIN), -1.0);
        exact(sane(f32::NAN), 0.0);
        exact(sane(f32::INFINITY), 0.0);
        exact(sane(2.5), 2.5);
    }
}
