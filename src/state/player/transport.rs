//! Playing, pausing, seeking, and the recording's way into the player: Play never waits for the whole file.
//! Which stretch is heard again and how it sounds is told beside this.

use super::super::State;
use super::super::event::RecordingEvent;
use super::super::record::RecordingState;
use super::super::request::{PlayerRequest, RecordingRequest, Request};
use super::{PlayerStatus, Supply};
use crate::domain::ConsultationKey;

impl State {
    /// Plays the open consultation, unless its own audio or, with nothing else open, another's is in the player.
    pub(super) fn toggle(&mut self) -> Vec<Request> {
        let holds_open = self.record.as_ref().is_none_or(|record| self.player.holds(&record.key));
        let running_elsewhere = self.player.is_running() && !self.can_play_open();
        let is_meant = running_elsewhere || (holds_open && self.player.is_loaded());
        match (is_meant, self.player.is_running()) {
            (false, _) => self.play_from(0),
            (true, true) => self.pause(),
            (true, false) => self.resume(),
        }
    }

    pub(super) fn pause(&mut self) -> Vec<Request> {
        // A key that is still held does not start it again.
        self.player.scan = None;
        if self.player.is_running() { vec![Request::Player(PlayerRequest::Pause)] } else { Vec::new() }
    }

    /// As a media key wishes it: never pauses.
    pub(super) fn play(&mut self) -> Vec<Request> {
        if self.player.is_running() {
            return Vec::new();
        }
        if self.player.is_loaded() { self.resume() } else { self.play_from(0) }
    }

    fn can_play_open(&self) -> bool {
        self.record.as_ref().is_some_and(|record| record.key.record_id().is_some())
    }

    /// Goes on a little before where it was paused, so that the sentence is understood.
    fn resume(&mut self) -> Vec<Request> {
        let mut requests = self.ask_for_the_rest();
        let player = &mut self.player;
        player.problem = None;
        let loop_start = player.selection.filter(|_| player.is_looping).map_or(0, |selection| selection.from_ms);
        let start = if player.position_ms < loop_start { 0 } else { loop_start };
        let back = u64::from(self.settings.back_step_ms);
        let target = match player.status {
            PlayerStatus::Ended => start,
            _ if player.may_step_back => player.position_ms.saturating_sub(back).max(start),
            _ => player.position_ms,
        };
        player.may_step_back = false;
        if target != player.position_ms || player.status == PlayerStatus::Ended {
            player.position_ms = target;
            requests.push(Request::Player(PlayerRequest::SeekTo(target)));
        }
        requests.push(Request::Player(PlayerRequest::Play));
        requests
    }

    /// After a failed download the place in the player is kept, and what is missing is fetched once more.
    fn ask_for_the_rest(&mut self) -> Vec<Request> {
        let Some(key) = self.player.key.clone().filter(|_| self.player.supply == Supply::Broken) else {
            return Vec::new();
        };
        self.player.supply = Supply::Arriving;
        if self.record.as_ref().is_some_and(|record| record.key == key) {
            return self.download();
        }
        vec![Request::Recording(RecordingRequest::Download(key))]
    }

    /// Plays the open consultation from there; its recording is fetched meanwhile if it is not here.
    pub(super) fn play_from(&mut self, position_ms: u64) -> Vec<Request> {
        let Some(record) = self.record.as_ref().filter(|record| record.key.record_id().is_some()) else {
            return Vec::new();
        };
        let (key, consultation) = (record.key.clone(), record.consultation.clone());
        let is_stored = matches!(record.recording, RecordingState::Stored { .. });
        if self.player.holds(&key) && self.player.is_loaded() {
            return self.seek(position_ms);
        }
        if self.player.holds(&key) && self.player.status == PlayerStatus::Loading {
            return Vec::new();
        }
        self.player = self.player.anew();
        self.player.status = PlayerStatus::Loading;
        self.player.key = Some(key.clone());
        self.player.consultation = consultation;
        self.player.position_ms = position_ms;
        self.player.supply = if is_stored { Supply::Whole } else { Supply::Arriving };
        let mut requests = vec![Request::Player(PlayerRequest::Stop)];
        requests.extend(self.download());
        requests.extend(self.output_request());
        let load = PlayerRequest::Load { token: self.player.token, key, position_ms };
        requests.push(Request::Player(load));
        requests
    }

