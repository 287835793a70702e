//! Lists of devices that a verifier shows: older ones, others of the same counter, another's. None brings a device back.

use crate::tills::{certificate, list, post, till};
use crate::town::{Phone, Town, two};
use farthing_core::devices::{KnownDevice, ReadDevices};
use farthing_core::error::{Error, WalletError};
use farthing_core::events::EventKind;
use farthing_core::messaging::{self, Body, SendMessages};
use farthing_core::sync::PullEntries;
use farthing_protocol::cose::SignedBytes;
use farthing_protocol::details::{Details, Salt};
use farthing_protocol::envelope::Told;
use farthing_protocol::http::DevicesStatus;
use farthing_protocol::id::{AccountId, Digest};

/// From now on the verifier shows these devices of this account; nothing else of its answers is false.
fn shows(town: &mut Town, query: String, list: SignedBytes, certificates: Vec<SignedBytes>) {
    town.lie = Box::new(move |call, mut reply| {
        if call.path == "/v1/devices" && call.query.contains(&query) && reply.status == 200 {
            let mut status = DevicesStatus::decode(&reply.body).unwrap();
            (status.list, status.certificates, status.former) = (list.clone(), certificates.clone(), Vec::new());
            reply.body = status.encode();
        }
        reply
    });
}

fn waiting(phone: &Phone, to: AccountId) -> usize {
    phone.outbox().iter().filter(|outgoing| outgoing.account == to && outgoing.device.is_none()).count()
}

#[test]
fn an_older_list_of_devices_is_not_believed() {
    let (mut town, mut ann, mut bob) = two();
    let mut eve = town.phone("eve");
    for phone in [&mut bob, &mut eve] {
        town.drive(phone, ReadDevices::new()).unwrap();
    }
    town.write(&mut ann, bob.account(), "one").unwrap();
    town.settle(&mut [&mut ann, &mut bob]);
    let mut bobs_till = till(&mut town, &bob);
    town.settle(&mut [&mut ann, &mut bob, &mut bobs_till]);
    town.write(&mut ann, bob.account(), "two").unwrap();
    town.settle(&mut [&mut ann, &mut bob, &mut bobs_till]);
    assert_eq!(ann.events(|kind| matches!(kind, EventKind::ContactDeviceAdded(..))), 1);

    let (phones, tills, eves) = (certificate(&bob), certificate(&bobs_till), certificate(&eve));
    let lies = [
        ("older", list(&town, &bob, &[&phones], 4), vec![phones.clone()]),
        ("another of the same counter", list(&town, &bob, &[&tills], 5), vec![tills]),
        ("another's", list(&town, &eve, &[&eves], 6), vec![eves]),
    ];
    for (n, (name, list, certificates)) in lies.into_iter().enumerate() {
        shows(&mut town, bob.account().to_hex(), list, certificates);
        town.write(&mut ann, bob.account(), name).unwrap();
        assert_eq!(town.sync(&mut ann).unwrap_err(), Error::Wallet(WalletError::VerifierMisbehaved), "{name}");
        assert_eq!(waiting(&ann, bob.account()), n + 1, "{name}: it waits");
    }
    town.behave();
    town.settle(&mut [&mut ann, &mut bob]);
    assert_eq!(bob.heard(&ann).len(), 5, "nothing is lost");
}

#[test]
fn an_older_list_of_ones_own_brings_no_device_back() {
    let mut town = Town::new();
    let mut ann = town.phone("ann");
    town.drive(&mut ann, ReadDevices::new()).unwrap();
    // A till came and went while this phone was away: it knows so from the ledger, and has never seen its certificate.
    let gone = till(&mut town, &ann);
    let (phones, tills) = (certificate(&ann), certificate(&gone));
    let old = list(&town, &ann, &[&phones, &tills], 5);
    let newest = list(&town, &ann, &[&phones], 6);
    post(&mut town, newest, Vec::new());
    town.drive(&mut ann, PullEntries::new()).unwrap();

    shows(&mut town, String::new(), old, {
        let mut both = vec![(ann.device(), phones), (gone.device(), tills)];
        both.sort_by_key(|(device, _)| *device);
        both.into_iter().map(|(_, certificate)| certificate).collect()
    });
    let told = Told { order: Digest::new([1; 32]), salt: Salt::new([2; 32]), details: Details::default() };
    let own = ann.account();
    let changes = messaging::queue(&mut ann.engine, own, Body::Told(told), town.now).unwrap();
    ann.engine.apply(changes).unwrap();
    town.drive(&mut ann, SendMessages::new()).unwrap();
    let known = KnownDevice::of(ann.engine.store(), &gone.device()).unwrap();
    assert!(known.is_none_or(|known| known.revoked.is_some()), "it is none of the account's devices");
    assert!(!town.calls.iter().any(|path| path == "/v1/claims"), "nobody begins to tell it what was paid for");
    assert_eq!(town.drive(&mut ann, ReadDevices::new()).unwrap_err(), Error::Wallet(WalletError::VerifierMisbehaved));
}
