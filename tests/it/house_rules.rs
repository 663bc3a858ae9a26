//! The fences of the house, read from the sources: who may import whom, where colours, clocks, platform
//! switches and the vendor's words live, and how long a file may be.
//! Each rule has a test of its own, and that test first shows that the rule catches a planted breach.
//! What the compiler or clippy can say is left to them.

use std::fs;
use std::path::Path;

/// Lines of non-test code a file may have.
const LONGEST_FILE: usize = 400;

/// Folder, and what it may import from the crate besides itself. What is not listed is forbidden.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("state", &["domain"]),
    ("ui", &["state", "domain"]),
    ("nxvet", &["domain"]),
    ("nexhealth", &["domain", "nxvet"]),
    ("webhooks", &["domain"]),
    ("sharing", &["domain"]),
    ("audio", &["domain"]),
    ("ciphers", &[]),
    ("store", &["domain"]),
    ("platform", &["domain::secret"]),
    ("crash", &["platform", "clock"]),
    ("window", &["options", "state", "platform", "crash", "clock", "copies", "outside", "shell"]),
    ("simulator", &[]),
    (
        "backend",
        &[
            "state",
            "domain",
            "nxvet",
            "nexhealth",
            "webhooks",
            "sharing",
            "audio",
            "store",
            "platform",
            "clock",
            "crash",
        ],
    ),
    ("receive", &["domain", "options", "platform", "sharing", "store", "clock"]),
    ("options", &["domain"]),
    ("diagnostics", &["domain", "options", "webhooks"]),
];

/// Folder, and the crates it must not know.
const STRANGERS: &[(&str, &[&str])] = &[
    ("domain", &["egui", "eframe", "tokio", "reqwest", "rusqlite", "rodio", "keyring", "rfd"]),
    ("state", &["egui", "eframe", "tokio", "reqwest", "rusqlite", "rodio", "keyring", "rfd"]),
    ("ui", &["tokio", "reqwest", "rusqlite", "rodio", "keyring", "rfd"]),
    ("nxvet", &["egui", "eframe", "rusqlite", "rodio", "keyring", "rfd"]),
    ("nexhealth", &["egui", "eframe", "rusqlite", "rodio", "keyring", "rfd"]),
    ("webhooks", &["egui", "eframe", "reqwest", "rusqlite", "rodio", "keyring", "rfd"]),
    ("sharing", &["egui", "eframe", "reqwest", "rusqlite", "rodio", "keyring", "rfd"]),
    ("audio", &["egui", "eframe", "tokio", "reqwest", "rusqlite", "keyring", "rfd"]),
    ("store", &["egui", "eframe", "tokio", "reqwest", "rodio", "keyring", "rfd"]),
    ("simulator", &["egui", "eframe", "reqwest", "rusqlite", "rodio", "keyring", "rfd"]),
    ("backend", &["egui", "eframe", "rodio", "keyring"]),
];

/// A source file; `path` is relative to `src` with forward slashes.
struct Source {
    path: String,
    text: String,
    /// Another file brings it in for tests only.
    is_test: bool,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned(), is_test: false }
    }

    /// The first folder, or nothing for a file that lies in `src` itself.
    fn folder(&self) -> Option<&str> {
        self.path.split_once('/').map(|(folder, _)| folder)
    }

    fn is_in(&self, places: &[&str]) -> bool {
        places.iter().any(|place| self.path == *place || (place.ends_with('/') && self.path.starts_with(place)))
    }

    /// Non-test code without comments.
    fn code(&self) -> String {
        if self.is_test {
            return String::new();
        }
        without_tests(&blank(&self.text, Blank::Comments), &blank(&self.text, Blank::CommentsAndTexts))
    }

    /// Non-test code without comments and without what stands between quotes.
    fn bare_code(&self) -> String {
        if self.is_test {
            return String::new();
        }
        let bare = blank(&self.text, Blank::CommentsAndTexts);
        without_tests(&bare, &bare)
    }

    /// How many modules deep this file is: 0 for the crate's root, 2 for `state/list.rs`.
    fn depth(&self) -> usize {
        let folders = self.path.matches('/').count();
        let is_folder_file = ["mod.rs", "lib.rs", "main.rs"].iter().any(|name| self.path.ends_with(name));
        if is_folder_file { folders } else { folders + 1 }
    }
}

