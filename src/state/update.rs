//! Looking for a new release: whether, where, what was found, and when it is asked next.
//! Nothing is fetched but a notice and nothing is installed; a click opens the release's page.
//! The words for faults are in `problem`, the rules about numbers and addresses in `domain::update`.

use super::problem::{Fault, Problem, UpdateFault};
use super::request::Request;
use super::{Loading, Session, State};
use crate::domain::AuditAction;
use crate::domain::update::{
    BUILT_IN_ADDRESS, BUILT_IN_KEY, FileSum, Release, ReleasePage, UpdateAddress, Version, is_key_form,
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// It is asked by itself so often and no more.
const EVERY: TimeDelta = TimeDelta::days(1);
/// The start belongs to the list; it is asked afterwards.
const AFTER_START: TimeDelta = TimeDelta::minutes(2);
/// When something else is going on, it is asked that much later.
const LATER: TimeDelta = TimeDelta::minutes(5);

/// What is remembered of it between runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct UpdateSettings {
    /// Off unless somebody wishes it.
    pub is_on: bool,
    /// Empty for the one that is built in, if one is.
    pub address: String,
    /// The maker's public key; empty for the one that is built in, if one is.
    pub key: String,
    /// When it was asked last, by itself or by hand.
    pub asked_at: Option<DateTime<Utc>>,
    /// The newest release that was announced.
    pub known: Option<KnownRelease>,
}

/// A release as it is written to the settings; read through [`State::newer_release`] alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KnownRelease {
    version: String,
    date: NaiveDate,
    page: String,
    sums: Vec<(String, String)>,
}

impl UpdateSettings {
    pub fn address_or_built_in(&self) -> &str {
        if self.address.is_empty() { BUILT_IN_ADDRESS } else { &self.address }
    }

    pub fn key_or_built_in(&self) -> &str {
        if self.key.is_empty() { BUILT_IN_KEY } else { &self.key }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum UpdateCommand {
    /// Ask once a day by itself, or not any more.
    Switch(bool),
    /// Where it is asked; empty for the built-in address.
    Address(String),
    /// Whose signature is believed; empty for the built-in key.
    Key(String),
    CheckNow,
    /// Show the new release's page in the browser.
    OpenPage,
    /// Put the files' sums on the clipboard, to compare a download with.
    CopySums,
}

#[derive(Clone, Debug, PartialEq)]
pub enum UpdateRequest {
    /// Answered by `UpdateNews::Announced` or `Failed`.
    Look {
        address: UpdateAddress,
        key: String,
    },
    OpenPage(ReleasePage),
}

#[derive(Clone, Debug)]
pub enum UpdateNews {
    /// A notice came whose signature holds. Whether the release is new is judged here.
    Announced(Release),
    Failed(Problem),
}

/// How the looking stands in this run.
#[derive(Debug)]
pub struct UpdateState {
    pub is_checking: bool,
    /// Why the last look found nothing out.
    pub problem: Option<Problem>,
    /// The last look found nothing newer than this program.
    pub is_newest: bool,
    not_before: DateTime<Utc>,
    /// A question that was put before the address or the key changed is not listened to.
    is_stale: bool,
}

impl UpdateState {
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        Self { is_checking: false, problem: None, is_newest: false, not_before: now + AFTER_START, is_stale: false }
    }
}

impl State {
    /// The release that is newer than this program, if one was announced.
    pub fn newer_release(&self) -> Option<Release> {
        let known = self.settings.updates.known.as_ref()?;
        let version = Version::parse(&known.version).filter(|version| *version > Version::running())?;
        let sums = known.sums.iter().filter_map(|(file, sum)| FileSum::new(file, sum)).collect();
        Some(Release { version, date: known.date, page: ReleasePage::parse(&known.page)?, sums })
    }

    /// Where it would be asked and whose signature would be believed; else what is missing.
    pub fn update_source(&self) -> Result<(UpdateAddress, String), UpdateFault> {
        let updates = &self.settings.updates;
        let address = UpdateAddress::parse(updates.address_or_built_in())
            .map_err(|fault| UpdateFault::Address(fault.to_string()))?;
        match updates.key_or_built_in() {
            "" => Err(UpdateFault::NoKey),
            key if is_key_form(key) => Ok((address, key.to_owned())),
            _ => Err(UpdateFault::BadKey),
        }
    }

