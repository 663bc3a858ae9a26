//! Any bytes: from any frame on, the sound is what it was on the way there.
#![no_main]

use consult_desk_fuzz::{memory::bounded, trials};

/// No more samples of one file are looked at.
const MOST: usize = 1 << 14;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    bounded(bytes.len(), || {
        let Ok(mut reader) = trials::header(bytes) else { return };
        let sound = trials::decode(&mut reader, MOST);
        let frames = reader.info().frames;
        // The last bytes say where to go, one place anywhere and some that exist; they belong to
        // the file as well.
        for raw in bytes.rchunks_exact(8).take(4) {
            let place = raw.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
            trials::seek(&mut reader, place, &sound);
            trials::seek(&mut reader, place % (frames + 1), &sound);
        }
    });
});
