//! An HTTPS server whose certificate has something wrong with it, by openssl.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    /// Signed by an authority that this computer does not know.
    Unknown,
    /// Of a known authority; its time is over.
    Expired,
    /// Of a known authority, for another name.
    OfAnotherHost,
}

/// The server; it ends with this value.
pub struct TlsServer {
    process: Child,
    port: u16,
    authority: PathBuf,
}

/// Makes an authority, another one, and the certificate. `$1` is its name, `$2` when it ends (UTC).
const MAKE: &str = r#"set -e
for ca in known other; do
  openssl req -x509 -newkey rsa:2048 -nodes -keyout $ca.key -out $ca.pem -days 2 -subj "/CN=Test authority $ca" \
    -addext basicConstraints=critical,CA:TRUE
done
openssl req -newkey rsa:2048 -nodes -keyout key.pem -out request.pem -subj /CN=test
printf 'subjectAltName=%s\n' "$1" > names
: > issued
cat > authority.cnf <<CNF
[ca]
default_ca = known
[known]
database = issued
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
[any]
commonName = supplied
CNF
openssl ca -batch -config authority.cnf -rand_serial -notext -in request.pem -out certificate.pem -cert known.pem \
  -keyfile known.key -startdate 20200101000000Z -enddate "$2" -extfile names
"#;

impl TlsServer {
    /// `None`, said aloud, on a computer without openssl.
    pub fn start(folder: &Path, certificate: Certificate) -> Option<Self> {
        if Command::new("openssl").arg("version").stdout(Stdio::null()).status().is_err() {
            eprintln!("skipped: openssl is not here");
            return None;
        }
        let names = if certificate == Certificate::OfAnotherHost { "DNS:elsewhere.example" } else { "DNS:localhost" };
        let end = if certificate == Certificate::Expired { "20200201000000Z" } else { "20491231000000Z" };
        let made = Command::new("sh").args(["-c", MAKE, "make", names, end]).current_dir(folder).output().expect("sh");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let port = free_port();
        let serve = ["s_server", "-quiet", "-www", "-key", "key.pem", "-cert", "certificate.pem", "-accept"];
        let mut openssl = Command::new("openssl");
        openssl.args(serve).arg(port.to_string()).current_dir(folder).stdin(Stdio::null());
        let process = openssl.spawn().expect("openssl starts");
        let authority = folder.join(if certificate == Certificate::Unknown { "other.pem" } else { "known.pem" });
        let server = Self { process, port, authority };
        let deadline = Instant::now() + super::desk::LIMIT;
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "the server does not listen");
            std::thread::park_timeout(Duration::from_millis(5));
        }
        Some(server)
    }

    pub fn address(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// The authorities to trust, as a file.
    pub fn authority(&self) -> &Path {
        &self.authority
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// openssl cannot choose a port by itself and tell it, so one that was free a moment ago is named to it.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}
