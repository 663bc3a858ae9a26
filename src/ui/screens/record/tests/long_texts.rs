//! Texts that are long or hostile: what is laid out stays little, and nothing jumps or breaks.

use super::support::{NARROW, SOAP, TRANSCRIPT, WIDE, desk, reading, window};
use eframe::egui::{Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, TouchPhase, Vec2, pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

fn words(count: usize) -> String {
    let line = "Owner: She was quiet on Tuesday and did not want to put weight on the left front leg at all today.\n\
        Dr. Roth: Any swelling that you noticed, and is she eating as she usually does at home?\n";
    line.repeat(count / 36 + 1)
}

fn wheel<T>(window: &mut Harness<'_, T>, by: f32) {
    window.hover_at(pos2(300.0, 400.0));
    let wheel = Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        source: MouseWheelSource::Wheel,
        delta: Vec2::new(0.0, by),
        modifiers: Modifiers::NONE,
        phase: TouchPhase::Move,
    };
    window.event(wheel);
    window.run_steps(12);
}

#[test]
fn a_long_transcript_lays_out_only_what_is_seen() {
    let mut window = window(desk(Some(reading(&words(60_000), SOAP))), WIDE);
    assert!((5..25).contains(&window.state().memory.transcript.laid_out));
    for _ in 0..5 {
        wheel(&mut window, -700.0);
        assert!((5..25).contains(&window.state().memory.transcript.laid_out));
    }
    window.key_press(Key::PageDown);
    window.run();
    assert!((5..25).contains(&window.state().memory.transcript.laid_out));
}

#[test]
fn a_long_note_lays_out_only_what_is_seen() {
    let note = format!("S: {}\nP: {}", "She eats well and drinks. ".repeat(80_000), "Rest.\n".repeat(50_000));
    let window = window(desk(Some(reading(TRANSCRIPT, &note))), WIDE);
    assert!((1..12).contains(&window.state().memory.soap.laid_out));
}

#[test]
fn hostile_texts_are_drawn_and_not_obeyed() {
    let zalgo: String = "z̸̢̧̛͎̼̳̩͖a̶̧̢̡̛̭̹l̴͉̈́g̵̜̑o̸ ".repeat(200);
    let bidi = "\u{202e}desrever\u{202c} \u{2066}isolated\u{2069} \u{200f}\u{feff}\u{0}\u{7}".repeat(50);
    let emoji = "🐕‍🦺👩🏽‍⚕️🏳️‍🌈".repeat(100);
    let wall = "x".repeat(1_000_000);
    for text in [zalgo, bidi, emoji, wall, "\u{2028}\u{2029}\r\t".repeat(100)] {
        let transcript = format!("Owner: {text}\n{text}: yes\n");
        let soap = format!("S: {text}\nP: {text}");
        let mut window = window(desk(Some(reading(&transcript, &soap))), WIDE);
        let record = window.state_mut().record();
        let row = record.consultation.as_mut().map(std::sync::Arc::make_mut).expect("a row");
        if let Some(patient) = row.patient.as_mut().map(std::sync::Arc::make_mut) {
            patient.name = Some(text.clone());
            patient.breed = Some(text.clone());
        }
        window.set_size(Vec2::from(NARROW));
        window.run();
        wheel(&mut window, -5_000.0);
        let export = window.get_by_label("Export").rect();
        assert!(export.right() <= NARROW[0], "{export:?}");
    }
}

#[test]
fn buttons_are_never_cut_off() {
    for width in [300.0, 420.0, 500.0, 576.0, 832.0] {
        let window = window(desk(Some(reading(TRANSCRIPT, SOAP))), [width, 400.0]);
        for label in ["Copy note", "Export", "Play", "Download"] {
            let rect = window.get_by_label(label).rect();
            assert!(
                rect.left() >= 0.0 && rect.right() <= width && rect.bottom() <= 400.0,
                "{label} at {width}: {rect:?}"
            );
        }
    }
}
