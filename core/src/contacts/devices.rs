//! The devices of a contact, as the contact's own key lists them, and those of one's own account: whom a message goes to, and
//! whose message is believed.
//!
//! A list is believed when the pinned account key signed it, and it is not lower than the highest one seen (wire decisions 5
//! and 18). Of a contact the card has the key.

use super::by_account;
use crate::devices::{self, Devices, KnownDevice};
use crate::engine::{Engine, Input};
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::store::{self, Change, Kept, Table};
use crate::sync::{Heard, SignedRead};
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::{Signed, SignedBytes, Verified};
use farthing_protocol::device::{DeviceCertificate, DeviceList};
use farthing_protocol::http::Call;
use farthing_protocol::id::{AccountId, DeviceId};
use farthing_protocol::key::PublicKey;
use farthing_protocol::time::Moment;
use minicbor::{Decode, Encode};

const MISBEHAVED: Error = Error::Wallet(WalletError::VerifierMisbehaved);

/// The newest list of a contact's devices that was seen.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DeviceListRecord {
    /// The record's version.
    #[n(0)]
    pub version: V1,
    /// The contact's account.
    #[n(1)]
    pub account: AccountId,
    /// The signed list.
    #[n(2)]
    pub list: SignedBytes,
    /// The signed certificate of each device, in the list's order.
    #[n(3)]
    pub certificates: Vec<SignedBytes>,
}

impl Kept for DeviceListRecord {
    const TABLE: Table = Table::DEVICE_LISTS;

    fn key(&self) -> Vec<u8> {
        self.account.as_bytes().to_vec()
    }
}

impl DeviceListRecord {
    /// The list, checked again.
    ///
    /// # Errors
    /// [`WalletError::VerifierMisbehaved`] when this key did not sign it.
    pub fn list(&self, key: &PublicKey) -> Result<Verified<DeviceList>, Error> {
        Ok(Signed::<DeviceList>::parse(self.list.as_slice()).map_err(|_| MISBEHAVED)?.verify(key)?)
    }

    /// The certificates of the listed devices, checked again.
    ///
    /// # Errors
    /// [`WalletError::VerifierMisbehaved`] when this key did not sign one.
    pub fn devices(&self, key: &PublicKey) -> Result<Vec<Verified<DeviceCertificate>>, Error> {
        let certificate = |bytes: &SignedBytes| {
            Ok(Signed::<DeviceCertificate>::parse(bytes.as_slice()).map_err(|_| MISBEHAVED)?.verify(key)?)
        };
        self.certificates.iter().map(certificate).collect()
    }
}

/// The certificates of the devices on the newest list seen, of a contact or of one's own account; none when no list was seen.
///
/// # Errors
/// What the store says.
pub(crate) fn listed(engine: &Engine, account: &AccountId) -> Result<Vec<Verified<DeviceCertificate>>, Error> {
    let profile = engine.profile();
    if *account == profile.account {
        let active = KnownDevice::all(engine.store())?.into_iter().filter(|known| known.revoked.is_none());
        return active.map(|known| known.certificate(&profile.account_key)).collect();
    }
    let Some(contact) = by_account(engine.store(), account)? else { return Ok(Vec::new()) };
    let record = store::kept::<DeviceListRecord>(engine.store(), account.as_bytes())?;
    record.map_or(Ok(Vec::new()), |record| record.devices(&contact.account_key))
}

/// Reads the newest list of an account's devices; a part of operations.
#[derive(Debug)]
pub(crate) struct ReadList {
    account: AccountId,
    read: SignedRead,
}

impl ReadList {
    /// The call to begin with.
    ///
    /// # Errors
    /// When signing fails.
    pub(crate) fn new(engine: &mut Engine, account: AccountId, now: Moment) -> Result<(Self, Call), Error> {
        let own = account == engine.profile().account;
        let query = if own { String::new() } else { format!("account={}", account.to_hex()) };
        let (read, call) = SignedRead::new(engine, "/v1/devices", query, now)?;
        Ok((Self { account, read }, call))
    }

    /// Whose list it is.
    pub(crate) const fn account(&self) -> AccountId {
        self.account
    }

    /// Takes the answer, and stores the list when it is newer than the one that is known. Returns what is to be sent first.
    ///
    /// # Errors
    /// [`WalletError::VerifierMisbehaved`] for a list that does not hold or is lower than one seen before; a problem, or the
    /// network's error.
    pub(crate) fn hear(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Option<Call>, Error> {
        let Input::Reply(reply) = input else { return Err(WalletError::Internal.into()) };
        let reply = match self.read.hear(engine, reply, now)? {
            Heard::Again(call) => return Ok(Some(call)),
            Heard::Reply(reply) => reply,
        };
        let (profile, own) = (engine.profile(), self.account == engine.profile().account);
        let key = if own {
            profile.account_key
        } else {
            by_account(engine.store(), &self.account)?.ok_or(WalletError::ContactUnknown)?.account_key
        };
        let trust = engine.trust().ok_or(WalletError::Internal)?;
        let found = Devices::read(&reply.body, trust, &profile.verifier, &key)?;
        let asked = *self.read.asked();
        engine.take_head(&found.head, &asked, now)?;
        let changes = if own { devices::known(engine, &found)? } else { newer(engine, self.account, &key, &found)? };
        engine.apply(changes)?;
        Ok(None)
    }
}

/// What a contact's list changes, after checking that it is not lower than the one that is known.
fn newer(engine: &Engine, account: AccountId, key: &PublicKey, found: &Devices) -> Result<Vec<Change>, Error> {
    let bytes = |certificate: &Verified<DeviceCertificate>| SignedBytes::new(certificate.bytes().to_vec());
    let record = DeviceListRecord {
        version: V1,
        account,
        list: SignedBytes::new(found.list.bytes().to_vec())?,
        certificates: found.certificates.iter().map(bytes).collect::<Result<_, _>>()?,
    };
    let Some(known) = store::kept::<DeviceListRecord>(engine.store(), account.as_bytes())? else {
        return Ok(vec![Change::put(&record)]);
    };
    let before = known.list(key)?;
    if found.list.counter < before.counter || (found.list.counter == before.counter && known.list != record.list) {
        return Err(MISBEHAVED);
    }
    let new = |device: &DeviceId| before.devices.iter().all(|listed| listed.device != *device);
    let added = found.list.devices.iter().filter(|listed| new(&listed.device)).map(|listed| Change::Event {
        at: found.head.time,
        // A person who wants to be sure of a contact's new phone can ask about it.
        kind: EventKind::ContactDeviceAdded(account, listed.device),
    });
    Ok(added.chain([Change::put(&record)]).collect())
}
