//! The operations of pairing and contacts.

use super::views::{ContactView, OfferView, PairedView};
use crate::failure::Failure;
use farthing_core::contacts::ContactChange;
use farthing_core::pairing::PairingId;
use farthing_core::{Error, Wallet};
use farthing_protocol::details::Name;
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

fn name(text: &str) -> Result<Name, Failure> {
    Name::typed(text).map_err(|fault| {
        Failure::from(Error::from(fault))
            .with_message("A contact's name is text of 1 to 64 bytes, without control characters")
    })
}
