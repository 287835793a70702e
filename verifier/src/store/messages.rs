//! Mailboxes: sealed messages that wait for a device, and who has written to whom.

use super::{int, uint};
use farthing_protocol::id::{AccountId, ActId, DeviceId};
use farthing_protocol::time::Time;
use rusqlite::{Connection, params};

/// A message as its recipient gets it.
#[derive(Clone, Debug)]
pub(crate) struct Queued {
    pub(crate) number: u64,
    pub(crate) account: AccountId,
    pub(crate) device: DeviceId,
    pub(crate) sent: Time,
    pub(crate) content: Vec<u8>,
}

/// A message to be queued; its act is journaled.
pub(crate) struct NewMessage<'a> {
    /// The recipient's row.
    pub(crate) device: i64,
    /// The sender's account.
    pub(crate) account: i64,
    pub(crate) act: &'a ActId,
    pub(crate) content: &'a [u8],
    pub(crate) time: Time,
}

/// Queues a message. Its number is above all that the device ever saw: it follows ledger time, which goes on after a
/// restore from a backup, where a mere count would begin again and hide what comes behind the reader's cursor.
pub(crate) fn insert(db: &Connection, new: &NewMessage<'_>) -> rusqlite::Result<()> {
    let number: i64 = db
        .prepare_cached(
            "UPDATE devices SET last_message = max(last_message + 1, ?2) WHERE number = ?1 RETURNING last_message",
        )?
        .query_row([new.device, int(new.time.as_ms())], |row| row.get(0))?;
    db.prepare_cached(
        "INSERT INTO messages (device, number, account, act, sent_ms, content) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![new.device, number, new.account, new.act.as_bytes(), int(new.time.as_ms()), new.content])
    .map(drop)
}

/// The number of the last message that came for a device, also when it was fetched; zero without one.
pub(crate) fn last_number(db: &Connection, device: i64) -> rusqlite::Result<u64> {
    db.prepare_cached("SELECT last_message FROM devices WHERE number = ?1")?
        .query_row([device], |row| row.get(0).map(uint))
}

/// Messages that wait for a device: all, and those of one sender.
pub(crate) fn queued(db: &Connection, device: i64, sender: i64) -> rusqlite::Result<(u64, u64)> {
    let all = db
        .prepare_cached("SELECT count(*) FROM messages WHERE device = ?1")?
        .query_row([device], |row| row.get(0).map(uint))?;
    let of_sender = db
        .prepare_cached("SELECT count(*) FROM messages WHERE device = ?1 AND account = ?2")?
        .query_row([device, sender], |row| row.get(0).map(uint))?;
    Ok((all, of_sender))
}

/// A device's messages after a number, ascending.
pub(crate) fn after(db: &Connection, device: i64, after: u64, max: u64) -> rusqlite::Result<Vec<Queued>> {
    db.prepare_cached(
        "SELECT m.number, a.id, d.id, m.sent_ms, m.content
         FROM messages m JOIN acts ON acts.account = m.account AND acts.id = m.act
         JOIN devices d ON d.number = acts.device JOIN accounts a ON a.number = m.account
         WHERE m.device = ?1 AND m.number > ?2 ORDER BY m.number LIMIT ?3",
    )?
    .query_map([device, int(after), int(max)], |row| {
        Ok(Queued {
            number: uint(row.get(0)?),
            account: AccountId::new(row.get(1)?),
            device: DeviceId::new(row.get(2)?),
            sent: Time::from_ms(uint(row.get(3)?)),
            content: row.get(4)?,
        })
    })?
    .collect()
}

/// A device is done with its messages up to a number.
pub(crate) fn remove(db: &Connection, device: i64, upto: u64) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM messages WHERE device = ?1 AND number <= ?2")?.execute([device, int(upto)]).map(drop)
}

/// True while the message of an act waits.
pub(crate) fn waits(db: &Connection, account: i64, act: &[u8; 16]) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM messages WHERE account = ?1 AND act = ?2")?.exists(params![account, act])
}

/// An account has written to another.
pub(crate) fn note(db: &Connection, account: i64, other: i64, time: Time) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO correspondents (account, other, written_ms) VALUES (?1, ?2, ?3)")?
        .execute([account, other, int(time.as_ms())])
        .map(drop)
}

/// Whether an account has written to another, and may still remember it.
pub(crate) fn has_written(db: &Connection, account: i64, other: i64) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM correspondents WHERE account = ?1 AND other = ?2")?.exists([account, other])
}
