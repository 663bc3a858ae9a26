//! Every layer's error told as a fault; the words for it live with the state.

use crate::nxvet::{Error, TlsFault};
use crate::platform::secrets::SecretError;
use crate::state::{Fault, Problem};
use crate::store::{FileError, StoreError};

/// What was being done, for the words that name what a key may not do.
#[derive(Clone, Copy, Debug)]
pub(super) enum Doing {
    SigningIn,
    Listing,
    Reading,
    Downloading,
    Webhooks,
}

pub(super) fn of_network(error: &Error, doing: Doing, clock_off_minutes: i64) -> Problem {
    Problem::new(&fault_of_network(error, doing, clock_off_minutes), error.code())
}

fn fault_of_network(error: &Error, doing: Doing, clock_off_minutes: i64) -> Fault {
    match error {
        Error::Unauthorized => Fault::KeyRefused,
        Error::Forbidden => Fault::NotAllowed(match doing {
            Doing::SigningIn => "read the clinic it belongs to",
            Doing::Listing => "list consultations",
            Doing::Reading => "read consultations",
            Doing::Downloading => "download recordings",
            Doing::Webhooks => "manage webhooks",
        }),
        Error::NotFound => match doing {
            Doing::Reading => Fault::RecordGone,
            Doing::Downloading => Fault::RecordingMissing,
            Doing::SigningIn | Doing::Listing | Doing::Webhooks => Fault::Unexpected,
        },
        Error::RateLimited { .. } => Fault::SlowDown,
        Error::Server { .. } => Fault::ServerTrouble,
        Error::NoConnection => Fault::NoConnection,
        Error::CannotFindServer => Fault::CannotFindServer,
        Error::Timeout => Fault::TooSlow,
        Error::Tls(TlsFault::Expired) if clock_off_minutes != 0 => Fault::ClockOff(clock_off_minutes),
        Error::Tls(TlsFault::Expired) => Fault::CertificateExpired,
        Error::Tls(TlsFault::WrongHost) => Fault::WrongHost,
        Error::Tls(_) => Fault::UntrustedConnection,
        Error::RedirectedElsewhere { .. } => Fault::SentElsewhere,
        Error::NotNxvet => Fault::NotNxVet,
        Error::Unexpected { .. } | Error::Setup(_) => Fault::Unexpected,
        Error::TooLarge => Fault::TooLarge,
        Error::BrokenOff => Fault::BrokenOff,
    }
}

pub(super) fn of_file(error: &FileError) -> Problem {
    let (fault, code) = match error {
        FileError::DiskFull { needed_bytes } => (Fault::DiskFull(Some(*needed_bytes)), "FILE-FULL"),
        FileError::ReadOnly => (Fault::NotSaved("this place is read-only".to_owned()), "FILE-RO"),
        FileError::NotPermitted => (Fault::NotSaved("you are not allowed to write there".to_owned()), "FILE-DENIED"),
        FileError::FolderMissing => (Fault::NotSaved("the folder does not exist any more".to_owned()), "FILE-FOLDER"),
        _ => (Fault::NotSaved("the file could not be written".to_owned()), "FILE"),
    };
    Problem::new(&fault, code)
}

pub(super) fn of_store(error: &StoreError) -> Problem {
    match error {
        StoreError::DiskFull => Problem::new(&Fault::DiskFull(None), "DB-FULL"),
        other => Problem::new(&Fault::Store(format!("{other}.")), "DB"),
    }
}

pub(super) fn of_secret(error: &SecretError) -> Problem {
    let (fault, code) = match error {
        SecretError::Absent => (Fault::KeyStoreAbsent, "KEYS-NONE"),
        SecretError::Slow => (Fault::KeyStoreSlow, "KEYS-SLOW"),
        SecretError::Locked => (Fault::KeyStoreLocked, "KEYS-LOCKED"),
        SecretError::Refused(_) => (Fault::KeyStoreLocked, "KEYS-REFUSED"),
    };
    Problem::new(&fault, code)
}

/// The reason follows a colon in the sentence on screen.
pub(super) fn lower_first(words: &str) -> String {
    let words = words.trim_end_matches('.');
    let mut chars = words.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}
