//! JSON written as small as it can be without a change of what it says: blanks between its parts go, `\u` escapes
//! become the letters they stand for. Order, repeated names and the text of numbers stay as they are.
//! It works in one pass over the bytes and builds nothing, because it is used before a sender is known.

use thiserror::Error;

/// How many objects and lists may stand in one another.
pub const DEEPEST: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NotJson {
    #[error("the body is not JSON")]
    Malformed,
    #[error("the body is nested too deeply")]
    TooDeep,
}

/// As Python's `json.dumps(…, separators=(",", ":"), ensure_ascii=False)` writes it, but for numbers.
pub fn compact(json: &[u8]) -> Result<Vec<u8>, NotJson> {
    Compactor { rest: json, out: Vec::with_capacity(json.len()), dropped: None }.run()
}

/// The same without one member of the outermost object.
pub fn compact_without(json: &[u8], member: &str) -> Result<Vec<u8>, NotJson> {
    Compactor { rest: json, out: Vec::with_capacity(json.len()), dropped: Some(member) }.run()
}

struct Compactor<'a> {
    rest: &'a [u8],
    out: Vec<u8>,
    dropped: Option<&'a str>,
}

type Step<T = ()> = Result<T, NotJson>;

impl Compactor<'_> {
    fn run(mut self) -> Step<Vec<u8>> {
        str::from_utf8(self.rest).map_err(|_| NotJson::Malformed)?;
        self.value(0)?;
        self.skip_blanks();
        if self.rest.is_empty() { Ok(self.out) } else { Err(NotJson::Malformed) }
    }

    fn skip_blanks(&mut self) {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    fn next(&mut self) -> Step<u8> {
        let (first, rest) = self.rest.split_first().ok_or(NotJson::Malformed)?;
        self.rest = rest;
        Ok(*first)
    }

    fn expect(&mut self, wanted: u8) -> Step {
        if self.next()? != wanted {
            return Err(NotJson::Malformed);
        }
        self.out.push(wanted);
        Ok(())
    }

    /// `depth` is how many objects and lists are open around it.
    fn value(&mut self, depth: usize) -> Step {
        self.skip_blanks();
        match self.rest.first() {
            Some(b'{' | b'[') if depth >= DEEPEST => Err(NotJson::TooDeep),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => self.text(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn object(&mut self, depth: usize) -> Step {
        self.expect(b'{')?;
        self.skip_blanks();
        if self.rest.first() == Some(&b'}') {
            return self.expect(b'}');
        }
        let mut is_first = true;
        loop {
            let start = self.out.len();
            if !is_first {
                self.out.push(b',');
            }
            if self.member(depth)? {
                self.out.truncate(start);
            } else {
                is_first = false;
            }
            self.skip_blanks();
            match self.next()? {
                b',' => {}
                b'}' => break self.out.push(b'}'),
                _ => return Err(NotJson::Malformed),
            }
        }
        Ok(())
    }

    /// `true` when it is the one to be left out.
    fn member(&mut self, depth: usize) -> Step<bool> {
        self.skip_blanks();
        let name = self.out.len();
        self.text()?;
        let is_dropped = depth == 0
            && self.dropped.is_some_and(|dropped| {
                let name = self.out.get(name..).and_then(|name| name.strip_prefix(b"\"")?.strip_suffix(b"\""));
                name == Some(dropped.as_bytes())
            });
        self.skip_blanks();
        self.expect(b':')?;
        self.value(depth + 1)?;
        Ok(is_dropped)
    }

    fn list(&mut self, depth: usize) -> Step {
        self.expect(b'[')?;
        self.skip_blanks();
        if self.rest.first() == Some(&b']') {
            return self.expect(b']');
        }
        loop {
            self.value(depth + 1)?;
            self.skip_blanks();
            let next = self.next()?;
            self.out.push(next);
            match next {
                b',' => {}
                b']' => return Ok(()),
                _ => return Err(NotJson::Malformed),
            }
        }
    }

    fn text(&mut self) -> Step {
        self.expect(b'"')?;
        loop {
            let plain = self.rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
            let (run, after) =
                self.rest.split_at_checked(plain.ok_or(NotJson::Malformed)?).ok_or(NotJson::Malformed)?;
            self.out.extend_from_slice(run);
            self.rest = after;
            match self.next()? {
                b'"' => break self.out.push(b'"'),
                b'\\' => self.escape()?,
                _ => return Err(NotJson::Malformed),
            }
        }
        Ok(())
    }

    fn escape(&mut self) -> Step {
        let letter = match self.next()? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.letter()?,
            _ => return Err(NotJson::Malformed),
        };
        push_letter(&mut self.out, letter);
        Ok(())
    }

    /// Behind `\u`; letters beyond the first 65,536 are written as two halves. A half alone is no letter.
    fn letter(&mut self) -> Step<char> {
        let unit = self.unit()?;
        let code = match unit {
            0xd800..=0xdbff => {
                if (self.next()?, self.next()?) != (b'\\', b'u') {
                    return Err(NotJson::Malformed);
                }
                let low = self.unit()?.checked_sub(0xdc00).filter(|low| *low < 0x400).ok_or(NotJson::Malformed)?;
                0x1_0000 + ((unit - 0xd800) << 10) + low
            }
            _ => unit,
        };
        char::from_u32(code).ok_or(NotJson::Malformed)
    }

    fn unit(&mut self) -> Step<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            unit = unit * 16 + char::from(self.next()?).to_digit(16).ok_or(NotJson::Malformed)?;
        }
        Ok(unit)
    }

    fn number(&mut self) -> Step {
        if self.rest.first() == Some(&b'-') {
            self.expect(b'-')?;
        }
        match self.rest.first() {
            Some(b'0') => self.expect(b'0')?,
            _ => self.digits()?,
        }
        if self.rest.first() == Some(&b'.') {
            self.expect(b'.')?;
            self.digits()?;
        }
        if let Some(power @ (b'e' | b'E')) = self.rest.first().copied() {
            self.expect(power)?;
            if let Some(sign @ (b'+' | b'-')) = self.rest.first().copied() {
                self.expect(sign)?;
            }
            self.digits()?;
        }
        Ok(())
    }

    /// One or more.
    fn digits(&mut self) -> Step {
        let count = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, after) = self.rest.split_at_checked(count).ok_or(NotJson::Malformed)?;
        if digits.is_empty() {
            return Err(NotJson::Malformed);
        }
        self.out.extend_from_slice(digits);
        self.rest = after;
        Ok(())
    }

    fn word(&mut self) -> Step {
        for word in ["true", "false", "null"] {
            if let Some(after) = self.rest.strip_prefix(word.as_bytes()) {
                self.out.extend_from_slice(word.as_bytes());
                self.rest = after;
                return Ok(());
            }
        }
        Err(NotJson::Malformed)
    }
}

