//! A verifier that was really restored from a backup: what each wallet says, and how it goes on.

use crate::world::forge::{altered_part, stranger, with_body};
use crate::world::{Person, SECOND, World, amount, available, pay, target, terms, until_sent};
use farthing_core::Error;
use farthing_core::devices::RestoreOptions;
use farthing_core::error::WalletError;
use farthing_core::events::{EventKind, EventSeq};
use farthing_core::history::Loss;
use farthing_core::payment::{Approval, Outcome, Target};
use farthing_core::store::{ArtifactKind, PaymentId, PaymentState, RequestState};
use farthing_core::sync::NetworkError;
use farthing_core::wallet::Wallet;
use farthing_protocol::code::ProblemCode;
use farthing_protocol::head::Head;
use farthing_protocol::http::{DevicesStatus, Reply};
use farthing_protocol::id::Epoch;
use farthing_protocol::key::Ed25519Key;
use farthing_protocol::time::Span;
use farthing_verifier::server::{Folder, now};
use farthing_verifier::{Keys, Reopening, Verifier};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const NOW: Span = Span::from_ms(0);

/// The ledger as it is now, in a file.
async fn backup(world: &mut World, name: &str) -> PathBuf {
    world.stop().await;
    let file = world.dir.path().join(name);
    std::fs::copy(world.data().join("ledger.db"), &file).unwrap();
    assert!(!world.data().join("ledger.db-wal").exists(), "it ended cleanly");
    world.run().await;
    file
}

/// The disk is lost; the operator goes on from the backup, with new keys.
async fn restore(world: &mut World, backup: &PathBuf, epoch: u64) {
    world.stop().await;
    let data = world.data();
    std::fs::copy(backup, data.join("ledger.db")).unwrap();
    std::fs::remove_file(Folder::signing_key(&data)).unwrap();
    let seed = u8::try_from(epoch).unwrap() * 16;
    let keys = || Keys::from_seeds([seed; 32], [seed + 1; 32]);
    keys().save(&Folder::signing_key(&data)).unwrap();
    let db = Folder::connect(&data, None, false).unwrap();
    let new = Reopening { epoch: Some(Epoch::new(epoch)), ..Reopening::default() };
    drop(Verifier::restore(db, &Ed25519Key::from_seed([1; 32]), keys(), &new, now()).unwrap());
    world.run().await;
}

fn ids(loss: &Loss) -> Vec<PaymentId> {
    loss.payments.iter().map(|payment| payment.id).collect()
}

/// Received and paid, of the one asset.
fn owed(loss: &Loss) -> Option<(String, String)> {
    loss.owed.first().map(|owed| (owed.received.to_string(), owed.paid.to_string()))
}

fn sums(received: &str, paid: &str) -> Option<(String, String)> {
    Some((received.to_owned(), paid.to_owned()))
}

fn is_history_lost<T: core::fmt::Debug>(result: Result<T, Error>) {
    assert!(matches!(result, Err(Error::Wallet(WalletError::HistoryLost))), "{result:?}");
}

async fn count(wallet: &Wallet, kind: &EventKind) -> usize {
    let events = wallet.events(EventSeq(0), 1_000, Duration::ZERO).await.unwrap();
    events.iter().filter(|event| event.kind == *kind).count()
}

