//! `farthing phrase`: shows the recovery phrase again.
//!
//! Always asks for the passphrase, also while another command has the wallet open: the vault's file is read here, so
//! that no phrase passes through a socket.

use super::init::{phrase_json, phrase_text};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::vault;
use farthing_core::Error;
use farthing_core::error::WalletError;
use farthing_core::keys::phrase::Phrase;
use farthing_core::keys::vault::SecretName;

pub(super) async fn run(context: &Context) -> Result<Output, Failure> {
    if vault::there(context)?.is_none() {
        return Err(Error::from(WalletError::NotEnrolled).into());
    }
    let unlock = vault::unlock(context).await?;
    let vault = vault::open(context, &unlock).await?;
    let found = tokio::task::spawn_blocking(move || vault.get(SecretName::Phrase)).await;
    let found = found.map_err(|_| Failure::internal("the vault could not be reached"))?.map_err(Error::from)?;
    let phrase = Phrase::from_secret(&found.ok_or(Error::Wallet(WalletError::PhraseGone))?).map_err(Error::from)?;
    Ok(Output::secret(phrase_json(&phrase), phrase_text(&phrase)))
}
