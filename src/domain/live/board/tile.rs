//! One tile per recorder: what its room does now, what it did last, how often today.
//! A tile holds moments, not words about them, so that time alone changes what it says and not what it is.

use super::hours::OpeningHours;
use super::{Board, Known};
use crate::domain::live::rooms::{Place, RoomKey};
use crate::domain::{Consultation, ConsultationKey, DeviceId, RecordKind, Stage, Zone};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// A recording without an end is believed for so long; after that it may still be running.
const BELIEVED: TimeDelta = TimeDelta::hours(3);
/// After so long without an end nothing is said of it any more.
const FORGOTTEN: TimeDelta = TimeDelta::hours(12);
/// How long a note is expected after an end that was only heard of.
const NOTE_EXPECTED: TimeDelta = TimeDelta::hours(1);
/// How long a record that is being worked on counts as that.
const NOTE_PENDING: TimeDelta = TimeDelta::hours(24);
/// How long a room shows that its last note is ready.
const SHOWS_READY: TimeDelta = TimeDelta::hours(1);
/// A room without anything for so long, while others record, is quiet too long.
const QUIET: TimeDelta = TimeDelta::hours(3);
/// A recorder that NxVET has not heard from for so long.
const SILENT: TimeDelta = TimeDelta::hours(3);

#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    pub room: RoomKey,
    pub name: String,
    /// The recorder that "Name this room" names.
    pub device: Option<DeviceId>,
    /// Otherwise the recorder's id shows, with the offer to name it.
    pub is_named: bool,
    /// The newest consultation of the room, of today or before.
    pub last: Option<Arc<Consultation>>,
    /// Consultations that began today.
    pub today: usize,
    /// When the recorder was last heard of.
    pub last_word: Option<DateTime<Utc>>,
    running_since: Option<DateTime<Utc>>,
    writing: Option<Range<DateTime<Utc>>>,
    ready: Option<Range<DateTime<Utc>>>,
    silent_since: Option<DateTime<Utc>>,
    quiet_since: Option<DateTime<Utc>>,
    /// Within these moments the quiet is too long.
    quiet_within: Option<Range<DateTime<Utc>>>,
}

/// What a room does. Shown as a word, never as colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TileStatus {
    Recording {
        since: DateTime<Utc>,
    },
    /// It began so long ago that its end may have been missed.
    MayStillRun {
        since: DateTime<Utc>,
    },
    WritingNote {
        since: DateTime<Utc>,
    },
    Ready {
        since: DateTime<Utc>,
    },
    /// The recorder has not reported to NxVET.
    NoWord {
        since: DateTime<Utc>,
    },
    /// Nothing for hours while other rooms record; `None` is nothing today.
    QuietTooLong {
        since: Option<DateTime<Utc>>,
    },
    Quiet,
}

impl TileStatus {
    /// The words on screen, without the time that belongs to them.
    pub fn words(self) -> &'static str {
        match self {
            Self::Recording { .. } => "Recording",
            Self::MayStillRun { .. } => "May still be running",
            Self::WritingNote { .. } => "Writing note",
            Self::Ready { .. } => "Ready",
            Self::NoWord { .. } => "No word since",
            Self::QuietTooLong { .. } => "Quiet too long",
            Self::Quiet => "Quiet",
        }
    }

    pub fn is_running(self) -> bool {
        matches!(self, Self::Recording { .. } | Self::MayStillRun { .. })
    }
}

impl Tile {
    pub fn status(&self, now: DateTime<Utc>) -> TileStatus {
        if let Some(since) = self.running_since {
            let lasts = now - since;
            if lasts < BELIEVED {
                return TileStatus::Recording { since };
            }
            if lasts < FORGOTTEN {
                return TileStatus::MayStillRun { since };
            }
        }
        if let Some(writing) = self.writing.as_ref().filter(|span| now < span.end) {
            return TileStatus::WritingNote { since: writing.start };
        }
        if let Some(ready) = self.ready.as_ref().filter(|span| now < span.end) {
            return TileStatus::Ready { since: ready.start };
        }
        if let Some(since) = self.silent_since {
            return TileStatus::NoWord { since };
        }
        match &self.quiet_within {
            Some(span) if span.contains(&now) => TileStatus::QuietTooLong { since: self.quiet_since },
            _ => TileStatus::Quiet,
        }
    }

