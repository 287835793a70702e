//! What lies at the verifier for somebody to fetch: a request, or the offer of a tab. Both are bound or published, cancelled or
//! withdrawn by the same acts.

use crate::error::Error;
use crate::events::EventKind;
use crate::store::{self, Change, RequestRecord, RequestState, Store};
use crate::tab::OfferRecord;
use farthing_protocol::cose::Signed;
use farthing_protocol::pointer::Pointer;
use farthing_protocol::request::{Request, RequestId, Usage};
use farthing_protocol::tab::HoldOffer;

/// Either of them.
#[derive(Clone, Debug)]
pub(crate) enum Published {
    Request(RequestRecord),
    Offer(OfferRecord),
}

impl Published {
    /// The one with this id.
    pub(crate) fn of(store: &dyn Store, id: &RequestId) -> Result<Option<Self>, Error> {
        if let Some(request) = store.request(id)? {
            return Ok(Some(Self::Request(request)));
        }
        Ok(store::kept::<OfferRecord>(store, id.as_bytes())?.map(Self::Offer))
    }

    /// The one with this id, in this state.
    pub(crate) fn in_state(store: &dyn Store, id: &RequestId, state: RequestState) -> Result<Option<Self>, Error> {
        Ok(Self::of(store, id)?.filter(|published| published.record().state == state))
    }

    pub(crate) const fn record(&self) -> &RequestRecord {
        match self {
            Self::Request(record) => record,
            Self::Offer(offer) => &offer.published,
        }
    }

    /// Once or often.
    pub(crate) fn usage(&self) -> Result<Usage, Error> {
        let bytes = self.record().bytes.as_slice();
        Ok(match self {
            Self::Request(_) => Signed::<Request>::parse(bytes)?.claims().usage,
            Self::Offer(_) => Signed::<HoldOffer>::parse(bytes)?.claims().usage,
        })
    }

    /// Where it is fetched.
    pub(crate) fn pointer(&self, url: &str) -> Result<Pointer, Error> {
        let bytes = self.record().bytes.as_slice();
        Ok(match self {
            Self::Request(_) => Pointer::to(url, &Signed::<Request>::parse(bytes)?)?,
            Self::Offer(_) => Pointer::to(url, &Signed::<HoldOffer>::parse(bytes)?)?,
        })
    }

    /// The change by which it is in another state.
    pub(crate) fn put(mut self, state: RequestState, code: Option<u16>) -> Change {
        let record = match &mut self {
            Self::Request(record) => record,
            Self::Offer(offer) => &mut offer.published,
        };
        record.state = state;
        record.code = code.or(record.code);
        match self {
            Self::Request(record) => Change::Request(record),
            Self::Offer(offer) => Change::put(&offer),
        }
    }

    /// Whether it was paid, or accepted.
    pub(crate) const fn is_used(&self) -> bool {
        match self {
            Self::Request(record) => record.payment.is_some(),
            Self::Offer(offer) => offer.tab.is_some(),
        }
    }

    pub(crate) const fn open(&self) -> EventKind {
        match self {
            Self::Request(record) => EventKind::RequestOpen(record.id),
            Self::Offer(offer) => EventKind::OfferOpen(offer.published.id),
        }
    }

    pub(crate) const fn failed(&self, code: u16) -> EventKind {
        match self {
            Self::Request(record) => EventKind::RequestFailed(record.id, code),
            Self::Offer(offer) => EventKind::OfferFailed(offer.published.id, code),
        }
    }

    pub(crate) const fn cancelled(&self) -> EventKind {
        match self {
            Self::Request(record) => EventKind::RequestCancelled(record.id),
            Self::Offer(offer) => EventKind::OfferCancelled(offer.published.id),
        }
    }
}
