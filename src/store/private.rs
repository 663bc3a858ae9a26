//! Makes what lies in a folder as private as the folder itself.
//! The folder is made private by whoever knows the system; here its permissions are only handed down,
//! so that no rule of one system is needed.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Elsewhere a new file inherits its rights from the folder by itself, and what is called permissions there are
/// marks such as "this is a folder", which no file may carry.
const PERMISSIONS_SAY_WHO_READS: bool = matches!(std::env::consts::FAMILY.as_bytes(), b"unix");

/// Gives an open file the permissions of its folder: owner only, when the folder is.
pub fn restrict_file(file: &File, folder: &Path) -> io::Result<()> {
    if !PERMISSIONS_SAY_WHO_READS {
        return Ok(());
    }
    file.set_permissions(fs::metadata(folder)?.permissions())
}

/// The same for a file known by path, which is made when missing.
pub fn restrict_path(path: &Path, folder: &Path) -> io::Result<()> {
    let file = File::options().create(true).append(true).open(path)?;
    restrict_file(&file, folder)
}

/// Makes a folder inside `folder` that is as private as that.
pub fn create_folder_inside(path: &Path, folder: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(path)?;
    if !PERMISSIONS_SAY_WHO_READS {
        return Ok(());
    }
    fs::set_permissions(path, fs::metadata(folder)?.permissions())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Read-only is the one permission that can be named on every system.
    #[test]
    fn a_file_inherits_from_its_folder() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("a.db");
        let file = File::create(&path).expect("made");
        let open = fs::metadata(home.path()).expect("metadata").permissions();
        let mut closed = open.clone();
        closed.set_readonly(true);
        fs::set_permissions(home.path(), closed).expect("set");
        let outcome = restrict_file(&file, home.path());
        fs::set_permissions(home.path(), open).expect("set back");
        outcome.expect("restricted");
        assert_eq!(fs::metadata(&path).expect("metadata").permissions().readonly(), PERMISSIONS_SAY_WHO_READS);
    }

    #[test]
    fn a_folder_inherits_from_its_folder() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = home.path().join("recordings");
        create_folder_inside(&folder, home.path()).expect("made");
        create_folder_inside(&folder, home.path()).expect("there already");
        let wanted = fs::metadata(home.path()).expect("metadata").permissions();
        assert_eq!(fs::metadata(folder).expect("metadata").permissions(), wanted);
    }
}
