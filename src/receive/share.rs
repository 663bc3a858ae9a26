//! Handing on what is received without a window: the file with the pairing code, and the store as what is handed on.

use crate::clock::Clock;
use crate::domain::OrganizationId;
use crate::domain::live::{Arrival, BrokerLogin, CannotKeep, Inbox, Kept, PairingCode, Witnessed};
use crate::options::ShareOptions;
use crate::platform::secret_file::{self, SecretFileError};
use crate::sharing::{Meeting, Outbox, Parcel, Standing};
use crate::store::Store;
use crate::store::live::{KEPT_BY_BROKER, SHARED, SharedInbox};
use futures_util::future::BoxFuture;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;
use zeroize::Zeroizing;

/// More than a code and a password need.
const MOST_SECRETS: u64 = 4_096;

pub(super) fn meeting(options: &ShareOptions) -> Result<Meeting, String> {
    let (code, login) = secrets(&options.secret_file)?;
    Ok(Meeting { broker: options.broker.clone(), login, code })
}

/// Lines such as `code ABCD-…`, `user desk`, `password …` or `token …`. Without the file one is made, with a new code.
fn secrets(path: &Path) -> Result<(PairingCode, Option<BrokerLogin>), String> {
    let named = |error: SecretFileError| format!("{}: {error}", path.display());
    let text = match secret_file::read_text(path, MOST_SECRETS) {
        Ok(text) => text,
        Err(SecretFileError::Missing) => {
            let random = Zeroizing::new(crate::store::random_key().map_err(|error| error.to_string())?);
            let bits = random.first_chunk::<16>().copied().unwrap_or_default();
            let text = Zeroizing::new(format!("code {}\n", *PairingCode::new(bits).text()));
            secret_file::create_with(path, text.as_bytes()).map_err(named)?;
            text
        }
        Err(error) => return Err(named(error)),
    };
    let value = |name: &str| {
        let values = text.lines().filter_map(|line| line.trim().split_once(char::is_whitespace));
        values.filter(|(known, _)| *known == name).map(|(_, value)| value.trim()).next()
    };
    let code = value("code").ok_or_else(|| format!("{} has no line with a pairing code (code …)", path.display()))?;
    let code = PairingCode::parse(code).map_err(|error| format!("{}: {error}", path.display()))?;
    let login = value("token").map_or_else(
        || value("password").and_then(|password| BrokerLogin::new(value("user").unwrap_or_default(), password)),
        |token| BrokerLogin::new("", token),
    );
    Ok((code, login))
}

/// The store as what is handed on.
pub(super) struct StoreOutbox {
    store: Arc<Mutex<Store>>,
    clock: Clock,
}

impl StoreOutbox {
    pub(super) fn new(store: Arc<Mutex<Store>>, clock: Clock) -> Self {
        Self { store, clock }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Store) -> crate::store::Result<T>) -> Result<T, CannotKeep> {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut store).map_err(|error| CannotKeep::from(&error))
    }
}

impl Outbox for StoreOutbox {
    fn clinics(&self) -> Result<Vec<OrganizationId>, CannotKeep> {
        self.with(Store::live_clinics)
    }

    fn waiting(&self, clinic: &OrganizationId, most: usize) -> Result<Vec<Parcel>, CannotKeep> {
        let since = self.clock.now() - KEPT_BY_BROKER;
        let events = self.with(|store| store.events_to_share(clinic, since, most))?.into_iter();
        Ok(events.map(|event| Parcel { number: event.number, id: event.id, content: event.content }).collect())
    }

    fn sent(&self, clinic: &OrganizationId, number: u64) -> Result<(), CannotKeep> {
        self.with(|store| store.move_live_cursor(clinic, SHARED, number))
    }

    /// Trouble is in the log already.
    fn tell(&self, standing: Standing) -> BoxFuture<'_, ()> {
        if standing == Standing::Sharing {
            tracing::info!("sharing with other desks");
        }
        Box::pin(std::future::ready(()))
    }
}

/// An inbox that says when something was kept.
pub(super) struct AnnouncingInbox {
    inbox: SharedInbox,
    kept: Arc<Notify>,
}

impl AnnouncingInbox {
    pub(super) fn new(inbox: SharedInbox, kept: Arc<Notify>) -> Self {
        Self { inbox, kept }
    }
}

impl Inbox for AnnouncingInbox {
    fn keep(&self, arrivals: &[Arrival]) -> Result<Vec<Kept>, CannotKeep> {
        let kept = self.inbox.keep(arrivals)?;
        if kept.iter().any(|kept| kept.is_new()) {
            self.kept.notify_one();
        }
        Ok(kept)
    }

    fn witness(&self, witnessed: &[Witnessed]) -> Result<(), CannotKeep> {
        self.inbox.witness(witnessed)
    }

    fn tidy(&self) -> bool {
        self.inbox.tidy()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_made_once_with_a_code_and_read_again() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("share");
        let (code, login) = secrets(&path).expect("made");
        assert_eq!((secrets(&path).map(|(code, _)| code), login), (Ok(code.clone()), None));
        let token = home.path().join("token");
        let text = format!("# ours\ncode {}\ntoken T0ken with a blank\n", *code.text());
        secret_file::create_with(&token, text.as_bytes()).expect("written");
        let (read, login) = secrets(&token).expect("read");
        assert_eq!((read, login.as_ref().map(BrokerLogin::expose)), (code.clone(), Some("T0ken with a blank")));
        let user = home.path().join("user");
        let text = format!("code\t{}\nuser desk\npassword p\n", *code.text());
        secret_file::create_with(&user, text.as_bytes()).expect("written");
        assert_eq!(secrets(&user).expect("read").1, BrokerLogin::new("desk", "p"));
    }

    #[test]
    fn a_file_without_a_code_is_told_without_its_content() {
        let home = tempfile::tempdir().expect("a folder");
        for (name, text) in [("none", "password hidden-thing\n"), ("bad", "code hidden-thing\n")] {
            let path = home.path().join(name);
            secret_file::create_with(&path, text.as_bytes()).expect("written");
            let told = secrets(&path).expect_err("refused");
            assert!(!told.contains("hidden-thing"), "{told}");
        }
    }
}
