//! Showing the log of this desk page by page, with whether it is unbroken, and writing it to a file.

use crate::backend::clinic::Clinic;
use crate::backend::desk::Context;
use crate::backend::problems;
use crate::backend::tasks::marks;
use crate::domain::AuditAction;
use crate::platform::SaveDialog;
use crate::state::{Event, ExportEvent, Fault, Problem, StorageEvent};
use crate::store::{Checked, Deed, FileError, Target, write_atomically};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const FILE_NAME: &str = "Log of this desk.csv";

/// A page of it, newest first. The whole chain is checked each time: it is read faster than a person turns a page.
pub(super) async fn show(clinic: &Clinic, below: Option<u64>, most: usize) {
    marks::flush(clinic).await;
    let read = clinic.store.run(move |store| {
        let entries = store.audit_page(below, most)?;
        let (check, _) = store.check_audit(&Checked::default())?;
        Ok((entries, check))
    });
    let event = match read.await {
        Ok((entries, check)) => Event::Storage(StorageEvent::Audit { below, entries, check }),
        Err(error) => Event::Told(problems::of_store(&error)),
    };
    clinic.events.send(event).await;
}

/// Asks where to, then writes all of it.
pub(super) async fn export(context: &Context, clinic: &Arc<Clinic>, export: u64) {
    let event = match ask_where(context).await {
        _ if !context.services.dialogs.can_ask() => ExportEvent::Failed { export, problem: cannot_ask() },
        None => ExportEvent::Cancelled { export },
        Some(path) => match write(clinic, &path, &context.services.folders.data).await {
            Ok(()) => {
                let deed = Deed { at: context.services.clock.now(), action: AuditAction::AuditExported, key: None };
                marks::note(clinic, deed).await;
                let file_name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                ExportEvent::Saved { export, file_name }
            }
            Err(problem) => ExportEvent::Failed { export, problem },
        },
    };
    context.events.send(Event::Export(event)).await;
}

async fn ask_where(context: &Context) -> Option<PathBuf> {
    let services = Arc::clone(&context.services);
    let ask = move || {
        services.dialogs.ask_save_path(&SaveDialog {
            title: "Export the log".to_owned(),
            file_name: FILE_NAME.to_owned(),
            filters: vec![("Table".to_owned(), vec!["csv".to_owned()])],
            folder: None,
        })
    };
    tokio::task::spawn_blocking(ask).await.ok().flatten()
}

/// Without a file dialog "cancelled" would be a lie.
fn cannot_ask() -> Problem {
    let why = "this desktop has no file dialog, install xdg-desktop-portal or zenity".to_owned();
    Problem::new(&Fault::NotExported(why), "DIALOG")
}

async fn write(clinic: &Clinic, path: &Path, data: &Path) -> Result<(), Problem> {
    marks::flush(clinic).await;
    let table = clinic.store.run(crate::store::Store::export_audit).await;
    let table = table.map_err(|error| problems::of_store(&error))?;
    let (to, data) = (path.to_owned(), data.to_owned());
    let write = move || write_atomically(Target::outside(&to, &data), table.as_bytes());
    let written = tokio::task::spawn_blocking(write).await;
    let written = written.unwrap_or(Err(FileError::Other(std::io::ErrorKind::Interrupted)));
    written.map_err(|error| problems::of_file(&error))
}
