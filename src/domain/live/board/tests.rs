//! The board under every order and repetition of what is told, and the words of a tile as time goes by.

use super::*;
use crate::domain::live::rooms::{Directory, RoomNames};
use crate::domain::live::{EventKey, Scheme};
use crate::domain::{Room, RoomDevice, Stage, Zone};
use chrono::{TimeDelta, TimeZone as _};
use std::collections::BTreeSet;

fn at(hour: u32, minute: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 18, hour, minute, 0).single().expect("a time")
}

fn device(id: &str, name: Option<&str>) -> RoomDevice {
    let name = name.map(str::to_owned);
    RoomDevice { id: DeviceId::new(id), serial: None, name, last_report: None, firmware: None }
}

fn directory() -> Directory {
    let rooms = [device("hub_1", Some("Room 1 NxHUB")), device("hub_2", Some("Room 2 NxHUB")), device("hub_3", None)];
    Directory::new(&rooms, RoomNames::new())
}

fn event(number: usize, at: DateTime<Utc>, what: Happening) -> LiveEvent {
    let key = EventKey::new(format!("evt_{number}"));
    LiveEvent { scheme: Scheme::Organization, key, happened_at: at, received_at: at, what }
}

fn started(number: usize, at: DateTime<Utc>, hub: &str, name: &str) -> LiveEvent {
    let (conversation, device) = (ConversationId::new(name), DeviceId::new(hub));
    event(number, at, Happening::ConversationStarted { conversation, device })
}

fn ended(number: usize, at: DateTime<Utc>, hub: &str, name: &str) -> LiveEvent {
    let (conversation, device) = (ConversationId::new(name), DeviceId::new(hub));
    event(number, at, Happening::ConversationEnded { conversation, device })
}

fn record(id: &str, hub: &str, from: DateTime<Utc>, stage: Stage) -> Arc<Consultation> {
    let room = Room { device_id: Some(DeviceId::new(hub)), ..Room::default() };
    let bare = Consultation::bare(ConsultationKey::record(id), from);
    let ended_at = Some(from + TimeDelta::minutes(20));
    Arc::new(Consultation { ended_at, room: Some(Arc::new(room)), stage, ..bare })
}

fn board(events: &[LiveEvent]) -> Board {
    let mut board = Board::default();
    for event in events {
        board.take(event);
    }
    board
}

fn tiles_of(board: &Board, rows: &[Arc<Consultation>], now: DateTime<Utc>) -> Vec<Tile> {
    let directory = directory();
    tiles(board, Known { directory: &directory, devices_at: Some(now), rows }, Zone::utc(), now)
}

fn status(board: &Board, rows: &[Arc<Consultation>], now: DateTime<Utc>) -> TileStatus {
    tiles_of(board, rows, now).first().expect("a tile").status(now)
}

#[test]
fn a_room_goes_from_recording_to_ready() {
    let begun = [started(1, at(14, 1), "hub_1", "c1")];
    assert_eq!(status(&board(&begun), &[], at(14, 5)), TileStatus::Recording { since: at(14, 1) });
    let over = [begun[0].clone(), ended(2, at(14, 20), "hub_1", "c1")];
    assert_eq!(status(&board(&over), &[], at(14, 22)), TileStatus::WritingNote { since: at(14, 20) });
    let pending = [record("r", "hub_1", at(14, 1), Stage::Transcribing)];
    assert_eq!(status(&board(&over), &pending, at(14, 30)), TileStatus::WritingNote { since: at(14, 21) });
    let ready = [record("r", "hub_1", at(14, 1), Stage::Ready)];
    assert_eq!(status(&board(&over), &ready, at(14, 40)), TileStatus::Ready { since: at(14, 21) });
    assert_eq!(status(&board(&over), &ready, at(15, 30)), TileStatus::Quiet);
}

#[test]
fn an_end_that_was_only_heard_of_is_not_the_patients_before() {
    let over = [started(1, at(14, 1), "hub_1", "c1"), ended(2, at(14, 20), "hub_1", "c1")];
    let before = [record("r", "hub_1", at(13, 0), Stage::Ready)];
    let tiles = tiles_of(&board(&over), &before, at(14, 22));
    let tile = tiles.first().expect("a tile");
    assert_eq!(tile.status(at(14, 22)), TileStatus::WritingNote { since: at(14, 20) });
    assert_eq!(tile.last.as_deref().map(|row| row.started_at), Some(at(13, 0)), "it is the newest there is");
    assert_eq!(tile.what_ended(at(14, 20)), None, "and not what ended now");
    assert!(tile.what_ended(at(13, 20)).is_some());
}

#[test]
fn a_recording_without_an_end_may_still_be_running_after_three_hours() {
    let board = board(&[started(1, at(9, 0), "hub_1", "c1")]);
    assert_eq!(status(&board, &[], at(11, 59)), TileStatus::Recording { since: at(9, 0) });
    assert_eq!(status(&board, &[], at(12, 0)), TileStatus::MayStillRun { since: at(9, 0) });
    assert_eq!(TileStatus::MayStillRun { since: at(9, 0) }.words(), "May still be running");
    assert_eq!(status(&board, &[], at(21, 0)), TileStatus::Quiet, "after half a day nothing is said of it");
    let tile = tiles_of(&board, &[], at(9, 5)).remove(0);
    assert_eq!(tile.next_change(at(9, 5)), Some(at(12, 0)));
    assert_eq!(tile.next_change(at(12, 0)), Some(at(21, 0)));
}

