//! Tells by its samples whether a sound is of a place in a recording, and when it came.
//! Knows nothing of players and waits for nothing.

use std::collections::VecDeque;
use std::io::{Read as _, Seek as _};
use std::path::Path;
use std::time::Instant;

/// Each beginning rises for so many frames; these are not compared.
pub const RISE: usize = 240;
/// Frames that are compared, and how far beside the asked place they may lie.
const COMPARED: usize = 1_920;
const BESIDE: usize = 96;
const ALIKE: f64 = 0.95;
/// Hissing sounds differ with how the samples between the file's are made: both sides lose what is above 4 kHz.
const SMOOTHED: usize = 12;

/// The samples at a place of the file, at the card's rate, from a little before to a little after.
pub struct Expected {
    samples: Vec<f32>,
    /// Where the place itself is among them.
    place: usize,
}

impl Expected {
    /// The files are 16-bit mono with a header of 44 bytes; straight lines between samples are close enough.
    pub fn read(file: &Path, place_ms: u64) -> Self {
        let mut file = std::fs::File::open(file).expect("the recording");
        let mut header = [0; 44];
        file.read_exact(&mut header).expect("a header");
        let rate = header.get(24..28).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
        let rate = u64::from(rate.expect("a rate"));
        let step = u64::from(super::RATE) / rate;
        let place = place_ms * rate / 1_000;
        let first = place.saturating_sub(BESIDE as u64 / step);
        let wanted = (BESIDE + RISE + COMPARED + BESIDE) as u64 / step + (place - first) + 2;
        file.seek(std::io::SeekFrom::Start(44 + 2 * first)).expect("the place is in it");
        let mut bytes = Vec::new();
        file.take(2 * wanted).read_to_end(&mut bytes).expect("samples");
        let (pairs, _) = bytes.as_chunks::<2>();
        let points: Vec<f32> = pairs.iter().map(|pair| f32::from(i16::from_le_bytes(*pair))).collect();
        let between = |pair: &[f32]| {
            let (from, to) = (pair.first().copied().unwrap_or(0.0), pair.last().copied().unwrap_or(0.0));
            (0..step).map(move |part| from + (to - from) * part as f32 / step as f32).collect::<Vec<f32>>()
        };
        let line: Vec<f32> = points.windows(2).flat_map(between).collect();
        Self { samples: smooth(&line), place: ((place - first) * step) as usize }
    }

    /// How far beside the place these samples lie, in milliseconds, if they are of it at all.
    fn beside(&self, heard: &[f32]) -> Option<f64> {
        let heard = smooth(heard);
        let fits = |from: usize| self.samples.get(from..from + heard.len()).map_or(0.0, |part| alike(&heard, part));
        let place = self.place + RISE;
        if fits(place) >= ALIKE {
            return Some(0.0);
        }
        let from = (place.saturating_sub(BESIDE)..=place + BESIDE).max_by(|a, b| fits(*a).total_cmp(&fits(*b)))?;
        (fits(from) >= ALIKE).then_some((from as f64 - place as f64) * 1_000.0 / f64::from(super::RATE))
    }
}

fn smooth(samples: &[f32]) -> Vec<f32> {
    samples.windows(SMOOTHED).map(|near| near.iter().sum()).collect()
}

/// Normalised correlation: 1 is the same shape.
fn alike(heard: &[f32], part: &[f32]) -> f64 {
    let (mut both, mut one, mut other) = (0.0_f32, 1e-9_f32, 1e-9_f32);
    for (a, b) in heard.iter().zip(part) {
        both += a * b;
        one += a * a;
        other += b * b;
    }
    f64::from(both) / (f64::from(one) * f64::from(other)).sqrt()
}

/// Looks for the place among what was heard: at each sound after silence, and so after each seek.
#[derive(Default)]
pub struct Search {
    samples: Vec<f32>,
    /// When the samples up to there had been taken.
    taken: Vec<(usize, Instant)>,
    looked: usize,
}

impl Search {
    pub fn take(&mut self, new: VecDeque<(Instant, Vec<f32>)>, expected: &Expected) -> Option<(Instant, f64)> {
        for (at, piece) in new {
            self.samples.extend(piece);
            self.taken.push((self.samples.len(), at));
        }
        while let Some(window) = self.samples.get(self.looked + RISE..self.looked + RISE + COMPARED) {
            let begins = self.samples.get(self.looked).is_some_and(|sample| *sample != 0.0)
                && self.looked.checked_sub(1).and_then(|before| self.samples.get(before)).is_none_or(|s| *s == 0.0);
            if begins && let Some(beside) = expected.beside(window) {
                let at = self.taken.iter().find(|(end, _)| *end > self.looked).map(|(_, at)| *at)?;
                return Some((at, beside));
            }
            self.looked += 1;
        }
        None
    }
}
