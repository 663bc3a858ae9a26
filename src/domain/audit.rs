//! What was done at this desk with confidential records, as ids only: who opened what is nobody's text.
//! Each entry carries a digest over itself and the one before it, so that none can be changed or left out unseen.

use super::ConsultationKey;
use chrono::{DateTime, Utc};

/// What happened. The words are stable: they are stored and exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuditAction {
    SignedIn,
    SignedOut,
    Locked,
    Unlocked,
    UnlockRefused,
    Viewed,
    Played,
    Copied,
    Exported,
    Marked,
    Deleted,
    SettingsChanged,
    AuditExported,
}

impl AuditAction {
    pub const ALL: [Self; 13] = [
        Self::SignedIn,
        Self::SignedOut,
        Self::Locked,
        Self::Unlocked,
        Self::UnlockRefused,
        Self::Viewed,
        Self::Played,
        Self::Copied,
        Self::Exported,
        Self::Marked,
        Self::Deleted,
        Self::SettingsChanged,
        Self::AuditExported,
    ];

    /// As it is stored and exported.
    pub fn code(self) -> &'static str {
        match self {
            Self::SignedIn => "signed-in",
            Self::SignedOut => "signed-out",
            Self::Locked => "locked",
            Self::Unlocked => "unlocked",
            Self::UnlockRefused => "unlock-refused",
            Self::Viewed => "viewed",
            Self::Played => "played",
            Self::Copied => "copied",
            Self::Exported => "exported",
            Self::Marked => "marked",
            Self::Deleted => "deleted",
            Self::SettingsChanged => "settings-changed",
            Self::AuditExported => "audit-exported",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.code() == code)
    }

    /// As a person reads it.
    pub fn words(self) -> &'static str {
        match self {
            Self::SignedIn => "Signed in",
            Self::SignedOut => "Signed out",
            Self::Locked => "Locked",
            Self::Unlocked => "Unlocked",
            Self::UnlockRefused => "Unlocking refused",
            Self::Viewed => "Viewed",
            Self::Played => "Played",
            Self::Copied => "Copied",
            Self::Exported => "Exported",
            Self::Marked => "Marked",
            Self::Deleted => "Deleted from this computer",
            Self::SettingsChanged => "Changed settings",
            Self::AuditExported => "Exported this log",
        }
    }
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Counts up from 1 without a gap.
    pub number: u64,
    pub at: DateTime<Utc>,
    pub action: AuditAction,
    /// Which consultation it was about; the id alone, never a name.
    pub key: Option<ConsultationKey>,
    /// SHA-256 over the former digest and this entry, in hex.
    pub digest: String,
}

/// Whether the chain of digests holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditCheck {
    Unbroken,
    /// The first entry that does not fit the ones before it.
    BrokenAt(u64),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_a_code_of_its_own() {
        for action in AuditAction::ALL {
            assert_eq!(AuditAction::from_code(action.code()), Some(action));
        }
        assert_eq!(AuditAction::from_code("else"), None);
    }
}
