//! The newest list of revoked allowances that this wallet has (docs/protocol.md 6.37): what a payee can know of a stolen phone, and a
//! payer of a revocation by another of its devices.

use super::payee::RevokedList;
use super::record::{ONE, OwnAllowance, live};
use super::send::listed;
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::payment::reply_of;
use crate::store::{self, Change, Store};
use crate::sync::{Certify, problem_of};
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::{Signed, SignedBytes, Verified};
use farthing_protocol::http::{Call, Reply};
use farthing_protocol::offline::{AllowanceId, RevokedAllowances};
use farthing_protocol::time::{Moment, Span};

/// How much newer a list is that is kept for its time alone: people are shown how old it is.
const KEPT_FOR: Span = Span::from_min(10);

const MISBEHAVED: Error = Error::Wallet(WalletError::VerifierMisbehaved);

/// The list, as far as one was ever read.
///
/// # Errors
/// What the store says.
pub(super) fn newest(store: &dyn Store) -> Result<Option<RevokedAllowances>, Error> {
    let Some(list) = store::kept::<RevokedList>(store, ONE)? else { return Ok(None) };
    // It was verified when it was stored.
    Ok(Some(Signed::<RevokedAllowances>::parse(list.bytes.as_slice())?.claims().clone()))
}

/// Whether the newest list names this allowance.
pub(super) fn is_listed(store: &dyn Store, allowance: &AllowanceId) -> Result<bool, Error> {
    Ok(newest(store)?.is_some_and(|list| list.names(allowance)))
}

#[derive(Debug)]
enum Stage {
    Idle,
    Asking,
    Certifying(Certify),
}

/// The operation: reads the list, and keeps it when it tells more than what is known, or the same minutes later.
#[derive(Debug)]
pub struct ReadRevoked {
    stage: Stage,
}

impl ReadRevoked {
    /// Reads it once.
    #[must_use]
    pub const fn new() -> Self {
        Self { stage: Stage::Idle }
    }

    fn read(&mut self, engine: &mut Engine, reply: Reply, first: bool, now: Moment) -> Result<Step<()>, Error> {
        if let Some(problem) = problem_of(&reply) {
            return Err(problem.into());
        }
        let list = Signed::<RevokedAllowances>::parse(&reply.body).map_err(|_| MISBEHAVED)?;
        if first && Certify::is_needed(engine, list.kid()) {
            let (certify, call) = Certify::begin(engine, reply, now)?;
            self.stage = Stage::Certifying(certify);
            return Ok(Step::Call(call));
        }
        let trust = engine.trust().ok_or(WalletError::Internal)?;
        let list: Verified<RevokedAllowances> = trust.verify(list.bytes())?;
        if list.verifier != engine.profile().verifier || list.epoch != trust.highest().0 {
            return Err(MISBEHAVED);
        }
        if let Some(known) = newest(engine.store())? {
            let is_old = (known.epoch, known.time) >= (list.epoch, list.time);
            let is_same = known.epoch == list.epoch && known.allowances == list.allowances;
            if is_old || is_same && list.time.since(known.time) < KEPT_FOR {
                // An old list in place of a newer one tells nothing, and a sync a minute is no reason to write the same once more.
                return Ok(Step::Done(()));
            }
        }
        let bytes = SignedBytes::new(list.bytes().to_vec())?;
        let mut changes = vec![Change::put(&RevokedList { version: V1, bytes, time: list.time })];
        for own in live::<OwnAllowance>(engine.store())?.into_iter().filter(|own| list.names(&own.id)) {
            changes.extend(listed(own, list.time));
        }
        engine.apply(changes)?;
        Ok(Step::Done(()))
    }
}

impl Default for ReadRevoked {
    fn default() -> Self {
        Self::new()
    }
}

impl Operation for ReadRevoked {
    type Output = ();

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<()>, Error> {
        match core::mem::replace(&mut self.stage, Stage::Asking) {
            Stage::Idle => Ok(Step::Call(Call::get("/v1/allowances/revoked", ""))),
            Stage::Asking => {
                let reply = reply_of(input)??;
                self.read(engine, reply, true, now)
            }
            Stage::Certifying(certify) => {
                let reply = certify.hear(engine, reply_of(input)?, now)?;
                self.read(engine, reply, false, now)
            }
        }
    }
}
