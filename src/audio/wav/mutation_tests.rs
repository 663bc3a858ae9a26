//! A million spoilt files, each read whole, from any place and in pieces.
//!
//! Overflow checks are on in tests, so a sum that goes wrong is a failure here. How much memory
//! a file can make the reader take is checked by the fuzz targets, which count it.

use super::WavError;
use super::trials::{Parts, decode, header, healthy, in_pieces, seek, spoil};

const CASES: u64 = 1_000_000;
/// No more samples of one file are looked at; the files are smaller than that.
const MOST: usize = 700;

/// What became of the files.
#[derive(Debug, Default)]
struct Tally {
    played: u64,
    incomplete: u64,
    refused: u64,
    empty: u64,
}

#[test]
fn a_million_spoilt_files_are_played_or_refused() {
    let seeds = healthy();
    let workers = 2;
    let run = |worker: u64| try_files(&seeds, worker, CASES / workers);
    let tallies: Vec<Tally> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|worker| scope.spawn(move || run(worker))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    println!("{CASES} spoilt files: {tallies:?}");
    for tally in tallies {
        let all = tally.played + tally.incomplete + tally.refused + tally.empty;
        assert_eq!(all, CASES / workers);
        assert!(tally.played > all / 10, "the damage is too crude to test anything");
        assert!(tally.refused > all / 10, "the damage is too mild to test anything");
    }
}

fn try_files(seeds: &[Parts], worker: u64, cases: u64) -> Tally {
    let mut random = fastrand::Rng::with_seed(20_260_220 + worker);
    let (mut tally, mut bytes) = (Tally::default(), Vec::new());
    for _ in 0..cases {
        let mut parts = seeds[random.usize(..seeds.len())].clone();
        spoil(&mut random, &mut parts, &mut bytes);
        try_file(&mut random, &bytes, &mut tally);
    }
    tally
}

fn try_file(random: &mut fastrand::Rng, bytes: &[u8], tally: &mut Tally) {
    let step = random.u64(1..200);
    match header(bytes) {
        Ok(mut reader) => {
            let partial = reader.info().partial_reason().is_some();
            *(if partial { &mut tally.incomplete } else { &mut tally.played }) += 1;
            let sound = decode(&mut reader, MOST);
            let frames = reader.info().frames;
            seek(&mut reader, random.u64(..=frames), &sound);
            seek(&mut reader, random.u64(..), &sound);
            in_pieces(bytes, step, Ok(&sound));
        }
        Err(refusal) => {
            *(if matches!(refusal, WavError::NoAudio) { &mut tally.empty } else { &mut tally.refused }) += 1;
            in_pieces(bytes, step, Err(&refusal));
        }
    }
}
