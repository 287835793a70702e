//! Adding a device: what it may do, and the two steps of its pairing.

use super::Words;
use super::people::pairing;
use super::perform::amount;
use super::views::OfferView;
use crate::failure::Failure;
use farthing_core::Wallet;
use farthing_protocol::alias::Alias;
use farthing_protocol::device::Scope;
use farthing_protocol::limits::SCOPE_ALIASES_MAX;
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

/// Limits of one kind: with more, what the new phone is granted may not fit (protocol, 7.7).
const LIMITS_MAX: usize = 8;

/// A device that was added.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AddedView {
    pub(crate) id: String,
}

/// Makes the code, once it is sure that the wishes can be fulfilled.
pub(super) async fn show(wallet: &Wallet, wish: &ScopeWish, phrase: Option<Words>) -> Result<OfferView, Failure> {
    scope(wallet, wish).await?;
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
    let scope = scope(wallet, wish).await?;
    let phrase = phrase.map(|words| words.phrase()).transpose()?;
    let device = wallet.device_confirm(&pairing(id)?, same, scope, phrase.as_ref()).await?;
    Ok(AddedView { id: device.to_hex() })
}

async fn scope(wallet: &Wallet, wish: &ScopeWish) -> Result<Scope, Failure> {
    // The verifier's time counts, so it has to be heard first.
    wallet.refresh().await?;
    let expires = match (wish.expires_ms, wallet.status()?.verifier_time) {
        (Some(0), _) => return Err(Failure::usage("--expires must be more than nothing")),
        (Some(ms), Some(now)) => Some(now.plus(Span::from_ms(ms))),
        _ => None,
    };
    let payees = wish.payees.iter().map(|text| payee(text)).collect::<Result<Vec<_>, _>>()?;
    if payees.len() > SCOPE_ALIASES_MAX {
        return Err(Failure::usage(format!("--payee names at most {SCOPE_ALIASES_MAX} aliases")));
    }
    let permissions = if wish.receive_only { Scope::RECEIVE } else { Scope::RECEIVE | Scope::PAY };
    Ok(Scope {
        permissions,
        per_order: limits(wallet, &wish.per_order).await?,
        per_day: limits(wallet, &wish.per_day).await?,
        payees: (!payees.is_empty()).then_some(payees),
        expires,
    })
}

fn payee(text: &str) -> Result<farthing_protocol::id::Handle, Failure> {
    let alias = Alias::new(&text.trim().to_ascii_lowercase());
    Ok(alias.map_err(|fault| Failure::usage(format!("--payee {text}: {fault}")))?.handle())
}

/// One limit per currency, in the order that a certificate has.
async fn limits(wallet: &Wallet, texts: &[String]) -> Result<Option<Vec<Amount>>, Failure> {
    let mut limits = Vec::new();
    for text in texts {
        limits.push(amount(wallet, text).await?);
    }
    limits.sort_by_key(|limit| limit.asset());
    if limits.windows(2).any(|pair| matches!(pair, [a, b] if a.asset() == b.asset())) {
        return Err(Failure::usage("give one limit per currency"));
    }
    if limits.len() > LIMITS_MAX {
        return Err(Failure::usage(format!("give limits in at most {LIMITS_MAX} currencies")));
    }
    Ok((!limits.is_empty()).then_some(limits))
}
