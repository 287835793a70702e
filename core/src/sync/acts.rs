//! Sends the session acts that the verifier has not answered: the same bytes, until it does.
//!
//! | answer | register | bind, publish | cancel, withdraw |
//! |---|---|---|---|
//! | 204 | handles are in stock | the request is open | the request is cancelled |
//! | a problem that may pass | kept | kept | kept |
//! | another problem | handles are dropped from stock | the request failed, its handle is cancelled | the request is as it was, or paid |
//! | none | kept | kept | kept |

use crate::crash;
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::generation;
use crate::payment::aliases;
use crate::payment::published::Published;
use crate::store::{ActKind, ActRecord, Change, HandleRecord, HandleState, RequestState};
use crate::sync::undone;
use farthing_protocol::act::Header;
use farthing_protocol::cbor::V1;
use farthing_protocol::code::ProblemCode;
use farthing_protocol::cose::Signed;
use farthing_protocol::handle::{HandleCancel, HandleRegister, StockedHandle};
use farthing_protocol::http::{Call, MEDIA_CBOR, MEDIA_COSE, Problem, Reply};
use farthing_protocol::id::{ActId, Handle, Locator};
use farthing_protocol::key::Signer as _;
use farthing_protocol::limits::HANDLE_STOCK;
use farthing_protocol::publication::RequestWithdraw;
use farthing_protocol::request::RequestId;
use farthing_protocol::time::{Moment, Time};
use std::collections::VecDeque;

/// Acts that one flush sends at most; the rest waits for the next.
const FLUSH_MAX: usize = 100;
/// New handles are registered when fewer than this many are left.
const STOCK_LOW: usize = HANDLE_STOCK / 2;

/// What became of the acts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlushedActs {
    /// Answered, either way.
    pub answered: u64,
    /// Not answered; kept.
    pub waiting: u64,
    /// The last answer that was a problem.
    pub problem: Option<ProblemCode>,
}

/// The operation.
#[derive(Debug, Default)]
pub struct FlushActs {
    /// Only this act, when set.
    only: Option<ActId>,
    queue: VecDeque<ActRecord>,
    sent: Option<ActRecord>,
    flushed: FlushedActs,
    replenished: bool,
}

impl FlushActs {
    /// Sends all that wait, and registers new handles when few are left.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends one act.
    #[must_use]
    pub fn only(act: ActId) -> Self {
        Self { only: Some(act), ..Self::default() }
    }

