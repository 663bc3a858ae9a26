//! Whole files or none, whatever fails while they are written.

use super::*;

const GO_ON: fn(u64, u64) -> ControlFlow<()> = |_, _| ControlFlow::Continue(());

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("listed");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    names
}

#[test]
fn a_copy_is_equal_and_replaces_what_was_there() {
    let home = tempfile::tempdir().expect("a folder");
    let (from, to) = (home.path().join("a.part"), home.path().join("小花 Søren.wav"));
    let bytes: Vec<u8> = (0..900_001_u32).flat_map(|n| u8::try_from(n % 251)).collect();
    fs::write(&from, &bytes).expect("written");
    fs::write(&to, "old").expect("written");
    let mut heard = Vec::new();
    let copied = copy_atomically(&mut File::open(&from).expect("opened"), 900_001, &to, |done, total| {
        heard.push((done, total));
        ControlFlow::Continue(())
    });
    assert_eq!(copied, Ok(bytes.len() as u64));
    assert!(fs::read(&to).expect("read") == bytes);
    assert_eq!(names(home.path()), ["a.part", "小花 Søren.wav"]);
    assert_eq!(heard.first(), Some(&(0, 900_001)));
    assert_eq!(heard.last(), Some(&(900_001, 900_001)));
}

#[test]
fn a_cancelled_copy_leaves_the_old_file_and_nothing_else() {
    let home = tempfile::tempdir().expect("a folder");
    let (from, to) = (home.path().join("a.part"), home.path().join("Bella.wav"));
    fs::write(&from, vec![7; 900_000]).expect("written");
    fs::write(&to, "old").expect("written");
    let stop_in_the_middle = |done, _| if done > 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let mut source = File::open(&from).expect("opened");
    assert_eq!(copy_atomically(&mut source, 900_000, &to, stop_in_the_middle), Err(FileError::Cancelled));
    let copied = copy_atomically(&mut source, 900_000, &to, GO_ON);
    assert_eq!(copied, Err(FileError::Other(ErrorKind::UnexpectedEof)), "a part of it is not it");
    assert_eq!(fs::read_to_string(&to).expect("read"), "old");
    assert_eq!(names(home.path()), ["Bella.wav", "a.part"]);
}

#[test]
fn a_place_that_cannot_be_written_is_an_error_and_leaves_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    let from = home.path().join("a.part");
    fs::write(&from, "x").expect("written");
    let folder = home.path().join("target");
    fs::create_dir_all(folder.join("not empty")).expect("made");
    for to in [from.join("below a file.wav"), home.path().join("no folder/x.wav")] {
        let mut source = File::open(&from).expect("opened");
        assert_eq!(copy_atomically(&mut source, 1, &to, GO_ON), Err(FileError::FolderMissing));
        assert_eq!(write_atomically(&to, b"x"), Err(FileError::FolderMissing));
    }
    assert!(matches!(write_atomically(&folder, b"x"), Err(FileError::Other(_))), "a folder is in the way");
    assert_eq!(names(home.path()), ["a.part", "target"]);
}

/// `/dev/full` answers every write as a full disk does; systems without it cannot run this.
#[test]
fn a_full_disk_says_how_much_is_needed() {
    let home = tempfile::tempdir().expect("a folder");
    let from = home.path().join("a.part");
    fs::write(&from, vec![7; 3_000_000]).expect("written");
    let Ok(mut full) = File::options().write(true).open("/dev/full") else { return };
    let mut source = File::open(&from).expect("opened");
    let error = pour(&mut source, &mut full, 3_000_000, &mut GO_ON.clone()).expect_err("full");
    assert_eq!(error, FileError::DiskFull { needed_bytes: 3_000_000 });
    assert_eq!(error.to_string(), "The disk is full: 3 MB more are needed");
}

#[test]
fn a_filled_file_is_there_whole_or_not_at_all() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("clip.wav");
    let fill = |outcome: Result<(), FileError>| {
        fill_atomically(&path, |file| file.write_all(b"clip").map_err(|_| FileError::Cancelled).and(outcome))
    };
    assert_eq!(fill(Err(FileError::Cancelled)), Err(FileError::Cancelled));
    assert!(names(home.path()).is_empty());
    assert_eq!(fill(Ok(())), Ok(()));
    assert_eq!((names(home.path()), fs::read(&path).expect("read")), (vec!["clip.wav".to_owned()], b"clip".to_vec()));
}

#[test]
fn an_unfinished_file_disappears() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("Bella.wav");
    let temporary = Temporary::beside(path.as_path().into()).expect("made");
    assert_eq!(names(home.path()).len(), 1);
    drop(temporary);
    assert!(names(home.path()).is_empty());
}

#[test]
fn what_is_made_elsewhere_is_noted_while_it_is_made() {
    let (data, elsewhere) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let path = elsewhere.path().join("Bella.wav");
    let target = Target::outside(&path, data.path());
    let seen = |_: &mut File| -> Result<(), FileError> {
        let noted: Vec<_> = noted_in(data.path()).into_iter().filter_map(|(_, path)| path).collect();
        assert_eq!(noted.len(), 1);
        assert!(noted.iter().all(|path| path.exists() && path.parent() == Some(elsewhere.path())));
        Ok(())
    };
    fill_atomically(target, seen).expect("made");
    assert!(path.exists() && names(data.path()).is_empty());
    let missing = elsewhere.path().join("no folder/x.wav");
    write_atomically(Target::outside(&missing, data.path()), b"x").expect_err("refused");
    write_atomically(Target::outside(&path, &data.path().join("no folder")), b"new").expect("made without a note");
    assert_eq!((fs::read(&path).expect("read"), names(data.path())), (b"new".to_vec(), Vec::new()));
}