/// Escaped only where JSON asks for it.
fn push_letter(out: &mut Vec<u8>, letter: char) {
    match letter {
        '"' => out.extend_from_slice(br#"\""#),
        '\\' => out.extend_from_slice(br"\\"),
        '\u{8}' => out.extend_from_slice(br"\b"),
        '\u{c}' => out.extend_from_slice(br"\f"),
        '\n' => out.extend_from_slice(br"\n"),
        '\r' => out.extend_from_slice(br"\r"),
        '\t' => out.extend_from_slice(br"\t"),
        '\0'..='\u{1f}' => out.extend_from_slice(format!("\\u{:04x}", u32::from(letter)).as_bytes()),
        _ => out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn small(json: &str) -> Result<String, NotJson> {
        compact(json.as_bytes()).map(|bytes| String::from_utf8(bytes).expect("UTF-8 stays UTF-8"))
    }

    #[test]
    fn blanks_go_and_everything_else_stays() {
        let pairs = [
            (
                " { \"b\" : [ 1 , 2.50 ,\t-0e+1 ] ,\r\n \"a\" : { } , \"b\" : [ ] } ",
                r#"{"b":[1,2.50,-0e+1],"a":{},"b":[]}"#,
            ),
            (
                r#""a b \/ \u00e9 \ud83d\udc3e \" \\ \n \u000a \u001F \u007f""#,
                "\"a b / é 🐾 \\\" \\\\ \\n \\n \\u001f \u{7f}\"",
            ),
            (" null ", "null"),
            (r#""\ud800\udc00\udbff\udfff""#, "\"\u{10000}\u{10ffff}\""),
            ("[true,false , null]", "[true,false,null]"),
            ("123456789012345678901234567890.10E-400", "123456789012345678901234567890.10E-400"),
        ];
        for (wide, narrow) in pairs {
            assert_eq!(small(wide).as_deref(), Ok(narrow), "{wide}");
            assert_eq!(small(narrow).as_deref(), Ok(narrow), "small stays small");
        }
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in [
            "",
            " ",
            "{",
            "}",
            "[1,]",
            "[,1]",
            "{\"a\":1,}",
            "{a:1}",
            "{\"a\" 1}",
            "01",
            "-",
            "1.",
            ".5",
            "1e",
            "+1",
            "NaN",
            "Infinity",
            "nul",
            "nullx",
            "'a'",
            "\"",
            "\"\n\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\\ud83d\"",
            "\"\\udc3e\"",
            "\"\\ud83d\\u0041\"",
            "\"\\ud83d\\ue000\"",
            "1 2",
            "{}{}",
            "[1 2]",
            "{\"a\":1 \"b\":2}",
            "\u{feff}{}",
            "[1}",
            "{\"a\":1]",
        ] {
            assert_eq!(small(text), Err(NotJson::Malformed), "{text}");
        }
        assert_eq!(compact(b"\"\xff\""), Err(NotJson::Malformed));
    }

    #[test]
    fn depth_is_capped() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(small(&nested(DEEPEST)).is_ok());
        assert_eq!(small(&nested(DEEPEST + 1)), Err(NotJson::TooDeep));
        assert_eq!(small(&"{\"a\":".repeat(1_000_000)), Err(NotJson::TooDeep));
    }

    #[test]
    fn one_member_can_be_left_out_wherever_it_stands() {
        let without =
            |json: &str| String::from_utf8(compact_without(json.as_bytes(), "x").expect("JSON")).expect("UTF-8");
        assert_eq!(without(r#"{"x":[{"a":1}],"a":{"x":1}}"#), r#"{"a":{"x":1}}"#);
        assert_eq!(without(r#"{"a":1, "\u0078" : {} , "b":2}"#), r#"{"a":1,"b":2}"#);
        assert_eq!(without(r#"{"a":1,"x":0}"#), r#"{"a":1}"#);
        assert_eq!(without(r#"{"x":0,"x":1}"#), "{}");
        assert_eq!(without(r#"[{"x":0}]"#), r#"[{"x":0}]"#);
    }

    proptest! {
        #[test]
        fn it_agrees_with_another_reader_about_any_text(text in r#"[\[\]{}:,"\\u0-9aeflnrst. \n+-]{0,24}"#) {
            let theirs = serde_json::from_str::<serde_json::Value>(&text);
            let ours = small(&text);
            match theirs {
                Ok(value) => {
                    let again: serde_json::Value = serde_json::from_str(&ours.expect("JSON for both")).expect("JSON");
                    prop_assert_eq!(value, again);
                }
                // A number too large for the other one is none for us.
                Err(error) => prop_assert!(ours.is_err() || error.to_string().contains("out of range"), "{}", error),
            }
        }

        #[test]
        fn strings_say_the_same_afterwards(text in any::<String>()) {
            let escaped: Vec<String> = text.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
            let ours = small(&format!("[ \"{}\" ]", escaped.concat())).expect("JSON");
            prop_assert_eq!(&ours, &serde_json::to_string(&[text]).expect("JSON"));
        }
    }
}
