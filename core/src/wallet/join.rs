//! A further device by pairing: the owner's phone shows a code, the new phone scans it, and both show six digits.
//!
//! ```text
//!  owner   Wallet::device_show ── code ── device_confirm: reads the offered keys, has the list taken, sends the grant
//!  new     Joining::scan ──────── code ── finish: sends its keys, waits for the grant, stores it: a wallet
//! ```
//!
//! Until the grant is stored the new phone has nothing that a kill could harm. When it never arrives, the owner sees a device
//! that nobody uses among the others, and can revoke it.

use super::Wallet;
use super::people::{Live, PairingOffer};
use super::place::{Place, check_vacant, network};
use crate::devices::join::{OfferedKeys, sign_device};
use crate::error::{Error, WalletError};
use crate::keys::SystemEntropy;
use crate::keys::phrase::Phrase;
use crate::pairing::{CheckCode, PairingId, Show, in_time, read, until_said, write};
use crate::sync::Network;
use farthing_protocol::cose::Signed;
use farthing_protocol::details::Name;
use farthing_protocol::device::{Limited, Scope};
use farthing_protocol::id::{DeviceId, VerifierId};
use farthing_protocol::limits::{LONG_POLL_MAX, RENDEZVOUS_KEPT};
use farthing_protocol::pairing::{
    ANSWER_SLOT, Answering, DeviceGrant, DeviceOffer, Offer, Paired, Purpose, REVEAL_SLOT, Role,
};
use farthing_protocol::time::Span;
use std::sync::Arc;

const BURNT: Error = Error::Wallet(WalletError::PairingBurnt);

/// Refuses to go on when the rendezvous is gone.
fn kept(place: &dyn super::Clocks, since: Span) -> Result<(), Error> {
    if place.now().monotonic.as_ms().saturating_sub(since.as_ms()) < RENDEZVOUS_KEPT.as_ms() {
        Ok(())
    } else {
        Err(WalletError::PairingExpired.into())
    }
}

impl Wallet {
    /// Makes a code by which another phone can become a device of this account.
    ///
    /// # Errors
    /// As [`Wallet::add_device`], before anything is shown; [`WalletError::PairingBusy`].
    pub async fn device_show(&self, phrase: Option<&Phrase>) -> Result<PairingOffer, Error> {
        self.account_key(phrase)?;
        let show = Show::new(&mut self.inner.engine(), Purpose::Device, self.inner.clocks.now())?;
        let offer = PairingOffer { id: *show.id(), link: show.link().to_owned() };
        self.begin_pairing(offer.id, show)?;
        Ok(offer)
    }

    /// What a device that is added now may do. The verifier's time counts, so it is heard first.
    ///
    /// # Errors
    /// Why it was not heard.
    pub async fn scope_from_now(&self, limited: Limited) -> Result<Scope, Error> {
        self.refresh().await?;
        Ok(limited.scope(self.status()?.verifier_time.ok_or(WalletError::Internal)?))
    }

    /// The person's answer, whether both phones show the same digits. After a yes: adds the phone, within `scope`, and sends it
    /// what it needs.
    ///
    /// # Errors
    /// As [`Wallet::pair_confirm`] and [`Wallet::add_device`].
    pub async fn device_confirm(
        &self,
        id: &PairingId,
        same: bool,
        scope: Scope,
        phrase: Option<&Phrase>,
    ) -> Result<DeviceId, Error> {
        let Some(Live::Comparing(compare)) = self.inner.pairings.map().remove(id) else {
            return Err(WalletError::PairingUnknown.into());
        };
        let since = self.inner.clocks.now().monotonic;
        let paired = compare.confirm_device(same, self.inner.clocks.now())?;
        let in_time = || kept(self.inner.clocks.as_ref(), since);
        let network = Arc::clone(&self.inner.network);
        let keys = read(id, Role::Scanner.slot(), LONG_POLL_MAX);
        let sealed = until_said(network.as_ref(), &keys, in_time).await?;
        let offered = paired.open(Role::Scanner, &sealed).map_err(|_| BURNT)?;
        let offered = Signed::<DeviceOffer>::parse(&offered).map_err(|_| BURNT)?;
        let act = offered.claims().act;
        let offered = offered.verify(&act).map_err(|_| BURNT)?;
        if offered.transcript != *paired.transcript() {
            return Err(BURNT);
        }
        let device = act.device_id();
        self.add_device(sign_device(&offered, scope), phrase).await?;
        let grant = self.grant(&device, *paired.transcript())?;
        let sealed = paired.seal(Role::Shower, &grant.encode())?;
        until_said(network.as_ref(), &write(id, Role::Shower.slot(), sealed), in_time).await?;
        Ok(device)
    }
}

