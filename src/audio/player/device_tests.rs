//! Choosing a device, following the default, and devices that go or stand still.

use std::time::{Duration, Instant};

use super::tests::{Desk, RATE, recording};
use super::*;
use crate::audio::{OutputDevice, Silent};

/// A desk that plays a recording of ten seconds, with devices "silent" and "desk".
fn playing(change: impl FnOnce(&mut PlayerOptions)) -> Desk {
    let device = Silent::new(RATE, 1);
    device.add_output("desk", "Desk speakers");
    let desk = Desk::with(device, change);
    let path = recording(desk.folder.path(), "a.wav", 160_000);
    desk.load(7, path, 0);
    assert!(matches!(desk.next(), PlayerEvent::Loaded { token: 7, .. }));
    desk.play();
    desk.hears(0, 1_600);
    desk
}

/// The next `Outputs`; nothing else but positions may come before.
fn outputs(desk: &Desk) -> (Vec<OutputDevice>, Option<String>) {
    match desk.news() {
        PlayerEvent::Outputs { devices, current } => (devices, current),
        other => panic!("{other:?}"),
    }
}

fn wait_until(what: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !what() {
        assert!(Instant::now() < deadline, "in time");
        std::thread::yield_now();
    }
}

#[test]
fn the_chosen_device_plays_on_at_the_same_place() {
    let desk = playing(|_| ());
    desk.send(PlayerCommand::ListOutputs);
    let (devices, current) = outputs(&desk);
    let names: Vec<_> = devices.iter().map(|device| device.name.as_str()).collect();
    assert_eq!(names, ["Silent output", "Desk speakers"]);
    assert_eq!(current.as_deref(), Some("silent"));
    desk.send(PlayerCommand::SetOutput(Some("desk".into())));
    assert_eq!(outputs(&desk).1.as_deref(), Some("desk"));
    assert_eq!(desk.device.open_id().as_deref(), Some("desk"));
    desk.hears(1_600, 1_600);
    desk.send(PlayerCommand::SetOutput(None));
    assert_eq!(outputs(&desk).1.as_deref(), Some("silent"));
    desk.hears(3_200, 1_600);
    assert_eq!(desk.player.stats(), PlayerStats::default());
}

#[test]
fn a_chosen_device_that_goes_is_replaced_and_taken_again() {
    let desk = playing(|_| ());
    desk.send(PlayerCommand::SetOutput(Some("desk".into())));
    outputs(&desk);
    desk.device.remove_output("desk");
    assert_eq!(desk.news(), PlayerEvent::DeviceLost { token: 7, position_ms: 100 });
    desk.send(PlayerCommand::Play);
    assert_eq!(desk.news(), PlayerEvent::DeviceBack);
    assert_eq!(desk.news(), PlayerEvent::Playing { token: 7 });
    assert_eq!(outputs(&desk).1.as_deref(), Some("silent"), "said, because another was chosen");
    desk.hears(1_600, 1_600);
    desk.pause();
    desk.device.add_output("desk", "Desk speakers");
    desk.play();
    assert_eq!(desk.device.open_id().as_deref(), Some("desk"));
}

#[test]
fn a_changed_default_is_followed_without_a_word() {
    let desk = playing(|options| options.look_for_default = Duration::from_millis(5));
    desk.device.make_default("desk");
    wait_until(|| desk.device.open_id().as_deref() == Some("desk") && desk.device.is_open());
    assert_eq!(outputs(&desk).1.as_deref(), Some("desk"));
    desk.hears(1_600, 1_600);
    assert_eq!(desk.device.times_opened(), 2);
    // A default that goes is another matter: the loudspeakers do not blare out instead.
    desk.device.remove_output("desk");
    assert_eq!(desk.news(), PlayerEvent::DeviceLost { token: 7, position_ms: 200 });
    desk.send(PlayerCommand::Play);
    assert_eq!(desk.news(), PlayerEvent::DeviceBack);
    desk.hears(3_200, 1_600);
}

#[test]
fn a_default_that_changes_during_a_pause_is_followed_too() {
    let desk = playing(|_| ());
    assert_eq!(desk.pause(), 100);
    desk.device.make_default("desk");
    desk.play();
    assert_eq!(desk.device.open_id().as_deref(), Some("desk"));
    desk.hears(1_600, 1_600);
}

#[test]
fn a_device_that_stands_still_is_opened_anew_once() {
    let desk = playing(|options| options.stall_after = Duration::from_millis(300));
    desk.device.behave_like_hardware();
    wait_until(|| desk.device.times_opened() == 2 && desk.device.is_open());
    let heard = desk.device.pull(1_600);
    assert!(heard.iter().skip(100).all(|s| *s != 0.0), "it goes on by itself");
    // And then it stands still for good.
    assert!(matches!(desk.news(), PlayerEvent::DeviceLost { token: 7, position_ms: 200 }));
    assert!(!desk.device.is_open());
}
