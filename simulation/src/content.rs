//! What a wallet's disk holds: the store in memory, which is quick, or the real SQLCipher file.

use crate::laws::Broken;
use farthing_core::store::{DatabaseKey, MemoryStore, SqlCipherStore, Store, StoreError, StoreLocation};
use std::path::Path;
use tempfile::TempDir;

/// What wallets are kept in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Storage {
    /// The store in memory.
    #[default]
    Memory,
    /// SQLCipher files, in a folder of their own.
    Files,
}

/// What a disk holds.
pub(crate) enum Content {
    Memory(Box<MemoryStore>),
    File(Box<File>),
}

/// A wallet's folder.
pub(crate) struct File {
    store: SqlCipherStore,
    key: DatabaseKey,
    folder: TempDir,
}

/// The database within the folder.
const NAME: &str = "wallet.db";

impl Content {
    /// Nothing yet.
    pub(crate) fn new(storage: Storage, key: [u8; 32]) -> Result<Self, Broken> {
        Ok(match storage {
            Storage::Memory => Self::Memory(Box::new(MemoryStore::new())),
            Storage::Files => {
                let (key, folder) = (DatabaseKey::new(key), tempfile::tempdir()?);
                let store = SqlCipherStore::create(location(folder.path()), key.clone())?;
                Self::File(Box::new(File { store, key, folder }))
            }
        })
    }

    /// The same once more.
    pub(crate) fn copied(&mut self) -> Result<Self, Broken> {
        Ok(match self {
            Self::Memory(store) => Self::Memory(store.clone()),
            Self::File(file) => {
                let folder = tempfile::tempdir()?;
                // Closed, so that everything is in the one file.
                file.store.pause()?;
                std::fs::copy(file.folder.path().join(NAME), folder.path().join(NAME))?;
                file.store.resume()?;
                let store = SqlCipherStore::open(location(folder.path()), file.key.clone())?;
                Self::File(Box::new(File { store, key: file.key.clone(), folder }))
            }
        })
    }

    /// As a new process finds it.
    pub(crate) fn reopen(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::File(file) => {
                file.store.pause()?;
                file.store.resume()
            }
        }
    }

    pub(crate) fn store(&self) -> &dyn Store {
        match self {
            Self::Memory(store) => store.as_ref(),
            Self::File(file) => &file.store,
        }
    }

    pub(crate) fn store_mut(&mut self) -> &mut dyn Store {
        match self {
            Self::Memory(store) => store.as_mut(),
            Self::File(file) => &mut file.store,
        }
    }
}

fn location(folder: &Path) -> StoreLocation {
    StoreLocation { path: Some(folder.join(NAME)), vfs: None }
}
