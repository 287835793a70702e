//! Changes of the account's devices: signed by the account key, stored, sent until the verifier has answered.
//!
//! A list that leaves a device out revokes it, for ever (ADR 0012); one counter of the account key orders them all.

use super::list::{ReadDevices, newer};
use super::record::{KnownDevice, OwnDevices, PendingChange, Purpose, certificate_by, list_by};
use crate::crash;
use crate::engine::{Engine, Input, Operation, Step};
use crate::error::{Error, WalletError};
use crate::store::{Change, HandleRecord, HandleState, Profile, ProfileState};
use crate::sync::{Certify, problem_of};
use farthing_protocol::cbor::V1;
use farthing_protocol::code::ProblemCode;
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::device::{DeviceCertificate, DeviceList, ListedDevice, Scope};
use farthing_protocol::http::{Call, DevicesBody, MEDIA_CBOR, Reply, SignedBytes};
use farthing_protocol::id::{Counter, DeviceId, VerifierId};
use farthing_protocol::key::{Ed25519Key, OlmKey, PublicKey, Signer as _};
use farthing_protocol::limits::HANDLE_STOCK;
use farthing_protocol::list_receipt::ListReceipt;
use farthing_protocol::time::{Moment, Time};

/// The public keys of a device that is to be certified, and what it may do.
#[derive(Clone, Debug)]
pub struct NewDevice {
    /// Signs what moves value.
    pub act: PublicKey,
    /// Signs reads and session acts.
    pub session: PublicKey,
    /// Its Olm identity.
    pub olm: Option<OlmKey>,
    /// What it may do.
    pub scope: Scope,
}

/// What an account key signs with.
pub(crate) struct AccountSigner<'a> {
    pub(crate) key: &'a Ed25519Key,
    pub(crate) verifier: VerifierId,
    /// The highest counter that was seen.
    pub(crate) highest: Counter,
    pub(crate) created: Time,
}

impl AccountSigner<'_> {
    /// A certificate, with the next counter.
    pub(crate) fn certify(&mut self, device: &NewDevice) -> Result<Signed<DeviceCertificate>, Error> {
        self.highest = next(self.highest)?;
        let certificate = DeviceCertificate {
            version: V1,
            verifier: self.verifier,
            account: *self.key.public(),
            act: device.act,
            session: device.session,
            olm: device.olm,
            scope: device.scope.clone(),
            counter: self.highest,
            created: self.created,
        };
        Ok(Signed::sign(certificate, self.key)?)
    }

    /// The list of these devices, with the next counter, as a change to be sent.
    pub(crate) fn list(
        &mut self,
        purpose: Purpose,
        mut devices: Vec<ListedDevice>,
        new: &[Signed<DeviceCertificate>],
        handles: Option<SignedBytes>,
    ) -> Result<PendingChange, Error> {
        self.highest = next(self.highest)?;
        let listed =
            |c: &Signed<DeviceCertificate>| ListedDevice { device: c.claims().device(), certificate: c.bytes_hash() };
        devices.extend(new.iter().map(listed));
        devices.sort_by_key(|row| row.device);
        let list = DeviceList {
            version: V1,
            verifier: self.verifier,
            account: self.key.public().account_id(),
            counter: self.highest,
            devices,
            created: self.created,
        };
        let list = SignedBytes::new(Signed::sign(list, self.key)?.bytes().to_vec())?;
        let bytes = new.iter().map(|certificate| SignedBytes::new(certificate.bytes().to_vec()));
        let certificates = bytes.collect::<Result<Vec<_>, _>>()?;
        let body = DevicesBody { list: list.clone(), certificates: certificates.clone(), handles }.encode();
        Ok(PendingChange { version: V1, purpose, list, certificates, body })
    }
}

/// The next counter, while there is room for it on the wire.
fn next(highest: Counter) -> Result<Counter, Error> {
    if highest.get() >= Counter::MAX { Err(WalletError::CountersUsedUp.into()) } else { Ok(highest.next()) }
}

/// The operation: sends the stored change, the same bytes until the verifier has answered. True when there was one.
///
/// The answer is judged against what was sent. Meanwhile another sending of the same bytes may have been answered, or a
/// newer change may be stored: that one stays.
#[derive(Debug, Default)]
pub struct PostDevices {
    posted: Option<PendingChange>,
    certifying: Option<Certify>,
}

impl PostDevices {
    /// Sends what is stored.
    #[must_use]
    pub const fn new() -> Self {
        Self { posted: None, certifying: None }
    }
}

