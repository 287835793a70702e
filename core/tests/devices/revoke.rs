//! A device is taken off the list, with the phrase and not without it.

use crate::world::forge::with_body;
use crate::world::{World, amount, available};
use farthing_core::devices::RestoreOptions;
use farthing_core::enrol::EnrolOptions;
use farthing_core::error::{Error, WalletError};
use farthing_core::keys::SystemEntropy;
use farthing_core::keys::phrase::Phrase;
use farthing_core::payment::Target;
use farthing_core::store::ProfileState;
use farthing_core::sync::NetworkError;
use farthing_core::wallet::Wallet;
use farthing_protocol::http::{DevicesStatus, Method};
use farthing_protocol::id::{Counter, DeviceId};
use farthing_protocol::time::Span;

const NOW: Span = Span::from_ms(0);

async fn two(world: &World) -> (Wallet, Wallet, Phrase, crate::world::Person) {
    let person = world.place("phone");
    let (phone, phrase) = Wallet::enrol(&person.place, &world.invite, EnrolOptions::default()).await.unwrap();
    phone.sync(NOW).await.unwrap();
    let options = RestoreOptions { keep_devices: true, ..RestoreOptions::default() };
    let tablet = Wallet::restore(&world.place("tablet").place, &world.invite, &phrase, options).await.unwrap();
    phone.sync(NOW).await.unwrap();
    (phone, tablet, phrase, person)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_stops_at_once_and_the_other_goes_on() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (phone, tablet, phrase, _) = two(&world).await;
    let to = || Target::Alias(truck.profile().alias);
    let draft = tablet.prepare(to(), Some(amount("1 USD")), None).await.unwrap();
    phone.revoke(tablet.profile().device, None).await.unwrap();
    phone.revoke(tablet.profile().device, Some(&phrase)).await.unwrap();
    let devices = phone.devices().await.unwrap();
    assert_eq!(devices.iter().map(|d| (d.active, d.this)).collect::<Vec<_>>(), [(true, true), (false, false)]);

    let id = tablet.confirm(farthing_core::payment::Approval::of(&draft)).await.unwrap();
    let outcome = tablet.outcome(&id, 10 * crate::world::SECOND).await.unwrap();
    assert!(matches!(outcome, farthing_core::payment::Outcome::Refused { .. }), "{outcome:?}");
    assert_eq!(tablet.profile().state, ProfileState::Revoked, "the refusal told it");
    assert_eq!(
        tablet.prepare(to(), Some(amount("1 USD")), None).await.unwrap_err(),
        Error::Wallet(WalletError::Revoked)
    );
    assert!(!tablet.devices().await.unwrap().iter().any(|device| device.active && device.this));

    let (_, outcome) = crate::world::pay(&phone, to(), Some("1 USD"), "goes on").await;
    assert!(matches!(outcome, farthing_core::payment::Outcome::Settled(_)));
    assert_eq!(available(&phone), "19.00 USD");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_revoked_says_why() {
    let world = World::start().await;
    let (phone, tablet, phrase, _) = two(&world).await;
    let gone = tablet.revoke(phone.profile().device, None).await.unwrap_err();
    assert_eq!(gone, Error::Wallet(WalletError::PhraseGone));
    let stranger = Phrase::generate(&mut SystemEntropy::new());
    let other = tablet.revoke(phone.profile().device, Some(&stranger)).await.unwrap_err();
    assert_eq!(other, Error::Wallet(WalletError::OtherPhrase));
    let unknown = phone.revoke(DeviceId::new([7; 16]), None).await.unwrap_err();
    assert_eq!(unknown, Error::Wallet(WalletError::DeviceUnknownHere));
    // Oneself, which ends this wallet; then the last one stays.
    tablet.revoke(tablet.profile().device, Some(&phrase)).await.unwrap();
    assert_eq!(tablet.profile().state, ProfileState::Revoked);
    let last = phone.revoke(phone.profile().device, None).await.unwrap_err();
    assert_eq!(last, Error::Wallet(WalletError::LastDevice));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_without_an_answer_is_finished_by_the_next_sync() {
    let world = World::start().await;
    let (phone, tablet, _, person) = two(&world).await;
    person.calls.lie(
        "/v1/devices",
        |call, answer| {
            if call.body.is_empty() { answer } else { Err(NetworkError::TimedOut) }
        },
    );
    let device = tablet.profile().device;
    assert!(matches!(phone.revoke(device, None).await, Err(Error::Network(_))));
    drop(phone);
    person.calls.be_honest();
    let phone = Wallet::open(&person.place).await.unwrap();
    phone.sync(NOW).await.unwrap();
    assert_eq!(phone.device_count().unwrap(), Some(1));
    assert_eq!(tablet.sync(NOW).await.unwrap_err(), Error::Wallet(WalletError::Revoked));
    phone.revoke(device, None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_phrase_is_forgotten() {
    let world = World::start().await;
    let (phone, _, phrase, _) = two(&world).await;
    let stranger = Phrase::generate(&mut SystemEntropy::new());
    assert_eq!(phone.confirm_phrase(&stranger).unwrap_err(), Error::Wallet(WalletError::OtherPhrase));
    assert!(phone.keeps_phrase().unwrap());
    phone.confirm_phrase(&phrase).unwrap();
    assert!(!phone.keeps_phrase().unwrap());
    assert_eq!(phone.phrase().unwrap_err(), Error::Wallet(WalletError::PhraseGone));
}

/// The verifier's word for the highest counter is signed by nobody: one that left no room would end the account's lists.
#[tokio::test(flavor = "multi_thread")]
async fn a_counter_without_room_for_another_is_not_believed() {
    let world = World::start().await;
    let (phone, tablet, phrase, person) = two(&world).await;
    for counter in [1 << 40, Counter::MAX] {
        person.calls.lie("/v1/devices", move |call, answer| {
            let with = |body: &[u8]| {
                let status = DevicesStatus::decode(body).unwrap();
                DevicesStatus { counter: Counter::new(counter), ..status }.encode()
            };
            if call.method == Method::Get { with_body(answer, with) } else { answer }
        });
        assert_eq!(phone.devices().await.unwrap_err(), Error::Wallet(WalletError::VerifierMisbehaved));
    }
    person.calls.be_honest();
    phone.revoke(tablet.profile().device, Some(&phrase)).await.unwrap();
    assert_eq!(phone.devices().await.unwrap().iter().filter(|device| device.active).count(), 1);
}
