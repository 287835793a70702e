//! Sending what waits of an allowance: its order, then its revocation. The same bytes, until there is a signed answer.
//!
//! | stored | the verifier | at the next `sync` |
//! |---|---|---|
//! | order | perhaps has applied it | the same bytes are posted, and answered alike; its entry counts as well |
//! | revocation | perhaps has listed it | the same bytes are posted; after half a day another one, which changes nothing twice |

use super::entry::opened;
use super::record::{AllowanceState, OwnAllowance, allowance, saved};
use crate::crash;
use crate::devices::revoked;
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::messaging::PendingAct;
use crate::payment::authorise::verifiers_time;
use crate::payment::{refusal_of, reply_of};
use crate::store::{Change, ProfileState};
use crate::sync::{Certify, Refresh, header, problem_of};
use crate::tab::TabAnswer;
use farthing_protocol::code::{OfflineRefusalCode, ProblemCode, RefusalCode};
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::http::{Call, MEDIA_COSE, MEDIA_ORDER, OrderBody, Reply};
use farthing_protocol::id::Digest;
use farthing_protocol::offline::{Allowance, AllowanceId, AllowanceRevoke};
use farthing_protocol::refusal::Refusal;
use farthing_protocol::time::{Moment, Span};

/// How what was sent came out.
#[derive(Clone, Debug, PartialEq)]
pub enum AllowanceOutcome {
    /// It stands as it was asked for.
    Done(AllowanceId),
    /// The verifier's signed no.
    Refused {
        /// Of which allowance.
        allowance: AllowanceId,
        /// Why.
        error: Error,
    },
    /// Not known yet; what was signed is stored, and sent again by `sync`.
    Unknown {
        /// Of which allowance.
        allowance: AllowanceId,
        /// What stood in the way.
        because: Error,
    },
}

/// A session act that was made longer ago is made anew: the verifier takes none that is older than a day.
pub(super) const ACT_LIFE: Span = Span::from_h(12);

const MISBEHAVED: Error = Error::Wallet(WalletError::VerifierMisbehaved);

#[derive(Debug)]
enum Stage {
    Idle,
    Posting,
    Certifying(Certify),
}

/// The operation.
#[derive(Debug)]
pub struct SendAllowance {
    allowance: AllowanceId,
    /// The hash of what is on its way.
    sent: Option<Digest>,
    stage: Stage,
}

impl SendAllowance {
    /// Sends what waits of this allowance.
    #[must_use]
    pub const fn new(allowance: AllowanceId) -> Self {
        Self { allowance, sent: None, stage: Stage::Idle }
    }

    fn record(&self, engine: &Engine) -> Result<OwnAllowance, Error> {
        Ok(allowance(engine.store(), &self.allowance)?.ok_or(WalletError::AllowanceUnknown)?)
    }

