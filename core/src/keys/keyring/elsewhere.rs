//! A system whose keyring has no store yet.

use super::super::vault::VaultError;
use super::{Entry, Surroundings};
use zeroize::Zeroizing;

fn nothing() -> VaultError {
    VaultError::Unavailable(
        "this version knows the keyring of Linux only; keep the wallet's keys in a passphrase file".to_owned(),
    )
}

pub(super) async fn prepare(_: &Surroundings) -> Result<(), VaultError> {
    Err(nothing())
}

pub(super) async fn read(_: &Entry, _: &Surroundings) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
    Err(nothing())
}

pub(super) async fn write(_: &Entry, _: &[u8], _: &Surroundings) -> Result<(), VaultError> {
    Err(nothing())
}

pub(super) async fn remove(_: &Entry, _: &Surroundings) -> Result<(), VaultError> {
    Err(nothing())
}
