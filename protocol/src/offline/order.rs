//! Allowance order: the payer's person authorises an amount to be spent without network.
//!
//! ```cddl
//! allowance-order = {
//!   0: 1,
//!   1: bstr .size 16,         ; id, a UUIDv7 whose time is created
//!   2: bstr .size 32,         ; verifier
//!   3: bstr .size 16,         ; account
//!   4: bstr .size 16,         ; device
//!   5: time, 6: time,         ; created, expires: at most 10 min later
//!   7: uint,                  ; fee version: its fees are the allowance's as long as it lives
//!   8: amount,                ; cap, more than zero; its fee is set aside on top
//!   9: units,                 ; the most of one voucher, 1 to the cap
//!   10: time, 11: time,       ; spend_until, claim_until
//!   12: bstr .size 32,        ; allowance key: Ed25519, of this allowance alone
//! }
//! ```
//!
//! Type `allowance-order`, signed by a device's act key: an order of a kind of its own, with an order's first members. It names no payee:
//! anybody may be paid from it.

use crate::cbor::V1;
use crate::cose::Object;
use crate::error::Malformed;
use crate::id::{AccountId, DeviceId, FeeVersion, OrderId, VerifierId};
use crate::key::BareKey;
use crate::limits::{ALLOWANCE_GRACE_MAX, ALLOWANCE_GRACE_MIN, ALLOWANCE_SPEND_MAX};
use crate::money::{Amount, Units};
use crate::order;
use crate::time::{Span, Time};
use minicbor::{Decode, Encode};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AllowanceOrder {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// Made once, stored before it is first sent.
    #[n(1)]
    pub id: OrderId,
    /// Who keeps the allowance.
    #[n(2)]
    pub verifier: VerifierId,
    /// Who pays.
    #[n(3)]
    pub account: AccountId,
    /// By which device: its vault has the allowance key.
    #[n(4)]
    pub device: DeviceId,
    /// When it was made, by the verifier's time.
    #[n(5)]
    pub created: Time,
    /// Never applied at this time or later.
    #[n(6)]
    pub expires: Time,
    /// The fee schedule that the payer saw. Its fees are the allowance's as long as it lives.
    #[n(7)]
    pub fee_version: FeeVersion,
    /// The most that all payees get of what is set aside.
    #[n(8)]
    pub cap: Amount,
    /// The most of one voucher: what one payee can lose by it.
    #[n(9)]
    pub per_voucher: Units,
    /// Vouchers are for payments made before.
    #[n(10)]
    pub spend_until: Time,
    /// Claims are taken before; then the allowance is settled.
    #[n(11)]
    pub claim_until: Time,
    /// Signs the vouchers. It lies in the vault, with the anchor that keeps it from signing a number twice.
    #[n(12)]
    pub key: BareKey,
}

impl Object for AllowanceOrder {
    const TYPE: &'static str = "allowance-order";

    fn check(&self) -> Result<(), Malformed> {
        order::check_made(&self.id, self.created, self.expires)?;
        check_cap(&self.cap, self.per_voucher)?;
        // Otherwise it could be applied when nothing may be spent any more.
        if self.spend_until <= self.expires {
            return Err(Malformed::Value("an allowance can be spent from after its order expires"));
        }
        if self.spend_until.since(self.created) > ALLOWANCE_SPEND_MAX {
            return Err(Malformed::Value("an allowance is spent from for at most 31 days"));
        }
        check_grace(self.claim_until.since(self.spend_until))?;
        let key = self.key.public();
        // What signs without asking is no key that may do more.
        if key.device_id() == self.device || key.account_id() == self.account || key.verifier_id() == self.verifier {
            return Err(Malformed::Value(
                "an allowance key is neither the device's, nor the account's, nor the verifier's",
            ));
        }
        Ok(())
    }
}

/// What holds for a cap and the most of one voucher wherever they stand.
pub(super) fn check_cap(cap: &Amount, per_voucher: Units) -> Result<(), Malformed> {
    if per_voucher.is_zero() || per_voucher > cap.units() {
        return Err(Malformed::Value("a voucher is for more than nothing, and at most for the cap"));
    }
    Ok(())
}

/// What holds for the time between the end of spending and of claiming.
pub(super) fn check_grace(grace: Span) -> Result<(), Malformed> {
    if (ALLOWANCE_GRACE_MIN..=ALLOWANCE_GRACE_MAX).contains(&grace) {
        Ok(())
    } else {
        Err(Malformed::Value("payees have 72 hours to 31 days after the end of spending to claim"))
    }
}
