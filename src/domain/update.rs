//! Releases of this program: numbers that can be compared, what a notice of one says, and where notices may be asked for.
//! Nothing here asks, proves a signature or opens a page.

use chrono::NaiveDate;
use std::cmp::Ordering;
use std::fmt;
use url::{Host, Url};

/// The address that is asked where the settings name none; whoever builds the program may set one.
pub const BUILT_IN_ADDRESS: &str = match option_env!("CONSULT_DESK_UPDATE_ADDRESS") {
    Some(address) => address,
    None => "",
};
/// The maker's public key for notices of releases; whoever builds the program may set one.
pub const BUILT_IN_KEY: &str = match option_env!("CONSULT_DESK_UPDATE_KEY") {
    Some(key) => key,
    None => "",
};
/// A number longer than this is none.
const LONGEST_VERSION: usize = 64;

/// A release's number, such as `0.2.0` or `1.0.0-beta.2`, ordered as semantic versioning says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    numbers: [u32; 3],
    /// What comes before the release itself; empty for the release.
    before: Vec<String>,
}

impl Version {
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST_VERSION {
            return None;
        }
        // What follows a plus tells of the build and counts for nothing.
        let text = text.split_once('+').map_or(text, |(number, _)| number);
        let (core, before) = text.split_once('-').map_or((text, None), |(core, before)| (core, Some(before)));
        let mut parts = core.split('.').map(number);
        let numbers = [parts.next()??, parts.next()??, parts.next()??];
        if parts.next().is_some() {
            return None;
        }
        let before: Vec<String> = before.map_or_else(Vec::new, |before| before.split('.').map(str::to_owned).collect());
        let is_word = |word: &String| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        before.iter().all(is_word).then_some(Self { numbers, before })
    }

    /// The program that runs.
    pub fn running() -> Self {
        let text = env!("CARGO_PKG_VERSION");
        Self::parse(text).unwrap_or(Self { numbers: [0; 3], before: Vec::new() })
    }
}

/// Digits alone, without the sign that a number may have elsewhere.
fn number(text: &str) -> Option<u32> {
    text.chars().all(|c| c.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let before = || match (self.before.is_empty(), other.before.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => before_order(&self.before, &other.before),
        };
        self.numbers.cmp(&other.numbers).then_with(before)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Numbers by their value and below words; of two that begin alike the longer one is later.
fn before_order(one: &[String], other: &[String]) -> Ordering {
    let word = |one: &String, other: &String| match (number(one), number(other)) {
        (Some(one), Some(other)) => one.cmp(&other),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => one.cmp(other),
    };
    let differs = one.iter().zip(other).map(|(one, other)| word(one, other)).find(|order| order.is_ne());
    differs.unwrap_or_else(|| one.len().cmp(&other.len()))
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(f, "{major}.{minor}.{patch}")?;
        if self.before.is_empty() { Ok(()) } else { write!(f, "-{}", self.before.join(".")) }
    }
}

/// What a notice says; nobody but the holder of the maker's key can have written it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    pub version: Version,
    pub date: NaiveDate,
    pub page: ReleasePage,
    /// The files of the release, for whoever compares what was downloaded.
    pub sums: Vec<FileSum>,
}

/// A file and its SHA-256 in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSum {
    pub file: String,
    pub sha256: String,
}

impl FileSum {
    /// Only what can stand in a list of sums: a bare name and sixty-four digits.
    pub fn new(file: &str, sha256: &str) -> Option<Self> {
        let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+' | '~');
        let is_name = !file.is_empty() && file.len() <= 128 && file.chars().all(is_bare);
        let is_sum = sha256.len() == 64 && sha256.chars().all(|c| c.is_ascii_hexdigit());
        (is_name && is_sum).then(|| Self { file: file.to_owned(), sha256: sha256.to_ascii_lowercase() })
    }
}

/// The page that a click opens in the browser: `https` and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleasePage(Url);

impl ReleasePage {
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let is_plain = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
        let has_host = url.host_str().is_some_and(|host| !host.is_empty());
        (is_plain && has_host).then_some(Self(url))
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }
}

/// Where notices of releases are asked for: `https` anywhere, `http` on this computer only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateAddress(Url);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressFault {
    #[error("no address is set")]
    None,
    #[error("this is no address; it should look like https://example.org/consult-desk.signed")]
    Form,
    #[error("the address must begin with https")]
    Open,
    #[error("the address must not hold a user name or a password")]
    User,
    #[error("the address must not hold a question mark: nothing is told by it")]
    Query,
}

