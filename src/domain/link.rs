//! Links that lead to one consultation: `consultdesk://consultation/<id>`.
//! A link comes from anywhere, so nothing is taken but this form with an id of plain letters; whether there is such a
//! consultation is asked later. What was given is never printed: it may hold anything.

use super::ConsultationKey;
use std::fmt;

/// What the system registers for this program.
pub const SCHEME: &str = "consultdesk";
const PLACE: &str = "consultation";
/// The longest text that is looked at.
pub const LONGEST: usize = 128;
const LONGEST_ID: usize = 64;

/// A text that the system handed over as a link.
#[derive(Clone, PartialEq, Eq)]
pub struct GivenLink(String);

impl GivenLink {
    /// What is too long to be a link is not even kept.
    pub fn new(text: &str) -> Self {
        Self(if text.len() <= LONGEST { text.to_owned() } else { String::new() })
    }

    /// Whether a word of the command line is meant as a link, a good one or not.
    pub fn is_meant(text: &str) -> bool {
        let scheme = text.split_once(':').map(|(scheme, _)| scheme);
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
    }

    /// For handing it on as it is.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The consultation it leads to; `None` for everything that is not exactly such a link.
    pub fn target(&self) -> Option<ConsultationKey> {
        let (scheme, rest) = self.0.split_once(':')?;
        // Browsers may write the scheme and the place in capitals, as they mean the same.
        let (place, id) = rest.strip_prefix("//")?.split_once('/')?;
        let is_ours = scheme.eq_ignore_ascii_case(SCHEME) && place.eq_ignore_ascii_case(PLACE);
        (is_ours && is_plain_id(id)).then(|| ConsultationKey::record(id))
    }
}

impl fmt::Debug for GivenLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GivenLink([redacted])")
    }
}

/// The link that leads to a consultation. A room conversation has none, nor has an id that a link cannot hold.
pub fn to(key: &ConsultationKey) -> Option<String> {
    let id = key.record_id()?.as_str();
    is_plain_id(id).then(|| format!("{SCHEME}://{PLACE}/{id}"))
}

/// Letters, digits, `-` and `_`: no name, no address and no path can be written with these alone.
fn is_plain_id(id: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    (1..=LONGEST_ID).contains(&id.len()) && id.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ConversationId, DeviceId};

    fn target(text: &str) -> Option<ConsultationKey> {
        GivenLink::new(text).target()
    }

    #[test]
    fn a_link_leads_to_what_it_was_made_of() {
        let key = ConsultationKey::record("019a8b2e-7c11-7d3a-9c55-0a1b2c3d4e5f");
        let link = to(&key).expect("a link");
        assert_eq!(link, "consultdesk://consultation/019a8b2e-7c11-7d3a-9c55-0a1b2c3d4e5f");
        assert_eq!(target(&link), Some(key));
        assert_eq!(target("ConsultDesk://CONSULTATION/r_1"), Some(ConsultationKey::record("r_1")));
    }

    #[test]
    fn nothing_but_the_one_form_is_a_link() {
        let long = format!("consultdesk://consultation/{}", "a".repeat(LONGEST_ID + 1));
        for text in [
            "",
            "consultdesk:",
            "consultdesk:consultation/r1",
            "consultdesk:///r1",
            "consultdesk://consultation",
            "consultdesk://consultation/",
            "consultdesk://consultation/r1/",
            "consultdesk://consultation/r1/r2",
            "consultdesk://consultation/r1?key=1",
            "consultdesk://consultation/r1#top",
            "consultdesk://consultation/%72%31",
            "consultdesk://consultation/..",
            "consultdesk://consultation/r1 ",
            "consultdesk://consultation/Bella Roth",
            "consultdesk://consultation/Søren",
            "consultdesk://consultation/r1\n",
            "consultdesk://user@consultation/r1",
            "consultdesk://consultation:80/r1",
            "consultdesk://patient/r1",
            "consultdesks://consultation/r1",
            "https://consultation/r1",
            " consultdesk://consultation/r1",
            &long,
        ] {
            assert_eq!(target(text), None, "{text}");
        }
        assert_eq!(GivenLink::new(&"x".repeat(LONGEST + 1)).as_str(), "", "what is too long is not kept");
    }

    #[test]
    fn what_is_meant_as_a_link_is_known_from_its_beginning() {
        assert!(GivenLink::is_meant("consultdesk://consultation/r1") && GivenLink::is_meant("CONSULTDESK:what"));
        for text in ["--demo", "consultdesk", "receive", "C:\\consultdesk:", "consult-desk:x"] {
            assert!(!GivenLink::is_meant(text), "{text}");
        }
    }

    #[test]
    fn a_link_is_never_printed_and_a_conversation_has_none() {
        let given = GivenLink::new("consultdesk://consultation/secret");
        assert_eq!(format!("{given:?}"), "GivenLink([redacted])");
        let conversation = ConversationId::new("7");
        assert_eq!(to(&ConsultationKey::Conversation { device: DeviceId::new("hub_1"), conversation }), None);
        assert_eq!(to(&ConsultationKey::record("a/b")), None);
    }
}
