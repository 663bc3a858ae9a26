//! What went wrong, in words for the person at the desk: what happened, what it means, what to do next.
//! The only home of these words; other layers name a [`Fault`] and nothing more.

mod live;
mod nexhealth;
mod share;
mod support;
mod update;

pub use live::{HopFault, LiveFault};
pub use nexhealth::NexHealthFault;
pub use share::ShareFault;
pub use support::SupportFault;
pub use update::UpdateFault;

/// A fault as a person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub severity: Severity,
    /// One sentence: what happened.
    pub summary: String,
    /// What it means or what to do next; may be empty.
    pub hint: String,
    /// A short code to quote to support; never an address, a key or content.
    pub code: String,
    pub offer: Option<Offer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Info,
    Warning,
    Error,
}

/// The one next step a problem offers as a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    EnterNewKey,
    TryAgain,
    SaveRecording,
}

impl Offer {
    pub fn words(self) -> &'static str {
        match self {
            Self::EnterNewKey => "Enter a new key",
            Self::TryAgain => "Try again",
            Self::SaveRecording => "Save recording…",
        }
    }
}

/// What can go wrong, as the other layers name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    BadKeyForm(String),
    KeyRefused,
    /// What the key may not do, such as `download recordings`.
    NotAllowed(&'static str),
    RecordGone,
    /// NxVET has none under this id, and nothing of it was ever kept here.
    RecordUnknown,
    /// What was clicked is no link to a consultation.
    LinkUnknown,
    RecordingMissing,
    SlowDown,
    ServerTrouble,
    NoConnection,
    CannotFindServer,
    TooSlow,
    /// Minutes that this computer's clock is off.
    ClockOff(i64),
    UntrustedConnection,
    /// The server's certificate is not valid at this computer's time; how far the clock is off is not known.
    CertificateExpired,
    WrongHost,
    SentElsewhere,
    NotNxVet,
    Unexpected,
    TooLarge,
    BrokenOff,
    OfflineNeverOpened,
    /// Bytes that are missing on the disk, when known.
    DiskFull(Option<u64>),
    NotSaved(String),
    /// Nothing is wrong with the place: the reason lies before the writing.
    NotExported(String),
    /// Why nothing was printed.
    NotPrinted(String),
    /// A mark or remark that was shown already could not be kept; why.
    MarkNotKept(String),
    /// What was done cannot be noted; why.
    LogNotWritten(String),
    /// A key is kept, but what opens it is gone from the key store.
    KeyLost,
    KeyStoreAbsent,
    KeyStoreLocked,
    KeyStoreSlow,
    NoSoundDevice,
    SoundDeviceLost,
    Unplayable(String),
    /// What is stored here does not prove itself.
    RecordingDamaged,
    /// The store on this computer, in words.
    Store(String),
    /// So many files withstood the removal of everything.
    FilesLeft(usize),
    /// Everything is removed but the secret in the system's password store.
    SecretLeft,
    /// The desk was locked while its key was in memory alone.
    LockedWithoutKey,
    WrongPin,
    /// After too many wrong ones.
    PinMustWait,
    PinNeeded,
    /// The fewest characters it must have.
    PinTooShort(usize),
    /// Nothing is kept that a PIN could protect.
    NoPinHere,
    /// The PIN alone protects what is kept, so it cannot be removed.
    PinIsAll,
    /// Something about live updates.
    Live(LiveFault),
    /// Part of the desk itself.
    Support(SupportFault),
    /// Something about NexHealth.
    NexHealth(NexHealthFault),
    /// Something about looking for a new release.
    Update(UpdateFault),
}

impl Problem {
    /// `code` is quoted to support; it carries no content.
    pub fn new(fault: &Fault, code: impl Into<String>) -> Self {
        let (summary, hint) = words(fault);
        Self { severity: severity(fault), summary, hint, code: code.into(), offer: offer(fault) }
    }

