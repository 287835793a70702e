//! Prepare: what a person is asked for before an allowance is set aside. Nothing is signed (wire decision 10).
//!
//! ```text
//! Start ─▶ Refreshing ─▶ [Pulling, when the balance looks too low] ─▶ Draft stored
//! ```

use super::record::AllowanceDraftRecord;
use crate::crash;
use crate::devices::limits;
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::payment::draft::check_amount;
use crate::store::{self, Change, PaymentId};
use crate::sync::{PullEntries, Refresh};
use farthing_protocol::cbor::{self, V1};
use farthing_protocol::id::Digest;
use farthing_protocol::limits::{ALLOWANCE_GRACE_MAX, ALLOWANCE_GRACE_MIN, ALLOWANCE_SPEND_MAX, ORDER_LIFE_MAX};
use farthing_protocol::money::Amount;
use farthing_protocol::tab::reserve;
use farthing_protocol::time::{Moment, Span, Time};

/// For how long an allowance is spent from, unless its person says.
const WEEK: Span = Span::from_h(7 * 24);

/// What a payer wants to set aside.
#[derive(Clone, Debug)]
pub struct AllowanceWish {
    /// The most that all payees get of what is set aside.
    pub cap: Amount,
    /// The most of one payment; all of it where it is left out.
    pub per_voucher: Option<Amount>,
    /// For how long it is spent from; a week where it is left out.
    pub lasts: Option<Span>,
    /// How long payees may claim after that; 72 hours where it is left out.
    pub grace: Option<Span>,
}

/// What a person must see before it is asked, and what its yes covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowanceDraft {
    /// The draft.
    pub id: PaymentId,
    /// The most that all payees get of what is set aside.
    pub cap: Amount,
    /// The most of one payment.
    pub per_voucher: Amount,
    /// The most that comes on top.
    pub fee: Amount,
    /// What is set aside.
    pub total: Amount,
    /// For how long it is spent from, from the person's yes on.
    pub lasts: Span,
    /// How long payees may claim after that; then what is left comes back.
    pub grace: Span,
    /// What a thief with this phone can cost, revoked or not: what is set aside, and the cap once more out of the balance.
    pub at_stake: Amount,
    /// Stands for all of the above: an approval names it.
    pub digest: Digest,
}

impl AllowanceDraft {
    /// The draft that is stored.
    ///
    /// # Errors
    /// [`WalletError::NotADraft`] when it was confirmed.
    pub fn of(record: &AllowanceDraftRecord) -> Result<Self, Error> {
        if record.confirmed.is_some() {
            return Err(WalletError::NotADraft.into());
        }
        let total = reserve(&record.cap, &record.fees)?;
        Ok(Self {
            id: record.id,
            cap: record.cap,
            per_voucher: record.per_voucher.of(record.cap.asset()),
            fee: record.fees.fee(&record.cap)?,
            total,
            lasts: record.lasts,
            grace: record.grace,
            at_stake: total.checked_add(&record.cap)?,
            digest: digest(record),
        })
    }
}

/// What an approval covers.
pub(super) fn digest(record: &AllowanceDraftRecord) -> Digest {
    Digest::of_parts(&[b"farthing/1/allowance-draft", &cbor::encode(record)])
}

/// A draft by its id.
///
/// # Errors
/// [`WalletError::AllowanceUnknown`].
pub(crate) fn stored(engine: &Engine, id: &PaymentId) -> Result<AllowanceDraftRecord, Error> {
    Ok(store::kept(engine.store(), id.as_bytes())?.ok_or(WalletError::AllowanceUnknown)?)
}

/// Forgets what a person has not confirmed.
///
/// # Errors
/// [`WalletError::AllowanceUnknown`], [`WalletError::NotADraft`].
pub fn discard(engine: &mut Engine, id: &PaymentId) -> Result<(), Error> {
    let record = stored(engine, id)?;
    if record.confirmed.is_some() {
        return Err(WalletError::NotADraft.into());
    }
    engine.apply(vec![Change::forget::<AllowanceDraftRecord>(id.as_bytes())])
}

/// Drops drafts from before, confirmed or not.
///
/// # Errors
/// What the store says.
pub(crate) fn forget_old(engine: &mut Engine, before: Time) -> Result<(), Error> {
    let old: Vec<AllowanceDraftRecord> = store::all_kept(engine.store())?;
    let old = old.iter().filter(|draft| draft.at < before);
    let changes: Vec<Change> = old.map(|draft| Change::forget::<AllowanceDraftRecord>(draft.id.as_bytes())).collect();
    if changes.is_empty() { Ok(()) } else { engine.apply(changes) }
}

