//! The signing key's file, and how the next key takes its place.
//!
//! ```text
//! certify:  write signing.key.new ─▶ commit the certificate ─▶ rename to signing.key
//! restore:  write signing.key.new ─▶ rename the whole new ledger into place ─▶ rename to signing.key
//! ```
//!
//! | killed | in the ledger | what [`Folder::open_ledger`] finds |
//! |---|---|---|
//! | before the middle step | the old key's certificate, or no ledger | `signing.key` is named: the other file never counted, and goes |
//! | after it | the new key's certificate | `signing.key.new` is named: it takes its place now |

use super::{Folder, file};
use crate::crash;
use crate::keys::{KeyFileError, Keys};
use crate::server::StartError;
use crate::store::{self, ledger};
use crate::{OpenError, Verifier, epoch};
use farthing_protocol::key::Ed25519Key;
use farthing_protocol::time::Moment;
use rusqlite::Connection;
use std::fs::File;
use std::path::{Path, PathBuf};

impl Folder {
    /// The signing key's file.
    #[must_use]
    pub fn signing_key(path: &Path) -> PathBuf {
        path.join("signing.key")
    }

    /// The file of a signing key that is to take the other's place.
    #[must_use]
    pub fn next_signing_key(path: &Path) -> PathBuf {
        path.join("signing.key.new")
    }

    /// Certifies new keys in place of the ones in the folder, which are not needed and are gone afterwards. Killed at any
    /// point, the folder has the old keys or the new ones.
    ///
    /// # Errors
    /// [`super::FolderError`] for the files, [`OpenError`] for the ledger.
    pub fn certify(&self, root: &Ed25519Key, keys: Keys, now: Moment) -> Result<Verifier, StartError> {
        let mut connection = self.existing_ledger(None)?;
        store::open(&mut connection)?;
        epoch::may_certify(&connection, root)?;
        // What an earlier one left may be the key in force, which must not be overwritten.
        self.settle_next_key(&connection)?;
        self.write_next_key(&keys).map_err(super::FolderError::from)?;
        crash::point(crash::operator::CERTIFY_KEY_WRITTEN);
        epoch::certify(&mut connection, root, &keys, now.wall)?;
        crash::point(crash::operator::CERTIFY_COMMITTED);
        self.adopt_next_key()?;
        Ok(Verifier::started(connection, keys, now)?)
    }

    /// Writes keys that are to take the place of others, so that they outlive a power cut. One that was left behind by a
    /// killed command is overwritten.
    ///
    /// # Errors
    /// [`KeyFileError::File`].
    pub fn write_next_key(&self, keys: &Keys) -> Result<(), KeyFileError> {
        let path = Self::next_signing_key(&self.path);
        let io = |source| KeyFileError::File { path: path.display().to_string(), source };
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io(error)),
            _ => {}
        }
        keys.save(&path)?;
        self.sync().map_err(io)
    }

    /// The next key takes its place.
    ///
    /// # Errors
    /// [`super::FolderError::File`].
    pub fn adopt_next_key(&self) -> Result<(), super::FolderError> {
        let next = Self::next_signing_key(&self.path);
        std::fs::rename(&next, Self::signing_key(&self.path))
            .and_then(|()| self.sync())
            .map_err(|source| file(&next, source))
    }

    /// Names that were changed outlive a power cut from here on.
    ///
    /// # Errors
    /// The system's.
    pub fn sync(&self) -> std::io::Result<()> {
        File::open(&self.path)?.sync_all()
    }

    /// The keys that the ledger's newest certificate names, where the folder has them.
    pub(super) fn keys(&self, db: &Connection) -> Result<Keys, StartError> {
        self.settle_next_key(db)?;
        Ok(Keys::load(&Self::signing_key(&self.path)).map_err(super::FolderError::from)?)
    }

    /// A next key that a killed command left takes its place, or goes, when the ledger says which.
    fn settle_next_key(&self, db: &Connection) -> Result<(), super::FolderError> {
        let next = Self::next_signing_key(&self.path);
        if !next.exists() {
            return Ok(());
        }
        if named(db, &next) {
            return self.adopt_next_key();
        }
        if named(db, &Self::signing_key(&self.path)) {
            std::fs::remove_file(&next).map_err(|source| file(&next, source))?;
        }
        Ok(())
    }
}

/// True when the newest certificate names the keys of a file. A ledger that cannot be read says so when it is opened.
fn named(db: &Connection, path: &Path) -> bool {
    let certificate = || -> Result<_, OpenError> { epoch::newest(db, &ledger::row(db)?.verifier) };
    match (Keys::load(path), certificate()) {
        (Ok(keys), Ok(certificate)) => epoch::names(&certificate, &keys),
        _ => false,
    }
}
