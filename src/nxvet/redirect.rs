//! Where a redirect may lead and whether the key goes along. Pure: nothing here sends.
//! Each hop is judged by itself; counting them is the sender's job.

use super::error::{BAD_REDIRECT, Error};
use super::origin::{ServerUrl, is_loopback};
use url::Url;

/// Hops followed for one question.
pub(crate) const MAX_HOPS: usize = 3;

/// Whether a question may be answered by another server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crossing {
    /// Answers with records come from our own server or not at all.
    Never,
    /// Recordings may lie in a store elsewhere; it is asked without the key.
    WithoutKey,
}

/// Where to ask next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hop {
    pub url: Url,
    /// Once away from our own server the key stays away, even if the way leads back.
    pub with_key: bool,
}

pub(crate) fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// Judges one redirect. `from` is the hop that answered with it.
pub(crate) fn next_hop(
    server: &ServerUrl,
    from: &Hop,
    location: Option<&str>,
    crossing: Crossing,
) -> Result<Hop, Error> {
    let Some(url) = location.and_then(|location| from.url.join(location).ok()) else {
        return Err(Error::Unexpected { what: BAD_REDIRECT });
    };
    let is_ours = server.is_origin_of(&url);
    let has_user = !url.username().is_empty() || url.password().is_some();
    let may_go = !has_user && is_safe_step(&from.url, &url) && (is_ours || crossing == Crossing::WithoutKey);
    if !may_go {
        return Err(Error::RedirectedElsewhere { host: host_of(&url) });
    }
    Ok(Hop { with_key: from.with_key && is_ours, url })
}

/// Never from `https` to `http`, and never from the net into this computer.
fn is_safe_step(from: &Url, to: &Url) -> bool {
    let into_this_computer = is_loopback(to) && !is_loopback(from);
    match to.scheme() {
        "https" => !into_this_computer,
        "http" => from.scheme() == "http" && is_loopback(to) && !into_this_computer,
        _ => false,
    }
}

fn host_of(url: &Url) -> String {
    url.host_str().map_or_else(|| format!("a {} address", url.scheme()), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(
        server: &str,
        from: &str,
        with_key: bool,
        location: &str,
        crossing: Crossing,
    ) -> Result<(String, bool), Error> {
        let server = ServerUrl::parse(server).expect("a server");
        let from = Hop { url: Url::parse(from).expect("an address"), with_key };
        next_hop(&server, &from, Some(location), crossing).map(|hop| (hop.url.to_string(), hop.with_key))
    }

    const NXVET: &str = "https://app.nx.vet";
    const ASKED: &str = "https://app.nx.vet/api/labels/1/audio";

    #[test]
    fn the_key_stays_within_its_origin() {
        let ours = ["/api/other", "https://app.nx.vet/x", "https://app.nx.vet:443/x", "//app.nx.vet/x", "x?y=1"];
        for location in ours {
            for crossing in [Crossing::Never, Crossing::WithoutKey] {
                let hop = judge(NXVET, ASKED, true, location, crossing);
                assert!(matches!(hop, Ok((_, true))), "{location}: {hop:?}");
            }
        }
    }

    #[test]
    fn other_origins_get_no_key_and_records_never_come_from_there() {
        let others = [
            "https://store.example/a.wav?signature=1",
            "https://app.nx.vet:8443/x",
            "https://nx.vet/x",
            "https://203.0.113.9/x",
            "https://[2001:db8::1]/x",
            "//store.example/x",
            "\\\\store.example/x",
        ];
        for location in others {
            let hop = judge(NXVET, ASKED, true, location, Crossing::WithoutKey);
            assert!(matches!(hop, Ok((_, false))), "{location}: {hop:?}");
            let refused = judge(NXVET, ASKED, true, location, Crossing::Never);
            assert!(matches!(refused, Err(Error::RedirectedElsewhere { .. })), "{location}: {refused:?}");
        }
    }

    #[test]
    fn unsafe_steps_are_refused_for_recordings_too() {
        let refused = [
            "http://app.nx.vet/x",
            "http://store.example/x",
            "https://user@app.nx.vet/x",
            "https://user:pass@store.example/x",
            "https://app.nx.vet@evil.example/x",
            "https://127.0.0.1/x",
            "http://localhost/x",
            "ftp://store.example/x",
            "file:///etc/passwd",
            "data:audio/wav,x",
        ];
        for location in refused {
            let hop = judge(NXVET, ASKED, true, location, Crossing::WithoutKey);
            assert!(matches!(hop, Err(Error::RedirectedElsewhere { .. })), "{location}: {hop:?}");
        }
        let nowhere = judge(NXVET, ASKED, true, "https://", Crossing::WithoutKey);
        assert_eq!(nowhere, Err(Error::Unexpected { what: BAD_REDIRECT }));
    }

    #[test]
    fn the_way_back_does_not_bring_the_key_back() {
        let hop = judge(NXVET, "https://store.example/x", false, "https://app.nx.vet/api/x", Crossing::WithoutKey);
        assert_eq!(hop, Ok(("https://app.nx.vet/api/x".to_owned(), false)));
    }

    #[test]
    fn a_local_server_may_send_to_a_local_store() {
        let server = "http://127.0.0.1:4000";
        let hop = judge(server, "http://127.0.0.1:4000/a", true, "http://127.0.0.1:5000/b", Crossing::WithoutKey);
        assert_eq!(hop, Ok(("http://127.0.0.1:5000/b".to_owned(), false)));
        let out = judge(server, "http://127.0.0.1:4000/a", true, "http://store.example/b", Crossing::WithoutKey);
        assert!(out.is_err());
    }

    #[test]
    fn an_error_names_the_host_and_nothing_else() {
        let error = judge(NXVET, ASKED, true, "https://evil.example/path?signature=canary", Crossing::Never);
        assert_eq!(error, Err(Error::RedirectedElsewhere { host: "evil.example".to_owned() }));
    }
}
