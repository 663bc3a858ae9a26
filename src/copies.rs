//! Notices what the window puts on the clipboard, by whichever way, so that it can be taken off again when the desk
//! locks. Sees the toolkit's output just before the system gets it; whether it is still ours is `platform`'s job.

use crate::platform::OurCopies;
use eframe::egui::{Context, FullOutput, OutputCommand, Plugin};

#[derive(Debug, Default)]
struct Copies(OurCopies);

impl Plugin for Copies {
    fn debug_name(&self) -> &'static str {
        "copies"
    }

    fn output_hook(&mut self, _ctx: &Context, output: &mut FullOutput) {
        output.platform_output.commands.retain(|command| match command {
            OutputCommand::CopyText(text) => !self.0.copied(text),
            OutputCommand::TextSelectionSettled(text) if !text.is_empty() => {
                self.0.selected();
                true
            }
            _ => true,
        });
    }
}

/// From now on it is known what was copied here.
pub fn notice(ctx: &Context) {
    ctx.add_plugin(Copies::default());
}

/// Another window goes on: what was copied in the former one is known to it.
pub fn hand_over(former: &Context, window: &Context) {
    if let Some(ours) = former.with_plugin(|copies: &mut Copies| std::mem::take(&mut copies.0)) {
        window.add_plugin(Copies(ours));
    }
}

/// Takes off the clipboard what was copied here and is still on it. Does not wait.
pub fn take_back(ctx: &Context) {
    ctx.with_plugin(|copies: &mut Copies| copies.0.take_back());
}
