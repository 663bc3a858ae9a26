//! A recording that is still arriving, on disk: its bytes in any order, and beside them what is needed to go on
//! after the program was closed or killed. Which bytes to fetch next is decided elsewhere; how they are sealed is in
//! `sealed_file`.

use super::files::{self, FileError};
use super::recordings::{PartPaths, RecordingFile, Recordings};
use super::sealed_file::{CHUNK, Live, place_of};
use crate::domain::ranges;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// What a download must know to go on: without a strong tag it starts again. It holds no content and lies there plain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sidecar {
    pub etag: Option<String>,
    pub total: Option<u64>,
    /// What has arrived, merged and ascending.
    #[serde(default)]
    pub(super) ranges: Vec<Range<u64>>,
    /// The id of the file that is spoken of: a part that was begun anew makes the note void.
    #[serde(default)]
    pub(super) file: Option<String>,
}

impl Sidecar {
    pub fn new(etag: Option<String>, total: Option<u64>, ranges: Vec<Range<u64>>) -> Self {
        Self { etag, total, ranges, file: None }
    }

    /// `None` for a missing or unreadable one, which means: start again.
    pub fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }

    pub fn write(&self, path: &Path) -> Result<(), FileError> {
        let text = serde_json::to_vec(self).map_err(|_| FileError::Other(io::ErrorKind::InvalidData))?;
        files::write_privately(path, &text)
    }

    pub fn ranges(&self) -> &[Range<u64>] {
        &self.ranges
    }

    /// Whether a download can go on with it.
    pub(super) fn is_enough(&self) -> bool {
        self.etag.is_some() && self.total.is_some() && !self.ranges.is_empty()
    }
}

/// A part open for writing. What is written is seen by its readers at once and is on the disk when a note says so.
#[derive(Debug)]
pub struct Part {
    recordings: Recordings,
    paths: PartPaths,
    writing: Writing,
    /// What has been written, also by earlier runs.
    filled: Vec<Range<u64>>,
}

/// The file of a part while it is written.
#[derive(Debug)]
pub(super) struct Writing {
    pub(super) live: Arc<Live>,
    /// Tells this writing from a later one.
    pub(super) writer: u64,
}

impl Part {
    pub(super) fn new(recordings: Recordings, paths: PartPaths, writing: Writing, filled: Vec<Range<u64>>) -> Self {
        Self { recordings, paths, writing, filled }
    }

    /// Writes bytes where they belong; whoever reads the recording sees them when this returns. `missing` is what
    /// still has to come, for the words when the disk is full.
    pub fn write(&mut self, offset: u64, bytes: &[u8], missing: u64) -> Result<(), FileError> {
        self.put(offset, bytes).map_err(|error| FileError::from_io(&error, missing))
    }

