//! What a frame costs the window's thread, tessellation included: scrolling and filtering the list at
//! 1,000 to 1,000,000 records, opening and scrolling a transcript of 60,000 words, the player's waveform, the rooms on a
//! full day and a long history of deliveries.
//! Run: `cargo bench --bench frames`. Prints Markdown rows.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement prints, and stops when it cannot measure")]

mod common;
#[path = "frames/live.rs"]
mod live;

use common::{measure, ms, now, percentile};
use consult_desk::domain::{ConsultationKey, ListView, Organization, OrganizationId, Peak, Waveform, Zone};
use consult_desk::state::{
    Command, Event, Kept, ListCommand, ListEvent, Loading, PlayerCommand, PlayerEvent, PlayerRequest, Progress,
    Reading, RecordEvent, RecordingEvent, Request, SessionEvent, Settings, Source, State,
};
use consult_desk::ui;
use eframe::egui;
use std::sync::{Arc, mpsc};
use std::time::Duration;

/// A window without a screen.
struct Window {
    ctx: egui::Context,
    state: State,
    memory: ui::Memory,
    time: f64,
}

impl Window {
    fn new() -> Self {
        let ctx = egui::Context::default();
        ui::install(&ctx);
        let (mut state, _) = State::start(Settings::default(), Zone::utc(), now());
        ui::apply_settings(&ctx, &state.settings);
        let organization = Organization { id: OrganizationId::new("org"), name: "Harbour Vets".to_owned() };
        let signed_in = SessionEvent::SignedIn { organization, demo: false, kept: Kept::Yes };
        state.apply(Event::Session(signed_in), now());
        Self { ctx, state, memory: ui::Memory::default(), time: 0.0 }
    }

    /// One frame with these inputs; answers the thread's CPU time for drawing and tessellating it.
    fn frame(&mut self, events: Vec<egui::Event>) -> Duration {
        self.time += 1.0 / 60.0;
        let input = egui::RawInput {
            screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(1280.0, 800.0))),
            time: Some(self.time),
            events,
            focused: true,
            ..Default::default()
        };
        let (cpu, commands) = measure(|| {
            let mut commands = Vec::new();
            let output = self.ctx.run_ui(input, |ui| commands = ui::root_ui(ui, &self.state, &mut self.memory, now()));
            let primitives = self.ctx.tessellate(output.shapes, output.pixels_per_point);
            std::hint::black_box(primitives.len());
            commands
        });
        for command in commands {
            self.state.handle(command, now());
        }
        cpu
    }

    /// Plays the open consultation as if its recording were here; answers the token of its events.
    fn play(&mut self, key: &ConsultationKey, minutes: u64) -> u64 {
        let stored = RecordingEvent::Stored { key: key.clone(), bytes: 48_000_000 };
        self.state.apply(Event::Recording(stored), now());
        let requests = self.state.handle(Command::Player(PlayerCommand::Toggle), now());
        let token = requests.iter().find_map(|request| match request {
            Request::Player(PlayerRequest::Load { token, .. }) => Some(*token),
            _ => None,
        });
        let token = token.expect("a load");
        let duration_ms = minutes * 60_000;
        self.state.apply(Event::Player(PlayerEvent::Loaded { token, duration_ms, partial: None }), now());
        self.state.apply(Event::Player(PlayerEvent::Playing { token }), now());
        token
    }

    fn show(&mut self, view: Arc<ListView>) {
        let progress =
            Progress { loaded: view.loaded, total: Some(view.loaded), loading: Loading::Idle, ..Progress::default() };
        self.state.apply(Event::List(ListEvent::Progress(progress)), now());
        self.state.apply(Event::List(ListEvent::ViewReady { sequence: u64::MAX, view }), now());
    }
}

fn wheel(points: f32) -> Vec<egui::Event> {
    vec![
        egui::Event::PointerMoved(egui::pos2(260.0, 400.0)),
        egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: egui::vec2(0.0, -points),
            phase: egui::TouchPhase::Move,
            modifiers: egui::Modifiers::NONE,
            source: egui::MouseWheelSource::Unknown,
        },
    ]
}

fn wheel_over_transcript(points: f32) -> Vec<egui::Event> {
    let mut events = wheel(points);
    if let Some(first) = events.first_mut() {
        *first = egui::Event::PointerMoved(egui::pos2(620.0, 400.0));
    }
    events
}

