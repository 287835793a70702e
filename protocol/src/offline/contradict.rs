//! When two vouchers of one allowance cannot both be an honest wallet's.
//!
//! What is compared is what was signed, never the signature: an Ed25519 key can sign the same words twice in two ways.
//!
//! An honest wallet uses each number once and adds each amount to the total before (see [`Anchor`](super::Anchor)), also over crashes. So for
//! its vouchers n < m: total(m) − amount(m) ≥ total(n), and equal when nothing can lie between them. The other way round, of vouchers
//! of which no two contradict each other, all amounts together are at most the highest total: whoever spends more than its cap, over
//! however many payees, has signed two that do.

use super::OfflineVoucher;
use crate::money::Units;

/// What gives a payer away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Contradiction {
    /// One number, and two payments.
    #[error("two payments of one number")]
    SameNumber,
    /// A later voucher leaves out what an earlier one counted.
    #[error("a total that leaves a payment out")]
    Totals,
    /// The same of what one payee got.
    #[error("a payee's total that leaves a payment out")]
    PayeeTotals,
}

impl Contradiction {
    /// The stable name, in snake case.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::SameNumber => "same_number",
            Self::Totals => "totals",
            Self::PayeeTotals => "payee_totals",
        }
    }
}

/// Whether two vouchers of one allowance, for whomever, contradict each other. Those of two allowances never do.
#[must_use]
pub fn contradict(a: &OfflineVoucher, b: &OfflineVoucher) -> Option<Contradiction> {
    if a.allowance != b.allowance || a == b {
        return None;
    }
    let (earlier, later) = if a.seq <= b.seq { (a, b) } else { (b, a) };
    if earlier.seq == later.seq {
        return Some(Contradiction::SameNumber);
    }
    leaves_out(earlier, later, |voucher| voucher.total).then_some(Contradiction::Totals)
}

/// As [`contradict`], of vouchers whose requests are of one payee key.
#[must_use]
pub fn contradict_at_payee(a: &OfflineVoucher, b: &OfflineVoucher) -> Option<Contradiction> {
    contradict(a, b).or_else(|| {
        let (earlier, later) = if a.seq <= b.seq { (a, b) } else { (b, a) };
        let found = a.allowance == b.allowance && a != b && leaves_out(earlier, later, |voucher| voucher.payee_total);
        found.then_some(Contradiction::PayeeTotals)
    })
}

/// Whether the later total leaves out the earlier, or, with neighbours, anything comes between them.
fn leaves_out(earlier: &OfflineVoucher, later: &OfflineVoucher, total: fn(&OfflineVoucher) -> Units) -> bool {
    let (before, after) = (total(earlier), total(later).less(later.amount));
    after < before || (later.seq == earlier.seq.next() && after != before)
}
