//! What reaches the window otherwise than by its own keys and mouse: the system that locks, and a second start with or
//! without a link that was clicked. And what leaves it: notifications of the system, and a click on one.
//! Catching them is `platform`'s job; what locking means is the state's.

use crate::domain::{ConsultationKey, GivenLink, Manner};
use crate::platform::look::{Look, LookWatch};
use crate::platform::progress::{Progress, WindowNumber};
use crate::platform::{Buses, Notifier, RaiseListener, SecondStart, SessionWatch};
use crate::state::{Notification, NotifyRequest, SystemLook};
use eframe::egui::{Context, UserAttentionType, ViewportCommand, ViewportId};
use eframe::wgpu::rwh::HasWindowHandle;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Heard as long as the window is open.
pub struct Outside {
    has_locked: Arc<AtomicBool>,
    /// The last one that was clicked.
    clicked: Arc<Mutex<Option<GivenLink>>>,
    told: Arc<Mutex<Told>>,
    look: Arc<Mutex<Option<SystemLook>>>,
    /// `None` until there is a window whose entry could show it.
    progress: Option<Progress>,
    session: Option<String>,
    looks: Option<LookWatch>,
    /// `None` where there is no thread for it.
    notifier: Option<Notifier>,
    _watch: SessionWatch,
    /// `None` where there is no such thing: a second start then says in words that the desk is open.
    _raise: Option<RaiseListener>,
}

/// What the notification that stands there is about.
#[derive(Default)]
struct Told {
    opens: Option<ConsultationKey>,
    /// It was clicked, and this is what it was about.
    clicked: Option<ConsultationKey>,
}

impl Outside {
    /// `data` is the folder whose profile lock this process holds.
    pub fn start(ctx: &Context, data: &Path) -> Self {
        Self::start_on(ctx, data, Buses::default())
    }

    pub fn start_on(ctx: &Context, data: &Path, buses: Buses) -> Self {
        let has_locked = Arc::new(AtomicBool::new(false));
        let (told, woken) = (Arc::clone(&has_locked), ctx.clone());
        let session = buses.session.clone();
        let watch = SessionWatch::start(buses, move || {
            told.store(true, Ordering::SeqCst);
            woken.request_repaint();
        });
        let clicked: Arc<Mutex<Option<GivenLink>>> = Arc::default();
        let (raised, kept) = (ctx.clone(), Arc::clone(&clicked));
        let raise = RaiseListener::start(data, move |start| {
            if let SecondStart::Open(link) = start {
                *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(GivenLink::new(&link));
            }
            show(&raised);
        });
        let raise = raise.inspect_err(|error| tracing::info!(%error, "a second start cannot raise the window")).ok();
        let told: Arc<Mutex<Told>> = Arc::default();
        let (seen, woken) = (Arc::clone(&told), ctx.clone());
        let look: Arc<Mutex<Option<SystemLook>>> = Arc::default();
        let (kept, drawn) = (Arc::clone(&look), ctx.clone());
        let looks = LookWatch::start(session.clone(), move |told| {
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(system_look(told));
            drawn.request_repaint();
        });
        let looks = looks.inspect_err(|error| tracing::info!(%error, "the look is not followed")).ok();
        let notifier = Notifier::start(session.clone(), move || {
            let mut told = seen.lock().unwrap_or_else(PoisonError::into_inner);
            told.clicked = told.opens.take();
            drop(told);
            show(&woken);
        });
        let notifier = notifier.inspect_err(|error| tracing::info!(%error, "no notifications")).ok();
        let progress = None;
        Self { has_locked, clicked, told, look, looks, progress, session, notifier, _watch: watch, _raise: raise }
    }

    /// The window's entry in the system's bar shows how far things have come.
    #[must_use]
    pub fn with_window(mut self, window: &impl HasWindowHandle) -> Self {
        let progress = Progress::start(self.session.clone(), WindowNumber::of(window));
        self.progress = progress.inspect_err(|error| tracing::info!(%error, "no progress in the bar")).ok();
        self
    }

    /// Percent; `None` when nothing goes on. Does not wait.
    pub fn tell_progress(&mut self, percent: Option<u8>) {
        if let Some(progress) = &mut self.progress {
            progress.tell(percent);
        }
    }

    /// Whether the system locked or went to sleep since it was asked last.
    pub fn take_lock(&self) -> bool {
        self.has_locked.swap(false, Ordering::SeqCst)
    }

    /// Shows a notification of the system, or takes it back. Does not wait.
    pub fn notify(&self, request: NotifyRequest) {
        let Some(notifier) = &self.notifier else { return };
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        match request {
            NotifyRequest::Show(Notification { title, body, opens }) => {
                told.opens = opens;
                notifier.show(&title, &body);
            }
            NotifyRequest::TakeBack => {
                told.opens = None;
                notifier.take_back();
            }
        }
    }

    /// How the system wishes things to look, if that has changed since it was asked last.
    pub fn take_look(&self) -> Option<SystemLook> {
        self.look.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Somebody came back, perhaps from the system's settings. Does not wait.
    pub fn look_again(&self) {
        if let Some(looks) = &self.looks {
            looks.look_again();
        }
    }

    /// What a notification was about that was clicked since it was asked last.
    pub fn take_told(&self) -> Option<ConsultationKey> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clicked.take()
    }

    /// What was clicked since it was asked last.
    pub fn take_link(&self) -> Option<GivenLink> {
        self.clicked.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What the system says, in the state's words.
pub fn system_look(told: Look) -> SystemLook {
    SystemLook {
        manner: Manner { twelve_hours: told.twelve_hours, month_first: told.month_first },
        text_scale: (told.text_scale * 100.0).round().clamp(0.0, 1_000.0) as u16,
        is_dark: told.is_dark,
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
    use std::time::{Duration, Instant};

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
        assert!(raise_first(home.path(), &SecondStart::Raise));
        repaints.recv_timeout(Duration::from_secs(20)).expect("woken");
        assert!(!outside.take_lock() && outside.take_link().is_none());
        let link = "consultdesk://consultation/r1".to_owned();
        assert!(raise_first(home.path(), &SecondStart::Open(link.clone())));
        let end = Instant::now() + Duration::from_secs(20);
        let clicked = loop {
            if let Some(clicked) = outside.take_link() {
                break clicked;
            }
            assert!(Instant::now() < end, "the link never came");
            std::thread::yield_now();
        };
        assert_eq!(clicked, GivenLink::new(&link));
        assert_eq!(outside.take_link(), None, "once");
    }
}
