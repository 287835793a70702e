//! A settlement, computed again from claims, cap and what the payer had then.

use super::life::{At, Life, Lived};
use super::{Authority, Finding, expect, mismatch, parse, seen};
use crate::audit::ledger::postings;
use crate::store::ledger::{FEES, GUARANTEE, HELD};
use crate::store::{int, uint};
use farthing_protocol::cbor::V1;
use farthing_protocol::id::{Digest, Seq};
use farthing_protocol::limits::AMOUNT_MAX;
use farthing_protocol::money::{AmountError, Units};
use farthing_protocol::offline::{Claimed, Conflict, Settled, Settlement, contradict, goes_back, settle};
use farthing_protocol::tab::reserve;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// What is to be checked, and against what.
pub(super) struct Settling<'a> {
    pub(super) db: &'a Connection,
    pub(super) authority: &'a Authority,
    pub(super) life: &'a Life,
    pub(super) lived: &'a Lived,
    pub(super) at: &'a At,
    /// What the payer had before it.
    pub(super) balance: i128,
}

pub(super) fn check(settling: &Settling<'_>) -> Result<(), Finding> {
    let Settling { db, authority, life, lived, at, balance } = settling;
    let cap = lived.allowance.cap;
    let claims: Vec<Claimed> = lived.claims.values().map(|counted| counted.claimed).collect();
    let balance = u64::try_from(*balance).unwrap_or_default().min(AMOUNT_MAX);
    let settled = settle(cap.units(), Units::new(balance).unwrap_or_default(), &claims);
    let leaf = parse::<Settlement>(&at.receipt, "a settlement")?;
    let opening = authority.opening(at.epoch).ok_or_else(|| mismatch("a settlement of no epoch"))?;
    let expected = Settlement {
        version: V1,
        epoch: at.epoch,
        seq: Seq::new(uint(at.seq)),
        checkpoint: opening.hash(),
        time: at.time,
        allowance: life.id,
        cap,
        totals: settled.totals,
        lines: settled.root(),
        line: None,
        conflict: leaf.claims().conflict,
    };
    let what = || format!("the settlement of {} at {}", life.what(), at.seq);
    expect(*leaf.claims() == expected, || format!("{} is not what its claims come to", what()))?;
    let explained = match &expected.conflict {
        None => settled.totals.claimed <= cap.value(),
        Some(conflict) => settled.totals.claimed > cap.value() && contradicts(lived, conflict),
    };
    expect(explained, || format!("{} names vouchers that do not contradict each other", what()))?;
    moved(settling, &settled).map_err(|error| mismatch(format!("{}: {error}", what())))??;
    let mut sights = BTreeSet::from([(life.account, 11)]);
    let payees = lived.claims.values().map(|counted| counted.account).filter(|payee| *payee != life.account);
    sights.extend(payees.map(|payee| (payee, 12)));
    seen(db, at.seq, &sights)?;

    let mut lines = BTreeMap::new();
    for share in &settled.shares {
        let owner = lived.claims.get(&share.claim.request).map(|counted| counted.account);
        let own = Settlement { line: Some(share.line()), ..expected.clone() };
        lines.insert((owner.unwrap_or_default(), share.claim.voucher), own);
    }
    let mut found = db.prepare_cached("SELECT account, voucher, signed FROM settlement_lines WHERE seq = ?1")?;
    let mut found = found.query([at.seq])?;
    while let Some(row) = found.next()? {
        let signed = authority.signed::<Settlement>(&row.get::<_, Vec<u8>>(2)?, &what())?;
        let due = lines.remove(&(row.get(0)?, Digest::new(row.get(1)?)));
        let same = due.is_some_and(|due| due == *signed) && signed.signed().kid() == leaf.kid();
        expect(same, || format!("a line of {} is another", what()))?;
    }
    expect(lines.is_empty(), || format!("{} has not told a payee", what()))
}

/// Both are vouchers that were claimed by, and no honest phone signs both.
fn contradicts(lived: &Lived, conflict: &Conflict) -> bool {
    let voucher = |hash: &Digest| {
        lived.claims.values().find(|counted| counted.claimed.voucher == *hash).map(|counted| &counted.voucher)
    };
    voucher(&conflict.one).zip(voucher(&conflict.other)).is_some_and(|(a, b)| contradict(a, b).is_some())
}

/// The postings are exactly those of the shares.
fn moved(settling: &Settling<'_>, settled: &Settled) -> Result<Result<(), Finding>, AmountError> {
    let Settling { db, life, lived, at, .. } = settling;
    let (cap, terms) = (&lived.allowance.cap, &lived.terms);
    let held = reserve(cap, terms)?;
    let paid = Units::new(settled.totals.reserve)?;
    let back = goes_back(cap, paid, terms)?;
    let fee = held.checked_sub(&back)?.checked_sub(&paid.of(cap.asset()))?;
    let mut sums: BTreeMap<i64, i64> = BTreeMap::new();
    let mut add = |account, units: i64| *sums.entry(account).or_default() += units;
    add(HELD, -int(held.value()));
    add(FEES, int(fee.value()));
    add(life.account, int(back.value()) - int(settled.totals.balance));
    for share in &settled.shares {
        let owner = lived.claims.get(&share.claim.request).map_or(0, |counted| counted.account);
        // In the end it has its shares and what the fund bears; what was guaranteed it had before.
        add(owner, int(share.paid().get()) - int(share.claim.guaranteed.get()));
        add(GUARANTEE, int(share.claim.guaranteed.get()) - int(share.fund.get()));
    }
    let expected = sums.into_iter().filter(|(_, units)| *units != 0).map(|(of, units)| (of, life.asset, units));
    Ok(postings(db, uint(at.seq), &expected.collect()))
}
