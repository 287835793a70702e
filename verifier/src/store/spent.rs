//! What devices paid, by the hour: a limit per day is judged by 25 rows, however many payments there were.

use super::{int, uint};
use farthing_protocol::time::{Span, Time};
use rusqlite::{Connection, params};

/// What one row adds up.
const HOUR: Span = Span::from_h(1);
/// Hours before the one that runs which still count: 24 hours ago lies in the first of them, which counts whole.
pub(crate) const HOURS: u64 = 24;
/// Where a row stands still: 300 times the largest limit, and 25 of them stay below 2^63.
pub(crate) const SPENT_MAX: i64 = 300_000_000_000_000_000;

/// The hour of a ledger time, counted from 1970.
const fn hour(time: Time) -> u64 {
    time.as_ms() / HOUR.as_ms()
}

/// What a device paid in an asset in the last 24 hours and the begun hour before them, fees left out.
pub(crate) fn within_a_day(db: &Connection, device: i64, asset: i64, time: Time) -> rusqlite::Result<u64> {
    db.prepare_cached("SELECT coalesce(sum(amount), 0) FROM spent WHERE device = ?1 AND asset = ?2 AND hour >= ?3")?
        .query_row([device, asset, int(hour(time).saturating_sub(HOURS))], |row| row.get(0).map(uint))
}

/// Adds a payment. The first of an hour forgets the device's hours that count no more.
pub(crate) fn add(db: &Connection, device: i64, asset: i64, time: Time, amount: u64) -> rusqlite::Result<()> {
    let hour = hour(time);
    let added = db
        .prepare_cached(
            "UPDATE spent SET amount = min(amount + ?4, ?5) WHERE device = ?1 AND asset = ?2 AND hour = ?3",
        )?
        .execute(params![device, asset, int(hour), int(amount), SPENT_MAX])?;
    if added > 0 {
        return Ok(());
    }
    db.prepare_cached("DELETE FROM spent WHERE device = ?1 AND asset = ?2 AND hour < ?3")?.execute([
        device,
        asset,
        int(hour.saturating_sub(HOURS)),
    ])?;
    db.prepare_cached("INSERT INTO spent (device, asset, hour, amount) VALUES (?1, ?2, ?3, min(?4, ?5))")?
        .execute(params![device, asset, int(hour), int(amount), SPENT_MAX])
        .map(drop)
}