// ---------------------------------------------------------------------------------------------- reading

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    collect(&root, "", &mut found);
    found.sort_by(|one, other| one.path.cmp(&other.path));
    assert!(found.len() > 5, "no sources under {}", root.display());
    let tests: Vec<String> = found.iter().flat_map(test_files).collect();
    for source in &mut found {
        let is_named =
            |test: &String| source.path == format!("{test}.rs") || source.path.starts_with(&format!("{test}/"));
        source.is_test = source.path.ends_with("_tests.rs") || tests.iter().any(is_named);
    }
    found
}

fn collect(folder: &Path, prefix: &str, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("the sources are there") {
        let entry = entry.expect("a folder can be read");
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().expect("a file has a type").is_dir() {
            collect(&entry.path(), &format!("{path}/"), found);
        } else if Path::new(&path).extension().is_some_and(|extension| extension == "rs") {
            found.push(Source::new(&path, &fs::read_to_string(entry.path()).expect("a source is UTF-8")));
        }
    }
}

/// Files that a `#[cfg(test)] mod name;` brings in, without their ending.
fn test_files(source: &Source) -> Vec<String> {
    let bare = blank(&source.text, Blank::CommentsAndTexts);
    let folder = match source.path.rsplit_once('/') {
        Some((folder, "mod.rs")) => format!("{folder}/"),
        None if ["lib.rs", "main.rs"].contains(&source.path.as_str()) => String::new(),
        _ => format!("{}/", source.path.trim_end_matches(".rs")),
    };
    bare.split("#[cfg(test)]")
        .skip(1)
        .filter_map(|rest| rest.split_once(';').map(|(item, _)| item.trim()))
        .filter_map(|item| item.rsplit_once("mod ").map(|(_, name)| name.trim().to_owned()))
        .filter(|name| is_word(name))
        .map(|name| format!("{folder}{name}"))
        .collect()
}

#[derive(Clone, Copy, PartialEq)]
enum Blank {
    Comments,
    CommentsAndTexts,
}

/// Replaces comments, and the inside of quotes if asked to, by blanks. Lines and lengths stay.
fn blank(text: &str, what: Blank) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (length, hides) = piece(rest, out.chars().next_back(), first);
        let (piece, after) = rest.split_at(length);
        if hides == Some(Blank::Comments) || (hides.is_some() && what == Blank::CommentsAndTexts) {
            out.extend(piece.chars().map(|letter| if letter == '\n' { '\n' } else { ' ' }));
        } else {
            out.push_str(piece);
        }
        rest = after;
    }
    out
}

/// Length of the next piece, and whether it is a comment or a text.
fn piece(rest: &str, before: Option<char>, first: char) -> (usize, Option<Blank>) {
    let to = |length: Option<usize>| length.unwrap_or(rest.len());
    if rest.starts_with("//") {
        return (to(rest.find('\n')), Some(Blank::Comments));
    }
    if rest.starts_with("/*") {
        return (block_comment(rest), Some(Blank::Comments));
    }
    if first == '"' {
        return (quoted(rest, '"'), Some(Blank::CommentsAndTexts));
    }
    let hashes = rest.trim_start_matches('r').len() - rest.trim_start_matches('r').trim_start_matches('#').len();
    let opening = format!("r{}\"", "#".repeat(hashes));
    if rest.starts_with(&opening) && !before.is_some_and(is_letter_of_a_word) {
        let end = format!("\"{}", "#".repeat(hashes));
        let body = rest.get(opening.len()..).and_then(|body| body.find(&end));
        return (to(body.map(|at| opening.len() + at + end.len())), Some(Blank::CommentsAndTexts));
    }
    if first == '\'' {
        let mut letters = rest.chars().skip(1);
        let is_letter = letters.next() == Some('\\') || letters.next() == Some('\'');
        return if is_letter { (quoted(rest, '\''), Some(Blank::CommentsAndTexts)) } else { (1, None) };
    }
    (first.len_utf8(), None)
}

