//! Prepare: everything is read and checked before a person is asked; nothing is signed (wire decision 10).
//!
//! ```text
//! Start ─▶ Refreshing ─▶ Resolving (request or alias) ─▶ [Pulling, when the balance looks too low] ─▶ Draft stored
//! ```
//!
//! A kill anywhere leaves nothing, or a draft that can be confirmed or discarded.

use crate::contacts::{self, Contact, ContactState};
use crate::crash;
use crate::devices::limits;
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::payment::look::{Look, Looked, Target};
use crate::store::{ArtifactKind, Change, Direction, PayeeRecord, PaymentId, PaymentRecord, PaymentState};
use crate::sync::{PullEntries, Refresh};
use farthing_protocol::alias::{Alias, AliasRecord};
use farthing_protocol::cbor::{self, V1};
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::details::{Details, Item, Memo, Name};
use farthing_protocol::id::Digest;
use farthing_protocol::money::{Amount, AmountError};
use farthing_protocol::request::{Request, Usage, reference};
use farthing_protocol::time::{Moment, Time};

/// How sure we are of a payee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trustworthiness {
    /// The link's own request, genuine and unaltered; who made it is not known.
    Request,
    /// An alias that was typed, never paid before.
    UnverifiedAlias,
    /// An alias that was paid before, with the same key.
    KnownAlias,
    /// A contact whose codes we compared; their own yes has not come yet.
    MetContact,
    /// A contact: both sides compared the codes.
    VerifiedContact,
}

impl Trustworthiness {
    /// Of a payee, and the contact that has its alias.
    pub(crate) fn of(payee: &PayeeRecord, contact: Option<&Contact>) -> Self {
        match (&payee.alias, payee.pinned, contact.map(|contact| contact.state)) {
            (None, _, _) => Self::Request,
            (Some(_), true, Some(ContactState::Verified)) => Self::VerifiedContact,
            (Some(_), true, Some(ContactState::Met)) => Self::MetContact,
            (Some(_), true, None) => Self::KnownAlias,
            (Some(_), false, _) => Self::UnverifiedAlias,
        }
    }

    /// A stable name, as scripts see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::UnverifiedAlias => "unverified",
            Self::KnownAlias => "known",
            Self::MetContact => "met",
            Self::VerifiedContact => "verified",
        }
    }
}

/// What a person should notice before confirming.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warning {
    /// Nobody has checked who the payee is.
    UnverifiedPayee,
    /// The request expires within this many seconds.
    ExpiresSoon(u64),
}

impl Warning {
    /// What to notice of a payee, and of a request or offer that expires.
    pub(crate) fn of(trust: Trustworthiness, expires: Option<Time>, now: Option<Time>) -> Vec<Self> {
        let mut warnings = Vec::new();
        if trust == Trustworthiness::UnverifiedAlias {
            warnings.push(Self::UnverifiedPayee);
        }
        if let (Some(expires), Some(now)) = (expires, now) {
            let left = expires.since(now).as_ms();
            if left < EXPIRES_SOON_MS {
                warnings.push(Self::ExpiresSoon(left / 1000));
            }
        }
        warnings
    }
}

/// What a person must see before it is asked, and what its yes covers.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The payment that it would become.
    pub id: PaymentId,
    /// How sure we are of the payee.
    pub trust: Trustworthiness,
    /// What the payee calls itself; show it as such.
    pub payee_name: Option<Name>,
    /// The contact that is paid, by our own name.
    pub contact: Option<Name>,
    /// The alias that is paid.
    pub alias: Option<Alias>,
    /// What the payee gets.
    pub amount: Amount,
    /// What comes on top.
    pub fee: Amount,
    /// Both.
    pub total: Amount,
    /// What the request says.
    pub request_memo: Option<Memo>,
    /// What is bought.
    pub items: Vec<Item>,
    /// What we write to the payee.
    pub memo: Option<Memo>,
    /// When the request expires.
    pub expires: Option<Time>,
    /// What to notice.
    pub warnings: Vec<Warning>,
    /// Stands for all of the above: an approval names it.
    pub digest: Digest,
}

/// A request that expires sooner is worth a warning: a person needs about as long to decide.
const EXPIRES_SOON_MS: u64 = 60_000;

