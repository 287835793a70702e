//! Whatever happens to an honest verifier, nobody accuses it.

use crate::fork::{Person, note, two};
use farthing_core::checkpoints::Standing;
use farthing_protocol::time::Span;

/// Nobody was ever accused, and all that was told has been looked at.
async fn all_is_well(people: [&Person; 2]) {
    for person in people {
        person.sync().await;
        assert_eq!(person.standing(), Standing::Agreed);
        let events = person.events().await;
        for accusation in ["two_histories", "checkpoint_unaccounted", "balance_differs", "entry_rejected"] {
            assert!(!events.contains(&accusation), "{events:?}");
        }
    }
}

#[tokio::test]
async fn people_who_write_and_pay_are_told_the_same_ledger() {
    let (servers, ada, ben) = two().await;
    for _ in 0..4 {
        ada.pay("ben", "0.30").await.unwrap();
        ben.pay("ada", "0.10").await.unwrap();
        servers.seal(0);
        note(&ada).await;
        ben.sync().await;
        note(&ben).await;
        all_is_well([&ada, &ben]).await;
    }
    servers.pass(Span::from_min(10));
    servers.restart();
    ada.pay("ben", "0.30").await.unwrap();
    let before = ben.wallet.checkpoint().unwrap();
    all_is_well([&ada, &ben]).await;
    assert_ne!(ben.wallet.checkpoint().unwrap(), before, "after five minutes there is a newer one");
    let calls = ada.way.calls.lock().unwrap().clone();
    for looked in ["/v1/checkpoints/entry", "/v1/checkpoints/account"] {
        assert!(calls.iter().any(|call| call == looked), "{looked} was never asked");
    }
    let ada = ada.reopened().await;
    all_is_well([&ada, &ben]).await;
}

/// A backup, then more, which is lost with the disk. What was told of the lost end proves nothing against anybody.
#[tokio::test]
async fn a_restored_verifier_is_not_accused_of_what_it_says_it_lost() {
    let (servers, ada, ben) = two().await;
    ada.pay("ben", "0.40").await.unwrap();
    servers.seal(0);
    all_is_well([&ada, &ben]).await;
    let backup = servers.backup(0);
    // Ada learns of a checkpoint that the backup does not have, and tells Ben, who reads it only afterwards.
    ada.pay("ben", "0.25").await.unwrap();
    servers.seal(0);
    ada.sync().await;
    note(&ada).await;
    let lost = ada.wallet.checkpoint().unwrap().unwrap();
    servers.restore(backup);
    for person in [&ada, &ben] {
        let _ = person.wallet.sync(Span::from_ms(0)).await;
        person.wallet.accept_loss().await.unwrap();
    }
    assert_eq!(ben.wallet.compare_checkpoint(lost.as_slice()).await.unwrap(), Standing::Agreed);
    // In the new epoch the ledger grows past the place of the lost one.
    for _ in 0..3 {
        ada.pay("ben", "0.15").await.unwrap();
        ben.pay("ada", "0.05").await.unwrap();
        servers.seal(0);
        note(&ada).await;
        note(&ben).await;
    }
    all_is_well([&ada, &ben]).await;
    assert_eq!(ben.wallet.compare_checkpoint(lost.as_slice()).await.unwrap(), Standing::Agreed);
    all_is_well([&ada, &ben]).await;
}

/// Nothing was lost: then all that was known must be in the log of the new epoch as well.
#[tokio::test]
async fn a_restore_that_loses_nothing_keeps_the_log() {
    let (servers, ada, ben) = two().await;
    ada.pay("ben", "0.40").await.unwrap();
    servers.seal(0);
    all_is_well([&ada, &ben]).await;
    let before = ada.wallet.checkpoint().unwrap().unwrap();
    let backup = servers.backup(0);
    servers.restore(backup);
    all_is_well([&ada, &ben]).await;
    ben.pay("ada", "0.05").await.unwrap();
    all_is_well([&ada, &ben]).await;
    assert_ne!(ada.wallet.checkpoint().unwrap().unwrap(), before);
    assert_eq!(ben.wallet.compare_checkpoint(before.as_slice()).await.unwrap(), Standing::Agreed);
}
