//! What stands in which lane, and which blocks stand above one another.

use super::{Block, BlockKind, DayInput, Lane};
use crate::domain::live::appointment::{Appointment, Booking};
use crate::domain::live::board::{Heard, conversation_key};
use crate::domain::live::rooms::{Place, RoomKey};
use crate::domain::{Consultation, ConsultationKey};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashSet;
use std::ops::Range;

/// A block takes at least so much room on the axis, or it could not be hit.
const LEAST: TimeDelta = TimeDelta::minutes(6);
/// An appointment of which only the beginning is told.
pub(crate) const USUAL_LENGTH: TimeDelta = TimeDelta::minutes(30);
/// A recording without an end grows for so long.
const GROWS: TimeDelta = TimeDelta::hours(12);

/// Lanes in the directory's order, then others by name; what names no room comes last.
pub(super) fn lanes(input: DayInput<'_>, span: &Range<DateTime<Utc>>, now: DateTime<Utc>) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = input.directory.listed().map(|(_, place)| lane(place.clone())).collect();
    let listed = lanes.len();
    let mut shown = HashSet::new();
    for row in input.rows.iter().filter(|row| span.contains(&row.started_at) && input.board.counts(row)) {
        let place = row.room.as_ref().map_or_else(|| input.directory.of_name(""), |room| input.directory.of_room(room));
        shown.insert(&row.key);
        push(&mut lanes, place, of_row(input, row, now));
    }
    for (device, conversation, heard) in input.board.conversations() {
        let key = conversation_key(device, conversation);
        let place = input.directory.of_device(device);
        if !shown.contains(&key)
            && let Some(block) = of_event(key, heard, span, now)
            && !is_told_by_a_record(&lanes, &place.key, &block, now)
        {
            push(&mut lanes, place, block);
        }
    }
    for appointment in input.appointments {
        if let Some(block) = of_appointment(input, appointment, span) {
            let place = input.directory.of_name(appointment.operatory_name.as_deref().unwrap_or(""));
            push(&mut lanes, place, block);
        }
    }
    if let Some(others) = lanes.get_mut(listed..) {
        others.sort_by(|one, other| order(one).cmp(&order(other)));
    }
    for lane in &mut lanes {
        stack(lane, now);
    }
    lanes
}

fn order(lane: &Lane) -> (bool, &str, &RoomKey) {
    (lane.room.is_nowhere(), &lane.name, &lane.room)
}

fn lane(place: Place) -> Lane {
    let Place { key, name, device, is_named } = place;
    Lane { room: key, name, device, is_named, depth: 1, blocks: Vec::new() }
}

fn push(lanes: &mut Vec<Lane>, place: Place, block: Block) {
    if let Some(known) = lanes.iter_mut().find(|lane| lane.room == place.key) {
        known.blocks.push(block);
        return;
    }
    let mut new = lane(place);
    new.blocks.push(block);
    lanes.push(new);
}

fn of_row(input: DayInput<'_>, row: &Consultation, now: DateTime<Utc>) -> Block {
    let heard = input.board.conversation(&row.key);
    let ended = row.ended_at.or_else(|| heard.and_then(|heard| heard.ended_at));
    let runs = ended.is_none() && heard.is_some_and(|heard| heard.started_at.is_some());
    let is_running = runs && now - row.started_at < GROWS;
    let kind = if is_running {
        BlockKind::Running { key: row.key.clone() }
    } else {
        let appointment = input.reconciliation.appointment_of(&row.key);
        BlockKind::Consultation { key: row.key.clone(), stage: row.stage, appointment }
    };
    let detail = row.patient.as_ref().map(|patient| patient.description()).unwrap_or_default();
    let until = if is_running { None } else { Some(ended.unwrap_or(row.started_at)) };
    Block { kind, from: row.started_at, until, row: 0, title: row.headline().to_owned(), detail }
}

/// A conversation that no list has yet. One that was only heard to end is drawn at its end.
fn of_event(key: ConsultationKey, heard: &Heard, span: &Range<DateTime<Utc>>, now: DateTime<Utc>) -> Option<Block> {
    let from = heard.started_at.or(heard.ended_at).filter(|from| span.contains(from))?;
    let title = "Room conversation".to_owned();
    let (kind, until) = match heard.ended_at {
        Some(ended) => (BlockKind::Heard { key }, Some(ended)),
        None if now - from < GROWS => (BlockKind::Running { key }, None),
        None => (BlockKind::Heard { key }, Some(from)),
    };
    Some(Block { kind, from, until, row: 0, title, detail: String::new() })
}

/// Where a record of the room covers the time of a conversation that has ended, the record tells more; nothing is
/// said about the two being one.
fn is_told_by_a_record(lanes: &[Lane], room: &RoomKey, block: &Block, now: DateTime<Utc>) -> bool {
    let Some(until) = block.until else { return false };
    let is_record = |other: &Block| {
        matches!(&other.kind, BlockKind::Consultation { key: ConsultationKey::Record(_), .. })
            && other.from <= until
            && other.end(now) >= block.from
    };
    lanes.iter().any(|lane| lane.room == *room && lane.blocks.iter().any(is_record))
}

fn of_appointment(input: DayInput<'_>, appointment: &Appointment, span: &Range<DateTime<Utc>>) -> Option<Block> {
    let from = appointment.starts_at.filter(|from| span.contains(from))?;
    if input.reconciliation.is_recorded(appointment.id) {
        return None;
    }
    let kind = BlockKind::Appointment {
        id: appointment.id,
        booking: appointment.booking,
        is_no_show: input.reconciliation.is_no_show(appointment.id),
    };
    let until = appointment.ends_at.filter(|end| *end > from).unwrap_or(from + USUAL_LENGTH);
    let (name, note) = (appointment.patient_name.clone(), appointment.note.clone().unwrap_or_default());
    let (title, detail) = match (appointment.booking, name) {
        (Booking::Block, _) => (if note.is_empty() { "Blocked".to_owned() } else { note }, String::new()),
        (_, Some(name)) => (name, note),
        (_, None) => ("Appointment".to_owned(), note),
    };
    Some(Block { kind, from, until: Some(until), row: 0, title, detail })
}

/// Puts each block into the first row that is free by then.
fn stack(lane: &mut Lane, now: DateTime<Utc>) {
    lane.blocks.sort_by_cached_key(|block| place(block, now));
    let mut free_from: Vec<DateTime<Utc>> = Vec::new();
    for block in &mut lane.blocks {
        let end = block.end(now).max(block.from + LEAST);
        if let Some((row, free)) = free_from.iter_mut().enumerate().find(|(_, free)| **free <= block.from) {
            block.row = row;
            *free = end;
        } else {
            block.row = free_from.len();
            free_from.push(end);
        }
    }
    lane.depth = free_from.len().max(1);
}

/// A total order, so that the same blocks are always laid out alike.
fn place(block: &Block, now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>, u8, String) {
    let (rank, name) = match &block.kind {
        BlockKind::Consultation { key, .. } => (0, key.as_text()),
        BlockKind::Running { key } => (1, key.as_text()),
        BlockKind::Heard { key } => (2, key.as_text()),
        BlockKind::Appointment { id, .. } => (3, format!("{:020}", id.0)),
    };
    (block.from, block.end(now), rank, name)
}
