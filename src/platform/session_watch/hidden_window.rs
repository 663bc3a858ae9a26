//! A window that nobody sees: Windows tells locking and sleeping to windows alone, and the toolkit keeps what its own
//! window hears to itself. It lives on a thread of its own and ends with the watch.

#![expect(unsafe_code, reason = "windows and their messages are functions of the system")]

use std::cell::{OnceCell, RefCell};
use std::ptr;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;
use windows_sys::Win32::Foundation::{HWND, LPARAM, LRESULT, WPARAM};
use windows_sys::Win32::System::LibraryLoader::GetModuleHandleW;
use windows_sys::Win32::System::RemoteDesktop::{
    NOTIFY_FOR_THIS_SESSION, WTSRegisterSessionNotification, WTSUnRegisterSessionNotification,
};
use windows_sys::Win32::UI::WindowsAndMessaging::{
    CreateWindowExW, DefWindowProcW, DispatchMessageW, GetMessageW, MSG, PBT_APMSUSPEND, PostMessageW, PostQuitMessage,
    RegisterClassW, WM_CLOSE, WM_DESTROY, WM_POWERBROADCAST, WM_WTSSESSION_CHANGE, WNDCLASSW, WS_EX_TOOLWINDOW,
    WS_OVERLAPPED, WTS_CONSOLE_DISCONNECT, WTS_REMOTE_DISCONNECT, WTS_SESSION_LOCK, WTS_SESSION_LOGOFF,
};
use windows_sys::core::{PCWSTR, w};

const CLASS: PCWSTR = w!("ConsultDeskSession");
/// How long sleep is held back, so that what was on screen is not what shows first afterwards. Windows allows two
/// seconds.
const MOMENT: Duration = Duration::from_millis(1_000);

thread_local! {
    /// Whom the window's thread tells; the window's procedure is a plain function and holds nothing itself.
    static ON_LOCK: RefCell<Option<Box<dyn Fn()>>> = const { RefCell::new(None) };
}

#[derive(Debug)]
pub(super) struct Watch {
    told: Receiver<isize>,
    window: OnceCell<Option<isize>>,
}

impl Watch {
    pub(super) fn start(_buses: super::Buses, on_lock: impl Fn() + Send + Sync + 'static) -> Self {
        let (tell, told) = sync_channel(1);
        let watch = move || {
            ON_LOCK.with_borrow_mut(|kept| *kept = Some(Box::new(on_lock)));
            live(&tell);
        };
        if let Err(error) = std::thread::Builder::new().name("session-watch".to_owned()).spawn(watch) {
            tracing::warn!(%error, "no thread to watch the session");
        }
        Self { told, window: OnceCell::new() }
    }

    /// Waits until the window has been made, which takes a millisecond; `None` when it could not be.
    fn window(&self) -> Option<HWND> {
        let number = self.window.get_or_init(|| self.told.recv().ok());
        number.map(|number| ptr::with_exposed_provenance_mut(number.cast_unsigned()))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(window) = self.window() {
            // SAFETY: a message without any pointer; a window that is gone already makes this an error and no more.
            unsafe { PostMessageW(window, WM_CLOSE, 0, 0) };
        }
    }
}

/// Makes the window and hears its messages until it is closed.
fn live(tell: &SyncSender<isize>) {
    let Some(window) = make_window() else {
        tracing::info!("locking is not told: there is no window for it");
        return;
    };
    // SAFETY: the window was just made by this thread.
    if unsafe { WTSRegisterSessionNotification(window, NOTIFY_FOR_THIS_SESSION) } == 0 {
        tracing::info!("locking is not told by this session");
    }
    tell.send(window.expose_provenance().cast_signed()).ok();
    let mut message = MSG::default();
    // SAFETY: `message` outlives both calls; the window belongs to this thread, so its procedure is called here.
    while unsafe { GetMessageW(&raw mut message, ptr::null_mut(), 0, 0) } > 0 {
        // SAFETY: as above.
        unsafe { DispatchMessageW(&raw const message) };
    }
}

