//! A bus of one test's own, for whatever stands on a desktop's.

#![cfg(target_os = "linux")]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use zbus::blocking::connection::Builder;

/// It ends with the test.
pub struct Bus {
    daemon: Child,
    pub address: String,
}

impl Bus {
    /// `None`, said aloud, where the program is not installed.
    pub fn start() -> Option<Self> {
        let mut command = Command::new("dbus-daemon");
        command.args(["--session", "--nofork", "--print-address=1"]).stdin(Stdio::null()).stdout(Stdio::piped());
        let Ok(mut daemon) = command.stderr(Stdio::null()).spawn() else {
            eprintln!("skipped: this needs dbus-daemon (Debian: package dbus)");
            return None;
        };
        let mut line = String::new();
        BufReader::new(daemon.stdout.take().expect("its words")).read_line(&mut line).expect("an address");
        Some(Self { daemon, address: line.trim().to_owned() })
    }

    /// Somebody on it with a name of their own.
    pub fn owner(&self, name: &str) -> Builder<'_> {
        Builder::address(self.address.as_str()).expect("an address").name(name.to_owned()).expect("a name")
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.daemon.kill().ok();
        self.daemon.wait().ok();
    }
}