    pub(super) fn handle_update(&mut self, command: UpdateCommand) -> Vec<Request> {
        match command {
            UpdateCommand::Switch(is_on) => self.set_up_updates(|updates| {
                updates.is_on = is_on;
                // Who does not want to hear of releases does not want to hear of this one either.
                updates.known = updates.known.take().filter(|_| is_on);
            }),
            UpdateCommand::Address(address) => {
                self.set_up_updates(|updates| address.trim().clone_into(&mut updates.address))
            }
            UpdateCommand::Key(key) => self.set_up_updates(|updates| key.trim().clone_into(&mut updates.key)),
            UpdateCommand::CheckNow => self.look_for_release(),
            UpdateCommand::OpenPage => {
                let page = self.newer_release().map(|release| release.page);
                page.map(|page| Request::Update(UpdateRequest::OpenPage(page))).into_iter().collect()
            }
            UpdateCommand::CopySums => {
                let sums = self.newer_release().map(|release| sum_lines(&release.sums));
                sums.filter(|lines| !lines.is_empty()).map(Request::CopyText).into_iter().collect()
            }
        }
    }

    /// What another address or key said counts no more.
    fn set_up_updates(&mut self, change: impl FnOnce(&mut UpdateSettings)) -> Vec<Request> {
        let before = self.settings.updates.clone();
        let updates = &mut self.settings.updates;
        change(updates);
        if *updates == before {
            return Vec::new();
        }
        if (&updates.address, &updates.key) != (&before.address, &before.key) {
            (updates.asked_at, updates.known) = (None, None);
            let is_checking = self.update.is_checking;
            self.update = UpdateState { is_checking, is_stale: is_checking, ..UpdateState::new(self.now) };
        }
        vec![Request::SaveSettings(self.settings.clone()), Request::Audit(AuditAction::SettingsChanged, None)]
    }

    /// One question at a time.
    fn look_for_release(&mut self) -> Vec<Request> {
        if self.update.is_checking {
            return Vec::new();
        }
        match self.update_source() {
            Ok((address, key)) => {
                (self.update.is_checking, self.update.problem) = (true, None);
                self.settings.updates.asked_at = Some(self.now);
                let look = Request::Update(UpdateRequest::Look { address, key });
                vec![look, Request::SaveSettings(self.settings.clone())]
            }
            Err(fault) => {
                self.update.problem = Some(Problem::new(&Fault::Update(fault), "UP-SETUP"));
                Vec::new()
            }
        }
    }

    pub(super) fn apply_update(&mut self, news: UpdateNews) -> Vec<Request> {
        self.update.is_checking = false;
        if std::mem::take(&mut self.update.is_stale) {
            return Vec::new();
        }
        match news {
            UpdateNews::Announced(release) => return self.take_notice(&release),
            UpdateNews::Failed(problem) => self.update.problem = Some(problem),
        }
        Vec::new()
    }

    /// A notice that is genuine may still be an old one that somebody keeps showing: only a higher number is news.
    fn take_notice(&mut self, release: &Release) -> Vec<Request> {
        let known = self.newer_release().map(|known| known.version);
        self.update.is_newest = known.is_none() && release.version <= Version::running();
        if release.version <= known.unwrap_or_else(Version::running) {
            return Vec::new();
        }
        self.settings.updates.known = Some(KnownRelease {
            version: release.version.to_string(),
            date: release.date,
            page: release.page.as_str().to_owned(),
            sums: release.sums.iter().map(|sum| (sum.file.clone(), sum.sha256.clone())).collect(),
        });
        self.notices.tell(format!("Consult Desk {} is out. About says more.", release.version), self.now);
        vec![Request::SaveSettings(self.settings.clone())]
    }

    /// Asks by itself, at most once a day, when nothing else is going on.
    pub(super) fn look_when_calm(&mut self) -> Vec<Request> {
        match self.looks_at() {
            Some(at) if at <= self.now && self.is_calm() => self.look_for_release(),
            Some(at) if at <= self.now => {
                self.update.not_before = self.now + LATER;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// When it is asked by itself; nothing while it is off or could not be asked.
    pub(super) fn looks_at(&self) -> Option<DateTime<Utc>> {
        let updates = &self.settings.updates;
        if !updates.is_on || self.update.is_checking || self.update_source().is_err() {
            return None;
        }
        // A moment that has not come yet was written by a clock that was wrong.
        let asked = updates.asked_at.filter(|at| *at <= self.now);
        let due = asked.map_or(self.update.not_before, |at| at + EVERY);
        Some(due.max(self.update.not_before))
    }

    fn is_calm(&self) -> bool {
        let is_settled = matches!(self.session, Session::SignedIn { .. } | Session::SignedOut(_));
        let is_quiet = !self.player.is_playing() && self.exports.running.is_empty() && self.dialog.is_none();
        is_settled && is_quiet && self.list.progress.loading == Loading::Idle && !self.connection.is_offline()
    }
}

/// As `sha256sum --check` reads it.
fn sum_lines(sums: &[FileSum]) -> String {
    sums.iter().flat_map(|sum| [sum.sha256.as_str(), "  ", sum.file.as_str(), "\n"]).collect()
}

#[cfg(test)]
#[path = "update_tests.rs"]
mod tests;
