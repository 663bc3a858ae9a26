//! Where reports lie: beside the log, a few of them, not for ever. A mark says that nobody was told of the newest yet.

use chrono::{DateTime, TimeDelta, Utc};
use std::path::{Path, PathBuf};
use std::{fs, io};

const BEGINNING: &str = "report-";
const ENDING: &str = ".txt";
const UNSEEN: &str = "report-unseen";
const MOST: usize = 5;
const KEPT_FOR: TimeDelta = TimeDelta::days(30);
const STAMP: &str = "%Y%m%d-%H%M%S";

/// Written as it is: the process may not live long enough for more care.
pub(super) fn put(folder: &Path, at: DateTime<Utc>, words: &str) -> io::Result<()> {
    // Two failures within a second are told one after the other in one report.
    use io::Write as _;
    let path = folder.join(format!("{BEGINNING}{}{ENDING}", at.format(STAMP)));
    let mut file = fs::File::options().create(true).append(true).open(path)?;
    file.write_all(words.as_bytes())?;
    fs::write(folder.join(UNSEEN), b"")?;
    tidy(folder, at);
    Ok(())
}

/// The newest report.
pub fn newest(folder: &Path) -> Option<String> {
    let newest = reports(folder).pop()?;
    fs::read_to_string(newest).ok()
}

/// Whether there is a report that nobody was told of, which is told now.
pub fn take_unseen(folder: &Path) -> bool {
    fs::remove_file(folder.join(UNSEEN)).is_ok() && !reports(folder).is_empty()
}

pub(super) fn mark_seen(folder: &Path) {
    fs::remove_file(folder.join(UNSEEN)).ok();
}

/// Lets go of what is too much or too old.
pub fn tidy(folder: &Path, now: DateTime<Utc>) {
    let oldest = format!("{BEGINNING}{}", (now - KEPT_FOR).format(STAMP));
    let reports = reports(folder);
    let surplus = reports.len().saturating_sub(MOST);
    let is_old = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().as_ref() < oldest.as_str());
    for (place, path) in reports.iter().enumerate() {
        if place < surplus || is_old(path) {
            fs::remove_file(path).ok();
        }
    }
}

/// Oldest first: the names carry the time.
fn reports(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let is_report = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(BEGINNING) && name.ends_with(ENDING)
    };
    let mut reports: Vec<_> = entries.map(|entry| entry.path()).filter(is_report).collect();
    reports.sort();
    reports
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
    }

    #[test]
    fn a_report_is_told_of_once_and_can_be_read_for_longer() {
        let home = tempfile::tempdir().expect("a folder");
        assert!(!take_unseen(home.path()));
        assert_eq!(newest(home.path()), None);
        put(home.path(), now(), "one\n").expect("written");
        put(home.path(), now(), "two\n").expect("written");
        assert!(take_unseen(home.path()));
        assert!(!take_unseen(home.path()), "once");
        assert_eq!(newest(home.path()).as_deref(), Some("one\ntwo\n"));
    }

    #[test]
    fn few_are_kept_and_none_for_ever() {
        let home = tempfile::tempdir().expect("a folder");
        for hour in 0..9 {
            put(home.path(), now() + TimeDelta::hours(hour), &format!("{hour}")).expect("written");
        }
        assert_eq!(reports(home.path()).len(), MOST);
        assert_eq!(newest(home.path()).as_deref(), Some("8"));
        tidy(home.path(), now() + TimeDelta::hours(8) + KEPT_FOR);
        assert_eq!(reports(home.path()).len(), 1);
        tidy(home.path(), now() + TimeDelta::hours(9) + KEPT_FOR);
        assert!(reports(home.path()).is_empty());
    }

    #[test]
    fn other_files_of_the_folder_are_left_alone() {
        let home = tempfile::tempdir().expect("a folder");
        fs::write(home.path().join("consult-desk.log"), "x").expect("written");
        tidy(home.path(), now());
        assert!(home.path().join("consult-desk.log").exists());
        assert!(put(&home.path().join("nowhere"), now(), "x").is_err());
    }
}
