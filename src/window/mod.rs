//! The window and the ways of drawing it: wgpu on a graphics card, wgpu reckoned by the processor, OpenGL. When one
//! does not begin, or is lost while the window is open, the next one takes the desk over as it is.
//! Knows nothing of consultations; what stands in the window is the shell's.

mod guard;
mod ladder;
mod last_words;
mod loss;
mod pane;
mod past;
mod place;
#[cfg(debug_assertions)]
mod rehearsal;
mod rung;
mod stage;

pub use past::Past;
pub use stage::{Desk, Woken};

use crate::clock::Clock;
use crate::crash;
use crate::options::Rung;
use crate::platform;
use crate::state::{Event, SupportEvent};
use eframe::UserEvent;
use guard::{Fall, Guard};
use ladder::Ladder;
use loss::Loss;
use pane::Pane;
use stage::{Doing, Stage};
use std::time::Duration;
use winit::event_loop::EventLoop;
use winit::platform::run_on_demand::EventLoopExtRunOnDemand as _;

/// A window whose drawing fails again within this time would fail for ever.
const TOO_SOON: Duration = Duration::from_secs(60);

/// How a desk was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    Closed,
    /// Somebody wished for a fresh start.
    StartAgain,
    /// Part of the desk failed in a way it cannot go on from; there is a report.
    Failed,
}

/// Shows the desk until it is left. `only` are the ways of drawing that may be used; empty is all there are.
/// The error is a sentence for the person.
pub fn show(desk: Desk, only: &[Rung], clock: &Clock) -> Result<Leave, String> {
    last_words::listen();
    let mut events = EventLoop::<UserEvent>::with_user_event().build().map_err(|error| {
        tracing::error!(%error, "no screen");
        no_screen()
    })?;
    let past = Past::load(&desk.folders.cache, platform::drivers::drivers_mark(env!("CARGO_PKG_VERSION")), clock.now());
    let order = if only.is_empty() { past.order(&ladder::usual_order()) } else { only.to_vec() };
    Showing { stage: &Stage::new(desk), past, ladder: Ladder::new(order), clock }.go(&mut events)
}

struct Showing<'a> {
    stage: &'a Stage,
    past: Past,
    ladder: Ladder,
    clock: &'a Clock,
}

impl Showing<'_> {
    fn go(mut self, events: &mut EventLoop<UserEvent>) -> Result<Leave, String> {
        let (mut next, mut has_stood) = (self.ladder.next(), false);
        while let Some(rung) = next {
            let Some(fall) = self.show_on(rung, events) else { return Ok(self.leave()) };
            has_stood |= self.stage.stood().is_some();
            tracing::warn!(renderer = rung.name(), ?fall, words = last_words::take(), "the window was lost");
            if is_the_end(fall, self.stage.stood()) || !self.stage.has_desk() {
                self.stage.close();
                return Ok(Leave::Failed);
            }
            next = self.after(rung, fall);
        }
        self.stage.close();
        Err(if has_stood { stopped_drawing() } else { no_renderer() })
    }

    /// `None` when somebody closed the window.
    fn show_on(&mut self, rung: Rung, events: &mut EventLoop<UserEvent>) -> Option<Fall> {
        self.past.begins(rung);
        self.past.save(&self.stage.folders.cache);
        self.stage.begins();
        crash::draws_with(rung.name());
        let loss = Loss::default();
        let mut options = rung::options(rung, self.stage.site(), &loss);
        options.window_builder = Some(self.stage.placing());
        let (stage, followed) = (self.stage, loss.clone());
        let create: eframe::AppCreator<'_> =
            Box::new(move |creation| Ok(Box::new(Pane::open(stage, creation, &followed)?)));
        let app = eframe::create_native(rung::TITLE, options, create, events);
        let settled = || {
            self.past.stands(rung);
            self.past.save(&stage.folders.cache);
        };
        let mut guard = Guard::new(app, stage, loss, settled);
        let ran = events.run_app_on_demand(&mut guard);
        let fall = guard.end();
        if let Err(error) = ran {
            tracing::error!(%error, "the events of the system ended");
        }
        fall.or((!stage.is_left()).then_some(Fall::GivenUp))
    }

    fn leave(&mut self) -> Leave {
        self.past.is_left();
        self.past.save(&self.stage.folders.cache);
        let is_again = self.stage.shell().as_mut().is_some_and(|shell| shell.wants_start_again());
        if is_again { Leave::StartAgain } else { Leave::Closed }
    }

    /// What the desk is told, and where it goes on.
    fn after(&mut self, rung: Rung, fall: Fall) -> Option<Rung> {
        let stood = self.stage.stood();
        let told =
            if fall == Fall::Panicked(Doing::Drawing) { SupportEvent::PartFailed } else { SupportEvent::DrawnAnew };
        if told == SupportEvent::DrawnAnew {
            // The desk is whole; the report stays for whoever looks for it.
            crash::take_news();
        }
        if let Some(shell) = self.stage.shell().as_mut() {
            shell.leave_window();
            if stood.is_some() {
                shell.hear(Event::Support(told));
            }
        }
        if fall == Fall::Panicked(Doing::Drawing) {
            self.stage.forget_drawing();
            return Some(rung);
        }
        if let Some(stood) = stood {
            return self.ladder.after(rung, stood);
        }
        self.past.falls(rung, self.clock.now());
        self.past.save(&self.stage.folders.cache);
        self.ladder.next()
    }
}

/// What the desk knows may be torn when it failed while that was changed. Drawing changes nothing of it, but what
/// cannot be drawn twice cannot be drawn.
fn is_the_end(fall: Fall, stood: Option<Duration>) -> bool {
    match fall {
        Fall::Panicked(Doing::Thinking) => true,
        Fall::Panicked(Doing::Drawing) => stood.is_none_or(|stood| stood < TOO_SOON),
        Fall::Panicked(Doing::Painting) | Fall::Lost | Fall::GivenUp => false,
    }
}

fn no_screen() -> String {
    "Consult Desk found no screen to open its window on. \
     On Linux, start it from the desktop rather than from a bare console."
        .to_owned()
}

fn no_renderer() -> String {
    "Consult Desk could not open its window: this computer offers no way of drawing that it can use.\n\
     Update the graphics driver, or on Linux install the package libgl1-mesa-dri, then start it again."
        .to_owned()
}

fn stopped_drawing() -> String {
    "Consult Desk closed its window because drawing stopped working on this computer. Nothing that was kept is lost.\n\
     Start Consult Desk again; if it happens again, restart the computer or update its graphics driver."
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_device_never_ends_the_desk() {
        for fall in [Fall::Lost, Fall::GivenUp, Fall::Panicked(Doing::Painting)] {
            assert!(!is_the_end(fall, None) && !is_the_end(fall, Some(Duration::ZERO)), "{fall:?}");
        }
    }

    #[test]
    fn what_cannot_be_drawn_twice_and_what_may_be_torn_ends_it() {
        let drawing = Fall::Panicked(Doing::Drawing);
        assert!(!is_the_end(drawing, Some(TOO_SOON)));
        assert!(is_the_end(drawing, Some(TOO_SOON.saturating_sub(Duration::from_millis(1)))));
        assert!(is_the_end(drawing, None), "not even the first picture");
        assert!(is_the_end(Fall::Panicked(Doing::Thinking), Some(TOO_SOON)));
    }
}
