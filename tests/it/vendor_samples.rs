//! The vendors' own verification samples and ours agree: theirs take what is signed as ours is and refuse forgeries,
//! ours takes what their code signs.
//!
//! The samples stand in the documents under `../shared/seeds` and are run from there, by `python3`, `node` and `mono`
//! (Debian: `nodejs`, `mono-mcs`, `mono-runtime`). Where a document lost something of its text, what is put back is named here. What is missing is said,
//! and its part is skipped.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use consult_desk::domain::live::Scheme;
use consult_desk::webhooks::Form;
use serde_json::Value;

use crate::support::desk::shared;
use crate::support::signed::{NOW, OTHER, SECRET, Signed, body, signature_header};

/// A vendor's sample: where it stands and how it is run.
pub struct Sample {
    scheme: Scheme,
    document: &'static str,
    begins: &'static str,
    ends: &'static str,
    runner: &'static str,
    driver: &'static str,
    /// What the document lost.
    mend: fn(&str) -> String,
}

pub const ORGANIZATION_PYTHON: Sample = Sample {
    scheme: Scheme::Organization,
    document: "seeds/001_baf707aabd9a860d.txt",
    begins: "import hmac\nimport hashlib\n\ndef verify_webhook(request, secret)",
    ends: "# Flask example",
    runner: "python3",
    driver: "check.py",
    mend: as_it_stands,
};

pub const ORGANIZATION_NODE: Sample = Sample {
    begins: "const crypto = require('crypto');",
    ends: "// Express.js example",
    runner: "node",
    driver: "check.js",
    ..ORGANIZATION_PYTHON
};

pub const ORGANIZATION_CSHARP: Sample = Sample {
    begins: "public bool VerifyWebhook",
    ends: "// ASP.NET Core example",
    runner: "mono",
    driver: "check.cs",
    mend: for_an_older_compiler,
    ..ORGANIZATION_PYTHON
};

pub const PARTNER_PYTHON: Sample = Sample {
    scheme: Scheme::Partner,
    document: "seeds/000_93e40c12aaa3f9a2.txt",
    begins: "import hmac, hashlib, time",
    ends: "JavaScript (Node.js)",
    runner: "python3",
    driver: "check.py",
    mend: with_indents,
};

pub const PARTNER_NODE: Sample = Sample {
    begins: "const crypto = require(\"crypto\");function verifyWebhook",
    ends: "Delivery and Retry Policy",
    runner: "node",
    driver: "check.js",
    mend: as_it_stands,
    ..PARTNER_PYTHON
};

pub const NEXHEALTH_PYTHON: Sample = Sample {
    scheme: Scheme::NexHealth,
    document: "seeds/002_cc26b849880aa25a.txt",
    begins: "import json\nimport hashlib\nimport hmac\nimport base64",
    ends: "Webhook Retries",
    runner: "python3",
    driver: "check.py",
    mend: with_its_key,
};

fn as_it_stands(text: &str) -> String {
    text.to_owned()
}

/// The document lost its indents and one line break, and nothing else.
fn with_indents(text: &str) -> String {
    let text = text.replace("timedef", "time\ndef");
    let mut is_inside = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        let indent = match line {
            _ if !is_inside => "",
            line if line.starts_with("return False") => "        ",
            _ => "    ",
        };
        lines.push(format!("{indent}{line}"));
        is_inside |= line.starts_with("def ");
    }
    lines.join("\n")
}

/// The document lost the call that names the key.
fn with_its_key(text: &str) -> String {
    text.replace("return, message.encode()", "return hmac.new(secret_key.encode(), message.encode()")
}

/// Nothing is lost; the compiler is older than the sample's way to say when something is let go of.
fn for_an_older_compiler(text: &str) -> String {
    text.replace("using var hmac", "var hmac")
}

impl Sample {
    fn code(&self) -> Option<String> {
        let text = std::fs::read_to_string(shared(self.document)?).expect("the document");
        let start = text.find(self.begins).expect("the sample begins");
        let length = text[start..].find(self.ends).expect("the sample ends");
        Some((self.mend)(&text[start..start + length]))
    }

