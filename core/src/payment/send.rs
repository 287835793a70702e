//! Posts a stored order and believes only a signed answer. Also what resumes `Authorised` and `Sent`.

use crate::crash;
use crate::devices::revoked;
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::generation::Opening;
use crate::history;
use crate::store::{AliasPin, ArtifactKind, Change, Direction, PaymentId, PaymentRecord, PaymentState, ProfileState};
use crate::sync::{Certify, Heard, NetworkError, SignedRead, problem_of};
use farthing_protocol::cbor::Yes;
use farthing_protocol::code::{OfflineRefusalCode, ProblemCode, RefusalCode, TabRefusalCode};
use farthing_protocol::cose::Verified;
use farthing_protocol::http::{Call, MEDIA_ORDER, OrderBody, Reply, SignedBytes};
use farthing_protocol::id::DetailsHash;
use farthing_protocol::order::{Body, Order, Payment};
use farthing_protocol::receipt::Receipt;
use farthing_protocol::refusal::{Answer, Refusal};
use farthing_protocol::time::Moment;

/// How a payment stands after it was sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// A receipt proves it.
    Settled(PaymentId),
    /// A signed refusal ended it.
    Refused {
        /// The payment.
        payment: PaymentId,
        /// Why.
        error: Error,
        /// The draft that replaces it, after a changed fee.
        replaced_by: Option<PaymentId>,
    },
    /// Not known yet; it is stored, and finished by `sync`.
    Unknown {
        /// The payment.
        payment: PaymentId,
        /// What stood in the way.
        because: Error,
    },
}

#[derive(Debug)]
enum Stage {
    Idle,
    Posting,
    /// The answer names a key that we do not know: ask for the verifier's certificates, then read it again.
    Certifying(Certify),
    /// The verifier says that another object has this order's id: ask what it decided by the id (wire decision 8).
    Asking(Box<SignedRead>),
}

/// The operation.
#[derive(Debug)]
pub struct SendOrder {
    payment: PaymentId,
    stage: Stage,
}

impl SendOrder {
    /// Sends the order of an authorised or sent payment.
    #[must_use]
    pub const fn new(payment: PaymentId) -> Self {
        Self { payment, stage: Stage::Idle }
    }

    fn post(&mut self, engine: &Engine, now: Moment) -> Result<Step<Outcome>, Error> {
        let payment = engine.store().payment(&self.payment)?.ok_or(WalletError::PaymentUnknown)?;
        if let Some(outcome) = outcome_of(engine, &payment)? {
            return Ok(Step::Done(outcome));
        }
        if Opening::of(engine.store())?.is_some_and(|o| o.holds(&self.payment, payment.expires, engine.time(now))) {
            return Ok(Step::Done(Outcome::Unknown {
                payment: self.payment,
                because: WalletError::OtherCopyInUse.into(),
            }));
        }
        let body = stored_body(engine, &self.payment)?;
        self.stage = Stage::Posting;
        Ok(Step::Call(Call::post("/v1/orders", MEDIA_ORDER, body.encode())))
    }

    /// Keeps the payment pending, and notes that it was sent.
    fn undecided(&self, engine: &mut Engine, because: Error) -> Result<Step<Outcome>, Error> {
        if let Some(mut payment) = engine.store().payment(&self.payment)?.filter(|p| !p.is_over()) {
            let code = Some(because.code());
            let is_new = payment.state != PaymentState::Sent || payment.code != code;
            payment.state = PaymentState::Sent;
            payment.code = code;
            if matches!(because, Error::Problem { code: ProblemCode::BeforeEpoch, .. }) {
                history::undecidable(engine, payment)?;
            } else if is_new {
                engine.apply(vec![Change::Payment(payment)])?;
            }
        }
        Ok(Step::Done(Outcome::Unknown { payment: self.payment, because }))
    }

    fn read(&mut self, engine: &mut Engine, reply: Reply, may_ask: bool, now: Moment) -> Result<Step<Outcome>, Error> {
        const MISBEHAVED: Error = Error::Wallet(WalletError::VerifierMisbehaved);
        if let Some(problem) = problem_of(&reply) {
            if may_ask && problem.code == ProblemCode::IdConflict {
                return self.ask(engine, now);
            }
            return self.undecided(engine, problem.into());
        }
        let Ok(answer) = Answer::parse(&reply.body) else { return self.undecided(engine, MISBEHAVED) };
        if may_ask && Certify::is_needed(engine, answer.kid()) {
            let (certify, call) = Certify::begin(engine, reply, now)?;
            self.stage = Stage::Certifying(certify);
            return Ok(Step::Call(call));
        }
        crash::point(crash::ANSWER_BEFORE_STORE);
        let believed = self.believe(engine, &answer);
        crash::point(crash::ANSWER_AFTER_STORE);
        match believed {
            Ok(outcome) => Ok(Step::Done(outcome)),
            Err(error @ Error::Wallet(WalletError::VerifierMisbehaved)) => {
                let payment = engine.store().payment(&self.payment)?.ok_or(WalletError::PaymentUnknown)?;
                Self::keep_proof(engine, &payment, &answer)?;
                self.undecided(engine, error)
            }
            Err(error) => Err(error),
        }
    }

