//! What a stranger can hold on to is bounded, and does not keep senders out.

use super::super::Limits;
use super::support::{Raw, house, read_head, status_of, until, wait_for_end};
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;

const SHORT: Duration = Duration::from_millis(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_does_not_end_is_given_up() {
    let house = house(Limits { head: SHORT, ..Limits::default() }).await;
    let mut silent = house.connect().await;
    let mut half = house.connect().await;
    half.write_all(b"POST / HTTP/1.1\r\nHost: loc").await.expect("sent");
    wait_for_end(&mut silent).await;
    wait_for_end(&mut half).await;
    until("both are counted", || house.running.counts().dropped == 2).await;
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_comes_byte_by_byte_is_given_up_too() {
    let house = house(Limits { head: SHORT, ..Limits::default() }).await;
    let mut slow = house.connect().await;
    // An end of the connection shows as a failed write, sooner or later.
    let drip = async {
        while slow.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(super::support::LIMIT, drip).await.expect("it was closed");
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_does_not_end_is_given_up() {
    let house = house(Limits { body: SHORT, ..Limits::default() }).await;
    let mut stream = house.connect().await;
    let whole = Raw::event(1).bytes();
    stream.write_all(&whole[..whole.len() - 3]).await.expect("sent");
    assert_eq!(status_of(&read_head(&mut stream).await), Some(408));
    wait_for_end(&mut stream).await;
    assert_eq!(house.memory.kept(), []);
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_rests_is_closed_and_one_that_is_used_is_not() {
    let house = house(Limits { idle: Duration::from_millis(400), ..Limits::default() }).await;
    let mut stream = house.connect().await;
    for number in 0..20 {
        stream.write_all(&Raw::event(number).bytes()).await.expect("still open");
        assert_eq!(status_of(&read_head(&mut stream).await), Some(200));
    }
    wait_for_end(&mut stream).await;
    assert_eq!(house.memory.kept().len(), 20);
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_strangers_do_not_keep_senders_out() {
    let house = house(Limits { guests: 20, working: 4, ..Limits::default() }).await;
    let mut strangers = Vec::new();
    for number in 0..200 {
        let mut stranger = house.connect().await;
        stranger.write_all(b"POST /").await.ok();
        strangers.push(stranger);
        if number % 10 == 0 {
            assert_eq!(house.ask(&Raw::event(number).bytes()).await, Some(200));
        }
    }
    assert_eq!(house.memory.kept().len(), 20);
    until("the others made room", || house.running.counts().dropped >= 180).await;
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_work_than_can_be_done_is_put_off() {
    let house = house(Limits { working: 1, ..Limits::default() }).await;
    house.memory.close();
    let mut first = house.connect().await;
    first.write_all(&Raw::event(1).bytes()).await.expect("sent");
    until("the first waits for the store", || house.memory.waiting() == 1).await;
    let head = house.converse(&Raw::event(2).bytes()).await;
    assert_eq!(status_of(&head), Some(503));
    assert!(head.to_ascii_lowercase().contains("retry-after: "), "{head}");
    house.memory.open();
    assert_eq!(status_of(&read_head(&mut first).await), Some(200));
    assert_eq!(house.ask(&Raw::event(2).bytes()).await, Some(200));
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_share_their_room() {
    let limits = Limits { bodies_bytes: 1024 * 1024, body_bytes: 1024 * 1024, ..Limits::default() };
    let house = house(limits).await;
    let padded = |number: u32, length: usize| {
        let body = super::support::body(number).replace("}}", &format!("}},\"p\":\"{}\"}}", "p".repeat(length)));
        Raw::signed(super::support::ORGANIZATION_PATH, body.into_bytes())
    };
    let mut large = house.connect().await;
    let bytes = padded(1, 900_000).bytes();
    large.write_all(&bytes[..bytes.len() - 10]).await.expect("sent");
    until("the first has its room", || house.running.counts().connections == 1).await;
    let second = async {
        // Until the first one has taken the room, this one may have it.
        let mut number = 2;
        while house.ask(&padded(number, 900_000).bytes()).await != Some(503) {
            number += 1;
        }
    };
    tokio::time::timeout(super::support::LIMIT, second).await.expect("the room is taken");
    assert_eq!(house.ask(&Raw::event(999).bytes()).await, Some(200), "small ones still find room");
    large.write_all(&bytes[bytes.len() - 10..]).await.expect("sent");
    assert_eq!(status_of(&read_head(&mut large).await), Some(200));
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_is_taken_is_told() {
    let house = house(Limits::default()).await;
    let listen = super::super::Listen { port: house.address.port(), ..Default::default() };
    let again = super::super::Receiver::start(
        listen,
        Vec::new(),
        std::sync::Arc::new(super::support::Memory::default()),
        std::sync::Arc::new(super::support::now),
    );
    let error = again.await.err();
    assert_eq!(error, Some(super::super::StartError::PortTaken(house.address.port())));
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_at_work_ends_before_the_receiver_does() {
    let house = house(Limits::default()).await;
    house.memory.close();
    let mut stream = house.connect().await;
    stream.write_all(&Raw::event(1).bytes()).await.expect("sent");
    until("it waits for the store", || house.memory.waiting() == 1).await;
    let (memory, address) = (std::sync::Arc::clone(&house.memory), house.address);
    let stopping = tokio::spawn(house.running.stop());
    memory.open();
    assert_eq!(status_of(&read_head(&mut stream).await), Some(200));
    stopping.await.expect("it stopped");
    assert_eq!(memory.kept().len(), 1);
    assert_eq!(memory.witnessed().len(), 1, "what was to be noted is noted");
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "nobody listens any more");
}
