//! What two copies do to each other, and what each of them says.

use crate::folders::Folder;
use crate::world::{Line, SECOND, World, amount, available, pay, target, terms, until_sent};
use farthing_core::Error;
use farthing_core::events::{EventKind, EventSeq};
use farthing_core::generation::Copies;
use farthing_core::payment::{Approval, Outcome, Target};
use farthing_core::store::{Direction, PaymentState};
use farthing_core::wallet::Wallet;
use farthing_protocol::time::Span;
use std::time::Duration;

const NOW: Span = Span::from_ms(0);

async fn found(wallet: &Wallet) -> usize {
    let events = wallet.events(EventSeq(0), 1_000, Duration::ZERO).await.unwrap();
    events.iter().filter(|event| event.kind == EventKind::OldCopy).count()
}

fn count(wallet: &Wallet, direction: Direction) -> usize {
    wallet.history(None, 100).unwrap().iter().filter(|payment| payment.direction == direction).count()
}

/// Payments and requests from both copies in turn: each knows all of them in the end, the verifier each once.
#[tokio::test(flavor = "multi_thread")]
async fn copies_that_take_turns_neither_lose_nor_double() {
    for machine in ["machine", "another machine"] {
        let world = World::start().await;
        let (_, truck) = world.person("truck").await;
        let (_, bob) = world.person("bob").await;
        let original = Folder::enrolled(&world, "original").await;
        let copy = original.copied(&world, "copy", machine);
        let shop = || Target::Alias(truck.profile().alias);
        let turns = [&original, &copy, &copy, &original, &copy, &original, &original, &copy];
        for (n, folder) in turns.into_iter().enumerate() {
            let wallet = folder.open().await;
            let (_, outcome) = pay(&wallet, shop(), Some("1 USD"), &format!("turn {n}")).await;
            assert!(matches!(outcome, Outcome::Settled(_)), "{machine}, turn {n}: {outcome:?}");
            // A handle of a stock that the other copy has used, too.
            let made = wallet.request(terms(Some("0.50 USD"))).await.unwrap();
            let (_, outcome) = pay(&bob, target(&made), None, "here").await;
            assert!(matches!(outcome, Outcome::Settled(_)), "{machine}, turn {n}: {outcome:?}");
            wallet.sync(NOW).await.unwrap();
            let expected = (n + 1, n + 1);
            let counted = (count(&wallet, Direction::Out), count(&wallet, Direction::In));
            assert_eq!(counted, expected, "{machine}, turn {n}");
            let left = format!("{:.2} USD", 20.0 - (n + 1) as f64 * 0.5);
            assert_eq!(available(&wallet), left, "{machine}, turn {n}");
            assert_eq!(wallet.status().unwrap().copies == Copies::Known, n > 0, "{machine}, turn {n}");
            wallet.close().await.unwrap();
        }
        truck.sync(NOW).await.unwrap();
        assert_eq!((count(&truck, Direction::In), available(&truck)), (8, "28.00 USD".to_owned()));
    }
}

/// The words of issue 4: an old copy, started after the newer one paid, neither doubles nor loses, and says what it is.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_copy_says_what_it_is_and_knows_what_the_newer_one_paid() {
    for machine in ["machine", "another machine"] {
        let world = World::start().await;
        let (_, truck) = world.person("truck").await;
        let original = Folder::enrolled(&world, "original").await;
        let old = original.copied(&world, "old", machine);
        let wallet = original.open().await;
        let (paid, _) = pay(&wallet, Target::Alias(truck.profile().alias), Some("3 USD"), "newer").await;
        let receipt = wallet.payment(&paid).unwrap().order;
        wallet.close().await.unwrap();

        let old = old.open().await;
        let says_so = found(&old).await;
        assert_eq!(says_so, usize::from(machine == "machine"), "the anchor is of this machine");
        old.sync(NOW).await.unwrap();
        assert_eq!((found(&old).await, old.status().unwrap().copies), (1, Copies::Known));
        assert_eq!((available(&old).as_str(), count(&old, Direction::Out)), ("17.00 USD", 1));
        assert_eq!(old.history(None, 1).unwrap()[0].order, receipt);
        old.sync(NOW).await.unwrap();
        assert_eq!(found(&old).await, 1, "it is said once");
    }
}

/// A folder that was moved, or restored whole with its state, is no copy.
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_moved_is_no_old_copy() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let original = Folder::enrolled(&world, "original").await;
    let moved = original.copied(&world, "moved", "another machine");
    for _ in 0..2 {
        let wallet = moved.open().await;
        pay(&wallet, Target::Alias(truck.profile().alias), Some("1 USD"), "moved").await;
        assert_eq!((found(&wallet).await, wallet.status().unwrap().copies), (0, Copies::Alone));
        wallet.close().await.unwrap();
    }
    assert_eq!(available(&moved.open().await), "18.00 USD");
}