    fn ask(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<Outcome>, Error> {
        let payment = engine.store().payment(&self.payment)?.ok_or(WalletError::PaymentUnknown)?;
        let id = payment.order_id.ok_or(WalletError::Internal)?;
        let (read, call) = SignedRead::new(engine, format!("/v1/orders/{}", id.to_uuid_text()), "", now)?;
        self.stage = Stage::Asking(Box::new(read));
        Ok(Step::Call(call))
    }

    /// Keeps a signed answer that cannot be true: nobody but the verifier can have made it.
    fn keep_proof(engine: &mut Engine, payment: &PaymentRecord, answer: &Answer) -> Result<(), Error> {
        if !contradicts(engine, payment, answer) {
            return Ok(());
        }
        let bytes = match answer {
            Answer::Receipt(receipt) => receipt.bytes(),
            Answer::Refusal(refusal) => refusal.bytes(),
        };
        contradiction(engine, &payment.id, bytes)?.map_or(Ok(()), |change| engine.apply(vec![change]))
    }

    /// Checks a signed answer against the order, and ends the payment by it.
    pub(super) fn believe(&self, engine: &mut Engine, answer: &Answer) -> Result<Outcome, Error> {
        let payment = engine.store().payment(&self.payment)?.ok_or(WalletError::PaymentUnknown)?;
        // A receipt for what was given up as lost proves what is owed.
        let proves = payment.state == PaymentState::Sent && matches!(answer, Answer::Receipt(_));
        if let Some(outcome) = if proves { None } else { outcome_of(engine, &payment)? } {
            Self::keep_proof(engine, &payment, answer)?;
            return Ok(outcome);
        }
        let trust = engine.trust().ok_or(WalletError::Internal)?;
        match answer {
            Answer::Receipt(receipt) => {
                let receipt = trust.verify_receipt(receipt.bytes())?;
                let changes = settled(engine, payment, &receipt)?;
                let judged = history::judge(engine, &self.payment, changes, &receipt)?;
                history::apply(engine, judged, receipt.time)?;
                // What was lost before the receipt came was not paid for good.
                let payment = engine.store().payment(&self.payment)?.ok_or(WalletError::PaymentUnknown)?;
                outcome_of(engine, &payment)?.ok_or_else(|| WalletError::Internal.into())
            }
            Answer::Refusal(refusal) => {
                let refusal: Verified<Refusal> = trust.verify(refusal.bytes())?;
                if payment.order != Some(refusal.order) {
                    return Err(WalletError::VerifierMisbehaved.into());
                }
                refused(engine, payment, &refusal)
            }
        }
    }
}

impl Operation for SendOrder {
    type Output = Outcome;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<Outcome>, Error> {
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
            Stage::Asking(mut read) => match read.hear(engine, reply_of(input)?, now) {
                Ok(Heard::Again(call)) => {
                    self.stage = Stage::Asking(read);
                    Ok(Step::Call(call))
                }
                // Believed only when it is about our order's hash.
                Ok(Heard::Reply(reply)) => self.read(engine, reply, false, now),
                Err(error) => self.undecided(engine, error),
            },
        }
    }
}

/// The order of an authorised payment, with its message, as it was stored.
pub(super) fn stored_body(engine: &Engine, id: &PaymentId) -> Result<OrderBody, Error> {
    let artifact = |kind| engine.store().artifact(id, kind);
    let order = artifact(ArtifactKind::Order)?.ok_or(WalletError::NotADraft)?;
    let bundle = artifact(ArtifactKind::Bundle)?.map(farthing_protocol::cbor::Bytes::new).transpose()?;
    Ok(OrderBody { order: SignedBytes::new(order)?, bundle, code: None })
}

