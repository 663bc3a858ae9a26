//! What lies on this computer: how much, for how long, the log of who did what, and removing it all.
//! The facts for support are put together here and in the backend; neither puts content or secrets into them.

use super::command::StorageCommand;
use super::event::{
    ConnectionEvent, Event, ExportEvent, ListEvent, LockEvent, MarkEvent, PlayerEvent, RecordEvent, RecordingEvent,
    SearchEvent, SessionEvent, StorageEvent,
};
use super::problem::Problem;
use super::request::{PlayerRequest, Request, StorageRequest};
use super::settings::{Appearance, Settings};
use super::update::UpdateNews;
use super::{Dialog, State};
use crate::domain::{AuditCheck, AuditEntry};
use chrono::{DateTime, Utc};
use std::fmt::Write as _;

/// Entries of the log that are read at once.
const AUDIT_PAGE: usize = 200;
/// Codes of faults that are kept for support.
const KEPT_CODES: usize = 12;

/// What the settings screen tells about the data on this computer.
#[derive(Debug, Default)]
pub struct StorageState {
    pub usage: Option<StorageUse>,
    /// Newest first, as far as they were asked for.
    pub audit: Vec<AuditEntry>,
    pub audit_check: Option<AuditCheck>,
    pub is_removing: bool,
    /// What the window is drawn with, as the window itself told.
    pub(super) drawn_with: &'static str,
    /// The codes of the last faults, oldest first: no words, which could hold content.
    codes: Vec<FaultCode>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StorageUse {
    pub consultations: usize,
    /// How many of them have their notes here.
    pub notes: usize,
    pub recordings: usize,
    pub recording_bytes: u64,
    pub database_bytes: u64,
    pub oldest: Option<DateTime<Utc>>,
    /// Where it lies, as the system writes paths.
    pub folder: String,
}

#[derive(Debug)]
struct FaultCode {
    code: String,
    last_at: DateTime<Utc>,
    times: usize,
}

impl StorageState {
    /// There are older entries of the log than the ones shown.
    pub fn has_more_audit(&self) -> bool {
        self.audit.last().is_some_and(|oldest| oldest.number > 1)
    }

    /// What the window is drawn with; empty until it has told.
    pub fn drawn_with(&self) -> &'static str {
        self.drawn_with
    }

    /// The desk locks; what support may need is no content and stays.
    pub(super) fn forget(&mut self) {
        (self.usage, self.audit, self.audit_check, self.is_removing) = (None, Vec::new(), None, false);
    }

    /// Keeps the code of a fault for support.
    pub(super) fn note_fault(&mut self, event: &Event, now: DateTime<Utc>) {
        if let Some(problem) = problem_in(event) {
            self.keep_code(problem, now);
        }
    }

    pub(super) fn keep_code(&mut self, problem: &Problem, now: DateTime<Utc>) {
        let code = &problem.code;
        if code.is_empty() {
            return;
        }
        if let Some(last) = self.codes.last_mut().filter(|last| last.code == *code) {
            last.times += 1;
            last.last_at = now;
            return;
        }
        self.codes.push(FaultCode { code: code.clone(), last_at: now, times: 1 });
        let surplus = self.codes.len().saturating_sub(KEPT_CODES);
        self.codes.drain(..surplus);
    }
}

impl State {
    pub(super) fn handle_storage(&mut self, command: StorageCommand) -> Vec<Request> {
        let ask = |request| vec![Request::Storage(request)];
        match command {
            StorageCommand::Measure => ask(StorageRequest::Measure),
            StorageCommand::AskToRemoveEverything => {
                self.dialog = Some(Dialog::RemoveEverything);
                ask(StorageRequest::Measure)
            }
            StorageCommand::RemoveEverything => self.remove_everything(),
            StorageCommand::CopyDiagnostics => ask(StorageRequest::Diagnostics),
            StorageCommand::ShowAudit => {
                self.dialog = Some(Dialog::Audit);
                ask(StorageRequest::Audit { below: None, most: AUDIT_PAGE })
            }
            StorageCommand::MoreAudit => match self.storage.audit.last() {
                Some(oldest) if oldest.number > 1 => {
                    ask(StorageRequest::Audit { below: Some(oldest.number), most: AUDIT_PAGE })
                }
                _ => Vec::new(),
            },
            StorageCommand::ExportAudit => {
                let export = self.exports.begin("Log of this desk.csv".to_owned());
                ask(StorageRequest::ExportAudit { export })
            }
        }
    }