    fn post(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<AllowanceOutcome>, Error> {
        let own = self.record(engine)?;
        if let Some(order) = &own.order {
            self.sent = Some(order.hash);
            self.stage = Stage::Posting;
            let body = OrderBody { order: order.signed.clone(), bundle: None, code: None }.encode();
            return Ok(Step::Call(Call::post("/v1/allowances", MEDIA_ORDER, body)));
        }
        match own.revoking() {
            Some(act) if engine.time(now).is_some_and(|time| time.since(act.created) >= ACT_LIFE) => {
                store_revoke(engine, own, now)?;
                self.post(engine, now)
            }
            Some(act) => {
                let act = Signed::<AllowanceRevoke>::parse(act.signed.as_slice())?;
                self.sent = Some(act.hash());
                self.stage = Stage::Posting;
                Ok(Step::Call(Call::post("/v1/allowances/revocations", MEDIA_COSE, act.bytes().to_vec())))
            }
            None => Ok(Step::Done(ended(&own))),
        }
    }

    /// Keeps what is pending, and notes what stood in the way.
    fn undecided(&self, engine: &mut Engine, because: Error) -> Result<Step<AllowanceOutcome>, Error> {
        let mut own = self.record(engine)?;
        let lost = matches!(because, Error::Problem { code: ProblemCode::BeforeEpoch, .. });
        let opened = engine.trust().map(|trust| (trust.epoch_opened(), trust.highest().0));
        // The problem is not signed, but when the epoch opened is: what is younger is never given up for it.
        if let (true, Some((opened, epoch)), Some(order)) = (lost, opened, &own.order)
            && order.created < opened
        {
            (own.order, own.state, own.lost) = (None, AllowanceState::Lost, Some(epoch));
            own.code = Some(because.code());
            let mut changes = Vec::from(saved(&own));
            changes.push(Change::Event { at: opened, kind: EventKind::AllowanceLost(own.id) });
            engine.apply(changes)?;
        } else if own.code != Some(because.code()) {
            own.code = Some(because.code());
            engine.apply(Vec::from(saved(&own)))?;
        }
        Ok(Step::Done(AllowanceOutcome::Unknown { allowance: self.allowance, because }))
    }

    fn read(
        &mut self,
        engine: &mut Engine,
        reply: Reply,
        first: bool,
        now: Moment,
    ) -> Result<Step<AllowanceOutcome>, Error> {
        let own = self.record(engine)?;
        if reply.status == 204 && own.order.is_none() {
            // The list that a sync has read meanwhile can have been faster.
            if own.revoking().is_some() {
                crash::point(crash::ALLOWANCE_BEFORE_STORE);
                let at = engine.time_or_wall(now);
                engine.apply(listed(own, at))?;
                crash::point(crash::ALLOWANCE_AFTER_STORE);
            }
            return self.post(engine, now);
        }
        if let Some(problem) = problem_of(&reply) {
            return self.undecided(engine, problem.into());
        }
        let Some(answer) = TabAnswer::<Allowance>::parse(&reply.body) else {
            return self.undecided(engine, MISBEHAVED);
        };
        if first && Certify::is_needed(engine, answer.kid()) {
            let (certify, call) = Certify::begin(engine, reply, now)?;
            self.stage = Stage::Certifying(certify);
            return Ok(Step::Call(call));
        }
        crash::point(crash::ALLOWANCE_BEFORE_STORE);
        let believed = self.believe(engine, own, &answer);
        crash::point(crash::ALLOWANCE_AFTER_STORE);
        match believed {
            Ok(true) => self.post(engine, now),
            Ok(false) => Ok(Step::Done(ended(&self.record(engine)?))),
            Err(error @ Error::Wallet(WalletError::VerifierMisbehaved)) => self.undecided(engine, error),
            Err(error) => Err(error),
        }
    }

    /// Checks a signed answer against what was sent, and takes it over. True when what waits next is to be sent.
    fn believe(&self, engine: &mut Engine, own: OwnAllowance, answer: &TabAnswer<Allowance>) -> Result<bool, Error> {
        let sent = self.sent.ok_or(WalletError::Internal)?;
        let order = own.order.as_ref().is_some_and(|order| order.hash == sent);
        let act = own.revoking().map(|act| Signed::<AllowanceRevoke>::parse(act.signed.as_slice())).transpose()?;
        if !order && act.is_none_or(|act| act.hash() != sent) {
            // The entries were faster.
            return Ok(true);
        }
        let trust = engine.trust().ok_or(WalletError::Internal)?;
        match answer {
            TabAnswer::Receipt(receipt) => {
                let receipt = trust.verify_placed::<Allowance>(receipt.bytes())?;
                if !order || !trust.lineage().has(receipt.epoch, receipt.seq) {
                    return Err(MISBEHAVED);
                }
                let changes = opened(own, &receipt)?;
                engine.apply(changes)?;
                Ok(true)
            }
            TabAnswer::Refusal(refusal) => {
                let refusal: Verified<Refusal> = trust.verify(refusal.bytes())?;
                if refusal.order != sent {
                    return Err(MISBEHAVED);
                }
                refused(engine, own, order, &refusal)?;
                Ok(order)
            }
        }
    }
}

fn refused(
    engine: &mut Engine,
    mut own: OwnAllowance,
    of_order: bool,
    refusal: &Verified<Refusal>,
) -> Result<(), Error> {
    let code = RefusalCode::from_number(refusal.code);
    if let (Some(RefusalCode::FeeChanged), Some(fees), Some(mut trust)) =
        (code, &refusal.attachment, engine.trust().cloned())
    {
        // The next draft is made with them.
        trust.take_fees(fees.as_slice())?;
        engine.set_trust(trust);
    }
    if of_order {
        (own.order, own.state) = (None, AllowanceState::Refused);
    } else if own.code == Some(refusal.code) {
        // Said before: it is settled, or lost, which the entries or the next epoch tell, and nothing is signed until then.
        return Ok(());
    }
    own.code = Some(refusal.code);
    let mut changes = Vec::from(saved(&own));
    changes.push(Change::Event { at: refusal.time, kind: EventKind::AllowanceRefused(own.id, refusal.code) });
    if code == Some(RefusalCode::DeviceRevoked) && engine.profile().state != ProfileState::Revoked {
        changes.extend(revoked(engine, refusal.time));
    }
    engine.apply(changes)
}

/// The changes by which an allowance is one of which no more is signed.
pub(super) fn listed(own: OwnAllowance, at: farthing_protocol::time::Time) -> Vec<Change> {
    if own.state != AllowanceState::Open {
        return Vec::new();
    }
    let id = own.id;
    let own = OwnAllowance { state: AllowanceState::Revoked, code: None, ..own };
    let mut changes = Vec::from(saved(&own));
    changes.push(Change::Event { at, kind: EventKind::AllowanceRevoked(id) });
    changes
}

fn ended(own: &OwnAllowance) -> AllowanceOutcome {
    match own.code {
        _ if own.state == AllowanceState::Lost => {
            AllowanceOutcome::Unknown { allowance: own.id, because: WalletError::HistoryLost.into() }
        }
        Some(code) if RefusalCode::from_number(code).is_some() || OfflineRefusalCode::from_number(code).is_some() => {
            AllowanceOutcome::Refused { allowance: own.id, error: refusal_of(code, None) }
        }
        _ => AllowanceOutcome::Done(own.id),
    }
}

impl OwnAllowance {
    /// A revocation without a final answer.
    #[must_use]
    pub fn revoking(&self) -> Option<&PendingAct> {
        self.revoke.as_ref().filter(|_| self.state == AllowanceState::Open)
    }
}

/// The outcome of what was confirmed about an allowance; `None` while it is not known.
///
/// # Errors
/// [`WalletError::AllowanceUnknown`].
pub(crate) fn outcome_of(engine: &Engine, id: &AllowanceId) -> Result<Option<AllowanceOutcome>, Error> {
    let own = allowance(engine.store(), id)?.ok_or(WalletError::AllowanceUnknown)?;
    Ok(if own.order.is_some() || own.revoking().is_some() { None } else { Some(ended(&own)) })
}

impl Operation for SendAllowance {
    type Output = AllowanceOutcome;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<AllowanceOutcome>, Error> {
        match core::mem::replace(&mut self.stage, Stage::Idle) {
            Stage::Idle => self.post(engine, now),
            Stage::Posting => match reply_of(input)? {
                Ok(reply) => self.read(engine, reply, true, now),
                Err(error) => self.undecided(engine, error.into()),
            },
            Stage::Certifying(certify) => match certify.hear(engine, reply_of(input)?, now) {
                Ok(reply) => self.read(engine, reply, false, now),
                Err(error) => self.undecided(engine, error),
            },
        }
    }
}

/// The operation: stores a revocation, so that nothing is signed from then on. Sending it is [`SendAllowance`].
#[derive(Debug)]
pub struct RevokeAllowance {
    allowance: AllowanceId,
    refresh: Refresh,
}

impl RevokeAllowance {
    /// Revokes `allowance`.
    #[must_use]
    pub fn new(allowance: AllowanceId) -> Self {
        Self { allowance, refresh: Refresh::new() }
    }
}

impl Operation for RevokeAllowance {
    type Output = AllowanceId;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<AllowanceId>, Error> {
        if let Step::Call(call) = verifiers_time(&mut self.refresh, engine, input, now)? {
            return Ok(Step::Call(call));
        }
        let own = allowance(engine.store(), &self.allowance)?.ok_or(WalletError::AllowanceUnknown)?;
        match (own.state, &own.revoke) {
            (AllowanceState::Revoked, _) => return Ok(Step::Done(own.id)),
            (AllowanceState::Open, Some(act)) if engine.time_or_wall(now).since(act.created) < ACT_LIFE => {
                return Ok(Step::Done(own.id));
            }
            (AllowanceState::Open, _) => {}
            _ => return Err(WalletError::AllowanceNotOpen.into()),
        }
        let id = own.id;
        store_revoke(engine, own, now)?;
        Ok(Step::Done(id))
    }
}

/// Signs a revocation, and stores it.
fn store_revoke(engine: &mut Engine, own: OwnAllowance, now: Moment) -> Result<(), Error> {
    let header = header(engine, now)?;
    let act = Signed::sign(AllowanceRevoke::new(header, own.id), engine.keys().session())?;
    let own = OwnAllowance { revoke: Some(PendingAct::new(&act)?), code: None, ..own };
    engine.apply(Vec::from(saved(&own)))
}
