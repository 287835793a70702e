//! `GET /v1/events` (docs/protocol.md 10.11): a stream that says at once when there is something new.
//!
//! ```text
//! signed read ─▶ place ─▶ first events ─┬─▶ woken by the writer's news, or every 15 s ─▶ look ─┬─▶ events, or a comment
//!                                       └──────────────────────────────────────────────────────┘
//! ```
//!
//! A stream ends when the server stops, its device opens another or may not listen any more, or its client does not
//! read. It remembers the position that it told last and nothing else, see [`crate::events`].

use super::http::{self, Shared};
use super::moment::now;
use super::readers::busy;
use crate::context::clock_suspect;
use crate::events::{Listener, Position};
use crate::fault::Fault;
use crate::read;
use crate::topic::Topic;
use axum::body::Body;
use axum::http::{HeaderValue, Request, Response, header};
use farthing_protocol::code::ProblemCode;
use farthing_protocol::http::MEDIA_EVENTS;
use farthing_protocol::id::DeviceId;
use hyper::body::{Bytes, Frame, Incoming};
use std::collections::HashMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::Instant;

/// Streams at once: a quarter of the connections is left for calls.
const STREAMS_MAX: usize = super::CONNECTIONS_MAX / 4 * 3;
/// After so much silence a comment says that the line is open: proxies cut at 30 s.
const COMMENT_AFTER: Duration = Duration::from_secs(15);
/// How long a client may leave what it was told unread.
const UNREAD_MAX: Duration = Duration::from_secs(30);
/// Before looking again when the readers had no time.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The streams that are open: at most one per device.
#[derive(Clone, Debug)]
pub(super) struct Streams {
    places: Arc<Semaphore>,
    open: Arc<Mutex<Open>>,
}

#[derive(Debug, Default)]
struct Open {
    opened: u64,
    /// Dropping a sender ends its stream.
    by_device: HashMap<DeviceId, (u64, oneshot::Sender<()>)>,
}

impl Streams {
    pub(super) fn new() -> Self {
        Self { places: Arc::new(Semaphore::new(STREAMS_MAX)), open: Arc::default() }
    }

    /// A place for a device's stream; its older stream ends.
    fn take(&self, device: DeviceId) -> Result<Place, Fault> {
        let permit = self.places.clone().try_acquire_owned().map_err(|_| busy())?;
        let (sender, replaced) = oneshot::channel();
        let mut open = self.open();
        open.opened += 1;
        let number = open.opened;
        open.by_device.insert(device, (number, sender));
        Ok(Place { device, number, streams: self.clone(), replaced, _permit: permit })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One stream's place, given back when dropped.
struct Place {
    device: DeviceId,
    number: u64,
    streams: Streams,
    /// Comes back when the device has opened another.
    replaced: oneshot::Receiver<()>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.streams.open();
        if open.by_device.get(&self.device).is_some_and(|(number, _)| *number == self.number) {
            open.by_device.remove(&self.device);
        }
    }
}

/// Begins a stream.
pub(super) async fn answer(shared: &Arc<Shared>, request: Request<Incoming>) -> Result<Response<Body>, Fault> {
    let reached = http::reached(&request).unwrap_or_default();
    let call = http::call_of(request).await?;
    if *shared.stopping.borrow() {
        return Err(ProblemCode::ShuttingDown.into());
    }
    // Listening begins before looking, so that nothing falls in between.
    let news = shared.writer.news();
    let context = shared.context.clone();
    let listener = shared
        .readers
        .run(move |db| read::listener(db, &context, &call, &reached, context.clock.read(now()).ok()))
        .await??;
    let position = look(shared, listener).await?.ok_or(ProblemCode::Forbidden)?;
    let place = shared.streams.take(listener.device)?;
    // One piece under way: the next is made when the client has read so far.
    let (pieces, body) = mpsc::channel(1);
    let stream = Stream { shared: Arc::clone(shared), listener, pieces };
    tokio::spawn(stream.until_over(place, news, position));
    Ok(response(body))
}

fn response(body: mpsc::Receiver<Bytes>) -> Response<Body> {
    let mut response = http::guarded(Response::new(Body::new(Pieces(body))));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_EVENTS));
    // Proxies must pass on each piece as it comes.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

