//! Links to a consultation: one that somebody clicked is followed, one to what is open is copied.
//! What is clicked while nobody is signed in, while the desk is locked or while a dialog is open waits until then.
//! What a link may look like is the rule of `domain::link`.

use super::problem::{Fault, Problem};
use super::request::Request;
use super::{Dialog, Route, Session, State};
use crate::domain::{ConsultationKey, GivenLink, link};

#[derive(Clone, Debug, PartialEq)]
pub enum LinkCommand {
    /// Somebody clicked this outside of the window.
    Follow(GivenLink),
    /// A consultation was asked for by what this program itself put on the screen, such as a notification.
    Show(ConsultationKey),
    /// Put the link to the open or selected consultation on the clipboard.
    Copy,
    /// Put the link to this one there.
    CopyTo(ConsultationKey),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinkState {
    /// Opened as soon as that is possible.
    waiting: Option<ConsultationKey>,
}

impl LinkState {
    /// A consultation opens as soon as somebody is signed in.
    pub fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }
}

impl State {
    pub(super) fn handle_link(&mut self, command: LinkCommand) -> Vec<Request> {
        match command {
            LinkCommand::Follow(given) => match given.target() {
                Some(key) => self.link.waiting = Some(key),
                None => self.notices.report(&Problem::new(&Fault::LinkUnknown, "LINK"), self.now),
            },
            LinkCommand::Show(key) => self.link.waiting = Some(key),
            LinkCommand::Copy => return self.copy_link(self.link_of_open()),
            LinkCommand::CopyTo(key) => return self.copy_link(link::to(&key)),
        }
        self.follow_link()
    }

    /// Opens what waits, unless something stands before it. Called whenever time passes, so nothing else has to
    /// remember that a link waits.
    pub(super) fn follow_link(&mut self) -> Vec<Request> {
        let is_open = matches!(self.session, Session::SignedIn { .. });
        // What is typed into a dialog, or shown once, is not swept away by a click elsewhere.
        let is_free = self.dialog.is_none_or(holds_nothing);
        if !is_open || !is_free {
            return Vec::new();
        }
        let Some(key) = self.link.waiting.take() else { return Vec::new() };
        self.dialog = None;
        self.route = Route::Consultations;
        self.list.reveal += 1;
        self.select(key)
    }

    fn copy_link(&mut self, text: Option<String>) -> Vec<Request> {
        let Some(text) = text else { return Vec::new() };
        self.notices.tell("Link copied", self.now);
        vec![Request::CopyText(text)]
    }

    /// The link to the open consultation, else to the selected one; a room conversation has none.
    pub fn link_of_open(&self) -> Option<String> {
        let open = self.record.as_ref().map(|record| &record.key);
        open.or(self.list.selected.as_ref()).and_then(link::to)
    }
}

