//! A person's yes to a draft, and the signed order that it becomes.
//!
//! The act key is either in this process, or in a phone's hardware that asks its owner:
//!
//! ```text
//!   Draft ── Authorise::new, signs here ─────────────────────────────────────────────▶ Authorised
//!     └───── Propose ──▶ Proposal ── shown, signed elsewhere ──▶ Agreed ── Authorise::agreed ──┘
//! ```
//!
//! A proposal is in memory only. A process that dies, or a person who says no, leaves a draft; so does one who takes longer than
//! [`APPROVAL_TIME`]. Whatever changed meanwhile is looked at again, in the transaction that stores the order.

use crate::checkpoints;
use crate::contacts::{self, Contact};
use crate::crash;
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::keys::device::ActKey;
use crate::keys::vault::VaultError;
use crate::payment::carried::own_time;
use crate::payment::draft::{Draft, digest};
use crate::store::{AliasPin, ArtifactKind, Change, Direction, PayeeRecord, PaymentId, PaymentRecord, PaymentState};
use crate::sync::Refresh;
use farthing_protocol::bundle::{Binding, Bundle};
use farthing_protocol::cbor::{self, V1};
use farthing_protocol::cose::{Signed, Unsigned};
use farthing_protocol::details::Disclosure;
use farthing_protocol::id::{Digest, OrderId};
use farthing_protocol::key::normalise_es256;
use farthing_protocol::limits::{ORDER_LIFE, ORDER_LIFE_MAX};
use farthing_protocol::order::{Body, Order, Payment};
use farthing_protocol::time::{Moment, Span, Time};

/// How long a person may take to agree to a proposal. Its order lives that much longer, so that as much time as ever is left to
/// send it.
pub const APPROVAL_TIME: Span = Span::from_s(120);
/// How long the order of a proposal lives.
const PROPOSED_LIFE: Span = Span::from_ms(ORDER_LIFE.as_ms() + APPROVAL_TIME.as_ms());

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

/// An order that waits for the signature of a key in hardware.
#[derive(Debug)]
pub struct Proposal {
    approval: Approval,
    made: Made<Unsigned<Order>>,
}

/// An order with what is stored and sent beside it.
#[derive(Debug)]
struct Made<O> {
    order: O,
    bundle: Bundle,
    disclosure: Disclosure,
}

impl Proposal {
    /// Which payment it is for.
    #[must_use]
    pub const fn payment(&self) -> PaymentId {
        self.approval.payment
    }

    /// The bytes to be signed.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        self.made.order.to_be_signed()
    }

    /// With the signature that the hardware gave: DER, or r‖s.
    ///
    /// # Errors
    /// [`WalletError::ApprovalUnsigned`] when it does not fit.
    pub fn signed(self, signature: &[u8]) -> Result<Agreed, Error> {
        let Self { approval, made: Made { order, bundle, disclosure } } = self;
        let signature = normalise_es256(signature).map_err(|_| WalletError::ApprovalUnsigned)?;
        let order = order.signed(signature).map_err(|_| WalletError::ApprovalUnsigned)?;
        Ok(Agreed { approval, made: Made { order, bundle, disclosure } })
    }
}

/// A proposal that was signed.
#[derive(Debug)]
pub struct Agreed {
    approval: Approval,
    made: Made<Signed<Order>>,
}

/// What became of a wish to propose.
#[derive(Debug)]
pub enum Proposed {
    /// The order exists already: the draft was confirmed before.
    Already(PaymentId),
    /// It has to be signed.
    ToSign(Box<Proposal>),
}

/// The operation: makes the order of an approved draft, for a key that signs elsewhere. Stores nothing.
#[derive(Debug)]
pub struct Propose {
    approval: Approval,
    by: Clock,
}

impl Propose {
    /// Acts on an approval.
    #[must_use]
    pub fn new(approval: Approval) -> Self {
        Self { approval, by: Clock::Verifiers(Refresh::new()) }
    }

