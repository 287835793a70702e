//! The same account on a new phone, from the phrase alone.

use crate::world::{Line, Person, SECOND, World, amount, available, memo, pay, target, terms};
use farthing_core::devices::RestoreOptions;
use farthing_core::enrol::EnrolOptions;
use farthing_core::error::{Error, WalletError};
use farthing_core::events::{EventKind, EventSeq};
use farthing_core::keys::SystemEntropy;
use farthing_core::keys::phrase::Phrase;
use farthing_core::payment::{Outcome, Target};
use farthing_core::store::{ArtifactKind, Direction, ProfileState};
use farthing_core::sync::NetworkError;
use farthing_core::wallet::Wallet;
use farthing_protocol::alias::Alias;
use farthing_protocol::time::Span;
use std::time::Duration;

const NOW: Span = Span::from_ms(0);

/// A wallet with its phrase, that has paid once, was paid on a request and on an alias, and has a further alias.
async fn lived(world: &World, truck: &Wallet) -> (Person, Wallet, Phrase) {
    let person = world.place("ann");
    let alias = Some(Alias::new("ann-of-the-hill").unwrap());
    let options = EnrolOptions { name: None, alias };
    let (ann, phrase) = Wallet::enrol(&person.place, &world.invite, options).await.unwrap();
    ann.sync(NOW).await.unwrap();
    ann.register_alias(Alias::new("ann-at-work").unwrap()).await.unwrap();
    pay(&ann, Target::Alias(truck.profile().alias), Some("3 USD"), "lunch").await;
    let made = ann.request(terms(Some("1 USD"))).await.unwrap();
    pay(truck, target(&made), None, "for the request").await;
    pay(truck, Target::Alias(ann.profile().alias), Some("2 USD"), "to the alias").await;
    (person, ann, phrase)
}

fn texts(wallet: &Wallet, direction: Direction) -> Vec<Option<String>> {
    let found = wallet.history(None, 100).unwrap();
    let wanted = found.into_iter().filter(|payment| payment.direction == direction);
    wanted.map(|payment| payment.details.and_then(|d| d.memo).map(|memo| memo.to_string())).collect()
}

async fn restored(world: &World, name: &str, phrase: &Phrase, options: RestoreOptions) -> (Person, Wallet) {
    let person = world.place(name);
    let wallet = Wallet::restore(&person.place, &world.invite, phrase, options).await.unwrap();
    (person, wallet)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_phone_is_replaced_and_reads_what_was_before() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (lost, old, phrase) = lived(&world, &truck).await;
    let order = old.history(None, 9).unwrap().iter().find(|p| p.direction == Direction::Out).unwrap().order;
    let (account, alias) = (old.profile().account, old.profile().alias);
    let last = old.request(terms(Some("0.50 USD"))).await.unwrap();
    old.close().await.unwrap();

    let (_, new) = restored(&world, "new phone", &phrase, RestoreOptions::default()).await;
    let profile = new.profile();
    assert_eq!((profile.account, profile.alias, profile.state), (account, alias, ProfileState::Ready));
    assert_eq!(new.aliases().unwrap().len(), 2);
    assert_eq!(available(&new), "20.00 USD");
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(texts(&new, Direction::In), [some("to the alias"), some("for the request")]);
    let paid = new.history(None, 9).unwrap().into_iter().find(|p| p.direction == Direction::Out).unwrap();
    assert_eq!(paid.order, order);
    assert!(new.artifact(&paid.id, ArtifactKind::Order).unwrap().is_some(), "with its signed order");
    assert!(!new.keeps_phrase().unwrap(), "it was typed, so it is on paper");
    // It is a wallet like any other: pays, asks, is paid on the same alias, and on a request of the lost phone.
    pay(&new, Target::Alias(truck.profile().alias), Some("1 USD"), "again").await;
    pay(&truck, Target::Alias(new.profile().alias), Some("1 USD"), "same address").await;
    let (_, outcome) = pay(&truck, target(&last), None, "to the lost phone's request").await;
    new.sync(NOW).await.unwrap();
    let by_old = usize::from(matches!(outcome, Outcome::Settled(_)));
    assert_eq!(texts(&new, Direction::In).len(), 3 + by_old, "whatever was paid counts");
    assert!(texts(&new, Direction::In).iter().all(Option::is_some), "and can be read");

    // The lost phone turns up: it learns what happened, pays nothing, and keeps what it knows.
    let old = Wallet::open(&lost.place).await.unwrap();
    assert_eq!(old.sync(NOW).await.unwrap_err(), Error::Wallet(WalletError::Revoked));
    assert_eq!(old.profile().state, ProfileState::Revoked);
    let pays = old.prepare(Target::Alias(truck.profile().alias), Some(amount("1 USD")), None).await;
    assert_eq!(pays.unwrap_err(), Error::Wallet(WalletError::Revoked));
    assert!(old.history(None, 9).unwrap().len() >= 2, "its history stays");
    let events = old.events(EventSeq(0), 1_000, Duration::ZERO).await.unwrap();
    assert_eq!(events.iter().filter(|e| e.kind == EventKind::Revoked).count(), 1);
}

