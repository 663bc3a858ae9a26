//! What can go wrong with live updates, and the words for it.

use super::share::{self, ShareFault};
use super::{Offer, Severity};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiveFault {
    /// NxVET takes no more from one clinic.
    TooManyWebhooks,
    /// The address cannot be called; why.
    Address(String),
    /// NxVET did not say whether the webhook was made, and could not be asked.
    NotKnownIfMade,
    /// It was made but its secret did not arrive or could not be kept, so it was deleted again.
    SecretLost,
    /// The same, and it could not be deleted yet.
    OrphanStays,
    /// One whose making was cut short by the end of the program was deleted.
    OrphanRemoved,
    /// The new one works; the old one is still there.
    OldOneStays,
    /// NxVET stopped calling; failures in a row, and the last answer it got.
    Stopped {
        failures: u32,
        last: Option<u16>,
    },
    Failing {
        failures: u32,
        last: Option<u16>,
    },
    /// So many deliveries were refused within the last hour.
    Refused(usize),
    /// Another program listens there.
    PortTaken(u16),
    /// The receiver could not be started; why.
    ReceiverFailed(String),
    /// The certificate or its key cannot be used; why.
    BadTls(String),
    /// Which hop of the line failed, and how.
    Hop(HopFault),
    /// Why nothing is shared with other computers.
    Share(ShareFault),
}

/// How a hop of the line can fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HopFault {
    /// The receiver is switched off.
    ReceiverOff,
    /// Nothing answers on the receiver's port.
    NoListener(u16),
    /// Something else answers there.
    OtherListener(u16),
    /// The public name is not known.
    NoSuchName,
    /// The name leads to an address inside the network.
    InnerAddress,
    CertificateUntrusted,
    CertificateExpired,
    CertificateOfAnother,
    NoSecureConnection,
    /// No connection to the public address from here.
    Unreachable,
    /// It answers by sending elsewhere.
    Redirects,
    /// A web server or tunnel answers, but does not reach this computer.
    Gateway(u16),
    /// It reaches this computer, but passes another name on than the public one.
    NameChanged,
    /// Something else answers at the public address.
    AnsweredElsewhere(u16),
    /// NxVET says that its test was taken, and it was not taken here.
    TakenElsewhere,
    /// NxVET says that it could not connect.
    VendorCannotConnect,
    /// NxVET sent its test, and nothing is known of it.
    NothingArrived,
    /// The test arrived and was refused; why.
    Refused(String),
}

pub(super) fn severity(fault: &LiveFault) -> Severity {
    match fault {
        LiveFault::OrphanRemoved => Severity::Info,
        LiveFault::Stopped { .. }
        | LiveFault::Failing { .. }
        | LiveFault::Refused(_)
        | LiveFault::OldOneStays
        | LiveFault::OrphanStays
        | LiveFault::TooManyWebhooks => Severity::Warning,
        _ => Severity::Error,
    }
}

pub(super) fn offer(fault: &LiveFault) -> Option<Offer> {
    matches!(fault, LiveFault::NotKnownIfMade | LiveFault::SecretLost).then_some(Offer::TryAgain)
}

pub(super) fn words(fault: &LiveFault) -> (String, String) {
    let own = |summary: &str, hint: &str| (summary.to_owned(), hint.to_owned());
    match fault {
        LiveFault::TooManyWebhooks => own(
            "NxVET takes 10 addresses from one clinic, and there are 10 already.",
            "Delete one that is not needed any more, then add the new one.",
        ),
        LiveFault::Address(why) => (format!("{why}."), "Type it as a web browser shows it.".to_owned()),
        LiveFault::NotKnownIfMade => own(
            "NxVET did not say whether it made the address.",
            "Consult Desk looks it up before anything else is made, and deletes it if it is there.",
        ),
        LiveFault::SecretLost => {
            own("The address was made, but its secret did not arrive, so it was deleted again.", "Add it once more.")
        }
        LiveFault::OrphanStays => own(
            "An address was made whose secret is lost, and it could not be deleted yet.",
            "Consult Desk tries again the next time it opens.",
        ),
        LiveFault::OrphanRemoved => own(
            "An address whose making was cut short was deleted again.",
            "Its secret was lost with the last run. Add it once more if it is still wanted.",
        ),
        LiveFault::OldOneStays => own(
            "The new address works, but the old one could not be deleted.",
            "Delete it here when NxVET can be reached again.",
        ),
        LiveFault::Stopped { .. } | LiveFault::Failing { .. } | LiveFault::Refused(_) => banner_words(fault),
        LiveFault::PortTaken(port) => (
            format!("Nothing can be received: another program uses port {port} of this computer."),
            "Choose another port in the settings, or end that program.".to_owned(),
        ),
        LiveFault::ReceiverFailed(why) => {
            (format!("Nothing can be received: {why}."), "The list still refreshes by itself.".to_owned())
        }
        LiveFault::BadTls(why) => (
            format!("Nothing can be received: {why}."),
            "Check the certificate and its key in the settings.".to_owned(),
        ),
        LiveFault::Hop(fault) => hop_words(fault),
        LiveFault::Share(fault) => share::words(fault),
    }
}

