//! Texts that came with a message before NxVET's interface has them: shown until it does, and marked as not confirmed.
//! Nothing here copies, searches or exports them.

use crate::state::live::{Provisional, fitting};
use crate::state::{OpenRecord, Reading};
use crate::ui::view::View;
use std::sync::Arc;

/// Stands in the head of every pane that shows such a text.
pub(super) const NOTICE: &str = "Provisional – not confirmed by NxVET yet";

/// What the panes show.
pub(super) struct Shown<'a> {
    pub reading: &'a Arc<Reading>,
    pub is_provisional: bool,
}

/// The consultation's own notes, or, while it has none, the one provisional text that fits it.
pub(super) fn shown<'a>(view: &View<'a>, record: &'a OpenRecord) -> Option<Shown<'a>> {
    let own = record.reading();
    let is_written = |reading: &&Arc<Reading>| reading.transcript.is_some() || reading.soap.is_some();
    if let Some(reading) = own.filter(is_written) {
        return Some(Shown { reading, is_provisional: false });
    }
    match provisional(view, record) {
        Some(found) => Some(Shown { reading: &found.reading, is_provisional: true }),
        None => own.map(|reading| Shown { reading, is_provisional: false }),
    }
}

fn provisional<'a>(view: &View<'a>, record: &OpenRecord) -> Option<&'a Provisional> {
    let row = record.consultation.as_deref().filter(|row| !row.is_gone)?;
    fitting(&view.state.live.provisional, row)
}
