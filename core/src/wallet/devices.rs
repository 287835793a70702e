//! The account's devices and names: restoring the account on this device, listing and revoking devices, adding one,
//! forgetting the phrase; aliases and standing requests.

use super::Wallet;
use super::place::{MadeKeys, Place, blocking, create_engine, forget, keep_granted, make_keys, network, settle};
use crate::crash;
use crate::devices::{
    self, ChangeDevices, KnownDevice, NewDevice, OwnDevices, PostDevices, ReadDevices, RestoreOptions,
    join::{self, OfferedKeys},
};
use crate::error::{Error, WalletError};
use crate::keys::SystemEntropy;
use crate::keys::derivation::account_key;
use crate::keys::phrase::Phrase;
use crate::keys::vault::SecretName;
use crate::payment::aliases::{self, RegisterAlias};
use crate::payment::{MadeRequest, MakeRequest, RequestTerms};
use crate::store::ProfileState;
use crate::sync::{Network, read_status, status_call};
use farthing_protocol::alias::Alias;
use farthing_protocol::code::ProblemCode;
use farthing_protocol::cose::Signed;
use farthing_protocol::details::Name;
use farthing_protocol::device::Scope;
use farthing_protocol::id::{DeviceId, Nonce, VerifierId};
use farthing_protocol::invite::Invite;
use farthing_protocol::key::{Ed25519Key, Signer as _};
use farthing_protocol::pairing::{DeviceGrant, TranscriptHash};
use farthing_protocol::time::{Span, Time};
use std::sync::Arc;

/// A device of the account, as a person sees it.
#[derive(Clone, Debug)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// What it may do.
    pub scope: Scope,
    /// It may act for the account; one that is revoked never may again.
    pub active: bool,
    /// Since when it was seen to be revoked.
    pub revoked: Option<Time>,
    /// It is the one that asks.
    pub this: bool,
    /// When its certificate was made.
    pub created: Time,
}

/// How often a restore signs anew what other devices have changed meanwhile.
const TURNS_MAX: u32 = 3;

impl Wallet {
    /// Restores the account of a phrase in an empty place: this device joins it, the others are revoked unless they are to stay.
    ///
    /// When an earlier restore here was interrupted, it is taken up where it stopped. The invite says where the verifier is and
    /// who; its code is not used.
    ///
    /// # Errors
    /// [`WalletError::NoAccountHere`] for a phrase that has no account there, [`WalletError::OtherPhrase`] for another than
    /// the one that was begun with, [`WalletError::AlreadyEnrolled`], and the verifier's problems; while it is not known
    /// whether the verifier took it, everything stays and a second call finishes it.
    pub async fn restore(
        place: &Place,
        invite: &Signed<Invite>,
        phrase: &Phrase,
        options: RestoreOptions,
    ) -> Result<Self, Error> {
        let account = account_key(phrase);
        if place.database().exists() {
            match Self::open(place).await {
                // Killed before the first record was stored: nothing was sent, so nothing is lost.
                Err(Error::Wallet(WalletError::NotEnrolled)) => forget(place, false)?,
                Err(error) => return Err(error),
                Ok(wallet) => return wallet.take_up_restore(invite, &account, &options).await,
            }
        }
        let network = network(place, invite.claims().url.as_str(), invite.claims().tls);
        let mut rng = SystemEntropy::new();
        let found = devices::find(network.as_ref(), invite, &account, &mut rng).await?;
        let MadeKeys { database, device, fresh, .. } = blocking({
            let (place, phrase, forgetting) = (place.clone(), phrase.clone(), !options.keep_phrase);
            move || make_keys(&place, Some(&phrase), forgetting)
        })
        .await?;
        crash::point(crash::RESTORE_AFTER_VAULT);
        let changes = devices::begin(&found, &options, &account, &device, &mut rng)?;
        let engine = blocking({
            let place = place.clone();
            move || create_engine(&place, database, device, changes)
        })
        .await?;
        crash::point(crash::RESTORE_AFTER_STORE);
        let wallet = Self::start(place, engine, Arc::clone(&network))?;
        match wallet.post_restore(network.as_ref(), &account, &options).await {
            Err(error) if matches!(error, Error::Problem { .. }) && !error.is_retryable() => {
                wallet.close().await?;
                forget(place, fresh)?;
                Err(error)
            }
            Err(error) => Err(error),
            Ok(()) => wallet.read_restored(&options).await,
        }
    }

