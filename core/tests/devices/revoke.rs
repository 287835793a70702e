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
use farthing_core::sync::{CallFuture, ListenFuture, Network, NetworkError};
use farthing_core::wallet::Wallet;
use farthing_protocol::http::{Call, DevicesStatus, Method};
use farthing_protocol::id::{Counter, DeviceId};
use farthing_protocol::time::Span;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

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

/// A line on which the first change of devices stops on its way to the verifier until it may go on.
struct Slow {
    line: Arc<dyn Network>,
    first: AtomicBool,
    stopped: Notify,
    go_on: Notify,
}

impl Network for Slow {
    fn call<'a>(&'a self, call: &'a Call) -> CallFuture<'a> {
        Box::pin(async move {
            let change = call.method == Method::Post && call.path == "/v1/devices";
            if change && self.first.swap(false, Ordering::SeqCst) {
                self.stopped.notify_one();
                self.go_on.notified().await;
            }
            self.line.call(call).await
        })
    }

    fn listen<'a>(&'a self, call: &'a Call) -> ListenFuture<'a> {
        self.line.listen(call)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_called_revoked_only_once_it_is_off_the_list() {
    let world = World::start().await;
    let mut person = world.place("phone");
    let line = Arc::clone(&person.calls) as Arc<dyn Network>;
    let slow = Arc::new(Slow { line, first: AtomicBool::new(true), stopped: Notify::new(), go_on: Notify::new() });
    person.place.network = Some(Arc::clone(&slow) as Arc<dyn Network>);
    let (phone, phrase) = Wallet::enrol(&person.place, &world.invite, EnrolOptions::default()).await.unwrap();
    let options = RestoreOptions { keep_devices: true, ..RestoreOptions::default() };
    let tablet = Wallet::restore(&world.place("tablet").place, &world.invite, &phrase, options.clone()).await.unwrap();
    let lost = Wallet::restore(&world.place("lost").place, &world.invite, &phrase, options).await.unwrap();
    phone.sync(NOW).await.unwrap();

    // While the revocation is on its way another device changes the list, and a sync of this one sends the same bytes
    // and hears the refusal first.
    let device = lost.profile().device;
    let change = async {
        slow.stopped.notified().await;
        tablet.revoke(tablet.profile().device, Some(&phrase)).await.unwrap();
        assert!(phone.sync(NOW).await.is_err(), "the list was changed by another");
        slow.go_on.notify_one();
    };
    let (revoked, ()) = tokio::join!(phone.revoke(device, None), change);
    revoked.unwrap();
    assert_eq!(lost.sync(NOW).await.unwrap_err(), Error::Wallet(WalletError::Revoked));
    assert_eq!(phone.device_count().unwrap(), Some(1));
}
