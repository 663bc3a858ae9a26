//! Starts the program anew, as it was started, for a desk that has to end.

use std::io;
use std::process::{Command, Stdio};

/// The caller has let go of the profile and ends right after. What was said on the command line holds nothing secret
/// and is said again.
pub fn start_again() -> io::Result<()> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(std::env::args_os().skip(1));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map(drop)
}
