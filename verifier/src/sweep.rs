//! What may be forgotten: refusals a day after their order expired, ciphertexts of expired requests, acts on handles
//! that nobody can pay any more. In slices, so that a sweep never holds up a payment; never while the clock is doubted (wire decision 9).

use crate::act_sweep;
use crate::store::{int, ledger};
use crate::verifier::Verifier;
use farthing_protocol::time::Moment;
use rusqlite::Connection;

/// Rows of each kind that one slice removes: a few milliseconds of the writer's time.
const SLICE: i64 = 256;

impl Verifier {
    /// Removes one slice and persists ledger time. True when there may be more to remove.
    ///
    /// # Errors
    /// The database's own; nothing was removed then.
    pub fn sweep(&mut self, now: Moment) -> rusqlite::Result<bool> {
        let Ok(time) = self.context.clock.read(now) else { return Ok(false) };
        let tx = self.db.transaction()?;
        ledger::persist_time(&tx, time)?;
        let now = int(time.as_ms());
        let refusals = remove(
            &tx,
            "DELETE FROM orders WHERE number IN (SELECT number FROM orders WHERE sweep_ms <= ?1 ORDER BY sweep_ms LIMIT ?2)",
            now,
        )?;
        let contents = remove(
            &tx,
            "DELETE FROM request_contents WHERE number IN
             (SELECT number FROM request_contents WHERE expires_ms <= ?1 ORDER BY expires_ms LIMIT ?2)",
            now,
        )?;
        // After the ciphertexts, which are the reason to keep the acts that bound them.
        let acts = act_sweep::slice(&tx, time)?;
        tx.commit()?;
        Ok(refusals || contents || acts)
    }
}

fn remove(db: &Connection, sql: &str, now: i64) -> rusqlite::Result<bool> {
    let removed = db.prepare_cached(sql)?.execute([now, SLICE])?;
    Ok(int(removed as u64) == SLICE)
}
