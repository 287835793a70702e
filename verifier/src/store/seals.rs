//! Periodic checkpoints as they are stored, and which accounts each speaks of.

use super::{int, uint};
use farthing_protocol::id::{AccountId, Digest, Epoch, Seq};
use rusqlite::{Connection, OptionalExtension as _, params};

/// How far the ledger is sealed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SealedRow {
    /// The ledger's last position.
    pub(crate) seq: u64,
    /// The last one that a periodic checkpoint covers.
    pub(crate) sealed: u64,
    /// When it was made; 0 while this epoch has none.
    pub(crate) sealed_ms: u64,
    /// The first position of the epoch.
    pub(crate) opened: u64,
}

pub(crate) fn row(db: &Connection) -> rusqlite::Result<SealedRow> {
    db.prepare_cached("SELECT seq, sealed_seq, sealed_ms, (SELECT max(first_seq) FROM checkpoints) FROM ledger")?
        .query_row([], |row| {
            Ok(SealedRow {
                seq: uint(row.get(0)?),
                sealed: uint(row.get(1)?),
                sealed_ms: uint(row.get(2)?),
                opened: uint(row.get(3)?),
            })
        })
}

pub(crate) fn insert(db: &Connection, first: Seq, epoch: Epoch, signed: &[u8], leaves: &[u8]) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO seals (first_seq, epoch, signed, leaves) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![int(first.get()), int(epoch.get()), signed, leaves])
        .map(drop)
}

pub(crate) fn set_sealed(db: &Connection, seq: u64, ms: u64) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE ledger SET sealed_seq = ?1, sealed_ms = ?2")?.execute([int(seq), int(ms)]).map(drop)
}

/// A stored checkpoint with its first seq.
pub(crate) type Stored = (Seq, Vec<u8>);

fn stored(row: &rusqlite::Row<'_>) -> rusqlite::Result<Stored> {
    Ok((Seq::new(uint(row.get(0)?)), row.get(1)?))
}

/// The newest of all.
pub(crate) fn newest(db: &Connection) -> rusqlite::Result<Option<Stored>> {
    db.prepare_cached("SELECT first_seq, signed FROM seals ORDER BY first_seq DESC LIMIT 1")?
        .query_row([], stored)
        .optional()
}

pub(crate) fn at(db: &Connection, epoch: Epoch, first: Seq) -> rusqlite::Result<Option<Stored>> {
    db.prepare_cached("SELECT first_seq, signed FROM seals WHERE first_seq = ?1 AND epoch = ?2")?
        .query_row([int(first.get()), int(epoch.get())], stored)
        .optional()
}

/// The next one of an epoch.
pub(crate) fn after(db: &Connection, epoch: Epoch, first: Seq) -> rusqlite::Result<Option<Stored>> {
    db.prepare_cached(
        "SELECT first_seq, signed FROM seals WHERE first_seq > ?1 AND epoch = ?2 ORDER BY first_seq LIMIT 1",
    )?
    .query_row([int(first.get()), int(epoch.get())], stored)
    .optional()
}

/// The one before of an epoch: the opening checkpoint where there is no periodic one.
pub(crate) fn before(db: &Connection, epoch: Epoch, first: Seq) -> rusqlite::Result<Option<Stored>> {
    let periodic = db
        .prepare_cached(
            "SELECT first_seq, signed FROM seals WHERE first_seq < ?1 AND epoch = ?2 ORDER BY first_seq DESC LIMIT 1",
        )?
        .query_row([int(first.get()), int(epoch.get())], stored)
        .optional()?;
    if periodic.is_some() {
        return Ok(periodic);
    }
    db.prepare_cached("SELECT first_seq, signed FROM checkpoints WHERE epoch = ?1 AND first_seq < ?2")?
        .query_row([int(epoch.get()), int(first.get())], stored)
        .optional()
}

/// The checkpoint that covers a position, the position that the one before it covers last, and the accounts' hashes.
pub(crate) struct Covering {
    pub(crate) first: Seq,
    pub(crate) from: u64,
    pub(crate) signed: Vec<u8>,
    pub(crate) leaves: Vec<u8>,
}