    /// Both sentences in one line, for a toast or a screen reader.
    pub fn sentence(&self) -> String {
        if self.hint.is_empty() { self.summary.clone() } else { format!("{} {}", self.summary, self.hint) }
    }
}

fn severity(fault: &Fault) -> Severity {
    match fault {
        Fault::Live(fault) => live::severity(fault),
        Fault::NexHealth(fault) => nexhealth::severity(fault),
        Fault::Support(fault) => support::severity(*fault),
        Fault::Update(fault) => update::severity(fault),
        Fault::SlowDown | Fault::KeyStoreSlow | Fault::LockedWithoutKey | Fault::PinNeeded => Severity::Info,
        Fault::WrongPin
        | Fault::PinMustWait
        | Fault::PinTooShort(_)
        | Fault::NoPinHere
        | Fault::NoConnection
        | Fault::CannotFindServer
        | Fault::TooSlow
        | Fault::ServerTrouble
        | Fault::OfflineNeverOpened
        | Fault::NoSoundDevice
        | Fault::SoundDeviceLost
        | Fault::KeyStoreAbsent
        | Fault::RecordGone
        | Fault::RecordUnknown
        | Fault::LinkUnknown
        | Fault::RecordingMissing
        | Fault::RecordingDamaged
        | Fault::LogNotWritten(_)
        | Fault::SecretLeft
        | Fault::Store(_) => Severity::Warning,
        _ => Severity::Error,
    }
}

fn offer(fault: &Fault) -> Option<Offer> {
    match fault {
        Fault::Live(fault) => live::offer(fault),
        Fault::NexHealth(fault) => nexhealth::offer(fault),
        Fault::KeyRefused => Some(Offer::EnterNewKey),
        Fault::Unplayable(_) | Fault::NoSoundDevice => Some(Offer::SaveRecording),
        Fault::NoConnection
        | Fault::CannotFindServer
        | Fault::TooSlow
        | Fault::ServerTrouble
        | Fault::NotNxVet
        | Fault::Unexpected
        | Fault::BrokenOff
        | Fault::SlowDown
        | Fault::ClockOff(_)
        | Fault::CertificateExpired
        | Fault::OfflineNeverOpened
        | Fault::SoundDeviceLost
        | Fault::RecordingMissing => Some(Offer::TryAgain),
        _ => None,
    }
}

fn words(fault: &Fault) -> (String, String) {
    let own = |summary: &str, hint: &str| (summary.to_owned(), hint.to_owned());
    match fault {
        Fault::KeyRefused
        | Fault::NotAllowed(_)
        | Fault::BadKeyForm(_)
        | Fault::KeyLost
        | Fault::LockedWithoutKey
        | Fault::WrongPin
        | Fault::PinMustWait
        | Fault::PinNeeded
        | Fault::PinTooShort(_)
        | Fault::NoPinHere
        | Fault::PinIsAll
        | Fault::KeyStoreAbsent
        | Fault::KeyStoreLocked
        | Fault::KeyStoreSlow => key_words(fault),
        Fault::DiskFull(_)
        | Fault::NotSaved(_)
        | Fault::NotExported(_)
        | Fault::NotPrinted(_)
        | Fault::MarkNotKept(_)
        | Fault::LogNotWritten(_)
        | Fault::Store(_)
        | Fault::FilesLeft(_)
        | Fault::SecretLeft
        | Fault::NoSoundDevice
        | Fault::SoundDeviceLost
        | Fault::Unplayable(_) => computer_words(fault),
        Fault::Live(fault) => live::words(fault),
        Fault::NexHealth(fault) => nexhealth::words(fault),
        Fault::Support(fault) => support::words(*fault),
        Fault::Update(fault) => update::words(fault),
        Fault::RecordUnknown => own(
            "This consultation is not on NxVET.",
            "It may belong to another clinic, or it was removed. Nothing of it is kept on this computer.",
        ),
        Fault::LinkUnknown => own(
            "This link does not lead to a consultation.",
            "A part of it may be missing. Ask for it again, or look for the consultation in the list.",
        ),
        Fault::RecordGone => own("This consultation is no longer on NxVET.", "Showing the copy kept here."),
        Fault::RecordingDamaged => own("This recording is damaged on this computer.", "It is being fetched again."),
        Fault::RecordingMissing => own("The recording is not on NxVET.", "It may have been removed."),
        Fault::OfflineNeverOpened => own("You are offline and this consultation was never opened here.", ""),
        _ => network_words(fault),
    }
}