    /// The last consultation where it is what ended then: an end that was only heard of is nobody's yet.
    pub fn what_ended(&self, at: DateTime<Utc>) -> Option<&Consultation> {
        self.last.as_deref().filter(|row| end_of(row) == at)
    }

    /// The next moment at which time alone changes what the tile says.
    pub fn next_change(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let running = self.running_since.map(|since| [since + BELIEVED, since + FORGOTTEN]);
        let spans = [&self.writing, &self.ready].map(|span| span.as_ref().map(|span| span.end));
        let quiet = self.quiet_within.as_ref().map(|span| [span.start, span.end]);
        let all = running.into_iter().flatten().chain(spans.into_iter().flatten()).chain(quiet.into_iter().flatten());
        all.filter(|at| *at > now).min()
    }
}

/// What is gathered of one room.
struct Gathered {
    place: Place,
    is_listed: bool,
    report: Option<DateTime<Utc>>,
    word: Option<DateTime<Utc>>,
    /// Newest first.
    rows: Vec<Arc<Consultation>>,
    conversation: Option<Newest>,
}

/// The conversation that began last, as far as events told of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Newest {
    at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
}

/// The tiles: listed recorders in NxVET's order, then rooms that were only heard of, by name.
pub fn tiles(board: &Board, known: Known<'_>, zone: Zone, now: DateTime<Utc>) -> Vec<Tile> {
    let rooms = gather(board, known);
    let today = zone.day(zone.local_time(now).date());
    let activity: BTreeMap<&RoomKey, DateTime<Utc>> =
        rooms.iter().filter_map(|room| Some((&room.place.key, room.last_activity()?))).collect();
    let tile = |room: &Gathered| {
        let others = activity.iter().filter(|(key, _)| **key != &room.place.key).map(|(_, at)| *at).max();
        room.tile(known.devices_at, today.as_ref(), others, zone)
    };
    rooms.iter().map(tile).collect()
}

fn gather(board: &Board, known: Known<'_>) -> Vec<Gathered> {
    let directory = known.directory;
    let mut rooms: Vec<Gathered> = directory
        .listed()
        .map(|(device, place)| Gathered { report: device.last_report, ..Gathered::new(place.clone(), true) })
        .collect();
    let listed = rooms.len();
    for row in known.rows.iter().filter(|row| board.counts(row)) {
        if let Some(room) = &row.room {
            at_place(&mut rooms, directory.of_room(room)).rows.push(Arc::clone(row));
        }
    }
    for (device, _, heard) in board.conversations() {
        let Some(at) = heard.started_at.or(heard.ended_at) else { continue };
        let newest = Newest { at, started_at: heard.started_at, ended_at: heard.ended_at };
        let room = at_place(&mut rooms, directory.of_device(device));
        room.conversation = room.conversation.max(Some(newest));
    }
    for (device, at) in board.words() {
        let room = at_place(&mut rooms, directory.of_device(device));
        room.word = room.word.max(Some(at));
    }
    for room in &mut rooms {
        room.rows.sort_by(|one, other| (other.started_at, &other.key).cmp(&(one.started_at, &one.key)));
    }
    if let Some(unlisted) = rooms.get_mut(listed..) {
        unlisted.sort_by(|one, other| (&one.place.name, &one.place.key).cmp(&(&other.place.name, &other.place.key)));
    }
    rooms
}

fn at_place(rooms: &mut Vec<Gathered>, place: Place) -> &mut Gathered {
    let known = rooms.iter().position(|room| room.place.key == place.key);
    let at = known.unwrap_or_else(|| {
        rooms.push(Gathered::new(place, false));
        rooms.len() - 1
    });
    #[expect(clippy::indexing_slicing, reason = "the place was found or has just been added")]
    &mut rooms[at]
}

impl Gathered {
    fn new(place: Place, is_listed: bool) -> Self {
        Self { place, is_listed, report: None, word: None, rows: Vec::new(), conversation: None }
    }

    /// The newest record; a conversation's row says nothing about notes.
    fn newest_record(&self) -> Option<&Arc<Consultation>> {
        self.rows.iter().find(|row| row.key.record_id().is_some())
    }

    fn last_activity(&self) -> Option<DateTime<Utc>> {
        let row = self.rows.iter().map(|row| end_of(row)).max();
        row.max(self.conversation.and_then(|newest| newest.started_at.max(newest.ended_at)))
    }

