//! Downloads against the pretended vendor: whatever goes wrong on the way, the file in the end is the server's,
//! byte for byte, or there is none.

use super::asker::Asker;
use super::feeds::Feeds;
use super::fetch::{Fetch, Orders, Stopped};
use super::keep::Keep;
use super::{medium, plan};
use crate::domain::{ApiKey, ConsultationKey, OrganizationId, RecordId};
use crate::nxvet::{Client, ClientOptions, Error, RetryPolicy, ServerUrl};
use crate::simulator::{Config, Fault, NewRecord, Personality, Route, Simulator, SimulatorHandle, Source};
use crate::store::{RecordingFile, Recordings, RecordingsKey};
use chrono::{TimeZone as _, Utc};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::watch;
use tokio::task::JoinHandle;

const LIMIT: Duration = Duration::from_secs(60);

struct Bench {
    server: SimulatorHandle,
    client: Client,
    record: String,
    truth: Vec<u8>,
    recordings: Recordings,
    key: ConsultationKey,
    _home: tempfile::TempDir,
}

/// A download under way.
struct Run {
    feeds: Feeds,
    stop: watch::Sender<bool>,
    task: JoinHandle<Result<RecordingFile, Stopped>>,
}

/// How a server is set up.
#[derive(Clone, Copy)]
struct Line {
    bytes: usize,
    rate: Option<u64>,
    latency: Duration,
    gives_parts: bool,
}

impl Line {
    fn fast(bytes: usize) -> Self {
        Self { bytes, rate: None, latency: Duration::ZERO, gives_parts: true }
    }

    fn at(bytes: usize, rate: u64) -> Self {
        Self { rate: Some(rate), ..Self::fast(bytes) }
    }
}

fn recordings_in(home: &tempfile::TempDir) -> Recordings {
    Recordings::new(home.path(), &RecordingsKey::new([3; 32]))
}

fn content(file: &RecordingFile) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.open().expect("opened").read_to_end(&mut bytes).expect("read");
    bytes
}

fn noise(bytes: usize, seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut noise = vec![0; bytes];
    random.fill(&mut noise);
    [b"RIFF".as_slice(), noise.get(4..).unwrap_or_default()].concat()
}

fn client_of(url: &str, key: &str) -> Client {
    let retry = RetryPolicy { base: Duration::from_millis(1), cap: Duration::from_millis(5), ..RetryPolicy::default() };
    let options = ClientOptions { retry, idle_timeout: Duration::from_millis(400), ..ClientOptions::default() };
    let key = ApiKey::from_pasted(key).expect("a key");
    Client::new(ServerUrl::parse(url).expect("an address"), key, options).expect("a client")
}

impl Bench {
    async fn new(line: Line) -> Self {
        let now = Utc.with_ymd_and_hms(2026, 11, 22, 14, 0, 0).single().expect("a moment");
        let source = Source::Generated { records: 0, seed: 1 };
        let mut config = Config::new(Personality::Production, source, now);
        (config.audio_bytes_per_second, config.latency) = (line.rate, line.latency);
        config.range = line.gives_parts;
        let server = Simulator::start(config).await.expect("a server");
        let truth = noise(line.bytes, 1);
        let record = server.push_record(NewRecord { recording: Some(truth.clone()), ..NewRecord::default() });
        let home = tempfile::tempdir().expect("a folder");
        let client = client_of(&server.base_url(), &server.key());
        let key = ConsultationKey::record(&record);
        let recordings = recordings_in(&home);
        Self { server, client, record, truth, recordings, key, _home: home }
    }

    async fn start(&self) -> Run {
        start(&self.client, &self.recordings, &self.key, &self.record).await
    }

    /// Runs to the end and compares every byte.
    async fn ends_well(&self, run: Run, what: &str) {
        let file = finished(run).await.unwrap_or_else(|stopped| panic!("{what}: {stopped:?}"));
        assert!(content(&file) == self.truth, "{what}: other bytes");
        assert_eq!(self.recordings.resumable(&self.key), None);
    }

    fn ranges_asked(&self) -> Vec<Option<String>> {
        let log = self.server.requests().log;
        log.into_iter().filter(|request| request.route == Route::Audio).map(|request| request.range).collect()
    }
}

/// Runs a few cases side by side: most of their time is waiting, but sealing takes a while in a build for tests.
async fn each<T: Send + 'static, F: Future<Output = ()> + Send + 'static>(cases: Vec<T>, run: impl Fn(T) -> F) {
    let mut running = tokio::task::JoinSet::new();
    for case in cases {
        running.spawn(run(case));
        if running.len() >= 3 {
            running.join_next().await.expect("a case").expect("the case passes");
        }
    }
    while let Some(ended) = running.join_next().await {
        ended.expect("the case passes");
    }
}

