//! Where a wallet's secrets are kept: a file that is sealed by a key that the platform keeps.

use crate::approval::Approver;
use crate::failure::Failure;
use crate::runtime;
use farthing_core::keys::SystemEntropy;
use farthing_core::keys::passphrase::{Cost, PassphraseVault};
use farthing_core::keys::vault::{MemoryVault, Vault, VaultError};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// Parts of a key, of 64 bits each.
const PARTS: u32 = 4;
/// A platform that does not answer in this time does not.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Why a platform did not give its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum SealingFailure {
    /// The device is locked, or the key needs the person.
    #[error("the key is locked")]
    Locked,
    /// The person dismissed the prompt.
    #[error("cancelled")]
    Cancelled,
    /// The platform threw the key away, as when fingerprints change.
    #[error("the key was invalidated")]
    Invalidated,
    /// Anything else.
    #[error("the key is not available")]
    Unavailable,
}

impl From<uniffi::UnexpectedUniFFICallbackError> for SealingFailure {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Unavailable
    }
}

impl From<SealingFailure> for VaultError {
    fn from(failure: SealingFailure) -> Self {
        match failure {
            SealingFailure::Locked => Self::Locked,
            SealingFailure::Cancelled => Self::Cancelled,
            SealingFailure::Invalidated => Self::KeyInvalidated,
            SealingFailure::Unavailable => Self::Unavailable("the platform did not give the wallet's key".to_owned()),
        }
    }
}

/// A random key of 256 bits that the platform keeps, and that is the same each time. It crosses in four numbers, since buffers of
/// bytes are not wiped on their way.
#[uniffi::export(foreign)]
pub trait SealingKey: Send + Sync {
    /// A part of the key, 0 to 3. All 64 bits of each count.
    ///
    /// # Errors
    /// Why the platform does not give it.
    fn part(&self, index: u32) -> Result<u64, SealingFailure>;
}

/// Where a wallet's secrets are kept, and who is asked before it pays.
#[derive(uniffi::Object)]
pub struct Keys {
    source: Source,
    approver: Option<Arc<dyn Approver>>,
}

#[derive(Clone)]
enum Source {
    Memory(Arc<MemoryVault>),
    Sealed { file: PathBuf, state: PathBuf, key: Arc<dyn SealingKey> },
}

#[uniffi::export]
impl Keys {
    /// In memory: for tests. They are gone with the process, and whatever they opened with them.
    #[uniffi::constructor]
    #[must_use]
    pub fn in_memory() -> Self {
        Self { source: Source::Memory(Arc::new(MemoryVault::new())), approver: None }
    }

    /// In `file`, sealed by the platform's key. `state` is a folder that no backup of the phone takes along: from it the wallet
    /// learns that it is an older copy of itself.
    #[uniffi::constructor]
    #[must_use]
    pub fn sealed(file: String, state: String, key: Arc<dyn SealingKey>) -> Self {
        Self { source: Source::Sealed { file: file.into(), state: state.into(), key }, approver: None }
    }

    /// The same secrets, with somebody who is asked before each payment is signed.
    #[must_use]
    pub fn approved_by(&self, approver: Arc<dyn Approver>) -> Self {
        Self { source: self.source.clone(), approver: Some(approver) }
    }
}

impl Keys {
    /// Who is asked before a payment is signed.
    pub(crate) fn approver(&self) -> Option<Arc<dyn Approver>> {
        self.approver.as_ref().map(Arc::clone)
    }

    /// Whether there may be something that they have sealed.
    pub(crate) fn were_used(&self) -> bool {
        match &self.source {
            Source::Memory(_) => true,
            Source::Sealed { file, .. } => !matches!(file.try_exists(), Ok(false)),
        }
    }

    /// The vault; made, when there is none and `make` says so.
    pub(crate) async fn vault(&self, make: bool) -> Result<Arc<dyn Vault>, Failure> {
        let (file, state, key) = match &self.source {
            Source::Memory(vault) => return Ok(Arc::clone(vault) as _),
            Source::Sealed { file, state, key } => (file.clone(), state.clone(), Arc::clone(key)),
        };
        // On a thread of its own: a platform that never answers must not hold up others.
        let opened = runtime::blocking(move || Ok(open(&file, &state, key.as_ref(), make)?));
        runtime::patiently(opened, PATIENCE).await
    }
}

fn open(
    file: &std::path::Path,
    state: &std::path::Path,
    key: &dyn SealingKey,
    make: bool,
) -> Result<Arc<dyn Vault>, VaultError> {
    let passphrase = text_of(key)?;
    let vault = match PassphraseVault::open(file, &passphrase) {
        Err(VaultError::Missing) if make => {
            // The key is random: a guess need not cost anything.
            let cost = Cost::new(8, 1, 1).map_err(|error| VaultError::Unavailable(error.to_string()))?;
            PassphraseVault::create(file, &passphrase, cost, &mut SystemEntropy::new())?
        }
        // Whole, and sealed by another key: the platform made a new one.
        Err(VaultError::WrongPassphrase) => return Err(VaultError::KeyInvalidated),
        opened => opened?,
    };
    Ok(Arc::new(vault.with_state_folder(state)))
}

fn text_of(key: &dyn SealingKey) -> Result<Zeroizing<String>, VaultError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(PARTS as usize * size_of::<u64>()));
    for index in 0..PARTS {
        let part = Zeroizing::new(key.part(index)?);
        bytes.extend(part.to_be_bytes());
    }
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 2));
    data_encoding::HEXLOWER.encode_append(&bytes, &mut text);
    Ok(text)
}