    fn next(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<FlushedActs>, Error> {
        if self.queue.is_empty() && self.only.is_none() && !self.replenished {
            self.replenished = true;
            if let Some(act) = replenish(engine, now)? {
                self.queue.push_back(act);
            }
        }
        let Some(act) = self.queue.pop_front() else { return Ok(Step::Done(self.flushed.clone())) };
        let call = call(&act);
        self.sent = Some(act);
        Ok(Step::Call(call))
    }
}

impl Operation for FlushActs {
    type Output = FlushedActs;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<FlushedActs>, Error> {
        match input {
            Input::Start => {
                // A single act is found however many wait before it.
                let limit = if self.only.is_some() { usize::MAX } else { FLUSH_MAX };
                let wanted = |act: &ActRecord| self.only.is_none_or(|id| act.id == id);
                self.queue = engine.store().acts(limit)?.into_iter().filter(wanted).collect();
            }
            Input::Reply(reply) => {
                if let Some(act) = self.sent.take() {
                    let reply = reply.inspect_err(|_| self.flushed.waiting += 1)?;
                    self.answer(engine, &act, &reply, now)?;
                }
            }
        }
        self.next(engine, now)
    }
}

impl FlushActs {
    fn answer(&mut self, engine: &mut Engine, act: &ActRecord, reply: &Reply, now: Moment) -> Result<(), Error> {
        if !engine.store().acts(usize::MAX)?.iter().any(|waiting| waiting.id == act.id) {
            // Another flush has heard the answer before. What is said of it since, after a cancellation for example, is not it.
            return Ok(());
        }
        let problem = undone(reply);
        if let Some(problem) = &problem {
            self.flushed.problem = Some(problem.code);
            if may_pass(problem) {
                self.flushed.waiting += 1;
                return Ok(());
            }
        }
        self.flushed.answered += 1;
        let at = engine.time_or_wall(now);
        let mut changes = vec![Change::DropAct(act.id)];
        match act.kind {
            ActKind::Register => {
                for handle in &act.handles {
                    // Only once: when the same act is answered twice, its handles may be in use already.
                    let registering = |h: &HandleRecord| h.state == HandleState::Registering;
                    if let Some(record) = engine.store().handle(handle)?.filter(registering) {
                        // A handle that was refused is never used; its record stays, so that its key stays known.
                        let state = if problem.is_none() { HandleState::Stocked } else { HandleState::Used };
                        changes.push(Change::Handle(HandleRecord { state, ..record }));
                    }
                }
                if problem.as_ref().is_some_and(|problem| problem.code == ProblemCode::StockFull) {
                    // Full of what another copy has registered: without this, no handle would ever be taken again.
                    changes.extend(generation::doubt(engine.store())?);
                }
            }
            ActKind::Bind(id) => {
                changes.extend(bound(engine, &id, problem.as_ref(), at)?);
                if problem.as_ref().is_some_and(|problem| problem.code == ProblemCode::HandleNotInStock) {
                    changes.extend(generation::doubt(engine.store())?);
                }
                if problem.as_ref().is_some_and(|problem| problem.code != ProblemCode::HandleNotInStock) {
                    // Its handle is never used again: at the verifier it would take a place in the stock for ever.
                    let cancel = give_up(engine, &id, at)?;
                    self.queue.extend(cancel.iter().filter(|_| self.only.is_none()).cloned());
                    changes.extend(cancel.map(Change::Act));
                }
            }
            ActKind::Publish(id) => changes.extend(bound(engine, &id, problem.as_ref(), at)?),
            ActKind::Cancel(id) | ActKind::Withdraw(id) => {
                changes.extend(cancelled(engine, &id, problem.as_ref(), at)?);
            }
            ActKind::Alias => {
                let code = problem.as_ref().map(|problem| problem.code.number());
                for handle in &act.handles {
                    changes.extend(aliases::answered(engine.store(), handle, code, at)?);
                }
            }
            // Their secrets are kept either way; when the verifier has too few, others are made.
            ActKind::Prekeys => {}
        }
        crash::point(crash::ACT_AFTER_ANSWER);
        engine.apply(changes)
    }
}

/// A problem that says nothing about the act itself.
fn may_pass(problem: &Problem) -> bool {
    // A handle that the verifier does not know will not become known by asking again.
    (problem.code.is_retryable() && problem.code != ProblemCode::RequestUnknown)
        || problem.code == ProblemCode::CreatedAhead
}

fn call(act: &ActRecord) -> Call {
    match act.kind {
        ActKind::Register => Call::post("/v1/handles", MEDIA_COSE, act.body.clone()),
        ActKind::Bind(_) => Call::post("/v1/requests", MEDIA_CBOR, act.body.clone()),
        ActKind::Cancel(_) => Call::post("/v1/cancellations", MEDIA_COSE, act.body.clone()),
        ActKind::Alias => Call::post("/v1/aliases", MEDIA_CBOR, act.body.clone()),
        ActKind::Publish(_) => Call::post("/v1/publications", MEDIA_CBOR, act.body.clone()),
        ActKind::Withdraw(_) => Call::post("/v1/withdrawals", MEDIA_COSE, act.body.clone()),
        ActKind::Prekeys => Call::post("/v1/prekeys", MEDIA_COSE, act.body.clone()),
    }
}

fn bound(engine: &Engine, id: &RequestId, problem: Option<&Problem>, at: Time) -> Result<Vec<Change>, Error> {
    let Some(published) = Published::in_state(engine.store(), id, RequestState::Binding)? else {
        return Ok(Vec::new());
    };
    let (state, code, kind) = match problem.map(|problem| problem.code.number()) {
        None => (RequestState::Open, None, published.open()),
        Some(code) => (RequestState::Failed, Some(code), published.failed(code)),
    };
    Ok(vec![published.put(state, code), Change::Event { at, kind }])
}

/// The act that takes the handle of a request that failed out of the verifier's stock.
fn give_up(engine: &mut Engine, id: &RequestId, created: Time) -> Result<Option<ActRecord>, Error> {
    let failed = Published::in_state(engine.store(), id, RequestState::Binding)?;
    failed.map(|failed| cancel_act(engine, *id, failed.record().handle, created)).transpose()
}

/// A signed act that takes a standing request away.
pub(crate) fn withdraw_act(
    engine: &mut Engine,
    request: RequestId,
    locator: Locator,
    now: Moment,
) -> Result<ActRecord, Error> {
    let header = header(engine, now)?;
    let body = Signed::sign(RequestWithdraw::new(header, locator), engine.keys().session())?.bytes().to_vec();
    Ok(ActRecord { id: header.id, kind: ActKind::Withdraw(request), body, handles: Vec::new() })
}

/// A signed cancel act for a request's handle.
pub(crate) fn cancel_act(
    engine: &mut Engine,
    request: RequestId,
    handle: Handle,
    created: Time,
) -> Result<ActRecord, Error> {
    let id = ActId::generate(created, engine.rng());
    let profile = engine.profile();
    let cancel = HandleCancel {
        version: V1,
        verifier: profile.verifier,
        account: profile.account,
        device: profile.device,
        id,
        created,
        handle,
    };
    let body = Signed::sign(cancel, engine.keys().session())?.bytes().to_vec();
    Ok(ActRecord { id, kind: ActKind::Cancel(request), body, handles: Vec::new() })
}

fn cancelled(engine: &Engine, id: &RequestId, problem: Option<&Problem>, at: Time) -> Result<Vec<Change>, Error> {
    let Some(published) = Published::in_state(engine.store(), id, RequestState::Cancelling)? else {
        return Ok(Vec::new());
    };
    match problem {
        None => {
            let kind = published.cancelled();
            Ok(vec![published.put(RequestState::Cancelled, None), Change::Event { at, kind }])
        }
        Some(problem) => {
            // Paid meanwhile: the credit arrives by the ledger, or has arrived.
            let state = if published.is_used() { RequestState::Paid } else { RequestState::Open };
            Ok(vec![published.put(state, Some(problem.code.number()))])
        }
    }
}

/// Makes and stores a register act when the stock is low.
fn replenish(engine: &mut Engine, now: Moment) -> Result<Option<ActRecord>, Error> {
    let stocked = engine.store().handles(HandleState::Stocked, HANDLE_STOCK)?.len();
    let registering = engine.store().handles(HandleState::Registering, HANDLE_STOCK)?.len();
    // Until its act is answered, the handle of a request may be in stock at the verifier, too.
    let waiting = engine
        .store()
        .acts(FLUSH_MAX)?
        .iter()
        .filter(|act| matches!(act.kind, ActKind::Bind(_) | ActKind::Cancel(_)))
        .count();
    let room = HANDLE_STOCK.saturating_sub(stocked + registering + waiting);
    let (Some(created), true) = (engine.time(now), stocked + registering < STOCK_LOW && room > 0) else {
        return Ok(None);
    };
    let (act, handles) = register_act(engine, room, created)?;
    let mut changes: Vec<Change> = handles.into_iter().map(Change::Handle).collect();
    changes.push(Change::Act(act.clone()));
    engine.apply(changes)?;
    Ok(Some(act))
}

/// A signed register act for fresh handles, with their records.
pub(crate) fn register_act(
    engine: &mut Engine,
    count: usize,
    created: Time,
) -> Result<(ActRecord, Vec<HandleRecord>), Error> {
    let fresh: Vec<Handle> = (0..count).map(|_| Handle::generate(engine.rng())).collect();
    let id = ActId::generate(created, engine.rng());
    let profile = engine.profile();
    let act = sign_register(
        engine.keys(),
        &fresh,
        &HandleRegister {
            version: V1,
            verifier: profile.verifier,
            account: profile.account,
            device: profile.device,
            id,
            created,
            handles: Vec::new(),
        },
    )?;
    let records = records(&act.1);
    Ok((ActRecord { id, kind: ActKind::Register, body: act.0, handles: fresh }, records))
}

/// The first members of a session act that this device makes now.
///
/// # Errors
/// Before this process has heard the verifier's time.
pub(crate) fn header(engine: &mut Engine, now: Moment) -> Result<Header, Error> {
    let created = engine.time(now).ok_or(WalletError::Internal)?;
    let id = ActId::generate(created, engine.rng());
    let profile = engine.profile();
    Ok(Header { verifier: profile.verifier, account: profile.account, device: profile.device, id, created })
}

/// Signs a register act whose handles are filled in.
pub(crate) fn sign_register(
    keys: &crate::keys::device::DeviceKeys,
    fresh: &[Handle],
    act: &HandleRegister,
) -> Result<(Vec<u8>, Vec<StockedHandle>), Error> {
    let stocked = |handle: &Handle| StockedHandle { handle: *handle, payee: *keys.payee_key(handle).public() };
    let handles: Vec<StockedHandle> = fresh.iter().map(stocked).collect();
    let signed = Signed::sign(HandleRegister { handles: handles.clone(), ..act.clone() }, keys.session())?;
    Ok((signed.bytes().to_vec(), handles))
}

/// The records of handles that are being registered.
pub(crate) fn records(handles: &[StockedHandle]) -> Vec<HandleRecord> {
    handles
        .iter()
        .map(|h| HandleRecord {
            handle: h.handle,
            payee_key: h.payee.payee_key_hash(),
            state: HandleState::Registering,
        })
        .collect()
}