async fn start(client: &Client, recordings: &Recordings, key: &ConsultationKey, record: &str) -> Run {
    let (wanted, hears) = watch::channel(None);
    let feeds = Feeds::new(&medium::arriving(recordings, key), Arc::new(wanted));
    let (stop, stopped) = watch::channel(false);
    let asker = Asker {
        client: client.clone(),
        organization: OrganizationId::new("01990000-0000-7000-8000-000000000001"),
        record: RecordId::new(record),
    };
    let keep = Keep::open(recordings.clone(), key.clone(), feeds.clone()).await.expect("a part");
    let orders = Orders { wanted: hears, stop: stopped };
    let fetch = Fetch::new(asker, keep, orders, Arc::new(|_, _| {}), |recording| recording.total() == Some(2_000_000));
    Run { feeds, stop, task: tokio::spawn(fetch.run()) }
}

async fn finished(run: Run) -> Result<RecordingFile, Stopped> {
    tokio::time::timeout(LIMIT, run.task).await.expect("an end").expect("no panic")
}

impl Run {
    async fn until(&self, what: &str, holds: impl Fn(&Feeds) -> bool) -> Duration {
        let began = Instant::now();
        while !holds(&self.feeds) {
            assert!(began.elapsed() < LIMIT, "never came: {what}; {:?}", self.feeds.ranges());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        began.elapsed()
    }

    /// As a player does: asks for a byte and waits for it.
    async fn hear(&self, at: u64) -> Duration {
        self.feeds.heard.want(at);
        self.until("the wanted byte", |feeds| plan::holds(&feeds.ranges(), at)).await
    }

    async fn has(&self, bytes: u64) {
        self.until("enough bytes", |feeds| plan::sum(&feeds.ranges()) >= bytes).await;
    }
}

#[tokio::test]
async fn bytes_can_be_read_as_they_arrive() {
    let bench = Bench::new(Line::at(400_000, 400_000)).await;
    let run = bench.start().await;
    run.has(1).await;
    let mut reader = run.feeds.heard.reader().expect("a reader");
    let mut head = vec![0; 16];
    reader.read_exact(&mut head).expect("the first bytes");
    assert_eq!(head, bench.truth[..16]);
    assert_eq!(run.feeds.total(), Some(400_000));
    reader.seek(SeekFrom::Start(399_999)).expect("a place");
    assert_eq!(reader.read(&mut head).map_err(|error| error.kind()), Err(ErrorKind::WouldBlock));
    let feeds = run.feeds.clone();
    bench.ends_well(run, "plain").await;
    assert!(feeds.heard.is_whole() && feeds.looked_at.is_whole());
    assert_eq!(reader.read(&mut head).expect("the last byte"), 1);
    assert_eq!(bench.ranges_asked().first(), Some(&None));
}

#[tokio::test]
async fn what_the_player_needs_comes_first_and_the_rest_after_it() {
    let latency = Duration::from_millis(80);
    let bench = Bench::new(Line { latency, ..Line::at(3_000_000, 1_000_000) }).await;
    let run = bench.start().await;
    run.has(50_000).await;
    let took = run.hear(2_000_000).await;
    assert!(took < latency + Duration::from_millis(200), "{took:?}");
    let took = run.hear(1_000_000).await;
    assert!(took < latency + Duration::from_millis(200), "{took:?}");
    bench.ends_well(run, "two jumps").await;
    let asked = bench.ranges_asked();
    assert_eq!(asked[1].as_deref(), Some("bytes=1998848-"));
    assert_eq!(asked[2].as_deref(), Some("bytes=999424-1998847"), "no further than what is here");
    assert!((4..=6).contains(&asked.len()), "{asked:?}");
    assert!(asked[3..].iter().flatten().all(|range| range.starts_with("bytes=")), "{asked:?}");
}

#[tokio::test]
async fn what_is_about_to_arrive_is_waited_for() {
    let bench = Bench::new(Line { latency: Duration::from_millis(50), ..Line::at(600_000, 400_000) }).await;
    let run = bench.start().await;
    for at in (0..600_000).step_by(20_000) {
        run.hear(at).await;
    }
    bench.ends_well(run, "in order").await;
    assert_eq!(bench.ranges_asked().len(), 1);
}

#[tokio::test]
async fn a_jump_that_goes_wrong_costs_nothing() {
    let faults = vec![
        Fault::WrongRangeStart,
        Fault::LateRangeStart,
        Fault::OtherTag,
        Fault::Status(416),
        Fault::Status(403),
        Fault::Status(404),
        Fault::Status(503),
        Fault::IgnoreRange,
        Fault::Reset,
        Fault::EmptyBody,
        Fault::Garbage,
        Fault::ShortBody,
        Fault::CutAfter(1_000),
        Fault::StallAfter(1_000),
    ];
    each(faults, |fault| async move {
        let bench = Bench::new(Line::at(1_500_000, 1_500_000)).await;
        let run = bench.start().await;
        run.has(30_000).await;
        bench.server.faults().next(Route::Audio, fault.clone(), 1);
        run.hear(1_000_000).await;
        run.hear(500_000).await;
        bench.ends_well(run, &format!("{fault:?}")).await;
    })
    .await;
}

#[tokio::test]
async fn a_broken_stream_goes_on_where_it_broke() {
    let faults = vec![
        None,
        Some(Fault::WrongRangeStart),
        Some(Fault::LateRangeStart),
        Some(Fault::OtherTag),
        Some(Fault::Status(416)),
        Some(Fault::Status(404)),
        Some(Fault::IgnoreRange),
        Some(Fault::Reset),
        Some(Fault::ShortBody),
        Some(Fault::StallAfter(5_000)),
    ];
    each(faults, |fault| async move {
        let bench = Bench::new(Line::fast(700_000)).await;
        bench.server.faults().next(Route::Audio, Fault::CutAfter(300_000), 1);
        if let Some(fault) = &fault {
            bench.server.faults().next(Route::Audio, fault.clone(), 1);
        }
        let run = bench.start().await;
        bench.ends_well(run, &format!("{fault:?}")).await;
        let asked = bench.ranges_asked();
        let goes_on = asked[1].as_deref().is_some_and(|range| range.starts_with("bytes=") && range != "bytes=0-");
        assert!(goes_on, "{fault:?}: {asked:?}");
    })
    .await;
}

#[tokio::test]
async fn failures_count_only_when_nothing_new_came() {
    let bench = Bench::new(Line::fast(900_000)).await;
    bench.server.faults().next(Route::Audio, Fault::CutAfter(90_000), 30);
    bench.ends_well(bench.start().await, "ten short stretches").await;
    let bench = Bench::new(Line::fast(900_000)).await;
    bench.server.faults().next(Route::Audio, Fault::CutAfter(0), 30);
    let stopped = finished(bench.start().await).await.err();
    assert!(matches!(stopped, Some(Stopped::Network(Error::BrokenOff))), "{stopped:?}");
    assert!(bench.recordings.finished(&bench.key).is_none());
}

#[tokio::test]
async fn without_a_strong_mark_nothing_is_joined() {
    let bench = Bench::new(Line { gives_parts: false, ..Line::at(600_000, 1_000_000) }).await;
    bench.server.faults().next(Route::Audio, Fault::CutAfter(200_000), 2);
    let run = bench.start().await;
    run.has(1_000).await;
    let mut reader = run.feeds.heard.reader().expect("a reader");
    run.hear(590_000).await;
    let stale = reader.read(&mut [0; 4]).map_err(|error| error.kind());
    assert_eq!(stale, Err(ErrorKind::StaleNetworkFileHandle), "the player starts again too");
    bench.ends_well(run, "no marks").await;
    assert_eq!(bench.ranges_asked(), [None, None, None]);
}

#[tokio::test]
async fn a_server_that_gives_no_parts_is_asked_for_one_once() {
    let bench = Bench::new(Line { gives_parts: false, ..Line::at(800_000, 1_000_000) }).await;
    bench.server.set_etag(true);
    let run = bench.start().await;
    run.has(1_000).await;
    run.hear(700_000).await;
    run.hear(799_000).await;
    bench.ends_well(run, "no parts").await;
    assert_eq!(bench.ranges_asked().len(), 2, "{:?}", bench.ranges_asked());
}

#[tokio::test]
async fn a_version_that_changes_on_the_way_is_fetched_anew() {
    for is_jump in [true, false] {
        let mut bench = Bench::new(Line::at(800_000, 1_000_000)).await;
        if !is_jump {
            bench.server.faults().next(Route::Audio, Fault::CutAfter(300_000), 1);
        }
        let run = bench.start().await;
        run.has(100_000).await;
        bench.truth = noise(700_000, 2);
        assert!(bench.server.replace_recording(&bench.record, bench.truth.clone()));
        if is_jump {
            run.feeds.heard.want(600_000);
        }
        bench.ends_well(run, "a new version").await;
    }
}

#[tokio::test]
async fn a_stopped_or_killed_download_is_gone_on_with() {
    for is_killed in [false, true] {
        let bench = Bench::new(Line::at(2_500_000, 1_000_000)).await;
        let run = bench.start().await;
        run.has(100_000).await;
        run.hear(2_000_000).await;
        run.until("a note", |_| bench.recordings.resumable(&bench.key).is_some()).await;
        if is_killed {
            run.task.abort();
            drop(run.task.await);
        } else {
            run.stop.send_replace(true);
            let stopped = finished(run).await.err();
            assert!(matches!(stopped, Some(Stopped::Cancelled)), "{stopped:?}");
        }
        assert!(bench.recordings.finished(&bench.key).is_none(), "nothing false is left");
        let kept = bench.recordings.resumable(&bench.key).expect("something to go on with").ranges().to_vec();
        assert_eq!(kept.first().map(|range| range.start), Some(0));
        bench.server.forget_requests();
        let run = bench.start().await;
        assert!(plan::sum(&run.feeds.ranges()) >= plan::sum(&kept), "readable before the server is asked");
        bench.ends_well(run, "resumed").await;
        let asked = bench.ranges_asked();
        let first = format!("bytes={}-", kept[0].end);
        assert!(asked[0].as_deref().is_some_and(|range| range.starts_with(&first)), "{kept:?} {asked:?}");
    }
}

#[tokio::test]
async fn a_part_of_which_every_byte_is_here_only_needs_its_name() {
    let bench = Bench::new(Line::fast(300_000)).await;
    // A folder that cannot be replaced stands where the recording should be.
    let in_the_way = bench.recordings.part(&bench.key).part.with_extension("sealed");
    std::fs::create_dir_all(in_the_way.join("not empty")).expect("made");
    let stopped = finished(bench.start().await).await.err();
    assert!(matches!(stopped, Some(Stopped::Unnamed(_))), "{stopped:?}");
    std::fs::remove_dir_all(in_the_way).expect("removed");
    bench.server.forget_requests();
    bench.ends_well(bench.start().await, "second").await;
    assert!(bench.ranges_asked().is_empty());
}

/// Speaks just enough to send bodies whose end only the closed line tells.
async fn lengthless(bodies: Vec<Vec<u8>>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        for turn in 0.. {
            let Ok((mut stream, _)) = listener.accept().await else { return };
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let Ok(byte) = stream.read_u8().await else { return };
                head.push(byte);
            }
            let body = bodies.get(turn).or(bodies.last()).expect("a body");
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").await.ok();
            stream.write_all(body).await.ok();
            stream.shutdown().await.ok();
        }
    });
    url
}

