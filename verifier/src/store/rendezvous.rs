//! Rendezvous: a few slots that two phones write, each once, for as long as pairing takes.

use super::{int, uint};
use farthing_protocol::pairing::RendezvousId;
use farthing_protocol::time::Time;
use rusqlite::{Connection, OptionalExtension as _, params};

/// What lies in a slot of a rendezvous that has not expired.
pub(crate) fn slot(db: &Connection, id: &RendezvousId, slot: u8, time: Time) -> rusqlite::Result<Option<Vec<u8>>> {
    db.prepare_cached(
        "SELECT s.content FROM rendezvous r JOIN slots s ON s.rendezvous = r.number
         WHERE r.id = ?1 AND s.slot = ?2 AND r.expires_ms > ?3",
    )?
    .query_row(params![id.as_bytes(), slot, int(time.as_ms())], |row| row.get(0))
    .optional()
}

/// The row of a rendezvous that has not expired.
pub(crate) fn find(db: &Connection, id: &RendezvousId, time: Time) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached("SELECT number FROM rendezvous WHERE id = ?1 AND expires_ms > ?2")?
        .query_row(params![id.as_bytes(), int(time.as_ms())], |row| row.get(0))
        .optional()
}

/// How many there are that have not expired.
pub(crate) fn count(db: &Connection, time: Time) -> rusqlite::Result<u64> {
    db.prepare_cached("SELECT count(*) FROM rendezvous WHERE expires_ms > ?1")?
        .query_row([int(time.as_ms())], |row| row.get(0).map(uint))
}

/// Makes one; an expired one of the same id goes.
pub(crate) fn insert(db: &Connection, id: &RendezvousId, expires: Time) -> rusqlite::Result<i64> {
    db.prepare_cached("DELETE FROM rendezvous WHERE id = ?1")?.execute([id.as_bytes()])?;
    db.prepare_cached("INSERT INTO rendezvous (id, expires_ms) VALUES (?1, ?2)")?
        .insert(params![id.as_bytes(), int(expires.as_ms())])
}

pub(crate) fn write(db: &Connection, number: i64, slot: u8, content: &[u8]) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO slots (rendezvous, slot, content) VALUES (?1, ?2, ?3)")?
        .execute(params![number, slot, content])
        .map(drop)
}
