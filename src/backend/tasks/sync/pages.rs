//! Reading pages: the newest, older ones, conversations, and the notes of the newest ahead of their being opened.

use super::{OlderConversations, PAGE, STRETCH, Sync};
use crate::backend::problems;
use crate::backend::tasks::record;
use crate::domain::{Consultation, Room, Stage};
use crate::nxvet::Error;
use crate::state::Event;
use futures_util::StreamExt as _;
use std::sync::Arc;

/// Rows read again at each seam, as new records push older ones down while pages are read.
const OVERLAP: usize = 20;
/// Pages that a look for new records may need when the desk was off for long.
const MOST_NEW_PAGES: usize = 50;
/// Newest records whose notes are fetched ahead, for their stage and for reading offline.
const AHEAD: usize = 40;
const AHEAD_AT_ONCE: usize = 4;

/// Pages of conversations read with one look further back.
const CONVERSATION_PAGES: usize = 4;

impl Sync {
    /// Reads from the top until `wanted` rows are known and the seam to what was known before is closed.
    pub(super) async fn read_newest(&mut self, wanted: usize) -> Result<usize, Error> {
        let had_some = self.records > 0;
        let mut offset = 0;
        let mut arrived = 0;
        for _ in 0..MOST_NEW_PAGES {
            let page = self.read_page(offset).await?;
            arrived += page.fresh;
            offset += page.received;
            let seam_is_closed = !had_some || page.fresh < page.received;
            if page.is_last || (offset >= wanted && seam_is_closed) {
                self.has_reached_end |= page.is_last && offset >= self.records;
                break;
            }
            self.tell().await;
        }
        Ok(arrived)
    }

    /// Goes on below what is known, with an overlap, until a stretch of new rows came or the end is reached.
    pub(super) async fn read_older(&mut self) -> Result<(), Error> {
        self.read_older_conversations().await?;
        if self.is_complete() {
            return Ok(());
        }
        let mut offset = self.records.saturating_sub(OVERLAP);
        let mut fresh = 0;
        while fresh < STRETCH {
            let page = self.read_page(offset).await?;
            fresh += page.fresh;
            offset += page.received;
            if page.is_last {
                self.close_the_end(offset).await?;
                break;
            }
            self.tell().await;
        }
        Ok(())
    }

    /// The end is reached. If the count says that some are missing, they were pushed past a seam: read the top again.
    async fn close_the_end(&mut self, offset: usize) -> Result<(), Error> {
        if self.progress.total.is_some_and(|total| self.records < total) {
            self.read_newest(PAGE).await?;
            let mut again = 0;
            while self.progress.total.is_some_and(|total| self.records < total) && again < offset {
                let page = self.read_page(again).await?;
                if page.received == 0 {
                    break;
                }
                again += page.received.saturating_sub(OVERLAP / 2).max(1);
            }
        }
        self.has_reached_end = true;
        Ok(())
    }

    async fn read_page(&mut self, offset: usize) -> Result<PageRead, Error> {
        let page = self.clinic.client.consultations(&self.clinic.organization.id, offset, PAGE).await?;
        self.progress.skipped += page.skipped;
        self.progress.total = page.total;
        self.store_rows(&page.consultations).await;
        let fresh = self.take_in(page.consultations).await;
        let end = offset + page.received;
        let is_last = page.received == 0
            || match page.total {
                Some(total) => end >= total,
                // Without a total only a page without anything new proves the end.
                None => fresh == 0 && page.received < PAGE,
            };
        Ok(PageRead { received: page.received, fresh, is_last })
    }

    async fn store_rows(&self, rows: &[Consultation]) {
        let organization = self.clinic.organization.id.clone();
        let rows: Vec<Arc<Consultation>> = rows.iter().cloned().map(Arc::new).collect();
        if let Err(error) = self.clinic.store.run(move |store| store.save_consultations(&organization, &rows)).await {
            self.clinic.events.send(Event::Told(problems::of_store(&error))).await;
        }
    }

