//! Writes JSON the way other programs would: other blanks, another order, other escapes. The same text in all of
//! them, so that a signature over one can be told apart from one over another.

/// How a program writes JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rewriting {
    pub layout: Layout,
    pub order: Order,
    pub escapes: Escapes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    Compact,
    /// A blank behind each comma and colon.
    Spaced,
    Indented {
        by: u8,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    Kept,
    Sorted,
    /// As the senders' documents show it.
    Documented,
}

/// Which letters are written as `\u` and a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Escapes {
    None,
    /// All beyond ASCII (Python).
    BeyondAscii,
    /// All beyond ASCII, and a stroke before `/` (PHP).
    BeyondAsciiAndSlash,
    /// Those that mean something in HTML (Rails, Go).
    Html,
    /// All beyond ASCII and those of HTML, with capital digits (.NET).
    Capital,
}

/// The parts of the three senders' bodies, in the order of their documents.
const DOCUMENTED: [&str; 29] = [
    "id",
    "event_id",
    "type",
    "event_type",
    "resource_type",
    "event_name",
    "event_time",
    "organizationId",
    "timestamp",
    "occurred_at",
    "partner_id",
    "partner_user_key",
    "device_id",
    "device_friendly_name",
    "transcript",
    "soap",
    "signed_urls",
    "url",
    "content_type",
    "expires_in_seconds",
    "data",
    "conversationId",
    "deviceId",
    "appointment",
    "appointments",
    "patient",
    "delivery_errors",
    "code",
    "message",
];

impl Rewriting {
    /// Every combination that a program is known to write.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let layouts = [Layout::Compact, Layout::Spaced, Layout::Indented { by: 2 }, Layout::Indented { by: 4 }];
        let escapes =
            [Escapes::None, Escapes::BeyondAscii, Escapes::BeyondAsciiAndSlash, Escapes::Html, Escapes::Capital];
        [Order::Kept, Order::Sorted, Order::Documented].into_iter().flat_map(move |order| {
            layouts.into_iter().flat_map(move |layout| escapes.map(|escapes| Self { layout, order, escapes }))
        })
    }

    /// `compact` is what `compact::compact` makes.
    pub(super) fn write(self, compact: &[u8]) -> Vec<u8> {
        let ordered = match self.order {
            Order::Kept => compact.to_vec(),
            order => in_order(compact, order),
        };
        let laid_out = match self.layout {
            Layout::Compact => ordered,
            Layout::Spaced => spaced(&ordered),
            Layout::Indented { by } => indented(&ordered, usize::from(by)),
        };
        match self.escapes {
            Escapes::None => laid_out,
            escapes => escaped(&laid_out, escapes),
        }
    }
}

/// Follows which bytes of compact JSON stand inside a text.
#[derive(Default)]
struct Quotes {
    is_inside: bool,
    is_escaped: bool,
}

impl Quotes {
    /// `true` when this byte belongs to a text, its quotation marks included.
    fn take(&mut self, byte: u8) -> bool {
        if !self.is_inside {
            self.is_inside = byte == b'"';
            return self.is_inside;
        }
        if self.is_escaped {
            self.is_escaped = false;
        } else if byte == b'\\' {
            self.is_escaped = true;
        } else if byte == b'"' {
            self.is_inside = false;
        }
        true
    }
}

fn spaced(json: &[u8]) -> Vec<u8> {
    let mut quotes = Quotes::default();
    let mut out = Vec::with_capacity(json.len() * 5 / 4);
    for byte in json {
        out.push(*byte);
        if !quotes.take(*byte) && matches!(byte, b',' | b':') {
            out.push(b' ');
        }
    }
    out
}