/// Nothing is lost when it closes.
fn holds_nothing(dialog: Dialog) -> bool {
    matches!(dialog, Dialog::Shortcuts | Dialog::Palette | Dialog::About | Dialog::Licences | Dialog::Audit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ConversationId, DeviceId, Organization, OrganizationId, Zone};
    use crate::state::{
        Command, Event, Kept, LockCommand, LockEvent, RecordRequest, SessionEvent, Settings, WindowCommand,
    };
    use chrono::{DateTime, Utc};

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn signed_out() -> State {
        let mut state = State::start(Settings::default(), Zone::utc(), NOW).0;
        state.apply(Event::Session(SessionEvent::NoKey), NOW);
        state
    }

    fn enter(state: &mut State) {
        let organization = Organization { id: OrganizationId::new("org-1"), name: "Harbour Vets".to_owned() };
        let restored = SessionEvent::SignedIn { organization, demo: false, kept: Kept::Yes };
        state.apply(Event::Session(restored), NOW);
    }

    fn signed_in() -> State {
        let mut state = signed_out();
        enter(&mut state);
        state
    }

    fn click(state: &mut State, text: &str) -> Vec<Request> {
        state.handle(Command::Link(LinkCommand::Follow(GivenLink::new(text))), NOW)
    }

    fn r1() -> ConsultationKey {
        ConsultationKey::record("r1")
    }

    fn opens(requests: &[Request]) -> bool {
        let opens = |request: &Request| matches!(request, Request::Record(RecordRequest::Open(key)) if *key == r1());
        requests.iter().any(opens)
    }

    fn says(state: &State, words: &str) -> bool {
        state.notices.iter().any(|notice| notice.text.contains(words))
    }

    #[test]
    fn a_clicked_link_opens_its_consultation_wherever_one_is() {
        let mut state = signed_in();
        state.handle(Command::Window(WindowCommand::Go(Route::Settings)), NOW);
        state.handle(Command::Window(WindowCommand::Show(Dialog::About)), NOW);
        assert!(opens(&click(&mut state, "consultdesk://consultation/r1")));
        assert_eq!((state.route, state.dialog), (Route::Consultations, None));
        assert_eq!(state.record.as_ref().map(|record| record.key.clone()), Some(r1()));
        assert!(click(&mut state, "consultdesk://consultation/r1").is_empty(), "it is open already");
    }

    #[test]
    fn what_is_no_link_is_said_and_opens_nothing() {
        let mut state = signed_in();
        assert!(click(&mut state, "consultdesk://consultation/../x").is_empty());
        assert!(state.record.is_none() && !state.link.is_waiting());
        assert!(says(&state, "This link does not lead to a consultation."));
        assert!(!says(&state, "../x"), "what was given is not repeated");
    }

    #[test]
    fn a_locked_desk_asks_for_the_pin_first() {
        let mut state = signed_in();
        state.apply(Event::Lock(LockEvent::PinChanged { has_pin: true }), NOW);
        state.handle(Command::Lock(LockCommand::Lock), NOW);
        state.apply(Event::Lock(LockEvent::Locked { has_pin: true }), NOW);
        assert!(click(&mut state, "consultdesk://consultation/r1").is_empty());
        assert!(state.is_locked() && state.link.is_waiting() && state.record.is_none());
        assert!(state.handle(Command::TimePassed, NOW).is_empty(), "it goes on waiting");
        assert!(state.handle(Command::Link(LinkCommand::Copy), NOW).is_empty());
        state.handle(Command::Lock(LockCommand::Unlock(None)), NOW);
        enter(&mut state);
        assert!(opens(&state.handle(Command::TimePassed, NOW)));
        assert!(!state.link.is_waiting());
    }

    #[test]
    fn before_somebody_is_signed_in_it_waits_and_a_later_one_stands() {
        let mut state = signed_out();
        click(&mut state, "consultdesk://consultation/other");
        click(&mut state, "consultdesk://consultation/r1");
        assert!(state.link.is_waiting());
        enter(&mut state);
        assert!(opens(&state.handle(Command::TimePassed, NOW)));
    }

    #[test]
    fn what_is_being_typed_is_not_swept_away() {
        let mut state = signed_in();
        state.handle(Command::Window(WindowCommand::Show(Dialog::Remark)), NOW);
        assert!(click(&mut state, "consultdesk://consultation/r1").is_empty());
        assert_eq!(state.dialog, Some(Dialog::Remark));
        state.handle(Command::Window(WindowCommand::CloseDialog), NOW);
        assert!(opens(&state.handle(Command::TimePassed, NOW)));
    }

    #[test]
    fn the_link_to_what_is_open_is_copied() {
        let mut state = signed_in();
        assert!(state.handle(Command::Link(LinkCommand::Copy), NOW).is_empty(), "nothing is open");
        click(&mut state, "consultdesk://consultation/r1");
        let copied = state.handle(Command::Link(LinkCommand::Copy), NOW);
        assert!(matches!(copied.as_slice(), [Request::CopyText(text)] if text == "consultdesk://consultation/r1"));
        assert!(says(&state, "Link copied"));
        let other = LinkCommand::CopyTo(ConsultationKey::record("r2"));
        let copied = state.handle(Command::Link(other), NOW);
        assert!(matches!(copied.as_slice(), [Request::CopyText(text)] if text.ends_with("/r2")));
        let conversation = ConversationId::new("7");
        let talk = ConsultationKey::Conversation { device: DeviceId::new("hub_1"), conversation };
        state.handle(Command::Link(LinkCommand::Show(talk)), NOW);
        assert!(state.handle(Command::Link(LinkCommand::Copy), NOW).is_empty(), "a room conversation has none");
    }
}
