//! What the background reads lists for: older records down to the horizon, older conversations, and the daily search
//! for what was deleted. An errand says what to ask next and takes the answers; asking and storing is the reader's.

use super::common::{Common, ReachChange};
use super::eye::{LATE_UPLOADS, below};
use super::walk::{PAGE, Step, Walk};
use crate::domain::{Consultation, ConsultationKey};
use crate::nxvet::{Client, ConsultationPage, ConversationPage, Error};
use crate::store::Reach;
use chrono::{DateTime, Utc};
use std::collections::HashSet;

pub(super) enum Errand {
    /// Records below what is stored without a gap.
    Older {
        floor: DateTime<Utc>,
        walk: Option<Walk>,
    },
    Conversations(Tokens),
    Sweep(Sweep),
}

/// A list page to ask for.
pub(super) enum Question {
    Records(usize),
    Conversations(Option<String>),
}

pub(super) enum Page {
    Records(ConsultationPage),
    Conversations(ConversationPage),
}

impl Question {
    pub(super) async fn ask(self, client: &Client, common: &Common) -> Result<Page, Error> {
        let organization = &common.clinic.organization.id;
        match self {
            Self::Records(offset) => client.consultations(organization, offset, PAGE).await.map(Page::Records),
            Self::Conversations(token) => match client.conversations(organization, token.as_deref()).await {
                // A key that may not read conversations still reads records.
                Err(Error::Forbidden | Error::NotFound) => Ok(Page::Conversations(ConversationPage::default())),
                answer => answer.map(Page::Conversations),
            },
        }
    }
}

/// What a page brought.
#[derive(Default)]
pub(super) struct Gain {
    pub(super) rows: Vec<Consultation>,
    pub(super) change: Option<ReachChange>,
    pub(super) is_done: bool,
}

impl Errand {
    pub(super) fn question(&mut self, common: &Common) -> Question {
        match self {
            Self::Older { floor, walk } => Question::Records(common.walk_below(*floor, walk).offset()),
            Self::Conversations(tokens) => Question::Conversations(tokens.next.clone()),
            Self::Sweep(sweep) => sweep.question(),
        }
    }

    /// Rows from before `oldest_kept` were let go of; they are taken only where they are still here.
    pub(super) fn take(&mut self, page: Page, oldest_kept: DateTime<Utc>, common: &Common) -> Gain {
        let mut gain = self.take_page(page, oldest_kept, common);
        common.hear();
        let ledger = common.ledger();
        gain.rows.retain(|row| row.started_at >= oldest_kept || ledger.get(&row.key).is_some());
        gain
    }

    fn take_page(&mut self, page: Page, oldest_kept: DateTime<Utc>, common: &Common) -> Gain {
        match (self, page) {
            (Self::Older { floor, walk }, Page::Records(page)) => {
                let floor_before = *floor;
                let walk = common.walk_below(floor_before, walk);
                let Step::Joined(leaf) = walk.take(page) else { return Gain::default() };
                common.note_leaf(&leaf);
                let is_cut = leaf.goes_below(oldest_kept);
                let ends = if is_cut { walk.floor().max(Some(oldest_kept)) } else { walk.floor() };
                *floor = ends.unwrap_or(floor_before);
                let change = below(floor_before, ends, leaf.is_end && !is_cut);
                // Every page is an errand of its own: the next one begins where the reach then ends.
                Gain { rows: leaf.rows, change: Some(change), is_done: leaf.is_end || is_cut }
            }
            (Self::Conversations(tokens), Page::Conversations(page)) => tokens.take(page),
            (Self::Sweep(sweep), page) => sweep.take(page),
            _ => Gain { is_done: true, ..Gain::default() },
        }
    }
}

/// The floor of conversations that were read down to the last there is.
pub(super) const THE_END: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// Conversations from the newest down to a moment.
pub(super) struct Tokens {
    next: Option<String>,
    until: DateTime<Utc>,
    newest: Option<DateTime<Utc>>,
    /// What is known without a gap once it is done.
    floor: Option<DateTime<Utc>>,
}

impl Tokens {
    /// What is known down to the horizon is only read again as far as devices upload late.
    pub(super) fn new(reach: &Reach, horizon: DateTime<Utc>) -> Self {
        let is_known = reach.conversations_floor.is_some_and(|floor| floor <= horizon);
        let (until, floor) = match reach.conversations_top.filter(|_| is_known) {
            Some(top) => (top - LATE_UPLOADS, reach.conversations_floor),
            None => (horizon, Some(horizon)),
        };
        Self { next: None, until, newest: None, floor }
    }

    fn take(&mut self, page: ConversationPage) -> Gain {
        let moments = || page.consultations.iter().map(|row| row.started_at);
        self.newest = self.newest.max(moments().max());
        let is_below = moments().min().is_some_and(|oldest| oldest < self.until);
        let is_done = is_below || page.next.is_none();
        self.next = page.next;
        // No conversation at all may be a key that sees none: it proves nothing.
        let is_end = self.next.is_none() && self.newest.is_some();
        let (newest, floor) = (self.newest, if is_end { Some(THE_END) } else { self.floor });
        let change: ReachChange = Box::new(move |reach| {
            reach.conversations_top = newest.or(reach.conversations_top);
            reach.conversations_floor = floor;
        });
        Gain { rows: page.consultations, change: is_done.then_some(change), is_done }
    }
}

/// One complete look at everything down to the horizon.
pub(super) struct Sweep {
    walk: Walk,
    /// The records are through; the conversations follow.
    tokens: Option<Tokens>,
    horizon: DateTime<Utc>,
    unseen: HashSet<ConsultationKey>,
}

impl Sweep {
    /// `known` is what the look must find again.
    pub(super) fn new(horizon: DateTime<Utc>, known: HashSet<ConsultationKey>) -> Self {
        Self { walk: Walk::from_top(), tokens: None, horizon, unseen: known }
    }

    fn question(&self) -> Question {
        match &self.tokens {
            None => Question::Records(self.walk.offset()),
            Some(tokens) => Question::Conversations(tokens.next.clone()),
        }
    }

    fn take(&mut self, page: Page) -> Gain {
        let (rows, is_done) = match page {
            Page::Records(page) => {
                let Step::Joined(leaf) = self.walk.take(page) else { return Gain::default() };
                if leaf.is_end || leaf.goes_below(self.horizon) {
                    self.begin_conversations();
                }
                (leaf.rows, self.tokens.is_some() && !self.awaits_conversations())
            }
            Page::Conversations(page) => {
                // An empty first page may be a key that sees none: it proves nothing.
                if page.received == 0 && page.next.is_none() {
                    self.unseen.retain(|key| key.record_id().is_some());
                }
                let gain = self.tokens.as_mut().map(|tokens| tokens.take(page)).unwrap_or_default();
                (gain.rows, gain.is_done)
            }
        };
        for row in &rows {
            self.unseen.remove(&row.key);
        }
        Gain { rows, change: None, is_done }
    }

    fn begin_conversations(&mut self) {
        self.tokens = Some(Tokens { next: None, until: self.horizon, newest: None, floor: None });
    }

    /// Where no conversation is known none can be missing.
    fn awaits_conversations(&self) -> bool {
        self.unseen.iter().any(|key| key.record_id().is_none())
    }

    /// What should have been there and was not.
    pub(super) fn missing(self) -> Vec<ConsultationKey> {
        self.unseen.into_iter().collect()
    }
}
