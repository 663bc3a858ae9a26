//! How a vault lies on the disk: two readable lines that say what opens it, the sealed keys, and a digest over all,
//! so that a damaged file is told apart from a wrong PIN. The readable lines are sealed in: changed, they open nothing.
//! What is in the vault and who may open it is decided elsewhere.

use super::sealed::{self, SealError};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

const TITLE: &str = "consult-desk vault 1";
const PURPOSE: &str = "consult-desk/vault/1\n";
const WRAP: &[u8] = b"consult-desk/vault-wrap/1";
const PROOF: &[u8] = b"consult-desk/key-store-proof/1";
const DIGEST: usize = 32;

/// What making a key out of a PIN costs. It lies beside the salt, so that it can grow with the computers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinCost {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
}

impl Default for PinCost {
    /// Less than half a second on an old computer, and 64 MiB for every guess.
    fn default() -> Self {
        Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 }
    }
}

impl PinCost {
    /// A file that asks for more was not written by us and would keep this computer busy for ever.
    fn is_believable(self) -> bool {
        self.memory_kib <= 1024 * 1024 && self.passes <= 32 && self.lanes <= 16
    }
}

/// What opens a vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// A proof by which the secret of the key store is recognised; `None` for a vault that needs no key store.
    pub(super) key_store: Option<String>,
    pub(super) pin: Option<PinHead>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PinHead {
    salt: String,
    #[serde(flatten)]
    cost: PinCost,
}

impl PinHead {
    pub(super) fn new(cost: PinCost) -> Result<Self, SealError> {
        Ok(Self { salt: hex(&sealed::random_key()?), cost })
    }
}

/// A vault as it was read: whole, but still closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ClosedVault {
    pub(super) head: Head,
    line: String,
    sealed: Vec<u8>,
}

/// The secret of the key store and the PIN, as far as they are used.
pub(super) struct Openers<'a> {
    pub(super) secret: Option<&'a [u8; 32]>,
    pub(super) pin: Option<&'a str>,
}

/// Writes a vault; `None` when a PIN cannot be made into a key.
pub(super) fn write(head: &Head, openers: &Openers<'_>, plain: &[u8]) -> Result<Vec<u8>, SealError> {
    let line = serde_json::to_string(head).map_err(|_| SealError::CannotOpen)?;
    let key = wrapping_key(head, openers).ok_or(SealError::CannotOpen)?;
    let sealed = sealed::seal(&key, &format!("{PURPOSE}{line}"), plain)?;
    let mut file = format!("{TITLE}\n{line}\n").into_bytes();
    file.extend_from_slice(&sealed);
    let digest = Sha256::digest(&file);
    file.extend_from_slice(&digest);
    Ok(file)
}

/// `None` for a file that is not as it was written.
pub(super) fn read(file: &[u8]) -> Option<ClosedVault> {
    let (body, digest) = file.split_at_checked(file.len().checked_sub(DIGEST)?)?;
    if Sha256::digest(body).as_slice() != digest {
        return None;
    }
    let mut parts = body.splitn(3, |byte| *byte == b'\n');
    let (title, line, sealed) = (parts.next()?, parts.next()?, parts.next()?);
    if title != TITLE.as_bytes() {
        return None;
    }
    let line = std::str::from_utf8(line).ok()?.to_owned();
    let head: Head = serde_json::from_str(&line).ok()?;
    let is_believable = head.pin.as_ref().is_none_or(|pin| pin.cost.is_believable());
    is_believable.then(|| ClosedVault { head, line, sealed: sealed.to_owned() })
}

impl ClosedVault {
    pub(super) fn open(&self, openers: &Openers<'_>) -> Option<Zeroizing<Vec<u8>>> {
        let key = wrapping_key(&self.head, openers)?;
        sealed::open(&key, &format!("{PURPOSE}{}", self.line), &self.sealed).ok()
    }
}

/// A text by which a secret is recognised and from which it cannot be found.
pub(super) fn proof_of(secret: &[u8; 32]) -> String {
    let digest = Sha256::new().chain_update(PROOF).chain_update(secret).finalize();
    hex(digest.get(..16).unwrap_or_default())
}

