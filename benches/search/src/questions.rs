//! What is typed: common and rare words, phrases that were said, and the first letters of words.

use crate::corpus::Corpus;

pub struct Questions {
    pub classes: Vec<Class>,
}

pub struct Class {
    pub name: &'static str,
    pub kind: Kind,
    pub texts: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Word,
    Phrase,
    Prefix,
    Both,
}

impl Questions {
    pub fn new(corpus: &Corpus) -> Self {
        let mut random = fastrand::Rng::with_seed(7);
        let mut words: Vec<(String, usize)> = corpus
            .frequencies()
            .into_iter()
            .filter(|(word, _)| word.is_ascii() && word.len() > 2 && !word.bytes().all(|b| b.is_ascii_digit()))
            .collect();
        words.sort_by(|(a, many), (b, more)| more.cmp(many).then_with(|| a.cmp(b)));
        let common: Vec<String> = words.iter().take(40).map(|(word, _)| word.clone()).collect();
        let few: Vec<&(String, usize)> =
            words.iter().filter(|(_, count)| (2..=corpus.docs.len() / 200).contains(count)).collect();
        let rare = (0..40).map(|_| few[random.usize(..few.len())].0.clone()).collect();
        let mut phrases = Vec::new();
        while phrases.len() < 40 {
            let doc = &corpus.docs[random.usize(..corpus.docs.len())];
            let line = doc.transcript.lines().nth(random.usize(..10)).unwrap_or_default();
            let said: Vec<&str> = line.split_once(": ").map_or(line, |(_, said)| said).split(' ').collect();
            let start = random.usize(..said.len().max(1));
            let three: Vec<&str> = said.into_iter().skip(start).take(3).collect();
            if three.len() == 3
                && three.iter().all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphabetic()))
            {
                phrases.push(three.join(" "));
            }
        }
        let prefixes = |letters: usize, random: &mut fastrand::Rng| {
            let mut all: Vec<String> = words
                .iter()
                .filter(|(word, _)| word.len() > letters)
                .map(|(word, _)| word[..letters].to_owned())
                .collect();
            all.sort();
            all.dedup();
            random.shuffle(&mut all);
            all.truncate(60);
            all
        };
        let pairs =
            (0..40).map(|n| format!("{} {}", common[n], &words[random.usize(..2_000.min(words.len()))].0)).collect();
        let class = |name, kind, texts| Class { name, kind, texts };
        let classes = vec![
            class("common word", Kind::Word, common.clone()),
            class("rare word", Kind::Word, rare),
            class("phrase", Kind::Phrase, phrases),
            class("1 letter", Kind::Prefix, prefixes(1, &mut random)),
            class("2 letters", Kind::Prefix, prefixes(2, &mut random)),
            class("3 letters", Kind::Prefix, prefixes(3, &mut random)),
            class("two words", Kind::Both, pairs),
        ];
        Self { classes }
    }

    pub fn heads(&self) -> String {
        self.classes.iter().map(|class| class.name).collect::<Vec<_>>().join(" | ")
    }
}
