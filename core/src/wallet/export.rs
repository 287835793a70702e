//! Everything that the wallet knows, written into a folder.

use super::Wallet;
use super::inner::Inner;
use super::place::blocking;
use crate::engine::Engine;
use crate::error::Error;
use crate::export::{self, Moments};
use crate::store::{StoreError, file_error};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;
use std::sync::Arc;

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Files.
    pub files: usize,
    /// Payments, drafts among them.
    pub payments: usize,
    /// Requests of ours.
    pub requests: usize,
}

impl Moments for Wallet {
    fn look<T>(&self, look: impl FnOnce(&Engine) -> T) -> T {
        self.read(look)
    }
}

impl Moments for Inner {
    fn look<T>(&self, look: impl FnOnce(&Engine) -> T) -> T {
        look(&self.engine())
    }
}

impl Wallet {
    /// Writes the files of [`export`] into a folder that is new or empty, for its owner alone to read. It is there as a whole or not
    /// at all; payments go on meanwhile. The verifier is not asked.
    ///
    /// # Errors
    /// [`WalletError::NotEnrolled`](crate::error::WalletError::NotEnrolled) before the verifier was heard, and what store and disk
    /// say.
    pub async fn export(&self, folder: &Path) -> Result<Exported, Error> {
        let (inner, folder) = (Arc::clone(&self.inner), folder.to_owned());
        blocking(move || write(inner.as_ref(), &folder)).await
    }
}

fn write(of: &impl Moments, folder: &Path) -> Result<Exported, Error> {
    let mut part = folder.file_name().ok_or_else(|| failed(&ErrorKind::InvalidInput.into()))?.to_owned();
    part.push(".part");
    let part = folder.with_file_name(part);
    // Of an export that was killed.
    remove(&part)?;
    let written = write_all(of, &part).and_then(|exported| {
        std::fs::rename(&part, folder).map_err(|error| failed(&error))?;
        Ok(exported)
    });
    if written.is_err() {
        remove(&part)?;
    }
    written
}

fn write_all(of: &impl Moments, folder: &Path) -> Result<Exported, Error> {
    let contents = export::contents(of)?;
    let mut maker = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut maker, 0o700);
    maker.recursive(true).create(folder).map_err(|error| failed(&error))?;
    let mut files = 0;
    for name in &contents.files {
        let Some(bytes) = export::file(of, name)? else { continue };
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(folder.join(name.to_string()));
        file.and_then(|mut file| file.write_all(&bytes)).map_err(|error| failed(&error))?;
        files += 1;
    }
    Ok(Exported { files, payments: contents.payments, requests: contents.requests })
}

fn remove(folder: &Path) -> Result<(), Error> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(&error)),
        _ => Ok(()),
    }
}

fn failed(error: &io::Error) -> Error {
    match error.kind() {
        ErrorKind::DirectoryNotEmpty => StoreError::Io("the folder is not empty".to_owned()).into(),
        _ => file_error(error).into(),
    }
}