async fn reopened(person: &Person, wallet: Wallet) -> Wallet {
    wallet.close().await.unwrap();
    Wallet::open(&person.place).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_restore_lost_is_named_accepted_and_can_be_paid_anew() {
    let mut world = World::start().await;
    let (at_truck, truck) = world.person("truck").await;
    let (at_ann, ann) = world.person("ann").await;
    let (_, bob) = world.person("bob").await;
    let alias = Target::Alias(truck.profile().alias);
    let (kept, _) = pay(&ann, alias.clone(), Some("1 USD"), "kept").await;
    let asked = truck.request(terms(Some("2 USD"))).await.unwrap();
    truck.sync(NOW).await.unwrap();
    bob.sync(NOW).await.unwrap();
    let first = backup(&mut world, "first.db").await;
    let (gone, _) = pay(&ann, target(&asked), None, "gone").await;
    let (other, _) = pay(&ann, alias.clone(), Some("3 USD"), "gone, and never heard of").await;
    truck.sync(NOW).await.unwrap();
    assert_eq!((available(&ann).as_str(), available(&truck).as_str()), ("14.00 USD", "26.00 USD"));
    assert_eq!(ann.loss().unwrap(), None);
    restore(&mut world, &first, 2).await;

    // Nothing of this one's is lost: it only takes note.
    bob.sync(NOW).await.unwrap();
    assert_eq!((count(&bob, &EventKind::EpochChanged(2)).await, bob.loss().unwrap()), (1, None));
    assert!(!bob.status().unwrap().history_lost);
    pay(&bob, alias.clone(), Some("4 USD"), "as ever").await;

    // The payer has two receipts that the verifier does not know.
    let mut ann = ann;
    ann.sync(NOW).await.unwrap();
    for _ in 0..2 {
        let loss = ann.loss().unwrap().unwrap();
        assert_eq!((ids(&loss), owed(&loss)), (vec![other, gone], sums("0.00 USD", "5.00 USD")));
        assert!(ann.status().unwrap().history_lost);
        is_history_lost(ann.prepare(alias.clone(), Some(amount("1 USD")), None).await);
        assert_eq!(available(&ann), "14.00 USD", "until it is accepted, receipts count");
        assert_eq!(count(&ann, &EventKind::HistoryLost).await, 1);
        assert_eq!(count(&ann, &EventKind::PaymentLost(gone)).await, 1);
        assert_eq!(count(&ann, &EventKind::EpochChanged(2)).await, 1);
        ann = reopened(&at_ann, ann).await;
        ann.sync(NOW).await.unwrap();
    }
    let accepted = ann.accept_loss().await.unwrap();
    assert_eq!(ids(&accepted), [other, gone]);
    assert_eq!(ann.accept_loss().await.unwrap(), Loss::default(), "again is nothing more");
    let ann = reopened(&at_ann, ann).await;
    assert_eq!((available(&ann).as_str(), ann.loss().unwrap()), ("19.00 USD", None));
    for (id, lost) in [(kept, false), (gone, true), (other, true)] {
        let payment = ann.payment(&id).unwrap();
        assert_eq!((ann.is_lost(&payment).unwrap(), payment.state), (lost, PaymentState::Settled));
        let receipt = ann.artifact(&id, ArtifactKind::Receipt).unwrap().unwrap();
        assert!(ann.read(|engine| engine.trust().unwrap().verify_receipt(&receipt).is_ok()), "it proves what is owed");
    }
    assert_eq!(ids(&ann.lost().unwrap()), [other, gone]);

    // The payee, too; and since bob has paid meanwhile, that counts.
    truck.sync(NOW).await.unwrap();
    let loss = truck.loss().unwrap().unwrap();
    assert_eq!((loss.payments.len(), owed(&loss)), (2, sums("5.00 USD", "0.00 USD")));
    assert_eq!(truck.requests(9).unwrap()[0].state, RequestState::Open, "its payment is gone");
    truck.accept_loss().await.unwrap();
    assert_eq!(available(&truck), "25.00 USD");

    // The same request is paid anew; it is the verifier that knows of no other payment.
    let (again, outcome) = pay(&ann, target(&asked), None, "once more").await;
    assert_eq!(outcome, Outcome::Settled(again));
    truck.sync(NOW).await.unwrap();
    assert_eq!((available(&ann).as_str(), available(&truck).as_str()), ("17.00 USD", "27.00 USD"));
    let request = &truck.requests(9).unwrap()[0];
    assert_eq!(request.state, RequestState::Paid);
    assert!(!truck.is_lost(&truck.payment(&request.payment.unwrap()).unwrap()).unwrap());
    let more = truck.request(terms(Some("1 USD"))).await;
    assert!(more.is_ok(), "{more:?}");

    // Lost once more, from the same backup: what came after it in the second epoch is gone as well.
    restore(&mut world, &first, 3).await;
    ann.sync(NOW).await.unwrap();
    assert_eq!(ids(&ann.loss().unwrap().unwrap()), [again], "the others were accepted before");
    ann.accept_loss().await.unwrap();
    assert_eq!(ids(&ann.lost().unwrap()), [again, other, gone]);
    let truck = reopened(&at_truck, truck).await;
    truck.sync(NOW).await.unwrap();
    truck.accept_loss().await.unwrap();
    assert_eq!((available(&ann).as_str(), available(&truck).as_str()), ("19.00 USD", "21.00 USD"));
    pay(&ann, alias, Some("19 USD"), "everything that the verifier knows of").await;
    truck.sync(NOW).await.unwrap();
    assert_eq!((available(&ann).as_str(), available(&truck).as_str()), ("0.00 USD", "40.00 USD"));
}

/// Nobody has synced since the restore, so the first answer that a wallet gets is signed by a key that it has not heard of.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_answer_of_a_restored_verifier_is_believed_whatever_was_asked() {
    let mut world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (at_ann, ann) = world.person("ann").await;
    let (_, bob) = world.person("bob").await;
    let (_, eve) = world.person("eve").await;
    let alias = Target::Alias(truck.profile().alias);
    let draft = bob.prepare(alias.clone(), Some(amount("1 USD")), None).await.unwrap();
    let backup = backup(&mut world, "backup.db").await;
    restore(&mut world, &backup, 2).await;

    let entered = |wallet: &Wallet| wallet.read(|engine| engine.trust().unwrap().highest().0 == Epoch::new(2));
    truck.request(terms(Some("2 USD"))).await.unwrap();
    assert!(ann.devices().await.is_ok() && entered(&ann), "a read");
    let ann = reopened(&at_ann, ann).await;
    assert!(ann.request(terms(None)).await.is_ok());
    let id = bob.confirm(Approval::of(&draft)).await.unwrap();
    let outcome = bob.outcome(&id, 10 * SECOND).await.unwrap();
    assert!(matches!(outcome, Outcome::Refused { replaced_by: Some(_), .. }), "an order of earlier fees: {outcome:?}");
    assert!(entered(&bob));
    let (paid, outcome) = pay(&eve, alias, Some("1 USD"), "an alias").await;
    assert_eq!((outcome, entered(&eve)), (Outcome::Settled(paid), true));
}

