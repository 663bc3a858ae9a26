//! Marks and remarks of this computer: set by one key, shown at once, undone with one click.
//! Kept behind what is shown: what could not be kept is taken back, and said.

use super::command::MarkCommand;
use super::event::MarkEvent;
use super::problem::Problem;
use super::request::{MarkRequest, Request};
use super::{Dialog, Route, State};
use crate::domain::{AuditAction, ConsultationKey, Mark, Marked, Marks};
use chrono::{DateTime, Utc};
use std::collections::{HashMap, VecDeque};

/// Changes that can be taken back, the newest first.
const UNDO_STEPS: usize = 50;

/// What is noted about consultations; one that was never marked is not in here.
#[derive(Debug, Default)]
pub struct MarkState {
    pub(super) all: HashMap<ConsultationKey, Marks>,
    /// They were read. Until then nothing is changed: a change replaces everything noted about a consultation.
    is_loaded: bool,
    /// Handed on before the marks were read; marked as soon as they are.
    handed_on: Vec<ConsultationKey>,
    /// Whose remark the dialog shows, whatever is selected meanwhile.
    editing: Option<ConsultationKey>,
    changes: VecDeque<Change>,
    last_change: u64,
}

/// One change and what was there before it.
#[derive(Debug)]
struct Change {
    id: u64,
    key: ConsultationKey,
    before: Value,
    words: String,
}

/// The one thing that a change changes, so that taking it back leaves later changes alone.
#[derive(Clone, Debug)]
enum Value {
    Mark(Mark, Option<DateTime<Utc>>),
    Remark(String),
}

impl Value {
    /// Puts itself into the marks; returns what it took the place of.
    fn put(self, marks: &mut Marks) -> Self {
        match self {
            Self::Mark(mark, at) => {
                let before = marks.get(mark);
                marks.set(mark, at);
                Self::Mark(mark, before)
            }
            Self::Remark(text) => Self::Remark(std::mem::replace(&mut marks.remark, text)),
        }
    }
}

impl MarkState {
    pub fn of(&self, key: &ConsultationKey) -> Option<&Marks> {
        self.all.get(key)
    }

    pub fn can_undo(&self) -> bool {
        !self.changes.is_empty()
    }

    /// The consultation whose remark is open for writing.
    pub fn editing(&self) -> Option<&ConsultationKey> {
        self.editing.as_ref()
    }

    fn marked(&self, key: &ConsultationKey) -> Marked {
        Marked { key: key.clone(), marks: self.of(key).cloned().unwrap_or_default() }
    }

    fn put(&mut self, marked: Marked) {
        if marked.marks.is_empty() {
            self.all.remove(&marked.key);
        } else {
            self.all.insert(marked.key, marked.marks);
        }
    }

    /// Forgets a clinic's marks; an old toast's Undo finds nothing to take back.
    pub(super) fn forget(&mut self) {
        *self = Self { last_change: self.last_change, ..Self::default() };
    }
}

impl State {
    pub(super) fn handle_mark(&mut self, command: MarkCommand) -> Vec<Request> {
        match command {
            MarkCommand::Toggle(mark) => self.toggle_mark(mark),
            MarkCommand::EditRemark => self.edit_remark(),
            MarkCommand::Remark(key, text) => self.set_remark(key, &text),
            MarkCommand::CancelRemark => {
                self.close_remark();
                Vec::new()
            }
            MarkCommand::Undo => self.undo_mark(None),
            MarkCommand::UndoOne(change) => self.undo_mark(Some(change)),
        }
    }

    pub(super) fn apply_mark(&mut self, event: MarkEvent) -> Vec<Request> {
        match event {
            MarkEvent::All(all) => {
                self.marks.all = all.into_iter().map(|marked| (marked.key, marked.marks)).collect();
                self.marks.is_loaded = true;
                let handed_on = std::mem::take(&mut self.marks.handed_on);
                handed_on.iter().flat_map(|key| self.mark_handed_on(key)).collect()
            }
            MarkEvent::NotSaved { tried, before, problem } => {
                self.take_back(&tried, before, &problem);
                Vec::new()
            }
        }
    }

    /// The consultation a mark is for: the open one, else the selected one, as long as it is on screen.
    fn marked_key(&self) -> Option<ConsultationKey> {
        if self.route != Route::Consultations {
            return None;
        }
        let open = self.record.as_ref().map(|record| &record.key);
        open.or(self.list.selected.as_ref()).cloned()
    }

    fn toggle_mark(&mut self, mark: Mark) -> Vec<Request> {
        let Some(key) = self.marked_key() else { return Vec::new() };
        let is_set = self.marks.of(&key).is_some_and(|marks| marks.get(mark).is_some());
        let at = (!is_set).then_some(self.now);
        let words = if is_set { format!("No longer {}", done_words(mark)) } else { upper_first(done_words(mark)) };
        self.change_marks(key, Value::Mark(mark, at), words)
    }

    fn edit_remark(&mut self) -> Vec<Request> {
        let Some(key) = self.marked_key() else { return Vec::new() };
        if !self.marks.is_loaded {
            return self.not_read_yet();
        }
        self.marks.editing = Some(key);
        self.dialog = Some(Dialog::Remark);
        Vec::new()
    }

