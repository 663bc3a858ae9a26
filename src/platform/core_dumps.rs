//! A crash writes no picture of the memory to disk: what was read at the desk would be in it.
//! The process stays open to the portals of the desktop: shutting those out as well breaks file dialogs and the
//! clipboard there. Windows is told to leave the heap out of its reports and to show none; its installer enters the
//! program among those that none is made of. macOS writes its reports, without the heap, by rules of its own.

/// Asks the system for none; answers whether it agreed. Called before anything is read.
pub fn leave_none() -> bool {
    #[cfg(target_os = "linux")]
    {
        let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        #[expect(unsafe_code, reason = "the C library's call takes a pointer")]
        // SAFETY: it reads two numbers from a structure that lives longer than the call.
        unsafe {
            libc::setrlimit(libc::RLIMIT_CORE, &raw const none) == 0
        }
    }
    #[cfg(target_os = "windows")]
    {
        use windows_sys::Win32::System::Diagnostics::Debug::{
            SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX, SetErrorMode,
        };
        use windows_sys::Win32::System::ErrorReporting::{WER_FAULT_REPORTING_FLAG_NOHEAP, WerSetFlags};
        #[expect(unsafe_code, reason = "the system's calls take numbers")]
        // SAFETY: both change what the system does when this process ends badly, and keep no pointer.
        unsafe {
            SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
            WerSetFlags(WER_FAULT_REPORTING_FLAG_NOHEAP) == 0
        }
    }
    #[cfg(not(any(target_os = "linux", target_os = "windows")))]
    {
        true
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn no_dump_is_left() {
        assert!(super::leave_none());
        let limits = std::fs::read_to_string("/proc/self/limits").expect("limits");
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a line");
        assert_eq!(core.split_whitespace().filter(|word| *word == "0").count(), 2, "{core}");
    }
}

#[cfg(all(test, target_os = "windows"))]
mod tests {
    #[test]
    fn the_system_agrees() {
        assert!(super::leave_none());
    }
}