    async fn take_up_restore(
        self,
        invite: &Signed<Invite>,
        account: &Ed25519Key,
        options: &RestoreOptions,
    ) -> Result<Self, Error> {
        let profile = self.profile();
        if profile.account_key != *account.public() {
            return Err(WalletError::OtherPhrase.into());
        }
        if profile.verifier != invite.claims().verifier {
            return Err(WalletError::OtherInvite.into());
        }
        match profile.state {
            ProfileState::Enrolling(_) => return Err(WalletError::NotEnrolled.into()),
            ProfileState::Ready => return Err(WalletError::AlreadyEnrolled.into()),
            ProfileState::Revoked => return Err(WalletError::Revoked.into()),
            ProfileState::Restoring => {
                let network = Arc::clone(&self.inner.network);
                self.post_restore(network.as_ref(), account, options).await?;
            }
            ProfileState::Reading { .. } => {}
        }
        self.read_restored(options).await
    }

    /// Has the verifier take the stored change; one that another device was faster than is signed anew.
    async fn post_restore(
        &self,
        network: &dyn Network,
        account: &Ed25519Key,
        options: &RestoreOptions,
    ) -> Result<(), Error> {
        for _ in 0..TURNS_MAX {
            match self.run(PostDevices::new()).await {
                Err(Error::Problem { code: ProblemCode::ListConflict, .. }) => {}
                other => return other.map(|_| ()),
            }
            // Its time is the verifier's, which the next signature needs.
            self.refresh().await?;
            let profile = self.profile();
            let (trust, time) = {
                let engine = self.inner.engine();
                let trust = engine.trust().cloned().ok_or(WalletError::Internal)?;
                (trust, engine.time(self.inner.clocks.now()).ok_or(WalletError::Internal)?)
            };
            let rng = &mut SystemEntropy::new();
            let url = profile.url.as_str();
            let found = devices::devices_of(network, url, &profile.verifier, &trust, account, time, rng).await?;
            devices::again(&mut self.inner.engine(), &found, options, account)?;
            if self.profile().state != ProfileState::Restoring {
                return Ok(());
            }
        }
        Err(Error::Problem { code: ProblemCode::ListConflict, detail: None, retry_after_s: None })
    }

    /// Reads what the account did before. When that cannot be finished now, the next sync does.
    async fn read_restored(self, options: &RestoreOptions) -> Result<Self, Error> {
        // The account is ours again, whatever stands in the way of reading it.
        let _ = self.sync(Span::from_ms(0)).await;
        crash::point(crash::RESTORE_AFTER_READING);
        if !options.keep_phrase {
            self.forget_phrase()?;
        }
        self.settle().await?;
        Ok(self)
    }

    /// Makes this place a device of the account that granted it. The keys are those that were offered.
    ///
    /// # Errors
    /// [`WalletError::AlreadyEnrolled`] where there is a wallet, [`StoreError::Missing`](crate::store::StoreError::Missing) where
    /// the vault has the keys of one, [`WalletError::VerifierMisbehaved`] for a grant that does not fit to the keys, and what
    /// network, vault and store say.
    pub async fn join(
        place: &Place,
        grant: &DeviceGrant,
        verifier: &VerifierId,
        keys: OfferedKeys,
        name: Option<Name>,
    ) -> Result<Self, Error> {
        if place.database().exists() {
            return Err(WalletError::AlreadyEnrolled.into());
        }
        let network = network(place, grant.url.as_str(), grant.tls);
        let nonce = Nonce::generate(&mut SystemEntropy::new());
        let reply = network.call(&status_call(&nonce)).await;
        let (trust, _) = read_status(reply, verifier, &nonce, None)?;
        let (keys, olm) = keys.granted(grant);
        let changes = join::begin(grant, &trust, verifier, &keys, &olm, name)?;
        let engine = blocking({
            let place = place.clone();
            move || {
                let database = keep_granted(&place, &keys)?;
                let engine = create_engine(&place, database.clone(), keys, changes)?;
                settle(place.vault.as_ref())?;
                Ok(engine)
            }
        })
        .await?;
        let wallet = Self::start(place, engine, network)?;
        // What the account has is read now, or by the next sync.
        let _ = wallet.sync(Span::from_ms(0)).await;
        Ok(wallet)
    }

