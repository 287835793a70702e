-- Allowances, for payments without network. Foreign keys are off while this runs, and are checked before the commit: SQLite alters no
-- CHECK, so that tables are made anew, with their rows.

-- Role 1 is the issuer, 2 collects fees, 3 are people's wallets, 4 has what is set aside, 5 is the guarantee fund.
CREATE TABLE accounts_6 (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  role INTEGER NOT NULL CHECK (role BETWEEN 1 AND 5),
  account_key BLOB,
  enrolment_hash BLOB,
  enrolment BLOB,
  list BLOB,
  opened_ms INTEGER NOT NULL,
  CHECK (role <> 3 OR (account_key IS NOT NULL AND enrolment_hash IS NOT NULL AND enrolment IS NOT NULL AND list IS NOT NULL))
) STRICT;
INSERT INTO accounts_6 SELECT number, id, role, account_key, enrolment_hash, enrolment, list, opened_ms FROM accounts;
DROP TABLE accounts;
ALTER TABLE accounts_6 RENAME TO accounts;
-- Number -1 is free in every ledger. The id is the beginning of SHA-256("farthing/1/guarantee"), as the issuer's is of its name.
INSERT INTO accounts (number, id, role, opened_ms) VALUES (-1, x'3df09b15423854060d9eda807a72b965', 5, 0);

-- One row per ledger position: a payment (1), an issue (2), a device list (3), what placed, changed or closed a hold (4), what was
-- claimed of it or ended it (5), an allowance (6), a claim from one (7), or its settlement (8).
CREATE TABLE transactions_6 (
  seq INTEGER PRIMARY KEY CHECK (seq > 0),
  epoch INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 8),
  receipt BLOB NOT NULL
) STRICT;
INSERT INTO transactions_6 SELECT seq, epoch, time_ms, kind, receipt FROM transactions;
DROP TABLE transactions;
ALTER TABLE transactions_6 RENAME TO transactions;

-- What an account sees of the ledger: 1 credit, 2 debit, 3 issue, 4 device list; 5 to 8 are of tabs; of an allowance the payer sees 9
-- where it was set aside and 11 where it was settled, a payee 10 where it claimed and 12 where it was settled.
CREATE TABLE entries_6 (
  account INTEGER NOT NULL REFERENCES accounts (number),
  seq INTEGER NOT NULL REFERENCES transactions (seq),
  kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 12),
  PRIMARY KEY (account, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO entries_6 SELECT account, seq, kind FROM entries;
DROP TABLE entries;
ALTER TABLE entries_6 RENAME TO entries;

-- What was asked of holds and allowances and decided, by (account, id): 1 place, 2 change, 3 close, 4 release, 5 claim; of allowances
-- 6 place, 7 claim, 8 revoke. A row is final: it made the position `seq`; or it made none, and was answered by what `answer` has, or
-- needed no other; or it was refused. `amount` is what counts to the device's limit per day: of 1 and 6 the cap, of 2 what was added.
CREATE TABLE tab_journal_6 (
  number INTEGER PRIMARY KEY,
  account INTEGER NOT NULL REFERENCES accounts (number),
  id BLOB NOT NULL CHECK (length(id) = 16),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  device INTEGER NOT NULL REFERENCES devices (number),
  kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 8),
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
  CHECK ((amount IS NOT NULL) = (seq IS NOT NULL AND kind IN (1, 2, 6)))
) STRICT;
INSERT INTO tab_journal_6 SELECT number, account, id, hash, device, kind, signed, decided_ms, seq, answer, refusal, sweep_ms, asset, amount
  FROM tab_journal;
DROP TABLE tab_journal;
ALTER TABLE tab_journal_6 RENAME TO tab_journal;
CREATE INDEX tab_journal_to_sweep ON tab_journal (sweep_ms) WHERE sweep_ms IS NOT NULL;

-- Allowances. The order is in `tab_journal` at `seq`, the signed allowance in `transactions`. `listed_by` is the signed revocation
-- (`listed` 1) or the proof (2) for which it is on the list of revoked ones.
CREATE TABLE allowances (
  number INTEGER PRIMARY KEY,
  allowance BLOB NOT NULL UNIQUE CHECK (length(allowance) = 16),
  account INTEGER NOT NULL REFERENCES accounts (number),
  asset INTEGER NOT NULL REFERENCES assets (number),
  seq INTEGER NOT NULL UNIQUE REFERENCES transactions (seq),
  fee_version INTEGER NOT NULL REFERENCES fee_schedules (version),
  spend_until_ms INTEGER NOT NULL,
  claim_until_ms INTEGER NOT NULL CHECK (claim_until_ms > spend_until_ms),
  listed INTEGER CHECK (listed IN (1, 2)),
  listed_by BLOB,
  settled_seq INTEGER UNIQUE REFERENCES transactions (seq),
  CHECK ((listed IS NULL) = (listed_by IS NULL))
) STRICT;
CREATE INDEX allowances_to_settle ON allowances (claim_until_ms) WHERE settled_seq IS NULL;
CREATE INDEX allowances_of_payer ON allowances (account, claim_until_ms) WHERE settled_seq IS NULL;
CREATE INDEX allowances_listed ON allowances (spend_until_ms) WHERE listed IS NOT NULL;

-- Which accounts see which position of an allowance, in the order of positions.
CREATE TABLE allowance_positions (
  seq INTEGER NOT NULL REFERENCES transactions (seq),
  account INTEGER NOT NULL REFERENCES accounts (number),
  allowance INTEGER NOT NULL REFERENCES allowances (number),
  PRIMARY KEY (seq, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX allowance_positions_by_allowance ON allowance_positions (allowance, seq);

-- One row for each request that was claimed for: the claim of it that counts, at `seq`, is that of the lowest number, then of the
-- lowest voucher hash. `guaranteed` is what the fund paid for the request.
CREATE TABLE offline_claims (
  number INTEGER PRIMARY KEY,
  allowance INTEGER NOT NULL REFERENCES allowances (number),
  request BLOB NOT NULL CHECK (length(request) = 32),
  account INTEGER NOT NULL REFERENCES accounts (number),
  payee_key BLOB NOT NULL CHECK (length(payee_key) = 32),
  amount INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 1000000000000000),
  guaranteed INTEGER NOT NULL CHECK (guaranteed BETWEEN 0 AND amount),
  voucher_seq INTEGER NOT NULL CHECK (voucher_seq BETWEEN 1 AND 256),
  voucher BLOB NOT NULL CHECK (length(voucher) = 32),
  seq INTEGER NOT NULL UNIQUE REFERENCES transactions (seq),
  UNIQUE (allowance, request)
) STRICT;
CREATE INDEX offline_claims_by_account ON offline_claims (allowance, account);

-- The settlements with a line, as each payee reads its own.
CREATE TABLE settlement_lines (
  seq INTEGER NOT NULL REFERENCES transactions (seq),
  account INTEGER NOT NULL REFERENCES accounts (number),
  voucher BLOB NOT NULL CHECK (length(voucher) = 32),
  signed BLOB NOT NULL,
  PRIMARY KEY (seq, account, voucher)
) STRICT, WITHOUT ROWID;

-- What the guarantee fund promises: so much of one allowance at most, per asset, to these payees. Nothing unless the operator says so.
CREATE TABLE guarantees (
  asset INTEGER PRIMARY KEY REFERENCES assets (number),
  per_allowance INTEGER NOT NULL CHECK (per_allowance BETWEEN 1 AND 1000000000000000)
) STRICT;
CREATE TABLE guaranteed_payees (account INTEGER PRIMARY KEY REFERENCES accounts (number)) STRICT;