impl Draft {
    /// The draft that a stored payment is.
    ///
    /// # Errors
    /// [`WalletError::NotADraft`] when it was confirmed.
    pub fn of(engine: &Engine, payment: &PaymentRecord, now: Moment) -> Result<Self, Error> {
        if payment.state != PaymentState::Draft {
            return Err(WalletError::NotADraft.into());
        }
        let (Some(payee), Some(fee)) = (&payment.payee, payment.fee) else {
            return Err(WalletError::Internal.into());
        };
        let bytes = engine.store().artifact(&payment.id, ArtifactKind::Request)?;
        let request = bytes.map(|b| Signed::<Request>::parse(&b)).transpose()?;
        let contact = match &payee.alias {
            Some(alias) => contacts::by_payee(engine.store(), alias, &payee.key)?,
            None => None,
        };
        let trust = Trustworthiness::of(payee, contact.as_ref());
        let warnings = Warning::of(trust, payee.expires, engine.time(now));
        Ok(Self {
            id: payment.id,
            trust,
            payee_name: payee.name.clone(),
            contact: contact.map(|contact| contact.name),
            alias: payee.alias.clone(),
            amount: payment.amount,
            fee,
            total: payment.amount.checked_add(&fee)?,
            request_memo: request.as_ref().and_then(|r| r.claims().memo.clone()),
            items: payment.details.as_ref().and_then(|d| d.items.clone()).unwrap_or_default(),
            memo: payment.details.as_ref().and_then(|d| d.memo.clone()),
            expires: payee.expires,
            warnings,
            digest: digest(payment),
        })
    }
}

/// What an approval covers: every member of the stored draft.
pub(crate) fn digest(payment: &PaymentRecord) -> Digest {
    Digest::of_parts(&[b"farthing/1/draft", &cbor::encode(payment)])
}

/// What was found out about the payee.
#[derive(Clone, Debug)]
pub(super) struct Resolved {
    pub(super) payee: PayeeRecord,
    pub(super) amount: Amount,
    items: Option<Vec<Item>>,
    request: Option<Vec<u8>>,
}

#[derive(Debug)]
enum Stage {
    Refreshing(Refresh),
    Resolving(Look),
    Pulling(PullEntries, Box<Resolved>),
}

/// The operation. Ends with the id of a stored draft.
#[derive(Debug)]
pub struct Prepare {
    target: Target,
    amount: Option<Amount>,
    memo: Option<Memo>,
    stage: Stage,
}

impl Prepare {
    /// Prepares a payment to `target`. `amount` is needed where the payee does not say how much.
    #[must_use]
    pub fn new(target: Target, amount: Option<Amount>, memo: Option<Memo>) -> Self {
        Self { target, amount, memo, stage: Stage::Refreshing(Refresh::new()) }
    }

    fn look(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<PaymentId>, Error> {
        engine.check_can_pay()?;
        if matches!(&self.target, Target::Alias(alias) if *alias == engine.profile().alias) {
            return Err(WalletError::OwnRequest.into());
        }
        let mut look = Look::new(self.target.clone());
        let step = look.advance(engine, Input::Start, now)?;
        self.stage = Stage::Resolving(look);
        match step {
            Step::Call(call) => Ok(Step::Call(call)),
            Step::Done(_) => Err(WalletError::Internal.into()),
        }
    }

    fn resolve(&self, engine: &Engine, looked: &Looked, now: Moment) -> Result<Resolved, Error> {
        let time = engine.time(now).ok_or(WalletError::Internal)?;
        let resolved = match looked {
            Looked::Request(request) => from_request(engine, request, self.amount, time),
            Looked::Alias { record, known } => from_alias(engine, record, *known, self.amount),
        }?;
        resolved.check_limits(engine, time)?;
        Ok(resolved)
    }

    fn store(&self, engine: &mut Engine, resolved: Resolved, now: Moment) -> Result<PaymentId, Error> {
        let time = engine.time(now).ok_or(WalletError::Internal)?;
        store_draft(engine, resolved, self.memo.clone(), time)
    }
}

impl Operation for Prepare {
    type Output = PaymentId;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<PaymentId>, Error> {
        match &mut self.stage {
            Stage::Refreshing(refresh) => match refresh.advance(engine, input, now)? {
                Step::Call(call) => Ok(Step::Call(call)),
                Step::Done(()) => self.look(engine, now),
            },
            Stage::Resolving(look) => {
                let looked = match look.advance(engine, input, now)? {
                    Step::Call(call) => return Ok(Step::Call(call)),
                    Step::Done(looked) => looked,
                };
                let resolved = self.resolve(engine, &looked, now)?;
                if resolved.is_covered(engine)? {
                    return self.store(engine, resolved, now).map(Step::Done);
                }
                // Perhaps we were paid meanwhile.
                let mut pull = PullEntries::new();
                let step = pull.advance(engine, Input::Start, now)?;
                self.stage = Stage::Pulling(pull, Box::new(resolved));
                match step {
                    Step::Call(call) => Ok(Step::Call(call)),
                    Step::Done(_) => Err(WalletError::Internal.into()),
                }
            }
            Stage::Pulling(pull, resolved) => match pull.advance(engine, input, now)? {
                Step::Call(call) => Ok(Step::Call(call)),
                Step::Done(_) if resolved.is_covered(engine)? => {
                    let resolved = Resolved::clone(resolved);
                    self.store(engine, resolved, now).map(Step::Done)
                }
                Step::Done(_) => Err(WalletError::InsufficientBalance.into()),
            },
        }
    }
}

/// Stores the draft of a payment.
pub(super) fn store_draft(
    engine: &mut Engine,
    resolved: Resolved,
    memo: Option<Memo>,
    time: Time,
) -> Result<PaymentId, Error> {
    let id = PaymentId::generate(time, engine.rng());
    let fees = engine.trust().ok_or(WalletError::Internal)?.fees();
    let fee = fees.fee(&resolved.amount)?;
    let fee_version = fees.fee_version;
    let payment = PaymentRecord {
        version: V1,
        id,
        direction: Direction::Out,
        state: PaymentState::Draft,
        amount: resolved.amount,
        fee: Some(fee),
        fee_version: Some(fee_version),
        payee: Some(resolved.payee),
        request: None,
        details: Some(Details { memo, items: resolved.items, payer: engine.profile().name.clone() }),
        salt: None,
        order_id: None,
        order: None,
        expires: None,
        at: time,
        seq: None,
        code: None,
        replaced_by: None,
        reason: None,
        device: None,
        lost: None,
    };
    let mut changes = vec![Change::Payment(payment)];
    if let Some(bytes) = resolved.request {
        changes.push(Change::Artifact { payment: id, kind: ArtifactKind::Request, bytes: bytes.into() });
    }
    crash::point(crash::DRAFT_BEFORE_STORE);
    engine.apply(changes)?;
    crash::point(crash::DRAFT_AFTER_STORE);
    Ok(id)
}

impl Resolved {
    /// Whether there is enough for the amount and its fee.
    pub(super) fn is_covered(&self, engine: &Engine) -> Result<bool, Error> {
        let fee = engine.trust().ok_or(WalletError::Internal)?.fees().fee(&self.amount)?;
        let total = self.amount.checked_add(&fee)?;
        Ok(engine.available(total.asset())?.value() >= total.value())
    }