    /// The same without network: for an order that the payee posts. Calls nobody.
    #[must_use]
    pub const fn carried(approval: Approval) -> Self {
        Self { approval, by: Clock::Own }
    }

    fn propose(&self, engine: &mut Engine, time: Time, life: Span) -> Result<Proposed, Error> {
        let approval = self.approval;
        let draft = match Found::of(engine, &approval, time)? {
            Found::Confirmed => return Ok(Proposed::Already(approval.payment)),
            Found::Draft(draft) => draft,
        };
        let key = *engine.keys().act().public();
        let made = draft.order(engine, time, time.plus(life))?;
        let order = Unsigned::new(made.order, &key)?;
        let made = Made { order, bundle: made.bundle, disclosure: made.disclosure };
        Ok(Proposed::ToSign(Box::new(Proposal { approval, made })))
    }
}

impl Operation for Propose {
    type Output = Proposed;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<Proposed>, Error> {
        // A person may take its time; without network the order lives as long as any may all the same.
        match self.by.time(engine, input, now, PROPOSED_LIFE)? {
            Step::Call(call) => Ok(Step::Call(call)),
            Step::Done((time, life)) => self.propose(engine, time, life).map(Step::Done),
        }
    }
}

/// The operation: turns an approved draft into a stored, signed order. Sending it is another operation, `SendOrder`.
///
/// It calls the verifier only when this process has not heard the verifier's time yet.
#[derive(Debug)]
pub struct Authorise {
    approval: Approval,
    agreed: Option<Made<Signed<Order>>>,
    by: Clock,
}

/// By which clock an order is made.
#[derive(Debug)]
enum Clock {
    /// The verifier's, which is asked for it where this process has not heard it yet.
    Verifiers(Refresh),
    /// What there is without network; so its order lives as long as it may.
    Own,
}

impl Clock {
    /// What time it is, and how long an order that is made now lives: so long with network.
    fn time(
        &mut self,
        engine: &mut Engine,
        input: Input,
        now: Moment,
        life: Span,
    ) -> Result<Step<(Time, Span)>, Error> {
        let Self::Verifiers(refresh) = self else { return Ok(Step::Done((own_time(engine, now)?, ORDER_LIFE_MAX))) };
        match verifiers_time(refresh, engine, input, now)? {
            Step::Call(call) => Ok(Step::Call(call)),
            Step::Done(time) => Ok(Step::Done((time, life))),
        }
    }
}

impl Authorise {
    /// Acts on an approval, with the key that is here.
    #[must_use]
    pub fn new(approval: Approval) -> Self {
        Self { approval, agreed: None, by: Clock::Verifiers(Refresh::new()) }
    }

    /// Stores what was signed elsewhere.
    #[must_use]
    pub fn agreed(agreed: Agreed) -> Self {
        Self { approval: agreed.approval, agreed: Some(agreed.made), by: Clock::Verifiers(Refresh::new()) }
    }

    /// The same without network: for an order that the payee posts. Calls nobody.
    #[must_use]
    pub const fn carried(approval: Approval) -> Self {
        Self { approval, agreed: None, by: Clock::Own }
    }

    /// Stores what was signed elsewhere, without network.
    #[must_use]
    pub fn carried_agreed(agreed: Agreed) -> Self {
        Self { by: Clock::Own, ..Self::agreed(agreed) }
    }

    fn authorise(&mut self, engine: &mut Engine, time: Time, life: Span) -> Result<PaymentId, Error> {
        let id = self.approval.payment;
        let draft = match Found::of(engine, &self.approval, time)? {
            // The same draft gives the same payment, however often it is confirmed.
            Found::Confirmed => return Ok(id),
            Found::Draft(draft) => draft,
        };
        let made = match self.agreed.take() {
            Some(made) if time >= made.order.claims().created.plus(APPROVAL_TIME) => {
                return Err(VaultError::TimedOut.into());
            }
            Some(made) => made,
            None => draft.order(engine, time, time.plus(life))?.sign(engine)?,
        };
        let changes = draft.authorised(engine, made, time)?;
        crash::point(crash::ORDER_BEFORE_STORE);
        engine.apply(changes)?;
        crash::point(crash::ORDER_AFTER_STORE);
        Ok(id)
    }
}

