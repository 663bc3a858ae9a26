//! Fetches one recording until every byte is here: in order from the first gap, and out of order when the player
//! needs a byte that would take too long. Troubles of the network are gone round; what ends it is told as [`Stopped`].
//! It neither speaks to the window nor knows who else waits for the recording.

use super::asker::{Answer, Asker};
use super::keep::{Keep, Version};
use super::plan::{self, Pace};
use crate::nxvet::{AudioPlace, Continuation, Error, Recording, Resume};
use crate::store::{FileError, RecordingFile, SealedReader};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Failures in a row that brought nothing new.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(300);
const TOLD_EVERY: Duration = Duration::from_millis(100);
/// A slider that is dragged wants many places; no more are asked for than this.
const JUMPS_EVERY: Duration = Duration::from_millis(60);
/// A jump that failed is tried again after so long, while the stream goes on.
const JUMP_AGAIN: Duration = Duration::from_secs(1);
/// When the player waits and the stream is silent for so long, the place is asked for anew.
const STALLED: Duration = Duration::from_secs(3);

/// Why a download ended without the recording.
#[derive(Debug)]
pub(super) enum Stopped {
    Network(Error),
    File(FileError),
    /// Every byte is here, but the file could not get its name; the part stays and needs nothing else.
    Unnamed(FileError),
    Cancelled,
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Network(error)
    }
}

impl From<FileError> for Stopped {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

/// What others want of a running download.
#[derive(Clone)]
pub(super) struct Orders {
    /// The byte that the player needs.
    pub(super) wanted: watch::Receiver<Option<u64>>,
    pub(super) stop: watch::Receiver<bool>,
}

/// Hears how many bytes are here, of how many.
pub(super) type Tell = Arc<dyn Fn(u64, Option<u64>) + Send + Sync>;

pub(super) struct Fetch {
    asker: Asker,
    keep: Keep,
    orders: Orders,
    tell: Tell,
    /// Whether a file of unknown length is as long as its header says.
    is_as_long_as_it_says: fn(SealedReader) -> bool,
    place: Option<AudioPlace>,
    gives_parts: bool,
    pace: Pace,
    told: Option<Instant>,
    /// Where a recording of unknown length ended last.
    last_end: Option<u64>,
}

/// A stream and where its next chunk belongs.
struct Stream {
    recording: Recording,
    at: u64,
}

/// What comes after a stream.
enum Next {
    Ended,
    Jumped(Recording),
    /// There is another version; its whole may be here already.
    OtherVersion(Option<Recording>),
}

/// A question on its way while the stream still flows.
struct Jump {
    answer: Pin<Box<dyn Future<Output = Answer> + Send>>,
    /// Where it begins.
    at: u64,
    asked: Instant,
}

impl Fetch {
    pub(super) fn new(
        asker: Asker,
        keep: Keep,
        orders: Orders,
        tell: Tell,
        is_as_long_as_it_says: fn(SealedReader) -> bool,
    ) -> Self {
        let pace = Pace::new(Instant::now());
        Self {
            asker,
            keep,
            orders,
            tell,
            is_as_long_as_it_says,
            place: None,
            gives_parts: true,
            pace,
            told: None,
            last_end: None,
        }
    }

    /// Until the recording is here as a whole.
    pub(super) async fn run(mut self) -> Result<RecordingFile, Stopped> {
        let filled = self.fill_with_patience().await;
        self.keep.note().await;
        let total = filled?;
        (self.tell)(total, Some(total));
        self.keep.finish(total).await.map_err(Stopped::Unnamed)
    }

    async fn fill_with_patience(&mut self) -> Result<u64, Stopped> {
        let (mut failures, mut best) = (0, 0);
        loop {
            let error = match self.fill().await {
                Err(Stopped::Network(error)) if is_passing(&error) => error,
                ended => return ended,
            };
            self.keep.note().await;
            let here = self.keep.received();
            if here > best {
                (best, failures) = (here, 0);
            }
            failures += 1;
            if failures >= TRIES {
                return Err(error.into());
            }
            tracing::debug!(code = error.code(), failures, "a download broke off and goes on");
            tokio::select! {
                () = stopped(&mut self.orders.stop) => return Err(Stopped::Cancelled),
                () = tokio::time::sleep(PAUSE * failures) => {}
            }
        }
    }

