//! The wallet's decisions, without I/O.
//!
//! An [`Operation`] is a state machine: it gets the time and the verifier's answer, changes the [`Engine`], and
//! says what to send next. The async shell (`wallet/`) and the simulation drive the very same operations; neither
//! decides anything itself.
//!
//! ```text
//!             Input::Start                    Input::Reply(answer or network error)
//!  Operation ──────────────▶ Step::Call ─────────────────────────────▶ … ─▶ Step::Done(output)
//! ```
//!
//! Between two inputs an operation holds nothing that a kill could lose: whatever must survive was applied to the store
//! before the call was given out.

mod clock;
mod trust;

pub use clock::VerifierClock;
use trust::Heads;
pub use trust::{Placed, Trust};

use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::keys::device::DeviceKeys;
use crate::offline;
use crate::store::{Change, PaymentState, Profile, ProfileState, Store};
use crate::sync::NetworkError;
use crate::tab::{self, PaidTab, TabId};
use farthing_protocol::head::Head;
use farthing_protocol::http::{Call, Reply};
use farthing_protocol::id::{Epoch, Nonce, Seq};
use farthing_protocol::limits::AMOUNT_MAX;
use farthing_protocol::money::{Amount, Asset};
use farthing_protocol::time::{Moment, Span, Time};
use rand_core::CryptoRng;
use std::collections::BTreeMap;

/// What an operation is told.
#[derive(Debug)]
pub enum Input {
    /// Begin.
    Start,
    /// The answer to the call that was given out last.
    Reply(Result<Reply, NetworkError>),
}

/// What an operation says.
#[derive(Debug)]
pub enum Step<T> {
    /// Make this call and come back with its answer.
    Call(Call),
    /// It is done.
    Done(T),
}

/// A state machine over the engine.
pub trait Operation: Send {
    /// What it ends with.
    type Output: Send;

    /// Goes on. After [`Step::Done`] or an error an operation is over.
    ///
    /// # Errors
    /// [`Error`]; whatever was applied to the store stays and is consistent.
    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<Self::Output>, Error>;
}

/// A wallet's memory, keys, and knowledge of its verifier.
pub struct Engine {
    store: Box<dyn Store>,
    keys: DeviceKeys,
    rng: Box<dyn CryptoRng + Send>,
    profile: Profile,
    trust: Option<Trust>,
    clock: VerifierClock,
    /// The verifier's time when this process last read the entries to their end.
    looked: Option<Time>,
    /// Totals of vouchers that were signed up to a stored ceiling, and are not stored themselves.
    totals: BTreeMap<TabId, Amount>,
}

/// What a call that is answered with a head was made with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    /// The nonce that the head must repeat.
    pub(crate) nonce: Nonce,
    /// The highest head seen when the call was made.
    pub(crate) floor: (Epoch, Seq),
    /// When the call was made, by the monotonic clock.
    pub(crate) at: Span,
}

/// What can be spent, what is held back for payments on their way, and what is coming.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Can be spent now.
    pub available: Amount,
    /// Authorised, without a final answer, or set aside for tabs and allowances.
    pub held: Amount,
    /// Vouchers of tabs that are not claimed: they count for nothing yet. What was taken without network is no part of it.
    pub incoming: Amount,
}

/// Unfinished payments that a balance looks at: more are never open at once, since each lives minutes.
const UNFINISHED_MAX: usize = 10_000;

impl Engine {
    /// An engine over a store that has a profile.
    ///
    /// # Errors
    /// [`WalletError::NotEnrolled`] without a profile, [`WalletError::KeyGone`] when the keys are not the profile's,
    /// and what the store says.
    pub fn open(store: Box<dyn Store>, keys: DeviceKeys, rng: Box<dyn CryptoRng + Send>) -> Result<Self, Error> {
        let profile = store.profile()?.ok_or(WalletError::NotEnrolled)?;
        if keys.act().public().device_id() != profile.device {
            return Err(WalletError::KeyGone.into());
        }
        let trust = store.trust()?.map(|record| Trust::from_record(&record, &profile.verifier)).transpose()?;
        Ok(Self {
            store,
            keys,
            rng,
            profile,
            trust,
            clock: VerifierClock::default(),
            looked: None,
            totals: BTreeMap::new(),
        })
    }

    /// Who this wallet is.
    #[must_use]
    pub const fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The device's keys.
    #[must_use]
    pub const fn keys(&self) -> &DeviceKeys {
        &self.keys
    }

    /// Its memory, to read.
    #[must_use]
    pub fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    /// Randomness.
    pub fn rng(&mut self) -> &mut (dyn CryptoRng + Send) {
        self.rng.as_mut()
    }

    /// What is known of the verifier.
    #[must_use]
    pub const fn trust(&self) -> Option<&Trust> {
        self.trust.as_ref()
    }

