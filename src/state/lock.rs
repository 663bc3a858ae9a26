//! The locked desk: when it locks, what the lock screen knows, and the way back in.
//! Locking drops everything that was read; nothing of it may be found in memory afterwards. What is let go of
//! outside this state is the background's work, and the window wipes what only the drawing remembers.
//!
//! A recording that plays counts as somebody who is there: who listens for half an hour touches nothing. A loop does
//! not, as it would go on without anybody; and when the system itself locks, the desk does too, whatever sounds.

use super::command::{Command, LockCommand, StorageCommand, WindowCommand};
use super::event::{Event, Kept, ListEvent, LockEvent, SearchEvent, SessionEvent, StorageEvent};
use super::problem::{Fault, Problem};
use super::request::{ListRequest, LockRequest, PlayerRequest, Request, SearchRequest, SessionRequest};
use super::{
    Connection, Dialog, LinkCommand, ListState, MarkState, Notices, Route, Session, SignIn, State, SupportCommand,
};
use crate::domain::AuditAction;
use chrono::{DateTime, TimeDelta, Utc};
use std::mem;

/// What the lock screen shows. No patient text, no key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LockScreen {
    /// A PIN is asked for; otherwise this computer's user unlocks with the system's key store.
    pub has_pin: bool,
    /// What was open is still being let go of; no PIN is taken before.
    pub is_closing: bool,
    pub is_checking: bool,
    pub problem: Option<Problem>,
    /// No try is taken before.
    pub wait_until: Option<DateTime<Utc>>,
}

impl LockScreen {
    pub fn wait_seconds(&self, now: DateTime<Utc>) -> Option<i64> {
        seconds_until(self.wait_until, now)
    }

    pub fn takes_a_try(&self, now: DateTime<Utc>) -> bool {
        !self.is_closing && !self.is_checking && self.wait_seconds(now).is_none()
    }
}

/// What the open desk knows about locking.
#[derive(Clone, Debug, PartialEq)]
pub struct LockState {
    pub has_pin: bool,
    pub pin_change: PinChange,
    /// When somebody was there last.
    touched_at: DateTime<Utc>,
}

/// A PIN that is being set, changed or removed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PinChange {
    pub is_saving: bool,
    pub problem: Option<Problem>,
    /// No try is taken before.
    pub wait_until: Option<DateTime<Utc>>,
}

impl PinChange {
    pub fn wait_seconds(&self, now: DateTime<Utc>) -> Option<i64> {
        seconds_until(self.wait_until, now)
    }

    pub fn takes_a_try(&self, now: DateTime<Utc>) -> bool {
        !self.is_saving && self.wait_seconds(now).is_none()
    }

    /// The dialog opens afresh; a wait that was told goes on.
    pub(super) fn begin(&mut self) {
        self.problem = None;
    }
}

/// Whole seconds, counted up; nothing once the moment has come.
fn seconds_until(moment: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<i64> {
    let left = (moment? - now).num_milliseconds();
    (left > 0).then(|| (left + 999) / 1000)
}

impl LockState {
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        Self { has_pin: false, pin_change: PinChange::default(), touched_at: now }
    }
}

impl State {
    pub fn is_locked(&self) -> bool {
        matches!(self.session, Session::Locked(_))
    }

    /// Everything but the way back in rests while the desk is locked.
    pub(super) fn is_shut_for(&self, command: &Command) -> bool {
        let is_let_through = match command {
            Command::Lock(_) | Command::Settings(_) | Command::TimePassed => true,
            // It waits until the desk is open; copying one needs something that is open.
            Command::Link(command) => matches!(command, LinkCommand::Follow(_) | LinkCommand::Show(_)),
            Command::Window(command) => !matches!(command, WindowCommand::Go(_) | WindowCommand::Show(_)),
            Command::Support(command) => *command == SupportCommand::StartAgain,
            Command::Storage(command) => {
                matches!(command, StorageCommand::AskToRemoveEverything | StorageCommand::RemoveEverything)
            }
            _ => false,
        };
        self.is_locked() && !is_let_through
    }