fn quoted(rest: &str, end: char) -> usize {
    let mut is_escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        if is_escaped {
            is_escaped = false;
        } else if letter == '\\' {
            is_escaped = true;
        } else if letter == end {
            return at + 1;
        }
    }
    rest.len()
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(here) = rest.get(at..).filter(|here| !here.is_empty()) {
        let step = here.chars().next().map_or(1, char::len_utf8);
        if here.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += step;
        }
    }
    rest.len()
}

/// Cuts every item that stands behind `#[cfg(test)]`. `bare` has the same lengths and no quotes or comments.
fn without_tests(code: &str, bare: &str) -> String {
    let mut kept = String::new();
    let mut at = 0;
    while let Some(start) = bare.get(at..).and_then(|rest| rest.find("#[cfg(test)]")).map(|found| at + found) {
        kept.push_str(code.get(at..start).unwrap_or_default());
        at = start + item_length(bare.get(start..).unwrap_or_default());
    }
    kept.push_str(code.get(at..).unwrap_or_default());
    kept
}

/// To the first semicolon, or to the end of the first pair of braces.
fn item_length(item: &str) -> usize {
    let mut depth = 0_i32;
    for (at, letter) in item.char_indices() {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        if depth == 0 && (letter == ';' || letter == '}') {
            return at + 1;
        }
    }
    item.len()
}

fn is_letter_of_a_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_letter_of_a_word)
}

/// The word at the start of a text.
fn first_word(text: &str) -> &str {
    text.split(|letter| !is_letter_of_a_word(letter)).next().unwrap_or_default()
}

/// What stands behind each place where `words` stands by itself.
fn behind<'a>(code: &'a str, words: &'a str) -> impl Iterator<Item = &'a str> {
    code.match_indices(words).filter_map(move |(at, _)| {
        let before = code.get(..at)?.chars().next_back();
        let after = code.get(at + words.len()..)?;
        let opens = !words.starts_with(is_letter_of_a_word) || !before.is_some_and(is_letter_of_a_word);
        let closes = !words.ends_with(is_letter_of_a_word) || !after.starts_with(is_letter_of_a_word);
        (opens && closes).then_some(after)
    })
}

fn says(code: &str, words: &str) -> bool {
    behind(code, words).next().is_some()
}

// ----------------------------------------------------------------------------------------------- the rules

/// One sentence for each breach.
type Rule = fn(&Source) -> Vec<String>;

fn opens_with_its_job(source: &Source) -> Vec<String> {
    let job = source.text.strip_prefix("//! ").unwrap_or_default();
    // The crate's page is the architecture, which is a file of its own.
    let is_good =
        source.text.starts_with("#![doc = include_str!(") || job.starts_with(|letter: char| !letter.is_whitespace());
    if is_good { Vec::new() } else { vec!["does not open with //! and its job".to_owned()] }
}

fn arrows_point_one_way(source: &Source) -> Vec<String> {
    let Some(folder) = source.folder().filter(|folder| *folder != "bin") else { return Vec::new() };
    let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == folder) else {
        return vec![format!("no arrow is drawn for the folder {folder}")];
    };
    let mut imports = Vec::new();
    let code = source.bare_code();
    behind(&code, "crate::").for_each(|path| leaves("", path, &mut imports));
    let out = "super::".repeat(source.depth());
    behind(&code, &out).for_each(|path| leaves("", path, &mut imports));
    imports.retain(|path| {
        let is_own = path.split("::").next() == Some(folder);
        !is_own && !allowed.iter().any(|good| path == good || path.starts_with(&format!("{good}::")))
    });
    imports.iter().map(|path| format!("{folder} may not know {path}")).collect()
}

