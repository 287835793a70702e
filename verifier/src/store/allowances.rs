//! Allowances as they are now, the claims from them that count, and the lines of their settlements.

use super::{int, uint};
use farthing_protocol::id::{AccountId, Digest, FeeVersion, PayeeKeyHash, Seq};
use farthing_protocol::money::Units;
use farthing_protocol::offline::{AllowanceId, AllowancePrefix, Claimed, VoucherSeq};
use farthing_protocol::time::Time;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

/// An allowance as stored, with what belongs to it.
#[derive(Clone, Debug)]
pub(crate) struct AllowanceRow {
    pub(crate) number: i64,
    /// The payer's.
    pub(crate) account: i64,
    pub(crate) account_id: AccountId,
    pub(crate) asset: i64,
    /// Where it was set aside.
    pub(crate) seq: i64,
    pub(crate) fee_version: FeeVersion,
    pub(crate) claim_until: Time,
    /// When it was set aside.
    pub(crate) placed: Time,
    pub(crate) listed: bool,
    pub(crate) settled: bool,
    /// The signed allowance.
    pub(crate) signed: Vec<u8>,
}

const ALLOWANCE: &str = "SELECT w.number, w.account, a.id, w.asset, w.seq, w.fee_version, w.claim_until_ms, t.time_ms,
       w.listed IS NOT NULL, w.settled_seq IS NOT NULL, t.receipt
     FROM allowances w JOIN accounts a ON a.number = w.account JOIN transactions t ON t.seq = w.seq";

fn read(row: &Row<'_>) -> rusqlite::Result<AllowanceRow> {
    let time = |column| row.get(column).map(|ms| Time::from_ms(uint(ms)));
    Ok(AllowanceRow {
        number: row.get(0)?,
        account: row.get(1)?,
        account_id: AccountId::new(row.get(2)?),
        asset: row.get(3)?,
        seq: row.get(4)?,
        fee_version: FeeVersion::new(uint(row.get(5)?)),
        claim_until: time(6)?,
        placed: time(7)?,
        listed: row.get(8)?,
        settled: row.get(9)?,
        signed: row.get(10)?,
    })
}

pub(crate) fn find(db: &Connection, allowance: &AllowanceId) -> rusqlite::Result<Option<AllowanceRow>> {
    db.prepare_cached(&format!("{ALLOWANCE} WHERE w.allowance = ?1"))?
        .query_row([allowance.as_bytes()], read)
        .optional()
}

/// The allowance of a row; with one of these numbers there always is one.
pub(crate) fn get(db: &Connection, number: i64) -> rusqlite::Result<AllowanceRow> {
    db.prepare_cached(&format!("{ALLOWANCE} WHERE w.number = ?1"))?.query_row([number], read)
}

/// Numbers of allowances whose time is over and that nobody has settled, the oldest first.
pub(crate) fn due(db: &Connection, time: Time, max: usize) -> rusqlite::Result<Vec<i64>> {
    db.prepare_cached(
        "SELECT number FROM allowances WHERE settled_seq IS NULL AND claim_until_ms <= ?1 ORDER BY claim_until_ms, number LIMIT ?2",
    )?
    .query_map([int(time.as_ms()), int(max as u64)], |row| row.get(0))?
    .collect()
}

/// How many allowances of an account can still be claimed from.
pub(crate) fn open(db: &Connection, account: i64, time: Time) -> rusqlite::Result<u64> {
    db.prepare_cached(
        "SELECT count(*) FROM allowances WHERE settled_seq IS NULL AND account = ?1 AND claim_until_ms > ?2",
    )?
    .query_row([account, int(time.as_ms())], |row| row.get(0).map(uint))
}

/// An allowance that is set aside.
pub(crate) struct NewAllowance {
    pub(crate) allowance: AllowanceId,
    pub(crate) account: i64,
    pub(crate) asset: i64,
    pub(crate) seq: Seq,
    pub(crate) fee_version: FeeVersion,
    pub(crate) spend_until: Time,
    pub(crate) claim_until: Time,
}

pub(crate) fn insert(db: &Connection, new: &NewAllowance) -> rusqlite::Result<i64> {
    db.prepare_cached(
        "INSERT INTO allowances (allowance, account, asset, seq, fee_version, spend_until_ms, claim_until_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .insert(params![
        new.allowance.as_bytes(),
        new.account,
        new.asset,
        int(new.seq.get()),
        int(new.fee_version.get()),
        int(new.spend_until.as_ms()),
        int(new.claim_until.as_ms()),
    ])
}

/// Notes that an account sees a position of an allowance.
pub(crate) fn position(db: &Connection, seq: Seq, account: i64, number: i64) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO allowance_positions (seq, account, allowance) VALUES (?1, ?2, ?3)")?
        .execute([int(seq.get()), account, number])
        .map(drop)
}

/// Why an allowance is on the list. The number is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listed {
    Revoked = 1,
    Proven = 2,
}

/// Puts an allowance on the list of revoked ones; one that is there stays as it is.
pub(crate) fn list(db: &Connection, number: i64, why: Listed, by: &[u8]) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE allowances SET listed = ?2, listed_by = ?3 WHERE number = ?1 AND listed IS NULL")?
        .execute(params![number, why as i64, by])
        .map(drop)
}

