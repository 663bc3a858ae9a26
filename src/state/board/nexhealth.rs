//! How it stands with NexHealth: connected or not, when something was last heard, whether messages come.
//! Its appointments are an independent feed with a freshness of its own; the clinic works without it.

use super::command::{NexHealthCommand, NexHealthForm, NexHealthRequest};
use super::event::{Messages, NexHealthAccount, NexHealthEvent};
use crate::domain::live::book::AppointmentBook;
use crate::domain::live::day::clock_words;
use crate::domain::{ApiKey, Zone};
use crate::state::live::{PublicAddress, check_base};
use crate::state::problem::{Fault, NexHealthFault, Problem};
use crate::state::request::Request;
use crate::state::{Dialog, State};
use chrono::{DateTime, Utc};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct NexHealthState {
    pub account: Option<NexHealthAccount>,
    /// A key is being checked; the dialog takes no second one.
    pub is_connecting: bool,
    /// What was wrong with what was typed, or why NexHealth did not take it. Shown in the dialog.
    pub refused: Option<Problem>,
    /// The connection that was there does not work at the moment. Shown on the card.
    pub problem: Option<Problem>,
    pub is_reading: bool,
    /// When all appointments were last read.
    pub read_at: Option<DateTime<Utc>>,
    /// When a message last came by itself.
    pub last_message: Option<DateTime<Utc>>,
    pub messages: Messages,
    pub is_setting_up: bool,
}

impl NexHealthState {
    pub fn is_connected(&self) -> bool {
        self.account.is_some()
    }

    /// What is wrong with the connection, or else with its messages.
    pub fn trouble(&self) -> Option<Problem> {
        let stopped = || Problem::new(&Fault::NexHealth(NexHealthFault::MessagesStopped), "NEX-STOPPED");
        let has_stopped = matches!(self.messages, Messages::Stopped { .. });
        self.problem.clone().or_else(|| has_stopped.then(stopped))
    }

    /// Whether an appointment of that location concerns this clinic; one that does not tell does.
    pub(super) fn is_of_location(&self, location: Option<i64>) -> bool {
        let ours = self.account.as_ref().and_then(|account| account.location);
        ours.is_none() || location.is_none() || ours == location
    }

    /// `Last NexHealth message: 14:02`, with the day when it was another one.
    pub fn freshness(&self, now: DateTime<Utc>, zone: Zone) -> String {
        let moment =
            |at: Option<DateTime<Utc>>| at.map_or_else(|| "never".to_owned(), |at| moment_words(at, now, zone));
        match (&self.messages, self.last_message) {
            (Messages::NotSetUp | Messages::Unknown, None) => {
                format!("Appointments last read: {}", moment(self.read_at))
            }
            _ => format!("Last NexHealth message: {}", moment(self.last_message)),
        }
    }
}

fn moment_words(at: DateTime<Utc>, now: DateTime<Utc>, zone: Zone) -> String {
    let clock = clock_words(at, zone);
    let (day, today) = (zone.local_time(at).date(), zone.local_time(now).date());
    if day == today {
        clock
    } else {
        format!("{}, {clock}", crate::domain::catalog::day_title(day, today, zone.manner()))
    }
}

impl State {
    pub(super) fn handle_nexhealth(&mut self, command: NexHealthCommand) -> Vec<Request> {
        let nexhealth = &mut self.board.nexhealth;
        match command {
            NexHealthCommand::AskToConnect => {
                nexhealth.refused = None;
                self.dialog = Some(Dialog::ConnectNexHealth);
            }
            NexHealthCommand::Connect(form) => return self.connect_nexhealth(&form),
            NexHealthCommand::Cancel => {
                let was_connecting = std::mem::take(&mut nexhealth.is_connecting);
                nexhealth.refused = None;
                self.dialog = None;
                if was_connecting {
                    return vec![Request::NexHealth(NexHealthRequest::Cancel)];
                }
            }
            NexHealthCommand::AskToDisconnect => self.dialog = Some(Dialog::DisconnectNexHealth),
            NexHealthCommand::Disconnect => {
                self.dialog = None;
                return vec![Request::NexHealth(NexHealthRequest::Disconnect)];
            }
            NexHealthCommand::Read if nexhealth.is_connected() && !nexhealth.is_reading => {
                nexhealth.is_reading = true;
                return vec![Request::NexHealth(NexHealthRequest::Read)];
            }
            NexHealthCommand::SetUpMessages => return self.set_up_messages(),
            NexHealthCommand::Revive(endpoint) if nexhealth.is_connected() && !nexhealth.is_setting_up => {
                nexhealth.is_setting_up = true;
                return vec![Request::NexHealth(NexHealthRequest::Revive(endpoint))];
            }
            NexHealthCommand::Read | NexHealthCommand::Revive(_) => {}
        }
        Vec::new()
    }

