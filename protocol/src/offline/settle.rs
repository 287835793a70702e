//! How an allowance is settled: who gets how much of what there is. A pure function of the claims, whatever their order.
//!
//! 1. Of several vouchers for one request one counts: that of the lowest number, then of the lowest hash.
//! 2. What is set aside, the cap, is shared in proportion to the amounts.
//! 3. What is missing is shared out of the payer's balance, in proportion to what is missing, up to the cap once more: a person who
//!    authorises a cap can lose it twice, and not all that it has, to a thief with the allowance key.
//! 4. What the operator's guarantee fund has paid at once is the payee's in any case: the shares pay it back first.
//!
//! An honest payer's claims come to at most the cap, and everybody gets all. Shares are rounded by the largest remainder, ties going to
//! the lower hash of the voucher.

use super::VoucherSeq;
use super::settlement::{Line, Totals};
use crate::cbor;
use crate::code::OfflineRefusalCode;
use crate::fee_schedule::Terms;
use crate::id::{Digest, PayeeKeyHash};
use crate::limits::{ALLOWANCE_CLAIMS_MAX, ALLOWANCE_CLAIMS_SHARE, ALLOWANCE_VOUCHERS_MAX};
use crate::merkle;
use crate::money::{Amount, AmountError, Units};
use crate::tab;
use core::cmp::Reverse;

/// A claim that the verifier has taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The voucher's hash.
    pub voucher: Digest,
    /// The request's hash.
    pub request: Digest,
    /// The voucher's number.
    pub seq: VoucherSeq,
    /// Who asked.
    pub payee_key: PayeeKeyHash,
    /// What it is for.
    pub amount: Units,
    /// Of it, what the guarantee fund paid when it was claimed.
    pub guaranteed: Units,
}

/// What one claim gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Which claim.
    pub claim: Claimed,
    /// Out of what was set aside.
    pub reserve: Units,
    /// Out of the payer's balance.
    pub balance: Units,
    /// Out of the guarantee fund in the end: what it paid at once, less the two above.
    pub fund: Units,
}

/// An allowance's settlement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The claims that count, ascending by the voucher's hash.
    pub shares: Vec<Share>,
    /// What they come to together.
    pub totals: Totals,
}

impl Share {
    /// What the payee has in the end.
    #[must_use]
    pub const fn paid(&self) -> Units {
        self.claim.amount.less(self.lost())
    }

    /// What nobody pays.
    #[must_use]
    pub const fn lost(&self) -> Units {
        self.claim.amount.less(self.reserve).less(self.balance).less(self.fund)
    }

    /// What of the two shares goes back to the fund, which paid before.
    #[must_use]
    pub const fn back_to_fund(&self) -> Units {
        self.claim.guaranteed.less(self.fund)
    }

    /// As it stands in a settlement.
    #[must_use]
    pub const fn line(&self) -> Line {
        Line {
            voucher: self.claim.voucher,
            payee_key: self.claim.payee_key,
            amount: self.claim.amount,
            reserve: self.reserve,
            balance: self.balance,
            fund: self.fund,
        }
    }
}

impl Settled {
    /// The Merkle root over the lines, in their order: everybody is told the same one.
    #[must_use]
    pub fn root(&self) -> Digest {
        let leaves: Vec<Digest> = self.shares.iter().map(|share| merkle::leaf(&cbor::encode(&share.line()))).collect();
        // There are as many leaves as are asked for.
        merkle::root(leaves.len() as u64, &mut merkle::Leaves(&leaves)).unwrap_or(merkle::empty())
    }
}

/// Settles an allowance, with so much on the payer's account.
#[must_use]
pub fn settle(cap: Units, balance: Units, claims: &[Claimed]) -> Settled {
    let counted = counted(claims);
    let reserve = divide(cap, counted.iter().map(|claim| (claim.amount, claim.voucher)));
    let missing = counted.iter().zip(&reserve).map(|(claim, share)| (claim.amount.less(*share), claim.voucher));
    let balance = divide(balance.min(cap), missing);
    let shares: Vec<Share> = counted
        .into_iter()
        .zip(reserve.into_iter().zip(balance))
        .map(|(claim, (reserve, balance))| {
            let fund = claim.guaranteed.less(reserve).less(balance);
            Share { claim, reserve, balance, fund }
        })
        .collect();
    let sum = |of: fn(&Share) -> Units| shares.iter().fold(0_u64, |sum, share| sum.saturating_add(of(share).get()));
    let totals = Totals {
        count: shares.len() as u64,
        claimed: sum(|share| share.claim.amount),
        reserve: sum(|share| share.reserve),
        balance: sum(|share| share.balance),
        fund: sum(|share| share.fund),
    };
    Settled { shares, totals }
}

