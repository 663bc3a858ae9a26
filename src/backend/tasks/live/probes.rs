//! The looks of the wizard: does the receiver answer on this computer, and does the public address lead to it. Each
//! look calls an address that was never given to anybody; the receiver says that the call arrived.

use super::{Desk, Left};
use crate::domain::live::public_net;
use crate::nxvet::{self, Error, TlsFault};
use crate::state::live::{Hop, HopFinding, ReceiverStatus, is_gateway};
use crate::state::{Fault, HopFault, LiveFault, LiveNews, Problem};
use crate::webhooks::receiver::{Probe, ProbeArrival};
use std::net::IpAddr;
use std::time::Duration;
use tokio::sync::oneshot::error::TryRecvError;
use url::{Host, Url};

const PATIENCE: Duration = Duration::from_secs(6);
/// After an answer a call that came in has been told of.
const MOMENT: Duration = Duration::from_millis(500);

/// How the receiver stands for a look.
pub(super) struct Listener {
    pub(super) status: ReceiverStatus,
    pub(super) port: u16,
    pub(super) has_tls: bool,
    pub(super) probe: Option<Probe>,
}

fn failed(fault: HopFault) -> HopFinding {
    HopFinding::Failed(problem(fault))
}

fn doubtful(fault: HopFault) -> HopFinding {
    HopFinding::Doubtful(problem(fault))
}

fn problem(fault: HopFault) -> Problem {
    Problem::new(&Fault::Live(LiveFault::Hop(fault)), "LIVE-HOP")
}

pub(super) async fn listener(desk: &Desk, run: u64, listener: Listener) -> Left {
    let finding = look_at(listener).await;
    desk.tell(LiveNews::Probed { run, hop: Hop::Listener, finding }).await;
    Left::Nothing
}

async fn look_at(listener: Listener) -> HopFinding {
    let port = listener.port;
    match (&listener.status, listener.probe) {
        (ReceiverStatus::Failed(problem), _) => HopFinding::Failed(problem.clone()),
        (ReceiverStatus::Off, _) => failed(HopFault::ReceiverOff),
        // Its certificate is for the public name, so only the connection is tried.
        (_, Some(_)) if listener.has_tls => match tokio::net::TcpStream::connect(("127.0.0.1", port)).await {
            Ok(_) => HopFinding::Good,
            Err(_) => failed(HopFault::NoListener(port)),
        },
        (_, Some(probe)) => {
            let (answer, arrival) = call(&format!("http://127.0.0.1:{port}"), probe).await;
            match (answer, arrival) {
                (_, Some(_)) => HopFinding::Good,
                (Ok(_), None) => failed(HopFault::OtherListener(port)),
                (Err(_), None) => failed(HopFault::NoListener(port)),
            }
        }
        (_, None) => failed(HopFault::NoListener(port)),
    }
}

pub(super) async fn address(desk: &Desk, run: u64, base: String, probe: Option<Probe>) -> Left {
    let (address, tunnel) = look_from_outside(&base, probe, desk.is_local()).await;
    desk.tell(LiveNews::Probed { run, hop: Hop::Address, finding: address }).await;
    desk.tell(LiveNews::Probed { run, hop: Hop::Tunnel, finding: tunnel }).await;
    Left::Nothing
}

/// What is found about the public address, and about what leads from it to the receiver.
async fn look_from_outside(base: &str, probe: Option<Probe>, is_local: bool) -> (HopFinding, HopFinding) {
    let Some(probe) = probe else { return (doubtful(HopFault::Unreachable), doubtful(HopFault::Unreachable)) };
    let leads_inside = match lookup(base).await {
        Some(found) if found.is_empty() => return (failed(HopFault::NoSuchName), HopFinding::Good),
        Some(found) => !is_local && !found.iter().any(|ip| public_net::is_public(*ip)),
        None => return (failed(HopFault::NoSuchName), HopFinding::Good),
    };
    let (answer, arrival) = call(base, probe).await;
    let (address, tunnel) = judge(&answer, arrival);
    match address {
        // Inside a network a name often leads to an inner address, and outside to another one.
        HopFinding::Good | HopFinding::Doubtful(_) if leads_inside => (doubtful(HopFault::InnerAddress), tunnel),
        address => (address, tunnel),
    }
}

fn judge(answer: &Result<u16, Error>, arrival: Option<ProbeArrival>) -> (HopFinding, HopFinding) {
    match (answer, arrival) {
        (_, Some(ProbeArrival { host_is_allowed: true })) => (HopFinding::Good, HopFinding::Good),
        (_, Some(_)) => (HopFinding::Good, failed(HopFault::NameChanged)),
        (Ok(300..=399), None) => (failed(HopFault::Redirects), HopFinding::Good),
        (Ok(code), None) if is_gateway(*code) => (HopFinding::Good, failed(HopFault::Gateway(*code))),
        (Ok(code), None) => {
            (doubtful(HopFault::AnsweredElsewhere(*code)), doubtful(HopFault::AnsweredElsewhere(*code)))
        }
        (Err(error), None) => match of_error(error) {
            HopFault::Unreachable => (doubtful(HopFault::Unreachable), doubtful(HopFault::Unreachable)),
            fault => (failed(fault), HopFinding::Good),
        },
    }
}

