//! One day of the clinic: rooms as lanes, consultations, running recordings and appointments as blocks on a time axis.
//! The axis is laid over moments, not over clock times, so a day of 23 or 25 hours is as long as it is.
//! It is made for drawing and holds no pixels.

mod lanes;

pub(super) use lanes::USUAL_LENGTH;

use super::appointment::Appointment;
use super::board::{Board, OpeningHours};
use super::pairing::Reconciliation;
use super::rooms::{Directory, RoomKey};
use super::{AppointmentId, Booking};
use crate::domain::{Consultation, ConsultationKey, DeviceId, Stage, Zone};
use chrono::{DateTime, NaiveDate, TimeDelta, Timelike as _, Utc};
use std::ops::Range;
use std::sync::Arc;

/// What a day is made of.
#[derive(Clone, Copy, Debug)]
pub struct DayInput<'a> {
    pub date: NaiveDate,
    /// The practice's own.
    pub zone: Zone,
    pub board: &'a Board,
    pub directory: &'a Directory,
    /// Those of the day; others are left out.
    pub rows: &'a [Arc<Consultation>],
    pub appointments: &'a [Appointment],
    pub reconciliation: &'a Reconciliation,
}

/// A day, laid out.
#[derive(Clone, Debug, PartialEq)]
pub struct Day {
    pub date: NaiveDate,
    pub zone: Zone,
    /// The whole local day.
    pub span: Range<DateTime<Utc>>,
    /// What is drawn: the opening hours, grown to hold every block.
    pub axis: Range<DateTime<Utc>>,
    pub ticks: Vec<Tick>,
    pub lanes: Vec<Lane>,
}

/// A full hour on the axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    pub at: DateTime<Utc>,
    /// `9:00`. On the night the clocks go back one shows twice.
    pub label: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    pub room: RoomKey,
    pub name: String,
    pub device: Option<DeviceId>,
    pub is_named: bool,
    /// How many blocks stand above one another where it is fullest; at least 1.
    pub depth: usize,
    /// By their beginning.
    pub blocks: Vec<Block>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    pub kind: BlockKind,
    pub from: DateTime<Utc>,
    /// `None` grows until now.
    pub until: Option<DateTime<Utc>>,
    /// Which of the lane's rows it stands in, from the top.
    pub row: usize,
    /// The patient or the kind of recording; empty for a block of the book without a note.
    pub title: String,
    /// What tells same-named ones apart, or the appointment's note.
    pub detail: String,
}

#[derive(Clone, Debug, PartialEq)]
pub enum BlockKind {
    Consultation {
        key: ConsultationKey,
        stage: Stage,
        /// The appointment it was.
        appointment: Option<AppointmentId>,
    },
    /// A room records; nothing can be opened yet.
    Running { key: ConsultationKey },
    /// Heard to have ended; no record has shown up yet.
    Heard { key: ConsultationKey },
    /// Outlined. One that was a recording shows as that.
    Appointment { id: AppointmentId, booking: Booking, is_no_show: bool },
}

impl Block {
    /// What a click opens.
    pub fn opens(&self) -> Option<&ConsultationKey> {
        match &self.kind {
            BlockKind::Consultation { key, .. } | BlockKind::Heard { key } => Some(key),
            BlockKind::Running { .. } | BlockKind::Appointment { .. } => None,
        }
    }

    /// Where it ends on the axis; one that ends before it began is not drawn backwards.
    pub fn end(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.until.unwrap_or(now).max(self.from)
    }
}

impl Day {
    /// `None` for a date that no calendar has.
    pub fn new(input: DayInput<'_>, now: DateTime<Utc>) -> Option<Self> {
        let span = input.zone.day(input.date)?;
        let lanes = lanes::lanes(input, &span, now);
        let axis = axis(&lanes, &span, input.zone, now);
        let ticks = ticks(&axis, input.zone);
        Some(Self { date: input.date, zone: input.zone, span, axis, ticks, lanes })
    }

    /// Where on the axis a moment stands: 0 is its left end, 1 its right one; outside the axis it is outside that.
    pub fn share(&self, at: DateTime<Utc>) -> f32 {
        let whole = (self.axis.end - self.axis.start).num_seconds().max(1);
        (at - self.axis.start).num_seconds() as f32 / whole as f32
    }

    pub fn is_today(&self, now: DateTime<Utc>) -> bool {
        self.span.contains(&now)
    }

    pub fn is_empty(&self) -> bool {
        self.lanes.iter().all(|lane| lane.blocks.is_empty())
    }

    /// The clock time of a moment, as the practice's wall shows it.
    pub fn clock(&self, at: DateTime<Utc>) -> String {
        clock_words(at, self.zone)
    }
}

/// `9:05`, or as this computer writes times.
pub fn clock_words(at: DateTime<Utc>, zone: Zone) -> String {
    zone.manner().time(zone.local_time(at))
}

/// The opening hours, grown to full hours around what there is. Without opening hours (a day of a strange zone) the
/// whole day shows.
fn axis(lanes: &[Lane], span: &Range<DateTime<Utc>>, zone: Zone, now: DateTime<Utc>) -> Range<DateTime<Utc>> {
    let mut axis = OpeningHours::default().on(span, zone).unwrap_or_else(|| span.clone());
    for block in lanes.iter().flat_map(|lane| &lane.blocks) {
        axis.start = axis.start.min(block.from.max(span.start));
        axis.end = axis.end.max(block.end(now).min(span.end));
    }
    let past_hour = |at: DateTime<Utc>| {
        let local = zone.local_time(at);
        TimeDelta::seconds(i64::from(local.minute()) * 60 + i64::from(local.second()))
    };
    let start = (axis.start - past_hour(axis.start)).max(span.start);
    let over = past_hour(axis.end);
    let end = if over.is_zero() { axis.end } else { (axis.end - over + TimeDelta::hours(1)).min(span.end) };
    start..end
}

fn ticks(axis: &Range<DateTime<Utc>>, zone: Zone) -> Vec<Tick> {
    let quarters = (axis.end - axis.start).num_minutes() / 15;
    let at = |quarter: i64| axis.start + TimeDelta::minutes(quarter * 15);
    let is_full = |at: &DateTime<Utc>| zone.local_time(*at).minute() == 0;
    (0..=quarters).map(at).filter(is_full).map(|at| Tick { at, label: clock_words(at, zone) }).collect()
}

#[cfg(test)]
mod tests;
