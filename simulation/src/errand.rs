//! What a wallet is doing: one of the core's operations on its way, driven step by step.

use crate::sync::Sync;
use farthing_core::devices::ChangeDevices;
use farthing_core::engine::{Engine, Input, Operation, Step};
use farthing_core::error::Error;
use farthing_core::generation::Contact;
use farthing_core::pairing::{Compare, Exchange, PairingId, Progress, Scan, Show};
use farthing_core::payment::{
    Approval, Authorise, CancelRequest, MadeRequest, MakeRequest, Outcome, Prepare, RequestTerms, SendOrder, Target,
};
use farthing_core::store::PaymentId;
use farthing_core::sync::{FlushActs, PullEntries};
use farthing_protocol::details::Memo;
use farthing_protocol::id::DeviceId;
use farthing_protocol::key::Ed25519Key;
use farthing_protocol::money::Amount;
use farthing_protocol::request::RequestId;
use farthing_protocol::time::Moment;

/// An operation on its way. What acts for the account first tells the verifier of this opening, as in the wallet.
pub(crate) struct Errand {
    contact: Option<Contact>,
    task: Task,
}

enum Task {
    Prepare(Prepare, Option<Memo>),
    Authorise(Authorise),
    Send(SendOrder, u32),
    Request(MakeRequest),
    Cancel(CancelRequest),
    Flush(FlushActs),
    Pull(PullEntries),
    Sync(Box<Sync>),
    Show(Box<Show>),
    Scan(Box<Scan>),
    Exchange(Exchange),
    Change(Box<ChangeDevices>),
}

/// What came of it.
pub(crate) enum Done {
    Prepared(PaymentId, Option<Memo>),
    Authorised(PaymentId),
    /// With the number of the try.
    Sent(Outcome, u32),
    Requested(MadeRequest),
    Synced,
    /// The network was in the way: the same once more, in a little while.
    Again(Box<Errand>),
    /// The codes of a meeting can be compared.
    Comparing(Box<Compare>),
    Changed,
    Nothing,
}

impl Errand {
    const fn told(task: Task) -> Self {
        Self { contact: Some(Contact::new()), task }
    }

    const fn plain(task: Task) -> Self {
        Self { contact: None, task }
    }

    pub(crate) fn prepare(target: Target, amount: Option<Amount>, memo: Option<Memo>) -> Self {
        Self::told(Task::Prepare(Prepare::new(target, amount, memo.clone()), memo))
    }

    pub(crate) fn authorise(approval: Approval) -> Self {
        Self::told(Task::Authorise(Authorise::new(approval)))
    }

    pub(crate) const fn send(payment: PaymentId, tries: u32) -> Self {
        Self::plain(Task::Send(SendOrder::new(payment), tries))
    }

    pub(crate) fn request(terms: RequestTerms) -> Self {
        Self::told(Task::Request(MakeRequest::new(terms)))
    }

    pub(crate) fn cancel(id: RequestId) -> Self {
        Self::told(Task::Cancel(CancelRequest::new(id)))
    }

    pub(crate) fn flush() -> Self {
        Self::plain(Task::Flush(FlushActs::new()))
    }

    pub(crate) const fn pull() -> Self {
        Self::plain(Task::Pull(PullEntries::new()))
    }

    pub(crate) fn sync() -> Self {
        Self::plain(Task::Sync(Box::new(Sync::new())))
    }

    pub(crate) fn show(show: Show) -> Self {
        Self::plain(Task::Show(Box::new(show)))
    }

    pub(crate) fn scan(scan: Scan) -> Self {
        Self::plain(Task::Scan(Box::new(scan)))
    }

    pub(crate) const fn exchange(id: PairingId) -> Self {
        Self::plain(Task::Exchange(Exchange::once(id)))
    }

    pub(crate) fn revoke(account: Ed25519Key, device: DeviceId) -> Self {
        Self::told(Task::Change(Box::new(ChangeDevices::revoke(account, device))))
    }

    pub(crate) const fn is_sync(&self) -> bool {
        matches!(self.task, Task::Sync(_))
    }

    pub(crate) const fn is_meeting(&self) -> bool {
        matches!(self.task, Task::Show(_) | Task::Scan(_))
    }

    /// For the trace.
    pub(crate) const fn name(&self) -> &'static str {
        match self.task {
            Task::Prepare(..) => "prepare",
            Task::Authorise(_) => "authorise",
            Task::Send(..) => "send",
            Task::Request(_) => "request",
            Task::Cancel(_) => "cancel",
            Task::Flush(_) => "flush",
            Task::Pull(_) => "pull",
            Task::Sync(_) => "sync",
            Task::Show(_) => "show",
            Task::Scan(_) => "scan",
            Task::Exchange(_) => "exchange",
            Task::Change(_) => "change of devices",
        }
    }

    pub(crate) fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<Done>, Error> {
        let Some(contact) = &mut self.contact else { return self.task.advance(engine, input, now) };
        match contact.advance(engine, input, now)? {
            Step::Call(call) => Ok(Step::Call(call)),
            Step::Done(()) => {
                self.contact = None;
                self.task.advance(engine, Input::Start, now)
            }
        }
    }
}

impl Task {
    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<Done>, Error> {
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
            Self::Show(show) => map(show.advance(engine, input, now)?, |p| met(p, Errand::show)),
            Self::Scan(scan) => map(scan.advance(engine, input, now)?, |p| met(p, Errand::scan)),
            Self::Exchange(operation) => map(operation.advance(engine, input, now)?, |_| Done::Nothing),
            Self::Change(operation) => map(operation.advance(engine, input, now)?, |()| Done::Changed),
        })
    }
}

fn map<T>(step: Step<T>, done: impl FnOnce(T) -> Done) -> Step<Done> {
    match step {
        Step::Call(call) => Step::Call(call),
        Step::Done(output) => Step::Done(done(output)),
    }
}

fn met<T>(progress: Progress<T>, again: impl FnOnce(T) -> Errand) -> Done {
    match progress {
        Progress::Later(same) => Done::Again(Box::new(again(same))),
        Progress::Ready(compare) => Done::Comparing(Box::new(compare)),
    }
}
