//! A signed notice: the four lines that minisign writes, then the bytes that they sign.
//! Nothing of it is read for its meaning before the signature holds.

use super::Trouble;
use crate::domain::update::{FileSum, Release, ReleasePage, Version};
use crate::state::UpdateFault;
use chrono::NaiveDate;
use minisign_verify::{PublicKey, Signature};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Says which program is meant, so that a notice about another one of the same maker says nothing here.
const PRODUCT: &str = "consult-desk";
/// Lines of the signature.
const LINES: usize = 4;

#[derive(Deserialize)]
struct Manifest {
    product: String,
    version: String,
    date: NaiveDate,
    page: String,
    #[serde(default)]
    sha256: BTreeMap<String, String>,
}

pub(super) fn read(notice: &[u8], key: &str) -> Result<Release, Trouble> {
    let key = PublicKey::from_base64(key).map_err(|_| Trouble(UpdateFault::BadKey, "UP-KEY"))?;
    let not_signed = || Trouble(UpdateFault::NotSigned, "UP-FORM");
    let (lines, manifest) = split(notice).ok_or_else(not_signed)?;
    let signature = Signature::decode(lines).map_err(|_| not_signed())?;
    // Old signatures cover the file itself and not its digest; nobody needs them here.
    key.verify(manifest, &signature, false).map_err(|_| Trouble(UpdateFault::WrongSignature, "UP-SIGNATURE"))?;
    release(manifest).ok_or(Trouble(UpdateFault::Unreadable, "UP-READ"))
}

fn split(notice: &[u8]) -> Option<(&str, &[u8])> {
    let end = notice.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(LINES - 1)?.0;
    let (lines, manifest) = notice.split_at_checked(end + 1)?;
    Some((std::str::from_utf8(lines).ok()?, manifest))
}

fn release(manifest: &[u8]) -> Option<Release> {
    let manifest: Manifest = serde_json::from_slice(manifest).ok()?;
    if manifest.product != PRODUCT {
        return None;
    }
    let sums: Option<Vec<FileSum>> = manifest.sha256.iter().map(|(file, sum)| FileSum::new(file, sum)).collect();
    Some(Release {
        version: Version::parse(&manifest.version)?,
        date: manifest.date,
        page: ReleasePage::parse(&manifest.page)?,
        sums: sums?,
    })
}
