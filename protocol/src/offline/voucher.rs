//! Voucher of an allowance: the payer's word for one request, without network.
//!
//! ```cddl
//! offline-voucher = {
//!   0: 1,
//!   1: bstr .size 16,         ; allowance
//!   2: uint,                  ; its number, 1 to 256; each once
//!   3: units,                 ; amount: the request's, in the allowance's asset
//!   4: units,                 ; what all vouchers up to this one come to
//!   5: units,                 ; of it, what those for this payee key come to
//!   6: bstr .size 32,         ; hash of the request
//! }
//! ```
//!
//! Type `offline-voucher`, signed by the allowance key. At most 180 bytes. Unlike a tab's it is for one payment, and each counts; the totals are there
//! so that two that cannot both be honest show it.

use super::AllowanceId;
use crate::cbor::{V1, counter_newtype};
use crate::cose::Object;
use crate::error::Malformed;
use crate::id::Digest;
use crate::limits::ALLOWANCE_VOUCHERS_MAX;
use crate::money::Units;
use minicbor::{Decode, Encode};

counter_newtype!(
    /// Counts the vouchers of an allowance, from 1 to 256. A number that was given up in a crash is never used again.
    VoucherSeq
);

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OfflineVoucher {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// Of which allowance.
    #[n(1)]
    pub allowance: AllowanceId,
    /// Its number.
    #[n(2)]
    pub seq: VoucherSeq,
    /// What it is for.
    #[n(3)]
    pub amount: Units,
    /// What all vouchers up to this one come to.
    #[n(4)]
    pub total: Units,
    /// What those of them for this payee key come to.
    #[n(5)]
    pub payee_total: Units,
    /// Which request it answers.
    #[n(6)]
    pub request: Digest,
}

impl Object for OfflineVoucher {
    const TYPE: &'static str = "offline-voucher";

    fn check(&self) -> Result<(), Malformed> {
        if !(1..=ALLOWANCE_VOUCHERS_MAX).contains(&self.seq.get()) {
            return Err(Malformed::Value("the vouchers of an allowance have numbers 1 to 256"));
        }
        if self.amount.is_zero() || self.amount > self.payee_total || self.payee_total > self.total {
            return Err(Malformed::Value("a voucher is for more than zero, and part of its totals"));
        }
        // Nothing was before the first.
        if self.seq == VoucherSeq::new(1) && self.total != self.amount {
            return Err(Malformed::Value("the first voucher's total is its amount"));
        }
        Ok(())
    }
}