    /// The newest conversations, which have a family of their own.
    pub(super) async fn read_conversations(&mut self) -> Result<(), Error> {
        let next = self.read_conversation_page(None).await?;
        // Later looks at the top do not forget how far down was read.
        if matches!(self.older_conversations, OlderConversations::NotAsked) {
            self.older_conversations = next;
        }
        Ok(())
    }

    /// Goes on below the conversations that are known.
    async fn read_older_conversations(&mut self) -> Result<(), Error> {
        for _ in 0..CONVERSATION_PAGES {
            let OlderConversations::From(token) = &self.older_conversations else { break };
            let token = token.clone();
            self.older_conversations = self.read_conversation_page(Some(&token)).await?;
        }
        Ok(())
    }

    /// A key that may not read conversations still reads records.
    async fn read_conversation_page(&mut self, token: Option<&str>) -> Result<OlderConversations, Error> {
        match self.clinic.client.conversations(&self.clinic.organization.id, token).await {
            Ok(page) => {
                self.progress.skipped += page.skipped;
                let named = self.with_room_names(page.consultations).await;
                self.store_rows(&named).await;
                self.take_in(named).await;
                Ok(page.next.map_or(OlderConversations::None, OlderConversations::From))
            }
            Err(Error::Forbidden | Error::NotFound) => Ok(OlderConversations::None),
            Err(error) => Err(error),
        }
    }

    /// A conversation knows its device by id alone; the device list may know the room's name.
    async fn with_room_names(&mut self, mut conversations: Vec<Consultation>) -> Vec<Consultation> {
        let rooms = || conversations.iter().filter_map(|conversation| conversation.room.as_ref());
        let is_known = |room: &Room| self.devices.iter().any(|device| Some(&device.id) == room.device_id.as_ref());
        if !self.has_asked_devices && rooms().any(|room| room.name.is_none() && !is_known(room)) {
            self.has_asked_devices = true;
            match self.clinic.client.devices(&self.clinic.organization.id).await {
                Ok(devices) => self.devices = devices.rooms,
                Err(error) => tracing::debug!(code = error.code(), "the devices could not be read"),
            }
        }
        for room in conversations.iter_mut().filter_map(|conversation| conversation.room.as_mut()) {
            if let Some(device) = self.devices.iter().find(|device| Some(&device.id) == room.device_id.as_ref()) {
                let room = Arc::make_mut(room);
                room.name.clone_from(&device.name);
                room.serial.clone_from(&device.serial);
            }
        }
        conversations
    }

    /// Fetches the notes of the newest records whose stage is unknown or may have changed.
    pub(super) async fn read_notes_ahead(&mut self) {
        if self.failures > 0 {
            return;
        }
        let newest = self
            .clinic
            .catalog
            .ask(|catalog| {
                let wants = |row: &&Arc<Consultation>| {
                    row.key.record_id().is_some() && (row.stage == Stage::Unknown || row.stage.is_pending())
                };
                catalog.rows().take(AHEAD).filter(wants).map(Arc::clone).collect::<Vec<_>>()
            })
            .await
            .unwrap_or_default();
        let newest: Vec<_> = newest.into_iter().filter(|row| self.is_due(row)).collect();
        let clinic = &self.clinic;
        let fetches = newest.into_iter().map(|row| async move { record::fetch(clinic, &row.key, Some(&row)).await });
        let mut results = futures_util::stream::iter(fetches).buffer_unordered(AHEAD_AT_ONCE);
        while let Some(result) = results.next().await {
            // Trouble shows with the list or when the record is opened; reading ahead just stops.
            if matches!(result, Err(error) if error != Error::NotFound) {
                break;
            }
        }
    }
}

impl Sync {
    /// Notes may stay pending for minutes or for ever: the first, second, fourth, eighth… look asks.
    fn is_due(&mut self, row: &Consultation) -> bool {
        let seen = self.seen_pending.entry(row.key.clone()).or_default();
        *seen += 1;
        seen.is_power_of_two()
    }
}

struct PageRead {
    received: usize,
    fresh: usize,
    is_last: bool,
}
