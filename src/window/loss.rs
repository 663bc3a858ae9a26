//! Notices that the graphics device is gone while the window is open, and wakes the window so that it goes on
//! elsewhere. May be called by the driver from any thread; draws nothing and decides nothing.

use eframe::egui::Context;
use eframe::wgpu;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// So many faults in one window that are not the end by themselves. Each frame of a broken window makes new ones.
const MOST_FAULTS: u32 = 4;
const SOON: Duration = Duration::from_millis(100);

/// What one window knows about its device; clones speak of the same one.
#[derive(Clone, Debug, Default)]
pub(super) struct Loss(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    is_lost: AtomicBool,
    faults: AtomicU32,
    window: OnceLock<Context>,
}

impl Loss {
    pub(super) fn is_lost(&self) -> bool {
        self.0.is_lost.load(Ordering::SeqCst)
    }

    /// The window exists; it is woken from now on.
    pub(super) fn wakes(&self, window: &Context) {
        self.0.window.set(window.clone()).ok();
    }

    /// Listens to the device from now on. Without this an error of it would be a panic.
    pub(super) fn follow(&self, device: &wgpu::Device) {
        let lost = self.clone();
        device.set_device_lost_callback(move |_, _| lost.device_was_lost());
        let faulty = self.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| faulty.erred(&error)));
    }

    pub(super) fn device_was_lost(&self) {
        self.0.is_lost.store(true, Ordering::SeqCst);
        self.ask_for_a_frame();
    }

    pub(super) fn surface_was_lost(&self) {
        self.count();
    }

    fn erred(&self, error: &wgpu::Error) {
        match error {
            wgpu::Error::Validation { .. } => self.count(),
            wgpu::Error::OutOfMemory { .. } | wgpu::Error::Internal { .. } => self.device_was_lost(),
        }
    }

    fn count(&self) {
        if self.0.faults.fetch_add(1, Ordering::SeqCst) + 1 >= MOST_FAULTS {
            self.device_was_lost();
        } else {
            self.ask_for_a_frame();
        }
    }

    /// Waking takes a message to the window's own thread, so it may be asked for in the middle of a frame.
    pub(super) fn ask_for_a_frame(&self) {
        if let Some(window) = self.0.window.get() {
            window.request_repaint_after(if self.is_lost() { Duration::ZERO } else { SOON });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_torn_frame_is_no_loss_and_many_are() {
        let loss = Loss::default();
        (1..MOST_FAULTS).for_each(|_| loss.surface_was_lost());
        assert!(!loss.is_lost());
        loss.clone().surface_was_lost();
        assert!(loss.is_lost());
    }

    #[test]
    fn a_lost_device_wakes_the_window() {
        let (loss, window) = (Loss::default(), Context::default());
        let woken = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&woken);
        window.set_request_repaint_callback(move |_| told.store(true, Ordering::SeqCst));
        loss.wakes(&window);
        loss.device_was_lost();
        assert!(loss.is_lost() && woken.load(Ordering::SeqCst));
    }
}
