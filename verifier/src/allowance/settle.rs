//! Settling: at the end of claiming everybody gets its share, in one position of the ledger (docs/protocol.md 20.7). What each gets is
//! the protocol's own function of claims, cap and balance.

use super::{Known, amount_fault};
use crate::context::Context;
use crate::fault::Fault;
use crate::store::allowances::{self, ClaimRow};
use crate::store::ledger::{self, FEES, GUARANTEE, HELD, Kind, Transaction};
use crate::store::savepoint::{begin, check_open, keep, undo};
use crate::store::{accounts, int, uint};
use crate::tab::Ended;
use crate::topic::Topic;
use farthing_protocol::cbor::{Bytes, V1};
use farthing_protocol::code::ProblemCode;
use farthing_protocol::cose::{Signed, SignedBytes};
use farthing_protocol::http::{MEDIA_CBOR, Reply, SettlementsPage};
use farthing_protocol::id::{Digest, Seq};
use farthing_protocol::limits::{AMOUNT_MAX, CLAIM_GRACE_MIN, SETTLEMENTS_PAGE_MAX};
use farthing_protocol::money::Units;
use farthing_protocol::offline::{
    Claimed, Conflict, OfflineClaim, OfflineVoucher, Settled, Settlement, Share, contradict, goes_back, settle,
};
use farthing_protocol::tab::reserve;
use farthing_protocol::time::Time;
use rusqlite::Connection;
use std::collections::BTreeMap;

/// Lines that one slice signs, give or take one allowance's: some milliseconds of the writer's time.
const SLICE: usize = 128;
/// Allowances that one slice looks at: those that cannot be settled hold up no others, unless there are so many.
const LOOKED_AT: usize = 256;

/// Settles up to one slice of the allowances whose time is over. One that cannot be settled stays as it is until somebody has looked.
pub(crate) fn settle_due(db: &Connection, context: &Context, time: Time) -> Result<Ended, Fault> {
    // In an epoch's first day only allowances that were set aside before it can be due, and these it keeps.
    let kept = time < context.epoch_opened.plus(CLAIM_GRACE_MIN);
    let due = if kept { Vec::new() } else { allowances::due(db, time, LOOKED_AT)? };
    let (mut touched, mut done, mut looked_at) = (Vec::new(), 0, 0);
    for number in &due {
        if done >= SLICE {
            break;
        }
        looked_at += 1;
        begin(db)?;
        match settle_one(db, context, *number, time) {
            Ok((lines, topics)) => {
                keep(db)?;
                done += 1 + lines;
                touched.extend(topics);
            }
            Err(fault) => {
                check_open(db)?;
                undo(db)?;
                tracing::error!(error = %fault, allowance = number, "an allowance could not be settled");
            }
        }
    }
    Ok(Ended { more: looked_at < due.len(), touched })
}

/// The number of its lines, and who has something new to read.
fn settle_one(db: &Connection, context: &Context, number: i64, time: Time) -> Result<(usize, Vec<Topic>), Fault> {
    let known = Known::of(context, allowances::get(db, number)?)?;
    let (cap, row) = (known.allowance.cap, &known.row);
    let claims = allowances::claims(db, number)?;
    let claimed: Vec<Claimed> = claims.iter().map(|row| row.claimed).collect();
    let (balance, _) = ledger::balance(db, row.account, row.asset)?;
    let balance = Units::new(uint(balance).min(AMOUNT_MAX)).unwrap_or_default();
    let settled = settle(cap.units(), balance, &claimed);
    let conflict = if settled.totals.claimed > cap.value() { Some(conflict(db, &claims)?) } else { None };

    let seq = ledger::next_seq(db)?;
    let settlement = Settlement {
        version: V1,
        epoch: context.epoch,
        seq,
        checkpoint: context.checkpoint,
        time,
        allowance: known.allowance.allowance,
        cap,
        totals: settled.totals,
        lines: settled.root(),
        line: None,
        conflict,
    };
    let leaf = Signed::sign(settlement.clone(), context.keys.signing())?;
    crate::crash::point(crate::crash::AFTER_REPLY_SIGN);
    let transaction = Transaction { seq, epoch: context.epoch, time, kind: Kind::Settlement, receipt: leaf.bytes() };
    ledger::post(db, &transaction, row.asset, &postings(db, context, &known, &settled, &claims)?)?;
    allowances::set_settled(db, number, seq)?;

    // Signed now: a later key was not in force at this position.
    let accounts = owners(&claims);
    for share in &settled.shares {
        let account = owner_of(&accounts, share)?;
        let own = Signed::sign(Settlement { line: Some(share.line()), ..settlement.clone() }, context.keys.signing())?;
        allowances::insert_line(db, seq, account, &share.claim.voucher, own.bytes())?;
    }
    let mut touched = vec![Topic::from(row.account_id)];
    shown(db, seq, row.account, number, 11)?;
    let mut payees: Vec<i64> = accounts.into_values().filter(|account| *account != row.account).collect();
    payees.sort_unstable();
    payees.dedup();
    for payee in payees {
        shown(db, seq, payee, number, 12)?;
        touched.push(accounts::account_id(db, payee)?.into());
    }
    Ok((settled.shares.len(), touched))
}

