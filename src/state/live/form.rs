//! The form of a new webhook, and what may stand in it.
//! An address is judged before NxVET is asked: it must be one that NxVET could call.

use super::request::{NewWebhook, PublicAddress};
use crate::domain::live::{EventType, WebhookId, public_net};
use crate::state::problem::Problem;
use std::collections::BTreeSet;
use std::net::IpAddr;
use url::{Host, Url};

/// NxVET takes no more of them from one clinic.
pub const MOST_WEBHOOKS: usize = 10;
/// Longer ones are no addresses that anybody types.
const LONGEST: usize = 2_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookForm {
    pub address: String,
    pub description: String,
    /// What is ticked.
    pub types: BTreeSet<EventType>,
    /// The webhook in whose place the new one comes; its secret changes.
    pub replaces: Option<WebhookId>,
    pub is_sending: bool,
    pub problem: Option<Problem>,
}

impl WebhookForm {
    pub(super) fn new() -> Self {
        Self {
            address: String::new(),
            description: String::new(),
            types: EventType::CHOICES.into_iter().collect(),
            replaces: None,
            is_sending: false,
            problem: None,
        }
    }

    pub fn is_ticked(&self, event_type: &EventType) -> bool {
        self.types.contains(event_type)
    }

    /// Something is ticked and an address stands there.
    pub fn may_send(&self) -> bool {
        !self.is_sending && !self.types.is_empty() && !self.address.trim().is_empty()
    }

    /// All ticked is every type, those that NxVET will invent included.
    pub(super) fn wish(&self, address: String) -> NewWebhook {
        let is_all = EventType::CHOICES.iter().all(|choice| self.types.contains(choice));
        NewWebhook {
            address: PublicAddress(address),
            description: self.description.trim().to_owned(),
            event_types: (!is_all).then(|| self.types.iter().cloned().collect()),
            replaces: self.replaces.clone(),
        }
    }
}

/// Why an address cannot be called by NxVET.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressFault {
    #[error("This is not an address")]
    NotAnAddress,
    #[error("NxVET only calls addresses with https:// in front")]
    NotSecure,
    #[error("An address with a user name or a password in it is not accepted")]
    HasUser,
    #[error("This name exists only inside your network, so NxVET cannot reach it")]
    NotPublic,
    #[error("Leave out what stands after the name: the rest is added here")]
    HasMore,
    #[error("This address is too long")]
    TooLong,
}

/// Cleans and judges the address of a webhook. `is_local`: NxVET itself is on this computer, as with sample data, and
/// then reaches this computer's own addresses.
pub fn check_address(typed: &str, is_local: bool) -> Result<String, AddressFault> {
    let typed = typed.trim();
    if typed.len() > LONGEST {
        return Err(AddressFault::TooLong);
    }
    let with_scheme = if typed.contains("://") { typed.to_owned() } else { format!("https://{typed}") };
    let mut url = Url::parse(&with_scheme).map_err(|_unreadable| AddressFault::NotAnAddress)?;
    let is_loopback = is_local && is_this_computer(&url);
    match url.scheme() {
        "https" => {}
        "http" if is_loopback => {}
        "http" => return Err(AddressFault::NotSecure),
        _ => return Err(AddressFault::NotAnAddress),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressFault::HasUser);
    }
    if !is_loopback && !is_public(&url) {
        return Err(AddressFault::NotPublic);
    }
    url.set_fragment(None);
    Ok(url.to_string())
}

/// The same for the public name alone, to which the receiver's path is added; ends without a slash.
pub fn check_base(typed: &str, is_local: bool) -> Result<String, AddressFault> {
    let address = check_address(typed, is_local)?;
    let url = Url::parse(&address).map_err(|_unreadable| AddressFault::NotAnAddress)?;
    if url.path() != "/" || url.query().is_some() {
        return Err(AddressFault::HasMore);
    }
    Ok(address.trim_end_matches('/').to_owned())
}

