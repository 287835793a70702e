//! Why a call is not answered as it hoped: a problem to send, or trouble with the store.

use farthing_protocol::code::ProblemCode;
use farthing_protocol::http::{Problem, Reply};
use farthing_protocol::time::Span;
use farthing_protocol::{Malformed, SignError, Unverified};

/// Inside the verifier: what ends the handling of a call early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// Told to the caller.
    #[error("{}", .0.code)]
    Problem(Box<Problem>),
    /// The database failed.
    #[error("the database failed: {0}")]
    Store(#[from] rusqlite::Error),
    /// The database holds what it should not.
    #[error("the database is damaged: {0}")]
    Damaged(&'static str),
    /// The signing key failed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl Fault {
    /// Bytes from our own database that do not parse.
    pub(crate) const fn damaged(_: Malformed) -> Self {
        Self::Damaged("a stored object cannot be read")
    }

    /// The problem to answer. What went wrong inside is logged, and not told.
    pub(crate) fn into_problem(self) -> Problem {
        match self {
            Self::Problem(problem) => *problem,
            Self::Store(error) => store_problem(&error),
            inner @ (Self::Damaged(_) | Self::Sign(_)) => {
                tracing::error!(error = %inner, "a call failed");
                ProblemCode::Internal.into()
            }
        }
    }

    /// As a reply.
    pub(crate) fn into_reply(self) -> Reply {
        Reply::problem(&self.into_problem())
    }
}

/// Too much in 24 hours: nothing was done, come back when counting begins anew.
pub(crate) fn rate_limited(rest: Span) -> Fault {
    let seconds = u32::try_from(rest.as_ms().div_ceil(1000)).unwrap_or(u32::MAX);
    Problem::new(ProblemCode::RateLimited).retry_after(seconds).into()
}

/// A failed database call, as callers see it: full disks pass, the rest needs the operator.
pub(crate) fn store_problem(error: &rusqlite::Error) -> Problem {
    tracing::error!(%error, "the database failed");
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull | rusqlite::ErrorCode::ReadOnly) => {
            Problem::new(ProblemCode::StorageFull).retry_after(30)
        }
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
            Problem::new(ProblemCode::Busy).retry_after(1)
        }
        _ => ProblemCode::Internal.into(),
    }
}

impl From<ProblemCode> for Fault {
    fn from(code: ProblemCode) -> Self {
        Problem::new(code).into()
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

/// Bytes from a caller that are not what they should be.
impl From<Malformed> for Fault {
    fn from(fault: Malformed) -> Self {
        let code = match fault {
            Malformed::TooLarge { .. } => ProblemCode::TooLarge,
            _ => ProblemCode::Malformed,
        };
        Problem::new(code).with_detail(fault.to_string()).into()
    }
}

impl From<Unverified> for Fault {
    fn from(_: Unverified) -> Self {
        ProblemCode::BadSignature.into()
    }
}
