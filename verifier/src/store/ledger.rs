//! The ledger: one position per payment, issue or device list, its postings, and the balances they add up to.

use super::parsed::Parsed;
use super::{int, uint};
use crate::fault::Fault;
use farthing_protocol::cose::Signed;
use farthing_protocol::fee_schedule::FeeSchedule;
use farthing_protocol::id::{Digest, Epoch, FeeVersion, Seq, VerifierId};
use farthing_protocol::money::{Asset, Code};
use farthing_protocol::time::Time;
use rusqlite::{Connection, OptionalExtension as _, params};
use std::sync::Arc;

/// The issuer's account, the only one that may be negative.
pub(crate) const ISSUER: i64 = 1;
/// The account that fees go to.
pub(crate) const FEES: i64 = 2;
/// What is set aside for tabs and allowances.
pub(crate) const HELD: i64 = 0;
/// The guarantee fund's account.
pub(crate) const GUARANTEE: i64 = -1;
/// The largest balance: 9,000 of the largest amounts, with room below 2^63 (wire decision 12).
pub(crate) const BALANCE_MAX: i128 = 9_000_000_000_000_000_000;

/// The single row of `ledger`.
#[derive(Clone, Debug)]
pub(crate) struct LedgerRow {
    pub(crate) verifier: VerifierId,
    pub(crate) url: String,
    pub(crate) open: bool,
    pub(crate) epoch: Epoch,
    pub(crate) epoch_opened: Time,
    pub(crate) checkpoint: Digest,
    pub(crate) seq: Seq,
    pub(crate) time: Time,
}

pub(crate) fn row(db: &Connection) -> rusqlite::Result<LedgerRow> {
    db.prepare_cached(
        "SELECT verifier, url, open, epoch, epoch_opened_ms, checkpoint, seq, time_ms FROM ledger WHERE one = 1",
    )?
    .query_row([], |row| {
        Ok(LedgerRow {
            verifier: VerifierId::new(row.get(0)?),
            url: row.get(1)?,
            open: row.get(2)?,
            epoch: Epoch::new(uint(row.get(3)?)),
            epoch_opened: Time::from_ms(uint(row.get(4)?)),
            checkpoint: Digest::new(row.get(5)?),
            seq: Seq::new(uint(row.get(6)?)),
            time: Time::from_ms(uint(row.get(7)?)),
        })
    })
}

pub(crate) fn persist_time(db: &Connection, time: Time) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE ledger SET time_ms = max(time_ms, ?1)")?.execute([int(time.as_ms())]).map(drop)
}

/// Takes the next position.
pub(crate) fn next_seq(db: &Connection) -> rusqlite::Result<Seq> {
    db.prepare_cached("UPDATE ledger SET seq = seq + 1 RETURNING seq")?
        .query_row([], |row| Ok(Seq::new(uint(row.get(0)?))))
}

/// The fee schedule in force, with its signed bytes.
pub(crate) fn fees(db: &Connection, parsed: &Parsed<Signed<FeeSchedule>>) -> Result<Arc<Signed<FeeSchedule>>, Fault> {
    let (version, bytes): (i64, Vec<u8>) = db
        .prepare_cached("SELECT version, signed FROM fee_schedules ORDER BY version DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    parsed.of(version, &bytes, |bytes| Signed::parse(bytes).map_err(Fault::damaged))
}

/// The fee schedule of a version, which some order named.
pub(crate) fn fees_of(
    db: &Connection,
    parsed: &Parsed<Signed<FeeSchedule>>,
    version: FeeVersion,
) -> Result<Arc<Signed<FeeSchedule>>, Fault> {
    let number = int(version.get());
    let bytes: Vec<u8> = db
        .prepare_cached("SELECT signed FROM fee_schedules WHERE version = ?1")?
        .query_row([number], |row| row.get(0))?;
    parsed.of(number, &bytes, |bytes| Signed::parse(bytes).map_err(Fault::damaged))
}

/// The number of an asset, when its scale is the one given.
pub(crate) fn asset_number(db: &Connection, asset: &Asset) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached("SELECT number FROM assets WHERE code = ?1 AND scale = ?2")?
        .query_row(params![asset.code.as_str(), asset.scale()], |row| row.get(0))
        .optional()
}

