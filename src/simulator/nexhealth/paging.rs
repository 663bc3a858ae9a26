//! Pages: by cursor, or by number for who names the legacy version.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::routes::{Refusal, Version};
use crate::simulator::query::Query;

const DEFAULT: usize = 5;
const MOST: usize = 1_000;

/// Where a row stands in its list: by what it is sorted by, then by its number.
pub(super) type Place = (i64, i64);

/// One page of rows that are in their order already, with its envelope. `write` is asked for the shown rows only.
pub(super) fn page<T>(
    rows: &[(Place, T)],
    query: &Query,
    version: Version,
    write: impl Fn(&T) -> Value,
) -> Result<Value, Refusal> {
    let size = query.number("per_page").unwrap_or(DEFAULT).clamp(1, MOST);
    let shown = |from: usize, to: usize| -> Vec<Value> {
        rows.get(from..to).unwrap_or_default().iter().map(|(_, row)| write(row)).collect()
    };
    if version == Version::Legacy {
        let from = (query.number("page").unwrap_or(1).max(1) - 1).saturating_mul(size).min(rows.len());
        let data = shown(from, (from + size).min(rows.len()));
        return Ok(json!({ "code": true, "description": [], "error": [], "data": data, "count": rows.len() }));
    }
    let (from, to) = bounds(rows, query, size)?;
    let cursor = |place: Option<usize>| place.and_then(|place| rows.get(place)).map(|(place, _)| write_cursor(*place));
    let is_empty = from == to;
    Ok(json!({
        "code": true,
        "description": null,
        "error": [],
        "data": shown(from, to),
        "page_info": {
            "has_previous_page": from > 0,
            "has_next_page": to < rows.len(),
            "start_cursor": cursor((!is_empty).then_some(from)),
            "end_cursor": cursor((!is_empty).then(|| to - 1)),
        },
    }))
}

/// `end_cursor` goes on behind that row, `start_cursor` back before it.
fn bounds<T>(rows: &[(Place, T)], query: &Query, size: usize) -> Result<(usize, usize), Refusal> {
    let named = |name: &str| query.first(name).filter(|text| !text.is_empty());
    let read = |text: &str| read_cursor(text).ok_or(Refusal::bad("The cursor is not known"));
    // Rows may be sorted downwards, so a cursor is looked for and not compared.
    let find = |place: Place| rows.iter().position(|(known, _)| *known == place);
    if let Some(text) = named("end_cursor") {
        let from = find(read(text)?).map(|place| place + 1).ok_or(Refusal::bad("The cursor is not known"))?;
        return Ok((from, (from + size).min(rows.len())));
    }
    if let Some(text) = named("start_cursor") {
        let to = find(read(text)?).ok_or(Refusal::bad("The cursor is not known"))?;
        return Ok((to.saturating_sub(size), to));
    }
    Ok((0, size.min(rows.len())))
}

fn write_cursor(place: Place) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}:{}", place.0, place.1))
}

fn read_cursor(text: &str) -> Option<Place> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (key, id) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
    Some((key.parse().ok()?, id.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<(Place, i64)> {
        (0..12).map(|place| ((0, place), place)).collect()
    }

    fn ask(text: &str, version: Version) -> Value {
        page(&rows(), &Query::parse(text), version, |row| json!(row)).unwrap()
    }

    #[test]
    fn cursors_lead_forward_and_back_over_every_row_once() {
        let first = ask("", Version::Current);
        assert_eq!(first["data"], json!([0, 1, 2, 3, 4]));
        assert_eq!(first["page_info"]["has_previous_page"], false);
        let next = |page: &Value| format!("end_cursor={}", page["page_info"]["end_cursor"].as_str().unwrap());
        let second = ask(&next(&first), Version::Current);
        assert_eq!(second["data"], json!([5, 6, 7, 8, 9]));
        let last = ask(&next(&second), Version::Current);
        assert_eq!((&last["data"], &last["page_info"]["has_next_page"]), (&json!([10, 11]), &json!(false)));
        let back = format!("start_cursor={}", second["page_info"]["start_cursor"].as_str().unwrap());
        assert_eq!(ask(&back, Version::Current)["data"], first["data"]);
        let beyond = ask(&next(&last), Version::Current);
        assert!(beyond["data"].as_array().unwrap().is_empty() && beyond["page_info"]["end_cursor"].is_null());
        assert!(page(&rows(), &Query::parse("end_cursor=odd"), Version::Current, |row| json!(row)).is_err());
    }

    #[test]
    fn the_legacy_version_counts_pages() {
        let page = ask("page=3&per_page=5", Version::Legacy);
        assert_eq!((&page["data"], &page["count"]), (&json!([10, 11]), &json!(12)));
        assert!(page.get("page_info").is_none());
    }
}
