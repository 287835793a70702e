//! Hold receipt and claim receipt: the verifier's word of what is set aside, and of what was claimed.
//!
//! ```cddl
//! hold-receipt = {
//!   0: 1,
//!   1: uint, 2: uint,         ; epoch, seq: its position in the ledger; seq is 1 or more
//!   3: bstr .size 32,         ; hash of the checkpoint that opened the epoch
//!   4: time,                  ; ledger time
//!   5: bstr .size 32,         ; hold
//!   6: time,                  ; when the hold was placed, by ledger time
//!   7: bstr .size 32,         ; what it answers: hash of the order, of a change, or of a close
//!   8: bstr .size 32,         ; payee key hash
//!   9: public-key,            ; voucher key
//!   10: uint,                 ; the hold's version, 1 to 64
//!   11: amount,               ; cap
//!   12: time, 13: time,       ; spend_until, claim_until
//!   ? 14: bstr .size 32,      ; reference of the offer, as in the order
//!   15: bstr .size 32,        ; details hash, as in the order
//!   ? 16: true,               ; the payer has closed it
//! }
//! claim-receipt = {
//!   0: 1,
//!   1: uint, 2: uint,         ; epoch, seq: its position in the ledger; seq is 1 or more
//!   3: bstr .size 32,         ; hash of the checkpoint that opened the epoch
//!   4: time,                  ; ledger time
//!   5: bstr .size 32,         ; hold
//!   6: bstr .size 32,         ; payee key hash
//!   7: amount,                ; what the payee got in all
//!   8: amount,                ; of it, with this position
//!   ? 9: bstr .size 32,       ; what it answers: hash of the claim or release; absent when the hold ended by time
//!   ? 10: bstr .size 32,      ; hash of the claim's voucher
//!   ? 11: true,               ; final: the hold has ended, and the rest went back
//! }
//! ```
//!
//! Types `hold-receipt` and `claim-receipt`, signed by the signing key. Of several receipts of one hold the one with the highest (epoch, seq)
//! counts. Neither names the payer's account, its device, or fees.

use super::HoldId;
use super::bounds::{Bounds, HoldVersion};
use super::order::check_voucher_key;
use super::voucher::{self, Voucher, VoucherFault};
use crate::cbor::{V1, Yes};
use crate::cose::{Object, Verified};
use crate::error::Malformed;
use crate::id::{DetailsHash, Digest, Epoch, PayeeKeyHash, RequestRef, Seq};
use crate::key::PublicKey;
use crate::money::Amount;
use crate::receipt::check_seq;
use crate::time::Time;
use minicbor::{Decode, Encode};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HoldReceipt {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// The ledger's epoch.
    #[n(1)]
    pub epoch: Epoch,
    /// The position in the ledger.
    #[n(2)]
    pub seq: Seq,
    /// The hash of the checkpoint that opened the epoch.
    #[n(3)]
    pub checkpoint: Digest,
    /// Ledger time when it was applied.
    #[n(4)]
    pub time: Time,
    /// Which hold.
    #[n(5)]
    pub hold: HoldId,
    /// Ledger time when the hold was placed.
    #[n(6)]
    pub placed: Time,
    /// What was applied: the hold's order, a change, or a close.
    #[n(7)]
    pub cause: Digest,
    /// Whom it is for.
    #[n(8)]
    pub payee_key: PayeeKeyHash,
    /// The key of its vouchers.
    #[n(9)]
    pub voucher_key: PublicKey,
    /// The hold's version.
    #[n(10)]
    pub hold_version: HoldVersion,
    /// The most that the payee gets in all.
    #[n(11)]
    pub cap: Amount,
    /// Vouchers are for payments made before.
    #[n(12)]
    pub spend_until: Time,
    /// Claims are applied before.
    #[n(13)]
    pub claim_until: Time,
    /// Which offer it accepts.
    #[n(14)]
    pub reference: Option<RequestRef>,
    /// Memo and names, salted and hashed.
    #[n(15)]
    pub details: DetailsHash,
    /// The payer has closed it.
    #[n(16)]
    pub closed: Option<Yes>,
}

