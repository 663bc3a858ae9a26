//! Text folded for finding: lower case, no accents, so that "soren" finds "Søren".

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Lower-cases, strips accents and spells out the few letters that do not decompose.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfd().filter(|c| !is_combining_mark(*c)) {
        push_folded(&mut folded, c);
    }
    folded
}

/// Folds and keeps, for each byte of the folded text, where its character starts in the original.
/// Needed to mark a hit in the text that is on screen.
pub fn fold_with_origins(text: &str) -> (String, Vec<u32>) {
    let mut folded = String::with_capacity(text.len());
    let mut origins = Vec::with_capacity(text.len() + 1);
    for (start, c) in text.char_indices() {
        let before = folded.len();
        if c.is_ascii() {
            folded.push(c.to_ascii_lowercase());
        } else {
            for part in std::iter::once(c).nfd().filter(|part| !is_combining_mark(*part)) {
                push_folded(&mut folded, part);
            }
        }
        origins.extend(std::iter::repeat_n(u32::try_from(start).unwrap_or(u32::MAX), folded.len() - before));
    }
    origins.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
    (folded, origins)
}

fn push_folded(folded: &mut String, c: char) {
    match c {
        'ø' | 'Ø' => folded.push('o'),
        'ł' | 'Ł' => folded.push('l'),
        'đ' | 'Đ' => folded.push('d'),
        'ß' => folded.push_str("ss"),
        'æ' | 'Æ' => folded.push_str("ae"),
        'œ' | 'Œ' => folded.push_str("oe"),
        '’' | '‘' => folded.push('\''),
        _ => folded.extend(c.to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_case_do_not_matter() {
        assert_eq!(fold("Søren Żuk O’Malley ÉCLAIR"), "soren zuk o'malley eclair");
        assert_eq!(fold("小花"), "小花");
    }

    #[test]
    fn origins_point_back_into_the_text() {
        let text = "aÉß小";
        let (folded, origins) = fold_with_origins(text);
        assert_eq!(folded, "aess小");
        assert_eq!(origins, vec![0, 1, 3, 3, 5, 5, 5, 8]);
        assert_eq!(origins.len(), folded.len() + 1);
    }
}