/// A phone that is about to become a device of somebody's account. In memory only.
pub struct Joining {
    network: Arc<dyn Network>,
    verifier: VerifierId,
    paired: Paired,
    since: Span,
}

impl Joining {
    /// Answers the owner's code, and waits for the digits to compare.
    ///
    /// # Errors
    /// What is wrong with the code, [`WalletError::AlreadyEnrolled`] where there is a wallet,
    /// [`StoreError::Missing`](crate::store::StoreError::Missing) where the vault has the keys of one,
    /// [`WalletError::PairingBurnt`], [`WalletError::PairingExpired`].
    pub async fn scan(place: &Place, link: &str) -> Result<Self, Error> {
        let (url, offer) = Offer::parse_link(link)?;
        if offer.purpose != Purpose::Device {
            return Err(WalletError::OtherPurpose.into());
        }
        if place.database().exists() {
            return Err(WalletError::AlreadyEnrolled.into());
        }
        check_vacant(place)?;
        let (verifier, id) = (offer.verifier, offer.rendezvous);
        let network = network(place, url.as_str(), offer.tls);
        let since = place.clocks.now().monotonic;
        let soon = || in_time(since, place.clocks.now());
        let answering = Answering::new(offer, &mut SystemEntropy::new())?;
        until_said(network.as_ref(), &write(&id, ANSWER_SLOT, answering.message().to_vec()), soon).await?;
        let reveal = until_said(network.as_ref(), &read(&id, REVEAL_SLOT, LONG_POLL_MAX), soon).await?;
        let paired = answering.learn(&reveal).map_err(|_| BURNT)?;
        Ok(Self { network, verifier, paired, since })
    }

    /// What both people must see alike.
    #[must_use]
    pub const fn code(&self) -> CheckCode {
        self.paired.code()
    }

    /// The person's answer, whether both phones show the same digits. After a yes: a wallet, once the owner has granted it.
    ///
    /// # Errors
    /// As [`Joining::granted`] and [`Granted::join`].
    pub async fn finish(self, place: &Place, same: bool, name: Option<Name>) -> Result<Wallet, Error> {
        self.granted(place, same).await?.join(place, name).await
    }

    /// The person's answer; after a yes waits for the owner's. Nothing is stored yet: whoever stops to wait has not joined.
    ///
    /// # Errors
    /// [`WalletError::CodesDiffer`] after a no, [`WalletError::PairingExpired`], [`WalletError::PairingBurnt`].
    pub async fn granted(self, place: &Place, same: bool) -> Result<Granted, Error> {
        if !same {
            return Err(WalletError::CodesDiffer.into());
        }
        in_time(self.since, place.clocks.now())?;
        // The vault of a command line is opened only now.
        check_vacant(place)?;
        let since = place.clocks.now().monotonic;
        let in_time = || kept(place.clocks.as_ref(), since);
        let (id, transcript) = (self.paired.rendezvous(), self.paired.transcript());
        let keys = OfferedKeys::generate(&mut SystemEntropy::new());
        let offered = keys.offer(*transcript, place.clocks.now().wall)?;
        let sealed = self.paired.seal(Role::Scanner, offered.bytes())?;
        until_said(self.network.as_ref(), &write(id, Role::Scanner.slot(), sealed), in_time).await?;
        let granted = read(id, Role::Shower.slot(), LONG_POLL_MAX);
        let sealed = until_said(self.network.as_ref(), &granted, in_time).await?;
        let grant = self.paired.open(Role::Shower, &sealed).map_err(|_| BURNT)?;
        let grant = DeviceGrant::decode(&grant).map_err(|_| BURNT)?;
        if grant.transcript != *transcript {
            return Err(BURNT);
        }
        Ok(Granted { grant, verifier: self.verifier, keys })
    }
}

/// The owner's yes, with the keys that it is for.
pub struct Granted {
    grant: DeviceGrant,
    verifier: VerifierId,
    keys: OfferedKeys,
}

impl Granted {
    /// Makes the wallet.
    ///
    /// # Errors
    /// What [`Wallet::join`] says.
    pub async fn join(self, place: &Place, name: Option<Name>) -> Result<Wallet, Error> {
        Wallet::join(place, &self.grant, &self.verifier, self.keys, name).await
    }
}

impl core::fmt::Debug for Granted {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Granted({:?})", self.keys)
    }
}

impl core::fmt::Debug for Joining {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Joining({:?})", self.paired)
    }
}
