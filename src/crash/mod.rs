//! When a part of the desk fails: a report without content is written, whoever is there hears of it, and the desk
//! that is started next says it.
//! What a panic says is never kept: it may hold what a patient's owner said. Its place in the source cannot.

mod report;
mod shelf;

pub use shelf::{newest, take_unseen, tidy};

use report::Report;
use std::io::Write as _;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use crate::clock::Clock;

/// What a report needs besides the failure itself.
struct Surroundings {
    folder: PathBuf,
    clock: Clock,
    started: Instant,
}

static SURROUNDINGS: OnceLock<Surroundings> = OnceLock::new();
static RENDERER: Mutex<&'static str> = Mutex::new("none yet");
static HAS_NEWS: AtomicBool = AtomicBool::new(false);
static WAKE: OnceLock<Box<dyn Fn() + Send + Sync>> = OnceLock::new();

/// From now on a failure leaves a report in `folder`.
pub fn watch(folder: &Path, clock: &Clock) {
    tidy(folder, clock.now());
    let surroundings = Surroundings { folder: folder.to_owned(), clock: clock.clone(), started: Instant::now() };
    if SURROUNDINGS.set(surroundings).is_ok() {
        std::panic::set_hook(Box::new(note));
    }
}

/// What the window is drawn with by now.
pub fn draws_with(renderer: &'static str) {
    *RENDERER.lock().unwrap_or_else(PoisonError::into_inner) = renderer;
}

/// Called after each failure, from the thread that failed.
pub fn wake_with(wake: impl Fn() + Send + Sync + 'static) {
    WAKE.set(Box::new(wake)).ok();
}

/// Whether something failed since this was asked last. Whoever asks tells it to the person, so the next start need
/// not.
pub fn take_news() -> bool {
    let has_news = HAS_NEWS.swap(false, Ordering::SeqCst);
    if has_news && let Some(known) = SURROUNDINGS.get() {
        shelf::mark_seen(&known.folder);
    }
    has_news
}

/// Runs on the thread that failed, which may hold any lock of ours but these short ones.
fn note(failure: &PanicHookInfo<'_>) {
    let thread = std::thread::current();
    let thread = thread.name().unwrap_or("unnamed");
    let place = report::place(failure.location());
    tracing::error!("a part of the desk failed at {place} (thread {thread})");
    writeln!(std::io::stderr().lock(), "a part of the desk failed at {place} (thread {thread})").ok();
    if let Some(known) = SURROUNDINGS.get() {
        let renderer = *RENDERER.lock().unwrap_or_else(PoisonError::into_inner);
        let at = known.clock.now();
        let report = Report { at, place, thread: thread.to_owned(), renderer, ran_for: known.started.elapsed() };
        if shelf::put(&known.folder, at, &report.words()).is_err() {
            tracing::error!("the report could not be written");
        }
    }
    HAS_NEWS.store(true, Ordering::SeqCst);
    if let Some(wake) = WAKE.get() {
        wake();
    }
}
