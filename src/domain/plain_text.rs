//! Notes as text that pastes clean: for the clipboard, for `.txt` and for Markdown.
//! No double blank lines, no trailing blanks, no markup that a practice system would show.

use super::{Consultation, Notes, Soap, SoapPart, SoapSection, Transcript, Zone};

/// Stands under every exported SOAP note; it is a draft until a person has checked it.
pub const DRAFT_NOTICE: &str = "AI draft from NxVET – check before use";

/// The text of one part alone, without its title. A note that did not parse is handed over whole for
/// every part, so that a copy key never does nothing.
pub fn soap_part(soap: &Soap, part: SoapPart) -> Option<String> {
    match soap.part(part) {
        Some(section) => Some(tidy(&section.text)),
        None if soap.sections.iter().all(|section| section.part.is_none()) && !soap.sections.is_empty() => {
            Some(whole_soap(soap))
        }
        None => None,
    }
}

/// One section alone.
pub fn section(section: &SoapSection) -> String {
    tidy(&section.text)
}

/// The whole note: each title on a line of its own, a blank line between sections.
pub fn whole_soap(soap: &Soap) -> String {
    let block = |section: &SoapSection| {
        if section.title.is_empty() {
            tidy(&section.text)
        } else {
            format!("{}:\n{}", section.title, tidy(&section.text))
        }
    };
    let blocks: Vec<String> = soap.sections.iter().map(block).collect();
    blocks.join("\n\n")
}

/// One line per turn: `Dr. Smith: So Bella…`. Pieces of a long turn are joined again.
pub fn transcript(transcript: &Transcript) -> String {
    let mut text = String::new();
    for turn in &transcript.turns {
        if turn.continues {
            text.push(' ');
        } else if !text.is_empty() {
            text.push('\n');
        }
        if let (Some(name), false) = (transcript.speaker_of(turn), turn.continues) {
            text.push_str(name);
            text.push_str(": ");
        }
        text.push_str(turn.text.trim());
    }
    text
}

/// The head of an exported document, one fact a line.
pub fn facts(consultation: &Consultation, zone: Zone) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    let patient = match &consultation.patient {
        Some(patient) if patient.description().is_empty() => patient.display_name().to_owned(),
        Some(patient) => format!("{} ({})", patient.display_name(), patient.description().replace(" · ", ", ")),
        None => consultation.headline().to_owned(),
    };
    facts.push(("Patient", patient));
    if let Some(vet) = &consultation.vet {
        facts.push(("Vet", vet.display_name()));
    }
    if let Some(room) = &consultation.room {
        facts.push(("Room", room.display_name().to_owned()));
    }
    let (start, manner) = (zone.local_time(consultation.started_at), zone.manner());
    let start = format!("{}, {}", manner.weekday_of_year(start.date()), manner.time(start));
    let when = match consultation.duration_minutes() {
        Some(minutes) => format!("{start} ({minutes} min)"),
        None => start,
    };
    facts.push(("Recorded", when));
    facts.push(("Record", consultation.key.as_text()));
    facts
}

/// Transcript and SOAP note as a plain text file. Lines end in `\n`; the file writer fits them to the platform.
pub fn document_text(consultation: &Consultation, notes: &Notes, zone: Zone) -> String {
    let mut text = String::new();
    for (name, value) in facts(consultation, zone) {
        text.push_str(&format!("{name}: {value}\n"));
    }
    text.push_str(&format!("\nSOAP NOTE\n{DRAFT_NOTICE}\n\n"));
    text.push_str(&notes.soap().map_or_else(|| "No SOAP note.".to_owned(), |soap| whole_soap(&soap)));
    text.push_str("\n\nTRANSCRIPT\n\n");
    text.push_str(&notes.transcript().map_or_else(|| "No transcript.".to_owned(), |found| transcript(&found)));
    text.push('\n');
    text
}

/// The same words as Markdown.
pub fn document_markdown(consultation: &Consultation, notes: &Notes, zone: Zone) -> String {
    let mut text = format!("# {}\n\n", escape_markdown(consultation.headline()));
    for (name, value) in facts(consultation, zone) {
        text.push_str(&format!("- **{name}:** {}\n", escape_markdown(&value)));
    }
    text.push_str(&format!("\n## SOAP note\n\n*{DRAFT_NOTICE}*\n"));
    match notes.soap() {
        Some(soap) => soap.sections.iter().for_each(|section| {
            if !section.title.is_empty() {
                text.push_str(&format!("\n### {}\n", escape_markdown(&section.title)));
            }
            let body = escape_markdown(&tidy(&section.text)).replace('\n', "  \n");
            text.push_str(&format!("\n{body}\n"));
        }),
        None => text.push_str("\nNo SOAP note.\n"),
    }
    text.push_str("\n## Transcript\n");
    match notes.transcript() {
        Some(found) => push_markdown_turns(&mut text, &found),
        None => text.push_str("\nNo transcript.\n"),
    }
    text
}

fn push_markdown_turns(text: &mut String, found: &Transcript) {
    for turn in &found.turns {
        let speech = escape_markdown(turn.text.trim());
        match (found.speaker_of(turn), turn.continues) {
            (Some(name), false) => text.push_str(&format!("\n**{}:** {speech}\n", escape_markdown(name))),
            _ => text.push_str(&format!("\n{speech}\n")),
        }
    }
}

/// Lines as the system's other programs expect them, in a file and on the clipboard.
pub fn with_platform_line_ends(text: &str) -> String {
    if std::path::MAIN_SEPARATOR == '\\' { text.replace('\n', "\r\n") } else { text.to_owned() }
}

/// Trims line ends and folds runs of blank lines into one.
pub fn tidy(text: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() && lines.last().is_none_or(|last| last.is_empty()) {
            continue;
        }
        lines.push(line);
    }
    while lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    lines.join("\n")
}

/// Text stays text: what Markdown or HTML would take for markup is escaped.
fn escape_markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_copied_alone_and_clean() {
        let soap = Soap::parse("S: Limping.  \n\n\n\nEats.\nO: T 38.6\n");
        assert_eq!(soap_part(&soap, SoapPart::Subjective).as_deref(), Some("Limping.\n\nEats."));
        assert_eq!(soap_part(&soap, SoapPart::Plan), None);
        assert_eq!(whole_soap(&soap), "Subjective:\nLimping.\n\nEats.\n\nObjective:\nT 38.6");
    }

    #[test]
    fn an_unparsed_note_copies_whole() {
        let soap = Soap::parse("Everything fine.");
        assert_eq!(soap_part(&soap, SoapPart::Plan).as_deref(), Some("Everything fine."));
    }

    #[test]
    fn transcript_text_is_what_was_sent() {
        let text = "Dr. Smith: So Bella limps?\nOwner: Yes.";
        assert_eq!(transcript(&Transcript::parse(text)), text);
    }

    #[test]
    fn markup_in_names_stays_text() {
        assert_eq!(escape_markdown("<b>Bella</b> [x](y)"), "\\<b\\>Bella\\</b\\> \\[x\\](y)");
    }
}
