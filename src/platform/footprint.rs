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
