//! A value that comes from outside and remembers which question it answers.
//! The previous value stays while a new one is fetched, so that a refresh never blanks the screen.

use super::problem::Problem;

#[derive(Clone, Debug, Default, PartialEq)]
pub enum Loadable<K, T> {
    #[default]
    NotAsked,
    Loading {
        key: K,
        previous: Option<T>,
    },
    Ready {
        key: K,
        value: T,
    },
    Failed {
        key: K,
        problem: Problem,
        previous: Option<T>,
    },
}

impl<K: PartialEq, T> Loadable<K, T> {
    /// Starts a question; what is there stays if it answers the same one.
    pub fn ask(&mut self, key: K) {
        let previous = match std::mem::replace(self, Self::NotAsked) {
            Self::Ready { key: old, value } if old == key => Some(value),
            Self::Loading { key: old, previous } | Self::Failed { key: old, previous, .. } if old == key => previous,
            _ => None,
        };
        *self = Self::Loading { key, previous };
    }

    /// Takes an answer; `false` when it answers an older question and was dropped.
    pub fn arrive(&mut self, key: K, value: T) -> bool {
        if self.key() != Some(&key) {
            return false;
        }
        *self = Self::Ready { key, value };
        true
    }

    /// Takes a failure; the value there was stays visible.
    pub fn fail(&mut self, key: K, problem: Problem) -> bool {
        if self.key() != Some(&key) {
            return false;
        }
        let previous = match std::mem::replace(self, Self::NotAsked) {
            Self::Ready { value, .. } => Some(value),
            Self::Loading { previous, .. } | Self::Failed { previous, .. } => previous,
            Self::NotAsked => None,
        };
        *self = Self::Failed { key, problem, previous };
        true
    }

    pub fn key(&self) -> Option<&K> {
        match self {
            Self::NotAsked => None,
            Self::Loading { key, .. } | Self::Ready { key, .. } | Self::Failed { key, .. } => Some(key),
        }
    }

    /// What can be shown now, fresh or not.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::NotAsked => None,
            Self::Ready { value, .. } => Some(value),
            Self::Loading { previous, .. } | Self::Failed { previous, .. } => previous.as_ref(),
        }
    }

    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Failed { problem, .. } => Some(problem),
            _ => None,
        }
    }

    pub fn is_loading(&self) -> bool {
        matches!(self, Self::Loading { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_answer_to_another_question_is_dropped() {
        let mut loadable = Loadable::default();
        loadable.ask("a");
        loadable.ask("b");
        assert!(!loadable.arrive("a", 1));
        assert!(loadable.arrive("b", 2));
        assert_eq!(loadable.value(), Some(&2));
    }

    #[test]
    fn the_previous_value_stays_while_asking_again() {
        let mut loadable = Loadable::default();
        loadable.ask("a");
        loadable.arrive("a", 1);
        loadable.ask("a");
        assert_eq!((loadable.value(), loadable.is_loading()), (Some(&1), true));
        loadable.ask("b");
        assert_eq!(loadable.value(), None);
    }
}