    /// Fetches the open consultation's recording unless it is here or on its way.
    pub(super) fn download(&mut self) -> Vec<Request> {
        let now = self.now;
        let Some(record) = &mut self.record else { return Vec::new() };
        let is_wanted = !matches!(record.recording, RecordingState::Stored { .. } | RecordingState::Downloading { .. });
        if !is_wanted || record.key.record_id().is_none() {
            return Vec::new();
        }
        record.recording = RecordingState::Downloading { received: 0, total: None, started_at: now };
        if self.player.holds(&record.key) && self.player.supply == Supply::Broken {
            self.player.supply = Supply::Arriving;
            self.player.problem = None;
        }
        vec![Request::Recording(RecordingRequest::Download(record.key.clone()))]
    }

    /// What plays from a download that is given up has no end; the player lets go of it.
    pub(super) fn cancel_download(&mut self) -> Vec<Request> {
        let Some(key) = self.record.as_ref().map(|record| record.key.clone()) else { return Vec::new() };
        let mut requests = if self.plays_what_arrives(&key) { self.stop() } else { Vec::new() };
        requests.push(Request::Recording(RecordingRequest::Cancel(key)));
        requests
    }

    fn plays_what_arrives(&self, key: &ConsultationKey) -> bool {
        self.player.holds(key) && self.player.supply != Supply::Whole
    }

    pub(super) fn seek(&mut self, position_ms: u64) -> Vec<Request> {
        let player = &mut self.player;
        if !player.is_loaded() {
            return Vec::new();
        }
        player.position_ms = position_ms.min(player.duration_ms.unwrap_or(0));
        // A place that was chosen is where Play begins, to the tenth of a second.
        player.may_step_back = false;
        if player.status == PlayerStatus::Ended {
            player.status = PlayerStatus::Paused;
        }
        vec![Request::Player(PlayerRequest::SeekTo(player.position_ms))]
    }

    /// While it sounds, from where it sounds; otherwise from where it stands.
    pub(super) fn seek_by(&mut self, by_ms: i64) -> Vec<Request> {
        let mut requests = self.seek(self.player.position_ms.saturating_add_signed(by_ms));
        if self.player.is_running()
            && let Some(request) = requests.last_mut()
        {
            *request = Request::Player(PlayerRequest::SeekBy(by_ms));
        }
        requests
    }

    pub(super) fn stop(&mut self) -> Vec<Request> {
        self.player = self.player.anew();
        vec![Request::Player(PlayerRequest::Stop)]
    }

    /// News of a recording that the player plays while it arrives.
    pub(in super::super) fn player_follows_recording(&mut self, event: &RecordingEvent) -> Vec<Request> {
        if self.player.key.as_ref() != Some(event.key()) {
            return Vec::new();
        }
        match event {
            RecordingEvent::Stored { .. } => self.player.supply = Supply::Whole,
            RecordingEvent::Progress { .. } => self.player.supply = Supply::Arriving,
            RecordingEvent::Cancelled { .. } if self.player.supply != Supply::Whole => return self.stop(),
            RecordingEvent::Failed { problem, .. } if self.player.supply != Supply::Whole => {
                if !self.player.is_loaded() {
                    return self.stop();
                }
                let was_running = self.player.is_running();
                self.player.supply = Supply::Broken;
                self.hold(problem.clone());
                return if was_running { vec![Request::Player(PlayerRequest::Pause)] } else { Vec::new() };
            }
            _ => {}
        }
        Vec::new()
    }
}
