//! A further device, made without the phrase: a cashier's that only receives, a child's with limits.
//!
//! Both phones have compared a code by then; what passes between them is the business of pairing. The owner certifies the
//! keys that were offered and has the list taken ([`ChangeDevices`](super::ChangeDevices)), then grants; the new device
//! stores the grant before it says that it is done. Its seed is its own: it reads what is paid to its own requests, not
//! what is paid to aliases or to other devices.

use super::change::NewDevice;
use super::record::{KnownDevice, OwnDevices, certificate_by};
use crate::engine::{Engine, Trust};
use crate::error::{Error, WalletError};
use crate::keys::device::DeviceKeys;
use crate::keys::receive;
use crate::messaging::OlmAccount;
use crate::store::{Change, Profile, ProfileState};
use farthing_protocol::alias::Alias;
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::details::Name;
use farthing_protocol::device::Scope;
use farthing_protocol::id::{DeviceId, VerifierId};
use farthing_protocol::key::{Ed25519Key, Signer as _};
use farthing_protocol::pairing::{DeviceGrant, DeviceOffer, DeviceReceiveSeed, TranscriptHash};
use farthing_protocol::time::Time;
use rand_core::CryptoRng;

/// The keys that a new device makes before anybody has granted it anything. They are in memory until the grant is stored: a
/// device that stops before has offered keys that nobody uses.
pub struct OfferedKeys {
    act: Ed25519Key,
    session: Ed25519Key,
    olm: OlmAccount,
}

impl OfferedKeys {
    /// Fresh ones.
    #[must_use]
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        Self { act: Ed25519Key::generate(rng), session: Ed25519Key::generate(rng), olm: OlmAccount::generate(rng) }
    }

    /// The device that they would be.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        self.act.public().device_id()
    }

    /// The signed offer of them, for one pairing.
    ///
    /// # Errors
    /// Only when signing fails.
    pub fn offer(&self, transcript: TranscriptHash, created: Time) -> Result<Signed<DeviceOffer>, Error> {
        let (act, session) = (*self.act.public(), *self.session.public());
        let olm = Some(self.olm.identity());
        Ok(Signed::sign(DeviceOffer { version: V1, transcript, act, session, olm, created }, &self.act)?)
    }

    /// With the seed that was granted, they are the device's keys; and its Olm account.
    pub(crate) fn granted(self, grant: &DeviceGrant) -> (DeviceKeys, OlmAccount) {
        let seed = receive::DeviceReceiveSeed::new(grant.seed.as_bytes().clone());
        (DeviceKeys::granted(self.act, self.session, seed), self.olm)
    }
}

impl core::fmt::Debug for OfferedKeys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "OfferedKeys({}, secrets redacted)", self.device())
    }
}

/// The device that an offer asks to be, with what its owner lets it do.
#[must_use]
pub fn sign_device(offer: &Verified<DeviceOffer>, scope: Scope) -> NewDevice {
    NewDevice { act: offer.act, session: offer.session, olm: offer.olm, scope }
}

/// What a device that was added is sent: what it needs to begin.
///
/// # Errors
/// [`WalletError::DeviceUnknownHere`] before the verifier has taken the list with it; [`WalletError::PhraseGone`] on a device
/// that was made without the phrase: it cannot make another one's seed.
pub fn grant(engine: &Engine, device: &DeviceId, transcript: TranscriptHash) -> Result<DeviceGrant, Error> {
    let profile = engine.profile();
    let known = KnownDevice::of(engine.store(), device)?.filter(|known| known.revoked.is_none());
    let certificate = known.ok_or(WalletError::DeviceUnknownHere)?.certificate;
    let seed = engine.keys().seed_of(device).ok_or(WalletError::PhraseGone)?;
    let own = OwnDevices::of(engine.store())?.ok_or(WalletError::Internal)?;
    Ok(DeviceGrant {
        version: V1,
        transcript,
        certificate,
        account: profile.account_key,
        url: profile.url.clone(),
        tls: profile.tls,
        seed: DeviceReceiveSeed::new(zeroize::Zeroizing::new(*seed.as_bytes())),
        alias: Some(profile.alias.clone()),
        counter: own.highest,
    })
}

/// The changes that the store of a device begins with that was granted.
///
/// # Errors
/// [`WalletError::VerifierMisbehaved`] when the certificate is not by the account key, or for other keys than these.
pub(crate) fn begin(
    grant: &DeviceGrant,
    trust: &Trust,
    verifier: &VerifierId,
    keys: &DeviceKeys,
    olm: &OlmAccount,
    name: Option<Name>,
) -> Result<Vec<Change>, Error> {
    let certificate = certificate_by(&grant.account, grant.certificate.as_slice())?;
    let ours = certificate.act == *keys.act().public()
        && certificate.session == *keys.session().public()
        && certificate.olm == Some(olm.identity())
        && certificate.verifier == *verifier;
    if !ours {
        return Err(WalletError::VerifierMisbehaved.into());
    }
    let (epoch, seq) = trust.highest();
    let alias = grant.alias.clone().map_or_else(|| Alias::new(NO_ALIAS), Ok)?;
    let profile = Profile {
        version: V1,
        verifier: *verifier,
        url: grant.url.clone(),
        tls: grant.tls,
        account: grant.account.account_id(),
        account_key: grant.account,
        device: certificate.device(),
        alias,
        name,
        // What the account has is told by its ledger alone.
        state: ProfileState::Reading { epoch, seq },
    };
    let own = KnownDevice::active(&certificate)?;
    Ok(vec![Change::Profile(profile), Change::Trust(trust.to_record()?), Change::put(&own), Change::put(olm)])
}

/// Stands for an alias that the owner did not tell.
const NO_ALIAS: &str = "no-alias";
