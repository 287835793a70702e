//! One HTTP call: from hyper's request to a [`Call`], from a [`Reply`] to hyper's response. Whatever arrives gets a
//! problem at worst.

use super::events::{self, Streams};
use super::moment::now;
use super::readers::Readers;
use super::writer::Writer;
use crate::call::{self, Prepared, Step, no_such};
use crate::context::Context;
use crate::fault::Fault;
use crate::read::{self, Read, Wait};
use crate::topic::Topic;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use farthing_protocol::code::ProblemCode;
use farthing_protocol::http::{Call, Method, Reply, SignatureHeaders};
use farthing_protocol::limits::CALL_BODY_MAX;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tokio::time::Instant;

/// Time for a call's body to arrive: 32 KiB over the slowest phone network.
const BODY_WITHIN: Duration = Duration::from_secs(10);
/// Bytes that are read, and thrown away, of a body that is too large.
const HEARD_OUT_MAX: usize = 4 * 1024 * 1024;
/// Long polls at once; further ones are answered at once.
const POLLS_MAX: usize = 10_000;
/// Those at a rendezvous, which nobody signs for: strangers must not take the places of wallets.
const UNSIGNED_POLLS_MAX: usize = 1_000;
/// A query: the longest of ours has about 80 bytes.
const QUERY_MAX: usize = 512;

/// What all calls share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) context: Context,
    pub(super) readers: Readers,
    pub(super) writer: Writer,
    pub(super) stopping: watch::Receiver<bool>,
    pub(super) polls: Polls,
    pub(super) streams: Streams,
}

/// The places for long polls.
#[derive(Debug)]
pub(super) struct Polls {
    signed: Arc<Semaphore>,
    unsigned: Arc<Semaphore>,
}

impl Polls {
    pub(super) fn new() -> Self {
        let places = |max| Arc::new(Semaphore::new(max));
        Self { signed: places(POLLS_MAX), unsigned: places(UNSIGNED_POLLS_MAX) }
    }

    /// A place to wait; without one the call is answered at once.
    fn take(&self, wait: &Wait) -> Option<OwnedSemaphorePermit> {
        let places = match wait.topic {
            Topic::Account(_) => &self.signed,
            Topic::Rendezvous(_) => &self.unsigned,
        };
        places.clone().try_acquire_owned().ok()
    }
}

/// Answers one request.
pub(super) async fn answer(shared: &Arc<Shared>, request: Request<Incoming>) -> Response<Body> {
    let (started, logged) = (Instant::now(), tracing::enabled!(tracing::Level::DEBUG));
    let is_get = request.method() == axum::http::Method::GET;
    let place = logged.then(|| place(request.uri().path()));
    let response = match (is_get, request.uri().path()) {
        (true, "/healthz") => text(StatusCode::OK, "text/plain", "ok\n"),
        (true, "/readyz") => ready(shared),
        (true, "/R" | "/I") => text(StatusCode::OK, "text/html; charset=utf-8", include_str!("landing.html")),
        (true, "/v1/events") => {
            events::answer(shared, request).await.unwrap_or_else(|fault| response(fault.into_reply()))
        }
        _ => match reply(shared, request).await {
            Ok(reply) => response(reply),
            Err(fault) => response(fault.into_reply()),
        },
    };
    if let Some(path) = place {
        let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(status = response.status().as_u16(), elapsed_ms, path, "call");
    }
    response
}

/// Paths hold locators, aliases and ids: only their first two parts are logged.
fn place(path: &str) -> String {
    let place: String = path.split('/').take(3).collect::<Vec<_>>().join("/").chars().take(32).collect();
    place.escape_default().to_string()
}

fn ready(shared: &Shared) -> Response<Body> {
    if *shared.writer.broken().borrow() {
        return text(StatusCode::SERVICE_UNAVAILABLE, "text/plain", "the writer failed\n");
    }
    match shared.context.clock.doubt() {
        None => text(StatusCode::OK, "text/plain", "ready\n"),
        Some(_) => text(StatusCode::SERVICE_UNAVAILABLE, "text/plain", "the clock is doubted\n"),
    }
}

async fn reply(shared: &Shared, request: Request<Incoming>) -> Result<Reply, Fault> {
    let reached = reached(&request).unwrap_or_default();
    let call = call_of(request).await?;
    if *shared.stopping.borrow() {
        return Err(ProblemCode::ShuttingDown.into());
    }
    if call::is_read(&call) { answer_read(shared, call, reached).await } else { act(shared, call).await }
}

/// The authority by which the call reached us: `:authority`, or `Host`.
pub(super) fn reached(request: &Request<Incoming>) -> Option<String> {
    let host = || request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    let name = request.uri().authority().map(|authority| authority.as_str()).or_else(host)?;
    Some(name.to_ascii_lowercase())
}

