//! Hold order and hold change: the payer's person authorises a cap.
//!
//! ```cddl
//! hold-order = {
//!   0: 1,
//!   1: bstr .size 16,         ; id, a UUIDv7 whose time is created
//!   2: bstr .size 32,         ; verifier
//!   3: bstr .size 16,         ; account
//!   4: bstr .size 16,         ; device
//!   5: time, 6: time,         ; created, expires: at most 10 min later
//!   7: uint,                  ; fee version: its fees are the hold's as long as it lives
//!   8: bstr .size 16,         ; payee's handle
//!   9: bstr .size 32,         ; payee key hash
//!   10: amount,               ; cap, more than zero; its fee is set aside on top
//!   11: time, 12: time,       ; spend_until, claim_until
//!   13: public-key,           ; voucher key: Ed25519, of this hold alone
//!   ? 14: bstr .size 32,      ; reference of the offer that it accepts
//!   15: bstr .size 32,        ; details hash
//!   ? 16: bstr .size 32,      ; SHA-256 of the bundle
//! }
//! hold-change = {
//!   0: 1,
//!   1: bstr .size 16,         ; id, a UUIDv7 whose time is created
//!   2: bstr .size 32,         ; verifier
//!   3: bstr .size 16,         ; account
//!   4: bstr .size 16,         ; device
//!   5: time, 6: time,         ; created, expires: at most 10 min later
//!   7: bstr .size 32,         ; hold
//!   8: uint,                  ; the version that it makes, 2 to 64
//!   9: amount,                ; cap from then on
//!   10: time, 11: time,       ; spend_until, claim_until from then on
//! }
//! ```
//!
//! Types `hold-order` and `hold-change`, signed by a device's act key: they are orders of a kind of their own, with an order's first members.
//! A hold's name is the hash of its order.
//!
//! ```
//! use farthing_protocol::{Malformed, cbor::V1, cose::Object as _, id::*, money::*, tab::{HoldChange, HoldId, HoldVersion}, time::*};
//! let (usd, made) = (Asset::new(Code::new("USD")?, 6)?, Time::from_ms(1_800_000_000_000));
//! let change = HoldChange {
//!     version: V1, id: OrderId::new([0; 16]), verifier: VerifierId::new([1; 32]), account: AccountId::new([2; 16]),
//!     device: DeviceId::new([3; 16]), created: made, expires: made.plus(Span::from_s(120)), hold: HoldId::new([4; 32]),
//!     hold_version: HoldVersion::new(2), cap: Amount::parse("20 USD", &[usd])?, spend_until: made.plus(Span::from_h(1)),
//!     claim_until: made.plus(Span::from_h(25)),
//! };
//! assert!(matches!(change.check(), Err(Malformed::Value(_))), "the id must be a UUIDv7 of its time");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use super::HoldId;
use super::bounds::{Bounds, HoldVersion};
use crate::cbor::V1;
use crate::cose::Object;
use crate::error::Malformed;
use crate::id::{
    AccountId, DetailsHash, DeviceId, Digest, FeeVersion, Handle, OrderId, PayeeKeyHash, RequestRef, VerifierId,
};
use crate::key::{Algorithm, PublicKey};
use crate::money::Amount;
use crate::order;
use crate::time::Time;
use minicbor::{Decode, Encode};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HoldOrder {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// Made once, stored before it is first sent.
    #[n(1)]
    pub id: OrderId,
    /// Who keeps the hold.
    #[n(2)]
    pub verifier: VerifierId,
    /// Who pays.
    #[n(3)]
    pub account: AccountId,
    /// By which device.
    #[n(4)]
    pub device: DeviceId,
    /// When it was made, by the verifier's time.
    #[n(5)]
    pub created: Time,
    /// Never applied at this time or later.
    #[n(6)]
    pub expires: Time,
    /// The fee schedule that the payer saw. Its fees are the hold's as long as it lives.
    #[n(7)]
    pub fee_version: FeeVersion,
    /// Where the money goes.
    #[n(8)]
    pub payee: Handle,
    /// Whose it must be.
    #[n(9)]
    pub payee_key: PayeeKeyHash,
    /// The most that the payee gets in all.
    #[n(10)]
    pub cap: Amount,
    /// Vouchers are for payments made before.
    #[n(11)]
    pub spend_until: Time,
    /// Claims are applied before.
    #[n(12)]
    pub claim_until: Time,
    /// Signs the vouchers, without asking anybody: in software, and of this hold alone.
    #[n(13)]
    pub voucher_key: PublicKey,
    /// Which offer it accepts.
    #[n(14)]
    pub reference: Option<RequestRef>,
    /// Memo and names, salted and hashed.
    #[n(15)]
    pub details: DetailsHash,
    /// The sealed message that comes with it.
    #[n(16)]
    pub bundle: Option<Digest>,
}

