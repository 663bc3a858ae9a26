//! Writes the files from which the WAV targets start: healthy ones of every format, and the
//! beginnings of real odd recordings where a folder of them is named.
//!
//!     wav_seeds TO [FOLDER-OF-RECORDINGS]

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// A header and some sound; a longer file only slows the targets down.
const BEGINNING: usize = 4096;

fn main() -> io::Result<()> {
    let mut named = env::args_os().skip(1).map(PathBuf::from);
    let Some(to) = named.next() else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "where to?"));
    };
    fs::create_dir_all(&to)?;
    let mut bytes = Vec::new();
    for (at, parts) in consult_desk_fuzz::trials::healthy().iter().enumerate() {
        parts.write(&mut bytes);
        fs::write(to.join(format!("healthy-{at}.wav")), &bytes)?;
    }
    named.next().map_or(Ok(()), |from| beginnings(&from, &to))
}

fn beginnings(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.path().extension().is_some_and(|ending| ending == "wav") {
            let mut bytes = fs::read(entry.path())?;
            bytes.truncate(BEGINNING);
            fs::write(to.join(entry.file_name()), bytes)?;
        }
    }
    Ok(())
}
