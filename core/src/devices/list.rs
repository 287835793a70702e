//! The account's devices as the verifier shows them, and what a list that is newer than the one known changes here.
//!
//! Nothing of it is believed on the verifier's word: list and certificates are signed by the account key, and a list whose
//! counter is lower than one seen before is refused (wire decision 5).

use super::record::{KnownDevice, OwnDevices, certificate_by, list_by};
use crate::engine::{Asked, Engine, Input, Operation, Step, Trust};
use crate::error::{Error, WalletError};
use crate::events::EventKind;
use crate::store::{Change, Profile, ProfileState};
use crate::sync::{Heard, SignedRead};
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::Verified;
use farthing_protocol::device::{DeviceCertificate, DeviceList};
use farthing_protocol::head::Head;
use farthing_protocol::http::{DevicesStatus, SignedBytes};
use farthing_protocol::id::{Counter, DeviceId, VerifierId};
use farthing_protocol::key::PublicKey;
use farthing_protocol::limits::COUNTER_AHEAD_MAX;
use farthing_protocol::time::{Moment, Time};

const MISBEHAVED: Error = Error::Wallet(WalletError::VerifierMisbehaved);

/// The devices of an account, everything checked by its key.
#[derive(Clone, Debug)]
pub(crate) struct Devices {
    pub(crate) list: Verified<DeviceList>,
    /// In the list's order.
    pub(crate) certificates: Vec<Verified<DeviceCertificate>>,
    /// Of revoked ones.
    pub(crate) former: Vec<Verified<DeviceCertificate>>,
    /// The highest counter of the account key.
    pub(crate) counter: Counter,
    pub(crate) head: Verified<Head>,
}

impl Devices {
    /// Reads and checks what the verifier says of the account with this key.
    pub(crate) fn read(body: &[u8], trust: &Trust, verifier: &VerifierId, account: &PublicKey) -> Result<Self, Error> {
        let status = DevicesStatus::decode(body).map_err(|_| MISBEHAVED)?;
        let head = trust.verify::<Head>(status.head.as_slice())?;
        let list = list_by(account, status.list.as_slice())?;
        let all = |bytes: &[SignedBytes]| {
            bytes.iter().map(|bytes| certificate_by(account, bytes.as_slice())).collect::<Result<Vec<_>, _>>()
        };
        let (certificates, former) = (all(&status.certificates)?, all(&status.former)?);
        let listed = list.devices.len() == certificates.len()
            && list.devices.iter().zip(&certificates).all(|(listed, certificate)| {
                listed.device == certificate.device() && listed.certificate == certificate.signed().bytes_hash()
            });
        let here = list.verifier == *verifier
            && certificates.iter().chain(&former).all(|certificate| certificate.verifier == *verifier);
        // The list is signed, this number is not: what is too far ahead would leave no room for lists to come.
        let ahead = status.counter.get().checked_sub(list.counter.get());
        let counted = ahead.is_some_and(|ahead| ahead <= COUNTER_AHEAD_MAX);
        if status.account != *account || !listed || !here || !counted {
            return Err(MISBEHAVED);
        }
        Ok(Self { list, certificates, former, counter: status.counter, head })
    }
}

/// The operation: reads the account's devices.
#[derive(Debug, Default)]
pub struct ReadDevices {
    read: Option<SignedRead>,
}

impl ReadDevices {
    /// Reads them.
    #[must_use]
    pub const fn new() -> Self {
        Self { read: None }
    }
}

impl Operation for ReadDevices {
    type Output = ();

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<()>, Error> {
        let Input::Reply(reply) = input else {
            let (read, call) = SignedRead::new(engine, "/v1/devices", "", now)?;
            self.read = Some(read);
            return Ok(Step::Call(call));
        };
        let mut read = self.read.take().ok_or(WalletError::Internal)?;
        match read.hear(engine, reply, now)? {
            Heard::Again(call) => {
                self.read = Some(read);
                Ok(Step::Call(call))
            }
            Heard::Reply(reply) => take(engine, &reply.body, read.asked(), now).map(Step::Done),
        }
    }
}

