//! The way to the first desk on Windows: a named pipe. Its name is made of who somebody is and of the data folder, so
//! that two people on one computer, or two folders of one person, never meet. Its access list names this person
//! alone, and nobody from another computer is let in.
//! Pipes belong to the whole computer, not to one login: a start over Remote Desktop finds the desk too.

use super::line::{ANSWER, LONGEST};
use super::{PATIENCE, SecondStart, mark_of};
use interprocess::os::windows::named_pipe::PipeListenerOptions;
use interprocess::os::windows::named_pipe::pipe_mode::Bytes;
use interprocess::os::windows::named_pipe::tokio::{DuplexPipeStream, PipeListener};
use interprocess::os::windows::security_descriptor::SecurityDescriptor;
use std::io;
use std::path::Path;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::time::timeout;
use widestring::U16CString;

/// So often in a row the pipe may fail before a second start is told in words that the desk is open.
const MOST_FAILURES: u32 = 50;

#[derive(Debug)]
pub(super) struct Listener {
    /// Dropped at the end, which ends the thread.
    _is_open: oneshot::Sender<()>,
}

impl Listener {
    pub(super) fn start(folder: &Path, on_start: impl Fn(SecondStart) + Send + 'static) -> io::Result<Self> {
        let (name, person) = (name_of(folder)?, person()?);
        let runtime = runtime()?;
        let listener = {
            let _inside = runtime.enter();
            listener(&name, &person)?
        };
        let (is_open, ended) = oneshot::channel();
        let answer_all = move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = ended => {}
                    () = answer_all(listener, || listener_again(&name, &person), on_start) => {}
                }
            });
        };
        std::thread::Builder::new().name("second-start".to_owned()).spawn(answer_all)?;
        Ok(Self { _is_open: is_open })
    }
}

type Pipe = PipeListener<Bytes, Bytes>;

fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// The name without anybody's own: pipes can be listed by everybody.
fn name_of(folder: &Path) -> io::Result<String> {
    let mark = mark_of(&[person()?.as_bytes(), folder.as_os_str().as_encoded_bytes()]);
    Ok(format!(r"\\.\pipe\consult-desk-{mark}"))
}

fn listener(name: &str, person: &str) -> io::Result<Pipe> {
    // Protected, so that nothing is inherited: all rights for this person, none for anybody else.
    let list = U16CString::from_str(format!("D:P(A;;GA;;;{person})")).map_err(io::Error::other)?;
    let options = PipeListenerOptions::new().path(Path::new(name)).accept_remote(false);
    options.security_descriptor(Some(SecurityDescriptor::deserialize(&list)?)).create_tokio_duplex()
}

async fn listener_again(name: &str, person: &str) -> io::Result<Pipe> {
    tokio::time::sleep(PATIENCE / 20).await;
    listener(name, person)
}

/// Goes on with a new pipe when one has failed, as by a visitor who left before being let in.
async fn answer_all<F: Future<Output = io::Result<Pipe>>>(
    first: Pipe,
    again: impl Fn() -> F,
    on_start: impl Fn(SecondStart),
) {
    let (mut pipe, mut failures) = (Some(first), 0);
    while failures < MOST_FAILURES {
        let Some(open) = &pipe else {
            pipe = again().await.ok();
            failures += 1;
            continue;
        };
        match open.accept().await {
            Ok(visitor) => {
                failures = 0;
                if let Ok(Ok(start)) = timeout(PATIENCE, answer(&visitor)).await {
                    on_start(start);
                    // Shorter than the next visitor's patience.
                    timeout(PATIENCE / 4, leave_first(&visitor)).await.ok();
                }
            }
            Err(_) => pipe = None,
        }
    }
    tracing::warn!("a second start cannot raise the window any more");
}

async fn answer(visitor: &DuplexPipeStream<Bytes>) -> io::Result<SecondStart> {
    let (mut from, mut to) = (visitor, visitor);
    let mut line = Vec::with_capacity(LONGEST);
    while line.len() < LONGEST && line.last() != Some(&b'\n') {
        line.push(from.read_u8().await?);
    }
    let start = SecondStart::parse(&line).ok_or(io::ErrorKind::InvalidData)?;
    to.write_all(ANSWER).await?;
    Ok(start)
}

/// What a pipe still holds is lost when this end closes, so the visitor goes first.
async fn leave_first(visitor: &DuplexPipeStream<Bytes>) {
    let mut from = visitor;
    from.read_u8().await.ok();
}

pub(super) fn ask(folder: &Path, line: &[u8]) -> io::Result<()> {
    let name = name_of(folder)?;
    hand_over_the_foreground();
    runtime()?.block_on(async {
        let talk = async {
            let pipe = DuplexPipeStream::<Bytes>::connect_by_path(Path::new(&name)).await?;
            let (mut from, mut to) = (&pipe, &pipe);
            to.write_all(line).await?;
            let mut answer = [0; ANSWER.len()];
            from.read_exact(&mut answer).await?;
            // The answer proves that everything was read; else it would be waited for on a thread of its own.
            pipe.assume_flushed();
            if answer == *ANSWER { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
        };
        timeout(PATIENCE, talk).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    })
}

/// Only the program that somebody has just started may come to the front; it lets the first one do so.
fn hand_over_the_foreground() {
    use windows_sys::Win32::UI::WindowsAndMessaging::{ASFW_ANY, AllowSetForegroundWindow};
    #[expect(unsafe_code, reason = "the system's call takes a number")]
    // SAFETY: it keeps no pointer.
    unsafe {
        AllowSetForegroundWindow(ASFW_ANY);
    }
}

/// Who runs this program, as the system writes it (`S-1-5-21-…`).
fn person() -> io::Result<String> {
    use std::ptr;
    use windows_sys::Win32::Foundation::{CloseHandle, HANDLE, LocalFree};
    use windows_sys::Win32::Security::Authorization::ConvertSidToStringSidW;
    use windows_sys::Win32::Security::{GetTokenInformation, TOKEN_QUERY, TOKEN_USER, TokenUser};
    use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};
    /// Room for the answer and the longest of its names, laid out as the answer is.
    #[repr(C)]
    struct Answer {
        user: TOKEN_USER,
        _name: [u8; 128],
    }
    #[expect(unsafe_code, reason = "the system's calls take pointers")]
    // SAFETY: every pointer is to a value that outlives its call and is as large as is said; what the system made is
    // given back to it once, after it was copied.
    unsafe {
        let mut token: HANDLE = ptr::null_mut();
        if OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) == 0 {
            return Err(io::Error::last_os_error());
        }
        let mut answer: Answer = std::mem::zeroed();
        let (room, mut used) = (size_of::<Answer>() as u32, 0);
        let is_told = GetTokenInformation(token, TokenUser, (&raw mut answer).cast(), room, &raw mut used) != 0;
        let error = io::Error::last_os_error();
        CloseHandle(token);
        let mut text: *mut u16 = ptr::null_mut();
        if !is_told {
            return Err(error);
        }
        if ConvertSidToStringSidW(answer.user.User.Sid, &raw mut text) == 0 {
            return Err(io::Error::last_os_error());
        }
        let words = U16CString::from_ptr_str(text).to_string_lossy();
        LocalFree(text.cast());
        Ok(words)
    }
}
