//! Copies of the ledger beside a running server. Whoever reads an old state for long makes the log grow and the server slow, so
//! a copy is made page by page, as fast as the file can be read, and what takes longer reads the copy.

use crate::store::uint;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::fs::{File, TryLockError};
use std::io::Error;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Pages between two syncs of a copy: a server that syncs meanwhile waits for no more than these 2 MB.
const PAGES: i32 = 512;
/// How the files of snapshots are named; between the two is the process.
const SNAPSHOT: [&str; 2] = ["snapshot-", ".db"];

/// What a copy holds.
#[derive(Clone, Copy, Debug)]
pub struct Copy {
    /// Orders in it.
    pub orders: u64,
    /// Its epoch.
    pub epoch: u64,
}

/// Copies the ledger as it is now into an empty file, and has it on the disk.
///
/// # Errors
/// SQLite's, or the file's.
pub fn copy(db: &Connection, to: &Path) -> std::io::Result<Copy> {
    let file = File::options().write(true).create(true).truncate(false).open(to)?;
    let copied = fill(db, to, &|| file.sync_data())?;
    file.sync_all()?;
    let count = |sql: &str| copied.query_row(sql, [], |row| row.get::<_, i64>(0)).map(uint).map_err(Error::other);
    Ok(Copy { orders: count("SELECT count(*) FROM orders")?, epoch: count("SELECT epoch FROM ledger")? })
}

/// The ledger as it is now, to be read for as long as it takes. The copy is in a file of `folder` that has no name any
/// more: it goes when it is closed, or with the process.
///
/// # Errors
/// SQLite's, or the file's.
pub fn snapshot(db: &Connection, folder: &Path) -> std::io::Result<Connection> {
    remove_forgotten(folder)?;
    let to = folder.join(format!("{}{}{}", SNAPSHOT[0], std::process::id(), SNAPSHOT[1]));
    let file = File::options().write(true).create_new(true).mode(0o600).open(&to)?;
    file.lock()?;
    let copied = fill(db, &to, &|| Ok(()));
    std::fs::remove_file(&to)?;
    copied
}

/// Removes what was left by processes that were killed while they copied: nobody holds its lock.
fn remove_forgotten(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_snapshot = name.to_str().is_some_and(|name| {
            let process = name.strip_prefix(SNAPSHOT[0]).and_then(|rest| rest.strip_suffix(SNAPSHOT[1]));
            process.is_some_and(|process| process.parse::<u32>().is_ok())
        });
        if is_snapshot && !matches!(File::open(entry.path())?.try_lock(), Err(TryLockError::WouldBlock)) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn fill(db: &Connection, to: &Path, sync: &dyn Fn() -> std::io::Result<()>) -> std::io::Result<Connection> {
    let sql = |error: rusqlite::Error| Error::other(error);
    let mut copy = Connection::open(to).map_err(sql)?;
    // It is a copy only when it is complete: no journal, and syncs of our own.
    copy.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF").map_err(sql)?;
    // All steps read the same state, the one of the first read: with another they would begin anew.
    let state = db.unchecked_transaction().map_err(sql)?;
    state.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).map_err(sql)?;
    let backup = Backup::new(&state, &mut copy).map_err(sql)?;
    loop {
        match backup.step(PAGES).map_err(sql)? {
            StepResult::Done => break,
            StepResult::More => sync()?,
            // Reading waits for nobody while the ledger has a log.
            _ => return Err(Error::other("the ledger is locked by another program")),
        }
    }
    drop(backup);
    drop(state);
    // Its first page says that there is a log beside it. There is none.
    copy.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())).map_err(sql)?;
    Ok(copy)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn count(db: &Connection) -> i64 {
        db.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_snapshot_stays_as_it_was_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let db = Connection::open(folder.path().join("ledger.db")).unwrap();
        db.execute_batch(
            "PRAGMA journal_mode = WAL; CREATE TABLE t (bytes BLOB); INSERT INTO t VALUES (zeroblob(10000000))",
        )
        .unwrap();
        let name = |process: &str| folder.path().join(format!("snapshot-{process}.db"));
        // Of a process that was killed, of one that copies just now, and somebody's own file.
        let copying = File::create(name("4294967295")).unwrap();
        copying.lock().unwrap();
        for other in ["4294967294", "mine"] {
            drop(File::create(name(other)).unwrap());
        }
        let snapshot = snapshot(&db, folder.path()).unwrap();
        db.execute_batch("INSERT INTO t VALUES (x'00')").unwrap();
        assert_eq!((count(&snapshot), count(&db)), (1, 2));
        let mut names: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        let left = ["ledger.db", "ledger.db-shm", "ledger.db-wal", "snapshot-4294967295.db", "snapshot-mine.db"];
        assert_eq!(names, left);
    }

    /// Beside a server that never rests.
    #[test]
    fn a_copy_ends_though_the_ledger_changes_between_its_steps() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ledger.db");
        let writer = Connection::open(&file).unwrap();
        writer
            .execute_batch(
                "PRAGMA journal_mode = WAL; CREATE TABLE t (bytes BLOB); INSERT INTO t VALUES (zeroblob(10000000))",
            )
            .unwrap();
        let steps = std::cell::Cell::new(0);
        let commit = || {
            steps.set(steps.get() + 1);
            assert!(steps.get() < 1_000, "it begins anew each time");
            writer.execute_batch("INSERT INTO t VALUES (x'00')").map_err(Error::other)
        };
        let reader = Connection::open(&file).unwrap();
        let copied = fill(&reader, &folder.path().join("copy.db"), &commit).unwrap();
        assert!(steps.get() > 1);
        assert_eq!((count(&copied), count(&writer)), (1, 1 + steps.get()));
    }

    #[test]
    fn a_copy_is_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let db = Connection::open(folder.path().join("ledger.db")).unwrap();
        db.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE orders (n); CREATE TABLE ledger (epoch)").unwrap();
        db.execute_batch("INSERT INTO orders VALUES (1); INSERT INTO ledger VALUES (7)").unwrap();
        let to = folder.path().join("copy").join("backup.db");
        std::fs::create_dir(to.parent().unwrap()).unwrap();
        let held = copy(&db, &to).unwrap();
        assert_eq!((held.orders, held.epoch), (1, 7));
        // As from a medium that nobody writes to.
        let read_only = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let copied = Connection::open_with_flags(&to, read_only).unwrap();
        assert!(copied.prepare("SELECT n FROM orders").unwrap().exists([]).unwrap());
        assert_eq!(std::fs::read_dir(to.parent().unwrap()).unwrap().count(), 1);
    }
}