impl Operation for PostDevices {
    type Output = bool;

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<bool>, Error> {
        let Some(posted) = self.posted.take() else {
            let Some(pending) = PendingChange::of(engine.store())? else { return Ok(Step::Done(false)) };
            let call = Call::post("/v1/devices", MEDIA_CBOR, pending.body.clone());
            self.posted = Some(pending);
            return Ok(Step::Call(call));
        };
        let Input::Reply(reply) = input else { return Err(WalletError::Internal.into()) };
        let reply = match self.certifying.take() {
            Some(certify) => certify.hear(engine, reply, now)?,
            None => {
                let reply = reply?;
                let receipt = Signed::<ListReceipt>::parse(&reply.body);
                if receipt.is_ok_and(|receipt| Certify::is_needed(engine, receipt.kid())) {
                    let (certify, call) = Certify::begin(engine, reply, now)?;
                    (self.posted, self.certifying) = (Some(posted), Some(certify));
                    return Ok(Step::Call(call));
                }
                reply
            }
        };
        answered(engine, &posted, &reply)?;
        Ok(Step::Done(true))
    }
}

fn answered(engine: &mut Engine, posted: &PendingChange, reply: &Reply) -> Result<(), Error> {
    const MISBEHAVED: Error = Error::Wallet(WalletError::VerifierMisbehaved);
    if let Some(problem) = problem_of(reply) {
        // What is refused for good is not sent again. A device that restores signs another one, or gives up as a whole.
        if !problem.code.is_retryable() && posted.purpose != Purpose::Restore {
            engine.apply(forget(engine, posted)?)?;
        }
        return Err(problem.into());
    }
    let account = engine.profile().account_key;
    let list = list_by(&account, posted.list.as_slice())?;
    let receipt: Verified<ListReceipt> = engine.trust().ok_or(WalletError::Internal)?.verify(&reply.body)?;
    if receipt.list != list.signed().bytes_hash() {
        return Err(MISBEHAVED);
    }
    crash::point(crash::DEVICES_AFTER_ANSWER);
    let mut changes = forget(engine, posted)?;
    let mut certified = Vec::new();
    for bytes in &posted.certificates {
        let certificate = certificate_by(&account, bytes.as_slice())?;
        certified.push(certificate.device());
        changes.push(Change::put(&KnownDevice::active(&certificate)?));
    }
    changes.extend(newer(engine, &list, list.counter, &certified, receipt.time)?);
    if posted.purpose == Purpose::Restore && engine.profile().state == ProfileState::Restoring {
        changes.extend(joined(engine, receipt.epoch, receipt.seq)?);
    }
    engine.apply(changes)
}

/// The change by which what was posted is not sent again; none when it is not what is stored now.
fn forget(engine: &Engine, posted: &PendingChange) -> Result<Vec<Change>, Error> {
    let stored = PendingChange::of(engine.store())?;
    Ok(stored.filter(|stored| stored == posted).map(|_| PendingChange::forget()).into_iter().collect())
}

/// The changes by which this device is one of the account's: what was registered with it is in stock, and the account is
/// read up to here before anything is paid.
pub(super) fn joined(
    engine: &Engine,
    epoch: farthing_protocol::id::Epoch,
    seq: farthing_protocol::id::Seq,
) -> Result<Vec<Change>, Error> {
    let state = ProfileState::Reading { epoch, seq };
    let mut changes = vec![Change::Profile(Profile { state, ..engine.profile().clone() })];
    for handle in engine.store().handles(HandleState::Registering, HANDLE_STOCK)? {
        changes.push(Change::Handle(HandleRecord { state: HandleState::Stocked, ..handle }));
    }
    Ok(changes)
}

/// What is to become of the account's devices.
#[derive(Debug)]
enum Intent {
    Revoke(DeviceId),
    Add(Box<NewDevice>),
}

#[derive(Debug)]
enum Stage {
    /// An earlier change that was not answered goes first.
    Finishing(PostDevices),
    Reading(Box<ReadDevices>),
    Posting(PostDevices),
}

/// How often a list that another device changed meanwhile is signed anew.
const TURNS_MAX: u32 = 3;

/// The operation: reads the devices, signs a list without one or with one more, has it taken.
pub struct ChangeDevices {
    account: Ed25519Key,
    intent: Intent,
    stage: Stage,
    turns: u32,
}

impl ChangeDevices {
    /// Revokes a device, for ever. Again is harmless.
    #[must_use]
    pub const fn revoke(account: Ed25519Key, device: DeviceId) -> Self {
        Self { account, intent: Intent::Revoke(device), stage: Stage::Finishing(PostDevices::new()), turns: 0 }
    }

    /// Adds a device.
    #[must_use]
    pub fn add(account: Ed25519Key, device: NewDevice) -> Self {
        Self { account, intent: Intent::Add(Box::new(device)), stage: Stage::Finishing(PostDevices::new()), turns: 0 }
    }

