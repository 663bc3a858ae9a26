//! Who is connected. When there is no room, the one that has waited longest without a request goes: a sender sends its
//! request at once, and whoever holds a connection open for nothing is the one to miss.

use super::config::Limits;
use super::stage::{Progress, Stage};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio_util::sync::CancellationToken;

#[derive(Debug)]
pub(super) struct Guests {
    most: usize,
    most_of_peer: usize,
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    next: u64,
    guests: HashMap<u64, Guest>,
}

#[derive(Clone, Debug)]
struct Guest {
    peer: IpAddr,
    progress: Arc<Progress>,
    leave: CancellationToken,
}

/// A place among the guests; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    guests: Arc<Guests>,
    number: u64,
    pub(super) progress: Arc<Progress>,
    /// Somebody else needs the room, or the receiver stops.
    pub(super) leave: CancellationToken,
}

impl Guests {
    pub(super) fn new(limits: &Limits) -> Self {
        Self { most: limits.guests.max(1), most_of_peer: limits.guests_of_peer.max(1), inside: Mutex::default() }
    }

    /// `None` when all are at work, or this computer has as many connections as one may have.
    pub(super) fn seat(self: &Arc<Self>, peer: IpAddr, stop: &CancellationToken, now: Instant) -> Option<Place> {
        let peer = peer.to_canonical();
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        if !peer.is_loopback() && inside.guests.values().filter(|guest| guest.peer == peer).count() >= self.most_of_peer
        {
            return None;
        }
        if inside.guests.len() >= self.most {
            let (number, guest) = longest_waiting(&inside.guests, now)?;
            guest.leave.cancel();
            inside.guests.remove(&number);
        }
        let (progress, leave) = (Arc::new(Progress::new(now)), stop.child_token());
        let number = inside.next;
        inside.next += 1;
        inside.guests.insert(number, Guest { peer, progress: Arc::clone(&progress), leave: leave.clone() });
        Some(Place { guests: Arc::clone(self), number, progress, leave })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner).guests.is_empty()
    }
}

fn longest_waiting(guests: &HashMap<u64, Guest>, now: Instant) -> Option<(u64, Guest)> {
    let waiting = guests.iter().filter(|(_, guest)| guest.progress.stage() != Stage::Working);
    waiting.max_by_key(|(_, guest)| guest.progress.waited(now)).map(|(number, guest)| (*number, guest.clone()))
}

impl Drop for Place {
    fn drop(&mut self) {
        self.guests.inside.lock().unwrap_or_else(PoisonError::into_inner).guests.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn guests(most: usize) -> Arc<Guests> {
        Arc::new(Guests::new(&Limits { guests: most, guests_of_peer: 2, ..Limits::default() }))
    }

    #[test]
    fn the_one_that_waits_longest_makes_room() {
        let (guests, stop, start) = (guests(2), CancellationToken::new(), Instant::now());
        let first = guests.seat(HERE, &stop, start).expect("room");
        let second = guests.seat(HERE, &stop, start + Duration::from_secs(1)).expect("room");
        let third = guests.seat(HERE, &stop, start + Duration::from_secs(2)).expect("made room");
        assert!(first.leave.is_cancelled() && !second.leave.is_cancelled() && !third.leave.is_cancelled());
    }

    #[test]
    fn who_works_is_not_sent_away() {
        let (guests, stop, start) = (guests(2), CancellationToken::new(), Instant::now());
        let places = [(); 2].map(|()| guests.seat(HERE, &stop, start).expect("room"));
        for place in &places {
            place.progress.enter(Stage::Working);
        }
        assert!(guests.seat(HERE, &stop, start).is_none());
        drop(places);
        assert!(guests.is_empty() && guests.seat(HERE, &stop, start).is_some());
    }

    #[test]
    fn one_other_computer_does_not_take_all_the_room() {
        let (guests, stop, start) = (guests(9), CancellationToken::new(), Instant::now());
        let peer = IpAddr::from([10, 0, 0, 9]);
        let places: Vec<_> = (0..4).map(|_| guests.seat(peer, &stop, start)).collect();
        assert_eq!(places.iter().flatten().count(), 2);
        assert!(guests.seat(IpAddr::from([10, 0, 0, 10]), &stop, start).is_some());
    }
}
