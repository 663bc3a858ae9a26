//! Real odd recordings: each ends as its manifest says, and sounds as ffmpeg and libsndfile hear it.
//!
//! The files lie in `../shared/data`; ffmpeg and libsndfile's `sndfile-convert` come from Debian
//! (packages `ffmpeg` and `sndfile-programs`). What is missing is said, and its part is skipped.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use consult_desk::audio::{InspectResult, WavReader, probe};

use crate::support::desk::shared;

/// One line of the manifest.
struct Odd {
    path: PathBuf,
    expect: String,
    frames: Option<u64>,
    /// The encoding, as ffmpeg calls it.
    encoding: String,
}

fn odd_files(folder: &Path) -> Vec<Odd> {
    let text = std::fs::read(folder.join("manifest.json")).expect("the manifest can be read");
    let manifest: serde_json::Value = serde_json::from_slice(&text).expect("the manifest is JSON");
    let files = manifest["files"].as_array().expect("the manifest lists files");
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let odd = |file: &serde_json::Value| Odd {
        path: folder.join(text(&file["file"])),
        expect: text(&file["expect"]),
        frames: file["oracle"]["ffmpeg_frames"].as_u64(),
        encoding: text(&file["oracle"]["ffmpeg"]).split(',').next().unwrap_or_default().to_owned(),
    };
    files.iter().map(odd).collect()
}

fn speech_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the speech folder can be read");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "wav")).collect()
}

/// All samples, read in blocks of an awkward size; `None` for a recording that is refused.
fn ours(path: &Path) -> Option<Vec<f32>> {
    let mut reader = WavReader::open_file(path).ok()?;
    let channels = usize::from(reader.info().channels);
    let (mut all, mut block) = (Vec::new(), vec![0.0; 777 * channels + channels - 1]);
    loop {
        match reader.read_frames(&mut block).expect("a whole file reads") {
            0 => return Some(all),
            frames => all.extend_from_slice(&block[..frames * channels]),
        }
    }
}

/// What ffmpeg decodes, as 32-bit floats; `None` where it refuses.
fn ffmpeg(path: &Path) -> Option<Vec<f32>> {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-i"]).arg(path).args(["-c:a", "pcm_f32le", "-f", "f32le", "-"]);
    let answer = command.stdin(Stdio::null()).stderr(Stdio::null()).output().expect("ffmpeg runs");
    let (samples, _) = answer.stdout.as_chunks::<4>();
    answer.status.success().then(|| samples.iter().map(|raw| f32::from_le_bytes(*raw)).collect())
}

/// What libsndfile decodes; `None` where it refuses. Asked for floats, its command would make
/// loud recordings quieter, so it is asked for 32-bit numbers, which hold all but floats exactly.
fn libsndfile(path: &Path) -> Option<Vec<f32>> {
    let folder = tempfile::tempdir().expect("a folder for a moment");
    let to = folder.path().join("out.raw");
    let mut command = Command::new("sndfile-convert");
    command.arg("-pcm32").arg(path).arg(&to).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let done = command.status().expect("sndfile-convert runs").success();
    let bytes = done.then(|| std::fs::read(to).ok()).flatten()?;
    let number = |raw: &[u8; 4]| f64::from(i32::from_ne_bytes(*raw)) / 2_147_483_648.0;
    Some(bytes.as_chunks::<4>().0.iter().map(|raw| number(raw) as f32).collect())
}

fn is_here(tool: &str) -> bool {
    let mut command = Command::new(tool);
    let found = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !found {
        eprintln!("skipped: {tool} is not here");
    }
    found
}

/// How near two decoders must be: the same bits, or within one step of 16-bit sound.
#[derive(Clone, Copy, PartialEq)]
enum Near {
    Same,
    OneStep,
}

fn assert_near(name: &str, ours: &[f32], theirs: &[f32], near: Near) {
    assert_eq!(ours.len(), theirs.len(), "{name}: number of samples");
    let far = |(one, other): &(&f32, &f32)| match near {
        Near::Same => one.to_bits() != other.to_bits(),
        Near::OneStep => (**one - **other).abs() > 1.0 / 32_768.0,
    };
    let first = ours.iter().zip(theirs).position(|pair| far(&pair));
    assert!(first.is_none(), "{name}: sample {first:?} differs");
}