async fn look(shared: &Shared, listener: Listener) -> Result<Option<Position>, Fault> {
    let context = shared.context.clone();
    shared
        .readers
        .run(move |db| {
            let time = context.clock.read(now()).ok().ok_or_else(clock_suspect)?;
            Position::read(db, &context, &listener, time)
        })
        .await?
}

/// What writes a stream.
struct Stream {
    shared: Arc<Shared>,
    listener: Listener,
    pieces: mpsc::Sender<Bytes>,
}

impl Stream {
    async fn until_over(self, mut place: Place, news: Receiver<Arc<[Topic]>>, position: Position) {
        let mut stopping = self.shared.stopping.clone();
        tokio::select! {
            () = super::stopped(&mut stopping) => {}
            _ = &mut place.replaced => {}
            () = self.pieces.closed() => {}
            () = self.tell(news, position) => {}
        }
    }

    /// Tells of every change until nobody may hear it, or does.
    async fn tell(&self, mut news: Receiver<Arc<[Topic]>>, mut told: Position) {
        let mut piece = told.since(None);
        loop {
            if !send(&self.pieces, piece, UNREAD_MAX).await {
                return;
            }
            let comment_at = Instant::now() + COMMENT_AFTER;
            let Some(position) = self.next(&mut news, comment_at).await else { return };
            piece = position.since(Some(&told));
            if piece.is_empty() {
                ":\n".clone_into(&mut piece);
            }
            told = position;
        }
    }

    /// The position when it may have changed, or when it is time for a comment; `None` at the end.
    async fn next(&self, news: &mut Receiver<Arc<[Topic]>>, comment_at: Instant) -> Option<Position> {
        loop {
            tokio::select! {
                heard = news.recv() => match heard {
                    Ok(touched) if touched.contains(&self.listener.account.into()) => break,
                    Ok(_) => {}
                    // Too many to look at each: look once.
                    Err(RecvError::Lagged(_)) => break,
                    Err(RecvError::Closed) => return None,
                },
                () = tokio::time::sleep_until(comment_at) => break,
            }
        }
        loop {
            match look(&self.shared, self.listener).await {
                Ok(position) => return position,
                Err(fault) => {
                    // What happens meanwhile is in the position then.
                    tracing::debug!(%fault, "a stream's look failed");
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
            }
        }
    }
}

/// False when the client does not read, or is gone.
async fn send(pieces: &mpsc::Sender<Bytes>, piece: String, unread_max: Duration) -> bool {
    matches!(tokio::time::timeout(unread_max, pieces.send(piece.into())).await, Ok(Ok(())))
}

/// A stream's body.
struct Pieces(mpsc::Receiver<Bytes>);

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_client_that_does_not_read_is_given_up_and_nothing_queues_for_it() {
        let (pieces, mut body) = mpsc::channel(1);
        let wait = Duration::from_millis(50);
        assert!(send(&pieces, "1".to_owned(), wait).await);
        assert!(!send(&pieces, "2".to_owned(), wait).await, "the first is unread");
        assert_eq!(body.recv().await.unwrap(), "1");
        assert!(body.try_recv().is_err(), "what was not taken is not kept");
        assert!(send(&pieces, "3".to_owned(), wait).await);
        drop(body);
        assert!(!send(&pieces, "4".to_owned(), Duration::from_secs(60)).await, "gone, at once");
    }

    #[tokio::test]
    async fn places_are_given_back_and_a_newer_stream_keeps_its_own() {
        let streams = Streams::new();
        let device = DeviceId::new([1; 16]);
        let mut older = streams.take(device).unwrap_or_else(|_| panic!());
        let mut newer = streams.take(device).unwrap_or_else(|_| panic!());
        assert!((&mut older.replaced).await.is_err(), "its sender is gone");
        drop(older);
        assert!(newer.replaced.try_recv().is_err_and(|e| e == oneshot::error::TryRecvError::Empty));
        drop(newer);
        assert!(streams.open().by_device.is_empty());
        let all: Vec<Place> = (0..STREAMS_MAX)
            .map_while(|n| {
                let mut id = [0; 16];
                id[..8].copy_from_slice(&n.to_le_bytes());
                streams.take(DeviceId::new(id)).ok()
            })
            .collect();
        assert_eq!(all.len(), STREAMS_MAX);
        assert!(streams.take(device).is_err(), "bounded");
        drop(all);
        assert!(streams.take(device).is_ok());
    }
}
