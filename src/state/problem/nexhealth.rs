//! What can go wrong with NexHealth, and the words for it. NxVET is not touched by any of it, and the words say so
//! where somebody could think it.

use super::{Offer, Severity};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NexHealthFault {
    /// What was typed cannot be a key; why.
    KeyForm(String),
    /// What else was typed is wrong; why and what to do.
    Form(&'static str),
    KeyRefused,
    NotAllowed,
    /// The subdomain or location is not known there.
    UnknownPractice,
    /// The practice has several locations, or the one that was given is not taken.
    NeedsLocation,
    SlowDown,
    ServerTrouble,
    NoConnection,
    /// The connection is not safe, or leads elsewhere.
    NotSafe,
    Unexpected,
    /// Messages need an address that NexHealth can reach.
    NoPublicAddress,
    /// NexHealth gave up sending its messages.
    MessagesStopped,
    /// Messages were set up, but what proves them genuine did not arrive or could not be kept.
    SecretLost,
    /// What proves messages genuine is too short to do so.
    WeakSecret,
    /// The key could not be kept on this computer; why.
    KeyNotKept(String),
    /// A room's name or a decision could not be kept and was taken back; why.
    NotKept(String),
}

pub(super) fn severity(fault: &NexHealthFault) -> Severity {
    match fault {
        NexHealthFault::SlowDown => Severity::Info,
        NexHealthFault::ServerTrouble
        | NexHealthFault::NoConnection
        | NexHealthFault::NoPublicAddress
        | NexHealthFault::MessagesStopped
        | NexHealthFault::NeedsLocation => Severity::Warning,
        _ => Severity::Error,
    }
}

pub(super) fn offer(fault: &NexHealthFault) -> Option<Offer> {
    let may_pass = matches!(
        fault,
        NexHealthFault::SlowDown
            | NexHealthFault::ServerTrouble
            | NexHealthFault::NoConnection
            | NexHealthFault::Unexpected
            | NexHealthFault::SecretLost
    );
    may_pass.then_some(Offer::TryAgain)
}

pub(super) fn words(fault: &NexHealthFault) -> (String, String) {
    let (summary, hint) = match fault {
        NexHealthFault::KeyForm(why) => {
            return (format!("{why}."), "Copy the key from NexHealth again and paste it here.".to_owned());
        }
        NexHealthFault::Form(what) => return (format!("{what}."), String::new()),
        NexHealthFault::KeyNotKept(why) => {
            let summary = format!("NexHealth accepted the key, but it could not be kept: {why}.");
            return (summary, "Connect once more when that is mended.".to_owned());
        }
        NexHealthFault::NotKept(why) => {
            return (format!("Not saved, and taken back: {why}."), "Try it again in a moment.".to_owned());
        }
        NexHealthFault::KeyRefused => (
            "NexHealth did not accept this key.",
            "It may have expired or been revoked. The appointments that are here stay.",
        ),
        NexHealthFault::NotAllowed => {
            ("This key may not read the practice's appointments.", "Ask whoever gave it to you to allow that.")
        }
        NexHealthFault::UnknownPractice => (
            "NexHealth does not know this practice, or the key is not for it.",
            "Check the subdomain and the location as NexHealth shows them.",
        ),
        NexHealthFault::NeedsLocation => (
            "NexHealth needs to know which location's appointments are meant.",
            "Type the location's number as NexHealth shows it.",
        ),
        NexHealthFault::SlowDown => ("NexHealth asked us to slow down.", "Trying again in a few minutes."),
        NexHealthFault::ServerTrouble => {
            ("NexHealth has a problem on its side.", "Trying again by itself; the appointments that are here stay.")
        }
        NexHealthFault::NotSafe => (
            "The secure connection to NexHealth failed, so the key was not sent.",
            "Check this computer's clock and its network.",
        ),
        NexHealthFault::Unexpected => ("NexHealth sent something unexpected.", "The appointments that are here stay."),
        NexHealthFault::NoPublicAddress => (
            "Messages need a public address of this clinic, and none is set up.",
            "Set up live updates first. Until then appointments are asked for every few minutes.",
        ),
        NexHealthFault::MessagesStopped => (
            "NexHealth stopped sending, as it does after 48 h of failures.",
            "Make the address work, then turn it on again. Until then appointments are asked for every few minutes.",
        ),
        NexHealthFault::SecretLost => (
            "Messages were not turned on: what proves them genuine did not arrive or could not be kept.",
            "Try it once more. Until then appointments are asked for every few minutes.",
        ),
        NexHealthFault::WeakSecret => (
            "NexHealth gave a secret that is too short to prove its messages genuine, so messages stay off.",
            "Appointments are asked for every few minutes instead.",
        ),
        NexHealthFault::NoConnection => {
            ("NexHealth cannot be reached.", "Trying again by itself; the appointments that are here stay.")
        }
    };
    (summary.to_owned(), hint.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::{Fault, Problem};
    use super::*;

    #[test]
    fn every_fault_says_what_happened_and_what_to_do() {
        let why = || "the disk is full".to_owned();
        let faults = [
            NexHealthFault::KeyForm(why()),
            NexHealthFault::KeyRefused,
            NexHealthFault::NotAllowed,
            NexHealthFault::UnknownPractice,
            NexHealthFault::NeedsLocation,
            NexHealthFault::SlowDown,
            NexHealthFault::ServerTrouble,
            NexHealthFault::NoConnection,
            NexHealthFault::NotSafe,
            NexHealthFault::Unexpected,
            NexHealthFault::NoPublicAddress,
            NexHealthFault::MessagesStopped,
            NexHealthFault::SecretLost,
            NexHealthFault::WeakSecret,
            NexHealthFault::KeyNotKept(why()),
            NexHealthFault::NotKept(why()),
        ];
        let mut seen = std::collections::HashSet::new();
        for fault in faults {
            let problem = Problem::new(&Fault::NexHealth(fault.clone()), "X");
            assert!(problem.summary.ends_with('.') && problem.hint.ends_with('.'), "{fault:?}: {problem:?}");
            assert!(seen.insert(problem.summary), "two faults say the same: {fault:?}");
        }
    }
}
