//! What reaches the window otherwise than by its own keys and mouse: the system that locks, and a second start.
//! Catching them is `platform`'s job; what locking means is the state's.

use crate::platform::{Buses, RaiseListener, SessionWatch};
use eframe::egui::{Context, UserAttentionType, ViewportCommand, ViewportId};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Heard as long as the window is open.
pub struct Outside {
    has_locked: Arc<AtomicBool>,
    _watch: SessionWatch,
    /// `None` where there is no such thing: a second start then says in words that the desk is open.
    _raise: Option<RaiseListener>,
}

impl Outside {
    /// `data` is the folder whose profile lock this process holds.
    pub fn start(ctx: &Context, data: &Path) -> Self {
        Self::start_on(ctx, data, Buses::default())
    }

    pub fn start_on(ctx: &Context, data: &Path, buses: Buses) -> Self {
        let has_locked = Arc::new(AtomicBool::new(false));
        let (told, woken) = (Arc::clone(&has_locked), ctx.clone());
        let watch = SessionWatch::start(buses, move || {
            told.store(true, Ordering::SeqCst);
            woken.request_repaint();
        });
        let raised = ctx.clone();
        let raise = RaiseListener::start(data, move || show(&raised));
        let raise = raise.inspect_err(|error| tracing::info!(%error, "a second start cannot raise the window")).ok();
        Self { has_locked, _watch: watch, _raise: raise }
    }

    /// Whether the system locked or went to sleep since it was asked last.
    pub fn take_lock(&self) -> bool {
        self.has_locked.swap(false, Ordering::SeqCst)
    }
}

/// A window manager may keep the focus where it is; the entry in its bar then asks for a look.
fn show(ctx: &Context) {
    for command in [
        ViewportCommand::Visible(true),
        ViewportCommand::Minimized(false),
        ViewportCommand::RequestUserAttention(UserAttentionType::Informational),
        ViewportCommand::Focus,
    ] {
        ctx.send_viewport_cmd_to(ViewportId::ROOT, command);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::raise_first;
    use std::sync::mpsc::sync_channel;
    use std::time::Duration;

    #[test]
    fn a_second_start_wakes_the_window_once_and_an_idle_one_is_left_alone() {
        let home = tempfile::tempdir().expect("a folder");
        let ctx = Context::default();
        let (woken, repaints) = sync_channel(64);
        ctx.set_request_repaint_callback(move |_| {
            woken.try_send(()).ok();
        });
        // No bus: what is asked for here is the second start alone.
        let nowhere = Some("unix:path=/nonexistent/consult-desk/bus".to_owned());
        let buses = Buses { system: nowhere.clone(), session: nowhere };
        let outside = Outside::start_on(&ctx, home.path(), buses);
        assert!(repaints.try_recv().is_err(), "nobody asked for it yet");
        assert!(raise_first(home.path()));
        repaints.recv_timeout(Duration::from_secs(20)).expect("woken");
        assert!(!outside.take_lock());
    }
}
