//! Telling by a notification of the system that a note is ready, while nobody looks at the window.
//! It says how many and in which room, nothing of a patient; of a locked desk not even that.

use super::request::Request;
use super::{Session, State};
use crate::domain::ConsultationKey;

/// A note that was waited for is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteReady {
    pub key: ConsultationKey,
    /// As a row calls it.
    pub room: Option<String>,
}

/// What the system shows. A later one takes the place of an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    pub title: String,
    pub body: String,
    /// What a click on it opens; else it only brings the window to the front.
    pub opens: Option<ConsultationKey>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotifyRequest {
    Show(Notification),
    /// Somebody looks at the window now.
    TakeBack,
}

/// What became ready since somebody looked at the window last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotifyState {
    is_away: bool,
    unseen: usize,
}

impl State {
    pub(super) fn note_ready(&mut self, ready: NoteReady) -> Vec<Request> {
        let is_open = match self.session {
            Session::SignedIn { .. } => true,
            Session::Locked(_) => false,
            Session::Restoring { .. } | Session::SignedOut(_) => return Vec::new(),
        };
        if !self.settings.notifies || !self.notify.is_away {
            return Vec::new();
        }
        self.notify.unseen += 1;
        let title = match self.notify.unseen {
            1 => "A note is ready".to_owned(),
            many => format!("{many} notes are ready"),
        };
        let told = Notification { title, body: String::new(), opens: None };
        let told = match self.notify.unseen {
            // The last one of several has a room, but it is not where all of them are.
            1 if is_open => Notification { body: ready.room.unwrap_or_default(), opens: Some(ready.key), ..told },
            _ if is_open => Notification { opens: Some(ready.key), ..told },
            _ => told,
        };
        vec![Request::Notify(NotifyRequest::Show(told))]
    }

    /// Whoever looks at the window needs no notification any more.
    pub(super) fn look_at_window(&mut self, is_focused: bool) -> Vec<Request> {
        self.notify.is_away = !is_focused;
        let had_any = is_focused && std::mem::take(&mut self.notify.unseen) > 0;
        if had_any { vec![Request::Notify(NotifyRequest::TakeBack)] } else { Vec::new() }
    }

    /// A locked desk takes back what names a room.
    pub(super) fn forget_notifications(&mut self) -> Vec<Request> {
        let had_any = std::mem::take(&mut self.notify.unseen) > 0;
        if had_any { vec![Request::Notify(NotifyRequest::TakeBack)] } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Organization, OrganizationId, Zone};
    use crate::state::{Command, Event, Kept, LockCommand, SessionEvent, Settings, SettingsCommand, WindowCommand};
    use chrono::{DateTime, Utc};

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn desk(notifies: bool) -> State {
        let mut state = State::start(Settings::default(), Zone::utc(), NOW).0;
        let organization = Organization { id: OrganizationId::new("org-1"), name: "Harbour Vets".to_owned() };
        let entered = SessionEvent::SignedIn { organization, demo: false, kept: Kept::Yes };
        state.apply(Event::Session(entered), NOW);
        state.handle(Command::Settings(SettingsCommand::Notifies(notifies)), NOW);
        state
    }

    fn focus(state: &mut State, is_focused: bool) -> Vec<NotifyRequest> {
        shown(state.handle(Command::Window(WindowCommand::Focused(is_focused)), NOW))
    }

    fn shown(requests: Vec<Request>) -> Vec<NotifyRequest> {
        let notify = |request| match request {
            Request::Notify(notify) => Some(notify),
            _ => None,
        };
        requests.into_iter().filter_map(notify).collect()
    }

    fn ready(state: &mut State, id: &str) -> Vec<NotifyRequest> {
        let key = ConsultationKey::record(id);
        shown(state.apply(Event::NoteReady(NoteReady { key, room: Some("Room 1".to_owned()) }), NOW))
    }

    fn told(title: &str, body: &str, opens: Option<&str>) -> NotifyRequest {
        let opens = opens.map(ConsultationKey::record);
        NotifyRequest::Show(Notification { title: title.to_owned(), body: body.to_owned(), opens })
    }

    #[test]
    fn nothing_is_told_unless_it_was_wished_and_nobody_looks() {
        assert!(!Settings::default().notifies);
        let mut off = desk(false);
        focus(&mut off, false);
        assert_eq!(ready(&mut off, "r1"), []);
        let mut looking = desk(true);
        assert_eq!(ready(&mut looking, "r1"), [], "the window starts in front");
        focus(&mut looking, false);
        focus(&mut looking, true);
        assert_eq!(ready(&mut looking, "r1"), []);
    }

    #[test]
    fn one_note_names_its_room_and_several_are_counted() {
        let mut state = desk(true);
        focus(&mut state, false);
        assert_eq!(ready(&mut state, "r1"), [told("A note is ready", "Room 1", Some("r1"))]);
        assert_eq!(ready(&mut state, "r2"), [told("2 notes are ready", "", Some("r2"))]);
        assert_eq!(focus(&mut state, true), [NotifyRequest::TakeBack]);
        assert_eq!(focus(&mut state, true), [], "there is none any more");
        focus(&mut state, false);
        assert_eq!(ready(&mut state, "r3"), [told("A note is ready", "Room 1", Some("r3"))], "counted anew");
    }

    #[test]
    fn a_locked_desk_names_nothing() {
        let mut state = desk(true);
        focus(&mut state, false);
        ready(&mut state, "r1");
        let locked = shown(state.handle(Command::Lock(LockCommand::Lock), NOW));
        assert_eq!(locked, [NotifyRequest::TakeBack], "what names a room goes");
        assert_eq!(ready(&mut state, "r2"), [told("A note is ready", "", None)]);
        let mut out = State::start(Settings { notifies: true, ..Settings::default() }, Zone::utc(), NOW).0;
        focus(&mut out, false);
        assert_eq!(ready(&mut out, "r1"), []);
    }
}