/// Beginnings of the names that are listed and can be spent from, the longest first.
pub(crate) fn listed(db: &Connection, time: Time, max: usize) -> rusqlite::Result<Vec<AllowancePrefix>> {
    db.prepare_cached(
        "SELECT allowance FROM allowances WHERE listed IS NOT NULL AND spend_until_ms > ?1
         ORDER BY spend_until_ms DESC, number LIMIT ?2",
    )?
    .query_map([int(time.as_ms()), int(max as u64)], |row| Ok(AllowancePrefix::from(&AllowanceId::new(row.get(0)?))))?
    .collect()
}

/// The claim that counts for a request, by what the verifier keeps of it.
pub(crate) struct ClaimRow {
    pub(crate) number: i64,
    pub(crate) account: i64,
    /// The position of the claim that counts.
    pub(crate) seq: i64,
    pub(crate) claimed: Claimed,
}

const CLAIM: &str =
    "SELECT number, account, seq, voucher, request, voucher_seq, payee_key, amount, guaranteed FROM offline_claims";

fn read_claim(row: &Row<'_>) -> rusqlite::Result<ClaimRow> {
    // CHECKs keep both within an amount.
    let units = |column| row.get(column).map(|units| Units::new(uint(units)).unwrap_or_default());
    Ok(ClaimRow {
        number: row.get(0)?,
        account: row.get(1)?,
        seq: row.get(2)?,
        claimed: Claimed {
            voucher: Digest::new(row.get(3)?),
            request: Digest::new(row.get(4)?),
            seq: VoucherSeq::new(uint(row.get(5)?)),
            payee_key: PayeeKeyHash::new(row.get(6)?),
            amount: units(7)?,
            guaranteed: units(8)?,
        },
    })
}

/// All claims from an allowance that count.
pub(crate) fn claims(db: &Connection, allowance: i64) -> rusqlite::Result<Vec<ClaimRow>> {
    db.prepare_cached(&format!("{CLAIM} WHERE allowance = ?1 ORDER BY number"))?
        .query_map([allowance], read_claim)?
        .collect()
}

/// That of one request.
pub(crate) fn claim(db: &Connection, allowance: i64, request: &Digest) -> rusqlite::Result<Option<ClaimRow>> {
    db.prepare_cached(&format!("{CLAIM} WHERE allowance = ?1 AND request = ?2"))?
        .query_row(params![allowance, request.as_bytes()], read_claim)
        .optional()
}

/// What one account has claimed from an allowance, request by request.
pub(crate) fn claimed_by(db: &Connection, allowance: i64, account: i64) -> rusqlite::Result<Vec<Units>> {
    db.prepare_cached("SELECT amount FROM offline_claims WHERE allowance = ?1 AND account = ?2")?
        .query_map([allowance, account], |row| row.get(0).map(|units| Units::new(uint(units)).unwrap_or_default()))?
        .collect()
}

/// How many requests were claimed for, and what the fund has paid of it, of one allowance.
pub(crate) fn claimed_in_all(db: &Connection, allowance: i64) -> rusqlite::Result<(u64, u64)> {
    db.prepare_cached("SELECT count(*), coalesce(sum(guaranteed), 0) FROM offline_claims WHERE allowance = ?1")?
        .query_row([allowance], |row| Ok((uint(row.get(0)?), uint(row.get(1)?))))
}

/// The first claim for a request.
pub(crate) fn insert_claim(
    db: &Connection,
    allowance: i64,
    account: i64,
    claimed: &Claimed,
    seq: Seq,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO offline_claims (allowance, request, account, payee_key, amount, guaranteed, voucher_seq, voucher, seq)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        allowance,
        claimed.request.as_bytes(),
        account,
        claimed.payee_key.as_bytes(),
        int(claimed.amount.get()),
        int(claimed.guaranteed.get()),
        int(claimed.seq.get()),
        claimed.voucher.as_bytes(),
        int(seq.get()),
    ])
    .map(drop)
}

/// Another claim for the same request counts instead.
pub(crate) fn replace_claim(
    db: &Connection,
    number: i64,
    voucher_seq: VoucherSeq,
    voucher: &Digest,
    seq: Seq,
) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE offline_claims SET voucher_seq = ?2, voucher = ?3, seq = ?4 WHERE number = ?1")?
        .execute(params![number, int(voucher_seq.get()), voucher.as_bytes(), int(seq.get())])
        .map(drop)
}

/// The signed claim of a position.
pub(crate) fn signed_claim(db: &Connection, seq: i64) -> rusqlite::Result<Vec<u8>> {
    db.prepare_cached("SELECT signed FROM tab_journal WHERE seq = ?1")?.query_row([seq], |row| row.get(0))
}

pub(crate) fn set_settled(db: &Connection, number: i64, seq: Seq) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE allowances SET settled_seq = ?2 WHERE number = ?1")?
        .execute([number, int(seq.get())])
        .map(drop)
}

/// A settlement with a payee's line.
pub(crate) fn insert_line(
    db: &Connection,
    seq: Seq,
    account: i64,
    voucher: &Digest,
    signed: &[u8],
) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO settlement_lines (seq, account, voucher, signed) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![int(seq.get()), account, voucher.as_bytes(), signed])
        .map(drop)
}

/// The settlements of a position with an account's own lines, ascending by voucher.
pub(crate) fn lines(db: &Connection, seq: Seq, account: i64, skip: u64, max: u64) -> rusqlite::Result<Vec<Vec<u8>>> {
    db.prepare_cached(
        "SELECT signed FROM settlement_lines WHERE seq = ?1 AND account = ?2 ORDER BY voucher LIMIT ?4 OFFSET ?3",
    )?
    .query_map([int(seq.get()), account, int(skip), int(max)], |row| row.get(0))?
    .collect()
}