/// Whether it can be paid and this device may order it; a person is told before anything is signed.
pub(super) fn check(engine: &Engine, draft: &AllowanceDraftRecord, time: Time) -> Result<(), Error> {
    engine.check_can_pay()?;
    limits::check_allowance(engine, &draft.cap, time)?;
    if engine.available(draft.cap.asset())?.value() < reserve(&draft.cap, &draft.fees)?.value() {
        return Err(WalletError::InsufficientBalance.into());
    }
    Ok(())
}

#[derive(Debug)]
enum Stage {
    Refreshing(Refresh),
    Pulling(Box<PullEntries>, Box<AllowanceDraftRecord>),
}

/// The operation. Ends with the id of a stored draft.
#[derive(Debug)]
pub struct PrepareAllowance {
    wish: AllowanceWish,
    stage: Stage,
}

impl PrepareAllowance {
    /// Prepares what is wished for.
    #[must_use]
    pub fn new(wish: AllowanceWish) -> Self {
        Self { wish, stage: Stage::Refreshing(Refresh::new()) }
    }

    fn draft(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<PaymentId>, Error> {
        let time = engine.time(now).ok_or(WalletError::Internal)?;
        let cap = check_amount(engine, self.wish.cap)?;
        let per_voucher = self.wish.per_voucher.unwrap_or(cap);
        let (lasts, grace) = (self.wish.lasts.unwrap_or(WEEK), self.wish.grace.unwrap_or(ALLOWANCE_GRACE_MIN));
        let fits = per_voucher.asset() == cap.asset()
            && !per_voucher.is_zero()
            && per_voucher.value() <= cap.value()
            && lasts > ORDER_LIFE_MAX
            && lasts <= ALLOWANCE_SPEND_MAX
            && (ALLOWANCE_GRACE_MIN..=ALLOWANCE_GRACE_MAX).contains(&grace);
        if !fits {
            return Err(WalletError::AllowanceTerms.into());
        }
        let schedule = engine.trust().ok_or(WalletError::Internal)?.fees();
        let fees = schedule.terms.iter().find(|terms| terms.asset == cap.asset()).copied();
        let (fee_version, fees) = (schedule.fee_version, fees.ok_or(WalletError::Internal)?);
        let draft = AllowanceDraftRecord {
            version: V1,
            id: PaymentId::generate(time, engine.rng()),
            cap,
            per_voucher: per_voucher.units(),
            lasts,
            grace,
            fee_version,
            fees,
            at: time,
            confirmed: None,
        };
        match check(engine, &draft, time) {
            Err(Error::Wallet(WalletError::InsufficientBalance)) => {
                // Perhaps we were paid meanwhile.
                let mut pull = Box::new(PullEntries::new());
                let step = pull.advance(engine, Input::Start, now)?;
                self.stage = Stage::Pulling(pull, Box::new(draft));
                match step {
                    Step::Call(call) => Ok(Step::Call(call)),
                    Step::Done(_) => Err(WalletError::Internal.into()),
                }
            }
            checked => checked.and_then(|()| keep(engine, &draft)),
        }
    }
}

fn keep(engine: &mut Engine, draft: &AllowanceDraftRecord) -> Result<Step<PaymentId>, Error> {
    crash::point(crash::DRAFT_BEFORE_STORE);
    engine.apply(vec![Change::put(draft)])?;
    crash::point(crash::DRAFT_AFTER_STORE);
    Ok(Step::Done(draft.id))
}

impl Operation for PrepareAllowance {
    type Output = PaymentId;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<PaymentId>, Error> {
        match &mut self.stage {
            Stage::Refreshing(refresh) => match refresh.advance(engine, input, now)? {
                Step::Call(call) => Ok(Step::Call(call)),
                Step::Done(()) => self.draft(engine, now),
            },
            Stage::Pulling(pull, draft) => match pull.advance(engine, input, now)? {
                Step::Call(call) => Ok(Step::Call(call)),
                Step::Done(_) => {
                    check(engine, draft, engine.time_or_wall(now))?;
                    keep(engine, draft)
                }
            },
        }
    }
}
