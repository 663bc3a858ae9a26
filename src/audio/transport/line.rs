//! The work between the voices of a recording and the samples of a device: speed, rate, boost.
//!
//! Each step that changes nothing does not exist, so that a recording at the device's own rate
//! is heard bit for bit. Speed is changed at the lower of the two rates, where it is cheapest.
//! Every step is even, so the place of an output frame in the input is a formula.

use super::boost::Boost;
use super::mix;
use super::resample::Resampler;
use super::stretch::Stretch;

/// The device's side of the conversion.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    pub rate: u32,
    pub channels: usize,
}

/// Turns voices into samples for the device.
#[derive(Debug)]
pub(super) struct Line {
    from: u32,
    voices: usize,
    target: Target,
    speed: f32,
    stretch: Option<Stretch>,
    resampler: Resampler,
    boost: Option<Boost>,
    /// Between the steps.
    first: Vec<f32>,
    second: Vec<f32>,
    third: Vec<f32>,
}

impl Line {
    /// From `voices` interleaved channels at `from` Hz.
    pub(super) fn new(from: u32, voices: usize, target: Target) -> Self {
        Self {
            from: from.max(1),
            voices,
            target,
            speed: 1.0,
            stretch: None,
            resampler: Resampler::new(from, target.rate, voices),
            boost: None,
            first: Vec::new(),
            second: Vec::new(),
            third: Vec::new(),
        }
    }

    /// The next input is another place; from there on with this speed and boost.
    pub(super) fn restart(&mut self, speed: f32, boost: bool) {
        self.resampler.restart();
        if speed.to_bits() != self.speed.to_bits() {
            self.speed = speed;
            let normal = (speed - 1.0).abs() < 1e-4;
            let rate = self.from.min(self.target.rate);
            self.stretch = if normal { None } else { Stretch::new(rate, self.voices, speed) };
        } else if let Some(stretch) = &mut self.stretch {
            stretch.restart();
        }
        match (&mut self.boost, boost) {
            (Some(known), true) => known.restart(),
            (_, false) => self.boost = None,
            (None, true) => self.boost = Some(Boost::new(self.target.rate, self.voices)),
        }
    }

    /// Takes `input` in and appends what is finished to `out`, in the device's channels.
    pub(super) fn pass(&mut self, input: &[f32], out: &mut Vec<f32>) {
        self.run(input, false, out);
    }

    /// Appends what is still on its way.
    pub(super) fn end(&mut self, out: &mut Vec<f32>) {
        self.run(&[], true, out);
    }

    /// The input's frame at frame `heard` of the output.
    pub(super) fn input_frame(&self, heard: u64) -> u64 {
        let (from, to) = (u64::from(self.from), u64::from(self.target.rate.max(1)));
        match &self.stretch {
            None => heard.saturating_mul(from) / to,
            Some(stretch) => (stretch.input_seconds(heard as f64 / to as f64) * from as f64) as u64,
        }
    }

    fn run(&mut self, input: &[f32], ends: bool, out: &mut Vec<f32>) {
        let stretch_first = self.from <= self.target.rate;
        self.first.clear();
        self.second.clear();
        if stretch_first {
            stretch(self.stretch.as_mut(), input, ends, &mut self.first);
            resample(&mut self.resampler, &self.first, ends, &mut self.second);
        } else {
            resample(&mut self.resampler, input, ends, &mut self.first);
            stretch(self.stretch.as_mut(), &self.first, ends, &mut self.second);
        }
        let Some(boost) = &mut self.boost else {
            mix::spread(&self.second, self.voices, self.target.channels, out);
            return;
        };
        self.third.clear();
        boost.pass(&self.second, &mut self.third);
        if ends {
            boost.end(&mut self.third);
        }
        mix::spread(&self.third, self.voices, self.target.channels, out);
    }
}

fn stretch(stretch: Option<&mut Stretch>, input: &[f32], ends: bool, out: &mut Vec<f32>) {
    let Some(stretch) = stretch else {
        out.extend_from_slice(input);
        return;
    };
    stretch.pass(input, out);
    if ends {
        stretch.end(out);
    }
}

fn resample(resampler: &mut Resampler, input: &[f32], ends: bool, out: &mut Vec<f32>) {
    resampler.push(input);
    if ends {
        resampler.end();
    }
    resampler.pull_all(out);
}
