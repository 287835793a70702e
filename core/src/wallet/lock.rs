//! The lock file of a wallet's folder: held by whoever owns it, given back by the system when that ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Result;
use std::path::Path;

/// Proof of owning a wallet's folder: two owners would each pay from what is there once. Programs take it before they open the
/// wallet, and keep it until it is closed. Lets go when dropped.
#[derive(Debug)]
pub struct FolderLock {
    file: File,
}

impl FolderLock {
    /// Takes the lock; `None` when somebody else has it, in this process or another.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn take(dir: &Path) -> Result<Option<Self>> {
        let path = dir.join("lock");
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // Somebody whose enrolment failed takes the lock file away: then this is not the one that others see.
        Ok(is_at(&file, &path)?.then_some(Self { file }))
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // Closing is not enough: a process that is being started just now has a copy of the file until its own program runs.
        // What fails here, closing does.
        let _ = self.file.unlock();
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let ours = file.metadata()?;
    Ok(std::fs::metadata(path).is_ok_and(|seen| (seen.dev(), seen.ino()) == (ours.dev(), ours.ino())))
}

/// Elsewhere a file that is open cannot be taken away.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> Result<bool> {
    Ok(true)
}