/// The first two steps of every path in `text`, which stands behind `crate::`; braces are opened.
fn leaves(before: &str, text: &str, found: &mut Vec<String>) {
    let text = text.trim_start();
    if let Some(inside) = text.strip_prefix('{') {
        let mut depth = 0_i32;
        let parts = inside.split_inclusive(|letter| match letter {
            '{' => {
                depth += 1;
                false
            }
            '}' => {
                depth -= 1;
                depth < 0
            }
            _ => letter == ',' && depth == 0,
        });
        for part in parts {
            leaves(before, part, found);
            if part.matches('}').count() > part.matches('{').count() {
                return;
            }
        }
        return;
    }
    let word = first_word(text);
    let after = text.get(word.len()..).and_then(|rest| rest.strip_prefix("::"));
    match after {
        _ if word.is_empty() => {}
        Some(rest) if before.is_empty() => leaves(word, rest, found),
        _ if before.is_empty() => found.push(word.to_owned()),
        _ => found.push(format!("{before}::{word}")),
    }
}

fn strangers_stay_out(source: &Source) -> Vec<String> {
    let code = source.bare_code();
    let banned =
        STRANGERS.iter().find(|(folder, _)| source.folder() == Some(*folder)).map_or(&[][..], |(_, crates)| crates);
    banned
        .iter()
        .filter(|name| says(&code, &format!("{name}::")))
        .map(|name| format!("knows the crate {name}"))
        .collect()
}

fn simulator_is_named_by_the_composition_only(source: &Source) -> Vec<String> {
    let is_free = source.is_in(&["main.rs", "lib.rs", "sample.rs", "bin/", "simulator/"]);
    let named = !is_free && says(&source.code(), "simulator");
    if named { vec!["names the simulator".to_owned()] } else { Vec::new() }
}

fn platform_switches_stay_in_platform(source: &Source) -> Vec<String> {
    if source.is_in(&["platform/"]) {
        return Vec::new();
    }
    let code = source.code();
    let switches = ["cfg(", "cfg_attr(", "cfg!("].into_iter().flat_map(|opening| behind(&code, opening));
    let is_main = source.path == "main.rs";
    switches
        .map(|rest| rest.get(..closing(rest)).unwrap_or_default())
        .filter(|inside| !(is_main && says(inside, "windows_subsystem")))
        .filter(|inside| ["target_os", "target_family", "windows", "unix"].iter().any(|word| says(inside, word)))
        .map(|inside| format!("switches by platform: cfg({inside})"))
        .chain(
            ["std::os::unix", "std::os::windows"]
                .iter()
                .filter(|path| says(&code, path))
                .map(|path| format!("uses {path}")),
        )
        .collect()
}

/// Where the bracket that was opened just before is closed.
fn closing(rest: &str) -> usize {
    let mut depth = 1_i32;
    rest.find(|letter| {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        depth == 0
    })
    .unwrap_or(rest.len())
}

fn colours_live_in_the_theme(source: &Source) -> Vec<String> {
    if source.is_in(&["ui/theme/"]) {
        return Vec::new();
    }
    let code = source.code();
    let drawn = ["Color32", "Rgba", "Hsva"].into_iter().flat_map(|kind| {
        let makes = behind(&code, kind).filter_map(|rest| rest.strip_prefix("::")).map(first_word);
        // These two say "none" and "as around it"; they are not colours.
        makes
            .filter(|name| !["TRANSPARENT", "PLACEHOLDER"].contains(name))
            .map(move |name| format!("makes a colour: {kind}::{name}"))
    });
    let hex = code.match_indices("\"#").filter_map(|(at, _)| code.get(at + 2..)).filter(|rest| {
        let digits = rest.chars().take_while(char::is_ascii_hexdigit).count();
        [3, 4, 6, 8].contains(&digits) && rest.get(digits..).is_some_and(|after| after.starts_with('"'))
    });
    drawn.chain(hex.map(|rest| format!("writes a colour: #{}", first_word(rest)))).collect()
}

