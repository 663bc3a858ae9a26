//! Accidents on purpose, to see the desk come back from them. Only in debug builds, and only where a folder is named
//! in the environment: a file of the accident's name in it makes the accident happen with the next picture.

use super::stage::{Doing, Stage};
use eframe::egui::{PaintCallback, Ui};
use eframe::{egui_glow, egui_wgpu};
use std::path::PathBuf;
use std::sync::Arc;

const FOLDER: &str = "CONSULT_DESK_REHEARSAL";

pub(super) fn play(ui: &Ui, frame: &eframe::Frame, stage: &Stage) {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let is_wished = |name: &str| std::fs::remove_file(folder.join(name)).is_ok();
    if is_wished("lose-device")
        && let Some(state) = frame.wgpu_render_state()
    {
        state.device.destroy();
    }
    if is_wished("fail-painting") {
        fail_painting(ui, frame);
    }
    for (name, doing) in [("fail-drawing", Doing::Drawing), ("fail-thinking", Doing::Thinking)] {
        if is_wished(name) {
            stage.does(doing);
            fail("Bella, Room 1");
        }
    }
    if is_wished("fail-behind") {
        let work = std::thread::Builder::new().name("rehearsal".to_owned()).spawn(|| fail("Bella, Room 1"));
        drop(work);
    }
}

/// In the middle of the renderer's own work.
fn fail_painting(ui: &Ui, frame: &eframe::Frame) {
    struct Failing;
    impl egui_wgpu::CallbackTrait for Failing {
        fn paint(
            &self,
            _info: eframe::egui::PaintCallbackInfo,
            _pass: &mut eframe::wgpu::RenderPass<'static>,
            _resources: &egui_wgpu::CallbackResources,
        ) {
            fail("Bella, Room 1");
        }
    }
    let rect = ui.ctx().content_rect();
    ui.painter().add(match frame.gl() {
        Some(_) => PaintCallback { rect, callback: Arc::new(egui_glow::CallbackFn::new(|_, _| fail("Bella, Room 1"))) },
        None => egui_wgpu::Callback::new_paint_callback(rect, Failing),
    });
}

/// With words that must not be found anywhere afterwards.
#[expect(clippy::panic, reason = "what is rehearsed")]
fn fail(words: &str) {
    panic!("{words}")
}
