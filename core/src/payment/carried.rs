//! Carried orders: the payer has no network, the payee has (wire decision 24, docs/protocol.md 7.11). Nobody risks anything: what the
//! payee posts is the payer's order, and what it delivers for is the verifier's receipt.
//!
//! ```text
//!  payee                                 payer, without network
//!  request, whole ───────FQ────────────▶ prepare_whole ─▶ Draft ── Authorise::carried ─▶ hand_over ─▶ Sent
//!  Carry ◀───────────────FC──────────────────────────────────────────────────────────────────┘
//!    │ posts it, checks the answer
//!    └───────────────────FS────────────▶ take_answer ─▶ Settled | Refused
//! ```
//!
//! The payer's order is an order as any: `sync` sends it, too, and asks for its outcome, where no answer came back.

use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::payment::draft::{Resolved, from_request, store_draft};
use crate::payment::look::{own_verifier, whole};
use crate::payment::send::{refusal_of, reply_of, stored_body};
use crate::payment::{Outcome, SendOrder};
use crate::store::{Change, Direction, PayeeRecord, PaymentId, PaymentState};
use crate::sync::{Certify, problem_of};
use farthing_protocol::carried::CarriedOrder;
use farthing_protocol::cose::Verified;
use farthing_protocol::details::Memo;
use farthing_protocol::http::{Call, MEDIA_CBOR, Reply};
use farthing_protocol::id::RequestRef;
use farthing_protocol::limits::CREATED_AHEAD_MAX;
use farthing_protocol::money::Amount;
use farthing_protocol::receipt::Receipt;
use farthing_protocol::refusal::{Answer, Refusal};
use farthing_protocol::time::{Moment, Time};

/// Stores the draft of a payment to a request that is here as a whole. Calls nobody.
///
/// # Errors
/// [`WalletError::RequestAltered`], [`WalletError::ForeignRequest`], [`WalletError::InsufficientBalance`],
/// [`WalletError::ClockBehind`], and whatever else stands in the way of any payment.
pub fn prepare_whole(
    engine: &mut Engine,
    request: &[u8],
    amount: Option<Amount>,
    memo: Option<Memo>,
    now: Moment,
) -> Result<PaymentId, Error> {
    engine.check_can_pay()?;
    let time = own_time(engine, now)?;
    let looked = look_whole(engine, request, amount, time)?;
    looked.why_not.map_or(Ok(()), Err)?;
    store_draft(engine, looked.resolved, memo, time)
}

/// A whole request, as a payment to it would be.
pub(crate) struct LookedWhole {
    resolved: Resolved,
    /// Why no order can be made for it: what this device may pay, or [`WalletError::InsufficientBalance`].
    pub(crate) why_not: Option<WalletError>,
}

impl LookedWhole {
    pub(crate) const fn payee(&self) -> &PayeeRecord {
        &self.resolved.payee
    }

    pub(crate) const fn amount(&self) -> Amount {
        self.resolved.amount
    }
}

/// Looks at a request that is here as a whole.
///
/// # Errors
/// Why it can never be paid from here: [`WalletError::RequestAltered`], [`WalletError::ForeignRequest`], and so on.
pub(crate) fn look_whole(
    engine: &Engine,
    request: &[u8],
    amount: Option<Amount>,
    time: Time,
) -> Result<LookedWhole, Error> {
    let request = own_verifier(engine, whole(request)?)?;
    let resolved = from_request(engine, &request, amount, time)?;
    let why_not = match resolved.check_limits(engine, time) {
        Ok(()) if resolved.is_covered(engine)? => None,
        Ok(()) => Some(WalletError::InsufficientBalance),
        Err(Error::Wallet(limit)) => Some(limit),
        Err(error) => return Err(error),
    };
    Ok(LookedWhole { resolved, why_not })
}

/// The time that a wallet goes by without network: the verifier's, where this process has heard it, or else this machine's. A machine
/// that is behind what the verifier has signed would make orders that have expired before they are made.
pub(crate) fn own_time(engine: &Engine, now: Moment) -> Result<Time, Error> {
    if let Some(time) = engine.time(now) {
        return Ok(time);
    }
    let opened = engine.trust().ok_or(WalletError::NotEnrolled)?.epoch_opened();
    let newest = engine.store().history(None, 1)?.first().map_or(opened, |payment| payment.at.max(opened));
    if now.wall.plus(CREATED_AHEAD_MAX) < newest {
        return Err(WalletError::ClockBehind.into());
    }
    Ok(now.wall)
}