fn vendor_words_stay_with_the_vendor(source: &Source) -> Vec<String> {
    const WORDS: [&str; 8] = [
        "ownedPatientNotes",
        "owned_patient_notes",
        "CombinedClinicConv",
        "clinical_note",
        "/labels",
        "labelId",
        "label_id",
        "LabelId",
    ];
    if source.is_in(&["nxvet/", "simulator/", "webhooks/payload/"]) {
        return Vec::new();
    }
    let code = source.code();
    WORDS.iter().filter(|word| says(&code, word)).map(|word| format!("says {word}")).collect()
}

fn time_comes_from_the_clock(source: &Source) -> Vec<String> {
    if source.is_in(&["clock.rs", "bin/", "simulator/"]) {
        return Vec::new();
    }
    let code = source.bare_code();
    ["Utc::now", "Local::now"]
        .iter()
        .filter(|call| says(&code, call))
        .map(|call| format!("asks the clock: {call}"))
        .collect()
}

fn files_are_short(source: &Source) -> Vec<String> {
    if source.is_test {
        return Vec::new();
    }
    let kept = without_tests(&source.text, &blank(&source.text, Blank::CommentsAndTexts));
    let lines = kept.trim_end().lines().count();
    if lines > LONGEST_FILE {
        vec![format!("has {lines} lines of non-test code, more than {LONGEST_FILE}")]
    } else {
        Vec::new()
    }
}

fn nothing_is_left_lying_about(source: &Source) -> Vec<String> {
    let code = source.bare_code();
    let may_print = source.is_in(&["main.rs", "inspect.rs", "doctor.rs", "bin/", "inspect/", "doctor/"]);
    let prints = ["print!", "println!", "eprint!", "eprintln!"].into_iter().filter(|_| !may_print);
    let unfinished = ["todo!", "unimplemented!", "dbg!"].into_iter().chain(prints);
    let owed = source.text.lines().filter(|line| {
        let comment = line.split_once("//").map_or("", |(_, comment)| comment);
        ["TODO", "FIXME", "XXX"].iter().any(|mark| behind(comment, mark).any(|rest| !rest.starts_with('(')))
    });
    let owed: Vec<String> = owed.map(|line| format!("owes work to nobody: {}", line.trim())).collect();
    unfinished.filter(|call| says(&code, call)).map(|call| format!("calls {call}")).chain(owed).collect()
}

// ------------------------------------------------------------------------------------------------ the tests

/// Shows that the rule bites where it should and only there, then holds it against the sources.
fn keep(rule: Rule, breaches: &[(&str, &str)], fine: &[(&str, &str)]) {
    for (path, text) in breaches {
        assert!(!rule(&Source::new(path, text)).is_empty(), "the rule misses a breach in {path}: {text}");
    }
    for (path, text) in fine {
        assert_eq!(rule(&Source::new(path, text)), Vec::<String>::new(), "the rule is too strict in {path}: {text}");
    }
    let named =
        |source: &Source| rule(source).iter().map(|breach| format!("\n  src/{}: {breach}", source.path)).collect();
    let list: Vec<String> = sources().iter().flat_map(|source| -> Vec<String> { named(source) }).collect();
    assert!(list.is_empty(), "{}", list.concat());
}

#[test]
fn every_file_says_its_job_first() {
    keep(
        opens_with_its_job,
        &[("ui/a.rs", "use std::fmt;"), ("ui/a.rs", "//!\nuse std::fmt;"), ("ui/a.rs", "\n//! Late.")],
        &[("ui/a.rs", "//! Draws a list.\n"), ("lib.rs", "#![doc = include_str!(\"A.md\")]\n")],
    );
}

