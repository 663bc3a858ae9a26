//! Tries the sound out, for `consult-desk doctor`: which device, how it takes its sound, and
//! whether half a second of silence reaches it without a gap.
//!
//! The silence goes the whole way a recording goes, through a player of its own. It is not
//! heard, and beside a running application it disturbs nothing on systems that mix; where a
//! device serves one program at a time, the answer says that it is in use.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use super::Growing;
use super::output::OutputKind;
use super::player::{Counters, Player, PlayerCommand, PlayerEvent, PlayerHandle, PlayerStats};

/// Samples of the silence, at this rate.
const SILENCE_SAMPLES: u32 = 8_000;
const SILENCE_HZ: u32 = 16_000;
/// How long the silence may take in all.
const LIMIT: Duration = Duration::from_secs(6);
const END_LIMIT: Duration = Duration::from_secs(2);

/// One line about the default output device, for example
/// `Speakers (48000 Hz, 2 channels, 2400 frames a buffer): half a second played, 0 underruns`.
/// The silence lies in `folder` for a moment.
pub fn describe_default_output(folder: &Path) -> String {
    describe(&OutputKind::DefaultDevice, folder)
}

fn describe(output: &OutputKind, folder: &Path) -> String {
    let Some(device) = device_words(output) else {
        return "no sound device can be opened".into();
    };
    match play_silence(output.clone(), folder) {
        Ok(Trial { played: true, stats }) => format!("{device}: half a second played, {}", trouble_words(stats)),
        Ok(Trial { played: false, stats }) => {
            format!("{device}: it takes no sound, another program may hold it ({})", trouble_words(stats))
        }
        Err(_) => format!("{device}: not tried out, no file could be written"),
    }
}

/// Opens the device for a moment, to hear from itself what it wants.
fn device_words(output: &OutputKind) -> Option<String> {
    let open = output.open(None, &Arc::new(Counters::default())).ok()?;
    let format = open.format;
    let buffer = open.buffer_frames().map_or_else(String::new, |frames| format!(", {frames} frames a buffer"));
    Some(format!("{} ({} Hz, {} channels{buffer})", open.device.name, format.rate, format.channels))
}

/// What went wrong quietly, in words: `0 underruns`, `2 underruns, one late buffer reported by the system`.
pub fn trouble_words(stats: PlayerStats) -> String {
    let glitches = match stats.device_glitches {
        0 => String::new(),
        1 => ", one late buffer reported by the system".to_owned(),
        count => format!(", {count} late buffers reported by the system"),
    };
    let gaps = if stats.underruns == 1 { "one underrun".to_owned() } else { format!("{} underruns", stats.underruns) };
    format!("{gaps}{glitches}")
}

/// How the trial went.
struct Trial {
    played: bool,
    stats: PlayerStats,
}

fn play_silence(output: OutputKind, folder: &Path) -> io::Result<Trial> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join(format!("silence-{}.wav", std::process::id()));
    let made = write_silence(&path).and_then(|()| Growing::whole(path.clone()));
    let trial = made.and_then(|source| try_out(output, source));
    // Left behind, it would only be half a second of silence.
    let _ = std::fs::remove_file(&path);
    trial
}

fn try_out(output: OutputKind, source: Growing) -> io::Result<Trial> {
    let (pass_on, events) = sync_channel(256);
    let tell = move |event| {
        // Only the end matters; positions may be lost.
        let _ = pass_on.try_send(event);
    };
    let player = Player::spawn(tell, output)?;
    let asked = [PlayerCommand::Load { token: 1, source, position_ms: 0 }, PlayerCommand::Play];
    let sent = asked.into_iter().all(|command| player.send(command).is_ok());
    let reached = sent && reaches_end(&events);
    let stats = player.stats();
    end(player);
    Ok(Trial { played: reached, stats })
}

fn reaches_end(events: &Receiver<PlayerEvent>) -> bool {
    let deadline = Instant::now() + LIMIT;
    while let Ok(event) = events.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        match event {
            PlayerEvent::Ended { .. } => return true,
            PlayerEvent::NoDevice | PlayerEvent::DeviceLost { .. } | PlayerEvent::LoadFailed { .. } => return false,
            _ => {}
        }
    }
    false
}

/// A device that hangs must not keep the diagnosis from ending.
fn end(player: PlayerHandle) {
    if !player.shut_down(END_LIMIT) {
        tracing::debug!("the sound device did not let go");
    }
}

fn write_silence(path: &Path) -> io::Result<()> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: SILENCE_HZ,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let written = hound::WavWriter::create(path, spec).and_then(|mut writer| {
        (0..SILENCE_SAMPLES).try_for_each(|_| writer.write_sample(0_i16))?;
        writer.finalize()
    });
    written.map_err(|_| io::ErrorKind::Other.into())
}

#[cfg(test)]
mod tests {
    use super::super::Silent;
    use super::*;

    #[test]
    fn no_device_is_said() {
        let silent = Silent::new(48_000, 2);
        silent.unplug();
        assert_eq!(describe(&OutputKind::Silent(silent), Path::new("nowhere")), "no sound device can be opened");
    }

    #[test]
    fn a_device_that_takes_sound_is_praised() {
        let silent = Silent::new(48_000, 2);
        let device = silent.clone();
        let (done, ended) = sync_channel::<()>(0);
        let puller = std::thread::Builder::new()
            .spawn(move || {
                while matches!(ended.try_recv(), Err(std::sync::mpsc::TryRecvError::Empty)) {
                    device.pull(480);
                }
            })
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let words = describe(&OutputKind::Silent(silent), folder.path());
        drop(done);
        puller.join().unwrap();
        assert_eq!(words, "Silent output (48000 Hz, 2 channels): half a second played, 0 underruns");
    }
}
