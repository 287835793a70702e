//! Files that a person names: read with a bound, written whole or not at all.

use crate::failure::Failure;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// What went wrong with a file, in a sentence.
pub(crate) fn sentence(path: &Path, error: &io::Error) -> String {
    let why = match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::AlreadyExists => "it exists already and is not overwritten".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::NotADirectory => "a part of this path is not a folder".to_owned(),
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the disk is read-only".to_owned(),
        _ => error.to_string(),
    };
    format!("{}: {why}", path.display())
}

/// Reads a file, or stdin for `-`. One byte more than `limit` is read, so that the caller can see that it is too large.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn read(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    let failed = |e: io::Error| Failure::unreadable(sentence(path, &e));
    let mut bytes = Vec::new();
    let limit = limit as u64 + 1;
    if path == Path::new("-") {
        io::stdin().lock().take(limit).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        File::open(path).map_err(failed)?.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    }
    Ok(bytes)
}

/// A file that is being written: nobody sees it under its name before it is whole.
pub(crate) struct Draft {
    file: File,
    temporary: PathBuf,
    path: PathBuf,
    done: bool,
}

impl Draft {
    /// Begins a file, before anything is done that cannot be taken back.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub(crate) fn begin(path: &Path, mode: u32) -> Result<Self, Failure> {
        let name =
            path.file_name().ok_or_else(|| Failure::usage(format!("{}: this is not a file's name", path.display())))?;
        if path.is_dir() {
            return Err(Failure::usage(sentence(path, &io::ErrorKind::IsADirectory.into())));
        }
        let mut temporary = name.to_owned();
        temporary.push(format!(".{}.part", std::process::id()));
        let temporary = path.with_file_name(temporary);
        let file = OpenOptions::new().create(true).write(true).truncate(true).mode(mode).open(&temporary);
        let file = file.map_err(|e| unmade(path, &e))?;
        Ok(Self { file, temporary, path: path.to_owned(), done: false })
    }

    /// Ends it; an older file of that name is replaced.
    ///
    /// # Errors
    /// When the disk fails; then the older file is as it was.
    pub(crate) fn finish(mut self, bytes: &[u8]) -> Result<(), Failure> {
        let written = self.file.write_all(bytes).and_then(|()| self.file.sync_all());
        let written = written.and_then(|()| fs::rename(&self.temporary, &self.path));
        self.done = written.is_ok();
        written.map_err(|e| Failure::not_written(sentence(&self.path, &e)))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.done {
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// Writes a new file that only its owner can read. One that is there is never touched.
///
/// # Errors
/// When there is one, or it cannot be written.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |e: io::Error| match e.kind() {
        io::ErrorKind::AlreadyExists => Failure::exists(sentence(path, &e)),
        _ => unmade(path, &e),
    };
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)
}

/// Why a file cannot be begun.
fn unmade(path: &Path, error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::NotFound => {
            Failure::no_folder(format!("{}: there is no such folder; name a folder that exists", path.display()))
        }
        _ => Failure::not_written(sentence(path, error)),
    }
}

/// Makes a folder that only its owner can enter; true when it was not there.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn private_folder(path: &Path) -> Result<bool, Failure> {
    if path.is_dir() {
        return Ok(false);
    }
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|e| Failure::not_written(sentence(path, &e)))?;
    Ok(true)
}
