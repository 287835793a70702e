//! Where the socket lies. Its path can be longer than the 108 bytes that a socket address holds (104 on Apple), so it is
//! bound and reached through a short symbolic link in a private folder that lives only as long as the call.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, symlink};
use std::path::{Path, PathBuf};

/// Shorter paths are used as they are.
const ADDRESS_MAX: usize = 100;
/// Tries to find a name that nobody has.
const NAMES_MAX: u32 = 100;

/// The socket's file.
pub(super) fn socket(dir: &Path) -> PathBuf {
    dir.join("socket")
}

/// Does something with an address of the socket that is short enough.
pub(super) fn with_address<T>(dir: &Path, work: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    let path = socket(dir);
    if path.as_os_str().len() <= ADDRESS_MAX {
        return work(&path);
    }
    let link = Link::to(dir)?;
    work(&link.0.join("w").join("socket"))
}

/// A private folder with the link `w` in it.
struct Link(PathBuf);

impl Link {
    fn to(dir: &Path) -> io::Result<Self> {
        let dir = fs::canonicalize(dir)?;
        for number in 0..NAMES_MAX {
            let folder = Path::new("/tmp").join(format!("farthing-{}-{number}", std::process::id()));
            match DirBuilder::new().mode(0o700).create(&folder) {
                Ok(()) => {
                    let link = Self(folder);
                    symlink(&dir, link.0.join("w"))?;
                    return Ok(link);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::from(io::ErrorKind::AlreadyExists))
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // What stays behind is an empty private folder.
        let _ = fs::remove_file(self.0.join("w"));
        let _ = fs::remove_dir(&self.0);
    }
}
