//! The way to the first desk where there are sockets in the file system: one in the data folder. A folder whose path
//! is too long for a socket, or whose disk takes none, has its socket in the session's own folder instead.
//! Both are folders that only this person can enter.

use super::line::{ANSWER, LONGEST};
use super::{PATIENCE, SecondStart, mark_of};
use std::fs::Permissions;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const FILE_NAME: &str = "desk.socket";

#[derive(Debug)]
pub(super) struct Listener {
    path: PathBuf,
    is_over: Arc<AtomicBool>,
}

impl Listener {
    pub(super) fn start(folder: &Path, on_start: impl Fn(SecondStart) + Send + 'static) -> io::Result<Self> {
        Self::start_at(&places(folder, session_folder()), on_start)
    }

    pub(super) fn start_at(places: &[PathBuf], on_start: impl Fn(SecondStart) + Send + 'static) -> io::Result<Self> {
        let (socket, path) = bind_first(places)?;
        let is_over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&is_over);
        let answer_all = move || {
            let visitors = socket.incoming().take_while(|_| !seen.load(Ordering::SeqCst));
            visitors.filter_map(Result::ok).filter_map(|visitor| answer(visitor).ok()).for_each(on_start);
        };
        std::thread::Builder::new().name("second-start".to_owned()).spawn(answer_all)?;
        Ok(Self { path, is_over })
    }
}

impl Drop for Listener {
    /// The thread waits for a visitor; this is the last one.
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        UnixStream::connect(&self.path).ok();
        std::fs::remove_file(&self.path).ok();
    }
}

/// Where a socket for this folder may be, the best place first.
pub(super) fn places(folder: &Path, session_folder: Option<PathBuf>) -> Vec<PathBuf> {
    let mark = mark_of(&[folder.as_os_str().as_bytes()]);
    let elsewhere = session_folder.map(|session| session.join(format!("consult-desk-{mark}.socket")));
    [folder.join(FILE_NAME)].into_iter().chain(elsewhere).collect()
}

/// The folder that the login made for this person alone, where it did.
fn session_folder() -> Option<PathBuf> {
    let path = PathBuf::from(std::env::var_os("XDG_RUNTIME_DIR")?);
    let about = std::fs::metadata(&path).ok()?;
    let is_private = about.is_dir() && about.permissions().mode() & 0o777 == 0o700;
    (path.is_absolute() && is_private).then_some(path)
}

fn bind_first(places: &[PathBuf]) -> io::Result<(UnixListener, PathBuf)> {
    let mut outcome = Err(io::ErrorKind::Unsupported.into());
    for path in places {
        outcome = bind(path).map(|socket| (socket, path.clone()));
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

fn bind(path: &Path) -> io::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let socket = UnixListener::bind(path)?;
    std::fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(socket)
}

fn answer(mut visitor: UnixStream) -> io::Result<SecondStart> {
    patient(&visitor)?;
    let mut line = Vec::with_capacity(LONGEST);
    BufReader::new((&visitor).take(LONGEST as u64)).read_until(b'\n', &mut line)?;
    let start = SecondStart::parse(&line).ok_or(io::ErrorKind::InvalidData)?;
    visitor.write_all(ANSWER)?;
    Ok(start)
}

pub(super) fn ask(folder: &Path, line: &[u8]) -> io::Result<()> {
    ask_at(&places(folder, session_folder()), line)
}

pub(super) fn ask_at(places: &[PathBuf], line: &[u8]) -> io::Result<()> {
    let mut outcome = Err(io::ErrorKind::NotFound.into());
    for path in places {
        outcome = ask_one(path, line);
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

fn ask_one(path: &Path, line: &[u8]) -> io::Result<()> {
    let mut socket = UnixStream::connect(path)?;
    patient(&socket)?;
    socket.write_all(line)?;
    let mut answer = [0; ANSWER.len()];
    socket.read_exact(&mut answer)?;
    if answer == *ANSWER { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
}

fn patient(socket: &UnixStream) -> io::Result<()> {
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))
}
