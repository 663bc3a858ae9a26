//! The one sentence that shows why a consultation was found: where it stands, who said it, and what to mark in it.
//! Cut from the notes as they are shown, so that the place leads to the same words on screen.

use super::document::row_texts;
use super::question::{Part, Question};
use super::words::for_each_word;
use crate::domain::fold::fold;
use crate::domain::{Consultation, HitPlace, Notes, SearchPlace, SearchQuery};
use std::ops::Range;

/// Bytes of a sentence that fit two lines.
const LONGEST: usize = 240;
/// Bytes before the first mark, when a long sentence is cut.
const LEAD: usize = 60;

/// What to look for and where it counts.
pub(super) struct Sought<'a> {
    wanted: &'a [Part],
    place: Option<SearchPlace>,
    /// Folded.
    speaker: Option<String>,
}

pub(super) struct Excerpt {
    pub place: HitPlace,
    pub speaker: Option<String>,
    pub section: Option<String>,
    pub sentence: String,
    pub marked: Vec<Range<usize>>,
    pub count: usize,
    /// Everybody who speaks in the transcript.
    pub speakers: Vec<String>,
}

impl<'a> Sought<'a> {
    pub(super) fn new(question: &'a Question, query: &SearchQuery) -> Self {
        let speaker = query.speaker.as_deref().map(|name| fold(name.trim()));
        Self { wanted: &question.wanted, place: query.place, speaker }
    }

    fn hears(&self, speaker: Option<&str>) -> bool {
        let place_fits = matches!(self.place, None | Some(SearchPlace::Transcript)) || self.speaker.is_some();
        place_fits
            && self.speaker.as_ref().is_none_or(|wanted| speaker.is_some_and(|name| fold(name.trim()) == *wanted))
    }

    fn reads(&self, part: Option<crate::domain::SoapPart>) -> bool {
        self.speaker.is_none()
            && match self.place {
                None | Some(SearchPlace::Note) => true,
                Some(SearchPlace::Soap(wanted)) => part == Some(wanted),
                Some(SearchPlace::Transcript | SearchPlace::Patient) => false,
            }
    }

    fn sees_row(&self) -> bool {
        self.speaker.is_none() && matches!(self.place, None | Some(SearchPlace::Patient))
    }
}

/// The best sentence; `None` when some part stands nowhere after all, such as a phrase that two people shared.
pub(super) fn best(row: &Consultation, notes: Option<&Notes>, sought: &Sought<'_>) -> Option<Excerpt> {
    let mut search = Search::new(sought);
    let transcript = notes.and_then(Notes::transcript).unwrap_or_default();
    let soap = notes.and_then(Notes::soap).unwrap_or_default();
    for (index, section) in soap.sections.iter().enumerate().filter(|(_, section)| sought.reads(section.part)) {
        search.look(&section.text, |at| HitPlace::Section { index, at });
    }
    for (index, turn) in transcript.turns.iter().enumerate() {
        if sought.hears(transcript.speaker_of(turn)) {
            search.look(&turn.text, |at| HitPlace::Turn { index, at });
        }
    }
    let facts: Vec<&str> = row_texts(row).map(str::trim).filter(|text| !text.is_empty()).collect();
    let facts = facts.join(" · ");
    if sought.sees_row() {
        search.look(&facts, |_| HitPlace::Row);
    }
    let found = search.finish()?;
    let turn = match found.place {
        HitPlace::Turn { index, .. } => transcript.turns.get(index),
        HitPlace::Section { .. } | HitPlace::Row => None,
    };
    let speaker = turn.and_then(|turn| transcript.speaker_of(turn)).map(str::to_owned);
    let section = match found.place {
        HitPlace::Section { index, .. } => soap.sections.get(index),
        HitPlace::Turn { .. } | HitPlace::Row => None,
    };
    let text = match found.place {
        HitPlace::Turn { .. } => turn.map(|turn| turn.text.as_str()),
        HitPlace::Section { .. } => section.map(|section| section.text.as_str()),
        HitPlace::Row => Some(facts.as_str()),
    };
    let (sentence, marked) = cut(text?, &found);
    let section = section.map(|section| section.title.clone()).filter(|title| !title.is_empty());
    let Found { place, count, .. } = found;
    Some(Excerpt { place, speaker, section, sentence, marked, count, speakers: transcript.speakers })
}

