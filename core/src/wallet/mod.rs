//! The facade: opens a wallet, drives its operations, and keeps them going when the caller goes away. No rules are here.
//!
//! Whatever changes state runs on the wallet's own runtime: dropping a future stops only the waiting.

mod carried;
mod checkpoints;
mod devices;
mod direct;
mod export;
mod history;
mod inner;
mod join;
mod lock;
mod messages;
mod offline;
mod opening;
mod people;
mod place;
mod tabs;
mod watch;

pub use devices::Device;
pub use export::Exported;
pub use inner::Synced;
pub use join::{Granted, Joining};
pub use lock::FolderLock;
pub use people::PairingOffer;
pub use place::{Clocks, Place, SystemClocks};
pub use watch::{Contact, Line, Watch};

use crate::checkpoints::{self as compared, Standing};
use crate::engine::{Balance, Engine, Operation, Trust};
use crate::enrol::{self, Enrol};
use crate::error::{Error, WalletError};
use crate::events::{Event, EventSeq};
use crate::generation::{Contact as FirstContact, Copies, Opening};
use crate::keys::apart::{apart, wipe};
use crate::keys::device::ActKey;
use crate::keys::phrase::Phrase;
use crate::keys::vault::{SecretName, Vault};
use crate::messaging::Hurry;
use crate::payment::request::made;
use crate::payment::{
    Agreed, Approval, Authorise, CancelRequest, Draft, MadeRequest, MakeRequest, Outcome, Prepare, Proposed,
    RequestTerms, Target, saga,
};
use crate::store::{ArtifactKind, PaymentId, PaymentRecord, Profile, RequestRecord, RequestState};
use crate::sync::{FlushActs, Refresh};
use farthing_protocol::details::Memo;
use farthing_protocol::money::{Amount, Asset};
use farthing_protocol::request::RequestId;
use farthing_protocol::time::{Span, Time};
use inner::{Inner, SYNC_MAX};
use place::blocking;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;

/// What a wallet knows of itself and its verifier, for people and scripts.
#[derive(Clone, Debug)]
pub struct Status {
    /// Who it is.
    pub profile: Profile,
    /// The verifier's time, when this process has heard it.
    pub verifier_time: Option<Time>,
    /// How far this machine's clock is ahead of it, in milliseconds.
    pub clock_offset_ms: Option<i64>,
    /// Payments without a final answer.
    pub unfinished: usize,
    /// Session acts that the verifier has not answered.
    pub acts: usize,
    /// The verifier lost history, and nothing is paid: it is behind, or [`Wallet::loss`] says what is to be accepted.
    pub history_lost: bool,
    /// The verifier was restored from a backup that is older than the account, and does not open it again.
    pub account_forgotten: bool,
    /// Whether the verifier tells this wallet what it tells others, as far as known.
    pub standing: Standing,
    /// Whether other copies of this wallet's folder are in use, as far as known.
    pub copies: Copies,
}

/// A wallet that is open.
pub struct Wallet {
    inner: Arc<Inner>,
    vault: Arc<dyn Vault>,
    runtime: Option<Runtime>,
}

