//! Windows: its forms of date and time, and the size of text in its settings of ease of access. Light and dark are
//! told to the toolkit.

use super::Look;
use windows_sys::Win32::Globalization::{GetLocaleInfoEx, LOCALE_SSHORTDATE, LOCALE_SSHORTTIME};
use windows_sys::Win32::System::Registry::{HKEY_CURRENT_USER, RRF_RT_REG_DWORD, RegGetValueW};

pub(super) fn now() -> Look {
    let times = form(LOCALE_SSHORTTIME).unwrap_or_default();
    let dates = form(LOCALE_SSHORTDATE).unwrap_or_default();
    Look {
        twelve_hours: has_twelve_hours(&times),
        month_first: puts_month_first(&dates),
        text_scale: text_scale().map_or(1.0, |percent| (percent as f32 / 100.0).clamp(0.5, 3.0)),
        is_dark: None,
    }
}

/// Nothing is told by itself; it is asked again when somebody comes back to the window.
#[derive(Debug)]
pub(super) struct Watch;

impl Watch {
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it may fail")]
    pub(super) fn start(_bus: Option<String>, _on_look: impl Fn(Look) + Send + 'static) -> std::io::Result<Self> {
        Ok(Self)
    }
}

/// `h:mm tt`, and not `HH:mm`.
fn has_twelve_hours(form: &str) -> bool {
    form.contains('h') && !form.contains('H')
}

/// `M/d/yyyy` and `yyyy-MM-dd`, and not `dd.MM.yyyy`.
fn puts_month_first(form: &str) -> bool {
    matches!((form.find('M'), form.find('d')), (Some(month), Some(day)) if month < day)
}

/// A form of the person's own, with what they changed in the system's settings.
fn form(which: u32) -> Option<String> {
    let mut text = [0_u16; 80];
    #[expect(unsafe_code, reason = "the system's call takes pointers")]
    // SAFETY: no name means the person's own locale; the text is as long as is said and outlives the call.
    let length = unsafe { GetLocaleInfoEx(std::ptr::null(), which, text.as_mut_ptr(), text.len() as i32) };
    // The zero at its end is counted.
    let letters = usize::try_from(length).ok()?.checked_sub(1)?;
    text.get(..letters).map(String::from_utf16_lossy)
}

/// Percent.
fn text_scale() -> Option<u32> {
    let (mut percent, mut size) = (0_u32, size_of::<u32>() as u32);
    let key = windows_sys::core::w!("Software\\Microsoft\\Accessibility");
    let name = windows_sys::core::w!("TextScaleFactor");
    let nothing = std::ptr::null_mut();
    #[expect(unsafe_code, reason = "the system's call takes pointers")]
    // SAFETY: both names end with a zero, and the number is as large as is said and outlives the call.
    let outcome = unsafe {
        let place = (&raw mut percent).cast();
        RegGetValueW(HKEY_CURRENT_USER, key, name, RRF_RT_REG_DWORD, nothing, place, &raw mut size)
    };
    (outcome == 0).then_some(percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_the_system_are_understood() {
        let hours = ["h:mm tt", "hh:mm tt", "HH:mm", "H:mm", "tt h:mm", ""].map(has_twelve_hours);
        assert_eq!(hours, [true, true, false, false, true, false]);
        let months = ["M/d/yyyy", "yyyy-MM-dd", "dd.MM.yyyy", "d/M/yyyy", "d MMM yyyy", ""].map(puts_month_first);
        assert_eq!(months, [true, true, false, false, false, false]);
    }

    #[test]
    fn the_system_answers() {
        assert!(form(LOCALE_SSHORTDATE).is_some_and(|form| form.contains('y')));
        assert!((0.5..=3.0).contains(&now().text_scale));
    }
}
