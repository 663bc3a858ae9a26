//! The one file that holds the keys of everything else on this computer, sealed with the secret in the system's key
//! store, with a PIN, or with both. Lost, all is lost, so it lies there twice.
//! Where the secret comes from and what the keys open is known elsewhere.

use super::files::{self, FileError};
use super::keys::StoreKeys;
use super::sealed::SealError;
use super::tries::{Tries, Turn};
use super::vault_file::{self, ClosedVault, Head, Openers, PinHead};
use super::{Result as StoreResult, StoreError, heal, wipe};
use chrono::{DateTime, Utc};
use std::fs;
use std::path::{Path, PathBuf};

pub use super::vault_file::PinCost;

/// How the names of all files of the vault begin.
pub(super) const LEAD: &str = "vault";
const FILE: &str = "vault.sealed";
const COPY: &str = "vault.sealed.copy";
const TRIES: &str = "vault-tries";
/// A vault is a few hundred bytes; anything longer is not one.
const MOST_BYTES: u64 = 64 * 1024;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    #[error("There is no vault on this computer")]
    Missing,
    #[error("The vault is damaged")]
    Unreadable,
    #[error("The vault belongs to another secret than the key store has")]
    OtherSecret,
    #[error("The vault needs the secret of the key store")]
    NeedsKeyStore,
    #[error("The vault needs a PIN")]
    NeedsPin,
    #[error("The PIN is wrong")]
    WrongPin { wait_until: Option<DateTime<Utc>> },
    #[error("No PIN is taken for a while")]
    MustWait { until: DateTime<Utc> },
    #[error("Neither a key store nor a PIN is there to seal the keys with")]
    NothingToSealWith,
    #[error("The vault could not be written: {0}")]
    File(#[from] FileError),
    #[error("The vault could not be sealed: {0}")]
    Seal(#[from] SealError),
}

/// What can be known of a vault without opening it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VaultHead {
    Missing,
    /// There was one; neither it nor its copy is as it was written.
    Unreadable,
    Closed {
        has_pin: bool,
        /// A vault made where there was no key store is opened by its PIN alone.
        needs_key_store: bool,
    },
}

/// The vault of one data folder.
#[derive(Clone, Debug)]
pub struct Vault {
    folder: PathBuf,
    cost: PinCost,
}

