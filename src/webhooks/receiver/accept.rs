//! Listens, takes connections in, and is the handle of the running receiver.

use super::address::Hosts;
use super::answer::Shared;
use super::body;
use super::committer::Committer;
use super::config::{Listen, Now, Route, Routes};
use super::connection::{self, Ends};
use super::counts::{Counts, Tally};
use super::guests::Guests;
use super::logbook::Logbook;
use super::peers::Peers;
use super::probe::{Probe, Probes};
use crate::domain::live::Inbox;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// After an error that is not one connection's, such as too many open files.
const BACK_OFF: Duration = Duration::from_millis(50);
/// What is at work when the receiver stops has this long to end.
const FAREWELL: Duration = Duration::from_secs(3);
/// A free port of one loopback address may be taken at the other.
const TRIES: u32 = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    #[error("port {0} is used by another program")]
    PortTaken(u16),
    #[error("port {0} may not be used by this user")]
    PortForbidden(u16),
    #[error("this computer has no such address to listen on")]
    NoSuchAddress,
    #[error("the receiver could not listen: {0}")]
    Io(io::ErrorKind),
}

/// Starts receiving.
pub struct Receiver;

impl Receiver {
    /// Listens when this returns. Has to be called on a runtime; everything but the store's calls runs there.
    pub async fn start(
        listen: Listen,
        routes: Vec<Route>,
        inbox: Arc<dyn Inbox>,
        now: Now,
    ) -> Result<Running, StartError> {
        let listeners = bind(&listen).await?;
        let addresses = listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect();
        let logbook = Arc::new(Logbook::default());
        let started = Committer::start(inbox, Arc::clone(&logbook));
        let (committer, thread) = started.map_err(|error| StartError::Io(error.kind()))?;
        let limits = listen.limits;
        let shared = Arc::new(Shared {
            routes: RwLock::new(Arc::new(Routes::new(routes))),
            hosts: RwLock::new(Arc::new(Hosts::new(listen.public_host.as_deref()))),
            committer,
            logbook,
            now,
            tally: Tally::default(),
            peers: Peers::new(&limits),
            probes: Probes::default(),
            working: Semaphore::new(limits.working),
            bodies: body::room(&limits),
            limits,
            stop: CancellationToken::new(),
        });
        let guests = Arc::new(Guests::new(&shared.limits));
        let tls = listen.tls.map(|identity| identity.acceptor());
        for listener in listeners {
            let hall = Hall { shared: Arc::clone(&shared), guests: Arc::clone(&guests), tls: tls.clone() };
            tokio::spawn(hall.welcome(listener));
        }
        Ok(Running { addresses, shared, guests, thread: Some(thread) })
    }
}

/// A receiver that runs. Dropping it stops it without waiting.
pub struct Running {
    addresses: Vec<SocketAddr>,
    shared: Arc<Shared>,
    guests: Arc<Guests>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// What it listens on, with the port it was given.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    pub fn counts(&self) -> Counts {
        self.shared.tally.read()
    }

    /// From the next request on.
    pub fn set_routes(&self, routes: Vec<Route>) {
        *self.shared.routes.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Routes::new(routes));
    }

    pub fn route_count(&self) -> usize {
        self.shared.routes().count()
    }

    /// From the next request on.
    pub fn set_public_host(&self, host: Option<&str>) {
        *self.shared.hosts.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Hosts::new(host));
    }

    /// An address that tells when it is called; `None` when too many are expected.
    pub fn expect_probe(&self) -> Option<Probe> {
        self.shared.probes.expect(Instant::now())
    }

    /// Takes nobody in any more, lets what is at work end, and returns when everything is written.
    pub async fn stop(mut self) {
        self.shared.stop.cancel();
        let all_left = async {
            while !self.guests.is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(FAREWELL, all_left).await.ok();
        let Some(thread) = self.thread.take() else { return };
        let shared = Arc::clone(&self.shared);
        let end = move || {
            shared.committer.end();
            thread.join().ok();
        };
        tokio::task::spawn_blocking(end).await.ok();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.stop.cancel();
        // The thread writes what it has and ends by itself; nobody waits for it here.
        if self.thread.is_some() {
            self.shared.committer.end();
        }
    }
}

/// Where connections come in.
struct Hall {
    shared: Arc<Shared>,
    guests: Arc<Guests>,
    tls: Option<TlsAcceptor>,
}

impl Hall {
    async fn welcome(self, listener: TcpListener) {
        loop {
            let accepted = tokio::select! {
                () = self.shared.stop.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => self.seat(stream, peer),
                Err(error) if is_of_one_connection(&error) => {}
                Err(_) => tokio::time::sleep(BACK_OFF).await,
            }
        }
    }

    /// Who finds no room is hung up on; a sender tries again.
    fn seat(&self, stream: TcpStream, peer: SocketAddr) {
        let Some(place) = self.guests.seat(peer.ip(), &self.shared.stop, Instant::now()) else {
            Tally::add(&self.shared.tally.dropped);
            return;
        };
        Tally::add(&self.shared.tally.connections);
        let local = stream.local_addr().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |address| address.ip());
        let ends = Ends { peer: peer.ip(), local };
        tokio::spawn(connection::serve(stream, ends, self.tls.clone(), place, Arc::clone(&self.shared)));
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(error.kind(), Kind::ConnectionAborted | Kind::ConnectionReset | Kind::ConnectionRefused)
}

async fn bind(listen: &Listen) -> Result<Vec<TcpListener>, StartError> {
    if listen.addresses.is_empty() {
        return bind_loopback(listen.port).await;
    }
    let mut listeners = Vec::new();
    let mut port = listen.port;
    for address in &listen.addresses {
        let listener = bind_one(*address, port).await?;
        // Addresses that take any port take the same one.
        port = listener.local_addr().map_or(port, |address| address.port());
        listeners.push(listener);
    }
    Ok(listeners)
}

/// Both loopback addresses where there are both; a sender on this computer may try either.
async fn bind_loopback(port: u16) -> Result<Vec<TcpListener>, StartError> {
    let mut tries = 0;
    loop {
        tries += 1;
        let first = bind_one(IpAddr::V4(Ipv4Addr::LOCALHOST), port).await?;
        let given = first.local_addr().map_or(port, |address| address.port());
        match bind_one(IpAddr::V6(Ipv6Addr::LOCALHOST), given).await {
            Ok(second) => return Ok(vec![first, second]),
            Err(StartError::PortTaken(_)) if port == 0 && tries < TRIES => {}
            Err(StartError::PortTaken(taken)) if port != 0 => return Err(StartError::PortTaken(taken)),
            Err(_) => return Ok(vec![first]),
        }
    }
}

async fn bind_one(address: IpAddr, port: u16) -> Result<TcpListener, StartError> {
    TcpListener::bind((address, port)).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => StartError::PortTaken(port),
        io::ErrorKind::PermissionDenied => StartError::PortForbidden(port),
        io::ErrorKind::AddrNotAvailable => StartError::NoSuchAddress,
        kind => StartError::Io(kind),
    })
}
