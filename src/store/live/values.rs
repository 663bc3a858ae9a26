//! Small things to remember by name, and small secrets, sealed. Which names there are is their users' business.

use crate::store::consultations::owned;
use crate::store::{Result, Store, StoreError, sealed};
use rusqlite::{OptionalExtension as _, params};
use secrecy::SecretString;

impl Store {
    pub fn live_value(&mut self, name: &str) -> Result<Option<String>> {
        self.with_local(|local| {
            let select = "SELECT value FROM live_value WHERE name = ?";
            Ok(local.query_row(select, [name], |row| Ok(owned(row, 0))).optional()?.flatten())
        })
    }

    /// `None` forgets it.
    pub fn save_live_value(&mut self, name: &str, value: Option<&str>) -> Result<()> {
        self.with_local(|local| match value {
            Some(value) => {
                let upsert = "INSERT OR REPLACE INTO live_value (name, value) VALUES (?, ?)";
                local.execute(upsert, [name, value]).map(drop)
            }
            None => local.execute("DELETE FROM live_value WHERE name = ?", [name]).map(drop),
        })
    }

    /// A secret kept under a name. One that does not open counts as none.
    pub fn live_secret(&mut self, name: &str) -> Result<Option<SecretString>> {
        let key = self.sealing_key().clone();
        let sealed = self.with_local(|local| {
            let select = "SELECT sealed FROM live_secret WHERE name = ?";
            local.query_row(select, [name], |row| row.get::<_, Vec<u8>>(0)).optional()
        })?;
        let opened = sealed.and_then(|sealed| sealed::open(key.bytes(), &purpose(name), &sealed).ok());
        Ok(opened.and_then(|plain| std::str::from_utf8(&plain).ok().map(SecretString::from)))
    }

    /// `None` forgets it.
    pub fn save_live_secret(&mut self, name: &str, secret: Option<&str>) -> Result<()> {
        let sealed = secret
            .map(|secret| sealed::seal(self.sealing_key().bytes(), &purpose(name), secret.as_bytes()))
            .transpose()
            .map_err(|_| StoreError::Folder(std::io::ErrorKind::Other))?;
        self.with_local(|local| match &sealed {
            Some(sealed) => {
                let upsert = "INSERT OR REPLACE INTO live_secret (name, sealed) VALUES (?, ?)";
                local.execute(upsert, params![name, sealed]).map(drop)
            }
            None => local.execute("DELETE FROM live_secret WHERE name = ?", [name]).map(drop),
        })
    }
}

/// A secret that was sealed under one name opens under no other.
fn purpose(name: &str) -> String {
    format!("live-secret/{name}")
}
