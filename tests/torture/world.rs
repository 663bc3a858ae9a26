//! The store as a program uses it: steps that each make one fact true, and looking which facts are true.
//! It is told which number a fact shall have and does not know who was told what.

use super::facts::WIPE;
use super::values::{
    PAGE, SERVER, api_key, clinic, content, deed, devices, devices_number, key_of, keys, mark_number, marked, moment,
    notes, notes_number, number_in, organization, page, rows_of, sync_state,
};
use chrono::TimeDelta;
use consult_desk::domain::{AuditCheck, Consultation, ConsultationKey};
use consult_desk::store::{self, Checked, OpenNote, SealedKeyFile, Store, Target};
use std::collections::HashMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Words of a failure, as the product gives them.
pub type Outcome<T> = Result<T, String>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Page(u64),
    Notes(u64),
    Devices,
    SyncState,
    Organization,
    Settings,
    ApiKey,
    /// Marks and a remark.
    Mark(u64),
    /// An entry of the log.
    Audit(u64),
    /// The page and its notes have been here long enough.
    LetGo(u64),
    /// The quiet look through both files after the start, which also copies the local one.
    LookThrough,
    /// A document as an export.
    Document(u64),
    /// A copied file as an export.
    Copy(u64),
    /// An export that is written piece by piece.
    Pieces(u64),
    Wipe,
}

impl Step {
    /// What is so afterwards.
    pub fn facts(self, number: u64) -> Vec<(String, u64)> {
        match self {
            Self::LetGo(at) => {
                let notes = rows_of(at).map(|row| (Self::Notes(row).fact(), 0));
                std::iter::once((Self::Page(at).fact(), 0)).chain(notes).collect()
            }
            step => vec![(step.fact(), number)],
        }
    }

    pub fn fact(self) -> String {
        match self {
            Self::Page(at) => format!("page:{at}"),
            Self::Notes(at) => format!("notes:{at}"),
            Self::Devices => "devices".to_owned(),
            Self::SyncState => "sync-state".to_owned(),
            Self::Organization => "organization".to_owned(),
            Self::Settings => "settings".to_owned(),
            Self::ApiKey => "api-key".to_owned(),
            Self::Mark(at) => format!("mark:{at}"),
            Self::Audit(at) => format!("audit:{at}"),
            Self::LetGo(at) => format!("let-go:{at}"),
            Self::LookThrough => "look-through".to_owned(),
            Self::Document(at) => format!("document:{at}"),
            Self::Copy(at) => format!("copy:{at}"),
            Self::Pieces(at) => format!("pieces:{at}"),
            Self::Wipe => WIPE.to_owned(),
        }
    }

    pub fn of_fact(name: &str) -> Option<Self> {
        let (word, at) = name.split_once(':').map_or((name, 0), |(word, at)| (word, at.parse().unwrap_or(0)));
        Some(match word {
            "page" => Self::Page(at),
            "notes" => Self::Notes(at),
            "devices" => Self::Devices,
            "sync-state" => Self::SyncState,
            "organization" => Self::Organization,
            "settings" => Self::Settings,
            "api-key" => Self::ApiKey,
            "mark" => Self::Mark(at),
            "audit" => Self::Audit(at),
            "document" => Self::Document(at),
            "copy" => Self::Copy(at),
            "pieces" => Self::Pieces(at),
            _ => return None,
        })
    }

    /// NxVET can send it again, so a power cut may cost the newest of it.
    pub fn is_in_the_cache(self) -> bool {
        matches!(self, Self::Page(_) | Self::Notes(_) | Self::Devices | Self::SyncState)
    }
}

/// An open store, and the folders around it.
pub struct World {
    root: PathBuf,
    store: Store,
    /// Which consultation is how often in the log; read once.
    log: Option<HashMap<ConsultationKey, usize>>,
    pub notes: Vec<OpenNote>,
}

