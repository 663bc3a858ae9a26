//! Behaviour tests, one binary: the state alone, the background with the simulator, screens by their labels.

#![expect(clippy::expect_used, clippy::print_stderr, reason = "a test may fail loudly and says when it skips")]

mod support;

mod browse_consultations;
mod export_recording;
mod hear_recordings;
mod house_rules;
mod keep_secrets;
mod media_keys;
mod meet_faults;
mod odd_wavs;
mod read_notes;
mod sign_in;
mod state_alone;
mod stream_recordings;
mod work_offline;
