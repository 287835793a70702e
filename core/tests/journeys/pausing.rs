//! Pausing in the middle: an app that goes to the background lets go of its files, whatever is under way.

use crate::world::{SECOND, World, amount, available, pay, until_sent};
use farthing_core::error::{Error, MoneyMoved};
use farthing_core::payment::{Approval, Target};
use farthing_core::store::{PaymentState, StoreError};
use farthing_protocol::time::Span;
use std::sync::Arc;

const PAUSED: Error = Error::Store(StoreError::Paused);

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_stops_what_runs_and_loses_nothing() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (person, ann) = world.person("ann").await;
    let ann = Arc::new(ann);
    let to = Target::Alias(truck.profile().alias);

    // A long poll is open when the pause comes; then money arrives.
    person.calls.take();
    let polling = tokio::spawn({
        let ann = Arc::clone(&ann);
        async move { ann.sync(Span::from_s(20)).await }
    });
    while !person.calls.take().contains(&"GET /v1/entries".to_owned()) {
        tokio::time::sleep(SECOND / 50).await;
    }
    ann.pause().unwrap();
    pay(&truck, Target::Alias(ann.profile().alias), Some("1 USD"), "x").await;
    let stopped = polling.await.unwrap().unwrap_err();
    assert_eq!((stopped.cause(), stopped.money_moved()), (&PAUSED, MoneyMoved::Unknown), "the store cannot be asked");
    assert_eq!(ann.balances().unwrap_err(), PAUSED);
    assert_eq!(ann.prepare(to.clone(), Some(amount("1 USD")), None).await.map(drop).unwrap_err(), PAUSED);
    ann.resume().unwrap();
    ann.sync(Span::from_ms(0)).await.unwrap();
    assert_eq!(available(&ann), "21.00 USD");

    // A payment is on its way when the pause comes.
    let draft = ann.prepare(to, Some(amount("2 USD")), None).await.unwrap();
    ann.pause().unwrap();
    assert_eq!(ann.confirm(Approval::of(&draft)).await.unwrap_err(), PAUSED);
    ann.resume().unwrap();
    assert_eq!(ann.payment(&draft.id).unwrap().state, PaymentState::Draft);
    ann.confirm(Approval::of(&draft)).await.unwrap();
    ann.pause().unwrap();
    tokio::time::sleep(SECOND / 5).await;
    ann.resume().unwrap();
    ann.sync(Span::from_ms(0)).await.unwrap();
    until_sent(&ann, &draft.id).await;
    assert_eq!(ann.payment(&draft.id).unwrap().state, PaymentState::Settled);
    truck.sync(Span::from_ms(0)).await.unwrap();
    assert_eq!((available(&ann), available(&truck)), ("19.00 USD".to_owned(), "21.00 USD".to_owned()));
}
