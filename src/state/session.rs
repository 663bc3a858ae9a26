//! Who is signed in: from looking for a kept key to signing out.

use super::command::SessionCommand;
use super::event::{Kept, SessionEvent};
use super::problem::{Fault, Problem};
use super::request::{Request, SessionRequest};
use super::{Dialog, ListState, Route, State};
use crate::domain::{ApiKey, AuditAction, Organization};

#[derive(Clone, Debug, PartialEq)]
pub enum Session {
    /// Looking for a kept key. `is_slow` once the system's key store keeps us waiting.
    Restoring {
        is_slow: bool,
    },
    SignedOut(SignIn),
    /// Somebody is signed in, and the desk is locked: nothing of the clinic is in memory.
    Locked(super::LockScreen),
    SignedIn {
        organization: Organization,
        /// The sample clinic, not a real one.
        is_demo: bool,
        kept: Kept,
        /// NxVET refused the key meanwhile; the sign-in box shows over what is open.
        refused: Option<SignIn>,
    },
}

/// The sign-in box.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SignIn {
    /// A key is being checked; the box takes no second one.
    pub is_checking: bool,
    pub problem: Option<Problem>,
}

impl Session {
    pub fn organization(&self) -> Option<&Organization> {
        match self {
            Self::SignedIn { organization, .. } => Some(organization),
            _ => None,
        }
    }

    pub fn is_demo(&self) -> bool {
        matches!(self, Self::SignedIn { is_demo: true, .. })
    }

    /// The sign-in box that shows now, if one does.
    pub fn sign_in(&self) -> Option<&SignIn> {
        match self {
            Self::SignedOut(sign_in) => Some(sign_in),
            Self::SignedIn { refused, .. } => refused.as_ref(),
            Self::Restoring { .. } | Self::Locked(_) => None,
        }
    }

    fn sign_in_mut(&mut self) -> Option<&mut SignIn> {
        match self {
            Self::SignedOut(sign_in) => Some(sign_in),
            Self::SignedIn { refused, .. } => refused.as_mut(),
            Self::Restoring { .. } | Self::Locked(_) => None,
        }
    }
}

impl State {
    pub(super) fn handle_session(&mut self, command: SessionCommand) -> Vec<Request> {
        match command {
            SessionCommand::SignIn(pasted) => self.sign_in(&pasted.0),
            SessionCommand::CancelSignIn => self.cancel_sign_in(),
            SessionCommand::TrySampleData => self.try_sample_data(),
            SessionCommand::EnterKeyInstead => {
                self.session = Session::SignedOut(SignIn::default());
                Vec::new()
            }
            SessionCommand::EnterNewKey => {
                if let Session::SignedIn { refused, .. } = &mut self.session {
                    refused.get_or_insert_default();
                }
                Vec::new()
            }
            SessionCommand::AskToSignOut => {
                self.dialog = Some(Dialog::SignOut);
                Vec::new()
            }
            SessionCommand::SignOut => {
                self.dialog = None;
                let noted = Request::Audit(AuditAction::SignedOut, None);
                vec![noted, Request::Session(SessionRequest::SignOut)]
            }
        }
    }

    fn sign_in(&mut self, pasted: &str) -> Vec<Request> {
        let Some(sign_in) = self.session.sign_in_mut() else { return Vec::new() };
        if sign_in.is_checking {
            return Vec::new();
        }
        match ApiKey::from_pasted(pasted) {
            Ok(key) => {
                *sign_in = SignIn { is_checking: true, problem: None };
                vec![Request::Session(SessionRequest::SignIn(key))]
            }
            Err(error) => {
                sign_in.problem = Some(Problem::new(&Fault::BadKeyForm(error.to_string()), "KEY-FORM"));
                Vec::new()
            }
        }
    }

    fn cancel_sign_in(&mut self) -> Vec<Request> {
        match self.session.sign_in_mut() {
            Some(sign_in) if sign_in.is_checking => {
                sign_in.is_checking = false;
                self.connection.waiting = None;
                vec![Request::Session(SessionRequest::Cancel)]
            }
            _ => Vec::new(),
        }
    }

