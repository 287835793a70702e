//! An alias that suddenly has another key, and requests under a key that is not the asker's.

use crate::world::forge::{Poser, altered, stranger, with_body};
use crate::world::{Person, World, amount, available, pay, terms};
use farthing_core::error::{Error, WalletError};
use farthing_core::payment::{Looked, Outcome, Target};
use farthing_protocol::alias::{Alias, AliasRecord};
use farthing_protocol::cose::Signed;
use farthing_protocol::http::{MEDIA_OCTETS, Reply};
use farthing_protocol::key::Signer as _;
use farthing_protocol::pointer::Pointer;
use farthing_protocol::request::Request;

/// The verifier shows the alias's record with other contents, signed by a stranger.
fn show(person: &Person, change: fn(&mut AliasRecord)) {
    person.calls.lie("/v1/aliases/", move |_, answer| with_body(answer, |body| altered(body, &stranger(), change)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_key_blocks_payment_to_an_alias_that_was_paid_before() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (person, ann) = world.person("ann").await;
    let to = Target::Alias(truck.profile().alias);
    let (_, outcome) = pay(&ann, to.clone(), Some("1 USD"), "x").await;
    assert!(matches!(outcome, Outcome::Settled(_)));
    show(&person, |record| record.payee = *stranger().public());
    let changed = Error::Wallet(WalletError::PayeeKeyChanged);
    assert_eq!(ann.prepare(to.clone(), Some(amount("1 USD")), None).await.unwrap_err(), changed);
    assert_eq!(ann.look(to.clone()).await.map(drop).unwrap_err(), changed);
    // It stays so, whatever else is tried, and the honest record is good again.
    person.calls.be_honest();
    let looked = ann.look(to.clone()).await.unwrap();
    assert!(matches!(looked, Looked::Alias { known: true, .. }), "{looked:?}");
    pay(&ann, to, Some("1 USD"), "x").await;
    assert_eq!(available(&ann), "18.00 USD");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_not_the_aliass_own_is_not_believed() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (person, ann) = world.person("ann").await;
    let to = Target::Alias(truck.profile().alias);
    let misbehaved = Error::Wallet(WalletError::VerifierMisbehaved);
    let lies: [fn(&mut AliasRecord); 3] = [
        // Signed by another key than the one it names.
        |_| (),
        |record| {
            record.payee = *stranger().public();
            record.alias = Alias::new("somebody-else").unwrap();
        },
        |record| {
            record.payee = *stranger().public();
            record.verifier = farthing_protocol::id::VerifierId::new([7; 32]);
        },
    ];
    for change in lies {
        show(&person, change);
        assert_eq!(ann.prepare(to.clone(), Some(amount("1 USD")), None).await.unwrap_err(), misbehaved);
        assert_eq!(ann.look(to.clone()).await.map(drop).unwrap_err(), misbehaved);
    }
    assert_eq!(available(&ann), "20.00 USD");
}

/// Whoever it is would have the shop say that it was paid for what it never asked.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_under_anothers_key_is_not_paid() {
    let world = World::start().await;
    let (_, shop) = world.person("shop").await;
    let (person, ann) = world.person("ann").await;
    shop.request(terms(Some("1 USD"))).await.unwrap();
    let made = shop.read(|engine| engine.store().requests(1).unwrap().remove(0));
    let genuine = Signed::<Request>::parse(made.bytes.as_slice()).unwrap().claims().clone();
    for poser in [Poser(*stranger().public()), Poser(genuine.payee)] {
        let asked = Request { amount: Some(amount("2 USD")), ..genuine.clone() };
        let forged = Signed::sign(asked, &poser).unwrap();
        // Its link fits, and whoever stores it gives it out.
        let pointer = Pointer::to(&world.url, &forged).unwrap();
        let content = pointer.seal(&forged).unwrap();
        person.calls.lie("/v1/requests/", move |_, _| Ok(Reply::ok(MEDIA_OCTETS, content.clone())));
        let to = Target::Request(pointer);
        let altered = Error::Wallet(WalletError::RequestAltered);
        assert_eq!(ann.look(to.clone()).await.map(drop).unwrap_err(), altered);
        assert_eq!(ann.prepare(to, None, None).await.map(drop).unwrap_err(), altered);
    }
}
