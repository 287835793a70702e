//! A wallet goes on, whatever was answered before.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod world;

use farthing_core::keys::SystemEntropy;
use farthing_core::payment::{Outcome, Target};
use farthing_protocol::id::OrderId;
use farthing_protocol::text::Text;
use farthing_protocol::time::Span;
use farthing_verifier::operator::Fund;
use farthing_verifier::server::now;
use world::forge::with_page;
use world::{SECOND, World, amount, available, pay, target, terms};

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
