//! The test's and the window's end of the senders: habits, faults, addressees, and what was answered.

use std::{net::SocketAddr, sync::Arc};

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use serde_json::Value;

use super::{
    Delivered, Forgery, Habits, Order, Scheme, event,
    lines::{Hook, Partner},
    partner,
    routes::{Wish, open, secret_letters},
};
use crate::simulator::shared::Shared;

/// A webhook somebody opens without the API.
#[derive(Clone, Debug, Default)]
pub struct NewHook {
    /// Where it goes.
    pub url: String,
    /// Whatever the clinic wrote.
    pub description: String,
    /// By the vendor's names; none is every type.
    pub event_types: Option<Vec<String>>,
}

/// A webhook as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookState {
    /// The vendor's id.
    pub id: String,
    /// Where it goes.
    pub url: String,
    /// Whatever the clinic wrote.
    pub description: String,
    /// By the vendor's names; none is every type.
    pub event_types: Option<Vec<String>>,
    /// Off after too many failures.
    pub is_active: bool,
    /// Since the last success.
    pub consecutive_failures: u32,
    /// What the vendor shows once.
    pub secret: String,
}

/// What a partner was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartnerLine {
    /// Like `prt_…`.
    pub partner_id: String,
    /// The whole text is the key.
    pub hmac_secret: String,
    /// What the clinic's user typed.
    pub partner_user_key: String,
}

/// The senders of a running simulator.
#[derive(Clone)]
pub struct HooksHandle {
    shared: Arc<Shared>,
}

impl HooksHandle {
    pub(in super::super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// As they are now.
    pub fn habits(&self) -> Habits {
        self.shared.hooks.state().habits.clone()
    }

    /// From now on.
    pub fn set_habits(&self, habits: Habits) {
        self.shared.hooks.state().habits = habits;
        self.shared.hooks.ring();
    }

    /// A public name leads to this address from now on, and TLS ends on the way: a tunnel or a proxy.
    pub fn tunnel(&self, host: &str, to: SocketAddr) {
        self.shared.hooks.state().tunnels.insert(host.to_owned(), Some(to));
    }

    /// The tunnel's own computer is away: it answers 502.
    pub fn break_tunnel(&self, host: &str) {
        self.shared.hooks.state().tunnels.insert(host.to_owned(), None);
    }

    /// Certificates (PEM) of authorities that are believed from now on; returns how many were read.
    pub fn trust(&self, pem: &[u8]) -> usize {
        let mut state = self.shared.hooks.state();
        let mut roots = RootCertStore::clone(&state.roots);
        let added = roots.add_parsable_certificates(CertificateDer::pem_slice_iter(pem).filter_map(Result::ok)).0;
        state.roots = Arc::new(roots);
        added
    }

    /// As if created by the API; none when there are ten.
    pub fn add(&self, new: NewHook) -> Option<HookState> {
        let NewHook { url, description, event_types } = new;
        open(&self.shared, Wish { url, description, event_types }).as_ref().map(shown)
    }

    /// Oldest first.
    pub fn all(&self) -> Vec<HookState> {
        self.shared.hooks.state().hooks.iter().map(shown).collect()
    }

    /// Off, as after too many failures; false when there is no such webhook.
    pub fn switch_off(&self, id: &str) -> bool {
        let failures = self.habits().switch_off_after;
        let mut state = self.shared.hooks.state();
        let Some(hook) = state.hook_mut(id) else { return false };
        hook.is_active = false;
        hook.consecutive_failures = failures;
        true
    }

    /// A partner with the clinic linked to it. Each call opens another one.
    pub fn add_partner(&self, url: &str) -> PartnerLine {
        let partner = Partner {
            url: url.to_owned(),
            id: format!("prt_{}", secret_letters(12)),
            secret: secret_letters(44),
            user_key: secret_letters(24),
            is_active: true,
        };
        let line = PartnerLine {
            partner_id: partner.id.clone(),
            hmac_secret: partner.secret.clone(),
            partner_user_key: partner.user_key.clone(),
        };
        self.shared.hooks.state().partners.push(partner);
        line
    }

    /// Takes all partners away.
    pub fn remove_partners(&self) {
        self.shared.hooks.state().partners.clear();
    }

    /// An event of any type, also of one no document knows; returns how many webhooks want it.
    pub fn send(&self, event_type: &str, data: &Value) -> usize {
        event::tell_organization(&self.shared, event_type, data)
    }

    /// The test of a webhook, as `…/test` sends it; false when there is no such webhook.
    pub fn ping(&self, id: &str) -> bool {
        let is_there = self.shared.hooks.state().hook_mut(id).is_some();
        if is_there {
            event::ping(&self.shared, id);
        }
        is_there
    }

    /// Tells the partners of a record as it stands; false when nobody is told.
    pub fn send_to_partners(&self, record_id: &str) -> bool {
        partner::tell_of_record(&self.shared, &self.shared.world(), record_id)
    }

    /// Tells the partners of a measurement in that room.
    pub fn measure(&self, room: usize) -> bool {
        partner::tell_of_measurement(&self.shared, &self.shared.world(), room)
    }

    /// From now on the addresses of recordings that partners are told begin so.
    pub fn set_signed_base(&self, base: &str) {
        self.shared.signed_urls.set_base(base);
    }

    /// The next `times` attempts of that scheme (none: of any) have this fault.
    pub fn forge_next(&self, scheme: Option<Scheme>, wrong: Forgery, times: usize) {
        self.shared.hooks.state().order_forgery(scheme, wrong, times);
    }

    /// This share (0 to 1) of all attempts has this fault, by a draw that is the same in every run.
    pub fn forge_share(&self, wrong: Forgery, share: f64) {
        self.shared.hooks.state().share_forgery(wrong, share);
    }

    /// From now on everything is honest.
    pub fn forget_forgeries(&self) {
        self.shared.hooks.state().forget_forgeries();
    }

    /// From now on nothing leaves; what happens waits for [`Self::release`].
    pub fn hold(&self) {
        self.shared.hooks.state().hold();
    }

    /// What was held leaves in this order, each event once and `copies` times more; returns how many requests that are.
    pub fn release(&self, order: Order, copies: usize) -> usize {
        let count = self.shared.hooks.state().release(order, copies);
        self.shared.hooks.ring();
        count
    }

    /// Retries do not wait for their time.
    pub fn hurry(&self) {
        self.shared.hooks.state().hurry();
        self.shared.hooks.ring();
    }

    /// How many requests wait, are held or are under way; none means that everybody was told or given up.
    pub fn pending(&self) -> usize {
        self.shared.hooks.state().pending()
    }

    /// Every attempt with its answer, oldest first.
    pub fn delivered(&self) -> Vec<Delivered> {
        self.shared.hooks.state().log.iter().cloned().collect()
    }

    /// Forgets the attempts; the webhooks' own pages keep theirs.
    pub fn forget_delivered(&self) {
        self.shared.hooks.state().log.clear();
    }
}

fn shown(hook: &Hook) -> HookState {
    HookState {
        id: hook.id.clone(),
        url: hook.url.clone(),
        description: hook.description.clone(),
        event_types: hook.event_types.clone(),
        is_active: hook.is_active,
        consecutive_failures: hook.consecutive_failures,
        secret: hook.secret.clone(),
    }
}
