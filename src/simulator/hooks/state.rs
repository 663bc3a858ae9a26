//! Everything the post office remembers: its books, what waits, what was answered, what is to go wrong.
//!
//! No I/O and no clock: `post` sends, and says what became of it.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use rustls::RootCertStore;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Delivered, Event, Forgery, Habits, Line, Scheme,
    lines::{Endpoint, Hook, Partner},
};
use crate::simulator::record::uuid_v7;

/// Beyond this the oldest attempts are forgotten.
const KEPT: usize = 4_000;

/// One event on its way to one addressee.
#[derive(Clone, Debug)]
pub(in super::super) struct Parcel {
    pub line: Line,
    pub event: Arc<Event>,
    /// 1 is the first.
    pub attempt: u32,
    /// It had arrived and is sent once more.
    pub is_copy: bool,
    /// A test of the line is sent to a webhook that is switched off, too.
    pub is_test: bool,
    /// NexHealth tells in each attempt what became of those before.
    pub errors: Vec<Value>,
    /// The endpoint's successes when the first attempt was made.
    pub successes_before: Option<u64>,
    /// What is wrong with this one, whatever else is ordered.
    pub wrong: Option<Forgery>,
}

impl Parcel {
    pub(in super::super) fn new(line: Line, event: Arc<Event>) -> Self {
        Self {
            line,
            event,
            attempt: 1,
            is_copy: false,
            is_test: false,
            errors: Vec::new(),
            successes_before: None,
            wrong: None,
        }
    }

    pub(super) fn scheme(&self) -> Scheme {
        match self.line {
            Line::Organization(_) => Scheme::Organization,
            Line::Partner(_) => Scheme::Partner,
            Line::NexHealth(_) => Scheme::NexHealth,
        }
    }
}

/// In which order held events leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Order {
    /// As they happened.
    AsHappened,
    /// The newest first.
    Reversed,
    /// By a draw from this seed.
    Shuffled(u64),
}

/// What the sender finds when it looks for work.
pub(super) enum Next {
    Send(Box<Parcel>),
    At(Instant),
    Nothing,
}

struct Share {
    wrong: Forgery,
    /// Between 0 and 1.
    odds: f64,
}

pub(in super::super) struct State {
    pub habits: Habits,
    pub(super) hooks: Vec<Hook>,
    pub(super) partners: Vec<Partner>,
    pub endpoints: Vec<Endpoint>,
    /// Public names that lead to this computer, as a tunnel does; none is a tunnel that is down.
    pub(super) tunnels: HashMap<String, Option<SocketAddr>>,
    /// The authorities whose certificates are believed; no public one is among them.
    pub(super) roots: Arc<RootCertStore>,
    /// Oldest first.
    pub(super) log: VecDeque<Delivered>,
    waiting: BTreeMap<(Instant, u64), Parcel>,
    held: Option<Vec<Parcel>>,
    under_way: usize,
    accepted: u64,
    ordered: VecDeque<(Option<Scheme>, Forgery, usize)>,
    shares: Vec<Share>,
    /// Draws what need not be secret, the same in every run.
    random: fastrand::Rng,
    newest_id_ms: i64,
}

impl State {
    pub(super) fn new(habits: Habits) -> Self {
        Self {
            habits,
            hooks: Vec::new(),
            partners: Vec::new(),
            endpoints: Vec::new(),
            tunnels: HashMap::new(),
            roots: Arc::new(RootCertStore::empty()),
            log: VecDeque::new(),
            waiting: BTreeMap::new(),
            held: None,
            under_way: 0,
            accepted: 0,
            ordered: VecDeque::new(),
            shares: Vec::new(),
            random: fastrand::Rng::with_seed(0x0de1_1be4),
            newest_id_ms: 0,
        }
    }

    /// An id that is later than all before, so that ids of one second still sort by time.
    pub(in super::super) fn new_id(&mut self, now: DateTime<Utc>) -> String {
        self.newest_id_ms = now.timestamp_millis().max(self.newest_id_ms + 1);
        uuid_v7(self.newest_id_ms, &mut self.random)
    }

    pub(super) fn accept(&mut self, parcel: Parcel) {
        if let Some(held) = self.held.as_mut() {
            held.push(parcel);
            return;
        }
        let spread = Duration::from_millis(self.random.u64(..=self.habits.spread_ms));
        self.wait(parcel, spread);
    }

    fn wait(&mut self, parcel: Parcel, delay: Duration) {
        let now = Instant::now();
        self.accepted += 1;
        self.waiting.insert((now.checked_add(delay).unwrap_or(now), self.accepted), parcel);
    }

    pub(super) fn wait_for_retry(&mut self, parcel: Parcel, delay: Duration) {
        self.wait(parcel, delay);
    }

    /// From now on nothing leaves that happens.
    pub(super) fn hold(&mut self) {
        self.held.get_or_insert_default();
    }

    /// What was held leaves, `copies` more times than once; returns how many requests that are.
    pub(super) fn release(&mut self, order: Order, copies: usize) -> usize {
        let mut parcels = self.held.take().unwrap_or_default();
        let again: Vec<Parcel> = parcels.iter().cloned().map(|parcel| Parcel { is_copy: true, ..parcel }).collect();
        (0..copies).for_each(|_| parcels.extend(again.iter().cloned()));
        match order {
            Order::AsHappened => {}
            Order::Reversed => parcels.reverse(),
            Order::Shuffled(seed) => fastrand::Rng::with_seed(seed).shuffle(&mut parcels),
        }
        let count = parcels.len();
        for parcel in parcels {
            self.wait(parcel, Duration::ZERO);
        }
        count
    }

