//! The bar beside a long column: says where in the text the view stands, and drags.
//! Does not scroll anything itself; it answers where to go.

use crate::ui::theme::tokens;
use eframe::egui::{Rangef, Rect, Response, Role, Sense, Ui, WidgetInfo, vec2};

/// Room kept at the column's right for the bar.
pub(super) const BAR_WIDTH: f32 = 12.0;
const THUMB_WIDTH: f32 = 5.0;
const SHORTEST_THUMB: f32 = 32.0;

/// What the bar shows. Wide numbers, as a very long text has more points than a narrow one can count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thumb {
    pub offset: f64,
    pub view: f32,
    pub total: f64,
}

impl Thumb {
    fn furthest(self) -> f64 {
        (self.total - f64::from(self.view)).max(0.0)
    }

    fn length(self, track: f32) -> f32 {
        let share = (f64::from(self.view) / self.total.max(1.0)) as f32;
        (track * share).clamp(SHORTEST_THUMB.min(track), track)
    }

    /// Where the thumb stands on a track.
    fn span(self, track: Rangef) -> Rangef {
        let length = self.length(track.span());
        let share = if self.furthest() > 0.0 { (self.offset / self.furthest()).clamp(0.0, 1.0) as f32 } else { 0.0 };
        let min = track.min + share * (track.span() - length);
        Rangef::new(min, min + length)
    }

    /// The offset for a thumb whose upper end is at `y`.
    fn offset_at(self, track: Rangef, y: f32) -> f64 {
        let room = track.span() - self.length(track.span());
        if room <= 0.0 {
            return 0.0;
        }
        f64::from(((y - track.min) / room).clamp(0.0, 1.0)) * self.furthest()
    }
}

/// Draws the bar; answers an offset when the person wants to be elsewhere.
/// `grab` is where on the thumb the pointer holds it.
pub(super) fn scroll_bar_ui(ui: &mut Ui, area: Rect, thumb: Thumb, grab: &mut Option<f32>) -> Option<f64> {
    if thumb.furthest() < 1.0 {
        return None;
    }
    let response = ui.interact(area, ui.scope_id().with("scroll bar"), Sense::click_and_drag() - Sense::FOCUSABLE);
    response.widget_info(|| WidgetInfo::labeled(Role::ScrollBar, true, "Scroll"));
    let track = area.y_range().shrink(2.0);
    let span = thumb.span(track);
    let wanted = pull(&response, thumb, track, grab);
    let tokens = tokens(ui);
    let is_active = response.hovered() || response.dragged();
    let color = if is_active { tokens.text_hint } else { tokens.wave.gamma_multiply(0.7) };
    let center = vec2(area.center().x, span.center()).to_pos2();
    let shape = Rect::from_center_size(center, vec2(THUMB_WIDTH, span.span()));
    ui.painter().rect_filled(shape, THUMB_WIDTH / 2.0, color);
    wanted
}

fn pull(response: &Response, thumb: Thumb, track: Rangef, grab: &mut Option<f32>) -> Option<f64> {
    if !response.is_pointer_button_down_on() {
        *grab = None;
        return None;
    }
    let y = response.interact_pointer_pos()?.y;
    let span = thumb.span(track);
    let held = *grab.get_or_insert_with(|| if span.contains(y) { y - span.min } else { span.span() / 2.0 });
    Some(thumb.offset_at(track, y - held))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumb_goes_from_end_to_end_and_back() {
        let track = Rangef::new(10.0, 510.0);
        for (offset, view, total) in [(0.0, 500.0, 501.0), (5e7, 500.0, 1e8), (1e8 - 500.0, 500.0, 1e8)] {
            let thumb = Thumb { offset, view, total };
            let span = thumb.span(track);
            assert!(span.min >= 9.9 && span.max <= 510.1 && span.span() >= SHORTEST_THUMB - 0.1, "{span:?}");
            let back = thumb.offset_at(track, span.min);
            assert!((back - offset).abs() <= 1.0 + total * 1e-4, "{offset} became {back}");
        }
    }
}
