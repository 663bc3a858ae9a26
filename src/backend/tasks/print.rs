//! Printing a consultation: the document is made here, lies in a folder of our own that nobody else can enter, and is
//! handed to the system. It goes again at once, or, where another program shows it, when the desk locks or closes.

use super::super::paper::{self, Paper};
use super::super::problems;
use super::export::Job;
use crate::domain::Zone;
use crate::platform::{Folders, Printed, dirs};
use crate::state::{Event, ExportEvent, Fault, Problem};
use crate::store::{erase_folder, write_privately};
use std::path::{Path, PathBuf};

/// Below the data folder; gone while nothing is being printed.
const FOLDER: &str = "print";

/// Answered by `ExportEvent::Printed`, `Cancelled` or `Failed`.
pub(in super::super) async fn print(job: Job, has_transcript: bool) {
    let event = match to_printer(&job, has_transcript).await {
        Ok(Printed::Cancelled) => ExportEvent::Cancelled { export: job.export },
        Ok(printed) => ExportEvent::Printed { export: job.export, is_shown: printed == Printed::Shown },
        Err(problem) => ExportEvent::Failed { export: job.export, problem },
    };
    job.clinic.events.send(Event::Export(event)).await;
}

/// What was printed is not left behind. Blocks.
pub(in super::super) fn forget(folders: &Folders) {
    if let Err(error) = erase_folder(&folders.data.join(FOLDER)) {
        tracing::warn!(kind = %error.kind(), "something that was printed could not be removed yet");
    }
}

async fn to_printer(job: &Job, has_transcript: bool) -> Result<Printed, Problem> {
    let bytes = document(job, has_transcript).await?;
    let (services, export) = (job.services.clone(), job.export);
    let hand_over = move || {
        let path = put(&services.folders.data, export, &bytes)?;
        let printed = services.dialogs.print(&path, paper::TITLE);
        if printed != Printed::Shown {
            std::fs::write(&path, vec![0; bytes.len()]).and_then(|()| std::fs::remove_file(&path)).ok();
        }
        Ok(printed)
    };
    let printed = tokio::task::spawn_blocking(hand_over).await.unwrap_or(Ok(Printed::Nowhere))?;
    match printed {
        Printed::Nowhere => Err(not_printed("this computer has no way of printing that was found")),
        printed => Ok(printed),
    }
}

/// The PDF of a consultation.
pub(in super::super) async fn document(job: &Job, has_transcript: bool) -> Result<Vec<u8>, Problem> {
    let (row, stored) = job.loaded().await?;
    let now = job.services.clock.now();
    let draw = move || {
        let (consultation, notes, zone) = (&*row, &stored.notes, Zone::Local);
        paper::pdf(&Paper { consultation, notes, has_transcript, zone, now })
    };
    let made = tokio::task::spawn_blocking(draw).await;
    made.ok().and_then(Result::ok).ok_or_else(|| not_printed("the document could not be made"))
}

fn put(data: &Path, export: u64, bytes: &[u8]) -> Result<PathBuf, Problem> {
    let folder = data.join(FOLDER);
    dirs::create_private(&folder).map_err(|_| not_printed("the data folder cannot be written to"))?;
    let path = folder.join(format!("{export}.pdf"));
    write_privately(&path, bytes).map_err(|error| problems::of_file(&error))?;
    Ok(path)
}

fn not_printed(why: &str) -> Problem {
    Problem::new(&Fault::NotPrinted(why.to_owned()), "PRINT")
}
