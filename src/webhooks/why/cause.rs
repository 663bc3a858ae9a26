//! The named causes of a refusal, and a plain sentence for each: what happened and what to do about it.
//! No sentence holds anything of a request or a secret.

use super::super::verify::Part;
use super::rewrite::{Escapes, Layout, Order, Rewriting};
use crate::domain::live::Scheme;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    Missing(Part),
    Blank(Part),
    Duplicate(Part),
    Malformed(Part),
    /// Signed this many seconds before it arrived.
    OldTime {
        seconds: u64,
    },
    /// Signed this many seconds after now.
    ClockBehind {
        seconds: u64,
    },
    RetiredSecret,
    /// Signed with the secret of another webhook of the clinic.
    OtherWebhook(Scheme),
    /// The secret kept here lacks what it begins with.
    SecretWithoutBeginning,
    /// The sender left out what the secret begins with.
    SignedWithoutBeginning,
    SecretWithBlanks,
    /// Headers and signature are another sender's.
    WrongAddress(Scheme),
    /// The right headers, but the signature is reckoned another sender's way.
    OtherScheme(Scheme),
    /// The signatures of two senders at once.
    TwoSenders,
    OddBase64,
    TimeRewritten,
    Rewritten(Rewriting),
    FinalNewlineLost,
    FinalNewlineAdded,
    LineEndsChanged,
    ByteOrderMark,
    Charset,
    HexCapitals,
    PrefixMissing,
    PrefixExtra,
    PrefixCapitals,
    SignatureInBase64,
    SignatureWithBlanks,
    BodyCut,
    BodyEmpty,
    BodyCompressed,
    NoSecret,
    /// None of the mistakes that are made in practice.
    Unknown,
}

impl Cause {
    /// Seconds from the time of sending to now; negative when that lies ahead.
    pub(super) fn of_age(seconds: i64) -> Self {
        let distance = seconds.unsigned_abs();
        if seconds < 0 { Self::ClockBehind { seconds: distance } } else { Self::OldTime { seconds: distance } }
    }

