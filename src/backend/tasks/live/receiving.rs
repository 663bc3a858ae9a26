//! The receiver of this desk: started and stopped as the settings say, with the addresses that the store keeps.

use super::inbox::DeskInbox;
use super::{Desk, routes};
use crate::backend::rules::ReceiverRules;
use crate::state::live::ReceiverStatus;
use crate::state::{Fault, LiveFault, LiveNews, Problem, TlsFiles};
use crate::webhooks::receiver::{Listen, Now, Probe, Receiver, Running, StartError, TlsError, TlsIdentity};
use std::io::Read as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use url::Url;

/// Certificates with their chain are smaller.
const MOST_PEM: u64 = 1 << 20;

/// The receiver and what it was started with.
#[derive(Default)]
pub(super) struct Receiving {
    running: Option<Running>,
    rules: ReceiverRules,
    status: ReceiverStatus,
}

impl Receiving {
    /// Brings the receiver to what the settings ask for. A changed public name alone needs no new start.
    pub(super) async fn follow(&mut self, desk: &Desk, inbox: &Arc<DeskInbox>, rules: ReceiverRules) {
        let before = std::mem::replace(&mut self.rules, rules);
        let is_same_place = ReceiverRules { public_address: String::new(), ..before }
            == ReceiverRules { public_address: String::new(), ..self.rules.clone() };
        match &self.running {
            Some(running) if is_same_place => running.set_public_host(self.public_host().as_deref()),
            _ => self.start_anew(desk, inbox).await,
        }
        self.tell(desk).await;
    }

    async fn start_anew(&mut self, desk: &Desk, inbox: &Arc<DeskInbox>) {
        self.stop().await;
        if !self.rules.is_on {
            self.status = ReceiverStatus::Off;
            return;
        }
        self.status = match self.start(desk, inbox).await {
            Ok(running) => {
                let address = running.addresses().first().map(ToString::to_string).unwrap_or_default();
                self.running = Some(running);
                ReceiverStatus::Running { address, has_tls: self.rules.tls.is_some() }
            }
            Err(fault) => ReceiverStatus::Failed(Problem::new(&Fault::Live(fault), "LIVE-RECEIVER")),
        };
    }

    async fn start(&self, desk: &Desk, inbox: &Arc<DeskInbox>) -> Result<Running, LiveFault> {
        let tls = match self.rules.tls.clone() {
            Some(files) => {
                let read = tokio::task::spawn_blocking(move || identity(&files)).await;
                Some(read.unwrap_or_else(|_| Err(LiveFault::BadTls("the files cannot be read".to_owned())))?)
            }
            None => None,
        };
        let addresses = if self.rules.for_others {
            vec![IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)]
        } else {
            Vec::new()
        };
        let listen = |addresses| Listen {
            addresses,
            port: self.rules.port,
            public_host: self.public_host(),
            tls: tls.clone(),
            ..Listen::default()
        };
        let routes = || routes::load(desk);
        let now = corrected_now(desk);
        let started = Receiver::start(listen(addresses.clone()), routes().await, inbox.clone(), now.clone()).await;
        let started = match started {
            // Where one address takes both kinds of connections, the second one is taken already; and some computers
            // have no addresses of the newer kind.
            Err(StartError::PortTaken(_) | StartError::NoSuchAddress | StartError::Io(_)) if addresses.len() > 1 => {
                let first = addresses.into_iter().take(1).collect();
                Receiver::start(listen(first), routes().await, inbox.clone(), now).await
            }
            other => other,
        };
        started.map_err(|error| match error {
            StartError::PortTaken(port) => LiveFault::PortTaken(port),
            other => LiveFault::ReceiverFailed(other.to_string()),
        })
    }

    /// Comes back when what was taken in is written.
    pub(super) async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }

    /// Addresses that are answered on came or went.
    pub(super) async fn reload(&self, desk: &Desk) {
        if let Some(running) = &self.running {
            running.set_routes(routes::load(desk).await);
        }
    }

    pub(super) fn expect_probe(&self) -> Option<Probe> {
        self.running.as_ref()?.expect_probe()
    }

    pub(super) fn status(&self) -> &ReceiverStatus {
        &self.status
    }

    /// The port it really has.
    pub(super) fn port(&self) -> u16 {
        let given =
            self.running.as_ref().and_then(|running| running.addresses().first().map(std::net::SocketAddr::port));
        given.unwrap_or(self.rules.port)
    }

    pub(super) fn has_tls(&self) -> bool {
        self.rules.tls.is_some()
    }

    pub(super) fn public_address(&self) -> &str {
        &self.rules.public_address
    }

    async fn tell(&self, desk: &Desk) {
        desk.tell(LiveNews::Receiver { status: self.status.clone(), is_local: desk.is_local() }).await;
    }

    fn public_host(&self) -> Option<String> {
        let typed = self.rules.public_address.trim();
        let url = Url::parse(typed).or_else(|_| Url::parse(&format!("https://{typed}")));
        url.ok()?.host_str().map(str::to_owned)
    }
}

/// This computer's time, set right by what NxVET's servers say the time is.
fn corrected_now(desk: &Desk) -> Now {
    let (clock, client) = (desk.clinic.clock.clone(), desk.clinic.client.clone());
    Arc::new(move || clock.now() + client.server_clock_offset().unwrap_or_default())
}

fn identity(files: &TlsFiles) -> Result<TlsIdentity, LiveFault> {
    let certificate = read_pem(&files.certificate, "the certificate's file cannot be read")?;
    let key = zeroize::Zeroizing::new(read_pem(&files.key, "the key's file cannot be read")?);
    TlsIdentity::from_pem(&certificate, &key).map_err(|error: TlsError| LiveFault::BadTls(error.to_string()))
}

fn read_pem(path: &str, why: &str) -> Result<Vec<u8>, LiveFault> {
    let failed = |_| LiveFault::BadTls(why.to_owned());
    let mut bytes = Vec::new();
    std::fs::File::open(path).map_err(failed)?.take(MOST_PEM).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
