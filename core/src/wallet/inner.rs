//! What drives a wallet's operations: decisions on threads that may wait for the disk, calls on the network.

use super::Clocks;
use super::people::LivePairings;
use super::watch::Watching;
use crate::checkpoints::CheckCheckpoints;
use crate::devices::{self, OwnDevices, PostDevices, ReadDevices};
use crate::engine::{Engine, Input, Operation, Step, Trust};
use crate::enrol::{self, Enrol, EnrolAgain};
use crate::error::{Error, WalletError};
use crate::generation::Contact;
use crate::messaging::{Hurry, KeepPrekeys};
use crate::pairing::{self, Exchange};
use crate::payment::{Approval, Authorise, Outcome, Propose, Proposed, SendOrder};
use crate::store::{PaymentId, PaymentState, ProfileState};
use crate::sync::{FlushActs, Network, PullEntries, Refresh};
use crate::{offline, tab};
use farthing_protocol::code::ProblemCode;
use farthing_protocol::time::{Moment, Span};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// How long a payment is sent again and again before it is left to `sync`.
pub(super) const SEND_TRIES: u32 = 6;
/// The first pause between two tries; each is twice the one before.
pub(super) const SEND_PAUSE: Duration = Duration::from_millis(250);
/// Unfinished payments that one sync looks at.
pub(super) const SYNC_MAX: usize = 1_000;

/// What a sync did.
#[derive(Clone, Debug, Default)]
pub struct Synced {
    /// Payments that became final.
    pub resolved: Vec<PaymentId>,
    /// Credits and issues that were new.
    pub received: u64,
    /// Entries that cannot be ours: they were not counted, and the event log names them.
    pub rejected: u64,
    /// Messages that were new.
    pub messages: u64,
    /// Payments that still have no final answer.
    pub unfinished: usize,
}

pub(super) struct Inner {
    pub(super) engine: Mutex<Engine>,
    pub(super) network: Arc<dyn Network>,
    pub(super) clocks: Arc<dyn Clocks>,
    pub(super) changed: Notify,
    pub(super) sending: Mutex<BTreeSet<PaymentId>>,
    pub(super) syncing: tokio::sync::Mutex<()>,
    pub(super) watching: Arc<Watching>,
    pub(super) pairings: LivePairings,
}

