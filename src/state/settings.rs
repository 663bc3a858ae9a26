//! What is remembered between runs. Never a secret, never anything about a patient.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the screen of settings")]
pub struct Settings {
    pub appearance: Appearance,
    /// Hours up to 24 or up to 12.
    pub clock: super::ClockChoice,
    /// The day or the month first.
    pub dates: super::DateChoice,
    /// Percent, 80 to 250.
    pub zoom: u16,
    /// Share of the width that the transcript takes.
    pub notes_split: f32,
    /// Points.
    pub list_width: f32,
    /// 0 to 1.
    pub volume: f32,
    /// 0.5 to 3.
    pub speed: f32,
    pub skip_silence: bool,
    /// Faint voices are lifted.
    pub boost: bool,
    /// How far Play goes back after a pause: 0 to 5,000 in steps of 500.
    pub back_step_ms: u16,
    /// Where the sound comes out; wherever the system says while nothing is chosen.
    pub output: Option<SoundOutput>,
    pub group_by: GroupByName,
    /// Where the window stood.
    pub window: Option<super::WindowPlace>,
    /// Days that recordings stay on this computer, 1 to 3,650.
    pub audio_days: u16,
    /// Days that notes and transcripts stay on this computer, 1 to 3,650.
    pub text_days: u16,
    /// Days back that are read in the background, 1 to 3,650; never more than notes stay.
    pub horizon_days: u16,
    /// Seconds between looks for new consultations while the window has the focus, 30 to 3,600.
    pub poll_seconds: u16,
    /// The background reading rests on metered and slow connections.
    pub spares_the_line: bool,
    /// A notification of the system says when a note is ready and nobody looks at the window.
    pub notifies: bool,
    /// Minutes without a touch until the desk locks, 1 to 240; never while nothing is set.
    pub lock_minutes: Option<u16>,
    /// The desk listens for what NxVET and NexHealth send.
    pub receives: bool,
    /// Where it listens, 1,024 to 65,535.
    pub receiver_port: u16,
    /// Other computers of the network may reach it, such as one that runs the web server in front of it.
    pub receiver_for_others: bool,
    /// The public name that leads to it, such as `https://desk.clinic.example`; empty while there is none.
    pub public_address: String,
    /// With these the receiver itself speaks https.
    pub receiver_tls: Option<TlsFiles>,
    /// What this computer does where several share one receiver.
    pub share: ShareRole,
    /// Where they meet, such as `nats://192.168.1.20`; never a password.
    pub share_broker: String,
    /// Looking for a new release of this program.
    pub updates: super::UpdateSettings,
}

/// What a computer does where several share one receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShareRole {
    #[default]
    Off,
    /// It receives, and hands on what it received.
    Shares,
    /// It is told by the one that receives.
    Listens,
}

/// Where a certificate and its key lie; never the key itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TlsFiles {
    pub certificate: String,
    pub key: String,
}

/// Speakers or headphones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoundOutput {
    pub id: String,
    /// As a person knows it; kept because an absent device cannot be asked.
    pub name: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Appearance {
    #[default]
    System,
    Light,
    Dark,
}

/// The grouping by name, as the domain's own type is not written to disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupByName {
    #[default]
    Time,
    Patient,
    Room,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            appearance: Appearance::System,
            clock: super::ClockChoice::System,
            dates: super::DateChoice::System,
            zoom: 100,
            notes_split: 0.5,
            list_width: 372.0,
            volume: 0.8,
            speed: 1.0,
            skip_silence: false,
            boost: false,
            back_step_ms: 1_500,
            output: None,
            group_by: GroupByName::Time,
            window: None,
            audio_days: 30,
            text_days: 365,
            horizon_days: 90,
            poll_seconds: 60,
            spares_the_line: true,
            notifies: false,
            lock_minutes: Some(10),
            receives: false,
            receiver_port: 8_737,
            receiver_for_others: false,
            public_address: String::new(),
            receiver_tls: None,
            share: ShareRole::Off,
            share_broker: String::new(),
            updates: super::UpdateSettings::default(),
        }
    }
}

