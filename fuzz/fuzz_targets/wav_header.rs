//! Any bytes: the header is refused in words, or it keeps what a header must keep.
#![no_main]

use consult_desk_fuzz::{memory::bounded, trials};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    bounded(bytes.len(), || {
        let whole = trials::header(bytes);
        trials::in_pieces(bytes, 64, whole.as_ref().map(|_| &[][..]));
        if let Err(refusal) = whole {
            assert!(refusal.to_string().ends_with('.'), "{refusal}");
        }
    });
});