    /// What this device may pay: the verifier would refuse the rest; a person is told before anything is signed.
    pub(super) fn check_limits(&self, engine: &Engine, time: Time) -> Result<(), Error> {
        limits::check(engine, &self.payee.handle, &self.amount, &self.amount, time)
    }
}

pub(super) fn from_request(
    engine: &Engine,
    request: &Verified<Request>,
    amount: Option<Amount>,
    time: Time,
) -> Result<Resolved, Error> {
    let key = request.payee.payee_key_hash();
    if engine.store().handle_by_payee_key(&key)?.is_some() {
        return Err(WalletError::OwnRequest.into());
    }
    if request.expires <= time {
        return Err(WalletError::RequestExpired.into());
    }
    let amount = match (request.amount, amount) {
        (Some(asked), Some(given)) if asked != given => return Err(WalletError::AmountFixed.into()),
        (Some(asked), _) => asked,
        (None, Some(given)) => given,
        (None, None) => return Err(WalletError::AmountNeeded.into()),
    };
    let reference = (request.usage == Usage::Single).then(|| reference(request.signed()));
    Ok(Resolved {
        payee: PayeeRecord {
            handle: request.handle,
            key,
            hpke: request.hpke,
            reference,
            alias: None,
            name: request.payee_name.clone(),
            pinned: false,
            expires: Some(request.expires),
        },
        amount: check_amount(engine, amount)?,
        items: request.items.clone(),
        request: Some(request.bytes().to_vec()),
    })
}

fn from_alias(
    engine: &Engine,
    record: &Verified<AliasRecord>,
    known: bool,
    amount: Option<Amount>,
) -> Result<Resolved, Error> {
    if let Some(contact) = contacts::by_payee(engine.store(), &record.alias, &record.payee.payee_key_hash())? {
        contact.check_payable()?;
    }
    Ok(Resolved {
        payee: PayeeRecord {
            handle: record.alias.handle(),
            key: record.payee.payee_key_hash(),
            hpke: record.hpke,
            reference: None,
            alias: Some(record.alias.clone()),
            name: None,
            pinned: known,
            expires: None,
        },
        amount: check_amount(engine, amount.ok_or(WalletError::AmountNeeded)?)?,
        items: None,
        request: None,
    })
}

pub(crate) fn check_amount(engine: &Engine, amount: Amount) -> Result<Amount, Error> {
    if amount.is_zero() {
        return Err(AmountError::Zero.into());
    }
    let assets = engine.trust().ok_or(WalletError::Internal)?.fees().assets();
    if assets.contains(&amount.asset()) { Ok(amount) } else { Err(AmountError::UnknownAsset.into()) }
}