    /// News of a clinic that was let go of. What is large is freed away from the window.
    pub(super) fn drop_if_locked(&self, event: Event) -> Result<Event, Vec<Request>> {
        if !self.is_locked() {
            return Ok(event);
        }
        match event {
            Event::Session(_)
            | Event::Lock(_)
            | Event::NoteReady(_)
            | Event::Told(_)
            | Event::Support(_)
            | Event::Update(_)
            | Event::Storage(StorageEvent::Removed | StorageEvent::NotRemoved(_)) => Ok(event),
            Event::List(ListEvent::ViewReady { view, .. }) => Err(vec![Request::List(ListRequest::Retire(view))]),
            Event::Search(SearchEvent::Found { results, .. }) => {
                Err(vec![Request::Search(SearchRequest::Retire(results))])
            }
            _ => Err(Vec::new()),
        }
    }

    /// Answers that may open a locked desk are only believed while one was asked for: an answer to something older,
    /// such as a sign-in that was under way, must not open it.
    pub(super) fn may_open_with(&self, event: &SessionEvent) -> bool {
        let Session::Locked(lock) = &self.session else { return true };
        match event {
            SessionEvent::SignedOut => true,
            SessionEvent::KeyRefused | SessionEvent::WaitingForKeyStore => false,
            _ => lock.is_checking,
        }
    }

    pub(super) fn handle_lock(&mut self, command: LockCommand) -> Vec<Request> {
        match command {
            LockCommand::Lock => self.lock(),
            LockCommand::Unlock(pin) => self.unlock(pin),
            LockCommand::SetPin { old, new } => self.change_pin(LockRequest::SetPin { old, new }),
            LockCommand::RemovePin(pin) => self.change_pin(LockRequest::RemovePin(pin)),
            // Every wish says that somebody is there; this one says nothing else.
            LockCommand::Active => Vec::new(),
        }
    }

    pub(super) fn is_there(&mut self) {
        self.lock.touched_at = self.now;
    }

    fn unlock(&mut self, pin: Option<super::TypedPin>) -> Vec<Request> {
        let now = self.now;
        let Session::Locked(screen) = &mut self.session else { return Vec::new() };
        if !screen.takes_a_try(now) {
            return Vec::new();
        }
        screen.is_checking = true;
        screen.problem = None;
        screen.wait_until = None;
        vec![Request::Lock(LockRequest::Unlock(pin))]
    }

    fn change_pin(&mut self, request: LockRequest) -> Vec<Request> {
        let is_open = matches!(self.session, Session::SignedIn { .. });
        if !is_open || !self.lock.pin_change.takes_a_try(self.now) {
            return Vec::new();
        }
        self.lock.pin_change = PinChange { is_saving: true, ..PinChange::default() };
        vec![Request::Lock(request)]
    }

    pub(super) fn apply_lock(&mut self, event: LockEvent) -> Vec<Request> {
        match event {
            LockEvent::SystemLocks => return self.lock(),
            LockEvent::Locked { has_pin } => {
                self.lock.has_pin = has_pin;
                if let Session::Locked(screen) = &mut self.session {
                    *screen = LockScreen { has_pin, ..LockScreen::default() };
                }
            }
            LockEvent::StartsLocked => {
                self.lock.has_pin = true;
                if matches!(self.session, Session::Restoring { .. } | Session::SignedOut(_)) {
                    self.session = Session::Locked(LockScreen { has_pin: true, ..LockScreen::default() });
                }
            }
            LockEvent::Refused { problem, wait_until } => self.refuse(problem, wait_until),
            LockEvent::PinChanged { has_pin } => self.pin_changed(has_pin),
        }
        Vec::new()
    }

    pub(super) fn refuse(&mut self, problem: Problem, wait_until: Option<DateTime<Utc>>) {
        if let Session::Locked(screen) = &mut self.session {
            screen.is_checking = false;
            screen.problem = Some(problem);
            screen.wait_until = wait_until;
        } else {
            self.lock.pin_change = PinChange { is_saving: false, problem: Some(problem), wait_until };
        }
    }

    fn pin_changed(&mut self, has_pin: bool) {
        let is_ours = mem::take(&mut self.lock.pin_change).is_saving;
        let was_set = mem::replace(&mut self.lock.has_pin, has_pin);
        if !is_ours {
            return;
        }
        if matches!(self.dialog, Some(Dialog::Pin | Dialog::RemovePin)) {
            self.dialog = None;
        }
        let words = match (was_set, has_pin) {
            (false, true) => "PIN set",
            (true, true) => "PIN changed",
            (_, false) => "PIN removed",
        };
        self.notices.tell(words, self.now);
    }

