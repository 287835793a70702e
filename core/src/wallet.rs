//! The facade: opens a wallet, drives its operations, and keeps them going when the caller goes away. No rules are here.
//!
//! Whatever changes state runs on the wallet's own runtime: dropping a future stops only the waiting.

use crate::crash;
use crate::engine::{Balance, Engine, Input, Operation, Step};
use crate::enrol::{self, Enrol, EnrolOptions};
use crate::error::{Error, WalletError};
use crate::events::{Event, EventSeq};
use crate::keys::SystemEntropy;
use crate::keys::device::DeviceKeys;
use crate::keys::phrase::Phrase;
use crate::keys::vault::{Secret, SecretName, Vault};
use crate::payment::request::made;
use crate::payment::{
    Approval, Authorise, CancelRequest, Draft, MadeRequest, MakeRequest, Outcome, Prepare, RequestTerms, SendOrder,
    Target, saga,
};
use crate::store::{
    ArtifactKind, DatabaseKey, PaymentId, PaymentRecord, Profile, RequestRecord, RequestState, SqlCipherStore, Store,
    StoreLocation,
};
use crate::sync::{FlushActs, HttpNetwork, Network, PullEntries, Refresh};
use farthing_protocol::cose::Signed;
use farthing_protocol::details::Memo;
use farthing_protocol::invite::Invite;
use farthing_protocol::money::{Amount, Asset};
use farthing_protocol::request::RequestId;
use farthing_protocol::time::{Moment, Span, Time};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio::runtime::Runtime;
use tokio::sync::Notify;

/// Both clocks of a machine.
pub trait Clocks: Send + Sync {
    /// Reads them.
    fn now(&self) -> Moment;
}

/// This machine's clocks.
#[derive(Debug)]
pub struct SystemClocks {
    started: Instant,
}

impl Default for SystemClocks {
    fn default() -> Self {
        Self { started: Instant::now() }
    }
}

impl Clocks for SystemClocks {
    fn now(&self) -> Moment {
        let ms = |d: Duration| u64::try_from(d.as_millis()).unwrap_or(u64::MAX);
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Moment { wall: Time::from_ms(ms(wall)), monotonic: Span::from_ms(ms(self.started.elapsed())) }
    }
}

/// Where a wallet is kept, and by what means it works.
#[derive(Clone)]
pub struct Place {
    /// The wallet's folder.
    pub dir: PathBuf,
    /// Keeps its keys.
    pub vault: Arc<dyn Vault>,
    /// The clocks.
    pub clocks: Arc<dyn Clocks>,
    /// The network; HTTP to the pinned verifier when it is absent.
    pub network: Option<Arc<dyn Network>>,
    /// The VFS that SQLite uses; its own when it is absent.
    pub vfs: Option<String>,
}

impl Place {
    /// A folder with a vault, this machine's clocks, HTTP, and SQLite's own VFS.
    #[must_use]
    pub fn new(dir: &Path, vault: Arc<dyn Vault>) -> Self {
        Self { dir: dir.to_owned(), vault, clocks: Arc::new(SystemClocks::default()), network: None, vfs: None }
    }

    /// The database's file.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.dir.join("wallet.db")
    }

    fn location(&self) -> StoreLocation {
        StoreLocation { path: Some(self.database()), vfs: self.vfs.clone() }
    }
}

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
    /// The verifier lost history.
    pub history_lost: bool,
}

/// What a sync did.
#[derive(Clone, Debug, Default)]
pub struct Synced {
    /// Payments that became final.
    pub resolved: Vec<PaymentId>,
    /// Credits and issues that were new.
    pub received: u64,
    /// Payments that still have no final answer.
    pub unfinished: usize,
}

struct Inner {
    engine: Mutex<Engine>,
    network: Arc<dyn Network>,
    clocks: Arc<dyn Clocks>,
    changed: Notify,
    sending: Mutex<BTreeSet<PaymentId>>,
    syncing: tokio::sync::Mutex<()>,
}