/// The newer copy sent an order that both hold: the old one waits until it cannot be applied any more, or finds it in the
/// ledger; either way there is one payment.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_both_copies_hold_is_one_payment() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let original = Folder::enrolled(&world, "original").await;
    let wallet = original.open().await;
    let shop = Target::Alias(truck.profile().alias);
    let draft = wallet.prepare(shop, Some(amount("3 USD")), None).await.unwrap();
    original.calls.set_line("/v1/orders", Line::Cut);
    let id = wallet.confirm(Approval::of(&draft)).await.unwrap();
    until_sent(&wallet, &id).await;
    wallet.close().await.unwrap();
    let copies = ["first", "second"].map(|name| original.copied(&world, name, "machine"));

    // Nobody has sent it: whoever comes first does.
    original.calls.be_honest();
    let wallet = original.open().await;
    wallet.sync(NOW).await.unwrap();
    assert_eq!(wallet.payment(&id).unwrap().state, PaymentState::Settled);
    wallet.close().await.unwrap();
    for copy in copies {
        let wallet = copy.open().await;
        wallet.sync(NOW).await.unwrap();
        assert_eq!(wallet.payment(&id).unwrap().state, PaymentState::Settled);
        assert_eq!((available(&wallet).as_str(), count(&wallet, Direction::Out)), ("17.00 USD", 1));
        assert!(!copy.calls.take().iter().any(|call| call.contains("/v1/orders")), "the ledger told it");
        wallet.close().await.unwrap();
    }
    truck.sync(NOW).await.unwrap();
    assert_eq!(available(&truck), "23.00 USD");
}

/// What the newer copy has not sent either is held back by the old one while it could be applied.
#[tokio::test(flavor = "multi_thread")]
async fn an_open_order_waits_in_an_old_copy() {
    let world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let original = Folder::enrolled(&world, "original").await;
    let wallet = original.open().await;
    let draft = wallet.prepare(Target::Alias(truck.profile().alias), Some(amount("3 USD")), None).await.unwrap();
    original.calls.set_line("/v1/orders", Line::Cut);
    let id = wallet.confirm(Approval::of(&draft)).await.unwrap();
    until_sent(&wallet, &id).await;
    wallet.close().await.unwrap();
    let old = original.copied(&world, "old", "machine");
    let newer = original.open().await;
    assert!(newer.refresh().await.is_ok());
    newer.close().await.unwrap();

    let wallet = old.open().await;
    assert_eq!(wallet.sync(NOW).await.unwrap().unfinished, 1);
    assert!(!old.calls.take().iter().any(|call| call.contains("/v1/orders")));
    let held = wallet.outcome(&id, SECOND / 10).await.unwrap();
    assert!(matches!(held, Outcome::Unknown { .. }), "{held:?}");
    // The verifier was not asked, so nothing was decided: the newer copy still can.
    original.calls.be_honest();
    let newer = original.open().await;
    newer.sync(NOW).await.unwrap();
    wallet.sync(NOW).await.unwrap();
    truck.sync(NOW).await.unwrap();
    let paid = available(&truck) == "23.00 USD";
    let expected = if paid { "17.00 USD" } else { "20.00 USD" };
    let counts = |wallet: &Wallet| wallet.payment(&id).unwrap().state == PaymentState::Settled;
    assert_eq!((counts(&wallet), counts(&newer)), (paid, paid));
    assert_eq!(newer.balances().unwrap()[0].available.to_string() == expected, paid);
}

/// Both are open at once, and one of them uses the other's stock up: a request fails once, then all is well.
#[tokio::test(flavor = "multi_thread")]
async fn a_stock_that_the_other_copy_used_up_is_made_anew() {
    let world = World::start().await;
    let (_, bob) = world.person("bob").await;
    let original = Folder::enrolled(&world, "original").await;
    let copy = original.copied(&world, "copy", "another machine");
    let (first, second) = (original.open().await, copy.open().await);
    for _ in 0..25 {
        first.request(terms(Some("0.10 USD"))).await.unwrap();
    }
    let mut failed = 0;
    for turn in 0..4 {
        for wallet in [&second, &first] {
            match wallet.request(terms(Some("0.10 USD"))).await {
                Ok(made) => {
                    let (_, outcome) = pay(&bob, target(&made), None, "x").await;
                    assert!(matches!(outcome, Outcome::Settled(_)), "turn {turn}: {outcome:?}");
                }
                Err(Error::Problem { code, .. }) => {
                    assert_eq!(code.kind(), "handle_not_in_stock", "turn {turn}");
                    failed += 1;
                }
                Err(error) => panic!("turn {turn}: {error}"),
            }
        }
    }
    assert!(failed <= 4, "{failed} requests failed");
    for wallet in [&first, &second] {
        wallet.sync(NOW).await.unwrap();
        assert_eq!(count(wallet, Direction::In), 8 - failed);
    }
}