    /// The sound stops first: a recording that is open cannot be removed everywhere.
    fn remove_everything(&mut self) -> Vec<Request> {
        if self.storage.is_removing {
            return Vec::new();
        }
        self.storage.is_removing = true;
        vec![Request::Player(PlayerRequest::Stop), Request::Storage(StorageRequest::RemoveEverything)]
    }

    pub(super) fn apply_storage(&mut self, event: StorageEvent) -> Vec<Request> {
        match event {
            StorageEvent::Measured(usage) => self.storage.usage = Some(usage),
            StorageEvent::Removed => {
                self.end_removal();
                self.notices.tell("Everything was removed from this computer.", self.now);
            }
            StorageEvent::NotRemoved(problem) => {
                self.end_removal();
                self.notices.report(&problem, self.now);
            }
            StorageEvent::Diagnostics(facts) => {
                self.notices.tell("Diagnostics copied. They hold no names, no keys and no content.", self.now);
                return vec![Request::CopyText(self.diagnostics(&facts))];
            }
            StorageEvent::Audit { below, entries, check } => self.take_audit(below, entries, check),
        }
        Vec::new()
    }

    fn end_removal(&mut self) {
        self.dialog = None;
        let (drawn_with, codes) = (self.storage.drawn_with, std::mem::take(&mut self.storage.codes));
        self.storage = StorageState { drawn_with, codes, ..StorageState::default() };
    }

    /// An answer to an older question does not fit behind what is shown.
    fn take_audit(&mut self, below: Option<u64>, entries: Vec<AuditEntry>, check: AuditCheck) {
        let shown = &mut self.storage.audit;
        match below {
            None => *shown = entries,
            Some(number) if shown.last().is_some_and(|oldest| oldest.number == number) => shown.extend(entries),
            Some(_) => return,
        }
        self.storage.audit_check = Some(check);
    }

    /// What the backend knows, how the desk is set, and what went wrong lately.
    fn diagnostics(&self, facts: &str) -> String {
        let mut text = facts.trim_end().to_owned();
        if !self.storage.drawn_with.is_empty() {
            write!(text, "\nDrawn with: {}", self.storage.drawn_with).ok();
        }
        text.push_str(&setting_lines(&self.settings));
        text.push_str("\nLast faults:");
        if self.storage.codes.is_empty() {
            text.push_str(" none");
        }
        for fault in self.storage.codes.iter().rev() {
            let at = fault.last_at.format("%Y-%m-%d %H:%M:%SZ");
            write!(text, "\n  {at} {}", fault.code).ok();
            if fault.times > 1 {
                write!(text, " ({} times)", fault.times).ok();
            }
        }
        text.push('\n');
        text
    }
}

/// A device's name may be a person's, so it is left out.
fn setting_lines(settings: &Settings) -> String {
    let appearance = match settings.appearance {
        Appearance::System => "system",
        Appearance::Light => "light",
        Appearance::Dark => "dark",
    };
    let output = if settings.output.is_some() { "chosen" } else { "system default" };
    let lock = settings.lock_minutes.map_or_else(|| "never".to_owned(), |minutes| format!("after {minutes} min"));
    format!(
        "\nAppearance: {appearance}, zoom {} %\nKept: recordings {} days, texts {} days\n\
         In step: {} days back, every {} s, {} the line\nLock: {lock}\nSound: {output}, speed {}",
        settings.zoom,
        settings.audio_days,
        settings.text_days,
        settings.horizon_days,
        settings.poll_seconds,
        if settings.spares_the_line { "spares" } else { "does not spare" },
        settings.speed,
    )
}

