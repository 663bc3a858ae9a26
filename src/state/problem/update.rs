//! What can go wrong when it is looked for a new release, and the words for it. The desk works on in any case.

use super::Severity;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateFault {
    /// There is no address, or none that may be asked; why.
    Address(String),
    /// No public key is set, so nothing could be believed.
    NoKey,
    /// What is set is no public key.
    BadKey,
    NoConnection,
    TooSlow,
    /// The connection is not safe.
    NotSafe,
    /// The address leads to another server.
    SentElsewhere,
    /// The server has no notice there; its status.
    NotThere(u16),
    TooLarge,
    /// What came is no signed notice.
    NotSigned,
    /// It is signed, but not with the key that is set, or it was changed afterwards.
    WrongSignature,
    /// It is genuine, but cannot be read.
    Unreadable,
    /// The browser could not be started.
    PageNotOpened,
}

pub(super) fn severity(fault: &UpdateFault) -> Severity {
    match fault {
        UpdateFault::WrongSignature => Severity::Error,
        _ => Severity::Warning,
    }
}

pub(super) fn words(fault: &UpdateFault) -> (String, String) {
    let (summary, hint) = match fault {
        UpdateFault::Address(why) => {
            return (format!("Nowhere to ask: {why}."), "Type in where new releases are announced.".to_owned());
        }
        UpdateFault::NotThere(status) => {
            let summary = format!("No notice of releases was found there (status {status}).");
            return (summary, "Check the address.".to_owned());
        }
        UpdateFault::NoKey => {
            ("No public key is set, so no notice could be believed.", "Type in the key of whoever makes the releases.")
        }
        UpdateFault::BadKey => (
            "This is no public key.",
            "It has 56 letters and digits and begins with RW; compare it with the one of whoever makes the releases.",
        ),
        UpdateFault::NoConnection => ("The address for releases cannot be reached.", "Nothing else is affected."),
        UpdateFault::TooSlow => ("The address for releases takes too long to answer.", "Nothing else is affected."),
        UpdateFault::NotSafe => (
            "The secure connection to the address for releases is not trusted on this computer.",
            "A security device on your network may be in between.",
        ),
        UpdateFault::SentElsewhere => (
            "The address for releases leads to another server, which was not asked.",
            "Type in the address that it leads to, if you trust it.",
        ),
        UpdateFault::TooLarge => ("What came is too large for a notice of a release.", "It was not read."),
        UpdateFault::NotSigned => (
            "What came is no signed notice of a release.",
            "It was not believed. Check the address; the network may want a sign-in first.",
        ),
        UpdateFault::WrongSignature => (
            "The notice of a release is not signed with the maker's key, so it was not believed.",
            "Do not install anything because of it. Tell whoever looks after your computers.",
        ),
        UpdateFault::Unreadable => ("The notice of a release is genuine but cannot be read.", "Nothing was changed."),
        UpdateFault::PageNotOpened => {
            ("The browser could not be started.", "The page's address is in Settings, under Updates.")
        }
    };
    (summary.to_owned(), hint.to_owned())
}