/// What the keys are sealed with. Every part has a fixed length and says whether it is there.
fn wrapping_key(head: &Head, openers: &Openers<'_>) -> Option<Zeroizing<[u8; 32]>> {
    let mut hasher = Sha256::new().chain_update(WRAP);
    match (&head.key_store, openers.secret) {
        (Some(_), Some(secret)) => hasher = hasher.chain_update([1]).chain_update(secret),
        (Some(_), None) => return None,
        (None, _) => hasher = hasher.chain_update([0]),
    }
    match (&head.pin, openers.pin) {
        (Some(pin), Some(typed)) => hasher = hasher.chain_update([1]).chain_update(stretch(pin, typed)?),
        (Some(_), None) => return None,
        (None, _) => hasher = hasher.chain_update([0]),
    }
    Some(Zeroizing::new(hasher.finalize().into()))
}

/// Makes guessing dear: every guess costs the time and memory that the file names.
fn stretch(head: &PinHead, pin: &str) -> Option<Zeroizing<[u8; 32]>> {
    use argon2::{Algorithm, Argon2, Params, Version};
    let params = Params::new(head.cost.memory_kib, head.cost.passes, head.cost.lanes, Some(32)).ok()?;
    let mut key = Zeroizing::new([0; 32]);
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon.hash_password_into(pin.as_bytes(), head.salt.as_bytes(), key.as_mut_slice()).ok()?;
    Some(key)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").ok();
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: [u8; 32] = [5; 32];
    const QUICK: PinCost = PinCost { memory_kib: 32, passes: 1, lanes: 1 };

    fn openers<'a>(secret: Option<&'a [u8; 32]>, pin: Option<&'a str>) -> Openers<'a> {
        Openers { secret, pin }
    }

    #[expect(clippy::fn_params_excessive_bools, reason = "two openers, each there or not")]
    fn head(with_store: bool, with_pin: bool) -> Head {
        let pin = with_pin.then(|| PinHead::new(QUICK).expect("a salt"));
        Head { key_store: with_store.then(|| proof_of(&SECRET)), pin }
    }

    #[test]
    fn it_opens_with_what_it_was_sealed_with_and_nothing_else() {
        for (store, pin) in [(true, false), (true, true), (false, true)] {
            let (secret, typed) = (store.then_some(&SECRET), pin.then_some("2580"));
            let file = write(&head(store, pin), &openers(secret, typed), b"keys").expect("written");
            let closed = read(&file).expect("whole");
            assert_eq!(closed.head.pin.is_some(), pin);
            assert_eq!(closed.open(&openers(secret, typed)).expect("opens").as_slice(), b"keys");
            assert_eq!(closed.open(&openers(store.then_some(&[6; 32]), pin.then_some("2581"))), None);
            assert_eq!(closed.open(&openers(None, None)), None);
            if store && pin {
                assert_eq!(closed.open(&openers(secret, Some("2581"))), None);
                assert_eq!(closed.open(&openers(Some(&[6; 32]), typed)), None);
                assert_eq!(closed.open(&openers(secret, None)), None);
            }
        }
    }

    #[test]
    fn every_changed_byte_and_every_cut_is_damage_and_no_wrong_pin() {
        let file = write(&head(true, true), &openers(Some(&SECRET), Some("2580")), b"keys").expect("written");
        for at in 0..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert_eq!(read(&changed), None, "byte {at}");
            assert_eq!(read(&file[..at]), None, "cut at {at}");
        }
    }

    /// Somebody who can write the file cannot make it say that no PIN is needed.
    #[test]
    fn the_readable_lines_are_sealed_in() {
        let file = write(&head(true, true), &openers(Some(&SECRET), Some("2580")), b"keys").expect("written");
        let mut closed = read(&file).expect("whole");
        closed.head.pin = None;
        assert_eq!(closed.open(&openers(Some(&SECRET), None)), None);
        let mut relabelled = read(&file).expect("whole");
        relabelled.line.push(' ');
        assert_eq!(relabelled.open(&openers(Some(&SECRET), Some("2580"))), None);
    }

    #[test]
    fn an_absurd_cost_is_not_paid() {
        let mut greedy = head(false, true);
        if let Some(pin) = &mut greedy.pin {
            pin.cost.memory_kib = 1024 * 1024 * 64;
        }
        let line = serde_json::to_string(&greedy).expect("text");
        let mut file = format!("{TITLE}\n{line}\nsealed").into_bytes();
        let digest = Sha256::digest(&file);
        file.extend_from_slice(&digest);
        assert_eq!(read(&file), None);
    }
}
