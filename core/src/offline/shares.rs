//! What an allowance, or a payment that was taken, has come to: for people.

use super::payee::TakenOffline;
use super::record::{AllowanceState, OwnAllowance};
use super::risk::guaranteed;
use crate::error::Error;
use farthing_protocol::money::{Amount, Units};

/// What became of an allowance that is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllowanceEnd {
    /// What payees got of what was set aside.
    pub claimed: Amount,
    /// What was taken from the balance, because payments of one number were claimed for more than the cap.
    pub from_balance: Amount,
    /// What payees lack all the same: a debt.
    pub unpaid: Amount,
    /// Two payments contradict each other.
    pub contradicts: bool,
}

/// What of a payment is the payee's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakenShare {
    /// What is guaranteed, and has arrived.
    pub guaranteed: Amount,
    /// Its share, once it is settled.
    pub received: Option<Amount>,
    /// The settlement says that two payments of its allowance contradict each other.
    pub contradicts: bool,
}

impl OwnAllowance {
    /// What can still be paid from it here: nothing once it is frozen, or another device's, or nothing more is signed from it.
    #[must_use]
    pub fn left(&self) -> Amount {
        let spends = matches!(self.state, AllowanceState::Ordering | AllowanceState::Open) && self.revoke.is_none();
        let left = if spends && !self.is_frozen() { self.cap.units().less(self.spent.total) } else { Units::default() };
        left.of(self.cap.asset())
    }

    /// Whether nothing more is signed from it here: the wallet's memory was put back, or it is another device's.
    #[must_use]
    pub const fn is_frozen(&self) -> bool {
        self.frozen || self.device.is_some()
    }

    /// What became of it, once it is settled.
    ///
    /// # Errors
    /// When the record is damaged.
    pub fn ended(&self) -> Result<Option<AllowanceEnd>, Error> {
        let Some(settled) = self.settled()? else { return Ok(None) };
        let totals = &settled.totals;
        let amount = |units: u64| Amount::new(units, self.cap.asset());
        Ok(Some(AllowanceEnd {
            claimed: amount(totals.reserve)?,
            from_balance: amount(totals.balance)?,
            unpaid: amount(totals.claimed.saturating_sub(totals.reserve).saturating_sub(totals.balance))?,
            contradicts: settled.conflict.is_some(),
        }))
    }
}

impl TakenOffline {
    /// What of it is ours, as far as is known.
    ///
    /// # Errors
    /// When the record is damaged.
    pub fn share(&self) -> Result<TakenShare, Error> {
        let asset = self.amount.asset();
        let settled = self.settled()?;
        let line = settled.as_ref().and_then(|settled| settled.line);
        Ok(TakenShare {
            guaranteed: guaranteed(self)?.of(asset),
            received: line.map(|line| Amount::new(line.paid(), asset)).transpose()?,
            contradicts: settled.is_some_and(|settled| settled.conflict.is_some()),
        })
    }
}