/// Whole numbers must be the same; what is rounded or companded may differ by a step.
fn nearness(encoding: &str) -> Near {
    let whole = ["pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le"].contains(&encoding);
    if whole { Near::Same } else { Near::OneStep }
}

#[test]
fn every_odd_file_ends_as_its_manifest_says() {
    let Some(folder) = shared("data/odd-wav") else { return };
    let odd_files = odd_files(&folder);
    assert!(odd_files.len() >= 38, "only {} files", odd_files.len());
    for odd in odd_files {
        let (line, sound) = (probe(&odd.path), ours(&odd.path));
        let good = match odd.expect.as_str() {
            "play" => line.result == InspectResult::Ok,
            "play_partial" => line.result == InspectResult::Partial,
            "error" => line.result == InspectResult::Error,
            "play_or_clear_error" => line.result != InspectResult::Partial,
            other => panic!("the manifest expects {other}"),
        };
        assert!(good, "{}: expected {}, got {line:?}", odd.path.display(), odd.expect);
        assert_eq!(line.reason.is_some(), line.result != InspectResult::Ok, "a reason for what does not play");
        assert_eq!(sound.is_some(), line.result != InspectResult::Error);
        if let Some(sound) = sound {
            assert_eq!(line.frames, odd.frames, "{}: frames", odd.path.display());
            assert_eq!(odd.frames, Some(sound.len() as u64 / u64::from(line.channels.unwrap_or(1))));
        }
    }
}

#[test]
fn recordings_of_speech_all_play() {
    let Some(folder) = shared("data/speech") else { return };
    let speech = speech_files(&folder);
    assert_eq!(speech.len(), 7);
    for path in speech {
        let line = probe(&path);
        assert_eq!(line.result, InspectResult::Ok, "{line:?}");
        let stated = std::fs::read(path.with_extension("json")).expect("what the recording is");
        let stated: serde_json::Value = serde_json::from_slice(&stated).expect("it is JSON");
        let seconds = stated["duration_s"].as_f64().expect("a length");
        assert!((seconds - line.seconds.unwrap_or(0.0)).abs() < 0.06, "{seconds}: {line:?}");
    }
}

/// Two files are left to libsndfile: ffmpeg 5 reads the big-endian one as if it were not, and it
/// rounds the steps of ADPCM otherwise than the encodings' own descriptions.
#[test]
fn ffmpeg_hears_the_same() {
    let Some(folder) = shared("data").filter(|_| is_here("ffmpeg")) else { return };
    let mut compared = 0;
    for odd in odd_files(&folder.join("odd-wav")) {
        let other_rounding = odd.encoding.starts_with("adpcm") || odd.path.ends_with("wavefile--RIFX-16bit-mono.wav");
        let Some(sound) = ours(&odd.path).filter(|_| !other_rounding) else { continue };
        let theirs = ffmpeg(&odd.path).expect("ffmpeg reads what we read");
        assert_near(&odd.path.to_string_lossy(), &sound, &theirs, nearness(&odd.encoding));
        compared += 1;
    }
    for path in speech_files(&folder.join("speech")) {
        let theirs = ffmpeg(&path).expect("ffmpeg reads what we read");
        assert_near(&path.to_string_lossy(), &ours(&path).expect("it plays"), &theirs, Near::Same);
        compared += 1;
    }
    println!("{compared} files compared with ffmpeg");
    assert!(compared >= 30, "only {compared} files compared");
}

#[test]
fn libsndfile_hears_the_same() {
    let Some(folder) = shared("data").filter(|_| is_here("sndfile-convert")) else { return };
    let mut compared = 0;
    let speech = speech_files(&folder.join("speech")).into_iter().map(|path| (path, "pcm_s16le".to_owned()));
    let odd = odd_files(&folder.join("odd-wav")).into_iter().map(|odd| (odd.path, odd.encoding));
    for (path, encoding) in odd.chain(speech) {
        // It refuses some that we read, and hears nothing behind a length of zero.
        let theirs = libsndfile(&path).filter(|theirs| !theirs.is_empty());
        let (Some(sound), Some(theirs)) = (ours(&path), theirs) else { continue };
        let near = if encoding.starts_with("pcm_f") { Near::OneStep } else { Near::Same };
        assert_near(&path.to_string_lossy(), &sound, &theirs, near);
        compared += 1;
    }
    println!("{compared} files compared with libsndfile");
    assert!(compared >= 30, "only {compared} files compared");
}

