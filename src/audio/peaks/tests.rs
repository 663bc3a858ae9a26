//! Summaries of made recordings: whole, arriving in any order, spoilt, kept and taken up again.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::*;
use crate::domain::waveform::Peak;

const PATIENT: Duration = Duration::from_secs(60);

/// A WAV file of one of the common kinds from samples between -1 and 1.
fn wav(format: (u16, u16), channels: u16, rate: u32, samples: &[f32]) -> Vec<u8> {
    let mut data = Vec::new();
    for v in samples {
        match format {
            (1, 8) => data.push((v * 127.0 + 128.0) as u8),
            (1, 16) => data.extend(((v * 32_767.0) as i16).to_le_bytes()),
            (1, 24) => data.extend(&((v * 8_388_607.0) as i32).to_le_bytes()[..3]),
            _ => data.extend(v.to_le_bytes()),
        }
    }
    file(format, channels, rate, data.len() as u32, &data)
}

fn file((tag, bits): (u16, u16), channels: u16, rate: u32, stated: u32, data: &[u8]) -> Vec<u8> {
    let frame = channels * bits / 8;
    let mut out = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
    out.extend(16_u32.to_le_bytes());
    out.extend([tag.to_le_bytes(), channels.to_le_bytes()].concat());
    out.extend([rate.to_le_bytes(), (rate * u32::from(frame)).to_le_bytes()].concat());
    out.extend([frame.to_le_bytes(), bits.to_le_bytes()].concat());
    out.extend(b"data");
    out.extend(stated.to_le_bytes());
    out.extend(data);
    out
}

/// Something like speech: bursts and pauses.
fn murmur(count: usize, seed: u64) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut loud = 0.5;
    (0..count)
        .map(|at| {
            if at % 997 == 0 {
                loud = random.f32() * random.f32();
            }
            (random.f32() * 2.0 - 1.0) * loud
        })
        .collect()
}

fn on_disk(folder: &tempfile::TempDir, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join("sound.wav");
    std::fs::write(&path, bytes).unwrap();
    path
}

fn picture(path: &Path) -> Arc<Waveform> {
    let growing = Growing::whole(path.into()).unwrap();
    summarise(&growing, &mut |_| {}, &AtomicBool::new(false)).unwrap()
}

/// The picture by the plainest means.
fn naive(rate: u32, channels: usize, samples: &[f32]) -> Waveform {
    let empty = Waveform::empty(rate, (samples.len() / channels) as u64);
    let peaks: Vec<Peak> =
        samples.chunks(empty.bin_frames() as usize * channels).map(extremes::peak_of_samples).collect();
    Waveform::from_peaks(rate, empty.frames(), empty.bin_frames(), &peaks)
}

fn decoded(path: &Path) -> (u32, usize, Vec<f32>) {
    let mut reader = super::super::wav::WavReader::open_file(path).unwrap();
    let (rate, channels) = (reader.info().rate, usize::from(reader.info().channels));
    let mut samples = vec![0.0; reader.info().frames as usize * channels];
    let mut done = 0;
    while done < samples.len() {
        done += reader.read_frames(&mut samples[done..]).unwrap() * channels;
    }
    (rate, channels, samples)
}

#[test]
fn every_kind_of_file_gives_the_plain_picture() {
    let folder = tempfile::tempdir().unwrap();
    for (tag, bits) in [(1, 8), (1, 16), (1, 24), (3, 32)] {
        for channels in [1, 2, 3] {
            for rate in [8_000, 16_000, 44_100] {
                let sound = murmur(100_002, 3);
                let path = on_disk(&folder, &wav((tag, bits), channels, rate, &sound));
                let (rate, channels, samples) = decoded(&path);
                assert_eq!(*picture(&path), naive(rate, channels, &samples), "{tag} {bits} {channels} {rate}");
            }
        }
    }
}

#[test]
fn a_truncated_file_shows_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let sound = murmur(50_001, 4);
    let whole = wav((1, 16), 1, 16_000, &sound);
    let path = on_disk(&folder, &file((1, 16), 1, 16_000, 1_000_000, &whole[44..]));
    let waveform = picture(&path);
    assert!(waveform.is_complete());
    assert_eq!(*waveform, naive(16_000, 1, &decoded(&path).2));
    let path = on_disk(&folder, &whole[..44]);
    let growing = Growing::whole(path).unwrap();
    assert!(matches!(summarise(&growing, &mut |_| {}, &AtomicBool::new(false)), Err(WavError::NoAudio)));
}

