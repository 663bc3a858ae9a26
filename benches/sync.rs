//! Fetching 10,000 records with their notes from a server 40 ms away, into the store, against the plain loop of
//! the vendor's sample (one call after the other) in the same run.
//! Run: `cargo bench --bench sync`. Options: `-- RECORDS LATENCY_MS CONCURRENCY`.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement prints, reads the clock, and stops when it cannot measure"
)]

use consult_desk::domain::{ApiKey, ConsultationKey};
use consult_desk::nxvet::{Client, ClientOptions, ServerUrl};
use consult_desk::simulator::{Config, Personality, Simulator, SimulatorHandle, Source};
use consult_desk::store::Store;
use futures_util::StreamExt as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Records that the plain loop fetches; its rate does not depend on how many.
const SAMPLED: usize = 100;

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|word| word.parse::<usize>().ok());
    let records = numbers.next().unwrap_or(10_000);
    let latency = Duration::from_millis(numbers.next().unwrap_or(40) as u64);
    let at_once = numbers.next().unwrap_or(64);
    let mut config = Config::new(Personality::Production, Source::Generated { records, seed: 1 }, chrono::Utc::now());
    config.latency = latency;
    let simulator = Simulator::start_blocking(config).expect("the simulator starts");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let plain = runtime.block_on(plain_loop(&simulator));
    let (ours, elapsed) = runtime.block_on(desk(&simulator, at_once));
    println!("{records} records, {} ms, {at_once} at once", latency.as_millis());
    println!("| | records/s |\n|---|---|");
    println!("| plain loop, one call at a time ({SAMPLED} records) | {plain:.1} |");
    println!("| desk's client and store (all, {:.1} s) | {ours:.1} |", elapsed.as_secs_f64());
    println!("| ratio | {:.1} |", ours / plain);
}

fn client(simulator: &SimulatorHandle) -> Client {
    let server = ServerUrl::parse(&simulator.base_url()).expect("an address");
    let key = ApiKey::from_pasted(&simulator.key()).expect("a key");
    Client::new(server, key, ClientOptions::default()).expect("a client")
}

/// As the vendor's quickstart does it: a page, then each record of it, one call after the other.
async fn plain_loop(simulator: &SimulatorHandle) -> f64 {
    let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().expect("a client");
    let get = |path: String| {
        let request = http.get(format!("{}{path}", simulator.base_url())).bearer_auth(simulator.key());
        async move { request.send().await.expect("an answer").text().await.expect("a body") }
    };
    let started = Instant::now();
    let organization = simulator.organization_id();
    let page =
        get(format!("/api/organizations/{organization}/labels?types=ClinicConversation&types=NxHubBatch&limit=100"))
            .await;
    let rows: Vec<serde_json::Value> = serde_json::from_str(&page).expect("rows");
    let mut fetched = 0;
    for row in rows.iter().take(SAMPLED) {
        let id = row.get("id").and_then(serde_json::Value::as_str).expect("an id");
        let detail = get(format!("/api/labels/{id}")).await;
        std::hint::black_box(detail.len());
        fetched += 1;
    }
    f64::from(fetched) / started.elapsed().as_secs_f64()
}

async fn desk(simulator: &SimulatorHandle, at_once: usize) -> (f64, Duration) {
    let client = client(simulator);
    let folder = tempfile::tempdir().expect("a folder");
    let (store, _) = Store::open(folder.path(), None, chrono::Utc::now()).expect("a store");
    let store = Arc::new(Mutex::new(store));
    let started = Instant::now();
    let organization = client.identify().await.expect("a clinic");
    let first = client.consultations(&organization.id, 0, 100).await.expect("a page");
    let total = first.total.expect("a total");
    let pages = futures_util::stream::iter((100..total).step_by(100))
        .map(|offset| client.consultations(&organization.id, offset, 100))
        .buffer_unordered(8)
        .map(|page| page.expect("a page"));
    let mut pages = std::pin::pin!(futures_util::stream::once(async { first }).chain(pages));
    let mut rows = Vec::new();
    while let Some(page) = pages.next().await {
        let batch: Vec<_> = page.consultations.into_iter().map(Arc::new).collect();
        rows.extend(batch.iter().filter_map(|row| row.key.record_id().cloned()));
        let (store, id) = (Arc::clone(&store), organization.id.clone());
        let save = move || store.lock().expect("the store").save_consultations(&id, &batch);
        tokio::task::spawn_blocking(save).await.expect("a thread").expect("saved");
    }
    let mut details = futures_util::stream::iter(rows)
        .map(|id| {
            let client = client.clone();
            async move { (client.consultation(&id).await.expect("a record").notes, id) }
        })
        .buffer_unordered(at_once)
        .ready_chunks(at_once);
    let mut count = 0_u32;
    while let Some(batch) = details.next().await {
        count += u32::try_from(batch.len()).expect("a count");
        let store = Arc::clone(&store);
        let save = move || {
            let mut store = store.lock().expect("the store");
            for (notes, id) in batch {
                store.save_notes(&ConsultationKey::Record(id), &notes, chrono::Utc::now()).expect("saved");
            }
        };
        tokio::task::spawn_blocking(save).await.expect("a thread");
    }
    let elapsed = started.elapsed();
    (f64::from(count) / elapsed.as_secs_f64(), elapsed)
}