/// The changes that a receipt brings to our own payment, after checking that it is this payment's.
///
/// # Errors
/// [`WalletError::VerifierMisbehaved`] when it names another amount, payee, request or message.
pub(crate) fn settled(
    engine: &Engine,
    mut payment: PaymentRecord,
    receipt: &Verified<Receipt>,
) -> Result<Vec<Change>, Error> {
    if !names(&payment, receipt) {
        return Err(WalletError::VerifierMisbehaved.into());
    }
    let id = payment.id;
    let delta = i64::try_from(payment.total().value()).map_err(|_| Error::Wallet(WalletError::Internal))?;
    payment.state = PaymentState::Settled;
    payment.lost = None;
    payment.at = receipt.time;
    payment.seq = Some(receipt.seq);
    payment.code = None;
    let asset = payment.amount.asset();
    let known = known_now(engine, &payment)?;
    let mut changes = vec![
        Change::Payment(payment),
        Change::Artifact { payment: id, kind: ArtifactKind::Receipt, bytes: receipt.bytes().to_vec().into() },
        Change::DropArtifact { payment: id, kind: ArtifactKind::Bundle },
        Change::Balance { asset, delta: -delta },
        Change::Event { at: receipt.time, kind: EventKind::PaymentSettled(id) },
    ];
    changes.extend(known);
    Ok(changes)
}

/// An alias is known once a payment to the key that is pinned for it was settled.
fn known_now(engine: &Engine, payment: &PaymentRecord) -> Result<Option<Change>, Error> {
    let Some((alias, key)) = payment.payee.as_ref().and_then(|p| Some((p.alias.as_ref()?, p.key))) else {
        return Ok(None);
    };
    let pin = engine.store().pin(alias)?.filter(|pin| pin.payee_key == key && pin.known.is_none());
    Ok(pin.map(|pin| Change::Pin(AliasPin { known: Some(Yes), ..pin })))
}

/// Whether a receipt names what was ordered: the order, the amount, the payee, the request, the message.
pub(crate) fn names(payment: &PaymentRecord, receipt: &Receipt) -> bool {
    payment.order == Some(receipt.order)
        && payment.amount == receipt.amount
        && payment.payee.as_ref().is_some_and(|p| p.key == receipt.payee_key && p.reference == receipt.reference)
        && details_hash(payment) == Some(receipt.details)
}

/// Whether an answer is signed, is about this payment's order, and cannot be true: a receipt for other terms, or the
/// opposite of the final word that was believed.
fn contradicts(engine: &Engine, payment: &PaymentRecord, answer: &Answer) -> bool {
    let Some(trust) = engine.trust() else { return false };
    let settled = payment.state == PaymentState::Settled;
    match answer {
        Answer::Receipt(receipt) => {
            let final_no = payment.state.is_final() && !settled;
            payment.order == Some(receipt.claims().order)
                && (final_no || !names(payment, receipt.claims()))
                && trust.verify_receipt(receipt.bytes()).is_ok()
        }
        Answer::Refusal(refusal) => {
            settled && payment.order == Some(refusal.claims().order) && trust.verify::<Refusal>(refusal.bytes()).is_ok()
        }
    }
}

/// The change that keeps a signed word that cannot be true. The first is kept: one is proof enough, and a verifier
/// that goes on lying must not fill the disk.
///
/// # Errors
/// What the store says.
pub(crate) fn contradiction(engine: &Engine, payment: &PaymentId, bytes: &[u8]) -> Result<Option<Change>, Error> {
    let kind = ArtifactKind::Contradiction;
    let kept = engine.store().artifact(payment, kind)?.is_some();
    Ok((!kept).then(|| Change::Artifact { payment: *payment, kind, bytes: bytes.to_vec().into() }))
}

fn details_hash(payment: &PaymentRecord) -> Option<DetailsHash> {
    let disclosure = farthing_protocol::details::Disclosure {
        version: farthing_protocol::cbor::V1,
        salt: payment.salt?,
        details: payment.details.clone()?,
    };
    Some(disclosure.hash())
}