    /// The verifier's time, as far as this process has heard it.
    #[must_use]
    pub fn time(&self, now: Moment) -> Option<Time> {
        self.clock.time(now)
    }

    /// The verifier's time, or this machine's where it was not heard: good enough for labels, never for decisions.
    #[must_use]
    pub fn time_or_wall(&self, now: Moment) -> Time {
        self.clock.time(now).unwrap_or(now.wall)
    }

    /// Notes that the entries were read to their end when it was this time at the verifier.
    pub(crate) fn looked_at(&mut self, time: Time) {
        self.looked = Some(time);
    }

    /// Whether the entries were read to their end within this span before `time`, by the verifier's clock.
    pub(crate) fn looked_within(&self, span: Span, time: Time) -> bool {
        self.looked.is_some_and(|looked| time.since(looked) <= span)
    }

    /// How far this machine's clock is off, in milliseconds; positive when it is ahead.
    #[must_use]
    pub fn clock_offset_ms(&self, now: Moment) -> Option<i64> {
        let time = self.clock.time(now)?;
        i64::try_from(i128::from(now.wall.as_ms()) - i128::from(time.as_ms())).ok()
    }

    /// Makes changes durable, with what was learned of the verifier meanwhile.
    ///
    /// # Errors
    /// What the store says; then nothing has changed.
    pub fn apply(&mut self, mut changes: Vec<Change>) -> Result<(), Error> {
        if let Some(trust) = self.trust.as_mut().filter(|t| t.is_dirty()) {
            changes.push(Change::Trust(trust.to_record()?));
        }
        self.store.apply(&changes)?;
        if let Some(trust) = self.trust.as_mut() {
            trust.mark_stored();
        }
        for change in changes {
            log(&change);
            if let Change::Profile(profile) = change {
                self.profile = profile;
            }
        }
        Ok(())
    }

    /// Replaces what is known of the verifier by something newer.
    pub(crate) fn set_trust(&mut self, trust: Trust) {
        self.trust = Some(trust);
    }

    /// The highest head seen: a call that is made now must be answered with this one or a higher one. (Answers can overtake each
    /// other, so it is noted when the call is made.)
    #[must_use]
    pub fn floor(&self) -> (Epoch, Seq) {
        self.trust.as_ref().map(Trust::highest).unwrap_or_default()
    }

    /// Takes a head with the nonce that was sent: sets the clock, and compares with the highest head seen before.
    ///
    /// # Errors
    /// [`WalletError::HistoryLost`] while the verifier is behind, [`WalletError::VerifierMisbehaved`] for another nonce or an epoch
    /// that was not entered.
    pub(crate) fn take_head(&mut self, head: &Head, asked: &Asked, now: Moment) -> Result<(), Error> {
        // An epoch is entered by a status alone.
        if head.nonce != asked.nonce || self.trust.as_ref().is_none_or(|trust| head.epoch > trust.highest().0) {
            return Err(WalletError::VerifierMisbehaved.into());
        }
        self.clock.set(head.time, asked.at, now);
        let trust = self.trust.as_mut().ok_or(WalletError::Internal)?;
        let stopped = trust.lost_history();
        match trust.raise(head, asked.floor) {
            Heads::Fits => return Ok(()),
            Heads::CaughtUp => return self.apply(vec![Change::Event { at: head.time, kind: EventKind::HistoryBack }]),
            Heads::Lower if stopped => {}
            Heads::Lower => self.apply(vec![Change::Event { at: head.time, kind: EventKind::HistoryLost }])?,
        }
        Err(WalletError::HistoryLost.into())
    }

    /// Makes another knowledge of the verifier durable together with what follows from it, or neither.
    ///
    /// # Errors
    /// What the store says; then nothing has changed.
    pub(crate) fn enter(&mut self, trust: Trust, changes: Vec<Change>) -> Result<(), Error> {
        let before = self.trust.replace(trust);
        self.apply(changes).inspect_err(|_| self.trust = before)
    }

    /// Notes that something is lost, for the next [`Engine::apply`] to store with its record.
    pub(crate) fn open_loss(&mut self) {
        if let Some(trust) = self.trust.as_mut() {
            trust.set_loss(crate::store::LossState::Open);
        }
    }

    /// The total of the greatest voucher of a tab of ours that is known to be signed; what was claimed rests on one.
    pub(crate) fn total_of(&self, tab: &PaidTab) -> Amount {
        let signed = self.totals.get(&tab.id).filter(|signed| signed.asset() == tab.total.asset());
        let claimed = tab.standing.as_ref().map(|standing| &standing.claimed);
        let all = signed.into_iter().chain(claimed).chain([&tab.total]);
        all.max_by_key(|amount| amount.value()).copied().unwrap_or(tab.total)
    }

