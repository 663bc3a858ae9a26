//! The desk as the toolkit sees it: one window's picture of it, made anew with each window.
//! Draws nothing itself; it says what is being done, so that a panic can be told apart.

use super::loss::Loss;
use super::stage::{Doing, Stage};
use crate::outside::Outside;
use crate::platform;
use crate::shell::Shell;
use eframe::{CreationContext, egui};

pub(super) struct Pane<'a> {
    stage: &'a Stage,
}

impl<'a> Pane<'a> {
    /// Called by the toolkit once it can draw.
    pub(super) fn open(stage: &'a Stage, creation: &CreationContext<'_>, loss: &Loss) -> Result<Self, &'static str> {
        if let Some(find) = &creation.get_proc_address {
            platform::footprint::put_shader_compiler_away(find.as_ref());
        }
        let window = &creation.egui_ctx;
        loss.wakes(window);
        if let Some(state) = &creation.wgpu_render_state {
            loss.follow(&state.device);
        }
        stage.enter(window, |shell| furnish(shell, stage, creation))?;
        Ok(Self { stage })
    }

    fn with_shell(&self, doing: Doing, work: impl FnOnce(&mut Shell)) {
        if let Some(shell) = self.stage.shell().as_mut() {
            self.stage.does(doing);
            work(shell);
            self.stage.does(Doing::Painting);
        }
    }
}

/// What is bound to one window. `Shell::leave_window` lets go of it.
fn furnish(shell: Shell, stage: &Stage, creation: &CreationContext<'_>) -> Shell {
    let window = &creation.egui_ctx;
    let outside = Outside::start(window, &stage.folders.data).with_window(creation);
    shell.with_outside(outside).with_media_buttons(window, creation)
}

impl eframe::App for Pane<'_> {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        self.with_shell(Doing::Thinking, |shell| shell.logic(ctx, frame));
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        #[cfg(debug_assertions)]
        super::rehearsal::play(ui, frame, self.stage);
        let mut wishes = Vec::new();
        self.with_shell(Doing::Drawing, |shell| wishes = shell.draw(ui, frame));
        let ctx = ui.ctx().clone();
        self.with_shell(Doing::Thinking, |shell| shell.follow(&ctx, wishes));
        self.stage.draws();
    }

    /// A window that is lost leaves the desk open for the next one.
    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        if !self.stage.is_falling() {
            self.stage.leaves();
            self.with_shell(Doing::Thinking, Shell::close);
        }
    }
}
