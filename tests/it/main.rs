//! Behaviour tests, one binary: the state alone, the background with the simulator, screens by their labels.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly and says when it skips"
)]

mod support;

mod appointments;
mod browse_consultations;
mod desktop_manners;
mod export_recording;
mod forge_webhooks;
mod hear_recordings;
mod house_rules;
mod keep_days;
mod keep_in_step;
mod keep_secrets;
mod leave_nothing;
mod leave_reports;
mod links;
mod live_desk;
mod lock_the_desk;
mod lock_window;
mod look_for_releases;
mod manage_webhooks;
mod mark_consultations;
mod media_keys;
mod meet_faults;
mod notifications;
mod odd_wavs;
mod opening;
mod printing;
mod read_notes;
mod receive_webhooks;
mod receiver;
mod room_board;
mod search_everything;
mod session_watch;
mod several_desks;
mod sign_in;
mod simulated_senders;
mod startup_profiles;
mod state_alone;
mod stream_recordings;
#[path = "../torture/mod.rs"]
mod torture;
mod vendor_samples;
mod work_offline;