/// A wallet that is open.
pub struct Wallet {
    inner: Arc<Inner>,
    vault: Arc<dyn Vault>,
    runtime: Option<Runtime>,
}

/// Worker threads of a wallet's runtime: one waits on the network while the other works.
const WORKERS: usize = 2;
/// How long a payment is sent again and again before it is left to `sync`.
const SEND_TRIES: u32 = 6;
/// The first pause between two tries; each is twice the one before.
const SEND_PAUSE: Duration = Duration::from_millis(250);
/// Unfinished payments that one sync looks at.
const SYNC_MAX: usize = 1_000;

impl Wallet {
    /// Makes a wallet in an empty place and enrols it. Returns it with its recovery phrase, to be shown once.
    ///
    /// When an earlier enrolment here was interrupted, it is taken up where it stopped.
    ///
    /// # Errors
    /// [`WalletError::AlreadyEnrolled`], the errors of [`enrol::greet`], and the verifier's problems; while it is not
    /// known whether the verifier took the enrolment, everything stays and a second call finishes it.
    pub async fn enrol(place: &Place, invite: &Signed<Invite>, options: EnrolOptions) -> Result<(Self, Phrase), Error> {
        if place.database().exists() {
            return Self::take_up(place, invite).await;
        }
        let network = network(place, invite.claims().url.as_str(), invite.claims().tls)?;
        let mut rng = SystemEntropy::new();
        let welcome = enrol::greet(network.as_ref(), invite, &mut rng).await?;
        let (key, keys, phrase) = blocking({
            let place = place.clone();
            move || make_keys(&place)
        })
        .await?;
        crash::point(crash::ENROL_AFTER_VAULT);
        let changes = enrol::begin(&welcome, &options, &phrase, &keys, &mut rng)?;
        let engine = blocking({
            let place = place.clone();
            move || {
                let mut store = SqlCipherStore::create(place.location(), key)?;
                store.apply(&changes)?;
                Engine::open(Box::new(store), keys, Box::new(SystemEntropy::new()))
            }
        })
        .await?;
        crash::point(crash::ENROL_AFTER_STORE);
        let wallet = Self::start(place, engine, network)?;
        if let Err(error) = wallet.run(Enrol::new()).await {
            if !error.is_retryable() {
                // A final no: nothing was opened, so nothing stays.
                wallet.close().await?;
                forget(place)?;
            }
            return Err(error);
        }
        Ok((wallet, phrase))
    }

    async fn take_up(place: &Place, invite: &Signed<Invite>) -> Result<(Self, Phrase), Error> {
        let wallet = Self::open(place).await?;
        let profile = wallet.profile();
        if profile.state == crate::store::ProfileState::Ready {
            return Err(WalletError::AlreadyEnrolled.into());
        }
        if profile.verifier != invite.claims().verifier {
            return Err(WalletError::OtherInvite.into());
        }
        wallet.run(Enrol::new()).await?;
        let phrase = wallet.phrase()?;
        Ok((wallet, phrase))
    }

    /// Opens a wallet that is there. Never makes one.
    ///
    /// # Errors
    /// [`WalletError::NotEnrolled`] in an empty place, [`WalletError::KeyGone`] when the database is here and its key is not,
    /// and what vault and store say.
    pub async fn open(place: &Place) -> Result<Self, Error> {
        let engine = blocking({
            let place = place.clone();
            move || open_engine(&place)
        })
        .await?;
        let network = network(place, engine.profile().url.as_str(), engine.profile().tls)?;
        Self::start(place, engine, network)
    }

