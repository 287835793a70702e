//! Pairing and contacts. What two people compare is in this process's memory only: when it ends, their code is burnt.

use super::Wallet;
use super::inner::Inner;
use crate::contacts::{self, Contact, ContactChange, ContactState};
use crate::engine::Operation;
use crate::error::{Error, WalletError};
use crate::messaging::Hurry;
use crate::pairing::{CheckCode, Compare, Exchange, Exchanged, PairingId, Progress, Scan, Show};
use farthing_protocol::details::Name;
use farthing_protocol::id::AccountId;
use farthing_protocol::pairing::Purpose;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Between two tries when the network was in the way, and between two looks for the other's confirmation.
const PAUSE: Duration = Duration::from_millis(500);
/// Pairings at once: a person has one phone in the hand.
const LIVE_MAX: usize = 8;

/// A pairing code to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairingOffer {
    /// The pairing.
    pub id: PairingId,
    /// What the QR code holds.
    pub link: String,
}

/// Pairings of this process.
#[derive(Debug, Default)]
pub(super) struct LivePairings(Mutex<BTreeMap<PairingId, Live>>);

#[derive(Debug)]
pub(super) enum Live {
    /// The other side is waited for.
    Waiting,
    /// The codes can be compared.
    Comparing(Compare),
    /// The person said yes; cards are exchanged.
    Exchanging,
    /// The contact is stored.
    Met(AccountId),
    /// It came to nothing.
    Failed(Error),
}

impl LivePairings {
    pub(super) fn map(&self) -> MutexGuard<'_, BTreeMap<PairingId, Live>> {
        // Each change is one insert or remove.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, id: PairingId) -> Result<(), Error> {
        let mut map = self.map();
        // What is over makes room first.
        map.retain(|_, live| !matches!(live, Live::Met(_) | Live::Failed(_)));
        if map.len() >= LIVE_MAX {
            return Err(WalletError::PairingBusy.into());
        }
        map.insert(id, Live::Waiting);
        Ok(())
    }
}

impl Wallet {
    /// Makes a pairing code, and waits for whoever scans it.
    ///
    /// # Errors
    /// [`WalletError::NotEnrolled`], [`WalletError::PairingBusy`].
    pub async fn pair_show(&self) -> Result<PairingOffer, Error> {
        let show = Show::new(&mut self.inner.engine(), Purpose::Contact, self.inner.clocks.now())?;
        let offer = PairingOffer { id: *show.id(), link: show.link().to_owned() };
        self.begin_pairing(offer.id, show)?;
        Ok(offer)
    }

    /// Answers a pairing code that was scanned.
    ///
    /// # Errors
    /// What is wrong with the code, [`WalletError::OwnPairing`], [`WalletError::PairingBusy`].
    pub async fn pair_scan(&self, link: &str) -> Result<PairingId, Error> {
        let scan = Scan::new(&mut self.inner.engine(), link, self.inner.clocks.now())?;
        let id = *scan.id();
        if self.inner.pairings.map().contains_key(&id) {
            return Err(WalletError::OwnPairing.into());
        }
        self.begin_pairing(id, scan)?;
        Ok(id)
    }

    pub(super) fn begin_pairing<O>(&self, id: PairingId, step: O) -> Result<(), Error>
    where
        O: Operation<Output = Progress<O>> + 'static,
    {
        let runtime = self.runtime.as_ref().ok_or(WalletError::Closed)?;
        self.inner.pairings.begin(id)?;
        let inner = Arc::clone(&self.inner);
        runtime.spawn(async move {
            let live = match inner.until_ready(step).await {
                Ok(compare) => Live::Comparing(compare),
                Err(error) => Live::Failed(error),
            };
            inner.pairings.map().insert(id, live);
            inner.changed.notify_waiters();
        });
        Ok(())
    }

    /// Waits up to `wait` for the six digits that both people compare; `None` when there are none yet.
    ///
    /// # Errors
    /// [`WalletError::PairingBurnt`], [`WalletError::PairingExpired`], [`WalletError::PairingUnknown`].
    pub async fn pair_code(&self, id: &PairingId, wait: Duration) -> Result<Option<CheckCode>, Error> {
        self.pairing(id, wait, |live| match live {
            Live::Comparing(compare) => Some(Ok(compare.code())),
            Live::Waiting => None,
            Live::Failed(error) => Some(Err(error.clone())),
            Live::Exchanging | Live::Met(_) => Some(Err(WalletError::PairingUnknown.into())),
        })
        .await
    }

