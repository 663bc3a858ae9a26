//! What outlives a window: the desk behind it, and what the next window takes over from the one before.
//! A window that is lost takes nothing of the desk with it.

use super::place::{self, Screen};
use super::rung::Site;
use crate::platform::Folders;
use crate::shell::{Shell, Underway};
use crate::state::WindowPlace;
use eframe::egui::text_selection::LabelSelectionState;
use eframe::egui::{self, Vec2};
use egui_system_font_provider::SystemFontProvider;
use std::cell::{Cell, RefCell, RefMut};
use std::rc::Rc;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// What a window was doing when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    /// The toolkit and the renderer.
    Painting,
    /// Our own drawing, which changes nothing of what the desk knows.
    Drawing,
    /// What the desk knows was being changed.
    Thinking,
}

/// Whom the background wakes: the thread that opens the desk, then whichever window there is.
#[derive(Default)]
pub struct Woken {
    pub opening: OnceLock<std::thread::Thread>,
    window: Mutex<Option<egui::Context>>,
}

impl Woken {
    pub fn wake(&self) {
        let window = self.window.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match (window, self.opening.get()) {
            (Some(window), _) => window.request_repaint(),
            (None, Some(opening)) => opening.unpark(),
            (None, None) => {}
        }
    }

    fn is_now(&self, window: &egui::Context) {
        *self.window.lock().unwrap_or_else(PoisonError::into_inner) = Some(window.clone());
    }
}

/// What the window is made of.
pub struct Desk {
    pub folders: Folders,
    /// For letters that the bundled typeface lacks.
    pub fonts: Arc<SystemFontProvider>,
    pub opening: Underway,
    pub woken: Arc<Woken>,
    /// Where the window stood when it was last left.
    pub place: Option<WindowPlace>,
}

pub(super) struct Stage {
    pub(super) folders: Folders,
    fonts: Arc<SystemFontProvider>,
    woken: Arc<Woken>,
    /// Taken by the first window that can be made.
    opening: RefCell<Option<Underway>>,
    shell: RefCell<Option<Shell>>,
    place: Option<WindowPlace>,
    screens: Rc<RefCell<Vec<Screen>>>,
    /// The window that shows, or showed last.
    window: RefCell<Option<egui::Context>>,
    doing: Cell<Doing>,
    /// When the first picture of this window was drawn, and whether it is on the screen by now.
    drawn_at: Cell<Option<Instant>>,
    has_settled: Cell<bool>,
    is_left: Cell<bool>,
    is_falling: Cell<bool>,
}

impl Stage {
    pub(super) fn new(desk: Desk) -> Self {
        Self {
            folders: desk.folders,
            fonts: desk.fonts,
            woken: desk.woken,
            opening: RefCell::new(Some(desk.opening)),
            shell: RefCell::new(None),
            place: desk.place,
            screens: Rc::default(),
            window: RefCell::new(None),
            doing: Cell::new(Doing::Painting),
            drawn_at: Cell::new(None),
            has_settled: Cell::new(false),
            is_left: Cell::new(false),
            is_falling: Cell::new(false),
        }
    }

    /// A new window is about to be made.
    pub(super) fn begins(&self) {
        self.drawn_at.set(None);
        self.has_settled.set(false);
        self.is_falling.set(false);
    }

