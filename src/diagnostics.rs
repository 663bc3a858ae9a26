//! Diagnostics without a window, for support: what a WAV file is and holds, whether a webhook's request
//! is genuine, and how this computer is equipped.
//! Says nothing secret and nothing about patients.

mod signature;

pub use signature::inspect_signature;

use crate::audio;
use crate::nxvet::ServerUrl;
use crate::options::DeskOptions;
use crate::platform::{Folders, SecretStore};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

const NETWORK_LIMIT: Duration = Duration::from_secs(10);
const KEY_STORE_LIMIT: Duration = Duration::from_secs(10);

/// One line of JSON per file. `true` when every file can be played, at least in part.
pub fn inspect_wav(files: &[PathBuf], out: &mut impl Write) -> std::io::Result<bool> {
    let mut all_play = true;
    for file in files {
        let line = audio::probe(file);
        all_play &= line.result != audio::InspectResult::Error;
        serde_json::to_writer(&mut *out, &line)?;
        writeln!(out)?;
    }
    Ok(all_play)
}

/// One line of JSON: the lowest and highest sample of each of `bins` equal parts. `true` when there are any.
pub fn inspect_peaks(file: &Path, bins: u64, out: &mut impl Write) -> std::io::Result<bool> {
    let line = audio::peaks::probe_peaks(file, bins);
    serde_json::to_writer(&mut *out, &line)?;
    writeln!(out)?;
    Ok(!line.is_error())
}

/// Renderer, sound, key store, folders and server in one line each. `true` when nothing stands in the way.
pub fn doctor(options: &DeskOptions, out: &mut impl Write) -> std::io::Result<bool> {
    writeln!(out, "Consult Desk {}", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "Renderer: {}", renderer_words())?;
    writeln!(out, "Sound: {}", sound_words())?;
    if let Some(words) = last_sound_words() {
        writeln!(out, "Sound last time: {words}")?;
    }
    let key_store = SecretStore::Os.doctor_words(KEY_STORE_LIMIT);
    writeln!(out, "Key store: {}", key_store.trim_start_matches("key store: "))?;
    let folders = doctor_folders(out)?;
    let (server_is_fine, server) = server_words(&options.server);
    writeln!(out, "Server {}: {server}", options.server.display())?;
    Ok(folders && server_is_fine)
}

/// Half a second of silence is played to find out; it lies in the cache for that moment.
fn sound_words() -> String {
    match Folders::locate() {
        Ok(folders) => audio::doctor::describe_default_output(&folders.cache),
        Err(_) => "not tried out, this user has no folders".to_owned(),
    }
}

/// How the sound of the last run that played something went.
fn last_sound_words() -> Option<String> {
    let note = Folders::locate().ok()?.cache.join(crate::backend::SOUND_NOTE);
    let stats: audio::PlayerStats = serde_json::from_str(&std::fs::read_to_string(note).ok()?).ok()?;
    Some(audio::doctor::trouble_words(stats))
}

/// A window cannot be tried out without opening one.
fn renderer_words() -> String {
    let past = Folders::locate().ok().and_then(|known| crate::window::Past::read(&known.cache));
    match past.and_then(|past| past.worked) {
        Some(rung) => format!("{} opened the window last time", rung.name()),
        None => "no window was opened here yet".to_owned(),
    }
}

fn doctor_folders(out: &mut impl Write) -> std::io::Result<bool> {
    let folders = match Folders::locate() {
        Ok(folders) => folders,
        Err(error) => {
            writeln!(out, "Folders: {error}")?;
            return Ok(false);
        }
    };
    let usable = folders.create();
    for (what, path) in
        [("Data", &folders.data), ("Cache", &folders.cache), ("Settings", &folders.config), ("Logs", &folders.logs)]
    {
        writeln!(out, "{what}: {}", path.display())?;
    }
    if let Err(error) = &usable {
        writeln!(out, "Folders: {error}")?;
    }
    Ok(usable.is_ok())
}

/// Asks without a key: an answer of any status proves that the server is there.
fn server_words(server: &ServerUrl) -> (bool, String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else { return (false, "not asked, no runtime".to_owned()) };
    match runtime.block_on(crate::nxvet::reach(server, NETWORK_LIMIT)) {
        Ok(()) => (true, "answers".to_owned()),
        Err(error) => (false, format!("{error} ({})", error.code())),
    }
}
