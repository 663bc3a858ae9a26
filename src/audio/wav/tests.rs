//! The reader against a second opinion, hand-made headers and mutations of real odd files.
//!
//! Files from the shared data folder are skipped with a printed note where that folder is
//! missing; everything else makes its own bytes.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use super::*;

/// The folder with real odd recordings, when this machine has it.
fn shared_data() -> Option<PathBuf> {
    let folder = std::env::var_os("CONSULT_DESK_SHARED")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data")), PathBuf::from);
    let found = folder.join("odd-wav/manifest.json").is_file();
    if !found {
        println!("skipped: no sample data in {}", folder.display());
    }
    found.then_some(folder)
}

/// A chunk with its padding byte.
fn chunk(id: &[u8], body: &[u8]) -> Vec<u8> {
    let mut bytes = id.to_vec();
    bytes.extend((body.len() as u32).to_le_bytes());
    bytes.extend(body);
    bytes.extend(vec![0; body.len() % 2]);
    bytes
}

fn fmt(channels: u16, rate: u32, bits: u16) -> Vec<u8> {
    let block = channels * bits.div_ceil(8);
    let mut body = 1_u16.to_le_bytes().to_vec();
    body.extend(channels.to_le_bytes());
    body.extend(rate.to_le_bytes());
    body.extend((rate * u32::from(block)).to_le_bytes());
    body.extend(block.to_le_bytes());
    body.extend(bits.to_le_bytes());
    chunk(b"fmt ", &body)
}

/// A RIFF file of these chunks; its own length field is wrong on purpose.
fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"RIFF\x04\0\0\0WAVE".to_vec();
    bytes.extend(chunks.concat());
    bytes
}

fn sound(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|s| s.to_le_bytes()).collect()
}

fn open(bytes: &[u8]) -> Result<WavReader<Cursor<&[u8]>>, WavError> {
    WavReader::open(Cursor::new(bytes))
}

/// Reads everything in blocks of an awkward size.
fn read_all<R: std::io::Read + std::io::Seek>(reader: &mut WavReader<R>) -> Vec<f32> {
    let channels = usize::from(reader.info().channels);
    let (mut all, mut block) = (Vec::new(), vec![0.0; 777 * channels + channels - 1]);
    loop {
        let frames = reader.read_frames(&mut block).unwrap();
        if frames == 0 {
            return all;
        }
        all.extend_from_slice(&block[..frames * channels]);
    }
}

/// Every file that hound can read must give the same samples here.
#[test]
fn hound_hears_the_same() {
    let Some(data) = shared_data() else { return };
    let mut compared = 0;
    for folder in ["odd-wav", "speech"] {
        for entry in std::fs::read_dir(data.join(folder)).unwrap() {
            compared += u32::from(same_as_hound(&entry.unwrap().path()));
        }
    }
    println!("{compared} files compared with hound");
    assert!(compared >= 15, "only {compared} files compared");
}

fn same_as_hound(path: &Path) -> bool {
    let (Ok(mut ours), Ok(theirs)) = (WavReader::open_file(path), hound::WavReader::open(path)) else {
        return false;
    };
    let spec = theirs.spec();
    let full = f64::from(2_u32.pow(u32::from(spec.bits_per_sample) - 1));
    let expected: Vec<f32> = match spec.sample_format {
        // hound refuses samples that stop early; what it delivered until then still counts.
        hound::SampleFormat::Int => {
            theirs.into_samples::<i32>().map_while(Result::ok).map(|v| (f64::from(v) / full) as f32).collect()
        }
        hound::SampleFormat::Float => theirs.into_samples::<f32>().map_while(Result::ok).collect(),
    };
    let got = read_all(&mut ours);
    let same = got.iter().zip(&expected).all(|(a, b)| a.to_bits() == b.to_bits());
    assert!(same, "{}: samples differ", path.display());
    assert!(
        expected.is_empty() || got.len() == expected.len(),
        "{}: {} samples, hound {}",
        path.display(),
        got.len(),
        expected.len()
    );
    !expected.is_empty()
}