/// Words of one text, kept in two buffers that are used again for the next text.
#[derive(Default)]
struct Words {
    folded: String,
    /// Where each stands in `folded` and in the text.
    spans: Vec<(Range<usize>, Range<usize>)>,
}

impl Words {
    fn read(&mut self, text: &str) {
        let Self { folded, spans } = self;
        folded.clear();
        spans.clear();
        for_each_word(text, |word, range| {
            let start = folded.len();
            folded.push_str(word);
            spans.push((start..folded.len(), range));
        });
    }

    fn from(&self, index: usize) -> impl Iterator<Item = &str> {
        self.spans.iter().skip(index).filter_map(|(at, _)| self.folded.get(at.clone()))
    }

    /// The bytes from one word to the end of another.
    fn stretch(&self, first: usize, count: usize) -> Option<Range<usize>> {
        let last = self.spans.get(first + count.checked_sub(1)?)?;
        Some(self.spans.get(first)?.1.start..last.1.end)
    }
}

/// A mark: the part it belongs to and its bytes.
type Mark = (usize, Range<usize>);

struct Found {
    place: HitPlace,
    sentence: Range<usize>,
    marks: Vec<Range<usize>>,
    /// Different parts in the sentence.
    parts: usize,
    count: usize,
}

struct Search<'a> {
    wanted: &'a [Part],
    words: Words,
    /// Which parts were met anywhere.
    met: Vec<bool>,
    count: usize,
    best: Option<Found>,
}

impl<'a> Search<'a> {
    fn new(sought: &Sought<'a>) -> Self {
        let wanted = sought.wanted;
        Self { wanted, words: Words::default(), met: vec![false; wanted.len()], count: 0, best: None }
    }

    fn look(&mut self, text: &str, place: impl Fn(usize) -> HitPlace) {
        if !self.wanted.iter().any(|part| may_hold(text, part)) {
            return;
        }
        self.words.read(text);
        let marks = self.marks();
        self.count += marks.len();
        for (part, _) in &marks {
            if let Some(met) = self.met.get_mut(*part) {
                *met = true;
            }
        }
        let mut rest = marks.as_slice();
        while let Some((_, first)) = rest.first() {
            let sentence = sentence_around(text, first);
            let inside = rest.iter().take_while(|(_, mark)| mark.start < sentence.end).count().max(1);
            let (here, after) = rest.split_at(inside.min(rest.len()));
            self.offer(sentence, here, place(first.start));
            rest = after;
        }
    }

    fn marks(&self) -> Vec<Mark> {
        let mut marks = Vec::new();
        for index in 0..self.words.spans.len() {
            for (part, wanted) in self.wanted.iter().enumerate() {
                if wanted.stands_in(self.words.from(index)) {
                    marks.extend(self.words.stretch(index, wanted.words.len()).map(|range| (part, range)));
                }
            }
        }
        marks
    }

    /// The sentence with the most different parts wins, the first of equals.
    fn offer(&mut self, sentence: Range<usize>, marks: &[Mark], place: HitPlace) {
        let mut parts: Vec<usize> = marks.iter().map(|(part, _)| *part).collect();
        parts.sort_unstable();
        parts.dedup();
        if self.best.as_ref().is_none_or(|best| best.parts < parts.len()) {
            let marks = marks.iter().map(|(_, range)| range.clone()).collect();
            self.best = Some(Found { place, sentence, marks, parts: parts.len(), count: 0 });
        }
    }