#[test]
fn an_end_that_was_missed_is_known_by_what_was_recorded_since() {
    let board = board(&[started(1, at(9, 0), "hub_1", "c1")]);
    let later = [record("r", "hub_1", at(9, 30), Stage::Ready)];
    assert_eq!(status(&board, &later, at(9, 55)), TileStatus::Ready { since: at(9, 50) });
    let before = [record("r", "hub_1", at(8, 30), Stage::Ready)];
    assert_eq!(status(&board, &before, at(9, 5)), TileStatus::Recording { since: at(9, 0) });
}

#[test]
fn an_unknown_recorder_shows_its_id_and_can_be_named() {
    let board = board(&[started(1, at(9, 0), "hub_new", "c1")]);
    let tiles = tiles_of(&board, &[], at(9, 1));
    let names: Vec<_> = tiles.iter().map(|tile| (tile.name.as_str(), tile.is_named)).collect();
    assert_eq!(names, [("Room 1", true), ("Room 2", true), ("hub_3", false), ("hub_new", false)]);
    assert_eq!(tiles[3].device, Some(DeviceId::new("hub_new")));
    let directory =
        Directory::new(&[device("hub_1", Some("Room 1"))], [(DeviceId::new("hub_new"), "Room 1".into())].into());
    let known = Known { directory: &directory, devices_at: None, rows: &[] };
    let tiles = super::tiles(&board, known, Zone::utc(), at(9, 1));
    assert_eq!(tiles.len(), 1, "a person said that it is in this room");
    assert!(tiles[0].status(at(9, 1)).is_running());
}

#[test]
fn a_recorder_that_reports_no_more_says_since_when() {
    let silent = RoomDevice { last_report: Some(at(9, 2)), ..device("hub_1", Some("Room 1")) };
    let directory = Directory::new(&[silent], RoomNames::new());
    let looked = |hour: u32| {
        let known = Known { directory: &directory, devices_at: Some(at(hour, 5)), rows: &[] };
        tiles(&Board::default(), known, Zone::utc(), at(18, 0))[0].status(at(18, 0))
    };
    assert_eq!(looked(14), TileStatus::NoWord { since: at(9, 2) });
    assert_eq!(looked(11), TileStatus::Quiet, "an offline desk does not accuse the recorder");
}

#[test]
fn a_room_is_quiet_too_long_only_while_others_record() {
    let mine = record("r1", "hub_1", at(8, 40), Stage::Ready);
    let theirs = record("r2", "hub_2", at(11, 0), Stage::Ready);
    let alone = [Arc::clone(&mine)];
    let both = [theirs, mine];
    let none = Board::default();
    assert_eq!(status(&none, &alone, at(13, 0)), TileStatus::Quiet);
    assert_eq!(status(&none, &both, at(11, 59)), TileStatus::Quiet);
    assert_eq!(status(&none, &both, at(12, 0)), TileStatus::QuietTooLong { since: Some(at(9, 0)) });
    assert_eq!(status(&none, &both, at(18, 0)), TileStatus::Quiet, "after hours nobody expects anything");
    let tile = tiles_of(&none, &both, at(11, 0)).remove(0);
    assert_eq!(tile.next_change(at(11, 0)), Some(at(12, 0)));
}

#[test]
fn a_deleted_record_comes_back_only_by_younger_news() {
    let id = || RecordId::new("r");
    let deleted = event(1, at(10, 0), Happening::RecordDeleted(id()));
    let older = event(2, at(9, 59), Happening::RecordUpdated(id()));
    let same = event(3, at(10, 0), Happening::RecordUpdated(id()));
    let younger = event(4, at(10, 1), Happening::RecordCreated(id()));
    let row = record("r", "hub_1", at(9, 0), Stage::Ready);
    for events in [vec![&deleted, &older, &same], vec![&older, &same, &deleted], vec![&same, &deleted, &older]] {
        let board = board(&events.into_iter().cloned().collect::<Vec<_>>());
        assert!(board.is_deleted(&id()) && !board.counts(&row));
    }
    let board = board(&[younger, deleted, older]);
    assert!(!board.is_deleted(&id()) && board.counts(&row));
}

#[test]
fn a_visit_that_is_record_and_conversation_counts_once() {
    let key = ConsultationKey::Conversation { device: DeviceId::new("hub_1"), conversation: ConversationId::new("c") };
    let room = Room { device_id: Some(DeviceId::new("hub_1")), ..Room::default() };
    let heard = Consultation { room: Some(Arc::new(room)), ..Consultation::bare(key, at(9, 0)) };
    let heard = Arc::new(heard);
    let count = |rows: &[Arc<Consultation>]| tiles_of(&Board::default(), rows, at(12, 0))[0].today;
    assert_eq!(count(&[Arc::clone(&heard)]), 1);
    assert_eq!(count(&[record("r", "hub_1", at(9, 0), Stage::Ready), heard]), 1);
    assert_eq!(count(&[record("r", "hub_1", at(9, 0) - TimeDelta::days(1), Stage::Ready)]), 0, "yesterday's");
}

