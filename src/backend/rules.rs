//! What the settings ask of the background, in one small value that every task can watch.
//! It reads no file and decides nothing; the desk fills it at the start and whenever the settings are saved.

use crate::state::{Settings, ShareRole, TlsFiles};
use std::time::Duration;

/// The wishes of the settings that concern work without a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How often NxVET is asked by itself while the window has the focus.
    pub poll_every: Duration,
    /// Days back that are read in the background.
    pub horizon_days: u16,
    /// The background reading rests on metered and slow connections.
    pub spares_the_line: bool,
    /// Days that recordings stay on this computer.
    pub audio_days: u16,
    /// Days that notes and transcripts stay on this computer.
    pub text_days: u16,
    pub receiver: ReceiverRules,
    pub share: ShareRules,
}

/// What the desk does where several share one receiver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShareRules {
    pub role: ShareRole,
    /// As it was typed.
    pub broker: String,
}

/// Whether and where the desk listens for what NxVET and NexHealth send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReceiverRules {
    pub is_on: bool,
    pub port: u16,
    /// Other computers of the network may reach it.
    pub for_others: bool,
    /// The public address that leads to it; empty while there is none.
    pub public_address: String,
    pub tls: Option<TlsFiles>,
}

impl Rules {
    /// `pace` overrules the settings' pause between two looks: a test has no minute to wait.
    pub fn new(settings: &Settings, pace: Option<Duration>) -> Self {
        let settings = settings.clone().sane();
        Self {
            poll_every: pace.unwrap_or(Duration::from_secs(u64::from(settings.poll_seconds))),
            horizon_days: settings.horizon_days,
            spares_the_line: settings.spares_the_line,
            audio_days: settings.audio_days,
            text_days: settings.text_days,
            receiver: ReceiverRules {
                is_on: settings.receives,
                port: settings.receiver_port,
                for_others: settings.receiver_for_others,
                public_address: settings.public_address,
                tls: settings.receiver_tls,
            },
            share: ShareRules { role: settings.share, broker: settings.share_broker },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_are_taken_over_and_a_test_keeps_its_pace() {
        let settings = Settings { poll_seconds: 45, horizon_days: 12, ..Settings::default() };
        let rules = Rules::new(&settings, None);
        assert_eq!((rules.poll_every, rules.horizon_days), (Duration::from_secs(45), 12));
        let pace = Duration::from_millis(3);
        assert_eq!(Rules::new(&settings, Some(pace)).poll_every, pace);
    }
}
