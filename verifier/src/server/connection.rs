//! Connections: accepted up to a number, TLS where there is a certificate, drained on the way down.

use super::http::{self, Shared};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

/// Connections at once: long polls of that many wallets.
pub const CONNECTIONS_MAX: usize = 16_384;
/// Time for a TLS handshake, for a connection's first call, and for a call's headers.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
/// Calls at once on one HTTP/2 connection.
const STREAMS_MAX: u32 = 64;
/// A call's headers: ours have less than 2 KiB.
const HEADERS_MAX: usize = 16 * 1024;
/// Time that calls get to finish after the server was told to stop.
const DRAIN: Duration = Duration::from_secs(15);
/// After a failed accept, as with no file descriptors left.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// Serves until told to stop, then lets what is in progress end.
pub(super) async fn serve(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    mut stopping: watch::Receiver<bool>,
) {
    let graceful = GracefulShutdown::new();
    let mut tasks = tokio::task::JoinSet::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = super::stopped(&mut stopping) => break,
        };
        while tasks.try_join_next().is_some() {}
        let Some((stream, place)) = accepted else { continue };
        // Small answers should not wait for more; a socket that refuses still works.
        let _ = stream.set_nodelay(true);
        let (watcher, shared, acceptor) = (graceful.watcher(), shared.clone(), acceptor.clone());
        tasks.spawn(async move {
            let _place = place;
            match acceptor {
                None => one(stream, shared, watcher).await,
                Some(acceptor) => match tokio::time::timeout(HEADERS_WITHIN, acceptor.accept(stream)).await {
                    Ok(Ok(stream)) => one(stream, shared, watcher).await,
                    Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                    Err(_) => tracing::debug!("a TLS handshake took too long"),
                },
            }
        });
    }
    drop((listener, shared));
    if tokio::time::timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!("some calls did not end in time");
        tasks.shutdown().await;
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(tokio::net::TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    // Beyond the number, connections wait in the system's backlog.
    let place = places.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, place)),
        Err(error) => {
            tracing::warn!(%error, "accepting a connection failed");
            tokio::time::sleep(ACCEPT_AGAIN).await;
            None
        }
    }
}

async fn one<S>(stream: S, shared: Arc<Shared>, watcher: hyper_util::server::graceful::Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS_WITHIN).max_buf_size(HEADERS_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(HEADERS_MAX as u32)
        .keep_alive_interval(Some(Duration::from_secs(20)))
        .keep_alive_timeout(HEADERS_WITHIN);
    let called = Arc::new(AtomicBool::new(false));
    let first_call = called.clone();
    let service = service_fn(move |request| {
        first_call.store(true, Ordering::Relaxed);
        let shared = shared.clone();
        async move { Ok::<_, std::convert::Infallible>(http::answer(&shared, request).await) }
    });
    let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
    tokio::select! {
        ended = watcher.watch(connection) => {
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended early");
            }
        }
        () = silent(&called) => tracing::debug!("a connection was opened and not used"),
    }
}

/// Comes back when no call has come in time. hyper counts only once it knows which HTTP is spoken, so that a caller who
/// never says would hold its place for ever.
async fn silent(called: &AtomicBool) {
    tokio::time::sleep(HEADERS_WITHIN).await;
    if called.load(Ordering::Relaxed) {
        std::future::pending().await
    }
}
