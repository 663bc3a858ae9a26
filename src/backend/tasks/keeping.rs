//! Keeping a key that was found good, unless the person gave up in the meantime.
//! The key store may wait for a person and cannot be called back, so what it answers too late is undone here.

use crate::domain::ApiKey;
use crate::nxvet::ServerUrl;
use crate::platform::secrets::{SecretError, SecretStore};
use crate::state::Kept;
use crate::store::SealedKeyFile;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How far a key has come. The lock is held while the key's file is written, so that giving up comes before or
/// after it and never in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Asking,
    Sealed,
    GivenUp,
}

/// The key's way into its file; dropped before [`Keeping::settle`], it leaves none behind.
pub(super) struct Keeping {
    step: Arc<Mutex<Step>>,
    file: SealedKeyFile,
    is_settled: bool,
}

impl Keeping {
    pub(super) fn new(file: SealedKeyFile) -> Self {
        Self { step: Arc::new(Mutex::new(Step::Asking)), file, is_settled: false }
    }

    /// Seals the key. No key store means "not remembered", never a plain file.
    pub(super) async fn seal(&self, secrets: SecretStore, server: ServerUrl, key: ApiKey, limit: Duration) -> Kept {
        let (step, file) = (Arc::clone(&self.step), self.file.clone());
        let job = tokio::task::spawn_blocking(move || {
            let secret = vault_key(&secrets, limit)?;
            let mut step = step.lock().unwrap_or_else(PoisonError::into_inner);
            if *step == Step::Asking {
                file.save(&secret, &key, server.as_str()).map_err(|error| SecretError::Refused(error.to_string()))?;
                *step = Step::Sealed;
            }
            Ok(())
        });
        match job.await {
            Ok(Ok(())) => Kept::Yes,
            Ok(Err(SecretError::Absent)) => Kept::No("this computer has no password store".to_owned()),
            Ok(Err(SecretError::Locked)) => Kept::No("the password store is locked".to_owned()),
            Ok(Err(SecretError::Slow)) | Err(_) => Kept::No("the password store does not answer".to_owned()),
            Ok(Err(SecretError::Refused(_))) => Kept::No("the password store refused it".to_owned()),
        }
    }

    /// The clinic is entered: what was kept stays.
    pub(super) fn settle(mut self) {
        self.is_settled = true;
    }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        if self.is_settled {
            return;
        }
        let mut step = self.step.lock().unwrap_or_else(PoisonError::into_inner);
        if *step == Step::Sealed
            && let Err(error) = self.file.delete()
        {
            tracing::warn!(%error, "a key that was given up could not be removed");
        }
        *step = Step::GivenUp;
    }
}

fn vault_key(secrets: &SecretStore, limit: Duration) -> Result<[u8; 32], SecretError> {
    secrets.vault_key_within(true, limit)?.ok_or(SecretError::Absent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::secrets::MemoryStore;

    const LIMIT: Duration = Duration::from_secs(30);

    fn way(folder: &std::path::Path) -> (Keeping, SealedKeyFile) {
        let file = SealedKeyFile::new(folder);
        (Keeping::new(file.clone()), file)
    }

    async fn seal(keeping: &Keeping, held: &MemoryStore) -> Kept {
        let server = ServerUrl::parse("https://app.nx.vet").unwrap();
        let key = ApiKey::from_pasted("nxvet_sk_0123456789abcdef").unwrap();
        keeping.seal(SecretStore::Memory(Arc::clone(held)), server, key, LIMIT).await
    }

    #[tokio::test]
    async fn a_settled_key_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (keeping, file) = way(folder.path());
        assert_eq!(seal(&keeping, &MemoryStore::default()).await, Kept::Yes);
        keeping.settle();
        assert!(file.exists());
    }

    #[tokio::test]
    async fn a_key_given_up_after_it_was_sealed_goes_again() {
        let folder = tempfile::tempdir().unwrap();
        let (keeping, file) = way(folder.path());
        assert_eq!(seal(&keeping, &MemoryStore::default()).await, Kept::Yes);
        drop(keeping);
        assert!(!file.exists());
    }

    #[tokio::test]
    #[expect(clippy::await_holding_lock, reason = "holding it is the point: the thread that wants it must wait")]
    async fn a_key_store_that_answers_too_late_keeps_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let held = MemoryStore::default();
        let (keeping, file) = way(folder.path());
        let step = Arc::clone(&keeping.step);
        // It hangs, as one does that waits for a person, until the guard is dropped.
        let hanging = held.lock().unwrap();
        let asked = Arc::clone(&held);
        let sealing = tokio::spawn(async move { seal(&keeping, &asked).await });
        while Arc::strong_count(&step) < 3 {
            tokio::task::yield_now().await;
        }
        sealing.abort();
        assert!(sealing.await.is_err());
        drop(hanging);
        while Arc::strong_count(&step) > 1 {
            tokio::task::yield_now().await;
        }
        assert!(held.lock().unwrap().is_some(), "the key store was asked");
        assert!(!file.exists());
    }
}