/// It still runs in the evening.
const LAST: usize = 39;

/// A clinic's day: three rooms and an unknown one, forty visits, some deletions, ends that precede beginnings in time.
fn a_day() -> Vec<LiveEvent> {
    let mut events = Vec::new();
    for visit in 0..40_usize {
        let hub = ["hub_1", "hub_2", "hub_3", "hub_new"][visit % 4];
        let begin = at(8, 0) + TimeDelta::minutes(13 * visit as i64);
        let (number, name, id) = (visit * 10, format!("c{visit}"), RecordId::new(format!("r{visit}")));
        events.push(started(number, begin, hub, &name));
        if visit % 7 != 6 && visit != LAST {
            events.push(ended(number + 1, begin + TimeDelta::minutes(11), hub, &name));
        }
        if visit == LAST {
            continue;
        }
        events.push(event(number + 2, begin + TimeDelta::minutes(12), Happening::RecordCreated(id.clone())));
        events.push(event(number + 3, begin + TimeDelta::minutes(16), Happening::RecordUpdated(id.clone())));
        if visit % 5 == 0 {
            events.push(event(number + 4, begin + TimeDelta::minutes(30), Happening::RecordDeleted(id.clone())));
        }
        if visit % 10 == 0 {
            events.push(event(number + 5, begin + TimeDelta::minutes(31), Happening::RecordUpdated(id)));
        }
    }
    events.push(event(999, at(9, 0), Happening::Ping));
    events
}

/// What the store keeps: every event once, whatever arrives how often.
#[derive(Default)]
struct Kept {
    keys: BTreeSet<EventKey>,
    events: Vec<LiveEvent>,
}

impl Kept {
    fn keep(&mut self, event: &LiveEvent) {
        if self.keys.insert(event.key.clone()) {
            self.events.push(event.clone());
        }
    }
}

/// What the list shows after every event had its record fetched: what NxVET has, without what was deleted.
fn list(board: &Board) -> Vec<Arc<Consultation>> {
    let row = |id: &RecordId| {
        let visit: usize = id.as_str().trim_start_matches('r').parse().expect("a number");
        let begin = at(8, 0) + TimeDelta::minutes(13 * visit as i64);
        record(id.as_str(), ["hub_1", "hub_2", "hub_3", "hub_new"][visit % 4], begin, Stage::Ready)
    };
    board.records().map(row).collect()
}

#[test]
fn any_order_and_repetition_of_a_day_with_restarts_gives_the_same_board_list_and_counts() {
    let day = a_day();
    let now = at(17, 0);
    let whole = board(&day);
    let (rows, wanted) = (list(&whole), tiles_of(&whole, &list(&whole), now));
    assert!(rows.len() > 30 && rows.len() < 40, "{} of 40 were not deleted", rows.len());
    assert!(wanted.iter().any(|tile| tile.status(now).is_running()));
    assert_eq!(wanted.iter().map(|tile| tile.today).sum::<usize>(), rows.len());
    let mut random = fastrand::Rng::with_seed(20_261_118);
    for round in 0..10_000 {
        let mut stream: Vec<&LiveEvent> = day.iter().collect();
        let doubled = random.usize(0..day.len());
        stream.extend((0..doubled).map(|_| &day[random.usize(0..day.len())]));
        random.shuffle(&mut stream);
        let (mut kept, mut board) = (Kept::default(), Board::default());
        let restarts = [random.usize(0..stream.len()), random.usize(0..stream.len())];
        for (number, event) in stream.into_iter().enumerate() {
            kept.keep(event);
            board.take(event);
            if restarts.contains(&number) {
                // The desk was ended and is started anew: the board is folded from what is stored.
                board = self::board(&kept.events);
                board.forget_before(at(0, 0));
            }
        }
        assert_eq!(board, whole, "round {round}");
        // Laying out costs a thousand times more than folding, and equal boards are laid out alike.
        if round % 100 == 0 {
            assert_eq!(list(&board), rows);
            assert_eq!(tiles_of(&board, &list(&board), now), wanted);
        }
    }
}

#[test]
fn the_order_of_what_is_listed_changes_no_tile() {
    let board = board(&a_day());
    let rows = list(&board);
    let wanted = tiles_of(&board, &rows, at(12, 0));
    let mut random = fastrand::Rng::with_seed(3);
    for _ in 0..50 {
        let mut shuffled = rows.clone();
        random.shuffle(&mut shuffled);
        assert_eq!(tiles_of(&board, &shuffled, at(12, 0)), wanted);
    }
}

#[test]
fn what_is_long_past_is_let_go_of() {
    let mut board = board(&a_day());
    board.forget_before(at(23, 0));
    assert_eq!(board, Board::default());
}