impl UpdateAddress {
    pub fn parse(text: &str) -> Result<Self, AddressFault> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AddressFault::None);
        }
        let url = Url::parse(text).map_err(|_| AddressFault::Form)?;
        let host = url.host().ok_or(AddressFault::Form)?;
        match url.scheme() {
            "https" => {}
            "http" if is_this_computer(&host) => {}
            "http" => return Err(AddressFault::Open),
            _ => return Err(AddressFault::Form),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressFault::User);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(AddressFault::Query);
        }
        Ok(Self(url))
    }

    pub fn url(&self) -> &Url {
        &self.0
    }

    /// Scheme, host and port alone.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }
}

fn is_this_computer(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.eq_ignore_ascii_case("localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// Whether a text looks like a public key of minisign; what it is worth shows when a notice is proved.
pub fn is_key_form(text: &str) -> bool {
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
    text.len() == 56 && text.starts_with("RW") && text.chars().all(is_base64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap_or_else(|| panic!("{text} is a number"))
    }

    #[test]
    fn later_releases_are_greater() {
        let ascending = [
            "0.1.0",
            "0.1.1",
            "0.2.0",
            "0.10.0",
            "1.0.0-2",
            "1.0.0-10",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.1",
        ];
        for (at, one) in ascending.iter().enumerate() {
            for (other_at, other) in ascending.iter().enumerate() {
                assert_eq!(version(one).cmp(&version(other)), at.cmp(&other_at), "{one} and {other}");
            }
        }
        assert_eq!(version("1.2.3+linux").cmp(&version("1.2.3+windows")), Ordering::Equal);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in
            ["", "1", "1.2", "1.2.3.4", "v1.2.3", "1.2.x", "-1.2.3", "+1.2.3", "1.2.3-", "1.2.3-a..b", "1.2.3-ä"]
        {
            assert_eq!(Version::parse(text), None, "{text}");
        }
        assert_eq!(Version::parse(&format!("1.2.{}", "9".repeat(70))), None);
        assert_eq!(Version::parse("1.2.4294967296"), None, "more than a number holds");
        assert_eq!(Version::running().to_string(), env!("CARGO_PKG_VERSION"));
    }

    #[test]
    fn only_a_safe_address_without_any_telling_is_asked() {
        let good =
            ["https://example.org/desk.signed", "http://127.0.0.1:8080/a", "http://[::1]:1/", "http://localhost/a"];
        for text in good {
            assert!(UpdateAddress::parse(text).is_ok(), "{text}");
        }
        let bad = [
            ("  ", AddressFault::None),
            ("example.org", AddressFault::Form),
            ("file:///etc/passwd", AddressFault::Form),
            ("http://example.org/a", AddressFault::Open),
            ("http://127.0.0.1.example.org/a", AddressFault::Open),
            ("https://me@example.org/a", AddressFault::User),
            ("https://example.org/a?id=7", AddressFault::Query),
            ("https://example.org/a#b", AddressFault::Query),
        ];
        for (text, fault) in bad {
            assert_eq!(UpdateAddress::parse(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn a_page_is_https_and_a_sum_is_a_sum() {
        assert_eq!(
            ReleasePage::parse("https://example.org/r").map(|page| page.host().to_owned()),
            Some("example.org".to_owned())
        );
        for text in ["http://example.org/", "javascript:alert(1)", "file:///a", "https://", "https://a:b@example.org/"]
        {
            assert_eq!(ReleasePage::parse(text), None, "{text}");
        }
        let sum = "Ab".repeat(32);
        assert_eq!(FileSum::new("desk_0.2.0_amd64.deb", &sum).map(|sum| sum.sha256), Some("ab".repeat(32)));
        assert_eq!(FileSum::new("../desk", &sum), None);
        assert_eq!(FileSum::new("desk.deb", "ab"), None);
    }

    #[test]
    fn a_key_of_minisign_is_known_by_its_form() {
        assert!(is_key_form("RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"));
        for text in ["", "RWQ", "untrusted comment: minisign public key", &"A".repeat(56)] {
            assert!(!is_key_form(text), "{text}");
        }
    }
}