fn banner_words(fault: &LiveFault) -> (String, String) {
    let last_answer = |last: &Option<u16>| last.map(|code| format!(" Last answer: {code}.")).unwrap_or_default();
    match fault {
        LiveFault::Stopped { failures, last } => (
            "NxVET stopped sending to an address because it kept failing.".to_owned(),
            match failures {
                0 => format!("Turn it on again; what was missed is read then.{}", last_answer(last)),
                failures => format!(
                    "It failed {failures} times in a row.{} Turn it on again; what was missed is read then.",
                    last_answer(last)
                ),
            },
        ),
        LiveFault::Failing { failures, last } => (
            format!("NxVET could not deliver the last {failures} times.{}", last_answer(last)),
            "Send a test to see which part of the line fails. The list still refreshes by itself.".to_owned(),
        ),
        LiveFault::Refused(1) => (
            "1 delivery was refused within the last hour.".to_owned(),
            "Its details say why; the list still refreshes by itself.".to_owned(),
        ),
        LiveFault::Refused(count) => (
            format!("{count} deliveries were refused within the last hour."),
            "Their details say why; the list still refreshes by itself.".to_owned(),
        ),
        _ => (String::new(), String::new()),
    }
}

fn hop_words(fault: &HopFault) -> (String, String) {
    let own = |summary: &str, hint: &str| (summary.to_owned(), hint.to_owned());
    match fault {
        HopFault::ReceiverOff => own("Receiving is switched off.", "Switch it on in the settings."),
        HopFault::NoListener(port) => (
            format!("Nothing answers on port {port} of this computer."),
            "A security program may block it. Choose another port in the settings and try again.".to_owned(),
        ),
        HopFault::OtherListener(port) => (
            format!("Another program answers on port {port} of this computer."),
            "Choose another port in the settings, and in the tunnel or web server.".to_owned(),
        ),
        HopFault::Redirects => own(
            "The public address sends its callers elsewhere, and NxVET does not follow.",
            "Enter the address that it sends to, or have that turned off.",
        ),
        HopFault::Gateway(code) => (
            format!("The tunnel or web server answers ({code}), but does not reach this computer."),
            "Check that it runs, and that it leads to the port shown in its instructions.".to_owned(),
        ),
        HopFault::NameChanged => own(
            "The tunnel or web server reaches this computer, but under another name.",
            "Have it pass the public name on unchanged (the “Host” header).",
        ),
        HopFault::AnsweredElsewhere(code) => (
            format!("Something else answers at the public address ({code})."),
            "Check that it leads to this computer, with paths and headers unchanged.".to_owned(),
        ),
        HopFault::TakenElsewhere => own(
            "NxVET's test was taken by something else than this desk.",
            "The public address leads to another computer. Check where it leads.",
        ),
        HopFault::VendorCannotConnect => own(
            "NxVET could not connect to the public address.",
            "Check that the name leads to this clinic, and that the router lets port 443 through.",
        ),
        HopFault::NothingArrived => own(
            "NxVET sent its test, and nothing arrived within 15 seconds.",
            "Check that the tunnel or web server runs, then try again.",
        ),
        HopFault::Refused(why) => {
            (format!("The test arrived, but it was refused. {why}"), "Make the address anew if this stays.".to_owned())
        }
        _ => reach_words(fault),
    }
}