impl Settings {
    pub const ZOOM: std::ops::RangeInclusive<u16> = 80..=250;
    pub const SPEED: std::ops::RangeInclusive<f32> = 0.5..=3.0;
    pub const BACK_STEP_MS: std::ops::RangeInclusive<u16> = 0..=5_000;
    pub const BACK_STEP_STEP_MS: u16 = 500;
    pub const DAYS: std::ops::RangeInclusive<u16> = 1..=3_650;
    pub const POLL_SECONDS: std::ops::RangeInclusive<u16> = 30..=3_600;
    pub const RECEIVER_PORT: std::ops::RangeInclusive<u16> = 1_024..=65_535;
    const ZOOM_STEPS: [u16; 11] = [80, 90, 100, 110, 125, 150, 175, 200, 225, 240, 250];

    /// Brings values from a hand-edited or damaged file back into range.
    #[must_use]
    pub fn sane(mut self) -> Self {
        let fallback = Self::default();
        let within = |value: f32, low: f32, high: f32, other: f32| {
            if value.is_finite() { value.clamp(low, high) } else { other }
        };
        self.zoom = self.zoom.clamp(*Self::ZOOM.start(), *Self::ZOOM.end());
        self.window = self.window.and_then(super::WindowPlace::sane);
        self.notes_split = within(self.notes_split, 0.2, 0.8, fallback.notes_split);
        self.list_width = within(self.list_width, 240.0, 720.0, fallback.list_width);
        self.volume = within(self.volume, 0.0, 1.0, fallback.volume);
        self.speed = within(self.speed, *Self::SPEED.start(), *Self::SPEED.end(), fallback.speed);
        let steps = self.back_step_ms.min(*Self::BACK_STEP_MS.end()).div_ceil(Self::BACK_STEP_STEP_MS);
        self.back_step_ms = steps * Self::BACK_STEP_STEP_MS;
        self.audio_days = self.audio_days.clamp(*Self::DAYS.start(), *Self::DAYS.end());
        self.text_days = self.text_days.clamp(*Self::DAYS.start(), *Self::DAYS.end());
        self.horizon_days = self.horizon_days.clamp(*Self::DAYS.start(), self.text_days);
        self.poll_seconds = self.poll_seconds.clamp(*Self::POLL_SECONDS.start(), *Self::POLL_SECONDS.end());
        self.lock_minutes = self.lock_minutes.map(|minutes| minutes.clamp(1, 240));
        self.receiver_port = self.receiver_port.clamp(*Self::RECEIVER_PORT.start(), *Self::RECEIVER_PORT.end());
        self
    }

    /// What is kept, for how long, or when the desk locks is another than before: the log tells of that, not of looks.
    pub(super) fn guards_differently(&self, before: &Self) -> bool {
        let guards = |settings: &Self| {
            let days = (settings.audio_days, settings.text_days, settings.horizon_days);
            (days, settings.poll_seconds, settings.spares_the_line, settings.lock_minutes)
        };
        let opens = |settings: &Self| (settings.receives, settings.receiver_port, settings.receiver_for_others);
        let shares = |settings: &Self| (settings.share, settings.share_broker.clone());
        guards(self) != guards(before) || opens(self) != opens(before) || shares(self) != shares(before)
    }

    pub fn zoom_step(&self, up: bool) -> u16 {
        let mut steps = Self::ZOOM_STEPS.into_iter();
        let next = if up { steps.find(|step| *step > self.zoom) } else { steps.rfind(|step| *step < self.zoom) };
        next.unwrap_or(self.zoom)
    }
}

impl From<crate::domain::GroupBy> for GroupByName {
    fn from(group_by: crate::domain::GroupBy) -> Self {
        match group_by {
            crate::domain::GroupBy::Time => Self::Time,
            crate::domain::GroupBy::Patient => Self::Patient,
            crate::domain::GroupBy::Room => Self::Room,
        }
    }
}

impl From<GroupByName> for crate::domain::GroupBy {
    fn from(name: GroupByName) -> Self {
        match name {
            GroupByName::Time => Self::Time,
            GroupByName::Patient => Self::Patient,
            GroupByName::Room => Self::Room,
        }
    }
}
