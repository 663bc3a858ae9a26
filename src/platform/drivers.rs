//! Which graphics drivers this computer has, as a number that becomes another when they change; and what its system
//! draws best with. Looks at dates of files alone: asking the drivers themselves would mean starting them.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::time::SystemTime;

/// On Linux OpenGL starts sooner and takes less memory than Vulkan (measured); elsewhere it is the drivers' stepchild.
pub const DRAWS_WITH_OPENGL_FIRST: bool = cfg!(target_os = "linux");

/// Folders and files that a new or another driver changes.
#[cfg(target_os = "linux")]
const PLACES: &[&str] = &[
    "/usr/share/vulkan/icd.d",
    "/etc/vulkan/icd.d",
    "/usr/share/glvnd/egl_vendor.d",
    "/usr/lib/x86_64-linux-gnu/dri",
    "/usr/lib/aarch64-linux-gnu/dri",
    "/usr/lib64/dri",
];
/// A file whose words change with a driver that comes from elsewhere.
const SAYS_ITS_VERSION: &str = "/sys/module/nvidia/version";

#[cfg(target_os = "windows")]
const PLACES: &[&str] = &[r"C:\Windows\System32\DriverStore\FileRepository", r"C:\Windows\System32\d3d12.dll"];
#[cfg(target_os = "macos")]
const PLACES: &[&str] = &["/System/Library/CoreServices/SystemVersion.plist"];
#[cfg(not(any(target_os = "linux", target_os = "windows", target_os = "macos")))]
const PLACES: &[&str] = &[];

/// What decides which driver is used, besides the files: a session over the network draws otherwise than one at the
/// screen, and somebody may choose by hand.
const CHOICES: [&str; 7] = [
    "LIBGL_ALWAYS_SOFTWARE",
    "LIBGL_DRIVERS_PATH",
    "MESA_GL_VERSION_OVERRIDE",
    "VK_DRIVER_FILES",
    "VK_ICD_FILENAMES",
    "WGPU_BACKEND",
    "__EGL_VENDOR_LIBRARY_FILENAMES",
];

/// The same as long as the drivers, the kind of session and the program's version are.
pub fn drivers_mark(version: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    version.hash(&mut hasher);
    PLACES.iter().map(|place| changed_at(Path::new(place))).for_each(|at| at.hash(&mut hasher));
    std::fs::read(SAYS_ITS_VERSION).ok().hash(&mut hasher);
    CHOICES.map(std::env::var_os).hash(&mut hasher);
    session_kind().hash(&mut hasher);
    hasher.finish()
}

fn changed_at(place: &Path) -> Option<SystemTime> {
    std::fs::metadata(place).and_then(|facts| facts.modified()).ok()
}

/// `RDP-Tcp#3` and `RDP-Tcp#4` are the same kind.
#[cfg(target_os = "windows")]
fn session_kind() -> String {
    let name = std::env::var("SESSIONNAME").unwrap_or_default();
    name.split('#').next().unwrap_or_default().to_owned()
}

#[cfg(not(target_os = "windows"))]
fn session_kind() -> (bool, bool) {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    (is_set("WAYLAND_DISPLAY"), is_set("SSH_CONNECTION"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_stays_until_something_changes() {
        assert_eq!(drivers_mark("0.1.0"), drivers_mark("0.1.0"));
        assert_ne!(drivers_mark("0.1.0"), drivers_mark("0.1.1"));
    }

    #[test]
    fn a_file_that_is_replaced_is_another() {
        let home = tempfile::tempdir().expect("a folder");
        let place = home.path().join("driver.so");
        assert_eq!(changed_at(&place), None);
        std::fs::write(&place, "one").expect("written");
        let file = std::fs::File::options().write(true).open(&place).expect("opened");
        file.set_modified(SystemTime::UNIX_EPOCH).expect("dated");
        assert_eq!(changed_at(&place), Some(SystemTime::UNIX_EPOCH));
    }
}
