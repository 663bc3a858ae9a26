//! What helps when something failed: what the desk says about it, the report of it, the log, and a fresh start.
//! A report holds no content, and nor does anything here.

use super::notice::NoticeOffer;
use super::problem::{Fault, Problem, SupportFault};
use super::request::Request;
use super::{Dialog, State};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SupportCommand {
    /// Show the folder of the log in the file manager.
    OpenLogs,
    /// Show what the last failure left behind.
    ShowReport,
    CopyReport,
    /// Close the desk and start it anew.
    StartAgain,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SupportRequest {
    OpenLogs,
    /// Answered by `SupportEvent::Report`.
    ReadReport,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SupportEvent {
    /// The desk before this one ended by a failure, and left a report.
    ClosedUnexpectedly,
    /// Part of the desk failed and the rest goes on; there is a report.
    PartFailed,
    /// Nothing is answered any more.
    BackgroundGone,
    /// The picture was lost, and the desk goes on in a new window.
    DrawnAnew,
    /// The newest report; `None` when there is none.
    Report(Option<String>),
    NotOpened(Problem),
}

#[derive(Debug, Default)]
pub struct SupportState {
    /// What the dialog of the report shows; `None` while it is read.
    pub report: Option<String>,
    pub wants_start_again: bool,
}

impl State {
    pub(super) fn handle_support(&mut self, command: SupportCommand) -> Vec<Request> {
        match command {
            SupportCommand::OpenLogs => return vec![Request::Support(SupportRequest::OpenLogs)],
            SupportCommand::ShowReport => {
                self.support.report = None;
                self.dialog = Some(Dialog::Report);
                return vec![Request::Support(SupportRequest::ReadReport)];
            }
            SupportCommand::CopyReport => {
                if let Some(report) = self.support.report.clone() {
                    self.notices.tell("Report copied.", self.now);
                    return vec![Request::CopyText(report)];
                }
            }
            SupportCommand::StartAgain => self.support.wants_start_again = true,
        }
        Vec::new()
    }

    pub(super) fn apply_support(&mut self, event: SupportEvent) -> Vec<Request> {
        let (fault, code, offer) = match event {
            SupportEvent::ClosedUnexpectedly => {
                (SupportFault::ClosedUnexpectedly, "CRASH-1", Some(NoticeOffer::ShowReport))
            }
            SupportEvent::PartFailed => (SupportFault::PartFailed, "CRASH-2", Some(NoticeOffer::ShowReport)),
            SupportEvent::BackgroundGone => (SupportFault::BackgroundGone, "CRASH-3", Some(NoticeOffer::StartAgain)),
            SupportEvent::DrawnAnew => (SupportFault::DrawnAnew, "DRAW-1", None),
            SupportEvent::Report(text) => {
                self.support.report = Some(text.unwrap_or_else(|| "There is no report.".to_owned()));
                return Vec::new();
            }
            SupportEvent::NotOpened(problem) => {
                self.notices.report(&problem, self.now);
                return Vec::new();
            }
        };
        let problem = Problem::new(&Fault::Support(fault), code);
        self.storage.keep_code(&problem, self.now);
        self.notices.report_with(&problem, offer, self.now);
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Zone;
    use crate::state::{Event, LockEvent, Settings, Severity};
    use chrono::{DateTime, Utc};

    fn desk() -> State {
        State::start(Settings::default(), Zone::utc(), now()).0
    }

    fn now() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn told(state: &State) -> Vec<(Severity, Option<NoticeOffer>, bool)> {
        state.notices.iter().map(|notice| (notice.severity, notice.offer, notice.until.is_some())).collect()
    }

    #[test]
    fn a_desk_that_died_is_spoken_of_once_and_its_report_can_be_read() {
        let mut state = desk();
        state.apply(Event::Support(SupportEvent::ClosedUnexpectedly), now());
        assert_eq!(told(&state), [(Severity::Warning, Some(NoticeOffer::ShowReport), false)], "it stays until read");
        let requests = state.handle(SupportCommand::ShowReport.into(), now());
        assert!(matches!(requests.as_slice(), [Request::Support(SupportRequest::ReadReport)]));
        assert_eq!((state.dialog, state.support.report.clone()), (Some(Dialog::Report), None));
        state.apply(Event::Support(SupportEvent::Report(Some("Where: here".to_owned()))), now());
        let requests = state.handle(SupportCommand::CopyReport.into(), now());
        assert!(matches!(requests.as_slice(), [Request::CopyText(text)] if text == "Where: here"));
    }

    #[test]
    fn a_background_that_is_gone_offers_a_fresh_start() {
        let mut state = desk();
        state.apply(Event::Support(SupportEvent::BackgroundGone), now());
        assert_eq!(told(&state), [(Severity::Error, Some(NoticeOffer::StartAgain), false)]);
        assert!(!state.support.wants_start_again, "only when wished for");
        state.handle(SupportCommand::StartAgain.into(), now());
        assert!(state.support.wants_start_again);
    }

    #[test]
    fn a_new_window_is_news_that_fades() {
        let mut state = desk();
        state.apply(Event::Support(SupportEvent::DrawnAnew), now());
        assert_eq!(told(&state), [(Severity::Info, None, true)]);
    }

    #[test]
    fn a_locked_desk_says_it_too() {
        let mut state = desk();
        state.apply(Event::Lock(LockEvent::StartsLocked), now());
        assert!(state.is_locked());
        state.apply(Event::Support(SupportEvent::ClosedUnexpectedly), now());
        assert_eq!(told(&state).len(), 1);
        state.handle(SupportCommand::ShowReport.into(), now());
        assert_eq!(state.dialog, None, "it is read once the desk is open");
        assert_eq!(state.handle(SupportCommand::OpenLogs.into(), now()).len(), 0);
    }
}