#[test]
fn lengths_are_hints() {
    let samples = sound(&[1, 2, 3, 4]);
    let with_size = |size: u32| {
        let mut bytes = riff(&[fmt(1, 8_000, 16)]);
        bytes.extend(b"data");
        bytes.extend(size.to_le_bytes());
        bytes.extend(&samples);
        bytes
    };
    for (size, frames, declared) in [
        (8, 4, Some(4)),
        (0, 4, None),
        (u32::MAX, 4, None),
        (0x7fff_fff0, 4, None),
        (6, 3, Some(3)),
        (1_000_000, 4, Some(500_000)),
    ] {
        let bytes = with_size(size);
        let reader = open(&bytes).unwrap();
        assert_eq!(reader.info().frames, frames, "size {size}");
        assert_eq!(reader.info().declared_frames, declared, "size {size}");
        let partial = declared.is_some_and(|d| d > frames);
        assert_eq!(reader.info().partial_reason().is_some(), partial);
    }
}

#[test]
fn a_short_file_says_how_short() {
    let mut bytes = riff(&[fmt(1, 8_000, 16), chunk(b"data", &vec![0; 16_000 * 26])]);
    bytes.truncate(44 + 16_000 * 15);
    let reader = open(&bytes).unwrap();
    assert_eq!(reader.info().partial_reason(), Some("This recording is incomplete: 15.0 s of 26.0 s are here."));
}

#[test]
fn empty_recordings_hold_no_sound() {
    let tail = chunk(b"LIST", b"INFOISFT\x04\0\0\0abc\0");
    for bytes in [
        riff(&[fmt(1, 8_000, 16), chunk(b"data", &[])]),
        riff(&[fmt(1, 8_000, 16), chunk(b"data", &[]), tail.clone()]),
        riff(&[fmt(2, 8_000, 16), chunk(b"data", &[1, 2])]),
    ] {
        assert!(matches!(open(&bytes), Err(WavError::NoAudio)));
    }
}

#[test]
fn sound_before_its_description_and_padding_are_found() {
    let odd = chunk(b"LIST", b"odd");
    let data = chunk(b"data", &sound(&[-32_768, 16_384, 0]));
    let shuffled = riff(&[odd.clone(), data.clone(), odd.clone(), fmt(1, 16_000, 16)]);
    let two = riff(&[fmt(1, 16_000, 16), odd, data, chunk(b"data", &[9; 6])]);
    for bytes in [shuffled, two] {
        let mut reader = open(&bytes).unwrap();
        assert_eq!(read_all(&mut reader), [-1.0, 0.5, 0.0]);
    }
}

#[test]
fn endless_chains_of_chunks_end() {
    let mut bytes = riff(&[]);
    for _ in 0..100_000 {
        bytes.extend(b"LIST\0\0\0\0");
    }
    assert!(matches!(open(&bytes), Err(WavError::Damaged(_))));
    let lonely = riff(&[chunk(b"data", &[1, 2, 3, 4])]);
    assert!(matches!(open(&lonely), Err(WavError::Damaged(_))));
}

#[test]
fn the_smallest_killers_of_other_decoders_are_refused() {
    let no_rate = riff(&[fmt(1, 0, 16)]);
    assert_eq!(no_rate.len(), 36);
    assert!(open(&no_rate).is_err());
    let mut no_bits = vec![0xfe, 0xff, 1, 0, 0x80, 0xbb, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0];
    no_bits.extend([22, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0x10, 0]);
    no_bits.extend([0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]);
    assert!(open(&riff(&[chunk(b"fmt ", &no_bits)])).is_err());
}

#[test]
fn seeking_is_exact_and_clamped() {
    let samples: Vec<i16> = (0..9_000).collect();
    let bytes = riff(&[fmt(1, 8_000, 16), chunk(b"data", &sound(&samples))]);
    let mut reader = open(&bytes).unwrap();
    let mut one = [0.0];
    for frame in [8_999, 0, 4_321, 8_191, 8_192] {
        reader.seek_frame(frame).unwrap();
        assert_eq!(reader.position(), frame);
        assert_eq!(reader.read_frames(&mut one).unwrap(), 1);
        assert_eq!((one[0] * 32_768.0) as u64, frame);
    }
    for beyond in [9_000, u64::MAX] {
        reader.seek_frame(beyond).unwrap();
        assert_eq!(reader.position(), 9_000);
        assert_eq!(reader.read_frames(&mut one).unwrap(), 0);
    }
    assert_eq!(reader.read_frames(&mut []).unwrap(), 0);
}