    /// The person's answer: whether both sides see the same digits.
    ///
    /// # Errors
    /// [`WalletError::CodesDiffer`] after a no, [`WalletError::PairingExpired`] after 120 s: nobody was added.
    pub async fn pair_confirm(&self, id: &PairingId, same: bool) -> Result<(), Error> {
        let live = self.inner.pairings.map().remove(id);
        let compare = match live {
            Some(Live::Comparing(compare)) => compare,
            // A no before there was a code: whoever scans it now meets nobody.
            Some(Live::Waiting) if !same => return Ok(()),
            Some(Live::Exchanging) if same => {
                self.inner.pairings.map().insert(*id, Live::Exchanging);
                return Ok(());
            }
            _ => return Err(WalletError::PairingUnknown.into()),
        };
        let runtime = self.runtime.as_ref().ok_or(WalletError::Closed)?;
        let inner = Arc::clone(&self.inner);
        let confirmed = tokio::task::spawn_blocking(move || {
            let now = inner.clocks.now();
            compare.confirm(&mut inner.engine(), same, now)
        });
        let id = confirmed.await.map_err(|_| WalletError::Internal)??;
        self.inner.pairings.map().insert(id, Live::Exchanging);
        let inner = Arc::clone(&self.inner);
        runtime.spawn(async move {
            let live = match inner.until_met(id).await {
                Ok(account) => Live::Met(account),
                Err(error) => Live::Failed(error),
            };
            inner.pairings.map().insert(id, live);
            inner.changed.notify_waiters();
        });
        Ok(())
    }

    /// Waits up to `wait` for the contact that comes of a pairing, and for its confirmation; the contact says whether that
    /// has come. `None` when the other side has not said yes yet.
    ///
    /// # Errors
    /// Why nobody was added.
    pub async fn pair_contact(&self, id: &PairingId, wait: Duration) -> Result<Option<Contact>, Error> {
        let deadline = Instant::now() + wait;
        let met = self
            .pairing(id, wait, |live| match live {
                Live::Met(account) => Some(Ok(*account)),
                Live::Failed(error) => Some(Err(error.clone())),
                Live::Exchanging => None,
                Live::Waiting | Live::Comparing(_) => Some(Err(WalletError::PairingUnknown.into())),
            })
            .await?;
        let Some(account) = met else { return Ok(None) };
        loop {
            let contact = contacts::by_account(self.inner.engine().store(), &account)?;
            let contact = contact.ok_or(WalletError::ContactUnknown)?;
            if contact.state == ContactState::Verified || Instant::now() >= deadline {
                return Ok(Some(contact));
            }
            self.exchange_messages().await?;
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Sends this side's confirmation and looks for the other's, also when the caller goes away meanwhile.
    async fn exchange_messages(&self) -> Result<(), Error> {
        let runtime = self.runtime.as_ref().ok_or(WalletError::Closed)?;
        let inner = Arc::clone(&self.inner);
        let done = runtime.spawn(async move {
            inner.send_messages(Hurry::None).await?;
            inner.receive_messages().await
        });
        match done.await.map_err(|_| WalletError::Internal)? {
            Err(error @ Error::Store(_)) => Err(error),
            // The contact is stored; the confirmation comes with a later sync.
            _ => Ok(()),
        }
    }

    async fn pairing<T>(
        &self,
        id: &PairingId,
        wait: Duration,
        look: impl Fn(&Live) -> Option<Result<T, Error>>,
    ) -> Result<Option<T>, Error> {
        let deadline = Instant::now() + wait;
        loop {
            let changed = self.inner.changed.notified();
            {
                let map = self.inner.pairings.map();
                let live = map.get(id).ok_or(WalletError::PairingUnknown)?;
                if let Some(found) = look(live) {
                    return found.map(Some);
                }
            }
            if tokio::time::timeout_at(deadline, changed).await.is_err() {
                return Ok(None);
            }
        }
    }

    /// People one knows, by name.
    ///
    /// # Errors
    /// What the store says.
    pub fn contacts(&self) -> Result<Vec<Contact>, Error> {
        let mut found = contacts::list(self.inner.engine().store())?;
        found.sort_by(|a, b| a.name.as_str().cmp(b.name.as_str()));
        Ok(found)
    }

    /// Renames, blocks or unblocks a contact.
    ///
    /// # Errors
    /// [`WalletError::ContactUnknown`], [`WalletError::ContactNameTaken`].
    pub fn change_contact(&self, name: &Name, change: ContactChange) -> Result<Contact, Error> {
        let mut engine = self.inner.engine();
        let (contact, changes) = contacts::change(engine.store(), name, change)?;
        engine.apply(changes)?;
        Ok(contact)
    }
}

impl Inner {
    /// Drives a step of pairing, again after each trouble of the network, until the codes are there or it is over.
    async fn until_ready<O>(self: &Arc<Self>, mut step: O) -> Result<Compare, Error>
    where
        O: Operation<Output = Progress<O>> + 'static,
    {
        loop {
            match self.drive(step).await? {
                Progress::Ready(compare) => return Ok(compare),
                Progress::Later(same) => step = same,
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn until_met(self: &Arc<Self>, id: PairingId) -> Result<AccountId, Error> {
        loop {
            if let Exchanged::Met(contact) = self.drive(Exchange::new(id)).await? {
                return Ok(contact.account);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
