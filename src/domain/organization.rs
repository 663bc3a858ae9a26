//! The clinic that a key belongs to.

use super::OrganizationId;

/// What signing in tells about the clinic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    pub id: OrganizationId,
    /// The clinic's name as NxVET has it; falls back to the id when the server sends none.
    pub name: String,
}
