//! What a wallet is doing: one of the core's operations on its way, driven step by step.

use farthing_core::engine::{Engine, Input, Operation, Step};
use farthing_core::enrol::Enrol;
use farthing_core::error::{Error, WalletError};
use farthing_core::payment::{
    Approval, Authorise, CancelRequest, MadeRequest, MakeRequest, Outcome, Prepare, RequestTerms, SendOrder, Target,
};
use farthing_core::store::{PaymentId, ProfileState};
use farthing_core::sync::{FlushActs, PullEntries, Refresh};
use farthing_protocol::details::Memo;
use farthing_protocol::money::Amount;
use farthing_protocol::request::RequestId;
use farthing_protocol::time::Moment;
use std::collections::VecDeque;

/// Unfinished payments that one sync looks at, as in the wallet's own sync.
const SYNC_MAX: usize = 1_000;

/// An operation on its way.
pub(crate) enum Errand {
    Prepare(Prepare, Option<Memo>),
    Authorise(Authorise),
    Send(SendOrder, u32),
    Request(MakeRequest),
    Cancel(CancelRequest),
    Flush(FlushActs),
    Pull(PullEntries),
    Sync(Sync),
}

/// What came of it.
pub(crate) enum Done {
    Prepared(PaymentId, Option<Memo>),
    Authorised(PaymentId),
    /// With the number of the try.
    Sent(Outcome, u32),
    Requested(MadeRequest),
    Synced,
    Nothing,
}

impl Errand {
    pub(crate) fn prepare(target: Target, amount: Option<Amount>, memo: Option<Memo>) -> Self {
        Self::Prepare(Prepare::new(target, amount, memo.clone()), memo)
    }

    pub(crate) fn authorise(approval: Approval) -> Self {
        Self::Authorise(Authorise::new(approval))
    }

    pub(crate) const fn send(payment: PaymentId, tries: u32) -> Self {
        Self::Send(SendOrder::new(payment), tries)
    }

    pub(crate) fn request(terms: RequestTerms) -> Self {
        Self::Request(MakeRequest::new(terms))
    }

    pub(crate) fn cancel(id: RequestId) -> Self {
        Self::Cancel(CancelRequest::new(id))
    }

    pub(crate) fn flush() -> Self {
        Self::Flush(FlushActs::new())
    }

    pub(crate) const fn pull() -> Self {
        Self::Pull(PullEntries::new())
    }

    pub(crate) const fn sync() -> Self {
        Self::Sync(Sync { stage: Stage::New, unfinished: VecDeque::new() })
    }

    pub(crate) const fn is_sync(&self) -> bool {
        matches!(self, Self::Sync(_))
    }

    /// For the trace.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Prepare(..) => "prepare",
            Self::Authorise(_) => "authorise",
            Self::Send(..) => "send",
            Self::Request(_) => "request",
            Self::Cancel(_) => "cancel",
            Self::Flush(_) => "flush",
            Self::Pull(_) => "pull",
            Self::Sync(_) => "sync",
        }
    }

    pub(crate) fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<Done>, Error> {
        Ok(match self {
            Self::Prepare(operation, memo) => {
                map(operation.advance(engine, input, now)?, |id| Done::Prepared(id, memo.clone()))
            }
            Self::Authorise(operation) => map(operation.advance(engine, input, now)?, Done::Authorised),
            Self::Send(operation, tries) => map(operation.advance(engine, input, now)?, |o| Done::Sent(o, *tries)),
            Self::Request(operation) => map(operation.advance(engine, input, now)?, Done::Requested),
            Self::Cancel(operation) => map(operation.advance(engine, input, now)?, |_| Done::Nothing),
            Self::Flush(operation) => map(operation.advance(engine, input, now)?, |_| Done::Nothing),
            Self::Pull(operation) => map(operation.advance(engine, input, now)?, |_| Done::Nothing),
            Self::Sync(sync) => map(sync.advance(engine, input, now)?, |()| Done::Synced),
        })
    }
}

fn map<T>(step: Step<T>, done: impl FnOnce(T) -> Done) -> Step<Done> {
    match step {
        Step::Call(call) => Step::Call(call),
        Step::Done(output) => Step::Done(done(output)),
    }
}

/// The operations of the wallet's sync, in its order: enrolment, status, unfinished payments, acts, entries.
pub(crate) struct Sync {
    stage: Stage,
    unfinished: VecDeque<PaymentId>,
}

enum Stage {
    New,
    Enrolling(Enrol),
    Refreshing(Refresh),
    Sending(SendOrder),
    Flushing(FlushActs),
    Pulling(PullEntries),
}

impl Sync {
    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<()>, Error> {
        let mut input = Some(input);
        loop {
            let told = input.take().unwrap_or(Input::Start);
            let call = match &mut self.stage {
                Stage::New => None,
                Stage::Enrolling(operation) => call(operation.advance(engine, told, now)?),
                Stage::Refreshing(operation) => call(operation.advance(engine, told, now)?),
                Stage::Sending(operation) => call(operation.advance(engine, told, now)?),
                Stage::Flushing(operation) => call(operation.advance(engine, told, now)?),
                Stage::Pulling(operation) => match call(operation.advance(engine, told, now)?) {
                    None => return Ok(Step::Done(())),
                    call => call,
                },
            };
            match call {
                Some(call) => return Ok(Step::Call(call)),
                None => self.stage = self.after(engine)?,
            }
        }
    }

    /// What comes after the stage that has ended.
    fn after(&mut self, engine: &Engine) -> Result<Stage, Error> {
        Ok(match self.stage {
            Stage::New if matches!(engine.profile().state, ProfileState::Enrolling(_)) => {
                Stage::Enrolling(Enrol::new())
            }
            Stage::New | Stage::Enrolling(_) => Stage::Refreshing(Refresh::new()),
            Stage::Refreshing(_) => {
                self.unfinished = engine.store().unfinished(SYNC_MAX)?.into_iter().map(|p| p.id).collect();
                self.next_payment()
            }
            Stage::Sending(_) => self.next_payment(),
            Stage::Flushing(_) => Stage::Pulling(PullEntries::new()),
            Stage::Pulling(_) => return Err(WalletError::Internal.into()),
        })
    }

    fn next_payment(&mut self) -> Stage {
        self.unfinished
            .pop_front()
            .map_or_else(|| Stage::Flushing(FlushActs::new()), |id| Stage::Sending(SendOrder::new(id)))
    }
}

fn call<T>(step: Step<T>) -> Option<farthing_protocol::http::Call> {
    match step {
        Step::Call(call) => Some(call),
        Step::Done(_) => None,
    }
}