#[test]
fn big_endian_and_long_headers_read_the_same() {
    let mut rifx = b"RIFX\0\0\0\0WAVEfmt \0\0\0\x10\0\x01\0\x01\0\0\x1f\x40".to_vec();
    rifx.extend(b"\0\0\x3e\x80\0\x02\0\x10data\0\0\0\x04\x40\0\x80\0");
    assert_eq!(read_all(&mut open(&rifx).unwrap()), [0.5, -1.0]);

    let mut ds64 = vec![0; 28];
    ds64[8] = 4;
    let mut rf64 = b"RF64\xff\xff\xff\xffWAVE".to_vec();
    rf64.extend(chunk(b"ds64", &ds64));
    rf64.extend(fmt(1, 8_000, 16));
    rf64.extend(b"data\xff\xff\xff\xff");
    rf64.extend(sound(&[16_384, 0, 99]));
    let mut reader = open(&rf64).unwrap();
    assert_eq!(reader.info().declared_frames, Some(2));
    assert_eq!(read_all(&mut reader), [0.5, 0.0]);
}

/// Small files of every kind, whose bytes are then spoilt.
fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![
        riff(&[fmt(1, 16_000, 16), chunk(b"data", &[7; 300])]),
        riff(&[fmt(6, 48_000, 24), chunk(b"LIST", b"odd"), chunk(b"data", &[7; 301])]),
        riff(&[chunk(b"data", &[128; 99]), fmt(1, 8_000, 8)]),
        riff(&[fmt(1, 8_000, 32), chunk(b"data", &[])]),
    ];
    let mut rf64 = b"RF64\xff\xff\xff\xffWAVE".to_vec();
    rf64.extend(chunk(b"ds64", &[0; 28]));
    rf64.extend(&seeds[0][12..]);
    seeds.push(rf64);
    if let Some(data) = shared_data() {
        for entry in std::fs::read_dir(data.join("odd-wav")).unwrap() {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            if path.extension().is_some_and(|e| e == "wav") && !bytes.is_empty() {
                seeds.push(bytes[..bytes.len().min(2_048)].to_vec());
            }
        }
    }
    seeds
}

/// Values that break arithmetic more often than random ones do.
const NASTY: [u32; 9] = [0, 1, 2, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff, 0x7fff_0000, 0x00ff_ff00];

fn spoil(random: &mut fastrand::Rng, bytes: &mut Vec<u8>) {
    for _ in 0..random.usize(1..5) {
        // Headers are where the harm is, so most of the damage goes there.
        let reach = bytes.len().min(if random.u8(..4) == 0 { 2_048 } else { 96 });
        let at = random.usize(0..reach.max(1));
        match random.u8(..5) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at.min(bytes.len()), random.u8(..)),
            2 => {
                for (slot, value) in bytes.iter_mut().skip(at).zip(NASTY[random.usize(..NASTY.len())].to_le_bytes()) {
                    *slot = value;
                }
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = random.u8(..);
                }
            }
        }
        if bytes.is_empty() {
            return;
        }
    }
}

#[test]
fn mutations_never_panic_hang_or_grow() {
    let seeds = seeds();
    let mut random = fastrand::Rng::with_seed(20_260_220);
    let (mut played, mut block) = (0, [0.0; 4_096]);
    for _ in 0..20_000 {
        let mut bytes = seeds[random.usize(..seeds.len())].clone();
        spoil(&mut random, &mut bytes);
        let Ok(mut reader) = open(&bytes) else {
            continue;
        };
        played += 1;
        let frames = reader.info().frames;
        assert!(frames <= 2 * bytes.len() as u64, "no more frames than half bytes");
        assert!(reader.info().seconds().is_finite());
        reader.seek_frame(random.u64(..)).unwrap();
        reader.seek_frame(random.u64(..=frames)).unwrap();
        let mut read = reader.position();
        loop {
            let came = reader.read_frames(&mut block).unwrap() as u64;
            read += came;
            if came == 0 {
                break;
            }
        }
        assert_eq!(read, frames);
    }
    println!("{played} of 20000 spoilt files still play");
    assert!(played > 1_000, "the damage is too crude to test anything");
}
