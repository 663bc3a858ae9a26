//! The API key at rest: sealed with a key out of the vault, in a file of its own.
//! The server it belongs to is sealed with it, so that a key is never sent to another server.

use super::files::{self, FileError};
use super::keys::SealingKey;
use super::sealed::{self, SealError};
use crate::domain::ApiKey;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::{fs, io};
use zeroize::{Zeroize as _, Zeroizing};

pub(super) const FILE_NAME: &str = "api-key.sealed";
const PURPOSE: &str = "consult-desk/api-key/2";
/// How it was sealed before there was a vault: with the secret of the key store itself.
const FORMER_PURPOSE: &str = "consult-desk/api-key/1";
/// A sealed key is a few hundred bytes; anything longer is not one.
const MOST_BYTES: u64 = 64 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    #[error("The stored key cannot be opened; it has to be entered again")]
    CannotOpen,
    #[error("The key could not be stored: {0}")]
    File(#[from] FileError),
    #[error("The key could not be sealed: {0}")]
    Seal(#[from] SealError),
}

/// What was kept: the key and the server it was verified with.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredKey {
    pub api_key: ApiKey,
    pub server: String,
}

#[derive(Serialize, Deserialize)]
struct Content {
    api_key: String,
    server: String,
}

impl Drop for Content {
    fn drop(&mut self) {
        self.api_key.zeroize();
    }
}

/// `api-key.sealed` in the data folder.
#[derive(Clone, Debug)]
pub struct SealedKeyFile {
    path: PathBuf,
}

impl SealedKeyFile {
    pub fn new(folder: &Path) -> Self {
        Self { path: folder.join(FILE_NAME) }
    }

    pub fn exists(&self) -> bool {
        self.path.is_file()
    }

    pub fn save(&self, sealing: &SealingKey, api_key: &ApiKey, server: &str) -> Result<(), KeyFileError> {
        let content = Content { api_key: api_key.expose().to_owned(), server: server.to_owned() };
        let plain = serde_json::to_vec(&content).map(Zeroizing::new).map_err(|_| KeyFileError::CannotOpen)?;
        let sealed = sealed::seal(sealing.bytes(), PURPOSE, &plain)?;
        Ok(files::write_privately(&self.path, &sealed)?)
    }

    /// `None` when no key was kept.
    pub fn load(&self, sealing: &SealingKey) -> Result<Option<StoredKey>, KeyFileError> {
        self.unseal(sealing.bytes(), PURPOSE)
    }

    /// A key that was kept before there was a vault, opened with the secret of the key store.
    pub fn load_former(&self, secret: &[u8; 32]) -> Result<Option<StoredKey>, KeyFileError> {
        self.unseal(secret, FORMER_PURPOSE)
    }

    fn unseal(&self, secret_key: &[u8; 32], purpose: &str) -> Result<Option<StoredKey>, KeyFileError> {
        let sealed = match self.read() {
            Ok(sealed) => sealed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(KeyFileError::File(FileError::Other(error.kind()))),
        };
        let plain = sealed::open(secret_key, purpose, &sealed).map_err(|_| KeyFileError::CannotOpen)?;
        let content: Content = serde_json::from_slice(&plain).map_err(|_| KeyFileError::CannotOpen)?;
        let api_key = ApiKey::from_pasted(&content.api_key).map_err(|_| KeyFileError::CannotOpen)?;
        Ok(Some(StoredKey { api_key, server: content.server.clone() }))
    }