impl World {
    pub fn data(root: &Path) -> PathBuf {
        root.join("data")
    }

    /// Where exports go.
    pub fn out(root: &Path) -> PathBuf {
        root.join("out")
    }

    pub fn open(root: &Path) -> Outcome<Self> {
        store::finish_exports(&Self::data(root));
        let (store, notes) = Store::open(&Self::data(root), &keys(), moment()).map_err(words)?;
        Ok(Self { root: root.to_owned(), store, log: None, notes })
    }

    /// What a person sees first after a start.
    pub fn list(&mut self) -> Outcome<Vec<Consultation>> {
        self.store.last_organization().map_err(words)?;
        self.store.load_consultations(&clinic()).map_err(words)
    }

    pub fn apply(&mut self, step: Step, number: u64) -> Outcome<()> {
        match step {
            Step::Page(at) => self.store.save_consultations(&clinic(), &page(at, number)).map_err(words),
            Step::Notes(at) => self.store.save_notes(&key_of(at), &notes(number), moment()).map_err(words),
            Step::Devices => self.store.save_devices(&clinic(), &devices(number)).map_err(words),
            Step::SyncState => self.store.save_sync_state(&clinic(), &sync_state(number)).map_err(words),
            Step::Organization => self.store.save_organization(&organization(number)).map_err(words),
            Step::Settings => store::save_json(&self.settings(), &number).map_err(words),
            Step::ApiKey => self.key_file().save(&keys().sealing, &api_key(number), SERVER).map_err(words),
            Step::Mark(at) => self.store.save_marks(&clinic(), &marked(at, number)).map_err(words),
            Step::Audit(at) => self.store.append_audit(&[deed(at, number)]).map_err(words),
            Step::LetGo(at) => self.let_go(at, number),
            Step::LookThrough => self.store.check_cache().map_err(words),
            Step::Document(_) | Step::Copy(_) | Step::Pieces(_) => self.export(step, number),
            Step::Wipe => self.store.wipe().map_err(words),
        }
    }

    fn let_go(&mut self, at: u64, number: u64) -> Outcome<()> {
        // Notes go with their rows, so the rows must be there.
        self.apply(Step::Page(at), number)?;
        let wanted: Vec<ConsultationKey> = rows_of(at).map(key_of).collect();
        let mut expired = self.store.expired_consultations(moment() + TimeDelta::days(1)).map_err(words)?;
        expired.retain(|expired| wanted.contains(&expired.key));
        self.store.let_consultations_go(&expired).map_err(words)?;
        self.store.give_back_pages(1_000).map(drop).map_err(words)
    }

    fn export(&self, step: Step, number: u64) -> Outcome<()> {
        let (path, data) = (self.target(step), Self::data(&self.root));
        let target = Target::outside(&path, &data);
        let bytes = content(&step.fact(), number);
        match step {
            Step::Document(_) => store::write_atomically(target, &bytes).map_err(words),
            Step::Copy(_) => {
                let (mut source, go_on) = (bytes.as_slice(), |_, _| ControlFlow::Continue(()));
                store::copy_atomically(&mut source, bytes.len() as u64, target, go_on).map(drop).map_err(words)
            }
            _ => {
                let write = |file: &mut fs::File| {
                    let failed = |error: std::io::Error| store::FileError::from_io(&error, 0);
                    bytes.chunks(10_000).try_for_each(|piece| std::io::Write::write_all(file, piece).map_err(failed))
                };
                store::fill_atomically(target, write).map_err(words)
            }
        }
    }