/// What can be wrong with the public address itself.
fn reach_words(fault: &HopFault) -> (String, String) {
    let (summary, hint) = match fault {
        HopFault::NoSuchName => (
            "The public name is not known.",
            "Check how it is written. A new name can take an hour until everybody knows it.",
        ),
        HopFault::InnerAddress => (
            "The public name leads to an address inside a network, where NxVET cannot reach it.",
            "Ask whoever looks after the name to let it lead to the clinic's public address.",
        ),
        HopFault::CertificateUntrusted => (
            "The certificate of the public address is not one that everybody trusts.",
            "NxVET will refuse it. Have the web server get one, as Caddy does by itself.",
        ),
        HopFault::CertificateExpired => (
            "The certificate of the public address is not valid today.",
            "Have it renewed, or check this computer's clock.",
        ),
        HopFault::CertificateOfAnother => (
            "The certificate of the public address belongs to another name.",
            "Check how the name is written, and for which name the web server got its certificate.",
        ),
        HopFault::NoSecureConnection => {
            ("The public address does not speak https.", "Have the web server or tunnel offer https on port 443.")
        }
        _ => (
            "The public address cannot be reached from this computer.",
            "Some routers do not let their own address be reached from inside; then NxVET's test decides.",
        ),
    };
    (summary.to_owned(), hint.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::{Fault, Problem};
    use super::*;

    #[test]
    fn every_fault_says_what_happened_and_what_to_do() {
        let why = || "the file cannot be read".to_owned();
        let hops = [
            HopFault::ReceiverOff,
            HopFault::NoListener(8_737),
            HopFault::OtherListener(8_737),
            HopFault::NoSuchName,
            HopFault::InnerAddress,
            HopFault::CertificateUntrusted,
            HopFault::CertificateExpired,
            HopFault::CertificateOfAnother,
            HopFault::NoSecureConnection,
            HopFault::Unreachable,
            HopFault::Redirects,
            HopFault::Gateway(502),
            HopFault::NameChanged,
            HopFault::AnsweredElsewhere(404),
            HopFault::TakenElsewhere,
            HopFault::VendorCannotConnect,
            HopFault::NothingArrived,
            HopFault::Refused("The signature is another one.".to_owned()),
        ];
        let others = [
            LiveFault::TooManyWebhooks,
            LiveFault::Address(why()),
            LiveFault::NotKnownIfMade,
            LiveFault::SecretLost,
            LiveFault::OrphanStays,
            LiveFault::OrphanRemoved,
            LiveFault::OldOneStays,
            LiveFault::Stopped { failures: 12, last: Some(502) },
            LiveFault::Failing { failures: 4, last: None },
            LiveFault::Refused(3),
            LiveFault::PortTaken(8_737),
            LiveFault::ReceiverFailed(why()),
            LiveFault::BadTls(why()),
        ];
        let sharing = [
            ShareFault::BadAddress("Why".to_owned()),
            ShareFault::NoCode,
            ShareFault::BadCode(why()),
            ShareFault::Unreachable,
            ShareFault::LoginRefused,
            ShareFault::NoTls,
            ShareFault::NoStore,
            ShareFault::NothingShared,
            ShareFault::OtherCode,
            ShareFault::CannotKeep(why()),
        ];
        let others = others.into_iter().chain(sharing.map(LiveFault::Share));
        let mut seen = std::collections::HashSet::new();
        for fault in hops.into_iter().map(LiveFault::Hop).chain(others) {
            let problem = Problem::new(&Fault::Live(fault.clone()), "X");
            assert!(problem.summary.ends_with('.') && problem.hint.ends_with('.'), "{fault:?}: {problem:?}");
            assert!(seen.insert(problem.sentence()), "two faults say the same: {fault:?}");
        }
    }

    #[test]
    fn a_stopped_address_names_its_last_answer() {
        let problem = Problem::new(&Fault::Live(LiveFault::Stopped { failures: 12, last: Some(502) }), "X");
        assert!(problem.hint.contains("12 times") && problem.hint.contains("502"), "{problem:?}");
        assert_eq!(problem.severity, Severity::Warning);
    }
}