    fn finish(self) -> Option<Found> {
        let is_whole = self.met.iter().all(|met| *met);
        self.best.filter(|_| is_whole).map(|best| Found { count: self.count, ..best })
    }
}

/// Whether it is worth taking a text apart: most of what was said is plain letters, and its longest word is not in it.
fn may_hold(text: &str, part: &Part) -> bool {
    let longest = part.words.iter().max_by_key(|word| word.len());
    // A decimal point may be written as a comma.
    let Some(word) = longest.filter(|word| text.is_ascii() && !word.contains('.')) else { return true };
    let (text, word) = (text.as_bytes(), word.as_bytes());
    text.windows(word.len().max(1)).any(|found| found.eq_ignore_ascii_case(word))
}

/// From the end of the sentence before to the end of this one.
fn sentence_around(text: &str, mark: &Range<usize>) -> Range<usize> {
    let before = text.get(..mark.start).unwrap_or_default();
    let start = ends(before).last().unwrap_or(0);
    let after = text.get(mark.end..).unwrap_or_default();
    let end = ends(after).next().map_or(text.len(), |end| mark.end + end);
    let gap = text.get(start..end).map_or(0, |sentence| sentence.len() - sentence.trim_start().len());
    start + gap..end
}

/// Where sentences end: after a closing sign before a blank, and at line ends.
fn ends(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    text.char_indices().filter_map(move |(at, c)| {
        let next = at + c.len_utf8();
        let closes = matches!(c, '.' | '?' | '!' | '…' | '。' | '？' | '！');
        let is_wide = closes && !c.is_ascii() && c != '…';
        let is_end = c == '\n' || is_wide || (closes && bytes.get(next).is_some_and(u8::is_ascii_whitespace));
        is_end.then_some(next)
    })
}

/// The sentence as it is shown, and its marks in it.
fn cut(text: &str, found: &Found) -> (String, Vec<Range<usize>>) {
    let whole = found.sentence.clone();
    let first = found.marks.first().map_or(whole.start, |mark| mark.start);
    let mut start = whole.start;
    if whole.len() > LONGEST && first - whole.start > LEAD + LEAD / 2 {
        start = after_blank(text, text.ceil_char_boundary(first - LEAD), first);
    }
    let mut end = whole.end;
    if end - start > LONGEST {
        let least = found.marks.first().map_or(start, |mark| mark.end);
        end = before_blank(text, least, text.floor_char_boundary(start + LONGEST)).max(least);
    }
    let lead = if start > whole.start { "… " } else { "" };
    let shown = text.get(start..end).unwrap_or_default().trim_end();
    let tail = if end < whole.end { " …" } else { "" };
    let sentence = format!("{lead}{shown}{tail}").replace(['\n', '\r', '\t'], " ");
    let marks = merged(&found.marks).into_iter().filter(|mark| mark.start >= start && mark.end <= start + shown.len());
    let marked = marks.map(|mark| mark.start - start + lead.len()..mark.end - start + lead.len()).collect();
    (sentence, marked)
}

/// Behind the first blank of a stretch, else its beginning.
fn after_blank(text: &str, from: usize, to: usize) -> usize {
    text.get(from..to).and_then(|stretch| stretch.find(' ')).map_or(from, |at| from + at + 1)
}

/// Before the last blank of a stretch, else its end.
fn before_blank(text: &str, from: usize, to: usize) -> usize {
    text.get(from..to).and_then(|stretch| stretch.rfind(' ')).map_or(to, |at| from + at)
}

/// Marks that touch or overlap become one.
fn merged(marks: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut sorted = marks.to_vec();
    sorted.sort_by_key(|mark| (mark.start, mark.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(sorted.len());
    for mark in sorted {
        match merged.last_mut() {
            Some(last) if mark.start <= last.end => last.end = last.end.max(mark.end),
            _ => merged.push(mark),
        }
    }
    merged
}
