//! File systems for SQLite that stand between it and the real one, for tests only.
//!
//! [`register`] makes one that counts syncs: a durable commit in WAL mode costs one sync of the write-ahead log, whatever the
//! machine, so that counting them says what a payment costs without timing anything. [`Disk`] is one that fails: at a
//! chosen write or sync, and when its power is cut.
//!
//! ```
//! let counts = farthing_faults::vfs::register("doc-example")?;
//! let dir = std::env::temp_dir().join(format!("farthing-vfs-{}", std::process::id()));
//! std::fs::create_dir_all(&dir)?;
//! let flags = rusqlite::OpenFlags::default();
//! let db = rusqlite::Connection::open_with_flags_and_vfs(dir.join("a.db"), flags, "doc-example")?;
//! db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (n); INSERT INTO t VALUES (1);")?;
//! let before = counts.wal_syncs();
//! db.execute_batch("INSERT INTO t VALUES (2);")?;
//! assert_eq!(counts.wal_syncs() - before, 1);
//! # drop(db);
//! # std::fs::remove_dir_all(dir)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod disk;
mod durable;
mod shim;

pub use disk::{Disk, Fault, StillOpen};
pub use durable::Image;
pub use shim::CannotRegister;

use farthing_cipher as _;
use shim::{Verdict, Watch};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How often the files of one file system were synced.
#[derive(Debug, Default)]
pub struct Counts {
    wal: AtomicU64,
    other: AtomicU64,
}

impl Counts {
    /// Syncs of write-ahead logs: one per durable commit.
    #[must_use]
    pub fn wal_syncs(&self) -> u64 {
        self.wal.load(Ordering::SeqCst)
    }

    /// Syncs of other files: databases at a checkpoint, folders, journals.
    #[must_use]
    pub fn other_syncs(&self) -> u64 {
        self.other.load(Ordering::SeqCst)
    }
}

const WAL: usize = 1;

impl Watch for Counts {
    fn opened(&self, _: Option<&Path>, is_wal: bool) -> usize {
        if is_wal { WAL } else { 0 }
    }

    fn sync(&self, file: usize) -> Verdict {
        let count = if file == WAL { &self.wal } else { &self.other };
        count.fetch_add(1, Ordering::SeqCst);
        Verdict::Pass
    }
}

/// Registers a counting file system under `name` for the rest of the process.
///
/// # Errors
/// [`CannotRegister`], also for a name with a NUL byte.
pub fn register(name: &str) -> Result<Arc<Counts>, CannotRegister> {
    let counts = Arc::new(Counts::default());
    shim::register(name, Arc::clone(&counts) as Arc<dyn Watch>)?;
    Ok(counts)
}
