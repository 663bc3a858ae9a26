//! Texts that must be found nowhere, and the search for them in every guise in which a text leaks: as it is, as
//! Windows writes it, in base64 at each offset, in hex, percent-encoded.
//! One pass over the bytes looks for all of them, so that the image of a disk can be searched too.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Read at once.
const PIECE: usize = 8 << 20;

struct Needle {
    name: String,
    bytes: Vec<u8>,
}

/// A set of texts to look for.
pub struct Canaries {
    needles: Vec<Needle>,
    /// By their first two bytes.
    by_start: HashMap<u16, Vec<usize>>,
    /// Which first two bytes occur at all; most positions end here.
    starts: Vec<bool>,
    longest: usize,
}

impl Canaries {
    /// What each text is called, and the text.
    pub fn new<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut canaries =
            Self { needles: Vec::new(), by_start: HashMap::new(), starts: vec![false; 1 << 16], longest: 0 };
        for (name, text) in texts {
            for (guise, bytes) in guises(text) {
                canaries.add(format!("{name} as {guise}"), bytes);
            }
        }
        canaries
    }

    fn add(&mut self, name: String, bytes: Vec<u8>) {
        assert!(bytes.len() >= 8, "{name} is so short that chance would find it");
        if self.needles.iter().any(|known| known.bytes == bytes) {
            return;
        }
        let start = u16::from_le_bytes([bytes[0], bytes[1]]);
        self.starts[usize::from(start)] = true;
        self.by_start.entry(start).or_default().push(self.needles.len());
        self.longest = self.longest.max(bytes.len());
        self.needles.push(Needle { name, bytes });
    }

    /// What stands in these bytes, each kind once.
    pub fn in_bytes(&self, bytes: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        for (at, pair) in bytes.windows(2).enumerate() {
            let start = u16::from_le_bytes([pair[0], pair[1]]);
            if self.starts[usize::from(start)] {
                self.at(start, &bytes[at..], &mut found);
            }
        }
        found
    }

    fn at(&self, start: u16, bytes: &[u8], found: &mut Vec<String>) {
        for needle in self.by_start.get(&start).into_iter().flatten().map(|index| &self.needles[*index]) {
            if bytes.starts_with(&needle.bytes) && !found.contains(&needle.name) {
                found.push(needle.name.clone());
            }
        }
    }

    /// The same for a file of any length.
    pub fn in_file(&self, path: &Path) -> Vec<String> {
        // What went away meanwhile holds nothing.
        let Ok(mut file) = File::open(path) else { return Vec::new() };
        let mut found: Vec<String> = Vec::new();
        let mut held: Vec<u8> = Vec::new();
        loop {
            let mut piece = Vec::new();
            let read = file.by_ref().take(PIECE as u64).read_to_end(&mut piece).expect("a file can be read");
            held.extend_from_slice(&piece);
            for name in self.in_bytes(&held) {
                if !found.contains(&name) {
                    found.push(name);
                }
            }
            if read == 0 {
                return found;
            }
            // A text may lie across two pieces.
            let kept = held.len().min(self.longest);
            held.drain(..held.len() - kept);
        }
    }

    /// What is found in the files below a folder and in their names: `file: what`.
    pub fn below(&self, folder: &Path) -> Vec<String> {
        let mut hits = Vec::new();
        for path in files_below(folder) {
            let named = self.in_bytes(path.to_string_lossy().as_bytes());
            hits.extend(named.into_iter().map(|name| format!("{}: {name}, in its name", path.display())));
            hits.extend(self.in_file(&path).into_iter().map(|name| format!("{}: {name}", path.display())));
        }
        hits
    }
}

/// Every file below a folder; links are not followed.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    files.sort();
    files
}

fn guises(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let hex = |digits: &[u8; 16]| {
        text.bytes().flat_map(|byte| [digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]).collect()
    };
    let mut all = vec![
        ("text", text.as_bytes().to_vec()),
        ("UTF-16", text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("hex", hex(b"0123456789abcdef")),
        ("capital hex", hex(b"0123456789ABCDEF")),
        ("percent-encoding", percent(text, "%20")),
        ("form encoding", percent(text, "+")),
    ];
    for (offset, name) in ["base64", "base64 one byte in", "base64 two bytes in"].into_iter().enumerate() {
        all.push((name, base64_inside(text.as_bytes(), offset, *b"+/")));
        all.push((name, base64_inside(text.as_bytes(), offset, *b"-_")));
    }
    all
}

fn percent(text: &str, space: &str) -> Vec<u8> {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => out.push_str(space),
            b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out.into_bytes()
}

/// The characters that stand for `text` alone when it begins `offset` bytes into a group of three.
fn base64_inside(text: &[u8], offset: usize, last_two: [u8; 2]) -> Vec<u8> {
    let letter = |six: u8| match six {
        0..26 => b'A' + six,
        26..52 => b'a' + six - 26,
        52..62 => b'0' + six - 52,
        _ => last_two[usize::from(six) - 62],
    };
    let bits: Vec<u8> = text.iter().flat_map(|byte| (0..8).rev().map(move |bit| (byte >> bit) & 1)).collect();
    // The first and last character are shared with the neighbours.
    let shared = (6 - offset * 8 % 6) % 6;
    bits[shared..].chunks_exact(6).map(|six| letter(six.iter().fold(0, |sum, bit| sum << 1 | bit))).collect()
}

#[test]
fn the_search_finds_a_text_in_every_guise() {
    let canaries = Canaries::new([("the canary", "Quillmoss Zebrafink 4417")]);
    let cases: [(&str, &[u8]); 9] = [
        ("the canary as text", b"Quillmoss Zebrafink 4417"),
        ("the canary as percent-encoding", b"q=Quillmoss%20Zebrafink%204417"),
        ("the canary as form encoding", b"q=Quillmoss+Zebrafink+4417"),
        ("the canary as hex", b"5175696c6c6d6f7373205a6562726166696e6b2034343137"),
        ("the canary as capital hex", b"5175696C6C6D6F7373205A6562726166696E6B2034343137"),
        ("the canary as base64", b"UXVpbGxtb3NzIFplYnJhZmluayA0NDE3"),
        ("the canary as base64 one byte in", b"eFF1aWxsbW9zcyBaZWJyYWZpbmsgNDQxNw=="),
        ("the canary as base64 two bytes in", b"eHhRdWlsbG1vc3MgWmVicmFmaW5rIDQ0MTc="),
        ("the canary as UTF-16", b"Q\0u\0i\0l\0l\0m\0o\0s\0s\0 \0Z\0e\0b\0r\0a\0f\0i\0n\0k\0 \x004\x004\x001\x007\0"),
    ];
    for (name, bytes) in cases {
        let around = [b"before\0", bytes, b"\xffafter"].concat();
        assert_eq!(canaries.in_bytes(&around), [name]);
        assert!(canaries.in_bytes(&around[..around.len() - 12]).is_empty(), "{name}: a part of it is not it");
    }
}

#[test]
fn a_text_across_two_pieces_is_found() {
    let home = tempfile::tempdir().expect("a folder");
    let canaries = Canaries::new([("the canary", "Quillmoss Zebrafink 4417")]);
    let mut bytes = vec![b'.'; PIECE + 100];
    bytes[PIECE - 10..PIECE + 14].copy_from_slice(b"Quillmoss Zebrafink 4417");
    std::fs::write(home.path().join("Quillmoss Zebrafink 4417"), bytes).expect("written");
    assert_eq!(canaries.below(home.path()).len(), 2, "in the file and in its name");
}
