//! Where a connection stands: waiting for a request, in the middle of its head, or at work. Known by watching the bytes
//! that come in, because only what keeps the others waiting may be sent away.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing of the next request has come yet.
    Idle,
    /// A head has begun, or a connection is new and owes its first one.
    Head,
    /// A whole head came; its body is read, or it waits for the store.
    Working,
}

/// Shared by the connection, its stream and whoever looks for room.
#[derive(Debug)]
pub(super) struct Progress {
    stage: AtomicU8,
    /// Milliseconds after the beginning.
    since: AtomicU64,
    beginning: Instant,
}

impl Progress {
    /// A new connection owes a head.
    pub(super) fn new(now: Instant) -> Self {
        Self { stage: AtomicU8::new(Stage::Head as u8), since: AtomicU64::new(0), beginning: now }
    }

    pub(super) fn enter(&self, stage: Stage) {
        self.since.store(self.beginning.elapsed().as_millis() as u64, Ordering::Relaxed);
        self.stage.store(stage as u8, Ordering::Release);
    }

    pub(super) fn stage(&self) -> Stage {
        match self.stage.load(Ordering::Acquire) {
            0 => Stage::Idle,
            1 => Stage::Head,
            _ => Stage::Working,
        }
    }

    /// How long it has stood there.
    pub(super) fn waited(&self, now: Instant) -> Duration {
        let since = Duration::from_millis(self.since.load(Ordering::Relaxed));
        now.saturating_duration_since(self.beginning).saturating_sub(since)
    }

    fn bytes_came(&self) {
        if self.stage() == Stage::Idle {
            self.enter(Stage::Head);
        }
    }
}

/// A stream that tells when bytes came.
pub(super) struct Watched<S> {
    stream: S,
    progress: std::sync::Arc<Progress>,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, progress: std::sync::Arc<Progress>) -> Self {
        Self { stream, progress }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.progress.bytes_came();
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
