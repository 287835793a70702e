//! A wallet goes on, whatever was answered before.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod world;

use farthing_core::payment::Target;
use farthing_protocol::time::Span;
use world::forge::with_page;
use world::{SECOND, World, available, pay, target, terms};

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
