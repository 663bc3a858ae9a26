//! Whether the connection in use costs by the byte, as far as the system tells.
//! It measures nothing and decides nothing: who reads in the background asks before it goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Where the answer comes from.
#[derive(Clone, Debug, Default)]
pub enum Line {
    /// The system.
    #[default]
    System,
    /// For tests: what a test says, or a system that does not tell.
    Fixed(Option<Arc<AtomicBool>>),
}

impl Line {
    /// `None` where nobody knows; then the line counts as free. May block for a moment.
    pub fn is_metered(&self) -> Option<bool> {
        match self {
            Self::System => system::is_metered(),
            Self::Fixed(answer) => answer.as_ref().map(|answer| answer.load(Ordering::Relaxed)),
        }
    }
}

#[cfg(target_os = "linux")]
mod system {
    use zbus::blocking::{Connection, Proxy};

    const NAME: &str = "org.freedesktop.NetworkManager";
    const PATH: &str = "/org/freedesktop/NetworkManager";

    /// What `NetworkManager` says about the connection in use. A system without it does not tell.
    pub(super) fn is_metered() -> Option<bool> {
        let bus = Connection::system().ok()?;
        let manager = Proxy::new(&bus, NAME, PATH, NAME).ok()?;
        meaning(manager.get_property("Metered").ok()?)
    }

    /// Its five answers: unknown, yes, no, and its own guess at either.
    pub(super) fn meaning(metered: u32) -> Option<bool> {
        match metered {
            1 | 3 => Some(true),
            2 | 4 => Some(false),
            _ => None,
        }
    }

    #[cfg(test)]
    mod tests {
        #[test]
        fn a_guess_counts_and_not_knowing_does_not() {
            let told = [0, 1, 2, 3, 4, 9].map(super::meaning);
            assert_eq!(told, [None, Some(true), Some(false), Some(true), Some(false), None]);
        }
    }
}

#[cfg(target_os = "windows")]
mod system {
    use std::ptr;
    use std::sync::OnceLock;
    use windows::Win32::Networking::NetworkListManager::{
        INetworkCostManager, NLM_CONNECTION_COST, NLM_CONNECTION_COST_APPROACHINGDATALIMIT, NLM_CONNECTION_COST_FIXED,
        NLM_CONNECTION_COST_OVERDATALIMIT, NLM_CONNECTION_COST_ROAMING, NLM_CONNECTION_COST_UNRESTRICTED,
        NLM_CONNECTION_COST_VARIABLE, NetworkListManager,
    };
    use windows::Win32::System::Com::{CLSCTX_ALL, CoCreateInstance, CoIncrementMTAUsage};

    const COSTLY: [NLM_CONNECTION_COST; 5] = [
        NLM_CONNECTION_COST_FIXED,
        NLM_CONNECTION_COST_VARIABLE,
        NLM_CONNECTION_COST_OVERDATALIMIT,
        NLM_CONNECTION_COST_ROAMING,
        NLM_CONNECTION_COST_APPROACHINGDATALIMIT,
    ];

    /// What Windows says about the connection in use: "metered" in its settings, or a mobile line.
    pub(super) fn is_metered() -> Option<bool> {
        static ANY_THREAD_MAY_ASK: OnceLock<bool> = OnceLock::new();
        #[expect(unsafe_code, reason = "the system's objects are reached through its C interface")]
        // SAFETY: the first call has the system serve threads that prepared nothing, as long as the program runs; the
        // manager is counted by its owner here, and `cost` outlives the call that writes it.
        let cost = unsafe {
            ANY_THREAD_MAY_ASK.get_or_init(|| CoIncrementMTAUsage().is_ok());
            let manager: INetworkCostManager = CoCreateInstance(&NetworkListManager, None, CLSCTX_ALL).ok()?;
            let mut cost = 0;
            manager.GetCost(&raw mut cost, ptr::null()).ok()?;
            cost
        };
        meaning(cost)
    }

    /// Its flags: at least one that costs, the one that says that none does, or not known.
    pub(super) fn meaning(cost: u32) -> Option<bool> {
        let says = |flag: &NLM_CONNECTION_COST| cost & flag.0.cast_unsigned() != 0;
        match COSTLY.iter().any(says) {
            true => Some(true),
            false => says(&NLM_CONNECTION_COST_UNRESTRICTED).then_some(false),
        }
    }

    #[cfg(test)]
    mod tests {
        #[test]
        fn one_cost_is_enough_and_not_knowing_does_not_count() {
            let told = [0, 1, 2, 4, 0x1_0002, 0x4_0001, 0x2_0001, 0x2_0000].map(super::meaning);
            let (costs, free) = (Some(true), Some(false));
            assert_eq!(told, [None, free, costs, costs, costs, costs, free, None]);
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "windows")))]
mod system {
    /// macOS knows what a connection costs, but tells it only by ways that this program does not have.
    pub(super) fn is_metered() -> Option<bool> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_says_what_the_line_is() {
        assert_eq!(Line::Fixed(None).is_metered(), None);
        let answer = Arc::new(AtomicBool::new(true));
        let line = Line::Fixed(Some(Arc::clone(&answer)));
        assert_eq!(line.is_metered(), Some(true));
        answer.store(false, Ordering::Relaxed);
        assert_eq!(line.is_metered(), Some(false));
    }
}