    fn start(place: &Place, engine: Engine, network: Arc<dyn Network>) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .thread_name("farthing")
            .enable_all()
            .build()
            .map_err(|_| WalletError::Internal)?;
        let inner = Arc::new(Inner {
            engine: Mutex::new(engine),
            network,
            clocks: Arc::clone(&place.clocks),
            changed: Notify::new(),
            sending: Mutex::new(BTreeSet::new()),
            syncing: tokio::sync::Mutex::new(()),
        });
        Ok(Self { inner, vault: Arc::clone(&place.vault), runtime: Some(runtime) })
    }

    /// Runs an operation to its end on the wallet's own runtime, even when the caller stops waiting.
    async fn run<O: Operation + 'static>(&self, operation: O) -> Result<O::Output, Error> {
        let runtime = self.runtime.as_ref().ok_or(WalletError::Closed)?;
        let inner = Arc::clone(&self.inner);
        runtime.spawn(async move { inner.drive(operation).await }).await.map_err(|_| WalletError::Internal)?
    }

    /// Reads everything that a payment to `target` needs, and stores a draft.
    ///
    /// # Errors
    /// Why it cannot be paid; nothing was signed.
    pub async fn prepare(&self, target: Target, amount: Option<Amount>, memo: Option<Memo>) -> Result<Draft, Error> {
        let id = self.run(Prepare::new(target, amount, memo)).await?;
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
        let id = self.run(Authorise::new(approval)).await?;
        self.send(id);
        Ok(id)
    }

    fn send(&self, id: PaymentId) {
        if let Some(runtime) = self.runtime.as_ref().filter(|_| self.inner.sending().insert(id)) {
            let inner = Arc::clone(&self.inner);
            runtime.spawn(async move {
                inner.send_until_decided(id).await;
                inner.sending().remove(&id);
                inner.changed.notify_waiters();
            });
        }
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
        let made = self.run(MakeRequest::new(terms)).await?;
        if let Some(runtime) = &self.runtime {
            // The stock is filled up behind the caller's back; when that fails, the next sync does it.
            let inner = Arc::clone(&self.inner);
            runtime.spawn(async move {
                let _ = inner.drive(FlushActs::new()).await;
            });
        }
        Ok(made)
    }

    /// Cancels a request.
    ///
    /// # Errors
    /// [`WalletError::RequestNotOpen`] when it was paid; a network error leaves it to `sync`.
    pub async fn cancel(&self, id: RequestId) -> Result<RequestState, Error> {
        self.run(CancelRequest::new(id)).await
    }

    /// Resolves what is pending and fetches what is new. Waits up to `wait` for a first entry.
    ///
    /// # Errors
    /// The first thing that stood in the way; what was done before it stays.
    pub async fn sync(&self, wait: Span) -> Result<Synced, Error> {
        let runtime = self.runtime.as_ref().ok_or(WalletError::Closed)?;
        let inner = Arc::clone(&self.inner);
        runtime.spawn(async move { inner.sync(wait).await }).await.map_err(|_| WalletError::Internal)?
    }

    /// Asks the verifier for its certificates, fees and time.
    ///
    /// # Errors
    /// Why not.
    pub async fn refresh(&self) -> Result<(), Error> {
        self.run(Refresh::new()).await
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
            history_lost: engine.trust().is_some_and(crate::engine::Trust::lost_history),
        })
    }

    /// The recovery phrase, while it is kept. Ask the person for authorisation first.
    ///
    /// # Errors
    /// [`WalletError::PhraseGone`], and what the vault says.
    pub fn phrase(&self) -> Result<Phrase, Error> {
        let secret = self.vault.get(SecretName::Phrase)?.ok_or(WalletError::PhraseGone)?;
        Ok(Phrase::from_secret(&secret)?)
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

    /// Ends what is running, lets go of the folder.
    ///
    /// # Errors
    /// What the store says.
    pub async fn close(mut self) -> Result<(), Error> {
        if let Some(runtime) = self.runtime.take() {
            // Waits for calls that are being answered right now, not for pauses between tries.
            blocking(move || {
                runtime.shutdown_timeout(Duration::from_secs(1));
                Ok(())
            })
            .await?;
        }
        self.inner.engine().pause()
    }
}

