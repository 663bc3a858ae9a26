//! Pages for the eye: the newest, older ones on request, and the conversations, which have a family of their own.

use super::common::ReachChange;
use super::walk::{Leaf, PAGE, Step, Walk};
use super::{OlderConversations, STRETCH, Sync};
use crate::backend::problems;
use crate::domain::Consultation;
use crate::nxvet::Error;
use crate::state::Event;
use crate::store::Haul;
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;

/// Pages that a look for new records may need when the desk was off for long; the background reads the rest.
const MOST_NEW_PAGES: usize = 50;
/// Devices keep recordings back while they have no line, so so much is read again where a look meets what was known.
pub(super) const LATE_UPLOADS: TimeDelta = TimeDelta::hours(24);
/// How often the ordinary look goes so far back.
const DEEP_EVERY: TimeDelta = TimeDelta::minutes(30);
/// Pages of conversations read with one look further back.
const CONVERSATION_PAGES: usize = 4;

/// How far a look for new records goes.
#[derive(Clone, Copy)]
pub(super) struct Look {
    /// Rows to read at least.
    pub(super) wanted: usize,
    pub(super) is_deep: bool,
}

impl Sync {
    /// An ordinary look goes deep now and then, and whenever the total says that something came or went further down.
    pub(super) fn ordinary_look(&self) -> Look {
        let now = self.common.clinic.clock.now();
        let is_due = self.deep_at.is_none_or(|at| now - at >= DEEP_EVERY || at > now);
        Look { wanted: PAGE, is_deep: is_due || self.failures > 0 }
    }

    /// Reads from the top until enough is there and the seam to what is known without a gap is closed.
    pub(super) async fn read_newest(&mut self, look: Look) -> Result<usize, Error> {
        let reach = self.common.reach();
        let total_before = self.common.progress().total;
        let mut is_deep = look.is_deep || reach.top.is_none();
        let mut walk = Walk::from_top().wanting(look.wanted);
        let oldest_kept = self.common.oldest_kept(&self.rules.borrow());
        let (mut arrived, mut newest) = (0, None);
        for turn in 1..=MOST_NEW_PAGES {
            let mut leaf = self.next_leaf(&mut walk).await?;
            newest = newest.max(leaf.newest);
            let is_cut = leaf.goes_below(oldest_kept);
            leaf.rows.retain(|row| row.started_at >= oldest_kept);
            let taken = self.common.take_in(std::mem::take(&mut leaf.rows));
            arrived += taken.new;
            is_deep |= is_surprising(total_before, leaf.total, arrived);
            let seam = reach.top.map(|top| if is_deep { top - LATE_UPLOADS } else { top });
            let is_closed = leaf.is_end || is_cut || seam.is_none_or(|seam| leaf.goes_below(seam));
            let is_last = leaf.is_end || is_cut || (is_closed && leaf.end >= look.wanted) || turn == MOST_NEW_PAGES;
            // A shallow look proves nothing about the last day, so it leaves the seam where it is.
            let proves = is_last && (is_deep || !is_closed);
            // What was let go of is still there to be looked for, below where this ended.
            let floor = if is_cut { walk.floor().max(Some(oldest_kept)) } else { walk.floor() };
            let change = proves.then(|| Proof { newest, floor, is_closed, is_end: leaf.is_end && !is_cut }.change());
            self.keep(taken.changed, change).await;
            if is_last {
                break;
            }
            self.tell().await;
        }
        self.caught += arrived;
        if is_deep {
            self.deep_at = Some(self.common.clinic.clock.now());
        }
        Ok(arrived)
    }

    /// Goes on below what is known without a gap until a stretch of rows came or the end is reached.
    pub(super) async fn read_older(&mut self) -> Result<(), Error> {
        self.read_older_conversations().await?;
        let mut walk: Option<Walk> = None;
        let mut fresh = 0;
        while fresh < STRETCH && !self.common.reach().is_end {
            let older = Arc::clone(&self.common.older);
            let _one_after_the_other = older.lock().await;
            let Some(floor) = self.common.reach().floor else { break };
            let walk = self.common.walk_below(floor, &mut walk);
            let mut leaf = self.next_leaf(walk).await?;
            fresh += leaf.rows.iter().filter(|row| row.started_at < floor).count();
            let taken = self.common.take_in(std::mem::take(&mut leaf.rows));
            self.keep(taken.changed, Some(below(floor, walk.floor(), leaf.is_end))).await;
            self.tell().await;
        }
        Ok(())
    }

