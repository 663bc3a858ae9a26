//! What can go wrong where several computers share one receiver, and the words for it.

/// Why nothing is shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShareFault {
    /// There is no address of a broker, or none that may be used; why.
    BadAddress(String),
    /// This computer was not told the pairing code.
    NoCode,
    /// What was typed is no pairing code; why.
    BadCode(String),
    Unreachable,
    LoginRefused,
    NoTls,
    /// The broker keeps no messages.
    NoStore,
    /// Nobody shared anything there yet.
    NothingShared,
    /// The computer that receives has another code.
    OtherCode,
    /// What comes in cannot be kept here; why.
    CannotKeep(String),
}

pub(super) fn words(fault: &ShareFault) -> (String, String) {
    let own = |summary: &str, hint: &str| (summary.to_owned(), hint.to_owned());
    match fault {
        ShareFault::BadAddress(why) => (
            format!("Nothing is shared: {}.", first_small(why)),
            "Type the address of the computer that runs the broker (nats-server).".to_owned(),
        ),
        ShareFault::NoCode => own(
            "Nothing is shared: this computer does not know the pairing code.",
            "The computer that receives shows it in its settings; type it in here.",
        ),
        ShareFault::BadCode(why) => {
            (format!("{why}."), "Compare it with the one shown on the computer that receives.".to_owned())
        }
        ShareFault::Unreachable => own(
            "The broker cannot be reached, so nothing is shared.",
            "It is tried again; the list still refreshes by itself. Check that nats-server runs, and its address.",
        ),
        ShareFault::LoginRefused => own(
            "The broker does not take this user, password or token.",
            "Enter them again as they stand in the broker's own settings.",
        ),
        ShareFault::NoTls => own(
            "No secure connection to the broker could be made.",
            "Check its certificate, or use nats:// within the clinic's network.",
        ),
        ShareFault::NoStore => own(
            "The broker keeps no messages.",
            "Switch its JetStream on (nats-server -js) and give it some room on its disk.",
        ),
        ShareFault::NothingShared => own(
            "The broker is there, but no computer shares this clinic's events yet.",
            "Choose “This PC receives and shares” on the computer that receives.",
        ),
        ShareFault::OtherCode => own(
            "The pairing code is not the one of the computer that receives.",
            "Type in the code that its settings show.",
        ),
        ShareFault::CannotKeep(why) => (
            format!("Shared events cannot be kept: {why}."),
            "They wait at the broker for seven days; the list still refreshes by itself.".to_owned(),
        ),
    }
}

/// Within a sentence.
fn first_small(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}
