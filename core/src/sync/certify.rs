//! An answer that is signed by a key that we do not know, as after a restore of the verifier or a change of its key: it is
//! kept while the verifier's status is read. Only then it is judged: by a key that the pinned root vouches for, or not at all.

use super::{NetworkError, Refresh};
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use farthing_protocol::http::{Call, Reply};
use farthing_protocol::key::Kid;
use farthing_protocol::time::Moment;

/// An answer that waits for the verifier's certificates; a part of operations.
#[derive(Debug)]
pub(crate) struct Certify {
    refresh: Refresh,
    kept: Reply,
}

impl Certify {
    /// True when no certificate that is known has this signer's key.
    pub(crate) fn is_needed(engine: &Engine, signer: Kid) -> bool {
        !engine.trust().is_some_and(|trust| trust.knows(signer))
    }

    /// Keeps the answer, and asks for the verifier's status.
    ///
    /// # Errors
    /// None that a network or a verifier can cause.
    pub(crate) fn begin(engine: &mut Engine, kept: Reply, now: Moment) -> Result<(Self, Call), Error> {
        let mut refresh = Refresh::new();
        match refresh.advance(engine, Input::Start, now)? {
            Step::Call(call) => Ok((Self { refresh, kept }, call)),
            Step::Done(()) => Err(WalletError::Internal.into()),
        }
    }

    /// Takes the status, and gives the answer back. A signer that is still unknown is found out by whoever verifies it.
    ///
    /// # Errors
    /// As [`Refresh`]; then the answer was not read.
    pub(crate) fn hear(
        mut self,
        engine: &mut Engine,
        status: Result<Reply, NetworkError>,
        now: Moment,
    ) -> Result<Reply, Error> {
        self.refresh.advance(engine, Input::Reply(status), now)?;
        Ok(self.kept)
    }
}