    fn put(&mut self, mut at: u64, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let (index, within) = place_of(at);
            let (piece, rest) = bytes.split_at_checked(CHUNK - within).unwrap_or((bytes, &[]));
            self.put_piece(index, within, piece)?;
            at += piece.len() as u64;
            bytes = rest;
        }
        Ok(())
    }

    /// Bytes of one chunk. What is there already stays as it is: a closed chunk is never written again.
    fn put_piece(&mut self, index: u64, within: usize, piece: &[u8]) -> io::Result<()> {
        let chunk = span_of(index);
        let start = chunk.start + within as u64;
        let new = start..start + piece.len() as u64;
        if ranges::covers(&self.filled, &new) {
            return Ok(());
        }
        if piece.len() == CHUNK {
            self.writing.live.put_whole(index, piece)?;
            ranges::insert(&mut self.filled, new);
            return Ok(());
        }
        self.writing.live.put(index, within, piece, !ranges::touches(&self.filled, &chunk))?;
        ranges::insert(&mut self.filled, new);
        if ranges::covers(&self.filled, &chunk) { self.writing.live.close(index) } else { Ok(()) }
    }

    /// Forgets everything: another version is on its way. It becomes another file under the same name, so that nothing
    /// of the former version can ever be taken for a piece of this one.
    pub fn empty(&mut self) -> Result<(), FileError> {
        // The facts go first: left alone, they would speak of bytes that are gone.
        fs::remove_file(&self.paths.sidecar).ok();
        self.filled.clear();
        let file = self.writing.live.end_writing(self.writing.writer);
        let file = file.ok_or(FileError::Other(io::ErrorKind::NotConnected))?;
        let begun = self.recordings.begin_anew(&self.paths.part, file);
        self.writing = begun.map_err(|error| FileError::from_io(&error, 0))?;
        Ok(())
    }

    /// Takes notes while bytes go on arriving.
    pub fn notebook(&self) -> Notebook {
        Notebook { live: Arc::clone(&self.writing.live), sidecar: self.paths.sidecar.clone() }
    }

    /// Turns the part into the recording: its length sealed, flushed, then renamed, so that it is never half there.
    /// A part of which not all `total` bytes have come, or more, stays what it is.
    pub fn finish(self, total: u64) -> Result<RecordingFile, FileError> {
        let finish = || -> io::Result<RecordingFile> {
            let is_all = match self.filled.as_slice() {
                [] => total == 0,
                [all] => *all == (0..total),
                _ => false,
            };
            if !is_all {
                return Err(io::ErrorKind::InvalidData.into());
            }
            self.close_last_chunk(total)?;
            self.writing.live.seal_length(total)?;
            self.writing.live.sync()?;
            // An open file cannot be renamed everywhere.
            self.writing.live.end_writing(self.writing.writer);
            let finished = Recordings::path_of_finished(&self.paths);
            files::rename_durably(&self.paths.part, &finished)?;
            fs::remove_file(&self.paths.sidecar).ok();
            Ok(self.recordings.just_finished(finished, total, self.writing.live.id()))
        };
        finish().map_err(|error| FileError::from_io(&error, 0))
    }

    /// It is hardly ever full, and only now it is known where it ends.
    fn close_last_chunk(&self, total: u64) -> io::Result<()> {
        let (index, within) = place_of(total);
        if within == 0 {
            return Ok(());
        }
        // Takes it in hand when it stands on the disk only.
        self.writing.live.put(index, 0, &[], false)?;
        self.writing.live.close(index)
    }
}

impl Drop for Part {
    /// Its readers go on reading what has come.
    fn drop(&mut self) {
        self.writing.live.put_away(self.writing.writer);
    }
}

fn span_of(index: u64) -> Range<u64> {
    index * CHUNK as u64..(index + 1) * CHUNK as u64
}

/// Notes how far a part has come, so that the note never promises more than the disk holds.
#[derive(Debug)]
pub struct Notebook {
    live: Arc<Live>,
    sidecar: std::path::PathBuf,
}

