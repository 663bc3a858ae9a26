//! Toasts: short news that fades, errors that stay until dismissed.
//! No patient text is ever put into one.

use super::problem::{Problem, Severity};
use chrono::{DateTime, TimeDelta, Utc};

#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    pub id: u64,
    pub severity: Severity,
    pub text: String,
    pub code: String,
    /// `None` stays until dismissed.
    pub until: Option<DateTime<Utc>>,
    /// The change that it offers to take back.
    pub undo: Option<u64>,
    pub offer: Option<NoticeOffer>,
}

/// What a toast offers as a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeOffer {
    ShowReport,
    StartAgain,
}

impl NoticeOffer {
    pub fn words(self) -> &'static str {
        match self {
            Self::ShowReport => "Show the report",
            Self::StartAgain => "Start again",
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Notices {
    list: Vec<Notice>,
    last_id: u64,
}

const SHOWN_SECONDS: i64 = 4;
const AT_MOST: usize = 4;

impl Notices {
    /// Good news or plain information; fades.
    pub fn tell(&mut self, text: impl Into<String>, now: DateTime<Utc>) {
        self.push(Severity::Info, text.into(), String::new(), Some(now + TimeDelta::seconds(SHOWN_SECONDS)));
    }

    /// Something was changed and can be taken back while this shows.
    pub fn tell_undoable(&mut self, text: impl Into<String>, change: u64, now: DateTime<Utc>) {
        self.tell(text, now);
        if let Some(notice) = self.list.last_mut() {
            notice.undo = Some(change);
        }
    }

    /// An error stays until dismissed, anything milder fades.
    pub fn report(&mut self, problem: &Problem, now: DateTime<Utc>) {
        let until = (problem.severity != Severity::Error).then(|| now + TimeDelta::seconds(2 * SHOWN_SECONDS));
        self.push(problem.severity, problem.sentence(), problem.code.clone(), until);
    }

    /// One that offers something stays until it is dismissed: nobody can click what has faded.
    pub fn report_with(&mut self, problem: &Problem, offer: Option<NoticeOffer>, now: DateTime<Utc>) {
        self.report(problem, now);
        if let (Some(notice), Some(_)) = (self.list.last_mut(), offer) {
            (notice.offer, notice.until) = (offer, None);
        }
    }

    fn push(&mut self, severity: Severity, text: String, code: String, until: Option<DateTime<Utc>>) {
        self.list.retain(|notice| notice.text != text);
        self.last_id += 1;
        self.list.push(Notice { id: self.last_id, severity, text, code, until, undo: None, offer: None });
        if self.list.len() > AT_MOST {
            self.list.remove(0);
        }
    }

    pub fn dismiss(&mut self, id: u64) {
        self.list.retain(|notice| notice.id != id);
    }

    /// What it offered was done, or cannot be done any more.
    pub fn dismiss_undo(&mut self, change: u64) {
        self.list.retain(|notice| notice.undo != Some(change));
    }

    pub fn expire(&mut self, now: DateTime<Utc>) {
        self.list.retain(|notice| notice.until.is_none_or(|until| until > now));
    }

    pub fn iter(&self) -> impl Iterator<Item = &Notice> {
        self.list.iter()
    }

    /// When the next one fades.
    pub fn next_expiry(&self) -> Option<DateTime<Utc>> {
        self.list.iter().filter_map(|notice| notice.until).min()
    }
}
