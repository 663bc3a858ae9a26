//! What the system says about how things should look: light or dark, the size of text, dates and times.
//! Settings stand above it; what follows from both is told here.

use super::request::Request;
use super::{Appearance, Settings, State};
use crate::domain::Manner;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SystemLook {
    pub manner: Manner,
    /// Percent.
    pub text_scale: u16,
    /// `None` where only the window's own toolkit can tell, or nobody can.
    pub is_dark: Option<bool>,
}

impl Default for SystemLook {
    fn default() -> Self {
        Self { manner: Manner::default(), text_scale: 100, is_dark: None }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockChoice {
    #[default]
    System,
    Hours24,
    Hours12,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateChoice {
    #[default]
    System,
    DayFirst,
    MonthFirst,
}

impl SystemLook {
    const TEXT_SCALE: std::ops::RangeInclusive<u16> = 50..=300;
    /// The largest that both together make it, in percent: no control of the window would fit on a screen.
    const MOST_ZOOM: u32 = 300;

    /// How large everything is drawn, in percent: what the system wishes for text times what is set here.
    pub fn zoom(self, settings: &Settings) -> u16 {
        let scale = self.text_scale.clamp(*Self::TEXT_SCALE.start(), *Self::TEXT_SCALE.end());
        let both = (u32::from(settings.zoom) * u32::from(scale) + 50) / 100;
        both.min(Self::MOST_ZOOM.max(u32::from(settings.zoom))) as u16
    }

    /// Light or dark; the system's own word where it has one.
    pub fn appearance(self, settings: &Settings) -> Appearance {
        match (settings.appearance, self.is_dark) {
            (Appearance::System, Some(true)) => Appearance::Dark,
            (Appearance::System, Some(false)) => Appearance::Light,
            (chosen, _) => chosen,
        }
    }
}

impl Settings {
    /// How dates and times are written where the system writes them so.
    pub fn manner(&self, system: Manner) -> Manner {
        Manner {
            twelve_hours: match self.clock {
                ClockChoice::System => system.twelve_hours,
                ClockChoice::Hours24 => false,
                ClockChoice::Hours12 => true,
            },
            month_first: match self.dates {
                DateChoice::System => system.month_first,
                DateChoice::DayFirst => false,
                DateChoice::MonthFirst => true,
            },
        }
    }
}

impl State {
    /// How dates and times are written now.
    pub fn manner(&self) -> Manner {
        self.settings.manner(self.look.manner)
    }

    pub(super) fn follow_look(&mut self, look: SystemLook) -> Vec<Request> {
        let before = self.manner();
        self.look = look;
        self.write_anew(before)
    }

    /// The list's headings are written when its view is made.
    pub(super) fn write_anew(&mut self, before: Manner) -> Vec<Request> {
        if self.manner() == before || !self.list.has_view {
            return Vec::new();
        }
        self.list.view_request(self.now, self.zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ListView, Zone};
    use crate::state::{Command, Event, ListEvent, ListRequest, SettingsCommand, WindowCommand};
    use chrono::{DateTime, Utc};
    use std::sync::Arc;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;
    const AMERICAN: Manner = Manner { twelve_hours: true, month_first: true };

    fn asks(requests: &[Request]) -> bool {
        requests.iter().any(|request| matches!(request, Request::List(ListRequest::View { .. })))
    }

    #[test]
    fn a_setting_stands_above_the_system() {
        let with = |clock, dates| Settings { clock, dates, ..Settings::default() }.manner(AMERICAN);
        assert_eq!(with(ClockChoice::System, DateChoice::System), AMERICAN);
        assert_eq!(with(ClockChoice::Hours24, DateChoice::DayFirst), Manner::default());
        let european = Settings { clock: ClockChoice::Hours12, dates: DateChoice::MonthFirst, ..Settings::default() };
        assert_eq!(european.manner(Manner::default()), AMERICAN);
    }

    #[test]
    fn text_that_the_system_makes_larger_is_larger_here_too() {
        let zoom = |text_scale, zoom| {
            SystemLook { text_scale, ..SystemLook::default() }.zoom(&Settings { zoom, ..Settings::default() })
        };
        assert_eq!([zoom(100, 100), zoom(125, 100), zoom(150, 110), zoom(225, 250)], [100, 125, 165, 300]);
        assert_eq!(zoom(0, 100), 50, "what cannot be is not believed");
        assert_eq!(zoom(100, 250), 250);
    }

    #[test]
    fn light_and_dark_follow_the_system_only_where_that_is_chosen() {
        let of = |is_dark, appearance| {
            SystemLook { is_dark, ..SystemLook::default() }.appearance(&Settings { appearance, ..Settings::default() })
        };
        assert_eq!(of(Some(true), Appearance::System), Appearance::Dark);
        assert_eq!(of(Some(false), Appearance::System), Appearance::Light);
        assert_eq!(of(None, Appearance::System), Appearance::System, "the toolkit asks by itself");
        assert_eq!(of(Some(true), Appearance::Light), Appearance::Light);
    }

    #[test]
    fn the_list_is_written_anew_when_dates_are_written_otherwise() {
        let mut state = State::start(Settings::default(), Zone::utc(), NOW).0;
        let american = Command::Window(WindowCommand::System(SystemLook { manner: AMERICAN, ..SystemLook::default() }));
        assert!(!asks(&state.handle(american.clone(), NOW)), "nothing shows yet");
        let view = Event::List(ListEvent::ViewReady { sequence: u64::MAX, view: Arc::new(ListView::default()) });
        state.apply(view, NOW);
        assert!(!asks(&state.handle(american, NOW)), "it is written so already");
        assert!(asks(&state.handle(Command::Settings(SettingsCommand::Dates(DateChoice::DayFirst)), NOW)));
        assert!(asks(&state.handle(Command::Window(WindowCommand::System(SystemLook::default())), NOW)));
    }
}
