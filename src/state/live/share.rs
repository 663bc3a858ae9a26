//! Several computers on one receiver: how the sharing stands here, and what a person can do about it. Which role this
//! computer has, and where the broker is, are settings; the pairing code and the password are kept sealed.

use super::LiveNews;
use super::handle::ask;
use super::request::LiveRequest;
use crate::domain::live::{BrokerAddress, BrokerLogin, PairingCode};
use crate::state::command::PastedKey;
use crate::state::problem::{Fault, LiveFault, Problem, ShareFault};
use crate::state::request::Request;
use crate::state::{Dialog, ShareRole, State};

#[derive(Clone, Debug, Default, PartialEq)]
pub enum ShareStatus {
    /// The settings say so.
    #[default]
    Off,
    Connecting,
    /// What is received here is handed on.
    Sharing,
    /// What another computer receives arrives here.
    Listening,
    /// The broker is there, but the computer that receives is not.
    Silent,
    /// It is tried again, where that can help.
    Failed(Problem),
}

#[derive(Debug, Default)]
pub struct ShareState {
    pub status: ShareStatus,
    /// Known while the dialog is open.
    pub kept: Option<KeptPairing>,
    /// What is wrong with what was typed into the dialog.
    pub problem: Option<Problem>,
}

/// What is kept for meeting the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptPairing {
    pub code: Option<PairingCode>,
    /// Whether there is a password or token, and for which user.
    pub user: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ShareCommand {
    /// Open the dialog with the pairing code and the password.
    Ask,
    /// Keep what was typed; what is empty stays as it was.
    Keep {
        code: PastedKey,
        user: String,
        password: PastedKey,
    },
    /// The broker wants no password any more.
    ForgetLogin,
    CopyCode,
    /// Make another pairing code; every other computer needs it then.
    NewCode,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShareRequest {
    /// Answered by `ShareNews::Kept`, as are all of these.
    Show,
    Keep {
        code: Option<PairingCode>,
        login: Option<BrokerLogin>,
    },
    ForgetLogin,
    NewCode,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ShareNews {
    Stands(ShareStatus),
    Kept(KeptPairing),
}

impl ShareState {
    /// Events of another computer arrive here as they happen.
    pub(super) fn is_live(&self) -> bool {
        self.status == ShareStatus::Listening
    }

    pub(super) fn dialog_closes(&mut self) {
        (self.kept, self.problem) = (None, None);
    }
}

impl ShareStatus {
    /// As the settings tell it.
    pub fn words(&self) -> String {
        match self {
            Self::Off => "Off. For a clinic with several computers: one receives, the others are told.".to_owned(),
            Self::Connecting => "Connecting…".to_owned(),
            Self::Sharing => "What is received here is handed on to the other computers.".to_owned(),
            Self::Listening => "Connected. News arrive as they happen.".to_owned(),
            Self::Silent => {
                "Connected, but the computer that receives is not. The list looks for news itself.".to_owned()
            }
            Self::Failed(problem) => problem.sentence(),
        }
    }
}

impl State {
    pub(super) fn handle_share(&mut self, command: ShareCommand) -> Vec<Request> {
        match command {
            ShareCommand::Ask => {
                self.dialog = Some(Dialog::Share);
                ask(LiveRequest::Share(ShareRequest::Show))
            }
            ShareCommand::Keep { code, user, password } => self.keep_pairing(&code, &user, &password),
            ShareCommand::ForgetLogin => ask(LiveRequest::Share(ShareRequest::ForgetLogin)),
            ShareCommand::NewCode => ask(LiveRequest::Share(ShareRequest::NewCode)),
            ShareCommand::CopyCode => {
                let code = self.live.share.kept.as_ref().and_then(|kept| kept.code.as_ref());
                let Some(text) = code.map(|code| code.text().to_string()) else { return Vec::new() };
                self.notices.tell("Pairing code copied", self.now);
                vec![Request::CopyText(text)]
            }
        }
    }

    fn keep_pairing(&mut self, code: &PastedKey, user: &str, password: &PastedKey) -> Vec<Request> {
        let code = if code.0.trim().is_empty() { Ok(None) } else { PairingCode::parse(&code.0).map(Some) };
        match code {
            Ok(code) => {
                let login = BrokerLogin::new(user, &password.0);
                self.close_dialog(Dialog::Share);
                self.live.share.dialog_closes();
                ask(LiveRequest::Share(ShareRequest::Keep { code, login }))
            }
            Err(error) => {
                let fault = Fault::Live(LiveFault::Share(ShareFault::BadCode(error.to_string())));
                self.live.share.problem = Some(Problem::new(&fault, "SHARE-CODE"));
                Vec::new()
            }
        }
    }

    pub(super) fn apply_share(&mut self, news: ShareNews) {
        match news {
            ShareNews::Stands(status) => self.live.share.status = status,
            // Nobody looks any more: a code is held no longer than it is shown.
            ShareNews::Kept(kept) => self.live.share.kept = (self.dialog == Some(Dialog::Share)).then_some(kept),
        }
    }

    /// Whoever shares has to receive.
    pub(in crate::state) fn share_as(&mut self, role: ShareRole) {
        self.settings.share = role;
        self.settings.receives |= role == ShareRole::Shares;
    }

    /// What is wrong with the address of the settings, while sharing is wanted.
    pub fn share_address_fault(&self) -> Option<String> {
        let is_wanted = self.settings.share != ShareRole::Off;
        let fault = BrokerAddress::parse(&self.settings.share_broker).err().filter(|_| is_wanted);
        fault.map(|fault| fault.to_string())
    }
}

impl From<ShareNews> for LiveNews {
    fn from(news: ShareNews) -> Self {
        Self::Share(news)
    }
}

#[cfg(test)]
#[path = "share_tests.rs"]
mod tests;
