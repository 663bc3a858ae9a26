//! File names that every system takes, whatever a patient is called.
//! Works on one name without folders; finding a free name beside existing files is the writer's job.

use unicode_normalization::UnicodeNormalization as _;

/// Longest name in UTF-16 units, ending included; leaves room for folders under Windows' limit.
pub const MAX_UNITS: usize = 120;

/// A name made of `stem` and `extension` (without its dot) that no system refuses and that shows what it is.
pub fn safe_name(stem: &str, extension: &str) -> String {
    let composed: String = stem.nfc().map(safe_char).collect();
    let words: Vec<&str> = composed.split_whitespace().collect();
    let mut name = words.join(" ");
    name = name.trim_matches(['.', ' ']).to_owned();
    let room = MAX_UNITS.saturating_sub(extension.encode_utf16().count() + 1);
    name = cut_to_units(&name, room);
    name = name.trim_end_matches(['.', ' ']).to_owned();
    if name.is_empty() {
        "recording".clone_into(&mut name);
    }
    if is_reserved(&name) {
        name.insert(0, '_');
    }
    format!("{name}.{extension}")
}

/// Control, direction-changing and invisible characters become blanks, reserved ones dashes.
fn safe_char(c: char) -> char {
    match c {
        '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*' => '-',
        _ if c.is_control() || is_invisible(c) => ' ',
        _ => c,
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffc}' | '\u{e0000}'..='\u{e007f}')
}

fn cut_to_units(name: &str, limit: usize) -> String {
    let mut units = 0;
    name.chars()
        .take_while(|c| {
            units += c.len_utf16();
            units <= limit
        })
        .collect()
}

/// Windows keeps these names for devices, with any ending and with superscript digits too.
fn is_reserved(name: &str) -> bool {
    let base = name.split('.').next().unwrap_or(name).trim_end().to_ascii_uppercase();
    if matches!(base.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" | "CLOCK$") {
        return true;
    }
    let digit = base.strip_prefix("COM").or_else(|| base.strip_prefix("LPT"));
    digit.is_some_and(|rest| {
        let mut chars = rest.chars();
        let one = chars.next().is_some_and(|c| c.is_ascii_digit() || matches!(c, '¹' | '²' | '³'));
        one && chars.next().is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hostile_names_become_harmless() {
        for (stem, expected) in [
            ("2026-02-20 10-00 Bella Room 1", "2026-02-20 10-00 Bella Room 1.wav"),
            ("../../etc/passwd", "-..-etc-passwd.wav"),
            ("CON", "_CON.wav"),
            ("com1.backup", "_com1.backup.wav"),
            ("LPT²", "_LPT².wav"),
            ("Bella. . ", "Bella.wav"),
            ("a\u{202e}gpj", "a gpj.wav"),
            ("=HYPERLINK(\"x\")", "=HYPERLINK(-x-).wav"),
            ("\u{0}\n\t", "recording.wav"),
            ("小花 Søren", "小花 Søren.wav"),
        ] {
            assert_eq!(safe_name(stem, "wav"), expected, "{stem:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn every_name_is_safe(stem in "\\PC{0,200}|[\\x00-\\x20./\\\\:*?CONAUXlpt1-9\u{202e}]{0,40}") {
            let name = safe_name(&stem, "wav");
            prop_assert!(name.encode_utf16().count() <= MAX_UNITS);
            prop_assert!(!name.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|', '\0']));
            prop_assert!(!name.chars().any(|c| c.is_control() || is_invisible(c)));
            prop_assert!(!name.starts_with([' ', '.']));
            let base = name.strip_suffix(".wav").unwrap_or_default();
            prop_assert!(!base.is_empty() && !base.ends_with([' ', '.']));
            prop_assert!(!is_reserved(&name));
        }
    }
}
