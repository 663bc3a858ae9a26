//! A disk that is told what was done and then loses its power: only what was made to wait for the disk is sure to be
//! there. Of the rest each write may be there, torn at 512 bytes, or not, in any order; a new name, a rename and a
//! removal are sure only after the folder was flushed. Folders themselves do not get lost.

use super::shim::{Kind, Operation};
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::{fs, mem};

const SECTOR: usize = 512;

#[derive(Default)]
pub struct Disk {
    files: BTreeMap<u64, File>,
    /// As the program sees it.
    names: BTreeMap<PathBuf, u64>,
    sure_names: BTreeMap<PathBuf, u64>,
    unsure: Vec<Naming>,
}

#[derive(Default)]
struct File {
    sure: Vec<u8>,
    unsure: Vec<Change>,
}

enum Change {
    Write { at: usize, data: Vec<u8> },
    Cut(usize),
}

#[derive(Clone)]
enum Naming {
    Make { path: PathBuf, file: u64 },
    Rename { from: PathBuf, to: PathBuf, file: u64 },
    Remove { path: PathBuf },
}

impl Naming {
    fn folder(&self) -> Option<&Path> {
        match self {
            Self::Make { path, .. } | Self::Remove { path } | Self::Rename { to: path, .. } => path.parent(),
        }
    }

    fn apply(&self, names: &mut BTreeMap<PathBuf, u64>) {
        match self {
            Self::Make { path, file } => drop(names.insert(path.clone(), *file)),
            Self::Remove { path } => drop(names.remove(path)),
            Self::Rename { from, to, file } => {
                names.remove(from);
                names.insert(to.clone(), *file);
            }
        }
    }
}

impl Disk {
    /// What lies below a folder, all of it safely on the disk.
    pub fn with(root: &Path) -> Self {
        let mut disk = Self::default();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if !path.to_string_lossy().ends_with("-shm") {
                    let file = entry.metadata().expect("its facts").ino();
                    let sure = fs::read(&path).expect("its bytes");
                    disk.files.insert(file, File { sure, unsure: Vec::new() });
                    disk.names.insert(path, file);
                }
            }
        }
        disk.sure_names = disk.names.clone();
        disk
    }

    pub fn hear(&mut self, operation: &Operation) {
        if operation.error != 0 {
            return;
        }
        match operation.kind {
            Kind::Open => self.opened(operation),
            Kind::Write => {
                let change = Change::Write { at: operation.offset as usize, data: operation.data.clone() };
                self.files.entry(operation.file).or_default().unsure.push(change);
            }
            Kind::Cut => {
                let change = Change::Cut(operation.length as usize);
                self.files.entry(operation.file).or_default().unsure.push(change);
            }
            Kind::Sync if operation.is_folder => self.flush_names(&operation.path),
            Kind::Sync => {
                let file = self.files.entry(operation.file).or_default();
                let unsure = mem::take(&mut file.unsure);
                for change in &unsure {
                    apply(&mut file.sure, change);
                }
            }
            Kind::Rename => {
                let Some(file) = self.names.get(&operation.path).copied() else { return };
                self.name(Naming::Rename { from: operation.path.clone(), to: operation.other.clone(), file });
            }
            Kind::Unlink => self.name(Naming::Remove { path: operation.path.clone() }),
            Kind::Folder | Kind::Ack | Kind::Read => {}
        }
    }

    fn opened(&mut self, operation: &Operation) {
        if operation.made_it {
            // The number may have belonged to a file that is no more.
            self.files.insert(operation.file, File::default());
            self.name(Naming::Make { path: operation.path.clone(), file: operation.file });
        } else if operation.emptied_it {
            self.files.entry(operation.file).or_default().unsure.push(Change::Cut(0));
        }
    }

    fn name(&mut self, naming: Naming) {
        naming.apply(&mut self.names);
        self.unsure.push(naming);
    }

    fn flush_names(&mut self, folder: &Path) {
        let (flushed, left) =
            mem::take(&mut self.unsure).into_iter().partition(|naming| naming.folder() == Some(folder));
        self.unsure = left;
        let flushed: Vec<Naming> = flushed;
        for naming in &flushed {
            naming.apply(&mut self.sure_names);
        }
    }

    /// What the program would read now.
    pub fn now(&self, path: &Path) -> Option<Vec<u8>> {
        let file = self.files.get(self.names.get(path)?)?;
        let mut bytes = file.sure.clone();
        file.unsure.iter().for_each(|change| apply(&mut bytes, change));
        Some(bytes)
    }

    /// What may be found after the power was cut now.
    pub fn after_a_cut(&self, random: &mut fastrand::Rng) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut names = self.sure_names.clone();
        let luck = Luck::draw(random);
        let kept = luck.of(self.unsure.len(), random);
        let namings = self.unsure.iter().zip(kept).filter(|(_, is_kept)| *is_kept);
        namings.for_each(|(naming, _)| naming.apply(&mut names));
        names.into_iter().map(|(path, file)| (path, self.bytes_of(file, random))).collect()
    }

    fn bytes_of(&self, file: u64, random: &mut fastrand::Rng) -> Vec<u8> {
        let Some(file) = self.files.get(&file) else { return Vec::new() };
        let mut bytes = file.sure.clone();
        let luck = Luck::draw(random);
        let tears = random.bool();
        for (change, is_kept) in file.unsure.iter().zip(luck.of(file.unsure.len(), random)) {
            match change {
                Change::Write { at, data } if is_kept && tears && random.u8(..3) == 0 => {
                    write_torn(&mut bytes, *at, data, random);
                }
                change if is_kept => apply(&mut bytes, change),
                _ => {}
            }
        }
        bytes
    }
}

/// How much of what was not flushed reached the disk.
enum Luck {
    Nothing,
    Everything,
    /// What came first.
    Beginning,
    Any(u8),
}

impl Luck {
    fn draw(random: &mut fastrand::Rng) -> Self {
        match random.u8(..8) {
            0 => Self::Nothing,
            1 => Self::Everything,
            2..4 => Self::Beginning,
            _ => Self::Any(random.u8(1..10)),
        }
    }

    fn of(&self, count: usize, random: &mut fastrand::Rng) -> Vec<bool> {
        match self {
            Self::Nothing => vec![false; count],
            Self::Everything => vec![true; count],
            Self::Beginning => {
                let end = random.usize(..=count);
                (0..count).map(|at| at < end).collect()
            }
            Self::Any(tenths) => (0..count).map(|_| random.u8(..10) < *tenths).collect(),
        }
    }
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write { at, data } => write(bytes, *at, data),
        Change::Cut(length) => bytes.resize(*length, 0),
    }
}

fn write(bytes: &mut Vec<u8>, at: usize, data: &[u8]) {
    let end = at + data.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes.splice(at..end, data.iter().copied());
}

/// Each sector of its own accord.
fn write_torn(bytes: &mut Vec<u8>, at: usize, data: &[u8], random: &mut fastrand::Rng) {
    let mut from = 0;
    while from < data.len() {
        let to_border = SECTOR - (at + from) % SECTOR;
        let to = data.len().min(from + to_border);
        if random.bool() {
            write(bytes, at + from, data.get(from..to).unwrap_or_default());
        }
        from = to;
    }
}
