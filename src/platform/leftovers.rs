//! What finished work leaves behind on the stack of the thread that did it. The heap is wiped where it is given back;
//! on the stack old bytes stay until something else comes to lie there, and values that are larger than what they
//! hold are copied with whatever lay below. Reaches only the thread that calls it.

use zeroize::Zeroize as _;

/// Deeper than drawing goes, and a quarter of the smallest stack that a window's thread has (Windows: 1 MiB).
const DEPTH: usize = 256 * 1024;

/// Overwrites the stack below the caller. Takes about a tenth of a millisecond.
#[inline(never)]
#[expect(clippy::large_stack_arrays, reason = "it is the stack that is to be overwritten")]
pub fn wipe_stack() {
    let mut room = [0_u8; DEPTH];
    room.zeroize();
    // Without somebody who looks, nothing need be written.
    std::hint::black_box(&mut room);
}