    /// Which number the fact has now; words when it is half there.
    pub fn number_of(&mut self, step: Step) -> Outcome<u64> {
        match step {
            Step::Page(at) => self.page_number(at),
            Step::Notes(at) => {
                let stored = self.store.load_notes(&key_of(at)).map_err(words)?;
                stored.map_or(Ok(0), |stored| notes_number(&stored.notes))
            }
            Step::Devices => devices_number(&self.store.load_devices(&clinic()).map_err(words)?),
            Step::SyncState => {
                let state = self.store.load_sync_state(&clinic()).map_err(words)?;
                Ok(state.and_then(|state| state.total).unwrap_or(0) as u64)
            }
            Step::Organization => {
                let known = self.store.last_organization().map_err(words)?;
                Ok(known.map_or(0, |known| number_in(&known.name)))
            }
            Step::Settings => Ok(store::load_json::<u64>(&self.settings())),
            Step::ApiKey => {
                let stored = self.key_file().load(&keys().sealing).map_err(words)?;
                Ok(stored.map_or(0, |stored| number_in(stored.api_key.expose())))
            }
            Step::Mark(at) => {
                let all = self.store.load_marks(&clinic()).map_err(words)?;
                mark_number(&all.iter().filter(|marked| marked.key == key_of(at)).collect::<Vec<_>>())
            }
            Step::Audit(at) => self.audit_number(at),
            Step::Document(_) | Step::Copy(_) | Step::Pieces(_) => self.export_number(step),
            Step::LetGo(_) | Step::LookThrough | Step::Wipe => Ok(0),
        }
    }

    /// All rows of a page are of one number, or it was torn.
    fn page_number(&mut self, at: u64) -> Outcome<u64> {
        let wanted: Vec<ConsultationKey> = rows_of(at).map(key_of).collect();
        let rows = self.list()?;
        let mut numbers: Vec<u64> =
            rows.iter().filter(|row| wanted.contains(&row.key)).map(|row| number_in(&row.title)).collect();
        let found = numbers.len() as u64;
        numbers.dedup();
        match numbers.as_slice() {
            [] => Ok(0),
            [number] if found == PAGE => Ok(*number),
            torn => Err(format!("page {at} is torn: {found} rows of {torn:?}")),
        }
    }

    /// The newest entry of this name; none may be there twice.
    fn audit_number(&mut self, at: u64) -> Outcome<u64> {
        if self.log.is_none() {
            self.log = Some(self.read_log()?);
        }
        let lead = format!("a-{at}-");
        let mut newest = 0;
        for (key, count) in self.log.iter().flatten() {
            let Some(number) = key.record_id().and_then(|id| id.as_str().strip_prefix(&lead)?.parse().ok()) else {
                continue;
            };
            if *count != 1 {
                return Err(format!("{lead}{number} is {count} times in the log"));
            }
            newest = newest.max(number);
        }
        Ok(newest)
    }

    fn read_log(&mut self) -> Outcome<HashMap<ConsultationKey, usize>> {
        let mut log = HashMap::new();
        for entry in self.store.audit_page(None, usize::MAX).map_err(words)? {
            *log.entry(entry.key.ok_or("an entry about nothing")?).or_default() += 1;
        }
        Ok(log)
    }

    /// Whether the log's chain of digests holds.
    pub fn is_log_unbroken(&mut self) -> Outcome<()> {
        match self.store.check_audit(&Checked::default()).map_err(words)? {
            (AuditCheck::Unbroken, _) => Ok(()),
            (broken, _) => Err(format!("the log is {broken:?}")),
        }
    }

    fn export_number(&self, step: Step) -> Outcome<u64> {
        let Ok(bytes) = fs::read(self.target(step)) else { return Ok(0) };
        let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let number = number_in(&String::from_utf8_lossy(first));
        if bytes == content(&step.fact(), number) { Ok(number) } else { Err(format!("{} is half there", step.fact())) }
    }

    fn target(&self, step: Step) -> PathBuf {
        Self::out(&self.root).join(step.fact().replace(':', "-"))
    }

    fn settings(&self) -> PathBuf {
        self.root.join("config").join("settings.json")
    }

    fn key_file(&self) -> SealedKeyFile {
        SealedKeyFile::new(&Self::data(&self.root))
    }
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}