fn key_words(fault: &Fault) -> (String, String) {
    let (summary, hint) = match fault {
        Fault::BadKeyForm(why) => {
            return (format!("{why}."), "Copy the key from NxVET again and paste it here.".to_owned());
        }
        Fault::NotAllowed(what) => {
            let hint = "Ask whoever manages NxVET keys to check its scopes.".to_owned();
            return (format!("This key may not {what}."), hint);
        }
        Fault::KeyStoreAbsent => (
            "This computer has no password store, so the key is not remembered.",
            "It is used for this session only; you will be asked again next time.",
        ),
        Fault::KeyLost => (
            "The key kept on this computer cannot be opened any more.",
            "Paste it here once again. Nothing else is lost.",
        ),
        Fault::WrongPin => ("This PIN is not right.", "After several wrong ones there is a wait."),
        Fault::PinMustWait => ("Too many wrong PINs were entered.", "The next one is taken after a wait."),
        Fault::PinNeeded => ("A PIN is needed to open this desk.", ""),
        Fault::PinTooShort(fewest) => {
            return ("This PIN is too short.".to_owned(), format!("Choose at least {fewest} characters."));
        }
        Fault::NoPinHere => (
            "No PIN can be set here.",
            "Nothing of this session is kept on this computer, so there is nothing to protect.",
        ),
        Fault::PinIsAll => (
            "The PIN cannot be removed.",
            "This computer has no password store, so the PIN alone protects what is kept here.",
        ),
        Fault::LockedWithoutKey => {
            ("The desk was locked.", "The key was never kept on this computer, so paste it here once again to go on.")
        }
        Fault::KeyStoreLocked => (
            "Your system's password store is locked, so the key cannot be read.",
            "Unlock it, or enter the key for this session only.",
        ),
        Fault::KeyStoreSlow => ("Waiting for your system's password store.", "You can enter the key instead."),
        _ => ("NxVET did not accept this key.", "It may have expired or been revoked. What you have open stays here."),
    };
    (summary.to_owned(), hint.to_owned())
}

fn computer_words(fault: &Fault) -> (String, String) {
    match fault {
        Fault::DiskFull(Some(bytes)) => {
            let summary = format!("Not saved: the disk needs {} MB more.", bytes.div_ceil(1_000_000).max(1));
            (summary, "No partial file was left.".to_owned())
        }
        Fault::DiskFull(None) => ("Not saved: the disk is full.".to_owned(), "No partial file was left.".to_owned()),
        Fault::NotSaved(why) => {
            (format!("Not saved: {why}."), "No partial file was left. Choose another place.".to_owned())
        }
        Fault::NotExported(why) => (format!("Not saved: {why}."), "No partial file was left.".to_owned()),
        Fault::NotPrinted(why) => {
            (format!("Not printed: {why}."), "You can save it as a PDF and print that elsewhere.".to_owned())
        }
        Fault::MarkNotKept(why) => {
            (format!("The mark was not saved and was taken back: {why}."), "Try it again in a moment.".to_owned())
        }
        Fault::LogNotWritten(why) => (
            format!("What is done here cannot be noted in the log: {why}."),
            "It is noted as soon as that is possible again, as long as Consult Desk stays open.".to_owned(),
        ),
        Fault::Unplayable(why) => {
            (format!("This recording can't be played: {why}."), "You can still save it as it is.".to_owned())
        }
        Fault::SoundDeviceLost => (
            "The speakers or headphones went away.".to_owned(),
            "Playing is paused. Press Play to go on with the ones there are now.".to_owned(),
        ),
        Fault::Store(what) => (what.clone(), String::new()),
        Fault::FilesLeft(files) => (
            match files {
                1 => "One file could not be removed from this computer.".to_owned(),
                files => format!("{files} files could not be removed from this computer."),
            },
            "Another program may hold it. The keys are gone, so nothing can be read from it any more. \
             Close Consult Desk and start it again: then it is removed."
                .to_owned(),
        ),
        Fault::SecretLeft => (
            "Everything was removed but one entry in this computer's password store.".to_owned(),
            "It opens nothing any more. Unlock the password store and remove “Consult Desk” there.".to_owned(),
        ),
        _ => ("No speakers or headphones found.".to_owned(), "You can still export the recording.".to_owned()),
    }
}

