//! The database's tables, as numbered migrations. A migration is never changed once it was released.

use super::StoreError;
use rusqlite::Connection;

/// Marks the file as a Farthing wallet: "FTHW".
pub(super) const APPLICATION_ID: i64 = 0x4654_4857;

const MIGRATIONS: &[&str] = &[
    // 1: the first payment.
    "CREATE TABLE meta (
         name TEXT PRIMARY KEY,
         record BLOB NOT NULL
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE payments (
         id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
         state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 6),
         order_hash BLOB UNIQUE CHECK (length(order_hash) = 32),
         record BLOB NOT NULL
     ) STRICT;
     CREATE INDEX payments_unfinished ON payments (id) WHERE state IN (2, 3);
     CREATE INDEX payments_drafts ON payments (id) WHERE state = 1;
     CREATE TABLE artifacts (
         payment BLOB NOT NULL REFERENCES payments (id) ON DELETE CASCADE,
         kind INTEGER NOT NULL,
         bytes BLOB NOT NULL,
         UNIQUE (payment, kind)
     ) STRICT;
     CREATE TABLE requests (
         id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
         payee_key BLOB NOT NULL UNIQUE,
         created INTEGER NOT NULL,
         record BLOB NOT NULL
     ) STRICT;
     CREATE INDEX requests_created ON requests (created, id);
     CREATE TABLE handles (
         handle BLOB PRIMARY KEY CHECK (length(handle) = 16),
         payee_key BLOB NOT NULL UNIQUE,
         state INTEGER NOT NULL,
         record BLOB NOT NULL
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX handles_state ON handles (state) WHERE state IN (1, 2);
     CREATE TABLE pins (
         alias TEXT PRIMARY KEY,
         record BLOB NOT NULL
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE balances (
         code TEXT NOT NULL,
         scale INTEGER NOT NULL,
         units INTEGER NOT NULL,
         PRIMARY KEY (code, scale)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE acts (
         id BLOB PRIMARY KEY CHECK (length(id) = 16),
         record BLOB NOT NULL
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE events (
         seq INTEGER PRIMARY KEY AUTOINCREMENT,
         at INTEGER NOT NULL,
         record BLOB NOT NULL
     ) STRICT;",
    // 2: people and phones. Small records of all kinds, found by their key.
    "CREATE TABLE smalls (
         tab INTEGER NOT NULL,
         key BLOB NOT NULL CHECK (length(key) > 0),
         record BLOB NOT NULL,
         PRIMARY KEY (tab, key)
     ) STRICT, WITHOUT ROWID;",
    // 3: handles are always asked for by one state, for which the partial index cannot be used.
    "DROP INDEX handles_state;
     CREATE INDEX handles_by_state ON handles (state, handle);",
];

/// Brings a fresh or older database to the current version; refuses a newer one and a foreign one.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let known = MIGRATIONS.len() as i64;
    let found = pragma(connection, "user_version")?;
    let application = pragma(connection, "application_id")?;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    if found > 0 && application != APPLICATION_ID {
        return Err(StoreError::Damaged("it is not a Farthing wallet".to_owned()));
    }
    for (done, migration) in MIGRATIONS.iter().enumerate() {
        let version = done as i64 + 1;
        if version > found {
            let transaction = connection.transaction()?;
            transaction.execute_batch(migration)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", version)?;
            transaction.commit()?;
        }
    }
    Ok(())
}

fn pragma(connection: &Connection, name: &str) -> Result<i64, StoreError> {
    Ok(connection.pragma_query_value(None, name, |row| row.get(0))?)
}