/// Encoding, channels, rate: what ffmpeg is asked to make of real speech.
const MADE: [(&str, u16, u32); 20] = [
    ("pcm_u8", 1, 4_000),
    ("pcm_u8", 3, 11_025),
    ("pcm_s16le", 1, 8_000),
    ("pcm_s16le", 7, 96_000),
    ("pcm_s24le", 2, 44_100),
    ("pcm_s24le", 8, 48_000),
    ("pcm_s32le", 2, 192_000),
    ("pcm_s32le", 5, 22_050),
    ("pcm_f32le", 1, 16_000),
    ("pcm_f32le", 4, 88_200),
    ("pcm_f64le", 2, 176_400),
    ("pcm_f64le", 6, 32_000),
    ("pcm_alaw", 1, 8_000),
    ("pcm_alaw", 2, 44_100),
    ("pcm_mulaw", 1, 16_000),
    ("pcm_mulaw", 2, 48_000),
    ("adpcm_ima_wav", 1, 8_000),
    ("adpcm_ima_wav", 2, 44_100),
    ("adpcm_ms", 1, 16_000),
    ("adpcm_ms", 2, 48_000),
];

/// Every encoding, 1 to 8 channels, 4 to 192 kHz, RIFF and RF64, read through and from any place.
#[test]
fn what_ffmpeg_writes_is_read_as_it_was_meant() {
    let speech = shared("data/speech").filter(|_| is_here("ffmpeg") && is_here("sndfile-convert"));
    let Some(from) = speech.map(|folder| folder.join("ami-trn00.wav")) else { return };
    let folder = tempfile::tempdir().expect("a folder for a moment");
    for (at, (encoding, channels, rate)) in MADE.into_iter().enumerate() {
        let to = folder.path().join(format!("{at}.wav"));
        let wide = if at % 4 == 3 && encoding.starts_with("pcm") { "always" } else { "never" };
        make(&from, &to, &[encoding, &channels.to_string(), &rate.to_string(), wide]);
        let line = probe(&to);
        assert_eq!(
            (line.result, line.channels, line.rate),
            (InspectResult::Ok, Some(channels), Some(rate)),
            "{line:?}"
        );
        let sound = ours(&to).expect("it plays");
        let theirs = libsndfile(&to).unwrap_or_else(|| panic!("libsndfile refuses {encoding}, {channels}, {rate}"));
        let near = if encoding.starts_with("pcm_f") { Near::OneStep } else { Near::Same };
        assert_near(encoding, &sound, &theirs, near);
        if !encoding.starts_with("adpcm") {
            assert_near(encoding, &sound, &ffmpeg(&to).expect("ffmpeg reads it"), nearness(encoding));
        }
        seeks_match(&to, &sound);
    }
}

fn make(from: &Path, to: &Path, [encoding, channels, rate, wide]: &[&str; 4]) {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-ss", "5", "-t", "0.7", "-i"]).arg(from);
    command.args(["-ac", channels, "-ar", rate, "-c:a", encoding, "-rf64", wide]).arg(to);
    assert!(command.stdin(Stdio::null()).status().expect("ffmpeg runs").success(), "ffmpeg writes {encoding}");
}

/// From any frame on, the sound is what it was on the way there.
fn seeks_match(path: &Path, whole: &[f32]) {
    let mut reader = WavReader::open_file(path).expect("it plays");
    let (channels, frames) = (usize::from(reader.info().channels), reader.info().frames);
    let mut random = fastrand::Rng::with_seed(frames);
    let mut out = vec![0.0; 1_500 * channels];
    for _ in 0..200 {
        let frame = random.u64(..=frames);
        reader.seek_frame(frame).expect("seeking cannot fail");
        let came = reader.read_frames(&mut out).expect("a whole file reads");
        let expected = &whole[frame as usize * channels..][..came * channels];
        assert!(out[..came * channels].iter().zip(expected).all(|(one, other)| one.to_bits() == other.to_bits()));
        assert_eq!(came as u64, (frames - frame).min(1_500));
    }
}
