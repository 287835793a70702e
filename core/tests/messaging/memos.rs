//! A memo that one device can read reaches the account's devices that cannot.

use crate::disk::Disk;
use crate::town::{Phone, Town, two, usd};
use farthing_core::devices::ReadDevices;
use farthing_core::keys::SystemEntropy;
use farthing_core::keys::derivation::account_key;
use farthing_core::keys::device::DeviceKeys;
use farthing_core::messaging::{self, Body, OlmAccount, ReadMessages};
use farthing_core::payment::{Approval, Authorise, Draft, Prepare, SendOrder, Target};
use farthing_core::store::{Change, PaymentRecord, Profile, Store as _};
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::{Signed, SignedBytes};
use farthing_protocol::details::{Details, Memo, Salt};
use farthing_protocol::device::{DeviceCertificate, DeviceList, ListedDevice, Scope};
use farthing_protocol::envelope::Told;
use farthing_protocol::http::{Call, DevicesBody, MEDIA_CBOR};
use farthing_protocol::id::{Counter, Digest};
use farthing_protocol::key::{Ed25519Key, Signer as _};
use farthing_protocol::money::Amount;

/// A second device of the account, made without the phrase: it only receives.
fn till(town: &mut Town, owner: &Phone) -> Phone {
    let mut rng = SystemEntropy::new();
    let (act, session) = (Ed25519Key::generate(&mut rng), Ed25519Key::generate(&mut rng));
    let account = account_key(&owner.phrase);
    let olm = OlmAccount::generate(&mut rng);
    let device = act.public().device_id();
    let profile = owner.engine.profile().clone();
    let (verifier, created) = (profile.verifier, town.now.wall);
    let certificate = DeviceCertificate {
        version: V1,
        verifier,
        account: *account.public(),
        act: *act.public(),
        session: *session.public(),
        olm: Some(olm.identity()),
        scope: Scope { permissions: Scope::RECEIVE, ..Scope::default() },
        counter: Counter::new(4),
        created,
    };
    let certificate = Signed::sign(certificate, &account).unwrap();
    let known = farthing_core::devices::KnownDevice::of(owner.engine.store(), &owner.device()).unwrap().unwrap();
    let owners = Signed::<DeviceCertificate>::parse(known.certificate.as_slice()).unwrap().bytes_hash();
    let mut devices = vec![
        ListedDevice { device: owner.device(), certificate: owners },
        ListedDevice { device, certificate: certificate.bytes_hash() },
    ];
    devices.sort_by_key(|listed| listed.device);
    let list =
        DeviceList { version: V1, verifier, account: profile.account, counter: Counter::new(5), devices, created };
    let list = Signed::sign(list, &account).unwrap();
    let bytes = |bytes: &[u8]| SignedBytes::new(bytes.to_vec()).unwrap();
    let body = DevicesBody { list: bytes(list.bytes()), certificates: vec![bytes(certificate.bytes())], handles: None };
    let call = Call::post("/v1/devices", MEDIA_CBOR, body.encode());
    assert_eq!(town.verifier.answer(&call, "127.0.0.1:7878", town.now).status, 200);
    let seed = owner.engine.keys().seed_of(&device).unwrap();
    let keys = DeviceKeys::granted(act, session, seed);
    let trust = owner.disk.trust().unwrap().unwrap();
    let changes = [Change::Profile(Profile { device, ..profile }), Change::Trust(trust), Change::put(&olm)];
    Phone::on(Disk::default(), keys.to_secret(), owner.phrase.clone(), &changes)
}

fn pays(town: &mut Town, from: &mut Phone, to: &Phone, memo: &str) {
    let target = Target::Alias(to.engine.profile().alias.clone());
    let amount = Amount::new(1_000_000, usd()).unwrap();
    town.sync(from).unwrap();
    let id = town.drive(from, Prepare::new(target, Some(amount), Some(Memo::typed(memo).unwrap()))).unwrap();
    let payment = from.engine.store().payment(&id).unwrap().unwrap();
    let draft = Draft::of(&from.engine, &payment, town.now).unwrap();
    let id = town.drive(from, Authorise::new(Approval::of(&draft))).unwrap();
    town.drive(from, SendOrder::new(id)).unwrap();
}

fn credit(phone: &Phone) -> Option<PaymentRecord> {
    phone.engine.store().history(None, 1).unwrap().pop()
}

#[test]
fn a_till_learns_the_memo_of_a_payment_to_the_alias() {
    let (mut town, mut ann, mut bob) = two();
    town.drive(&mut ann, ReadDevices::new()).unwrap();
    let mut till = till(&mut town, &ann);
    town.sync(&mut till).unwrap();
    town.sync(&mut ann).unwrap();
    town.drive(&mut ann, ReadDevices::new()).unwrap();
    pays(&mut town, &mut bob, &ann, "two tacos");
    town.sync(&mut ann).unwrap();
    assert_eq!(credit(&ann).unwrap().details.unwrap().memo.unwrap().as_str(), "two tacos");
    // The memo is there before the entry was read: it waits.
    town.drive(&mut till, ReadMessages::new()).unwrap();
    assert_eq!(till.mailbox().held.len(), 1);
    town.sync(&mut till).unwrap();
    assert_eq!(credit(&till).unwrap().details.unwrap().memo.unwrap().as_str(), "two tacos");
    assert_eq!(till.events(|kind| kind.name() == "memo_received"), 1);
    assert!(till.mailbox().held.is_empty());
    assert_eq!(till.mailbox().acknowledged, till.mailbox().read);
}

#[test]
fn nobody_else_can_put_words_into_a_payment() {
    let (mut town, mut ann, mut bob) = two();
    pays(&mut town, &mut bob, &ann, "two tacos");
    town.sync(&mut ann).unwrap();
    let mut payment = credit(&ann).unwrap();
    let order = payment.order.unwrap();
    (payment.details, payment.salt) = (None, None);
    ann.engine.apply(vec![Change::Payment(payment)]).unwrap();
    let details = Details { memo: Some(Memo::typed("for the house").unwrap()), items: None, payer: None };
    let told = |order: Digest| Told { order, salt: Salt::new([7; 32]), details: details.clone() };
    let changes = messaging::queue(&mut bob.engine, ann.account(), Body::Told(told(order)), town.now).unwrap();
    bob.engine.apply(changes).unwrap();
    town.settle(&mut [&mut bob, &mut ann]);
    assert_eq!(credit(&ann).unwrap().details, None, "a contact tells nothing");
    assert_eq!(ann.mailbox().unreadable, 0);
}
