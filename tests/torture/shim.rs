//! The shim as the tests see it: made once by the C compiler, told what to do through the environment, and its log
//! read back as operations.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

const SOURCE: &str = include_str!("shim.c");
const MARK: u32 = 0x5452_4f54;
const HEAD: usize = 48;

/// The library to load before the program; `None`, said aloud, where there is no C compiler or no Linux.
pub fn library() -> Option<&'static Path> {
    static MADE: OnceLock<Option<(tempfile::TempDir, PathBuf)>> = OnceLock::new();
    MADE.get_or_init(make).as_ref().map(|(_, path)| path.as_path())
}

fn make() -> Option<(tempfile::TempDir, PathBuf)> {
    let is_here = Command::new("cc").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !is_here || std::env::consts::OS != "linux" {
        eprintln!("skipped: torture needs Linux and a C compiler");
        return None;
    }
    let home = tempfile::tempdir().expect("a folder");
    let (source, path) = (home.path().join("shim.c"), home.path().join("shim.so"));
    std::fs::write(&source, SOURCE).expect("written");
    let flags = ["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread", "-o"];
    let output = Command::new("cc").args(flags).arg(&path).arg(&source).output().expect("cc runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some((home, path))
}

/// What a program does to a disk. The order is that of the shim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Open,
    Write,
    Sync,
    Rename,
    Unlink,
    Cut,
    Folder,
    /// Something was acknowledged; no operation on the watched folder.
    Ack,
    Read,
}

impl Kind {
    const ALL: [Self; 9] = [
        Self::Open,
        Self::Write,
        Self::Sync,
        Self::Rename,
        Self::Unlink,
        Self::Cut,
        Self::Folder,
        Self::Ack,
        Self::Read,
    ];

    /// What is on the disk afterwards may be something else.
    pub fn changes(self) -> bool {
        !matches!(self, Self::Ack | Self::Read)
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Write => "write",
            Self::Sync => "sync",
            Self::Rename => "rename",
            Self::Unlink => "unlink",
            Self::Cut => "cut",
            Self::Folder => "folder",
            Self::Ack => "ack",
            Self::Read => "read",
        }
    }
}

/// What is to happen to one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    Fail(Errno),
    /// Half is written, and the program is told so.
    Short,
    KillBefore,
    KillAfter,
    /// Half is written, then the program is no more.
    KillHalf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Errno {
    NoSpace,
    Io,
    Access,
}

impl Errno {
    pub const ALL: [Self; 3] = [Self::NoSpace, Self::Io, Self::Access];
}

/// The nth operation of a kind, or of any kind, and what happens to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Order {
    pub kind: Option<Kind>,
    /// Counts from 1.
    pub nth: usize,
    pub what: What,
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.what {
            What::Fail(Errno::NoSpace) => "ENOSPC",
            What::Fail(Errno::Io) => "EIO",
            What::Fail(Errno::Access) => "EACCES",
            What::Short => "short",
            What::KillBefore => "kill-before",
            What::KillAfter => "kill-after",
            What::KillHalf => "kill-half",
        };
        write!(f, "{}:{}:{what}", self.kind.map_or("any", Kind::word), self.nth)
    }
}

/// One thing that was done, or was to be done.
#[derive(Clone, Debug)]
pub struct Operation {
    pub kind: Kind,
    pub made_it: bool,
    pub is_folder: bool,
    pub emptied_it: bool,
    /// 0 when it went well.
    pub error: u16,
    /// Which file, whatever it is called by now.
    pub file: u64,
    pub offset: u64,
    /// How much was to be written, or where the file was cut.
    pub length: u64,
    pub path: PathBuf,
    /// The new name.
    pub other: PathBuf,
    pub data: Vec<u8>,
}

impl Operation {
    /// What and where, without names that chance has given.
    pub fn name(&self) -> String {
        let name = self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let is_digest = |part: &str| part.len() >= 16 && part.chars().all(|c| c.is_ascii_hexdigit());
        let parts: Vec<&str> = name
            .split_inclusive(['.', '-'])
            .map(|part| if is_digest(part.trim_end_matches(['.', '-'])) { "*" } else { part })
            .collect();
        format!("{} {}", self.kind.word(), parts.concat())
    }
}

/// Reads a log; an entry that was cut short by a kill ends it.
pub fn operations(path: &Path) -> Vec<Operation> {
    let bytes = std::fs::read(path).unwrap_or_default();
    let mut rest = bytes.as_slice();
    std::iter::from_fn(|| {
        let (operation, left) = take(rest)?;
        rest = left;
        Some(operation)
    })
    .collect()
}

fn take(bytes: &[u8]) -> Option<(Operation, &[u8])> {
    let (head, rest) = bytes.split_at_checked(HEAD)?;
    let small = |at: usize| Some(u32::from_le_bytes(head.get(at..at + 4)?.try_into().ok()?));
    let large = |at: usize| Some(u64::from_le_bytes(head.get(at..at + 8)?.try_into().ok()?));
    assert_eq!(small(0)?, MARK, "a log of the shim");
    let facts = *head.get(5)?;
    let (path, rest) = rest.split_at_checked(small(8)? as usize)?;
    let (other, rest) = rest.split_at_checked(small(12)? as usize)?;
    let (data, rest) = rest.split_at_checked(small(16)? as usize)?;
    let text = |bytes: &[u8]| PathBuf::from(String::from_utf8_lossy(bytes).into_owned());
    let operation = Operation {
        kind: *Kind::ALL.get(usize::from(*head.get(4)?))?,
        made_it: facts & 1 != 0,
        is_folder: facts & 2 != 0,
        emptied_it: facts & 4 != 0,
        error: u16::from_le_bytes(head.get(6..8)?.try_into().ok()?),
        file: large(24)?,
        length: large(32)?,
        offset: large(40)?,
        path: text(path),
        other: text(other),
        data: data.to_vec(),
    };
    Some((operation, rest))
}
