//! A SOAP note as its parts, in the order the note has them.
//! A note that does not parse is shown whole, never dropped.

use super::note::{NoteBody, Passage};

#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Soap {
    pub sections: Vec<SoapSection>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoapSection {
    /// Which of the four it is; `None` for anything else the note holds.
    pub part: Option<SoapPart>,
    /// `Subjective`, or the note's own title; empty for a note without titles.
    pub title: String,
    pub text: String,
}

/// The four parts every SOAP note is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SoapPart {
    Subjective,
    Objective,
    Assessment,
    Plan,
}

impl SoapPart {
    pub const ALL: [Self; 4] = [Self::Subjective, Self::Objective, Self::Assessment, Self::Plan];

    pub fn title(self) -> &'static str {
        match self {
            Self::Subjective => "Subjective",
            Self::Objective => "Objective",
            Self::Assessment => "Assessment",
            Self::Plan => "Plan",
        }
    }

    fn from_title(title: &str) -> Option<Self> {
        let bare = title.trim().trim_matches(['*', '#', ':', ' ']).to_ascii_lowercase();
        match bare.as_str() {
            "s" | "subjective" => Some(Self::Subjective),
            "o" | "objective" => Some(Self::Objective),
            "a" | "assessment" => Some(Self::Assessment),
            "p" | "plan" => Some(Self::Plan),
            _ => None,
        }
    }
}

impl Soap {
    pub fn from_body(body: &NoteBody) -> Self {
        match body {
            NoteBody::Text(text) => Self::parse(text),
            NoteBody::Passages(passages) => Self { sections: passages.iter().filter_map(section_of).collect() },
        }
    }

    /// Reads `S: … O: … A: … P: …`, titles on lines of their own, or text without titles.
    pub fn parse(text: &str) -> Self {
        let mut sections: Vec<SoapSection> = Vec::new();
        for line in text.lines() {
            for (title, rest) in split_titles(line) {
                match title {
                    Some(title) => sections.push(new_section(title, rest)),
                    None => append(&mut sections, rest),
                }
            }
        }
        for section in &mut sections {
            section.text = section.text.trim().to_owned();
        }
        sections.retain(|section| !section.text.is_empty());
        Self { sections }
    }

    pub fn part(&self, part: SoapPart) -> Option<&SoapSection> {
        self.sections.iter().find(|section| section.part == Some(part))
    }
}

fn section_of(passage: &Passage) -> Option<SoapSection> {
    let text = passage.text.trim();
    (!text.is_empty()).then(|| new_section(&passage.title, text))
}

fn new_section(title: &str, text: &str) -> SoapSection {
    let part = SoapPart::from_title(title);
    let title =
        part.map_or_else(|| title.trim().trim_matches(['*', '#', ':', ' ']).to_owned(), |p| p.title().to_owned());
    SoapSection { part, title, text: text.to_owned() }
}

fn append(sections: &mut Vec<SoapSection>, line: &str) {
    match sections.last_mut() {
        Some(last) => {
            if !last.text.is_empty() {
                last.text.push('\n');
            }
            last.text.push_str(line);
        }
        None => sections.push(SoapSection { part: None, title: String::new(), text: line.to_owned() }),
    }
}

/// The titled stretches of one line; a note may hold all four on one line.
fn split_titles(line: &str) -> Vec<(Option<&str>, &str)> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut title = None;
    for (at, end) in title_spans(line) {
        if at > start || title.is_some() {
            found.push((title, line.get(start..at).unwrap_or("").trim()));
        }
        title = line.get(at..end);
        start = end;
    }
    found.push((title, line.get(start..).unwrap_or("").trim_end()));
    found
}

/// Byte spans of titles with their colon. A single letter counts only at a line's start or after a sentence's end,
/// so that "vitamin A: none" stays text.
fn title_spans(line: &str) -> Vec<(usize, usize)> {
    const TITLES: [&str; 9] = ["subjective:", "objective:", "assessment:", "plan:", "a/p:", "s:", "o:", "a:", "p:"];
    let lower = line.to_ascii_lowercase();
    let mut spans = Vec::new();
    let mut at = 0;
    while at < lower.len() {
        let rest = lower.get(at..).unwrap_or("");
        let hit = TITLES.iter().find(|title| rest.starts_with(**title) && may_start_here(line, at));
        match hit {
            Some(title) => {
                spans.push((at, at + title.len()));
                at += title.len();
            }
            None => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    spans
}

fn may_start_here(line: &str, at: usize) -> bool {
    let before = line.get(..at).unwrap_or("");
    let starts_upper = line.get(at..).and_then(|rest| rest.chars().next()).is_some_and(char::is_uppercase);
    let trimmed = before.trim_end_matches([' ', '\t', '*', '#']);
    trimmed.is_empty()
        || (starts_upper && before.ends_with([' ', '\t']) && trimmed.ends_with(['.', ';', '!', '?', ')', ',']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<(String, String)> {
        Soap::parse(text).sections.into_iter().map(|s| (s.title, s.text)).collect()
    }

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn the_four_parts_on_one_line() {
        let text = "S: 4yo FS, lame LF. O: T 38.6, P 92. A: Sprain. P: Carprofen 75 mg.";
        let expected = [
            ("Subjective", "4yo FS, lame LF."),
            ("Objective", "T 38.6, P 92."),
            ("Assessment", "Sprain."),
            ("Plan", "Carprofen 75 mg."),
        ];
        assert_eq!(parts(text), owned(&expected));
    }

    #[test]
    fn titles_on_their_own_lines() {
        let text = "Subjective:\nEats well.\n\nSleeps.\nObjective: T 38.2\nA/P:\nRest.";
        let expected = [("Subjective", "Eats well.\n\nSleeps."), ("Objective", "T 38.2"), ("A/P", "Rest.")];
        assert_eq!(parts(text), owned(&expected));
    }

    #[test]
    fn a_note_without_titles_stays_whole() {
        assert_eq!(parts("Gave vitamin A: none left."), owned(&[("", "Gave vitamin A: none left.")]));
    }

    #[test]
    fn passages_keep_their_order_and_their_names() {
        let passage = |title: &str, text: &str| Passage { title: title.to_owned(), text: text.to_owned() };
        let body =
            NoteBody::Passages(vec![passage("Plan", "Rest"), passage("Vaccines", "DHPP"), passage("Objective", " ")]);
        let soap = Soap::from_body(&body);
        let titles: Vec<_> = soap.sections.iter().map(|s| s.title.as_str()).collect();
        assert_eq!(titles, ["Plan", "Vaccines"]);
        assert!(soap.part(SoapPart::Plan).is_some());
    }
}
