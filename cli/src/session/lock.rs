//! The lock file of a wallet folder: held by the process that owns it, given back by the system when that ends.

use crate::failure::Failure;
use crate::files;
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Proof of owning the folder. Lets go when dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock; `None` when another process has it.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(crate) fn take(dir: &Path) -> Result<Option<Self>, Failure> {
        let path = dir.join("lock");
        let failed = |e: std::io::Error| Failure::not_written(files::sentence(&path, &e));
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        // An init that failed takes its lock file away: then this is not the one that others see.
        let ours = file.metadata().map_err(failed)?;
        let same = std::fs::metadata(&path).is_ok_and(|seen| (seen.dev(), seen.ino()) == (ours.dev(), ours.ino()));
        Ok(same.then_some(Self { _file: file }))
    }
}
