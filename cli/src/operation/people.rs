//! The operations of pairing and contacts.

use super::views::{ContactView, NoteView, OfferView, PairedView};
use crate::failure::Failure;
use farthing_core::contacts::ContactChange;
use farthing_core::messaging::{Note, NoteBody, NoteState};
use farthing_core::pairing::PairingId;
use farthing_core::payment::Target;
use farthing_core::{Error, Wallet};
use farthing_protocol::details::Name;
use farthing_protocol::text::Text;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a person wants to change about a contact.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Wish {
    Rename(String),
    Block,
    Unblock,
}

pub(super) fn contacts(wallet: &Wallet) -> Result<Vec<ContactView>, Failure> {
    Ok(wallet.contacts()?.iter().map(ContactView::from).collect())
}

pub(super) fn change(wallet: &Wallet, name_text: &str, wish: &Wish) -> Result<ContactView, Failure> {
    let wanted = match wish {
        Wish::Rename(new) => ContactChange::Rename(name(new)?),
        Wish::Block => ContactChange::Block,
        Wish::Unblock => ContactChange::Unblock,
    };
    Ok(ContactView::from(&wallet.change_contact(&name(name_text)?, wanted)?))
}

pub(super) async fn write(wallet: &Wallet, contact: &str, text: &str) -> Result<(), Failure> {
    let words = Text::typed(text)
        .map_err(|_| Failure::usage("a note is text of 1 to 1024 bytes, without control characters or line breaks"))?;
    Ok(wallet.write_note(&name(contact)?, words).await?)
}

pub(super) fn notes(wallet: &Wallet, contact: &str) -> Result<Vec<NoteView>, Failure> {
    let notes = wallet.notes(&name(contact)?)?;
    notes.iter().map(|note| view(wallet, note)).collect()
}

fn view(wallet: &Wallet, note: &Note) -> Result<NoteView, Failure> {
    let (text, request) = match &note.body {
        NoteBody::Text(text) => (Some(text.to_string()), None),
        NoteBody::Request(_) => match wallet.target_of(note)? {
            Target::Request(pointer) => (None, Some(pointer.link())),
            Target::Alias(alias) => (None, Some(alias.to_string())),
        },
    };
    let own = note.state != NoteState::Received;
    Ok(NoteView { at: note.at.to_rfc3339(), own, state: note.state.as_str().to_owned(), text, request })
}

pub(super) async fn show(wallet: &Wallet) -> Result<OfferView, Failure> {
    let offer = wallet.pair_show().await?;
    Ok(OfferView { id: offer.id.to_hex(), link: Some(offer.link) })
}

pub(super) async fn scan(wallet: &Wallet, link: &str) -> Result<OfferView, Failure> {
    Ok(OfferView { id: wallet.pair_scan(link).await?.to_hex(), link: None })
}

pub(super) async fn code(wallet: &Wallet, id: &str, wait_ms: u64) -> Result<Option<String>, Failure> {
    let code = wallet.pair_code(&pairing(id)?, Duration::from_millis(wait_ms)).await?;
    Ok(code.map(|code| code.to_string()))
}

pub(super) async fn confirm(wallet: &Wallet, id: &str, same: bool) -> Result<(), Failure> {
    Ok(wallet.pair_confirm(&pairing(id)?, same).await?)
}

pub(super) async fn paired(wallet: &Wallet, id: &str, wait_ms: u64) -> Result<PairedView, Failure> {
    let contact = wallet.pair_contact(&pairing(id)?, Duration::from_millis(wait_ms)).await?;
    Ok(PairedView { contact: contact.as_ref().map(ContactView::from) })
}

pub(super) fn pairing(id: &str) -> Result<PairingId, Failure> {
    PairingId::from_hex(id).ok_or_else(|| Failure::internal("a pairing's id has 32 hex digits"))
}

pub(super) fn name(text: &str) -> Result<Name, Failure> {
    Name::typed(text).map_err(|fault| {
        Failure::from(Error::from(fault))
            .with_message("A contact's name is text of 1 to 64 bytes, without control characters")
    })
}