fn problem_in(event: &Event) -> Option<&Problem> {
    match event {
        Event::Session(SessionEvent::SignInFailed(problem))
        | Event::List(ListEvent::Failed(problem))
        | Event::Record(RecordEvent::Failed { problem, .. })
        | Event::Recording(RecordingEvent::Failed { problem, .. })
        | Event::Player(PlayerEvent::LoadFailed { problem, .. })
        | Event::Export(ExportEvent::Failed { problem, .. })
        | Event::Connection(ConnectionEvent::Offline { problem })
        | Event::Search(SearchEvent::Failed { problem, .. })
        | Event::Mark(MarkEvent::NotSaved { problem, .. })
        | Event::Lock(LockEvent::Refused { problem, .. })
        | Event::Storage(StorageEvent::NotRemoved(problem))
        | Event::Update(UpdateNews::Failed(problem))
        | Event::Told(problem) => Some(problem),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AuditAction, Zone};
    use crate::state::Fault;
    use chrono::TimeZone as _;

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, 14, 2, 0).single().expect("a moment")
    }

    fn desk() -> State {
        State::start(Settings::default(), Zone::utc(), now()).0
    }

    fn entries(numbers: std::ops::RangeInclusive<u64>) -> Vec<AuditEntry> {
        let entry =
            |number| AuditEntry { number, at: now(), action: AuditAction::Viewed, key: None, digest: String::new() };
        numbers.rev().map(entry).collect()
    }

    fn answer(state: &mut State, below: Option<u64>, entries: Vec<AuditEntry>) {
        let check = AuditCheck::Unbroken;
        state.apply(Event::Storage(StorageEvent::Audit { below, entries, check }), now());
    }

    #[test]
    fn the_log_grows_downwards_and_late_answers_are_dropped() {
        let mut state = desk();
        state.handle(StorageCommand::ShowAudit.into_command(), now());
        assert_eq!(state.dialog, Some(Dialog::Audit));
        answer(&mut state, None, entries(51..=60));
        let asked = state.handle(StorageCommand::MoreAudit.into_command(), now());
        assert!(
            matches!(asked.as_slice(), [Request::Storage(StorageRequest::Audit { below: Some(51), most: AUDIT_PAGE })]),
            "{asked:?}"
        );
        answer(&mut state, Some(51), entries(1..=50));
        answer(&mut state, Some(51), entries(1..=50));
        assert_eq!(state.storage.audit.len(), 60);
        assert!(!state.storage.has_more_audit());
        assert!(state.handle(StorageCommand::MoreAudit.into_command(), now()).is_empty());
    }

    #[test]
    fn everything_is_removed_once() {
        let mut state = desk();
        state.handle(StorageCommand::AskToRemoveEverything.into_command(), now());
        assert_eq!(state.dialog, Some(Dialog::RemoveEverything));
        let asked = state.handle(StorageCommand::RemoveEverything.into_command(), now());
        assert!(matches!(asked.last(), Some(Request::Storage(StorageRequest::RemoveEverything))), "{asked:?}");
        assert!(state.storage.is_removing);
        assert!(state.handle(StorageCommand::RemoveEverything.into_command(), now()).is_empty());
        state.storage.usage = Some(StorageUse { notes: 3, ..StorageUse::default() });
        state.apply(Event::Storage(StorageEvent::Removed), now());
        assert!(!state.storage.is_removing && state.storage.usage.is_none() && state.dialog.is_none());
    }

    #[test]
    fn diagnostics_tell_codes_and_settings_but_no_words() {
        let mut state = desk();
        state.settings.output = Some(crate::state::SoundOutput { id: "dev-1".into(), name: "Ana's earphones".into() });
        state.storage.drawn_with = "glow";
        for _ in 0..3 {
            let problem = Problem::new(&Fault::NotSaved("Bella.wav is in use".to_owned()), "FILE-DENIED");
            state.apply(Event::Told(problem), now());
        }
        state.apply(Event::Told(Problem::new(&Fault::NoConnection, "NX-NET")), now());
        let asked = state.apply(Event::Storage(StorageEvent::Diagnostics("Consult Desk 0\n".to_owned())), now());
        let [Request::CopyText(text)] = asked.as_slice() else { unreachable!("copied: {asked:?}") };
        for words in ["Consult Desk 0\n", "Drawn with: glow", "FILE-DENIED (3 times)", "NX-NET", "texts 365 days"] {
            assert!(text.contains(words), "{words} is not in {text}");
        }
        for words in ["Bella", "Ana", "dev-1"] {
            assert!(!text.contains(words), "{words} is in {text}");
        }
    }

    #[test]
    fn only_the_last_codes_are_kept() {
        let mut state = desk();
        for count in 0..40 {
            state.apply(Event::Told(Problem::new(&Fault::NoConnection, format!("NX-{count}"))), now());
        }
        assert_eq!(state.storage.codes.len(), KEPT_CODES);
        assert_eq!(state.storage.codes.last().map(|fault| fault.code.as_str()), Some("NX-39"));
    }

    impl StorageCommand {
        fn into_command(self) -> crate::state::Command {
            crate::state::Command::Storage(self)
        }
    }
}
