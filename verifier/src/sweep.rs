//! What may be forgotten: refusals a day after their order expired, ciphertexts of expired requests, messages that nobody
//! fetched, rendezvous, and acts that matter no more. Holds whose time is over end here, and allowances are settled. In slices, so that a sweep never
//! holds up a payment; never while the clock is doubted (wire decision 9).

use crate::fault::Fault;
use crate::store::{int, ledger};
use crate::tab::{self, Ended};
use crate::topic::Topic;
use crate::verifier::Verifier;
use crate::{act_sweep, allowance, crash, seal};
use farthing_protocol::limits::MESSAGE_KEPT;
use farthing_protocol::time::{Moment, Span, Time};
use rusqlite::TransactionBehavior;

/// Rows of each kind that one slice removes: a few milliseconds of the writer's time.
const SLICE: i64 = 256;
/// How long it is remembered that an account wrote to another. Whom somebody knew is nobody's business for ever.
pub(crate) const CORRESPONDENT_KEPT: Span = Span::from_h(24 * 90);
const AT_ONCE: Span = Span::from_ms(0);
/// Table, key, the column with a time, and how long after that time a row is kept.
const SWEPT: [(&str, &str, &str, Span); 7] = [
    ("orders", "number", "sweep_ms", AT_ONCE),
    ("tab_journal", "number", "sweep_ms", AT_ONCE),
    ("request_contents", "number", "expires_ms", AT_ONCE),
    ("publications", "number", "expires_ms", AT_ONCE),
    ("messages", "rowid", "sent_ms", MESSAGE_KEPT),
    ("correspondents", "rowid", "written_ms", CORRESPONDENT_KEPT),
    ("rendezvous", "number", "expires_ms", AT_ONCE),
];

impl Verifier {
    /// Removes one slice, ends holds and settles allowances whose time is over, and persists ledger time. True when there may be more to do.
    ///
    /// # Errors
    /// The database's own; nothing was done then.
    pub fn sweep(&mut self, now: Moment) -> rusqlite::Result<bool> {
        self.sweep_told(now, &mut Vec::new())
    }

    /// The same, and tells what has something new to read.
    pub(crate) fn sweep_told(&mut self, now: Moment, touched: &mut Vec<Topic>) -> rusqlite::Result<bool> {
        let Ok(time) = self.context.clock.read(now) else { return Ok(false) };
        let mut more = self.forget(time)?;
        for ended in [self.end_holds(time), self.settle_allowances(time)] {
            match ended {
                Ok(Some(ended)) => {
                    more |= ended.more;
                    touched.extend(ended.touched);
                }
                Ok(None) => {}
                Err(Fault::Store(error)) => return Err(error),
                // Nothing of the slice was done.
                Err(fault) => tracing::error!(error = %fault, "what is over could not be ended"),
            }
        }
        Ok(more)
    }

    fn forget(&mut self, time: Time) -> rusqlite::Result<bool> {
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

    /// Gives back what holds of a slice have left, in a transaction of its own. `None` when none is due.
    fn end_holds(&mut self, time: Time) -> Result<Option<Ended>, Fault> {
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let ended = tab::end_due(&tx, &self.context, time)?;
        if ended.touched.is_empty() {
            return Ok(None);
        }
        // An epoch's first entry is sealed with it.
        seal::group(&tx, &self.context, time)?;
        crash::point(crash::WRITER_BEFORE_COMMIT);
        tx.commit()?;
        crash::point(crash::WRITER_AFTER_COMMIT);
        Ok(Some(ended))
    }

    /// Settles the allowances of a slice, in a transaction of its own. `None` when none is due.
    fn settle_allowances(&mut self, time: Time) -> Result<Option<Ended>, Fault> {
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let settled = allowance::settle_due(&tx, &self.context, time)?;
        if settled.touched.is_empty() {
            return Ok(None);
        }
        seal::group(&tx, &self.context, time)?;
        crash::point(crash::SETTLEMENT_BEFORE_COMMIT);
        tx.commit()?;
        crash::point(crash::SETTLEMENT_AFTER_COMMIT);
        Ok(Some(settled))
    }
}
