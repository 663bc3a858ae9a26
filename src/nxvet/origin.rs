//! Which server is asked: `https` anywhere, `http` on this computer only.
//! An address is an origin and nothing more; the key goes to this origin and to no other.

use std::fmt;
use url::{Host, Url};

/// The server that the key belongs to.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerUrl(Url);

/// Why a text cannot be a server's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServerUrlError {
    #[error("not an address; it should look like https://app.nx.vet")]
    NotAnAddress,
    #[error("the address must begin with https (http is for this computer only)")]
    NotSecure,
    #[error("the address must not hold a user name or a password")]
    HasUser,
    #[error("the address must end after the server's name")]
    HasMore,
}

impl ServerUrl {
    pub fn parse(text: &str) -> Result<Self, ServerUrlError> {
        let Ok(url) = Url::parse(text.trim()) else { return Err(ServerUrlError::NotAnAddress) };
        let has_host = url.host_str().is_some_and(|host| !host.is_empty());
        match url.scheme() {
            "https" if has_host => {}
            "http" if has_host && is_loopback(&url) => {}
            "http" if has_host => return Err(ServerUrlError::NotSecure),
            _ => return Err(ServerUrlError::NotAnAddress),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ServerUrlError::HasUser);
        }
        if url.query().is_some() || url.fragment().is_some() || url.path() != "/" {
            return Err(ServerUrlError::HasMore);
        }
        Ok(Self(url))
    }

    /// The vendor's own server.
    #[expect(clippy::expect_used, reason = "the text is a constant and a test parses it")]
    pub fn nxvet() -> Self {
        Self::parse("https://app.nx.vet").expect("the vendor's address parses")
    }

    /// The host for screens, with its port only where it is not the usual one.
    pub fn display(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// The whole address, as it is remembered between runs; [`Self::parse`] takes it back.
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    pub(crate) fn url(&self) -> &Url {
        &self.0
    }

    /// The address of a part of the API. Every segment is encoded as one, so an id cannot leave its place.
    pub(crate) fn api(&self, segments: &[&str]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.clear().push("api").extend(segments);
        }
        url
    }

    /// Scheme, host and port are all the same; only then may the key go along.
    pub(crate) fn is_origin_of(&self, url: &Url) -> bool {
        self.0.origin() == url.origin()
    }
}

impl fmt::Debug for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerUrl({})", self.as_str())
    }
}

/// Whether an address can only mean this computer.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secure_servers_and_this_computer_are_taken() {
        let good = [
            "https://app.nx.vet",
            " https://app.nx.vet/ \n",
            "https://clinic.example:8443",
            "https://10.0.0.7",
            "http://127.0.0.1:8080",
            "http://127.9.9.9:1",
            "http://[::1]:8080",
            "http://localhost:3000/",
            "HTTP://LOCALHOST:3000",
        ];
        for text in good {
            let server = ServerUrl::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(ServerUrl::parse(server.as_str()), Ok(server));
        }
        assert_eq!(ServerUrl::nxvet().display(), "app.nx.vet");
        assert_eq!(ServerUrl::parse("http://[::1]:8080").map(|url| url.display()), Ok("[::1]:8080".to_owned()));
    }

    #[test]
    fn everything_else_is_refused_by_name() {
        let bad = [
            ("", ServerUrlError::NotAnAddress),
            ("app.nx.vet", ServerUrlError::NotAnAddress),
            ("https://", ServerUrlError::NotAnAddress),
            ("ftp://app.nx.vet", ServerUrlError::NotAnAddress),
            ("file:///etc/passwd", ServerUrlError::NotAnAddress),
            ("http://app.nx.vet", ServerUrlError::NotSecure),
            ("http://127.0.0.1.evil.example", ServerUrlError::NotSecure),
            ("http://localhost.evil.example", ServerUrlError::NotSecure),
            ("http://[::ffff:127.0.0.1]", ServerUrlError::NotSecure),
            ("http://0.0.0.0:80", ServerUrlError::NotSecure),
            ("http://192.168.1.2", ServerUrlError::NotSecure),
            ("https://desk@app.nx.vet", ServerUrlError::HasUser),
            ("https://:secret@app.nx.vet", ServerUrlError::HasUser),
            ("https://app.nx.vet?key=1", ServerUrlError::HasMore),
            ("https://app.nx.vet/#top", ServerUrlError::HasMore),
            ("https://app.nx.vet/login", ServerUrlError::HasMore),
        ];
        for (text, error) in bad {
            assert_eq!(ServerUrl::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let server = ServerUrl::parse("https://app.nx.vet").expect("an address");
        let is_ours = |text: &str| server.is_origin_of(&Url::parse(text).expect("an address"));
        assert!(is_ours("https://app.nx.vet:443/api/x?y=1"));
        assert!(is_ours("https://APP.NX.VET/"));
        for other in
            ["http://app.nx.vet/", "https://app.nx.vet:444/", "https://nx.vet/", "https://app.nx.vet.evil.example/"]
        {
            assert!(!is_ours(other), "{other}");
        }
    }
}