#[tokio::test]
async fn an_end_that_nobody_announced_is_checked_against_the_header() {
    let whole = noise(2_000_000, 3);
    let cut = |bytes: usize| whole.get(..bytes).unwrap_or_default().to_vec();
    for (bodies, expected) in [
        (vec![whole.clone()], 2_000_000),
        (vec![cut(700_000), cut(900_000), whole.clone()], 2_000_000),
        // Ends there twice: that is how the server has it.
        (vec![cut(700_000)], 700_000),
    ] {
        let home = tempfile::tempdir().expect("a folder");
        let recordings = recordings_in(&home);
        let client = client_of(&lengthless(bodies).await, "nxvet_sk_canary0123456789");
        let run = start(&client, &recordings, &ConsultationKey::record("r"), "r").await;
        let file = finished(run).await.expect("a file");
        assert!(content(&file) == cut(expected));
    }
}

#[tokio::test]
async fn a_silent_stream_is_left_when_the_player_waits() {
    let mut bench = Bench::new(Line::fast(500_000)).await;
    bench.client = {
        let options = ClientOptions { idle_timeout: LIMIT, ..ClientOptions::default() };
        let key = ApiKey::from_pasted(&bench.server.key()).expect("a key");
        Client::new(ServerUrl::parse(&bench.server.base_url()).expect("an address"), key, options).expect("a client")
    };
    bench.server.faults().next(Route::Audio, Fault::StallAfter(100_000), 1);
    let run = bench.start().await;
    run.has(100_000).await;
    let took = run.hear(100_000).await;
    assert!(took < Duration::from_secs(6), "{took:?}");
    bench.ends_well(run, "a silent stream").await;
}
