//! The part of the audit that is about allowances: the life of each is lived again by the protocol's own rules, from what was signed,
//! and must lead to the receipts, postings, lines and rows that are there.

mod life;
mod listed;
mod settled;

use super::tabs::Asked;
use super::{Authority, Finding, Held, Position, expect, has_allowances, mismatch, parse, rows, signed_by};
use crate::store::ledger::{GUARANTEE, Kind};
use crate::store::{int, uint};
use farthing_protocol::key::Kid;
use farthing_protocol::offline::{Allowance, OfflineReceipt, Settlement};
use life::Life;
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, BTreeSet};

/// True for a position of an allowance.
pub(super) const fn is_one(kind: i64) -> bool {
    kind == Kind::Allowance as i64 || kind == Kind::OfflineClaim as i64 || kind == Kind::Settlement as i64
}

/// What the verifier signed at a position that is an allowance's.
pub(super) fn position(
    db: &Connection,
    authority: &Authority,
    seq: u64,
    kind: i64,
    receipt: &[u8],
) -> Result<(Kid, Position), Finding> {
    let what = format!("the receipt of {seq}");
    let of_one = db.prepare_cached("SELECT 1 FROM allowance_positions WHERE seq = ?1")?.exists([int(seq)])?;
    expect(of_one, || format!("position {seq} belongs to no allowance"))?;
    Ok(if kind == Kind::Allowance as i64 {
        let signed = authority.signed::<Allowance>(receipt, &what)?;
        // It names no checkpoint: epoch, position and key say of which history it is.
        let opening = authority.opening(signed.epoch).ok_or_else(|| mismatch(format!("{what} is of no epoch")))?;
        let at = Position { epoch: signed.epoch, seq: signed.seq, checkpoint: opening.hash(), time: signed.time };
        (signed.signed().kid(), at)
    } else if kind == Kind::OfflineClaim as i64 {
        let OfflineReceipt { epoch, seq, checkpoint, time, .. } = *authority.signed(receipt, &what)?;
        (parse::<OfflineReceipt>(receipt, &what)?.kid(), Position { epoch, seq, checkpoint, time })
    } else {
        let Settlement { epoch, seq, checkpoint, time, .. } = *authority.signed(receipt, &what)?;
        (parse::<Settlement>(receipt, &what)?.kid(), Position { epoch, seq, checkpoint, time })
    })
}

/// Lives each allowance again, and adds what those that are not settled have set aside.
pub(super) fn check(db: &Connection, authority: &Authority, held: &mut Held) -> Result<u64, Finding> {
    if !has_allowances(db)? {
        return Ok(0);
    }
    let balances = balances_then(db)?;
    let numbers = rows::<i64>(db, "SELECT number FROM allowances ORDER BY number", |r| r.get(0))?;
    for number in &numbers {
        let life = Life::of(db, *number)?;
        let left = life.live(db, authority, &balances)?;
        *held.entry(life.asset).or_default() += i128::from(left.value());
    }
    nothing_extra(db)?;
    Ok(numbers.len() as u64)
}

/// What the guarantee fund has, by asset.
pub(super) fn fund(db: &Connection) -> Result<BTreeMap<String, i128>, Finding> {
    if !has_allowances(db)? {
        return Ok(BTreeMap::new());
    }
    let sql = "SELECT s.code, coalesce(b.balance, 0) FROM assets s LEFT JOIN balances b ON b.asset = s.number AND b.account = ?1";
    let found = db
        .prepare(sql)?
        .query_map([GUARANTEE], |r| Ok((r.get(0)?, i128::from(r.get::<_, i64>(1)?))))?
        .collect::<Result<_, _>>()?;
    Ok(found)
}

/// What each payer had when an allowance of its was settled, by the position of the settlement, as the postings before add up.
fn balances_then(db: &Connection) -> Result<BTreeMap<i64, i128>, Finding> {
    let settled = rows::<(i64, i64, i64)>(
        db,
        "SELECT settled_seq, account, asset FROM allowances WHERE settled_seq IS NOT NULL ORDER BY settled_seq",
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
    )?;
    let mut sums: BTreeMap<(i64, i64), i128> =
        settled.iter().map(|(_, account, asset)| ((*account, *asset), 0)).collect();
    let mut then = BTreeMap::new();
    let mut next = settled.iter().peekable();
    let mut statement = db.prepare("SELECT seq, account, asset, amount FROM postings ORDER BY seq")?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let seq: i64 = row.get(0)?;
        while let Some((at, account, asset)) = next.next_if(|(at, ..)| *at <= seq) {
            then.insert(*at, sums.get(&(*account, *asset)).copied().unwrap_or_default());
        }
        if let Some(sum) = sums.get_mut(&(row.get(1)?, row.get(2)?)) {
            *sum += i128::from(row.get::<_, i64>(3)?);
        }
    }
    Ok(then)
}

/// The accounts that see a position, and as what, are exactly these.
fn seen(db: &Connection, seq: i64, expected: &BTreeSet<(i64, i64)>) -> Result<(), Finding> {
    let found = db
        .prepare_cached(
            "SELECT p.account, coalesce(e.kind, 0) FROM allowance_positions p
             LEFT JOIN entries e ON e.account = p.account AND e.seq = p.seq WHERE p.seq = ?1",
        )?
        .query_map(params![seq], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<BTreeSet<(i64, i64)>, _>>()?;
    expect(found == *expected, || format!("an account does not see position {seq} as it is"))
}

fn nothing_extra(db: &Connection) -> Result<(), Finding> {
    for (what, sql) in [
        (
            "a position of an allowance",
            "SELECT 1 FROM allowance_positions p JOIN transactions t ON t.seq = p.seq WHERE t.kind NOT IN (6, 7, 8)",
        ),
        (
            "what was asked of an allowance",
            "SELECT 1 FROM tab_journal j LEFT JOIN allowance_positions p ON p.seq = j.seq
             WHERE j.seq IS NOT NULL AND j.kind > 5 AND p.seq IS NULL",
        ),
        (
            "an entry",
            "SELECT 1 FROM entries e LEFT JOIN allowance_positions p ON p.seq = e.seq AND p.account = e.account
             WHERE e.kind >= 9 AND p.seq IS NULL",
        ),
        (
            "a line of a settlement",
            "SELECT 1 FROM settlement_lines WHERE seq NOT IN (SELECT settled_seq FROM allowances WHERE settled_seq IS NOT NULL)",
        ),
    ] {
        expect(!db.prepare(sql)?.exists([])?, || format!("{what} belongs to no position"))?;
    }
    let count: i64 = db.query_row("SELECT count(*) FROM guarantees WHERE per_allowance <= 0", [], |row| row.get(0))?;
    expect(uint(count) == 0, || "the guarantee fund promises less than nothing".to_owned())
}
