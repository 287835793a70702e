//! The saga of an outgoing payment (wire decisions 7 to 10).
//!
//! ```text
//!          prepare
//!             │            confirm: sign, store            no answer, or an
//!             ▼           order, bundle, state              unsigned problem
//!          Draft ───────────────────────────▶ Authorised ───────────────────▶ Sent ──┐
//!             │ discard                           │                            │ ▲   │ again
//!             ▼                                   │ signed answer              │ └───┘
//!           gone                                  ├──────────────┬─────────────┤
//!                                                 ▼              ▼             ▼
//!                                              Settled        Refused       Expired
//!                                                                │ fee_changed
//!                                                                ▼
//!                                                        a new Draft, another id
//! ```
//!
//! What resumes each state after a kill at any instruction:
//!
//! | state | what is stored | what happens next | what the person can do |
//! |---|---|---|---|
//! | `Draft` | payee, amount, fee, memo | dropped by a sync after a day | confirm, discard |
//! | `Authorised` | also order, bundle, order hash | the same bytes are posted (`SendOrder`) | wait; ask for the outcome |
//! | `Sent` | the same | the same; past `expires` this can only learn the outcome, never pay | wait |
//! | `Settled` | also the receipt | nothing | see the receipt |
//! | `Refused` | also the refusal | nothing | what the code says |
//! | `Expired` | also the refusal | nothing | prepare again |
//!
//! The order's id and bytes are made once, in the transaction that leaves `Draft`. A second `confirm` finds another
//! state and changes nothing; so does a kill before the commit. Posting stored bytes is always safe: the verifier's journal
//! answers the same bytes with the same word, and after `expires` it never applies them.

use crate::checkpoints;
use crate::contacts;
use crate::crash;
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::payment::draft::{Draft, digest};
use crate::store::{AliasPin, ArtifactKind, Change, Direction, PaymentId, PaymentRecord, PaymentState};
use crate::sync::Refresh;
use farthing_protocol::bundle::{Binding, Bundle};
use farthing_protocol::cbor::{self, V1};
use farthing_protocol::cose::Signed;
use farthing_protocol::details::Disclosure;
use farthing_protocol::id::{Digest, OrderId};
use farthing_protocol::limits::ORDER_LIFE;
use farthing_protocol::order::{Body, Order, Payment};
use farthing_protocol::time::{Moment, Span, Time};

/// A person's yes to one draft, as it was shown. Only made from a [`Draft`], so what is signed is what was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approval {
    payment: PaymentId,
    shown: Digest,
}

impl Approval {
    /// The person looked at `draft` and said yes.
    #[must_use]
    pub const fn of(draft: &Draft) -> Self {
        Self { payment: draft.id, shown: draft.digest }
    }

    /// From a program that showed the draft elsewhere and brings back its digest.
    #[must_use]
    pub const fn from_parts(payment: PaymentId, shown: Digest) -> Self {
        Self { payment, shown }
    }

    /// Which payment it is for.
    #[must_use]
    pub const fn payment(&self) -> PaymentId {
        self.payment
    }
}

/// The operation: turns an approved draft into a stored, signed order. Sending it is another operation, `SendOrder`.
///
/// It calls the verifier only when this process has not heard the verifier's time yet.
#[derive(Debug)]
pub struct Authorise {
    approval: Approval,
    refresh: Refresh,
}

impl Authorise {
    /// Acts on an approval.
    #[must_use]
    pub fn new(approval: Approval) -> Self {
        Self { approval, refresh: Refresh::new() }
    }

    fn sign(&self, engine: &mut Engine, time: Time) -> Result<PaymentId, Error> {
        let id = self.approval.payment;
        let payment = engine.store().payment(&id)?.ok_or(WalletError::PaymentUnknown)?;
        if payment.direction != Direction::Out {
            return Err(WalletError::NotADraft.into());
        }
        if payment.state != PaymentState::Draft {
            // The same draft gives the same payment, however often it is confirmed.
            return Ok(id);
        }
        engine.check_can_pay()?;
        if digest(&payment) != self.approval.shown {
            return Err(WalletError::NotWhatWasApproved.into());
        }
        if engine.available(payment.amount.asset())?.value() < payment.total().value() {
            return Err(WalletError::InsufficientBalance.into());
        }
        let changes = authorised(engine, payment, time)?;
        crash::point(crash::ORDER_BEFORE_STORE);
        engine.apply(changes)?;
        crash::point(crash::ORDER_AFTER_STORE);
        Ok(id)
    }
}

