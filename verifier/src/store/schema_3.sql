-- Several devices, aliases and messages. Foreign keys are off while this runs, and are checked before the commit:
-- SQLite alters no CHECK, so two tables are made anew, with their rows.

-- One row per ledger position: a payment (1), an issue (2), or a device list (3), whose receipt is a list-receipt.
CREATE TABLE transactions_3 (
  seq INTEGER PRIMARY KEY CHECK (seq > 0),
  epoch INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  kind INTEGER NOT NULL CHECK (kind IN (1, 2, 3)),
  receipt BLOB NOT NULL
) STRICT;
INSERT INTO transactions_3 SELECT seq, epoch, time_ms, kind, receipt FROM transactions;
DROP TABLE transactions;
ALTER TABLE transactions_3 RENAME TO transactions;

-- What an account sees of the ledger: 1 credit, 2 debit, 3 issue, 4 device list.
CREATE TABLE entries_3 (
  account INTEGER NOT NULL REFERENCES accounts (number),
  seq INTEGER NOT NULL REFERENCES transactions (seq),
  kind INTEGER NOT NULL CHECK (kind IN (1, 2, 3, 4)),
  PRIMARY KEY (account, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO entries_3 SELECT account, seq, kind FROM entries;
DROP TABLE entries;
ALTER TABLE entries_3 RENAME TO entries;

-- Device lists since enrolment; the first of an account is in `accounts`. The last one is in force.
CREATE TABLE lists (
  seq INTEGER PRIMARY KEY REFERENCES transactions (seq),
  account INTEGER NOT NULL REFERENCES accounts (number),
  signed BLOB NOT NULL
) STRICT;
CREATE INDEX lists_by_account ON lists (account, seq);
CREATE INDEX devices_by_account ON devices (account);

-- How often a device's folder was opened, as it said; and the number of the last message in its mailbox.
ALTER TABLE devices ADD COLUMN generation INTEGER CHECK (generation >= 0);
ALTER TABLE devices ADD COLUMN mark BLOB
  CHECK ((mark IS NULL) = (generation IS NULL) AND (mark IS NULL OR length(mark) = 16));
ALTER TABLE devices ADD COLUMN last_message INTEGER NOT NULL DEFAULT 0 CHECK (last_message >= 0);

-- 1 on handles, 2 alias, 3 publish, 4 withdraw, 5 generation, 6 prekeys, 7 claim, 8 message, 9 acknowledge.
ALTER TABLE acts ADD COLUMN kind INTEGER NOT NULL DEFAULT 1 CHECK (kind BETWEEN 1 AND 9);

CREATE INDEX handles_of_aliases ON handles (account) WHERE state = 5;

-- Standing requests: who may take a ciphertext away, and the act that put it there.
CREATE TABLE publications (
  number INTEGER PRIMARY KEY,
  locator BLOB NOT NULL UNIQUE CHECK (length(locator) = 16),
  account INTEGER NOT NULL REFERENCES accounts (number),
  act BLOB NOT NULL,
  expires_ms INTEGER NOT NULL,
  FOREIGN KEY (account, act) REFERENCES acts (account, id)
) STRICT;
CREATE INDEX publications_by_act ON publications (account, act);
CREATE INDEX publications_to_sweep ON publications (expires_ms);

-- One-time keys that nobody has claimed: a place in the act that brought them. The lowest number goes first.
CREATE TABLE prekeys (
  number INTEGER PRIMARY KEY,
  device INTEGER NOT NULL REFERENCES devices (number),
  account INTEGER NOT NULL,
  act BLOB NOT NULL,
  place INTEGER NOT NULL CHECK (place BETWEEN 0 AND 49),
  UNIQUE (account, act, place),
  FOREIGN KEY (account, act) REFERENCES acts (account, id)
) STRICT;
CREATE INDEX prekeys_in_stock ON prekeys (device, number);

-- The act with a device's fallback key: its last upload.
CREATE TABLE fallbacks (
  device INTEGER PRIMARY KEY REFERENCES devices (number),
  account INTEGER NOT NULL,
  act BLOB NOT NULL,
  FOREIGN KEY (account, act) REFERENCES acts (account, id)
) STRICT;
CREATE INDEX fallbacks_by_act ON fallbacks (account, act);

-- What a claim was answered with: a place in an act of the device, or its fallback key.
CREATE TABLE claims (
  account INTEGER NOT NULL,
  act BLOB NOT NULL,
  device INTEGER NOT NULL REFERENCES devices (number),
  of_account INTEGER NOT NULL,
  of_act BLOB NOT NULL,
  place INTEGER CHECK (place BETWEEN 0 AND 49),
  claimed_ms INTEGER NOT NULL,
  PRIMARY KEY (account, act),
  FOREIGN KEY (account, act) REFERENCES acts (account, id),
  FOREIGN KEY (of_account, of_act) REFERENCES acts (account, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX claims_by_device ON claims (account, device, claimed_ms);
CREATE INDEX claims_of_act ON claims (of_account, of_act);

-- Mailboxes. `account` is the sender's; `act` names the sending device and the content's hash.
CREATE TABLE messages (
  device INTEGER NOT NULL REFERENCES devices (number),
  number INTEGER NOT NULL CHECK (number > 0),
  account INTEGER NOT NULL,
  act BLOB NOT NULL,
  sent_ms INTEGER NOT NULL,
  content BLOB NOT NULL CHECK (length(content) IN (256, 1024, 4096)),
  PRIMARY KEY (device, number),
  FOREIGN KEY (account, act) REFERENCES acts (account, id)
) STRICT;
CREATE INDEX messages_by_sender ON messages (device, account);
CREATE INDEX messages_by_act ON messages (account, act);
CREATE INDEX messages_to_sweep ON messages (sent_ms);

-- Whom an account has written to, and when last: their mail finds more room.
CREATE TABLE correspondents (
  account INTEGER NOT NULL REFERENCES accounts (number),
  other INTEGER NOT NULL REFERENCES accounts (number),
  written_ms INTEGER NOT NULL,
  PRIMARY KEY (account, other)
) STRICT;
CREATE INDEX correspondents_to_sweep ON correspondents (written_ms);

-- Where two who are near each other leave what they exchange before they know each other. Nobody signs for it.
CREATE TABLE rendezvous (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  expires_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX rendezvous_to_sweep ON rendezvous (expires_ms);

CREATE TABLE slots (
  rendezvous INTEGER NOT NULL REFERENCES rendezvous (number) ON DELETE CASCADE,
  slot INTEGER NOT NULL CHECK (slot BETWEEN 1 AND 8),
  content BLOB NOT NULL CHECK (length(content) BETWEEN 1 AND 1024),
  PRIMARY KEY (rendezvous, slot)
) STRICT;
