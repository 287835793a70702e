//! The files of the anchor and of what was spent, in the user's state folder: outside the wallet's folder, so that a copy of that does not carry it along.
//!
//! Source: XDG Base Directory Specification, `XDG_STATE_HOME`: "data that should persist between restarts, but that is not
//! important or portable enough" to be kept with the user's data. A relative path in it is ignored, as the specification asks.

use super::super::file;
use super::super::spending::ENCODED_LEN_MAX;
use super::super::vault::VaultError;
use data_encoding::HEXLOWER;
use std::{
    ffi::OsString,
    fs::{DirBuilder, File},
    path::{Path, PathBuf},
};

/// One wallet's anchor, or what it has spent.
pub(super) struct AnchorFile(PathBuf);

impl AnchorFile {
    pub(super) fn new(state: &Path, wallet: &[u8]) -> Self {
        Self(state.join("farthing").join("anchors").join(HEXLOWER.encode(wallet)))
    }

    /// The same for what was spent from allowances.
    pub(super) fn of_spending(state: &Path, wallet: &[u8]) -> Self {
        Self(state.join("farthing").join("anchors").join(format!("{}.spending", HEXLOWER.encode(wallet))))
    }

    /// A file that is not there is no anchor; one that cannot be read is an error.
    pub(super) fn read<T>(&self, decode: fn(&[u8], &str) -> Result<T, VaultError>) -> Result<Option<T>, VaultError> {
        match file::read(&self.0, ENCODED_LEN_MAX) {
            Err(VaultError::Missing) => Ok(None),
            Err(VaultError::Damaged) => Err(self.damaged()),
            Err(error) => Err(error),
            Ok(bytes) => decode(&bytes, &self.0.display().to_string()).map(Some),
        }
    }

    pub(super) fn write(&self, bytes: &[u8]) -> Result<(), VaultError> {
        if let Some(folder) = self.0.parent() {
            private_folders(folder)?;
        }
        file::replace(&self.0, bytes)
    }

    fn damaged(&self) -> VaultError {
        VaultError::AnchorDamaged { place: self.0.display().to_string() }
    }
}

/// Where this user's state lies, by the environment.
pub(super) fn state_folder() -> Result<PathBuf, VaultError> {
    state_folder_of(|name| std::env::var_os(name)).ok_or(VaultError::NoStateFolder)
}

fn state_folder_of(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local").join("state")))
}

/// Makes the folders that are missing, closed to other people, and their names durable.
fn private_folders(folder: &Path) -> Result<(), VaultError> {
    let missing: Vec<&Path> =
        folder.ancestors().take_while(|folder| matches!(folder.try_exists(), Ok(false))).collect();
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|e| file::fault(&e))?;
    for parent in missing.iter().filter_map(|made| made.parent()).filter(|_| cfg!(unix)) {
        File::open(parent).and_then(|parent| parent.sync_all()).map_err(|e| file::fault(&e))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_says_where_state_lies() {
        let folder = |state: Option<&str>, home: Option<&str>| {
            state_folder_of(|name| if name == "HOME" { home } else { state }.map(OsString::from))
        };
        assert_eq!(folder(Some("/state"), Some("/home/ada")), Some(PathBuf::from("/state")));
        assert_eq!(folder(None, Some("/home/ada")), Some(PathBuf::from("/home/ada/.local/state")));
        assert_eq!(folder(Some("state"), Some("/home/ada")), Some(PathBuf::from("/home/ada/.local/state")));
        assert_eq!(folder(Some(""), Some("")), None);
        assert_eq!(folder(None, None), None);
    }
}
