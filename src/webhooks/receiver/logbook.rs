//! What is to be noted in the history, gathered until somebody writes it down. The history is no promise to a sender, so
//! it never keeps one waiting; under a flood its oldest lines are lost, and few requests are recorded whole.

use crate::domain::live::Witnessed;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Lines that wait to be written.
const MOST: usize = 4096;
/// Requests recorded whole, each time it is written down.
const MOST_REFUSED: usize = 32;
const MOST_TAKEN: usize = 8;
/// A line waits this long, or until there are so many of them.
const PATIENCE: Duration = Duration::from_secs(1);
const MANY: usize = 512;

#[derive(Debug, Default)]
pub(super) struct Logbook(Mutex<Pages>);

#[derive(Debug, Default)]
struct Pages {
    lines: VecDeque<Witnessed>,
    refused: usize,
    taken: usize,
    oldest: Option<Instant>,
}

impl Logbook {
    /// Whether the request of such a delivery would be recorded now; a copy that nobody wants is not made.
    pub(super) fn wants_request(&self, is_success: bool) -> bool {
        let pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if is_success { pages.taken < MOST_TAKEN } else { pages.refused < MOST_REFUSED }
    }

    /// `true` for the first line: whoever writes them down may be asleep.
    pub(super) fn add(&self, mut line: Witnessed, now: Instant) -> bool {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Pages { refused, taken, .. } = &mut *pages;
        let (count, most) = if line.delivery.is_success { (taken, MOST_TAKEN) } else { (refused, MOST_REFUSED) };
        if line.request.is_some() {
            if *count >= most {
                line.request = None;
            } else {
                *count += 1;
            }
        }
        if pages.lines.len() >= MOST {
            pages.lines.pop_front();
        }
        pages.lines.push_back(line);
        let is_first = pages.oldest.is_none();
        pages.oldest.get_or_insert(now);
        is_first
    }

    /// How long the lines may still wait; nothing when there are none.
    pub(super) fn due_in(&self, now: Instant) -> Option<Duration> {
        let pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = pages.oldest?;
        if pages.lines.len() >= MANY {
            return Some(Duration::ZERO);
        }
        Some(PATIENCE.saturating_sub(now.saturating_duration_since(oldest)))
    }

    /// Everything that waits, oldest first.
    pub(super) fn take(&self) -> Vec<Witnessed> {
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *pages).lines.into()
    }
}
