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
    open_page(url)
}

#[cfg(not(target_os = "windows"))]
fn open_page(url: &str) -> Result<(), OpenError> {
    let mut command = Command::new(OPENER);
    command.arg(url);
    start(command)
}

/// Handed to the system and not to a program: its file manager takes an address with a question mark for a folder.
/// The browser may make us wait, so a thread of its own does.
#[cfg(target_os = "windows")]
fn open_page(url: &str) -> Result<(), OpenError> {
    use std::ptr;
    use windows_sys::Win32::UI::Shell::ShellExecuteW;
    use windows_sys::Win32::UI::WindowsAndMessaging::SW_SHOWNORMAL;
    let address: Vec<u16> = url.encode_utf16().chain([0]).collect();
    let hand_over = move || {
        let (nobody, nothing) = (ptr::null_mut(), ptr::null());
        #[expect(unsafe_code, reason = "the system's call takes pointers")]
        // SAFETY: the texts end with a zero and outlive the call; whatever else is null may be.
        let outcome = unsafe {
            let how = windows_sys::core::w!("open");
            ShellExecuteW(nobody, how, address.as_ptr(), nothing, nothing, SW_SHOWNORMAL)
        };
        // Numbers up to 32 are errors.
        if outcome.addr() <= 32 {
            tracing::warn!(code = outcome.addr(), "the page was not opened");
        }
    };
    let spawned = std::thread::Builder::new().name("opener".to_owned()).spawn(hand_over);
    spawned.map(drop).map_err(|error| OpenError::NotStarted(error.kind()))
}

#[cfg(target_os = "macos")]
const OPENER: &str = "open";
#[cfg(not(any(target_os = "windows", target_os = "macos")))]
const OPENER: &str = "xdg-open";

#[cfg(target_os = "windows")]
fn reveal_command(path: &Path) -> Command {
    use std::os::windows::process::CommandExt as _;
    let system = std::env::var_os("SystemRoot").unwrap_or_else(|| "C:\\Windows".into());
    let mut command = Command::new(Path::new(&system).join("explorer.exe"));
    // It reads its own quotes, around the path alone; a path cannot hold one.
    let mut argument = std::ffi::OsString::from("/select,\"");
    argument.push(path);
    argument.push("\"");
    command.raw_arg(argument);
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

    #[cfg(target_os = "windows")]
    #[test]
    fn a_file_is_shown_with_quotes_around_its_path_alone() {
        let command = reveal_command(Path::new(r"C:\Users\ana\Bella Room 1.wav"));
        assert_eq!(command.get_args().collect::<Vec<_>>(), ["/select,\"C:\\Users\\ana\\Bella Room 1.wav\""]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_folder_of_a_file_is_shown() {
        let command = reveal_command(Path::new("/home/ana/Bella Room 1.wav"));
        assert_eq!(command.get_args().collect::<Vec<_>>(), ["/home/ana"]);
    }
}