    /// Forgets the key; a key that was never kept is forgotten too.
    pub fn delete(&self) -> Result<(), KeyFileError> {
        match fs::remove_file(&self.path) {
            Ok(()) => files::flush_folder(files::folder_of(&self.path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(KeyFileError::File(FileError::from_io(&error, 0))),
        }
        Ok(())
    }

    fn read(&self) -> io::Result<Vec<u8>> {
        if fs::metadata(&self.path)?.len() > MOST_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
        fs::read(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: [u8; 32] = [0x5a; 32];

    fn sealing() -> SealingKey {
        SealingKey::new(SECRET)
    }

    const CANARY: &str = "nxvet_sk_canary_9f27c1d4";

    fn saved() -> (tempfile::TempDir, SealedKeyFile) {
        let home = tempfile::tempdir().expect("a folder");
        let file = SealedKeyFile::new(home.path());
        let key = ApiKey::from_pasted(CANARY).expect("a key");
        file.save(&sealing(), &key, "https://app.nx.vet").expect("saved");
        (home, file)
    }

    #[test]
    fn the_key_comes_back_with_its_server() {
        let (_home, file) = saved();
        let stored = file.load(&sealing()).expect("opened").expect("there");
        assert_eq!((stored.api_key.expose(), stored.server.as_str()), (CANARY, "https://app.nx.vet"));
        file.delete().expect("deleted");
        file.delete().expect("deleted twice");
        assert!(!file.exists());
        assert_eq!(file.load(&sealing()), Ok(None));
    }

    #[test]
    fn another_secret_and_a_changed_file_are_refused() {
        let (_home, file) = saved();
        assert_eq!(file.load(&SealingKey::new([0x5b; 32])), Err(KeyFileError::CannotOpen));
        let whole = fs::read(&file.path).expect("read");
        for bytes in [whole.iter().rev().copied().collect(), whole[..20].to_vec(), Vec::new()] {
            fs::write(&file.path, bytes).expect("written");
            assert_eq!(file.load(&sealing()), Err(KeyFileError::CannotOpen));
        }
        fs::write(&file.path, vec![1; 100_000]).expect("written");
        assert!(matches!(file.load(&sealing()), Err(KeyFileError::File(_))));
    }

    #[test]
    fn a_key_from_before_the_vault_is_read_once_more() {
        let (_home, file) = saved();
        assert_eq!(file.load_former(&SECRET), Err(KeyFileError::CannotOpen), "sealed for another purpose");
        let former = sealed::seal(&SECRET, FORMER_PURPOSE, br#"{"api_key":"nxvet_sk_before","server":"https://a"}"#);
        fs::write(&file.path, former.expect("sealed")).expect("written");
        assert_eq!(file.load(&sealing()), Err(KeyFileError::CannotOpen));
        let stored = file.load_former(&SECRET).expect("opened").expect("there");
        assert_eq!((stored.api_key.expose(), stored.server.as_str()), ("nxvet_sk_before", "https://a"));
    }

    /// In the ways a key could leak by mistake: as text, as Windows text, in base64 at each offset, in hex.
    #[test]
    fn the_key_lies_nowhere_in_the_folder() {
        let (home, file) = saved();
        let mut needles = vec![CANARY.as_bytes().to_vec(), CANARY.encode_utf16().flat_map(u16::to_le_bytes).collect()];
        needles.extend((0..3).map(|offset| base64_inside(CANARY.as_bytes(), offset)));
        needles.push(CANARY.bytes().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect());
        needles.push(CANARY.bytes().flat_map(|byte| format!("{byte:02X}").into_bytes()).collect());
        let found: Vec<PathBuf> =
            fs::read_dir(home.path()).expect("listed").map(|entry| entry.expect("an entry").path()).collect();
        assert_eq!(found, [file.path]);
        let bytes = fs::read(&found[0]).expect("read");
        for needle in needles {
            assert!(!bytes.windows(needle.len()).any(|window| window == needle));
        }
    }

    /// The characters that stand for `text` when it begins `offset` bytes into a group of three.
    fn base64_inside(text: &[u8], offset: usize) -> Vec<u8> {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let bits: Vec<u8> = text.iter().flat_map(|byte| (0..8).rev().map(move |bit| (byte >> bit) & 1)).collect();
        let skipped = (6 - offset * 8 % 6) % 6;
        let groups = bits[skipped..].chunks_exact(6);
        groups.map(|six| LETTERS[usize::from(six.iter().fold(0_u8, |sum, bit| sum << 1 | bit))]).collect()
    }

    #[test]
    fn the_search_itself_finds_a_leak() {
        assert_eq!(base64_inside(b"foobar", 0), b"Zm9vYmFy");
        assert_eq!(base64_inside(b"oobar", 1), b"9vYmFy");
        assert_eq!(base64_inside(b"obar", 2), b"vYmFy"[..].to_vec());
    }
}
