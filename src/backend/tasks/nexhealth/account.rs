//! The account that is connected, as it is kept: the key sealed, whose book it opens beside it. One for each clinic.

use super::Desk;
use crate::backend::clinic::Clinic;
use crate::domain::ApiKey;
use crate::domain::live::Scheme;
use crate::nexhealth::Practice;
use crate::state::board::{NexHealthAccount, NexHealthEvent};
use crate::store::Result;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

#[derive(Clone)]
pub(super) struct Account {
    pub(super) key: ApiKey,
    pub(super) practice: Practice,
}

/// What lies beside the key. Fields of later versions are left alone.
#[derive(Deserialize, Serialize)]
struct Kept {
    subdomain: String,
    #[serde(default)]
    location: Option<i64>,
}

impl Account {
    pub(super) fn new(key: ApiKey, subdomain: String, location: Option<i64>) -> Self {
        Self { key, practice: Practice { subdomain, location } }
    }

    /// What the window may know of it.
    pub(super) fn shown(&self) -> NexHealthAccount {
        let Practice { subdomain, location } = self.practice.clone();
        NexHealthAccount { subdomain, location, key_tail: self.key.tail() }
    }
}

/// Names of what is kept are told apart by the clinic.
pub(super) fn name_of(clinic: &Clinic, what: &str) -> String {
    format!("nexhealth/{}/{what}", clinic.organization.id)
}

pub(super) async fn load(clinic: &Clinic) -> Option<Account> {
    let (practice, key) = (name_of(clinic, "practice"), name_of(clinic, "key"));
    let read = clinic.store.run_unnoticed(move |store| Ok((store.live_value(&practice)?, store.live_secret(&key)?)));
    let (practice, key) = match read.await {
        Ok((practice, key)) => (practice?, key?),
        Err(error) => {
            tracing::warn!(%error, "the NexHealth account could not be read");
            return None;
        }
    };
    let kept: Kept = serde_json::from_str(&practice).ok()?;
    let key = ApiKey::from_pasted(key.expose_secret()).ok()?;
    Some(Account::new(key, kept.subdomain, kept.location))
}

/// On the disk when this returns. Says whether the appointments that were here are another practice's; they are gone
/// then.
pub(super) async fn save(clinic: &Clinic, account: &Account) -> Result<bool> {
    let (practice, key) = (name_of(clinic, "practice"), name_of(clinic, "key"));
    let account = account.clone();
    let Practice { subdomain, location } = account.practice.clone();
    let kept = serde_json::to_string(&Kept { subdomain, location }).unwrap_or_default();
    let before = name_of(clinic, "appointments-of");
    let [read, names] = ["read", "names"].map(|what| name_of(clinic, what));
    let organization = clinic.organization.id.clone();
    let save = clinic.store.run_unnoticed(move |store| {
        let is_other = store.live_value(&before)?.is_some_and(|before| before != kept);
        if is_other {
            store.remove_appointments(&organization)?;
            store.save_live_value(&names, None)?;
        }
        // Whatever was read before, everything is read once.
        store.save_live_value(&read, None)?;
        store.save_live_value(&before, Some(&kept))?;
        store.save_live_secret(&key, Some(account.key.expose()))?;
        store.save_live_value(&practice, Some(&kept))?;
        Ok(is_other)
    });
    save.await
}

/// The key and everything that was kept for reading on.
pub(super) async fn forget(clinic: &Clinic) -> Result<()> {
    let key = name_of(clinic, "key");
    let values = ["practice", "read", "names"].map(|what| name_of(clinic, what));
    let forget = clinic.store.run_unnoticed(move |store| {
        store.save_live_secret(&key, None)?;
        values.iter().try_for_each(|name| store.save_live_value(name, None))
    });
    forget.await
}

pub(super) async fn tell_last_message(desk: &Desk) {
    let organization = desk.clinic.organization.id.clone();
    let read = desk.clinic.store.run_unnoticed(move |store| store.last_received(&organization, Scheme::NexHealth));
    if let Ok(Some(at)) = read.await {
        desk.tell(NexHealthEvent::LastMessage(at)).await;
    }
}
