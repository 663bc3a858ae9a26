//! A gate between the desk and the simulator: lets requests through, turns them away, or loses the answers.
//! One request a connection; no secret is looked at.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    Through,
    /// It arrives, and its answer never comes back.
    AnswerHeld,
    /// It arrives, and the line is cut before the answer.
    AnswerLost,
    /// It never arrives; the line is cut.
    TurnedAway,
    /// It arrives, and its answer names no secret.
    SecretLost,
}

type Rule = dyn Fn(&str) -> Passage + Send + Sync;

#[derive(Clone)]
pub struct Gate {
    pub url: String,
    rule: Arc<Mutex<Arc<Rule>>>,
    seen: Arc<Mutex<Vec<String>>>,
    /// Every request is sent to this path.
    path: Arc<Mutex<Option<String>>>,
}

impl Gate {
    /// `to` is the simulator's address.
    pub fn before(to: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let rule: Arc<Rule> = Arc::new(|_| Passage::Through);
        let gate = Self { url, rule: Arc::new(Mutex::new(rule)), seen: Arc::default(), path: Arc::default() };
        let (own, to) = (gate.clone(), to.trim_start_matches("http://").to_owned());
        let welcome = move || {
            for stream in listener.incoming().flatten() {
                let (gate, to) = (own.clone(), to.clone());
                std::thread::Builder::new()
                    .name("gate".to_owned())
                    .spawn(move || gate.pass(stream, &to))
                    .expect("a thread");
            }
        };
        std::thread::Builder::new().name("gate".to_owned()).spawn(welcome).expect("a thread");
        gate
    }

    /// From now on; told the first line of a request, such as `POST /api/x HTTP/1.1`.
    pub fn set(&self, rule: impl Fn(&str) -> Passage + Send + Sync + 'static) {
        *self.rule.lock().expect("a rule") = Arc::new(rule);
    }

    /// Whatever path is asked for, this one is.
    pub fn lead_to(&self, path: &str) {
        *self.path.lock().expect("a path") = Some(path.to_owned());
    }

    /// First lines of what came, oldest first.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("a diary").clone()
    }

    fn pass(&self, mut from: TcpStream, to: &str) -> Option<()> {
        let request = read_request(&mut from)?;
        let text = String::from_utf8_lossy(&request).into_owned();
        let first = text.lines().next()?.to_owned();
        let rule = Arc::clone(&self.rule.lock().expect("a rule"));
        self.seen.lock().expect("a diary").push(first.clone());
        let passage = rule(&first);
        if passage == Passage::TurnedAway {
            return None;
        }
        let mut upstream = TcpStream::connect(to).ok()?;
        let at = text.find("\r\n")? + 2;
        let (head, rest) = request.split_at(at);
        let path = self.path.lock().expect("a path").clone();
        let head = match path {
            Some(path) => format!("{} {path} HTTP/1.1\r\n", first.split(' ').next()?).into_bytes(),
            None => head.to_vec(),
        };
        upstream.write_all(&[&head, b"Connection: close\r\n".as_slice(), rest].concat()).ok()?;
        let mut answer = Vec::new();
        upstream.read_to_end(&mut answer).ok()?;
        match passage {
            Passage::AnswerLost => return None,
            Passage::AnswerHeld => {
                // Until the desk hangs up.
                _ = from.read(&mut [0_u8; 1]);
                return None;
            }
            Passage::SecretLost => answer = replaced(&answer, b"\"secret\"", b"\"sekret\""),
            _ => {}
        }
        from.write_all(&answer).ok()
    }
}

/// Head and body of one request.
fn read_request(from: &mut TcpStream) -> Option<Vec<u8>> {
    let mut request = Vec::new();
    let mut byte = [0_u8; 1];
    while !request.ends_with(b"\r\n\r\n") {
        from.read_exact(&mut byte).ok()?;
        request.extend_from_slice(&byte);
    }
    let head = String::from_utf8_lossy(&request).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    from.read_exact(&mut body).ok()?;
    request.extend(body);
    Some(request)
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut all = bytes.to_vec();
    if let Some(at) = all.windows(from.len()).position(|window| window == from) {
        all.splice(at..at + from.len(), to.iter().copied());
    }
    all
}