impl HoldReceipt {
    /// The bounds in force.
    #[must_use]
    pub const fn bounds(&self) -> Bounds {
        Bounds {
            version: self.hold_version,
            cap: self.cap,
            spend_until: self.spend_until,
            claim_until: self.claim_until,
        }
    }

    /// Whether a payee that knows the hold by this receipt, verified, takes a voucher at this time of the verifier's, when `newest` is
    /// the greatest that it has. The first fault in the order of [`VoucherFault`] counts.
    ///
    /// # Errors
    /// [`VoucherFault`].
    pub fn takes(&self, voucher: &Verified<Voucher>, newest: Option<&Voucher>, now: Time) -> Result<(), VoucherFault> {
        voucher::of_hold(voucher, &self.hold, &self.voucher_key, self.cap.asset())?;
        if voucher.hold_version > self.hold_version {
            return Err(VoucherFault::LaterVersion);
        }
        if voucher.total.value() > self.cap.value() {
            return Err(VoucherFault::AboveCap);
        }
        if newest.is_some_and(|newest| !voucher.supersedes(newest)) {
            return Err(VoucherFault::NotGreater);
        }
        if self.bounds().may_spend(now) { Ok(()) } else { Err(VoucherFault::TooLate) }
    }
}

impl Object for HoldReceipt {
    const TYPE: &'static str = "hold-receipt";

    fn check(&self) -> Result<(), Malformed> {
        check_seq(self.seq)?;
        self.bounds().check()?;
        check_voucher_key(&self.voucher_key, &self.payee_key)?;
        let of_order = self.hold_version == HoldVersion::new(1) && self.closed.is_none();
        if of_order != (self.cause.as_bytes() == self.hold.as_bytes()) {
            return Err(Malformed::Value("a hold's first receipt answers its order, and no other does"));
        }
        if self.placed > self.time || (of_order && self.placed != self.time) {
            return Err(Malformed::Value("a hold is placed with its first receipt"));
        }
        Ok(())
    }
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ClaimReceipt {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// The ledger's epoch.
    #[n(1)]
    pub epoch: Epoch,
    /// The position in the ledger.
    #[n(2)]
    pub seq: Seq,
    /// The hash of the checkpoint that opened the epoch.
    #[n(3)]
    pub checkpoint: Digest,
    /// Ledger time when it was applied.
    #[n(4)]
    pub time: Time,
    /// Which hold.
    #[n(5)]
    pub hold: HoldId,
    /// Who got it.
    #[n(6)]
    pub payee_key: PayeeKeyHash,
    /// What the payee got in all.
    #[n(7)]
    pub total: Amount,
    /// Of it, with this position.
    #[n(8)]
    pub amount: Amount,
    /// What was applied: a claim or a release; absent when the hold ended by time.
    #[n(9)]
    pub cause: Option<Digest>,
    /// The voucher that the claim rests on.
    #[n(10)]
    pub voucher: Option<Digest>,
    /// The hold has ended, and the rest went back. Without this mark, more may be claimed.
    #[n(11)]
    pub ended: Option<Yes>,
}

impl Object for ClaimReceipt {
    const TYPE: &'static str = "claim-receipt";

    fn check(&self) -> Result<(), Malformed> {
        check_seq(self.seq)?;
        if self.amount.asset() != self.total.asset() || self.amount.value() > self.total.value() {
            return Err(Malformed::Value("what a claim moves is part of the total"));
        }
        // A claim moves something and goes on; what ends a hold moves nothing to the payee.
        let claims = !self.amount.is_zero();
        let fits = match (claims, self.ended.is_some()) {
            (true, false) => self.voucher.is_some() && self.cause.is_some(),
            (false, true) => self.voucher.is_none(),
            _ => false,
        };
        if fits {
            Ok(())
        } else {
            Err(Malformed::Value("a claim rests on a voucher and moves something, or the hold ends"))
        }
    }
}
