//! Listens for vouchers that payers post: HTTP/1.1, one path, small bodies, one queue.
//!
//! | who | holds up nobody, because |
//! |---|---|
//! | says nothing, or little by little | heads and bodies have their time; when places are short, who has been idle for longest goes |
//! | never reads | an answer is smaller than a socket's buffer; its connection is idle from then on |
//! | posts garbage | it is refused by its size, or by one look; nothing is stored for it |
//! | posts more than can be stored | a short queue; who finds it full is told to come again |

use farthing_core::tab::VOUCHERS_PATH;
use farthing_protocol::http::MEDIA_CBOR;
use farthing_protocol::limits::DIRECT_MAX;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, server::conn::http1};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, timeout};

/// Connections at once: a payer keeps one for as long as it pays.
const CONNECTIONS_MAX: usize = 256;
/// Vouchers that wait to be looked at: each takes about a millisecond.
pub(in crate::command) const WAITING_MAX: usize = 64;
/// From a connection's beginning, or its last answer, to the end of the next head: a meter's payer comes every few seconds.
const HEAD_WITHIN: Duration = Duration::from_secs(30);
/// A head's size: the least that hyper allows.
const HEAD_MAX: usize = 8 * 1024;
/// From the head to the end of a body of a few hundred bytes.
const BODY_WITHIN: Duration = Duration::from_secs(5);
/// From the body to the answer; what is judged later is stored all the same.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// After a failed accept, as with no file descriptors left.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// What was posted, and where its answer goes: a status and a body.
pub(in crate::command) struct Posted {
    pub(in crate::command) body: Vec<u8>,
    pub(in crate::command) answer: oneshot::Sender<(u16, Vec<u8>)>,
}

/// Serves until told to stop, then lets what is in progress end.
pub(in crate::command) async fn serve(
    listener: TcpListener,
    posted: mpsc::Sender<Posted>,
    mut stop: watch::Receiver<bool>,
) {
    let mut tasks = JoinSet::new();
    let mut places = Places::default();
    let began = Instant::now();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stop) => break,
        };
        while tasks.try_join_next().is_some() {}
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(ACCEPT_AGAIN).await;
            continue;
        };
        // Small answers should not wait for more; a socket that refuses still works.
        let _ = stream.set_nodelay(true);
        let activity = Arc::new(Activity::new(began));
        let task = tasks.spawn(converse(stream, posted.clone(), Arc::clone(&activity), stop.clone()));
        places.take(task, activity);
    }
    drop((listener, posted));
    while tasks.join_next().await.is_some() {}
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // Whoever is gone has stopped.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// When a connection was last of use.
struct Activity {
    began: Instant,
    last_ms: AtomicU64,
    is_answered: AtomicBool,
}

impl Activity {
    fn new(began: Instant) -> Self {
        let activity = Self { began, last_ms: AtomicU64::new(0), is_answered: AtomicBool::new(false) };
        activity.note(false);
        activity
    }

    fn note(&self, is_answered: bool) {
        let ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_ms.store(ms, Ordering::Relaxed);
        self.is_answered.store(is_answered, Ordering::Relaxed);
    }

    /// `None` while something is being answered.
    fn idle_since(&self) -> Option<u64> {
        (!self.is_answered.load(Ordering::Relaxed)).then(|| self.last_ms.load(Ordering::Relaxed))
    }
}

/// The connections that are open.
#[derive(Default)]
struct Places(VecDeque<(AbortHandle, Arc<Activity>)>);

impl Places {
    /// Makes room for one more. There is always one to end: fewer wait for an answer than there are places.
    fn take(&mut self, task: AbortHandle, activity: Arc<Activity>) {
        self.0.retain(|(task, _)| !task.is_finished());
        if self.0.len() >= CONNECTIONS_MAX {
            let idle = self.0.iter().enumerate().filter_map(|(at, (_, one))| one.idle_since().map(|since| (since, at)));
            if let Some((ended, _)) = idle.min().and_then(|(_, at)| self.0.remove(at)) {
                ended.abort();
            }
        }
        self.0.push_back((task, activity));
    }
}

async fn converse(
    stream: TcpStream,
    posted: mpsc::Sender<Posted>,
    activity: Arc<Activity>,
    mut stop: watch::Receiver<bool>,
) {
    let service = service_fn(move |request| {
        let (posted, activity) = (posted.clone(), Arc::clone(&activity));
        async move { Ok::<_, Infallible>(answered(request, &posted, &activity).await) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN).max_buf_size(HEAD_MAX);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    // What a caller does wrong ends its connection.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = stopped(&mut stop) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

async fn answered(
    request: Request<Incoming>,
    posted: &mpsc::Sender<Posted>,
    activity: &Activity,
) -> Response<Full<Bytes>> {
    if request.uri().path() != VOUCHERS_PATH {
        return status(StatusCode::NOT_FOUND);
    }
    if request.method() != Method::POST {
        return status(StatusCode::METHOD_NOT_ALLOWED);
    }
    if request.body().size_hint().lower() > DIRECT_MAX as u64 {
        return status(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let body = match timeout(BODY_WITHIN, Limited::new(request.into_body(), DIRECT_MAX).collect()).await {
        Ok(Ok(body)) => body.to_bytes().to_vec(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return status(StatusCode::PAYLOAD_TOO_LARGE),
        Ok(Err(_)) => return status(StatusCode::BAD_REQUEST),
        Err(_) => return status(StatusCode::REQUEST_TIMEOUT),
    };
    let (answer, heard) = oneshot::channel();
    if posted.try_send(Posted { body, answer }).is_err() {
        return busy();
    }
    activity.note(true);
    let heard = timeout(ANSWER_WITHIN, heard).await;
    activity.note(false);
    let Ok(Ok((code, body))) = heard else { return busy() };
    let mut response = status(StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    if !body.is_empty() {
        *response.body_mut() = Full::new(Bytes::from(body));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_CBOR));
    }
    response
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

fn busy() -> Response<Full<Bytes>> {
    let mut response = status(StatusCode::SERVICE_UNAVAILABLE);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}
