//! What the desk put on the clipboard, taken off it again when the desk locks; but only if it is still ours: what was
//! copied in another program since is nobody's business here.
//! Only a digest of what was copied is kept to tell. On Wayland nobody may look at the clipboard without having the
//! keyboard; where the compositor offers no other way, the copied text stays until something else is copied.

use sha2::{Digest as _, Sha256};
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroize as _;

/// Two of them at once would only wait for each other.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// What is known about our own copies; never a text.
#[derive(Debug, Default)]
pub struct OurCopies {
    last: Option<[u8; 32]>,
    /// Text was selected in the window, which some systems paste with the middle button.
    has_selected: bool,
}

impl OurCopies {
    /// Where the system keeps a history of copies and carries them to a person's other computers, the text is put
    /// there here, with the wish to do neither. Whether that was done.
    pub fn copied(&mut self, text: &str) -> bool {
        self.last = Some(digest(text));
        put_without_history(text)
    }

    pub fn selected(&mut self) {
        self.has_selected = true;
    }

    /// Takes off what is still ours, on a thread of its own: another program's clipboard may make us wait.
    pub fn take_back(&mut self) {
        let ours = std::mem::take(self);
        if ours.last.is_none() && !ours.has_selected {
            return;
        }
        let started = std::thread::Builder::new().name("clipboard".to_owned()).spawn(move || ours.take_off());
        if let Err(error) = started {
            tracing::warn!(%error, "no thread to clear the clipboard");
        }
    }

    fn take_off(&self) {
        let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(mut clipboard) = arboard::Clipboard::new() else { return };
        if let Some(last) = self.last
            && clipboard.get_text().is_ok_and(|text| is_it(text, last))
        {
            clipboard.clear().ok();
        }
        if self.has_selected {
            #[cfg(target_os = "linux")]
            take_off_selection(&mut clipboard);
        }
    }
}

/// The selection is whatever is marked on the screen just now, and a locked desk marks nothing.
#[cfg(target_os = "linux")]
fn take_off_selection(clipboard: &mut arboard::Clipboard) {
    use arboard::{ClearExtLinux as _, LinuxClipboardKind};
    clipboard.clear_with().clipboard(LinuxClipboardKind::Primary).ok();
}

#[cfg(target_os = "windows")]
fn put_without_history(text: &str) -> bool {
    use arboard::SetExtWindows as _;
    let put = |mut clipboard: arboard::Clipboard| {
        let set = clipboard.set().exclude_from_history().exclude_from_cloud();
        set.text(text)
    };
    arboard::Clipboard::new().and_then(put).is_ok()
}

#[cfg(not(target_os = "windows"))]
fn put_without_history(_text: &str) -> bool {
    false
}

fn is_it(mut text: String, ours: [u8; 32]) -> bool {
    let is_same = digest(&text) == ours;
    text.zeroize();
    is_same
}

fn digest(text: &str) -> [u8; 32] {
    // Line ends come back as the system writes them.
    let lines = text.lines().flat_map(|line| [line.as_bytes(), b"\n"]);
    let mut hasher = Sha256::new();
    lines.for_each(|part| hasher.update(part));
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_text_is_known_again_by_its_digest_alone() {
        let mut ours = OurCopies::default();
        ours.copied("Bella\r\nlimping");
        let last = ours.last.expect("a digest");
        assert!(is_it("Bella\nlimping".to_owned(), last));
        assert!(!is_it("Bella".to_owned(), last));
        assert!(!format!("{ours:?}").contains("Bella"));
    }
}
