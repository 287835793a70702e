-- Tabs. Foreign keys are off while this runs, and are checked before the commit: SQLite alters no CHECK, so that tables are made
-- anew, with their rows.

-- Role 1 is the issuer, 2 collects fees, 3 are people's wallets, 4 has what is set aside.
CREATE TABLE accounts_5 (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  role INTEGER NOT NULL CHECK (role IN (1, 2, 3, 4)),
  account_key BLOB,
  enrolment_hash BLOB,
  enrolment BLOB,
  list BLOB,
  opened_ms INTEGER NOT NULL,
  CHECK (role <> 3 OR (account_key IS NOT NULL AND enrolment_hash IS NOT NULL AND enrolment IS NOT NULL AND list IS NOT NULL))
) STRICT;
INSERT INTO accounts_5 SELECT number, id, role, account_key, enrolment_hash, enrolment, list, opened_ms FROM accounts;
DROP TABLE accounts;
ALTER TABLE accounts_5 RENAME TO accounts;
-- Number 0 is free in every ledger. The id is the beginning of SHA-256("farthing/1/held"), as the issuer's is of its name.
INSERT INTO accounts (number, id, role, opened_ms) VALUES (0, x'565b7cfa94cf440472ec37e7b4b6fa07', 4, 0);

-- One row per ledger position: a payment (1), an issue (2), a device list (3), what placed, changed or closed a hold (4), or what
-- was claimed of it or ended it (5).
CREATE TABLE transactions_5 (
  seq INTEGER PRIMARY KEY CHECK (seq > 0),
  epoch INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 5),
  receipt BLOB NOT NULL
) STRICT;
INSERT INTO transactions_5 SELECT seq, epoch, time_ms, kind, receipt FROM transactions;
DROP TABLE transactions;
ALTER TABLE transactions_5 RENAME TO transactions;

-- What an account sees of the ledger: 1 credit, 2 debit, 3 issue, 4 device list; of a tab the payer sees 5 where a hold was placed,
-- changed or closed, and 8 where something was claimed or it ended; the payee sees 6 and 7.
CREATE TABLE entries_5 (
  account INTEGER NOT NULL REFERENCES accounts (number),
  seq INTEGER NOT NULL REFERENCES transactions (seq),
  kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 8),
  PRIMARY KEY (account, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO entries_5 SELECT account, seq, kind FROM entries;
DROP TABLE entries;
ALTER TABLE entries_5 RENAME TO entries;

-- Holds as they are now. `hold` is the hash of the order, which is in `tab_journal` at `seq`. State 1 open, 2 closed, 3 ended;
-- `receipt_seq` and `claim_seq` have the newest receipt of each kind.
CREATE TABLE holds (
  number INTEGER PRIMARY KEY,
  hold BLOB NOT NULL UNIQUE CHECK (length(hold) = 32),
  account INTEGER NOT NULL REFERENCES accounts (number),
  payee INTEGER NOT NULL REFERENCES accounts (number),
  handle INTEGER NOT NULL REFERENCES handles (number),
  asset INTEGER NOT NULL REFERENCES assets (number),
  seq INTEGER NOT NULL UNIQUE REFERENCES transactions (seq),
  state INTEGER NOT NULL CHECK (state IN (1, 2, 3)),
  version INTEGER NOT NULL CHECK (version BETWEEN 1 AND 64),
  cap INTEGER NOT NULL CHECK (cap > 0 AND cap <= 1000000000000000),
  claimed INTEGER NOT NULL CHECK (claimed BETWEEN 0 AND cap),
  spend_until_ms INTEGER NOT NULL,
  claim_until_ms INTEGER NOT NULL CHECK (claim_until_ms > spend_until_ms),
  receipt_seq INTEGER NOT NULL REFERENCES transactions (seq),
  claim_seq INTEGER REFERENCES transactions (seq),
  CHECK (account <> payee),
  CHECK (state <> 3 OR claim_seq IS NOT NULL),
  CHECK (claimed = 0 OR claim_seq IS NOT NULL)
) STRICT;
CREATE INDEX holds_to_end ON holds (claim_until_ms) WHERE state <> 3;
CREATE INDEX holds_of_payer ON holds (account, handle, claim_until_ms) WHERE state <> 3;

-- The positions of a hold: with kind 4 the fee of its cap, with kind 5 the fee that moved.
CREATE TABLE hold_positions (
  seq INTEGER PRIMARY KEY REFERENCES transactions (seq),
  hold INTEGER NOT NULL REFERENCES holds (number),
  fee INTEGER NOT NULL CHECK (fee BETWEEN 0 AND 1000000000000000)
) STRICT;
CREATE INDEX hold_positions_by_hold ON hold_positions (hold, seq);

-- What was asked of holds and decided, by (account, id): 1 place, 2 change, 3 close, 4 release, 5 claim. A row is final: it made the
-- position `seq`; or it changed nothing, and was answered by the receipt of `answer`; or it was refused. `amount` is what counts
-- to the device's limit per day: of 1 the cap, of 2 what was added to it.
CREATE TABLE tab_journal (
  number INTEGER PRIMARY KEY,
  account INTEGER NOT NULL REFERENCES accounts (number),
  id BLOB NOT NULL CHECK (length(id) = 16),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  device INTEGER NOT NULL REFERENCES devices (number),
  kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 5),
  signed BLOB NOT NULL,
  decided_ms INTEGER NOT NULL,
  seq INTEGER UNIQUE REFERENCES transactions (seq),
  answer INTEGER REFERENCES transactions (seq),
  refusal BLOB,
  sweep_ms INTEGER,
  asset INTEGER REFERENCES assets (number),
  amount INTEGER CHECK (amount BETWEEN 0 AND 1000000000000000),
  UNIQUE (account, id),
  CHECK ((seq IS NOT NULL) + (answer IS NOT NULL) + (refusal IS NOT NULL) = 1),
  CHECK ((seq IS NOT NULL) = (sweep_ms IS NULL)),
  CHECK ((asset IS NULL) = (amount IS NULL)),
  CHECK ((amount IS NOT NULL) = (seq IS NOT NULL AND kind IN (1, 2)))
) STRICT;
CREATE INDEX tab_journal_to_sweep ON tab_journal (sweep_ms) WHERE sweep_ms IS NOT NULL;
