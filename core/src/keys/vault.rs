//! Where secrets rest: a trait, its errors, and a store in memory.
//!
//! Source: design.md section 4 (vault), 8 (traps: stores that fold locked, dismissed and absent into one error)
//! and law 6: a failed read is never taken for "not there". So [`Vault::get`] answers `Ok(None)` only
//! when the store was read and holds nothing under that name; whatever else happened is an error with a name.
//!
//! A vault also keeps the wallet's [`Anchor`]: which opening of the database was the last (wire decision 19). It lies outside
//! the wallet's folder, so that it is not copied with the database, and an older copy of the folder is seen. At the same place lies
//! where the wallet stands with its allowances, its [`Spending`] (wire decision 28), for the same reason.
//!
//! Stores: [`super::keyring::KeyringVault`], [`super::passphrase::PassphraseVault`], and a foreign one in the phone shells
//! (Android Keystore, Keychain) later.
//!
//! ```
//! use farthing_core::keys::vault::{MemoryVault, Secret, SecretName, Vault};
//! let vault = MemoryVault::new();
//! assert!(vault.get(SecretName::DatabaseKey)?.is_none());
//! vault.put(SecretName::DatabaseKey, &Secret::copy_of(&[7; 32]))?;
//! let found = vault.get(SecretName::DatabaseKey)?.ok_or("just put there")?;
//! assert_eq!(found.as_bytes(), [7; 32]);
//! assert_eq!(format!("{found:?}"), "Secret(32 bytes, redacted)");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use super::anchor::Anchor;
pub use super::spending::{Spending, SpentSoFar};
use farthing_protocol::key::secret_eq;
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use zeroize::Zeroizing;

/// Largest secret: far above what is kept today (107 bytes), far below what a keyring or a file would mind.
pub const SECRET_MAX: usize = 64 * 1024;

/// Bytes that must not leak: wiped when dropped, redacted in `Debug`, compared in constant time.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes bytes that are already in a wiped buffer.
    ///
    /// # Errors
    /// [`SecretTooLarge`] above [`SECRET_MAX`].
    pub fn new(bytes: Zeroizing<Vec<u8>>) -> Result<Self, SecretTooLarge> {
        if bytes.len() <= SECRET_MAX { Ok(Self(bytes)) } else { Err(SecretTooLarge) }
    }

    /// Copies a secret whose size is known; the caller wipes its own copy.
    #[must_use]
    pub fn copy_of<const N: usize>(bytes: &[u8; N]) -> Self {
        const { assert!(N <= SECRET_MAX) };
        Self(Zeroizing::new(bytes.to_vec()))
    }

    /// Takes what the wallet's own types encode, whose sizes are known to be small.
    pub(super) const fn of_known_size(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        secret_eq(self.as_bytes(), other.as_bytes())
    }
}

impl Eq for Secret {}

impl core::fmt::Debug for Secret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Secret({} bytes, redacted)", self.0.len())
    }
}

/// More bytes than [`SECRET_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret has at most {SECRET_MAX} bytes")]
pub struct SecretTooLarge;

/// What a vault keeps. The numbers are stored: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SecretName {
    /// The 32-byte key of the SQLCipher database.
    DatabaseKey,
    /// [`super::device::DeviceKeys`].
    DeviceKeys,
    /// The recovery phrase, until its backup is confirmed, or longer if the person asked for that.
    Phrase,
    /// The keys of allowances, [`super::spending::AllowanceKeys`].
    AllowanceKeys,
}

impl SecretName {
    /// Every name.
    pub const ALL: [Self; 4] = [Self::DatabaseKey, Self::DeviceKeys, Self::Phrase, Self::AllowanceKeys];

    /// The number that stores write.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::DatabaseKey => 1,
            Self::DeviceKeys => 2,
            Self::Phrase => 3,
            Self::AllowanceKeys => 4,
        }
    }
}

/// A store of secrets. Calls may block (a prompt, a disk), so they belong on a thread that may wait.
pub trait Vault: Send + Sync {
    /// Reads a secret. `None` only when the store was read and has none of this name.
    ///
    /// # Errors
    /// [`VaultError`].
    fn get(&self, name: SecretName) -> Result<Option<Secret>, VaultError>;

    /// Stores a secret in place of the one before. When it returns, the secret is durable.
    ///
    /// # Errors
    /// [`VaultError`]; then either the old secret is there or the new one, never neither.
    fn put(&self, name: SecretName, secret: &Secret) -> Result<(), VaultError>;

    /// Removes a secret; one that is not there is no error.
    ///
    /// # Errors
    /// [`VaultError`].
    fn remove(&self, name: SecretName) -> Result<(), VaultError>;

    /// Which opening of the database was the last. `None` only when the place of the anchor was read and there is none: a
    /// new wallet, or one whose folder was brought to another machine.
    ///
    /// # Errors
    /// [`VaultError`]; none of them means that there is no anchor.
    fn anchor(&self) -> Result<Option<Anchor>, VaultError>;

