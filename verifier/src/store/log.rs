//! The log of receipts as a Merkle tree: leaf n − 1 is the receipt of position n.
//!
//! Receipts are stored anyway, so of the tree only complete subtrees of every eighth height are: one hash for 256 receipts.
//! What a proof needs between is computed from at most 255 receipts, and 255 hashes for each height above.

use super::{int, uint};
use farthing_protocol::id::{Digest, Seq};
use farthing_protocol::merkle::{self, Leaves, Subtrees};
use rusqlite::{Connection, params};

/// Heights between two that are stored.
const STEP: u32 = 8;

/// The tree, as far as receipts are in the ledger.
pub(crate) struct Log<'a>(pub(crate) &'a Connection);

impl Subtrees for Log<'_> {
    type Error = rusqlite::Error;

    fn subtree(&mut self, height: u32, number: u64) -> rusqlite::Result<Digest> {
        if height < STEP {
            return self.of_receipts(height, number);
        }
        if height.is_multiple_of(STEP) {
            return self
                .0
                .prepare_cached("SELECT hash FROM log_nodes WHERE height = ?1 AND number = ?2")?
                .query_row([i64::from(height), int(number)], |row| row.get(0).map(Digest::new));
        }
        self.of_halves(height, number)
    }
}

impl Log<'_> {
    fn of_halves(&mut self, height: u32, number: u64) -> rusqlite::Result<Digest> {
        let left = self.subtree(height - 1, 2 * number)?;
        Ok(merkle::node(&left, &self.subtree(height - 1, 2 * number + 1)?))
    }

    fn of_receipts(&self, height: u32, number: u64) -> rusqlite::Result<Digest> {
        let (size, before) = (1_u64 << height, number << height);
        let mut statement =
            self.0.prepare_cached("SELECT receipt FROM transactions WHERE seq > ?1 AND seq <= ?2 ORDER BY seq")?;
        let leaves = statement
            .query_map([int(before), int(before + size)], |row| Ok(merkle::leaf(row.get_ref(0)?.as_blob()?)))?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        Leaves(&leaves).subtree(height, 0).map_err(|_| rusqlite::Error::QueryReturnedNoRows)
    }

    /// Stores the subtrees that became complete when the log grew.
    pub(crate) fn grow(&mut self, from: u64, to: u64) -> rusqlite::Result<()> {
        let mut height = STEP;
        while height < u64::BITS && to >> height > from >> height {
            for number in from >> height..to >> height {
                let hash =
                    if height == STEP { self.of_receipts(height, number)? } else { self.of_halves(height, number)? };
                self.0
                    .prepare_cached("INSERT INTO log_nodes (height, number, hash) VALUES (?1, ?2, ?3)")?
                    .execute(params![height, int(number), hash.as_bytes()])?;
            }
            height += STEP;
        }
        Ok(())
    }
}

/// Whether an account sees a position.
pub(crate) fn is_shown(db: &Connection, account: i64, seq: Seq) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM entries WHERE account = ?1 AND seq = ?2")?.exists([account, int(seq.get())])
}

/// The account's last position up to one, if it has any.
pub(crate) fn last_shown(db: &Connection, account: i64, upto: u64) -> rusqlite::Result<Option<Seq>> {
    db.prepare_cached("SELECT max(seq) FROM entries WHERE account = ?1 AND seq <= ?2")?
        .query_row([account, int(upto)], |row| Ok(row.get::<_, Option<i64>>(0)?.map(|seq| Seq::new(uint(seq)))))
}