fn indented(json: &[u8], by: usize) -> Vec<u8> {
    let mut quotes = Quotes::default();
    let mut out = Vec::with_capacity(json.len() * 2);
    let mut depth = 0_usize;
    let mut before = 0;
    let line = |out: &mut Vec<u8>, depth: usize| {
        out.push(b'\n');
        out.resize(out.len() + depth * by, b' ');
    };
    for byte in json {
        let is_text = quotes.take(*byte);
        let opens_empty = matches!((before, byte), (b'{', b'}') | (b'[', b']'));
        if !is_text && matches!(byte, b'}' | b']') {
            depth = depth.saturating_sub(1);
            if !opens_empty {
                line(&mut out, depth);
            }
        } else if matches!(before, b'{' | b'[') {
            line(&mut out, depth);
        }
        out.push(*byte);
        match byte {
            b'{' | b'[' if !is_text => depth += 1,
            b',' if !is_text => line(&mut out, depth),
            b':' if !is_text => out.push(b' '),
            _ => {}
        }
        before = if is_text { 0 } else { *byte };
    }
    out
}

fn escaped(json: &[u8], escapes: Escapes) -> Vec<u8> {
    let mut out = String::with_capacity(json.len() * 5 / 4);
    let text = String::from_utf8_lossy(json);
    let mut quotes = Quotes::default();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let is_text = u8::try_from(letter).map_or(quotes.is_inside, |byte| quotes.take(byte));
        if letter == '\\' && letters.peek() == Some(&'"') && escapes == Escapes::Capital {
            letters.next();
            quotes.take(b'"');
            out.push_str("\\u0022");
        } else if is_text && escapes.takes(letter) {
            push_escaped(&mut out, letter, escapes);
        } else {
            out.push(letter);
        }
    }
    out.into_bytes()
}

impl Escapes {
    fn takes(self, letter: char) -> bool {
        let is_html = matches!(letter, '<' | '>' | '&');
        match self {
            Self::None => false,
            Self::BeyondAscii => !letter.is_ascii(),
            Self::BeyondAsciiAndSlash => !letter.is_ascii() || letter == '/',
            Self::Html => is_html || matches!(letter, '\u{2028}' | '\u{2029}'),
            Self::Capital => !letter.is_ascii() || is_html || matches!(letter, '\'' | '+' | '`' | '\u{7f}'),
        }
    }
}