    /// Stream after stream until nothing is missing; the answer is the size.
    async fn fill(&mut self) -> Result<u64, Stopped> {
        let known = self.keep.version().map(|version| version.total);
        if let Some(total) = known.filter(|total| self.keep.received() == *total) {
            return Ok(total);
        }
        let mut stream = self.open(0).await?;
        loop {
            match self.follow(&mut stream).await? {
                Next::Jumped(recording) => stream = Stream { at: recording.offset, recording },
                Next::OtherVersion(found) => {
                    self.keep.restart(None, None).await?;
                    stream = match found {
                        Some(recording) => self.adopt(recording, false).await?,
                        None => self.open(0).await?,
                    };
                }
                Next::Ended => match self.keep.total() {
                    Some(total) if self.keep.received() == total => return Ok(total),
                    Some(_) => stream = self.open(stream.at).await?,
                    None => return self.end_at(stream.at),
                },
            }
        }
    }

    /// The server did not say how much there is: a line that was cut looks just like the end.
    /// The header knows, and an end that comes twice at the same place is how the server has it.
    fn end_at(&mut self, end: u64) -> Result<u64, Stopped> {
        let says_so = self.keep.read_until(end).is_ok_and(self.is_as_long_as_it_says);
        let is_believed = says_so || self.last_end == Some(end);
        self.last_end = Some(end);
        if !is_believed {
            return Err(Error::BrokenOff.into());
        }
        self.keep.set_total(end);
        Ok(end)
    }

    /// Opens the stream for the gap that matters most after `at`; what the server has decides whether
    /// that continues what is here.
    async fn open(&mut self, at: u64) -> Result<Stream, Stopped> {
        loop {
            let wanted = self.wanted_part(at).filter(|_| self.keep.received() > 0);
            let (part, began) = (wanted.clone(), Instant::now());
            let mut answer = Box::pin(self.asker.clone().anything(self.place.clone(), wanted));
            let mut is_wrong = false;
            let recording = loop {
                tokio::select! {
                    () = stopped(&mut self.orders.stop) => return Err(Stopped::Cancelled),
                    Ok(()) = self.orders.wanted.changed() => {
                        is_wrong = part.as_ref().is_some_and(|part| !self.is_served_by(part.offset));
                    }
                    // The player does not wait for an answer that is not for it.
                    () = tokio::time::sleep_until((began + JUMPS_EVERY).into()), if is_wrong => break None,
                    answer = &mut answer => break Some(answer?),
                }
            };
            let Some(recording) = recording else { continue };
            self.pace.answered(began.elapsed(), Instant::now());
            if recording.is_part {
                self.place = Some(recording.place.clone());
                return Ok(Stream { at: recording.offset, recording });
            }
            return self.adopt(recording, part.is_some()).await;
        }
    }

    /// Takes a stream of everything. Bytes that are here stay only when it is provably of the same version.
    async fn adopt(&mut self, recording: Recording, asked_part: bool) -> Result<Stream, Stopped> {
        self.place = Some(recording.place.clone());
        let version = version_of(&recording);
        if version.is_some() && self.keep.version() == version.as_ref() {
            self.gives_parts &= !asked_part;
        } else {
            self.gives_parts = version.is_some();
            self.keep.restart(version, recording.total).await?;
        }
        self.report();
        Ok(Stream { at: 0, recording })
    }

    /// Writes what the stream brings, and leaves it when the player needs something else sooner.
    async fn follow(&mut self, stream: &mut Stream) -> Result<Next, Stopped> {
        let mut jump: Option<Jump> = None;
        // The player may have asked before there was a stream.
        let (mut is_look_due, mut look_at) = (true, Instant::now());
        let mut last_came = Instant::now();
        loop {
            let stalled_at = last_came + STALLED;
            tokio::select! {
                biased;
                () = stopped(&mut self.orders.stop) => return Err(Stopped::Cancelled),
                (answer, took) = answer_of(&mut jump) => {
                    jump = None;
                    if let Some(next) = self.judge(answer, took)? {
                        return Ok(next);
                    }
                    // Also looks whether the player wants something else by now.
                    (is_look_due, look_at) = (true, Instant::now() + JUMP_AGAIN);
                }
                Ok(()) = self.orders.wanted.changed() => is_look_due = true,
                () = tokio::time::sleep_until(look_at.into()), if is_look_due => {
                    is_look_due = false;
                    if !jump.as_ref().is_some_and(|jump| self.is_served_by(jump.at)) {
                        jump = self.jump(stream.at, Some(self.pace.near()));
                        look_at = jump.as_ref().map_or(look_at, |jump| jump.asked + JUMPS_EVERY);
                    }
                }
                () = tokio::time::sleep_until(stalled_at.into()), if jump.is_none() => {
                    last_came = Instant::now();
                    jump = self.jump(stream.at, None);
                }
                chunk = stream.recording.next_chunk() => {
                    let Some(chunk) = chunk? else { return Ok(Next::Ended) };
                    let length = chunk.len() as u64;
                    self.keep.write(stream.at, chunk).await?;
                    stream.at += length;
                    last_came = Instant::now();
                    self.pace.came(length, last_came);
                    self.report_now_and_then();
                    if jump.is_none() {
                        self.keep.note_now_and_then();
                    }
                }
            }
        }
    }