impl Operation for Authorise {
    type Output = PaymentId;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<PaymentId>, Error> {
        if let (Input::Start, Some(time)) = (&input, engine.time(now)) {
            return self.sign(engine, time).map(Step::Done);
        }
        match self.refresh.advance(engine, input, now)? {
            Step::Call(call) => Ok(Step::Call(call)),
            Step::Done(()) => {
                let time = engine.time(now).ok_or(WalletError::Internal)?;
                self.sign(engine, time).map(Step::Done)
            }
        }
    }
}

/// The changes that leave `Draft`: order and bundle are made here, once.
fn authorised(engine: &mut Engine, mut payment: PaymentRecord, time: Time) -> Result<Vec<Change>, Error> {
    let payee = payment.payee.clone().ok_or(WalletError::Internal)?;
    if payee.expires.is_some_and(|expires| expires <= time) {
        return Err(WalletError::RequestExpired.into());
    }
    let mut contact = None;
    if let Some(alias) = &payee.alias {
        contact = contacts::by_payee(engine.store(), alias, &payee.key)?;
        // Blocked since the draft was made.
        contact.as_ref().map_or(Ok(()), |contact| contact.check_payable())?;
        // Pinned since the draft was made, by another payment.
        if engine.store().pin(alias)?.is_some_and(|pin| pin.payee_key != payee.key) {
            return Err(WalletError::PayeeKeyChanged.into());
        }
    }
    let fee_version = payment.fee_version.ok_or(WalletError::Internal)?;
    let order_id = OrderId::generate(time, engine.rng());
    let disclosure = Disclosure::new(payment.details.clone().unwrap_or_default(), engine.rng());
    let binding = Binding { order: order_id, payee_key: payee.key };
    let bundle = Bundle::seal(&disclosure, &payee.hpke, &binding, engine.rng())
        .map_err(|_| Error::Wallet(WalletError::MessageTooLong))?;
    let profile = engine.profile();
    let expires = time.plus(ORDER_LIFE);
    let order = Order {
        version: V1,
        id: order_id,
        verifier: profile.verifier,
        account: profile.account,
        device: profile.device,
        created: time,
        expires,
        fee_version,
        body: Body::Payment(Payment {
            payee: payee.handle,
            payee_key: payee.key,
            amount: payment.amount,
            reference: payee.reference,
            details: disclosure.hash(),
            bundle: Some(bundle.hash()),
        }),
    };
    let order = Signed::sign(order, engine.keys().act())?;
    payment.state = PaymentState::Authorised;
    payment.order_id = Some(order_id);
    payment.order = Some(order.hash());
    payment.salt = Some(disclosure.salt);
    payment.expires = Some(expires);
    payment.at = time;
    let id = payment.id;
    let mut changes = vec![
        Change::Payment(payment),
        Change::Artifact { payment: id, kind: ArtifactKind::Order, bytes: order.bytes().to_vec().into() },
        Change::Artifact { payment: id, kind: ArtifactKind::Bundle, bytes: cbor::encode(&bundle).into() },
        Change::Event { at: time, kind: EventKind::PaymentAuthorised(id) },
    ];
    if let Some(alias) = payee.alias.filter(|_| !payee.pinned) {
        // Pinned with the first order; a change blocks from now on (wire decision 17).
        changes.push(Change::Pin(AliasPin { alias, payee_key: payee.key, at: time, known: None }));
    }
    if let Some(contact) = contact {
        changes.extend(checkpoints::tell(engine, contact.account, time)?);
    }
    Ok(changes)
}

/// How long a draft is kept that nobody confirms: its fee and its request are long out of date by then.
pub const DRAFT_KEPT: Span = Span::from_h(24);
/// Drafts that one [`forget_old_drafts`] drops at most; the next one goes on.
const DRAFTS_DROPPED_MAX: usize = 100;

/// Drops drafts that nobody confirmed within [`DRAFT_KEPT`].
///
/// # Errors
/// What the store says.
pub fn forget_old_drafts(engine: &mut Engine, now: Moment) -> Result<(), Error> {
    let Some(time) = engine.time(now) else { return Ok(()) };
    let before = PaymentId::first_at(time.minus(DRAFT_KEPT));
    let old = engine.store().drafts(&before, DRAFTS_DROPPED_MAX)?;
    if old.is_empty() { Ok(()) } else { engine.apply(old.into_iter().map(Change::DropPayment).collect()) }
}

/// Forgets a draft. What was confirmed cannot be discarded.
///
/// # Errors
/// [`WalletError::PaymentUnknown`], [`WalletError::NotADraft`].
pub fn discard(engine: &mut Engine, id: &PaymentId) -> Result<(), Error> {
    let payment = engine.store().payment(id)?.ok_or(WalletError::PaymentUnknown)?;
    if payment.state != PaymentState::Draft {
        return Err(WalletError::NotADraft.into());
    }
    engine.apply(vec![Change::DropPayment(*id)])
}