fn push_escaped(out: &mut String, letter: char, escapes: Escapes) {
    if letter == '/' {
        out.push_str("\\/");
        return;
    }
    for unit in letter.encode_utf16(&mut [0; 2]) {
        out.push_str(&if escapes == Escapes::Capital { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") });
    }
}

/// Every object's members in another order. Compact JSON is no deeper than `compact::DEEPEST`.
fn in_order(json: &[u8], order: Order) -> Vec<u8> {
    match json {
        [b'{', inner @ .., b'}'] => {
            let mut members: Vec<(&[u8], Vec<u8>)> =
                parts(inner).into_iter().map(|member| reordered(member, order)).collect();
            // A stable order: what is not known, or the same, stays as it stood.
            members.sort_by(|(one, _), (other, _)| match order {
                Order::Documented => rank(one).cmp(&rank(other)),
                _ => one.cmp(other),
            });
            enclosed(b'{', &members.into_iter().map(|(_, text)| text).collect::<Vec<_>>(), b'}')
        }
        [b'[', inner @ .., b']'] => {
            let items: Vec<Vec<u8>> = parts(inner).into_iter().map(|item| in_order(item, order)).collect();
            enclosed(b'[', &items, b']')
        }
        other => other.to_vec(),
    }
}

/// A member's name without its quotation marks, and the whole member with its value put in order.
fn reordered(member: &[u8], order: Order) -> (&[u8], Vec<u8>) {
    let mut quotes = Quotes::default();
    let colon = member.iter().position(|byte| !quotes.take(*byte) && *byte == b':').unwrap_or(member.len());
    let (name, value) = member.split_at_checked(colon).unwrap_or((member, &[]));
    let mut text = name.to_vec();
    if let Some(value) = value.strip_prefix(b":") {
        text.push(b':');
        text.extend(in_order(value, order));
    }
    (name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")).unwrap_or(name), text)
}

fn rank(name: &[u8]) -> usize {
    DOCUMENTED.iter().position(|known| known.as_bytes() == name).unwrap_or(DOCUMENTED.len())
}

/// What stands between the commas that are in no text, object or list of their own.
fn parts(inner: &[u8]) -> Vec<&[u8]> {
    if inner.is_empty() {
        return Vec::new();
    }
    let (mut quotes, mut depth) = (Quotes::default(), 0_i32);
    inner
        .split(|byte| {
            let is_text = quotes.take(*byte);
            depth += i32::from(!is_text && matches!(byte, b'{' | b'['));
            depth -= i32::from(!is_text && matches!(byte, b'}' | b']'));
            !is_text && depth == 0 && *byte == b','
        })
        .collect()
}

fn enclosed(open: u8, parts: &[Vec<u8>], close: u8) -> Vec<u8> {
    let mut out = vec![open];
    out.extend(parts.join(&b','));
    out.push(close);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"b":[1,{},[],"x, y: {"],"a":{"d":"é\"<","c":null}}"#;

    fn write(layout: Layout, order: Order, escapes: Escapes) -> String {
        String::from_utf8(Rewriting { layout, order, escapes }.write(JSON.as_bytes())).expect("UTF-8")
    }

    #[test]
    fn blanks_are_put_where_other_programs_put_them() {
        let spaced = write(Layout::Spaced, Order::Kept, Escapes::None);
        assert_eq!(spaced, r#"{"b": [1, {}, [], "x, y: {"], "a": {"d": "é\"<", "c": null}}"#);
        let indented = write(Layout::Indented { by: 2 }, Order::Kept, Escapes::None);
        let value: serde_json::Value = serde_json::from_str(JSON).expect("JSON");
        assert_eq!(indented, serde_json::to_string_pretty(&value).expect("JSON"));
    }

    #[test]
    fn members_are_put_in_order_at_every_depth() {
        let sorted = write(Layout::Compact, Order::Sorted, Escapes::None);
        assert_eq!(sorted, r#"{"a":{"c":null,"d":"é\"<"},"b":[1,{},[],"x, y: {"]}"#);
        let body = r#"{"data":{"deviceId":"d","conversationId":"c"},"x":1,"id":"e","type":"t"}"#;
        let documented = in_order(body.as_bytes(), Order::Documented);
        let expected = r#"{"id":"e","type":"t","data":{"conversationId":"c","deviceId":"d"},"x":1}"#;
        assert_eq!(String::from_utf8_lossy(&documented), expected);
    }

    #[test]
    fn letters_are_escaped_as_each_family_does() {
        let compact = |escapes| write(Layout::Compact, Order::Kept, escapes);
        assert!(compact(Escapes::BeyondAscii).contains(r#""\u00e9\"<""#));
        assert!(compact(Escapes::Html).contains(r#""é\"\u003c""#));
        assert!(compact(Escapes::Capital).contains(r#""\u00E9\u0022\u003C","c":null"#));
        let php = Rewriting { layout: Layout::Compact, order: Order::Kept, escapes: Escapes::BeyondAsciiAndSlash };
        assert_eq!(String::from_utf8_lossy(&php.write("[\"a/🐾\"]".as_bytes())), r#"["a\/\ud83d\udc3e"]"#);
    }

    #[test]
    fn every_writing_says_the_same() {
        let value: serde_json::Value = serde_json::from_str(JSON).expect("JSON");
        for rewriting in Rewriting::all() {
            let again: serde_json::Value = serde_json::from_slice(&rewriting.write(JSON.as_bytes())).expect("JSON");
            assert_eq!(again, value, "{rewriting:?}");
        }
        assert_eq!(Rewriting::all().count(), 60);
    }
}
