//! A network that says in the log what goes over it: which call, what it was answered with, how long it took. Without ids, which
//! paths hold, and without reasons of failures, which hold addresses.

use super::{CallFuture, EventFuture, EventStream, ListenFuture, Listening, Network, NetworkError};
use crate::error::Error;
use farthing_protocol::http::{Call, Reply};
use std::sync::Arc;
use std::time::Instant;

/// Another network, with lines in the log.
pub(crate) struct LoggedNetwork(pub(crate) Arc<dyn Network>);

impl Network for LoggedNetwork {
    fn call<'a>(&'a self, call: &'a Call) -> CallFuture<'a> {
        Box::pin(async move {
            let asked = Asked::now(call);
            let answered = self.0.call(call).await;
            asked.answered(answered.as_ref());
            answered
        })
    }

    fn listen<'a>(&'a self, call: &'a Call) -> ListenFuture<'a> {
        Box::pin(async move {
            let asked = Asked::now(call);
            let heard = self.0.listen(call).await;
            match &heard {
                Ok(Listening::Stream(_)) => asked.answered_with("stream opened"),
                Ok(Listening::NotSupported) => {}
                Ok(Listening::Answered(reply)) => asked.answered(Ok(reply)),
                Err(error) => asked.answered(Err(error)),
            }
            Ok(match heard? {
                Listening::Stream(stream) => Listening::Stream(Box::new(LoggedStream { stream, asked })),
                other => other,
            })
        })
    }
}

/// An open stream. It says when it ends.
struct LoggedStream {
    stream: Box<dyn EventStream>,
    asked: Asked,
}

impl EventStream for LoggedStream {
    fn next(&mut self) -> EventFuture<'_> {
        self.stream.next()
    }
}

impl Drop for LoggedStream {
    fn drop(&mut self) {
        self.asked.answered_with("stream ended");
    }
}

/// A call that is under way.
struct Asked {
    method: &'static str,
    /// Absent when nobody hears the log.
    path: Option<String>,
    since: Instant,
}

impl Asked {
    fn now(call: &Call) -> Self {
        let path = tracing::event_enabled!(tracing::Level::DEBUG).then(|| call.template());
        Self { method: call.method.as_str(), path, since: Instant::now() }
    }

    fn ms(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn answered(&self, answered: Result<&Reply, &NetworkError>) {
        let (method, path, ms) = (self.method, self.path.as_deref(), self.ms());
        match answered {
            Ok(Reply { status, body, .. }) => tracing::debug!(method, path, status, bytes = body.len(), ms, "answered"),
            Err(error) => tracing::debug!(method, path, error = Error::from(error.clone()).kind(), ms, "not answered"),
        }
    }

    fn answered_with(&self, what: &str) {
        tracing::debug!(method = self.method, path = self.path.as_deref(), ms = self.ms(), "{what}");
    }
}