/// Seals the order of an authorised payment to the verifier, for the payee to post. It counts as sent from here on; asked again, it
/// seals the same order anew.
///
/// # Errors
/// [`WalletError::NotADraft`] for a payment that is over; what the store says.
pub fn hand_over(engine: &mut Engine, id: &PaymentId) -> Result<CarriedOrder, Error> {
    let mut payment = engine.store().payment(id)?.ok_or(WalletError::PaymentUnknown)?;
    if !matches!(payment.state, PaymentState::Authorised | PaymentState::Sent) {
        return Err(WalletError::NotADraft.into());
    }
    let body = stored_body(engine, id)?;
    let to = engine.trust().ok_or(WalletError::NotEnrolled)?.certificates().first().ok_or(WalletError::Internal)?.hpke;
    let verifier = engine.profile().verifier;
    let carried = CarriedOrder::seal(&body, &verifier, &to, engine.rng())?;
    if payment.state != PaymentState::Sent {
        payment.state = PaymentState::Sent;
        engine.apply(vec![Change::Payment(payment)])?;
    }
    Ok(carried)
}

/// Takes the answer that the payee shows back, as if the verifier had given it. Calls nobody.
///
/// # Errors
/// [`WalletError::NotAnAnswer`] for what answers none of our orders; [`WalletError::VerifierMisbehaved`] for what the verifier has not
/// signed, or not about this order.
pub fn take_answer(engine: &mut Engine, answer: &[u8]) -> Result<Outcome, Error> {
    const NOT_OURS: Error = Error::Wallet(WalletError::NotAnAnswer);
    let answer = Answer::parse(answer).map_err(|_| NOT_OURS)?;
    let order = match &answer {
        Answer::Receipt(receipt) => receipt.claims().order,
        Answer::Refusal(refusal) => refusal.claims().order,
    };
    let ours = engine.store().payment_by_order(&order)?.filter(|payment| payment.direction == Direction::Out);
    let payment = ours.ok_or(NOT_OURS)?;
    SendOrder::new(payment.id).believe(engine, &answer)
}

/// What the verifier answered to an order that we have brought.
#[derive(Clone, Debug)]
pub struct Carried {
    /// Its signed answer, for the payer.
    pub answer: Vec<u8>,
    /// What it says.
    pub said: Said,
}

/// What an answer to somebody else's order says.
#[derive(Clone, Debug)]
pub enum Said {
    /// It was paid.
    Paid {
        /// How much the payee got.
        amount: Amount,
        /// Whether it was us. If not, there is nothing to deliver for.
        to_us: bool,
        /// Which request.
        reference: Option<RequestRef>,
    },
    /// It will never be.
    Refused(Error),
}

#[derive(Debug)]
enum Stage {
    Idle,
    Posting,
    Certifying(Certify),
}

/// The operation: posts an order that was handed to us, and checks the answer.
#[derive(Debug)]
pub struct Carry {
    order: CarriedOrder,
    stage: Stage,
}

impl Carry {
    /// Posts `order`.
    #[must_use]
    pub const fn new(order: CarriedOrder) -> Self {
        Self { order, stage: Stage::Idle }
    }

    fn read(&mut self, engine: &mut Engine, reply: Reply, may_ask: bool, now: Moment) -> Result<Step<Carried>, Error> {
        const MISBEHAVED: Error = Error::Wallet(WalletError::VerifierMisbehaved);
        if let Some(problem) = problem_of(&reply) {
            return Err(problem.into());
        }
        let answer = Answer::parse(&reply.body).map_err(|_| MISBEHAVED)?;
        if may_ask && Certify::is_needed(engine, answer.kid()) {
            let (certify, call) = Certify::begin(engine, reply, now)?;
            self.stage = Stage::Certifying(certify);
            return Ok(Step::Call(call));
        }
        let trust = engine.trust().ok_or(WalletError::Internal)?;
        let said = match &answer {
            Answer::Receipt(receipt) => {
                let receipt: Verified<Receipt> = trust.verify_receipt(receipt.bytes())?;
                let to_us = engine.store().handle_by_payee_key(&receipt.payee_key)?.is_some();
                Said::Paid { amount: receipt.amount, to_us, reference: receipt.reference }
            }
            Answer::Refusal(refusal) => {
                let refusal: Verified<Refusal> = trust.verify(refusal.bytes())?;
                Said::Refused(refusal_of(refusal.code, Some(&refusal)))
            }
        };
        Ok(Step::Done(Carried { answer: reply.body, said }))
    }
}

impl Operation for Carry {
    type Output = Carried;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<Carried>, Error> {
        match core::mem::replace(&mut self.stage, Stage::Idle) {
            Stage::Idle => {
                if self.order.verifier != engine.profile().verifier {
                    return Err(WalletError::ForeignOrder.into());
                }
                self.stage = Stage::Posting;
                Ok(Step::Call(Call::post("/v1/carried-orders", MEDIA_CBOR, self.order.encode())))
            }
            Stage::Posting => self.read(engine, reply_of(input)??, true, now),
            Stage::Certifying(certify) => {
                let reply = certify.hear(engine, reply_of(input)?, now)?;
                self.read(engine, reply, false, now)
            }
        }
    }
}
