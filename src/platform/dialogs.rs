//! Asking where to save. The system's dialog blocks, so the caller gives it a thread.
//! Names arrive ready: making them safe is a rule of the clinic and lives elsewhere.

use super::print::{self, Printed};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What the dialog shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SaveDialog {
    pub title: String,
    /// The proposed name with its ending.
    pub file_name: String,
    /// Words and endings: `("Sound", ["wav"])`.
    pub filters: Vec<(String, Vec<String>)>,
    /// Where the dialog opens; the system's own choice when `None`.
    pub folder: Option<PathBuf>,
}

/// Who answers the question.
#[derive(Clone, Debug, Default)]
pub enum Dialogs {
    #[default]
    System,
    /// Answers for tests, one after the other; `None` is a cancelled dialog, as is an empty list.
    Fixed(Arc<Mutex<VecDeque<Option<PathBuf>>>>),
}

impl Dialogs {
    pub fn fixed(answers: impl IntoIterator<Item = Option<PathBuf>>) -> Self {
        Self::Fixed(Arc::new(Mutex::new(answers.into_iter().collect())))
    }

    /// Blocks until the person chose a path or cancelled.
    pub fn ask_save_path(&self, dialog: &SaveDialog) -> Option<PathBuf> {
        match self {
            Self::System => ask_the_system(dialog),
            Self::Fixed(answers) => answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front().flatten(),
        }
    }

    /// Has a document printed, by the system's own dialog where there is one. Blocks as long as somebody looks at it.
    /// The title stands in the printers' queue.
    pub fn print(&self, document: &Path, title: &str) -> Printed {
        match self {
            Self::System => print::print(document, title),
            // In a test the paper is a file.
            Self::Fixed(_) => match self.ask_save_path(&SaveDialog::default()) {
                Some(path) if std::fs::copy(document, &path).is_ok() => Printed::Sent,
                _ => Printed::Cancelled,
            },
        }
    }

    /// Whether a dialog can open at all. A desktop without one looks like a person who cancels, so ask first.
    pub fn can_ask(&self) -> bool {
        match self {
            Self::System => system_can_ask(),
            Self::Fixed(_) => true,
        }
    }
}

fn ask_the_system(dialog: &SaveDialog) -> Option<PathBuf> {
    let mut question = rfd::FileDialog::new().set_title(tame(&dialog.title)).set_file_name(tame(&dialog.file_name));
    for (words, endings) in &dialog.filters {
        let endings: Vec<String> = endings.iter().map(|ending| tame(ending)).collect();
        question = question.add_filter(tame(words), &endings);
    }
    if let Some(folder) = &dialog.folder {
        question = question.set_directory(folder);
    }
    question.save_file()
}

/// The portal takes C strings; a NUL inside would end the program.
fn tame(text: &str) -> String {
    text.replace('\0', "")
}

/// A bus alone is no dialog: without the portal, running or ready to be started, zenity has to be there.
#[cfg(target_os = "linux")]
fn system_can_ask() -> bool {
    super::open::is_in_path("zenity") || has_portal().unwrap_or(false)
}

#[cfg(target_os = "linux")]
fn has_portal() -> zbus::Result<bool> {
    const PORTAL: &str = "org.freedesktop.portal.Desktop";
    let bus = zbus::blocking::Connection::session()?;
    let names = zbus::blocking::fdo::DBusProxy::new(&bus)?;
    let is_there = |name: &zbus::names::OwnedBusName| name.as_str() == PORTAL;
    Ok(names.list_names()?.iter().any(is_there) || names.list_activatable_names()?.iter().any(is_there))
}

#[cfg(not(target_os = "linux"))]
fn system_can_ask() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_answers_come_in_order_and_end_in_cancel() {
        let path = PathBuf::from("/tmp/Bella.wav");
        let dialogs = Dialogs::fixed([Some(path.clone()), None]);
        let asked = SaveDialog { file_name: "Bella.wav".to_owned(), ..SaveDialog::default() };
        assert_eq!(dialogs.ask_save_path(&asked), Some(path));
        assert_eq!(dialogs.clone().ask_save_path(&asked), None);
        assert_eq!(dialogs.ask_save_path(&asked), None);
        assert!(dialogs.can_ask());
    }

    #[test]
    fn no_nul_reaches_the_system() {
        assert_eq!(tame("a\0b"), "ab");
    }
}