    /// What the player needs comes with the answer that is on its way for `at`, or is here: asking again would only
    /// delay it.
    fn is_served_by(&self, at: u64) -> bool {
        let Some(wanted) = *self.orders.wanted.borrow() else { return true };
        (at..=at + self.pace.near()).contains(&wanted) || plan::holds(&self.keep.ranges(), wanted)
    }

    /// A question for what the player needs, when the stream does not bring it soon.
    fn jump(&mut self, at: u64, near: Option<u64>) -> Option<Jump> {
        let wanted = (*self.orders.wanted.borrow_and_update())?;
        let is_in_it = self.keep.total().is_none_or(|total| wanted < total);
        let ranges = self.keep.ranges();
        if !is_in_it || !plan::is_worth_a_jump(&ranges, at, wanted, near) {
            return None;
        }
        let part = self.wanted_part(at)?;
        let at = part.offset;
        let answer = Box::pin(self.asker.clone().part(self.place.clone(), part));
        Some(Jump { answer, at, asked: Instant::now() })
    }

    /// The next gap as a question; `None` when parts cannot be had or joined.
    fn wanted_part(&self, at: u64) -> Option<Resume> {
        let Version { etag, total } = self.keep.version().filter(|_| self.gives_parts)?.clone();
        let gap = plan::next_gap(&self.keep.ranges(), total, *self.orders.wanted.borrow(), at)?;
        Some(Resume { offset: gap.start, until: gap.end, etag, total })
    }

    /// What the answer to a jump means for the stream that still flows; `None` is to stay with it.
    fn judge(&mut self, answer: Answer, took: Duration) -> Result<Option<Next>, Stopped> {
        match answer {
            Ok(Continuation::Part(recording)) => {
                self.pace.answered(took, Instant::now());
                self.place = Some(recording.place.clone());
                Ok(Some(Next::Jumped(recording)))
            }
            Ok(Continuation::Whole(recording)) if version_of(&recording).as_ref() != self.keep.version() => {
                Ok(Some(Next::OtherVersion(Some(recording))))
            }
            Ok(Continuation::OtherVersion) => Ok(Some(Next::OtherVersion(None))),
            // The player has to wait: this server gives no parts, or not the right ones.
            Ok(Continuation::Whole(_) | Continuation::NotThePart) => {
                self.gives_parts = false;
                Ok(None)
            }
            Err(Error::Unauthorized) => Err(Error::Unauthorized.into()),
            Err(_) => Ok(None),
        }
    }

    fn report_now_and_then(&mut self) {
        if self.told.is_none_or(|told| told.elapsed() >= TOLD_EVERY) {
            self.report();
        }
    }

    fn report(&mut self) {
        self.told = Some(Instant::now());
        (self.tell)(self.keep.received(), self.keep.total());
    }
}

fn version_of(recording: &Recording) -> Option<Version> {
    Some(Version { etag: recording.etag.clone()?, total: recording.total? })
}

/// Whether going on a little later may help.
fn is_passing(error: &Error) -> bool {
    matches!(error, Error::BrokenOff | Error::Timeout | Error::NoConnection)
}

/// Returns when the download is to end; whoever could say so being gone says it too.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

async fn answer_of(jump: &mut Option<Jump>) -> (Answer, Duration) {
    match jump {
        Some(jump) => {
            let answer = jump.answer.as_mut().await;
            (answer, jump.asked.elapsed())
        }
        None => std::future::pending().await,
    }
}
