//! What keeps the window small on old and shared computers, where memory is what runs out.
//! Only asks the system to hold less back; nothing works differently without it.

use std::ffi::{CStr, c_void};

/// Finds a function of the graphics driver by its name.
pub type FindFunction<'a> = &'a dyn Fn(&CStr) -> *const c_void;

/// Keeps the C library from giving every thread a heap of its own. A desk has some twenty threads, nearly all of
/// them waiting, and their heaps would hold several megabytes back. Called before any thread is started.
pub fn share_heaps() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "a setting of the C library that takes two numbers and keeps no pointer")]
    // SAFETY: the call is made while this is the only thread; it fails by answering 0, which changes nothing.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 2);
    }
}

/// Gives memory back that was freed after a great deal was worked through at once; what is in use stays where it is.
/// Takes milliseconds, so it is called away from the window's thread.
pub fn give_back_freed() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "a call of the C library that takes a number and keeps no pointer")]
    // SAFETY: the call may be made at any time from any thread; it says whether there was anything to give back.
    unsafe {
        libc::malloc_trim(0);
    }
    #[cfg(target_os = "windows")]
    give_back_heaps();
}

/// The same of Windows: every heap gives back what it keeps for later.
#[cfg(target_os = "windows")]
fn give_back_heaps() {
    use windows_sys::Win32::System::Memory::{HeapOptimizeResources, HeapSetInformation};
    /// The first version of the question, and no flags.
    static QUESTION: [u32; 2] = [1, 0];
    #[expect(unsafe_code, reason = "the system's call takes a pointer")]
    // SAFETY: it reads two numbers that stay where they are; no heap named means all of them.
    unsafe {
        let question = (&raw const QUESTION).cast();
        HeapSetInformation(std::ptr::null_mut(), HeapOptimizeResources, question, size_of_val(&QUESTION));
    }
}

/// Lets go of program code that only the start has needed, above all of the software renderer's compiler: half of all
/// the memory this process holds. What is needed again comes back from the file, which the system keeps at hand.
/// Nothing is done where the system does not tell what lies where.
pub fn let_go_of_code() {
    #[cfg(target_os = "linux")]
    for (from, to) in std::fs::read_to_string("/proc/self/maps").unwrap_or_default().lines().filter_map(code) {
        #[expect(unsafe_code, reason = "a call of the system that takes two addresses and keeps none")]
        // SAFETY: the range is one of code in a file, mapped privately, readable and not writable: its pages are the
        // file's, unchanged, and come back as they were when they are next touched. A range that is not mapped any
        // more makes the call fail, which changes nothing.
        unsafe {
            libc::madvise(from as *mut c_void, to - from, libc::MADV_DONTNEED);
        }
    }
}

/// From where to where the code of a file lies, if it is large; of a line of `/proc/self/maps`.
#[cfg(target_os = "linux")]
fn code(line: &str) -> Option<(usize, usize)> {
    const LARGE: usize = 1 << 20;
    let mut words = line.split_ascii_whitespace();
    let (from, to) = words.next()?.split_once('-')?;
    let is_code = words.next()? == "r-xp" && words.nth(3)?.starts_with('/');
    let (from, to) = (usize::from_str_radix(from, 16).ok()?, usize::from_str_radix(to, 16).ok()?);
    (is_code && to.checked_sub(from)? >= LARGE).then_some((from, to))
}

/// Lets the OpenGL driver put its shader compiler away: our two shaders are compiled by now. With drawing in
/// software that is six megabytes; a driver that needs it again brings it back by itself.
pub fn put_shader_compiler_away(find: FindFunction<'_>) {
    let address = find(c"glReleaseShaderCompiler");
    if address.is_null() {
        return;
    }
    #[expect(unsafe_code, reason = "OpenGL's functions are only found by name")]
    // SAFETY: OpenGL 4.1 and OpenGL ES 2.0 define this name as a function without arguments and result; the driver
    // answers with null where it has none. The window's context is current while the window is being made.
    unsafe {
        let release: extern "system" fn() = std::mem::transmute(address);
        release();
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn only_large_unchanged_code_of_a_file_is_let_go() {
        let large = "7f0000000000-7f0000400000 r-xp 00001000 08:01 42   /usr/lib/libLLVM-15.so.1";
        assert_eq!(code(large), Some((0x7f00_0000_0000, 0x7f00_0040_0000)));
        for (word, other) in
            [("r-xp", "r--p"), ("r-xp", "rwxp"), ("r-xp", "r-xs"), ("400000", "001000"), ("/usr", "[x]")]
        {
            assert_eq!(code(&large.replace(word, other)), None, "{other}");
        }
        assert_eq!(code("7f0000000000-7f0000400000 r-xp 00000000 00:00 0"), None, "made while it runs");
        assert_eq!(code("nonsense"), None);
    }

    #[test]
    fn the_program_goes_on_without_its_code() {
        // Other tests run at the same time and need code of their own.
        let shrinks = || {
            let before = resident_code();
            let_go_of_code();
            resident_code() < before
        };
        assert!((0..20).any(|_| shrinks()));
    }

    /// Kilobytes of this process' mappings of files.
    fn resident_code() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
        let line = status.lines().find_map(|line| line.strip_prefix("RssFile:")).expect("a line");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }
}
