//! What is stored of the account's devices.

use crate::error::{Error, WalletError};
use crate::store::{self, Kept, Store, Table};
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::device::{DeviceCertificate, DeviceList};
use farthing_protocol::http::SignedBytes;
use farthing_protocol::id::{Counter, DeviceId};
use farthing_protocol::key::PublicKey;
use farthing_protocol::time::Time;
use minicbor::{Decode, Encode};

/// A device of the account, also a revoked one: what it paid once must stay verifiable.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct KnownDevice {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// The device.
    #[n(1)]
    pub device: DeviceId,
    /// Its signed certificate.
    #[n(2)]
    pub certificate: SignedBytes,
    /// Since when it is known to be revoked.
    #[n(3)]
    pub revoked: Option<Time>,
}

impl Kept for KnownDevice {
    const TABLE: Table = Table::DEVICES;

    fn key(&self) -> Vec<u8> {
        self.device.as_bytes().to_vec()
    }
}

impl KnownDevice {
    /// One that may act.
    ///
    /// # Errors
    /// Only for a certificate that is larger than one can be.
    pub fn active(certificate: &Verified<DeviceCertificate>) -> Result<Self, Error> {
        let bytes = SignedBytes::new(certificate.bytes().to_vec())?;
        Ok(Self { version: V1, device: certificate.device(), certificate: bytes, revoked: None })
    }

    /// The device with this id.
    ///
    /// # Errors
    /// What the store says.
    pub fn of(store: &dyn Store, device: &DeviceId) -> Result<Option<Self>, Error> {
        Ok(store::kept(store, device.as_bytes())?)
    }

    /// All of them.
    ///
    /// # Errors
    /// What the store says.
    pub fn all(store: &dyn Store) -> Result<Vec<Self>, Error> {
        Ok(store::all_kept(store)?)
    }

    /// What its certificate says, checked again.
    ///
    /// # Errors
    /// [`WalletError::VerifierMisbehaved`] when it is not by this account key.
    pub fn certificate(&self, account: &PublicKey) -> Result<Verified<DeviceCertificate>, Error> {
        certificate_by(account, self.certificate.as_slice())
    }
}

/// There is one record, and a key is not empty.
const KEY: &[u8] = &[1];

/// The newest device list of the account.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OwnDevices {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// The signed list.
    #[n(1)]
    pub list: SignedBytes,
    /// The list's own counter.
    #[n(2)]
    pub counter: Counter,
    /// The highest counter of the account key that was seen.
    #[n(3)]
    pub highest: Counter,
    /// Certificates of some of its devices were never read.
    #[n(4)]
    pub incomplete: bool,
}

impl Kept for OwnDevices {
    const TABLE: Table = Table::OWN_DEVICES;

    fn key(&self) -> Vec<u8> {
        KEY.to_vec()
    }
}

impl OwnDevices {
    /// The stored one; `None` before it was read.
    ///
    /// # Errors
    /// What the store says.
    pub fn of(store: &dyn Store) -> Result<Option<Self>, Error> {
        Ok(store::kept(store, KEY)?)
    }

    /// What the list says, checked again.
    ///
    /// # Errors
    /// [`WalletError::VerifierMisbehaved`] when it is not by this account key.
    pub fn list(&self, account: &PublicKey) -> Result<Verified<DeviceList>, Error> {
        list_by(account, self.list.as_slice())
    }
}

/// What a change of devices is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Purpose {
    /// This device joins: the account is restored.
    #[n(1)]
    Restore,
    /// Another device is revoked, or this one.
    #[n(2)]
    Revoke,
    /// Another device joins.
    #[n(3)]
    Add,
    /// The list that a restored verifier has lost: the same bytes as before.
    #[n(4)]
    Again,
}

/// A change of devices that the verifier has not answered: the same bytes are sent until it does.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PendingChange {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// What it is for.
    #[n(1)]
    pub purpose: Purpose,
    /// The signed list.
    #[n(2)]
    pub list: SignedBytes,
    /// Signed certificates of the devices that are new.
    #[n(3)]
    pub certificates: Vec<SignedBytes>,
    /// The call's body.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub body: Vec<u8>,
}

impl Kept for PendingChange {
    const TABLE: Table = Table::DEVICES_CHANGE;

    fn key(&self) -> Vec<u8> {
        KEY.to_vec()
    }
}

impl PendingChange {
    /// The stored one.
    ///
    /// # Errors
    /// What the store says.
    pub fn of(store: &dyn Store) -> Result<Option<Self>, Error> {
        Ok(store::kept(store, KEY)?)
    }

    /// The change that forgets it.
    #[must_use]
    pub fn forget() -> store::Change {
        store::Change::forget::<Self>(KEY)
    }
}

const MISBEHAVED: Error = Error::Wallet(WalletError::VerifierMisbehaved);

/// A certificate that this account key signed, for its own account.
pub(super) fn certificate_by(account: &PublicKey, bytes: &[u8]) -> Result<Verified<DeviceCertificate>, Error> {
    let certificate = Signed::<DeviceCertificate>::parse(bytes).map_err(|_| MISBEHAVED)?;
    let certificate = certificate.verify(account).map_err(|_| MISBEHAVED)?;
    if certificate.account == *account { Ok(certificate) } else { Err(MISBEHAVED) }
}

/// A list that this account key signed, for its own account.
pub(crate) fn list_by(account: &PublicKey, bytes: &[u8]) -> Result<Verified<DeviceList>, Error> {
    let list = Signed::<DeviceList>::parse(bytes).map_err(|_| MISBEHAVED)?;
    let list = list.verify(account).map_err(|_| MISBEHAVED)?;
    if list.account == account.account_id() { Ok(list) } else { Err(MISBEHAVED) }
}
