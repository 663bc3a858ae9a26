//! The views onto one arriving recording: what is heard may ask for other bytes first, what merely looks on (the
//! waveform) may not, or the two would pull the download to and fro. Those who met damage in the stored recording join
//! them while it is fetched again.

use super::medium;
use crate::audio::{Growing, Medium};
use crate::store::RecordingFile;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Hears which byte the player needs.
pub(super) type Wanted = Arc<watch::Sender<Option<u64>>>;

/// Clones are the same recording.
#[derive(Clone, Debug)]
pub(super) struct Feeds {
    pub(super) heard: Growing,
    pub(super) looked_at: Growing,
    joined: Arc<Mutex<Joined>>,
    wanted: Wanted,
}

#[derive(Debug, Default)]
struct Joined {
    growings: Vec<Growing>,
    /// The recording, once it is here.
    file: Option<RecordingFile>,
}

impl Feeds {
    /// `part` is where the bytes arrive.
    pub(super) fn new(part: &Arc<dyn Medium>, wanted: Wanted) -> Self {
        let [heard, looked_at] = [part, part].map(|part| Growing::arriving_on(Arc::clone(part), None));
        let feeds = Self { heard, looked_at, joined: Arc::default(), wanted };
        feeds.obey(&feeds.heard);
        feeds
    }

    /// Lets a player ask for bytes.
    pub(super) fn obey(&self, growing: &Growing) {
        let wanted = Arc::clone(&self.wanted);
        growing.on_want(move |at| {
            wanted.send_if_modified(|known| {
                let is_new = *known != Some(at);
                *known = Some(at);
                is_new
            });
        });
    }

    /// Somebody else reads along from now on; nothing has arrived for them yet.
    pub(super) fn join(&self, growing: &Growing) {
        let mut joined = self.lock();
        if let Some(total) = self.total() {
            growing.set_total(total);
        }
        self.ranges().into_iter().for_each(|range| growing.arrived(range));
        if let Some(file) = &joined.file {
            growing.finish_on(medium::stored(file));
        }
        joined.growings.push(growing.clone());
    }

    pub(super) fn ranges(&self) -> Vec<Range<u64>> {
        self.looked_at.ranges()
    }

    pub(super) fn total(&self) -> Option<u64> {
        self.looked_at.total()
    }

    pub(super) fn set_total(&self, total: u64) {
        self.all(|growing| growing.set_total(total));
    }

    /// These bytes are in the file.
    pub(super) fn arrived(&self, bytes: &Range<u64>) {
        self.all(|growing| growing.arrived(bytes.clone()));
    }

    pub(super) fn restart(&self) {
        self.lock().file = None;
        self.all(Growing::restart);
    }

    pub(super) fn finish(&self, file: &RecordingFile) {
        self.lock().file = Some(file.clone());
        self.all(|growing| growing.finish_on(medium::stored(file)));
    }

    pub(super) fn fail(&self) {
        self.all(Growing::fail);
    }

    /// The player first: somebody waits for it.
    fn all(&self, tell: impl Fn(&Growing)) {
        tell(&self.heard);
        tell(&self.looked_at);
        self.lock().growings.iter().for_each(tell);
    }

    fn lock(&self) -> MutexGuard<'_, Joined> {
        self.joined.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
