//! What a wallet is doing: one of the core's operations on its way, driven step by step.

use crate::sync::Sync;
use farthing_core::devices::ChangeDevices;
use farthing_core::engine::{Engine, Input, Operation, Step};
use farthing_core::error::Error;
use farthing_core::generation::Contact;
use farthing_core::keys::vault::Vault;
use farthing_core::offline::{
    AllowanceApproval, AllowanceOutcome, AllowanceWish, AuthoriseAllowance, ClaimOffline, PrepareAllowance,
    RevokeAllowance, SendAllowance,
};
use farthing_core::pairing::{Compare, Exchange, PairingId, Progress, Scan, Show};
use farthing_core::payment::{
    Approval, Asked, Authorise, CancelRequest, MadeRequest, MakeRequest, OfferWish, Outcome, Prepare, RequestTerms,
    SendOrder, Target,
};
use farthing_core::store::PaymentId;
use farthing_core::sync::{FlushActs, PullEntries};
use farthing_core::tab::{
    AuthoriseTab, ClaimTabs, Claimable, CloseTab, PrepareChange, PrepareTab, ReleaseTab, SendTab, TabApproval, TabId,
    TabOutcome, TabTarget, TabTerms,
};
use farthing_protocol::details::Memo;
use farthing_protocol::id::DeviceId;
use farthing_protocol::key::Ed25519Key;
use farthing_protocol::money::Amount;
use farthing_protocol::offline::AllowanceId;
use farthing_protocol::request::{RequestId, Usage};
use farthing_protocol::time::{Moment, Span};
use std::sync::Arc;

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
    Offer(MakeRequest),
    PrepareTab(Box<PrepareTab>),
    RaiseTab(Box<PrepareChange>),
    AuthoriseTab(Box<AuthoriseTab>),
    CloseTab(CloseTab),
    SendTab(SendTab),
    Claim(ClaimTabs),
    Release(ReleaseTab),
    PrepareAllowance(Box<PrepareAllowance>),
    AuthoriseAllowance(Box<AuthoriseAllowance>),
    SendAllowance(SendAllowance),
    RevokeAllowance(Box<RevokeAllowance>),
    ClaimOffline(Box<ClaimOffline>),
}

/// What came of it.
pub(crate) enum Done {
    Prepared(PaymentId, Option<Memo>),
    Authorised(PaymentId),
    /// With the number of the try.
    Sent(Outcome, u32),
    Requested(MadeRequest),
    Offered(MadeRequest),
    TabPrepared(TabId),
    /// Something of a tab is signed and stored, to be sent.
    TabSigned(TabId),
    TabSent(TabOutcome),
    AllowancePrepared(PaymentId),
    /// Something of an allowance is signed and stored, to be sent.
    AllowanceSigned(AllowanceId),
    AllowanceSent(AllowanceOutcome),
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

    pub(crate) fn offer(wish: OfferWish, usage: Usage) -> Self {
        Self::told(Task::Offer(MakeRequest::asking(Asked::Offer(wish), usage)))
    }

    pub(crate) fn prepare_tab(target: TabTarget, terms: TabTerms) -> Self {
        Self::told(Task::PrepareTab(Box::new(PrepareTab::new(target, terms))))
    }

    pub(crate) fn raise_tab(id: TabId, cap: Option<Amount>, longer: Span) -> Self {
        Self::told(Task::RaiseTab(Box::new(PrepareChange::new(id, cap, longer))))
    }

    pub(crate) fn authorise_tab(approval: TabApproval) -> Self {
        Self::told(Task::AuthoriseTab(Box::new(AuthoriseTab::new(approval))))
    }

    pub(crate) fn close_tab(id: TabId) -> Self {
        Self::told(Task::CloseTab(CloseTab::new(id)))
    }

    pub(crate) const fn send_tab(id: TabId) -> Self {
        Self::plain(Task::SendTab(SendTab::new(id)))
    }

    pub(crate) fn claim(which: Claimable) -> Self {
        Self::told(Task::Claim(ClaimTabs::new(which)))
    }

    pub(crate) fn release(id: TabId) -> Self {
        Self::told(Task::Release(ReleaseTab::new(id)))
    }

    pub(crate) fn allow(wish: AllowanceWish) -> Self {
        Self::told(Task::PrepareAllowance(Box::new(PrepareAllowance::new(wish))))
    }

    pub(crate) fn authorise_allowance(approval: AllowanceApproval, vault: Arc<dyn Vault>) -> Self {
        Self::told(Task::AuthoriseAllowance(Box::new(AuthoriseAllowance::new(approval, vault))))
    }

    pub(crate) const fn send_allowance(id: AllowanceId) -> Self {
        Self::plain(Task::SendAllowance(SendAllowance::new(id)))
    }

    pub(crate) fn revoke_allowance(id: AllowanceId) -> Self {
        Self::told(Task::RevokeAllowance(Box::new(RevokeAllowance::new(id))))
    }

    /// What a person asks for: also what was refused before.
    pub(crate) fn claim_offline() -> Self {
        Self::told(Task::ClaimOffline(Box::new(ClaimOffline::again())))
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
            Task::Offer(_) => "offer",
            Task::PrepareTab(_) => "prepare of a tab",
            Task::RaiseTab(_) => "raise of a tab",
            Task::AuthoriseTab(_) => "authorise of a tab",
            Task::CloseTab(_) => "close",
            Task::SendTab(_) => "send of a tab",
            Task::Claim(_) => "claim",
            Task::Release(_) => "release",
            Task::PrepareAllowance(_) => "prepare of an allowance",
            Task::AuthoriseAllowance(_) => "authorise of an allowance",
            Task::SendAllowance(_) => "send of an allowance",
            Task::RevokeAllowance(_) => "revocation of an allowance",
            Task::ClaimOffline(_) => "claim of what was taken without network",
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
            Self::Offer(operation) => map(operation.advance(engine, input, now)?, Done::Offered),
            Self::PrepareTab(operation) => map(operation.advance(engine, input, now)?, Done::TabPrepared),
            Self::RaiseTab(operation) => map(operation.advance(engine, input, now)?, Done::TabPrepared),
            Self::AuthoriseTab(operation) => map(operation.advance(engine, input, now)?, Done::TabSigned),
            Self::CloseTab(operation) => map(operation.advance(engine, input, now)?, Done::TabSigned),
            Self::SendTab(operation) => map(operation.advance(engine, input, now)?, Done::TabSent),
            Self::Claim(operation) => map(operation.advance(engine, input, now)?, |_| Done::Nothing),
            Self::Release(operation) => map(operation.advance(engine, input, now)?, |()| Done::Nothing),
            Self::PrepareAllowance(operation) => map(operation.advance(engine, input, now)?, Done::AllowancePrepared),
            Self::AuthoriseAllowance(operation) => map(operation.advance(engine, input, now)?, Done::AllowanceSigned),
            Self::SendAllowance(operation) => map(operation.advance(engine, input, now)?, Done::AllowanceSent),
            Self::RevokeAllowance(operation) => map(operation.advance(engine, input, now)?, Done::AllowanceSigned),
            Self::ClaimOffline(operation) => map(operation.advance(engine, input, now)?, |_| Done::Nothing),
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
