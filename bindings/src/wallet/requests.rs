//! What we ask others to pay.

use super::{Wallet, page};
use crate::convert;
use crate::failure::Failure;
use crate::records::{Request, RequestState, Terms};
use farthing_core::payment::RequestTerms;
use farthing_protocol::time::Span;
use std::time::Duration;

#[uniffi::export]
impl Wallet {
    /// Makes a request; it can be paid when this returns.
    pub async fn request(&self, terms: Terms) -> Result<Request, Failure> {
        with_wallet!(self, |wallet| {
            let wanted = RequestTerms {
                amount: terms.amount.as_ref().map(convert::amount).transpose()?,
                memo: convert::text(terms.memo.as_ref())?,
                items: terms.items.iter().map(convert::item_back).collect::<Result<_, _>>()?,
                life: Span::from_s(terms.life_s),
            };
            let made =
                if terms.standing { wallet.standing_request(wanted).await? } else { wallet.request(wanted).await? };
            Ok(Request {
                id: made.id.to_hex(),
                state: RequestState::Open,
                link: made.link,
                expires_ms: made.expires.as_ms(),
                payment: None,
            })
        })
    }

    /// Our requests, newest first.
    pub async fn requests(&self, limit: u32) -> Result<Vec<Request>, Failure> {
        with_wallet!(self, |wallet| {
            wallet
                .requests(page(limit))?
                .iter()
                .map(|record| convert::request(wallet, record))
                .collect::<Result<Vec<_>, _>>()
        })
    }

    /// A request of ours, once it is not in the state `known`, or after so many milliseconds.
    pub async fn request_state(
        &self,
        id: String,
        known: Option<RequestState>,
        wait_ms: u64,
    ) -> Result<Request, Failure> {
        with_wallet!(self, while_wanted, |wallet| {
            let (id, wait) = (convert::request_id(&id)?, Duration::from_millis(wait_ms));
            let found = wallet.request_other_than(&id, known.map(Into::into), wait).await?;
            convert::request(wallet, &found)
        })
    }

    /// Cancels a request.
    pub async fn cancel(&self, id: String) -> Result<RequestState, Failure> {
        with_wallet!(self, |wallet| Ok(wallet.cancel(convert::request_id(&id)?).await?.into()))
    }
}