/// A second phone lost: what the first one paid is still verified by its certificate.
#[tokio::test(flavor = "multi_thread")]
async fn restored_twice_it_still_knows_the_first_phones_payments() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (_, _, phrase) = lived(&world, &truck).await;
    let (_, second) = restored(&world, "second", &phrase, RestoreOptions::default()).await;
    pay(&second, Target::Alias(truck.profile().alias), Some("4 USD"), "by the second").await;
    let (_, third) = restored(&world, "third", &phrase, RestoreOptions::default()).await;
    assert_eq!((available(&third).as_str(), texts(&third, Direction::Out).len()), ("16.00 USD", 2));
    let devices = third.devices().await.unwrap();
    assert_eq!(devices.iter().filter(|device| device.active).count(), 1);
    assert_eq!(devices.len(), 3);
}

/// Two phones of one person, both in use.
#[tokio::test(flavor = "multi_thread")]
async fn kept_devices_go_on_and_see_each_others_payments() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (_, first, phrase) = lived(&world, &truck).await;
    let options = RestoreOptions { keep_devices: true, keep_phrase: true, name: None };
    let (_, second) = restored(&world, "tablet", &phrase, options).await;
    assert!(second.keeps_phrase().unwrap());
    pay(&second, Target::Alias(truck.profile().alias), Some("4 USD"), "by the tablet").await;
    first.sync(NOW).await.unwrap();
    let elsewhere = &first.history(None, 1).unwrap()[0];
    assert_eq!((available(&first).as_str(), elsewhere.device), ("16.00 USD", Some(second.profile().device)));
    // A request of one is paid: both count it, both read it.
    let made = first.request(terms(Some("2 USD"))).await.unwrap();
    pay(&truck, target(&made), None, "on the phone's request").await;
    for wallet in [&first, &second] {
        wallet.sync(NOW).await.unwrap();
        assert_eq!(available(wallet), "18.00 USD");
        let newest = wallet.history(None, 1).unwrap().remove(0);
        assert_eq!(newest.details.unwrap().memo, memo("on the phone's request"));
    }
    assert_eq!(first.device_count().unwrap(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_phrase_and_another_place_say_so() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (person, _, phrase) = lived(&world, &truck).await;
    let stranger = Phrase::generate(&mut SystemEntropy::new());
    let empty = world.place("empty");
    let error = Wallet::restore(&empty.place, &world.invite, &stranger, RestoreOptions::default()).await.map(|_| ());
    assert_eq!(error.unwrap_err(), Error::Wallet(WalletError::NoAccountHere));
    assert!(!empty.place.database().exists(), "nothing was made");
    for (given, expected) in [(&phrase, WalletError::AlreadyEnrolled), (&stranger, WalletError::OtherPhrase)] {
        let error = Wallet::restore(&person.place, &world.invite, given, RestoreOptions::default()).await.map(|_| ());
        assert_eq!(error.unwrap_err(), Error::Wallet(expected));
    }
    let other = World::start().await;
    let error = Wallet::restore(&other.place("ann").place, &other.invite, &phrase, RestoreOptions::default()).await;
    assert_eq!(error.map(|_| ()).unwrap_err(), Error::Wallet(WalletError::NoAccountHere));
}

/// Gone at each step, and begun again: one device in the end, and nothing paid before all was read.
#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_was_interrupted_goes_on() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (_, _, phrase) = lived(&world, &truck).await;
    type Cut = fn(&Person);
    let cuts: [(&str, Cut); 4] = [
        ("before anything", |person| person.calls.set_line("/v1/devices", Line::Cut)),
        ("never sent", |person| person.calls.set_line("/v1/devices", Line::Hanging)),
        ("sent, no answer", |person| {
            let mut reads = 0;
            person.calls.lie("/v1/devices", move |_, answer| {
                reads += 1;
                if reads == 1 { answer } else { Err(NetworkError::TimedOut) }
            });
        }),
        ("taken, not read", |person| person.calls.set_line("/v1/entries", Line::Cut)),
    ];
    for (name, cut) in cuts {
        let person = world.place(name);
        cut(&person);
        let try_once = Wallet::restore(&person.place, &world.invite, &phrase, RestoreOptions::default());
        let first = tokio::time::timeout(3 * SECOND, try_once).await;
        if let Ok(Ok(wallet)) = first {
            let pays = wallet.prepare(Target::Alias(truck.profile().alias), Some(amount("1 USD")), None).await;
            assert_eq!(pays.unwrap_err(), Error::Wallet(WalletError::StillReading), "{name}");
        }
        person.calls.be_honest();
        let again = Wallet::restore(&person.place, &world.invite, &phrase, RestoreOptions::default()).await;
        let wallet = again.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((available(&wallet).as_str(), wallet.profile().state), ("20.00 USD", ProfileState::Ready), "{name}");
        assert_eq!(wallet.device_count().unwrap(), Some(1), "{name}");
        assert!(wallet.request(terms(None)).await.is_ok(), "{name}");
    }
}
