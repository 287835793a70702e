//! How much may be done in 24 hours: one row per subject, so that counting costs the same however much was done.

use super::{int, uint};
use farthing_protocol::time::{Span, Time};
use rusqlite::{Connection, OptionalExtension as _};

/// Counting begins anew this long after it began.
const WINDOW: Span = Span::from_h(24);

/// Begins counting anew.
pub(crate) fn forget(db: &Connection, subject: i64) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM rates WHERE subject = ?1")?.execute([subject]).map(drop)
}

/// Counts one more. When `max` were counted already it counts nothing, and says after how long it will again.
pub(crate) fn count(db: &Connection, subject: i64, time: Time, max: u64) -> rusqlite::Result<Option<Span>> {
    let found = db
        .prepare_cached("SELECT since_ms, done FROM rates WHERE subject = ?1")?
        .query_row([subject], |row| Ok((Time::from_ms(uint(row.get(0)?)), uint(row.get(1)?))))
        .optional()?
        .filter(|(since, _)| time < since.plus(WINDOW));
    let (since, done) = found.unwrap_or((time, 0));
    if done >= max {
        return Ok(Some(since.plus(WINDOW).since(time)));
    }
    db.prepare_cached("INSERT OR REPLACE INTO rates (subject, since_ms, done) VALUES (?1, ?2, ?3)")?.execute([
        subject,
        int(since.as_ms()),
        int(done + 1),
    ])?;
    Ok(None)
}
