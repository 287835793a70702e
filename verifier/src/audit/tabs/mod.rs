//! The part of the audit that is about tabs: the life of each hold is lived again by the protocol's own rules, from what was signed, and
//! must lead to the receipts, postings and rows that are there.

mod journal;
mod life;

use super::{Authority, Finding, Held, Position, expect, has_tabs, mismatch, parse, rows, signed_by};
use crate::store::int;
use crate::store::ledger::{HELD, Kind};
use farthing_protocol::key::Kid;
use farthing_protocol::tab::{ClaimReceipt, HoldReceipt};
pub(super) use journal::Asked;
use life::Life;
use rusqlite::Connection;

/// The signed receipt of a position that is a hold's.
pub(super) fn position(
    db: &Connection,
    authority: &Authority,
    seq: u64,
    kind: i64,
    receipt: &[u8],
) -> Result<(Kid, Position), Finding> {
    let what = format!("the receipt of {seq}");
    let of_a_hold = db.prepare_cached("SELECT 1 FROM hold_positions WHERE seq = ?1")?.exists([int(seq)])?;
    expect(of_a_hold, || format!("position {seq} belongs to no hold"))?;
    if kind == Kind::Hold as i64 {
        let receipt = authority.signed::<HoldReceipt>(receipt, &what)?;
        return Ok((receipt.signed().kid(), Position::from(&*receipt)));
    }
    let receipt = authority.signed::<ClaimReceipt>(receipt, &what)?;
    Ok((receipt.signed().kid(), Position::from(&*receipt)))
}

/// Lives each hold again, and adds what they have left.
pub(super) fn check(db: &Connection, authority: &Authority, held: &mut Held) -> Result<(), Finding> {
    if !has_tabs(db)? {
        return Ok(());
    }
    for number in rows::<i64>(db, "SELECT number FROM holds ORDER BY number", |r| r.get(0))? {
        let life = Life::of(db, number)?;
        let (asset, left) = (life.asset, life.live(db, authority)?);
        *held.entry(asset).or_default() += i128::from(left.value());
    }
    journal::without_position(db, authority)?;
    nothing_extra(db)
}

/// What lies in the held account is what holds and allowances have left.
pub(super) fn set_aside(db: &Connection, mut held: Held) -> Result<(), Finding> {
    let balances = "SELECT asset, balance FROM balances WHERE account = ?1";
    for (asset, balance) in db
        .prepare(balances)?
        .query_map([HELD], |r| Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)?)))?
        .collect::<Result<Vec<_>, _>>()?
    {
        let due = held.remove(&asset).unwrap_or_default();
        expect(due == i128::from(balance), || {
            format!("{balance} is set aside for holds and allowances that have {due} left")
        })?;
    }
    expect(held.values().all(|left| *left == 0), || {
        "holds or allowances have money left that is not set aside".to_owned()
    })
}

fn nothing_extra(db: &Connection) -> Result<(), Finding> {
    for (what, sql) in [
        (
            "a position of a hold",
            "SELECT 1 FROM hold_positions p JOIN transactions t ON t.seq = p.seq WHERE t.kind NOT IN (4, 5)",
        ),
        (
            "what was asked of a hold",
            "SELECT 1 FROM tab_journal j LEFT JOIN hold_positions p ON p.seq = j.seq WHERE j.seq IS NOT NULL AND j.kind <= 5 AND p.seq IS NULL",
        ),
        (
            "an entry",
            "SELECT 1 FROM entries e JOIN transactions t ON t.seq = e.seq WHERE (e.kind IN (5, 6)) <> (t.kind = 4) OR (e.kind IN (7, 8)) <> (t.kind = 5)",
        ),
    ] {
        expect(!db.prepare(sql)?.exists([])?, || format!("{what} belongs to no position"))?;
    }
    Ok(())
}

/// True for a position of a hold.
pub(super) const fn is_one(kind: i64) -> bool {
    kind == Kind::Hold as i64 || kind == Kind::Claim as i64
}
