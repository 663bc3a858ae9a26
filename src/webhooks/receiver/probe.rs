//! Proves a way from outside to this receiver: an address that was never given to anybody is called once, and the
//! receiver tells that the call arrived and by which name. It is no delivery and has no effect.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Then nobody waits for it any more.
const LIFE: Duration = Duration::from_secs(60);
const MOST: usize = 16;

/// How the call came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbeArrival {
    /// Otherwise deliveries are turned away: what stands in front passes another name on.
    pub host_is_allowed: bool,
}

/// An address to call, and the news of its call.
#[derive(Debug)]
pub struct Probe {
    /// To be set behind the address that is tried: `/` and 32 digits.
    pub path: String,
    pub arrived: oneshot::Receiver<ProbeArrival>,
}

#[derive(Debug, Default)]
pub(super) struct Probes(Mutex<HashMap<String, (Instant, oneshot::Sender<ProbeArrival>)>>);

impl Probes {
    /// `None` when the system gives no random numbers.
    pub(super) fn expect(&self, now: Instant) -> Option<Probe> {
        let mut random = [0_u8; 16];
        getrandom::fill(&mut random).ok()?;
        let path = random.iter().fold("/".to_owned(), |mut path, byte| {
            write!(path, "{byte:02x}").ok();
            path
        });
        let (told, arrived) = oneshot::channel();
        let mut expected = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        expected.retain(|_, (since, told)| now.saturating_duration_since(*since) < LIFE && !told.is_closed());
        if expected.len() >= MOST {
            return None;
        }
        expected.insert(path.clone(), (now, told));
        Some(Probe { path, arrived })
    }

    /// `true` when the path was expected; it is not expected again.
    pub(super) fn arrive(&self, path: &str, arrival: ProbeArrival) -> bool {
        let expected = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(path);
        expected.is_some_and(|(_, told)| told.send(arrival).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_is_known_once_and_by_nobody_else() {
        let probes = Probes::default();
        let mut probe = probes.expect(Instant::now()).expect("random numbers");
        let arrival = ProbeArrival { host_is_allowed: true };
        assert!(!probes.arrive("/00000000000000000000000000000000", arrival));
        assert!(probe.arrived.try_recv().is_err());
        assert!(probes.arrive(&probe.path, arrival));
        assert_eq!(probe.arrived.try_recv(), Ok(arrival));
        assert!(!probes.arrive(&probe.path, arrival));
    }
}
