//! The query of a request, read as the vendor reads it.
//!
//! Repeated keys stay repeated; a name the vendor does not know is ignored.

use percent_encoding::percent_decode_str;

/// Names and values in order, decoded.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(name, value)| (decode(name), decode(value)))
                .collect(),
        )
    }

    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    pub(super) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn number(&self, name: &str) -> Option<usize> {
        self.first(name)?.parse().ok()
    }

    /// `True` counts as well: the vendor's own sample sends it.
    pub(super) fn flag(&self, name: &str, otherwise: bool) -> bool {
        match self.first(name).map(str::to_ascii_lowercase).as_deref() {
            Some("true") => true,
            Some("false") => false,
            _ => otherwise,
        }
    }
}

/// Percent and plus to text.
pub(super) fn decode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_names_and_escapes_are_read() {
        let query = Query::parse("types=A&types=B%2BC&limit=50&isSortingDescending=True&patientSearch=O%27M+x&empty");
        assert_eq!(query.all("types").collect::<Vec<_>>(), ["A", "B+C"]);
        assert_eq!(query.number("limit"), Some(50));
        assert!(query.flag("isSortingDescending", false));
        assert_eq!(query.first("patientSearch"), Some("O'M x"));
        assert_eq!(query.first("empty"), Some(""));
    }
}
