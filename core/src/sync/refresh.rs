//! Reads what everyone may know of the verifier: certificates, checkpoint, fees, head. Needs no account.

use crate::engine::{Asked, Engine, Input, Operation, Step, Trust};
use crate::error::{Error, WalletError};
use crate::history;
use crate::sync::{NetworkError, problem_of};
use farthing_protocol::cose::Verified;
use farthing_protocol::head::Head;
use farthing_protocol::http::{Call, Reply, VerifierStatus};
use farthing_protocol::id::{Counter, FeeVersion, Nonce, VerifierId};
use farthing_protocol::time::Moment;

/// The call that asks for a verifier's status with this nonce.
pub(crate) fn status_call(nonce: &Nonce) -> Call {
    Call::get("/v1/verifier", format!("nonce={nonce}"))
}

/// Reads and believes the answer to [`status_call`].
///
/// # Errors
/// [`WalletError::WrongRoot`], [`WalletError::VerifierMisbehaved`], a problem, or the network's error.
pub(crate) fn read_status(
    reply: Result<Reply, NetworkError>,
    pinned: &VerifierId,
    nonce: &Nonce,
    known: Option<&Trust>,
) -> Result<(Trust, Verified<Head>), Error> {
    let reply = reply?;
    if let Some(problem) = problem_of(&reply) {
        return Err(problem.into());
    }
    let status = VerifierStatus::decode(&reply.body).map_err(|_| WalletError::VerifierMisbehaved)?;
    Trust::from_status(&status, pinned, nonce, known)
}

/// The operation.
#[derive(Debug, Default)]
pub struct Refresh {
    asked: Option<Asked>,
    /// What was known of certificates and fees when the call was made.
    versions: Option<(Option<Counter>, FeeVersion)>,
}

impl Refresh {
    /// A refresh that has not begun.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Operation for Refresh {
    type Output = ();

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<()>, Error> {
        let Input::Reply(reply) = input else {
            let asked = Asked { nonce: Nonce::generate(engine.rng()), floor: engine.floor(), at: now.monotonic };
            self.asked = Some(asked);
            self.versions = engine.trust().map(Trust::versions);
            return Ok(Step::Call(status_call(&asked.nonce)));
        };
        let asked = self.asked.ok_or(WalletError::Internal)?;
        let pinned = engine.profile().verifier;
        let (newer, head) = read_status(reply, &pinned, &asked.nonce, engine.trust())?;
        match engine.trust().cloned() {
            // Of an epoch that is over: for `take_head` to judge; what was known stays.
            Some(known) if head.epoch < known.highest().0 => {}
            Some(known) if head.epoch > known.highest().0 => history::enter(engine, &known, newer, head.time)?,
            Some(known) => {
                // A restore may have lost a change of the fees, so versions are compared within an epoch. An answer to a call
                // from before it can be overtaken like any other, and then changes nothing.
                let same_epoch = asked.floor.0 == head.epoch;
                let floor = self.versions.filter(|_| same_epoch).unwrap_or((None, FeeVersion::new(0)));
                engine.set_trust(known.replace(newer, floor)?);
            }
            None => engine.set_trust(newer),
        }
        engine.take_head(&head, &asked, now)?;
        Ok(Step::Done(()))
    }
}