    fn tile(
        &self,
        devices_at: Option<DateTime<Utc>>,
        today: Option<&Range<DateTime<Utc>>>,
        others: Option<DateTime<Utc>>,
        zone: Zone,
    ) -> Tile {
        let activity = self.last_activity();
        let last_word = self.report.max(self.word).max(activity);
        let is_silent = |word: &DateTime<Utc>| devices_at.is_some_and(|at| at - *word > SILENT);
        let quiet_since = activity.filter(|at| today.is_some_and(|today| today.contains(at)));
        Tile {
            room: self.place.key.clone(),
            name: self.place.name.clone(),
            device: self.place.device.clone(),
            is_named: self.place.is_named,
            last: self.newest_record().or(self.rows.first()).cloned(),
            today: today.map_or(0, |today| self.count_in(today)),
            last_word,
            running_since: self.running_since(),
            writing: self.writing(),
            ready: self.ready(),
            silent_since: last_word.filter(|word| self.is_listed && self.report.is_some() && is_silent(word)),
            quiet_since,
            quiet_within: today.and_then(|today| self.quiet_within(today, quiet_since, others, zone)),
        }
    }

    /// Records of the day; conversations only where no record was made, as one visit may be both.
    fn count_in(&self, today: &Range<DateTime<Utc>>) -> usize {
        let of_today = || self.rows.iter().filter(|row| today.contains(&row.started_at));
        let records = of_today().filter(|row| row.key.record_id().is_some()).count();
        if records > 0 { records } else { of_today().count() }
    }

    /// A recorder that has finished a whole recording since does not record what it began before.
    fn running_since(&self) -> Option<DateTime<Utc>> {
        let heard = self.conversation.and_then(|newest| newest.started_at.filter(|_| newest.ended_at.is_none()));
        let listed = self.rows.first().filter(|row| row.stage == Stage::Recording).map(|row| row.started_at);
        let since = heard.max(listed)?;
        let is_whole = |row: &&Arc<Consultation>| row.kind != RecordKind::RoomBatch && row.stage != Stage::Recording;
        let ended = self.rows.iter().filter(is_whole).filter_map(|row| row.ended_at).max();
        (ended <= Some(since)).then_some(since)
    }

    fn writing(&self) -> Option<Range<DateTime<Utc>>> {
        let record = self.newest_record();
        if let Some(Newest { at, ended_at: Some(ended), .. }) = self.conversation
            && record.is_none_or(|record| end_of(record) < at)
        {
            return Some(ended..ended + NOTE_EXPECTED);
        }
        let record = record.filter(|record| record.stage.is_pending() && record.stage != Stage::Recording)?;
        Some(end_of(record)..end_of(record) + NOTE_PENDING)
    }

    fn ready(&self) -> Option<Range<DateTime<Utc>>> {
        let record = self.newest_record()?;
        let is_ready = matches!(record.stage, Stage::Ready | Stage::TranscriptOnly);
        is_ready.then(|| end_of(record)..end_of(record) + SHOWS_READY)
    }

    /// Only while the practice is open, only where something was recorded before, and only when another room has
    /// recorded since: on a day off every room is quiet and none too long.
    fn quiet_within(
        &self,
        today: &Range<DateTime<Utc>>,
        quiet_since: Option<DateTime<Utc>>,
        others: Option<DateTime<Utc>>,
        zone: Zone,
    ) -> Option<Range<DateTime<Utc>>> {
        let open = OpeningHours::default().on(today, zone)?;
        let from = quiet_since.unwrap_or(open.start);
        let is_used = self.last_activity().is_some();
        let is_lively = others.is_some_and(|at| at > from && today.contains(&at));
        let span = from + QUIET..open.end;
        (is_used && is_lively && span.start < span.end).then_some(span)
    }
}

/// When it ended, or began where no end is told.
fn end_of(row: &Consultation) -> DateTime<Utc> {
    row.ended_at.map_or(row.started_at, |ended| ended.max(row.started_at))
}

/// The key by which a conversation of an event is opened.
pub fn conversation_key(device: &DeviceId, conversation: &crate::domain::ConversationId) -> ConsultationKey {
    ConsultationKey::Conversation { device: device.clone(), conversation: conversation.clone() }
}
