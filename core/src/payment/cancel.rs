//! Takes a request or an offer back: cancels its one-time handle, or withdraws what is published on an alias. The states are those of
//! [`super::request`].

use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::payment::published::Published;
use crate::store::{Change, RequestState};
use crate::sync::{FlushActs, FlushedActs, Refresh, cancel_act, withdraw_act};
use farthing_protocol::request::{RequestId, Usage};
use farthing_protocol::time::Moment;

/// The operation: cancels a request or an offer that is open.
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
        let published = Published::of(engine.store(), &self.id)?.ok_or(WalletError::RequestIdUnknown)?;
        let created = engine.time(now).ok_or(WalletError::Internal)?;
        let mut flush = match published.record().state {
            RequestState::Cancelled => return Ok(Step::Done(RequestState::Cancelled)),
            RequestState::Open => {
                let act = match published.usage()? {
                    Usage::Single => cancel_act(engine, self.id, published.record().handle, created)?,
                    Usage::Standing => {
                        let locator = published.pointer(engine.profile().url.as_str())?.locator();
                        withdraw_act(engine, self.id, locator, now)?
                    }
                };
                let id = act.id;
                engine.apply(vec![published.put(RequestState::Cancelling, None), Change::Act(act)])?;
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

    fn after(&self, engine: &Engine, step: Step<FlushedActs>) -> Result<Step<RequestState>, Error> {
        let flushed = match step {
            Step::Call(call) => return Ok(Step::Call(call)),
            Step::Done(flushed) => flushed,
        };
        let published = Published::of(engine.store(), &self.id)?.ok_or(WalletError::RequestIdUnknown)?;
        let state = published.record().state;
        match flushed.problem {
            Some(code) if state != RequestState::Cancelled => {
                Err(Error::Problem { code, detail: None, retry_after_s: None })
            }
            _ => Ok(Step::Done(state)),
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