impl HoldOrder {
    /// The bounds that it asks for.
    #[must_use]
    pub const fn bounds(&self) -> Bounds {
        Bounds {
            version: HoldVersion::new(1),
            cap: self.cap,
            spend_until: self.spend_until,
            claim_until: self.claim_until,
        }
    }
}

impl Object for HoldOrder {
    const TYPE: &'static str = "hold-order";

    fn check(&self) -> Result<(), Malformed> {
        order::check_made(&self.id, self.created, self.expires)?;
        self.bounds().check_asked(self.created, self.expires)?;
        let key = &self.voucher_key;
        check_voucher_key(key, &self.payee_key)?;
        // What signs without asking is no key that may do more.
        if key.device_id() == self.device || key.account_id() == self.account || key.verifier_id() == self.verifier {
            return Err(Malformed::Value(
                "a voucher key is neither the device's, nor the account's, nor the verifier's",
            ));
        }
        Ok(())
    }
}

/// What holds for a voucher key wherever it stands: with the payee's own key there, the payee could sign vouchers.
pub(super) fn check_voucher_key(key: &PublicKey, payee: &PayeeKeyHash) -> Result<(), Malformed> {
    if key.algorithm() != Algorithm::Ed25519 {
        return Err(Malformed::Value("a voucher key is Ed25519"));
    }
    if key.payee_key_hash() == *payee { Err(Malformed::Value("a voucher key is not the payee's")) } else { Ok(()) }
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HoldChange {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// Made once, stored before it is first sent.
    #[n(1)]
    pub id: OrderId,
    /// Who keeps the hold.
    #[n(2)]
    pub verifier: VerifierId,
    /// Who pays.
    #[n(3)]
    pub account: AccountId,
    /// By which device, the hold's or another of the account.
    #[n(4)]
    pub device: DeviceId,
    /// When it was made, by the verifier's time.
    #[n(5)]
    pub created: Time,
    /// Never applied at this time or later.
    #[n(6)]
    pub expires: Time,
    /// Which hold it changes.
    #[n(7)]
    pub hold: HoldId,
    /// The version that it makes: one more than is in force.
    #[n(8)]
    pub hold_version: HoldVersion,
    /// The cap from then on.
    #[n(9)]
    pub cap: Amount,
    /// The end of spending from then on.
    #[n(10)]
    pub spend_until: Time,
    /// The end of claiming from then on.
    #[n(11)]
    pub claim_until: Time,
}

impl HoldChange {
    /// The bounds that it asks for.
    #[must_use]
    pub const fn bounds(&self) -> Bounds {
        Bounds {
            version: self.hold_version,
            cap: self.cap,
            spend_until: self.spend_until,
            claim_until: self.claim_until,
        }
    }
}

impl Object for HoldChange {
    const TYPE: &'static str = "hold-change";

    fn check(&self) -> Result<(), Malformed> {
        order::check_made(&self.id, self.created, self.expires)?;
        if self.hold_version <= HoldVersion::new(1) {
            return Err(Malformed::Value("a change makes version 2 or a later one"));
        }
        self.bounds().check_asked(self.created, self.expires)
    }
}
