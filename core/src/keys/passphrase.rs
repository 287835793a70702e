//! The passphrase vault: one file, opened by a passphrase. For machines without a keyring, and for scripts.
//!
//! Sources: Argon2id by RFC 9106 (section 4, the second recommended choice: 64 MiB, 3 passes), ChaCha20-Poly1305 by
//! RFC 8439, passphrases in NFC as RFC 8265 section 4.2 (OpaqueString) asks.
//!
//! ```text
//! file      = "farthing vault" ‖ version (1 byte, 2) ‖ body ‖ SHA-256(everything before)
//! body      = { 0: cost, 1: salt, 2: check, 3: inventory, 4: { * name => sealed } }    ; deterministic CBOR
//! cost      = { 0: memory in KiB, 1: passes, 2: lanes }
//! sealed    = { 0: nonce (12 bytes), 1: ciphertext and tag }
//! key       = Argon2id(passphrase in NFC, salt, cost), 32 bytes
//! header    = "farthing/1/vault" ‖ 1 ‖ CBOR([cost, salt])
//! check     = seal(key, AAD = header ‖ "check", nothing)
//! inventory = seal(key, AAD = header ‖ "inventory" ‖ CBOR of member 4, nothing)
//! secret    = seal(key, AAD = header ‖ "secret" ‖ name, secret)
//! ```
//!
//! The names are [`SecretName`]'s numbers, and 0 for the wallet's id: 16 random bytes that name its [`Anchor`]'s file,
//! `$XDG_STATE_HOME/farthing/anchors/<id in hex>`, else in `~/.local/state`. A file of version 1 has no id; it gets one with
//! its first anchor, and version 2 with it. Beside it, `<id in hex>.spending`, lies its [`Spending`].
//!
//! The digest at the end, at the same place in every version, tells damage from a wrong passphrase: damage is seen
//! before the passphrase is tried, and a whole file whose `check` does not open has another passphrase. The
//! inventory means that no secret can be taken out or put back unnoticed. An older copy of the whole file
//! is not noticed here: that is what the anchor is for (wire decision 19).
//!
//! A write makes `<name>.new` beside the file (mode 0600), syncs it, renames it over the file and syncs the folder:
//! after a crash at any point the file is the old one or the new one. The file has one owner at a time; the wallet
//! folder's lock sees to that.
//!
//! ```
//! use farthing_core::keys::{SystemEntropy, passphrase::{Cost, PassphraseVault}};
//! use farthing_core::keys::vault::{Secret, SecretName, Vault, VaultError};
//! # let folder = tempfile::tempdir()?;
//! let path = folder.path().join("vault");
//! let vault = PassphraseVault::create(&path, "correct horse", Cost::FAST_FOR_TESTS, &mut SystemEntropy::new())?;
//! vault.put(SecretName::DatabaseKey, &Secret::copy_of(&[7; 32]))?;
//! assert_eq!(PassphraseVault::open(&path, "wrong horse").unwrap_err(), VaultError::WrongPassphrase);
//! assert!(PassphraseVault::open(&path, "correct horse")?.get(SecretName::DatabaseKey)?.is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod anchors;
#[cfg(test)]
mod argon2id;
mod format;

use super::vault::{Anchor, Secret, SecretName, Spending, Vault, VaultError};
use super::{SystemEntropy, WALLET_ID_LEN, apart::apart, file, random_wallet_id};
use anchors::AnchorFile;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use farthing_protocol::key::secret_eq;
use format::{Contents, Header, Key};
use minicbor::{Decode, Encode};
use rand_core::CryptoRng;
use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};
use unicode_normalization::UnicodeNormalization as _;
use zeroize::{Zeroize as _, Zeroizing};

/// What Argon2id costs whoever opens the vault, and whoever guesses. Within bounds once it exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Cost {
    #[n(0)]
    memory_kib: u32,
    #[n(1)]
    passes: u32,
    #[n(2)]
    lanes: u32,
}

