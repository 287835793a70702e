//! Offers: of ours, published like requests; and of others, fetched by their link or sent by a contact.

use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::payment::reply_of;
use crate::store::{self, Change, Kept, RequestRecord, RequestState, Store, Table};
use crate::sync::{Heard, SignedRead};
use crate::tab::TabId;
use farthing_protocol::cbor::V1;
use farthing_protocol::code::ProblemCode;
use farthing_protocol::cose::{Signed, SignedBytes, Verified};
use farthing_protocol::id::AccountId;
use farthing_protocol::pointer::Pointer;
use farthing_protocol::request::{RequestId, Usage};
use farthing_protocol::tab::{HoldOffer, HoldReceipt};
use farthing_protocol::time::{Moment, Time};
use minicbor::{Decode, Encode};

/// An offer of ours.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OfferRecord {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// As a request is published; its bytes are the signed offer, and *paid* means accepted.
    #[n(1)]
    pub published: RequestRecord,
    /// The tab that accepted it, where it is for one payer.
    #[n(2)]
    pub tab: Option<TabId>,
}

impl Kept for OfferRecord {
    const TABLE: Table = Table::OFFERS;

    fn key(&self) -> Vec<u8> {
        self.published.id.as_bytes().to_vec()
    }
}

impl OfferRecord {
    /// What it says.
    ///
    /// # Errors
    /// When the stored bytes cannot be read.
    pub fn offer(&self) -> Result<HoldOffer, Error> {
        Ok(Signed::<HoldOffer>::parse(self.published.bytes.as_slice())?.claims().clone())
    }

    /// Whether a hold uses it up: it is for one payer, and the hold for its handle.
    pub(super) fn is_used_by(&self, hold: &HoldReceipt) -> Result<bool, Error> {
        let offer = self.offer()?;
        Ok(offer.usage == Usage::Single && offer.payee.payee_key_hash() == hold.payee_key)
    }

    /// Accepted by this tab.
    pub(super) fn accepted(self, tab: TabId) -> Self {
        let published = RequestRecord { state: RequestState::Paid, ..self.published };
        Self { published, tab: Some(tab), ..self }
    }

    /// As if nobody had accepted it.
    pub(super) fn reopened(self) -> Self {
        let published = RequestRecord { state: RequestState::Open, ..self.published };
        Self { published, tab: None, ..self }
    }

    /// All of ours, newest first.
    ///
    /// # Errors
    /// What the store says.
    pub fn all(store: &dyn Store) -> Result<Vec<Self>, Error> {
        let mut all: Vec<Self> = store::all_kept(store)?;
        all.sort_by_key(|offer| core::cmp::Reverse((offer.published.created, offer.published.id)));
        Ok(all)
    }
}

/// The newest offers of a contact that are kept; the oldest goes.
const RECEIVED_MAX: usize = 16;

/// An offer that a contact sent.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReceivedOffer {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// Who sent it.
    #[n(1)]
    pub from: AccountId,
    /// When it came.
    #[n(2)]
    pub at: Time,
    /// The offer's id.
    #[n(3)]
    pub id: RequestId,
    /// The signed offer.
    #[n(4)]
    pub offer: SignedBytes,
}

impl Kept for ReceivedOffer {
    const TABLE: Table = Table::RECEIVED_OFFERS;

    fn key(&self) -> Vec<u8> {
        [&self.from.as_bytes()[..], &self.at.as_ms().to_be_bytes(), self.id.as_bytes()].concat()
    }
}

/// The changes by which an offer that a contact sent is kept: one of our verifier, by its own key. What it is worth is found out
/// when it is accepted.
///
/// # Errors
/// What the store says.
pub(crate) fn received(engine: &Engine, from: AccountId, bytes: &SignedBytes, at: Time) -> Result<Vec<Change>, Error> {
    let Ok(offer) = genuine(bytes.as_slice()) else { return Ok(Vec::new()) };
    if offer.verifier != engine.profile().verifier {
        return Ok(Vec::new());
    }
    let mut known: Vec<ReceivedOffer> = store::all_kept(engine.store())?;
    known.retain(|other| other.from == from);
    let oldest =
        known.first().filter(|_| known.len() >= RECEIVED_MAX).map(|old| Change::forget::<ReceivedOffer>(&old.key()));
    let again =
        known.iter().filter(|other| other.id == offer.id).map(|old| Change::forget::<ReceivedOffer>(&old.key()));
    let mut changes: Vec<Change> = again.chain(oldest).collect();
    changes.push(Change::put(&ReceivedOffer { version: V1, from, at, id: offer.id, offer: bytes.clone() }));
    changes.push(Change::Event { at, kind: EventKind::OfferReceived(from, offer.id) });
    Ok(changes)
}

/// An offer, by the key that it names itself.
pub(super) fn genuine(bytes: &[u8]) -> Result<Verified<HoldOffer>, Error> {
    const ALTERED: Error = Error::Wallet(WalletError::RequestAltered);
    let offer = Signed::<HoldOffer>::parse(bytes).map_err(|_| ALTERED)?;
    let key = offer.claims().payee;
    offer.verify(&key).map_err(|_| ALTERED)
}

/// The operation: fetches the offer that a link points to. Changes nothing.
#[derive(Debug)]
pub struct LookOffer {
    pointer: Pointer,
    read: Option<SignedRead>,
}

impl LookOffer {
    /// Looks at what `pointer` points to.
    #[must_use]
    pub const fn new(pointer: Pointer) -> Self {
        Self { pointer, read: None }
    }
}

impl Operation for LookOffer {
    type Output = Verified<HoldOffer>;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<Self::Output>, Error> {
        let is_foreign = self.pointer.url() != engine.profile().url.as_str();
        let Some(read) = &mut self.read else {
            let (read, call) = SignedRead::new(engine, format!("/v1/requests/{}", self.pointer.locator()), "", now)?;
            self.read = Some(read);
            return Ok(Step::Call(call));
        };
        match read.hear(engine, reply_of(input)?, now) {
            Ok(Heard::Again(call)) => Ok(Step::Call(call)),
            Ok(Heard::Reply(reply)) => {
                let bytes = self.pointer.reveal(&reply.body).map_err(|_| WalletError::RequestAltered)?;
                let offer = genuine(&bytes)?;
                if offer.verifier != engine.profile().verifier {
                    return Err(WalletError::ForeignRequest.into());
                }
                Ok(Step::Done(offer))
            }
            Err(Error::Problem { code: ProblemCode::RequestUnknown, .. }) if is_foreign => {
                Err(WalletError::ForeignRequest.into())
            }
            Err(error) => Err(error),
        }
    }
}
