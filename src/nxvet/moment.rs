//! Reads the vendor's times: ISO text or epoch numbers, with or without an `…Iso` twin.
//! What cannot be a time of a consultation is no time at all; nothing is guessed from a clock.

use super::json::Fields;
use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, Utc};

/// A time field; its twin with `Iso` at the end is the better one when both are there.
pub(crate) fn of_field(fields: &Fields<'_>, name: &str) -> Option<DateTime<Utc>> {
    let read = |key: &str| fields.text(key).and_then(|text| parse(&text));
    read(&format!("{name}Iso")).or_else(|| read(name))
}

/// The first of several names that holds a time.
pub(crate) fn of_fields(fields: &Fields<'_>, names: &[&str]) -> Option<DateTime<Utc>> {
    names.iter().find_map(|name| of_field(fields, name))
}

/// The creation time inside a version 7 UUID: its first 48 bits are milliseconds.
pub(crate) fn of_uuid(id: &str) -> Option<DateTime<Utc>> {
    let id = uuid::Uuid::try_parse(id).ok()?;
    if id.get_version_num() != 7 {
        return None;
    }
    plausible(DateTime::from_timestamp_millis(i64::try_from(id.as_u128() >> 80).ok()?)?)
}

fn parse(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let moment = match text.parse::<f64>() {
        Ok(number) => from_number(number),
        Err(_) => from_iso(text),
    };
    moment.and_then(plausible)
}

/// Servers write year 1 or 1970 for "not set"; NxVET did not exist before this century.
fn plausible(moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (2000..=9999).contains(&moment.year()).then_some(moment)
}

/// From 10^11 on a number counts milliseconds, below it seconds.
fn from_number(number: f64) -> Option<DateTime<Utc>> {
    const LEAST_MILLIS: f64 = 1e11;
    const MOST_MILLIS: f64 = 1e15;
    let millis = if number.abs() >= LEAST_MILLIS { number } else { number * 1000.0 };
    (millis.abs() <= MOST_MILLIS).then(|| DateTime::from_timestamp_millis(millis as i64)).flatten()
}

/// With `Z`, with an offset, or with neither, which means UTC.
fn from_iso(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment.to_utc());
    }
    let with_offset =
        ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f %#z", "%Y-%m-%dT%H:%M%#z"];
    if let Some(moment) = with_offset.iter().find_map(|format| DateTime::parse_from_str(text, format).ok()) {
        return Some(moment.to_utc());
    }
    let bare = text.trim_end_matches(['Z', 'z']);
    let without = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    let moment = without.iter().find_map(|format| NaiveDateTime::parse_from_str(bare, format).ok());
    let moment = moment.or_else(|| NaiveDate::parse_from_str(bare, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0));
    moment.map(|moment| moment.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<String> {
        let fields = Fields::parse(json).expect("an object");
        of_field(&fields, "t").map(|moment| moment.to_rfc3339())
    }

    #[test]
    fn every_documented_form_is_the_same_moment() {
        let forms = [
            r#"{"t":"2026-02-20T10:00:00Z"}"#,
            r#"{"t":"2026-02-20T10:00:00.000Z"}"#,
            r#"{"t":"2026-02-20T11:00:00+01:00"}"#,
            r#"{"t":"2026-02-20T05:00:00-0500"}"#,
            r#"{"t":"2026-02-20T05:00:00-05"}"#,
            r#"{"t":"2026-02-20T10:00:00"}"#,
            r#"{"t":"2026-02-20T10:00:00.0000000"}"#,
            r#"{"t":"2026-02-20 10:00:00"}"#,
            r#"{"t":"2026-02-20T10:00Z"}"#,
            r#"{"t":1771581600000}"#,
            r#"{"t":1771581600}"#,
            r#"{"t":1771581600000.0}"#,
            r#"{"t":1.7715816e12}"#,
            r#"{"t":"1771581600000"}"#,
            r#"{"t":"2001-01-01T00:00:00Z","tIso":"2026-02-20T10:00:00Z"}"#,
            r#"{"t":1771581600000,"tIso":null}"#,
            r#"{"t":1771581600000,"tIso":"soon"}"#,
        ];
        for form in forms {
            assert_eq!(read(form).as_deref(), Some("2026-02-20T10:00:00+00:00"), "{form}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        let forms = [
            r"{}",
            r#"{"t":null}"#,
            r#"{"t":""}"#,
            r#"{"t":0}"#,
            r#"{"t":-5}"#,
            r#"{"t":true}"#,
            r#"{"t":{}}"#,
            r#"{"t":"soon"}"#,
            r#"{"t":"NaN"}"#,
            r#"{"t":"inf"}"#,
            r#"{"t":1e300}"#,
            r#"{"t":99999999999999999999999999}"#,
            r#"{"t":"0001-01-01T00:00:00Z"}"#,
            r#"{"t":"2026-13-45T99:00:00Z"}"#,
        ];
        for form in forms {
            assert_eq!(read(form), None, "{form}");
        }
    }

    #[test]
    fn a_version_7_id_tells_its_time() {
        let moment = of_uuid("0190cccc-3333-7000-8000-000000000001").map(|moment| moment.timestamp_millis());
        assert_eq!(moment, Some(0x0190_cccc_3333));
        assert_eq!(of_uuid("0190cccc-3333-4000-8000-000000000001"), None);
        assert_eq!(of_uuid("record-uuid"), None);
        assert_eq!(of_uuid("00000000-0000-7000-8000-000000000001"), None);
    }
}
