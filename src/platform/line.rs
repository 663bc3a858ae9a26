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

#[cfg(not(target_os = "linux"))]
mod system {
    /// Windows and macOS know what a connection costs, but tell it only by ways that this program does not have.
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
