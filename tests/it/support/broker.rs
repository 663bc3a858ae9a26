//! A real broker (nats-server) with a store of its own on the disk, at a port that it chose.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longest that a broker may take to start.
const LIMIT: Duration = Duration::from_secs(20);

pub struct Broker {
    program: PathBuf,
    home: TempDir,
    options: Vec<String>,
    child: Option<Child>,
    port: u16,
}

/// Where the program is; installed where that can be done without asking. `None` (said aloud) where it cannot be had.
pub fn program() -> Option<&'static Path> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = PROGRAM.get_or_init(|| {
        find().or_else(|| {
            install();
            find()
        })
    });
    if found.is_none() {
        eprintln!("skipped: nats-server is not here");
    }
    found.as_deref()
}

fn find() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let mut folders = folders.unwrap_or_default();
    folders.extend(["/usr/sbin", "/usr/local/bin"].map(PathBuf::from));
    folders.into_iter().map(|folder| folder.join("nats-server")).find(|program| program.is_file())
}

/// Only for root, as in a container; a person is asked by `packaging/check.sh`.
fn install() {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.starts_with(b"0\n"));
    if is_root {
        let mut apt = Command::new("apt-get");
        apt.args(["-qq", "install", "-y", "--no-install-recommends", "nats-server"])
            .env("DEBIAN_FRONTEND", "noninteractive");
        apt.stdout(Stdio::null()).stderr(Stdio::null()).status().ok();
    }
}

impl Broker {
    /// `None` (said aloud) where there is no such program.
    pub fn start(options: &[&str]) -> Option<Self> {
        let program = program()?.to_owned();
        let home = tempfile::tempdir().expect("a folder");
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        let mut broker = Self { program, home, options, child: None, port: 0 };
        broker.run();
        Some(broker)
    }

    /// The first time at a port of its own choice, afterwards at the same.
    pub fn run(&mut self) {
        let port = if self.port == 0 { "-1".to_owned() } else { self.port.to_string() };
        let ports = self.home.path().join("ports");
        std::fs::create_dir_all(&ports).expect("a folder");
        let mut command = Command::new(&self.program);
        command.args(["-js", "-a", "127.0.0.1", "-p", &port]).arg("-sd").arg(self.home.path().join("store"));
        command.arg("--ports_file_dir").arg(&ports).args(&self.options).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("the broker starts");
        let file = ports.join(format!("nats-server_{}.ports", child.id()));
        self.child = Some(child);
        let deadline = Instant::now() + LIMIT;
        loop {
            let told =
                std::fs::read(&file).ok().and_then(|text| serde_json::from_slice::<serde_json::Value>(&text).ok());
            let url = told.and_then(|told| told["nats"][0].as_str().map(str::to_owned));
            if let Some(port) = url.and_then(|url| url.rsplit(':').next().and_then(|port| port.parse().ok())) {
                self.port = port;
                return;
            }
            assert!(Instant::now() < deadline, "the broker did not start");
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }

    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().ok();
            child.wait().ok();
        }
    }

    pub fn address(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Everything that it keeps on its disk.
    pub fn kept(&self) -> Vec<u8> {
        let mut all = Vec::new();
        let mut folders = vec![self.home.path().join("store")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                if entry.path().is_dir() {
                    folders.push(entry.path());
                } else {
                    all.extend(std::fs::read(entry.path()).unwrap_or_default());
                }
            }
        }
        all
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.stop();
    }
}
