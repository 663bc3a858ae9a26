//! Lays a profile out that a later version of the program has written, for `packaging/startup_matrix.sh`: the real
//! window is started on it. Run by that script alone, with the session's real key store.

use chrono::DateTime;
use consult_desk::domain::ApiKey;
use consult_desk::nxvet::ServerUrl;
use consult_desk::platform::{Folders, SecretStore};
use consult_desk::store::{DatabaseKey, RecordingsKey, SealedKeyFile, SealingKey, Store, StoreKeys, Vault};
use rusqlite::Connection;
use std::path::PathBuf;

/// No version of today has tables of this level.
const LATER: i32 = 99;

#[test]
#[ignore = "needs a key store and a folder, both of which packaging/startup_matrix.sh gives it"]
fn lay_out_a_profile_of_a_later_version() {
    let of = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let folders = Folders::below(&PathBuf::from(of("MATRIX_HOME")));
    folders.create().expect("folders");
    let secret = SecretStore::Os.vault_key(true).expect("a key store").expect("a secret");
    let keys = StoreKeys {
        database: DatabaseKey::new([7; 32]),
        recordings: RecordingsKey::new([8; 32]),
        sealing: SealingKey::new([9; 32]),
    };
    let now = DateTime::UNIX_EPOCH;
    Vault::new(&folders.data).seal(&keys, Some(&secret), None, now).expect("a vault");
    let key = ApiKey::from_pasted(&of("MATRIX_KEY")).expect("a key");
    let server = ServerUrl::parse(&of("MATRIX_SERVER")).expect("a server");
    SealedKeyFile::new(&folders.data).save(&keys.sealing, &key, server.as_str()).expect("kept");
    drop(Store::open(&folders.data, &keys, now).expect("a store"));
    for name in ["cache.db", "local.db"] {
        let connection = Connection::open(folders.data.join(name)).expect("opened");
        connection.pragma_update(None, "key", format!("x'{}'", "07".repeat(32))).expect("a key");
        connection.pragma_update(None, "user_version", LATER).expect("a level");
    }
}