    /// Notes the total of a voucher that was signed, for as long as this process lives.
    pub(crate) fn signed_up_to(&mut self, tab: TabId, total: Amount) {
        self.totals.insert(tab, total);
    }

    /// Makes totals durable that only this process knows: before the store is let go of.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) fn store_totals(&mut self) -> Result<(), Error> {
        let changes = tab::totals(self, self.totals.keys())?;
        if !changes.is_empty() {
            self.apply(changes)?;
        }
        self.totals.clear();
        Ok(())
    }

    /// Refuses to go on while the account is not open to this device, or the verifier lost history.
    ///
    /// # Errors
    /// [`WalletError::NotEnrolled`], [`WalletError::NotRestored`], [`WalletError::StillReading`], [`WalletError::Revoked`],
    /// [`WalletError::HistoryLost`].
    pub(crate) fn check_can_pay(&self) -> Result<(), Error> {
        match self.profile.state {
            ProfileState::Ready => {}
            ProfileState::Enrolling(_) => return Err(WalletError::NotEnrolled.into()),
            ProfileState::Restoring => return Err(WalletError::NotRestored.into()),
            ProfileState::Reading { .. } => return Err(WalletError::StillReading.into()),
            ProfileState::Revoked => return Err(WalletError::Revoked.into()),
        }
        if crate::enrol::is_forgotten(self.store())? {
            return Err(WalletError::AccountForgotten.into());
        }
        if self.trust.as_ref().is_some_and(Trust::lost_history) {
            return Err(WalletError::HistoryLost.into());
        }
        crate::checkpoints::check_can_pay(self.store())
    }

    /// What the wallet has in each of the verifier's assets, by receipts alone.
    ///
    /// # Errors
    /// What the store says.
    pub fn balances(&self) -> Result<Vec<Balance>, Error> {
        let mut totals: Vec<(Asset, i64)> = self.store.balances()?;
        for asset in self.trust.as_ref().map(|t| t.fees().assets()).unwrap_or_default() {
            if !totals.iter().any(|(a, _)| *a == asset) {
                totals.push((asset, 0));
            }
        }
        totals.sort_by_key(|(asset, _)| *asset);
        let tabs = tab::Sums::of(self.store())?;
        let allowances = offline::Sums::of(self.store())?;
        let unfinished = self.store.unfinished(UNFINISHED_MAX)?;
        totals
            .into_iter()
            .map(|(asset, units)| {
                let open = unfinished.iter().filter(|p| !p.state.is_final() && p.state != PaymentState::Draft);
                // At most UNFINISHED_MAX totals of at most 2 × 10^15 units each: saturating is never reached by honest money.
                let held = open
                    .filter(|p| p.amount.asset() == asset)
                    .fold(0_u64, |sum, p| sum.saturating_add(p.total().value()));
                let (opening, aside) = tabs.held(asset);
                let (ordered, set_aside) = allowances.held(asset);
                let held = held.saturating_add(opening).saturating_add(ordered);
                let total = u64::try_from(units).unwrap_or(0);
                // An account can hold more than one payment can move: what is shown stops there, so that it can be spent.
                let shown = |units: u64| Amount::new(units.min(AMOUNT_MAX), asset);
                let available = shown(total.saturating_sub(held))?;
                let (held, incoming) = (held.saturating_add(aside).saturating_add(set_aside), tabs.incoming(asset));
                Ok(Balance { available, held: shown(held)?, incoming: shown(incoming)? })
            })
            .collect()
    }

    /// What can be spent of one asset.
    ///
    /// # Errors
    /// What the store says.
    pub fn available(&self, asset: Asset) -> Result<Amount, Error> {
        let found = self.balances()?.into_iter().find(|b| b.available.asset() == asset);
        Ok(found.map_or(Amount::zero(asset), |b| b.available))
    }

    /// Lets go of files and locks.
    ///
    /// # Errors
    /// What the store says.
    pub fn pause(&mut self) -> Result<(), Error> {
        self.store_totals()?;
        Ok(self.store.pause()?)
    }

    /// Takes files and locks again.
    ///
    /// # Errors
    /// What the store says.
    pub fn resume(&mut self) -> Result<(), Error> {
        Ok(self.store.resume()?)
    }
}

/// Says which state was reached or what happened, and not of what.
fn log(change: &Change) {
    match change {
        Change::Profile(profile) => tracing::debug!(state = profile.state.as_str(), "account"),
        Change::Payment(payment) => tracing::debug!(state = payment.state.as_str(), "payment"),
        Change::Request(request) => tracing::debug!(state = request.state.as_str(), "request"),
        Change::Event { kind, .. } => tracing::debug!(kind = kind.name(), "event"),
        _ => {}
    }
}
