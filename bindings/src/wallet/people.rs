//! Meeting people, and writing to them.

use super::Wallet;
use crate::convert;
use crate::failure::Failure;
use crate::records::{Contact, Draft, Note, PairingOffer};
use farthing_core as core;
use farthing_core::Error;
use farthing_core::contacts::ContactChange;
use farthing_core::error::WalletError;
use farthing_core::pairing::PairingId;
use farthing_protocol::details::Name;
use farthing_protocol::text::Text;
use std::time::Duration;

#[uniffi::export]
impl Wallet {
    /// Makes a pairing code, and waits for whoever scans it.
    pub async fn pair_show(&self) -> Result<PairingOffer, Failure> {
        with_wallet!(self, |wallet| {
            let offer = wallet.pair_show().await?;
            Ok(PairingOffer { id: offer.id.to_hex(), link: offer.link })
        })
    }

    /// Answers a pairing code that was scanned; what comes back is the pairing's id.
    pub async fn pair_scan(&self, link: String) -> Result<String, Failure> {
        with_wallet!(self, |wallet| Ok(wallet.pair_scan(&link).await?.to_hex()))
    }

    /// Waits for the six digits that both people compare; `None` when there are none yet.
    pub async fn pair_code(&self, id: String, wait_ms: u64) -> Result<Option<String>, Failure> {
        with_wallet!(self, while_wanted, |wallet| {
            let code = wallet.pair_code(&pairing(&id)?, Duration::from_millis(wait_ms)).await?;
            Ok(code.map(|code| code.to_string()))
        })
    }

    /// The person's answer: whether both phones show the same digits.
    pub async fn pair_confirm(&self, id: String, same: bool) -> Result<(), Failure> {
        with_wallet!(self, |wallet| wallet.pair_confirm(&pairing(&id)?, same).await)
    }

    /// Waits for the contact that a confirmed pairing makes; `None` when it is not there yet.
    pub async fn pair_contact(&self, id: String, wait_ms: u64) -> Result<Option<Contact>, Failure> {
        with_wallet!(self, while_wanted, |wallet| {
            let contact = wallet.pair_contact(&pairing(&id)?, Duration::from_millis(wait_ms)).await?;
            Ok(contact.as_ref().map(Contact::from))
        })
    }

    /// People one knows, by name.
    pub async fn contacts(&self) -> Result<Vec<Contact>, Failure> {
        with_wallet!(self, |wallet| Ok(wallet.contacts()?.iter().map(Contact::from).collect()))
    }

    /// Gives a contact another name.
    pub async fn rename_contact(&self, name: String, new: String) -> Result<Contact, Failure> {
        with_wallet!(self, |wallet| change(wallet, &name, ContactChange::Rename(Name::typed(&new)?)))
    }

    /// Neither pays a contact nor listens to it any more; or does again.
    pub async fn block_contact(&self, name: String, blocked: bool) -> Result<Contact, Failure> {
        let wanted = if blocked { ContactChange::Block } else { ContactChange::Unblock };
        with_wallet!(self, |wallet| change(wallet, &name, wanted))
    }

    /// Writes a few sentences to a contact. Trouble on the way to the verifier is no error: the note waits.
    pub async fn write_note(&self, contact: String, note: String) -> Result<(), Failure> {
        with_wallet!(self, |wallet| wallet.write_note(&Name::typed(&contact)?, Text::typed(&note)?).await)
    }

    /// Sends a request of ours to a contact, who can pay it without scanning anything.
    pub async fn send_request(&self, contact: String, request: String) -> Result<(), Failure> {
        with_wallet!(self, |wallet| {
            wallet.send_request(&Name::typed(&contact)?, &convert::request_id(&request)?).await
        })
    }

    /// What was written between us and a contact, oldest first.
    pub async fn notes(&self, contact: String) -> Result<Vec<Note>, Failure> {
        with_wallet!(self, |wallet| Ok(wallet.notes(&Name::typed(&contact)?)?.iter().map(Note::from).collect()))
    }

    /// As `prepare`, for what a contact has asked for in a note.
    pub async fn prepare_note(&self, contact: String, note: String, memo: Option<String>) -> Result<Draft, Failure> {
        with_wallet!(self, |wallet| {
            let notes = wallet.notes(&Name::typed(&contact)?)?;
            let note = notes.iter().find(|found| found.id.to_hex() == note).ok_or(WalletError::NotAPayee)?;
            let draft = wallet.prepare(wallet.target_of(note)?, None, convert::text(memo.as_ref())?).await?;
            Ok(Draft::from(&draft))
        })
    }
}

pub(super) fn pairing(id: &str) -> Result<PairingId, Error> {
    PairingId::from_hex(id).ok_or_else(|| WalletError::PairingUnknown.into())
}

fn change(wallet: &core::Wallet, name: &str, change: ContactChange) -> Result<Contact, Error> {
    Ok(Contact::from(&wallet.change_contact(&Name::typed(name)?, change)?))
}