#[test]
fn imports_follow_the_arrows() {
    keep(
        arrows_point_one_way,
        &[
            ("domain/a.rs", "use crate::state::State;"),
            ("state/a.rs", "use crate::{domain::Note, ui::View};"),
            ("ui/screens/a.rs", "fn f() { crate::backend::spawn() }"),
            ("ui/screens/a.rs", "use super::super::super::store::Store;"),
            ("nxvet/a.rs", "use super::super::store::Store;"),
            ("store/mod.rs", "use super::nxvet::Client;"),
            ("platform/a.rs", "use crate::domain::Note;"),
            ("platform/a.rs", "use crate::domain::{secret::ApiKey, note::Note};"),
            ("simulator/a.rs", "use crate::domain::Note;"),
            ("backend/a.rs", "use crate::state::Event;\nuse crate::\n    ui::View;"),
            ("strange/a.rs", ""),
        ],
        &[
            (
                "state/a.rs",
                "use crate::domain::{Note, fold::{a, b}};\nuse super::super::domain::Note;\nuse super::Event;",
            ),
            ("platform/a.rs", "use crate::domain::secret::ApiKey;\nuse crate::domain::{secret::SealKey};"),
            ("ui/widgets/a.rs", "use super::super::theme;\nuse crate::{domain::{Note, Turn}, state::State, ui::View};"),
            (
                "nxvet/a.rs",
                "// crate::store\nconst A: &str = \"crate::ui\";\n#[cfg(test)]\nmod tests { use crate::store::Store; }",
            ),
            ("shell.rs", "use crate::{backend, ui};"),
        ],
    );
}

#[test]
fn each_layer_keeps_strange_crates_out() {
    keep(
        strangers_stay_out,
        &[
            ("state/a.rs", "fn f(ui: &mut egui::Ui) {}"),
            ("store/a.rs", "use reqwest::Client;"),
            ("backend/a.rs", "use egui::Context;"),
        ],
        &[
            ("ui/a.rs", "use eframe::egui::Ui;"),
            ("state/a.rs", "//! No egui::Ui here.\n"),
            ("shell.rs", "use eframe::egui;"),
        ],
    );
}

#[test]
fn only_the_composition_names_the_simulator() {
    keep(
        simulator_is_named_by_the_composition_only,
        &[
            ("backend/a.rs", "use crate::simulator::Simulator;"),
            ("shell.rs", "#[cfg(feature = \"simulator\")]\nfn f() {}"),
        ],
        &[
            ("main.rs", "use consult_desk::simulator;"),
            ("sample.rs", "use crate::simulator;"),
            ("backend/a.rs", "// Like the simulator.\n#[cfg(test)]\nmod tests { use crate::simulator; }"),
        ],
    );
}

#[test]
fn only_platform_switches_by_platform() {
    keep(
        platform_switches_stay_in_platform,
        &[
            ("store/a.rs", "#[cfg(unix)]\nfn f() {}"),
            ("ui/a.rs", "let mac = cfg!(target_os = \"macos\");"),
            ("store/a.rs", "#[cfg(all(feature = \"a\", not(windows)))]\nfn f() {}"),
            ("store/a.rs", "use std::os::unix::fs::PermissionsExt;"),
            ("main.rs", "#[cfg_attr(windows, path = \"w.rs\")]"),
        ],
        &[
            ("platform/a.rs", "#[cfg(unix)]\nfn f() {}"),
            ("main.rs", "#![cfg_attr(windows, windows_subsystem = \"windows\")]"),
            ("ui/a.rs", "#[cfg(feature = \"simulator\")]\nfn windows(unix: u8) {}"),
        ],
    );
}

