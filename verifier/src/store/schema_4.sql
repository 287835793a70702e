-- Periodic checkpoints: Merkle roots over all receipts, and over the accounts that changed since the one before. `leaves` are
-- the hashes of these accounts, by ascending number, so that any of them can be proven later.
CREATE TABLE seals (
  first_seq INTEGER PRIMARY KEY CHECK (first_seq > 1),
  epoch INTEGER NOT NULL,
  signed BLOB NOT NULL,
  leaves BLOB NOT NULL CHECK (length(leaves) % 32 = 0)
) STRICT;

-- Complete subtrees of the log at every eighth height; what lies between is computed from these and the receipts.
CREATE TABLE log_nodes (
  height INTEGER NOT NULL CHECK (height > 0 AND height % 8 = 0),
  number INTEGER NOT NULL CHECK (number >= 0),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (height, number)
) STRICT, WITHOUT ROWID;

-- How far the last one reaches and when it was made (0 where the epoch has none yet), and what the salts are made from.
ALTER TABLE ledger ADD COLUMN sealed_seq INTEGER NOT NULL DEFAULT 0 CHECK (sealed_seq >= 0);
ALTER TABLE ledger ADD COLUMN sealed_ms INTEGER NOT NULL DEFAULT 0 CHECK (sealed_ms >= 0);
ALTER TABLE ledger ADD COLUMN leaf_secret BLOB CHECK (leaf_secret IS NULL OR length(leaf_secret) = 32);
