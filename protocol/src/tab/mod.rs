//! Tabs: money by the drop (wire decisions 20 to 22): objects and rules, for wallet and verifier alike.
//!
//! A payer sets a *hold* aside for one payee, up to a cap. For each drop it signs a *voucher* over the total so far, of which only
//! the greatest counts; the payee *claims* when it likes, and the rest goes back.
//!
//! ```text
//! payee            payer                        verifier
//!   ── hold-offer ──▶
//!                    ── hold-order ────────────▶  cap + fee(cap) set aside
//!   ◀─ hold-receipt ─◀─ hold-receipt, version 1 ──
//!   ◀─ voucher 0.02 ─
//!   ◀─ voucher 0.04 ─
//!                    ── hold-change ───────────▶  more set aside, later times
//!   ◀─ hold-receipt ─◀─ hold-receipt, version 2 ──
//!   ◀─ voucher 9.98 ─
//!   ── claim ────────────────────────────────▶  difference to the payee, fee(after) − fee(before)
//!   ◀───────────────────────── claim-receipt ──
//!                    ── hold-close ────────────▶  the payee keeps its grace
//!   ── hold-release ─────────────────────────▶  the rest goes back at once
//!   ◀──────────────────── claim-receipt, final ──
//! ```
//!
//! | state of a hold | next | times out |
//! |---|---|---|
//! | open | change, claim; close; release | ends at `claim_until` |
//! | closed | claim; release | ends at `claim_until`, which the closing moved to its grace from then |
//! | ended | nothing; a claim of no more than was claimed is answered as before | |
//!
//! The hold's order is the acceptance of the offer that it refers to: there is no other. What a drop was for stays between the two.
//!
//! ```
//! use farthing_protocol::{fee_schedule::Terms, money::*, tab};
//! let usd = Asset::new(Code::new("USD")?, 6)?;
//! let fees = Terms { asset: usd, flat: 10_000, bps: 30 };
//! let cap = Amount::parse("10.00 USD", &[usd])?;
//! assert_eq!(tab::reserve(&cap, &fees)?.to_string(), "10.04 USD");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bounds;
mod claim;
mod direct;
mod hold;
mod meter;
mod offer;
mod order;
mod receipt;
mod voucher;

pub use bounds::{Bounds, HoldVersion};
pub use claim::{Claim, HoldClose, HoldRelease};
pub use direct::{DirectAnswer, DirectContext, DirectNonce, DirectRefusal, DirectRequest, DirectSaid};
pub use hold::{Hold, HoldError, HoldState, Posting, fee_of_claimed, kept_until, reserve};
pub use meter::{MeterMeasure, MeterTerms, Ticks};
pub use offer::{HoldOffer, OfferTerms, accepts, offer_reference};
pub use order::{HoldChange, HoldOrder};
pub use receipt::{ClaimReceipt, HoldReceipt};
pub use voucher::{Voucher, VoucherFault};

use crate::cbor::byte_newtype;
use crate::cose::Signed;

byte_newtype!(
    /// A hold's name: the hash of its order. So it is of one order of one account at one verifier, for one payee key and one voucher
    /// key; the order's id alone could be another account's, too.
    HoldId, 32
);

impl HoldId {
    /// The name of the hold that this order places.
    #[must_use]
    pub fn of(order: &Signed<HoldOrder>) -> Self {
        Self::new(*order.hash().as_bytes())
    }
}
