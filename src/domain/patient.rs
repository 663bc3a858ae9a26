//! A patient and how it is named when data is missing.

use super::PatientId;

/// Only the id is sure; every other field may be missing in what NxVET sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patient {
    pub id: PatientId,
    pub name: Option<String>,
    pub breed: Option<String>,
    pub sex: Option<String>,
}

impl Patient {
    /// The name on screen; a patient without a name is still a patient.
    pub fn display_name(&self) -> &str {
        match self.name.as_deref().map(str::trim) {
            Some(name) if !name.is_empty() => name,
            _ => "Unnamed patient",
        }
    }

    /// `Golden Retriever · Female`, or what there is of it; empty when nothing is known.
    pub fn description(&self) -> String {
        let parts = [self.breed.as_deref(), self.sex.as_deref()];
        let known: Vec<&str> = parts.into_iter().flatten().map(str::trim).filter(|part| !part.is_empty()).collect();
        known.join(" · ")
    }
}