impl Notebook {
    /// The bytes are made durable before the note that speaks of them.
    pub fn note(&self, mut known: Sidecar) -> Result<(), FileError> {
        let durable = self.live.flush().and_then(|()| self.live.sync());
        durable.map_err(|error| FileError::from_io(&error, 0))?;
        known.file = Some(self.live.id().to_string());
        known.write(&self.sidecar)
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::domain::ConsultationKey;
    use std::io::Read as _;
    use std::slice;

    const C: u64 = CHUNK as u64;

    fn home() -> (tempfile::TempDir, Recordings, ConsultationKey) {
        let home = tempfile::tempdir().expect("a folder");
        let recordings = Recordings::new(home.path(), &samples::keys().recordings);
        (home, recordings, ConsultationKey::record("r-1"))
    }

    fn facts(total: u64, ranges: &[Range<u64>]) -> Sidecar {
        Sidecar::new(Some("\"abc\"".to_owned()), Some(total), ranges.to_vec())
    }

    fn sound(bytes: u64) -> Vec<u8> {
        (0..bytes).map(|n| (n * 7 + n / 251) as u8).collect()
    }

    fn piece(sound: &[u8], range: &Range<u64>) -> Vec<u8> {
        sound[range.start as usize..range.end as usize].to_vec()
    }

    fn write(part: &mut Part, sound: &[u8], range: Range<u64>) {
        part.write(range.start, &piece(sound, &range), 0).expect("written");
    }

    fn read_whole(file: &RecordingFile) -> Vec<u8> {
        let mut bytes = Vec::new();
        file.open().expect("opened").read_to_end(&mut bytes).expect("read");
        bytes
    }

    #[test]
    fn pieces_arrive_in_any_order_and_are_seen_at_once() {
        let (_home, recordings, key) = home();
        let (mut part, known) = recordings.write_part(&key).expect("opened");
        assert_eq!(known, None);
        part.write(8, b"later", 0).expect("written");
        part.write(0, b"first", 0).expect("written");
        part.write(5, b"...", 0).expect("written");
        let mut seen = Vec::new();
        recordings.read_part(&key).expect("opened").with_length(13).read_to_end(&mut seen).expect("read");
        assert_eq!(seen, b"first...later");
        let file = part.finish(13).expect("finished");
        assert_eq!((file.bytes, read_whole(&file)), (13, b"first...later".to_vec()));
    }

    #[test]
    fn only_what_came_exactly_is_finished() {
        for (came, total) in [(7, 8), (8, 7), (0, 1), (1, 0)] {
            let (_home, recordings, key) = home();
            let (mut part, _) = recordings.write_part(&key).expect("opened");
            part.write(0, &sound(came), 0).expect("written");
            assert!(part.finish(total).is_err() && recordings.finished(&key).is_none(), "{came} of {total}");
        }
        let (_home, recordings, key) = home();
        let (mut part, _) = recordings.write_part(&key).expect("opened");
        part.write(1, b"RIFF", 0).expect("written");
        assert!(part.finish(5).is_err(), "a hole at the beginning");
        let (_home, recordings, key) = home();
        let nothing = recordings.write_part(&key).expect("opened").0.finish(0).expect("finished");
        assert_eq!(read_whole(&nothing), b"");
    }

    #[test]
    fn a_part_is_gone_on_with_when_its_note_holds() {
        let (_home, recordings, key) = home();
        assert_eq!(recordings.resumable(&key), None);
        let sound = sound(3 * C + 99);
        let (mut part, _) = recordings.write_part(&key).expect("opened");
        let ranges = [0..C + 10, 2 * C + 5..2 * C + 50];
        for range in &ranges {
            write(&mut part, &sound, range.clone());
        }
        part.notebook().note(facts(3 * C + 99, &ranges)).expect("noted");
        drop(part);
        let (mut part, known) = recordings.write_part(&key).expect("opened again");
        let known = known.expect("resumable");
        assert_eq!(known.ranges(), ranges);
        assert_eq!((known.etag.as_deref(), known.total), (Some("\"abc\""), Some(3 * C + 99)));
        for range in [C + 10..2 * C + 5, 2 * C + 50..3 * C + 99] {
            write(&mut part, &sound, range);
        }
        assert_eq!(read_whole(&part.finish(3 * C + 99).expect("finished")), sound);
    }

    #[test]
    fn a_note_of_another_file_is_void() {
        let (_home, recordings, key) = home();
        let (mut part, _) = recordings.write_part(&key).expect("opened");
        part.write(0, b"RIFF", 0).expect("written");
        let notebook = part.notebook();
        notebook.note(facts(9, slice::from_ref(&(0..4)))).expect("noted");
        assert!(recordings.resumable(&key).is_some());
        part.empty().expect("emptied");
        assert!(!recordings.part(&key).sidecar.exists());
        part.write(0, b"WAVE", 0).expect("written");
        part.notebook().note(facts(9, slice::from_ref(&(0..4)))).expect("noted");
        let void = fs::read(recordings.part(&key).sidecar).expect("read");
        part.empty().expect("emptied");
        part.write(0, b"DATA", 0).expect("written");
        part.notebook().note(facts(9, slice::from_ref(&(0..4)))).expect("noted");
        fs::write(recordings.part(&key).sidecar, void).expect("put back");
        assert_eq!(recordings.resumable(&key), None);
    }

    #[test]
    fn useless_notes_are_no_notes() {
        let (_home, recordings, key) = home();
        let (mut part, _) = recordings.write_part(&key).expect("opened");
        part.write(0, b"RIFF", 0).expect("written");
        part.notebook().note(facts(9, slice::from_ref(&(0..4)))).expect("noted");
        let sidecar = recordings.part(&key).sidecar;
        let good = fs::read_to_string(&sidecar).expect("read");
        for (what, instead) in [("\"etag\":\"", "\"other\":\""), ("\"total\":9", "\"total\":null"), ("{", "")] {
            fs::write(&sidecar, good.replacen(what, instead, 1)).expect("written");
            assert_eq!(recordings.resumable(&key), None, "{what}");
        }
        let mad =
            good.replace(r#"{"start":0,"end":4}"#, r#"{"start":9,"end":3},{"start":0,"end":18446744073709551615}"#);
        assert_ne!(mad, good);
        fs::write(&sidecar, mad).expect("written");
        assert_eq!(recordings.resumable(&key).map(|known| known.ranges().to_vec()), Some(vec![0..9; 1]));
    }

    /// A chunk that is half there is written again and again; a power cut may tear it after the note that spoke of it.
    #[test]
    fn a_torn_chunk_is_fetched_again() {
        let (_home, recordings, key) = home();
        let total = 4 * C + 100;
        let sound = sound(total);
        let ranges = [0..C + 7, 2 * C + 9..3 * C + 30];
        let (mut part, _) = recordings.write_part(&key).expect("opened");
        for range in &ranges {
            write(&mut part, &sound, range.clone());
        }
        part.notebook().note(facts(total, &ranges)).expect("noted");
        drop(part);
        let path = recordings.part(&key).part;
        let whole = fs::read(&path).expect("read");
        let slot = 24 + CHUNK + 16;
        let torn = |chunk: usize| {
            let mut bytes = whole.clone();
            bytes[128 + chunk * slot + 4096..][..4096].fill(0);
            fs::write(&path, bytes).expect("written");
            recordings.resumable(&key).map(|known| known.ranges().to_vec())
        };
        assert_eq!(torn(1), Some(vec![0..C, 2 * C + 9..3 * C + 30]));
        assert_eq!(torn(2), Some(vec![0..C + 7, 3 * C..3 * C + 30]));
        assert_eq!(torn(3), Some(vec![0..C + 7, 2 * C + 9..3 * C]));
        fs::write(&path, &whole[..128 + 3 * slot + 5]).expect("cut");
        let (mut part, known) = recordings.write_part(&key).expect("opened");
        assert_eq!(known.expect("resumable").ranges(), [0..C + 7, 2 * C + 9..3 * C]);
        for range in [C + 7..2 * C + 9, 3 * C..total] {
            write(&mut part, &sound, range);
        }
        assert_eq!(read_whole(&part.finish(total).expect("finished")), sound);
    }

    #[test]
    fn readers_see_what_came_after_the_writer_has_gone_and_come_back() {
        let (_home, recordings, key) = home();
        let sound = sound(C);
        let (mut part, _) = recordings.write_part(&key).expect("opened");
        write(&mut part, &sound, 0..100);
        part.notebook().note(facts(C, slice::from_ref(&(0..100)))).expect("noted");
        let mut reader = recordings.read_part(&key).expect("opened");
        drop(part);
        let mut seen = vec![0; 100];
        reader.read_exact(&mut seen).expect("read");
        assert_eq!(seen, sound[..100]);
        let (mut part, _) = recordings.write_part(&key).expect("opened");
        write(&mut part, &sound, 100..200);
        drop(part);
        reader.read_exact(&mut seen).expect("read");
        assert_eq!(seen, sound[100..200], "and no remembered emptiness");
    }
}
