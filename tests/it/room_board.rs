//! The board of the rooms: folded from what is on the disk, whatever arrives in which order and how often, and followed
//! by a desk.

use crate::support::desk::{Desk, Setup};
use crate::support::live::{add_webhook, listening};
use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use consult_desk::domain::live::board::{Board, Known, Tile, TileStatus, tiles};
use consult_desk::domain::live::rooms::{Directory, RoomNames};
use consult_desk::domain::live::{Arrival, Content, EventKey, EventType, Happening, LiveEvent, Scheme};
use consult_desk::domain::{
    Consultation, ConsultationKey, ConversationId, DeviceId, OrganizationId, RecordId, Room, RoomDevice, Stage, Zone,
};
use consult_desk::state::{BoardCommand, Command, Route, WindowCommand};
use consult_desk::store::{Store, StoreKeys};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

const HUBS: [&str; 4] = ["hub_1", "hub_2", "hub_3", "hub_new"];
const VISITS: usize = 25;

fn at(minute: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 18, 8, 0, 0).single().expect("a time") + TimeDelta::minutes(minute)
}

fn clinic() -> OrganizationId {
    OrganizationId::new("org-1")
}

fn begin(visit: usize) -> DateTime<Utc> {
    at(19 * visit as i64)
}

/// One day's events: beginnings, ends of which some are missing, records that are corrected, deleted and brought back.
fn a_day() -> Vec<LiveEvent> {
    let mut events = Vec::new();
    for visit in 0..VISITS {
        let (device, conversation) = (DeviceId::new(HUBS[visit % 4]), ConversationId::new(format!("c{visit}")));
        let id = RecordId::new(format!("r{visit}"));
        let mut told = |minute: i64, what: Happening| {
            let (key, happened_at) =
                (EventKey::new(format!("evt_{}", events.len())), begin(visit) + TimeDelta::minutes(minute));
            events.push(LiveEvent { scheme: Scheme::Organization, key, happened_at, received_at: happened_at, what });
        };
        told(0, Happening::ConversationStarted { conversation: conversation.clone(), device: device.clone() });
        if visit % 7 != 6 && visit + 1 != VISITS {
            told(11, Happening::ConversationEnded { conversation, device });
        }
        told(12, Happening::RecordCreated(id.clone()));
        told(16, Happening::RecordUpdated(id.clone()));
        if visit % 5 == 0 {
            told(30, Happening::RecordDeleted(id.clone()));
        }
        if visit % 10 == 0 {
            told(31, Happening::RecordUpdated(id));
        }
    }
    events
}

fn arrival(event: &LiveEvent) -> Arrival {
    Arrival {
        organization: clinic(),
        scheme: event.scheme,
        key: event.key.clone(),
        event_type: EventType::ConversationStarted,
        received_at: event.received_at,
        content: Content::Events(vec![event.clone()]),
        body: None,
    }
}

/// What every record that is told of and not deleted looks like once it was fetched.
fn list(board: &Board) -> Vec<Arc<Consultation>> {
    let row = |id: &RecordId| {
        let visit: usize = id.as_str().trim_start_matches('r').parse().expect("a number");
        let room = Room { device_id: Some(DeviceId::new(HUBS[visit % 4])), ..Room::default() };
        let bare = Consultation::bare(ConsultationKey::Record(id.clone()), begin(visit));
        let ended_at = Some(begin(visit) + TimeDelta::minutes(11));
        Arc::new(Consultation { ended_at, room: Some(Arc::new(room)), stage: Stage::Ready, ..bare })
    };
    board.records().map(row).collect()
}

