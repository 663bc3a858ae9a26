//! The clinic's nouns: plain values and the pure rules about them.
//! Nothing here draws, sends, stores or reads a clock.

pub mod audit;
pub mod catalog;
pub mod consultation;
pub mod device;
pub mod filter;
pub mod fold;
pub mod ids;
pub mod link;
pub mod live;
pub mod manner;
pub mod mark;
pub mod note;
pub mod organization;
pub mod patient;
pub mod plain_text;
pub mod ranges;
pub mod safe_name;
pub mod search;
pub mod secret;
pub mod soap;
pub mod transcript;
pub mod update;
pub mod waveform;
pub mod zone;

pub use audit::{AuditAction, AuditCheck, AuditEntry};
pub use catalog::{Catalog, Facet, Facets, Group, ListView};
pub use consultation::{Consultation, RecordKind, Room, Sharing, Stage, Vet};
pub use device::RoomDevice;
pub use filter::{ConsultationFilter, GroupBy, Period};
pub use ids::{ConsultationKey, ConversationId, DeviceId, NoteId, OrganizationId, PatientId, RecordId, VetId};
pub use link::GivenLink;
pub use manner::Manner;
pub use mark::{Mark, MarkCounts, MarkFilter, Marked, Marks};
pub use note::{Note, NoteKind, Notes, NotesStatus};
pub use organization::Organization;
pub use patient::Patient;
pub use search::{HitPlace, SearchHit, SearchPlace, SearchQuery, SearchResults};
pub use secret::ApiKey;
pub use soap::{Soap, SoapPart, SoapSection};
pub use transcript::{Transcript, Turn};
pub use waveform::{Peak, Waveform};
pub use zone::Zone;