    /// One answer for each request: whether it is taken, and what the sample's own code would have signed it with.
    fn answers(&self, requests: &[Signed]) -> Option<Vec<(bool, Option<String>)>> {
        self.answers_to(&requests.iter().map(question).collect::<Vec<_>>())
    }

    /// The same for requests from elsewhere: each with its `headers`, `body` (base64), `secret` and the time `now`.
    pub fn answers_to(&self, requests: &[Value]) -> Option<Vec<(bool, Option<String>)>> {
        let code = self.code()?;
        if Command::new(self.runner).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
            eprintln!("skipped: {} is not installed", self.runner);
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let questions = folder.path().join("questions");
        let mut file = std::fs::File::create(&questions).expect("a file");
        for request in requests {
            writeln!(file, "{request}").expect("written");
        }
        let output = Command::new(self.runner)
            .args(self.prepare(folder.path(), &code)?)
            .stdin(std::fs::File::open(&questions).expect("the questions"))
            .output()
            .expect("the sample runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let answers: Vec<_> = String::from_utf8(output.stdout).expect("UTF-8").lines().map(answer).collect();
        assert_eq!(answers.len(), requests.len());
        Some(answers)
    }

    /// What the runner is told to run: a driver with the sample's file, or both made into one program.
    fn prepare(&self, folder: &Path, code: &str) -> Option<Vec<OsString>> {
        let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples").join(self.driver);
        let (sample, program) = (folder.join("sample"), folder.join("sample.exe"));
        if self.runner != "mono" {
            std::fs::write(&sample, code).expect("written");
            return Some(vec![driver.into(), sample.into(), self.scheme.code().into()]);
        }
        let whole = std::fs::read_to_string(driver).expect("the driver").replace("// SAMPLE", code);
        std::fs::write(&sample, whole).expect("written");
        let out = format!("-out:{}", program.display());
        let Ok(compiled) = Command::new("mcs").args([OsStr::new(&out), sample.as_os_str()]).output() else {
            eprintln!("skipped: mcs is not installed");
            return None;
        };
        assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
        Some(vec![program.into()])
    }
}

fn question(request: &Signed) -> Value {
    let headers: serde_json::Map<String, Value> =
        request.headers.iter().map(|(name, value)| (name.clone(), String::from_utf8_lossy(value).into())).collect();
    serde_json::json!({"headers": headers, "body": BASE64_STANDARD.encode(&request.body), "secret": SECRET, "now": NOW})
}

fn answer(line: &str) -> (bool, Option<String>) {
    let value: Value = serde_json::from_str(line).expect("an answer");
    (value["valid"].as_bool().expect("a verdict"), value["made"].as_str().map(str::to_owned))
}

/// Bodies of every length and many letters, each with an end of its own.
fn bodies(scheme: Scheme) -> Vec<String> {
    let mut rng = fastrand::Rng::with_seed(7);
    let letters: Vec<char> = "abc xyz019-_/é漢🐾ß".chars().collect();
    (0..60)
        .map(|at| {
            let text: String = (0..at * 3).map(|_| *rng.choice(&letters).expect("a letter")).collect();
            body(scheme, &text)
        })
        // What Python's JSON writer would not write the same again is another test's.
        .map(|text| text.replace("12.50", "12.5"))
        .collect()
}

fn forgeries(genuine: &Signed) -> Vec<Signed> {
    let text = String::from_utf8(genuine.body.clone()).expect("UTF-8");
    let scheme = genuine.scheme;
    let name = signature_header(scheme);
    let change = |change: &dyn Fn(&str) -> String| {
        let mut forged = genuine.clone();
        let (_, value) = forged.headers.iter_mut().find(|(known, _)| known == name).expect("signed");
        *value = change(&String::from_utf8_lossy(value)).into_bytes();
        forged
    };
    let flipped = |text: &str| {
        let last = if text.ends_with('0') { "1" } else { "0" };
        format!("{}{last}", &text[..text.len() - 1])
    };
    let mut all = vec![
        Signed {
            body: text
                .replacen("conv-", "conv+", 1)
                .replacen("evt_", "evt.", 1)
                .replacen("900001", "900002", 1)
                .into_bytes(),
            ..genuine.clone()
        },
        Signed::new(scheme, OTHER, &genuine.body),
        change(&flipped),
        change(&|text| text[..text.len() - 2].to_owned()),
        change(&|text| text.chars().rev().collect()),
        change(&|_| String::new()),
    ];
    let mut unsigned = genuine.clone();
    unsigned.headers.retain(|(known, _)| known != name);
    all.push(unsigned);
    if scheme == Scheme::Partner {
        let mut old = genuine.clone();
        let (_, value) = old.headers.iter_mut().find(|(known, _)| known == "X-Nxvet-Timestamp").expect("a time");
        *value = (NOW - 1).to_string().into_bytes();
        all.push(old);
    }
    all
}

/// Theirs takes ours and refuses forgeries, and what theirs would have signed with is what ours takes.
fn agree(sample: &Sample) {
    let genuine: Vec<Signed> =
        bodies(sample.scheme).iter().map(|text| Signed::new(sample.scheme, SECRET, text.as_bytes())).collect();
    let forged: Vec<Signed> = genuine.iter().flat_map(forgeries).collect();
    let all: Vec<Signed> = genuine.iter().chain(&forged).cloned().collect();
    let Some(answers) = sample.answers(&all) else { return };
    let (taken, refused) = answers.split_at(genuine.len());
    assert!(taken.iter().all(|(is_valid, _)| *is_valid), "the sample refuses what is genuine");
    assert!(refused.iter().all(|(is_valid, _)| !is_valid), "the sample takes a forgery");
    assert!(genuine.iter().all(|request| request.verify(NOW).is_ok()));
    assert!(forged.iter().all(|request| request.verify(NOW).is_err()));
    // The forged ones carry other bodies: what the sample's own code makes of them is a new genuine signature.
    let mut made = 0;
    for (request, (_, signature)) in all.iter().zip(&answers) {
        let Some(signature) = signature else { continue };
        let mut signed = request.clone();
        let name = signature_header(sample.scheme);
        signed.headers.retain(|(known, _)| known != name);
        let signed = signed.with_header(name, signature);
        assert!(signed.verify(NOW).is_ok(), "ours refuses what the vendor's code signed");
        made += 1;
    }
    assert!(made > genuine.len(), "{made}");
}

#[test]
fn the_organization_scheme_agrees_with_the_vendors_python() {
    agree(&ORGANIZATION_PYTHON);
}

#[test]
fn the_organization_scheme_agrees_with_the_vendors_javascript() {
    agree(&ORGANIZATION_NODE);
}

#[test]
fn the_organization_scheme_agrees_with_the_vendors_csharp() {
    agree(&ORGANIZATION_CSHARP);
}

#[test]
fn the_partner_scheme_agrees_with_the_vendors_python() {
    agree(&PARTNER_PYTHON);
}

#[test]
fn the_partner_scheme_agrees_with_the_vendors_javascript() {
    agree(&PARTNER_NODE);
}

#[test]
fn the_nexhealth_scheme_agrees_with_the_vendors_python() {
    agree(&NEXHEALTH_PYTHON);
}

#[test]
fn nexhealths_sample_signs_the_text_and_ours_takes_it_however_it_is_written() {
    let small: Vec<String> = bodies(Scheme::NexHealth);
    let wide = |text: &String| {
        let value: Value = serde_json::from_str(text).expect("JSON");
        serde_json::to_string_pretty(&value).expect("JSON").replace('é', "\\u00e9").replace('🐾', "\\ud83d\\udc3e")
    };
    let sent: Vec<Signed> =
        small.iter().map(|text| Signed::new(Scheme::NexHealth, OTHER, wide(text).as_bytes())).collect();
    let Some(answers) = NEXHEALTH_PYTHON.answers(&sent) else { return };
    for (mut request, (_, signature)) in sent.into_iter().zip(answers) {
        request.headers.retain(|(name, _)| name != "signature");
        let request = request.with_header("signature", &signature.expect("the sample signs"));
        assert_eq!(request.verify(NOW).map(|verified| verified.form()).ok(), Some(Form::Compacted));
    }
}