fn is_this_computer(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Whether the whole net may know it. Whether it does is found out by asking.
fn is_public(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => public_net::is_public_name(name),
        Some(Host::Ipv4(ip)) => public_net::is_public(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => public_net::is_public(IpAddr::V6(ip)),
        None => false,
    }
}

/// An address as it is shown: parts of its path that nobody could remember are left out, as they keep strangers away.
pub fn shown_address(address: &str) -> String {
    let Some((head, path)) = address.find("://").and_then(|at| {
        let start = at + 3;
        let slash = address.get(start..)?.find('/')? + start;
        Some(address.split_at(slash))
    }) else {
        return address.to_owned();
    };
    let shown: Vec<&str> = path.split('/').map(|part| if part.len() >= 20 { "…" } else { part }).collect();
    format!("{head}{}", shown.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_nxvet_could_call_are_taken() {
        for (typed, taken) in [
            (" relay.harbourvets.example/nx ", "https://relay.harbourvets.example/nx"),
            ("https://relay.harbourvets.example", "https://relay.harbourvets.example/"),
            ("https://relay.harbourvets.example:8443/a?b=c#d", "https://relay.harbourvets.example:8443/a?b=c"),
            ("https://8.8.4.4/nx", "https://8.8.4.4/nx"),
            ("https://[2606:4700::1111]/nx", "https://[2606:4700::1111]/nx"),
        ] {
            assert_eq!(check_address(typed, false).as_deref(), Ok(taken), "{typed}");
        }
    }

    #[test]
    fn what_nxvet_cannot_reach_is_named_before_it_is_asked() {
        use AddressFault::{HasUser, NotAnAddress, NotPublic, NotSecure};
        for (typed, fault) in [
            ("", NotAnAddress),
            ("https://", NotAnAddress),
            ("ftp://relay.example.com", NotAnAddress),
            ("http://relay.example.com/nx", NotSecure),
            ("http://127.0.0.1:8737/x", NotSecure),
            ("https://desk@relay.example.com/", HasUser),
            ("https://localhost/x", NotPublic),
            ("https://reception-pc/x", NotPublic),
            ("https://desk.local/x", NotPublic),
            ("https://192.168.1.20/x", NotPublic),
            ("https://100.100.1.2/x", NotPublic),
            ("https://[::1]/x", NotPublic),
            ("https://[fd00::1]/x", NotPublic),
            ("https://[::ffff:10.0.0.1]/x", NotPublic),
        ] {
            assert_eq!(check_address(typed, false), Err(fault), "{typed}");
        }
    }

    #[test]
    fn a_pretended_nxvet_on_this_computer_reaches_it() {
        assert_eq!(check_address("http://127.0.0.1:8737/x", true).as_deref(), Ok("http://127.0.0.1:8737/x"));
        assert_eq!(check_address("http://192.168.1.20/x", true), Err(AddressFault::NotSecure));
    }

    #[test]
    fn the_public_name_stands_alone() {
        assert_eq!(check_base("desk.example.com/", false).as_deref(), Ok("https://desk.example.com"));
        assert_eq!(check_base("desk.example.com/nx", false), Err(AddressFault::HasMore));
        assert_eq!(check_base("desk.example.com/?a", false), Err(AddressFault::HasMore));
    }

    #[test]
    fn a_path_that_keeps_strangers_away_is_not_shown() {
        assert_eq!(shown_address("https://a.example/nx"), "https://a.example/nx");
        assert_eq!(shown_address("https://a.example/org/0123456789abcdef0123456789abcdef"), "https://a.example/org/…");
        assert_eq!(shown_address("https://a.example"), "https://a.example");
    }

    #[test]
    fn all_ticked_is_every_type_of_the_future_too() {
        let mut form = WebhookForm { address: "a.example".to_owned(), ..WebhookForm::new() };
        assert_eq!(form.wish("https://a.example/".to_owned()).event_types, None);
        form.types.remove(&EventType::RecordDeleted);
        assert_eq!(form.wish("https://a.example/".to_owned()).event_types.map(|types| types.len()), Some(4));
        form.types.clear();
        assert!(!form.may_send());
    }
}
