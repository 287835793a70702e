//! Adding a device: what it may do, and the two steps of its pairing.

use super::Words;
use super::people::pairing;
use super::perform::amount;
use super::views::OfferView;
use crate::failure::Failure;
use farthing_core::Wallet;
use farthing_protocol::alias::Alias;
use farthing_protocol::device::{Allowance, Limited};
use farthing_protocol::money::Amount;
use farthing_protocol::time::Span;
use serde::{Deserialize, Serialize};

/// What a person wants a device to be allowed, as typed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScopeWish {
    pub(crate) receive_only: bool,
    pub(crate) per_order: Vec<String>,
    pub(crate) per_day: Vec<String>,
    pub(crate) payees: Vec<String>,
    /// From now on.
    pub(crate) expires_ms: Option<u64>,
}

/// A device that was added.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AddedView {
    pub(crate) id: String,
}

/// Makes the code, once it is sure that the wishes can be fulfilled.
pub(super) async fn show(wallet: &Wallet, wish: &ScopeWish, phrase: Option<Words>) -> Result<OfferView, Failure> {
    limited(wallet, wish).await?;
    let phrase = phrase.map(|words| words.phrase()).transpose()?;
    let offer = wallet.device_show(phrase.as_ref()).await?;
    Ok(OfferView { id: offer.id.to_hex(), link: Some(offer.link) })
}

pub(super) async fn confirm(
    wallet: &Wallet,
    id: &str,
    same: bool,
    wish: &ScopeWish,
    phrase: Option<Words>,
) -> Result<AddedView, Failure> {
    let scope = wallet.scope_from_now(limited(wallet, wish).await?).await?;
    let phrase = phrase.map(|words| words.phrase()).transpose()?;
    let device = wallet.device_confirm(&pairing(id)?, same, scope, phrase.as_ref()).await?;
    Ok(AddedView { id: device.to_hex() })
}

async fn limited(wallet: &Wallet, wish: &ScopeWish) -> Result<Limited, Failure> {
    let allowance = Allowance {
        pay: !wish.receive_only,
        per_order: amounts(wallet, &wish.per_order).await?,
        per_day: amounts(wallet, &wish.per_day).await?,
        payees: wish.payees.iter().map(|text| payee(text)).collect::<Result<_, _>>()?,
        life: wish.expires_ms.map(Span::from_ms),
    };
    Limited::new(allowance).map_err(|fault| Failure::usage(fault.to_string()))
}

fn payee(text: &str) -> Result<Alias, Failure> {
    Alias::typed(text).map_err(|fault| Failure::usage(format!("--payee {text}: {fault}")))
}

async fn amounts(wallet: &Wallet, texts: &[String]) -> Result<Vec<Amount>, Failure> {
    let mut amounts = Vec::new();
    for text in texts {
        amounts.push(amount(wallet, text).await?);
    }
    Ok(amounts)
}
