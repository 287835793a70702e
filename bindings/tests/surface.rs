//! What a shell sees, called as the generated code calls it, over a real server and real files.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests fail by panicking"
)]

mod world;

use farthing_ffi::failure::{Action, MoneyMoved};
use farthing_ffi::keys::SealingFailure;
use farthing_ffi::opening::{Enrolled, Opened, open, restore};
use farthing_ffi::phrase::{WordsEntry, word_list};
use farthing_ffi::records::{Direction, Outcome, PaymentState, RequestState, Scope};
use farthing_ffi::scan::{Scanned, draw_qr, recognise};
use std::path::Path;
use std::sync::Arc;
use world::{World, kind, ready, terms};

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_from_scan_to_receipt() {
    let world = World::start().await;
    let (ann, truck) = (world.enrolled("Ann").await.wallet, world.enrolled("Taco Truck").await.wallet);
    ann.sync().await.unwrap();
    truck.sync().await.unwrap();
    let price = truck.parse_money("4.50 usd".to_owned()).await.unwrap();
    assert_eq!((price.value, price.code.as_str(), price.scale), (4_500_000, "USD", 6));
    let request = truck.request(terms(price.clone())).await.unwrap();
    assert_eq!(recognise(&request.link).unwrap(), Scanned::Request);
    assert!(draw_qr(&request.link, 4).unwrap().png.starts_with(b"\x89PNG"));
    let draft = ann.prepare(request.link.clone(), None, Some("two tacos".to_owned())).await.unwrap();
    assert_eq!((draft.payee_name.as_deref(), draft.total.text.as_str()), (Some("Taco Truck"), "4.50 USD"));
    assert_eq!(kind(ann.confirm(draft.id.clone(), "00".repeat(32)).await), "not_what_was_approved");
    let payment = ann.confirm(draft.id.clone(), draft.shown.clone()).await.unwrap();
    let Outcome::Settled { payment } = ann.outcome(payment.id, 20_000).await.unwrap() else { panic!("not settled") };
    assert_eq!((payment.state, payment.direction), (PaymentState::Settled, Direction::Out));
    // Once more: the same payment.
    assert_eq!(ann.confirm(draft.id.clone(), draft.shown).await.unwrap().id, payment.id);
    assert_eq!(kind(ann.discard(draft.id).await), "not_a_draft");
    truck.sync().await.unwrap();
    let received = truck.history(None, 1).await.unwrap().remove(0);
    assert_eq!((received.memo.as_deref(), received.name.as_deref()), (Some("two tacos"), Some("Ann")));
    let requests = truck.requests(1).await.unwrap();
    assert_eq!((requests[0].state, requests[0].payment.as_ref()), (RequestState::Paid, Some(&received.id)));
    let receipt = ann.receipt(payment.id.clone()).await.unwrap();
    assert_eq!(receipt, truck.receipt(received.id).await.unwrap());
    let written = ann.export(world.folder("export")).await.unwrap();
    assert_eq!((written.payments, written.requests), (2, 0));
    let file = Path::new(&world.folder("export")).join(format!("{}.receipt.cose", payment.id));
    assert_eq!(std::fs::read(file).unwrap(), receipt);
    assert_eq!(ann.balances().await.unwrap()[0].available.text, "15.50 USD");
    let names = |events: Vec<farthing_ffi::records::Event>| events.into_iter().map(|e| e.name).collect::<Vec<_>>();
    let events = names(truck.events(0, 100, 0).await.unwrap());
    assert_eq!(events, ["enrolled", "issued", "request_open", "received", "request_paid"]);
    let poor = truck.request(terms(truck.parse_money("16 usd".to_owned()).await.unwrap())).await.unwrap();
    let failure = ann.prepare(poor.link.clone(), None, None).await.unwrap_err();
    assert_eq!((failure.info().money_moved, failure.info().action), (MoneyMoved::No, Action::AddMoney));
    assert_eq!(kind(truck.prepare(poor.link, None, None).await), "own_handle");
    world.server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_a_folder_is_told_apart() {
    let world = World::start().await;
    let (dir, keys) = (world.folder("ann"), world.keys("ann", Ok(7)));
    assert!(matches!(open(dir.clone(), Arc::clone(&keys)).await.unwrap(), Opened::Empty));
    let first = world.enrolled("ann").await.wallet;
    let account = first.status().await.unwrap().account;
    // Somebody has it open.
    assert_eq!(kind(open(dir.clone(), Arc::clone(&keys)).await), "database_busy");
    first.close().await.unwrap();
    let again = ready(open(dir.clone(), keys).await.unwrap());
    assert_eq!(again.status().await.unwrap().account, account);
    again.close().await.unwrap();
    for (said, expected) in [
        (SealingFailure::Locked, "vault_locked"),
        (SealingFailure::Cancelled, "vault_cancelled"),
        (SealingFailure::Unavailable, "vault_unavailable"),
    ] {
        assert_eq!(kind(open(dir.clone(), world.keys("ann", Err(said))).await), expected);
    }
    // Keys that the platform threw away, another in their place, and a file that is gone: the phrase helps, nothing else.
    let gone =
        [world.keys("ann", Err(SealingFailure::Invalidated)), world.keys("ann", Ok(8)), world.keys("other", Ok(7))];
    for keys in gone {
        let opened = open(dir.clone(), keys).await.unwrap();
        assert!(matches!(&opened, Opened::NeedsRecovery { reason } if reason.action == Action::Restore));
    }
    assert!(Path::new(&dir).join("wallet.db").exists());
    world.server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phrase_that_was_written_down_brings_the_account_back() {
    let world = World::start().await;
    let Enrolled { wallet: lost, words } = world.enrolled("ann").await;
    lost.sync().await.unwrap();
    let account = lost.status().await.unwrap().account;
    let entry = Arc::new(WordsEntry::new());
    let list = word_list();
    for position in 1..=words.count() {
        let written = &list[usize::from(words.word(position).unwrap())];
        let typed = list.iter().position(|word| word == written).unwrap();
        entry.add(u16::try_from(typed).unwrap()).unwrap();
    }
    assert_eq!(kind(entry.add(0)), "wrong_phrase");
    entry.remove_last();
    assert_eq!(kind(entry.check()), "wrong_phrase");
    entry.add(words.word(24).unwrap()).unwrap();
    assert!(words.word(0).is_err() && words.word(25).is_err() && entry.add(2048).is_err());
    let keys = world.keys("new phone", Ok(9));
    let restored = restore(world.folder("new phone"), keys, world.invite.clone(), entry, None, false).await.unwrap();
    assert_eq!(restored.status().await.unwrap().account, account);
    restored.sync().await.unwrap();
    assert_eq!(restored.balances().await.unwrap()[0].available.text, "20.00 USD");
    let after = lost.sync().await;
    assert!(after.is_err() || lost.status().await.unwrap().revoked);
    world.server.shutdown().await;
}

/// What a certificate cannot say is said before anything is asked or sent.
#[tokio::test(flavor = "multi_thread")]
async fn an_impossible_scope_is_refused_without_a_network() {
    let world = World::start().await;
    let wallet = world.enrolled("ann").await.wallet;
    let one = wallet.parse_money("1 usd".to_owned()).await.unwrap();
    world.server.shutdown().await;
    let scope = || Scope { pay: true, per_order: Vec::new(), per_day: Vec::new(), payees: Vec::new(), life_s: None };
    for impossible in [
        Scope { per_order: vec![one.clone(), one.clone()], ..scope() },
        Scope { payees: (0..9).map(|n| format!("truck-{n}")).collect(), ..scope() },
        Scope { life_s: Some(0), ..scope() },
    ] {
        let refused = wallet.device_confirm("00".repeat(16), true, impossible, None).await.unwrap_err();
        assert_eq!((refused.info().kind.as_str(), refused.info().action), ("malformed_input", Action::CorrectInput));
    }
}

/// A screen that waits for events must not keep an app from ending.
#[tokio::test(flavor = "multi_thread")]
async fn closing_ends_what_waits_and_everything_after_says_so() {
    let world = World::start().await;
    let wallet = world.enrolled("ann").await.wallet;
    wallet.sync().await.unwrap();
    let last = wallet.events(0, 100, 0).await.unwrap().last().unwrap().seq;
    let waiting = tokio::spawn({
        let wallet = Arc::clone(&wallet);
        async move { wallet.events(last, 1, 3_600_000).await }
    });
    wallet.close().await.unwrap();
    assert_eq!(kind(waiting.await.unwrap()), "closed");
    assert_eq!(kind(wallet.balances().await), "closed");
    wallet.close().await.unwrap();
    // The folder is free.
    ready(open(world.folder("ann"), world.keys("ann", Ok(7))).await.unwrap()).close().await.unwrap();
    world.server.shutdown().await;
}

/// What is sent to strangers says how things stand, and nothing about whom, how much, and who.
#[tokio::test(flavor = "multi_thread")]
async fn diagnostics_name_nobody() {
    let world = World::start().await;
    let (ann, truck) = (world.enrolled("Ann").await.wallet, world.enrolled("Taco Truck").await.wallet);
    let price = truck.parse_money("4.50 usd".to_owned()).await.unwrap();
    let request = truck.request(terms(price)).await.unwrap();
    let draft = ann.prepare(request.link.clone(), None, Some("extra salsa".to_owned())).await.unwrap();
    let payment = ann.confirm(draft.id, draft.shown).await.unwrap();
    ann.outcome(payment.id.clone(), 20_000).await.unwrap();
    let status = ann.status().await.unwrap();
    let told = ann.diagnostics().await.unwrap();
    for expected in
        ["state: ready", "payments without an answer: 0", "signed by: the wallet", "payment_settled, 0 s ago"]
    {
        assert!(told.contains(expected), "{expected} is not in\n{told}");
    }
    let secrets = [
        status.account,
        status.device,
        status.alias,
        status.verifier,
        status.url,
        payment.id,
        request.id,
        request.link,
    ];
    for secret in secrets.iter().map(String::as_str).chain(["Ann", "Taco", "salsa", "4.5", "15.5", "USD"]) {
        assert!(!told.contains(secret), "{secret} is in\n{told}");
    }
    world.server.shutdown().await;
}