fn shown(board: &Board) -> (Vec<Arc<Consultation>>, Vec<Tile>) {
    let device = |id: &str, name: Option<&str>| RoomDevice {
        id: DeviceId::new(id),
        serial: None,
        name: name.map(str::to_owned),
        last_report: None,
        firmware: None,
    };
    let devices = [device("hub_1", Some("Room 1")), device("hub_2", Some("Room 2")), device("hub_3", None)];
    let directory = Directory::new(&devices, RoomNames::new());
    let rows = list(board);
    let now = at(10 * 60);
    let tiles = tiles(board, Known { directory: &directory, devices_at: Some(now), rows: &rows }, Zone::utc(), now);
    (rows, tiles)
}

fn open(home: &Path, keys: &StoreKeys) -> Store {
    Store::open(home, keys, at(0)).expect("the store opens").0
}

/// The board of a desk that has just been started.
fn folded(store: &mut Store) -> Board {
    let mut board = Board::default();
    for event in store.live_events_between(&clinic(), at(-600), at(2_000)).expect("events") {
        board.take(&event);
    }
    board
}

#[test]
fn restarts_in_the_middle_of_any_stream_give_the_same_board_from_the_disk() {
    let day = a_day();
    let mut whole = Board::default();
    for event in &day {
        whole.take(event);
    }
    let wanted = shown(&whole);
    assert!(wanted.0.len() > VISITS / 2 && wanted.0.len() < VISITS);
    let mut random = fastrand::Rng::with_seed(41);
    for _ in 0..12 {
        let (home, keys) = (tempfile::tempdir().expect("a folder"), StoreKeys::random().expect("keys"));
        let mut stream: Vec<&LiveEvent> = day.iter().chain(day.iter().filter(|_| random.bool())).collect();
        random.shuffle(&mut stream);
        let mut store = open(home.path(), &keys);
        let mut board = Board::default();
        for bite in stream.chunks(17) {
            let arrivals: Vec<Arrival> = bite.iter().map(|event| arrival(event)).collect();
            store.keep_arrivals(&arrivals).expect("kept");
            for event in bite {
                board.take(event);
            }
            if random.u8(0..4) == 0 {
                drop(store);
                store = open(home.path(), &keys);
                board = folded(&mut store);
            }
        }
        assert_eq!(board, whole);
        assert_eq!(folded(&mut store), whole, "and what is on the disk says the same");
        assert_eq!(shown(&board), wanted);
        let kept: BTreeSet<EventKey> = store
            .live_events_after(&clinic(), 0, 10_000)
            .expect("events")
            .into_iter()
            .map(|(_, event)| event.key)
            .collect();
        assert_eq!(kept.len(), day.len(), "each once");
    }
}

#[test]
fn a_desk_shows_its_recorders_and_the_day_and_opens_what_is_clicked() {
    let mut desk = Desk::signed_in(Setup::default());
    desk.wish(Command::Window(WindowCommand::Go(Route::Rooms)));
    let rooms = desk.simulator.rooms();
    desk.step_until("the recorders", |state| state.board.tiles.len() >= rooms.len() && state.board.day.is_some());
    let newest = desk.state.list.view.rows.iter().find(|row| row.room.is_some()).cloned().expect("a record of a room");
    let date = Zone::utc().local_time(newest.started_at).date();
    desk.wish(Command::Board(BoardCommand::Day(date)));
    desk.step_until("its day", |state| {
        state.board.day.as_ref().is_some_and(|day| day.date == date) && !state.board.is_loading
    });
    let day = desk.state.board.day.clone().expect("a day");
    let blocks = day.lanes.iter().flat_map(|lane| &lane.blocks).filter(|block| block.opens().is_some()).count();
    let of_day =
        desk.state.list.view.rows.iter().filter(|row| day.span.contains(&row.started_at) && !row.is_gone).count();
    assert_eq!(blocks, of_day, "every consultation of the day stands in a lane, once");
    desk.wish(Command::Board(BoardCommand::Open(newest.key.clone())));
    desk.step_until("its notes", |state| {
        state.record.as_ref().is_some_and(|record| record.key == newest.key && !record.notes.is_loading())
    });
    assert_eq!(desk.state.route, Route::Consultations);
}

