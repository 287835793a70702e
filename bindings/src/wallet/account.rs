//! The account itself: its devices, aliases, phrase, and what the verifier knows of it.

use super::Wallet;
use super::people::pairing;
use crate::convert;
use crate::failure::Failure;
use crate::phrase::{Words, WordsEntry};
use crate::records::{Device, Exported, Loss, PairingOffer, Scope, Standing};
use farthing_core::error::WalletError;
use farthing_core::keys::phrase::Phrase;
use farthing_protocol::alias::Alias;
use farthing_protocol::id::DeviceId;
use std::path::Path;
use std::sync::Arc;

#[uniffi::export]
impl Wallet {
    /// The recovery phrase, while it is kept here. Ask the person for authorisation first.
    pub async fn phrase(&self) -> Result<Arc<Words>, Failure> {
        with_wallet!(self, |wallet| Ok(Arc::new(Words::of(&wallet.phrase()?))))
    }

    /// Whether the phrase is kept here.
    pub async fn keeps_phrase(&self) -> Result<bool, Failure> {
        with_wallet!(self, |wallet| wallet.keeps_phrase())
    }

    /// The person has typed the phrase again, so it is on paper: it is forgotten here.
    pub async fn confirm_phrase(&self, words: Arc<WordsEntry>) -> Result<(), Failure> {
        let phrase = words.phrase()?;
        with_wallet!(self, |wallet| wallet.confirm_phrase(&phrase))
    }

    /// The account's devices, the active ones first; as the verifier shows them when it can be asked.
    pub async fn devices(&self) -> Result<Vec<Device>, Failure> {
        with_wallet!(self, |wallet| Ok(wallet.devices().await?.iter().map(Device::from).collect()))
    }

    /// Revokes a device, for ever. Revoking this one ends the wallet: it keeps what it knows. The phrase is needed where it is not
    /// kept.
    pub async fn revoke(&self, device: String, words: Option<Arc<WordsEntry>>) -> Result<(), Failure> {
        let phrase = given(words.as_deref())?;
        with_wallet!(self, |wallet| {
            let device = DeviceId::from_hex(&device).ok_or(WalletError::DeviceUnknownHere)?;
            wallet.revoke(device, phrase.as_ref()).await
        })
    }

    /// Makes a code by which another phone can become a device of this account; it calls `join`.
    pub async fn device_show(&self, words: Option<Arc<WordsEntry>>) -> Result<PairingOffer, Failure> {
        let phrase = given(words.as_deref())?;
        with_wallet!(self, |wallet| Ok(PairingOffer::from(wallet.device_show(phrase.as_ref()).await?)))
    }

    /// The person's answer, whether both phones show the same digits (`pair_code`). After a yes the phone is added, within
    /// `scope`; its id comes back. A scope that no certificate can say is refused at once, and the pairing goes on.
    pub async fn device_confirm(
        &self,
        id: String,
        same: bool,
        scope: Scope,
        words: Option<Arc<WordsEntry>>,
    ) -> Result<String, Failure> {
        let phrase = given(words.as_deref())?;
        let limited = convert::limited(&scope)?;
        with_wallet!(self, |wallet| {
            let scope = wallet.scope_from_now(limited).await?;
            Ok(wallet.device_confirm(&pairing(&id)?, same, scope, phrase.as_ref()).await?.to_hex())
        })
    }

    /// The account's aliases, the first one first.
    pub async fn aliases(&self) -> Result<Vec<String>, Failure> {
        with_wallet!(self, |wallet| Ok(wallet.aliases()?.iter().map(ToString::to_string).collect()))
    }

    /// Registers a further alias. Again is harmless.
    pub async fn register_alias(&self, alias: String) -> Result<(), Failure> {
        with_wallet!(self, |wallet| wallet.register_alias(Alias::typed(&alias)?).await)
    }

    /// What the verifier lost, while nothing is paid because of it.
    pub async fn loss(&self) -> Result<Option<Loss>, Failure> {
        with_wallet!(self, |wallet| Ok(wallet.loss()?.as_ref().map(Loss::from)))
    }

    /// Goes on with what the verifier has; what comes back does not count any more. Asks it for everything first.
    pub async fn accept_loss(&self) -> Result<Loss, Failure> {
        with_wallet!(self, |wallet| Ok(Loss::from(&wallet.accept_loss().await?)))
    }

    /// Writes everything that the wallet knows into a folder that is new or empty: `wallet.json`, and the signed files, which
    /// `farthing verify` checks. No private key is among them; memos and names are. The folder is there as a whole or not at all.
    ///
    /// Files, and no bytes that cross: a history of years does not fit into a phone's memory twice. What a person shares is one
    /// file, so an app makes an archive of the folder, by its platform's means, and deletes both when it was shared.
    pub async fn export(&self, folder: String) -> Result<Exported, Failure> {
        with_wallet!(self, |wallet| Ok(wallet.export(Path::new(&folder)).await?.into()))
    }

    /// The newest checkpoint that this wallet believes, signed: to be given to others by any way that is not the verifier's.
    pub async fn checkpoint(&self) -> Result<Option<Vec<u8>>, Failure> {
        with_wallet!(self, |wallet| Ok(wallet.checkpoint()?.map(|bytes| bytes.as_slice().to_vec())))
    }

    /// Holds a checkpoint that somebody gave us against what the verifier tells us.
    pub async fn compare_checkpoint(&self, bytes: Vec<u8>) -> Result<Standing, Failure> {
        with_wallet!(self, |wallet| Ok(wallet.compare_checkpoint(&bytes).await?.into()))
    }
}

fn given(words: Option<&WordsEntry>) -> Result<Option<Phrase>, Failure> {
    words.map(WordsEntry::phrase).transpose()
}