pub(crate) fn covering(db: &Connection, seq: Seq) -> rusqlite::Result<Option<Covering>> {
    db.prepare_cached(
        "SELECT first_seq, signed, leaves,
           (SELECT coalesce(max(b.first_seq), 1) FROM seals b WHERE b.first_seq <= ?1)
         FROM seals WHERE first_seq > ?1 ORDER BY first_seq LIMIT 1",
    )?
    .query_row([int(seq.get())], |row| {
        Ok(Covering {
            first: Seq::new(uint(row.get(0)?)),
            signed: row.get(1)?,
            leaves: row.get(2)?,
            from: uint(row.get::<_, i64>(3)?).saturating_sub(1),
        })
    })
    .optional()
}

/// An account that changed.
pub(crate) struct Changed {
    pub(crate) number: i64,
    pub(crate) id: AccountId,
    pub(crate) last: Seq,
}

/// People's accounts that changed after one position and up to another, by ascending number.
pub(crate) fn changed(db: &Connection, after: u64, upto: u64) -> rusqlite::Result<Vec<Changed>> {
    // An audit looks at backups of an earlier schema, too.
    let holds = if db.table_exists(None, "holds")? { OF_HOLDS } else { "" };
    let allowances = if db.table_exists(None, "allowances")? { OF_ALLOWANCES } else { "" };
    db.prepare_cached(&format!(
        "SELECT c.account, a.id, max(c.seq) FROM (
           SELECT account, seq FROM postings WHERE seq > ?1 AND seq <= ?2
           UNION ALL SELECT account, seq FROM lists WHERE seq > ?1 AND seq <= ?2 {holds} {allowances}
         ) c JOIN accounts a ON a.number = c.account AND a.role = 3 GROUP BY c.account ORDER BY c.account"
    ))?
    .query_map([int(after), int(upto)], |row| {
        Ok(Changed { number: row.get(0)?, id: AccountId::new(row.get(1)?), last: Seq::new(uint(row.get(2)?)) })
    })?
    .collect()
}

/// Positions of holds are shown to both sides, also where nothing of theirs moves.
const OF_HOLDS: &str = "
    UNION ALL SELECT h.account, p.seq FROM hold_positions p JOIN holds h ON h.number = p.hold WHERE p.seq > ?1 AND p.seq <= ?2
    UNION ALL SELECT h.payee, p.seq FROM hold_positions p JOIN holds h ON h.number = p.hold WHERE p.seq > ?1 AND p.seq <= ?2";

/// Those of allowances to who sees them.
const OF_ALLOWANCES: &str =
    "UNION ALL SELECT p.account, p.seq FROM allowance_positions p WHERE p.seq > ?1 AND p.seq <= ?2";

/// What an account holds per asset, by ascending code; where `from` is given, as it was before that position.
pub(crate) fn balances(db: &Connection, account: i64, from: Option<Seq>) -> rusqlite::Result<Vec<(String, u8, i64)>> {
    let mut found = db
        .prepare_cached(
            "SELECT s.code, s.scale, b.balance, b.asset FROM balances b JOIN assets s ON s.number = b.asset
             WHERE b.account = ?1 ORDER BY s.code",
        )?
        .query_map([account], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
        .collect::<rusqlite::Result<Vec<(String, u8, i64, i64)>>>()?;
    if let Some(from) = from {
        let mut since = db.prepare_cached(
            "SELECT p.asset, p.amount FROM entries e JOIN postings p ON p.seq = e.seq AND p.account = e.account
             WHERE e.account = ?1 AND e.seq >= ?2",
        )?;
        let mut rows = since.query([account, int(from.get())])?;
        while let Some(row) = rows.next()? {
            let (asset, amount): (i64, i64) = (row.get(0)?, row.get(1)?);
            for balance in found.iter_mut().filter(|balance| balance.3 == asset) {
                balance.2 -= amount;
            }
        }
    }
    Ok(found.into_iter().filter(|row| row.2 != 0).map(|(code, scale, balance, _)| (code, scale, balance)).collect())
}

pub(crate) fn secret(db: &Connection) -> rusqlite::Result<Digest> {
    db.prepare_cached("SELECT leaf_secret FROM ledger")?.query_row([], |row| row.get(0).map(Digest::new))
}

/// Gives the ledger its secret, once and for ever.
pub(crate) fn keep_secret(db: &Connection, secret: &Digest) -> rusqlite::Result<()> {
    db.execute("UPDATE ledger SET leaf_secret = ?1 WHERE leaf_secret IS NULL", [secret.as_bytes()]).map(drop)
}
