//! A second start raises the window of the first: the one that finds the profile taken asks the one that holds it,
//! over a socket in the data folder that only this person can open.
//! Whoever holds the profile's lock owns the socket, so one that is left over from a crash is simply replaced.
//! Nothing is said over it but "show yourself": no file, no address, no argument.

use std::io;
use std::path::Path;

/// Answers second starts until it is dropped.
#[derive(Debug)]
pub struct RaiseListener {
    _here: here::Listener,
}

impl RaiseListener {
    /// Only called by the one that holds the profile's lock. `on_raise` is called on another thread.
    pub fn start(folder: &Path, on_raise: impl Fn() + Send + 'static) -> io::Result<Self> {
        Ok(Self { _here: here::Listener::start(folder, on_raise)? })
    }
}

/// Asks the desk that runs with this data to show itself; whether it said that it will.
pub fn raise_first(folder: &Path) -> bool {
    here::ask(folder).is_ok()
}

/// Where there are sockets in the file system.
#[cfg(unix)]
mod here {
    use std::fs::Permissions;
    use std::io::{self, Read as _, Write as _};
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::path::{Path, PathBuf};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    const FILE_NAME: &str = "desk.socket";
    const ASK: &[u8; 6] = b"raise\n";
    const ANSWER: &[u8; 7] = b"raised\n";
    /// A desk that runs answers within milliseconds; one that hangs is told about in words.
    const PATIENCE: Duration = Duration::from_secs(2);

    #[derive(Debug)]
    pub(super) struct Listener {
        path: PathBuf,
        is_over: Arc<AtomicBool>,
    }

    impl Listener {
        pub(super) fn start(folder: &Path, on_raise: impl Fn() + Send + 'static) -> io::Result<Self> {
            let path = folder.join(FILE_NAME);
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let socket = UnixListener::bind(&path)?;
            std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
            let is_over = Arc::new(AtomicBool::new(false));
            let seen = Arc::clone(&is_over);
            let answer_all = move || {
                let visitors = socket.incoming().take_while(|_| !seen.load(Ordering::SeqCst));
                let friends = visitors.filter_map(Result::ok).filter_map(|visitor| answer(visitor).ok());
                friends.for_each(|()| on_raise());
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

    fn answer(mut visitor: UnixStream) -> io::Result<()> {
        patient(&visitor)?;
        let mut said = [0; ASK.len()];
        visitor.read_exact(&mut said)?;
        if said != *ASK {
            return Err(io::ErrorKind::InvalidData.into());
        }
        visitor.write_all(ANSWER)
    }

    pub(super) fn ask(folder: &Path) -> io::Result<()> {
        let mut socket = UnixStream::connect(folder.join(FILE_NAME))?;
        patient(&socket)?;
        socket.write_all(ASK)?;
        let mut answer = [0; ANSWER.len()];
        socket.read_exact(&mut answer)?;
        if answer == *ANSWER { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
    }

    fn patient(socket: &UnixStream) -> io::Result<()> {
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.set_write_timeout(Some(PATIENCE))
    }
}

/// Windows has named pipes for this; they come with the installer, which has to name them. Until then a second
/// start says in words that the desk is open already.
#[cfg(not(unix))]
mod here {
    use std::io;
    use std::path::Path;

    #[derive(Debug)]
    pub(super) struct Listener;

    impl Listener {
        pub(super) fn start(_folder: &Path, _on_raise: impl Fn() + Send + 'static) -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
        }
    }

    pub(super) fn ask(_folder: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::platform::{LockError, ProfileLock};
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
    use std::time::Duration;

    const LONG: Duration = Duration::from_secs(20);

    fn listen(folder: &Path) -> (RaiseListener, Receiver<()>) {
        let (sender, raised) = sync_channel(8);
        let on_raise = move || {
            sender.try_send(()).ok();
        };
        (RaiseListener::start(folder, on_raise).expect("a socket"), raised)
    }

    #[test]
    fn a_second_start_raises_the_first() {
        let home = tempfile::tempdir().expect("a folder");
        let _lock = ProfileLock::take(home.path()).expect("free");
        let (listener, raised) = listen(home.path());
        assert_eq!(ProfileLock::take(home.path()).expect_err("held"), LockError::AlreadyRunning);
        for _ in 0..3 {
            assert!(raise_first(home.path()));
            raised.recv_timeout(LONG).expect("raised");
        }
        let mode = std::fs::metadata(home.path().join("desk.socket")).expect("a socket").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        drop(listener);
        assert!(!raise_first(home.path()), "it has gone");
        assert_eq!(std::fs::read_dir(home.path()).expect("a folder").count(), 1, "the lock's file is all that is left");
    }

    #[test]
    fn what_a_crash_left_over_is_harmless() {
        let home = tempfile::tempdir().expect("a folder");
        drop(UnixListener::bind(home.path().join("desk.socket")).expect("a socket"));
        assert!(!raise_first(home.path()), "nobody is there");
        let (_listener, raised) = listen(home.path());
        assert!(raise_first(home.path()));
        raised.recv_timeout(LONG).expect("raised");
    }

    #[test]
    fn who_says_something_else_raises_nothing_and_holds_nobody_up() {
        let home = tempfile::tempdir().expect("a folder");
        let (_listener, raised) = listen(home.path());
        let mut stranger = UnixStream::connect(home.path().join("desk.socket")).expect("a visitor");
        stranger.write_all(b"open /etc/passwd").expect("written");
        drop(stranger);
        drop(UnixStream::connect(home.path().join("desk.socket")).expect("one that says nothing"));
        assert_eq!(raised.try_recv(), Err(TryRecvError::Empty));
        assert!(raise_first(home.path()));
        raised.recv_timeout(LONG).expect("raised");
        assert_eq!(raised.try_recv(), Err(TryRecvError::Empty), "once");
    }

    #[test]
    fn a_folder_that_takes_no_socket_is_an_answer() {
        let home = tempfile::tempdir().expect("a folder");
        let deep = home.path().join("x".repeat(120));
        std::fs::create_dir(&deep).expect("a folder");
        assert!(RaiseListener::start(&deep, || {}).is_err(), "the path is too long for a socket");
        assert!(!raise_first(&deep));
    }
}
