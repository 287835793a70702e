//! Money without network (wire decisions 25 to 29). Objects and rules.
//!
//! A payer sets an *allowance* aside, for any payee. Without network, a payee shows a *request*; the payer shows the allowance, which the
//! verifier signed, and a *voucher* for that request. When payees have network again they *claim*; at the end of claiming the
//! verifier *settles*: everybody gets all, unless the payer signed vouchers that contradict each other.
//!
//! ```text
//! payer                              payee                    verifier
//!   ── allowance-order ──────────────────────────────────────▶  cap + fee(cap) set aside
//!   ◀──────────────────────────────────────────── allowance ──
//!                      (no network)
//!   ◀──────────── offline-request ──
//!   ── allowance, offline-voucher ──▶
//!                                      ── offline-claim ──────▶
//!                                      ◀── offline-receipt ──  kept; what is guaranteed is paid at once
//!   ── allowance-revoke ─────────────────────────────────────▶  named in revoked-allowances; no voucher is void
//!                      (claim_until)
//!   ◀─ settlement ─                    ◀───────── settlement ──  shares, and the rest goes back
//! ```
//!
//! | state of an allowance | next | times out |
//! |---|---|---|
//! | open | vouchers, claims, revocation, a proof against it | settled at `claim_until` |
//! | revoked, or proven | claims; payees that hear of it take no more vouchers | settled at `claim_until` |
//! | settled | nothing | |
//!
//! ```
//! use farthing_protocol::{id::*, money::Units, offline::{Claimed, VoucherSeq, settle}};
//! let units = |n| Units::new(n);
//! let claim = |n: u8, amount| Ok::<_, Box<dyn std::error::Error>>(Claimed {
//!     voucher: Digest::new([n; 32]), request: Digest::new([n; 32]), seq: VoucherSeq::new(1), payee_key: PayeeKeyHash::new([n; 32]),
//!     amount: units(amount)?, guaranteed: units(0)?,
//! });
//! // One number, shown to two: a cap of 100 is shared, and the payer's balance answers for the rest.
//! let settled = settle(units(100)?, units(30)?, &[claim(1, 100)?, claim(2, 50)?]);
//! let paid: Vec<u64> = settled.shares.iter().map(|share| share.paid().get()).collect();
//! assert_eq!(paid, [87, 43]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod acts;
mod allowance;
mod anchor;
mod base45;
mod contradict;
mod frame;
mod order;
mod payee;
mod proof;
mod receipt;
mod request;
mod revoked;
mod settle;
mod settlement;
mod voucher;

pub use acts::{AllowanceRevoke, OfflineClaim};
pub use allowance::{Allowance, OfflineFault};
pub use anchor::{Anchor, PaidLast, Resume};
pub use contradict::{Contradiction, contradict, contradict_at_payee};
pub use frame::Frame;
pub use order::AllowanceOrder;
pub use payee::PayeeAccount;
pub use proof::{Proof, Proven, Unproven};
pub use receipt::OfflineReceipt;
pub use request::{OfflineRequest, VerifierPrefix};
pub use revoked::{AllowancePrefix, RevokedAllowances};
pub use settle::{Claimed, Settled, Share, at_risk, goes_back, has_room, settle};
pub use settlement::{Conflict, Line, Settlement, Totals};
pub use voucher::{OfflineVoucher, VoucherSeq};

use crate::cbor::byte_newtype;
use crate::cose::Signed;

byte_newtype!(
    /// An allowance's name: the first 16 bytes of its order's hash. A verifier gives a name once.
    AllowanceId, 16
);
byte_newtype!(
    /// A payee's random bytes, of one request alone: no voucher can be made before, nor taken for another sale.
    Challenge, 16
);

impl AllowanceId {
    /// The name of the allowance that this order asks for.
    #[must_use]
    pub fn of(order: &Signed<AllowanceOrder>) -> Self {
        Self::new(order.hash().first_16())
    }
}

impl Challenge {
    /// Fresh random bytes.
    #[must_use]
    pub fn generate(rng: &mut (impl rand_core::CryptoRng + ?Sized)) -> Self {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }
}
