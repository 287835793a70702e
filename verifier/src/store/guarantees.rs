//! What the guarantee fund promises, and to whom: the operator's policy. Without a word of the operator's it is nothing.

use super::{int, uint};
use farthing_protocol::id::AccountId;
use rusqlite::{Connection, OptionalExtension as _};

/// The most that the fund pays of one allowance to this payee: nothing to one that it does not know.
pub(crate) fn promised(db: &Connection, account: i64, asset: i64) -> rusqlite::Result<u64> {
    db.prepare_cached(
        "SELECT g.per_allowance FROM guarantees g WHERE g.asset = ?2
           AND EXISTS (SELECT 1 FROM guaranteed_payees p WHERE p.account = ?1)",
    )?
    .query_row([account, asset], |row| row.get(0))
    .optional()
    .map(|found| found.map_or(0, uint))
}

/// Sets what the fund pays of one allowance at most; nothing with zero.
pub(crate) fn set(db: &Connection, asset: i64, per_allowance: u64) -> rusqlite::Result<()> {
    if per_allowance == 0 {
        return db.prepare_cached("DELETE FROM guarantees WHERE asset = ?1")?.execute([asset]).map(drop);
    }
    db.prepare_cached(
        "INSERT INTO guarantees (asset, per_allowance) VALUES (?1, ?2) ON CONFLICT (asset) DO UPDATE SET per_allowance = ?2",
    )?
    .execute([asset, int(per_allowance)])
    .map(drop)
}

/// Guarantees a payee from now on, or no longer. What was guaranteed stays so.
pub(crate) fn set_payee(db: &Connection, account: i64, guaranteed: bool) -> rusqlite::Result<()> {
    let sql = if guaranteed {
        "INSERT INTO guaranteed_payees (account) VALUES (?1) ON CONFLICT DO NOTHING"
    } else {
        "DELETE FROM guaranteed_payees WHERE account = ?1"
    };
    db.prepare_cached(sql)?.execute([account]).map(drop)
}

/// The promises: the number of each asset, and how much of one allowance.
pub(crate) fn all(db: &Connection) -> rusqlite::Result<Vec<(i64, u64)>> {
    db.prepare_cached("SELECT asset, per_allowance FROM guarantees ORDER BY asset")?
        .query_map([], |row| Ok((row.get(0)?, uint(row.get(1)?))))?
        .collect()
}

/// Whom it guarantees.
pub(crate) fn payees(db: &Connection) -> rusqlite::Result<Vec<AccountId>> {
    db.prepare_cached(
        "SELECT a.id FROM guaranteed_payees p JOIN accounts a ON a.number = p.account ORDER BY p.account",
    )?
    .query_map([], |row| row.get(0).map(AccountId::new))?
    .collect()
}