impl Vault {
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), cost: PinCost::default() }
    }

    /// The same with another cost for PINs that are set from now on.
    #[must_use]
    pub fn with_cost(self, cost: PinCost) -> Self {
        Self { cost, ..self }
    }

    /// Removes what a run that was cut short left of a new vault or key. For the start, before anything is written.
    pub fn remove_leftovers(&self) {
        super::files::remove_temporaries(&self.folder);
    }

    pub fn head(&self) -> VaultHead {
        match self.closed() {
            Ok(closed) => {
                let Head { key_store, pin } = &closed.head;
                VaultHead::Closed { has_pin: pin.is_some(), needs_key_store: key_store.is_some() }
            }
            Err(VaultError::Missing) => VaultHead::Missing,
            Err(_) => VaultHead::Unreadable,
        }
    }

    /// Whether the vault was sealed with this secret, as far as it needs one. A PIN is not asked for.
    pub fn belongs_to(&self, secret: &[u8; 32]) -> Result<bool, VaultError> {
        let known = self.closed()?.head.key_store;
        Ok(known.is_none_or(|proof| proof == vault_file::proof_of(secret)))
    }

    /// Seals the keys, in the place of what was there: a PIN is set, changed and removed by sealing anew.
    /// A crash leaves the old vault or the new one.
    pub fn seal(
        &self,
        keys: &StoreKeys,
        secret: Option<&[u8; 32]>,
        pin: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), VaultError> {
        if secret.is_none() && pin.is_none() {
            return Err(VaultError::NothingToSealWith);
        }
        let pin_head = pin.map(|_| PinHead::new(self.cost)).transpose()?;
        let head = Head { key_store: secret.map(vault_file::proof_of), pin: pin_head };
        let file = vault_file::write(&head, &Openers { secret, pin }, keys.to_bytes().as_slice())?;
        let tries = self.tries();
        if pin.is_some() {
            tries.reset(now)?;
        }
        files::write_privately(&self.path(FILE), &file)?;
        self.write_copy(&file);
        if pin.is_none() {
            tries.forget();
        }
        Ok(())
    }

    /// Opens a vault that has no PIN.
    pub fn open(&self, secret: &[u8; 32]) -> Result<StoreKeys, VaultError> {
        let closed = self.closed()?;
        if closed.head.pin.is_some() {
            return Err(VaultError::NeedsPin);
        }
        self.open_closed(&closed, &Openers { secret: Some(secret), pin: None })?.ok_or(VaultError::Unreadable)
    }

    /// Opens a vault with its PIN. Tries are counted, and after some of them there is a wait that grows.
    pub fn open_with_pin(
        &self,
        secret: Option<&[u8; 32]>,
        pin: &str,
        now: DateTime<Utc>,
    ) -> Result<StoreKeys, VaultError> {
        let closed = self.closed()?;
        if closed.head.pin.is_none() {
            let secret = secret.ok_or(VaultError::NeedsKeyStore)?;
            return self.open(secret);
        }
        let openers = Openers { secret, pin: Some(pin) };
        check_secret(&closed, &openers)?;
        if let Turn::Wait(until) = self.tries().take(now)? {
            return Err(VaultError::MustWait { until });
        }
        match self.open_closed(&closed, &openers)? {
            Some(keys) => {
                // Tries that cannot be forgotten now only make the next wrong one dearer.
                self.tries().reset(now).ok();
                Ok(keys)
            }
            None => Err(VaultError::WrongPin { wait_until: self.tries().wait_until(now) }),
        }
    }

    /// When the next PIN is taken, if not at once.
    pub fn wait_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let has_pin = matches!(self.head(), VaultHead::Closed { has_pin: true, .. });
        if has_pin { self.tries().wait_until(now) } else { None }
    }

    /// The keys are gone for good: what only they open is moved aside when it is precious and removed when NxVET
    /// can send it again. Afterwards the folder is ready for a new vault.
    pub fn give_up(folder: &Path, now: DateTime<Utc>) -> StoreResult<()> {
        for name in [FILE, "local.db"] {
            if folder.join(name).exists() {
                heal::put_aside(folder, name, heal::LOST, now)?;
            }
        }
        for rest in [folder.join(COPY), folder.join(TRIES), heal::copy_of_local(folder)] {
            wipe::erase_file(&rest).map_err(|error| StoreError::from_io(&error))?;
        }
        wipe::erase_rebuildable(folder)
    }

    fn open_closed(&self, closed: &ClosedVault, openers: &Openers<'_>) -> Result<Option<StoreKeys>, VaultError> {
        check_secret(closed, openers)?;
        let Some(plain) = closed.open(openers) else { return Ok(None) };
        let keys = StoreKeys::from_bytes(&plain).ok_or(VaultError::Unreadable)?;
        self.mend();
        Ok(Some(keys))
    }

    /// The vault, or its copy where the vault itself is gone or damaged.
    fn closed(&self) -> Result<ClosedVault, VaultError> {
        let read = |name| self.read(name).and_then(|file| vault_file::read(&file));
        if let Some(closed) = read(FILE).or_else(|| read(COPY)) {
            return Ok(closed);
        }
        let is_there = [FILE, COPY].iter().any(|name| self.path(name).exists());
        Err(if is_there { VaultError::Unreadable } else { VaultError::Missing })
    }

    /// After opening, both files are alike again: one that was damaged, or that a crash left behind with what
    /// opened it before.
    fn mend(&self) {
        let whole = |name| self.read(name).filter(|file| vault_file::read(file).is_some());
        match (whole(FILE), whole(COPY)) {
            (Some(file), copy) if copy.as_ref() != Some(&file) => self.write_copy(&file),
            (None, Some(copy)) => {
                files::write_privately(&self.path(FILE), &copy).ok();
            }
            _ => {}
        }
    }

    /// A copy that cannot be brought up to date is worse than none: it may open without the new PIN.
    fn write_copy(&self, file: &[u8]) {
        let path = self.path(COPY);
        if files::write_privately(&path, file).is_err() {
            wipe::erase_file(&path).ok();
        }
    }

    fn read(&self, name: &str) -> Option<Vec<u8>> {
        let path = self.path(name);
        let length = fs::metadata(&path).ok()?.len();
        if length > MOST_BYTES { None } else { fs::read(&path).ok() }
    }

    fn tries(&self) -> Tries {
        Tries::new(&self.folder, TRIES)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn check_secret(closed: &ClosedVault, openers: &Openers<'_>) -> Result<(), VaultError> {
    match (&closed.head.key_store, openers.secret) {
        (Some(_), None) => Err(VaultError::NeedsKeyStore),
        (Some(proof), Some(secret)) if *proof != vault_file::proof_of(secret) => Err(VaultError::OtherSecret),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use chrono::TimeDelta;

    const SECRET: [u8; 32] = [5; 32];
    const QUICK: PinCost = PinCost { memory_kib: 32, passes: 1, lanes: 1 };

    fn vault() -> (tempfile::TempDir, Vault) {
        let home = tempfile::tempdir().expect("a folder");
        let vault = Vault::new(home.path()).with_cost(QUICK);
        (home, vault)
    }

    fn sealed(pin: Option<&str>) -> (tempfile::TempDir, Vault) {
        let (home, vault) = vault();
        vault.seal(&samples::keys(), Some(&SECRET), pin, samples::now()).expect("sealed");
        (home, vault)
    }

    fn is_right(keys: &StoreKeys) -> bool {
        keys.to_bytes() == samples::keys().to_bytes()
    }

    #[test]
    fn the_keys_come_back() {
        let (_home, vault) = vault();
        assert_eq!(vault.head(), VaultHead::Missing);
        assert_eq!(vault.open(&SECRET).expect_err("none"), VaultError::Missing);
        vault.seal(&samples::keys(), Some(&SECRET), None, samples::now()).expect("sealed");
        assert_eq!(vault.head(), VaultHead::Closed { has_pin: false, needs_key_store: true });
        assert!(is_right(&vault.open(&SECRET).expect("opens")));
        assert_eq!(vault.open(&[6; 32]).expect_err("another"), VaultError::OtherSecret);
        assert_eq!((vault.belongs_to(&SECRET), vault.belongs_to(&[6; 32])), (Ok(true), Ok(false)));
    }

    #[test]
    fn a_pin_is_set_changed_and_removed() {
        let (_home, vault) = sealed(Some("2580"));
        let now = samples::now();
        assert_eq!(vault.head(), VaultHead::Closed { has_pin: true, needs_key_store: true });
        assert_eq!(vault.open(&SECRET).expect_err("refused"), VaultError::NeedsPin);
        assert_eq!(vault.open_with_pin(None, "2580", now).expect_err("refused"), VaultError::NeedsKeyStore);
        assert_eq!(vault.open_with_pin(Some(&[6; 32]), "2580", now).expect_err("refused"), VaultError::OtherSecret);
        let keys = vault.open_with_pin(Some(&SECRET), "2580", now).expect("opens");
        vault.seal(&keys, Some(&SECRET), Some("0852"), now).expect("changed");
        let refused = vault.open_with_pin(Some(&SECRET), "2580", now).expect_err("the old one");
        assert_eq!(refused, VaultError::WrongPin { wait_until: None });
        let keys = vault.open_with_pin(Some(&SECRET), "0852", now).expect("opens");
        vault.seal(&keys, Some(&SECRET), None, now).expect("removed");
        assert!(is_right(&vault.open(&SECRET).expect("opens")));
        assert!(!vault.path(TRIES).exists());
    }

    #[test]
    fn without_a_key_store_a_pin_is_enough_and_nothing_is_too_little() {
        let (_home, vault) = vault();
        let now = samples::now();
        let error = vault.seal(&samples::keys(), None, None, now).expect_err("refused");
        assert_eq!((error, vault.head()), (VaultError::NothingToSealWith, VaultHead::Missing));
        vault.seal(&samples::keys(), None, Some("correct horse"), now).expect("sealed");
        assert_eq!(vault.head(), VaultHead::Closed { has_pin: true, needs_key_store: false });
        assert!(is_right(&vault.open_with_pin(None, "correct horse", now).expect("opens")));
        assert!(is_right(&vault.open_with_pin(Some(&SECRET), "correct horse", now).expect("opens")));
    }

    #[test]
    fn wrong_pins_bring_a_wait_that_no_new_start_ends() {
        let (home, vault) = sealed(Some("2580"));
        let now = samples::now();
        for _ in 0..4 {
            let error = vault.open_with_pin(Some(&SECRET), "0000", now).expect_err("wrong");
            assert_eq!(error, VaultError::WrongPin { wait_until: None });
        }
        let until = now + TimeDelta::seconds(30);
        let error = vault.open_with_pin(Some(&SECRET), "0000", now).expect_err("wrong");
        assert_eq!(error, VaultError::WrongPin { wait_until: Some(until) });
        let again = Vault::new(home.path()).with_cost(QUICK);
        assert_eq!(again.wait_until(now), Some(until));
        let error = again.open_with_pin(Some(&SECRET), "2580", now).expect_err("even the right one");
        assert_eq!(error, VaultError::MustWait { until });
        assert!(again.open_with_pin(Some(&SECRET), "2580", until).is_ok());
        assert_eq!(again.wait_until(until), None);
    }

    /// Killed after the try was noted and before it was answered.
    #[test]
    fn a_try_counts_before_it_is_made() {
        let (_home, vault) = sealed(Some("2580"));
        for _ in 0..5 {
            assert_eq!(vault.tries().take(samples::now()), Ok(Turn::Go));
        }
        let error = vault.open_with_pin(Some(&SECRET), "2580", samples::now()).expect_err("must wait");
        assert!(matches!(error, VaultError::MustWait { .. }));
    }

    #[test]
    fn one_damaged_or_missing_file_costs_nothing_and_is_mended() {
        type Ruin = fn(&Path);
        let ruins: [Ruin; 3] = [
            |path| fs::remove_file(path).expect("removed"),
            |path| fs::write(path, "").expect("written"),
            |path| {
                let mut bytes = fs::read(path).expect("read");
                bytes[40] ^= 1;
                fs::write(path, bytes).expect("written");
            },
        ];
        for ruin in ruins {
            for name in [FILE, COPY] {
                let (_home, vault) = sealed(Some("2580"));
                let whole = fs::read(vault.path(FILE)).expect("read");
                ruin(&vault.path(name));
                assert!(is_right(&vault.open_with_pin(Some(&SECRET), "2580", samples::now()).expect("opens")));
                for name in [FILE, COPY] {
                    assert!(fs::read(vault.path(name)).expect("read") == whole, "{name}");
                }
            }
        }
        let (_home, vault) = sealed(None);
        for name in [FILE, COPY] {
            fs::write(vault.path(name), "x").expect("written");
        }
        assert_eq!(vault.head(), VaultHead::Unreadable);
    }

    /// A crash between the two files while a PIN is set.
    #[test]
    fn a_copy_that_fell_behind_is_brought_up_to_date() {
        let (_home, vault) = sealed(None);
        let old = fs::read(vault.path(COPY)).expect("read");
        vault.seal(&samples::keys(), Some(&SECRET), Some("2580"), samples::now()).expect("sealed");
        fs::write(vault.path(COPY), old).expect("written");
        assert_eq!(vault.open(&SECRET).expect_err("the new one counts"), VaultError::NeedsPin);
        vault.open_with_pin(Some(&SECRET), "2580", samples::now()).expect("opens");
        assert!(fs::read(vault.path(COPY)).expect("read") == fs::read(vault.path(FILE)).expect("read"));
    }

    #[test]
    fn giving_up_keeps_what_is_precious_under_another_name() {
        let (home, vault) = sealed(Some("2580"));
        for name in ["cache.db", "cache.db-wal", "local.db", "api-key.sealed"] {
            fs::write(home.path().join(name), "noise").expect("written");
        }
        fs::create_dir(home.path().join("recordings")).expect("made");
        fs::write(home.path().join("recordings/a.wav"), "noise").expect("written");
        Vault::give_up(home.path(), samples::now()).expect("given up");
        let mut names: Vec<String> = fs::read_dir(home.path())
            .expect("listed")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort_unstable();
        assert_eq!(names, ["local.db.lost-20260220T140200Z", "vault.sealed.lost-20260220T140200Z"]);
        assert_eq!(vault.head(), VaultHead::Missing);
    }
}
