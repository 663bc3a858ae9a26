//! How often another computer may ask. Each has a bucket that fills with time; an empty one is told to wait.

use super::config::Limits;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Computers that are remembered; beyond it those go whose buckets are full again.
const MOST_PEERS: usize = 1024;

#[derive(Debug)]
pub(super) struct Peers {
    burst: f64,
    each_second: f64,
    buckets: Mutex<HashMap<IpAddr, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Peers {
    pub(super) fn new(limits: &Limits) -> Self {
        let (burst, each_second) = (f64::from(limits.burst), f64::from(limits.each_second));
        Self { burst, each_second, buckets: Mutex::default() }
    }

    /// Whether one more request of this computer is borne.
    pub(super) fn bears(&self, peer: IpAddr, now: Instant) -> bool {
        if peer.to_canonical().is_loopback() {
            return true;
        }
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST_PEERS {
            buckets.retain(|_, bucket| self.filled(*bucket, now) < self.burst);
        }
        // Still as many, and all of them busy: nobody new is borne until one of them rests.
        if buckets.len() >= MOST_PEERS && !buckets.contains_key(&peer) {
            return false;
        }
        let bucket = buckets.entry(peer).or_insert(Bucket { left: self.burst, at: now });
        let left = self.filled(*bucket, now);
        let is_borne = left >= 1.0;
        *bucket = Bucket { left: if is_borne { left - 1.0 } else { left }, at: now };
        is_borne
    }

    fn filled(&self, bucket: Bucket, now: Instant) -> f64 {
        let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
        passed.mul_add(self.each_second, bucket.left).min(self.burst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn peers() -> Peers {
        Peers::new(&Limits { burst: 3, each_second: 2, ..Limits::default() })
    }

    #[test]
    fn a_burst_is_borne_and_then_a_steady_few() {
        let (peers, start) = (peers(), Instant::now());
        let peer = IpAddr::from([10, 0, 0, 9]);
        let burst: Vec<bool> = (0..5).map(|_| peers.bears(peer, start)).collect();
        assert_eq!(burst, [true, true, true, false, false]);
        let later = start + Duration::from_secs(1);
        assert_eq!([(); 3].map(|()| peers.bears(peer, later)), [true, true, false]);
        assert!(peers.bears(IpAddr::from([10, 0, 0, 10]), start), "another computer has its own");
    }

    #[test]
    fn what_speaks_for_everybody_is_not_counted() {
        let (peers, start) = (peers(), Instant::now());
        for peer in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            let peer = peer.parse().expect("an address");
            assert!((0..100).all(|_| peers.bears(peer, start)));
        }
    }

    #[test]
    fn the_memory_of_computers_is_bounded() {
        let (peers, start) = (peers(), Instant::now());
        for number in 0..3000_u32 {
            peers.bears(IpAddr::from((0x0a00_0000 + number).to_be_bytes()), start);
        }
        assert!(peers.buckets.lock().expect("free").len() <= MOST_PEERS);
        let rested = start + Duration::from_secs(10);
        assert!(peers.bears(IpAddr::from([10, 9, 9, 9]), rested), "those that rest make room");
    }
}
