//! The operations on offers of tabs.

use super::super::people::name;
use super::super::perform::{amount, memo, request_id};
use super::meter::OfferedMeter;
use crate::failure::Failure;
use farthing_core::Wallet;
use farthing_core::export::tabs::TabOfferView;
use farthing_core::payment::OfferWish;
use farthing_protocol::request::Usage;
use farthing_protocol::tab::OfferTerms;
use farthing_protocol::text::Text;
use farthing_protocol::time::Span;
use serde::{Deserialize, Serialize};

/// What a person offers, as typed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Offered {
    pub(crate) price: String,
    pub(crate) unit: String,
    pub(crate) cap: String,
    pub(crate) lasts_ms: u64,
    pub(crate) grace_ms: u64,
    pub(crate) memo: Option<String>,
    pub(crate) life_ms: u64,
    pub(crate) standing: bool,
    pub(crate) meter: Option<OfferedMeter>,
}

pub(super) async fn offer(wallet: &Wallet, offered: Offered) -> Result<TabOfferView, Failure> {
    let unit = Text::typed(&offered.unit)
        .map_err(|_| Failure::usage("a unit is text of 1 to 64 bytes, without control characters"))?;
    let terms = OfferTerms {
        price: amount(wallet, &offered.price).await?,
        unit,
        cap: amount(wallet, &offered.cap).await?,
        lasts: Span::from_ms(offered.lasts_ms),
        grace: Span::from_ms(offered.grace_ms),
        meter: offered.meter.as_ref().map(OfferedMeter::terms),
    };
    let memo = offered.memo.as_deref().map(memo).transpose()?;
    let usage = if offered.standing { Usage::Standing } else { Usage::Single };
    let made = wallet.offer(OfferWish { terms, memo, life: Span::from_ms(offered.life_ms) }, usage).await?;
    let id = made.id.to_hex();
    let all = wallet.read(TabOfferView::all)?;
    all.into_iter().find(|offer| offer.id == id).ok_or_else(|| Failure::internal("the offer cannot be found"))
}

pub(super) async fn send(wallet: &Wallet, contact: &str, id: &str) -> Result<(), Failure> {
    Ok(wallet.send_offer(&name(contact)?, &request_id(id)?).await?)
}
