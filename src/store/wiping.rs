//! Overwrites the databases' memory when it is freed, so that a closed database leaves no text behind in the process.
//! The library has a switch for this (`cipher_memory_security`), which also locks every small piece into memory and
//! fills it with noise: reading a note then costs seven times as much. This does the overwriting alone.

use rusqlite::ffi::{self, sqlite3_mem_methods};
use std::ffi::{c_int, c_void};
use std::sync::OnceLock;

/// The library's own ways to get and free memory, which are wrapped here.
struct Former {
    malloc: unsafe extern "C" fn(c_int) -> *mut c_void,
    free: unsafe extern "C" fn(*mut c_void),
    size: unsafe extern "C" fn(*mut c_void) -> c_int,
}

static FORMER: OnceLock<Option<Former>> = OnceLock::new();

/// Has to come before the first database of the process is opened; later calls do nothing. Answers whether memory
/// is overwritten.
pub(super) fn install() -> bool {
    let mut is_first = false;
    let former = FORMER.get_or_init(|| {
        is_first = true;
        former_methods()
    });
    if is_first && former.is_some() && !replace() {
        tracing::warn!("a database was open already: the databases' memory is not overwritten");
    }
    former.is_some()
}

#[expect(unsafe_code, reason = "the library's allocator is only reached through its C interface")]
fn methods() -> Option<sqlite3_mem_methods> {
    let mut methods = std::mem::MaybeUninit::<sqlite3_mem_methods>::zeroed();
    // SAFETY: the struct holds optional function pointers and a raw pointer, for which zero is a value. The library
    // fills it in; after it was initialised it answers with an error and leaves it as it is.
    unsafe {
        let answer = ffi::sqlite3_config(ffi::SQLITE_CONFIG_GETMALLOC, methods.as_mut_ptr());
        (answer == ffi::SQLITE_OK).then(|| methods.assume_init())
    }
}

fn former_methods() -> Option<Former> {
    let methods = methods()?;
    Some(Former { malloc: methods.xMalloc?, free: methods.xFree?, size: methods.xSize? })
}

#[expect(unsafe_code, reason = "the library's allocator is only reached through its C interface")]
fn replace() -> bool {
    let Some(former) = methods() else { return false };
    let ours = sqlite3_mem_methods { xFree: Some(free), xRealloc: Some(realloc), ..former };
    // SAFETY: the library copies the struct during the call, and both functions live as long as the program.
    unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_MALLOC, &raw const ours) == ffi::SQLITE_OK }
}

#[expect(unsafe_code, reason = "called by the library with pieces of its own memory")]
unsafe extern "C" fn free(piece: *mut c_void) {
    let Some(Some(former)) = FORMER.get() else { return };
    // SAFETY: the library hands over a piece that it got from `malloc` and does not use any more, or null. It is as
    // long as it says itself. Freeing it by a pointer to a function keeps the overwriting from being optimised away.
    unsafe {
        if !piece.is_null() {
            let length = usize::try_from((former.size)(piece)).unwrap_or(0);
            piece.cast::<u8>().write_bytes(0, length);
        }
        (former.free)(piece);
    }
}

#[expect(unsafe_code, reason = "called by the library with pieces of its own memory")]
unsafe extern "C" fn realloc(piece: *mut c_void, wanted: c_int) -> *mut c_void {
    let Some(Some(former)) = FORMER.get() else { return std::ptr::null_mut() };
    // SAFETY: as above; the new piece is longer than the old one and they do not overlap.
    unsafe {
        let held = if piece.is_null() { 0 } else { (former.size)(piece) };
        if wanted <= held && !piece.is_null() {
            return piece;
        }
        let new = (former.malloc)(wanted);
        if !new.is_null() && !piece.is_null() {
            new.cast::<u8>().copy_from_nonoverlapping(piece.cast::<u8>(), usize::try_from(held).unwrap_or(0));
            free(piece);
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Growing keeps what is there, shrinking keeps the piece; that freed memory is overwritten is proved from
    /// outside, with a picture of the whole process.
    #[test]
    #[expect(unsafe_code, reason = "the library's own functions, called as it calls them")]
    fn pieces_grow_with_their_content() {
        assert!(install());
        // SAFETY: pieces of the library are used within their length and freed once.
        unsafe {
            let piece = ffi::sqlite3_malloc(10).cast::<u8>();
            piece.write_bytes(7, 10);
            let grown = ffi::sqlite3_realloc(piece.cast(), 5_000).cast::<u8>();
            assert!(std::slice::from_raw_parts(grown, 10).iter().all(|byte| *byte == 7));
            let shrunk = ffi::sqlite3_realloc(grown.cast(), 5).cast::<u8>();
            assert_eq!(std::slice::from_raw_parts(shrunk, 5), [7; 5]);
            ffi::sqlite3_free(shrunk.cast());
        }
    }
}
