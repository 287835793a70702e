//! `farthing phrase`: shows the recovery phrase again.
//!
//! Always asks for the passphrase, also while another command has the wallet open: the vault's file is read here, so
//! that no phrase passes through a socket.

use super::init::{phrase_json, phrase_text};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::{secret, session};
use farthing_core::Error;
use farthing_core::error::WalletError;
use farthing_core::keys::phrase::Phrase;
use farthing_core::keys::vault::{SecretName, Vault as _};

pub(super) async fn run(context: &Context) -> Result<Output, Failure> {
    context.check_vault()?;
    if !context.vault_file().exists() {
        return Err(Error::from(WalletError::NotEnrolled).into());
    }
    let passphrase = secret::ask(context).await?;
    let vault = session::open_vault(context, passphrase).await?;
    let found = vault.get(SecretName::Phrase).map_err(Error::from)?;
    let phrase = Phrase::from_secret(&found.ok_or(Error::Wallet(WalletError::PhraseGone))?).map_err(Error::from)?;
    Ok(Output::secret(phrase_json(&phrase), phrase_text(&phrase)))
}
