//! Keeping a key that was found good, unless the person gave up in the meantime: a write that is under way cannot be
//! called back, so it is undone here.

use crate::domain::ApiKey;
use crate::nxvet::ServerUrl;
use crate::store::{KeyFileError, SealedKeyFile, SealingKey};
use std::sync::{Arc, Mutex, PoisonError};

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

    /// Seals the key with a key out of the vault.
    pub(super) async fn seal(&self, sealing: SealingKey, server: ServerUrl, key: ApiKey) -> Result<(), KeyFileError> {
        let (step, file) = (Arc::clone(&self.step), self.file.clone());
        let job = tokio::task::spawn_blocking(move || {
            let mut step = step.lock().unwrap_or_else(PoisonError::into_inner);
            if *step == Step::Asking {
                file.save(&sealing, &key, server.as_str())?;
                *step = Step::Sealed;
            }
            Ok(())
        });
        job.await.unwrap_or(Err(KeyFileError::CannotOpen))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn way(folder: &std::path::Path) -> (Keeping, SealedKeyFile) {
        let file = SealedKeyFile::new(folder);
        (Keeping::new(file.clone()), file)
    }

    async fn seal(keeping: &Keeping) {
        let server = ServerUrl::parse("https://app.nx.vet").unwrap();
        let key = ApiKey::from_pasted("nxvet_sk_0123456789abcdef").unwrap();
        keeping.seal(SealingKey::new([7; 32]), server, key).await.unwrap();
    }

    #[tokio::test]
    async fn a_settled_key_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (keeping, file) = way(folder.path());
        seal(&keeping).await;
        keeping.settle();
        assert!(file.exists());
    }

    #[tokio::test]
    async fn a_key_given_up_after_it_was_sealed_goes_again() {
        let folder = tempfile::tempdir().unwrap();
        let (keeping, file) = way(folder.path());
        seal(&keeping).await;
        drop(keeping);
        assert!(!file.exists());
    }

    #[tokio::test]
    #[expect(clippy::await_holding_lock, reason = "holding it is the point: the thread that wants it must wait")]
    async fn a_write_that_comes_too_late_keeps_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (keeping, file) = way(folder.path());
        let step = Arc::clone(&keeping.step);
        // The write is held up until the guard is dropped; the one who gives up gets there first.
        let mut held_up = step.lock().unwrap();
        let file_of = keeping.file.clone();
        let way = Keeping { step: Arc::clone(&step), file: file_of, is_settled: true };
        let sealing = tokio::spawn(async move { seal(&way).await });
        while Arc::strong_count(&step) < 4 {
            tokio::task::yield_now().await;
        }
        sealing.abort();
        assert!(sealing.await.is_err());
        *held_up = Step::GivenUp;
        drop(held_up);
        while Arc::strong_count(&step) > 2 {
            tokio::task::yield_now().await;
        }
        assert!(!file.exists());
        drop(keeping);
    }
}
