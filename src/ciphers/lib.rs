//! The ciphers that whole databases and recordings go through: `SQLCipher`'s pages and the chunks of sealed files.
//! Knows nothing of keys' origin, files or consultations; bytes go in and come out.

pub mod chunks;
pub mod pages;
