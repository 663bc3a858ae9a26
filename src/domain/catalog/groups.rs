//! The headings that rows fall under: days, patients or rooms.

use super::ViewSpec;
use crate::domain::fold::fold;
use crate::domain::{Consultation, GroupBy, Manner};
use chrono::{Datelike as _, NaiveDate};
use std::sync::Arc;

/// A run of rows under one heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub title: String,
    /// Index of its first row.
    pub start: usize,
    pub len: usize,
}

/// Orders the rows for the grouping (they come newest first) and says where each group starts.
pub(super) fn group(rows: &mut [Arc<Consultation>], spec: &ViewSpec) -> Vec<Group> {
    match spec.group_by {
        GroupBy::Time => group_by_day(rows, spec),
        GroupBy::Patient => group_by_name(rows, |c| match &c.patient {
            Some(patient) => (patient.display_name().to_owned(), patient.description(), patient.id.as_str().to_owned()),
            None => ("No patient".to_owned(), String::new(), String::new()),
        }),
        GroupBy::Room => group_by_name(rows, |c| match &c.room {
            Some(room) => (room.short_name().to_owned(), String::new(), room.filter_key()),
            None => ("No room".to_owned(), String::new(), String::new()),
        }),
    }
}

fn group_by_day(rows: &[Arc<Consultation>], spec: &ViewSpec) -> Vec<Group> {
    let today = spec.zone.local_time(spec.now).date();
    let mut groups: Vec<Group> = Vec::new();
    let mut current: Option<NaiveDate> = None;
    for (index, consultation) in rows.iter().enumerate() {
        let day = spec.zone.local_time(consultation.started_at).date();
        if current != Some(day) {
            current = Some(day);
            groups.push(Group { title: day_title(day, today, spec.zone.manner()), start: index, len: 0 });
        }
        if let Some(last) = groups.last_mut() {
            last.len += 1;
        }
    }
    groups
}

/// `Today`, `Yesterday, Sat 21 Nov`, `Fri 20 Nov`, `Fri 20 Nov 2025`.
pub fn day_title(day: NaiveDate, today: NaiveDate, manner: Manner) -> String {
    let date = if day.year() == today.year() { manner.weekday(day) } else { manner.weekday_of_year(day) };
    match (today - day).num_days() {
        0 => "Today".to_owned(),
        1 => format!("Yesterday, {date}"),
        _ => date,
    }
}

/// Same-named groups stay apart by their id and say what tells them apart.
fn group_by_name(
    rows: &mut [Arc<Consultation>],
    name: impl Fn(&Consultation) -> (String, String, String),
) -> Vec<Group> {
    rows.sort_by_cached_key(|consultation| {
        let (title, detail, id) = name(consultation);
        (title.is_empty(), fold(&title), detail, id)
    });
    let mut groups: Vec<Group> = Vec::new();
    let mut current: Option<String> = None;
    for (index, consultation) in rows.iter().enumerate() {
        let (title, detail, id) = name(consultation);
        if current.as_ref() != Some(&id) {
            current = Some(id);
            let title = if detail.is_empty() { title } else { format!("{title} · {detail}") };
            groups.push(Group { title, start: index, len: 0 });
        }
        if let Some(last) = groups.last_mut() {
            last.len += 1;
        }
    }
    groups
}