/// The window's thread rests between two keystrokes, and other work takes its place in the processor's caches. Without
/// this pause a short list would be drawn with warm caches and a long one, whose filtering takes longer, with cold
/// ones: the difference would be the pause's and not the list's.
const BETWEEN_KEYS: Duration = Duration::from_millis(20);

/// The catalog on a thread of its own, as in the desk: it fills that thread's caches and not the window's.
struct CatalogThread {
    wishes: mpsc::SyncSender<Wish>,
    views: mpsc::Receiver<(Duration, Arc<ListView>)>,
}

enum Wish {
    View(String),
    Retire(Arc<ListView>),
}

impl CatalogThread {
    fn start(count: usize) -> Self {
        let (wishes, inbox) = mpsc::sync_channel(2);
        let (answers, views) = mpsc::sync_channel(2);
        let run = move || {
            let catalog = common::catalog(count);
            for wish in inbox {
                match wish {
                    Wish::View(text) => {
                        answers.send(measure(|| Arc::new(catalog.view(&common::spec(&text))))).expect("a listener");
                    }
                    Wish::Retire(view) => drop(view),
                }
            }
        };
        std::thread::Builder::new().name("catalog".into()).spawn(run).expect("a thread");
        Self { wishes, views }
    }

    fn view(&self, text: &str) -> (Duration, Arc<ListView>) {
        self.wishes.send(Wish::View(text.to_owned())).expect("the catalog");
        self.views.recv().expect("a view")
    }

    fn retire(&self, view: Arc<ListView>) {
        self.wishes.send(Wish::Retire(view)).expect("the catalog");
    }
}

fn lists() {
    println!(
        "| records | scroll p50 | scroll p99 | keystroke frame p50 | keystroke frame p99 | take view | catalog, off the thread |"
    );
    println!("|---|---|---|---|---|---|---|");
    for count in [1_000, 100_000, 1_000_000] {
        let catalog = CatalogThread::start(count);
        let mut window = Window::new();
        window.show(catalog.view("").1);
        for _ in 0..30 {
            window.frame(Vec::new());
        }
        let mut scroll: Vec<Duration> =
            (0..600).map(|step| window.frame(wheel(40.0 + f64::from(step % 7) as f32))).collect();
        let mut keys = Vec::new();
        let mut takes = Vec::new();
        let mut views = Vec::new();
        for typed in ["b", "be", "bel", "bell", "bella", "bella r", "bella ro", "bella roo", "bella room"]
            .iter()
            .cycle()
            .take(480)
        {
            window.state.handle(Command::List(ListCommand::FilterText((*typed).to_owned())), now());
            let (cpu, view) = catalog.view(typed);
            views.push(cpu);
            let old = Arc::clone(&window.state.list.view);
            let (cpu, ()) = measure(|| window.show(view));
            takes.push(cpu);
            std::thread::sleep(BETWEEN_KEYS);
            keys.push(window.frame(Vec::new()));
            catalog.retire(old);
        }
        println!(
            "| {count} | {} | {} | {} | {} | {} | {} |",
            ms(percentile(&mut scroll, 0.5)),
            ms(percentile(&mut scroll, 0.99)),
            ms(percentile(&mut keys, 0.5)),
            ms(percentile(&mut keys, 0.99)),
            ms(percentile(&mut takes, 0.99)),
            ms(percentile(&mut views, 0.5)),
        );
    }
}

