//! What devices do with a hold without moving money out of their own account: the payee claims and releases, the payer closes.
//!
//! ```cddl
//! claim = { act,
//!   6: bstr .size (0..192),   ; the signed voucher that it rests on
//!   7: amount,                ; what the payee charges in all, more than zero; at most the voucher's total
//! }
//! hold-release = { act,
//!   6: bstr .size 32,         ; hold
//!   7: amount,                ; what was claimed in all
//! }
//! hold-close = { act,
//!   6: bstr .size 32,         ; hold
//! }
//! ```
//!
//! Types `claim`, `hold-release` and `hold-close`, session acts ([`crate::act`]): claim and release of the payee's device, close of
//! the payer's. None can bring anybody more than a voucher says.
//!
//! ```
//! use farthing_protocol::{act::{Act as _, Header}, id::*, tab::{HoldClose, HoldId}, time::Time};
//! let header = Header {
//!     verifier: VerifierId::new([1; 32]), account: AccountId::new([2; 16]), device: DeviceId::new([3; 16]),
//!     id: ActId::new([0; 16]), created: Time::from_ms(1),
//! };
//! assert_eq!(HoldClose::new(header, HoldId::new([4; 32])).header(), header);
//! ```

use super::HoldId;
use crate::act::act;
use crate::cbor::Bytes;
use crate::error::Malformed;
use crate::limits::VOUCHER_MAX;
use crate::money::Amount;

act! {
    /// Asks for the difference between a total and what was claimed before.
    Claim = "claim", |act| {
        if act.total.is_zero() { Err(Malformed::Value("a claim is for more than zero")) } else { Ok(()) }
    };
    {
        /// The signed voucher.
        #[n(6)]
        voucher: Bytes<VOUCHER_MAX>,
        /// What the payee charges in all.
        #[n(7)]
        total: Amount,
    }
}

act! {
    /// Ends a hold and lets the rest go back at once. It names what was claimed in all: another device's claim is not cut off.
    HoldRelease = "hold-release", |_| Ok(());
    {
        /// Which hold.
        #[n(6)]
        hold: HoldId,
        /// What was claimed in all, nothing included.
        #[n(7)]
        total: Amount,
    }
}

act! {
    /// Ends the spending from a hold, and leaves the payee its grace to claim.
    HoldClose = "hold-close", |_| Ok(());
    {
        /// Which hold.
        #[n(6)]
        hold: HoldId,
    }
}