    fn connect_nexhealth(&mut self, form: &NexHealthForm) -> Vec<Request> {
        if self.board.nexhealth.is_connecting {
            return Vec::new();
        }
        match read_form(form) {
            Ok(request) => {
                self.board.nexhealth.is_connecting = true;
                self.board.nexhealth.refused = None;
                vec![Request::NexHealth(request)]
            }
            Err(problem) => {
                self.board.nexhealth.refused = Some(problem);
                Vec::new()
            }
        }
    }

    /// The receiver must run and be reachable first; the Live screen's set-up tells how.
    fn set_up_messages(&mut self) -> Vec<Request> {
        if !self.board.nexhealth.is_connected() || self.board.nexhealth.is_setting_up {
            return Vec::new();
        }
        let Ok(base) = check_base(&self.settings.public_address, self.live.receiver.is_local) else {
            let fault = Fault::NexHealth(NexHealthFault::NoPublicAddress);
            self.board.nexhealth.problem = Some(Problem::new(&fault, "NEX-ADDRESS"));
            return Vec::new();
        };
        self.board.nexhealth.is_setting_up = true;
        vec![Request::NexHealth(NexHealthRequest::SetUpMessages(PublicAddress(base)))]
    }

    pub(super) fn apply_nexhealth(&mut self, event: NexHealthEvent) {
        let nexhealth = &mut self.board.nexhealth;
        match event {
            NexHealthEvent::Disconnected => {
                let (is_connecting, refused) = (nexhealth.is_connecting, nexhealth.refused.take());
                *nexhealth = NexHealthState { is_connecting, refused, ..NexHealthState::default() };
            }
            NexHealthEvent::Connected(account) => {
                nexhealth.account = Some(account);
                nexhealth.problem = None;
                nexhealth.refused = None;
                if std::mem::take(&mut nexhealth.is_connecting) && self.dialog == Some(Dialog::ConnectNexHealth) {
                    self.dialog = None;
                    self.notices.tell("Connected to NexHealth", self.now);
                }
            }
            NexHealthEvent::OtherPractice => {
                self.board.facts.book = AppointmentBook::default();
                self.board.zone = None;
                self.lay_out_board();
            }
            NexHealthEvent::Refused(problem) => {
                // One that was given up has no say any more.
                if std::mem::take(&mut nexhealth.is_connecting) {
                    nexhealth.refused = Some(problem);
                }
            }
            NexHealthEvent::Trouble(problem) => {
                nexhealth.is_reading = false;
                nexhealth.problem = Some(problem);
            }
            NexHealthEvent::Reading => nexhealth.is_reading = true,
            NexHealthEvent::Read { at } => {
                nexhealth.is_reading = false;
                nexhealth.read_at = nexhealth.read_at.max(Some(at));
                nexhealth.problem = None;
            }
            NexHealthEvent::Messages(messages) => {
                nexhealth.is_setting_up = false;
                nexhealth.messages = messages;
            }
            NexHealthEvent::MessagesFailed(problem) => {
                nexhealth.is_setting_up = false;
                nexhealth.problem = Some(problem);
            }
            NexHealthEvent::LastMessage(at) => nexhealth.last_message = nexhealth.last_message.max(Some(at)),
        }
    }
}

fn read_form(form: &NexHealthForm) -> Result<NexHealthRequest, Problem> {
    let wrong = |words: &'static str| Problem::new(&Fault::NexHealth(NexHealthFault::Form(words)), "NEX-FORM");
    let key = ApiKey::from_pasted(&form.key.0)
        .map_err(|error| Problem::new(&Fault::NexHealth(NexHealthFault::KeyForm(error.to_string())), "NEX-KEY"))?;
    let subdomain = form.subdomain.trim().to_ascii_lowercase();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if subdomain.is_empty() || !subdomain.chars().all(is_name) {
        return Err(wrong("Type the practice's subdomain at NexHealth: letters, digits and hyphens"));
    }
    let location = form.location.trim();
    let number = location.parse::<i64>().ok().filter(|number| *number > 0);
    if !location.is_empty() && number.is_none() {
        return Err(wrong("The location is a number, such as 75. Leave it empty when there is only one"));
    }
    Ok(NexHealthRequest::Connect { key, subdomain, location: number })
}
