//! An output without sound, whose samples are pulled by hand.
//!
//! For tests, and for machines where playing must be exercised without a device. It can have
//! several devices with a default among them, all of one format, and each can be unplugged.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rodio::{ChannelCount, SampleRate};

use super::{Condition, Health, Hold, NoOutput, OpenOutput, OutputDevice, OutputFormat};
use crate::audio::transport::Transport;

/// An output without sound; clones share one.
#[derive(Debug, Clone)]
pub struct Silent {
    format: OutputFormat,
    bay: Arc<Mutex<Bay>>,
}

#[derive(Debug, Default)]
struct Bay {
    transport: Option<Transport>,
    health: Arc<Health>,
    /// The default one is first.
    plugged: Vec<OutputDevice>,
    /// Devices unplugged all at once, to be plugged in again.
    drawer: Vec<OutputDevice>,
    /// The device that is open.
    open: Option<String>,
    opened: u32,
    hardware_like: bool,
}

/// How long [`Silent::pull`] waits for the reading thread before it takes silence after all.
const PATIENCE: Duration = Duration::from_secs(5);

impl Silent {
    /// A device of `rate` Hz and `channels` channels, plugged in. Zero counts as one.
    pub fn new(rate: u32, channels: u16) -> Self {
        let silent = Self {
            format: OutputFormat {
                rate: SampleRate::new(rate).unwrap_or(SampleRate::MIN),
                channels: ChannelCount::new(channels).unwrap_or(ChannelCount::MIN),
            },
            bay: Arc::default(),
        };
        silent.add_output("silent", "Silent output");
        silent
    }

    /// Takes the next `frames` frames as interleaved samples, waiting for the reading thread so
    /// that the result does not depend on timing. Silence when the device is not open.
    pub fn pull(&self, frames: usize) -> Vec<f32> {
        self.pull_frames(frames, PATIENCE)
    }

    /// Like [`Self::pull`], but as impatient as a real device: what is not there is silence.
    pub fn pull_now(&self, frames: usize) -> Vec<f32> {
        self.pull_frames(frames, Duration::ZERO)
    }

    fn pull_frames(&self, frames: usize, patience: Duration) -> Vec<f32> {
        let mut samples = Vec::new();
        for _ in 0..frames {
            self.wait_for_sound(patience);
            let mut bay = self.bay();
            for _ in 0..self.heard_channels() {
                let sample = bay.transport.as_mut().and_then(Iterator::next);
                samples.push(sample.unwrap_or(0.0));
            }
        }
        samples
    }

    /// The patience is for one gap and not for all of them: a busy machine makes many.
    fn wait_for_sound(&self, patience: Duration) {
        if patience.is_zero() || !self.starving() {
            return;
        }
        let deadline = Instant::now() + patience;
        while self.starving() && Instant::now() < deadline {
            std::thread::yield_now();
        }
    }

    fn starving(&self) -> bool {
        let mut bay = self.bay();
        bay.transport.as_mut().is_some_and(Transport::would_starve)
    }

    /// Channels in what [`Self::pull`] returns: at most two.
    pub fn heard_channels(&self) -> u16 {
        self.format.channels.get().min(2)
    }

    /// Whether the player holds the device open.
    pub fn is_open(&self) -> bool {
        self.bay().transport.is_some()
    }

    /// The id of the device that is open.
    pub fn open_id(&self) -> Option<String> {
        self.bay().open.clone()
    }

    /// How often the player has opened a device.
    pub fn times_opened(&self) -> u32 {
        self.bay().opened
    }

    /// Pulls every plug: an open stream breaks, and opening fails until [`Self::plug_in`].
    pub fn unplug(&self) {
        let mut bay = self.bay();
        let all = std::mem::take(&mut bay.plugged);
        bay.drawer.extend(all);
        bay.health.report(Condition::Gone);
    }

    /// Plugs in again what [`Self::unplug`] took.
    pub fn plug_in(&self) {
        let mut bay = self.bay();
        let all = std::mem::take(&mut bay.drawer);
        bay.plugged.extend(all);
    }

    /// Plugs in one more device.
    pub fn add_output(&self, id: &str, name: &str) {
        self.bay().plugged.push(OutputDevice { id: id.to_owned(), name: name.to_owned() });
    }

    /// Pulls the plug of one device; the next one becomes the default where it was.
    pub fn remove_output(&self, id: &str) {
        let mut bay = self.bay();
        bay.plugged.retain(|device| device.id != id);
        if bay.open.as_deref() == Some(id) {
            bay.health.report(Condition::Gone);
        }
    }

    /// Makes a device the default one.
    pub fn make_default(&self, id: &str) {
        self.bay().plugged.sort_by_key(|device| device.id != id);
    }

    /// From now on a pause in pulling counts as a stalled device, as with real ones.
    pub fn behave_like_hardware(&self) {
        self.bay().hardware_like = true;
    }

    pub(super) fn is_hardware_like(&self) -> bool {
        self.bay().hardware_like
    }

    pub(super) fn list(&self) -> Vec<OutputDevice> {
        self.bay().plugged.clone()
    }

    pub(super) fn default_id(&self) -> Option<String> {
        self.bay().plugged.first().map(|device| device.id.clone())
    }

    pub(super) fn attach(&self, transport: Transport) {
        self.bay().transport = Some(transport);
    }

    pub(super) fn detach(&self) {
        let mut bay = self.bay();
        bay.transport = None;
        bay.open = None;
    }

    pub(super) fn open(&self, chosen: Option<&str>) -> Result<OpenOutput, NoOutput> {
        let mut bay = self.bay();
        let wanted = bay.plugged.iter().find(|device| Some(device.id.as_str()) == chosen);
        let device = wanted.or(bay.plugged.first()).cloned().ok_or(NoOutput)?;
        bay.health = Arc::default();
        bay.opened += 1;
        bay.open = Some(device.id.clone());
        let health = Arc::clone(&bay.health);
        Ok(OpenOutput { format: self.format, device, health, hold: Hold::Silent(self.clone()) })
    }

    /// A panic elsewhere leaves the bay usable: every change to it is a single step.
    fn bay(&self) -> MutexGuard<'_, Bay> {
        self.bay.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
