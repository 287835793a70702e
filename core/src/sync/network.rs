//! The network as the wallet sees it: a call goes out, and an answer or an error comes back.

use super::{ListenFuture, Listening};
use farthing_protocol::http::{Call, Reply};
use std::future::Future;
use std::pin::Pin;

/// Why there is no answer. The call may have reached the verifier all the same.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// No connection.
    #[error("the verifier cannot be reached: {0}")]
    Unreachable(String),
    /// No answer in time.
    #[error("the verifier did not answer in time")]
    TimedOut,
    /// The connection is not the verifier's: wrong name, unknown authority, or not the pinned certificate.
    #[error("the connection to the verifier is not safe: {0}")]
    Tls(String),
    /// An answer that is not HTTP as it should be.
    #[error("the answer cannot be read: {0}")]
    NotHttp(String),
    /// An answer larger than any.
    #[error("the answer is larger than any of a verifier's")]
    TooLarge,
}

/// A call on its way.
pub type CallFuture<'a> = Pin<Box<dyn Future<Output = Result<Reply, NetworkError>> + Send + 'a>>;

/// Carries calls to one verifier.
pub trait Network: Send + Sync {
    /// Makes a call.
    fn call<'a>(&'a self, call: &'a Call) -> CallFuture<'a>;

    /// Makes a call that is answered with a stream of events. A network without streams need not know of them: whoever
    /// wants to listen asks by calls that wait, then.
    fn listen<'a>(&'a self, _call: &'a Call) -> ListenFuture<'a> {
        Box::pin(async { Ok(Listening::NotSupported) })
    }
}