    /// Stores the anchor in place of the one before. When it returns, the anchor is durable.
    ///
    /// # Errors
    /// [`VaultError`]; then either the old anchor is there or the new one.
    fn set_anchor(&self, anchor: &Anchor) -> Result<(), VaultError>;

    /// Where the wallet stands with its allowances. `None` only when the place of it was read and there is nothing: no allowance was
    /// ever ordered here, or the folder was brought from another machine.
    ///
    /// # Errors
    /// [`VaultError`]; none of them means that there is nothing.
    fn spending(&self) -> Result<Option<Spending>, VaultError>;

    /// Stores it in place of the one before. When it returns, it is durable.
    ///
    /// # Errors
    /// [`VaultError`]; then either the old one is there or the new one.
    fn set_spending(&self, spending: &Spending) -> Result<(), VaultError>;
}

/// Why a vault could not answer. None of these means "not there".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The passphrase does not open it.
    #[error("wrong passphrase; try again")]
    WrongPassphrase,
    /// The person dismissed the prompt.
    #[error("cancelled; nothing was changed")]
    Cancelled,
    /// Nobody answered the prompt in time.
    #[error("nobody answered in time; try again")]
    TimedOut,
    /// The store is locked.
    #[error("the key store is locked; unlock it and try again")]
    Locked,
    /// The platform threw the key away, as when fingerprints change. Recovery is by phrase.
    #[error("the device has invalidated the wallet's key; restore the wallet with its recovery phrase")]
    KeyInvalidated,
    /// There is no vault where one was expected. Recovery, not a new wallet, is the answer.
    #[error("there is no vault at the given place; check the wallet folder, or restore with the recovery phrase")]
    Missing,
    /// A vault is already where a new one should be made. Nothing was overwritten.
    #[error("there is already a vault at the given place; nothing was overwritten")]
    Exists,
    /// The store cannot be reached; the text says why.
    #[error("the key store is not available: {0}")]
    Unavailable(String),
    /// The store's data are not what was written.
    #[error("the vault is damaged; restore it from a copy, or the wallet with its recovery phrase")]
    Damaged,
    /// Written by a newer program.
    #[error("the vault has format {version}; a newer Farthing can open it")]
    Newer {
        /// The vault's format.
        version: u8,
    },
    /// The keyring answers, and the collection of entries that new ones go to is not there. Entries that are gone are told apart.
    #[error(
        "the machine has no default keyring any more; bring it back, or restore the wallet with its recovery phrase"
    )]
    KeyringMissing,
    /// No room left.
    #[error("the disk is full; make room and try again")]
    Full,
    /// It is not known where this user's state belongs, so the anchor cannot be read or written.
    #[error("there is no folder for this user's state; set HOME or XDG_STATE_HOME and try again")]
    NoStateFolder,
    /// The anchor is there and is not one.
    #[error(
        "the record of the wallet's last opening is damaged; remove {place}, then the verifier decides which copy is the newest"
    )]
    AnchorDamaged {
        /// Where it is kept.
        place: String,
    },
}

/// A vault in memory, for tests and the simulation. It forgets everything when dropped.
#[derive(Debug, Default)]
pub struct MemoryVault {
    secrets: Mutex<BTreeMap<SecretName, Secret>>,
    anchor: Mutex<Option<Anchor>>,
    spending: Mutex<Option<Spending>>,
}

impl MemoryVault {
    /// An empty vault.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn secrets(&self) -> MutexGuard<'_, BTreeMap<SecretName, Secret>> {
        // Each change is one insert or remove, so what a panicking thread left is whole.
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept_anchor(&self) -> MutexGuard<'_, Option<Anchor>> {
        self.anchor.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Vault for MemoryVault {
    fn get(&self, name: SecretName) -> Result<Option<Secret>, VaultError> {
        Ok(self.secrets().get(&name).cloned())
    }

    fn put(&self, name: SecretName, secret: &Secret) -> Result<(), VaultError> {
        self.secrets().insert(name, secret.clone());
        Ok(())
    }

    fn remove(&self, name: SecretName) -> Result<(), VaultError> {
        self.secrets().remove(&name);
        Ok(())
    }

    fn anchor(&self) -> Result<Option<Anchor>, VaultError> {
        Ok(*self.kept_anchor())
    }

    fn set_anchor(&self, anchor: &Anchor) -> Result<(), VaultError> {
        *self.kept_anchor() = Some(*anchor);
        Ok(())
    }

    fn spending(&self) -> Result<Option<Spending>, VaultError> {
        Ok(self.spending.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn set_spending(&self, spending: &Spending) -> Result<(), VaultError> {
        *self.spending.lock().unwrap_or_else(PoisonError::into_inner) = Some(spending.clone());
        Ok(())
    }
}
