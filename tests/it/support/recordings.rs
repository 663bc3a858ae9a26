//! The recordings as they lie on a desk's disk, opened with its own keys.

use super::desk::Desk;
use consult_desk::domain::ConsultationKey;
use consult_desk::platform::Folders;
use consult_desk::store::{Recordings, Vault};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;

/// The recordings' folder of a signed-in desk.
pub fn of(desk: &Desk) -> Recordings {
    let data = Folders::below(desk.home.path()).data;
    let secret = desk.secrets.vault_key(false).expect("the key store answers").expect("a secret");
    let keys = Vault::new(&data).open(&secret).expect("the vault opens");
    Recordings::new(&data, keys.recordings())
}

/// A stored recording as it was before it was sealed.
pub fn stored(desk: &Desk, key: &ConsultationKey) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    of(desk).finished(key)?.open().expect("it opens").read_to_end(&mut bytes).expect("it proves itself");
    Some(bytes)
}

/// Everything that lies in the folder under this ending.
pub fn files(desk: &Desk, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(of(desk).folder()).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|is| is == ending)).collect()
}

/// Changes one byte of a stored recording on the disk, at this share of its length.
pub fn damage(desk: &Desk, key: &ConsultationKey, share: f64) {
    let path = of(desk).finished(key).expect("it is stored").path;
    let mut bytes = std::fs::read(&path).expect("read");
    let at = (bytes.len() as f64 * share) as usize;
    bytes[at] ^= 0x10;
    // In place, as a failing disk does it: whoever has it open sees it too.
    let mut file = std::fs::File::options().write(true).open(path).expect("opened");
    file.seek(SeekFrom::Start(at as u64)).expect("there");
    file.write_all(&bytes[at..=at]).expect("written");
}
