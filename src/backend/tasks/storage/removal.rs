//! Removing everything from this computer. Everything that works was stopped by the desk before; here the store is
//! closed, the keys are destroyed, the files go, and what is left is looked at. Cut short, it is finished at the
//! next start.

use crate::backend::clinic::Traces;
use crate::backend::desk::{Context, Inside};
use crate::backend::problems;
use crate::backend::tasks::player::PlayerTask;
use crate::platform::lock;
use crate::platform::secrets::SecretError;
use crate::state::{Event, Fault, Problem, StorageEvent};
use crate::store::{FileError, Removal, RemovalError};
use std::time::Duration;

/// How the window is liked, and the log that is being written.
const SETTINGS: &str = "settings.json";
pub(in crate::backend::tasks) const LOG: &str = "consult-desk.log";
/// How long the system's key store may take to forget the secret.
const KEY_STORE_LIMIT: Duration = Duration::from_secs(10);
/// Tries, and the pause between them: a scanner or a call that ends late may hold a file.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(100);

/// The desk has stopped everything that works for the clinic and handed over what still has to end.
pub(in super::super::super) async fn remove_everything(
    context: Context,
    traces: Option<Traces>,
    player: Option<PlayerTask>,
) {
    if let Some(player) = player {
        player.give_up(&context.services.folders.cache).await;
    }
    if let Some(traces) = traces
        && !traces.gone().await
    {
        tracing::warn!("something still held the clinic when it was removed");
    }
    let removal = removal(&context);
    let outcome = match begin(&removal).await {
        Ok(()) => carry_out(&context, removal).await,
        Err(error) => StorageEvent::NotRemoved(problem_of(&error)),
    };
    if context.inside.send(Inside::Left).await.is_err() {
        tracing::debug!("the desk has ended");
    }
    tell(&context, outcome).await;
}

/// Goes on with a removal that was cut short; to be called before anything is opened.
pub(in super::super::super) async fn finish_removal(context: &Context) {
    let removal = removal(context);
    if removal.is_under_way() {
        tracing::info!("a removal that was cut short is finished");
        let outcome = carry_out(context, removal).await;
        tell(context, outcome).await;
    }
}

async fn begin(removal: &Removal) -> Result<(), RemovalError> {
    let ours = removal.clone();
    let begin = tokio::task::spawn_blocking(move || {
        ours.begin()?;
        ours.destroy_keys();
        Ok(())
    });
    let interrupted = RemovalError::NotBegun(FileError::Other(std::io::ErrorKind::Interrupted));
    begin.await.unwrap_or(Err(interrupted))
}

async fn carry_out(context: &Context, removal: Removal) -> StorageEvent {
    let secrets = context.services.secrets.clone();
    let forget = tokio::task::spawn_blocking(move || secrets.delete_within(KEY_STORE_LIMIT));
    let forgotten = forget.await.unwrap_or(Err(SecretError::Slow));
    let mut outcome = Ok(());
    for _ in 0..TRIES {
        let again = removal.clone();
        outcome = tokio::task::spawn_blocking(move || again.carry_out()).await.unwrap_or(Err(RemovalError::Left(0)));
        if outcome.is_ok() {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    match (outcome, forgotten) {
        (Err(error), _) => StorageEvent::NotRemoved(problem_of(&error)),
        (Ok(()), Ok(()) | Err(SecretError::Absent)) => StorageEvent::Removed,
        (Ok(()), Err(error)) => {
            tracing::warn!(%error, "the secret stayed in the key store");
            StorageEvent::NotRemoved(Problem::new(&Fault::SecretLeft, "REMOVE-SECRET"))
        }
    }
}

fn removal(context: &Context) -> Removal {
    let folders = &context.services.folders;
    let others = [folders.cache.clone(), folders.config.clone(), folders.logs.clone()];
    let spared = [folders.data.join(lock::FILE_NAME), folders.config.join(SETTINGS)];
    Removal::new(&folders.data, &others, &spared, &folders.logs.join(LOG))
}

fn problem_of(error: &RemovalError) -> Problem {
    match error {
        RemovalError::NotBegun(error) => problems::of_file(error),
        RemovalError::Left(files) => Problem::new(&Fault::FilesLeft(*files), "REMOVE-FILES"),
    }
}

async fn tell(context: &Context, event: StorageEvent) {
    context.events.send(Event::Storage(event)).await;
}
