//! The same account on a new device: from the phrase alone (wire decision 19).
//!
//! ```text
//! phrase ─▶ account key ─▶ GET /v1/devices signed by it ─▶ new keys into the vault ─▶ database with
//!   Restoring, the signed change ─▶ sent ─200─▶ Reading(seq of our list) ── ledger read to there ──▶ Ready
//!                  ▲                  │
//!                  └─ signed anew ◀───┘ another device changed the list meanwhile
//! ```
//!
//! | killed | afterwards |
//! |---|---|
//! | before the vault has keys | nothing is there; begin again |
//! | vault has keys, no database | begin again with these keys |
//! | `Restoring` | the same bytes are sent again; the verifier answers them as the first time |
//! | `Reading` | the ledger is read on from where it was; nothing is paid before the end |
//! | `Ready`, the phrase still in the vault | it stays there until the person confirms it once more |
//!
//! No invite is used up. The devices that the list leaves out are revoked at the entry of that list: what they paid before
//! is below it and is read, nothing of theirs comes after.

use super::change::{AccountSigner, NewDevice, joined};
use super::list::{Devices, known};
use super::record::{KnownDevice, OwnDevices, PendingChange, Purpose};
use crate::engine::{Engine, Trust};
use crate::error::{Error, WalletError};
use crate::keys::SystemEntropy;
use crate::keys::device::DeviceKeys;
use crate::messaging::OlmAccount;
use crate::store::{self, Change, HandleRecord, HandleState, Profile, ProfileState};
use crate::sync::{Network, authority, problem_of, read_status, records, sign_register, status_call};
use farthing_protocol::alias::Alias;
use farthing_protocol::cbor::V1;
use farthing_protocol::code::ProblemCode;
use farthing_protocol::cose::{Signed, Verified};
use farthing_protocol::details::Name;
use farthing_protocol::device::{ListedDevice, Scope};
use farthing_protocol::handle::HandleRegister;
use farthing_protocol::http::{Call, SignedBytes, signature};
use farthing_protocol::id::{ActId, Handle, Nonce, VerifierId};
use farthing_protocol::invite::Invite;
use farthing_protocol::key::{Ed25519Key, OlmKey, Signer as _};
use farthing_protocol::limits::HANDLE_STOCK;
use farthing_protocol::time::Time;
use rand_core::CryptoRng;

/// How an account is restored.
#[derive(Clone, Debug, Default)]
pub struct RestoreOptions {
    /// What we call ourselves to payers and payees; nothing of it is kept elsewhere.
    pub name: Option<Name>,
    /// The other devices stay: this one is added. They are revoked otherwise, as a lost phone must be.
    pub keep_devices: bool,
    /// The phrase stays in the vault. It is forgotten otherwise: it is on paper, or it could not have been typed.
    pub keep_phrase: bool,
}

/// An account as it was found with its key.
#[derive(Debug)]
pub struct FoundAccount {
    pub(crate) invite: Verified<Invite>,
    pub(crate) trust: Trust,
    pub(crate) devices: Devices,
}

/// Asks the verifier that an invite names for the account of this key.
///
/// The invite pins the root and says where; its code is not used, so that it may have expired.
///
/// # Errors
/// [`WalletError::NoAccountHere`] for a key that has no account there, [`WalletError::WrongRoot`],
/// [`WalletError::InviteForged`], and what the network says.
pub async fn find(
    network: &dyn Network,
    invite: &Signed<Invite>,
    account: &Ed25519Key,
    rng: &mut (impl CryptoRng + Send + ?Sized),
) -> Result<FoundAccount, Error> {
    let nonce = Nonce::generate(rng);
    let reply = network.call(&status_call(&nonce)).await;
    let (trust, head) = read_status(reply, &invite.claims().verifier, &nonce, None)?;
    let invite: Verified<Invite> =
        trust.verify(invite.bytes()).map_err(|_| Error::Wallet(WalletError::InviteForged))?;
    let devices = devices_of(network, invite.url.as_str(), &invite.verifier, &trust, account, head.time, rng).await?;
    Ok(FoundAccount { invite, trust, devices })
}

/// Reads the devices of an account by its key.
///
/// # Errors
/// As [`find`].
pub(crate) async fn devices_of(
    network: &dyn Network,
    url: &str,
    verifier: &VerifierId,
    trust: &Trust,
    account: &Ed25519Key,
    time: Time,
    rng: &mut (impl CryptoRng + Send + ?Sized),
) -> Result<Devices, Error> {
    let nonce = Nonce::generate(rng);
    let mut call = Call::get("/v1/devices", "");
    signature::sign(&mut call, authority(url), verifier, &account.public().account_id(), time, &nonce, account)?;
    let reply = network.call(&call).await?;
    if let Some(problem) = problem_of(&reply) {
        let unknown = matches!(problem.code, ProblemCode::DeviceUnknown | ProblemCode::AccountUnknown);
        return Err(if unknown { WalletError::NoAccountHere.into() } else { problem.into() });
    }
    let devices = Devices::read(&reply.body, trust, verifier, account.public())?;
    if devices.head.nonce == nonce { Ok(devices) } else { Err(WalletError::VerifierMisbehaved.into()) }
}