fn refused(engine: &mut Engine, mut payment: PaymentRecord, refusal: &Verified<Refusal>) -> Result<Outcome, Error> {
    let id = payment.id;
    let code = RefusalCode::from_number(refusal.code);
    let mut changes = Vec::new();
    let mut replaced_by = None;
    if code == Some(RefusalCode::FeeChanged) {
        // The refusal is final whether or not a new draft can be made: without one the person prepares again.
        if let Ok(draft) = draft_again(engine, &payment, refusal) {
            replaced_by = Some(draft.id);
            if let Some(bytes) = engine.store().artifact(&id, ArtifactKind::Request)? {
                changes.push(Change::Artifact { payment: draft.id, kind: ArtifactKind::Request, bytes: bytes.into() });
            }
            changes.insert(0, Change::Payment(draft));
        }
    }
    let expired = code == Some(RefusalCode::ExpiredNeverApplied);
    payment.state = if expired { PaymentState::Expired } else { PaymentState::Refused };
    payment.code = Some(refusal.code);
    payment.replaced_by = replaced_by;
    let kind = if expired { EventKind::PaymentExpired(id) } else { EventKind::PaymentRefused(id, refusal.code) };
    changes.push(Change::Payment(payment));
    changes.push(Change::Artifact { payment: id, kind: ArtifactKind::Refusal, bytes: refusal.bytes().to_vec().into() });
    changes.push(Change::DropArtifact { payment: id, kind: ArtifactKind::Bundle });
    changes.push(Change::Event { at: refusal.time, kind });
    if code == Some(RefusalCode::DeviceRevoked) && engine.profile().state != ProfileState::Revoked {
        changes.extend(revoked(engine, refusal.time));
    }
    engine.apply(changes)?;
    Ok(Outcome::Refused { payment: id, error: refusal_error(refusal), replaced_by })
}

/// The same payment as a fresh draft with the new fee: another id, nothing signed.
fn draft_again(
    engine: &mut Engine,
    payment: &PaymentRecord,
    refusal: &Verified<Refusal>,
) -> Result<PaymentRecord, Error> {
    if let (Some(fees), Some(mut trust)) = (&refusal.attachment, engine.trust().cloned()) {
        // Take the new fees first: the new draft is made with them.
        trust.take_fees(fees.as_slice())?;
        engine.set_trust(trust);
    }
    let id = PaymentId::generate(refusal.time, engine.rng());
    let fees = engine.trust().ok_or(WalletError::Internal)?.fees();
    Ok(PaymentRecord {
        id,
        state: PaymentState::Draft,
        fee: Some(fees.fee(&payment.amount)?),
        fee_version: Some(fees.fee_version),
        salt: None,
        order_id: None,
        order: None,
        expires: None,
        at: refusal.time,
        code: None,
        ..payment.clone()
    })
}

/// A refusal as an error.
fn refusal_error(refusal: &Refusal) -> Error {
    refusal_of(refusal.code, Some(refusal))
}

/// A refusal's code as an error: our sentence where we know the code, the verifier's otherwise.
pub(crate) fn refusal_of(code: u16, said: Option<&Refusal>) -> Error {
    let order = RefusalCode::from_number(code).map(|c| (c.is_retryable(), c.message()));
    let tab = || TabRefusalCode::from_number(code).map(|c| (c.is_retryable(), c.message()));
    let offline = || OfflineRefusalCode::from_number(code).map(|c| (c.is_retryable(), c.message()));
    let known = order.or_else(tab).or_else(offline);
    let retryable = said.map_or(known.is_some_and(|(retryable, _)| retryable), |said| said.retryable);
    let said = said.map_or("", |said| said.message.as_str());
    Error::Refused { code, retryable, message: known.map_or(said, |(_, message)| message).to_owned() }
}

/// The outcome of a payment that has one.
///
/// # Errors
/// What the store says.
pub(crate) fn outcome_of(engine: &Engine, payment: &PaymentRecord) -> Result<Option<Outcome>, Error> {
    let ours = payment.direction == Direction::Out;
    if ours && (payment.lost.is_some() || history::is_being_lost(engine, payment)?) {
        return Ok(Some(Outcome::Unknown { payment: payment.id, because: WalletError::HistoryLost.into() }));
    }
    if !ours || payment.state == PaymentState::Settled {
        return Ok(Some(Outcome::Settled(payment.id)));
    }
    if !payment.state.is_final() {
        return Ok(None);
    }
    let bytes = engine.store().artifact(&payment.id, ArtifactKind::Refusal)?.ok_or(WalletError::Internal)?;
    let refusal: Verified<Refusal> = engine.trust().ok_or(WalletError::Internal)?.verify(&bytes)?;
    let error = refusal_error(&refusal);
    Ok(Some(Outcome::Refused { payment: payment.id, error, replaced_by: payment.replaced_by }))
}

/// The payment inside an order.
pub(crate) const fn body_of(order: &Order) -> &Payment {
    let Body::Payment(payment) = &order.body;
    payment
}

/// The answer inside an input; an operation that has called is never started again.
pub(crate) fn reply_of(input: Input) -> Result<Result<Reply, NetworkError>, Error> {
    match input {
        Input::Reply(reply) => Ok(reply),
        Input::Start => Err(WalletError::Internal.into()),
    }
}