    fn begin<O: Operation>(
        &mut self,
        engine: &mut Engine,
        now: Moment,
        mut operation: O,
        stage: fn(O) -> Stage,
    ) -> Result<Step<()>, Error> {
        let step = operation.advance(engine, Input::Start, now)?;
        self.stage = stage(operation);
        match step {
            Step::Call(call) => Ok(Step::Call(call)),
            Step::Done(_) => Err(WalletError::Internal.into()),
        }
    }

    fn read(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<()>, Error> {
        self.begin(engine, now, ReadDevices::new(), |read| Stage::Reading(Box::new(read)))
    }

    /// `None` when nothing is left to do.
    fn sign(&self, engine: &Engine, created: Time) -> Result<Option<PendingChange>, Error> {
        let profile = engine.profile();
        let known = OwnDevices::of(engine.store())?.ok_or(WalletError::Internal)?;
        let list = known.list(&profile.account_key)?;
        let mut signer =
            AccountSigner { key: &self.account, verifier: profile.verifier, highest: known.highest, created };
        match &self.intent {
            Intent::Revoke(device) => {
                if list.devices.iter().all(|row| row.device != *device) {
                    let revoked = KnownDevice::of(engine.store(), device)?.is_some();
                    return if revoked { Ok(None) } else { Err(WalletError::DeviceUnknownHere.into()) };
                }
                let left: Vec<_> = list.devices.iter().filter(|row| row.device != *device).copied().collect();
                if left.is_empty() {
                    return Err(WalletError::LastDevice.into());
                }
                signer.list(Purpose::Revoke, left, &[], None).map(Some)
            }
            Intent::Add(device) => {
                if list.devices.iter().any(|row| row.device == device.act.device_id()) {
                    return Ok(None);
                }
                let certificate = signer.certify(device)?;
                signer.list(Purpose::Add, list.devices.clone(), &[certificate], None).map(Some)
            }
        }
    }

    fn post(&mut self, engine: &mut Engine, now: Moment) -> Result<Step<()>, Error> {
        if PendingChange::of(engine.store())?.is_some() {
            // Stored meanwhile by another operation, which may have told a person that it will be sent.
            self.turn()?;
            return self.begin(engine, now, PostDevices::new(), Stage::Finishing);
        }
        let created = engine.time(now).ok_or(WalletError::Internal)?;
        let Some(pending) = self.sign(engine, created)? else { return Ok(Step::Done(())) };
        engine.apply(vec![Change::put(&pending)])?;
        crash::point(crash::DEVICES_AFTER_STORE);
        self.begin(engine, now, PostDevices::new(), Stage::Posting)
    }

    /// Whether what was wanted is so by the list that is known now.
    fn is_done(&self, engine: &Engine) -> Result<bool, Error> {
        let known = OwnDevices::of(engine.store())?.ok_or(WalletError::Internal)?;
        let list = known.list(&engine.profile().account_key)?;
        let is_listed = |device: DeviceId| list.devices.iter().any(|row| row.device == device);
        Ok(match &self.intent {
            Intent::Revoke(device) => !is_listed(*device),
            Intent::Add(device) => is_listed(device.act.device_id()),
        })
    }

    /// Begins once more, unless that was done too often.
    fn turn(&mut self) -> Result<(), Error> {
        if self.turns >= TURNS_MAX {
            return Err(Error::Problem { code: ProblemCode::ListConflict, detail: None, retry_after_s: None });
        }
        self.turns += 1;
        Ok(())
    }
}

impl Operation for ChangeDevices {
    type Output = ();

    fn advance(&mut self, engine: &mut Engine, input: Input, now: Moment) -> Result<Step<()>, Error> {
        match &mut self.stage {
            Stage::Finishing(post) => {
                if self.account.public() != &engine.profile().account_key {
                    return Err(WalletError::OtherPhrase.into());
                }
                match post.advance(engine, input, now) {
                    Ok(Step::Call(call)) => Ok(Step::Call(call)),
                    // Refused for good, it is forgotten; what stands now is read.
                    Err(Error::Problem { code, .. }) if !code.is_retryable() => self.read(engine, now),
                    Ok(Step::Done(_)) => self.read(engine, now),
                    Err(error) => Err(error),
                }
            }
            Stage::Reading(read) => match read.advance(engine, input, now)? {
                Step::Call(call) => Ok(Step::Call(call)),
                Step::Done(()) => self.post(engine, now),
            },
            Stage::Posting(post) => match post.advance(engine, input, now) {
                Ok(Step::Call(call)) => Ok(Step::Call(call)),
                Ok(Step::Done(_)) if self.is_done(engine)? => Ok(Step::Done(())),
                Ok(Step::Done(_)) | Err(Error::Problem { code: ProblemCode::ListConflict, .. }) => {
                    self.turn()?;
                    self.read(engine, now)
                }
                Err(error) => Err(error),
            },
        }
    }
}
