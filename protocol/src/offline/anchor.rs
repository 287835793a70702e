//! How an honest phone signs each number once (wire decision 28), whatever instruction it is killed at.
//!
//! The anchor lies in the vault, beside the allowance key; the database has the same and the vouchers' bytes. The order of writes is:
//! anchor, database, then show. So on start:
//!
//! | anchor and database | what happened | then |
//! |---|---|---|
//! | equal | nothing, or all of it | go on; the last voucher is shown again as it is |
//! | anchor one ahead | a kill between the two writes, or a database put back by one voucher | that number is burnt: the database takes over the anchor |
//! | anything else | one of the two was put back | frozen: no further voucher, until `claim_until` |
//!
//! A burnt number's amount stays in the totals, the payee's included: should the voucher have been shown after all, what follows still
//! does not contradict it. The money of it goes back with the settlement.

use super::{Allowance, AllowanceId, OfflineFault, OfflineRequest, OfflineVoucher, VoucherSeq};
use crate::cbor::V1;
use crate::cose::Verified;
use crate::key::BareKey;
use crate::limits::ALLOWANCE_VOUCHERS_MAX;
use crate::money::Units;
use crate::time::Time;

/// Where a wallet stands with one allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Which allowance.
    pub allowance: AllowanceId,
    /// The number of the next voucher.
    pub next: VoucherSeq,
    /// What all before come to.
    pub total: Units,
    /// The payee of the last one.
    pub last: Option<PaidLast>,
}

/// The payee of the last voucher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaidLast {
    /// Its key.
    pub payee: BareKey,
    /// What it was promised in all, the last voucher included.
    pub total: Units,
}

/// What a wallet does with an allowance when it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// Go on.
    GoOn,
    /// The number before the anchor's is burnt: the database takes over the anchor, and goes on.
    Burnt,
    /// Sign no more.
    Frozen,
}

impl Anchor {
    /// Before the first voucher.
    #[must_use]
    pub fn begin(allowance: AllowanceId) -> Self {
        Self { allowance, next: VoucherSeq::new(1), total: Units::default(), last: None }
    }

    /// What a wallet does whose vault holds this anchor, and whose database holds `stored`.
    #[must_use]
    pub fn resume(&self, stored: &Self) -> Resume {
        if self == stored {
            return Resume::GoOn;
        }
        let one_ahead =
            self.allowance == stored.allowance && self.next == stored.next.next() && self.total > stored.total;
        if one_ahead { Resume::Burnt } else { Resume::Frozen }
    }

    /// The voucher for a request, to be signed once the anchor that comes with it is written, and then the database. `promised` is what
    /// the vouchers before come to for this payee key; the time is the verifier's, as far as the wallet knows it.
    ///
    /// # Errors
    /// [`OfflineFault`], when the allowance does not answer for it.
    pub fn voucher(
        &self,
        allowance: &Allowance,
        request: &Verified<OfflineRequest>,
        promised: Units,
        now: Time,
    ) -> Result<(OfflineVoucher, Self), OfflineFault> {
        if self.allowance != allowance.allowance {
            return Err(OfflineFault::OtherAllowance);
        }
        if request.amount.asset() != allowance.cap.asset() {
            return Err(OfflineFault::OtherAmount);
        }
        let amount = request.amount.units();
        if amount > allowance.per_voucher {
            return Err(OfflineFault::AboveLimit);
        }
        let total = self.total.checked_add(amount).map_err(|_| OfflineFault::AboveCap)?;
        if total > allowance.cap.units() || self.next.get() > ALLOWANCE_VOUCHERS_MAX {
            return Err(OfflineFault::AboveCap);
        }
        if !allowance.may_spend(now) || now >= request.expires {
            return Err(OfflineFault::TooLate);
        }
        // The anchor knows more of the last payee than a database that was put back.
        let promised = match self.last {
            Some(last) if last.payee == request.payee => promised.max(last.total),
            _ => promised,
        };
        let payee_total = promised.checked_add(amount).map_err(|_| OfflineFault::AboveCap)?;
        let voucher = OfflineVoucher {
            version: V1,
            allowance: self.allowance,
            seq: self.next,
            amount,
            total,
            payee_total,
            request: request.hash(),
        };
        let last = Some(PaidLast { payee: request.payee, total: payee_total });
        Ok((voucher, Self { next: self.next.next(), total, last, ..*self }))
    }
}