    /// The account's devices, the active ones first; as the verifier shows them when it can be asked.
    ///
    /// # Errors
    /// What the store says.
    pub async fn devices(&self) -> Result<Vec<Device>, Error> {
        if self.profile().state != ProfileState::Revoked {
            match self.run(ReadDevices::new()).await {
                Ok(()) | Err(Error::Network(_) | Error::Wallet(WalletError::Revoked)) => {}
                Err(error) => return Err(error),
            }
        }
        let engine = self.inner.engine();
        let profile = engine.profile();
        let mut found = Vec::new();
        for known in KnownDevice::all(engine.store())? {
            let certificate = known.certificate(&profile.account_key)?;
            let this = known.device == profile.device;
            let active = known.revoked.is_none() && !(this && profile.state == ProfileState::Revoked);
            found.push(Device {
                id: known.device,
                scope: certificate.scope.clone(),
                active,
                revoked: known.revoked,
                this,
                created: certificate.created,
            });
        }
        found.sort_by_key(|device| (!device.active, device.created, device.id));
        Ok(found)
    }

    /// Revokes a device, for ever. Revoking this one ends the wallet: it keeps what it knows.
    ///
    /// # Errors
    /// [`WalletError::DeviceUnknownHere`], [`WalletError::LastDevice`], [`WalletError::OtherPhrase`],
    /// [`WalletError::PhraseGone`] when the phrase is neither kept nor given; a network error leaves it to `sync`.
    pub async fn revoke(&self, device: DeviceId, phrase: Option<&Phrase>) -> Result<(), Error> {
        let account = self.account_key(phrase)?;
        self.run_told(ChangeDevices::revoke(account, device)).await
    }

    /// Adds a device whose keys were offered by pairing.
    ///
    /// # Errors
    /// As [`Wallet::revoke`].
    pub async fn add_device(&self, device: NewDevice, phrase: Option<&Phrase>) -> Result<(), Error> {
        let account = self.account_key(phrase)?;
        self.run_told(ChangeDevices::add(account, device)).await
    }

    /// What a device that was added is sent.
    ///
    /// # Errors
    /// As [`join::grant`].
    pub fn grant(&self, device: &DeviceId, transcript: TranscriptHash) -> Result<DeviceGrant, Error> {
        join::grant(&self.inner.engine(), device, transcript)
    }

    /// Makes a request on the account's alias that can be paid again and again.
    ///
    /// # Errors
    /// As [`Wallet::request`]; [`WalletError::NoAliasKey`] on a device that was made without the phrase.
    pub async fn standing_request(&self, terms: RequestTerms) -> Result<MadeRequest, Error> {
        self.run_told(MakeRequest::standing(terms)).await
    }

    /// Registers a further alias. Again is harmless.
    ///
    /// # Errors
    /// The verifier's `alias_taken` and `too_many_aliases`; a network error leaves it to `sync`.
    pub async fn register_alias(&self, alias: Alias) -> Result<(), Error> {
        self.run_told(RegisterAlias::new(alias)).await
    }

    /// The account's aliases, the first one first.
    ///
    /// # Errors
    /// What the store says.
    pub fn aliases(&self) -> Result<Vec<Alias>, Error> {
        aliases::all(&self.inner.engine())
    }

    /// The account key, of the phrase that is given, else of the one that is kept.
    pub(super) fn account_key(&self, phrase: Option<&Phrase>) -> Result<Ed25519Key, Error> {
        let key = match phrase {
            Some(phrase) => account_key(phrase),
            None => account_key(&self.phrase()?),
        };
        if *key.public() == self.profile().account_key { Ok(key) } else { Err(WalletError::OtherPhrase.into()) }
    }

    /// The person has typed the phrase again, so it is on paper: it is forgotten here.
    ///
    /// # Errors
    /// [`WalletError::OtherPhrase`] when it is another account's; then it is kept.
    pub fn confirm_phrase(&self, typed: &Phrase) -> Result<(), Error> {
        self.account_key(Some(typed))?;
        self.forget_phrase()
    }

    /// True while the vault keeps the phrase.
    ///
    /// # Errors
    /// What the vault says.
    pub fn keeps_phrase(&self) -> Result<bool, Error> {
        Ok(self.vault.get(SecretName::Phrase)?.is_some())
    }

    /// Forgets the phrase: it was confirmed, by whoever has compared it.
    ///
    /// # Errors
    /// What the vault says.
    pub fn forget_phrase(&self) -> Result<(), Error> {
        Ok(self.vault.remove(SecretName::Phrase)?)
    }

    /// How many devices may act for the account, as far as known.
    ///
    /// # Errors
    /// What the store says.
    pub fn device_count(&self) -> Result<Option<usize>, Error> {
        let engine = self.inner.engine();
        let account = engine.profile().account_key;
        let list = OwnDevices::of(engine.store())?.map(|own| own.list(&account)).transpose()?;
        Ok(list.map(|list| list.devices.len()))
    }
}
