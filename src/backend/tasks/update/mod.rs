//! Asks for the notice of a release: one GET that carries nothing of the clinic, read up to a limit and proved.
//! Whether the release is new is judged by the state; nothing here installs or downloads a program.

mod signed;
#[cfg(test)]
mod tests;

use crate::backend::desk::Context;
use crate::backend::services::Services;
use crate::domain::update::{Release, ReleasePage, UpdateAddress};
use crate::nxvet::client::{Trust, build};
use crate::nxvet::redirect::{Crossing, Hop, MAX_HOPS, is_redirect, next_hop};
use crate::nxvet::{ClientOptions, Error, ServerUrl, trouble};
use crate::state::{Event, Fault, Problem, UpdateFault, UpdateNews, UpdateRequest};
use reqwest::Response;
use reqwest::header::LOCATION;
use std::time::Duration;

/// A notice with the sums of a release's files is a few kilobytes.
const MOST_BYTES: usize = 64 << 10;
/// However slowly it trickles in.
const LONGEST: Duration = Duration::from_secs(60);

/// What failed, and the code that support asks for.
#[derive(Debug, PartialEq, Eq)]
struct Trouble(UpdateFault, &'static str);

pub(in super::super) async fn take(context: Context, request: UpdateRequest) {
    match request {
        UpdateRequest::Look { address, key } => {
            let news = match look(options(&context.services), &address, &key).await {
                Ok(release) => UpdateNews::Announced(release),
                Err(trouble) => UpdateNews::Failed(told(trouble)),
            };
            context.events.send(Event::Update(news)).await;
        }
        UpdateRequest::OpenPage(page) => open_page(&context, page).await,
    }
}

fn told(Trouble(fault, code): Trouble) -> Problem {
    tracing::info!(code, "no notice of a release could be read");
    Problem::new(&Fault::Update(fault), code)
}

async fn open_page(context: &Context, page: ReleasePage) {
    let opened = tokio::task::spawn_blocking(move || crate::platform::open_url(page.as_str())).await;
    if !matches!(opened, Ok(Ok(()))) {
        context.events.send(Event::Told(told(Trouble(UpdateFault::PageNotOpened, "UP-PAGE")))).await;
    }
}

fn options(services: &Services) -> ClientOptions {
    let Services { connect_timeout, idle_timeout, .. } = *services;
    ClientOptions { connect_timeout, idle_timeout, ..ClientOptions::default() }
}

async fn look(options: ClientOptions, address: &UpdateAddress, key: &str) -> Result<Release, Trouble> {
    let fetched = tokio::time::timeout(LONGEST, fetch(&options, address)).await;
    let bytes = fetched.unwrap_or(Err(Trouble(UpdateFault::TooSlow, "UP-SLOW")))?;
    signed::read(&bytes, key)
}

/// The address itself, or where its own server moved it to. Nothing is sent but the program's name and version.
async fn fetch(options: &ClientOptions, address: &UpdateAddress) -> Result<Vec<u8>, Trouble> {
    let server = ServerUrl::parse(&address.origin())
        .map_err(|fault| Trouble(UpdateFault::Address(fault.to_string()), "UP-ADDRESS"))?;
    // A client of its own: it has no key and no cookie, and shares no connection with what has one.
    let client = build(&server, options, Trust::of(&server)).map_err(|error| of_network(&error))?;
    let mut hop = Hop { url: address.url().clone(), with_key: false };
    for _ in 0..=MAX_HOPS {
        let asked = client.get(hop.url.clone()).send().await;
        let response = asked.map_err(|error| of_network(&trouble::of_network(&error)))?;
        let status = response.status().as_u16();
        match status {
            200 => return body(response).await,
            _ if is_redirect(status) => {
                let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
                hop = next_hop(&server, &hop, location, Crossing::Never).map_err(|error| of_network(&error))?;
            }
            _ => return Err(Trouble(UpdateFault::NotThere(status), "UP-STATUS")),
        }
    }
    Err(Trouble(UpdateFault::SentElsewhere, "UP-HOPS"))
}

/// As it came: a signature is over bytes.
async fn body(mut response: Response) -> Result<Vec<u8>, Trouble> {
    let mut bytes = Vec::new();
    let broken = |error: &reqwest::Error| of_network(&trouble::of_network(error));
    while let Some(chunk) = response.chunk().await.map_err(|error| broken(&error))? {
        if bytes.len() + chunk.len() > MOST_BYTES {
            return Err(Trouble(UpdateFault::TooLarge, "UP-LARGE"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn of_network(error: &Error) -> Trouble {
    match error {
        Error::Timeout => Trouble(UpdateFault::TooSlow, "UP-SLOW"),
        Error::Tls(_) => Trouble(UpdateFault::NotSafe, "UP-TLS"),
        Error::RedirectedElsewhere { .. } | Error::Unexpected { .. } => Trouble(UpdateFault::SentElsewhere, "UP-HOP"),
        _ => Trouble(UpdateFault::NoConnection, "UP-NET"),
    }
}
