//! What the program has been heard to promise: each fact has a number that only grows, `?` before it is tried and
//! `!` when the product says that it is kept. A fact that is not there has the number 0.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

/// What is known of one fact.
#[derive(Clone, Debug, Default)]
pub struct Fact {
    pub kept: u64,
    /// Tried after that; any of them may be there.
    pub tried: Vec<u64>,
    /// Everything that was ever tried.
    pub history: Vec<u64>,
}

impl Fact {
    pub fn allows(&self, number: u64) -> bool {
        number == self.kept || self.tried.contains(&number)
    }

    /// For what may be lost but not made up.
    pub fn was_ever(&self, number: u64) -> bool {
        number == 0 || self.history.contains(&number)
    }
}

/// Everything that was promised, by name.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pub facts: BTreeMap<String, Fact>,
    pub highest: u64,
    /// How many promises were heard.
    pub promises: usize,
    /// What failed, and in which words.
    pub failures: Vec<(String, String)>,
    /// The flow came to its end.
    pub is_done: bool,
}

impl Ledger {
    pub fn read(path: &Path) -> Self {
        let mut ledger = Self::default();
        ledger.hear(&std::fs::read_to_string(path).unwrap_or_default());
        ledger
    }

    pub fn hear(&mut self, lines: &str) {
        for line in lines.lines() {
            let mut words = line.splitn(4, ' ');
            let (sign, name) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
            let number = words.next().and_then(|number| number.parse().ok()).unwrap_or(0);
            match sign {
                "?" => self.try_it(name, number),
                "!" => self.keep_it(name, number),
                "x" => self.failures.push((name.to_owned(), words.next().unwrap_or("").to_owned())),
                _ => self.is_done |= line == "done",
            }
        }
    }

    fn try_it(&mut self, name: &str, number: u64) {
        self.highest = self.highest.max(number);
        if name == WIPE {
            self.facts.values_mut().for_each(|fact| fact.tried.push(0));
            return;
        }
        let fact = self.facts.entry(name.to_owned()).or_default();
        fact.tried.push(number);
        fact.history.push(number);
    }

    fn keep_it(&mut self, name: &str, number: u64) {
        self.promises += 1;
        if name == WIPE {
            self.facts.values_mut().for_each(|fact| *fact = Fact::default());
            return;
        }
        let fact = self.facts.entry(name.to_owned()).or_default();
        fact.kept = number;
        fact.tried.clear();
    }
}

/// The fact that ends all others.
pub const WIPE: &str = "wipe";

/// Where promises are written; each line is one write, so that none is half there.
pub struct Speaker(File);

impl Speaker {
    pub fn to(path: &Path) -> Self {
        Self(File::options().create(true).append(true).open(path).expect("a file for promises"))
    }

    pub fn tries(&mut self, name: &str, number: u64) {
        self.say(&format!("? {name} {number}\n"));
    }

    pub fn keeps(&mut self, name: &str, number: u64) {
        self.say(&format!("! {name} {number}\n"));
    }

    pub fn fails(&mut self, name: &str, number: u64, words: &str) {
        self.say(&format!("x {name} {number} {}\n", words.replace('\n', " ")));
    }

    pub fn is_done(&mut self) {
        self.say("done\n");
    }

    fn say(&mut self, line: &str) {
        self.0.write_all(line.as_bytes()).expect("heard");
    }
}
