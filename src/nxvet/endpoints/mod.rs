//! The questions, one file per family. What the answers mean is in `convert`.

pub(crate) mod conversations;
pub(crate) mod devices;
pub(crate) mod identity;
pub(crate) mod labels;
pub(crate) mod recording_body;
pub(crate) mod recordings;
pub(crate) mod webhooks;