/// Pieces of odd lengths in random order, some while the summary is already reading.
#[test]
fn arriving_in_any_order_gives_the_same_picture() {
    let folder = tempfile::tempdir().unwrap();
    for (seed, (tag, bits, channels)) in [(1, 16, 1), (1, 16, 3), (1, 24, 2), (3, 32, 1)].into_iter().enumerate() {
        let bytes = wav((tag, bits), channels, 16_000, &murmur(300_000, 5));
        let whole = picture(&on_disk(&folder, &bytes));
        let mut random = fastrand::Rng::with_seed(seed as u64);
        let part = folder.path().join(format!("part{seed}"));
        let growing = Growing::arriving(part.clone(), Some(bytes.len() as u64));
        let writer = growing.clone();
        let mut pieces = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let end = (at + random.usize(1..40_000)).min(bytes.len());
            pieces.push(at..end);
            at = end;
        }
        random.shuffle(&mut pieces);
        let thread = std::thread::Builder::new().name("arriving".into()).spawn(move || {
            let mut file = File::create(part).unwrap();
            for piece in pieces {
                file.seek(SeekFrom::Start(piece.start as u64)).unwrap();
                file.write_all(&bytes[piece.clone()]).unwrap();
                writer.arrived(piece.start as u64..piece.end as u64);
                std::thread::yield_now();
            }
        });
        let mut published = Vec::new();
        let last = summarise(&growing, &mut |seen| published.push(seen), &AtomicBool::new(false)).unwrap();
        thread.unwrap().join().unwrap();
        assert_eq!(last, whole);
        assert_eq!(published.last(), Some(&whole));
        assert!(published.windows(2).all(|pair| pair[0].arrived_share() <= pair[1].arrived_share()));
    }
}

#[test]
fn what_has_arrived_is_shown_before_the_rest_is_here() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = wav((1, 16), 1, 16_000, &murmur(160_000, 6));
    let path = on_disk(&folder, &bytes);
    let growing = Growing::arriving(path.clone(), Some(bytes.len() as u64));
    let jump = 44 + 2 * 80_000;
    growing.arrived(0..1_000);
    growing.arrived(jump..jump + 32_000);
    let (tell, pictures) = std::sync::mpsc::sync_channel(100);
    let stop = Arc::new(AtomicBool::new(false));
    let (source, stopper) = (growing.clone(), Arc::clone(&stop));
    let thread = std::thread::Builder::new()
        .name("peaks".into())
        .spawn(move || summarise(&source, &mut |picture| tell.send(picture).unwrap(), &stopper).unwrap());
    let mut seen = pictures.recv_timeout(PATIENT).unwrap();
    assert_eq!(seen.duration_ms(), 10_000);
    while seen.arrived_share() < 0.1 {
        seen = pictures.recv_timeout(PATIENT).unwrap();
    }
    assert_eq!(seen.span(40.0, 4_990.0), None);
    assert_eq!(seen.span(5_000.0, 6_000.0), picture(&path).span(5_000.0, 6_000.0));
    let share = (500.0 - 22.0 + 16_000.0) / 160_000.0;
    assert!((seen.arrived_share() - share).abs() < 1e-6 && !seen.is_complete());
    growing.fail();
    stop.store(true, Ordering::Relaxed);
    let last = thread.unwrap().join().unwrap();
    assert!((last.arrived_share() - share).abs() < 1e-6, "stopped: what is there is kept");
}

#[test]
fn stopping_and_another_version_end_the_work() {
    let nothing = Growing::arriving("nowhere".into(), Some(100));
    let wants = Arc::new(AtomicBool::new(false));
    let stop = AtomicBool::new(true);
    assert!(matches!(summarise(&nothing, &mut |_| {}, &stop), Err(WavError::Waiting)));

    let folder = tempfile::tempdir().unwrap();
    let bytes = wav((1, 16), 1, 16_000, &murmur(16_000, 6));
    let growing = Growing::arriving(on_disk(&folder, &bytes), Some(bytes.len() as u64));
    growing.arrived(0..1_000);
    let (tell, source) = (Arc::clone(&wants), growing.clone());
    growing.on_want(move |_| tell.store(true, Ordering::Relaxed));
    let mut replaced = |_| {
        source.restart();
        source.set_total(bytes.len() as u64);
        source.arrived(0..bytes.len() as u64);
    };
    let ended = summarise(&growing, &mut replaced, &AtomicBool::new(false));
    assert!(ended.is_err_and(|error| error.is_stale()));
    assert!(!wants.load(Ordering::Relaxed), "the picture never decides what is fetched next");
}

