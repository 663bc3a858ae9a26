//! Windows: the green bar behind the program's button in the taskbar.

use super::WindowNumber;
use std::ptr;
use windows::Win32::Foundation::HWND;
use windows::Win32::System::Com::{CLSCTX_INPROC_SERVER, COINIT_MULTITHREADED, CoCreateInstance, CoInitializeEx};
use windows::Win32::UI::Shell::{ITaskbarList3, TBPF_NOPROGRESS, TBPF_NORMAL, TaskbarList};

pub(super) struct Bar {
    window: WindowNumber,
    list: Option<ITaskbarList3>,
}

impl Bar {
    pub(super) fn new(_bus: Option<String>, window: WindowNumber) -> Self {
        Self { window, list: None }
    }

    pub(super) fn show(&mut self, percent: Option<u8>) -> Option<()> {
        if self.list.is_none() && percent.is_some() {
            self.list = list();
        }
        let Some(list) = &self.list else { return percent.is_none().then_some(()) };
        let window = HWND(ptr::with_exposed_provenance_mut(self.window.0?.cast_unsigned()));
        let state = if percent.is_some() { TBPF_NORMAL } else { TBPF_NOPROGRESS };
        #[expect(unsafe_code, reason = "the system's object is reached through its C interface")]
        // SAFETY: a window that is gone by now is refused, not followed.
        unsafe {
            list.SetProgressState(window, state).ok()?;
            percent.map_or(Ok(()), |percent| list.SetProgressValue(window, percent.into(), 100)).ok()
        }
    }
}

fn list() -> Option<ITaskbarList3> {
    #[expect(unsafe_code, reason = "the system's objects are made through its C interface")]
    // SAFETY: the thread is this module's own and prepared once, before anything is made on it.
    unsafe {
        CoInitializeEx(None, COINIT_MULTITHREADED).ok().ok()?;
        let list: ITaskbarList3 = CoCreateInstance(&TaskbarList, None, CLSCTX_INPROC_SERVER).ok()?;
        list.HrInit().ok()?;
        Some(list)
    }
}
