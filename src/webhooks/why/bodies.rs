//! The bodies that may have been signed when another one arrived: what proxies, tunnels and editors do to a text.

use super::cause::Cause;
use super::rewrite::{Escapes, Layout, Order, Rewriting};
use crate::webhooks::compact::compact;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The likeliest first; none of them is the body itself.
pub(super) fn other_bodies(body: &[u8]) -> Vec<(Cause, Vec<u8>)> {
    let mut all = ends(body);
    all.extend(marks(body));
    if let Ok(small) = compact(body) {
        all.extend(Rewriting::all().map(|rewriting| (Cause::Rewritten(rewriting), rewriting.write(&small))));
        // Written anew, and ended with a line break as editors end a file.
        let rewriting = Rewriting { layout: Layout::Compact, order: Order::Kept, escapes: Escapes::None };
        all.push((Cause::Rewritten(rewriting), [small.as_slice(), b"\n"].concat()));
    }
    all.retain(|(_, other)| other != body);
    all
}

/// What was lost or added at the ends, and other line ends within.
fn ends(body: &[u8]) -> Vec<(Cause, Vec<u8>)> {
    let with = |end: &[u8]| [body, end].concat();
    let unix = String::from_utf8_lossy(body).replace("\r\n", "\n");
    vec![
        (Cause::FinalNewlineLost, with(b"\n")),
        (Cause::FinalNewlineLost, with(b"\r\n")),
        (Cause::FinalNewlineAdded, body.trim_ascii_end().to_vec()),
        (Cause::FinalNewlineAdded, body.trim_ascii().to_vec()),
        (Cause::FinalNewlineAdded, body.strip_suffix(b"\n").unwrap_or(body).to_vec()),
        (Cause::FinalNewlineAdded, body.strip_suffix(b"\r\n").unwrap_or(body).to_vec()),
        (Cause::LineEndsChanged, unix.replace('\n', "\r\n").into_bytes()),
        (Cause::LineEndsChanged, unix.into_bytes()),
    ]
}

/// Character sets that were taken for one another.
fn marks(body: &[u8]) -> Vec<(Cause, Vec<u8>)> {
    let mut all = vec![(Cause::ByteOrderMark, [BYTE_ORDER_MARK, body].concat())];
    if let Some(bare) = body.strip_prefix(BYTE_ORDER_MARK) {
        all.push((Cause::ByteOrderMark, bare.to_vec()));
    }
    let widened: String = body.iter().copied().map(char::from).collect();
    all.push((Cause::Charset, widened.into_bytes()));
    if let Some(narrowed) =
        str::from_utf8(body).ok().and_then(|text| text.chars().map(|l| u8::try_from(l).ok()).collect())
    {
        all.push((Cause::Charset, narrowed));
    }
    all
}
