//! Printing through the system: the desktop's print dialog where there is one, else the system's printing, else the
//! document is shown by whatever shows such documents here, from where it can be printed.

use std::path::Path;

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Printed {
    /// The system has it; the file is needed no more.
    Sent,
    /// Another program shows it, and needs the file for a while.
    Shown,
    Cancelled,
    /// This system neither prints nor shows it.
    Nowhere,
}

/// Blocks until somebody has closed the dialog, if there is one.
pub(super) fn print(document: &Path, title: &str) -> Printed {
    here::print(document, title)
}

#[cfg(target_os = "linux")]
mod here {
    use super::Printed;
    use crate::platform::open::is_in_path;
    use std::collections::HashMap;
    use std::fs::File;
    use std::path::Path;
    use std::process::{Command, Stdio};
    use zbus::blocking::{Connection, MessageIterator};
    use zbus::message::Type;
    use zbus::zvariant::{Fd, OwnedObjectPath, OwnedValue, Value};

    const PORTAL: &str = "org.freedesktop.portal.Desktop";
    const PATH: &str = "/org/freedesktop/portal/desktop";
    const PRINT: &str = "org.freedesktop.portal.Print";
    const REQUEST: &str = "org.freedesktop.portal.Request";

    pub(super) fn print(document: &Path, title: &str) -> Printed {
        let by_portal = Connection::session().and_then(|bus| by_portal(&bus, document, title));
        match by_portal {
            Ok(printed) => printed,
            Err(_) if by_queue(document, title) => Printed::Sent,
            Err(_) if shown(document) => Printed::Shown,
            Err(_) => Printed::Nowhere,
        }
    }

    /// The portal asks which printer and prints what it was handed. Its answer comes as a signal.
    pub(in crate::platform) fn by_portal(bus: &Connection, document: &Path, title: &str) -> zbus::Result<Printed> {
        let answers = MessageIterator::from(bus);
        let rule = format!("type='signal',interface='{REQUEST}',member='Response'");
        let daemon = "org.freedesktop.DBus";
        bus.call_method(Some(daemon), "/org/freedesktop/DBus", Some(daemon), "AddMatch", &(rule,))?;
        let file = File::open(document).map_err(|error| zbus::Error::InputOutput(error.into()))?;
        let options: HashMap<&str, Value<'_>> = [("modal", true.into())].into();
        let asked =
            bus.call_method(Some(PORTAL), PATH, Some(PRINT), "Print", &("", title, Fd::from(&file), options))?;
        let request: OwnedObjectPath = asked.body().deserialize()?;
        for answer in answers {
            let answer = answer?;
            let header = answer.header();
            let is_its = header.message_type() == Type::Signal
                && header.member().is_some_and(|member| member.as_str() == "Response")
                && header.path().is_some_and(|path| path.as_str() == request.as_str());
            if is_its {
                let (outcome, _): (u32, HashMap<String, OwnedValue>) = answer.body().deserialize()?;
                return Ok(if outcome == 0 { Printed::Sent } else { Printed::Cancelled });
            }
        }
        Err(zbus::Error::InvalidReply)
    }

    /// Fails without a printer that is the usual one.
    fn by_queue(document: &Path, title: &str) -> bool {
        is_in_path("lp") && ends_well(Command::new("lp").args(["-s", "-t", title, "--"]).arg(document))
    }

    fn shown(document: &Path) -> bool {
        is_in_path("xdg-open") && ends_well(Command::new("xdg-open").arg(document))
    }

    fn ends_well(command: &mut Command) -> bool {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }
}

/// Programs that show such documents take them for printing, too; where none does, one shows it.
#[cfg(target_os = "windows")]
mod here {
    use super::Printed;
    use std::os::windows::ffi::OsStrExt as _;
    use std::path::Path;
    use std::ptr;
    use windows_sys::Win32::UI::Shell::ShellExecuteW;
    use windows_sys::Win32::UI::WindowsAndMessaging::SW_SHOWNORMAL;

    pub(super) fn print(document: &Path, _title: &str) -> Printed {
        let path: Vec<u16> = document.as_os_str().encode_wide().chain([0]).collect();
        let tries = [windows_sys::core::w!("print"), windows_sys::core::w!("open")];
        let hand_over = |how: windows_sys::core::PCWSTR| {
            let (nobody, nothing) = (ptr::null_mut(), ptr::null());
            #[expect(unsafe_code, reason = "the system's call takes pointers")]
            // SAFETY: the texts end with a zero and outlive the call; whatever else is null may be.
            let outcome = unsafe { ShellExecuteW(nobody, how, path.as_ptr(), nothing, nothing, SW_SHOWNORMAL) };
            // Numbers up to 32 are errors.
            outcome.addr() > 32
        };
        // The other program reads the file after this call, so it is needed for a while in both cases.
        if tries.into_iter().any(hand_over) { Printed::Shown } else { Printed::Nowhere }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "windows")))]
mod here {
    use super::Printed;
    use std::path::Path;
    use std::process::{Command, Stdio};

    /// Preview shows it; printing is a key away.
    pub(super) fn print(document: &Path, _title: &str) -> Printed {
        let mut command = Command::new("open");
        command.arg(document).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if command.status().is_ok_and(|status| status.success()) { Printed::Shown } else { Printed::Nowhere }
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
#[path = "print_tests.rs"]
mod tests;
