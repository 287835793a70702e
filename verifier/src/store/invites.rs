//! Invites and what they grant. Invite 0 is the open door.

use super::{int, uint};
use farthing_protocol::id::{Digest, InviteCode};
use farthing_protocol::time::Time;
use rusqlite::{Connection, OptionalExtension as _, params};

/// The invite of those who come without a code.
pub(crate) const OPEN_DOOR: i64 = 0;

/// An invite as stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InviteRow {
    pub(crate) number: i64,
    pub(crate) uses_left: u64,
    pub(crate) expires: Option<Time>,
}

fn code_hash(code: &InviteCode) -> Digest {
    Digest::of_parts(&[b"farthing/1/invite-code", code.as_bytes()])
}

pub(crate) fn find(db: &Connection, code: &InviteCode) -> rusqlite::Result<Option<InviteRow>> {
    db.prepare_cached("SELECT number, uses_left, expires_ms FROM invites WHERE code_hash = ?1")?
        .query_row([code_hash(code).as_bytes()], |row| {
            Ok(InviteRow {
                number: row.get(0)?,
                uses_left: uint(row.get(1)?),
                expires: row.get::<_, Option<i64>>(2)?.map(|ms| Time::from_ms(uint(ms))),
            })
        })
        .optional()
}

pub(crate) fn use_once(db: &Connection, number: i64) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE invites SET uses_left = uses_left - 1 WHERE number = ?1")?.execute([number]).map(drop)
}

pub(crate) fn insert(db: &Connection, code: &InviteCode, uses: u32, expires: Option<Time>) -> rusqlite::Result<i64> {
    db.prepare_cached("INSERT INTO invites (code_hash, uses_left, expires_ms) VALUES (?1, ?2, ?3)")?.insert(params![
        code_hash(code).as_bytes(),
        uses,
        expires.map(|time| int(time.as_ms()))
    ])
}

pub(crate) fn insert_open_door(db: &Connection) -> rusqlite::Result<()> {
    db.execute("INSERT INTO invites (number) VALUES (?1)", [OPEN_DOOR]).map(drop)
}

/// How many accounts are opened without an invite in 24 hours; `None` is no cap.
pub(crate) fn open_per_day(db: &Connection) -> rusqlite::Result<Option<u64>> {
    let cap = db.prepare_cached("SELECT open_per_day FROM ledger")?.query_row([], |row| row.get(0).map(uint))?;
    Ok(Some(cap).filter(|cap| *cap > 0))
}

/// What an invite grants: (asset's number, units).
pub(crate) fn grants(db: &Connection, invite: i64) -> rusqlite::Result<Vec<(i64, u64)>> {
    db.prepare_cached("SELECT asset, amount FROM grants WHERE invite = ?1 ORDER BY asset")?
        .query_map([invite], |row| Ok((row.get(0)?, uint(row.get(1)?))))?
        .collect()
}

pub(crate) fn insert_grant(db: &Connection, invite: i64, asset: i64, amount: u64) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO grants (invite, asset, amount) VALUES (?1, ?2, ?3)")?
        .execute([invite, asset, int(amount)])
        .map(drop)
}