    fn close_remark(&mut self) {
        self.marks.editing = None;
        if self.dialog == Some(Dialog::Remark) {
            self.dialog = None;
        }
    }

    fn set_remark(&mut self, key: ConsultationKey, text: &str) -> Vec<Request> {
        self.close_remark();
        let text: String = text.trim().chars().take(Marks::MOST_REMARK_CHARS).collect();
        let before = self.marks.of(&key).map(|marks| marks.remark.clone()).unwrap_or_default();
        if before == text {
            return Vec::new();
        }
        let words = if text.is_empty() { "Remark removed" } else { "Remark saved on this computer" };
        self.change_marks(key, Value::Remark(text), words.to_owned())
    }

    /// A part of the note was taken over into the practice system: that is the hand-off. Returns the words about it
    /// and what there is to do.
    pub(super) fn copied(&mut self, key: &ConsultationKey, what: &str) -> Vec<Request> {
        let is_marked = self.marks.of(key).is_some_and(|marks| marks.copied.is_some());
        if !self.marks.is_loaded {
            self.marks.handed_on.push(key.clone());
        }
        if is_marked || !self.marks.is_loaded {
            self.notices.tell(format!("{what} copied"), self.now);
            return Vec::new();
        }
        let words = format!("{what} copied, and marked copied on this computer");
        self.change_marks(key.clone(), Value::Mark(Mark::Copied, Some(self.now)), words)
    }

    fn mark_handed_on(&mut self, key: &ConsultationKey) -> Vec<Request> {
        if self.marks.of(key).is_some_and(|marks| marks.copied.is_some()) {
            return Vec::new();
        }
        self.keep(key, Value::Mark(Mark::Copied, Some(self.now))).1
    }

    /// Shows a change at once, offers to take it back, and has it kept.
    fn change_marks(&mut self, key: ConsultationKey, value: Value, words: String) -> Vec<Request> {
        if !self.marks.is_loaded {
            return self.not_read_yet();
        }
        let (before, requests) = self.keep(&key, value);
        self.marks.last_change += 1;
        let id = self.marks.last_change;
        self.notices.tell_undoable(words.clone(), id, self.now);
        self.marks.changes.push_back(Change { id, key, before, words });
        if self.marks.changes.len() > UNDO_STEPS {
            self.marks.changes.pop_front();
        }
        requests
    }

    /// Returns what was there before, and the requests that keep what is there now.
    fn keep(&mut self, key: &ConsultationKey, value: Value) -> (Value, Vec<Request>) {
        let before = self.marks.marked(key);
        let mut marked = before.clone();
        let old = value.put(&mut marked.marks);
        if marked == before {
            return (old, Vec::new());
        }
        self.marks.put(marked.clone());
        let save = Request::Mark(MarkRequest::Save { marked, before });
        (old, vec![save, Request::Audit(AuditAction::Marked, Some(key.clone()))])
    }

    /// Reading them takes a moment, or failed; asking again mends the second.
    fn not_read_yet(&mut self) -> Vec<Request> {
        self.notices.tell("The marks of this computer are still being read. Try again in a moment.", self.now);
        vec![Request::Mark(MarkRequest::Load)]
    }

    fn undo_mark(&mut self, change: Option<u64>) -> Vec<Request> {
        let changes = &mut self.marks.changes;
        let undone = match change {
            None => changes.pop_back(),
            Some(id) => changes.iter().position(|change| change.id == id).and_then(|at| changes.remove(at)),
        };
        let Some(change) = undone else {
            self.notices.tell("There is nothing to undo", self.now);
            return Vec::new();
        };
        self.notices.dismiss_undo(change.id);
        self.notices.tell(format!("Undone: {}", lower_first(&change.words)), self.now);
        self.keep(&change.key, change.before).1
    }

    /// Shows what is really kept, unless it was changed again meanwhile: then that change has its own answer.
    fn take_back(&mut self, tried: &Marked, before: Marked, problem: &Problem) {
        if self.marks.marked(&tried.key) == *tried {
            self.marks.put(before);
        }
        if let Some(at) = self.marks.changes.iter().rposition(|change| change.key == tried.key)
            && let Some(change) = self.marks.changes.remove(at)
        {
            self.notices.dismiss_undo(change.id);
        }
        self.notices.report(problem, self.now);
    }
}

fn done_words(mark: Mark) -> &'static str {
    match mark {
        Mark::Reviewed => "marked reviewed on this computer",
        Mark::Copied => "marked copied on this computer",
        Mark::FollowUp => "marked for follow up on this computer",
    }
}

fn upper_first(words: &str) -> String {
    change_first(words, |first| first.to_uppercase().collect())
}

/// `SOAP note copied` keeps its capitals.
fn lower_first(words: &str) -> String {
    let is_acronym = words.chars().take(2).all(char::is_uppercase);
    if is_acronym { words.to_owned() } else { change_first(words, |first| first.to_lowercase().collect()) }
}

fn change_first(words: &str, change: impl Fn(char) -> String) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| change(first) + chars.as_str())
}

#[cfg(test)]
#[path = "marks_tests.rs"]
mod tests;