    /// The name of the cause, for support, tests and the store.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing(_) => "missing_header",
            Self::Blank(_) => "blank_header",
            Self::Duplicate(_) => "duplicate_header",
            Self::Malformed(_) => "malformed_header",
            Self::OldTime { .. } => "old_time",
            Self::ClockBehind { .. } => "clock_behind",
            Self::RetiredSecret => "retired_secret",
            Self::OtherWebhook(_) => "other_webhook",
            Self::SecretWithoutBeginning => "secret_without_beginning",
            Self::SignedWithoutBeginning => "signed_without_beginning",
            Self::SecretWithBlanks => "secret_with_blanks",
            Self::WrongAddress(_) => "wrong_address",
            Self::OtherScheme(_) => "other_scheme",
            Self::TwoSenders => "two_senders",
            Self::OddBase64 => "odd_base64",
            Self::TimeRewritten => "time_rewritten",
            Self::Rewritten(_) => "rewritten",
            Self::FinalNewlineLost => "final_newline_lost",
            Self::FinalNewlineAdded => "final_newline_added",
            Self::LineEndsChanged => "line_ends_changed",
            Self::ByteOrderMark => "byte_order_mark",
            Self::Charset => "charset",
            Self::HexCapitals => "hex_capitals",
            Self::PrefixMissing => "prefix_missing",
            Self::PrefixExtra => "prefix_extra",
            Self::PrefixCapitals => "prefix_capitals",
            Self::SignatureInBase64 => "signature_in_base64",
            Self::SignatureWithBlanks => "signature_with_blanks",
            Self::BodyCut => "body_cut",
            Self::BodyEmpty => "body_empty",
            Self::BodyCompressed => "body_compressed",
            Self::NoSecret => "no_secret",
            Self::Unknown => "unknown",
        }
    }

    /// `scheme` is the one of the address that was called.
    pub fn sentence(self, scheme: Scheme) -> String {
        let sender = sender(scheme);
        match self {
            Self::Missing(_) | Self::Blank(_) | Self::Duplicate(_) | Self::Malformed(_) => self.header_sentence(sender),
            Self::OldTime { .. } | Self::ClockBehind { .. } | Self::TimeRewritten => self.time_sentence(sender),
            Self::RetiredSecret
            | Self::OtherWebhook(_)
            | Self::SecretWithoutBeginning
            | Self::SignedWithoutBeginning
            | Self::SecretWithBlanks
            | Self::NoSecret => self.secret_sentence(sender),
            Self::WrongAddress(_) | Self::OtherScheme(_) | Self::TwoSenders => self.scheme_sentence(scheme),
            Self::HexCapitals
            | Self::PrefixMissing
            | Self::PrefixExtra
            | Self::PrefixCapitals
            | Self::SignatureInBase64
            | Self::SignatureWithBlanks
            | Self::OddBase64 => self.signature_sentence(sender),
            Self::Unknown => format!(
                "None of the usual mistakes explains it. Either the secret kept here is not this webhook's, or it did \
                 not come from {sender}. If every delivery is refused, make the webhook anew."
            ),
            _ => self.body_sentence(),
        }
    }

    fn header_sentence(self, sender: &str) -> String {
        match self {
            Self::Missing(part) => format!(
                "{} is missing. Something between {sender} and this computer takes it away, or it did not come from \
                 {sender}.",
                capital(part.words())
            ),
            Self::Blank(part) => {
                format!(
                    "{} arrived empty. Something between {sender} and this computer clears it.",
                    capital(part.words())
                )
            }
            Self::Duplicate(part) => format!(
                "{} is there twice. Something on the way adds one of its own; which one is right cannot be told.",
                capital(part.words())
            ),
            Self::Malformed(part) => {
                format!("{} is not written the way {sender} writes it.", capital(part.words()))
            }
            _ => String::new(),
        }
    }

    fn time_sentence(self, sender: &str) -> String {
        match self {
            Self::OldTime { seconds } => format!(
                "It was signed {0} before it arrived, and 5 minutes are allowed. It was held up on its way, an old one \
                 was sent again, or this computer's clock is {0} fast.",
                duration(seconds)
            ),
            Self::ClockBehind { seconds } => format!(
                "It was signed {0} from now. This computer's clock is {0} slow: set it right.",
                duration(seconds)
            ),
            _ => format!("The time of sending was written anew on its way. It must arrive as {sender} wrote it."),
        }
    }

    fn secret_sentence(self, sender: &str) -> String {
        match self {
            Self::RetiredSecret => format!(
                "It is signed with a secret that this webhook had before. Delete the old webhook at {sender} if it is \
                 still there."
            ),
            Self::OtherWebhook(other) => format!(
                "It is signed with the secret of another webhook of this clinic ({}). The two have each other's address.",
                other.words()
            ),
            Self::SecretWithoutBeginning => {
                "The secret kept here lacks its beginning “whsec_”. Enter it again, all of it.".to_owned()
            }
            Self::SignedWithoutBeginning => format!(
                "It is signed with the secret without its beginning “whsec_”. {sender} signs with all of it, so it \
                 did not come from {sender}, or a program on the way signs anew."
            ),
            Self::SecretWithBlanks => {
                "The secret kept here has blanks at its ends. Enter it again without them.".to_owned()
            }
            _ => "No secret that could be relied on is kept for this address, so nothing can be checked. Make the webhook anew.".to_owned(),
        }
    }

    fn scheme_sentence(self, scheme: Scheme) -> String {
        match self {
            Self::WrongAddress(other) => format!(
                "This is a message of {} at the address that is kept for {}. Exchange the addresses.",
                other.words(),
                scheme.words()
            ),
            Self::OtherScheme(other) => format!(
                "It is signed with the right secret, but the way {} signs and not the way {} does.",
                other.words(),
                scheme.words()
            ),
            _ => "It carries the signatures of two senders, so it is not clear whose it is.".to_owned(),
        }
    }

    fn signature_sentence(self, sender: &str) -> String {
        let what = match self {
            Self::HexCapitals => "is written in capital letters",
            Self::PrefixMissing => "lacks its beginning “sha256=”",
            Self::PrefixExtra => "begins with “sha256=”, which does not belong there",
            Self::PrefixCapitals => "begins with “sha256=” in capital letters",
            Self::SignatureInBase64 => "is written in base64 instead of hexadecimal digits",
            Self::OddBase64 => "is over another kind of base64",
            _ => "has blanks or quotation marks around it",
        };
        format!(
            "The signature is right, but it {what}. Something on the way changes it; {sender} does not write it so."
        )
    }

    fn body_sentence(self) -> String {
        const UNTOUCHED: &str = "The proxy or tunnel has to hand the body on untouched.";
        let what = match self {
            Self::Rewritten(rewriting) => {
                let signed = signed_form(rewriting);
                return format!(
                    "The body was written anew on its way: what was signed is the same text {signed}. {UNTOUCHED}"
                );
            }
            Self::FinalNewlineLost => "The line break at the end of the body was lost on its way.",
            Self::FinalNewlineAdded => "Blanks or a line break were added to the body on its way.",
            Self::LineEndsChanged => "The line breaks in the body were changed on its way.",
            Self::ByteOrderMark => "A mark of its character set was added to the body or taken from it on its way.",
            Self::Charset => "The body was converted to another character set on its way.",
            Self::BodyCut => "The end of the body is missing.",
            Self::BodyEmpty => "The body arrived empty.",
            _ => "The body arrived compressed, and it is signed uncompressed.",
        };
        format!("{what} {UNTOUCHED}")
    }
}