impl Drop for Wallet {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Inner {
    fn engine(&self) -> MutexGuard<'_, Engine> {
        // A panic in a decision leaves the store consistent: what was not applied did not happen.
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sending(&self) -> MutexGuard<'_, BTreeSet<PaymentId>> {
        self.sending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drives an operation: decisions on a thread that may wait for the disk, calls on the network.
    async fn drive<O: Operation + 'static>(self: &Arc<Self>, mut operation: O) -> Result<O::Output, Error> {
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

    async fn sync(self: &Arc<Self>, wait: Span) -> Result<Synced, Error> {
        // One sync at a time: two would read the same entries twice.
        let _one = self.syncing.lock().await;
        let mut synced = Synced::default();
        if matches!(self.engine().profile().state, crate::store::ProfileState::Enrolling(_)) {
            self.drive(Enrol::new()).await?;
        }
        self.drive(Refresh::new()).await?;
        let unfinished = self.engine().store().unfinished(SYNC_MAX)?;
        for payment in unfinished {
            if !matches!(self.drive(SendOrder::new(payment.id)).await?, Outcome::Unknown { .. }) {
                synced.resolved.push(payment.id);
            }
        }
        self.drive(FlushActs::new()).await?;
        let wait = if synced.resolved.is_empty() { wait } else { Span::from_ms(0) };
        synced.received = self.drive(PullEntries::waiting(wait)).await?.received;
        synced.unfinished = self.engine().store().unfinished(SYNC_MAX)?.len();
        Ok(synced)
    }
}

fn network(
    place: &Place,
    url: &str,
    tls: Option<farthing_protocol::id::TlsCertificateHash>,
) -> Result<Arc<dyn Network>, Error> {
    match &place.network {
        Some(network) => Ok(Arc::clone(network)),
        None => Ok(Arc::new(HttpNetwork::new(url, tls)?)),
    }
}

/// Runs what may wait for a disk or a prompt on a thread for it.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|_| WalletError::Internal)?
}

/// Fresh keys, in the vault before anything else exists; those of an interrupted attempt are used again.
fn make_keys(place: &Place) -> Result<(DatabaseKey, DeviceKeys, Phrase), Error> {
    use rand_core::Rng as _;
    let mut rng = SystemEntropy::new();
    let phrase = match place.vault.get(SecretName::Phrase)? {
        Some(secret) => Phrase::from_secret(&secret)?,
        None => Phrase::generate(&mut rng),
    };
    let keys = DeviceKeys::generate(&mut rng);
    let mut key = zeroize::Zeroizing::new([0; 32]);
    rng.fill_bytes(&mut key[..]);
    place.vault.put(SecretName::Phrase, &phrase.to_secret())?;
    place.vault.put(SecretName::DeviceKeys, &keys.to_secret())?;
    place.vault.put(SecretName::DatabaseKey, &Secret::copy_of(&key))?;
    Ok((DatabaseKey::new(*key), keys, phrase))
}

fn open_engine(place: &Place) -> Result<Engine, Error> {
    if !place.database().exists() {
        return Err(WalletError::NotEnrolled.into());
    }
    let secret = place.vault.get(SecretName::DatabaseKey)?.ok_or(WalletError::KeyGone)?;
    let key = <[u8; 32]>::try_from(secret.as_bytes()).map_err(|_| WalletError::KeyGone)?;
    let store = SqlCipherStore::open(place.location(), DatabaseKey::new(key))?;
    let keys = place.vault.get(SecretName::DeviceKeys)?.ok_or(WalletError::KeyGone)?;
    let keys = DeviceKeys::from_secret(&keys).map_err(|_| WalletError::KeyGone)?;
    Engine::open(Box::new(store), keys, Box::new(SystemEntropy::new()))
}

/// Takes back an enrolment that the verifier has finally refused.
fn forget(place: &Place) -> Result<(), Error> {
    for name in SecretName::ALL {
        place.vault.remove(name)?;
    }
    for suffix in ["", "-wal", "-shm"] {
        let file = place.dir.join(format!("wallet.db{suffix}"));
        match std::fs::remove_file(&file) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(crate::store::StoreError::Io(e.to_string()).into());
            }
            _ => {}
        }
    }
    Ok(())
}
