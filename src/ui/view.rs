//! What every piece of the window is handed: the state to draw from and a place to put wishes.
//! Nothing that is drawn can change the state in any other way.

use crate::domain::Zone;
use crate::state::{
    BoardCommand, Command, ExportCommand, FindCommand, LinkCommand, ListCommand, LiveCommand, LockCommand, MarkCommand,
    PlayerCommand, RecordCommand, SearchCommand, SessionCommand, SettingsCommand, State, StorageCommand,
    SupportCommand, UpdateCommand, WindowCommand,
};
use chrono::{DateTime, Utc};
use std::cell::RefCell;

pub struct View<'a> {
    pub state: &'a State,
    pub now: DateTime<Utc>,
    commands: RefCell<Vec<Command>>,
}

impl<'a> View<'a> {
    pub fn new(state: &'a State, now: DateTime<Utc>) -> Self {
        Self { state, now, commands: RefCell::default() }
    }

    /// Puts a wish on the list that the window hands on after the frame.
    pub fn send(&self, command: impl Into<Command>) {
        self.commands.borrow_mut().push(command.into());
    }

    pub fn zone(&self) -> Zone {
        self.state.zone
    }

    pub fn into_commands(self) -> Vec<Command> {
        self.commands.into_inner()
    }
}

macro_rules! into_command {
    ($($inner:ident => $variant:ident),* $(,)?) => {
        $(impl From<$inner> for Command {
            fn from(command: $inner) -> Self {
                Self::$variant(command)
            }
        })*
    };
}

into_command!(
    SessionCommand => Session,
    ListCommand => List,
    RecordCommand => Record,
    FindCommand => Find,
    PlayerCommand => Player,
    ExportCommand => Export,
    SearchCommand => Search,
    MarkCommand => Mark,
    LockCommand => Lock,
    StorageCommand => Storage,
    SupportCommand => Support,
    LinkCommand => Link,
    LiveCommand => Live,
    BoardCommand => Board,
    UpdateCommand => Update,
    SettingsCommand => Settings,
    WindowCommand => Window,
);
