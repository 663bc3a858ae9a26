//! Which requests are taken for genuine: the vendor's rules as vectors, headers one by one, and each scheme against
//! the two others.

use std::path::Path;

use consult_desk::diagnostics::inspect_signature;
use consult_desk::domain::live::Scheme;
use consult_desk::options::SignatureQuestion;
use consult_desk::webhooks::Refusal;
use serde_json::Value;

use crate::support::desk::shared;
use crate::support::signed::{
    ISO, NOW, ORGANIZATION_SIGNATURE, PARTNER, PARTNER_SIGNATURE, SECRET, Signed, body, moment, signature_header,
};

fn lines(file: &Path) -> (bool, Vec<Value>) {
    let mut out = Vec::new();
    let question = SignatureQuestion::Vectors(file.to_owned());
    let is_as_said = inspect_signature(&question, moment(0), &mut out).expect("written");
    let text = String::from_utf8(out).expect("UTF-8");
    (is_as_said, text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect())
}

#[test]
fn every_vector_has_the_verdict_that_the_vendors_rules_give() {
    let Some(file) = shared("api/signature-vectors.json") else { return };
    let known: Value = serde_json::from_slice(&std::fs::read(&file).expect("the vectors")).expect("JSON");
    let known = known["vectors"].as_array().expect("a list");
    let (is_as_said, lines) = lines(&file);
    assert!(is_as_said);
    assert_eq!((lines.len(), known.len()), (59, 59));
    for (line, vector) in lines.iter().zip(known) {
        let id = vector["id"].as_str().expect("an id");
        assert_eq!(line["id"], vector["id"]);
        if id.starts_with("nex-split-") {
            assert_eq!(line["verdict"], vector["expected_lenient"], "{id}");
            assert_eq!(line["reason"], "ok_lenient_compacted_body", "{id}");
        } else {
            assert_eq!(line["verdict"], vector["expected"], "{id}");
            assert_eq!(line["reason"], vector["reason"], "{id}");
        }
        assert_eq!(line.as_object().map(serde_json::Map::len), Some(3), "nothing else is said of {id}");
    }
}

#[test]
fn a_file_that_disagrees_or_cannot_be_read_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("vectors.json");
    let vector = |expected: &str| {
        serde_json::json!({"vectors": [{"id": "a", "scheme": "nxvet_org", "secret": SECRET, "now_unix": NOW,
            "body_base64": "e30=", "headers": {}, "expected": expected, "expected_lenient": expected}]})
    };
    std::fs::write(&file, vector("valid").to_string()).expect("written");
    assert!(!lines(&file).0);
    std::fs::write(&file, vector("invalid").to_string()).expect("written");
    assert!(lines(&file).0);
    std::fs::write(&file, "[]").expect("written");
    assert_eq!(lines(&file).1[0]["reason"], "unreadable_vectors_file");
}

#[test]
fn each_header_removed_doubled_or_emptied_is_refused() {
    for scheme in Scheme::ALL {
        let whole = Signed::new(scheme, SECRET, body(scheme, "1").as_bytes());
        assert!(whole.verify(NOW).is_ok());
        // The first one is the content type, which the listener looks at.
        for at in 1..whole.headers.len() {
            let mut spoilt = [whole.clone(), whole.clone(), whole.clone(), whole.clone()];
            let (name, value) = spoilt[0].headers.remove(at);
            spoilt[1].headers.insert(0, (name.to_ascii_lowercase(), value));
            spoilt[2].headers[at].1 = Vec::new();
            spoilt[3].headers[at].1 = b" \t ".to_vec();
            for (spoilt, how) in spoilt.iter().zip(["missing", "duplicate", "blank", "blank"]) {
                let code = spoilt.verify(NOW).err().map(Refusal::code).unwrap_or_default();
                assert!(code.starts_with(how), "{name}: {code} for {how}");
            }
        }
    }
}

#[test]
fn no_scheme_takes_what_another_one_signed() {
    let mut tried = 0;
    for signed in Scheme::ALL {
        for asked in Scheme::ALL.into_iter().filter(|asked| *asked != signed) {
            let genuine = Signed::new(signed, SECRET, body(signed, "1").as_bytes());
            for disguised in disguises(&genuine, asked) {
                let presented = Signed { scheme: asked, ..disguised };
                assert!(presented.verify(NOW).is_err(), "{asked:?} took what {signed:?} signed: {presented:?}");
                tried += 1;
            }
        }
        assert!(Signed::new(signed, SECRET, body(signed, "1").as_bytes()).verify(NOW).is_ok());
    }
    assert!(tried >= 6 * 7, "{tried}");
}

/// As it was sent, and with its signature and times put where the other scheme looks for them.
fn disguises(genuine: &Signed, asked: Scheme) -> Vec<Signed> {
    let find = |name: &str| genuine.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let text = |value: Vec<u8>| String::from_utf8(value).expect("a header");
    let signature = text(find(signature_header(genuine.scheme)).expect("signed"));
    let bare = signature.trim_start_matches("sha256=").to_owned();
    let mut all = vec![genuine.clone()];
    for written in [bare.clone(), format!("sha256={bare}")] {
        for time in [NOW.to_string(), ISO.to_owned(), String::new()] {
            let plain = Signed { headers: Vec::new(), ..genuine.clone() };
            all.push(match asked {
                Scheme::Organization => plain.with_header(ORGANIZATION_SIGNATURE, &written),
                Scheme::Partner => plain
                    .with_header("X-Nxvet-Partner-Id", PARTNER)
                    .with_header("X-Nxvet-Timestamp", &time)
                    .with_header(PARTNER_SIGNATURE, &written),
                Scheme::NexHealth => plain.with_header("timestamp", &time).with_header("signature", &written),
            });
        }
    }
    all
}
