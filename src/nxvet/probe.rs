//! Whether a server is there at all, asked without a key: for support, when nothing else works.
//! It proves nothing about keys or records.

use super::body::is_web_page;
use super::error::{BAD_ID, Error};
use super::origin::ServerUrl;
use super::redirect::is_redirect;
use super::{ClientOptions, client, trouble};
use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use std::time::Duration;

/// Any answer will do, except one that shows that somebody else is answering.
pub async fn reach(server: &ServerUrl, limit: Duration) -> Result<(), Error> {
    let options = ClientOptions { connect_timeout: limit, idle_timeout: limit, ..ClientOptions::default() };
    let asking = client::build(server, &options, client::Trust::of(server))?.get(server.api(&["auth", "me"])).send();
    let Ok(answer) = tokio::time::timeout(limit, asking).await else { return Err(Error::Timeout) };
    let response = answer.map_err(|error| trouble::of_network(&error))?;
    if is_redirect(response.status().as_u16()) {
        let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
        let target = location.and_then(|location| server.url().join(location).ok());
        return match target {
            Some(url) if !server.is_origin_of(&url) => {
                Err(Error::RedirectedElsewhere { host: url.host_str().unwrap_or_default().to_owned() })
            }
            _ => Ok(()),
        };
    }
    let is_page = response.status().is_success() && is_web_page(&response);
    if is_page || response.status().as_u16() == 511 { Err(Error::NotNxvet) } else { Ok(()) }
}

/// Knocks at a public address without a key and follows nothing; tells the status of whatever answers.
pub async fn knock(address: &str, limit: Duration) -> Result<u16, Error> {
    let url = url::Url::parse(address).map_err(|_unreadable| Error::Unexpected { what: BAD_ID })?;
    let is_here = super::origin::is_loopback(&url);
    // Refused when somebody set it already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder().connect_timeout(limit).timeout(limit).redirect(Policy::none());
    let builder = if is_here { builder.no_proxy() } else { builder };
    let builder = if url.scheme() == "http" { builder.tls_certs_only([]) } else { builder };
    let client = builder.referer(false).build().map_err(trouble::of_setup)?;
    let answer = client.get(url).send().await.map_err(|error| trouble::of_network(&error))?;
    Ok(answer.status().as_u16())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nxvet::fake::{Fake, Reply};

    async fn probe(reply: Reply) -> Result<(), Error> {
        let fake = Fake::in_turn(vec![reply]).await;
        let answer = reach(&ServerUrl::parse(&fake.url).expect("an address"), Duration::from_millis(300)).await;
        assert!(fake.seen().iter().all(|seen| seen.header("authorization").is_none()));
        answer
    }

    #[tokio::test]
    async fn any_answer_of_the_server_itself_will_do() {
        for reply in [
            Reply::status(401),
            Reply::status(404),
            Reply::status(500),
            Reply::json("{}"),
            Reply::redirect(302, "/login"),
        ] {
            assert_eq!(probe(reply).await, Ok(()));
        }
    }

    #[tokio::test]
    async fn somebody_elses_answer_is_named() {
        assert_eq!(probe(Reply::with(200, "Content-Type: text/html\r\n", "hello")).await, Err(Error::NotNxvet));
        assert_eq!(probe(Reply::status(511)).await, Err(Error::NotNxvet));
        let elsewhere = Error::RedirectedElsewhere { host: "portal.example".to_owned() };
        assert_eq!(probe(Reply::redirect(302, "http://portal.example/?a=b")).await, Err(elsewhere));
        assert_eq!(probe(Reply::raw("").then_silence()).await, Err(Error::Timeout));
    }
}
