//! Any bytes: what is played whole is played the same while it arrives in pieces.
#![no_main]

use consult_desk_fuzz::{memory::bounded, trials};

/// No more samples of one file are looked at.
const MOST: usize = 1 << 14;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    bounded(bytes.len(), || {
        // The last byte says how large the pieces are; it belongs to the file as well.
        let step = 16 + 8 * u64::from(bytes.last().copied().unwrap_or(0));
        match trials::header(bytes) {
            Ok(mut reader) => {
                let sound = trials::decode(&mut reader, MOST);
                trials::in_pieces(bytes, step, Ok(&sound));
            }
            Err(refusal) => trials::in_pieces(bytes, step, Err(&refusal)),
        }
    });
});
