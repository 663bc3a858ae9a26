//! Notices as they may come: genuine, old, forged, changed, from elsewhere, endless.

use super::{MOST_BYTES, Trouble, look, signed};
use crate::domain::update::{Release, UpdateAddress};
use crate::nxvet::ClientOptions;
use crate::nxvet::fake::{Fake, Reply, gzip_bomb};
use crate::state::UpdateFault;

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../../tests/fixtures/update/", $name))
    };
}

const NEWER: &str = fixture!("newer.signed");
const KEY: &str = fixture!("maker.key");

fn key() -> &'static str {
    KEY.trim()
}

fn fault(answer: Result<Release, Trouble>) -> UpdateFault {
    answer.expect_err("this is not believed").0
}

async fn ask(fake: &Fake, path: &str) -> Result<Release, Trouble> {
    let address = UpdateAddress::parse(&format!("{}{path}", fake.url)).expect("an address");
    look(ClientOptions::default(), &address, key()).await
}

#[test]
fn what_the_maker_signed_is_read() {
    let release = signed::read(NEWER.as_bytes(), key()).expect("genuine");
    assert_eq!(release.version.to_string(), "999.0.0");
    assert_eq!(release.date.to_string(), "2026-12-01");
    assert_eq!(release.page.as_str(), "https://example.org/consult-desk/releases");
    assert_eq!(release.sums.len(), 1);
    let older = signed::read(fixture!("older.signed").as_bytes(), key()).expect("genuine, however old");
    assert!(older.version < release.version);
}

#[test]
fn what_somebody_else_signed_or_changed_is_not_believed() {
    let read = |notice: &str| fault(signed::read(notice.as_bytes(), key()));
    assert_eq!(read(fixture!("stranger.signed")), UpdateFault::WrongSignature);
    assert_eq!(read(fixture!("swapped.signed")), UpdateFault::WrongSignature);
    assert_eq!(read(&NEWER.replace("999.0.0_amd64", "999.0.1_amd64")), UpdateFault::WrongSignature);
    assert_eq!(
        read(&NEWER.replace("trusted comment: consult-desk 999", "trusted comment: consult-desk 998")),
        UpdateFault::WrongSignature
    );
    assert_eq!(read(&format!("{NEWER} ")), UpdateFault::WrongSignature, "not even a blank may be added");
    let other_key = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    assert_eq!(fault(signed::read(NEWER.as_bytes(), other_key)), UpdateFault::WrongSignature);
}

#[test]
fn every_single_byte_counts() {
    let good = NEWER.as_bytes();
    let words_begin = NEWER.find('{').expect("the words of the notice");
    for at in words_begin..good.len() {
        let mut bytes = good.to_vec();
        bytes[at] ^= 1;
        assert_eq!(fault(signed::read(&bytes, key())), UpdateFault::WrongSignature, "byte {at}");
    }
}

#[test]
fn what_is_no_notice_is_called_so() {
    let read = |notice: &[u8]| fault(signed::read(notice, key()));
    let manifest = NEWER.split_once('{').expect("the words of the notice").1;
    for notice in [
        &b""[..],
        b"\n\n\n",
        b"\n\n\n\n{}",
        b"<!DOCTYPE html>\n<html>\n<body>\n</body>\n</html>",
        b"\xff\xfe\n\n\n\n",
        manifest.as_bytes(),
    ] {
        assert_eq!(read(notice), UpdateFault::NotSigned, "{notice:?}");
    }
    assert_eq!(read(fixture!("unreadable.signed").as_bytes()), UpdateFault::Unreadable);
    assert_eq!(fault(signed::read(NEWER.as_bytes(), "RWnokey")), UpdateFault::BadKey);
}

#[tokio::test]
async fn one_question_is_asked_that_tells_nothing_of_the_clinic() {
    let fake = Fake::start(|_| Reply::with(200, "Set-Cookie: id=7\r\n", NEWER)).await;
    ask(&fake, "/desk.signed").await.expect("a release");
    ask(&fake, "/desk.signed").await.expect("a release");
    let seen = fake.seen();
    assert_eq!(seen.len(), 2, "one question each: {seen:?}");
    for question in seen {
        assert_eq!(question.target, "/desk.signed");
        for header in ["Authorization", "Cookie", "Referer", "If-None-Match", "X-Request-Id"] {
            assert_eq!(question.header(header), None, "{header}");
        }
        assert_eq!(question.header("User-Agent"), Some(concat!("ConsultDesk/", env!("CARGO_PKG_VERSION"))));
    }
}

#[tokio::test]
async fn another_place_of_the_same_server_is_asked_and_no_other_server() {
    let here = Fake::start(|seen| match seen.path() {
        "/moved" => Reply::redirect(302, "/desk.signed"),
        "/desk.signed" => Reply::with(200, "", NEWER),
        _ => Reply::redirect(302, "/round"),
    })
    .await;
    ask(&here, "/moved").await.expect("the same server may move it");
    assert_eq!(fault(ask(&here, "/round").await), UpdateFault::SentElsewhere);
    let target = format!("{}/desk.signed", here.url);
    let before = here.seen().len();
    let other = Fake::start(move |_| Reply::redirect(302, &target)).await;
    assert_eq!(fault(ask(&other, "/").await), UpdateFault::SentElsewhere);
    assert_eq!(here.seen().len(), before, "the other server was not asked");
}

#[tokio::test]
async fn what_fails_is_told_by_its_kind() {
    let endless = Fake::start(|_| Reply::with(200, "", "x".repeat(MOST_BYTES + 1))).await;
    assert_eq!(fault(ask(&endless, "/").await), UpdateFault::TooLarge);
    let bomb = Fake::start(|_| Reply::gzip(gzip_bomb(50 << 20))).await;
    assert_eq!(fault(ask(&bomb, "/").await), UpdateFault::TooLarge, "what it unpacks to counts");
    let none = Fake::start(|_| Reply::status(404)).await;
    assert_eq!(fault(ask(&none, "/").await), UpdateFault::NotThere(404));
    let page = Fake::start(|_| Reply::with(200, "Content-Type: text/html\r\n", "<html>\nSign in\n</html>\n\n")).await;
    assert_eq!(fault(ask(&page, "/").await), UpdateFault::NotSigned);
    let cut = Fake::start(|_| Reply::with(200, "", NEWER).cut(20)).await;
    assert_eq!(fault(ask(&cut, "/").await), UpdateFault::NoConnection);
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}/", gone.local_addr().expect("an address"));
    drop(gone);
    let address = UpdateAddress::parse(&address).expect("an address");
    assert_eq!(fault(look(ClientOptions::default(), &address, key()).await), UpdateFault::NoConnection);
}
