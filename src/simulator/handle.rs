//! The test's and the window's end of a running simulator.
//!
//! Cloning is cheap; when the last handle goes, the server stops.

use std::sync::Arc;

use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    conversing::Started,
    faults::Faults,
    hooks::HooksHandle,
    journal::Requests,
    nexhealth::NexHealthHandle,
    record::{Sound, Stage},
    shared::Shared,
    sound,
    world::{NewRecord, ORGANIZATION_ID},
};

/// A running simulator.
#[derive(Clone)]
pub struct SimulatorHandle {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    base_url: String,
    stop: CancellationToken,
    _stops_when_dropped: DropGuard,
}

impl SimulatorHandle {
    pub(super) fn new(shared: Arc<Shared>, port: u16, stop: CancellationToken) -> Self {
        let guard = stop.clone().drop_guard();
        let base_url = format!("http://127.0.0.1:{port}");
        Self { inner: Arc::new(Inner { shared, base_url, stop, _stops_when_dropped: guard }) }
    }

    pub(super) fn stop_token(&self) -> CancellationToken {
        self.inner.stop.clone()
    }

    fn shared(&self) -> &Shared {
        &self.inner.shared
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn base_url(&self) -> String {
        self.inner.base_url.clone()
    }

    /// The key that opens it.
    pub fn key(&self) -> String {
        self.shared().access().key().to_owned()
    }

    /// The organization the key belongs to.
    pub fn organization_id(&self) -> String {
        ORGANIZATION_ID.to_owned()
    }

    /// The switchboard.
    pub fn faults(&self) -> &Faults {
        &self.shared().faults
    }

    /// From now on the key is answered with 401.
    pub fn revoke_key(&self) {
        self.shared().access().revoke();
    }

    /// The key works again, with all its scopes.
    pub fn restore_key(&self) {
        self.shared().access().restore();
    }

    /// Takes a scope from the key: `devices:read`, `organizations:read`, `auth:introspect-org`.
    pub fn remove_scope(&self, scope: &str) {
        self.shared().access().remove_scope(scope);
    }

    /// Whether recordings come with a strong `ETag`.
    pub fn set_etag(&self, shown: bool) {
        self.shared().show_etag(shown);
    }

    /// A record of the caller's making appears at the top; returns its id.
    pub fn push_record(&self, record: NewRecord) -> String {
        let now_ms = self.shared().now().timestamp_millis();
        self.shared().change(|world| world.push(record, now_ms))
    }

    /// So many composed, finished records appear at the top; returns their ids, oldest first.
    pub fn add_records(&self, count: usize) -> Vec<String> {
        let now_ms = self.shared().now().timestamp_millis();
        self.shared().change(|world| (0..count).map(|_| world.arrive(now_ms, Stage::Done)).collect())
    }

    /// A composed, finished record appears that began so long ago; returns its id.
    pub fn add_late_record(&self, ago: std::time::Duration) -> String {
        let ago_ms = i64::try_from(ago.as_millis()).unwrap_or(i64::MAX);
        let now_ms = self.shared().now().timestamp_millis();
        self.shared().change(|world| world.arrive_late(now_ms.saturating_sub(ago_ms)))
    }

    /// Puts a record back that was taken away; false when none of that id was.
    pub fn restore_record(&self, record_id: &str) -> bool {
        self.shared().change(|world| world.restore(record_id))
    }

    /// A composed record still waiting for transcript and note appears at the top; returns its id.
    pub fn add_pending_record(&self) -> String {
        let now_ms = self.shared().now().timestamp_millis();
        self.shared().change(|world| world.arrive(now_ms, Stage::Transcribing))
    }

    /// So many rows without a readable id stand below the newest record, and count in the total.
    pub fn add_bad_rows(&self, count: usize) {
        self.shared().world().bad_rows += count;
    }

    /// One step for a pending record: transcript first, then the note. False when it was complete.
    pub fn advance_note(&self, record_id: &str) -> bool {
        self.shared().change(|world| world.advance(record_id))
    }

    /// A pending record gets everything it will ever have.
    pub fn fill_note(&self, record_id: &str) {
        self.shared().change(|world| world.complete(record_id));
    }

    /// All pending records get everything they will ever have.
    pub fn fill_all_notes(&self) {
        self.shared().change(|world| {
            for id in world.pending_ids() {
                world.complete(&id);
            }
        });
    }

    /// Takes a record away; false when it was not there.
    pub fn remove_record(&self, record_id: &str) -> bool {
        self.shared().change(|world| world.remove(record_id))
    }

    /// What a complete client must end up with, newest first.
    pub fn record_ids(&self) -> Vec<String> {
        self.shared().world().records.iter().rev().map(|record| record.id.clone()).collect()
    }

    /// Records whose transcript or note is still to come, oldest first.
    pub fn pending_record_ids(&self) -> Vec<String> {
        self.shared().world().pending_ids()
    }

    /// Device and conversation ids, newest first.
    pub fn conversation_ids(&self) -> Vec<(String, String)> {
        let world = self.shared().world();
        world
            .conversations
            .iter()
            .rev()
            .filter(|known| known.is_listed)
            .map(|known| (known.device_id.clone(), known.id.clone()))
            .collect()
    }

    /// The whole recording as the server sends it. It may decode, so it may take a moment.
    pub fn recording_bytes(&self, record_id: &str) -> Option<Vec<u8>> {
        if let Some(sound) = self.shared().kept_sound(record_id) {
            return Some(sound.bytes.to_vec());
        }
        let sound = self.shared().world().find(record_id)?.sound.clone();
        sound::wav_bytes(&sound).map(|bytes| bytes.to_vec())
    }

    /// From now on the record has another recording, with another tag; false when there is no such record.
    pub fn replace_recording(&self, record_id: &str, bytes: Vec<u8>) -> bool {
        let is_there = self.shared().world().set_sound(record_id, Sound::Given(bytes.into()));
        self.shared().forget_sound(record_id);
        is_there
    }

    /// The recorder of that room (by its place in the list of devices) starts; none when there is no such room.
    pub fn start_conversation(&self, room: usize) -> Option<Started> {
        let now_ms = self.shared().now().timestamp_millis();
        self.shared().change(|world| world.start_conversation(room, now_ms, true))
    }

    /// It stops; false when no conversation of that id runs.
    pub fn end_conversation(&self, conversation_id: &str) -> bool {
        let now_ms = self.shared().now().timestamp_millis();
        self.shared().change(|world| world.end_conversation(conversation_id, now_ms))
    }

    /// The record of a conversation that ended appears, still to be transcribed; returns its id.
    pub fn record_conversation(&self, conversation_id: &str) -> Option<String> {
        self.shared().change(|world| world.record_conversation(conversation_id))
    }

    /// Ids and names of the room devices, in the order of their places.
    pub fn rooms(&self) -> Vec<(String, String)> {
        self.shared().world().rooms.iter().map(|room| (room.device_id.clone(), room.name.clone())).collect()
    }

    /// The senders of webhooks.
    pub fn hooks(&self) -> HooksHandle {
        HooksHandle::new(Arc::clone(&self.inner.shared))
    }

    /// NexHealth, when it was asked for.
    pub fn nexhealth(&self) -> Option<NexHealthHandle> {
        NexHealthHandle::new(Arc::clone(&self.inner.shared))
    }

    /// Everything asked so far, with counts.
    pub fn requests(&self) -> Requests {
        self.shared().requests().clone()
    }

    /// Forgets what was asked.
    pub fn forget_requests(&self) {
        *self.shared().requests() = Requests::default();
    }

    /// Stops the server and drops its connections.
    pub fn shutdown(&self) {
        self.inner.stop.cancel();
    }
}
