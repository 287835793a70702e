-- Acts are forgotten in time: a null `sweep_ms` is kept for ever, as the evidence of a handle that was paid.
ALTER TABLE acts ADD COLUMN sweep_ms INTEGER;
UPDATE acts SET sweep_ms = 172800000 + (SELECT time_ms FROM ledger);
CREATE INDEX acts_to_sweep ON acts (sweep_ms) WHERE sweep_ms IS NOT NULL;

-- How much was done since a moment: acts by the number of their account; 0 is the open door, as in `invites`.
CREATE TABLE rates (
  subject INTEGER PRIMARY KEY,
  since_ms INTEGER NOT NULL,
  done INTEGER NOT NULL CHECK (done >= 0)
) STRICT;

-- What a device paid in an hour (since 1970) of ledger time, fees left out: its limit per day reads at most 25 rows.
-- Far above the largest limit the number stands still, so that no sum leaves 63 bits.
CREATE TABLE spent (
  device INTEGER NOT NULL REFERENCES devices (number),
  asset INTEGER NOT NULL REFERENCES assets (number),
  hour INTEGER NOT NULL,
  amount INTEGER NOT NULL CHECK (amount > 0 AND amount <= 300000000000000000),
  PRIMARY KEY (device, asset, hour)
) STRICT, WITHOUT ROWID;
INSERT INTO spent
  SELECT device, asset, decided_ms / 3600000,
    min(sum(amount / 1000000000) * 1000000000 + sum(amount % 1000000000), 300000000000000000) FROM orders
  WHERE seq IS NOT NULL AND decided_ms / 3600000 >= (SELECT time_ms FROM ledger) / 3600000 - 24
  GROUP BY device, asset, decided_ms / 3600000;
DROP INDEX orders_by_device;

-- Accounts that are opened without an invite in 24 hours; 0 is no cap. Counted in `rates` as subject 0.
ALTER TABLE ledger ADD COLUMN open_per_day INTEGER NOT NULL DEFAULT 1000 CHECK (open_per_day >= 0);