fn shown(db: &Connection, seq: Seq, account: i64, number: i64, kind: i64) -> rusqlite::Result<()> {
    allowances::position(db, seq, account, number)?;
    ledger::show(db, account, seq, kind)
}

/// Whose each request is.
fn owners(claims: &[ClaimRow]) -> BTreeMap<Digest, i64> {
    claims.iter().map(|row| (row.claimed.request, row.account)).collect()
}

fn owner_of(owners: &BTreeMap<Digest, i64>, share: &Share) -> Result<i64, Fault> {
    owners.get(&share.claim.request).copied().ok_or(Fault::Damaged("a share of nobody's claim"))
}

/// All that moves, account by account.
fn postings(
    db: &Connection,
    context: &Context,
    known: &Known,
    settled: &Settled,
    claims: &[ClaimRow],
) -> Result<Vec<(i64, i64)>, Fault> {
    let (cap, terms) = (&known.allowance.cap, known.terms(db, context)?);
    let (totals, held) = (&settled.totals, reserve(cap, &terms).map_err(amount_fault)?);
    let paid = Units::new(totals.reserve).map_err(amount_fault)?;
    let back = goes_back(cap, paid, &terms).map_err(amount_fault)?;
    let fee = held.value().saturating_sub(paid.get()).saturating_sub(back.value());
    let mut moved: BTreeMap<i64, i64> = BTreeMap::new();
    let mut add = |account, units: i64| *moved.entry(account).or_default() += units;
    add(HELD, -int(held.value()));
    add(FEES, int(fee));
    add(known.row.account, int(back.value()) - int(totals.balance));
    let owners = owners(claims);
    for share in &settled.shares {
        // What the fund has paid before comes back first.
        let to_fund = int(share.back_to_fund().get());
        add(owner_of(&owners, share)?, int(share.reserve.get()) + int(share.balance.get()) - to_fund);
        add(GUARANTEE, to_fund);
    }
    Ok(moved.into_iter().collect())
}

/// Two of the vouchers that contradict each other. There are two whenever more than the cap is claimed: each total is within it.
fn conflict(db: &Connection, claims: &[ClaimRow]) -> Result<Conflict, Fault> {
    let mut vouchers = Vec::with_capacity(claims.len());
    for row in claims {
        let claim = Signed::<OfflineClaim>::parse(&allowances::signed_claim(db, row.seq)?).map_err(Fault::damaged)?;
        let voucher = Signed::parse(claim.claims().voucher.as_slice()).map_err(Fault::damaged)?;
        vouchers.push(voucher);
    }
    first_conflict(vouchers)
        .ok_or(Fault::Damaged("more is claimed than the cap, by vouchers that agree with each other"))
}

/// In one pass by number: a voucher contradicts the one before it, or the one with the highest total so far, or none of them.
fn first_conflict(mut vouchers: Vec<Signed<OfflineVoucher>>) -> Option<Conflict> {
    vouchers.sort_by_key(|voucher| (voucher.claims().seq, voucher.hash()));
    let (mut before, mut highest): (Option<&Signed<OfflineVoucher>>, Option<&Signed<OfflineVoucher>>) = (None, None);
    for voucher in &vouchers {
        let says_no = |other: &&Signed<OfflineVoucher>| contradict(other.claims(), voucher.claims()).is_some();
        if let Some(other) = [before, highest].into_iter().flatten().find(says_no) {
            let (one, other) = (voucher.hash().min(other.hash()), voucher.hash().max(other.hash()));
            return Some(Conflict { one, other });
        }
        before = Some(voucher);
        if highest.is_none_or(|highest| voucher.claims().total > highest.claims().total) {
            highest = Some(voucher);
        }
    }
    None
}

/// An account's own lines of the settlement at a position.
pub(crate) fn lines(db: &Connection, account: i64, seq: Seq, after: u64) -> Result<Reply, Fault> {
    let mut found = allowances::lines(db, seq, account, after, SETTLEMENTS_PAGE_MAX + 1)?;
    if found.is_empty() && after == 0 {
        return Err(ProblemCode::NotFound.into());
    }
    let more = found.len() as u64 > SETTLEMENTS_PAGE_MAX;
    found.truncate(SETTLEMENTS_PAGE_MAX as usize);
    let settlements = found.into_iter().map(Bytes::new).collect::<Result<Vec<SignedBytes>, _>>()?;
    Ok(Reply::ok(MEDIA_CBOR, SettlementsPage { settlements, more }.encode()))
}
