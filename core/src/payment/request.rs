//! Requests: a payee asks for money (wire decisions 13 to 15). The offer of a tab is made, published and cancelled alike.
//!
//! ```text
//!          one handle of the stock
//!                   │ make: sign, seal, store request and act
//!                   ▼
//!                Binding ──204──▶ Open ──a credit by the ledger──▶ Paid
//!                   │ problem       │ cancel
//!                   ▼               ▼
//!                 Failed        Cancelling ──204──▶ Cancelled
//!                                   └─ already used ─▶ Paid (by the ledger)
//! ```
//!
//! A standing request has no handle of its own: it is published on the account's alias instead of bound, is never `Paid`, and
//! is withdrawn instead of cancelled. What is paid to it names the alias, not it.
//!
//! | state | after a kill |
//! |---|---|
//! | `Binding` | the stored act is sent again; until it is answered the QR is not shown |
//! | `Open` | nothing; it ends by a credit, by cancelling, or by its expiry, which the verifier enforces |
//! | `Cancelling` | the stored act is sent again |
//! | `Paid`, `Cancelled`, `Failed` | nothing |

use crate::crash;
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::payment::published::Published;
use crate::store::{ActKind, ActRecord, Change, HandleRecord, HandleState, RequestRecord, RequestState};
use crate::sync::{FlushActs, FlushedActs, Refresh, header};
use crate::tab::OfferRecord;
use farthing_protocol::act::Header;
use farthing_protocol::cbor::{Bytes, V1};
use farthing_protocol::code::ProblemCode;
use farthing_protocol::cose::{Object, Signed};
use farthing_protocol::details::{Item, Memo};
use farthing_protocol::handle::HandleBind;
use farthing_protocol::http::{BindBody, PublishBody, SignedBytes};
use farthing_protocol::id::{Digest, Handle, Locator, PayeeKeyHash};
use farthing_protocol::key::{Ed25519Key, Signer as _};
use farthing_protocol::limits::{REQUEST_CONTENT_MAX, REQUEST_LIFE_MAX, STANDING_LIFE_MAX};
use farthing_protocol::money::{Amount, AmountError};
use farthing_protocol::pointer::Pointer;
use farthing_protocol::publication::RequestPublish;
use farthing_protocol::request::{Request, RequestId, Usage, reference};
use farthing_protocol::tab::{HoldOffer, OfferTerms, offer_reference};
use farthing_protocol::time::{Moment, Span, Time};

/// What a payee asks for.
#[derive(Clone, Debug)]
pub struct RequestTerms {
    /// How much; the payer chooses when it is absent.
    pub amount: Option<Amount>,
    /// A few sentences.
    pub memo: Option<Memo>,
    /// What is sold; must add up to the amount.
    pub items: Vec<Item>,
    /// How long it can be paid.
    pub life: Span,
}

/// What a payee offers: a tab, so much for each unit.
#[derive(Clone, Debug)]
pub struct OfferWish {
    /// Price, unit, and what is suggested.
    pub terms: OfferTerms,
    /// A few sentences.
    pub memo: Option<Memo>,
    /// How long it can be accepted.
    pub life: Span,
}

/// What somebody is to fetch: both are published alike.
#[derive(Clone, Debug)]
pub enum Asked {
    /// Money.
    Request(RequestTerms),
    /// A tab.
    Offer(OfferWish),
}

impl Asked {
    const fn amount(&self) -> Option<Amount> {
        match self {
            Self::Request(terms) => terms.amount,
            // A hold's order is bound to no amount: the payer chooses the cap.
            Self::Offer(_) => None,
        }
    }

    const fn life(&self) -> Span {
        match self {
            Self::Request(terms) => terms.life,
            Self::Offer(wish) => wish.life,
        }
    }
}

/// A request that can be paid, or an offer that can be accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeRequest {
    /// Its id.
    pub id: RequestId,
    /// Its link, which is also the QR's text.
    pub link: String,
    /// When it expires.
    pub expires: Time,
}

