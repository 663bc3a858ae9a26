//! What a person can wish for on the Live screen and in its dialogs.

use super::deliveries::Outcome;
use super::setup::{SetupStep, Way};
use crate::domain::live::{EventType, WebhookId};
use crate::state::command::PastedKey;

#[derive(Clone, Debug, PartialEq)]
pub enum LiveCommand {
    /// Ask NxVET again for the addresses and what it tried to deliver.
    Refresh,
    /// Open the form for a new address.
    AskForNew,
    /// Open the form that puts another address in the place of this one.
    AskToChange(WebhookId),
    Form(FormEdit),
    /// Make the webhook of the form.
    Create,
    /// Have NxVET send its test to this address.
    SendTest(WebhookId),
    /// The same for the first address that works here.
    SendAnyTest,
    /// NxVET stopped calling it: turn it on again, and read what was missed.
    TurnOn(WebhookId),
    AskToDelete(WebhookId),
    /// Delete the one that was asked about.
    Delete,
    CopySecret,
    /// Close the dialog that shows the secret; it is not shown again.
    SecretKept,
    FilterOutcome(Option<Outcome>),
    FilterType(Option<EventType>),
    ClearFilters,
    /// Select a row of the deliveries that are shown.
    Select(usize),
    /// Move the selection by rows; negative is up.
    Move(i32),
    /// Show everything about a row of the deliveries that are shown.
    ShowDelivery(usize),
    /// Judge the recorded request of the open delivery again.
    Recheck,
    /// Put the open delivery on the clipboard as a command; no key, no secret.
    CopyCurl,
    /// Open the form for what NxVET gave a partner.
    AskForPartner,
    /// Keep a partner's id and secret, and make an address for its events.
    KeepPartner {
        partner_id: String,
        secret: PastedKey,
    },
    CopyPartnerAddress(usize),
    RemovePartner(usize),
    Setup(SetupCommand),
    /// Several computers on one receiver.
    Share(super::ShareCommand),
}

/// What is typed and ticked in the form of a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormEdit {
    Address(String),
    Description(String),
    /// Tick or untick one; all ticked is every type, those of the future included.
    Type(EventType, bool),
    Close,
}

/// The wizard that sets live updates up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetupCommand {
    /// Open it.
    Begin,
    Way(Way),
    Address(String),
    Next,
    Back,
    /// Go to a step that was answered already.
    Go(SetupStep),
    /// Check the line again.
    TryAgain,
    /// Put one of the instructions on the clipboard.
    Copy(usize),
    Close,
}
