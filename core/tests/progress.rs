//! A wallet goes on, whatever was answered before.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod world;

use farthing_core::keys::SystemEntropy;
use farthing_core::payment::{Approval, Outcome, Target};
use farthing_core::store::PaymentState;
use farthing_core::sync::NetworkError;
use farthing_core::wallet::Wallet;
use farthing_protocol::code::ProblemCode;
use farthing_protocol::http::{Problem, Reply};
use farthing_protocol::id::OrderId;
use farthing_protocol::text::Text;
use farthing_protocol::time::Span;
use farthing_verifier::operator::Fund;
use farthing_verifier::server::now;
use world::forge::{with_body, with_page};
use world::{Line, SECOND, World, amount, available, pay, target, terms, until_sent};

const NOW: Span = Span::from_ms(0);

/// The receipts of one's own payments are known from the answers to the orders: a page that has nothing else in it changes
/// nothing here, and is read all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_ones_own_settled_payments_is_passed() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (person, ann) = world.person("ann").await;
    for _ in 0..2 {
        pay(&ann, Target::Alias(truck.profile().alias), Some("1 USD"), "hello").await;
    }
    let made = ann.request(terms(Some("3 USD"))).await.unwrap();
    pay(&truck, target(&made), None, "back").await;
    person.calls.lie("/v1/entries", |_, answer| {
        with_page(answer, |page| {
            page.more |= page.entries.len() > 1;
            page.entries.truncate(1);
        })
    });
    let synced = tokio::time::timeout(10 * SECOND, ann.sync(NOW)).await;
    assert_eq!((synced.unwrap().unwrap().received, available(&ann)), (1, "21.00 USD".to_owned()));
}

/// An account may hold more than the largest payment (wire decision 12).
#[tokio::test(flavor = "multi_thread")]
async fn who_holds_more_than_one_payment_moves_can_pay() {
    let mut world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (_, ann) = world.person("ann").await;
    let (target, reason) = (ann.profile().alias.to_string(), Text::new("prize").unwrap());
    for n in 0..2 {
        let id = OrderId::generate(now().wall, &mut SystemEntropy::new());
        let fund = Fund { id, target: target.clone(), amount: amount("1000000000 USD"), reason: reason.clone() };
        world.operate(|verifier| verifier.fund(&fund, now()).map(drop)).await.unwrap_or_else(|e| panic!("{n}: {e}"));
    }
    ann.sync(NOW).await.unwrap();
    let (_, outcome) = pay(&ann, Target::Alias(truck.profile().alias), Some("5 USD"), "hello").await;
    assert!(matches!(outcome, Outcome::Settled(_)), "{outcome:?}");
}

/// What the verifier says of itself cannot be read, but it answers orders: a payment that was sent learns its outcome.
#[tokio::test(flavor = "multi_thread")]
async fn a_sent_payment_is_finished_without_a_status() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (person, ann) = world.person("ann").await;
    let alias = Target::Alias(truck.profile().alias);
    let draft = ann.prepare(alias, Some(amount("1 USD")), None).await.unwrap();
    person.calls.lie("/v1/orders", |_, _| Err(NetworkError::TimedOut));
    let id = ann.confirm(Approval::of(&draft)).await.unwrap();
    until_sent(&ann, &id).await;
    ann.close().await.unwrap();
    person.calls.lie("/v1/verifier", |_, answer| with_body(answer, |_| Vec::new()));
    let ann = Wallet::open(&person.place).await.unwrap();
    ann.sync(NOW).await.unwrap_err();
    assert_eq!(ann.payment(&id).unwrap().state, PaymentState::Settled);
}

/// After `id_conflict` the outcome is asked for by the order's id, and believed by its hash (wire decision 8).
#[tokio::test(flavor = "multi_thread")]
async fn after_an_id_conflict_the_outcome_is_asked_for_by_id() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (person, ann) = world.person("ann").await;
    let alias = Target::Alias(truck.profile().alias);
    let draft = ann.prepare(alias, Some(amount("1 USD")), None).await.unwrap();
    // The verifier decides the order, and then says that another one has its id.
    person.calls.lie("/v1/orders", |call, answer| {
        if call.body.is_empty() { answer } else { Ok(Reply::problem(&Problem::new(ProblemCode::IdConflict))) }
    });
    let id = ann.confirm(Approval::of(&draft)).await.unwrap();
    assert_eq!(ann.outcome(&id, 10 * SECOND).await.unwrap(), Outcome::Settled(id));
    assert!(person.calls.take().iter().any(|call| call.starts_with("GET /v1/orders/")));
}

/// One payment that gets no answer holds up neither another nor what is received.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_received_arrives_beside_a_payment_without_an_answer() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (person, ann) = world.person("ann").await;
    let made = ann.request(terms(Some("3 USD"))).await.unwrap();
    let alias = Target::Alias(truck.profile().alias);
    let draft = ann.prepare(alias, Some(amount("1 USD")), None).await.unwrap();
    person.calls.set_line("/v1/orders", Line::Cut);
    ann.confirm(Approval::of(&draft)).await.unwrap();
    until_sent(&ann, &draft.id).await;
    pay(&truck, target(&made), None, "back").await;
    let synced = ann.sync(NOW).await.unwrap();
    assert_eq!((synced.received, synced.unfinished), (1, 1));
    assert_eq!(available(&ann), "22.00 USD", "20 and 3, of which 1 is held back");
}
