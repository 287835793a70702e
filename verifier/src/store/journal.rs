//! The journal of orders, and of session acts: what was decided stays decided.

use super::int;
use farthing_protocol::id::{ActId, Digest, OrderId, Seq};
use farthing_protocol::time::Time;
use rusqlite::{Connection, OptionalExtension as _, params};

/// What the journal says about (account, id).
#[derive(Clone, Debug)]
pub(crate) struct Decided {
    pub(crate) hash: Digest,
    pub(crate) answer: Answer,
}

/// The stored signed reply.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Receipt(Vec<u8>),
    Refusal(Vec<u8>),
}

pub(crate) fn order(db: &Connection, account: i64, id: &OrderId) -> rusqlite::Result<Option<Decided>> {
    db.prepare_cached(
        "SELECT o.hash, t.receipt, o.refusal FROM orders o LEFT JOIN transactions t ON t.seq = o.seq
         WHERE o.account = ?1 AND o.id = ?2",
    )?
    .query_row(params![account, id.as_bytes()], |row| {
        let answer = match row.get::<_, Option<Vec<u8>>>(1)? {
            Some(receipt) => Answer::Receipt(receipt),
            None => Answer::Refusal(row.get(2)?),
        };
        Ok(Decided { hash: Digest::new(row.get(0)?), answer })
    })
    .optional()
}

/// Who ordered what, as the journal keeps it.
pub(crate) struct OrderRow<'a> {
    pub(crate) account: i64,
    pub(crate) id: OrderId,
    pub(crate) hash: Digest,
    pub(crate) device: i64,
    pub(crate) signed: &'a [u8],
    pub(crate) decided: Time,
}

pub(crate) fn insert_applied(
    db: &Connection,
    row: &OrderRow<'_>,
    seq: Seq,
    asset: i64,
    amount: u64,
    fee: u64,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO orders (account, id, hash, device, signed, decided_ms, seq, asset, amount, fee)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        row.account,
        row.id.as_bytes(),
        row.hash.as_bytes(),
        row.device,
        row.signed,
        int(row.decided.as_ms()),
        int(seq.get()),
        asset,
        int(amount),
        int(fee),
    ])
    .map(drop)
}

pub(crate) fn insert_refused(db: &Connection, row: &OrderRow<'_>, refusal: &[u8], sweep: Time) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO orders (account, id, hash, device, signed, decided_ms, refusal, sweep_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        row.account,
        row.id.as_bytes(),
        row.hash.as_bytes(),
        row.device,
        row.signed,
        int(row.decided.as_ms()),
        refusal,
        int(sweep.as_ms()),
    ])
    .map(drop)
}

pub(crate) fn insert_bundle(db: &Connection, seq: Seq, bundle: &[u8]) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO bundles (seq, bundle) VALUES (?1, ?2)")?
        .execute(params![int(seq.get()), bundle])
        .map(drop)
}

/// The bytes of an act that was done under this id.
pub(crate) fn act(db: &Connection, account: i64, id: &ActId) -> rusqlite::Result<Option<Vec<u8>>> {
    db.prepare_cached("SELECT signed FROM acts WHERE account = ?1 AND id = ?2")?
        .query_row(params![account, id.as_bytes()], |row| row.get(0))
        .optional()
}

/// What an act is about. The number is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ActKind {
    /// Register, bind, cancel.
    Handle = 1,
    Alias = 2,
    Publish = 3,
    Withdraw = 4,
    Generation = 5,
    Prekeys = 6,
    Claim = 7,
    Message = 8,
    Acknowledge = 9,
}

impl ActKind {
    /// The kind with a stored number; CHECKs keep others out.
    pub(crate) const fn of_number(number: i64) -> Self {
        match number {
            2 => Self::Alias,
            3 => Self::Publish,
            4 => Self::Withdraw,
            5 => Self::Generation,
            6 => Self::Prekeys,
            7 => Self::Claim,
            8 => Self::Message,
            9 => Self::Acknowledge,
            _ => Self::Handle,
        }
    }
}

/// Who did what, as the journal keeps it.
pub(crate) struct ActRow<'a> {
    pub(crate) account: i64,
    pub(crate) id: ActId,
    pub(crate) device: i64,
    pub(crate) kind: ActKind,
    pub(crate) signed: &'a [u8],
    pub(crate) sweep: Time,
}

pub(crate) fn insert_act(db: &Connection, row: &ActRow<'_>) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO acts (account, id, device, kind, signed, sweep_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(params![
            row.account,
            row.id.as_bytes(),
            row.device,
            row.kind as i64,
            row.signed,
            int(row.sweep.as_ms())
        ])
        .map(drop)
}

/// The signed issue with this id, and its receipt.
pub(crate) fn issue(db: &Connection, id: &OrderId) -> rusqlite::Result<Option<(Vec<u8>, Vec<u8>)>> {
    db.prepare_cached("SELECT i.signed, t.receipt FROM issues i JOIN transactions t ON t.seq = i.seq WHERE i.id = ?1")?
        .query_row([id.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

pub(crate) fn insert_issue(
    db: &Connection,
    id: &OrderId,
    seq: Seq,
    account: i64,
    signed: &[u8],
) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO issues (id, seq, account, signed) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![id.as_bytes(), int(seq.get()), account, signed])
        .map(drop)
}

/// An act that is old enough to be looked at.
pub(crate) struct SweptAct {
    pub(crate) account: i64,
    pub(crate) id: [u8; 16],
    pub(crate) device: i64,
    pub(crate) kind: ActKind,
    pub(crate) signed: Vec<u8>,
}

pub(crate) fn acts_to_sweep(db: &Connection, time: Time, max: usize) -> rusqlite::Result<Vec<SweptAct>> {
    db.prepare_cached(
        "SELECT account, id, device, kind, signed FROM acts WHERE sweep_ms <= ?1 ORDER BY sweep_ms LIMIT ?2",
    )?
    .query_map([int(time.as_ms()), int(max as u64)], |row| {
        Ok(SweptAct {
            account: row.get(0)?,
            id: row.get(1)?,
            device: row.get(2)?,
            kind: ActKind::of_number(row.get(3)?),
            signed: row.get(4)?,
        })
    })?
    .collect()
}

pub(crate) fn remove_act(db: &Connection, act: &SweptAct) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM acts WHERE account = ?1 AND id = ?2")?
        .execute(params![act.account, act.id])
        .map(drop)
}

/// When an act is looked at again; `None` is never.
pub(crate) fn sweep_act_at(db: &Connection, act: &SweptAct, sweep: Option<Time>) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE acts SET sweep_ms = ?3 WHERE account = ?1 AND id = ?2")?
        .execute(params![act.account, act.id, sweep.map(|time| int(time.as_ms()))])
        .map(drop)
}