impl Inner {
    pub(super) fn engine(&self) -> MutexGuard<'_, Engine> {
        // A panic in a decision leaves the store consistent: what was not applied did not happen.
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sending(&self) -> MutexGuard<'_, BTreeSet<PaymentId>> {
        self.sending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drives an operation to its end, and says in the log how it ended.
    pub(super) async fn drive<O: Operation + 'static>(self: &Arc<Self>, operation: O) -> Result<O::Output, Error> {
        self.drive_over(self.network.as_ref(), operation).await
    }

    /// The same, with calls to somebody else than the verifier.
    pub(super) async fn drive_over<O: Operation + 'static>(
        self: &Arc<Self>,
        network: &dyn Network,
        operation: O,
    ) -> Result<O::Output, Error> {
        let (name, since) = (name_of::<O>(), Instant::now());
        tracing::trace!(name, "operation begins");
        let ended = self.advance(network, operation).await;
        let ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
        match &ended {
            Ok(_) => tracing::debug!(name, ms, "operation done"),
            // Not its text: what others wrote can be in it.
            Err(error) => tracing::debug!(name, ms, error = error.kind(), code = error.code(), "operation failed"),
        }
        ended
    }

    /// Decisions on a thread that may wait for the disk, calls on the network.
    async fn advance<O: Operation + 'static>(
        self: &Arc<Self>,
        network: &dyn Network,
        mut operation: O,
    ) -> Result<O::Output, Error> {
        let mut input = Input::Start;
        loop {
            let this = Arc::clone(self);
            let (back, step) = tokio::task::spawn_blocking(move || {
                let now = this.clocks.now();
                let mut engine = this.engine();
                let step = operation.advance(&mut engine, input, now);
                let step = step.map_err(|error| unless_revoked(&mut engine, error, now));
                drop(engine);
                (operation, step)
            })
            .await
            .map_err(|_| WalletError::Internal)?;
            operation = back;
            self.changed.notify_waiters();
            match step? {
                Step::Call(call) => input = Input::Reply(network.call(&call).await),
                Step::Done(output) => return Ok(output),
            }
        }
    }

    /// The order of an approved payment, for a key that signs elsewhere.
    pub(super) async fn propose(self: &Arc<Self>, approval: Approval) -> Result<Proposed, Error> {
        self.drive(Contact::new()).await?;
        self.drive(Propose::new(approval)).await
    }

    /// Stores an approved payment, signed, and begins to send it. Runs on the wallet's runtime.
    pub(super) async fn confirm(self: &Arc<Self>, authorise: Authorise) -> Result<PaymentId, Error> {
        self.drive(Contact::new()).await?;
        let id = self.drive(authorise).await?;
        if self.sending().insert(id) {
            let inner = Arc::clone(self);
            tokio::spawn(async move {
                inner.send_until_decided(id).await;
                inner.sending().remove(&id);
                inner.changed.notify_waiters();
            });
        }
        Ok(id)
    }

    async fn send_until_decided(self: &Arc<Self>, id: PaymentId) {
        let mut pause = SEND_PAUSE;
        for _ in 0..SEND_TRIES {
            match self.drive(SendOrder::new(id)).await {
                Ok(Outcome::Unknown { because, .. }) if because.is_retryable() => {}
                _ => return,
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }

    /// Everything that is to be done. `hurry` says which messages do not wait for their next try.
    pub(super) async fn sync(self: &Arc<Self>, wait: Span, hurry: Hurry) -> Result<Synced, Error> {
        // One sync at a time: two would read the same entries twice.
        let _one = self.syncing.lock().await;
        let synced = self.sync_once(wait, hurry).await;
        synced.map_err(|error| match self.is_settled() {
            Ok(true) => error,
            // Nobody may be told that no money moved: what was sent may have been done.
            _ => Error::Unsettled(Box::new(error)),
        })
    }

    async fn sync_once(self: &Arc<Self>, wait: Span, hurry: Hurry) -> Result<Synced, Error> {
        let mut synced = Synced::default();
        let state = self.engine().profile().state.clone();
        match state {
            ProfileState::Enrolling(_) => self.drive(Enrol::new()).await?,
            ProfileState::Restoring => self.drive(PostDevices::new()).await.map(|_| ())?,
            ProfileState::Ready | ProfileState::Reading { .. } | ProfileState::Revoked => {}
        }
        let mut refreshed = self.drive(Refresh::new()).await;
        if refreshed.is_ok() {
            // Before anything is sent: another copy of this wallet may have sent it.
            refreshed = self.drive(Contact::new()).await;
            if refreshed.is_ok() && self.is_doubtful()? {
                // While history is lost, no first contact is made that would find it out.
                refreshed = self.drive(Contact::probe()).await;
            }
            if matches!(&refreshed, Err(Error::Problem { code: ProblemCode::DeviceUnknown, .. })) {
                // A verifier that was restored from a backup of before this device joined, or the account was opened.
                refreshed = self.join_again().await;
            }
        }
        if let Err(error @ Error::Network(_)) = refreshed {
            return Err(error);
        }
        // A verifier that doubts its clock, or whose status does not hold, still says what became of an order that it has:
        // what was sent goes on, what was not waits for a status.
        let mut unfinished = self.engine().store().unfinished(SYNC_MAX)?;
        unfinished.retain(|payment| refreshed.is_ok() || payment.state == PaymentState::Sent);
        let mut first_error = None;
        for payment in unfinished {
            match self.drive(SendOrder::new(payment.id)).await {
                Ok(Outcome::Unknown { .. }) => {}
                Ok(_) => synced.resolved.push(payment.id),
                Err(error @ Error::Store(_)) => return Err(error),
                // One payment's trouble does not hold up the others, nor what others have paid us.
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        let mut opened = if refreshed.is_ok() { self.send_tabs().await } else { Ok(()) };
        if refreshed.is_ok() && !matches!(opened, Err(Error::Store(_))) {
            opened = opened.and(self.send_allowances().await);
        }
        refreshed?;
        match opened {
            Err(error @ Error::Store(_)) => return Err(error),
            Err(error) => first_error = first_error.or(Some(error)),
            Ok(()) => {}
        }
        if self.engine().profile().state == ProfileState::Revoked {
            return Err(WalletError::Revoked.into());
        }
        if let Err(error) = self.drive(PostDevices::new()).await {
            first_error = first_error.or(Some(error));
        }
        crate::payment::saga::forget_old_drafts(&mut self.engine(), self.clocks.now())?;
        self.drive(KeepPrekeys::new()).await?;
        self.drive(FlushActs::new()).await?;
        let under_way = pairing::under_way(self.engine().store())?;
        for pairing in under_way {
            // Not yet is no error; what came to nothing was forgotten, and whoever waits for it is told there.
            let _ = self.drive(Exchange::once(pairing)).await;
        }
        let messages = self.send_messages(hurry).await;
        let wait = if synced.resolved.is_empty() { wait } else { Span::from_ms(0) };
        let pulled = self.drive(PullEntries::waiting(wait)).await?;
        (synced.received, synced.rejected) = (pulled.received, pulled.rejected);
        match self.settle_tabs().await {
            Err(error @ Error::Store(_)) => return Err(error),
            Err(error) => first_error = first_error.or(Some(error)),
            Ok(()) => {}
        }
        match self.settle_offline().await {
            Err(error @ Error::Store(_)) => return Err(error),
            Err(error) => first_error = first_error.or(Some(error)),
            Ok(()) => {}
        }
        if OwnDevices::of(self.engine().store())?.is_none_or(|known| known.incomplete) {
            self.drive(ReadDevices::new()).await?;
        }
        // Entries first: a message may be about one of them.
        match messages.and(self.receive_messages().await) {
            Ok(received) => synced.messages = received,
            Err(error @ Error::Store(_)) => return Err(error),
            Err(error) => first_error = first_error.or(Some(error)),
        }
        // Messages first: they may bring somebody's checkpoint.
        match self.drive(CheckCheckpoints::new()).await {
            // What brings it to light can send the other side its own.
            Ok(checked) if checked.contradictions > 0 => self.send_messages(hurry).await?,
            Ok(_) => {}
            Err(error @ Error::Store(_)) => return Err(error),
            Err(error) => first_error = first_error.or(Some(error)),
        }
        synced.unfinished = self.engine().store().unfinished(SYNC_MAX)?.len();
        first_error.map_or(Ok(synced), Err)
    }
}

impl Inner {
    /// Whether everything that was signed to move value has its final answer.
    pub(super) fn is_settled(&self) -> Result<bool, Error> {
        let engine = self.engine();
        let aside = tab::unsent(&engine)?.is_empty() && offline::unsent(&engine)?.is_empty();
        Ok(aside && engine.store().unfinished(1)?.is_empty())
    }

    /// Whether the verifier may not know this device: it has lost something, or did not know it before.
    fn is_doubtful(&self) -> Result<bool, Error> {
        let engine = self.engine();
        let open = matches!(engine.profile().state, ProfileState::Ready | ProfileState::Reading { .. });
        let lost = engine.trust().is_some_and(Trust::lost_history);
        Ok(open && (lost || enrol::is_forgotten(engine.store())?))
    }

    async fn join_again(self: &Arc<Self>) -> Result<(), Error> {
        let listed = self.list_again().await;
        if matches!(&listed, Ok(false) | Err(Error::Problem { code: ProblemCode::AccountUnknown, .. })) {
            self.drive(EnrolAgain::new()).await?;
        } else {
            listed?;
        }
        // Whether the account is there now; of a list that is newer than the enrolment's it takes care.
        self.drive(Contact::probe()).await?;
        self.drive(Contact::new()).await
    }

    /// Puts the list that is known in force again. False when none is known.
    async fn list_again(self: &Arc<Self>) -> Result<bool, Error> {
        {
            let mut engine = self.engine();
            let changes = devices::relist::if_unknown(&engine)?;
            engine.apply(changes)?;
        }
        self.drive(PostDevices::new()).await
    }
}

/// An operation's name, without where it is.
fn name_of<O>() -> &'static str {
    let path = std::any::type_name::<O>();
    path.rsplit("::").next().unwrap_or(path)
}

/// An answer that this device was revoked is noted, whatever it was an answer to.
fn unless_revoked(engine: &mut Engine, error: Error, now: Moment) -> Error {
    let told = matches!(&error, Error::Problem { code: ProblemCode::DeviceRevokedHere, .. });
    let state = &engine.profile().state;
    if !told || !matches!(state, ProfileState::Ready | ProfileState::Reading { .. } | ProfileState::Revoked) {
        return error;
    }
    if *state != ProfileState::Revoked {
        let changes = devices::revoked(engine, engine.time_or_wall(now));
        if let Err(error) = engine.apply(changes) {
            return error;
        }
    }
    WalletError::Revoked.into()
}
