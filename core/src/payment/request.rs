//! Requests: a payee asks for money (wire decisions 13 to 15).
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
//! | state | after a kill |
//! |---|---|
//! | `Binding` | the stored act is sent again; until it is answered the QR is not shown |
//! | `Open` | nothing; it ends by a credit, by cancelling, or by its expiry, which the verifier enforces |
//! | `Cancelling` | the stored act is sent again |
//! | `Paid`, `Cancelled`, `Failed` | nothing |

use crate::crash;
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::store::{ActKind, ActRecord, Change, HandleRecord, HandleState, RequestRecord, RequestState};
use crate::sync::{FlushActs, FlushedActs, Refresh, cancel_act};
use farthing_protocol::cbor::{Bytes, V1};
use farthing_protocol::cose::Signed;
use farthing_protocol::details::{Item, Memo};
use farthing_protocol::handle::HandleBind;
use farthing_protocol::http::{BindBody, SignedBytes};
use farthing_protocol::id::{ActId, Digest};
use farthing_protocol::key::Signer as _;
use farthing_protocol::limits::REQUEST_LIFE_MAX;
use farthing_protocol::money::{Amount, AmountError};
use farthing_protocol::pointer::Pointer;
use farthing_protocol::request::{Request, RequestId, Usage, reference};
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

/// A request that can be paid.
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

/// The operation: makes a request and has the verifier bind it before its QR is shown.
#[derive(Debug)]
pub struct MakeRequest {
    terms: RequestTerms,
    stage: Stage,
}

impl MakeRequest {
    /// Asks for `terms`.
    #[must_use]
    pub fn new(terms: RequestTerms) -> Self {
        Self { terms, stage: Stage::Refreshing(Refresh::new()) }
    }

    /// `stocked` is what came of filling the stock up, when that was tried.
    fn make(
        &mut self,
        engine: &mut Engine,
        stocked: Option<FlushedActs>,
        now: Moment,
    ) -> Result<Step<MadeRequest>, Error> {
        let Some(handle) = engine.store().handles(HandleState::Stocked, 1)?.into_iter().next() else {
            if let Some(flushed) = stocked {
                let problem = |code| Error::Problem { code, detail: None, retry_after_s: None };
                return Err(flushed.problem.map_or(WalletError::VerifierMisbehaved.into(), problem));
            }
            let mut flush = FlushActs::new();
            let step = flush.advance(engine, Input::Start, now)?;
            self.stage = Stage::Stocking(flush);
            return match step {
                Step::Call(call) => Ok(Step::Call(call)),
                Step::Done(_) => Err(WalletError::Internal.into()),
            };
        };
        let time = engine.time(now).ok_or(WalletError::Internal)?;
        let (request, act) = self.sign(engine, &handle, time)?;
        let (id, act_id) = (request.id, act.id);
        let used = HandleRecord { state: HandleState::Used, ..handle };
        engine.apply(vec![Change::Request(request), Change::Handle(used), Change::Act(act)])?;
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
        handle: &HandleRecord,
        created: Time,
    ) -> Result<(RequestRecord, ActRecord), Error> {
        let id = RequestId::generate(engine.rng());
        let act_id = ActId::generate(created, engine.rng());
        let life = if self.terms.life > REQUEST_LIFE_MAX { REQUEST_LIFE_MAX } else { self.terms.life };
        let expires = created.plus(life);
        let profile = engine.profile();
        let payee = engine.keys().payee_key(&handle.handle);
        let items = (!self.terms.items.is_empty()).then(|| self.terms.items.clone());
        if let Some(items) = &items {
            Item::check_bill(items, self.terms.amount)?;
        }
        let request = Request {
            version: V1,
            id,
            verifier: profile.verifier,
            handle: handle.handle,
            payee: *payee.public(),
            hpke: *engine.keys().payee_hpke(&handle.handle).public(),
            amount: self.terms.amount,
            created,
            expires,
            memo: self.terms.memo.clone(),
            items,
            payee_name: profile.name.clone(),
            usage: Usage::Single,
        };
        farthing_protocol::cose::Object::check(&request)?;
        const TOO_LONG: Error = Error::Wallet(WalletError::MessageTooLong);
        let request = Signed::sign(request, &payee).map_err(|_| TOO_LONG)?;
        let pointer = Pointer::to(profile.url.as_str(), &request)?;
        let content = Bytes::new(pointer.seal(&request).map_err(|_| TOO_LONG)?)?;
        let reference = reference(&request);
        let bind = HandleBind {
            version: V1,
            verifier: profile.verifier,
            account: profile.account,
            device: profile.device,
            id: act_id,
            created,
            handle: handle.handle,
            amount: self.terms.amount,
            expires,
            locator: pointer.locator(),
            content: Digest::of(content.as_slice()),
            reference,
        };
        let bind = Signed::sign(bind, engine.keys().session())?;
        let body = BindBody { bind: SignedBytes::new(bind.bytes().to_vec())?, content }.encode();
        let record = RequestRecord {
            version: V1,
            id,
            state: RequestState::Binding,
            handle: handle.handle,
            payee_key: handle.payee_key,
            reference,
            bytes: SignedBytes::new(request.bytes().to_vec())?,
            created,
            expires,
            code: None,
            payment: None,
        };
        Ok((record, ActRecord { id: act_id, kind: ActKind::Bind(id), body, handles: Vec::new() }))
    }
}

