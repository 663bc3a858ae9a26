//! Reads a body: so many bytes at most, within so much time, and no more of all bodies together than there is room for.

use super::config::Limits;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Body;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Room is given in pieces of this size.
const PIECE: usize = 16 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BodyError {
    #[error("the body is too long")]
    TooLong,
    #[error("the body did not come in time")]
    Slow,
    #[error("the connection broke before the body was whole")]
    Broken,
    #[error("there is no room for another body")]
    NoRoom,
}

/// Room for all bodies at one time.
pub(super) fn room(limits: &Limits) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(limits.bodies_bytes.div_ceil(PIECE)))
}

/// A body and the room it takes up.
pub(super) struct Held {
    pub(super) bytes: Bytes,
    pub(super) room: Option<OwnedSemaphorePermit>,
}

pub(super) async fn read<B>(body: B, limits: &Limits, room: &Arc<Semaphore>) -> Result<Held, BodyError>
where
    B: Body<Data = Bytes> + Unpin,
{
    match tokio::time::timeout(limits.body, gather(body, limits.body_bytes, room)).await {
        Ok(result) => result,
        Err(_) => Err(BodyError::Slow),
    }
}

async fn gather<B>(mut body: B, most: usize, room: &Arc<Semaphore>) -> Result<Held, BodyError>
where
    B: Body<Data = Bytes> + Unpin,
{
    let announced = body.size_hint().lower();
    if announced > most as u64 {
        return Err(BodyError::TooLong);
    }
    let mut taken = None;
    let mut bytes = BytesMut::new();
    // What is announced is only believed as far as there is room for it.
    make_room(room, &mut taken, announced as usize)?;
    bytes.reserve((announced as usize).min(4 * PIECE));
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| BodyError::Broken)?;
        // Trailers say nothing that anybody signed.
        let Ok(data) = frame.into_data() else { continue };
        let length = bytes.len() + data.len();
        if length > most {
            return Err(BodyError::TooLong);
        }
        make_room(room, &mut taken, length)?;
        bytes.extend_from_slice(&data);
    }
    Ok(Held { bytes: bytes.freeze(), room: taken })
}

fn make_room(room: &Arc<Semaphore>, taken: &mut Option<OwnedSemaphorePermit>, length: usize) -> Result<(), BodyError> {
    let held = taken.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
    let missing = length.div_ceil(PIECE).saturating_sub(held);
    if missing == 0 {
        return Ok(());
    }
    let more = Arc::clone(room).try_acquire_many_owned(u32::try_from(missing).unwrap_or(u32::MAX));
    let more = more.map_err(|_| BodyError::NoRoom)?;
    match taken {
        Some(taken) => taken.merge(more),
        None => *taken = Some(more),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::{Full, StreamBody};
    use hyper::body::Frame;
    use std::convert::Infallible;

    fn limits() -> Limits {
        Limits { body_bytes: 100_000, bodies_bytes: 160_000, ..Limits::default() }
    }

    async fn read_full(length: usize, room: &Arc<Semaphore>) -> Result<Held, BodyError> {
        read(Full::new(Bytes::from(vec![7; length])), &limits(), room).await
    }

    #[tokio::test]
    async fn a_body_of_the_longest_length_is_read_and_one_byte_more_is_not() {
        let room = room(&limits());
        let held = read_full(100_000, &room).await.unwrap_or_else(|_| panic!("it is read"));
        assert_eq!(held.bytes.len(), 100_000);
        assert_eq!(read_full(100_001, &room).await.err(), Some(BodyError::TooLong));
    }

    #[tokio::test]
    async fn room_is_shared_and_comes_back() {
        let room = room(&limits());
        let first = read_full(100_000, &room).await.unwrap_or_else(|_| panic!("it is read"));
        assert_eq!(read_full(100_000, &room).await.err(), Some(BodyError::NoRoom));
        drop(first);
        assert!(read_full(100_000, &room).await.is_ok());
    }

    #[tokio::test]
    async fn a_body_that_does_not_tell_its_length_is_counted_as_it_comes() {
        let room = room(&limits());
        let pieces = |count: usize| {
            let frames = (0..count).map(|_| Ok::<_, Infallible>(Frame::data(Bytes::from(vec![1; 10_000]))));
            StreamBody::new(futures_util::stream::iter(frames))
        };
        assert_eq!(
            read(pieces(9), &limits(), &room).await.unwrap_or_else(|_| panic!("it is read")).bytes.len(),
            90_000
        );
        assert_eq!(read(pieces(11), &limits(), &room).await.err(), Some(BodyError::TooLong));
        assert_eq!(room.available_permits(), 160_000_usize.div_ceil(PIECE));
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_is_given_up() {
        let limits = Limits { body: std::time::Duration::from_millis(5), ..limits() };
        let never = StreamBody::new(futures_util::stream::pending::<Result<Frame<Bytes>, Infallible>>());
        assert_eq!(read(never, &limits, &room(&limits)).await.err(), Some(BodyError::Slow));
    }
}