fn of_error(error: &Error) -> HopFault {
    match error {
        Error::CannotFindServer => HopFault::NoSuchName,
        Error::Tls(TlsFault::UntrustedIssuer) => HopFault::CertificateUntrusted,
        Error::Tls(TlsFault::Expired) => HopFault::CertificateExpired,
        Error::Tls(TlsFault::WrongHost) => HopFault::CertificateOfAnother,
        Error::Tls(TlsFault::Other) => HopFault::NoSecureConnection,
        _ => HopFault::Unreachable,
    }
}

/// Calls the probe's address below a base; tells the answer and whether the receiver heard it.
async fn call(base: &str, probe: Probe) -> (Result<u16, Error>, Option<ProbeArrival>) {
    let Probe { path, mut arrived } = probe;
    let answer = nxvet::knock(&format!("{}{path}", base.trim_end_matches('/')), PATIENCE).await;
    let arrival = match arrived.try_recv() {
        Ok(arrival) => Some(arrival),
        Err(TryRecvError::Empty) => tokio::time::timeout(MOMENT, arrived).await.ok().and_then(Result::ok),
        // The receiver ended meanwhile.
        Err(TryRecvError::Closed) => None,
    };
    (answer, arrival)
}

/// The addresses of the public name; `None` when it is none.
async fn lookup(base: &str) -> Option<Vec<IpAddr>> {
    let url = Url::parse(base).ok()?;
    let port = url.port_or_known_default()?;
    match url.host()? {
        Host::Ipv4(ip) => Some(vec![IpAddr::V4(ip)]),
        Host::Ipv6(ip) => Some(vec![IpAddr::V6(ip)]),
        Host::Domain(name) => {
            let looked = tokio::time::timeout(PATIENCE, tokio::net::lookup_host((name.to_owned(), port))).await;
            Some(looked.ok()?.map(|found| found.map(|address| address.ip()).collect()).unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(answer: &Result<u16, Error>, arrival: Option<ProbeArrival>) -> (bool, bool) {
        let is_failed = |finding: &HopFinding| matches!(finding, HopFinding::Failed(_));
        let (address, tunnel) = judge(answer, arrival);
        (is_failed(&address), is_failed(&tunnel))
    }

    #[test]
    fn the_hop_is_named_by_what_came_back() {
        let good = Some(ProbeArrival { host_is_allowed: true });
        assert_eq!(judge(&Ok(404), good), (HopFinding::Good, HopFinding::Good));
        assert_eq!(names(&Ok(403), Some(ProbeArrival { host_is_allowed: false })), (false, true), "another Host");
        assert_eq!(names(&Ok(502), None), (false, true), "the tunnel");
        assert_eq!(names(&Ok(530), None), (false, true), "a tunnel that does not run");
        assert_eq!(names(&Ok(301), None), (true, false), "the address sends on");
        assert_eq!(names(&Err(Error::CannotFindServer), None), (true, false));
        assert_eq!(names(&Err(Error::Tls(TlsFault::Expired)), None), (true, false));
        assert_eq!(names(&Err(Error::NoConnection), None), (false, false), "perhaps only from inside");
        assert_eq!(names(&Ok(404), None), (false, false), "NxVET's test decides");
    }

    #[tokio::test]
    async fn a_name_that_nobody_knows_is_the_address_to_blame() {
        let (told, arrived) = tokio::sync::oneshot::channel();
        drop(told);
        let probe = Probe { path: "/x".to_owned(), arrived };
        let (address, _) = look_from_outside("https://no-such-name.invalid", Some(probe), false).await;
        assert_eq!(address, failed(HopFault::NoSuchName));
    }

    #[tokio::test]
    async fn another_program_on_the_port_is_told_from_none() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let look = |port| {
            let (_told, arrived) = tokio::sync::oneshot::channel();
            let status = ReceiverStatus::Running { address: String::new(), has_tls: false };
            look_at(Listener { status, port, has_tls: false, probe: Some(Probe { path: "/x".to_owned(), arrived }) })
        };
        let answering = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a caller");
            tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 4_096]).await.ok();
            tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                .await
                .ok();
        });
        assert_eq!(look(port).await, failed(HopFault::OtherListener(port)));
        answering.await.expect("an end");
        assert_eq!(look(port).await, failed(HopFault::NoListener(port)));
    }
}
