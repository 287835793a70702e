-- Ids that are random (account, device, handle, locator) get an integer of their own, so that the large
-- tables are in the order of time and a group of commits touches few pages.

CREATE TABLE ledger (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  verifier BLOB NOT NULL CHECK (length(verifier) = 32),
  url TEXT NOT NULL,
  listen TEXT NOT NULL,
  tls_certificate TEXT,
  tls_key TEXT,
  open INTEGER NOT NULL CHECK (open IN (0, 1)),
  epoch INTEGER NOT NULL CHECK (epoch > 0),
  epoch_opened_ms INTEGER NOT NULL,
  checkpoint BLOB NOT NULL CHECK (length(checkpoint) = 32),
  seq INTEGER NOT NULL CHECK (seq >= 0),
  time_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE certificates (serial INTEGER PRIMARY KEY, signed BLOB NOT NULL) STRICT;

CREATE TABLE checkpoints (
  epoch INTEGER NOT NULL,
  first_seq INTEGER NOT NULL,
  signed BLOB NOT NULL,
  PRIMARY KEY (epoch, first_seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE fee_schedules (version INTEGER PRIMARY KEY, signed BLOB NOT NULL) STRICT;

CREATE TABLE assets (
  number INTEGER PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  scale INTEGER NOT NULL CHECK (scale BETWEEN 0 AND 12)
) STRICT;

-- Role 1 is the issuer, 2 collects fees, 3 are people's wallets.
CREATE TABLE accounts (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  role INTEGER NOT NULL CHECK (role IN (1, 2, 3)),
  account_key BLOB,
  enrolment_hash BLOB,
  enrolment BLOB,
  list BLOB,
  opened_ms INTEGER NOT NULL,
  CHECK (role <> 3 OR (account_key IS NOT NULL AND enrolment_hash IS NOT NULL AND enrolment IS NOT NULL AND list IS NOT NULL))
) STRICT;

-- Only the issuer's floor is below zero: down to its limit (wire decision 12).
CREATE TABLE balances (
  account INTEGER NOT NULL REFERENCES accounts (number),
  asset INTEGER NOT NULL REFERENCES assets (number),
  balance INTEGER NOT NULL CHECK (balance BETWEEN -9000000000000000000 AND 9000000000000000000),
  floor INTEGER NOT NULL DEFAULT 0 CHECK (floor <= 0),
  PRIMARY KEY (account, asset),
  CHECK (balance >= floor)
) STRICT, WITHOUT ROWID;

CREATE TABLE devices (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  account INTEGER NOT NULL REFERENCES accounts (number),
  certificate BLOB NOT NULL,
  revoked_seq INTEGER
) STRICT;

-- One row per ledger position: a payment (1) or an issue (2).
CREATE TABLE transactions (
  seq INTEGER PRIMARY KEY CHECK (seq > 0),
  epoch INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  kind INTEGER NOT NULL CHECK (kind IN (1, 2)),
  receipt BLOB NOT NULL
) STRICT;

CREATE TABLE postings (
  seq INTEGER NOT NULL REFERENCES transactions (seq),
  account INTEGER NOT NULL REFERENCES accounts (number),
  asset INTEGER NOT NULL REFERENCES assets (number),
  amount INTEGER NOT NULL CHECK (amount <> 0 AND amount BETWEEN -3000000000000000 AND 3000000000000000),
  PRIMARY KEY (seq, account, asset)
) STRICT, WITHOUT ROWID;

-- What an account sees of the ledger: 1 credit, 2 debit, 3 issue.
CREATE TABLE entries (
  account INTEGER NOT NULL REFERENCES accounts (number),
  seq INTEGER NOT NULL REFERENCES transactions (seq),
  kind INTEGER NOT NULL CHECK (kind IN (1, 2, 3)),
  PRIMARY KEY (account, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE bundles (seq INTEGER PRIMARY KEY REFERENCES transactions (seq), bundle BLOB NOT NULL) STRICT;

-- The journal (wire decision 7). A row is final: applied at seq, or refused.
CREATE TABLE orders (
  number INTEGER PRIMARY KEY,
  account INTEGER NOT NULL REFERENCES accounts (number),
  id BLOB NOT NULL CHECK (length(id) = 16),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  device INTEGER NOT NULL REFERENCES devices (number),
  signed BLOB NOT NULL,
  seq INTEGER UNIQUE REFERENCES transactions (seq),
  decided_ms INTEGER NOT NULL,
  asset INTEGER REFERENCES assets (number),
  amount INTEGER CHECK (amount > 0 AND amount <= 1000000000000000),
  fee INTEGER CHECK (fee >= 0 AND fee <= 1000000000000000),
  refusal BLOB,
  sweep_ms INTEGER,
  UNIQUE (account, id),
  CHECK ((seq IS NULL) = (refusal IS NOT NULL)),
  CHECK ((seq IS NULL) = (sweep_ms IS NOT NULL)),
  CHECK (seq IS NULL OR (asset IS NOT NULL AND amount IS NOT NULL AND fee IS NOT NULL))
) STRICT;
CREATE INDEX orders_by_device ON orders (device, decided_ms) WHERE seq IS NOT NULL;
CREATE INDEX orders_to_sweep ON orders (sweep_ms) WHERE sweep_ms IS NOT NULL;

CREATE TABLE issues (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  seq INTEGER NOT NULL UNIQUE REFERENCES transactions (seq),
  account INTEGER NOT NULL REFERENCES accounts (number),
  signed BLOB NOT NULL
) STRICT;

-- State 1 in stock, 2 bound, 3 used, 4 cancelled; an alias is 5.
CREATE TABLE handles (
  number INTEGER PRIMARY KEY,
  handle BLOB NOT NULL UNIQUE CHECK (length(handle) = 16),
  account INTEGER NOT NULL REFERENCES accounts (number),
  device INTEGER NOT NULL REFERENCES devices (number),
  payee_key BLOB NOT NULL,
  state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 5),
  asset INTEGER REFERENCES assets (number),
  amount INTEGER CHECK (amount > 0),
  expires_ms INTEGER,
  reference BLOB CHECK (length(reference) = 32),
  seq INTEGER UNIQUE REFERENCES transactions (seq),
  CHECK ((state = 3) = (seq IS NOT NULL)),
  CHECK ((state IN (2, 3)) <= (expires_ms IS NOT NULL AND reference IS NOT NULL)),
  CHECK ((asset IS NULL) = (amount IS NULL))
) STRICT;
CREATE INDEX handles_in_stock ON handles (device) WHERE state = 1;
CREATE INDEX handles_bound ON handles (account, expires_ms) WHERE state = 2;

CREATE TABLE aliases (
  alias TEXT PRIMARY KEY,
  handle INTEGER NOT NULL UNIQUE REFERENCES handles (number),
  record BLOB NOT NULL
) STRICT;

CREATE TABLE request_contents (
  number INTEGER PRIMARY KEY,
  locator BLOB NOT NULL UNIQUE CHECK (length(locator) = 16),
  expires_ms INTEGER NOT NULL,
  content BLOB NOT NULL CHECK (length(content) <= 4096)
) STRICT;
CREATE INDEX request_contents_to_sweep ON request_contents (expires_ms);

-- Session acts that were done; the same bytes again change nothing (wire decision 13).
CREATE TABLE acts (
  account INTEGER NOT NULL REFERENCES accounts (number),
  id BLOB NOT NULL CHECK (length(id) = 16),
  device INTEGER NOT NULL REFERENCES devices (number),
  signed BLOB NOT NULL,
  PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

-- Invite 0 is the open door: no code, no limit. Codes are kept as hashes: a backup invites nobody.
CREATE TABLE invites (
  number INTEGER PRIMARY KEY,
  code_hash BLOB UNIQUE CHECK (length(code_hash) = 32),
  uses_left INTEGER CHECK (uses_left >= 0),
  expires_ms INTEGER,
  CHECK ((number = 0) = (code_hash IS NULL)),
  CHECK ((number = 0) = (uses_left IS NULL))
) STRICT;

CREATE TABLE grants (
  invite INTEGER NOT NULL REFERENCES invites (number),
  asset INTEGER NOT NULL REFERENCES assets (number),
  amount INTEGER NOT NULL CHECK (amount > 0 AND amount <= 1000000000000000),
  PRIMARY KEY (invite, asset)
) STRICT, WITHOUT ROWID;
