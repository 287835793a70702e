//! Savepoints within a group's transaction, one within another: what fails is taken back alone.

use rusqlite::Connection;

/// A savepoint inside the group's transaction. Not rusqlite's: those are parsed anew each time.
pub(crate) fn begin(tx: &Connection) -> rusqlite::Result<()> {
    tx.prepare_cached("SAVEPOINT part")?.execute([]).map(drop)
}

/// Keeps what was done since the savepoint.
pub(crate) fn keep(tx: &Connection) -> rusqlite::Result<()> {
    tx.prepare_cached("RELEASE part")?.execute([]).map(drop)
}

/// Takes back what was done since the savepoint.
pub(crate) fn undo(tx: &Connection) -> rusqlite::Result<()> {
    tx.prepare_cached("ROLLBACK TO part")?.execute([])?;
    keep(tx)
}

/// A full disk can end the whole transaction: then nothing of the group may be answered.
pub(crate) fn check_open(tx: &Connection) -> rusqlite::Result<()> {
    if tx.is_autocommit() {
        return Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL), None));
    }
    Ok(())
}
