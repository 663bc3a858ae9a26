//! Looks at the head of a request and turns away whatever is no delivery, before any of its body is read.
//! Who is turned away learns nothing: an empty answer, the same for every stranger.

use super::address::Hosts;
use super::config::{Route, Routes};
use hyper::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, ORIGIN, TRANSFER_ENCODING, UPGRADE,
};
use hyper::{Method, Request, StatusCode, Version};
use std::net::IpAddr;
use std::sync::Arc;

/// What is not let in, and how it is told.
pub(super) type Turned = StatusCode;

/// The door knows who may be called how, and for what.
pub(super) struct Door<'a> {
    pub(super) hosts: &'a Hosts,
    pub(super) routes: &'a Routes,
    /// The address the connection came in by.
    pub(super) local: IpAddr,
    pub(super) most_bytes: u64,
}

impl Door<'_> {
    /// The route of a request that looks like a delivery. What it says is not believed yet.
    pub(super) fn open<B>(&self, request: &Request<B>) -> Result<Arc<Route>, Turned> {
        is_plain(request)?;
        if !self.is_called_rightly(request) || is_from_a_page(request.headers()) {
            return Err(StatusCode::FORBIDDEN);
        }
        // A query is no part of any address that was ever given out.
        let uri = request.uri();
        let route = if uri.query().is_none() { self.routes.find(uri.path()) } else { None };
        let route = route.ok_or(StatusCode::NOT_FOUND)?;
        if request.method() != Method::POST {
            return Err(StatusCode::METHOD_NOT_ALLOWED);
        }
        self.is_json_of_bearable_size(request.headers())?;
        Ok(route)
    }

    /// Whether the request names this receiver.
    pub(super) fn is_called_rightly<B>(&self, request: &Request<B>) -> bool {
        only(request.headers(), &HOST).is_some_and(|host| self.hosts.allow(host, self.local))
    }

    fn is_json_of_bearable_size(&self, headers: &HeaderMap) -> Result<(), Turned> {
        let kind = only(headers, &CONTENT_TYPE).and_then(|kind| std::str::from_utf8(kind).ok());
        let essence = kind.and_then(|kind| kind.split(';').next()).map_or("", str::trim);
        if !essence.eq_ignore_ascii_case("application/json") {
            return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        // The signature is over the bytes as they were before packing, and a small packed body may be a huge one.
        let packings = headers.get_all(CONTENT_ENCODING).iter();
        if packings.into_iter().any(|packing| !packing.as_bytes().eq_ignore_ascii_case(b"identity")) {
            return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        let length =
            only(headers, &CONTENT_LENGTH).and_then(|length| std::str::from_utf8(length).ok()?.parse::<u64>().ok());
        let is_told = length.is_some() || headers.contains_key(TRANSFER_ENCODING);
        match length {
            _ if !is_told => Err(StatusCode::LENGTH_REQUIRED),
            Some(length) if length > self.most_bytes => Err(StatusCode::PAYLOAD_TOO_LARGE),
            _ => Ok(()),
        }
    }
}

/// A request as a sender makes it: to an origin, in HTTP/1.1, with one name of the one who is called. What a proxy or a
/// tunnel is asked is none.
fn is_plain<B>(request: &Request<B>) -> Result<(), Turned> {
    let uri = request.uri();
    let is_to_an_origin = uri.scheme().is_none() && uri.authority().is_none() && uri.path().starts_with('/');
    let has_one_host = only(request.headers(), &HOST).is_some();
    let wants_more = request.headers().contains_key(UPGRADE);
    let is_plain = request.version() == Version::HTTP_11 && is_to_an_origin && has_one_host && !wants_more;
    if is_plain { Ok(()) } else { Err(StatusCode::BAD_REQUEST) }
}

/// Browsers say so when a page asks. No sender of webhooks is a browser.
fn is_from_a_page(headers: &HeaderMap) -> bool {
    headers.contains_key(ORIGIN) || headers.keys().any(|name| name.as_str().starts_with("sec-fetch-"))
}

/// A field that is there once.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h [u8]> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() { None } else { Some(first.as_bytes()) }
}
