//! Exports under way: what is written where, how far it is, and how it ended.

use super::State;
use super::command::ExportCommand;
use super::event::ExportEvent;
use super::player::Selection;
use super::request::{ExportRequest, Request};
use crate::domain::safe_name::safe_name;
use crate::domain::{AuditAction, ConsultationKey};

#[derive(Clone, Debug, Default)]
pub struct Exports {
    pub running: Vec<Export>,
    last_id: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    pub id: u64,
    /// Shown in the status bar only: it holds the patient's name.
    pub file_name: String,
    /// Whose text or recording it is; `None` for the log of this desk.
    pub about: Option<ConsultationKey>,
    /// The person has chosen a place and writing began.
    pub is_writing: bool,
    pub done: u64,
    pub total: Option<u64>,
}

impl State {
    pub(super) fn handle_export(&mut self, command: ExportCommand) -> Vec<Request> {
        if let ExportCommand::Cancel(export) = command {
            return vec![Request::Export(ExportRequest::Cancel(export))];
        }
        let Some(record) = &self.record else { return Vec::new() };
        let Some(consultation) = &record.consultation else { return Vec::new() };
        let (key, about) = (record.key.clone(), record.key.clone());
        let stem = consultation.export_stem(self.zone);
        let export = self.exports.last_id + 1;
        let (file_name, request) = match command {
            ExportCommand::Clip => {
                let Some(selection) = self.player.selection.filter(|_| self.player.holds(&key)) else {
                    return Vec::new();
                };
                let Selection { from_ms, to_ms } = selection;
                let file_name = safe_name(&clip_stem(&stem, selection), "wav");
                (file_name.clone(), ExportRequest::Clip { export, key, file_name, from_ms, to_ms })
            }
            ExportCommand::Document(format) => {
                let file_name = safe_name(&stem, format.extension());
                (file_name.clone(), ExportRequest::Document { export, key, file_name, format })
            }
            ExportCommand::Print { has_transcript } => {
                ("Printing".to_owned(), ExportRequest::Print { export, key, has_transcript })
            }
            ExportCommand::Recording | ExportCommand::Cancel(_) => {
                if key.record_id().is_none() {
                    return Vec::new();
                }
                let file_name = safe_name(&stem, "wav");
                (file_name.clone(), ExportRequest::Recording { export, key, file_name })
            }
        };
        self.exports.last_id = export;
        self.exports.list(file_name, Some(about));
        vec![Request::Export(request)]
    }

    fn handed_over(&mut self, export: u64, words: &str) -> Vec<Request> {
        let about = self.exports.get_mut(export).and_then(|export| export.about.clone());
        self.exports.end(export);
        self.notices.tell(words, self.now);
        // That the log itself was exported is noted by whoever wrote it.
        about.map(|key| Request::Audit(AuditAction::Exported, Some(key))).into_iter().collect()
    }

    pub(super) fn apply_export(&mut self, event: ExportEvent) -> Vec<Request> {
        match event {
            ExportEvent::Started { export, file_name } => {
                if let Some(running) = self.exports.get_mut(export) {
                    running.file_name = file_name;
                    running.is_writing = true;
                }
            }
            ExportEvent::Progress { export, done, total } => {
                if let Some(running) = self.exports.get_mut(export) {
                    running.done = done;
                    running.total = total;
                }
            }
            ExportEvent::Saved { export, .. } => return self.handed_over(export, "Saved"),
            ExportEvent::Printed { export, is_shown } => {
                let words = if is_shown { "Opened for printing in another program" } else { "Sent to the printer" };
                return self.handed_over(export, words);
            }
            ExportEvent::Cancelled { export } => self.exports.end(export),
            ExportEvent::Failed { export, problem } => {
                self.exports.end(export);
                // Nothing was saved: that stays on screen until it was read.
                self.notices.report(&super::Problem { severity: super::Severity::Error, ..problem }, self.now);
            }
        }
        Vec::new()
    }
}

/// `2026-11-22 13-40 Bella Room 1 clip 3m12s-4m05s`; a long name gives way to what tells clips apart.
fn clip_stem(stem: &str, selection: Selection) -> String {
    let short: String = stem.chars().take(80).collect();
    let place = |ms: u64| format!("{}m{:02}s", ms / 60_000, ms / 1000 % 60);
    format!("{} clip {}-{}", short.trim_end(), place(selection.from_ms), place(selection.to_ms))
}

impl Exports {
    /// Lists a file that is about to be written; answers its number.
    pub(super) fn begin(&mut self, file_name: String) -> u64 {
        self.last_id += 1;
        self.list(file_name, None);
        self.last_id
    }

    fn list(&mut self, file_name: String, about: Option<ConsultationKey>) {
        self.running.push(Export { id: self.last_id, file_name, about, is_writing: false, done: 0, total: None });
    }

    fn get_mut(&mut self, id: u64) -> Option<&mut Export> {
        self.running.iter_mut().find(|export| export.id == id)
    }

    fn end(&mut self, id: u64) {
        self.running.retain(|export| export.id != id);
    }
}
