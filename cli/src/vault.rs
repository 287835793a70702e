//! Where the wallet's keys are kept, and unlocking them.
//!
//! The folder remembers it: a wallet whose keys are in the operating system's keyring has the file `keyring`, one with a passphrase
//! the file `vault`. So --vault is said once, to init, and a folder of an earlier version has a passphrase.

use crate::args::VaultKind;
use crate::context::Context;
use crate::failure::Failure;
use crate::{files, secret};
use farthing_core::Error;
use farthing_core::keys::SystemEntropy;
use farthing_core::keys::keyring::{KeyringVault, Surroundings};
use farthing_core::keys::passphrase::{Cost, PassphraseVault};
use farthing_core::keys::vault::{SecretName, Vault, VaultError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// What opens the vault. Got before the folder's lock is taken: while a person types or answers a prompt, nobody else is held up.
pub(crate) enum Unlock {
    Keyring,
    Passphrase(Zeroizing<String>),
}

impl VaultKind {
    /// As a person writes it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::Passphrase => "passphrase",
        }
    }

    fn file(self, dir: &Path) -> PathBuf {
        dir.join(match self {
            Self::Keyring => "keyring",
            Self::Passphrase => "vault",
        })
    }
}

/// The vault that is in the folder.
///
/// # Errors
/// When the folder cannot be looked into, and when --vault names another kind.
pub(crate) fn there(context: &Context) -> Result<Option<VaultKind>, Failure> {
    for kind in [VaultKind::Keyring, VaultKind::Passphrase] {
        let file = kind.file(context.dir());
        if file.try_exists().map_err(|e| Failure::unreadable(files::sentence(&file, &e)))? {
            return match context.vault() {
                Some(other) if other != kind => Err(Failure::other_vault(kind)),
                _ => Ok(Some(kind)),
            };
        }
    }
    Ok(None)
}

/// What the wallet's commands call the vault that is there.
pub(crate) fn name(context: &Context) -> Result<String, Failure> {
    Ok(there(context)?.unwrap_or(VaultKind::Passphrase).name().to_owned())
}

/// Gets what opens the vault that is there: the passphrase, or the person's yes to the keyring's own prompt.
///
/// # Errors
/// Without a passphrase, or when the keyring stays locked.
pub(crate) async fn unlock(context: &Context) -> Result<Unlock, Failure> {
    match there(context)? {
        Some(VaultKind::Keyring) => {
            let file = VaultKind::Keyring.file(context.dir());
            let asked =
                move || KeyringVault::open(&file, Surroundings::of_this_process())?.get(SecretName::DatabaseKey);
            blocking(asked).await?;
            Ok(Unlock::Keyring)
        }
        _ => secret::ask(context).await.map(Unlock::Passphrase),
    }
}

/// Opens the vault that is there.
///
/// # Errors
/// The vault's own.
pub(crate) async fn open(context: &Context, unlock: &Unlock) -> Result<Arc<dyn Vault>, Failure> {
    match unlock {
        Unlock::Keyring => {
            let file = VaultKind::Keyring.file(context.dir());
            blocking(
                move || Ok(Arc::new(KeyringVault::open(&file, Surroundings::of_this_process())?) as Arc<dyn Vault>),
            )
            .await
        }
        Unlock::Passphrase(passphrase) => {
            let (file, passphrase) = (VaultKind::Passphrase.file(context.dir()), passphrase.clone());
            // Argon2id takes a while.
            blocking(move || Ok(Arc::new(PassphraseVault::open(&file, &passphrase)?) as Arc<dyn Vault>)).await
        }
    }
}

/// What init opens or makes a vault with: the one that is there, else the one that is asked for.
///
/// # Errors
/// As [`unlock`].
pub(crate) async fn choose(context: &Context) -> Result<Unlock, Failure> {
    if there(context)?.is_some() {
        return unlock(context).await;
    }
    match context.vault() {
        Some(VaultKind::Keyring) => Ok(Unlock::Keyring),
        _ => secret::choose(context).await.map(Unlock::Passphrase),
    }
}

/// Makes a new vault in the folder.
///
/// # Errors
/// The vault's own; a machine without a keyring is told of the passphrase.
pub(crate) async fn make(context: &Context, unlock: Unlock) -> Result<Arc<dyn Vault>, Failure> {
    let dir = context.dir().to_owned();
    let made = blocking(move || {
        let mut rng = SystemEntropy::new();
        Ok(match unlock {
            Unlock::Keyring => {
                let file = VaultKind::Keyring.file(&dir);
                Arc::new(KeyringVault::create(&file, Surroundings::of_this_process(), &mut rng)?) as Arc<dyn Vault>
            }
            Unlock::Passphrase(passphrase) => {
                let file = VaultKind::Passphrase.file(&dir);
                Arc::new(PassphraseVault::create(&file, &passphrase, Cost::RECOMMENDED, &mut rng)?)
            }
        })
    });
    made.await.map_err(|failure| {
        let advice = format!("{}: init --vault passphrase", failure.message);
        if failure.kind == "vault_unavailable" { failure.with_message(&advice) } else { failure }
    })
}

/// Takes away a vault that was made for nothing. What cannot be taken away does no harm: the next init takes it up.
pub(crate) async fn take_away(context: &Context) {
    let dir = context.dir().to_owned();
    let taken = blocking(move || {
        let file = VaultKind::Keyring.file(&dir);
        if file.exists() {
            return KeyringVault::open(&file, Surroundings::of_this_process())?.erase();
        }
        std::fs::remove_file(VaultKind::Passphrase.file(&dir)).map_err(|e| VaultError::Unavailable(e.to_string()))
    });
    let _ = taken.await;
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|_| Failure::internal("the vault could not be reached"))?;
    Ok(done.map_err(Error::from)?)
}