impl Operation for Authorise {
    type Output = PaymentId;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<PaymentId>, Error> {
        match self.by.time(engine, input, now, ORDER_LIFE)? {
            Step::Call(call) => Ok(Step::Call(call)),
            Step::Done((time, life)) => self.authorise(engine, time, life).map(Step::Done),
        }
    }
}

/// The verifier's time, which it is asked for only when this process has not heard it yet.
pub(crate) fn verifiers_time(
    refresh: &mut Refresh,
    engine: &mut Engine,
    input: Input,
    now: Moment,
) -> Result<Step<Time>, Error> {
    if let (Input::Start, Some(time)) = (&input, engine.time(now)) {
        return Ok(Step::Done(time));
    }
    match refresh.advance(engine, input, now)? {
        Step::Call(call) => Ok(Step::Call(call)),
        Step::Done(()) => Ok(Step::Done(engine.time(now).ok_or(WalletError::Internal)?)),
    }
}

impl Made<Order> {
    fn sign(self, engine: &Engine) -> Result<Made<Signed<Order>>, Error> {
        let ActKey::Here(key) = engine.keys().act() else { return Err(WalletError::SignsElsewhere.into()) };
        Ok(Made { order: Signed::sign(self.order, key)?, bundle: self.bundle, disclosure: self.disclosure })
    }
}

/// What an approval is for, as it is now.
enum Found {
    /// It was acted on before.
    Confirmed,
    /// A draft that may be paid.
    Draft(Box<Payable>),
}

/// A draft that is as it was shown, and may be paid.
struct Payable {
    payment: PaymentRecord,
    payee: PayeeRecord,
    contact: Option<Contact>,
}

impl Found {
    fn of(engine: &Engine, approval: &Approval, time: Time) -> Result<Self, Error> {
        let payment = engine.store().payment(&approval.payment)?.ok_or(WalletError::PaymentUnknown)?;
        if payment.direction != Direction::Out {
            return Err(WalletError::NotADraft.into());
        }
        if payment.state != PaymentState::Draft {
            return Ok(Self::Confirmed);
        }
        engine.check_can_pay()?;
        if digest(&payment) != approval.shown {
            return Err(WalletError::NotWhatWasApproved.into());
        }
        if engine.available(payment.amount.asset())?.value() < payment.total().value() {
            return Err(WalletError::InsufficientBalance.into());
        }
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
        Ok(Self::Draft(Box::new(Payable { payment, payee, contact })))
    }
}

impl Payable {
    /// Order and bundle, which are made once.
    fn order(&self, engine: &mut Engine, time: Time, expires: Time) -> Result<Made<Order>, Error> {
        let Self { payment, payee, .. } = self;
        let fee_version = payment.fee_version.ok_or(WalletError::Internal)?;
        let id = OrderId::generate(time, engine.rng());
        let disclosure = Disclosure::new(payment.details.clone().unwrap_or_default(), engine.rng());
        let binding = Binding { order: id, payee_key: payee.key };
        let bundle = Bundle::seal(&disclosure, &payee.hpke, &binding, engine.rng())
            .map_err(|_| Error::Wallet(WalletError::MessageTooLong))?;
        let profile = engine.profile();
        let order = Order {
            version: V1,
            id,
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
        Ok(Made { order, bundle, disclosure })
    }

    /// The changes that leave `Draft`.
    fn authorised(self, engine: &mut Engine, made: Made<Signed<Order>>, time: Time) -> Result<Vec<Change>, Error> {
        let Self { mut payment, payee, contact } = self;
        let Made { order, bundle, disclosure } = made;
        payment.state = PaymentState::Authorised;
        payment.order_id = Some(order.claims().id);
        payment.order = Some(order.hash());
        payment.salt = Some(disclosure.salt);
        payment.expires = Some(order.claims().expires);
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
}