/// A top one that is never shown: what is only a mailbox does not hear of sleep.
fn make_window() -> Option<HWND> {
    // SAFETY: the texts are constants, the procedure is a function of this program, and all else may be null. A class
    // that is registered already is as good.
    let window = unsafe {
        let program = GetModuleHandleW(ptr::null());
        let class =
            WNDCLASSW { lpfnWndProc: Some(hear), hInstance: program, lpszClassName: CLASS, ..WNDCLASSW::default() };
        RegisterClassW(&raw const class);
        let (none, nobody) = (ptr::null_mut(), ptr::null_mut());
        let style = (WS_EX_TOOLWINDOW, WS_OVERLAPPED);
        CreateWindowExW(style.0, CLASS, w!(""), style.1, 0, 0, 0, 0, nobody, none, program, ptr::null())
    };
    (!window.is_null()).then_some(window)
}

unsafe extern "system" fn hear(window: HWND, message: u32, what: WPARAM, more: LPARAM) -> LRESULT {
    if says_lock(message, what) {
        ON_LOCK.with_borrow(|on_lock| on_lock.iter().for_each(|tell| tell()));
    }
    if is_sleep(message, what) {
        std::thread::sleep(MOMENT);
    }
    if message == WM_DESTROY {
        // SAFETY: the window is this thread's own.
        unsafe {
            WTSUnRegisterSessionNotification(window);
            PostQuitMessage(0);
        }
    }
    // SAFETY: what the system handed in is handed back to it.
    unsafe { DefWindowProcW(window, message, what, more) }
}

/// Somebody locked, left for another person's session, or took the screen of a remote session away.
fn says_lock(message: u32, what: WPARAM) -> bool {
    let leaves = [WTS_SESSION_LOCK, WTS_CONSOLE_DISCONNECT, WTS_REMOTE_DISCONNECT, WTS_SESSION_LOGOFF];
    (message == WM_WTSSESSION_CHANGE && leaves.iter().any(|leave| *leave as WPARAM == what)) || is_sleep(message, what)
}

fn is_sleep(message: u32, what: WPARAM) -> bool {
    message == WM_POWERBROADCAST && what == PBT_APMSUSPEND as WPARAM
}

#[cfg(test)]
mod tests {
    use super::*;
    use windows_sys::Win32::UI::WindowsAndMessaging::{
        PBT_APMRESUMEAUTOMATIC, SendMessageW, WM_NULL, WTS_SESSION_UNLOCK,
    };

    #[test]
    fn locking_leaving_and_sleeping_are_told_and_nothing_else() {
        let (sender, told) = sync_channel(8);
        let watch = Watch::start(super::super::Buses::default(), move || {
            sender.try_send(()).ok();
        });
        let window = watch.window().expect("a window");
        for (message, what, counts) in [
            (WM_WTSSESSION_CHANGE, WTS_SESSION_LOCK, true),
            (WM_WTSSESSION_CHANGE, WTS_SESSION_UNLOCK, false),
            (WM_WTSSESSION_CHANGE, WTS_REMOTE_DISCONNECT, true),
            (WM_WTSSESSION_CHANGE, WTS_CONSOLE_DISCONNECT, true),
            (WM_POWERBROADCAST, PBT_APMSUSPEND, true),
            (WM_POWERBROADCAST, PBT_APMRESUMEAUTOMATIC, false),
            (WM_NULL, WTS_SESSION_LOCK, false),
        ] {
            // SAFETY: a message without any pointer, answered by the window's thread before this goes on.
            unsafe { SendMessageW(window, message, what as WPARAM, 0) };
            assert_eq!(told.try_recv().is_ok(), counts, "{message} {what}");
        }
        drop(watch);
        assert!(told.recv().is_err(), "the window's thread ends with the watch");
    }
}