impl Cost {
    /// 64 MiB, 3 passes, 1 lane: about 0.2 s on a small machine.
    pub const RECOMMENDED: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };
    /// Opens at once and protects nothing: for tests and the simulation only.
    pub const FAST_FOR_TESTS: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };

    /// Most memory that a vault may ask for, so that a forged file cannot exhaust a small machine's.
    pub const MEMORY_KIB_MAX: u32 = 256 * 1024;
    /// Most passes: with the most memory some ten seconds.
    pub const PASSES_MAX: u32 = 16;
    /// Most lanes; they are computed one after another here.
    pub const LANES_MAX: u32 = 4;

    /// A cost of one's own.
    ///
    /// # Errors
    /// [`CostOutOfBounds`].
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, CostOutOfBounds> {
        let cost = Self { memory_kib, passes, lanes };
        if cost.is_within_bounds() { Ok(cost) } else { Err(CostOutOfBounds) }
    }

    fn is_within_bounds(self) -> bool {
        (1..=Self::LANES_MAX).contains(&self.lanes)
            && (1..=Self::PASSES_MAX).contains(&self.passes)
            && (8 * self.lanes..=Self::MEMORY_KIB_MAX).contains(&self.memory_kib)
    }

    /// Argon2id, without leaving its blocks or the normalised passphrase behind.
    fn derive(self, passphrase: &str, salt: &[u8]) -> Result<Key, VaultError> {
        by_key(|| self.derive_here(passphrase, salt))
    }

    fn derive_here(self, passphrase: &str, salt: &[u8]) -> Result<Key, VaultError> {
        let failed = |_| VaultError::Unavailable("Argon2id refused its parameters".to_owned());
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(format::KEY_LEN)).map_err(failed)?;
        let mut blocks: Vec<Block> = Vec::new();
        blocks
            .try_reserve_exact(params.block_count())
            .map_err(|_| VaultError::Unavailable(format!("{} KiB of memory are not free", self.memory_kib)))?;
        blocks.resize(params.block_count(), Block::default());
        let mut normal = Zeroizing::new(String::with_capacity(passphrase.len() * NFC_GROWTH_MAX));
        normal.extend(passphrase.nfc());
        let mut key = Key::default();
        let made = Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into_with_memory(
            normal.as_bytes(),
            salt,
            &mut key[..],
            &mut blocks[..],
        );
        for block in &mut blocks {
            block.zeroize();
        }
        made.map_err(failed)?;
        Ok(key)
    }
}

/// How much longer NFC can make a text (Unicode, UAX #15: three times in UTF-8), so that no buffer is outgrown.
const NFC_GROWTH_MAX: usize = 3;

/// A cost outside [`Cost`]'s bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an Argon2id cost has at most 256 MiB, 16 passes and 4 lanes, and at least 8 KiB for each lane")]
pub struct CostOutOfBounds;

/// An open passphrase vault. The passphrase itself is not kept; the key is, and wiped when dropped.
pub struct PassphraseVault {
    path: PathBuf,
    /// Where this user's state lies, when the environment does not say so.
    state: Option<PathBuf>,
    open: Mutex<Open>,
}

/// Replaced as a whole, after the file was.
struct Open {
    key: Key,
    contents: Contents,
}

