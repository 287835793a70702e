//! Voucher: the payer's word for a drop.
//!
//! ```cddl
//! voucher = {
//!   0: 1,
//!   1: bstr .size 32,         ; hold
//!   2: uint,                  ; the hold's version that the payer knows of, 1 to 64
//!   3: amount,                ; total so far, more than zero
//! }
//! ```
//!
//! Type `voucher`, signed by the hold's voucher key. Each is for all drops so far; of several only the greatest counts, so that none has to
//! be kept but that one. It authorises a maximum: the payee may charge less.
//!
//! ```
//! use farthing_protocol::{cbor::V1, cose::Signed, key::{Ed25519Key, Signer as _}, money::*, tab::{HoldId, HoldVersion, Voucher}};
//! let (key, usd) = (Ed25519Key::from_seed([7; 32]), Asset::new(Code::new("USD")?, 6)?);
//! let voucher = |total: &str| -> Result<_, Box<dyn std::error::Error>> {
//!     let total = Amount::parse(total, &[usd])?;
//!     let voucher = Voucher { version: V1, hold: HoldId::new([1; 32]), hold_version: HoldVersion::new(1), total };
//!     Ok(Signed::sign(voucher, &key)?.verify(key.public())?)
//! };
//! let (first, second) = (voucher("0.02")?, voucher("0.04")?);
//! assert!(second.supersedes(&first) && !first.supersedes(&second) && !first.supersedes(&first));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use super::HoldId;
use super::bounds::HoldVersion;
use crate::cbor::V1;
use crate::cose::{Object, Verified};
use crate::error::Malformed;
use crate::key::PublicKey;
use crate::money::{Amount, Asset};
use minicbor::{Decode, Encode};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Voucher {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// Of which hold.
    #[n(1)]
    pub hold: HoldId,
    /// The version of the hold that the payer knows of: a payee that has seen a lower one asks for its receipt.
    #[n(2)]
    pub hold_version: HoldVersion,
    /// The total of all drops so far.
    #[n(3)]
    pub total: Amount,
}

impl Object for Voucher {
    const TYPE: &'static str = "voucher";

    fn check(&self) -> Result<(), Malformed> {
        self.hold_version.check()?;
        if self.total.is_zero() { Err(Malformed::Value("a voucher is for more than zero")) } else { Ok(()) }
    }
}

/// Why a voucher is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VoucherFault {
    /// It is of another hold.
    #[error("the voucher is of another tab")]
    OtherHold,
    /// Another key than the hold's voucher key signed it.
    #[error("the voucher is signed by another key")]
    OtherKey,
    /// It is in another asset than the hold.
    #[error("the voucher is in another currency")]
    OtherAsset,
    /// It names a version of the hold of which no receipt was seen.
    #[error("the voucher is of a later version of the tab")]
    LaterVersion,
    /// It is above the cap.
    #[error("the voucher is above the tab's limit")]
    AboveCap,
    /// It is for no more than the one before.
    #[error("the voucher is for no more than the one before")]
    NotGreater,
    /// The end of spending is near, or past.
    #[error("the tab can no longer be spent from")]
    TooLate,
}

impl VoucherFault {
    /// The stable name, in snake case.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::OtherHold => "other_hold",
            Self::OtherKey => "other_key",
            Self::OtherAsset => "other_asset",
            Self::LaterVersion => "later_version",
            Self::AboveCap => "above_cap",
            Self::NotGreater => "not_greater",
            Self::TooLate => "too_late",
        }
    }
}

impl Voucher {
    /// True when this one counts in place of `other`: both are of one hold, and this one's total is strictly greater.
    #[must_use]
    pub fn supersedes(&self, other: &Self) -> bool {
        self.hold == other.hold && self.total.asset() == other.total.asset() && self.total.value() > other.total.value()
    }
}

/// Whether a voucher is of this hold, by its key, in its asset: what payee and verifier both ask. A verifier does not ask for version and
/// cap: it may have lost the change that the voucher was signed after, and covers what is claimed under the cap that it knows.
pub(super) fn of_hold(
    voucher: &Verified<Voucher>,
    hold: &HoldId,
    key: &PublicKey,
    asset: Asset,
) -> Result<(), VoucherFault> {
    if voucher.hold != *hold {
        return Err(VoucherFault::OtherHold);
    }
    if voucher.key() != key {
        return Err(VoucherFault::OtherKey);
    }
    if voucher.total.asset() == asset { Ok(()) } else { Err(VoucherFault::OtherAsset) }
}
