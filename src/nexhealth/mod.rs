//! A typed client of NexHealth: appointments, names of patients and rooms, and the endpoints its messages go to.
//! It asks and answers in the clinic's nouns; what to ask and what to keep is decided elsewhere. NexHealth knows nothing
//! of NxVET and neither does this client: only the plumbing below JSON is shared (`nxvet`'s retries, caps and trouble).

mod client;
mod endpoints;
mod envelope;
mod error;
#[cfg(test)]
pub(crate) mod fake;
mod pace;
mod token;
mod wire;

pub use client::{Client, ClientOptions, Practice};
pub use endpoints::appointments::{AppointmentPage, Window};
pub use endpoints::hooks::{Endpoint, SUBSCRIPTIONS, Subscription};
pub use endpoints::places::{Location, RoomName};
pub use error::Error;

use crate::nxvet::{ServerUrl, ServerUrlError};

/// NexHealth's own server, for practice and sandbox alike: the key decides.
#[expect(clippy::expect_used, reason = "the text is a constant and a test parses it")]
pub fn server() -> ServerUrl {
    ServerUrl::parse("https://nexhealth.info").expect("the vendor's address parses")
}

/// Another server than NexHealth's own is taken on this computer only: the key goes nowhere else.
pub fn parse_server(text: &str) -> Result<ServerUrl, ServerUrlError> {
    let parsed = ServerUrl::parse(text)?;
    if parsed == server() || parsed.is_loopback() { Ok(parsed) } else { Err(ServerUrlError::NotAnAddress) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_goes_to_nexhealth_or_stays_on_this_computer() {
        assert_eq!(server().display(), "nexhealth.info");
        assert!(parse_server("https://nexhealth.info").is_ok() && parse_server("http://127.0.0.1:9").is_ok());
        for other in [
            "https://nexhealth.info.evil.example",
            "https://nexhealth.com",
            "http://nexhealth.info",
            "https://10.0.0.1",
        ] {
            assert!(parse_server(other).is_err(), "{other}");
        }
    }
}
