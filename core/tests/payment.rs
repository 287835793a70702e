//! Payments between two wallets and a verifier, over real HTTP and real files.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod world;

use farthing_core::error::{Error, MoneyMoved, WalletError};
use farthing_core::events::{EventKind, EventSeq};
use farthing_core::payment::{Approval, Outcome, Target, Trustworthiness};
use farthing_core::store::{ArtifactKind, Direction, PaymentState, RequestState};
use farthing_core::wallet::Wallet;
use farthing_protocol::code::RefusalCode;
use farthing_protocol::id::Digest;
use farthing_protocol::time::Span;
use world::{SECOND, World, amount, available, memo, pay, target, terms};

const NOW: Span = Span::from_ms(0);

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_paid_and_both_hold_the_receipt() {
    let world = World::start().await;
    let (_, truck) = world.person("Taco Truck").await;
    let (_, ann) = world.person("Ann").await;
    let made = truck.request(terms(Some("4.50 USD"))).await.unwrap();
    let draft = ann.prepare(target(&made), None, memo("two tacos")).await.unwrap();
    assert_eq!(draft.payee_name.as_ref().unwrap().as_str(), "Taco Truck");
    assert_eq!((draft.total.to_string(), draft.trust), ("4.50 USD".to_owned(), Trustworthiness::Request));
    let id = ann.confirm(Approval::of(&draft)).await.unwrap();
    assert_eq!(ann.outcome(&id, 10 * SECOND).await.unwrap(), Outcome::Settled(id));
    let synced = truck.sync(Span::from_s(5)).await.unwrap();
    assert_eq!(synced.received, 1);
    assert_eq!((available(&ann), available(&truck)), ("15.50 USD".to_owned(), "24.50 USD".to_owned()));

    let paid = ann.payment(&id).unwrap();
    let received = &truck.history(None, 1).unwrap()[0];
    assert_eq!((received.direction, received.state), (Direction::In, PaymentState::Settled));
    assert_eq!(received.details.as_ref().unwrap().memo, memo("two tacos"));
    assert_eq!(received.details.as_ref().unwrap().payer.as_ref().unwrap().as_str(), "Ann");
    let receipt = |wallet: &Wallet, id| wallet.artifact(id, ArtifactKind::Receipt).unwrap().unwrap();
    assert_eq!(receipt(&ann, &paid.id), receipt(&truck, &received.id));
    assert_eq!(truck.requests(1).unwrap()[0].state, RequestState::Paid);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_confirmed_twice_is_one_payment() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (_, ann) = world.person("ann").await;
    let alias = Target::Alias(truck.profile().alias);
    let draft = ann.prepare(alias.clone(), Some(amount("1 USD")), memo("a")).await.unwrap();
    assert_eq!(draft.trust, Trustworthiness::UnverifiedAlias);
    let approval = Approval::of(&draft);
    let (first, second) = tokio::join!(ann.confirm(approval), ann.confirm(approval));
    assert_eq!(first.unwrap(), second.unwrap());
    assert_eq!(ann.outcome(&draft.id, 10 * SECOND).await.unwrap(), Outcome::Settled(draft.id));
    assert_eq!(ann.confirm(approval).await.unwrap(), draft.id);
    assert_eq!(available(&ann), "19.00 USD");
    let again = ann.prepare(alias, Some(amount("1 USD")), None).await.unwrap();
    assert_eq!(again.trust, Trustworthiness::KnownAlias, "its key was pinned with the first payment");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_customers_one_pays() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (_, ann) = world.person("ann").await;
    let (_, bob) = world.person("bob").await;
    let made = truck.request(terms(Some("4.50 USD"))).await.unwrap();
    let (a, b) = tokio::join!(pay(&ann, target(&made), None, "a"), pay(&bob, target(&made), None, "b"));
    let refused = |outcome: &Outcome| match outcome {
        Outcome::Refused { error, .. } => error.code() == RefusalCode::RequestUsed.number(),
        _ => false,
    };
    let settled = |outcome: &Outcome| matches!(outcome, Outcome::Settled(_));
    assert!((settled(&a.1) && refused(&b.1)) || (settled(&b.1) && refused(&a.1)), "{a:?} {b:?}");
    truck.sync(NOW).await.unwrap();
    assert_eq!(available(&truck), "24.50 USD");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_approved_is_not_signed() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (_, ann) = world.person("ann").await;
    let alias = Target::Alias(truck.profile().alias);
    let draft = ann.prepare(alias, Some(amount("1 USD")), None).await.unwrap();
    let forged = Approval::from_parts(draft.id, Digest::of(b"another draft"));
    let refused = ann.confirm(forged).await.unwrap_err();
    assert_eq!(refused, Error::Wallet(WalletError::NotWhatWasApproved));
    assert_eq!(ann.payment(&draft.id).unwrap().state, PaymentState::Draft);
    ann.discard(&draft.id).unwrap();
    let gone = ann.confirm(Approval::of(&draft)).await.unwrap_err();
    assert_eq!(gone, Error::Wallet(WalletError::PaymentUnknown));
    assert_eq!(available(&ann), "20.00 USD");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_paid_says_why_and_leaves_nothing() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (_, ann) = world.person("ann").await;
    let alias = Target::Alias(truck.profile().alias);
    let own = Target::Alias(ann.profile().alias);
    let unknown = Target::Alias(farthing_protocol::alias::Alias::new("nobody-here").unwrap());
    let open = truck.request(terms(None)).await.unwrap();
    let exact = truck.request(terms(Some("4.50 USD"))).await.unwrap();
    let cancelled = truck.request(terms(Some("4.50 USD"))).await.unwrap();
    assert_eq!(truck.cancel(cancelled.id).await.unwrap(), RequestState::Cancelled);
    assert_eq!(truck.cancel(cancelled.id).await.unwrap(), RequestState::Cancelled, "again is harmless");
    let mine = ann.request(terms(Some("1 USD"))).await.unwrap();
    let some = |text| Some(amount(text));
    for (to, sum, kind) in [
        (alias.clone(), some("20.01 USD"), "insufficient_balance"),
        (alias.clone(), None, "amount_needed"),
        (alias, some("0 USD"), "zero_amount"),
        (own, some("1 USD"), "own_handle"),
        (unknown, some("1 USD"), "alias_unknown"),
        (target(&open), None, "amount_needed"),
        (target(&exact), some("4 USD"), "amount_fixed"),
        (target(&mine), None, "own_handle"),
    ] {
        let error = ann.prepare(to, sum, None).await.unwrap_err();
        assert_eq!((error.kind(), error.money_moved()), (kind, MoneyMoved::No), "{error}");
    }
    // A cancelled request can still be looked at; paying it is refused for ever.
    let (_, outcome) = pay(&ann, target(&cancelled), None, "x").await;
    let Outcome::Refused { error, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(error.code(), RefusalCode::RequestCancelled.number());
    assert_eq!(available(&ann), "20.00 USD");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verifier_that_is_down_leaves_the_payment_stored_and_it_is_made_once() {
    let mut world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (person, ann) = world.person("ann").await;
    let alias = Target::Alias(truck.profile().alias);
    let draft = ann.prepare(alias, Some(amount("3 USD")), memo("late")).await.unwrap();
    world.stop().await;
    let id = ann.confirm(Approval::of(&draft)).await.unwrap();
    let outcome = ann.outcome(&id, SECOND / 2).await.unwrap();
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    let held = ann.balances().unwrap()[0];
    assert_eq!((held.available.to_string(), held.held.to_string()), ("17.00 USD".into(), "3.00 USD".into()));
    // The process ends here and another one takes over.
    ann.close().await.unwrap();
    world.run().await;
    let ann = Wallet::open(&person.place).await.unwrap();
    let synced = ann.sync(NOW).await.unwrap();
    assert_eq!((synced.resolved.as_slice(), synced.unfinished), (&[id][..], 0));
    ann.sync(NOW).await.unwrap();
    truck.sync(NOW).await.unwrap();
    assert_eq!((available(&ann), available(&truck)), ("17.00 USD".to_owned(), "23.00 USD".to_owned()));
    assert_eq!(ann.outcome(&id, SECOND).await.unwrap(), Outcome::Settled(id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_away_changes_nothing() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (_, ann) = world.person("ann").await;
    let alias = Target::Alias(truck.profile().alias);
    let draft = ann.prepare(alias, Some(amount("2 USD")), None).await.unwrap();
    // Polled once, then dropped, as a cancelled coroutine does.
    let confirming = Box::pin(ann.confirm(Approval::of(&draft)));
    let _ = tokio::time::timeout(std::time::Duration::ZERO, confirming).await;
    // Authorised and sent all the same.
    assert_eq!(ann.outcome(&draft.id, 10 * SECOND).await.unwrap(), Outcome::Settled(draft.id));
    assert_eq!(ann.payment(&draft.id).unwrap().state, PaymentState::Settled);
    assert_eq!(available(&ann), "18.00 USD");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_a_log_without_gaps_over_restarts() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (person, ann) = world.person("ann").await;
    for sum in ["1 USD", "2 USD"] {
        pay(&ann, Target::Alias(truck.profile().alias), Some(sum), "x").await;
    }
    let before = ann.events(EventSeq(0), 100, SECOND).await.unwrap();
    ann.close().await.unwrap();
    let ann = Wallet::open(&person.place).await.unwrap();
    let after = ann.events(EventSeq(0), 100, SECOND).await.unwrap();
    assert_eq!(before, after);
    let seqs: Vec<u64> = after.iter().map(|e| e.seq.0).collect();
    assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>());
    let names: Vec<_> = after.iter().map(|e| e.kind.name()).collect();
    assert_eq!(
        names,
        ["enrolled", "issued", "payment_authorised", "payment_settled", "payment_authorised", "payment_settled"]
    );
    assert!(matches!(after[0].kind, EventKind::Enrolled));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_verifier_at_the_same_address_is_not_believed() {
    let mut world = World::start().await;
    let (_, ann) = world.person("ann").await;
    world.stop().await;
    let data = world.dir.path().join("impostor");
    use farthing_verifier::server::{Folder, ServerConfig, now, start};
    Folder::make(&data).unwrap();
    let keys = farthing_verifier::Keys::from_seeds([8; 32], [9; 32]);
    keys.save(&Folder::signing_key(&data)).unwrap();
    let listen = world.url.trim_start_matches("http://").to_owned();
    let setup =
        farthing_verifier::Setup { listen, ..farthing_verifier::Setup::open(&world.url, world::usd(), 1_000_000) };
    let root = farthing_protocol::key::Ed25519Key::from_seed([7; 32]);
    let db = Folder::connect(&data, None, true).unwrap();
    drop(farthing_verifier::Verifier::create(db, &setup, &root, keys, now()).unwrap());
    let server = start(ServerConfig::new(&data)).await.unwrap();
    assert_eq!(ann.sync(NOW).await.unwrap_err(), Error::Wallet(WalletError::WrongRoot));
    assert_eq!(available(&ann), "20.00 USD");
    server.shutdown().await;
}