/// 30 hours in a sparse file: the length decides neither memory nor the size of what is kept.
#[test]
fn a_very_long_recording_stays_small() {
    let folder = tempfile::tempdir().unwrap();
    let head = file((1, 16), 1, 16_000, 4_000_000_000, &[]);
    let path = on_disk(&folder, &head);
    let mut part = File::options().write(true).open(&path).unwrap();
    part.set_len(44 + 4_000_000_000).unwrap();
    part.seek(SeekFrom::Start(44 + 3_000_000_000)).unwrap();
    part.write_all(&i16::MIN.to_le_bytes()).unwrap();
    let growing = Growing::arriving(path, Some(44 + 4_000_000_000));
    for bytes in [0..1_000, 2_999_999_000..3_000_001_000, 3_999_999_900..4_000_000_044] {
        growing.arrived(bytes);
    }
    growing.fail();
    let (stop, expected) = (AtomicBool::new(false), (1_000 - 44 + 2_000 + 144) / 2);
    let mut watch = |picture: Arc<Waveform>| {
        let arrived = (f64::from(picture.arrived_share()) * picture.frames() as f64).round() as u64;
        stop.store(arrived + 100 >= expected, Ordering::Relaxed);
    };
    let last = summarise(&growing, &mut watch, &stop).unwrap();
    assert_eq!(last.span(93_749_000.0, 93_751_000.0), Some(Peak { low: -128, high: 0 }));
    assert_eq!(last.span(1_000_000.0, 93_749_000.0), None);
    assert!(to_bytes(&last, 1).len() <= 1_100_000);
}

#[test]
fn spoilt_files_end_with_a_picture_or_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = fastrand::Rng::with_seed(13);
    let mut pictures = 0;
    for _ in 0..1_000 {
        let mut bytes = wav((1, 16), random.u16(1..4), 16_000, &murmur(random.usize(..3_000), 14));
        for _ in 0..random.usize(1..4) {
            let at = random.usize(..44);
            bytes[at] = random.u8(..);
        }
        let growing = Growing::whole(on_disk(&folder, &bytes)).unwrap();
        let Ok(waveform) = summarise(&growing, &mut |_| {}, &AtomicBool::new(false)) else { continue };
        assert!(waveform.is_complete());
        assert_eq!(from_bytes(&to_bytes(&waveform, 1), 1).as_ref(), Some(&*waveform));
        pictures += 1;
    }
    assert!(pictures > 100, "the damage is too crude to test anything: {pictures}");
}

#[test]
fn bins_of_a_file_are_exact() {
    let folder = tempfile::tempdir().unwrap();
    for (tag, bits, channels) in [(1, 16, 1), (1, 24, 2), (1, 8, 1), (3, 32, 3)] {
        let path = on_disk(&folder, &wav((tag, bits), channels, 16_000, &murmur(60_000, 8)));
        let (_, channels, samples) = decoded(&path);
        let frames = samples.len() / channels;
        for bins in [1, 2, 7, 1_000, frames] {
            let found = bins_of_file(&path, bins as u64).unwrap();
            assert_eq!((found.frames, found.bins.len()), (frames as u64, bins));
            for (bin, pair) in found.bins.iter().enumerate() {
                let part = &samples[bin * frames / bins * channels..(bin + 1) * frames / bins * channels];
                let low = part.iter().copied().fold(f32::INFINITY, f32::min);
                let high = part.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                assert_eq!(*pair, (low, high), "bin {bin} of {bins}");
            }
        }
        assert!(matches!(bins_of_file(&path, 0), Err(PeaksError::NoBins)));
        assert!(matches!(bins_of_file(&path, u64::MAX), Err(PeaksError::TooManyBins)));
        assert!(matches!(bins_of_file(&path, 60_001), Err(PeaksError::TooShort { .. })));
    }
}

#[test]
fn the_line_to_print_is_json_with_exact_digits() {
    let folder = tempfile::tempdir().unwrap();
    let path = on_disk(&folder, &file((1, 16), 1, 8_000, 4, &[1, 0, 0, 0x80]));
    let json = serde_json::to_value(probe_peaks(&path, 2)).unwrap();
    let keys: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys.join(","), "file,rate,frames,bins");
    assert_eq!(json["bins"].to_string(), "[[0.000030517578125,0.000030517578125],[-1.0,-1.0]]");
    let refused = probe_peaks(Path::new("/nowhere/at-all.wav"), 2);
    assert!(refused.is_error());
    let json = serde_json::to_value(refused).unwrap();
    assert_eq!(json["result"], "error");
    assert_eq!(json["reason"], "The recording is no longer on this computer.");
}