fn transcripts() {
    println!();
    println!(
        "| words | first frame with the text | steady scroll p50 | steady scroll p99 | still p50 | preparing, off the thread |"
    );
    println!("|---|---|---|---|---|---|");
    for words in [1_000, 60_000, 600_000] {
        let mut window = Window::new();
        window.show(Arc::new(common::catalog(300).view(&common::spec(""))));
        let key = window.state.list.view.rows.first().map(|row| row.key.clone()).expect("a row");
        window.state.handle(Command::List(ListCommand::Select(key.clone())), now());
        for _ in 0..30 {
            window.frame(Vec::new());
        }
        let (preparing, reading) = measure(|| Arc::new(Reading::new(common::notes(words))));
        let mut base: Vec<Duration> = (0..60).map(|_| window.frame(Vec::new())).collect();
        window.state.apply(Event::Record(loaded(key, reading)), now());
        let first = window.frame(Vec::new());
        for _ in 0..30 {
            window.frame(Vec::new());
        }
        let mut still: Vec<Duration> = (0..200).map(|_| window.frame(Vec::new())).collect();
        let mut scroll: Vec<Duration> = (0..600).map(|_| window.frame(wheel_over_transcript(60.0))).collect();
        println!(
            "| {words} | {} | {} | {} | {} (same window without it {}) | {} |",
            ms(first),
            ms(percentile(&mut scroll, 0.5)),
            ms(percentile(&mut scroll, 0.99)),
            ms(percentile(&mut still, 0.5)),
            ms(percentile(&mut base, 0.5)),
            ms(preparing),
        );
    }
}

/// The player's waveform: zooming, panning and playing, for an ordinary recording and for one of four hours.
fn waveforms() {
    println!();
    println!(
        "| recording | first frame | zooming p50 | zooming p99 | panning p50 | panning p99 | playing p50 | playing p99 |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for minutes in [25, 240] {
        let mut window = Window::new();
        window.show(Arc::new(common::catalog(300).view(&common::spec(""))));
        let key = window.state.list.view.rows.first().map(|row| row.key.clone()).expect("a row");
        window.state.handle(Command::List(ListCommand::Select(key.clone())), now());
        let reading = Arc::new(Reading::new(common::notes(3_000)));
        window.state.apply(Event::Record(loaded(key.clone(), reading)), now());
        let token = window.play(&key, minutes);
        for _ in 0..30 {
            window.frame(Vec::new());
        }
        let waveform = speech(minutes);
        window.state.apply(Event::Recording(RecordingEvent::Waveform { key, waveform }), now());
        let first = window.frame(Vec::new());
        let mut zoom: Vec<Duration> = (0..400)
            .map(|step| window.frame(wheel_over_waveform(0.0, if step / 50 % 2 == 0 { 30.0 } else { -30.0 })))
            .collect();
        let mut pan: Vec<Duration> = (0..400).map(|_| window.frame(wheel_over_waveform(35.0, 0.0))).collect();
        let mut play = Vec::new();
        for step in 0..400 {
            let position = PlayerEvent::Position { token, position_ms: 60_000 + step * 100 };
            window.state.apply(Event::Player(position), now());
            play.push(window.frame(Vec::new()));
        }
        println!(
            "| {minutes} min | {} | {} | {} | {} | {} | {} | {} |",
            ms(first),
            ms(percentile(&mut zoom, 0.5)),
            ms(percentile(&mut zoom, 0.99)),
            ms(percentile(&mut pan, 0.5)),
            ms(percentile(&mut pan, 0.99)),
            ms(percentile(&mut play, 0.5)),
            ms(percentile(&mut play, 0.99)),
        );
    }
}

/// Loud and silent by turns.
fn speech(minutes: u64) -> Arc<Waveform> {
    let mut waveform = Waveform::empty(16_000, minutes * 60 * 16_000);
    let loud = |bin: usize| if bin / 200 % 5 == 4 { 0 } else { 20 + (bin * 7 % 90) as i8 };
    let peaks: Vec<Peak> = (0..waveform.bins()).map(|bin| Peak { low: -loud(bin), high: loud(bin) }).collect();
    waveform.absorb(0, &peaks);
    waveform.set_arrived(waveform.frames());
    waveform.listen_for_noise();
    Arc::new(waveform)
}

fn wheel_over_waveform(across: f32, down: f32) -> Vec<egui::Event> {
    let mut events = wheel(down);
    if let Some(first) = events.first_mut() {
        *first = egui::Event::PointerMoved(egui::pos2(800.0, 690.0));
    }
    if let Some(egui::Event::MouseWheel { delta, .. }) = events.last_mut() {
        *delta = egui::vec2(across, -down);
    }
    events
}

fn loaded(key: ConsultationKey, reading: Arc<Reading>) -> RecordEvent {
    RecordEvent::Loaded { key, reading, source: Source::NxVet, fetched_at: now() }
}

fn main() {
    lists();
    transcripts();
    waveforms();
    live::screens();
}