    /// Lets go of everything that was read and shows the lock screen. Means nothing when nobody is signed in.
    fn lock(&mut self) -> Vec<Request> {
        let Session::SignedIn { kept, is_demo, .. } = &self.session else { return Vec::new() };
        let is_kept = *kept == Kept::Yes || *is_demo || self.lock.has_pin;
        let mut requests = self.forget_what_was_read();
        if is_kept {
            let has_pin = self.lock.has_pin;
            self.session = Session::Locked(LockScreen { has_pin, is_closing: true, ..LockScreen::default() });
            requests.insert(0, Request::Audit(AuditAction::Locked, None));
            requests.push(Request::Lock(LockRequest::Lock));
        } else {
            // Nothing on this computer could open it again: the key was in memory alone.
            let problem = Problem::new(&Fault::LockedWithoutKey, "LOCK-NO-KEY");
            self.session = Session::SignedOut(SignIn { is_checking: false, problem: Some(problem) });
            requests.push(Request::Session(SessionRequest::SignOut));
        }
        requests
    }

    fn forget_what_was_read(&mut self) -> Vec<Request> {
        // A late answer to what was asked before must not fit what is asked after unlocking.
        let (view, found) = (self.list.sequence + 1, self.search.sequence + 1);
        let list = mem::replace(&mut self.list, ListState::new(self.settings.group_by.into()));
        let search = mem::take(&mut self.search);
        self.list.sequence = view;
        self.search.sequence = found;
        self.search.answered = found;
        self.record = None;
        self.player = self.player.anew();
        self.exports.running = Vec::new();
        self.marks = MarkState::default();
        self.storage.forget();
        self.live.forget();
        self.board.forget();
        self.notices = Notices::default();
        self.connection = Connection::default();
        self.lock.pin_change = PinChange::default();
        self.route = Route::Consultations;
        self.dialog = None;
        let mut requests = self.forget_notifications();
        requests.extend([
            Request::Player(PlayerRequest::Stop),
            Request::List(ListRequest::Retire(list.view)),
            Request::Search(SearchRequest::Retire(search.results)),
        ]);
        requests
    }

    /// Somebody may be gone. The clock of the wall is right here: a computer that slept was not touched either.
    pub(super) fn lock_when_idle(&mut self) -> Vec<Request> {
        if self.lock.touched_at > self.now {
            // The clock was set back; nobody gets an hour more by that.
            self.lock.touched_at = self.now;
        }
        match self.locks_at() {
            Some(at) if at <= self.now => self.lock(),
            _ => Vec::new(),
        }
    }

    /// When the desk locks if nobody touches it from now on.
    pub(super) fn locks_at(&self) -> Option<DateTime<Utc>> {
        let Session::SignedIn { .. } = self.session else { return None };
        let minutes = self.settings.lock_minutes?;
        Some(self.lock.touched_at + TimeDelta::minutes(i64::from(minutes)))
    }

    /// Whoever wishes for something is there, by a button of the headset too.
    pub(super) fn wishing_counts(&mut self, command: &Command) {
        let by_itself = matches!(
            command,
            Command::TimePassed
                | Command::Window(
                    WindowCommand::Focused(_)
                        | WindowCommand::DrawnWith(_)
                        | WindowCommand::Placed(_)
                        | WindowCommand::System(_)
                )
        );
        if !by_itself {
            self.is_there();
        }
    }

    /// Called after news of the player: who hears a recording is there.
    pub(super) fn listening_counts(&mut self) {
        if self.player.is_playing() && !self.player.is_looping {
            self.lock.touched_at = self.now;
        }
    }

    /// When the lock screen, or the PIN's dialog, counts down.
    pub(super) fn lock_counts_down(&self) -> bool {
        match &self.session {
            Session::Locked(screen) => screen.wait_seconds(self.now).is_some(),
            _ => {
                matches!(self.dialog, Some(Dialog::Pin | Dialog::RemovePin))
                    && self.lock.pin_change.wait_seconds(self.now).is_some()
            }
        }
    }
}

#[cfg(test)]
mod tests;
