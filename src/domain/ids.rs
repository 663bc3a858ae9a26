//! One type per id, so that a patient's id cannot be handed in where a consultation's is wanted.
//! Ids are opaque: nothing is read out of them here.

use std::fmt;
use std::sync::Arc;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// A consultation record, as NxVET numbers them.
    RecordId
);
text_id!(
    /// A conversation heard by a room recorder; no document links it to a record.
    ConversationId
);
text_id!(
    /// A room device's id in the conversation family (`hub_…`); not its serial.
    DeviceId
);
text_id!(PatientId);
text_id!(
    /// The person under whose name a record was made.
    VetId
);
text_id!(OrganizationId);
text_id!(NoteId);

/// What one row of the list stands for.
/// A conversation is never taken for a record without proof, so the two keep apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ConsultationKey {
    Record(RecordId),
    Conversation { device: DeviceId, conversation: ConversationId },
}

impl ConsultationKey {
    pub fn record(id: impl AsRef<str>) -> Self {
        Self::Record(RecordId::new(id))
    }

    /// One text that is unique over both families; the store's key and the recordings' file stem.
    pub fn as_text(&self) -> String {
        match self {
            Self::Record(id) => format!("record/{id}"),
            Self::Conversation { device, conversation } => format!("conversation/{device}/{conversation}"),
        }
    }

    /// The inverse of [`Self::as_text`]; `None` for anything else.
    pub fn from_text(text: &str) -> Option<Self> {
        if let Some(id) = text.strip_prefix("record/") {
            return Some(Self::record(id));
        }
        let (device, conversation) = text.strip_prefix("conversation/")?.split_once('/')?;
        Some(Self::Conversation { device: DeviceId::new(device), conversation: ConversationId::new(conversation) })
    }

    pub fn record_id(&self) -> Option<&RecordId> {
        match self {
            Self::Record(id) => Some(id),
            Self::Conversation { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_text_form() {
        let keys = [
            ConsultationKey::record("0190cccc"),
            ConsultationKey::Conversation { device: DeviceId::new("hub_1"), conversation: ConversationId::new("a/b") },
        ];
        for key in keys {
            assert_eq!(ConsultationKey::from_text(&key.as_text()), Some(key));
        }
        assert_eq!(ConsultationKey::from_text("something else"), None);
    }
}