/// Stands for the account's own alias until the verifier has told it.
const ALIAS_UNKNOWN: &str = "restoring";

/// The changes that a fresh store begins with: who we are, what we know, and the bytes to send.
///
/// # Errors
/// Only when signing fails.
pub fn begin(
    found: &FoundAccount,
    options: &RestoreOptions,
    account: &Ed25519Key,
    keys: &DeviceKeys,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<Change>, Error> {
    let profile = Profile {
        version: V1,
        verifier: found.invite.verifier,
        url: found.invite.url.clone(),
        tls: found.invite.tls,
        account: account.public().account_id(),
        account_key: *account.public(),
        device: keys.act().public().device_id(),
        alias: Alias::new(ALIAS_UNKNOWN)?,
        name: options.name.clone(),
        state: ProfileState::Restoring,
    };
    let mut changes = vec![Change::Profile(profile), Change::Trust(found.trust.to_record()?)];
    for (certificate, revoked) in former(&found.devices) {
        changes.push(Change::put(&KnownDevice { revoked, ..KnownDevice::active(certificate)? }));
    }
    changes.push(Change::put(&OwnDevices {
        version: V1,
        list: SignedBytes::new(found.devices.list.bytes().to_vec())?,
        counter: found.devices.list.counter,
        highest: found.devices.counter,
        incomplete: false,
    }));
    let olm = OlmAccount::generate(rng);
    changes.push(Change::put(&olm));
    changes.extend(sign(&found.invite.verifier, &found.devices, options, account, keys, Some(olm.identity()), rng)?);
    Ok(changes)
}

type Certificate = Verified<farthing_protocol::device::DeviceCertificate>;

fn former(devices: &Devices) -> impl Iterator<Item = (&Certificate, Option<Time>)> {
    let gone = devices.former.iter().map(|certificate| (certificate, Some(devices.head.time)));
    devices.certificates.iter().map(|certificate| (certificate, None)).chain(gone)
}

/// The signed change, with the one-time handles that are registered by it.
fn sign(
    verifier: &VerifierId,
    devices: &Devices,
    options: &RestoreOptions,
    account: &Ed25519Key,
    keys: &DeviceKeys,
    olm: Option<OlmKey>,
    rng: &mut (impl CryptoRng + ?Sized),
) -> Result<Vec<Change>, Error> {
    let created = devices.head.time;
    let mut signer = AccountSigner { key: account, verifier: *verifier, highest: devices.counter, created };
    let device = NewDevice { act: *keys.act().public(), session: *keys.session().public(), olm, scope: Scope::full() };
    let certificate = signer.certify(&device)?;
    let header = farthing_protocol::act::Header {
        verifier: *verifier,
        account: account.public().account_id(),
        device: device.act.device_id(),
        id: ActId::generate(created, rng),
        created,
    };
    let fresh: Vec<Handle> = (0..HANDLE_STOCK).map(|_| Handle::generate(rng)).collect();
    let (register, handles) = sign_register(keys, &fresh, &HandleRegister::new(header, Vec::new()))?;
    let kept: Vec<ListedDevice> = if options.keep_devices { devices.list.devices.clone() } else { Vec::new() };
    let pending = signer.list(Purpose::Restore, kept, &[certificate], Some(SignedBytes::new(register)?))?;
    let handles: Vec<HandleRecord> = records(&handles);
    let mut changes: Vec<Change> = handles.into_iter().map(Change::Handle).collect();
    changes.push(Change::put(&pending));
    Ok(changes)
}

/// After the list was changed by another device meanwhile: nothing more to send when this one is on it, else a change that
/// is signed anew.
///
/// # Errors
/// [`WalletError::Revoked`] when this device was taken, and taken off again.
pub(crate) fn again(
    engine: &mut Engine,
    devices: &Devices,
    options: &RestoreOptions,
    account: &Ed25519Key,
) -> Result<(), Error> {
    let device = engine.profile().device;
    let mut changes = known(engine, devices)?;
    if devices.list.devices.iter().any(|row| row.device == device) {
        changes.push(PendingChange::forget());
        changes.extend(joined(engine, devices.head.epoch, devices.head.seq)?);
        return engine.apply(changes);
    }
    if devices.former.iter().any(|certificate| certificate.device() == device) {
        return Err(WalletError::Revoked.into());
    }
    let verifier = engine.profile().verifier;
    let olm = store::kept::<OlmAccount>(engine.store(), OlmAccount::KEY)?.map(|olm| olm.identity());
    // Those of the first try were never registered.
    for handle in engine.store().handles(HandleState::Registering, HANDLE_STOCK)? {
        changes.push(Change::Handle(HandleRecord { state: HandleState::Used, ..handle }));
    }
    changes.extend(sign(&verifier, devices, options, account, engine.keys(), olm, &mut SystemEntropy::new())?);
    engine.apply(changes)
}