    /// Lets the desk into a window, the first or another. `furnish` gives it what is bound to that window.
    pub(super) fn enter(
        &self,
        window: &egui::Context,
        furnish: impl FnOnce(Shell) -> Shell,
    ) -> Result<(), &'static str> {
        if let Some(former) = self.window.replace(Some(window.clone())) {
            hand_over(&former, window);
        }
        let fonts = Arc::clone(&self.fonts);
        window.add_font_provider(fonts);
        let shell = match self.shell.take() {
            Some(mut shell) => {
                shell.enter_window(window);
                shell
            }
            None => Shell::of(window, self.open().ok_or("the desk could not be opened")?),
        };
        self.woken.is_now(window);
        self.shell.replace(Some(furnish(shell)));
        Ok(())
    }

    fn open(&self) -> Option<crate::shell::Opening> {
        self.opening.take()?.take()
    }

    /// Whether there is a desk that a window could show.
    pub(super) fn has_desk(&self) -> bool {
        self.opening.borrow().is_some() || self.shell.borrow().is_some()
    }

    /// There is no window and will be none: the background ends too.
    pub(super) fn close(&self) {
        drop(self.open());
        drop(self.shell.take());
    }

    pub(super) fn shell(&self) -> RefMut<'_, Option<Shell>> {
        self.shell.borrow_mut()
    }

    pub(super) fn does(&self, doing: Doing) {
        self.doing.set(doing);
    }

    pub(super) fn did(&self) -> Doing {
        self.doing.get()
    }

    pub(super) fn draws(&self) {
        if self.drawn_at.get().is_none() {
            self.drawn_at.set(Some(Instant::now()));
        }
    }

    /// Between two events: what was drawn is on the screen. Whether it is so for the first time.
    pub(super) fn settles(&self) -> bool {
        !self.has_settled.get() && self.drawn_at.get().is_some() && !self.has_settled.replace(true)
    }

    /// How long the window stood; `None` when it never showed anything.
    pub(super) fn stood(&self) -> Option<Duration> {
        self.drawn_at.get().filter(|_| self.has_settled.get()).map(|at| at.elapsed())
    }

    /// The window is taken down although nobody closed it.
    pub(super) fn falls(&self) {
        self.is_falling.set(true);
    }

    pub(super) fn is_falling(&self) -> bool {
        self.is_falling.get()
    }

    /// Somebody closed the window, or the system ends the program.
    pub(super) fn leaves(&self) {
        self.is_left.set(true);
    }

    pub(super) fn is_left(&self) -> bool {
        self.is_left.get()
    }

    /// The screens that there are now.
    pub(super) fn sees(&self, screens: Vec<Screen>) {
        self.screens.replace(screens);
    }

    /// Puts the window that is made next onto one of them.
    pub(super) fn placing(&self) -> eframe::WindowBuilderHook {
        let place = self.place.filter(|_| self.window.borrow().is_none());
        let screens = Rc::clone(&self.screens);
        Box::new(move |window| match place {
            Some(place) => place::put_back(window, place, &screens.borrow()),
            None => place::keep_in_sight(window, &screens.borrow()),
        })
    }

    /// Where the next window belongs: where the last one was.
    pub(super) fn site(&self) -> Option<Site> {
        let window = self.window.borrow();
        let window = window.as_ref()?;
        let facts = window.input(|input| input.viewport().clone());
        let zoom = window.zoom_factor();
        Some(Site {
            place: facts.outer_rect.map(|rect| (rect.min.to_vec2() * zoom).to_pos2()),
            size: facts.inner_rect?.size() * zoom,
            is_maximized: facts.maximized.unwrap_or(false),
            is_fullscreen: facts.fullscreen.unwrap_or(false),
        })
        .filter(|site| site.size.min_elem() > 1.0 && site.size != Vec2::ZERO)
    }

    /// What the toolkit remembers may be what made the drawing fail; the next window begins without it.
    pub(super) fn forget_drawing(&self) {
        self.window.replace(None);
        if let Some(shell) = self.shell.borrow_mut().as_mut() {
            shell.forget_drawing();
        }
    }
}

/// Scroll places, the keyboard's place, open menus, zoom and selected text go along.
fn hand_over(former: &egui::Context, window: &egui::Context) {
    let memory = former.memory(Clone::clone);
    window.memory_mut(|new| *new = memory);
    if let Some(selected) = former.with_plugin(|selection: &mut LabelSelectionState| selection.clone()) {
        window.with_plugin(|selection: &mut LabelSelectionState| *selection = selected);
    }
    crate::copies::hand_over(former, window);
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::{Id, RawInput};

    #[test]
    fn a_new_window_goes_on_where_the_former_one_was() {
        let (former, window) = (egui::Context::default(), egui::Context::default());
        let field = Id::unique("a field");
        former.set_zoom_factor(1.25);
        let draw = |ctx: &egui::Context| {
            let mut output = ctx.run_ui(RawInput::default(), |ui| {
                ui.interact(ui.max_rect(), field, egui::Sense::click()).request_focus();
            });
            // Nobody paints here.
            output.textures_delta.clear();
        };
        draw(&former);
        draw(&former);
        former.data_mut(|data| data.insert_temp(field, 7_u32));
        hand_over(&former, &window);
        assert_eq!(window.data(|data| data.get_temp::<u32>(field)), Some(7));
        assert_eq!(window.memory(egui::Memory::focused), Some(field));
        assert!((window.zoom_factor() - 1.25).abs() < f32::EPSILON);
    }

    #[test]
    fn whoever_is_there_is_woken() {
        let woken = Woken::default();
        woken.wake();
        let window = egui::Context::default();
        let told = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let seen = Arc::clone(&told);
        window.set_request_repaint_callback(move |_| seen.store(true, std::sync::atomic::Ordering::SeqCst));
        woken.is_now(&window);
        woken.wake();
        assert!(told.load(std::sync::atomic::Ordering::SeqCst));
    }
}
