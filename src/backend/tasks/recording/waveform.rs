//! What recordings look like: made on a thread of its own, at most one for each recording, shown while it grows,
//! and kept beside the recording for the next time.

use super::super::super::clinic::Clinic;
use super::super::super::events::EventSender;
use crate::audio::{Growing, peaks};
use crate::domain::{ConsultationKey, Waveform};
use crate::state::{Event, RecordingEvent};
use crate::store::Recordings;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Clone, Default)]
pub(super) struct Waveforms(Arc<Mutex<HashMap<ConsultationKey, Arc<Drawing>>>>);

/// One that is being made.
struct Drawing {
    stop: AtomicBool,
    /// Made of bytes as they arrive, so it goes on while its consultation is closed.
    follows_download: bool,
    latest: Mutex<Option<Arc<Waveform>>>,
}

/// What the thread works with.
struct Work {
    waveforms: Waveforms,
    drawing: Arc<Drawing>,
    recordings: Recordings,
    events: EventSender,
    key: ConsultationKey,
}

impl Waveforms {
    /// Shows a stored recording, from what was kept when that is there.
    pub(super) fn show_stored(&self, clinic: &Clinic, key: &ConsultationKey, whole: Growing) {
        self.begin(clinic, key, false, move |work| {
            let kept = work.recordings.kept_peaks(&work.key).zip(whole.total());
            match kept.and_then(|(kept, bytes)| peaks::from_reader(kept, bytes)) {
                Some(waveform) => work.show(&Arc::new(waveform)),
                None => work.draw(&whole),
            }
        });
    }

    /// Shows a recording while it arrives.
    pub(super) fn follow(&self, clinic: &Clinic, key: &ConsultationKey, arriving: &Growing) {
        let arriving = arriving.clone();
        self.begin(clinic, key, true, move |work| work.draw(&arriving));
    }

    /// Its consultation was opened again: shows what there is so far.
    pub(super) fn show_again(&self, clinic: &Clinic, key: &ConsultationKey) {
        let latest = self.lock().get(key).and_then(|drawing| drawing.latest().clone());
        if let Some(waveform) = latest {
            clinic.events.send_now(event(key, &waveform));
        }
    }

    /// Another consultation is looked at: the others' pictures need not be finished.
    pub(super) fn only(&self, key: &ConsultationKey) {
        for (other, drawing) in self.lock().iter() {
            if other != key && !drawing.follows_download {
                drawing.stop();
            }
        }
    }

    /// Its consultation was closed.
    pub(super) fn close(&self, key: &ConsultationKey) {
        if let Some(drawing) = self.lock().get(key).filter(|drawing| !drawing.follows_download) {
            drawing.stop();
        }
    }

    /// Nothing more arrives of it for now.
    pub(super) fn stop(&self, key: &ConsultationKey) {
        if let Some(drawing) = self.lock().remove(key) {
            drawing.stop();
        }
    }

    pub(super) fn stop_all(&self) {
        for (_, drawing) in self.lock().drain() {
            drawing.stop();
        }
    }

    fn begin(
        &self,
        clinic: &Clinic,
        key: &ConsultationKey,
        follows_download: bool,
        job: impl FnOnce(&Work) + Send + 'static,
    ) {
        let drawing = Drawing { stop: AtomicBool::new(false), follows_download, latest: Mutex::default() };
        let drawing = Arc::new(drawing);
        {
            let mut running = self.lock();
            if running.get(key).is_some_and(|known| !known.is_stopped()) {
                drop(running);
                return self.show_again(clinic, key);
            }
            running.insert(key.clone(), Arc::clone(&drawing));
        }
        let work = Work {
            waveforms: self.clone(),
            drawing,
            recordings: clinic.recordings.clone(),
            events: clinic.events.clone(),
            key: key.clone(),
        };
        let thread = std::thread::Builder::new().name("waveform".to_owned()).spawn(move || {
            job(&work);
            work.end();
        });
        if let Err(error) = thread {
            tracing::warn!(%error, "no waveform: its thread could not be started");
            self.stop(key);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ConsultationKey, Arc<Drawing>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drawing {
    fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn latest(&self) -> MutexGuard<'_, Option<Arc<Waveform>>> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Work {
    fn draw(&self, growing: &Growing) {
        loop {
            match peaks::summarise(growing, &mut |waveform| self.show(&waveform), &self.drawing.stop) {
                Ok(waveform) if waveform.is_complete() && !self.drawing.is_stopped() => {
                    return self.keep(growing, &waveform);
                }
                // The server has another version now: a new picture for it.
                Err(error) if error.is_stale() && !self.drawing.is_stopped() => {}
                // Stopped; or no sound to draw, which the player says in words.
                _ => return,
            }
        }
    }

    fn show(&self, waveform: &Arc<Waveform>) {
        *self.drawing.latest() = Some(Arc::clone(waveform));
        if self.drawing.is_stopped() {
            return;
        }
        let event = event(&self.key, waveform);
        // The last one must arrive; before that, a newer one follows.
        if waveform.is_complete() { self.events.send_blocking(event) } else { self.events.send_now(event) }
    }

    fn keep(&self, growing: &Growing, waveform: &Waveform) {
        let Some(total) = growing.total() else { return };
        if let Err(error) = self.recordings.keep_peaks(&self.key, &peaks::to_bytes(waveform, total)) {
            tracing::debug!(%error, "a waveform could not be kept");
        }
    }

    fn end(&self) {
        let mut running = self.waveforms.lock();
        if running.get(&self.key).is_some_and(|known| Arc::ptr_eq(known, &self.drawing)) {
            running.remove(&self.key);
        }
    }
}

fn event(key: &ConsultationKey, waveform: &Arc<Waveform>) -> Event {
    Event::Recording(RecordingEvent::Waveform { key: key.clone(), waveform: Arc::clone(waveform) })
}
