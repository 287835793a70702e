//! Allowance: the verifier's word that an amount is set aside for whoever holds vouchers of this key. What a payee without network looks at.
//!
//! ```cddl
//! allowance = {
//!   0: 1,
//!   1: uint, 2: uint,         ; epoch, seq: its position in the ledger; seq is 1 or more
//!   3: time,                  ; ledger time: vouchers count from then on
//!   4: bstr .size 16,         ; allowance
//!   5: bstr .size 32,         ; allowance key, Ed25519
//!   6: amount,                ; cap
//!   7: units,                 ; the most of one voucher, 1 to the cap
//!   8: time,                  ; spend_until
//!   9: uint,                  ; claim_until is so many ms later: 72 hours to 31 days
//! }
//! ```
//!
//! Type `allowance`, signed by the signing key: the answer to an `allowance-order`, and at most 220 bytes, so that it fits into one QR code. It
//! names neither account nor device nor fee.

use super::contradict::{Contradiction, contradict, contradict_at_payee};
use super::order::{check_cap, check_grace};
use super::request::OfflineRequest;
use super::voucher::OfflineVoucher;
use super::{AllowanceId, revoked::RevokedAllowances};
use crate::cbor::V1;
use crate::cose::{Object, Verified};
use crate::error::Malformed;
use crate::id::{Epoch, Seq};
use crate::key::BareKey;
use crate::limits::SPEND_MARGIN;
use crate::money::{Amount, Units};
use crate::receipt::check_seq;
use crate::time::{Span, Time};
use crate::verifier_certificate::VerifierCertificate;
use minicbor::{Decode, Encode};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Allowance {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// The ledger's epoch.
    #[n(1)]
    pub epoch: Epoch,
    /// The position in the ledger.
    #[n(2)]
    pub seq: Seq,
    /// Ledger time when it was set aside.
    #[n(3)]
    pub time: Time,
    /// Which allowance.
    #[n(4)]
    pub allowance: AllowanceId,
    /// The key of its vouchers.
    #[n(5)]
    pub key: BareKey,
    /// The most that all payees get of what is set aside.
    #[n(6)]
    pub cap: Amount,
    /// The most of one voucher.
    #[n(7)]
    pub per_voucher: Units,
    /// Vouchers are for payments made before.
    #[n(8)]
    pub spend_until: Time,
    /// How long after that claims are taken.
    #[n(9)]
    pub grace: Span,
}

/// Why a voucher is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OfflineFault {
    /// It is of another allowance.
    #[error("the payment is of another allowance")]
    OtherAllowance,
    /// Another key than the allowance's signed it.
    #[error("the payment is signed by another key")]
    OtherKey,
    /// It is for another request.
    #[error("the payment is for another request")]
    OtherRequest,
    /// It is for another amount than the request, or the request is in another asset than the allowance.
    #[error("the payment is for another amount")]
    OtherAmount,
    /// It is for more than one voucher may be.
    #[error("the payment is above the limit of one payment")]
    AboveLimit,
    /// With it, more than the cap is spent.
    #[error("the allowance is used up")]
    AboveCap,
    /// Another voucher is there that an honest wallet would not have signed.
    #[error("the payer has made two payments that cannot both be honest")]
    Contradicts(Contradiction),
    /// The end of spending is near, or past, or the request has expired.
    #[error("it is too late for this payment")]
    TooLate,
    /// The verifier says that the allowance was revoked.
    #[error("the allowance was revoked")]
    Revoked,
}

impl OfflineFault {
    /// The stable name, in snake case.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::OtherAllowance => "other_allowance",
            Self::OtherKey => "other_key",
            Self::OtherRequest => "other_request",
            Self::OtherAmount => "other_amount",
            Self::AboveLimit => "above_limit",
            Self::AboveCap => "above_cap",
            Self::Contradicts(contradiction) => contradiction.kind(),
            Self::TooLate => "too_late",
            Self::Revoked => "revoked",
        }
    }
}

impl Allowance {
    /// Claims are taken before.
    #[must_use]
    pub const fn claim_until(&self) -> Time {
        self.spend_until.plus(self.grace)
    }

    /// True when a claim decided at this ledger time is in time.
    #[must_use]
    pub fn may_claim(&self, ledger: Time) -> bool {
        ledger < self.claim_until()
    }

    /// True when vouchers are still signed and taken at this time: not in the last 5 min before the end of spending.
    #[must_use]
    pub fn may_spend(&self, now: Time) -> bool {
        now < self.spend_until.minus(SPEND_MARGIN)
    }

    /// True when the key of this certificate may sign it.
    #[must_use]
    pub fn is_within(&self, certificate: &VerifierCertificate) -> bool {
        certificate.epoch == self.epoch
            && certificate.first_seq <= self.seq
            && certificate.not_before <= self.time
            && self.time < certificate.not_after
    }

    /// Whether this allowance answers for a voucher that was given for this request: what payee and verifier both ask. The first fault
    /// in the order of [`OfflineFault`] counts.
    ///
    /// # Errors
    /// [`OfflineFault`], the first six.
    pub fn covers(
        &self,
        voucher: &Verified<OfflineVoucher>,
        request: &Verified<OfflineRequest>,
    ) -> Result<(), OfflineFault> {
        if voucher.allowance != self.allowance {
            return Err(OfflineFault::OtherAllowance);
        }
        if *voucher.key() != self.key.public() {
            return Err(OfflineFault::OtherKey);
        }
        if voucher.request != request.hash() {
            return Err(OfflineFault::OtherRequest);
        }
        if request.amount != voucher.amount.of(self.cap.asset()) {
            return Err(OfflineFault::OtherAmount);
        }
        if voucher.amount > self.per_voucher {
            return Err(OfflineFault::AboveLimit);
        }
        if voucher.total > self.cap.units() { Err(OfflineFault::AboveCap) } else { Ok(()) }
    }

    /// Whether a payee takes a voucher for its request, at this time of the verifier's as far as it knows. `held` are the vouchers of this
    /// allowance that it has, each with the payee key that it was for.
    ///
    /// # Errors
    /// [`OfflineFault`].
    pub fn takes(
        &self,
        voucher: &Verified<OfflineVoucher>,
        request: &Verified<OfflineRequest>,
        held: &[(OfflineVoucher, BareKey)],
        revoked: Option<&RevokedAllowances>,
        now: Time,
    ) -> Result<(), OfflineFault> {
        self.covers(voucher, request)?;
        for (other, payee) in held {
            let found = if *payee == request.payee { contradict_at_payee } else { contradict };
            if let Some(contradiction) = found(other, voucher) {
                return Err(OfflineFault::Contradicts(contradiction));
            }
        }
        if !self.may_spend(now) || now >= request.expires {
            return Err(OfflineFault::TooLate);
        }
        if revoked.is_some_and(|list| list.names(&self.allowance)) { Err(OfflineFault::Revoked) } else { Ok(()) }
    }
}

impl Object for Allowance {
    const TYPE: &'static str = "allowance";

    fn check(&self) -> Result<(), Malformed> {
        check_seq(self.seq)?;
        check_cap(&self.cap, self.per_voucher)?;
        check_grace(self.grace)?;
        if self.time < self.spend_until { Ok(()) } else { Err(Malformed::Value("an allowance can be spent from")) }
    }
}
