//! What the column does when it scrolls, grows and is asked to show a place.

use super::*;
use eframe::egui::{Context, RawInput, vec2};
use std::cell::{Cell, RefCell};

/// Pieces whose true heights differ wildly from what their bytes suggest.
struct Odd {
    count: usize,
    measured: Cell<usize>,
    drawn: RefCell<Vec<(usize, f32)>>,
    target: Option<usize>,
}

impl Odd {
    fn new(count: usize) -> Self {
        Self { count, measured: Cell::new(0), drawn: RefCell::default(), target: None }
    }

    fn true_height(piece: usize) -> f32 {
        20.0 + ((piece * 37) % 11) as f32 * 25.0
    }

    fn top_of(&self, piece: usize) -> Option<f32> {
        self.drawn.borrow().iter().find(|(at, _)| *at == piece).map(|(_, y)| *y)
    }
}

impl Pieces for Odd {
    fn count(&self) -> usize {
        self.count
    }
    fn extent(&self, _: usize) -> Extent {
        Extent { fixed: 15.0, bytes: 5 }
    }
    fn byte_height(&self, _: f32) -> f32 {
        3.0
    }
    fn height(&self, _: &Ui, piece: usize, _: f32) -> f32 {
        self.measured.set(self.measured.get() + 1);
        Self::true_height(piece)
    }
    fn piece_ui(&self, ui: &mut Ui, piece: usize) {
        self.drawn.borrow_mut().push((piece, ui.max_rect().top()));
    }
    fn target(&self, _: &Ui, _: f32) -> Option<(usize, Rangef)> {
        self.target.map(|piece| (piece, Rangef::new(2.0, 12.0)))
    }
}

const VIEW: f32 = 400.0;

fn frame(ctx: &Context, column: &mut Column, pieces: &Odd, scroll: f32) {
    pieces.drawn.borrow_mut().clear();
    pieces.measured.set(0);
    let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(300.0, VIEW));
    let input = RawInput { screen_rect: Some(rect), ..RawInput::default() };
    let output = ctx.run_ui(input, |ui| {
        pieces.drawn.borrow_mut().clear();
        column.scroll_by(scroll, VIEW);
        column_ui(ui, column, pieces, pieces.target.is_some());
    });
    output.drop_without_applying_deltas();
}

fn column(pieces: &Odd) -> Column {
    let mut column = Column::default();
    column.set_text((0..pieces.count).map(|piece| pieces.extent(piece)));
    column
}

#[test]
fn scrolling_moves_every_piece_by_just_that_much() {
    let pieces = Odd::new(10_000);
    let (ctx, mut column) = (Context::default(), column(&pieces));
    frame(&ctx, &mut column, &pieces, 0.0);
    assert!((pieces.top_of(0).expect("the first piece") - MARGIN).abs() < 0.1);
    frame(&ctx, &mut column, &pieces, 100_000.0);
    for by in [-40.0, -130.0, 90.0, -399.0, -250.0, 310.0, -5.0] {
        let before = pieces.drawn.borrow().clone();
        frame(&ctx, &mut column, &pieces, by);
        let both: Vec<_> = before.iter().filter_map(|(piece, y)| Some((y - by, pieces.top_of(*piece)?))).collect();
        assert!(!both.is_empty() || by.abs() > 300.0);
        assert!(both.iter().all(|(expected, y)| (expected - y).abs() < 1.0), "{by}: {both:?}");
        let covers_top = pieces.drawn.borrow().first().is_some_and(|(_, y)| *y <= 0.1);
        assert!(covers_top, "no gap opens above");
    }
}

#[test]
fn work_does_not_grow_with_the_text() {
    let pieces = Odd::new(1_000_000);
    let (ctx, mut column) = (Context::default(), column(&pieces));
    for by in [0.0, 0.0, 50.0, -20.0, 1e7, -3e6, 900.0, -900.0, 1e9, -1e9] {
        frame(&ctx, &mut column, &pieces, by);
        assert!(pieces.measured.get() < 200, "{} measured after {by}", pieces.measured.get());
        assert!(column.laid_out > 1 && column.laid_out < 25);
    }
}

#[test]
fn the_ends_hold() {
    let pieces = Odd::new(50);
    let (ctx, mut column) = (Context::default(), column(&pieces));
    frame(&ctx, &mut column, &pieces, -500.0);
    assert!((pieces.top_of(0).expect("the first piece") - MARGIN).abs() < 0.1);
    frame(&ctx, &mut column, &pieces, 1e6);
    frame(&ctx, &mut column, &pieces, 300.0);
    let bottom = pieces.top_of(49).expect("the last piece") + Odd::true_height(49) + MARGIN;
    assert!((bottom - VIEW).abs() < 1.0, "{bottom}");
    frame(&ctx, &mut column, &pieces, -1e6);
    assert!((pieces.top_of(0).expect("the first piece") - MARGIN).abs() < 0.1);
}

#[test]
fn a_short_text_stays_at_the_top() {
    let pieces = Odd::new(2);
    let (ctx, mut column) = (Context::default(), column(&pieces));
    frame(&ctx, &mut column, &pieces, 250.0);
    assert!((pieces.top_of(0).expect("the first piece") - MARGIN).abs() < 0.1);
}

#[test]
fn a_target_is_shown_and_one_in_sight_does_not_move() {
    let mut pieces = Odd::new(100_000);
    let (ctx, mut column) = (Context::default(), column(&pieces));
    pieces.target = Some(77_777);
    frame(&ctx, &mut column, &pieces, 0.0);
    let y = pieces.top_of(77_777).expect("the target");
    assert!(y > 0.0 && y < VIEW - 30.0, "{y}");
    frame(&ctx, &mut column, &pieces, 0.0);
    assert_eq!(pieces.top_of(77_777), Some(y));
}