fn network_words(fault: &Fault) -> (String, String) {
    let (summary, hint) = match fault {
        Fault::SlowDown => ("NxVET asked us to slow down.", "Trying again in a moment."),
        Fault::ServerTrouble => ("NxVET has a problem on its side.", "Retrying; nothing here is lost."),
        Fault::CannotFindServer => ("Can't reach NxVET.", "Check this computer's internet connection."),
        Fault::TooSlow => ("NxVET takes too long to answer.", "The connection may be slow or blocked."),
        Fault::ClockOff(minutes) => {
            let off = minutes.unsigned_abs();
            let summary = format!("This computer's clock is {off} minutes off, so secure connections fail.");
            return (summary, "Set the clock and try again.".to_owned());
        }
        Fault::UntrustedConnection => (
            "The secure connection to NxVET is not trusted on this computer.",
            "A security device on your network may be in between. Ask whoever looks after it.",
        ),
        Fault::CertificateExpired => (
            "The secure connection to NxVET failed: its certificate is not valid at this computer's date and time.",
            "Check this computer's clock. If it is right, try again later.",
        ),
        Fault::WrongHost => (
            "The answer came from a computer that is not NxVET.",
            "The key was not sent. Check the network you are on.",
        ),
        Fault::SentElsewhere => {
            ("NxVET's address sent us to another place, which was refused.", "The key was not sent there.")
        }
        Fault::NotNxVet => {
            ("The network answered instead of NxVET.", "You may have to sign in to this Wi-Fi in a web browser first.")
        }
        Fault::TooLarge => ("The answer was larger than it may be.", "It was not loaded."),
        Fault::BrokenOff => ("The connection broke off.", "Nothing incomplete was kept."),
        Fault::Unexpected => ("The server sent something unexpected.", "Nothing here is lost."),
        _ => ("No connection.", "Showing what was saved here."),
    };
    (summary.to_owned(), hint.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_place_is_only_offered_when_the_place_is_to_blame() {
        let of = |fault: Fault| Problem::new(&fault, "X").sentence();
        let placed = of(Fault::NotSaved("this place is read-only".to_owned()));
        assert_eq!(placed, "Not saved: this place is read-only. No partial file was left. Choose another place.");
        let other = of(Fault::NotExported("the download was cancelled".to_owned()));
        assert_eq!(other, "Not saved: the download was cancelled. No partial file was left.");
    }

    #[test]
    fn words_say_what_happened_and_what_to_do() {
        let problem = Problem::new(&Fault::KeyRefused, "NX-401");
        assert_eq!(
            problem.sentence(),
            "NxVET did not accept this key. It may have expired or been revoked. What you have open stays here."
        );
        assert_eq!(problem.offer, Some(Offer::EnterNewKey));
        assert_eq!(Problem::new(&Fault::SlowDown, "NX-429").severity, Severity::Info);
        let full = Problem::new(&Fault::DiskFull(Some(47_200_000)), "");
        assert_eq!(full.sentence(), "Not saved: the disk needs 48 MB more. No partial file was left.");
    }
}
