//! Handles: one-time ones in stock, bound, used or cancelled; aliases; requests' ciphertexts, standing ones too.

use super::{int, uint};
use farthing_protocol::handle::HandleBind;
use farthing_protocol::id::{AccountId, ActId, Handle, Locator, RequestRef, Seq};
use farthing_protocol::key::PublicKey;
use farthing_protocol::time::Time;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

/// Where a handle is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Stock,
    Bound,
    Used,
    Cancelled,
    Alias,
}

/// A handle as stored.
#[derive(Clone, Debug)]
pub(crate) struct HandleRow {
    pub(crate) number: i64,
    pub(crate) account: i64,
    pub(crate) account_id: AccountId,
    /// The device that registered it.
    pub(crate) device: i64,
    pub(crate) payee_key: Vec<u8>,
    pub(crate) state: State,
    pub(crate) asset: Option<i64>,
    pub(crate) amount: Option<i64>,
    pub(crate) expires: Option<Time>,
    pub(crate) reference: Option<RequestRef>,
}

fn read(row: &Row<'_>) -> rusqlite::Result<HandleRow> {
    let state = match row.get::<_, i64>(4)? {
        1 => State::Stock,
        2 => State::Bound,
        3 => State::Used,
        5 => State::Alias,
        _ => State::Cancelled,
    };
    Ok(HandleRow {
        number: row.get(0)?,
        account: row.get(1)?,
        account_id: AccountId::new(row.get(2)?),
        payee_key: row.get(3)?,
        state,
        asset: row.get(5)?,
        amount: row.get(6)?,
        expires: row.get::<_, Option<i64>>(7)?.map(|ms| Time::from_ms(uint(ms))),
        reference: row.get::<_, Option<[u8; 32]>>(8)?.map(RequestRef::new),
        device: row.get(9)?,
    })
}

pub(crate) fn find(db: &Connection, handle: &Handle) -> rusqlite::Result<Option<HandleRow>> {
    db.prepare_cached(
        "SELECT h.number, h.account, a.id, h.payee_key, h.state, h.asset, h.amount, h.expires_ms, h.reference,
           h.device
         FROM handles h JOIN accounts a ON a.number = h.account WHERE h.handle = ?1",
    )?
    .query_row([handle.as_bytes()], read)
    .optional()
}

/// Puts a one-time handle (`alias` false) or an alias's in the table.
pub(crate) fn insert(
    db: &Connection,
    handle: &Handle,
    payee: &PublicKey,
    account: i64,
    device: i64,
    alias: bool,
) -> rusqlite::Result<i64> {
    let state = if alias { 5 } else { 1 };
    db.prepare_cached("INSERT INTO handles (handle, account, device, payee_key, state) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .insert(params![handle.as_bytes(), account, device, farthing_protocol::cbor::encode(payee), state])
}

/// One-time handles of a device that are still in stock.
pub(crate) fn stock(db: &Connection, device: i64) -> rusqlite::Result<u64> {
    db.prepare_cached("SELECT count(*) FROM handles WHERE device = ?1 AND state = 1")?
        .query_row([device], |row| row.get(0).map(uint))
}

/// Requests of an account that could still be paid, standing ones included.
pub(crate) fn open_requests(db: &Connection, account: i64, time: Time) -> rusqlite::Result<u64> {
    db.prepare_cached(
        "SELECT (SELECT count(*) FROM handles WHERE account = ?1 AND state = 2 AND expires_ms > ?2)
              + (SELECT count(*) FROM publications WHERE account = ?1 AND expires_ms > ?2)",
    )?
    .query_row([account, int(time.as_ms())], |row| row.get(0).map(uint))
}

pub(crate) fn bind(db: &Connection, number: i64, bind: &HandleBind, asset: Option<i64>) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE handles SET state = 2, asset = ?2, amount = ?3, expires_ms = ?4, reference = ?5 WHERE number = ?1",
    )?
    .execute(params![
        number,
        asset,
        bind.amount.map(|amount| int(amount.value())),
        int(bind.expires.as_ms()),
        bind.reference.as_bytes(),
    ])
    .map(drop)
}

pub(crate) fn cancel(db: &Connection, number: i64) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE handles SET state = 4 WHERE number = ?1 AND state IN (1, 2)")?.execute([number]).map(drop)
}

