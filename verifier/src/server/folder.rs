//! The data folder: ledger, signing key, lock, operator's socket.

mod signing_key;

use crate::keys::KeyFileError;
use crate::{OpenError, Verifier};
use farthing_protocol::time::Moment;
use rusqlite::{Connection, OpenFlags};
use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Longest text that is read from a lock file.
const HOLDER_MAX: u64 = 200;

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// Somebody else works in it.
    #[error("{path} is in use by {holder}")]
    InUse {
        /// The folder.
        path: String,
        /// Who holds the lock, as it said.
        holder: String,
    },
    /// It has no ledger.
    #[error("{0} has no ledger; run `farthing-verifier init` first")]
    NoLedger(String),
    /// A file in it cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The signing key.
    #[error(transparent)]
    Key(#[from] KeyFileError),
}

/// A locked data folder. The lock ends with the value, or with the process.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes a folder for its owner alone, where there is none.
    ///
    /// # Errors
    /// [`FolderError::File`].
    pub fn make(path: &Path) -> Result<(), FolderError> {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|source| file(path, source))
    }

    /// Takes the folder's lock, saying `who` holds it.
    ///
    /// # Errors
    /// [`FolderError::InUse`] names who does.
    pub fn lock(path: &Path, who: &str) -> Result<Self, FolderError> {
        if !path.is_dir() {
            return Err(FolderError::NoLedger(path.display().to_string()));
        }
        let lock_path = path.join("lock");
        let io = |source| file(&lock_path, source);
        let options = File::options().read(true).write(true).create(true).truncate(false).mode(0o600).open(&lock_path);
        let mut lock = options.map_err(io)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Who it is only serves the sentence; a holder that has not written yet is still one.
                let _ = lock.take(HOLDER_MAX).read_to_string(&mut holder);
                let holder = if holder.trim().is_empty() { "another process" } else { holder.trim() };
                return Err(FolderError::InUse { path: path.display().to_string(), holder: holder.to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        lock.set_len(0).and_then(|()| lock.rewind()).map_err(io)?;
        writeln!(lock, "{who} (process {})", std::process::id()).map_err(io)?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// The ledger's file.
    #[must_use]
    pub fn ledger(path: &Path) -> PathBuf {
        path.join("ledger.db")
    }

    /// The operator's socket.
    #[must_use]
    pub fn socket(path: &Path) -> PathBuf {
        path.join("operator.sock")
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the ledger to write.
    ///
    /// # Errors
    /// [`super::StartError::Folder`] or [`super::StartError::Open`].
    pub fn open_ledger(&self, vfs: Option<&str>, now: Moment) -> Result<Verifier, super::StartError> {
        let connection = self.existing_ledger(vfs)?;
        let keys = self.keys(&connection)?;
        Ok(Verifier::open(connection, keys, now)?)
    }

    fn existing_ledger(&self, vfs: Option<&str>) -> Result<Connection, super::StartError> {
        if !Self::ledger(&self.path).exists() {
            return Err(FolderError::NoLedger(self.path.display().to_string()).into());
        }
        Ok(Self::connect(&self.path, vfs, false)?)
    }

    /// Opens the database file; makes it only when `create` says so.
    ///
    /// # Errors
    /// The database's own.
    pub fn connect(path: &Path, vfs: Option<&str>, create: bool) -> Result<Connection, OpenError> {
        let ledger = Self::ledger(path);
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        if create {
            flags |= OpenFlags::SQLITE_OPEN_CREATE;
        }
        Ok(match vfs {
            Some(vfs) => Connection::open_with_flags_and_vfs(ledger, flags, vfs)?,
            None => Connection::open_with_flags(ledger, flags)?,
        })
    }

    pub(super) fn remove_socket(&self) {
        // A socket that is gone already is what we want.
        let _ = std::fs::remove_file(Self::socket(&self.path));
    }
}

fn file(path: &Path, source: std::io::Error) -> FolderError {
    FolderError::File { path: path.display().to_string(), source }
}