    /// The next page that joins the one before.
    async fn next_leaf(&self, walk: &mut Walk) -> Result<Leaf, Error> {
        let clinic = &self.common.clinic;
        loop {
            let page = clinic.client.consultations(&clinic.organization.id, walk.offset(), walk.limit()).await?;
            if let Step::Joined(leaf) = walk.take(page) {
                self.common.note_leaf(&leaf);
                return Ok(leaf);
            }
        }
    }

    /// Stores and shows rows; trouble of the store is told.
    async fn keep(&self, rows: Vec<Arc<Consultation>>, change: Option<ReachChange>) {
        let haul = Haul { rows: rows.clone(), ..Haul::default() };
        if let Err(error) = self.common.store(haul, change).await {
            self.common.clinic.events.send(Event::Told(problems::of_store(&error))).await;
        }
        self.common.show(rows).await;
        self.common.wake.notify_one();
    }

    /// The newest conversations.
    pub(super) async fn read_conversations(&mut self) -> Result<(), Error> {
        let oldest = self.common.oldest_kept(&self.rules.borrow());
        let (next, is_cut) = self.read_conversation_page(None, Some(oldest)).await?;
        // Later looks at the top do not forget how far down was read; what was let go of is read when it is asked for.
        if !is_cut && matches!(self.older_conversations, OlderConversations::NotAsked) {
            self.older_conversations = next;
        }
        Ok(())
    }

    /// Goes on below the conversations that are known.
    async fn read_older_conversations(&mut self) -> Result<(), Error> {
        for _ in 0..CONVERSATION_PAGES {
            let token = match &self.older_conversations {
                OlderConversations::NotAsked => None,
                OlderConversations::From(token) => Some(token.clone()),
                OlderConversations::None => break,
            };
            (self.older_conversations, _) = self.read_conversation_page(token.as_deref(), None).await?;
        }
        Ok(())
    }

    /// Rows from before `oldest` are left out, which the answer tells. A key that may not read conversations still
    /// reads records.
    async fn read_conversation_page(
        &mut self,
        token: Option<&str>,
        oldest: Option<DateTime<Utc>>,
    ) -> Result<(OlderConversations, bool), Error> {
        let clinic = Arc::clone(&self.common.clinic);
        match clinic.client.conversations(&clinic.organization.id, token).await {
            Ok(page) => {
                self.common.progress().skipped += page.skipped;
                let (kept, cut): (Vec<_>, Vec<_>) = page
                    .consultations
                    .into_iter()
                    .partition(|row| oldest.is_none_or(|oldest| row.started_at >= oldest));
                let named = self.common.rooms.lock().await.name_all(&clinic, kept).await;
                let changed = self.common.take_in(named).changed;
                self.keep(changed, None).await;
                let next = page.next.map_or(OlderConversations::None, OlderConversations::From);
                Ok((next, !cut.is_empty()))
            }
            Err(Error::Forbidden | Error::NotFound) => Ok((OlderConversations::None, false)),
            Err(error) => Err(error),
        }
    }
}

/// The total went up by something else than what arrived at the top.
fn is_surprising(before: Option<usize>, now: Option<usize>, arrived: usize) -> bool {
    matches!((before, now), (Some(before), Some(now)) if now != before + arrived)
}

/// What a look from the top proves once it is over.
struct Proof {
    newest: Option<DateTime<Utc>>,
    floor: Option<DateTime<Utc>>,
    /// It met what was known without a gap.
    is_closed: bool,
    is_end: bool,
}

impl Proof {
    fn change(self) -> ReachChange {
        let Self { newest, floor, is_closed, is_end } = self;
        Box::new(move |reach| {
            if !is_closed || reach.floor.is_none() || (is_end && floor < reach.floor) {
                reach.floor = floor;
                reach.is_end = is_end;
            }
            reach.is_end |= is_end;
            reach.top = newest.or(reach.top);
        })
    }
}

/// What an older page proves: it goes on where the reach ended, unless that has moved meanwhile.
pub(super) fn below(from: DateTime<Utc>, to: Option<DateTime<Utc>>, is_end: bool) -> ReachChange {
    Box::new(move |reach| {
        if reach.floor == Some(from) {
            reach.floor = to;
            reach.is_end = is_end;
        }
    })
}