/// What the verifier lost is found out by whatever is asked first, and it is not misbehaviour.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_restore_lost_is_found_out_by_a_first_payment_or_request() {
    let mut world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (at_ann, ann) = world.person("ann").await;
    let alias = Target::Alias(truck.profile().alias);
    let backup = backup(&mut world, "backup.db").await;
    let (gone, _) = pay(&ann, alias.clone(), Some("1 USD"), "gone").await;
    truck.sync(NOW).await.unwrap();
    restore(&mut world, &backup, 2).await;
    is_history_lost(ann.prepare(alias, Some(amount("1 USD")), None).await);
    assert_eq!(ids(&ann.loss().unwrap().unwrap()), [gone]);
    let _ = truck.devices().await;
    assert_eq!(truck.loss().unwrap().unwrap().payments.len(), 1);
    // A key that the root does not vouch for stays what it is.
    at_ann.calls.lie("/v1/devices", |_, answer| {
        with_body(answer, |body| {
            let mut status = DevicesStatus::decode(body).unwrap();
            status.head = altered_part(&status.head, &stranger(), |_: &mut Head| ());
            status.encode()
        })
    });
    assert_eq!(ann.devices().await.unwrap_err(), Error::Wallet(WalletError::VerifierMisbehaved));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_backup_that_turns_up_brings_back_what_it_has() {
    let mut world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (_, ann) = world.person("ann").await;
    let alias = Target::Alias(truck.profile().alias);
    let older = backup(&mut world, "older.db").await;
    let (found, _) = pay(&ann, alias.clone(), Some("1 USD"), "in the later one").await;
    ann.sync(NOW).await.unwrap();
    let later = backup(&mut world, "later.db").await;
    restore(&mut world, &older, 2).await;
    ann.accept_loss().await.unwrap();
    assert_eq!(available(&ann), "20.00 USD");
    let (second, _) = pay(&ann, alias, Some("5 USD"), "of the second epoch").await;
    restore(&mut world, &later, 3).await;
    ann.sync(NOW).await.unwrap();
    assert_eq!(ids(&ann.loss().unwrap().unwrap()), [second], "though the ledger has a position of this number");
    assert_eq!(count(&ann, &EventKind::PaymentFound(found)).await, 1);
    ann.accept_loss().await.unwrap();
    assert_eq!(available(&ann), "19.00 USD");
    // The payee never read the first time; it reads it now.
    truck.sync(NOW).await.unwrap();
    assert_eq!(available(&truck), "21.00 USD");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_under_way_is_held_until_its_loss_is_accepted() {
    let mut world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (at_ann, ann) = world.person("ann").await;
    let first = backup(&mut world, "first.db").await;
    at_ann.calls.lie("/v1/orders", |_, _| Err(NetworkError::TimedOut));
    let draft = ann.prepare(Target::Alias(truck.profile().alias), Some(amount("3 USD")), None).await.unwrap();
    let id = ann.confirm(Approval::of(&draft)).await.unwrap();
    until_sent(&ann, &id).await;
    let ann = reopened(&at_ann, ann).await;
    restore(&mut world, &first, 2).await;
    at_ann.calls.be_honest();
    ann.sync(NOW).await.unwrap();
    let held = |wallet: &Wallet| wallet.balances().unwrap()[0].held.to_string();
    assert_eq!((ann.payment(&id).unwrap().state, held(&ann).as_str()), (PaymentState::Sent, "3.00 USD"));
    ann.sync(NOW).await.unwrap();
    let loss = ann.loss().unwrap().unwrap();
    assert_eq!((ids(&loss), owed(&loss)), (vec![id], None), "there is no receipt that would prove it");
    assert_eq!(count(&ann, &EventKind::PaymentLost(id)).await, 1);
    ann.accept_loss().await.unwrap();
    assert_eq!((held(&ann).as_str(), available(&ann).as_str()), ("0.00 USD", "20.00 USD"));
    assert!(ann.is_lost(&ann.payment(&id).unwrap()).unwrap());
    let ann = reopened(&at_ann, ann).await;
    ann.sync(NOW).await.unwrap();
    assert_eq!(ann.status().unwrap().unfinished, 0);
    assert!(!ann.status().unwrap().history_lost);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_of_the_lost_part_that_comes_late_is_kept_and_buys_nothing() {
    let mut world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let (at_ann, ann) = world.person("ann").await;
    let alias = Target::Alias(truck.profile().alias);
    let first = backup(&mut world, "first.db").await;
    let late: Arc<Mutex<Option<Reply>>> = Arc::default();
    let withheld = Arc::clone(&late);
    at_ann.calls.lie("/v1/orders", move |_, answer| {
        if let Ok(reply) = answer.as_ref() {
            withheld.lock().unwrap().get_or_insert(reply.clone());
        }
        Err(NetworkError::TimedOut)
    });
    let draft = ann.prepare(alias.clone(), Some(amount("3 USD")), None).await.unwrap();
    let id = ann.confirm(Approval::of(&draft)).await.unwrap();
    until_sent(&ann, &id).await;
    let ann = reopened(&at_ann, ann).await;
    restore(&mut world, &first, 2).await;
    at_ann.calls.lie("/v1/orders", move |_, _| Ok(late.lock().unwrap().clone().unwrap()));
    ann.sync(NOW).await.unwrap();
    let loss = ann.loss().unwrap().unwrap();
    assert_eq!((ids(&loss), owed(&loss)), (vec![id], sums("0.00 USD", "3.00 USD")));
    assert!(ann.artifact(&id, ArtifactKind::Receipt).unwrap().is_some());
    assert_eq!(count(&ann, &EventKind::HistoryLost).await, 1);
    let is_paid = |outcome: Result<Outcome, Error>| matches!(outcome, Ok(Outcome::Settled(_)));
    assert!(!is_paid(ann.outcome(&id, Duration::ZERO).await), "the payee will not have it");
    at_ann.calls.be_honest();
    ann.accept_loss().await.unwrap();
    assert!(!is_paid(ann.outcome(&id, Duration::ZERO).await));
    assert_eq!(available(&ann), "20.00 USD");
    let (_, outcome) = pay(&ann, alias, Some("20 USD"), "all of it").await;
    assert!(matches!(outcome, Outcome::Settled(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_joined_or_was_revoked_since_the_backup_is_so_again_without_the_phrase() {
    let mut world = World::start().await;
    let (at_old, old) = world.person("old").await;
    let (_, shop) = world.person("shop").await;
    let phrase = old.phrase().unwrap();
    let before = backup(&mut world, "before.db").await;
    let at_new = world.place("new");
    let new = Wallet::restore(&at_new.place, &world.invite, &phrase, RestoreOptions::default()).await.unwrap();
    assert!(matches!(old.sync(NOW).await, Err(Error::Wallet(WalletError::Revoked))));
    let old = reopened(&at_old, old).await;
    restore(&mut world, &before, 2).await;

    // The verifier knows the old phone and not the new one. The new phone has the list that the account key signed.
    let _ = new.sync(NOW).await;
    let new = reopened(&at_new, new).await;
    if new.loss().unwrap().is_some() {
        new.accept_loss().await.unwrap();
    }
    new.sync(NOW).await.unwrap();
    let (_, outcome) = pay(&new, Target::Alias(shop.profile().alias), Some("1 USD"), "on the new phone").await;
    assert!(matches!(outcome, Outcome::Settled(_)), "{outcome:?}");
    assert!(matches!(old.sync(NOW).await, Err(Error::Wallet(WalletError::Revoked))));
    let devices = new.devices().await.unwrap();
    assert_eq!(devices.iter().filter(|device| device.active).count(), 1);
}

/// The backup is older than the account: the wallet opens it once more by what opened it the first time.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_younger_than_the_backup_is_opened_again() {
    let mut world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let before = backup(&mut world, "before.db").await;
    let (at_ann, ann) = world.person("ann").await;
    let alias = Target::Alias(truck.profile().alias);
    pay(&ann, alias.clone(), Some("3 USD"), "gone").await;
    ann.sync(NOW).await.unwrap();
    restore(&mut world, &before, 2).await;

    // What it had is lost, its grant included; that is for her to accept, and the account is there again.
    ann.sync(NOW).await.unwrap();
    assert_eq!(ann.loss().unwrap().unwrap().payments.len(), 2);
    assert!(!ann.status().unwrap().account_forgotten);
    let ann = reopened(&at_ann, ann).await;
    ann.accept_loss().await.unwrap();
    ann.sync(NOW).await.unwrap();
    assert_eq!(available(&ann), "20.00 USD", "the grant of an account that is opened");
    let (id, outcome) = pay(&ann, alias, Some("3 USD"), "once more").await;
    assert_eq!(outcome, Outcome::Settled(id));
    let asked = ann.request(terms(Some("1 USD"))).await.unwrap();
    let (id, outcome) = pay(&truck, target(&asked), None, "and back").await;
    assert_eq!(outcome, Outcome::Settled(id), "its handles are there again");
    ann.sync(NOW).await.unwrap();
    assert_eq!(available(&ann), "18.00 USD");
}

/// The invite does not open it again: the wallet says so, pays nothing, and comes back when a later backup turns up.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_not_opened_again_says_what_happened() {
    let mut world = World::start().await;
    let (_, truck) = world.person("truck").await;
    let before = backup(&mut world, "before.db").await;
    let (at_ann, ann) = world.person("ann").await;
    let alias = Target::Alias(truck.profile().alias);
    pay(&ann, alias.clone(), Some("3 USD"), "gone").await;
    ann.sync(NOW).await.unwrap();
    let after = backup(&mut world, "after.db").await;
    restore(&mut world, &before, 2).await;
    let forgotten = Error::Wallet(WalletError::AccountForgotten);
    at_ann.calls.keep_back("/v1/enrolments", ProblemCode::InviteUsed);
    assert_eq!(ann.sync(NOW).await.unwrap_err(), forgotten);
    let ann = reopened(&at_ann, ann).await;
    assert!(ann.status().unwrap().account_forgotten);
    assert_eq!(ann.prepare(alias.clone(), Some(amount("1 USD")), None).await.unwrap_err(), forgotten);
    ann.accept_loss().await.unwrap();
    assert_eq!((available(&ann).as_str(), ann.lost().unwrap().payments.len()), ("0.00 USD", 2));
    assert_eq!(ann.sync(NOW).await.unwrap_err(), forgotten);

    restore(&mut world, &after, 3).await;
    ann.sync(NOW).await.unwrap();
    assert!(!ann.status().unwrap().account_forgotten);
    assert_eq!(available(&ann), "17.00 USD", "its payments are found again");
    let (id, outcome) = pay(&ann, alias, Some("1 USD"), "as before").await;
    assert_eq!(outcome, Outcome::Settled(id));
}
