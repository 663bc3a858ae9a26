//! What computer this is, in words for support. Never who sits at it.

use std::ffi::OsString;
use std::path::Path;

/// Stands where the way to a person's own folder stood.
const HOME: &str = "~";

/// Such as `linux x86_64, Debian GNU/Linux 12 (bookworm), 6.1.0, Wayland`.
pub fn system_words() -> String {
    let mut words = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    for more in version_words().into_iter().filter(|more| !more.is_empty()) {
        words.push_str(", ");
        words.push_str(&more);
    }
    words
}

/// A path without the name of the person: their own folder becomes `~`.
pub fn without_name(path: &Path) -> String {
    let home = directories::UserDirs::new().map(|known| known.home_dir().to_owned());
    let user = ["USER", "USERNAME", "LOGNAME"].into_iter().find_map(std::env::var_os);
    shortened(path, home.as_deref(), user)
}

fn shortened(path: &Path, home: Option<&Path>, user: Option<OsString>) -> String {
    let user = user.filter(|user| !user.is_empty());
    let tail = home.and_then(|home| path.strip_prefix(home).ok());
    let mut short = match tail {
        Some(_) => Path::new(HOME).to_owned(),
        None => std::path::PathBuf::new(),
    };
    for part in tail.unwrap_or(path).components() {
        let is_user = user.as_deref().is_some_and(|user| part.as_os_str() == user);
        short.push(if is_user { HOME.as_ref() } else { part.as_os_str() });
    }
    short.display().to_string()
}

#[cfg(target_os = "linux")]
fn version_words() -> Vec<String> {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let release = read("/etc/os-release");
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).unwrap_or_default();
    let screen = match (std::env::var_os("WAYLAND_DISPLAY"), std::env::var_os("DISPLAY")) {
        (Some(_), _) => "Wayland",
        (None, Some(_)) => "X11",
        (None, None) => "no screen",
    };
    vec![name.trim_matches('"').to_owned(), read("/proc/sys/kernel/osrelease").trim().to_owned(), screen.to_owned()]
}

#[cfg(target_os = "macos")]
fn version_words() -> Vec<String> {
    vec![said_by(std::process::Command::new("sw_vers").arg("-productVersion"))]
}

/// Asked of the kernel: what older programs ask is answered with an older version.
#[cfg(target_os = "windows")]
fn version_words() -> Vec<String> {
    use windows_sys::Wdk::System::SystemServices::RtlGetVersion;
    use windows_sys::Win32::System::SystemInformation::OSVERSIONINFOW;
    use windows_sys::Win32::UI::WindowsAndMessaging::{GetSystemMetrics, SM_REMOTESESSION};
    let size = size_of::<OSVERSIONINFOW>() as u32;
    let mut version = OSVERSIONINFOW { dwOSVersionInfoSize: size, ..OSVERSIONINFOW::default() };
    #[expect(unsafe_code, reason = "the system's calls take a pointer and a number")]
    // SAFETY: the first fills in a structure that outlives the call and says how large it is.
    let (is_told, is_remote) =
        unsafe { (RtlGetVersion(&raw mut version) == 0, GetSystemMetrics(SM_REMOTESESSION) != 0) };
    let OSVERSIONINFOW { dwMajorVersion: major, dwMinorVersion: minor, dwBuildNumber: build, .. } = version;
    let words = is_told.then(|| format!("{major}.{minor}.{build}"));
    words.into_iter().chain(is_remote.then(|| "Remote Desktop".to_owned())).collect()
}

#[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "windows")))]
fn version_words() -> Vec<String> {
    Vec::new()
}

#[cfg(target_os = "macos")]
fn said_by(command: &mut std::process::Command) -> String {
    let output = command.stdin(std::process::Stdio::null()).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_has_a_name() {
        assert!(system_words().starts_with(std::env::consts::OS), "{}", system_words());
    }

    #[test]
    fn nobodys_name_is_in_a_path() {
        let sep = std::path::MAIN_SEPARATOR;
        let home = Path::new("/home/ana.roth");
        let user = || Some(OsString::from("ana.roth"));
        let inside = home.join(".local").join("consultdesk");
        assert_eq!(shortened(&inside, Some(home), user()), format!("~{sep}.local{sep}consultdesk"));
        let elsewhere = Path::new("/mnt").join("profiles").join("ana.roth").join("desk");
        let told = shortened(&elsewhere, Some(home), user());
        assert!(!told.contains("ana") && told.ends_with(&format!("profiles{sep}~{sep}desk")), "{told}");
        assert_eq!(shortened(Path::new("desk"), None, None), "desk");
    }
}