#[test]
fn colours_are_made_in_the_theme_only() {
    keep(
        colours_live_in_the_theme,
        &[
            ("ui/a.rs", "let c = egui::Color32::from_rgb(1, 2, 3);"),
            ("ui/a.rs", "let c = Color32::RED;"),
            ("shell.rs", "let c = hex(\"#0F766E\");"),
        ],
        &[
            ("ui/theme/tokens.rs", "Color32::from_rgb(1, 2, 3)"),
            ("ui/a.rs", "fn f(tint: Color32) -> Color32 { Color32::TRANSPARENT } // Color32::RED"),
            ("ui/a.rs", "let number = \"#12\";"),
        ],
    );
}

#[test]
fn the_vendors_words_stay_with_the_vendor() {
    keep(
        vendor_words_stay_with_the_vendor,
        &[
            ("store/a.rs", "let sql = \"select ownedPatientNotes\";"),
            ("backend/a.rs", "get(\"/v1/labels\")"),
            ("ui/a.rs", "row.label_id"),
            ("webhooks/verify/a.rs", "\"labelId\""),
        ],
        &[
            ("nxvet/a.rs", "get(\"/labels\")"),
            ("simulator/a.rs", "\"clinical_note\""),
            ("webhooks/payload/a.rs", "\"labelId\""),
            ("ui/a.rs", "ui.label(text); a.labelled_by(label.id)"),
        ],
    );
}

#[test]
fn time_is_asked_of_the_clock_only() {
    keep(
        time_comes_from_the_clock,
        &[("store/a.rs", "let now = chrono::Utc::now();"), ("shell.rs", "Local::now()")],
        &[
            ("clock.rs", "Utc::now()"),
            ("simulator/a.rs", "Utc::now()"),
            ("store/a.rs", "fn f(now: DateTime<Utc>) {} // Utc::now"),
        ],
    );
}

#[test]
fn no_file_is_too_long() {
    let long = format!("//! Long.\n{}", "fn f() {}\n".repeat(LONGEST_FILE));
    let tested =
        format!("//! Short.\nfn f() {{}}\n#[cfg(test)]\nmod tests {{\n{}}}\n", "    fn f() {}\n".repeat(LONGEST_FILE));
    keep(files_are_short, &[("ui/a.rs", &long)], &[("ui/a.rs", &tested)]);
}

#[test]
fn nothing_unfinished_and_no_printing() {
    keep(
        nothing_is_left_lying_about,
        &[
            ("ui/a.rs", "fn f() { todo!() }"),
            ("store/a.rs", "println!(\"{x}\");"),
            ("main.rs", "dbg!(x);"),
            ("main.rs", "// TODO: later"),
        ],
        &[
            ("main.rs", "eprintln!(\"x\");"),
            ("ui/a.rs", "// TODO(roth): when the vendor says how.\n// println!(\"x\")"),
        ],
    );
}

#[test]
fn comments_quotes_and_tests_are_told_from_code() {
    let text = "a /* b /* c */ d */ 'e' '\\'' <'f> \"g\\\" h\" r#\"i \" j\"# for\"k\" // l\n#[cfg(test)]\nfn m() { n(';') }\no\n";
    let source = Source::new("ui/a.rs", text);
    let words: Vec<String> = source.bare_code().split_whitespace().map(str::to_owned).collect();
    assert_eq!(words, ["a", "<'f>", "for", "o"]);
    assert!(source.code().contains("i \" j"), "texts stay when only comments go");
    assert_eq!(
        test_files(&Source::new("audio/wav/mod.rs", "#[cfg(test)]\nmod tests;\nmod reader;")),
        ["audio/wav/tests"]
    );
    assert_eq!(test_files(&Source::new("audio/wav.rs", "#[cfg(test)]\npub(crate) mod fake;")), ["audio/wav/fake"]);
    assert_eq!(test_files(&Source::new("a.rs", "#[cfg(test)]\nmod tests { use b; }")), Vec::<String>::new());
}