/// The asset with a number.
pub(crate) fn asset(db: &Connection, number: i64) -> Result<Asset, Fault> {
    let (code, scale): (String, u8) = db
        .prepare_cached("SELECT code, scale FROM assets WHERE number = ?1")?
        .query_row([number], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Asset::new(Code::new(&code).map_err(Fault::damaged)?, scale).map_err(Fault::damaged)
}

/// What an account holds, and how low it may go; nothing and zero when it never held any.
pub(crate) fn balance(db: &Connection, account: i64, asset: i64) -> rusqlite::Result<(i64, i64)> {
    db.prepare_cached("SELECT balance, floor FROM balances WHERE account = ?1 AND asset = ?2")?
        .query_row([account, asset], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
        .map(|found| found.unwrap_or((0, 0)))
}

/// A transaction to write at a position.
pub(crate) struct Transaction<'a> {
    pub(crate) seq: Seq,
    pub(crate) epoch: Epoch,
    pub(crate) time: Time,
    pub(crate) kind: Kind,
    pub(crate) receipt: &'a [u8],
}

/// What a ledger position holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Payment = 1,
    Issue = 2,
    List = 3,
    Hold = 4,
    Claim = 5,
    Allowance = 6,
    OfflineClaim = 7,
    Settlement = 8,
}

/// Writes a transaction and its postings, and moves the balances. Postings of nothing are left out.
///
/// Law 5: they add up to zero, or nothing is written.
pub(crate) fn post(
    db: &Connection,
    transaction: &Transaction<'_>,
    asset: i64,
    postings: &[(i64, i64)],
) -> Result<(), Fault> {
    if postings.iter().map(|(_, amount)| i128::from(*amount)).sum::<i128>() != 0 {
        return Err(Fault::Damaged("postings that do not add up to zero"));
    }
    insert(db, transaction)?;
    let seq = int(transaction.seq.get());
    for (account, amount) in postings.iter().filter(|(_, amount)| *amount != 0) {
        db.prepare_cached("INSERT INTO postings (seq, account, asset, amount) VALUES (?1, ?2, ?3, ?4)")?
            .execute([seq, *account, asset, *amount])?;
        move_balance(db, *account, asset, *amount)?;
    }
    Ok(())
}

/// Writes a transaction; one that moves money goes by [`post`].
pub(crate) fn insert(db: &Connection, transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO transactions (seq, epoch, time_ms, kind, receipt) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            int(transaction.seq.get()),
            int(transaction.epoch.get()),
            int(transaction.time.as_ms()),
            transaction.kind as i64,
            transaction.receipt
        ])
        .map(drop)
}

fn move_balance(db: &Connection, account: i64, asset: i64, amount: i64) -> Result<(), Fault> {
    let (before, _) = balance(db, account, asset)?;
    let after = i128::from(before) + i128::from(amount);
    if after.abs() > BALANCE_MAX {
        return Err(Fault::Damaged("a balance beyond its bound"));
    }
    let after = i64::try_from(after).map_err(|_| Fault::Damaged("a balance beyond its bound"))?;
    // Not an upsert: its insert would be checked against the floor of a fresh row.
    let changed = db
        .prepare_cached("UPDATE balances SET balance = ?3 WHERE account = ?1 AND asset = ?2")?
        .execute([account, asset, after])?;
    if changed == 0 {
        db.prepare_cached("INSERT INTO balances (account, asset, balance) VALUES (?1, ?2, ?3)")?
            .execute([account, asset, after])?;
    }
    Ok(())
}

/// Shows a transaction to an account.
pub(crate) fn show(db: &Connection, account: i64, seq: Seq, kind: i64) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO entries (account, seq, kind) VALUES (?1, ?2, ?3)")?
        .execute([account, int(seq.get()), kind])
        .map(drop)
}
