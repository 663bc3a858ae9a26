//! Showing a saved file in the file manager and opening a page in the browser.
//! Programs are started with arguments, never through a shell, and only secure addresses are passed on.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error("Only secure web addresses are opened")]
    NotSecure,
    #[error("The program that should show this could not be started: {0}")]
    NotStarted(io::ErrorKind),
}

/// Shows the folder that holds `path`, with the file chosen where the system can do that.
pub fn reveal(path: &Path) -> Result<(), OpenError> {
    start(reveal_command(path))
}

/// Opens an `https` address.
pub fn open_url(url: &str) -> Result<(), OpenError> {
    let is_secure = url.strip_prefix("https://").is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
    let is_clean = url.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`'));
    if !(is_secure && is_clean) {
        return Err(OpenError::NotSecure);
    }
    let mut command = Command::new(OPENER);
    command.arg(url);
    start(command)
}

#[cfg(target_os = "windows")]
const OPENER: &str = "explorer.exe";
#[cfg(target_os = "macos")]
const OPENER: &str = "open";
#[cfg(not(any(target_os = "windows", target_os = "macos")))]
const OPENER: &str = "xdg-open";

#[cfg(target_os = "windows")]
fn reveal_command(path: &Path) -> Command {
    let mut command = Command::new(OPENER);
    let mut argument = std::ffi::OsString::from("/select,");
    argument.push(path);
    command.arg(argument);
    command
}

#[cfg(target_os = "macos")]
fn reveal_command(path: &Path) -> Command {
    let mut command = Command::new(OPENER);
    command.arg("-R").arg(path);
    command
}

#[cfg(not(any(target_os = "windows", target_os = "macos")))]
fn reveal_command(path: &Path) -> Command {
    let mut command = Command::new(OPENER);
    command.arg(path.parent().unwrap_or(path));
    command
}

/// Starts a program and waits for it on a thread of its own, so that no dead child stays in the process table.
fn start(mut command: Command) -> Result<(), OpenError> {
    let failed = |error: io::Error| OpenError::NotStarted(error.kind());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(failed)?;
    let wait = move || {
        child.wait().ok();
    };
    std::thread::Builder::new().name("opener".to_owned()).spawn(wait).map(drop).map_err(failed)
}

/// Whether a program of this name can be found.
#[cfg(target_os = "linux")]
pub(super) fn is_in_path(program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_secure_addresses_are_opened() {
        for url in
            ["http://app.nx.vet", "file:///etc/passwd", "https://", "https:///x", "https://a b", "-https://a", ""]
        {
            assert_eq!(open_url(url), Err(OpenError::NotSecure), "{url}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_folder_of_a_file_is_shown() {
        let command = reveal_command(Path::new("/home/ana/Bella Room 1.wav"));
        assert_eq!(command.get_args().collect::<Vec<_>>(), ["/home/ana"]);
    }
}