    pub(super) fn next(&mut self, now: Instant) -> Next {
        if self.under_way >= self.habits.at_once.max(1) {
            return Next::Nothing;
        }
        match self.waiting.first_entry() {
            None => Next::Nothing,
            Some(first) if first.key().0 > now => Next::At(first.key().0),
            Some(first) => {
                self.under_way += 1;
                Next::Send(Box::new(first.remove()))
            }
        }
    }

    pub(super) fn is_answered(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// Waiting, held and under way.
    pub(super) fn pending(&self) -> usize {
        self.waiting.len() + self.held.as_ref().map_or(0, Vec::len) + self.under_way
    }

    /// What waits leaves now, whatever its schedule says.
    pub(super) fn hurry(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        for parcel in waiting.into_values() {
            self.wait(parcel, Duration::ZERO);
        }
    }

    pub(super) fn note(&mut self, delivered: Delivered) {
        if self.log.len() >= KEPT {
            self.log.pop_front();
        }
        self.log.push_back(delivered);
    }

    pub(super) fn order_forgery(&mut self, scheme: Option<Scheme>, wrong: Forgery, times: usize) {
        self.ordered.push_back((scheme, wrong, times));
    }

    pub(super) fn share_forgery(&mut self, wrong: Forgery, odds: f64) {
        self.shares.push(Share { wrong, odds });
    }

    pub(super) fn forget_forgeries(&mut self) {
        self.ordered.clear();
        self.shares.clear();
    }

    /// What is to go wrong with this attempt.
    pub(super) fn draw_forgery(&mut self, scheme: Scheme) -> Option<Forgery> {
        self.ordered.retain(|(_, _, left)| *left > 0);
        let meant = self.ordered.iter_mut().find(|(whose, ..)| whose.is_none_or(|whose| whose == scheme));
        if let Some((_, wrong, left)) = meant {
            *left -= 1;
            return Some(wrong.clone());
        }
        let random = &mut self.random;
        self.shares.iter().find(|share| random.f64() < share.odds).map(|share| share.wrong.clone())
    }

    /// Whether an event that has arrived is sent once more.
    pub(super) fn draws_duplicate(&mut self) -> bool {
        self.habits.duplicates > 0.0 && self.random.f64() < self.habits.duplicates
    }

    pub(super) fn hook_mut(&mut self, id: &str) -> Option<&mut Hook> {
        self.hooks.iter_mut().find(|hook| hook.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parcel(name: &str) -> Parcel {
        let event = Event { id: name.to_owned(), name: name.to_owned(), body: Value::Null };
        Parcel::new(Line::Organization("hook".to_owned()), Arc::new(event))
    }

    fn leaving(state: &mut State) -> Vec<String> {
        let later = Instant::now() + Duration::from_secs(3_600);
        let next = || match state.next(later) {
            Next::Send(parcel) => Some(parcel.event.id.clone()),
            Next::At(_) | Next::Nothing => None,
        };
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn held_events_leave_in_the_order_that_is_asked_for_and_as_often() {
        let mut state = State::new(Habits { at_once: 100, ..Habits::default() });
        state.hold();
        for name in ["a", "b", "c"] {
            state.accept(parcel(name));
        }
        assert!(leaving(&mut state).is_empty());
        assert_eq!(state.pending(), 3);
        assert_eq!(state.release(Order::Reversed, 1), 6);
        let left = leaving(&mut state);
        assert_eq!(left, ["c", "b", "a", "c", "b", "a"]);
        state.accept(parcel("d"));
        assert_eq!(leaving(&mut state), ["d"]);
    }

    #[test]
    fn only_so_many_are_under_way_and_none_leaves_early() {
        let mut state = State::new(Habits { at_once: 1, ..Habits::default() });
        let now = Instant::now();
        state.wait_for_retry(parcel("late"), Duration::from_secs(60));
        assert!(matches!(state.next(now), Next::At(_)));
        state.accept(parcel("a"));
        state.accept(parcel("b"));
        assert!(matches!(state.next(Instant::now()), Next::Send(sent) if sent.event.id == "a"));
        assert!(matches!(state.next(Instant::now()), Next::Nothing));
        state.is_answered();
        assert!(matches!(state.next(Instant::now()), Next::Send(sent) if sent.event.id == "b"));
        state.is_answered();
        state.hurry();
        assert!(matches!(state.next(Instant::now()), Next::Send(sent) if sent.event.id == "late"));
    }

    #[test]
    fn ordered_faults_meet_their_scheme_and_run_out() {
        let mut state = State::new(Habits::default());
        state.order_forgery(Some(Scheme::Partner), Forgery::UpperHex, 1);
        assert_eq!(state.draw_forgery(Scheme::Organization), None);
        assert_eq!(state.draw_forgery(Scheme::Partner), Some(Forgery::UpperHex));
        assert_eq!(state.draw_forgery(Scheme::Partner), None);
        state.share_forgery(Forgery::Cut, 0.05);
        let met = (0..10_000).filter(|_| state.draw_forgery(Scheme::Organization).is_some()).count();
        assert!((400..600).contains(&met), "{met}");
    }

    #[test]
    fn ids_of_one_moment_sort_by_their_order() {
        let mut state = State::new(Habits::default());
        let ids: Vec<String> = (0..50).map(|_| state.new_id(DateTime::UNIX_EPOCH)).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