#[derive(Debug)]
enum Stage {
    Refreshing(Refresh),
    /// The stock was empty: handles are being registered.
    Stocking(FlushActs),
    Binding(FlushActs, RequestId),
}

/// The operation: makes a request, or a tab's offer, and has the verifier bind it before its QR is shown.
#[derive(Debug)]
pub struct MakeRequest {
    asked: Asked,
    usage: Usage,
    stage: Stage,
}

impl MakeRequest {
    /// Asks for `terms`.
    #[must_use]
    pub fn new(terms: RequestTerms) -> Self {
        Self::asking(Asked::Request(terms), Usage::Single)
    }

    /// Asks for either, once or again and again.
    #[must_use]
    pub fn asking(asked: Asked, usage: Usage) -> Self {
        Self { asked, usage, stage: Stage::Refreshing(Refresh::new()) }
    }

    /// Asks for `terms` again and again: on the account's alias, until it expires or is withdrawn.
    #[must_use]
    pub fn standing(terms: RequestTerms) -> Self {
        Self::asking(Asked::Request(terms), Usage::Standing)
    }

    /// `stocked` is what came of filling the stock up, when that was tried.
    fn make(
        &mut self,
        engine: &mut Engine,
        stocked: Option<FlushedActs>,
        now: Moment,
    ) -> Result<Step<MadeRequest>, Error> {
        if self.usage == Usage::Standing {
            return self.publish(engine, now);
        }
        let Some(handle) = engine.store().handles(HandleState::Stocked, 1)?.into_iter().next() else {
            if let Some(flushed) = stocked {
                let problem = |code| Error::Problem { code, detail: None, retry_after_s: None };
                // Taken, and none there: a first contact that found another copy has dropped them meanwhile.
                return Err(problem(flushed.problem.unwrap_or(ProblemCode::HandleNotInStock)));
            }
            let mut flush = FlushActs::new();
            let step = flush.advance(engine, Input::Start, now)?;
            self.stage = Stage::Stocking(flush);
            return match step {
                Step::Call(call) => Ok(Step::Call(call)),
                Step::Done(_) => Err(WalletError::Internal.into()),
            };
        };
        let header = header(engine, now)?;
        let signed = self.sign(engine, &handle.handle, &engine.keys().payee_key(&handle.handle), header.created)?;
        let act = signed.bind(engine, header)?;
        let used = HandleRecord { state: HandleState::Used, ..handle };
        self.send(engine, signed.published, act, vec![Change::Handle(used)], now)
    }

