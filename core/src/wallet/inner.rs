//! What drives a wallet's operations: decisions on threads that may wait for the disk, calls on the network.

use super::Clocks;
use super::watch::Watching;
use crate::engine::{Engine, Input, Operation, Step};
use crate::enrol::Enrol;
use crate::error::{Error, WalletError};
use crate::payment::{Approval, Authorise, Outcome, SendOrder};
use crate::store::{PaymentId, PaymentState, ProfileState};
use crate::sync::{FlushActs, Network, PullEntries, Refresh};
use farthing_protocol::time::Span;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// How long a payment is sent again and again before it is left to `sync`.
const SEND_TRIES: u32 = 6;
/// The first pause between two tries; each is twice the one before.
const SEND_PAUSE: Duration = Duration::from_millis(250);
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
    pub(super) watching: Watching,
}

impl Inner {
    pub(super) fn engine(&self) -> MutexGuard<'_, Engine> {
        // A panic in a decision leaves the store consistent: what was not applied did not happen.
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sending(&self) -> MutexGuard<'_, BTreeSet<PaymentId>> {
        self.sending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drives an operation: decisions on a thread that may wait for the disk, calls on the network.
    pub(super) async fn drive<O: Operation + 'static>(self: &Arc<Self>, mut operation: O) -> Result<O::Output, Error> {
        let mut input = Input::Start;
        loop {
            let this = Arc::clone(self);
            let (back, step) = tokio::task::spawn_blocking(move || {
                let now = this.clocks.now();
                let step = operation.advance(&mut this.engine(), input, now);
                (operation, step)
            })
            .await
            .map_err(|_| WalletError::Internal)?;
            operation = back;
            self.changed.notify_waiters();
            match step? {
                Step::Call(call) => input = Input::Reply(self.network.call(&call).await),
                Step::Done(output) => return Ok(output),
            }
        }
    }

    /// Signs and stores an approved payment, and begins to send it. Runs on the wallet's runtime.
    pub(super) async fn confirm(self: &Arc<Self>, approval: Approval) -> Result<PaymentId, Error> {
        let id = self.drive(Authorise::new(approval)).await?;
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

    pub(super) async fn sync(self: &Arc<Self>, wait: Span) -> Result<Synced, Error> {
        // One sync at a time: two would read the same entries twice.
        let _one = self.syncing.lock().await;
        let mut synced = Synced::default();
        if matches!(self.engine().profile().state, ProfileState::Enrolling(_)) {
            self.drive(Enrol::new()).await?;
        }
        let refreshed = self.drive(Refresh::new()).await;
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
        refreshed?;
        crate::payment::saga::forget_old_drafts(&mut self.engine(), self.clocks.now())?;
        self.drive(FlushActs::new()).await?;
        let wait = if synced.resolved.is_empty() { wait } else { Span::from_ms(0) };
        let pulled = self.drive(PullEntries::waiting(wait)).await?;
        (synced.received, synced.rejected) = (pulled.received, pulled.rejected);
        synced.unfinished = self.engine().store().unfinished(SYNC_MAX)?.len();
        first_error.map_or(Ok(synced), Err)
    }
}
