//! Reading a file that a vault keeps, and replacing it so that a crash leaves the old one or the new one.

use super::vault::VaultError;
use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

/// The whole file, of at most `max` bytes. A file that is not there is `Missing`, a longer one `Damaged`.
pub(super) fn read(path: &Path, max: usize) -> Result<Vec<u8>, VaultError> {
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => VaultError::Missing,
        _ => fault(&error),
    })?;
    let mut bytes = Vec::new();
    let limit = u64::try_from(max).unwrap_or(u64::MAX);
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(|e| fault(&e))?;
    if bytes.len() <= max { Ok(bytes) } else { Err(VaultError::Damaged) }
}

/// Puts `bytes` in the file's place. When it returns, they are durable.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), VaultError> {
    let temporary = temporary(path);
    // What an earlier crash left; nothing ever reads it.
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(fault(&error)),
        _ => {}
    }
    let written = write_new(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    if let Err(error) = written {
        // Best effort: it holds nothing that the vault does not, and the next write removes it.
        let _ = fs::remove_file(&temporary);
        return Err(fault(&error));
    }
    sync_folder(path).map_err(|e| fault(&e))
}

fn temporary(path: &Path) -> PathBuf {
    let mut name = path.file_name().map_or_else(OsString::new, OsString::from);
    name.push(".new");
    path.with_file_name(name)
}

/// `create_new` follows no link that somebody else put there.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// The rename itself is durable only once its folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// The vault's error for a system's error.
pub(super) fn fault(error: &io::Error) -> VaultError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => VaultError::Full,
        _ => VaultError::Unavailable(error.to_string()),
    }
}