    fn publish(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<MadeRequest>, Error> {
        let header = header(engine, now)?;
        let handle = engine.profile().alias.handle();
        let payee = engine.keys().alias_key(&handle).ok_or(WalletError::NoAliasKey)?;
        let signed = self.sign(engine, &handle, &payee, header.created)?;
        let act = signed.publish(engine, header)?;
        self.send(engine, signed.published, act, Vec::new(), now)
    }

    /// Stored before it is sent; its link is shown when the verifier has it.
    fn send(
        &mut self,
        engine: &mut Engine,
        published: Published,
        act: ActRecord,
        mut changes: Vec<Change>,
        now: Moment,
    ) -> Result<Step<MadeRequest>, Error> {
        let (id, act_id) = (published.record().id, act.id);
        changes.extend([published.put(RequestState::Binding, None), Change::Act(act)]);
        engine.apply(changes)?;
        crash::point(crash::REQUEST_AFTER_STORE);
        let mut flush = FlushActs::only(act_id);
        let step = flush.advance(engine, Input::Start, now)?;
        self.stage = Stage::Binding(flush, id);
        match step {
            Step::Call(call) => Ok(Step::Call(call)),
            Step::Done(_) => Err(WalletError::Internal.into()),
        }
    }

    fn sign(
        &self,
        engine: &mut Engine,
        handle: &Handle,
        payee: &Ed25519Key,
        created: Time,
    ) -> Result<SignedRequest, Error> {
        let id = RequestId::generate(engine.rng());
        let life_max = if self.usage == Usage::Standing { STANDING_LIFE_MAX } else { REQUEST_LIFE_MAX };
        let expires = created.plus(self.asked.life().min(life_max));
        let (profile, usage) = (engine.profile(), self.usage);
        let hpke = match usage {
            Usage::Single => engine.keys().payee_hpke(handle),
            Usage::Standing => engine.keys().alias_hpke(handle).ok_or(WalletError::NoAliasKey)?,
        };
        let (verifier, handle, payee_name) = (profile.verifier, *handle, profile.name.clone());
        let url = profile.url.as_str();
        let (bytes, reference, pointer, content) = match &self.asked {
            Asked::Request(terms) => {
                let items = (!terms.items.is_empty()).then(|| terms.items.clone());
                if let Some(items) = &items {
                    Item::check_bill(items, terms.amount)?;
                }
                let request = Request {
                    version: V1,
                    id,
                    verifier,
                    handle,
                    payee: *payee.public(),
                    hpke: *hpke.public(),
                    amount: terms.amount,
                    created,
                    expires,
                    memo: terms.memo.clone(),
                    items,
                    payee_name,
                    usage,
                };
                let request = sign(request, payee)?;
                let (pointer, content) = seal(url, &request)?;
                (SignedBytes::new(request.bytes().to_vec())?, reference(&request), pointer, content)
            }
            Asked::Offer(wish) => {
                let offer = HoldOffer {
                    version: V1,
                    id,
                    verifier,
                    handle,
                    payee: *payee.public(),
                    hpke: *hpke.public(),
                    created,
                    expires,
                    terms: wish.terms.clone(),
                    memo: wish.memo.clone(),
                    payee_name,
                    usage,
                };
                let offer = sign(offer, payee)?;
                let (pointer, content) = seal(url, &offer)?;
                (SignedBytes::new(offer.bytes().to_vec())?, offer_reference(&offer), pointer, content)
            }
        };
        let payee_key = match usage {
            Usage::Single => payee.public().payee_key_hash(),
            Usage::Standing => {
                PayeeKeyHash::new(*Digest::of_parts(&[b"farthing/1/standing", id.as_bytes()]).as_bytes())
            }
        };
        let record = RequestRecord {
            version: V1,
            id,
            state: RequestState::Binding,
            handle,
            payee_key,
            reference,
            bytes,
            created,
            expires,
            code: None,
            payment: None,
        };
        let published = match self.asked {
            Asked::Request(_) => Published::Request(record),
            Asked::Offer(_) => Published::Offer(OfferRecord { version: V1, published: record, tab: None }),
        };
        Ok(SignedRequest { published, amount: self.asked.amount(), locator: pointer.locator(), content })
    }
}

const TOO_LONG: Error = Error::Wallet(WalletError::MessageTooLong);

/// Signs what is asked for by the key that it names.
fn sign<T: Object>(asked: T, payee: &Ed25519Key) -> Result<Signed<T>, Error> {
    asked.check()?;
    Signed::sign(asked, payee).map_err(|_| TOO_LONG)
}

/// Where it is fetched, and what the verifier keeps of it.
fn seal<T>(url: &str, signed: &Signed<T>) -> Result<(Pointer, Bytes<REQUEST_CONTENT_MAX>), Error> {
    let pointer = Pointer::to(url, signed)?;
    let content = Bytes::new(pointer.seal(signed).map_err(|_| TOO_LONG)?)?;
    Ok((pointer, content))
}

/// A request that is signed and sealed, and not stored.
struct SignedRequest {
    published: Published,
    amount: Option<Amount>,
    locator: Locator,
    content: Bytes<REQUEST_CONTENT_MAX>,
}

impl SignedRequest {
    /// The act that binds its handle.
    fn bind(&self, engine: &Engine, header: Header) -> Result<ActRecord, Error> {
        let RequestRecord { id, handle, expires, reference, .. } = *self.published.record();
        let content = Digest::of(self.content.as_slice());
        let bind = HandleBind::new(header, handle, self.amount, expires, self.locator, content, reference);
        let bind = Signed::sign(bind, engine.keys().session())?;
        let bind = SignedBytes::new(bind.bytes().to_vec())?;
        let body = BindBody { bind, content: self.content.clone() }.encode();
        Ok(ActRecord { id: header.id, kind: ActKind::Bind(id), body, handles: Vec::new() })
    }

