//! Prekeys that wait for somebody who begins a conversation, and who got which.

use super::{int, uint};
use farthing_protocol::id::ActId;
use farthing_protocol::time::Time;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

/// A prekey: the act that brought it, and its place there; without a place it is the fallback key.
#[derive(Clone, Debug)]
pub(crate) struct Prekey {
    pub(crate) account: i64,
    pub(crate) act: ActId,
    pub(crate) place: Option<u64>,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Prekey> {
    Ok(Prekey { account: row.get(0)?, act: ActId::new(row.get(1)?), place: row.get::<_, Option<i64>>(2)?.map(uint) })
}

/// Takes in an upload that is journaled: its one-time keys join the stock, which keeps the newest `max`; its fallback
/// key replaces the one before.
pub(crate) fn add(
    db: &Connection,
    device: i64,
    account: i64,
    act: &ActId,
    one_time: usize,
    max: usize,
) -> rusqlite::Result<()> {
    let mut insert = db.prepare_cached("INSERT INTO prekeys (device, account, act, place) VALUES (?1, ?2, ?3, ?4)")?;
    for place in 0..one_time {
        insert.execute(params![device, account, act.as_bytes(), int(place as u64)])?;
    }
    db.prepare_cached(
        "DELETE FROM prekeys WHERE device = ?1 AND number NOT IN
         (SELECT number FROM prekeys WHERE device = ?1 ORDER BY number DESC LIMIT ?2)",
    )?
    .execute([device, int(max as u64)])?;
    db.prepare_cached("INSERT OR REPLACE INTO fallbacks (device, account, act) VALUES (?1, ?2, ?3)")?
        .execute(params![device, account, act.as_bytes()])
        .map(drop)
}

/// One-time keys of a device that nobody has claimed.
pub(crate) fn stock(db: &Connection, device: i64) -> rusqlite::Result<u64> {
    db.prepare_cached("SELECT count(*) FROM prekeys WHERE device = ?1")?.query_row([device], |row| row.get(0).map(uint))
}

/// Takes a device's oldest one-time key, which it would forget first; its fallback key when there is none.
pub(crate) fn take(db: &Connection, device: i64) -> rusqlite::Result<Option<Prekey>> {
    let one_time = db
        .prepare_cached(
            "DELETE FROM prekeys WHERE number = (SELECT min(number) FROM prekeys WHERE device = ?1)
             RETURNING account, act, place",
        )?
        .query_row([device], read)
        .optional()?;
    if one_time.is_some() {
        return Ok(one_time);
    }
    db.prepare_cached("SELECT account, act, NULL FROM fallbacks WHERE device = ?1")?
        .query_row([device], read)
        .optional()
}

/// Nobody begins a conversation with this device any more.
pub(crate) fn remove(db: &Connection, device: i64) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM prekeys WHERE device = ?1")?.execute([device])?;
    db.prepare_cached("DELETE FROM fallbacks WHERE device = ?1")?.execute([device]).map(drop)
}

/// Forgets all one-time keys, after a restore: which were given away since the backup nobody knows any more, and none
/// may be given twice. Devices bring new ones; until then there is the fallback key.
pub(crate) fn forget_one_time(db: &Connection) -> rusqlite::Result<()> {
    db.execute("DELETE FROM prekeys", []).map(drop)
}

/// When the oldest of an account's last `max` claims on a device after `since` was made; `None` when there are fewer.
pub(crate) fn claimed_since(
    db: &Connection,
    account: i64,
    device: i64,
    since: Time,
    max: u64,
) -> rusqlite::Result<Option<Time>> {
    db.prepare_cached(
        "SELECT claimed_ms FROM claims WHERE account = ?1 AND device = ?2 AND claimed_ms > ?3
         ORDER BY claimed_ms DESC LIMIT 1 OFFSET ?4",
    )?
    .query_row([account, device, int(since.as_ms()), int(max.saturating_sub(1))], |row| {
        row.get(0).map(|ms| Time::from_ms(uint(ms)))
    })
    .optional()
}

/// Keeps what a journaled claim was answered with.
pub(crate) fn insert_claim(
    db: &Connection,
    account: i64,
    act: &ActId,
    device: i64,
    prekey: &Prekey,
    time: Time,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO claims (account, act, device, of_account, of_act, place, claimed_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        account,
        act.as_bytes(),
        device,
        prekey.account,
        prekey.act.as_bytes(),
        prekey.place.map(int),
        int(time.as_ms()),
    ])
    .map(drop)
}

/// What a claim was answered with.
pub(crate) fn claim(db: &Connection, account: i64, act: &ActId) -> rusqlite::Result<Option<Prekey>> {
    db.prepare_cached("SELECT of_account, of_act, place FROM claims WHERE account = ?1 AND act = ?2")?
        .query_row(params![account, act.as_bytes()], read)
        .optional()
}

pub(crate) fn remove_claim(db: &Connection, account: i64, act: &[u8; 16]) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM claims WHERE account = ?1 AND act = ?2")?.execute(params![account, act]).map(drop)
}

/// True while an upload has a key in stock, is the fallback, or was given to somebody who may ask again.
pub(crate) fn in_use(db: &Connection, account: i64, act: &[u8; 16]) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT 1 FROM prekeys WHERE account = ?1 AND act = ?2
         UNION ALL SELECT 1 FROM fallbacks WHERE account = ?1 AND act = ?2
         UNION ALL SELECT 1 FROM claims WHERE of_account = ?1 AND of_act = ?2",
    )?
    .exists(params![account, act])
}
