//! The sample clinic behind "Try with sample data": a server on this computer, reached by address and key
//! like the real one. Nothing else in the product knows that it is pretended.

use crate::backend::{SampleBook, SampleData, SampleServer};
use crate::clock::Clock;
use crate::domain::ApiKey;
use crate::nxvet::ServerUrl;
use crate::simulator::{Config, NexHealthSetup, Personality, PracticeZone, Simulator, SimulatorHandle, Source};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

pub struct SampleClinic {
    clock: Clock,
    /// Keeps the server alive as long as the desk.
    running: Mutex<Option<SimulatorHandle>>,
}

impl SampleClinic {
    pub fn new(clock: Clock) -> Self {
        Self { clock, running: Mutex::new(None) }
    }

    fn config(&self) -> Config {
        let now = self.clock.now();
        Config {
            port: 0,
            personality: Personality::Production,
            source: Source::Demo,
            key: None,
            latency: Duration::from_millis(40),
            audio_bytes_per_second: None,
            range: true,
            now,
            lead_live: true,
            utc_offset_minutes: local_offset_minutes(now),
            nexhealth: Some(NexHealthSetup { zone: zone_like_here(now), ..NexHealthSetup::default() }),
            ..Config::new(Personality::Production, Source::Demo, now)
        }
    }
}

fn local_offset_minutes(now: chrono::DateTime<chrono::Utc>) -> i32 {
    use chrono::Offset as _;
    now.with_timezone(&chrono::Local).offset().fix().local_minus_utc() / 60
}

/// A zone whose clocks go as here, so that the sample clinic's book and its list show the same times. Where there is
/// none, which no computer should have, it is the world's own.
fn zone_like_here(now: chrono::DateTime<chrono::Utc>) -> PracticeZone {
    let moments = [0, 90, 180, 270].map(|days| now + chrono::TimeDelta::days(days));
    let here = moments.map(local_offset_minutes);
    let there = |zone: PracticeZone| moments.map(|at| zone.local(at).offset().local_minus_utc() / 60);
    PracticeZone::find(|zone| there(zone) == here).unwrap_or_else(PracticeZone::utc)
}

fn book_of(handle: &SimulatorHandle) -> Option<SampleBook> {
    let nexhealth = handle.nexhealth()?;
    let server = ServerUrl::parse(&nexhealth.base_url()).ok()?;
    let key = ApiKey::from_pasted(&nexhealth.key()).ok()?;
    Some(SampleBook { server, key, subdomain: nexhealth.subdomain() })
}

impl SampleData for SampleClinic {
    fn start(&self) -> Result<SampleServer, String> {
        let unavailable = |_| "The sample data could not be opened.".to_owned();
        let handle = Simulator::start_blocking(self.config()).map_err(|error| {
            tracing::error!(%error, "the sample clinic could not be started");
            "The sample data could not be opened.".to_owned()
        })?;
        let server = ServerUrl::parse(&handle.base_url()).map_err(unavailable)?;
        let key = ApiKey::from_pasted(&handle.key()).map_err(|_| "The sample data could not be opened.".to_owned())?;
        let book = book_of(&handle);
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle);
        Ok(SampleServer { server, key, book })
    }
}