/// Whether there is room for a claim of so much, beside those of other requests: `own` are the amounts that the same account has
/// claimed from the allowance before, and `all` is how many there are of everybody.
///
/// An honest payer's vouchers come to at most the cap and are at most 256, for one account and for all: n of them beside 256 − n of others
/// have room for 240 + n / 16. So this takes nothing from an honest payee, and whoever signs vouchers to itself to get a larger share, or to
/// leave no room for others, needs many accounts: no account gets more than a sixteenth of the room that the others leave.
///
/// # Errors
/// [`OfflineRefusalCode::AboveAllowance`], [`OfflineRefusalCode::TooManyClaims`].
pub fn has_room(
    cap: Units,
    own: impl IntoIterator<Item = Units>,
    all: u64,
    amount: Units,
) -> Result<(), OfflineRefusalCode> {
    let begun = (1_u64, u128::from(amount.get()));
    let (count, sum) = own.into_iter().fold(begun, |(n, sum), units| (n + 1, sum + u128::from(units.get())));
    if count > ALLOWANCE_VOUCHERS_MAX || sum > u128::from(cap.get()) {
        return Err(OfflineRefusalCode::AboveAllowance);
    }
    // With this claim `count` are the account's own.
    let others = all.saturating_sub(count - 1);
    let room = (ALLOWANCE_CLAIMS_MAX.saturating_sub(others) / ALLOWANCE_CLAIMS_SHARE).max(1);
    if all < ALLOWANCE_CLAIMS_MAX && count <= room { Ok(()) } else { Err(OfflineRefusalCode::TooManyClaims) }
}

/// What goes back to the payer of what was set aside, when so much of the cap was paid.
///
/// # Errors
/// [`AmountError`] when the parts do not belong together.
pub fn goes_back(cap: &Amount, paid: Units, fees: &Terms) -> Result<Amount, AmountError> {
    let paid = paid.of(cap.asset());
    let spent = paid.checked_add(&tab::fee_of_claimed(&paid, fees)?)?;
    tab::reserve(cap, fees)?.checked_sub(&spent)
}

/// The most that a payee can lose of vouchers that are not settled, each with what is guaranteed of it.
#[must_use]
pub fn at_risk(vouchers: impl IntoIterator<Item = (Units, Units)>) -> u64 {
    vouchers.into_iter().fold(0, |sum, (amount, guaranteed)| sum.saturating_add(amount.less(guaranteed).get()))
}

/// One claim for each request, ascending by the voucher's hash.
fn counted(claims: &[Claimed]) -> Vec<Claimed> {
    let mut sorted = claims.to_vec();
    sorted.sort_by_key(|claim| (claim.request, claim.seq, claim.voucher));
    let mut counted: Vec<Claimed> = Vec::with_capacity(sorted.len());
    for claim in sorted {
        match counted.last_mut().filter(|first| first.request == claim.request) {
            // What the fund paid, it paid for the request.
            Some(first) => first.guaranteed = first.guaranteed.max(claim.guaranteed).min(first.amount),
            None => counted.push(Claimed { guaranteed: claim.guaranteed.min(claim.amount), ..claim }),
        }
    }
    counted.sort_by_key(|claim| claim.voucher);
    counted
}

struct Part {
    place: usize,
    voucher: Digest,
    share: u64,
    remainder: u128,
}

/// Shares a pot in proportion, by the largest remainder; all of it where it suffices.
fn divide(pot: Units, wanted: impl Iterator<Item = (Units, Digest)>) -> Vec<Units> {
    let wanted: Vec<(Units, Digest)> = wanted.collect();
    let sum: u128 = wanted.iter().map(|(units, _)| u128::from(units.get())).sum();
    let pot = u128::from(pot.get());
    if sum <= pot {
        return wanted.into_iter().map(|(units, _)| units).collect();
    }
    let mut parts: Vec<Part> = wanted
        .iter()
        .enumerate()
        .map(|(place, (units, voucher))| {
            // At most 10^30; and below the part itself, since the pot is below the sum.
            let product = pot * u128::from(units.get());
            Part { place, voucher: *voucher, share: (product / sum) as u64, remainder: product % sum }
        })
        .collect();
    let left = pot.saturating_sub(parts.iter().map(|part| u128::from(part.share)).sum());
    parts.sort_by_key(|part| (Reverse(part.remainder), part.voucher));
    for part in parts.iter_mut().take(left as usize) {
        part.share += 1;
    }
    parts.sort_by_key(|part| part.place);
    parts.iter().map(|part| Units::new(part.share).unwrap_or_default()).collect()
}
