//! What the pretended clinic owns: people, rooms, animals and recordings, in no particular vendor form.
//!
//! Nothing here knows JSON or HTTP; `wire` writes these values as the vendor's documents print them.

use std::{path::PathBuf, sync::Arc};

use bytes::Bytes;

/// The record types the vendor's documents and scripts name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    CombinedClinicConv,
    ClinicConversation,
    DictationAudio,
    AudioButtonRecording,
    NxMic,
    NxHubBatch,
    ButtonRecording,
    PhoneCallAudio,
}

impl Kind {
    /// The five of the quickstart come first: *docs* uses only those.
    pub(super) const ALL: [Self; 8] = [
        Self::CombinedClinicConv,
        Self::ClinicConversation,
        Self::DictationAudio,
        Self::AudioButtonRecording,
        Self::NxMic,
        Self::NxHubBatch,
        Self::ButtonRecording,
        Self::PhoneCallAudio,
    ];

    /// The word on the wire.
    pub(super) fn vendor_name(self) -> &'static str {
        match self {
            Self::CombinedClinicConv => "CombinedClinicConv",
            Self::ClinicConversation => "ClinicConversation",
            Self::DictationAudio => "DictationAudio",
            Self::AudioButtonRecording => "AudioButtonRecording",
            Self::NxMic => "NxMIC",
            Self::NxHubBatch => "NxHubBatch",
            Self::ButtonRecording => "ButtonRecording",
            Self::PhoneCallAudio => "PhoneCallAudio",
        }
    }

    /// The type of a word on the wire, if it is one.
    pub(super) fn from_vendor_name(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.vendor_name() == word)
    }

    /// The nearest of the five types the quickstart names.
    pub(super) fn documented(self) -> Self {
        match self {
            Self::NxHubBatch => Self::CombinedClinicConv,
            Self::ButtonRecording => Self::AudioButtonRecording,
            Self::PhoneCallAudio => Self::ClinicConversation,
            known => known,
        }
    }

    /// One bit a type, so that filtering a hundred thousand records is cheap.
    pub(super) fn bit(self) -> u8 {
        Self::ALL.iter().position(|kind| *kind == self).map_or(0, |place| 1 << place)
    }
}

/// A SOAP note as its source holds it.
#[derive(Clone, Debug)]
pub(super) enum Soap {
    /// Heading and text, in order.
    Parts(Vec<(String, String)>),
    /// One text that nobody split.
    Plain(String),
}

/// Transcript and note of a record.
#[derive(Clone, Debug)]
pub(super) enum Text {
    /// Written down beforehand.
    Given { transcript: Option<Arc<str>>, soap: Option<Arc<Soap>> },
    /// Composed from this seed whenever somebody asks.
    Composed { seed: u64 },
}

/// How far the vendor's own work on a record has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Neither transcript nor note yet.
    Transcribing,
    /// The transcript is there, the note is not.
    WritingNote,
    /// Everything that will ever come is there.
    Done,
}

/// Where a recording's bytes come from.
#[derive(Clone, Debug)]
pub(super) enum Sound {
    Missing,
    /// Tones made from the seed.
    Tone {
        seed: u64,
    },
    /// Compressed, embedded in the program.
    Opus(&'static [u8]),
    File(PathBuf),
    Given(Bytes),
}

/// One recording with everything that hangs on it.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// A version 7 UUID of `from_ms`, so that ids sort by time.
    pub id: String,
    pub name: String,
    pub kind: Kind,
    pub from_ms: i64,
    pub to_ms: i64,
    /// Places in the clinic's own lists.
    pub patient: Option<usize>,
    pub vet: Option<usize>,
    pub room: Option<usize>,
    pub text: Text,
    pub sound: Sound,
    pub stage: Stage,
}

impl Record {
    /// Which of the ways to write "nothing yet" this record shows.
    pub(super) fn empty_form(&self) -> u8 {
        self.id.bytes().fold(0_u8, u8::wrapping_add) % 4
    }
}

/// A room device.
#[derive(Clone, Debug)]
pub(super) struct Room {
    pub serial: String,
    pub name: String,
    pub device_id: String,
    pub last_report_minutes_ago: i64,
    pub firmware: String,
}

/// A phone, tablet or browser that the vendor lists among the devices.
#[derive(Clone, Debug)]
pub(super) struct Login {
    pub name: String,
    pub kind: String,
}

/// A member of staff.
#[derive(Clone, Debug)]
pub(super) struct Vet {
    pub id: String,
    pub first_name: String,
    pub last_name: String,
}

/// An animal.
#[derive(Clone, Debug)]
pub(super) struct Patient {
    pub id: String,
    pub name: String,
    pub species: String,
    pub breed: String,
    pub sex: String,
}

/// A recording of the newer family.
#[derive(Clone, Debug)]
pub(super) struct Conversation {
    pub id: String,
    pub device_id: String,
    /// When it began.
    pub at_ms: i64,
    /// None while it runs, and for those that were over before the simulator began.
    pub ended_ms: Option<i64>,
    /// Whether the list holds it; the others are known by their id alone.
    pub is_listed: bool,
    pub text: Text,
}

/// A version 7 UUID: 48 bits of time, the rest from `random`.
pub(super) fn uuid_v7(ms: i64, random: &mut fastrand::Rng) -> String {
    let time = ms.max(0);
    format!(
        "{:08x}-{:04x}-7{:03x}-{:x}{:03x}-{:012x}",
        time >> 16,
        time & 0xffff,
        random.u16(..0x1000),
        random.u8(8..12),
        random.u16(..0x1000),
        random.u64(..0x1_0000_0000_0000)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_carry_their_time_and_sort_by_it() {
        let mut random = fastrand::Rng::with_seed(1);
        let early = uuid_v7(1_771_581_600_000, &mut random);
        let late = uuid_v7(1_771_581_600_001, &mut random);
        assert!(early < late);
        assert_eq!(early.len(), 36);
        let head: String = early.chars().filter(|c| *c != '-').take(12).collect();
        assert_eq!(i64::from_str_radix(&head, 16).unwrap(), 1_771_581_600_000);
        assert_eq!(&early[14..15], "7");
    }

    #[test]
    fn every_type_is_found_by_its_own_word() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_vendor_name(kind.vendor_name()), Some(kind));
        }
        let all = Kind::ALL.iter().fold(0, |bits, kind| bits | kind.bit());
        assert_eq!(all, 0xff);
    }
}
