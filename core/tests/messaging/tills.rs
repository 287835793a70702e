//! A second device of an account, and lists that its owner signs.

use crate::disk::Disk;
use crate::town::{Phone, Town};
use farthing_core::devices::KnownDevice;
use farthing_core::keys::SystemEntropy;
use farthing_core::keys::derivation::account_key;
use farthing_core::keys::device::DeviceKeys;
use farthing_core::messaging::OlmAccount;
use farthing_core::store::{Change, Profile, Store as _};
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::{Signed, SignedBytes};
use farthing_protocol::device::{DeviceCertificate, DeviceList, ListedDevice, Scope};
use farthing_protocol::http::{Call, DevicesBody, MEDIA_CBOR};
use farthing_protocol::id::Counter;
use farthing_protocol::key::{Ed25519Key, Signer as _};

fn bytes(bytes: &[u8]) -> SignedBytes {
    SignedBytes::new(bytes.to_vec()).unwrap()
}

/// The certificate of a phone, as the phone itself keeps it once it has read the list.
pub fn certificate(of: &Phone) -> SignedBytes {
    KnownDevice::of(of.engine.store(), &of.device()).unwrap().unwrap().certificate
}

/// A list of these devices, signed by the owner's account key.
pub fn list(town: &Town, owner: &Phone, certificates: &[&SignedBytes], counter: u64) -> SignedBytes {
    let profile = owner.engine.profile();
    let row = |certificate: &&SignedBytes| {
        let certificate = Signed::<DeviceCertificate>::parse(certificate.as_slice()).unwrap();
        ListedDevice { device: certificate.claims().device(), certificate: certificate.bytes_hash() }
    };
    let mut devices: Vec<ListedDevice> = certificates.iter().map(row).collect();
    devices.sort_by_key(|listed| listed.device);
    let list = DeviceList {
        version: V1,
        verifier: profile.verifier,
        account: profile.account,
        counter: Counter::new(counter),
        devices,
        created: town.now.wall,
    };
    bytes(Signed::sign(list, &account_key(&owner.phrase)).unwrap().bytes())
}

/// Puts a list in force.
pub fn post(town: &mut Town, list: SignedBytes, new: Vec<SignedBytes>) {
    let body = DevicesBody { list, certificates: new, handles: None };
    let call = Call::post("/v1/devices", MEDIA_CBOR, body.encode());
    assert_eq!(town.verifier.answer(&call, "127.0.0.1:7878", town.now).status, 200);
}

/// A second device of the account, made without the phrase: it only receives. The list with it has the counter 5.
pub fn till(town: &mut Town, owner: &Phone) -> Phone {
    let mut rng = SystemEntropy::new();
    let (act, session) = (Ed25519Key::generate(&mut rng), Ed25519Key::generate(&mut rng));
    let account = account_key(&owner.phrase);
    let olm = OlmAccount::generate(&mut rng);
    let device = act.public().device_id();
    let profile = owner.engine.profile().clone();
    let certified = DeviceCertificate {
        version: V1,
        verifier: profile.verifier,
        account: *account.public(),
        act: *act.public(),
        session: *session.public(),
        olm: Some(olm.identity()),
        scope: Scope { permissions: Scope::RECEIVE, ..Scope::default() },
        counter: Counter::new(4),
        created: town.now.wall,
    };
    let certified = bytes(Signed::sign(certified, &account).unwrap().bytes());
    let list = list(town, owner, &[&certificate(owner), &certified], 5);
    post(town, list, vec![certified.clone()]);
    let seed = owner.engine.keys().seed_of(&device).unwrap();
    let keys = DeviceKeys::granted(act, session, seed);
    let trust = owner.disk.trust().unwrap().unwrap();
    let known = KnownDevice { version: V1, device, certificate: certified, revoked: None };
    let profile = Change::Profile(Profile { device, ..profile });
    let changes = [profile, Change::Trust(trust), Change::put(&olm), Change::put(&known)];
    Phone::on(Disk::default(), keys.to_secret(), owner.phrase.clone(), &changes)
}
