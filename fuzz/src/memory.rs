//! Counts the largest single piece of memory that was asked for since the last look.
//!
//! A header must not decide about memory: one piece may have 1 MiB and twice the input, no more.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

struct Counting;

static LARGEST: AtomicUsize = AtomicUsize::new(0);
const FREE: usize = 1024 * 1024;

#[global_allocator]
static MEMORY: Counting = Counting;

// SAFETY: every call goes on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.fetch_max(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        LARGEST.fetch_max(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LARGEST.fetch_max(size, Ordering::Relaxed);
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        unsafe { System.dealloc(old, layout) }
    }
}

/// Does `work` for an input of `length` bytes; panics when it asked for too large a piece.
pub fn bounded<T>(length: usize, work: impl FnOnce() -> T) -> T {
    LARGEST.store(0, Ordering::Relaxed);
    let done = work();
    let largest = LARGEST.load(Ordering::Relaxed);
    assert!(largest <= FREE + 2 * length, "{largest} bytes at once for an input of {length}");
    done
}
