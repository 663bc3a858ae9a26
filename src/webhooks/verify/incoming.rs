//! A request as it came in: header fields in their order, and the bytes of the body. Nothing is trimmed or decoded.

use super::refusal::{Part, Refusal};

#[derive(Clone)]
pub struct Incoming<'a> {
    headers: Vec<(&'a str, &'a [u8])>,
    body: &'a [u8],
}

impl<'a> Incoming<'a> {
    /// Takes what `hyper::HeaderMap::iter` gives as well as pairs of texts; a field that came twice is there twice.
    pub fn new<Name, Value>(headers: impl IntoIterator<Item = (&'a Name, &'a Value)>, body: &'a [u8]) -> Self
    where
        Name: AsRef<str> + ?Sized + 'a,
        Value: AsRef<[u8]> + ?Sized + 'a,
    {
        let headers = headers.into_iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
        Self { headers, body }
    }

    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    pub fn headers(&self) -> &[(&'a str, &'a [u8])] {
        &self.headers
    }

    /// Names of header fields know no upper and lower case.
    pub fn values<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'a [u8]> + 's {
        self.headers.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    pub fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    /// The field that has to be there exactly once: of two, nobody can say which one was meant.
    pub(super) fn one(&self, name: &str, part: Part) -> Result<&'a [u8], Refusal> {
        self.at_most_one(name, part)?.ok_or(Refusal::Missing(part))
    }

    pub(super) fn at_most_one(&self, name: &str, part: Part) -> Result<Option<&'a [u8]>, Refusal> {
        let mut values = self.values(name);
        let first = values.next();
        if values.next().is_some() {
            return Err(Refusal::Duplicate(part));
        }
        if first.is_some_and(|value| value.trim_ascii().is_empty()) {
            return Err(Refusal::Blank(part));
        }
        Ok(first)
    }

    /// A request that carries the signature of another scheme too is nobody's: it is not guessed whose it is.
    pub(super) fn without_foreign(&self, names: &[&str]) -> Result<(), Refusal> {
        if names.iter().any(|name| self.has(name)) { Err(Refusal::ForeignSignature) } else { Ok(()) }
    }
}
