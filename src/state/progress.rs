//! How far what goes on has come, for the program's entry in the system's bar: the download of the open recording and
//! the files that are being written, taken together.

use super::{RecordingState, State};

impl State {
    /// Percent; `None` when nothing goes on, or nobody knows how much it is.
    pub fn percent_done(&self) -> Option<u8> {
        let download = match self.record.as_ref().map(|record| &record.recording) {
            Some(RecordingState::Downloading { received, total: Some(total), .. }) => Some((*received, *total)),
            _ => None,
        };
        let exports = self.exports.running.iter().filter(|export| export.is_writing);
        let exports = exports.filter_map(|export| export.total.map(|total| (export.done, total)));
        let (done, total) = download
            .into_iter()
            .chain(exports)
            .filter(|(_, total)| *total > 0)
            .fold((0_u128, 0_u128), |(done, all), (own, total)| {
                (done + u128::from(own.min(total)), all + u128::from(total))
            });
        (total > 0).then(|| (done * 100 / total) as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ConsultationKey, Zone};
    use crate::state::{Command, Event, Export, ListCommand, RecordingEvent, Settings};
    use chrono::{DateTime, Utc};

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn export(done: u64, total: Option<u64>, is_writing: bool) -> Export {
        Export { id: 1, file_name: "x.wav".to_owned(), about: None, is_writing, done, total }
    }

    #[test]
    fn downloads_and_files_count_together_and_silence_is_none() {
        let mut state = State::start(Settings::default(), Zone::utc(), NOW).0;
        assert_eq!(state.percent_done(), None);
        let key = ConsultationKey::record("r1");
        state.handle(Command::List(ListCommand::Select(key.clone())), NOW);
        let progress = |received, total| RecordingEvent::Progress { key: key.clone(), received, total };
        state.apply(Event::Recording(progress(10, None)), NOW);
        assert_eq!(state.percent_done(), None, "nobody knows how much it is");
        state.apply(Event::Recording(progress(30, Some(100))), NOW);
        assert_eq!(state.percent_done(), Some(30));
        state.exports.running = vec![export(90, Some(100), true), export(0, Some(1_000), false)];
        assert_eq!(state.percent_done(), Some(60), "what waits for its place is not under way");
        state.exports.running = vec![export(u64::MAX, Some(1), true)];
        state.apply(Event::Recording(RecordingEvent::Cancelled { key }), NOW);
        assert_eq!(state.percent_done(), Some(100));
    }
}
