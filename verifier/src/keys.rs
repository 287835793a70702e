//! The verifier's secrets: the signing key with its HPKE key, and the root key, each in a file of its own.
//!
//! Neither is ever in the database or in a backup. The root key certifies signing keys and can stay offline.

use data_encoding::HEXLOWER;
use farthing_protocol::key::{Ed25519Key, Signer};
use farthing_protocol::sealed::HpkeKey;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use zeroize::Zeroizing;

const SIGNING_TITLE: &str = "farthing verifier signing key 1";
const ROOT_TITLE: &str = "farthing verifier root key 1";
/// A key file is a title and two lines of hex; more is not one.
const KEY_FILE_MAX: u64 = 1024;

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is not a key file of this kind.
    #[error("{0}: not a key file of this kind, or damaged")]
    NotAKey(String),
}

/// What a running verifier signs and opens with.
pub struct Keys {
    signing: Ed25519Key,
    hpke_seed: Zeroizing<[u8; 32]>,
    hpke: HpkeKey,
}

impl Keys {
    /// The keys of two 32-byte seeds.
    #[must_use]
    pub fn from_seeds(signing: [u8; 32], hpke: [u8; 32]) -> Self {
        let hpke_seed = Zeroizing::new(hpke);
        Self { signing: Ed25519Key::from_seed(signing), hpke: HpkeKey::from_seed(&hpke_seed), hpke_seed }
    }

    /// Fresh keys.
    #[must_use]
    pub fn generate(rng: &mut (impl rand_core::CryptoRng + ?Sized)) -> Self {
        let mut seeds = Zeroizing::new(([0; 32], [0; 32]));
        rng.fill_bytes(&mut seeds.0);
        rng.fill_bytes(&mut seeds.1);
        Self::from_seeds(seeds.0, seeds.1)
    }

    /// Signs receipts, refusals, heads, checkpoints, fee schedules, issues and invites.
    #[must_use]
    pub const fn signing(&self) -> &Ed25519Key {
        &self.signing
    }

    /// Opens orders that were sealed to the verifier.
    #[must_use]
    pub const fn hpke(&self) -> &HpkeKey {
        &self.hpke
    }

    /// Reads the signing key file.
    ///
    /// # Errors
    /// [`KeyFileError`].
    pub fn load(path: &Path) -> Result<Self, KeyFileError> {
        let mut lines = read(path, SIGNING_TITLE, 2)?.into_iter();
        match (lines.next(), lines.next()) {
            (Some(signing), Some(hpke)) => Ok(Self::from_seeds(*signing, *hpke)),
            _ => Err(KeyFileError::NotAKey(path.display().to_string())),
        }
    }

    /// Writes the signing key file, for its owner alone. Never overwrites.
    ///
    /// # Errors
    /// [`KeyFileError::File`].
    pub fn save(&self, path: &Path) -> Result<(), KeyFileError> {
        write(path, SIGNING_TITLE, &[&self.signing.seed(), &self.hpke_seed])
    }
}

impl core::fmt::Debug for Keys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Keys({}, secrets redacted)", self.signing.public().kid())
    }
}

/// Reads a root key file.
///
/// # Errors
/// [`KeyFileError`].
pub fn load_root(path: &Path) -> Result<Ed25519Key, KeyFileError> {
    let seed = read(path, ROOT_TITLE, 1)?.pop().ok_or_else(|| KeyFileError::NotAKey(path.display().to_string()))?;
    Ok(Ed25519Key::from_seed(*seed))
}

/// Writes a root key file, for its owner alone. Never overwrites.
///
/// # Errors
/// [`KeyFileError::File`].
pub fn save_root(root: &Ed25519Key, path: &Path) -> Result<(), KeyFileError> {
    write(path, ROOT_TITLE, &[&root.seed()])
}

fn read(path: &Path, title: &str, seeds: usize) -> Result<Vec<Zeroizing<[u8; 32]>>, KeyFileError> {
    let file = |source| KeyFileError::File { path: path.display().to_string(), source };
    let damaged = || KeyFileError::NotAKey(path.display().to_string());
    let mut text = Zeroizing::new(String::with_capacity(KEY_FILE_MAX as usize));
    std::fs::File::open(path).map_err(file)?.take(KEY_FILE_MAX).read_to_string(&mut text).map_err(file)?;
    let mut lines = text.lines();
    if lines.next() != Some(title) {
        return Err(damaged());
    }
    let found = lines.map(seed).collect::<Option<Vec<_>>>().ok_or_else(damaged)?;
    if found.len() == seeds { Ok(found) } else { Err(damaged()) }
}

fn seed(line: &str) -> Option<Zeroizing<[u8; 32]>> {
    let bytes = Zeroizing::new(HEXLOWER.decode(line.as_bytes()).ok()?);
    <[u8; 32]>::try_from(&bytes[..]).ok().map(Zeroizing::new)
}

fn write(path: &Path, title: &str, seeds: &[&Zeroizing<[u8; 32]>]) -> Result<(), KeyFileError> {
    let file = |source| KeyFileError::File { path: path.display().to_string(), source };
    let mut text = Zeroizing::new(String::with_capacity(KEY_FILE_MAX as usize));
    text.push_str(title);
    for seed in seeds {
        text.push('\n');
        HEXLOWER.encode_append(&seed[..], &mut text);
    }
    text.push('\n');
    let mut made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(file)?;
    made.write_all(text.as_bytes()).and_then(|()| made.sync_all()).map_err(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn files_are_private_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.key");
        let keys = Keys::from_seeds([1; 32], [2; 32]);
        keys.save(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let back = Keys::load(&path).unwrap();
        assert_eq!((back.signing().public(), back.hpke().public()), (keys.signing().public(), keys.hpke().public()));
        assert!(matches!(keys.save(&path), Err(KeyFileError::File { .. })), "never overwritten");
        assert!(matches!(load_root(&path), Err(KeyFileError::NotAKey(_))));
        assert!(!format!("{keys:?}").contains("0101"));
    }
}
