//! What NexHealth wraps around every answer. The status of the answer was judged before; here the data is taken out.
//! `code` is believed only where there is no data: the vendor's own samples of success hold `false`.

use super::error::{Error, NOTHING_IN_IT};
use crate::nxvet::json::Fields;
use serde_json::value::RawValue;

/// One page of a list.
pub(super) struct Rows<'a> {
    pub(super) rows: Vec<&'a RawValue>,
    /// Where the next page begins; `None` on the last one.
    pub(super) next: Option<String>,
}

/// The list in `data`, bare or under one of these names.
pub(super) fn rows<'a>(text: &'a str, names: &[&str]) -> Result<Rows<'a>, Error> {
    let fields = Fields::parse(text)?;
    let is_list = fields.raw("data").is_some_and(|raw| raw.starts_with('['));
    let bare = fields.list("data").filter(|_| is_list);
    let inner = || fields.object("data").and_then(|data| names.iter().find_map(|name| data.list(name)));
    let rows = bare.or_else(inner).ok_or(Error::Unexpected(NOTHING_IN_IT))?;
    let info = fields.object("page_info");
    let next = info.filter(|info| info.is_true("has_next_page")).and_then(|info| info.text("end_cursor"));
    Ok(Rows { rows, next })
}

/// The object in `data`, itself or under one of these names.
pub(super) fn object<'a>(text: &'a str, names: &[&str]) -> Result<Fields<'a>, Error> {
    let fields = Fields::parse(text)?;
    let data = fields.object("data").ok_or(Error::Unexpected(NOTHING_IN_IT))?;
    Ok(data.unwrapped(names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_found_bare_and_under_its_name() {
        let count = |text: &str| rows(text, &["appointments"]).map(|rows| rows.rows.len());
        assert_eq!(count(r#"{"code":true,"data":[{},{}],"error":[]}"#), Ok(2));
        assert_eq!(count(r#"{"code":false,"data":{"appointments":[{}]},"description":["x"]}"#), Ok(1));
        assert_eq!(count(r#"{"code":true,"data":[]}"#), Ok(0));
        assert_eq!(count(r#"{"code":true,"data":{}}"#), Err(Error::Unexpected(NOTHING_IN_IT)));
        assert_eq!(count(r#"{"code":false,"data":null}"#), Err(Error::Unexpected(NOTHING_IN_IT)));
        assert_eq!(count(r#"{"code":false,"error":["no"]}"#), Err(Error::Unexpected(NOTHING_IN_IT)));
        assert!(count("<html>").is_err());
    }

    #[test]
    fn a_page_leads_on_only_with_a_cursor() {
        let next = |info: &str| rows(&format!(r#"{{"data":[],"page_info":{info}}}"#), &[]).expect("a page").next;
        assert_eq!(next(r#"{"has_next_page":true,"end_cursor":"Y3"}"#).as_deref(), Some("Y3"));
        assert_eq!(next(r#"{"has_next_page":false,"end_cursor":"Y3"}"#), None);
        assert_eq!(next(r#"{"has_next_page":true,"end_cursor":null}"#), None);
        assert_eq!(next("null"), None);
    }
}
