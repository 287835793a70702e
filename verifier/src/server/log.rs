//! The write-ahead log goes back into the ledger's file beside the writer.
//!
//! SQLite on its own would do that within a commit: every thousand pages, and within every commit while somebody reads an old
//! state. Here a thread with a connection of its own copies what is in the log while the writer goes on; then the writer
//! copies the little that came meanwhile, so that the log is all in the file and begins anew with the next commit.
//!
//! ```text
//!            so many pages more              copied
//! Quiet ───────────────────────────▶ Copying ──────▶ the writer copies the rest ──▶ Quiet
//! ```
//!
//! A copy that fails, or that a reader of an old state keeps from the end, is tried again after so many pages more. What is
//! committed is in the log, synced, whether or not it was copied.

use super::StartError;
use super::folder::Folder;
use crate::OpenError;
use crate::store::configure;
use rusqlite::Connection;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

/// Pages that come into the log between two copies: 4 MB.
const PAGES: usize = 1_000;

/// The writer's side.
#[derive(Debug)]
pub(super) struct Log {
    /// Pages in the log after the last commit.
    pages: Arc<AtomicUsize>,
    /// As many were in it when it was last copied; 0 since it began anew.
    copied: usize,
    copying: bool,
    done: Arc<AtomicBool>,
    helper: Option<(SyncSender<()>, JoinHandle<()>)>,
}

impl Log {
    /// Takes over from SQLite what `writer` would do within its commits.
    pub(super) fn start(folder: &Folder, vfs: Option<&str>, writer: &mut Connection) -> Result<Self, StartError> {
        let own = Folder::connect(folder.path(), vfs, false)?;
        configure(&own)?;
        let (wake, woken) = sync_channel(1);
        let done = Arc::new(AtomicBool::new(false));
        let is_done = Arc::clone(&done);
        let helper = std::thread::Builder::new().name("log".to_owned()).spawn(move || help(&own, &woken, &is_done));
        let helper = helper.map_err(|error| StartError::Io("the log's thread", error))?;
        let pages = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&pages);
        let hook = move |_: &mut _, now| {
            seen.store(usize::try_from(now).unwrap_or_default(), Ordering::Relaxed);
            Ok(())
        };
        writer.wal_hook(Some(hook)).map_err(OpenError::from)?;
        Ok(Self { pages, copied: 0, copying: false, done, helper: Some((wake, helper)) })
    }

    /// After commits of the writer's: has the log copied when it is time.
    pub(super) fn look(&mut self, writer: &Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < self.copied {
            self.copied = 0;
        }
        if self.copying && self.done.swap(false, Ordering::Acquire) {
            self.copying = false;
            self.copied = pages;
            copy(writer);
        } else if !self.copying && pages >= self.copied + PAGES {
            self.copying = self.wake();
            if !self.copying {
                self.copied = pages;
                copy(writer);
            }
        }
    }

    /// False when there is nobody any more to be woken.
    fn wake(&self) -> bool {
        let Some((wake, _)) = &self.helper else { return false };
        !matches!(wake.try_send(()), Err(TrySendError::Disconnected(())))
    }
}

impl Drop for Log {
    /// The helper lets go of the ledger before the writer closes it.
    fn drop(&mut self) {
        if let Some((wake, helper)) = self.helper.take() {
            drop(wake);
            let _ = helper.join();
        }
    }
}

fn help(ledger: &Connection, woken: &Receiver<()>, done: &AtomicBool) {
    while woken.recv().is_ok() {
        copy(ledger);
        done.store(true, Ordering::Release);
    }
}

/// Copies what can be copied without waiting for anybody.
fn copy(ledger: &Connection) {
    if let Err(error) = ledger.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
        tracing::warn!(%error, "the log was not copied into the ledger's file; it is tried again");
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;

    /// A ledger's writer, its log, and a commit of a page.
    fn writer(folder: &std::path::Path) -> (Connection, Log) {
        let mut writer = Connection::open(Folder::ledger(folder)).unwrap();
        configure(&writer).unwrap();
        writer.execute_batch("PRAGMA synchronous = OFF; CREATE TABLE t (n INTEGER PRIMARY KEY, bytes BLOB)").unwrap();
        let log = Log::start(&Folder::lock(folder, "a test").unwrap(), None, &mut writer).unwrap();
        (writer, log)
    }

    fn commit(writer: &Connection, log: &mut Log) -> usize {
        writer.execute("INSERT INTO t (bytes) VALUES (zeroblob(4000))", []).unwrap();
        log.look(writer);
        log.pages.load(Ordering::Relaxed)
    }

    /// Commits until the log has begun anew; panics when it grows for ever.
    fn until_anew(writer: &Connection, log: &mut Log) {
        let mut before = 0;
        for _ in 0..200_000 {
            let pages = commit(writer, log);
            if pages < before {
                return;
            }
            before = pages;
        }
        panic!("the log never began anew: {before} pages");
    }

    #[test]
    fn the_log_begins_anew_again_and_again() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, mut log) = writer(folder.path());
        (0..3).for_each(|_| until_anew(&writer, &mut log));
    }

    #[test]
    fn who_reads_an_old_state_reads_it_to_the_end_and_the_log_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, mut log) = writer(folder.path());
        commit(&writer, &mut log);
        let count = |db: &Connection| db.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0)).unwrap();
        let reader = Folder::connect(folder.path(), None, false).unwrap();
        let state = reader.unchecked_transaction().unwrap();
        assert_eq!(count(&state), 1);
        for _ in 0..5_000 {
            commit(&writer, &mut log);
        }
        assert_eq!((count(&state), count(&writer)), (1, 5_001));
        drop(state);
        until_anew(&writer, &mut log);
    }

    #[test]
    fn a_writer_without_its_helper_copies_itself() {
        let folder = tempfile::tempdir().unwrap();
        let (writer, mut log) = writer(folder.path());
        // As if its thread had ended by a panic.
        let (wake, helper) = log.helper.take().unwrap();
        drop(wake);
        helper.join().unwrap();
        until_anew(&writer, &mut log);
    }
}