/// Cancels a device's handles that are bound to nothing yet.
pub(crate) fn cancel_stock(db: &Connection, device: i64) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE handles SET state = 4 WHERE device = ?1 AND state = 1")?.execute([device]).map(drop)
}

/// Burns a one-time handle with the transaction that credits it (wire decision 13).
pub(crate) fn burn(db: &Connection, number: i64, seq: Seq) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE handles SET state = 3, seq = ?2 WHERE number = ?1 AND state = 2")?
        .execute([number, int(seq.get())])
        .map(drop)
}

/// The ciphertext at a locator, whether or not it has expired.
pub(crate) fn content(db: &Connection, locator: &Locator) -> rusqlite::Result<Option<(Vec<u8>, Time)>> {
    db.prepare_cached("SELECT content, expires_ms FROM request_contents WHERE locator = ?1")?
        .query_row([locator.as_bytes()], |row| Ok((row.get(0)?, Time::from_ms(uint(row.get(1)?)))))
        .optional()
}

/// Stores a ciphertext; the later expiry counts when the same bytes lie there already.
pub(crate) fn put_content(db: &Connection, locator: &Locator, content: &[u8], expires: Time) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO request_contents (locator, content, expires_ms) VALUES (?1, ?2, ?3)
         ON CONFLICT (locator) DO UPDATE SET expires_ms = max(expires_ms, excluded.expires_ms)",
    )?
    .execute(params![locator.as_bytes(), content, int(expires.as_ms())])
    .map(drop)
}

pub(crate) fn insert_alias(db: &Connection, alias: &str, handle: i64, record: &[u8]) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO aliases (alias, handle, record) VALUES (?1, ?2, ?3)")?
        .execute(params![alias, handle, record])
        .map(drop)
}

pub(crate) fn alias_record(db: &Connection, alias: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    db.prepare_cached("SELECT record FROM aliases WHERE alias = ?1")?.query_row([alias], |row| row.get(0)).optional()
}

/// Aliases of an account.
pub(crate) fn aliases(db: &Connection, account: i64) -> rusqlite::Result<u64> {
    db.prepare_cached("SELECT count(*) FROM handles WHERE account = ?1 AND state = 5")?
        .query_row([account], |row| row.get(0).map(uint))
}

/// A standing request that lies at a locator, expired or not: its account and expiry.
pub(crate) fn publication(db: &Connection, locator: &Locator) -> rusqlite::Result<Option<(i64, Time)>> {
    db.prepare_cached("SELECT account, expires_ms FROM publications WHERE locator = ?1")?
        .query_row([locator.as_bytes()], |row| Ok((row.get(0)?, Time::from_ms(uint(row.get(1)?)))))
        .optional()
}

/// Notes by which act a ciphertext lies at its locator, in place of an earlier one.
pub(crate) fn publish(
    db: &Connection,
    locator: &Locator,
    account: i64,
    act: &ActId,
    expires: Time,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO publications (locator, account, act, expires_ms) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (locator) DO UPDATE SET account = excluded.account, act = excluded.act, expires_ms = excluded.expires_ms",
    )?
    .execute(params![locator.as_bytes(), account, act.as_bytes(), int(expires.as_ms())])
    .map(drop)
}

/// Takes a standing request away, with its ciphertext.
pub(crate) fn withdraw(db: &Connection, locator: &Locator) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM publications WHERE locator = ?1")?.execute([locator.as_bytes()])?;
    db.prepare_cached("DELETE FROM request_contents WHERE locator = ?1")?.execute([locator.as_bytes()]).map(drop)
}

/// True while a standing request lies there by this act.
pub(crate) fn is_published(db: &Connection, account: i64, act: &[u8; 16]) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM publications WHERE account = ?1 AND act = ?2")?.exists(params![account, act])
}

/// The records of an account's aliases, by the alias.
pub(crate) fn alias_records(db: &Connection, account: i64) -> rusqlite::Result<Vec<Vec<u8>>> {
    db.prepare_cached(
        "SELECT a.record FROM handles h JOIN aliases a ON a.handle = h.number
         WHERE h.account = ?1 AND h.state = 5 ORDER BY a.alias",
    )?
    .query_map([account], |row| row.get(0))?
    .collect()
}