    /// The act that publishes it on its alias.
    fn publish(&self, engine: &Engine, header: Header) -> Result<ActRecord, Error> {
        let content = Digest::of(self.content.as_slice());
        let RequestRecord { id, handle, expires, .. } = *self.published.record();
        let publish = RequestPublish::new(header, handle, expires, self.locator, content);
        let publish = Signed::sign(publish, engine.keys().session())?;
        let publish = SignedBytes::new(publish.bytes().to_vec())?;
        let body = PublishBody { publish, content: self.content.clone() }.encode();
        Ok(ActRecord { id: header.id, kind: ActKind::Publish(id), body, handles: Vec::new() })
    }
}

impl Operation for MakeRequest {
    type Output = MadeRequest;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<MadeRequest>, Error> {
        match &mut self.stage {
            Stage::Refreshing(refresh) => {
                if matches!(input, Input::Start) {
                    engine.check_can_pay()?;
                    if self.asked.amount().is_some_and(|a| a.is_zero()) {
                        return Err(AmountError::Zero.into());
                    }
                    if engine.time(now).is_some() {
                        return self.make(engine, None, now);
                    }
                }
                match refresh.advance(engine, input, now)? {
                    Step::Call(call) => Ok(Step::Call(call)),
                    Step::Done(()) => self.make(engine, None, now),
                }
            }
            Stage::Stocking(flush) => match flush.advance(engine, input, now)? {
                Step::Call(call) => Ok(Step::Call(call)),
                Step::Done(flushed) => self.make(engine, Some(flushed), now),
            },
            Stage::Binding(flush, id) => match flush.advance(engine, input, now)? {
                Step::Call(call) => Ok(Step::Call(call)),
                Step::Done(flushed) => {
                    let published = Published::of(engine.store(), id)?.ok_or(WalletError::Internal)?;
                    let record = published.record();
                    match (record.state, flushed.problem) {
                        (RequestState::Open | RequestState::Paid, _) => shown(engine, &published).map(Step::Done),
                        (_, Some(code)) => Err(Error::Problem { code, detail: None, retry_after_s: None }),
                        (RequestState::Failed, None) => Err(failed(record)),
                        // A sync heard the answer first, and its person called it off before this one heard it, too.
                        (_, None) => Err(WalletError::RequestNotOpen.into()),
                    }
                }
            },
        }
    }
}

/// Why a request failed; a sync has heard it first.
fn failed(record: &RequestRecord) -> Error {
    match record.code.and_then(ProblemCode::from_number) {
        Some(code) => Error::Problem { code, detail: None, retry_after_s: None },
        None => WalletError::RequestNotOpen.into(),
    }
}

/// Whether a request of ours is paid once, or again and again.
///
/// # Errors
/// When the stored bytes cannot be read.
pub fn usage_of(record: &RequestRecord) -> Result<Usage, Error> {
    Ok(Signed::<Request>::parse(record.bytes.as_slice())?.claims().usage)
}

/// A request of ours as it can be shown.
///
/// # Errors
/// When the stored bytes cannot be read.
pub fn made(engine: &Engine, record: &RequestRecord) -> Result<MadeRequest, Error> {
    shown(engine, &Published::Request(record.clone()))
}

/// A request or offer of ours as it can be shown.
pub(crate) fn shown(engine: &Engine, published: &Published) -> Result<MadeRequest, Error> {
    let (record, pointer) = (published.record(), published.pointer(engine.profile().url.as_str())?);
    Ok(MadeRequest { id: record.id, link: pointer.link(), expires: record.expires })
}