fn take(engine: &mut Engine, body: &[u8], asked: &Asked, now: Moment) -> Result<(), Error> {
    let profile = engine.profile();
    let trust = engine.trust().ok_or(WalletError::Internal)?;
    let devices = Devices::read(body, trust, &profile.verifier, &profile.account_key)?;
    engine.take_head(&devices.head, asked, now)?;
    if OwnDevices::of(engine.store())?.is_some_and(|known| devices.list.counter < known.counter) {
        return Err(MISBEHAVED);
    }
    let changes = known(engine, &devices)?;
    engine.apply(changes)
}

/// The changes that what was read brings: none when it is older than what is known. A device that has left since would come
/// back with its certificate, and be told what is for the account's devices.
pub(crate) fn known(engine: &Engine, devices: &Devices) -> Result<Vec<Change>, Error> {
    let mut changes = Vec::new();
    if OwnDevices::of(engine.store())?.is_some_and(|known| devices.list.counter < known.counter) {
        return Ok(changes);
    }
    for (certificate, listed) in
        devices.certificates.iter().map(|c| (c, true)).chain(devices.former.iter().map(|c| (c, false)))
    {
        let revoked = if listed { None } else { Some(devices.head.time) };
        match KnownDevice::of(engine.store(), &certificate.device())? {
            Some(known) if known.certificate.as_slice() == certificate.bytes() => {}
            _ => changes.push(Change::put(&KnownDevice { revoked, ..KnownDevice::active(certificate)? })),
        }
    }
    let certificates = devices.certificates.iter().map(|certificate| certificate.device()).collect::<Vec<_>>();
    changes.extend(newer(engine, &devices.list, devices.counter, &certificates, devices.head.time)?);
    Ok(changes)
}

/// The changes that a list brings: none when it is older than what is known, as those of the ledger's past are.
/// `certified` are devices whose certificates are known, or become known with these changes.
pub(crate) fn newer(
    engine: &Engine,
    list: &Verified<DeviceList>,
    highest: Counter,
    certified: &[DeviceId],
    at: Time,
) -> Result<Vec<Change>, Error> {
    let before = OwnDevices::of(engine.store())?;
    if before.as_ref().is_some_and(|before| list.counter < before.counter) {
        return Ok(Vec::new());
    }
    let mut changes = Vec::new();
    let listed = |device: &DeviceId| list.devices.iter().any(|row| row.device == *device);
    for known in KnownDevice::all(engine.store())? {
        if known.revoked.is_none() && !listed(&known.device) {
            changes.push(Change::Event { at, kind: EventKind::DeviceRevoked(known.device) });
            changes.push(Change::put(&KnownDevice { revoked: Some(at), ..known }));
        }
    }
    let mut incomplete = false;
    for row in &list.devices {
        let known = KnownDevice::of(engine.store(), &row.device)?.is_some();
        incomplete |= !known && !certified.contains(&row.device);
        let new = before.as_ref().map(|before| before.list(&engine.profile().account_key)).transpose()?;
        if new.is_some_and(|before| before.devices.iter().all(|old| old.device != row.device)) {
            changes.push(Change::Event { at, kind: EventKind::DeviceAdded(row.device) });
        }
    }
    let highest = before.map_or(highest, |before| before.highest.max(highest)).max(list.counter);
    changes.push(Change::put(&OwnDevices {
        version: V1,
        list: SignedBytes::new(list.bytes().to_vec())?,
        counter: list.counter,
        highest,
        incomplete,
    }));
    let active = matches!(engine.profile().state, ProfileState::Ready | ProfileState::Reading { .. });
    if active && !listed(&engine.profile().device) {
        changes.extend(revoked(engine, at));
    }
    Ok(changes)
}

/// The changes by which this device is no device of the account any more.
#[must_use]
pub fn revoked(engine: &Engine, at: Time) -> Vec<Change> {
    let profile = Profile { state: ProfileState::Revoked, ..engine.profile().clone() };
    vec![Change::Profile(profile), Change::Event { at, kind: EventKind::Revoked }]
}