impl Wallet {
    /// Runs an operation to its end on the wallet's own runtime, even when the caller stops waiting.
    async fn run<O: Operation + 'static>(&self, operation: O) -> Result<O::Output, Error> {
        let runtime = self.runtime.as_ref().ok_or(WalletError::Closed)?;
        let inner = Arc::clone(&self.inner);
        runtime.spawn(async move { inner.drive(operation).await }).await.map_err(|_| WalletError::Internal)?
    }

    /// Runs an operation that acts for the account: before it, the verifier is told of this opening, and says whether
    /// another copy of the wallet is in use.
    async fn run_told<O: Operation + 'static>(&self, operation: O) -> Result<O::Output, Error> {
        self.check_in().await?;
        self.run(operation).await
    }

    /// Reads everything that a payment to `target` needs, and stores a draft.
    ///
    /// # Errors
    /// Why it cannot be paid; nothing was signed.
    pub async fn prepare(&self, target: Target, amount: Option<Amount>, memo: Option<Memo>) -> Result<Draft, Error> {
        let id = self.run_told(Prepare::new(target, amount, memo)).await?;
        self.draft(&id)
    }

    /// A draft that was prepared before.
    ///
    /// # Errors
    /// [`WalletError::PaymentUnknown`], [`WalletError::NotADraft`].
    pub fn draft(&self, id: &PaymentId) -> Result<Draft, Error> {
        let engine = self.inner.engine();
        let payment = engine.store().payment(id)?.ok_or(WalletError::PaymentUnknown)?;
        Draft::of(&engine, &payment, self.inner.clocks.now())
    }

    /// Forgets a draft.
    ///
    /// # Errors
    /// [`WalletError::NotADraft`] when it was confirmed.
    pub fn discard(&self, id: &PaymentId) -> Result<(), Error> {
        saga::discard(&mut self.inner.engine(), id)
    }

    /// Signs and stores the approved payment and begins to send it. Confirming again gives the same payment.
    ///
    /// # Errors
    /// Why it was not signed; then it is still a draft.
    pub async fn confirm(&self, approval: Approval) -> Result<PaymentId, Error> {
        self.authorise(Authorise::new(approval)).await
    }

    /// Whether the key that signs payments is in this process; if not, [`Wallet::propose`] comes before the confirmation.
    #[must_use]
    pub fn signs_here(&self) -> bool {
        matches!(self.inner.engine().keys().act(), ActKey::Here(_))
    }

    /// Makes the order of an approved payment, to be signed by the key in hardware. Stores nothing; see
    /// [`Proposal`](crate::payment::Proposal).
    ///
    /// # Errors
    /// Why it cannot be paid.
    pub async fn propose(&self, approval: Approval) -> Result<Proposed, Error> {
        self.inner.propose(approval).await
    }

    /// Stores what was proposed and signed, and begins to send it.
    ///
    /// # Errors
    /// Why not; then it is still a draft. [`VaultError::TimedOut`](crate::keys::vault::VaultError::TimedOut) when the person took
    /// too long.
    pub async fn confirm_signed(&self, agreed: Agreed) -> Result<PaymentId, Error> {
        self.authorise(Authorise::agreed(agreed)).await
    }

    async fn authorise(&self, authorise: Authorise) -> Result<PaymentId, Error> {
        let runtime = self.runtime.as_ref().ok_or(WalletError::Closed)?;
        let inner = Arc::clone(&self.inner);
        // Storing and sending belong together: both go on when the caller goes away.
        runtime.spawn(async move { inner.confirm(authorise).await }).await.map_err(|_| WalletError::Internal)?
    }

    /// Waits up to `wait` for the outcome of a payment. Stopping to wait changes nothing.
    ///
    /// # Errors
    /// [`WalletError::PaymentUnknown`].
    pub async fn outcome(&self, id: &PaymentId, wait: Duration) -> Result<Outcome, Error> {
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            let changed = self.inner.changed.notified();
            let payment = self.payment(id)?;
            if let Some(outcome) = crate::payment::outcome_of(&self.inner.engine(), &payment)? {
                return Ok(outcome);
            }
            if tokio::time::timeout_at(deadline, changed).await.is_err() {
                return Ok(Outcome::Unknown { payment: *id, because: WalletError::OutcomeUnknown.into() });
            }
        }
    }

    /// Makes a request; it can be paid when this returns.
    ///
    /// # Errors
    /// Why not. When the verifier did not answer, the request is kept and opened by `sync`.
    pub async fn request(&self, terms: RequestTerms) -> Result<MadeRequest, Error> {
        let made = self.run_told(MakeRequest::new(terms)).await?;
        if let Some(runtime) = &self.runtime {
            // The stock is filled up behind the caller's back; when that fails, the next sync does it.
            let inner = Arc::clone(&self.inner);
            runtime.spawn(async move {
                let _ = inner.drive(FlushActs::new()).await;
            });
        }
        Ok(made)
    }

    /// Looks at a request or an alias without paying it: fetched, opened, its signature checked.
    ///
    /// # Errors
    /// [`WalletError::RequestAltered`], [`WalletError::ForeignRequest`], [`WalletError::PayeeKeyChanged`], and why nothing
    /// could be fetched.
    pub async fn look(&self, target: Target) -> Result<crate::payment::Looked, Error> {
        self.run(crate::payment::Look::new(target)).await
    }

    /// Cancels a request.
    ///
    /// # Errors
    /// [`WalletError::RequestNotOpen`] when it was paid; a network error leaves it to `sync`.
    pub async fn cancel(&self, id: RequestId) -> Result<RequestState, Error> {
        self.run_told(CancelRequest::new(id)).await
    }

    /// Resolves what is pending and fetches what is new. Waits up to `wait` for a first entry.
    ///
    /// # Errors
    /// The first thing that stood in the way; what was done before it stays.
    pub async fn sync(&self, wait: Span) -> Result<Synced, Error> {
        let runtime = self.runtime.as_ref().ok_or(WalletError::Closed)?;
        let inner = Arc::clone(&self.inner);
        runtime.spawn(async move { inner.sync(wait, Hurry::All).await }).await.map_err(|_| WalletError::Internal)?
    }

    /// Asks the verifier for its certificates, fees and time.
    ///
    /// # Errors
    /// Why not.
    pub async fn refresh(&self) -> Result<(), Error> {
        self.run(Refresh::new()).await
    }

    /// Tells the verifier of this opening, if it was not told yet, and hears whether another copy of the wallet is in use.
    ///
    /// # Errors
    /// Why not; whatever acts for the account tries again first.
    pub async fn check_in(&self) -> Result<(), Error> {
        self.run(FirstContact::new()).await
    }

    /// Takes up an enrolment that was interrupted.
    ///
    /// # Errors
    /// Why not; it can be taken up again.
    pub async fn finish_enrolment(&self) -> Result<(), Error> {
        self.run(Enrol::new()).await
    }

    /// Who this wallet is.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.inner.engine().profile().clone()
    }

    /// The verifier's assets, as far as they were heard.
    #[must_use]
    pub fn assets(&self) -> Vec<Asset> {
        self.inner.engine().trust().map(|t| t.fees().assets()).unwrap_or_default()
    }

    /// What can be spent, what is held, what is coming; by receipts alone, without asking the verifier.
    ///
    /// # Errors
    /// What the store says.
    pub fn balances(&self) -> Result<Vec<Balance>, Error> {
        self.inner.engine().balances()
    }

    /// A payment by its id.
    ///
    /// # Errors
    /// [`WalletError::PaymentUnknown`].
    pub fn payment(&self, id: &PaymentId) -> Result<PaymentRecord, Error> {
        Ok(self.inner.engine().store().payment(id)?.ok_or(WalletError::PaymentUnknown)?)
    }

    /// Payments, newest first.
    ///
    /// # Errors
    /// What the store says.
    pub fn history(&self, before: Option<&PaymentId>, limit: usize) -> Result<Vec<PaymentRecord>, Error> {
        Ok(self.inner.engine().store().history(before, limit)?)
    }

    /// Signed bytes that belong to a payment.
    ///
    /// # Errors
    /// What the store says.
    pub fn artifact(&self, id: &PaymentId, kind: ArtifactKind) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.inner.engine().store().artifact(id, kind)?)
    }

    /// Our requests, newest first.
    ///
    /// # Errors
    /// What the store says.
    pub fn requests(&self, limit: usize) -> Result<Vec<RequestRecord>, Error> {
        Ok(self.inner.engine().store().requests(limit)?)
    }

    /// A request of ours, once it is not in the state `known`; waits up to `wait` for that.
    ///
    /// # Errors
    /// [`WalletError::RequestIdUnknown`].
    pub async fn request_other_than(
        &self,
        id: &RequestId,
        known: Option<RequestState>,
        wait: Duration,
    ) -> Result<RequestRecord, Error> {
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            let changed = self.inner.changed.notified();
            let found = self.inner.engine().store().request(id)?.ok_or(WalletError::RequestIdUnknown)?;
            if known != Some(found.state) || tokio::time::timeout_at(deadline, changed).await.is_err() {
                return Ok(found);
            }
        }
    }

    /// A request of ours, as it can be shown again.
    ///
    /// # Errors
    /// [`WalletError::RequestIdUnknown`].
    pub fn made_request(&self, id: &RequestId) -> Result<MadeRequest, Error> {
        let engine = self.inner.engine();
        let record = engine.store().request(id)?.ok_or(WalletError::RequestIdUnknown)?;
        made(&engine, &record)
    }

    /// Events after `after`; waits up to `wait` for a first one.
    ///
    /// # Errors
    /// What the store says.
    pub async fn events(&self, after: EventSeq, max: usize, wait: Duration) -> Result<Vec<Event>, Error> {
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            let changed = self.inner.changed.notified();
            let events = self.inner.engine().store().events(after, max)?;
            if !events.is_empty() || tokio::time::timeout_at(deadline, changed).await.is_err() {
                return Ok(events);
            }
        }
    }

    /// Runs a closure with the engine, to read what this facade has no method for.
    pub fn read<T>(&self, look: impl FnOnce(&Engine) -> T) -> T {
        look(&self.inner.engine())
    }

    /// How the wallet stands.
    ///
    /// # Errors
    /// What the store says.
    pub fn status(&self) -> Result<Status, Error> {
        let now = self.inner.clocks.now();
        let engine = self.inner.engine();
        Ok(Status {
            profile: engine.profile().clone(),
            verifier_time: engine.time(now),
            clock_offset_ms: engine.clock_offset_ms(now),
            unfinished: engine.store().unfinished(SYNC_MAX)?.len(),
            acts: engine.store().acts(SYNC_MAX)?.len(),
            history_lost: engine.trust().is_some_and(Trust::lost_history),
            account_forgotten: enrol::is_forgotten(engine.store())?,
            standing: compared::standing(engine.store())?,
            copies: Opening::of(engine.store())?.map_or(Copies::Alone, |opening| opening.copies),
        })
    }

    /// The recovery phrase, while it is kept. Ask the person for authorisation first.
    ///
    /// # Errors
    /// [`WalletError::PhraseGone`], and what the vault says.
    pub fn phrase(&self) -> Result<Phrase, Error> {
        let phrase = apart(|| {
            let secret = self.vault.get(SecretName::Phrase)?.ok_or(WalletError::PhraseGone)?;
            Ok(Phrase::from_secret(&secret)?)
        });
        phrase.map_err(|_| WalletError::Internal)?
    }

    /// Lets go of the database until [`Wallet::resume`].
    ///
    /// # Errors
    /// What the store says.
    pub fn pause(&self) -> Result<(), Error> {
        self.inner.engine().pause()
    }

    /// Takes the database again.
    ///
    /// # Errors
    /// What the store says.
    pub fn resume(&self) -> Result<(), Error> {
        self.inner.engine().resume()
    }

    /// Ends what is running, lets go of the folder, and wipes the wallet's keys. The vault that it was opened with holds them,
    /// too, until it is dropped.
    ///
    /// # Errors
    /// What the store says.
    pub async fn close(mut self) -> Result<(), Error> {
        let (runtime, inner) = (self.runtime.take(), Arc::clone(&self.inner));
        let closed = blocking(move || {
            if let Some(runtime) = runtime {
                // Waits for calls that are being answered right now, not for pauses between tries.
                runtime.shutdown_timeout(Duration::from_secs(1));
            }
            inner.engine().pause()
        });
        let closed = closed.await;
        drop(self);
        // What calls by this thread have left.
        wipe();
        closed
    }
}

impl Drop for Wallet {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
