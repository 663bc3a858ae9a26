//! The events of NxVET's partners. They bring texts and addresses of recordings along: these are provisional until
//! NxVET's interface confirms them, stay out of the event, and are never printed.

use super::fields::{Fields, object};
use super::{Quarantine, Told, key};
use crate::domain::live::{EventType, Happening, LiveEvent, Scheme};
use crate::webhooks::verify::Verified;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use std::fmt;

/// For as long as a signed address is good when none is told, and at most.
const USUAL_SECONDS: i64 = 3_600;
const MOST_SECONDS: i64 = 7 * 24 * 3_600;
/// More recordings belong to no consultation.
const MOST_RECORDINGS: usize = 32;

/// What a partner's event brings besides the fact that something happened.
pub struct Provisional {
    /// The room device's serial number.
    pub serial: Option<String>,
    /// The room's name, as NxVET has it.
    pub room: Option<String>,
    /// For which account of the partner's system the event is.
    pub user_key: Option<SecretString>,
    pub transcript: Option<SecretString>,
    pub soap: Option<SecretString>,
    pub audio: Vec<SignedAudio>,
    /// The event's `data` as JSON, kept for a version that knows its form.
    pub data: Option<SecretString>,
}

/// Where a recording can be fetched for a while, by whoever knows the address.
pub struct SignedAudio {
    pub kind: Option<String>,
    pub content_type: Option<String>,
    pub address: SecretString,
    pub expires_at: DateTime<Utc>,
}

/// Says how much there is, and nothing of it.
impl fmt::Debug for Provisional {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provisional")
            .field("has_transcript", &self.transcript.is_some())
            .field("has_soap", &self.soap.is_some())
            .field("recordings", &self.audio.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SignedAudio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedAudio").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

pub(super) fn read(verified: &Verified<'_>, ours: &str, received_at: DateTime<Utc>) -> Result<Told, Quarantine> {
    let fields = object(verified.body())?;
    // The header is not signed, the body is: both have to name us.
    let is_ours = verified.partner() == Some(ours) && fields.text("partner_id") == Some(ours);
    if !is_ours {
        return Err(Quarantine::WrongPartner);
    }
    let id = fields.text("event_id").ok_or(Quarantine::Incomplete)?;
    let name = fields.text("event_type").ok_or(Quarantine::Incomplete)?;
    let sent_at = verified.sent_at().unwrap_or(received_at);
    let provisional = provisional(&fields, sent_at);
    let event = LiveEvent {
        scheme: Scheme::Partner,
        key: key(id)?,
        happened_at: fields.moment("occurred_at").unwrap_or(sent_at),
        received_at,
        what: what(name, &provisional),
    };
    Ok(Told { provisional: Some(provisional), ..Told::one(event, EventType::Other(name.to_owned())) })
}

/// The texts of a body that was kept when its signature was found good.
pub fn kept(body: &[u8], received_at: DateTime<Utc>) -> Option<Provisional> {
    object(body).ok().map(|fields| provisional(&fields, received_at))
}

fn what(name: &str, provisional: &Provisional) -> Happening {
    let serial = provisional.serial.clone();
    match name {
        "record.created" => Happening::PartnerRecord { serial, room: provisional.room.clone() },
        "measurement.created" => Happening::Measurement { serial },
        other => Happening::Other(other.to_owned()),
    }
}

fn provisional(fields: &Fields, sent_at: DateTime<Utc>) -> Provisional {
    let own = |text: &str| text.to_owned();
    let audio = fields.objects("signed_urls");
    Provisional {
        serial: fields.text("device_id").map(own),
        room: fields.text("device_friendly_name").map(own),
        user_key: fields.text("partner_user_key").map(SecretString::from),
        transcript: fields.whole_text("transcript").map(SecretString::from),
        soap: fields.whole_text("soap").map(SecretString::from),
        audio: audio.iter().filter_map(|one| signed_audio(one, sent_at)).take(MOST_RECORDINGS).collect(),
        data: fields.json("data").map(SecretString::from),
    }
}

/// The seconds are counted from sending.
fn signed_audio(fields: &Fields, sent_at: DateTime<Utc>) -> Option<SignedAudio> {
    let seconds = fields.number("expires_in_seconds").unwrap_or(USUAL_SECONDS).clamp(0, MOST_SECONDS);
    Some(SignedAudio {
        kind: fields.text("type").map(str::to_owned),
        content_type: fields.text("content_type").map(str::to_owned),
        address: SecretString::from(fields.text("url")?),
        expires_at: sent_at.checked_add_signed(TimeDelta::seconds(seconds)).unwrap_or(sent_at),
    })
}