impl Operation for MakeRequest {
    type Output = MadeRequest;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<MadeRequest>, Error> {
        match &mut self.stage {
            Stage::Refreshing(refresh) => {
                if matches!(input, Input::Start) {
                    engine.check_can_pay()?;
                    if self.terms.amount.is_some_and(|a| a.is_zero()) {
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
                    let record = engine.store().request(id)?.ok_or(WalletError::Internal)?;
                    match (record.state, flushed.problem) {
                        (RequestState::Open | RequestState::Paid, _) => made(engine, &record).map(Step::Done),
                        (_, Some(code)) => Err(Error::Problem { code, detail: None, retry_after_s: None }),
                        (_, None) => Err(WalletError::Internal.into()),
                    }
                }
            },
        }
    }
}

/// A request of ours as it can be shown.
///
/// # Errors
/// When the stored bytes cannot be read.
pub fn made(engine: &Engine, record: &RequestRecord) -> Result<MadeRequest, Error> {
    let request = Signed::<Request>::parse(record.bytes.as_slice())?;
    let pointer = Pointer::to(engine.profile().url.as_str(), &request)?;
    Ok(MadeRequest { id: record.id, link: pointer.link(), expires: record.expires })
}

/// The operation: cancels a request that is open.
#[derive(Debug)]
pub struct CancelRequest {
    id: RequestId,
    refresh: Refresh,
    flush: Option<FlushActs>,
}

impl CancelRequest {
    /// Cancels request `id`.
    #[must_use]
    pub fn new(id: RequestId) -> Self {
        Self { id, refresh: Refresh::new(), flush: None }
    }

    fn cancel(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<RequestState>, Error> {
        let mut request = engine.store().request(&self.id)?.ok_or(WalletError::RequestIdUnknown)?;
        let created = engine.time(now).ok_or(WalletError::Internal)?;
        let mut flush = match request.state {
            RequestState::Cancelled => return Ok(Step::Done(RequestState::Cancelled)),
            RequestState::Open => {
                let act = cancel_act(engine, self.id, request.handle, created)?;
                let id = act.id;
                request.state = RequestState::Cancelling;
                engine.apply(vec![Change::Request(request), Change::Act(act)])?;
                FlushActs::only(id)
            }
            // The act is stored already: send what waits.
            RequestState::Cancelling => FlushActs::new(),
            _ => return Err(WalletError::RequestNotOpen.into()),
        };
        let step = flush.advance(engine, Input::Start, now)?;
        self.flush = Some(flush);
        self.after(engine, step)
    }

    fn after(&self, engine: &Engine, step: Step<crate::sync::FlushedActs>) -> Result<Step<RequestState>, Error> {
        let flushed = match step {
            Step::Call(call) => return Ok(Step::Call(call)),
            Step::Done(flushed) => flushed,
        };
        let request = engine.store().request(&self.id)?.ok_or(WalletError::RequestIdUnknown)?;
        match flushed.problem {
            Some(code) if request.state != RequestState::Cancelled => {
                Err(Error::Problem { code, detail: None, retry_after_s: None })
            }
            _ => Ok(Step::Done(request.state)),
        }
    }
}

impl Operation for CancelRequest {
    type Output = RequestState;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<RequestState>, Error> {
        if let Some(flush) = &mut self.flush {
            let step = flush.advance(engine, input, now)?;
            return self.after(engine, step);
        }
        if matches!(input, Input::Start) && engine.time(now).is_some() {
            return self.cancel(engine, now);
        }
        match self.refresh.advance(engine, input, now)? {
            Step::Call(call) => Ok(Step::Call(call)),
            Step::Done(()) => self.cancel(engine, now),
        }
    }
}
