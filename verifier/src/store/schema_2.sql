-- Acts are forgotten in time: a null `sweep_ms` is kept for ever, as the evidence of a handle that was paid.
ALTER TABLE acts ADD COLUMN sweep_ms INTEGER;
UPDATE acts SET sweep_ms = 172800000 + (SELECT time_ms FROM ledger);
CREATE INDEX acts_to_sweep ON acts (sweep_ms) WHERE sweep_ms IS NOT NULL;

-- How much was done since a moment: acts by the number of their account.
CREATE TABLE rates (
  subject INTEGER PRIMARY KEY,
  since_ms INTEGER NOT NULL,
  done INTEGER NOT NULL CHECK (done >= 0)
) STRICT;