    fn try_sample_data(&mut self) -> Vec<Request> {
        match &mut self.session {
            Session::SignedOut(sign_in) if !sign_in.is_checking => {
                *sign_in = SignIn { is_checking: true, problem: None };
                vec![Request::Session(SessionRequest::StartSampleData)]
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn apply_session(&mut self, event: SessionEvent) -> Vec<Request> {
        if !self.may_open_with(&event) {
            return Vec::new();
        }
        match event {
            SessionEvent::NoKey => {
                if matches!(self.session, Session::Restoring { .. } | Session::Locked(_)) {
                    self.session = Session::SignedOut(SignIn::default());
                }
                Vec::new()
            }
            SessionEvent::WaitingForKeyStore => {
                if let Session::Restoring { is_slow } = &mut self.session {
                    *is_slow = true;
                }
                Vec::new()
            }
            SessionEvent::Restored { organization, demo } => self.enter(organization, demo, Kept::Yes),
            SessionEvent::SignedIn { organization, demo, kept } => self.enter(organization, demo, kept),
            SessionEvent::SignInFailed(problem) => self.sign_in_failed(problem),
            SessionEvent::KeyRefused => self.key_refused(),
            SessionEvent::SignedOut => self.leave(),
        }
    }

    /// Starts or goes on with a clinic. Another clinic's list never stays on screen.
    fn enter(&mut self, organization: Organization, is_demo: bool, kept: Kept) -> Vec<Request> {
        let is_same = self.session.organization().is_some_and(|known| known.id == organization.id);
        let was_locked = self.is_locked();
        self.is_there();
        if let Kept::No(why) = &kept {
            self.notices.tell(format!("Key not remembered: {why}"), self.now);
        }
        self.session = Session::SignedIn { organization, is_demo, kept, refused: None };
        let deed = if was_locked { AuditAction::Unlocked } else { AuditAction::SignedIn };
        let noted = Request::Audit(deed, None);
        if is_same {
            return vec![noted];
        }
        let retired = self.forget_what_is_open();
        let asked = self.list.view_request(self.now, self.zone);
        asked.into_iter().chain(retired).chain([noted]).collect()
    }

    fn sign_in_failed(&mut self, problem: Problem) -> Vec<Request> {
        if self.is_locked() {
            self.refuse(problem, None);
            return Vec::new();
        }
        let sign_in = SignIn { is_checking: false, problem: Some(problem) };
        if matches!(self.session, Session::Restoring { .. }) {
            self.session = Session::SignedOut(sign_in);
        } else if let Some(shown) = self.session.sign_in_mut() {
            *shown = sign_in;
        }
        Vec::new()
    }

    fn key_refused(&mut self) -> Vec<Request> {
        let problem = Problem::new(&Fault::KeyRefused, "NX-401");
        match &mut self.session {
            Session::SignedIn { refused, .. } => {
                *refused = Some(SignIn { is_checking: false, problem: Some(problem) });
            }
            Session::Locked(_) => {}
            Session::Restoring { .. } | Session::SignedOut(_) => {
                self.session = Session::SignedOut(SignIn { is_checking: false, problem: Some(problem) });
            }
        }
        Vec::new()
    }

    fn leave(&mut self) -> Vec<Request> {
        let requests = self.forget_what_is_open();
        // Locking may have signed out by itself; its words stay.
        if !matches!(self.session, Session::SignedOut(_)) {
            self.session = Session::SignedOut(SignIn::default());
        }
        self.route = Route::Consultations;
        self.dialog = None;
        self.connection = super::Connection::default();
        requests
    }

    fn forget_what_is_open(&mut self) -> Vec<Request> {
        let sequence = self.list.sequence;
        let old = std::mem::replace(&mut self.list, ListState::new(self.settings.group_by.into()));
        self.list.sequence = sequence;
        self.record = None;
        self.marks.forget();
        self.live.forget();
        self.board.forget();
        self.player = self.player.anew();
        let found = self.search.forget();
        vec![Request::Player(super::PlayerRequest::Stop), Request::List(super::ListRequest::Retire(old.view)), found]
    }
}
