//! A transcript as speaker turns. NxVET sends one text with names inline and no times.
//! No speaker is ever guessed: a line without a name belongs to the turn before it.

use super::fold::fold;

/// Turns in the order they were spoken.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Transcript {
    pub turns: Vec<Turn>,
    /// Speakers in order of first appearance; a turn's `speaker` points in here.
    pub speakers: Vec<String>,
}

/// What one person said in one go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Index into [`Transcript::speakers`]; `None` where the text names nobody.
    pub speaker: Option<usize>,
    pub text: String,
    /// A long turn is cut into pieces so that each lays out quickly; only the first shows the name.
    pub continues: bool,
}

/// Pieces longer than this many bytes are cut at a sentence's end.
const PIECE_BYTES: usize = 900;
/// A speaker's name is short; anything longer before a colon is speech.
const NAME_CHARS: usize = 40;
const NAME_WORDS: usize = 4;

impl Transcript {
    pub fn parse(text: &str) -> Self {
        let mut transcript = Self::default();
        let names = repeated_names(text);
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match split_speaker(line, &names) {
                Some((name, speech)) => {
                    let speaker = transcript.speaker_index(name);
                    transcript.push(Some(speaker), speech, false);
                }
                None => transcript.push_unnamed(line),
            }
        }
        transcript
    }

    pub fn speaker_of(&self, turn: &Turn) -> Option<&str> {
        turn.speaker.and_then(|index| self.speakers.get(index)).map(String::as_str)
    }

    pub fn word_count(&self) -> usize {
        self.turns.iter().map(|turn| turn.text.split_whitespace().count()).sum()
    }

    fn speaker_index(&mut self, name: &str) -> usize {
        if let Some(index) = self.speakers.iter().position(|known| known == name) {
            return index;
        }
        self.speakers.push(name.to_owned());
        self.speakers.len() - 1
    }

    fn push_unnamed(&mut self, line: &str) {
        let speaker = self.turns.last().and_then(|turn| turn.speaker);
        let continues = speaker.is_some();
        self.push(speaker, line, continues);
    }

    fn push(&mut self, speaker: Option<usize>, speech: &str, continues: bool) {
        let mut continues = continues;
        for piece in pieces(speech) {
            self.turns.push(Turn { speaker, text: piece.to_owned(), continues });
            continues = true;
        }
    }
}

/// `Dr. Smith: So Bella…` into its two halves. A colon inside speech ("at 3:15", "note: …") is not a name
/// unless the same words lead several lines.
fn split_speaker<'a>(line: &'a str, names: &[String]) -> Option<(&'a str, &'a str)> {
    let (name, speech) = line.split_once(':')?;
    let name = name.trim().trim_matches('*').trim();
    let known = names.contains(&fold(name));
    (known || looks_like_a_name(name)).then(|| (name, speech.trim().trim_start_matches("**").trim()))
}

fn looks_like_a_name(name: &str) -> bool {
    let shaped =
        !name.is_empty() && name.chars().count() <= NAME_CHARS && name.split_whitespace().count() <= NAME_WORDS;
    let starts_big = name.chars().next().is_some_and(|c| c.is_alphabetic() && !c.is_lowercase());
    let speech_like = name.contains([',', '?', '!', ';', '"']);
    let last_is_digit = name.chars().next_back().is_some_and(|c| c.is_ascii_digit());
    let clock_like = last_is_digit && !name.to_ascii_lowercase().contains("speaker");
    shaped && starts_big && !speech_like && !clock_like && every_word_is_big(name)
}

/// `Dr. Smith`, `Speaker A`, `Nurse Kim` have a capital or a digit in front of every word; "Her weight" has not.
fn every_word_is_big(name: &str) -> bool {
    name.split_whitespace().all(|word| word.chars().next().is_some_and(|c| !c.is_lowercase()))
}

/// Leads (folded) that stand before a colon on three lines or more are names whatever their shape.
fn repeated_names(text: &str) -> Vec<String> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for line in text.lines() {
        let Some((name, _)) = line.split_once(':') else { continue };
        let name = fold(name.trim().trim_matches('*').trim());
        if name.is_empty() || name.chars().count() > NAME_CHARS || name.split_whitespace().count() > NAME_WORDS {
            continue;
        }
        if let Some((_, count)) = counts.iter_mut().find(|(known, _)| *known == name) {
            *count += 1;
        } else if counts.len() < 64 {
            counts.push((name, 1));
        }
    }
    counts.into_iter().filter(|(_, count)| *count >= 3).map(|(name, _)| name).collect()
}

/// Cuts long speech at sentence ends so that a window of it can be laid out on its own.
fn pieces(speech: &str) -> Vec<&str> {
    let mut rest = speech;
    let mut pieces = Vec::new();
    while rest.len() > PIECE_BYTES {
        let cut = cut_point(rest);
        let (piece, tail) = rest.split_at(cut);
        pieces.push(piece.trim_end());
        rest = tail.trim_start();
    }
    if !rest.is_empty() || pieces.is_empty() {
        pieces.push(rest);
    }
    pieces
}

/// The last sentence end within the limit, else the last blank, else the last whole character.
fn cut_point(text: &str) -> usize {
    let limit = text.floor_char_boundary(PIECE_BYTES);
    let head = text.get(..limit).unwrap_or(text);
    let sentence = [". ", "? ", "! "].iter().filter_map(|end| head.rfind(end)).max().map(|at| at + 1);
    let cut = sentence.filter(|at| *at > PIECE_BYTES / 4).or_else(|| head.rfind(' ')).unwrap_or(limit);
    if cut == 0 { limit.max(1) } else { cut }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<(Option<String>, String)> {
        let transcript = Transcript::parse(text);
        let pair = |turn: &Turn| (transcript.speaker_of(turn).map(str::to_owned), turn.text.clone());
        transcript.turns.iter().map(pair).collect()
    }

    #[test]
    fn speakers_are_split_from_speech() {
        let found = lines("Dr. Smith: So Bella limps?\nOwner: Since 3:15, yes.\n\nSpeaker A: Hm.");
        let expected = [("Dr. Smith", "So Bella limps?"), ("Owner", "Since 3:15, yes."), ("Speaker A", "Hm.")];
        let expected: Vec<_> = expected.iter().map(|(n, t)| (Some((*n).to_owned()), (*t).to_owned())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_colon_in_speech_is_not_a_name() {
        let found = lines("Vet: fine\nwe agreed on this: no more treats\nAt 10: stop");
        assert_eq!(found.len(), 3);
        assert!(found.iter().all(|(speaker, _)| speaker.as_deref() == Some("Vet")), "{found:?}");
    }

    #[test]
    fn text_without_names_has_no_speaker() {
        assert_eq!(lines("just some text"), vec![(None, "just some text".to_owned())]);
    }

    #[test]
    fn long_turns_are_cut_without_losing_a_word() {
        let speech = "She ate well. ".repeat(500);
        let transcript = Transcript::parse(&format!("Owner: {speech}"));
        assert!(transcript.turns.len() > 5);
        assert!(transcript.turns.iter().all(|turn| turn.text.len() <= PIECE_BYTES));
        assert_eq!(transcript.word_count(), 1500);
        assert_eq!(transcript.turns.iter().filter(|turn| !turn.continues).count(), 1);
    }

    #[test]
    fn a_wall_of_characters_is_cut_too() {
        let transcript = Transcript::parse(&"小".repeat(5000));
        assert_eq!(transcript.turns.iter().map(|turn| turn.text.chars().count()).sum::<usize>(), 5000);
    }
}
