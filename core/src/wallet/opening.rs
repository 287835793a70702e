//! Making a wallet, opening the one that is there, and taking up what was interrupted.

use super::inner::Inner;
use super::place::{
    MadeKeys, Place, blocking, create_engine, forget, is_database_lost, make_keys, network, open_engine, settle,
};
use super::{Wallet, people};
use crate::crash;
use crate::engine::Engine;
use crate::enrol::{self, Enrol, EnrolOptions};
use crate::error::{Error, WalletError};
use crate::keys::SystemEntropy;
use crate::keys::apart::wipe;
use crate::keys::phrase::Phrase;
use crate::store::ProfileState;
use crate::sync::Network;
use farthing_protocol::cose::Signed;
use farthing_protocol::invite::Invite;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// Worker threads of a wallet's runtime: one waits on the network while the other works.
const WORKERS: usize = 2;

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
            match Self::take_up(place, invite).await {
                // Killed before the first record was stored: nothing was sent, so nothing is lost.
                Err(Error::Wallet(WalletError::NotEnrolled)) => forget(place, false)?,
                other => return other,
            }
        }
        let network = network(place, invite.claims().url.as_str(), invite.claims().tls);
        let mut rng = SystemEntropy::new();
        let welcome = enrol::greet(network.as_ref(), invite, &mut rng).await?;
        let MadeKeys { database, device, phrase, fresh } = blocking({
            let place = place.clone();
            move || make_keys(&place, None, false)
        })
        .await?;
        crash::point(crash::ENROL_AFTER_VAULT);
        let changes = enrol::begin(&welcome, &options, &phrase, &device, &mut rng)?;
        let engine = blocking({
            let place = place.clone();
            move || create_engine(&place, database, device, changes)
        })
        .await?;
        crash::point(crash::ENROL_AFTER_STORE);
        Ok((Self::start(place, engine, network)?.enrolled(place, fresh).await?, phrase))
    }

    /// Sends the stored enrolment. After the verifier's no, the database of the attempt goes, so that another invite can be
    /// tried; keys go only when they were made for it.
    async fn enrolled(self, place: &Place, fresh: bool) -> Result<Self, Error> {
        match self.run(Enrol::new()).await {
            Err(error) if self.profile().state != ProfileState::Ready => {
                if matches!(error, Error::Problem { .. }) && !error.is_retryable() {
                    self.close().await?;
                    forget(place, fresh)?;
                }
                Err(error)
            }
            // The account is open; whatever else failed, the next sync does.
            _ => {
                self.settle().await?;
                Ok(self)
            }
        }
    }

    /// The verifier knows this device: what the vault has is a wallet's from now on.
    pub(super) async fn settle(&self) -> Result<(), Error> {
        let vault = Arc::clone(&self.vault);
        blocking(move || settle(vault.as_ref())).await
    }

    /// Whether the vault has the keys of a wallet whose database is not here: it was lost, or moved away. The account is restored with
    /// its phrase, in another folder.
    ///
    /// # Errors
    /// What the vault says.
    pub async fn is_database_lost(place: &Place) -> Result<bool, Error> {
        let place = place.clone();
        blocking(move || is_database_lost(&place)).await
    }

    async fn take_up(place: &Place, invite: &Signed<Invite>) -> Result<(Self, Phrase), Error> {
        let wallet = Self::open(place).await?;
        let profile = wallet.profile();
        match profile.state {
            ProfileState::Enrolling(_) => {}
            ProfileState::Restoring => return Err(WalletError::NotRestored.into()),
            _ => return Err(WalletError::AlreadyEnrolled.into()),
        }
        if profile.verifier != invite.claims().verifier {
            return Err(WalletError::OtherInvite.into());
        }
        let wallet = wallet.enrolled(place, false).await?;
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
        let network = network(place, engine.profile().url.as_str(), engine.profile().tls);
        Self::start(place, engine, network)
    }

    pub(super) fn start(place: &Place, engine: Engine, network: Arc<dyn Network>) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .thread_name("farthing")
            // The memory of a thread's stack outlives the thread.
            .on_thread_stop(wipe)
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
            watching: Arc::default(),
            pairings: people::LivePairings::default(),
        });
        Ok(Self { inner, vault: Arc::clone(&place.vault), runtime: Some(runtime) })
    }
}
