//! What may be forgotten: refusals a day after their order expired, ciphertexts of expired requests, messages that nobody
//! fetched, rendezvous, and acts that matter no more. In slices, so that a sweep never holds up a payment; never while
//! the clock is doubted (wire decision 9).

use crate::act_sweep;
use crate::store::{int, ledger};
use crate::verifier::Verifier;
use farthing_protocol::limits::MESSAGE_KEPT;
use farthing_protocol::time::{Moment, Span};

/// Rows of each kind that one slice removes: a few milliseconds of the writer's time.
const SLICE: i64 = 256;
/// How long it is remembered that an account wrote to another. Whom somebody knew is nobody's business for ever.
pub(crate) const CORRESPONDENT_KEPT: Span = Span::from_h(24 * 90);
const AT_ONCE: Span = Span::from_ms(0);
/// Table, key, the column with a time, and how long after that time a row is kept.
const SWEPT: [(&str, &str, &str, Span); 6] = [
    ("orders", "number", "sweep_ms", AT_ONCE),
    ("request_contents", "number", "expires_ms", AT_ONCE),
    ("publications", "number", "expires_ms", AT_ONCE),
    ("messages", "rowid", "sent_ms", MESSAGE_KEPT),
    ("correspondents", "rowid", "written_ms", CORRESPONDENT_KEPT),
    ("rendezvous", "number", "expires_ms", AT_ONCE),
];

impl Verifier {
    /// Removes one slice and persists ledger time. True when there may be more to remove.
    ///
    /// # Errors
    /// The database's own; nothing was removed then.
    pub fn sweep(&mut self, now: Moment) -> rusqlite::Result<bool> {
        let Ok(time) = self.context.clock.read(now) else { return Ok(false) };
        let tx = self.db.transaction()?;
        ledger::persist_time(&tx, time)?;
        let mut more = false;
        for (table, key, column, kept) in SWEPT {
            let sql = format!(
                "DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {table} WHERE {column} <= ?1 ORDER BY {column} LIMIT ?2)"
            );
            let removed = tx.prepare_cached(&sql)?.execute([int(time.minus(kept).as_ms()), SLICE])?;
            more |= int(removed as u64) == SLICE;
        }
        // After what is a reason to keep acts.
        more |= act_sweep::slice(&tx, time)?;
        tx.commit()?;
        Ok(more)
    }
}
