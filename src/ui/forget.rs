//! Wipes what only the drawing remembers, when nobody is signed in any more: drafts, caches and undo steps of the
//! window, and what the toolkit keeps of what was on screen.
//! The toolkit lets go of laid-out text, of the tree for screen readers and of what it drew only as it draws anew,
//! so the frames after it are part of forgetting; the shell sees to them.

use super::Memory;
use eframe::egui::Context;
use eframe::egui::cache::CacheStorage;
use eframe::egui::text_selection::LabelSelectionState;
use eframe::egui::util::IdTypeMap;

/// Frames that must be drawn until the toolkit's caches hold nothing of the frame before.
/// A hidden window first has to ask for each.
pub const FRAMES_TO_FORGET: u8 = 6;

pub fn forget(ctx: &Context, memory: &mut Memory) {
    *memory = Memory::default();
    ctx.memory_mut(|toolkit| {
        // Scroll places, undo steps of text fields, open menus. The options stay: they are how it looks.
        toolkit.data = IdTypeMap::default();
        toolkit.caches = CacheStorage::default();
        toolkit.to_global.clear();
        toolkit.stop_text_input();
        toolkit.interrupt_ime();
        toolkit.reset_areas();
    });
    ctx.with_plugin(|selection: &mut LabelSelectionState| selection.clear_selection());
    ctx.forget_all_images();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::{install, root_ui, samples};
    use eframe::egui::{Event, Id, TextEdit, text_edit::TextEditState, vec2};
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    #[test]
    fn undo_steps_and_drafts_go_and_the_look_stays() {
        let field = Id::unique("a field");
        let draw = move |ui: &mut eframe::egui::Ui, text: &mut String| {
            ui.add(TextEdit::singleline(text).id(field)).accessible_name("A field").request_focus();
        };
        let mut harness = Harness::builder()
            .with_size(vec2(300.0, 100.0))
            .with_context_setup(install)
            .build_ui_state(draw, String::new());
        harness.event(Event::Text("Bella".to_owned()));
        harness.run();
        assert_eq!(harness.state(), "Bella");
        let ctx = harness.ctx.clone();
        assert!(TextEditState::load(&ctx, field).is_some());
        ctx.set_zoom_factor(1.25);
        harness.step();
        forget(&ctx, &mut Memory::default());
        assert!(TextEditState::load(&ctx, field).is_none());
        assert!((ctx.zoom_factor() - 1.25).abs() < f32::EPSILON);
    }

    #[test]
    fn after_the_frames_to_forget_no_laid_out_text_of_before_is_left() {
        struct Desk(crate::state::State, Memory);
        let mut harness = Harness::builder()
            .with_size(vec2(1280.0, 800.0))
            .allow_missing_glyphs()
            .with_context_setup(install)
            .build_ui_state(
                |ui, desk: &mut Desk| {
                    root_ui(ui, &desk.0, &mut desk.1, samples::now());
                },
                Desk(samples::desk_with_open_record(), Memory::default()),
            );
        harness.run();
        let ctx = harness.ctx.clone();
        #[expect(clippy::redundant_closure_for_method_calls, reason = "the method alone is not general enough")]
        let galleys = || ctx.fonts(|fonts| fonts.num_galleys_in_cache());
        let open = galleys();
        let desk = harness.state_mut();
        desk.0.handle(crate::state::LockCommand::Lock.into(), samples::now());
        forget(&ctx, &mut desk.1);
        for _ in 0..FRAMES_TO_FORGET {
            harness.step();
        }
        harness.get_by_label("Consult Desk is locked");
        assert!(galleys() * 3 < open, "{} of {open} galleys are left", galleys());
    }
}
