//! `farthing phrase`: shows the recovery phrase again, or confirms that it is on paper and forgets it.
//!
//! Always unlocks the vault itself, also while another command has the wallet open: asks for the passphrase, or has the keyring
//! ask when it is locked. So no phrase passes through a socket; that it is to be forgotten does.

use super::init::{phrase_json, phrase_text};
use crate::args;
use crate::context::Context;
use crate::failure::Failure;
use crate::operation::Operation;
use crate::output::Output;
use crate::session::Session;
use crate::{secret, vault};
use farthing_core::Error;
use farthing_core::error::WalletError;
use farthing_core::keys::phrase::Phrase;
use farthing_core::keys::vault::SecretName;
use serde_json::{Value, json};

pub(super) async fn run(args: args::Phrase, context: &Context) -> Result<Output, Failure> {
    if vault::there(context)?.is_none() {
        return Err(Error::from(WalletError::NotEnrolled).into());
    }
    let typed = match &args.confirm_file {
        Some(file) => Some(secret::phrase(context, Some(file)).await?),
        None => None,
    };
    let kept = kept(context).await?;
    let Some(typed) = typed else { return Ok(Output::secret(phrase_json(&kept), phrase_text(&kept))) };
    if typed != kept {
        return Err(Error::from(WalletError::OtherPhrase).into());
    }
    if !args.keep {
        let mut session = Session::open(context).await?;
        let forgotten = session.ask::<Value>(Operation::ForgetPhrase).await;
        session.close().await;
        forgotten?;
    }
    let text = match args.keep {
        true => "This is the phrase of the wallet. It stays on this device, too.",
        false => "This is the phrase of the wallet. It is forgotten here: from now on only your copy has it.",
    };
    Ok(Output::new(&json!({ "confirmed": true, "kept": args.keep }), text.to_owned()))
}

async fn kept(context: &Context) -> Result<Phrase, Failure> {
    let unlock = vault::unlock(context).await?;
    let vault = vault::open(context, &unlock).await?;
    let found = tokio::task::spawn_blocking(move || vault.get(SecretName::Phrase)).await;
    let found = found.map_err(|_| Failure::internal("the vault could not be reached"))?.map_err(Error::from)?;
    Ok(Phrase::from_secret(&found.ok_or(Error::Wallet(WalletError::PhraseGone))?).map_err(Error::from)?)
}
