//! This desk among several on one receiver: it hands on what it received, or is told by the one that does, as the
//! settings say. The pairing code and the broker's password lie sealed in the store.

mod ear;
mod outbox;

use super::Desk;
use super::engine::Ends;
use super::inbox::DeskInbox;
use crate::backend::rules::ShareRules;
use crate::domain::live::{BrokerAddress, BrokerLogin, PairingCode};
use crate::sharing::{self, Meeting, Standing, Trouble};
use crate::state::live::{KeptPairing, ShareNews, ShareRequest, ShareStatus};
use crate::state::{Fault, LiveFault, Problem, ShareFault, ShareRole};
use crate::store::Store;
use ear::DeskEar;
use outbox::DeskOutbox;
use secrecy::ExposeSecret as _;
use std::sync::Arc;
use tokio::sync::Notify;

/// What is under way, and what it was begun with.
#[derive(Default)]
pub(super) struct Sharing {
    rules: ShareRules,
    came: Arc<Notify>,
    task: Option<Ends>,
}

/// What is kept for meeting the others.
#[derive(Default)]
struct Kept {
    code: Option<PairingCode>,
    login: Option<BrokerLogin>,
}

impl Sharing {
    /// Something was stored: it is handed on.
    pub(super) fn came(&self) {
        self.came.notify_one();
    }

    pub(super) async fn follow(&mut self, desk: &Arc<Desk>, inbox: &Arc<DeskInbox>, rules: ShareRules) {
        if self.rules != rules {
            self.rules = rules;
            self.begin(desk, inbox).await;
        }
    }

    pub(super) async fn take(&mut self, desk: &Arc<Desk>, inbox: &Arc<DeskInbox>, request: ShareRequest) {
        let changes = request != ShareRequest::Show;
        let mut kept = kept(desk).await;
        match request {
            ShareRequest::Show => {}
            ShareRequest::Keep { code, login } => {
                kept = Kept { code: code.or(kept.code), login: login.or(kept.login) };
            }
            ShareRequest::ForgetLogin => kept.login = None,
            ShareRequest::NewCode => kept.code = random_code(),
        }
        if changes {
            keep(desk, &kept).await;
            self.begin(desk, inbox).await;
        }
        let user = kept.login.as_ref().map(|login| login.user.clone());
        desk.tell(ShareNews::Kept(KeptPairing { code: kept.code, user }).into()).await;
    }

    async fn begin(&mut self, desk: &Arc<Desk>, inbox: &Arc<DeskInbox>) {
        self.task = None;
        if self.rules.role == ShareRole::Off {
            return stand(desk, ShareStatus::Off).await;
        }
        match self.meeting(desk).await {
            Ok(meeting) => self.task = Some(Ends(tokio::spawn(self.meet(desk, inbox, meeting).await))),
            Err(fault) => stand(desk, failed(fault)).await,
        }
    }

    async fn meet(
        &self,
        desk: &Arc<Desk>,
        inbox: &Arc<DeskInbox>,
        meeting: Meeting,
    ) -> futures_util::future::BoxFuture<'static, ()> {
        let clinic = desk.clinic.organization.id.clone();
        if self.rules.role == ShareRole::Shares {
            let outbox = Arc::new(DeskOutbox::new(Arc::clone(desk)));
            return Box::pin(sharing::share(meeting, outbox, Arc::clone(&self.came)));
        }
        let name = desk.clinic.store.run_unnoticed(Store::desk_name).await.unwrap_or_else(|_| "desk".to_owned());
        let ear = Arc::new(DeskEar::new(Arc::clone(desk), Arc::clone(inbox)));
        Box::pin(sharing::listen(meeting, clinic, name, ear))
    }

    /// Whoever shares makes the code; the others have to be told it.
    async fn meeting(&self, desk: &Desk) -> Result<Meeting, ShareFault> {
        let broker = BrokerAddress::parse(&self.rules.broker);
        let broker = broker.map_err(|fault| ShareFault::BadAddress(fault.to_string()))?;
        let mut kept = kept(desk).await;
        if kept.code.is_none() && self.rules.role == ShareRole::Shares {
            kept.code = random_code();
            keep(desk, &kept).await;
        }
        let code = kept.code.ok_or(ShareFault::NoCode)?;
        Ok(Meeting { broker, login: kept.login, code })
    }
}

fn random_code() -> Option<PairingCode> {
    let random = crate::store::random_key().ok()?;
    random.first_chunk::<16>().map(|bits| PairingCode::new(*bits))
}

/// Another clinic is another pairing.
fn names(desk: &Desk) -> (String, String) {
    let clinic = desk.clinic.organization.id.as_str();
    (format!("share-code/{clinic}"), format!("share-login/{clinic}"))
}

async fn kept(desk: &Desk) -> Kept {
    let (code, login) = names(desk);
    let read =
        desk.clinic.store.run_unnoticed(move |store| Ok((store.live_secret(&code)?, store.live_secret(&login)?)));
    match read.await {
        Ok((code, login)) => Kept {
            code: code.and_then(|code| PairingCode::parse(code.expose_secret()).ok()),
            login: login.and_then(|login| BrokerLogin::from_kept(login.expose_secret())),
        },
        Err(error) => {
            tracing::warn!(%error, "the pairing cannot be read");
            Kept::default()
        }
    }
}

async fn keep(desk: &Desk, kept: &Kept) {
    let (code_name, login_name) = names(desk);
    let code = kept.code.as_ref().map(PairingCode::text);
    let login = kept.login.as_ref().map(BrokerLogin::to_kept);
    let save = desk.clinic.store.run_unnoticed(move |store| {
        store.save_live_secret(&code_name, code.as_ref().map(|code| code.as_str()))?;
        store.save_live_secret(&login_name, login.as_ref().map(|login| login.as_str()))
    });
    if let Err(error) = save.await {
        let problem = crate::backend::problems::of_store(&error);
        desk.clinic.events.send(crate::state::Event::Told(problem)).await;
    }
}

async fn stand(desk: &Desk, status: ShareStatus) {
    desk.tell(ShareNews::Stands(status).into()).await;
}

fn failed(fault: ShareFault) -> ShareStatus {
    ShareStatus::Failed(Problem::new(&Fault::Live(LiveFault::Share(fault)), "LIVE-SHARE"))
}

fn status_of(standing: Standing) -> ShareStatus {
    match standing {
        Standing::Connecting => ShareStatus::Connecting,
        Standing::Sharing => ShareStatus::Sharing,
        Standing::Listening => ShareStatus::Listening,
        Standing::Silent => ShareStatus::Silent,
        Standing::Trouble(trouble) => failed(match trouble {
            Trouble::Unreachable | Trouble::Broken => ShareFault::Unreachable,
            Trouble::LoginRefused => ShareFault::LoginRefused,
            Trouble::NoTls => ShareFault::NoTls,
            Trouble::NoStore => ShareFault::NoStore,
            Trouble::NothingShared => ShareFault::NothingShared,
            Trouble::OtherCode => ShareFault::OtherCode,
            Trouble::CannotKeep(why) => ShareFault::CannotKeep(why.to_string()),
        }),
    }
}
