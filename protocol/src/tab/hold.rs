//! The rules of a hold's money, for wallet and verifier alike: what is set aside, what a claim moves, what goes back.
//!
//! Each rule returns what the hold is afterwards and what moves, and changes nothing itself. Until it ends,
//! `cap + fee(cap) − claimed − fee(claimed)` lies in the held account. The fee of nothing is nothing here: a hold of which nothing
//! is claimed costs nothing.

use super::HoldId;
use super::bounds::Bounds;
use super::order::{HoldChange, HoldOrder};
use super::voucher::{Voucher, VoucherFault, of_hold};
use crate::code::TabRefusalCode;
use crate::cose::Verified;
use crate::fee_schedule::Terms;
use crate::key::PublicKey;
use crate::limits::CLAIM_GRACE_MIN;
use crate::money::{Amount, AmountError};
use crate::time::Time;

/// What is set aside for a cap: the cap and its fee.
///
/// # Errors
/// [`AmountError::AssetMismatch`], [`AmountError::TooLarge`].
pub fn reserve(cap: &Amount, fees: &Terms) -> Result<Amount, AmountError> {
    cap.checked_add(&fees.fee(cap)?)
}

/// What the payer has paid in fees once so much was claimed in all. The flat part is due once, with the first claim.
///
/// # Errors
/// [`AmountError::AssetMismatch`], [`AmountError::TooLarge`].
pub fn fee_of_claimed(total: &Amount, fees: &Terms) -> Result<Amount, AmountError> {
    if total.is_zero() && total.asset() == fees.asset { Ok(*total) } else { fees.fee(total) }
}

/// What a claim moves out of the held account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// To the payee.
    pub amount: Amount,
    /// To the fee account.
    pub fee: Amount,
}

/// Until when a hold lives at least in an epoch: one that was placed before the epoch opened, a day from the opening. A verifier
/// that was restored may have lost what was claimed, and may have been away when there was time to claim.
#[must_use]
pub fn kept_until(placed: Time, epoch_opened: Time) -> Option<Time> {
    (placed < epoch_opened).then(|| epoch_opened.plus(CLAIM_GRACE_MIN))
}

/// How far a hold's life is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HoldState {
    /// May be changed, spent from, claimed from.
    Open,
    /// Closed by the payer: may be claimed from.
    Closed,
    /// The rest went back.
    Ended,
}

/// A hold as the verifier keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Which.
    pub id: HoldId,
    /// The key of its vouchers.
    pub voucher_key: PublicKey,
    /// The fees of the schedule that its order names, as long as it lives.
    pub fees: Terms,
    /// The bounds in force.
    pub bounds: Bounds,
    /// What was claimed in all.
    pub claimed: Amount,
    /// How far its life is.
    pub state: HoldState,
    /// Until when it lives at least: see [`kept_until`].
    pub kept_until: Option<Time>,
}

impl Hold {
    /// The hold that an order places, with the fees of the schedule that it names. [`Hold::held`] of it is what moves from the payer.
    ///
    /// # Errors
    /// [`AmountError`] when the fees are of another asset, or cap and fee are more than the largest amount.
    pub fn place(order: &Verified<HoldOrder>, fees: Terms) -> Result<Self, AmountError> {
        reserve(&order.cap, &fees)?;
        Ok(Self {
            id: HoldId::of(order.signed()),
            voucher_key: order.voucher_key,
            fees,
            bounds: order.bounds(),
            claimed: Amount::zero(order.cap.asset()),
            state: HoldState::Open,
            kept_until: None,
        })
    }

    /// What lies in the held account for it.
    ///
    /// # Errors
    /// [`AmountError`] when its parts do not belong together.
    pub fn held(&self) -> Result<Amount, AmountError> {
        if self.state == HoldState::Ended {
            return Ok(Amount::zero(self.claimed.asset()));
        }
        let taken = self.claimed.checked_add(&fee_of_claimed(&self.claimed, &self.fees)?)?;
        reserve(&self.bounds.cap, &self.fees)?.checked_sub(&taken)
    }

