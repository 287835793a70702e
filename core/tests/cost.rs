//! What a payment costs, counted: HTTP calls and durable commits, never time.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod world;

use farthing_core::events::{EventKind, EventSeq};
use farthing_core::payment::{Approval, Outcome};
use farthing_protocol::time::Span;
use std::sync::Arc;
use world::{SECOND, World, memo, target, terms};

#[tokio::test(flavor = "multi_thread")]
async fn confirm_is_one_call_and_one_sync_at_each_of_three() {
    let at_verifier = farthing_faults::vfs::register("verifier").unwrap();
    let at_payer = farthing_faults::vfs::register("payer").unwrap();
    let at_payee = farthing_faults::vfs::register("payee").unwrap();
    let world = World::start_with(Some("verifier")).await;
    let mut wallets = Vec::new();
    for vfs in ["payer", "payee"] {
        let mut person = world.place(vfs);
        person.place.vfs = Some(vfs.to_owned());
        let (wallet, _) = farthing_core::Wallet::enrol(&person.place, &world.invite, Default::default()).await.unwrap();
        wallet.sync(Span::from_ms(0)).await.unwrap();
        wallets.push((person, Arc::new(wallet)));
    }
    let (payee_at, payee) = wallets.pop().unwrap();
    let (payer_at, payer) = wallets.pop().unwrap();

    let made = payee.request(terms(Some("4.50 USD"))).await.unwrap();
    let draft = payer.prepare(target(&made), None, memo("two tacos")).await.unwrap();
    // What sync does besides waiting is behind us: stock filled up, everything answered.
    payee.sync(Span::from_ms(0)).await.unwrap();
    let known = payee.events(EventSeq(0), 100, SECOND).await.unwrap().last().unwrap().seq;
    let waiting = tokio::spawn({
        let payee = Arc::clone(&payee);
        async move { payee.sync(Span::from_s(20)).await }
    });
    // Until its long poll is there.
    let mut called = Vec::new();
    while !called.contains(&"GET /v1/entries".to_owned()) {
        called.extend(payee_at.calls.take());
        tokio::time::sleep(SECOND / 50).await;
    }
    payer_at.calls.take();
    let before = (at_payer.wal_syncs(), at_verifier.wal_syncs(), at_payee.wal_syncs());

    let id = payer.confirm(Approval::of(&draft)).await.unwrap();
    let events = payee.events(known, 100, 20 * SECOND).await.unwrap();
    assert!(events.iter().any(|e| matches!(e.kind, EventKind::Received(_))), "{events:?}");
    let at_event = (at_verifier.wal_syncs() - before.1, at_payee.wal_syncs() - before.2);
    assert_eq!(payer.outcome(&id, 20 * SECOND).await.unwrap(), Outcome::Settled(id));

    assert_eq!(payer_at.calls.take(), ["POST /v1/orders"], "one HTTP call");
    assert_eq!(at_event, (1, 1), "one sync at the verifier, one at the payee");
    assert_eq!(at_payer.wal_syncs() - before.0, 2, "one for the order, one off the path for the receipt");
    waiting.await.unwrap().unwrap();
}