/// Who sends, as everybody calls them.
fn sender(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Organization | Scheme::Partner => "NxVET",
        Scheme::NexHealth => "NexHealth",
    }
}

fn signed_form(rewriting: Rewriting) -> String {
    let layout = match rewriting.layout {
        Layout::Compact => "without blanks",
        Layout::Spaced => "with a blank behind each comma and colon",
        Layout::Indented { .. } => "with indented lines",
    };
    let order = match rewriting.order {
        Order::Kept => "",
        Order::Sorted => ", its parts in alphabetical order",
        Order::Documented => ", its parts in the sender's order",
    };
    let escapes = match rewriting.escapes {
        Escapes::None => "",
        _ => ", special letters written as numbers",
    };
    format!("{layout}{order}{escapes}")
}

/// The two largest parts of a length of time.
fn duration(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let pair = |more: u64, unit: &str, less: u64, small: &str| {
        if less == 0 { format!("{more} {unit}") } else { format!("{more} {unit} {less} {small}") }
    };
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => pair(minutes, "min", seconds % 60, "s"),
        (0, _, _) => pair(hours, "h", minutes % 60, "min"),
        (1, _, _) => pair(1, "day", hours % 24, "h"),
        _ => pair(days, "days", hours % 24, "h"),
    }
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_said_in_two_parts() {
        let pairs = [
            (0, "0 s"),
            (59, "59 s"),
            (300, "5 min"),
            (380, "6 min 20 s"),
            (3_600, "1 h"),
            (3_661, "1 h 1 min"),
            (90_000, "1 day 1 h"),
            (172_800, "2 days"),
        ];
        for (seconds, words) in pairs {
            assert_eq!(duration(seconds), words);
        }
    }

    #[test]
    fn the_side_of_the_clock_is_told() {
        let slow = Cause::of_age(-380).sentence(Scheme::Partner);
        assert_eq!(slow, "It was signed 6 min 20 s from now. This computer's clock is 6 min 20 s slow: set it right.");
        assert!(Cause::of_age(380).sentence(Scheme::Partner).starts_with("It was signed 6 min 20 s before it arrived"));
    }
}