    /// A change, and what moves from the payer to the held account by it.
    ///
    /// # Errors
    /// [`HoldError::Refused`]; [`HoldError::Amount`] when cap and fee are more than the largest amount.
    pub fn change(&self, change: &Verified<HoldChange>, ledger: Time) -> Result<(Self, Amount), HoldError> {
        if change.hold != self.id {
            return Err(TabRefusalCode::HoldUnknown.into());
        }
        self.live(ledger)?;
        if self.state == HoldState::Closed {
            return Err(TabRefusalCode::HoldClosed.into());
        }
        let bounds = change.bounds();
        bounds.may_follow(&self.bounds)?;
        let after = Self { bounds, ..self.clone() };
        let more = after.held()?.checked_sub(&self.held()?)?;
        Ok((after, more))
    }

    /// A claim of `total` in all that rests on `voucher`, and what moves. `None` when that is no more than was claimed: it changes
    /// nothing, at any time, and is answered with the last claim receipt.
    ///
    /// # Errors
    /// [`HoldError::Refused`].
    pub fn claim(
        &self,
        total: &Amount,
        voucher: &Verified<Voucher>,
        ledger: Time,
    ) -> Result<Option<(Self, Posting)>, HoldError> {
        of_hold(voucher, &self.id, &self.voucher_key, self.bounds.cap.asset())?;
        if total.asset() != self.claimed.asset() {
            return Err(TabRefusalCode::VoucherInvalid.into());
        }
        if total.value() > voucher.total.value() {
            return Err(TabRefusalCode::AboveVoucher.into());
        }
        if total.value() > self.bounds.cap.value() {
            return Err(TabRefusalCode::AboveCap.into());
        }
        if total.value() <= self.claimed.value() {
            return Ok(None);
        }
        self.live(ledger)?;
        let fee = fee_of_claimed(total, &self.fees)?.checked_sub(&fee_of_claimed(&self.claimed, &self.fees)?)?;
        let posting = Posting { amount: total.checked_sub(&self.claimed)?, fee };
        Ok(Some((Self { claimed: *total, ..self.clone() }, posting)))
    }

    /// The payer closes it. Once closed, closing it again changes nothing.
    ///
    /// # Errors
    /// [`HoldError::Refused`] when it has ended.
    pub fn close(&self, ledger: Time) -> Result<Self, HoldError> {
        self.live(ledger)?;
        if self.state == HoldState::Closed {
            return Ok(self.clone());
        }
        Ok(Self { bounds: self.bounds.closed(ledger), state: HoldState::Closed, ..self.clone() })
    }

    /// The payee lets go of what is above `total`, which must be what was claimed; and what goes back to the payer.
    ///
    /// # Errors
    /// [`HoldError::Refused`].
    pub fn release(&self, total: &Amount, ledger: Time) -> Result<(Self, Amount), HoldError> {
        self.live(ledger)?;
        if *total != self.claimed {
            return Err(TabRefusalCode::OtherTotal.into());
        }
        self.ended()
    }

    /// The end by time, once it is due; and what goes back to the payer.
    ///
    /// # Errors
    /// [`HoldError::Amount`] when its parts do not belong together.
    pub fn end(&self, ledger: Time) -> Result<Option<(Self, Amount)>, HoldError> {
        if self.state == HoldState::Ended || self.in_time(ledger) { Ok(None) } else { self.ended().map(Some) }
    }

    /// Whether anything of it may still change: a hold whose time is over has ended, whether or not somebody has ended it.
    fn live(&self, ledger: Time) -> Result<(), HoldError> {
        if self.state != HoldState::Ended && self.in_time(ledger) {
            Ok(())
        } else {
            Err(TabRefusalCode::HoldEnded.into())
        }
    }

    fn in_time(&self, ledger: Time) -> bool {
        self.bounds.may_claim(ledger) || self.kept_until.is_some_and(|kept| ledger < kept)
    }

    fn ended(&self) -> Result<(Self, Amount), HoldError> {
        Ok((Self { state: HoldState::Ended, ..self.clone() }, self.held()?))
    }
}

/// Why nothing is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoldError {
    /// It is refused, for ever.
    #[error("{0}")]
    Refused(TabRefusalCode),
    /// An amount that cannot be: larger than the largest, or of another asset than the fees.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

impl From<TabRefusalCode> for HoldError {
    fn from(code: TabRefusalCode) -> Self {
        Self::Refused(code)
    }
}

impl From<VoucherFault> for HoldError {
    fn from(fault: VoucherFault) -> Self {
        Self::Refused(match fault {
            VoucherFault::OtherHold => TabRefusalCode::HoldUnknown,
            _ => TabRefusalCode::VoucherInvalid,
        })
    }
}