pub(super) async fn call_of(request: Request<Incoming>) -> Result<Call, Fault> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let method = match parts.method {
        axum::http::Method::GET => Method::Get,
        axum::http::Method::POST => Method::Post,
        // Known by one of the two methods, or not at all.
        _ => {
            let both = [no_such(&path, Method::Get), no_such(&path, Method::Post)];
            let known = both.contains(&ProblemCode::MethodNotAllowed);
            return Err(if known { ProblemCode::MethodNotAllowed } else { ProblemCode::NotFound }.into());
        }
    };
    let query = parts.uri.query().unwrap_or_default().to_owned();
    if query.len() > QUERY_MAX {
        return Err(ProblemCode::TooLarge.into());
    }
    let media_type = one_header(&parts.headers, header::CONTENT_TYPE.as_str()).unwrap_or_default().to_owned();
    let signature = signature_headers(&parts.headers);
    let body = tokio::time::timeout(BODY_WITHIN, whole(body)).await.map_err(|_| ProblemCode::TooSlow)??;
    Ok(Call { method, path, query, media_type, body, signature })
}

/// The body, or that it is too large. A caller that sends more than it may is heard out a while, for it reads its
/// answer only after it has sent all.
async fn whole(mut body: Incoming) -> Result<Vec<u8>, Fault> {
    let mut kept = Vec::new();
    let mut seen = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| ProblemCode::Malformed)?.into_data() else { continue };
        seen += data.len();
        if seen <= CALL_BODY_MAX {
            kept.extend_from_slice(&data);
        } else if seen > HEARD_OUT_MAX {
            break;
        }
    }
    if seen <= CALL_BODY_MAX { Ok(kept) } else { Err(ProblemCode::TooLarge.into()) }
}

/// A header's value, when it stands there exactly once.
fn one_header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let only = values.next()?;
    if values.next().is_some() { None } else { only.to_str().ok() }
}

fn signature_headers(headers: &HeaderMap) -> Option<SignatureHeaders> {
    Some(SignatureHeaders {
        content_digest: one_header(headers, "content-digest")?.to_owned(),
        signature_input: one_header(headers, "signature-input")?.to_owned(),
        signature: one_header(headers, "signature")?.to_owned(),
    })
}

async fn act(shared: &Shared, call: Call) -> Result<Reply, Fault> {
    let (context, writer) = (shared.context.clone(), shared.writer.clone());
    let (answer, answered) = oneshot::channel();
    // A reader hands it to the writer itself: nobody else has to be woken in between.
    shared.readers.pass(move |db| match call::prepare(db, &context, &call) {
        // A caller that went away asks again.
        Prepared(Step::Answered(reply)) => drop(answer.send(Ok(reply))),
        prepared => writer.decide(prepared, answer),
    })?;
    answered.await.map_err(|_| Fault::from(ProblemCode::Internal))?
}

async fn answer_read(shared: &Shared, call: Call, reached: String) -> Result<Reply, Fault> {
    // Listening begins before looking, so that nothing falls in between.
    let mut news = shared.writer.news();
    let context = shared.context.clone();
    let (read, wait) = shared
        .readers
        .run(move |db| {
            let time = context.clock.read(now()).ok();
            read::authorise(db, &context, &call, &reached, time)
        })
        .await??;
    let read = Arc::new(read);
    let place = wait.as_ref().and_then(|wait| shared.polls.take(wait));
    let deadline =
        wait.filter(|_| place.is_some()).map(|wait| Instant::now() + Duration::from_millis(wait.at_most.as_ms()));
    loop {
        let reading = once(shared, read.clone()).await?;
        match (deadline, wait) {
            (Some(deadline), Some(wait)) if reading.nothing_yet && Instant::now() < deadline => {
                if !something_new(shared, &mut news, wait, deadline).await {
                    return Ok(once(shared, read).await?.reply);
                }
            }
            _ => return Ok(reading.reply),
        }
    }
}

async fn once(shared: &Shared, read: Arc<Read>) -> Result<read::Reading, Fault> {
    let context = shared.context.clone();
    shared
        .readers
        .run(move |db| {
            let time = context.clock.read(now()).ok();
            read.answer(db, &context, time)
        })
        .await?
}

/// Waits without a connection. False when the time is up or the server stops.
async fn something_new(
    shared: &Shared,
    news: &mut tokio::sync::broadcast::Receiver<Arc<[Topic]>>,
    wait: Wait,
    deadline: Instant,
) -> bool {
    let mut stopping = shared.stopping.clone();
    loop {
        tokio::select! {
            heard = news.recv() => match heard {
                Ok(touched) if touched.contains(&wait.topic) => return true,
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => return true,
                Err(RecvError::Closed) => return false,
            },
            () = tokio::time::sleep_until(deadline) => return false,
            () = super::stopped(&mut stopping) => return false,
        }
    }
}

fn response(reply: Reply) -> Response<Body> {
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if let Ok(media_type) = HeaderValue::from_str(&reply.media_type)
        && !reply.media_type.is_empty()
    {
        headers.insert(header::CONTENT_TYPE, media_type);
    }
    if let Some(seconds) = reply.retry_after_s {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    guarded(response)
}

fn text(status: StatusCode, media_type: &'static str, body: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    );
    guarded(response)
}

/// Answers are for one caller, and are what they say.
pub(super) fn guarded(mut response: Response<Body>) -> Response<Body> {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
