//! The two views onto one arriving recording: what is heard may ask for other bytes first, what merely
//! looks on (the waveform) may not, or the two would pull the download to and fro.

use crate::audio::Growing;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::watch;

/// Clones are the same recording.
#[derive(Clone, Debug)]
pub(super) struct Feeds {
    pub(super) heard: Growing,
    pub(super) looked_at: Growing,
}

impl Feeds {
    /// `wanted` is told which byte the player needs.
    pub(super) fn new(part: PathBuf, wanted: Arc<watch::Sender<Option<u64>>>) -> Self {
        let heard = Growing::arriving(part.clone(), None);
        heard.on_want(move |at| {
            wanted.send_if_modified(|known| {
                let is_new = *known != Some(at);
                *known = Some(at);
                is_new
            });
        });
        Self { heard, looked_at: Growing::arriving(part, None) }
    }

    pub(super) fn ranges(&self) -> Vec<Range<u64>> {
        self.looked_at.ranges()
    }

    pub(super) fn total(&self) -> Option<u64> {
        self.looked_at.total()
    }

    pub(super) fn set_total(&self, total: u64) {
        self.both(|growing| growing.set_total(total));
    }

    /// These bytes are in the file.
    pub(super) fn arrived(&self, bytes: &Range<u64>) {
        self.both(|growing| growing.arrived(bytes.clone()));
    }

    pub(super) fn restart(&self) {
        self.both(Growing::restart);
    }

    pub(super) fn finish(&self, path: &std::path::Path) {
        self.both(|growing| growing.finish(path.to_owned()));
    }

    pub(super) fn fail(&self) {
        self.both(Growing::fail);
    }

    /// The player first: somebody waits for it.
    fn both(&self, tell: impl Fn(&Growing)) {
        tell(&self.heard);
        tell(&self.looked_at);
    }
}
