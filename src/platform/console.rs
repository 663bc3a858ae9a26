//! Words on a terminal. On Windows a program with a window of its own has none, also when it was started in one, until
//! it asks for that of its parent; what was redirected to a file or a pipe stays as it is.

/// For the starts that answer in words. Not for the window: Ctrl+C in that terminal would end it.
pub fn join_parents() {
    #[cfg(target_os = "windows")]
    {
        use windows_sys::Win32::System::Console::{ATTACH_PARENT_PROCESS, AttachConsole};
        #[expect(unsafe_code, reason = "the system's call takes a number")]
        // SAFETY: the call keeps no pointer; without a terminal to join it fails, which changes nothing.
        unsafe {
            AttachConsole(ATTACH_PARENT_PROCESS);
        }
    }
}
