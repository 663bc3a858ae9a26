//! A clinic at work: records arrive now and then, and pending ones fill in, transcript first.
//!
//! It keeps real time, so tests leave it off and drive the handle instead.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use super::{record::Stage, shared::Shared};

const FIRST_ARRIVAL: Duration = Duration::from_secs(40);
const BETWEEN_ARRIVALS: Duration = Duration::from_secs(210);
const BETWEEN_STEPS: Duration = Duration::from_secs(75);
const MAX_ARRIVALS: usize = 60;

/// Runs until `stop`.
pub(super) async fn lead(shared: Arc<Shared>, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = arrivals(&shared) => {}
        () = steps(&shared) => {}
    }
}

async fn arrivals(shared: &Shared) {
    tokio::time::sleep(FIRST_ARRIVAL).await;
    for _ in 0..MAX_ARRIVALS {
        let now_ms = shared.now().timestamp_millis();
        shared.world().arrive(now_ms, Stage::Transcribing);
        tokio::time::sleep(BETWEEN_ARRIVALS).await;
    }
    std::future::pending::<()>().await;
}

/// The oldest pending record takes one step at a time.
async fn steps(shared: &Shared) {
    loop {
        tokio::time::sleep(BETWEEN_STEPS).await;
        let mut world = shared.world();
        if let Some(id) = world.pending_ids().first() {
            world.advance(id);
        }
    }
}