#[test]
fn a_rooms_name_and_what_was_said_are_there_at_the_next_start() {
    let mut desk = Desk::signed_in(Setup::default());
    desk.wish(Command::Window(WindowCommand::Go(Route::Rooms)));
    desk.step_until("the tiles", |state| !state.board.tiles.is_empty());
    let device = DeviceId::new("hub_of_nobody");
    desk.wish(Command::Board(BoardCommand::NameRoom(device.clone(), "Grooming".to_owned())));
    let said = consult_desk::domain::live::pairing::Decision::NoShow(consult_desk::domain::live::AppointmentId(7));
    desk.wish(Command::Board(BoardCommand::Decide(said)));
    // Names are kept in their order: once a later wish was answered, they are on the disk.
    desk.wish(Command::Board(BoardCommand::PreviousDay));
    desk.step_until("another day", |state| !state.board.is_loading);
    let mut desk = desk.restart(Setup::default());
    desk.settle();
    desk.wish(Command::Window(WindowCommand::Go(Route::Rooms)));
    desk.step_until("the tiles", |state| !state.board.tiles.is_empty());
    desk.wish(Command::Board(BoardCommand::AskRoomName(device)));
    assert_eq!(desk.state.board.naming.as_ref().map(|naming| naming.name.as_str()), Some("Grooming"));
}

#[test]
fn a_new_record_counts_on_its_tile_by_itself() {
    let mut desk = Desk::signed_in(Setup { poll_every: std::time::Duration::from_millis(20), ..Setup::default() });
    desk.wish(Command::Window(WindowCommand::Go(Route::Rooms)));
    desk.step_until("the tiles", |state| !state.board.tiles.is_empty() && state.board.day.is_some());
    let counted = |state: &consult_desk::state::State| state.board.tiles.iter().map(|tile| tile.today).sum::<usize>();
    let before = counted(&desk.state);
    let added = desk.simulator.add_records(8);
    desk.step_until("the new ones", |state| {
        let rows = &state.list.view.rows;
        let in_rooms = |row: &&Arc<Consultation>| {
            row.room.is_some() && row.key.record_id().is_some_and(|id| added.iter().any(|new| new == id.as_str()))
        };
        let arrived = rows.iter().filter(in_rooms).count();
        arrived > 0 && counted(state) == before + arrived
    });
    let now = desk.clock.now();
    desk.step_until("a room whose note is ready", |state| {
        state.board.tiles.iter().any(|tile| matches!(tile.status(now), TileStatus::Ready { .. }))
    });
}

#[test]
fn what_a_room_does_shows_on_its_tile_as_the_webhooks_tell_it() {
    let mut desk = listening(Setup::default());
    add_webhook(&mut desk);
    desk.wish(Command::Window(WindowCommand::Go(Route::Rooms)));
    desk.step_until("the tiles", |state| !state.board.tiles.is_empty());
    let begun = desk.simulator.start_conversation(0).expect("a room");
    let now = desk.clock.now();
    let status = |state: &consult_desk::state::State| {
        let is_it = |tile: &&Tile| tile.device.as_ref().is_some_and(|device| device.as_str() == begun.device_id);
        state.board.tiles.iter().find(is_it).map(|tile| tile.status(now))
    };
    desk.step_until("the recording", |state| matches!(status(state), Some(TileStatus::Recording { .. })));
    let day = desk.state.board.day.clone().expect("a day");
    assert!(day.lanes.iter().flat_map(|lane| &lane.blocks).any(|block| block.until.is_none()), "it grows");
    desk.simulator.end_conversation(&begun.conversation_id);
    desk.step_until("the note being written", |state| matches!(status(state), Some(TileStatus::WritingNote { .. })));
    let record = desk.simulator.record_conversation(&begun.conversation_id).expect("a record");
    desk.simulator.fill_note(&record);
    desk.step_until("the note", |state| matches!(status(state), Some(TileStatus::Ready { .. })));
}