impl PassphraseVault {
    /// Makes a new, empty vault. How good the passphrase must be is the caller's matter.
    ///
    /// # Errors
    /// [`VaultError::Exists`] when there is a file already; [`VaultError::Full`], [`VaultError::Unavailable`].
    pub fn create(
        path: &Path,
        passphrase: &str,
        cost: Cost,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, VaultError> {
        if path.try_exists().map_err(|e| file::fault(&e))? {
            return Err(VaultError::Exists);
        }
        let mut open = Open::empty(passphrase, cost, rng)?;
        let id = random_wallet_id(rng);
        open.contents = open.contents.with_wallet_id(&open.key, &id, rng)?;
        file::replace(path, &open.contents.to_bytes())?;
        Ok(Self { path: path.to_owned(), state: None, open: Mutex::new(open) })
    }

    /// Opens a vault. Never makes one.
    ///
    /// # Errors
    /// [`VaultError::Missing`], [`VaultError::WrongPassphrase`], [`VaultError::Damaged`], [`VaultError::Newer`],
    /// [`VaultError::Unavailable`].
    pub fn open(path: &Path, passphrase: &str) -> Result<Self, VaultError> {
        let contents = Contents::from_bytes(&file::read(path, format::FILE_MAX)?)?;
        let key = contents.header().derive(passphrase)?;
        by_key(|| contents.check(&key))?;
        Ok(Self { path: path.to_owned(), state: None, open: Mutex::new(Open { key, contents }) })
    }

    /// With another folder for anchors than the environment names: tests, and programs with a place of their own.
    #[must_use]
    pub fn with_state_folder(self, folder: &Path) -> Self {
        Self { state: Some(folder.to_owned()), ..self }
    }

    /// Asks again: is this the passphrase? Before the phrase is shown, for example.
    ///
    /// # Errors
    /// [`VaultError::WrongPassphrase`].
    pub fn check(&self, passphrase: &str) -> Result<(), VaultError> {
        // Not under the lock: this takes a while.
        let header = self.lock().contents.header().clone();
        let key = header.derive(passphrase)?;
        let open = self.lock();
        if *open.contents.header() == header && secret_eq(&key[..], &open.key[..]) {
            Ok(())
        } else {
            Err(VaultError::WrongPassphrase)
        }
    }

    /// Seals everything anew under another passphrase, with a fresh salt.
    ///
    /// # Errors
    /// [`VaultError::WrongPassphrase`] for the current one; then, and after any other error, nothing has changed.
    pub fn change(&self, current: &str, new: &str, cost: Cost) -> Result<(), VaultError> {
        self.check(current)?;
        let mut next = Open::empty(new, cost, &mut SystemEntropy::new())?;
        let mut open = self.lock();
        for name in SecretName::ALL {
            if let Some(secret) = open.contents.secret(&open.key, name)? {
                next.contents = next.contents.with(&next.key, name, &secret, &mut SystemEntropy::new())?;
            }
        }
        // The same wallet: its anchor stays its own.
        if let Some(id) = open.contents.wallet_id(&open.key)? {
            next.contents = next.contents.with_wallet_id(&next.key, &id, &mut SystemEntropy::new())?;
        }
        file::replace(&self.path, &next.contents.to_bytes())?;
        *open = next;
        Ok(())
    }

    /// Where this user's state lies.
    fn state_folder(&self) -> Result<PathBuf, VaultError> {
        self.state.clone().map_or_else(anchors::state_folder, Ok)
    }

    /// A file beside the anchor's; `None` when the wallet has no id, so that there can be none.
    fn named_file(&self, name: fn(&Path, &[u8]) -> AnchorFile) -> Result<Option<AnchorFile>, VaultError> {
        let state = self.state_folder()?;
        let open = self.lock();
        Ok(open.contents.wallet_id(&open.key)?.map(|id| name(&state, &id)))
    }

    /// The wallet's id; a vault of before gets one.
    fn wallet_id(&self) -> Result<[u8; WALLET_ID_LEN], VaultError> {
        let mut open = self.lock();
        if let Some(id) = open.contents.wallet_id(&open.key)? {
            return Ok(id);
        }
        let mut rng = SystemEntropy::new();
        let id = random_wallet_id(&mut rng);
        let next = open.contents.with_wallet_id(&open.key, &id, &mut rng)?;
        file::replace(&self.path, &next.to_bytes())?;
        open.contents = next;
        Ok(id)
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        // Only ever replaced as a whole, so what a panicking thread left is whole.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is done with the vault's key leaves nothing on the caller's thread.
fn by_key<T: Send>(work: impl FnOnce() -> Result<T, VaultError> + Send) -> Result<T, VaultError> {
    apart(work).unwrap_or_else(|error| Err(file::fault(&error)))
}

impl Open {
    fn empty(passphrase: &str, cost: Cost, rng: &mut (impl CryptoRng + ?Sized)) -> Result<Self, VaultError> {
        let mut salt = [0; format::SALT_LEN];
        rng.fill_bytes(&mut salt);
        let header = Header::new(cost, salt);
        let key = header.derive(passphrase)?;
        let contents = Contents::empty(header, &key, rng)?;
        Ok(Self { key, contents })
    }
}

impl Vault for PassphraseVault {
    fn get(&self, name: SecretName) -> Result<Option<Secret>, VaultError> {
        let open = &*self.lock();
        by_key(|| open.contents.secret(&open.key, name))
    }

    fn put(&self, name: SecretName, secret: &Secret) -> Result<(), VaultError> {
        let mut open = self.lock();
        let now = &*open;
        let next = by_key(|| now.contents.with(&now.key, name, secret, &mut SystemEntropy::new()))?;
        file::replace(&self.path, &next.to_bytes())?;
        open.contents = next;
        Ok(())
    }

    fn remove(&self, name: SecretName) -> Result<(), VaultError> {
        let mut open = self.lock();
        if let Some(next) = open.contents.without(&open.key, name, &mut SystemEntropy::new())? {
            file::replace(&self.path, &next.to_bytes())?;
            open.contents = next;
        }
        Ok(())
    }

    fn anchor(&self) -> Result<Option<Anchor>, VaultError> {
        // The folder is asked for first: without a place for anchors, "there is none" would be a guess.
        self.named_file(AnchorFile::new)?.map_or(Ok(None), |file| file.read(Anchor::decode))
    }

    fn set_anchor(&self, anchor: &Anchor) -> Result<(), VaultError> {
        let state = self.state_folder()?;
        AnchorFile::new(&state, &self.wallet_id()?).write(&anchor.encode())
    }

    fn spending(&self) -> Result<Option<Spending>, VaultError> {
        self.named_file(AnchorFile::of_spending)?.map_or(Ok(None), |file| file.read(Spending::decode))
    }

    fn set_spending(&self, spending: &Spending) -> Result<(), VaultError> {
        let state = self.state_folder()?;
        AnchorFile::of_spending(&state, &self.wallet_id()?).write(&spending.encode())
    }
}

impl core::fmt::Debug for PassphraseVault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "PassphraseVault({}, key redacted)", self.path.display())
    }
}
