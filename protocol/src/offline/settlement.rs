//! Settlement: the verifier's word of who got how much of an allowance, and why.
//!
//! ```cddl
//! settlement = {
//!   0: 1,
//!   1: uint, 2: uint,         ; epoch, seq: its position in the ledger; seq is 1 or more
//!   3: bstr .size 32,         ; hash of the checkpoint that opened the epoch
//!   4: time,                  ; ledger time
//!   5: bstr .size 16,         ; allowance
//!   6: amount,                ; cap
//!   7: [count: 0..4096, claimed: uint, reserve: uint, balance: uint, fund: uint],   ; of all claims, in units
//!   8: bstr .size 32,         ; Merkle root over all lines
//!   ? 9: line,                ; the recipient's own
//!   ? 10: [one: bstr .size 32, other: bstr .size 32],     ; hashes of two vouchers that contradict each other
//! }
//! line = [voucher: bstr .size 32, payee-key: bstr .size 32, amount: units, reserve: units, balance: units, fund: units]
//! ```
//!
//! Type `settlement`, signed by the signing key. The payer gets it without a line; each payee gets, for each claim that counts, one
//! with its line and otherwise the same. So a payee sees that its share is the one in proportion, to a unit, and everybody that
//! all were told the same sums and root. It names neither the payer's account nor what others got.

use super::AllowanceId;
use crate::cbor::V1;
use crate::cose::Object;
use crate::error::Malformed;
use crate::id::{Digest, Epoch, PayeeKeyHash, Seq};
use crate::limits::{ALLOWANCE_CLAIMS_MAX, AMOUNT_MAX};
use crate::money::{Amount, Units};
use crate::receipt::check_seq;
use crate::time::Time;
use minicbor::{Decode, Encode};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Settlement {
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
    /// Ledger time when it was settled.
    #[n(4)]
    pub time: Time,
    /// Which allowance.
    #[n(5)]
    pub allowance: AllowanceId,
    /// What was set aside, without its fee.
    #[n(6)]
    pub cap: Amount,
    /// Of all claims together.
    #[n(7)]
    pub totals: Totals,
    /// The Merkle root over all lines.
    #[n(8)]
    pub lines: Digest,
    /// The recipient's own line.
    #[n(9)]
    pub line: Option<Line>,
    /// Two vouchers that contradict each other: why not all is paid out of the cap.
    #[n(10)]
    pub conflict: Option<Conflict>,
}

/// What all claims come to, in units of the cap's asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Totals {
    /// How many count.
    #[n(0)]
    pub count: u64,
    /// What they were for.
    #[n(1)]
    pub claimed: u64,
    /// Paid out of what was set aside.
    #[n(2)]
    pub reserve: u64,
    /// Paid out of the payer's balance.
    #[n(3)]
    pub balance: u64,
    /// Paid out of the guarantee fund.
    #[n(4)]
    pub fund: u64,
}

/// What one claim got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Line {
    /// The voucher's hash.
    #[n(0)]
    pub voucher: Digest,
    /// Who got it.
    #[n(1)]
    pub payee_key: PayeeKeyHash,
    /// What the voucher is for.
    #[n(2)]
    pub amount: Units,
    /// Paid out of what was set aside.
    #[n(3)]
    pub reserve: Units,
    /// Paid out of the payer's balance.
    #[n(4)]
    pub balance: Units,
    /// Paid out of the guarantee fund.
    #[n(5)]
    pub fund: Units,
}

impl Line {
    /// What the payee has in the end, out of all three.
    #[must_use]
    pub const fn paid(&self) -> u64 {
        self.reserve.get().saturating_add(self.balance.get()).saturating_add(self.fund.get())
    }
}

/// Two vouchers that contradict each other, by their hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Conflict {
    /// The one with the lower hash.
    #[n(0)]
    pub one: Digest,
    /// The other.
    #[n(1)]
    pub other: Digest,
}

impl Totals {
    /// What holds for the sums of every settlement: the cap is paid first and as far as it goes, then at most as much of the balance.
    fn fit(&self, cap: u64) -> bool {
        let missing = self.claimed.saturating_sub(self.reserve);
        self.count <= ALLOWANCE_CLAIMS_MAX
            && self.claimed >= self.count
            && self.claimed <= self.count.saturating_mul(AMOUNT_MAX)
            && self.reserve == cap.min(self.claimed)
            && self.balance <= cap.min(missing)
            && self.fund <= missing.saturating_sub(self.balance)
    }

    /// Whether a line is one of these: in proportion, to a unit.
    fn have(&self, line: &Line) -> bool {
        let missing = line.amount.less(line.reserve);
        !line.amount.is_zero()
            && in_proportion(line.reserve, self.reserve, line.amount, self.claimed)
            && in_proportion(line.balance, self.balance, missing, self.claimed.saturating_sub(self.reserve))
            && line.fund <= missing.less(line.balance)
            && line.fund.get() <= self.fund
    }
}

/// Whether a share of a pot is the part's in proportion to the whole, rounded down or, where it is no whole number, up.
fn in_proportion(share: Units, pot: u64, part: Units, whole: u64) -> bool {
    if part.get() > whole {
        return false;
    }
    let product = u128::from(pot) * u128::from(part.get());
    let (share, whole) = (u128::from(share.get()), u128::from(whole.max(1)));
    share == product / whole || share == product.div_ceil(whole)
}

impl Object for Settlement {
    const TYPE: &'static str = "settlement";

    fn check(&self) -> Result<(), Malformed> {
        check_seq(self.seq)?;
        if self.cap.is_zero() || !self.totals.fit(self.cap.value()) {
            return Err(Malformed::Value("a settlement's sums do not fit together"));
        }
        if self.line.as_ref().is_some_and(|line| !self.totals.have(line)) {
            return Err(Malformed::Value("a share is not the one in proportion"));
        }
        let explained = match &self.conflict {
            Some(conflict) => conflict.one < conflict.other,
            // Vouchers of which no two contradict each other are never for more than the cap.
            None => self.totals.claimed <= self.cap.value(),
        };
        if explained { Ok(()) } else { Err(Malformed::Value("more is claimed than the cap, and nothing says why")) }
    }
}
