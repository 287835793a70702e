//! A final word is final: its opposite changes nothing, and is kept as proof.

use super::answers::refusal;
use crate::world::forge::signing;
use crate::world::{Person, World, amount, available, until_sent};
use farthing_core::engine::{Engine, Input, Operation as _, Step};
use farthing_core::events::{EventKind, EventSeq};
use farthing_core::keys::SystemEntropy;
use farthing_core::keys::device::DeviceKeys;
use farthing_core::keys::vault::SecretName;
use farthing_core::payment::{Approval, Outcome, SendOrder, Target};
use farthing_core::store::{ArtifactKind, DatabaseKey, PaymentId, PaymentState, SqlCipherStore, StoreLocation};
use farthing_core::wallet::{Clocks as _, SystemClocks, Wallet};
use farthing_protocol::http::{Call, Reply};
use farthing_protocol::time::Span;

/// A payment whose answer has not arrived yet, and the engine behind the wallet.
async fn in_between(world: &World, person: &Person, ann: Wallet, to: Target) -> (Engine, PaymentId, Reply) {
    let draft = ann.prepare(to, Some(amount("1 USD")), None).await.unwrap();
    person.calls.set_line("/v1/orders", crate::world::Line::Cut);
    let id = ann.confirm(Approval::of(&draft)).await.unwrap();
    until_sent(&ann, &id).await;
    ann.close().await.unwrap();
    let mut engine = engine(person);
    let call = posted(&mut SendOrder::new(id), &mut engine);
    use farthing_core::sync::{HttpNetwork, Network as _};
    let receipt = HttpNetwork::new(&world.url, None).call(&call).await.unwrap();
    (engine, id, receipt)
}

fn engine(person: &Person) -> Engine {
    let secret = |name| person.place.vault.get(name).unwrap().unwrap();
    let key = <[u8; 32]>::try_from(secret(SecretName::DatabaseKey).as_bytes()).unwrap();
    let location = StoreLocation { path: Some(person.place.database()), vfs: None };
    let store = SqlCipherStore::open(location, DatabaseKey::new(key)).unwrap();
    let keys = DeviceKeys::from_secret(&secret(SecretName::DeviceKeys)).unwrap();
    Engine::open(Box::new(store), keys, Box::new(SystemEntropy::new())).unwrap()
}

fn posted(send: &mut SendOrder, engine: &mut Engine) -> Call {
    match send.advance(engine, Input::Start, SystemClocks.now()).unwrap() {
        Step::Call(call) => call,
        Step::Done(outcome) => panic!("{outcome:?}"),
    }
}

fn told(send: &mut SendOrder, engine: &mut Engine, reply: &Reply) -> Outcome {
    match send.advance(engine, Input::Reply(Ok(reply.clone())), SystemClocks.now()).unwrap() {
        Step::Done(outcome) => outcome,
        Step::Call(call) => panic!("{call:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_opposite_answers_the_first_counts() {
    for receipt_first in [true, false] {
        let world = World::start().await;
        let (_, truck) = world.person("truck").await;
        let (person, ann) = world.person("ann").await;
        let to = Target::Alias(truck.profile().alias);
        let (mut engine, id, receipt) = in_between(&world, &person, ann, to).await;
        let order = engine.store().payment(&id).unwrap().unwrap().order.unwrap();
        let refusal = refusal(order, &signing()).unwrap();
        let (first, second) = if receipt_first { (&receipt, &refusal) } else { (&refusal, &receipt) };

        // Both are on their way before either is answered.
        let (mut one, mut other) = (SendOrder::new(id), SendOrder::new(id));
        posted(&mut one, &mut engine);
        posted(&mut other, &mut engine);
        let end = told(&mut one, &mut engine, first);
        let before = engine.store().payment(&id).unwrap();
        let balances = engine.store().balances().unwrap();
        let events = engine.store().events(EventSeq(0), 100).unwrap();
        assert_eq!(told(&mut other, &mut engine, second), end);
        assert_eq!(engine.store().payment(&id).unwrap(), before);
        assert_eq!(engine.store().balances().unwrap(), balances);
        assert_eq!(engine.store().events(EventSeq(0), 100).unwrap(), events);
        let proof = engine.store().artifact(&id, ArtifactKind::Contradiction).unwrap();
        assert_eq!(proof.as_ref(), Some(&second.body));
        let state = before.unwrap().state;
        assert_eq!(state, if receipt_first { PaymentState::Settled } else { PaymentState::Refused });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_debit_of_what_was_refused_for_ever_is_not_counted() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (person, ann) = world.person("ann").await;
    let to = Target::Alias(truck.profile().alias);
    let (mut engine, id, _) = in_between(&world, &person, ann, to).await;
    let order = engine.store().payment(&id).unwrap().unwrap().order.unwrap();
    let mut send = SendOrder::new(id);
    posted(&mut send, &mut engine);
    let outcome = told(&mut send, &mut engine, &refusal(order, &signing()).unwrap());
    assert!(matches!(outcome, Outcome::Refused { .. }), "{outcome:?}");
    drop(engine);

    // In its ledger the payment was applied.
    let ann = Wallet::open(&person.place).await.unwrap();
    ann.sync(Span::from_ms(0)).await.unwrap();
    assert_eq!(ann.payment(&id).unwrap().state, PaymentState::Refused);
    assert_eq!(available(&ann), "20.00 USD");
    assert!(ann.artifact(&id, ArtifactKind::Contradiction).unwrap().is_some());
    let events = ann.events(EventSeq(0), 100, std::time::Duration::ZERO).await.unwrap();
    assert_eq!(events.iter().filter(|e| matches!(e.kind, EventKind::EntryRejected(_))).count(), 1);
    ann.sync(Span::from_ms(0)).await.unwrap();
    assert_eq!(ann.events(EventSeq(0), 100, std::time::Duration::ZERO).await.unwrap(), events, "told once");
}
