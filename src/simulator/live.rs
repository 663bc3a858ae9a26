//! A clinic at work: rooms begin and end recordings, records follow them, and pending ones fill in, transcript first.
//!
//! It keeps real time, so tests leave it off and drive the handle instead.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use super::{record::Stage, shared::Shared};

const FIRST_END: Duration = Duration::from_secs(35);
const FIRST_ARRIVAL_AFTER: Duration = Duration::from_secs(5);
const BETWEEN_VISITS: Duration = Duration::from_secs(30);
const VISIT: Duration = Duration::from_secs(150);
const ARRIVAL_AFTER: Duration = Duration::from_secs(30);
const BETWEEN_STEPS: Duration = Duration::from_secs(75);
const MAX_ARRIVALS: usize = 60;

/// A room is at work when the clinic is opened; it began so long before.
const BEGAN_BEFORE_MS: i64 = 9 * 60_000;

/// Runs until `stop`.
pub(super) async fn lead(shared: Arc<Shared>, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = arrivals(&shared) => {}
        () = steps(&shared) => {}
    }
}

async fn arrivals(shared: &Shared) {
    visit(shared, 1, BEGAN_BEFORE_MS, (FIRST_END, FIRST_ARRIVAL_AFTER)).await;
    for turn in 0..MAX_ARRIVALS {
        tokio::time::sleep(BETWEEN_VISITS).await;
        let rooms = shared.world().rooms.len().max(1);
        visit(shared, turn % rooms, 0, (VISIT, ARRIVAL_AFTER)).await;
    }
    std::future::pending::<()>().await;
}

/// A recording of so long, and so long after its end the record. It is not listed among the conversations: there,
/// the same visit would show twice.
async fn visit(shared: &Shared, room: usize, began_before_ms: i64, (length, then): (Duration, Duration)) {
    let from_ms = shared.now().timestamp_millis() - began_before_ms;
    let started = shared.change(|world| world.start_conversation(room, from_ms, false));
    tokio::time::sleep(length).await;
    let now_ms = shared.now().timestamp_millis();
    let Some(started) = started else {
        // A folder of dialogues has no rooms; its records arrive all the same.
        shared.change(|world| world.arrive(now_ms, Stage::Transcribing));
        return;
    };
    shared.change(|world| world.end_conversation(&started.conversation_id, now_ms));
    tokio::time::sleep(then).await;
    shared.change(|world| world.record_conversation(&started.conversation_id));
}

/// The oldest pending record takes one step at a time.
async fn steps(shared: &Shared) {
    loop {
        tokio::time::sleep(BETWEEN_STEPS).await;
        shared.change(|world| {
            if let Some(id) = world.pending_ids().first() {
                world.advance(id);
            }
        });
    }
}
