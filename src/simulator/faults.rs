//! The switchboard: which request meets which misfortune.
//!
//! What a fault does to an answer is written in `layers`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A family of paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Route {
    /// Whatever is asked.
    Any,
    /// `auth/me` and `auth/introspect-org`.
    Identity,
    /// `devices`.
    Devices,
    /// The list of records.
    List,
    /// One record.
    Detail,
    /// Conversations, list and detail.
    Conversations,
    /// Both ways to a recording.
    Audio,
    /// The organization's webhooks.
    Webhooks,
    /// Of these, the making of one; for faults alone, requests are counted under [`Self::Webhooks`].
    NewWebhook,
    /// A recording by an address that needs no key.
    Signed,
    /// NexHealth's tokens.
    Tokens,
    /// NexHealth's appointments.
    Appointments,
    /// Everything else of NexHealth's.
    NexHealth,
    /// A path the vendor does not have.
    Unknown,
}

impl Route {
    /// Whether what is said of `self` goes for a request on `route`.
    fn means(self, route: Self) -> bool {
        self == route || self == Self::Any || (self == Self::Webhooks && route == Self::NewWebhook)
    }
}

/// One misfortune.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This status with an error body.
    Status(u16),
    /// 429; the text goes into `Retry-After` as it is.
    RateLimited {
        /// Seconds, an HTTP date, or nonsense.
        retry_after: Option<String>,
    },
    /// `Content-Length` promises the whole, half is sent, the connection closes.
    CutBody,
    /// The same after so many bytes.
    CutAfter(usize),
    /// Head and half of the body, then silence.
    Stall,
    /// The same after so many bytes.
    StallAfter(usize),
    /// The connection closes without an answer, and nothing was done.
    Reset,
    /// What was asked is done, and the connection closes without an answer.
    LostAnswer,
    /// 200 with the HTML of a captive portal.
    Garbage,
    /// Valid JSON whose values have the wrong types.
    WrongJson,
    /// JSON that ends in the middle, with a matching length.
    TruncatedJson,
    /// A packed body that unpacks to about so many bytes.
    GzipBomb(usize),
    /// Arrays in arrays, so deep.
    DeepJson(usize),
    /// One unreadable row more among the good ones of a list.
    BadRow,
    /// Go and ask elsewhere.
    Redirect {
        /// 301, 302, 303, 307 or 308.
        status: u16,
        /// The `Location` header as it is.
        location: String,
    },
    /// The body at so many bytes a second.
    Slow(u64),
    /// 200 and nothing.
    EmptyBody,
    /// A list without `X-Total-Count`.
    MissingTotal,
    /// At most so many rows, whatever `limit` says.
    ClampedPage(usize),
    /// 206 that begins before the byte that was asked for.
    WrongRangeStart,
    /// 206 that begins behind the byte that was asked for.
    LateRangeStart,
    /// The honest answer under the tag of another version.
    OtherTag,
    /// 200 with the whole, although a range was asked for.
    IgnoreRange,
    /// Half of the body, with a length that admits it.
    ShortBody,
}

#[derive(Default)]
struct Board {
    queued: Vec<Queued>,
    cycle: Option<Cycle>,
    shares: Vec<Share>,
}

struct Share {
    route: Route,
    fault: Fault,
    /// Between 0 and 1.
    odds: f64,
    random: fastrand::Rng,
}

impl Share {
    fn draw(&mut self, route: Route) -> Option<Fault> {
        (self.route.means(route) && self.random.f64() < self.odds).then(|| self.fault.clone())
    }
}

struct Queued {
    route: Route,
    fault: Fault,
    left: usize,
}

struct Cycle {
    every: usize,
    faults: Vec<Fault>,
    seen: usize,
    used: usize,
}

/// Shared between the server and its handle.
#[derive(Clone, Default)]
pub struct Faults {
    board: Arc<Mutex<Board>>,
}

impl Faults {
    /// The next `times` requests on `route` meet `fault`; earlier calls come first.
    pub fn next(&self, route: Route, fault: Fault, times: usize) {
        self.board().queued.push(Queued { route, fault, left: times });
    }

    /// Every `n`th request on any route meets the next of `faults`, round and round.
    pub fn every_nth(&self, n: usize, faults: Vec<Fault>) {
        let cycle = (n > 0 && !faults.is_empty()).then_some(Cycle { every: n, faults, seen: 0, used: 0 });
        self.board().cycle = cycle;
    }

    /// This share (0 to 1) of the requests on `route` meets `fault`, by a draw that is the same in every run.
    pub fn share(&self, route: Route, fault: Fault, share: f64) {
        let mut board = self.board();
        let random = fastrand::Rng::with_seed(board.shares.len() as u64 + 1);
        board.shares.push(Share { route, fault, odds: share, random });
    }

    /// From now on nothing goes wrong.
    pub fn clear(&self) {
        *self.board() = Board::default();
    }

    /// The misfortune of this request, if it has one.
    pub(super) fn draw(&self, route: Route) -> Option<Fault> {
        let mut board = self.board();
        let matches = |queued: &Queued| queued.left > 0 && queued.route.means(route);
        if let Some(queued) = board.queued.iter_mut().find(|queued| matches(queued)) {
            queued.left -= 1;
            return Some(queued.fault.clone());
        }
        if let Some(fault) = board.shares.iter_mut().find_map(|share| share.draw(route)) {
            return Some(fault);
        }
        let cycle = board.cycle.as_mut()?;
        cycle.seen += 1;
        if !cycle.seen.is_multiple_of(cycle.every) {
            return None;
        }
        let fault = cycle.faults.get(cycle.used % cycle.faults.len()).cloned();
        cycle.used += 1;
        fault
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queued_faults_wait_for_their_route_and_run_out() {
        let faults = Faults::default();
        faults.next(Route::List, Fault::Status(500), 2);
        assert_eq!(faults.draw(Route::Detail), None);
        assert_eq!(faults.draw(Route::List), Some(Fault::Status(500)));
        assert_eq!(faults.draw(Route::List), Some(Fault::Status(500)));
        assert_eq!(faults.draw(Route::List), None);
    }

    #[test]
    fn a_share_is_met_about_as_often_as_it_says() {
        let faults = Faults::default();
        faults.share(Route::Detail, Fault::CutBody, 0.05);
        let met = (0..10_000).filter(|_| faults.draw(Route::Detail).is_some()).count();
        assert!((400..600).contains(&met), "{met}");
        assert!((0..1_000).all(|_| faults.draw(Route::List).is_none()));
    }

    #[test]
    fn a_cycle_goes_round_until_it_is_cleared() {
        let faults = Faults::default();
        faults.every_nth(3, vec![Fault::Garbage, Fault::CutBody]);
        let drawn: Vec<_> = (0..9).map(|_| faults.draw(Route::Audio)).collect();
        let expected =
            [None, None, Some(Fault::Garbage), None, None, Some(Fault::CutBody), None, None, Some(Fault::Garbage)];
        assert_eq!(drawn, expected);
        faults.clear();
        assert!((0..9).all(|_| faults.draw(Route::Any).is_none()));
    }
}
