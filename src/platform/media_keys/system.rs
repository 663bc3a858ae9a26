//! Whether this computer offers media keys, asked before they are wanted: the answer differs from system to system.

pub(super) use here::{answers, offers_media_keys};

#[cfg(target_os = "windows")]
mod here {
    use super::super::Unavailable;

    pub(in super::super) fn offers_media_keys(window: Option<isize>) -> Result<(), Unavailable> {
        window.map(drop).ok_or(Unavailable::NoWindow)
    }

    pub(in super::super) fn answers() -> bool {
        true
    }
}

#[cfg(not(any(target_os = "windows", target_os = "linux")))]
mod here {
    use super::super::Unavailable;

    #[expect(clippy::unnecessary_wraps, reason = "other systems may have to decline")]
    pub(in super::super) fn offers_media_keys(_window: Option<isize>) -> Result<(), Unavailable> {
        Ok(())
    }

    pub(in super::super) fn answers() -> bool {
        true
    }
}

/// The session bus, asked before the library that speaks it: that one fails loudly on a thread of its own when
/// there is no bus, and waits without end for one that does not answer.
#[cfg(target_os = "linux")]
mod here {
    use super::super::Unavailable;
    use std::ffi::OsString;
    use std::io::{self, Read as _, Write as _};
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::{SocketAddr, UnixStream};
    use std::path::Path;
    use std::time::Duration;

    /// A bus that is well answers within a millisecond.
    const PATIENCE: Duration = Duration::from_secs(1);

    pub(in super::super) fn offers_media_keys(_window: Option<isize>) -> Result<(), Unavailable> {
        address().map(drop).ok_or(Unavailable::NoBus)
    }

    /// Whether the bus is there and lets this person in. Waits a moment; not for the window.
    pub(in super::super) fn answers() -> bool {
        address().is_some_and(|address| greet(&address, PATIENCE).unwrap_or(false))
    }

    fn address() -> Option<SocketAddr> {
        find(std::env::var("DBUS_SESSION_BUS_ADDRESS").ok(), std::env::var_os("XDG_RUNTIME_DIR"))
    }

    /// As the library looks for it. A bus that is not a socket of this machine is not meant for a desk.
    fn find(stated: Option<String>, runtime: Option<OsString>) -> Option<SocketAddr> {
        let Some(stated) = stated else {
            let socket = Path::new(&runtime?).join("bus");
            return existing(&socket);
        };
        let mut options = stated.strip_prefix("unix:")?.split(',').filter_map(|option| option.split_once('='));
        options.find_map(|(key, value)| match key {
            "path" => existing(Path::new(value)),
            "abstract" => SocketAddr::from_abstract_name(value).ok(),
            _ => None,
        })
    }

    fn existing(socket: &Path) -> Option<SocketAddr> {
        if socket.exists() { SocketAddr::from_pathname(socket).ok() } else { None }
    }

    /// The first words of the bus's protocol: whether it takes us for who we are.
    fn greet(address: &SocketAddr, patience: Duration) -> io::Result<bool> {
        let mut stream = UnixStream::connect_addr(address)?;
        stream.set_read_timeout(Some(patience))?;
        stream.set_write_timeout(Some(patience))?;
        stream.write_all(b"\0AUTH EXTERNAL\r\n")?;
        let mut answer = [0; 128];
        let length = stream.read(&mut answer)?;
        if answer.get(..length).is_some_and(|words| words.starts_with(b"DATA")) {
            stream.write_all(b"DATA\r\n")?;
            stream.read_exact(answer.get_mut(..3).unwrap_or_default())?;
        }
        Ok(answer.starts_with(b"OK "))
    }

    #[cfg(test)]
    mod tests {
        use super::{find, greet};
        use std::io::{Read as _, Write as _};
        use std::os::unix::net::{SocketAddr, UnixListener};
        use std::time::Duration;

        const LONG: Duration = Duration::from_secs(10);

        #[test]
        fn a_bus_is_found_where_the_library_looks_for_it() {
            let home = tempfile::tempdir().expect("a folder");
            let socket = home.path().join("bus");
            let stated = || Some(format!("unix:path={},guid=12", socket.display()));
            assert!(find(stated(), None).is_none(), "no socket yet");
            assert!(find(None, Some(home.path().into())).is_none());
            let _listener = UnixListener::bind(&socket).expect("a socket");
            let path_of = |address: SocketAddr| address.as_pathname().map(std::path::Path::to_owned);
            assert_eq!(find(stated(), None).and_then(path_of).as_ref(), Some(&socket));
            assert_eq!(find(None, Some(home.path().into())).and_then(path_of).as_ref(), Some(&socket));
            assert!(find(Some("unix:abstract=/tmp/dbus-a,guid=12".to_owned()), None).is_some());
            for other in ["", "disabled:", "autolaunch:", "tcp:host=localhost,port=1", "unix:guid=12"] {
                assert!(find(Some(other.to_owned()), Some(home.path().into())).is_none(), "{other}");
            }
        }

        /// A bus that says these lines, one for each it hears.
        fn bus_saying(lines: &'static [&'static str]) -> (tempfile::TempDir, SocketAddr) {
            let home = tempfile::tempdir().expect("a folder");
            let listener = UnixListener::bind(home.path().join("bus")).expect("a socket");
            let address = listener.local_addr().expect("an address");
            let answer = move || {
                let (mut stream, _) = listener.accept().expect("a visitor");
                for line in lines {
                    assert!(stream.read(&mut [0; 64]).expect("words") > 0);
                    stream.write_all(line.as_bytes()).expect("written");
                }
                // Stays silent until the visitor has had enough.
                while stream.read(&mut [0; 64]).is_ok_and(|length| length > 0) {}
            };
            std::thread::Builder::new().spawn(answer).expect("a thread");
            (home, address)
        }

        #[test]
        fn a_bus_lets_in_refuses_or_says_nothing() {
            let (_home, address) = bus_saying(&["DATA\r\n", "OK 1234\r\n"]);
            assert!(greet(&address, LONG).expect("answered"));
            let (_home, address) = bus_saying(&["REJECTED EXTERNAL\r\n"]);
            assert!(!greet(&address, LONG).expect("answered"));
            let (_home, address) = bus_saying(&[]);
            assert!(greet(&address, Duration::from_millis(5)).is_err());
        }
    }
}
