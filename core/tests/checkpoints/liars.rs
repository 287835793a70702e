//! Verifiers that withhold, and people who make things up.

use crate::fork::{Person, Servers, note, two};
use farthing_core::Error;
use farthing_core::checkpoints::Standing;
use farthing_core::error::WalletError;
use farthing_protocol::cbor::V1;
use farthing_protocol::checkpoint::Checkpoint;
use farthing_protocol::cose::Signed;
use farthing_protocol::http::{AccountProof, CheckpointStatus, EntryProof, Reply};
use farthing_protocol::id::{Digest, Seq};
use farthing_protocol::key::Ed25519Key;
use std::sync::Arc;

async fn newer(servers: &Arc<Servers>, ada: &Person) {
    ada.pay("ben", "0.20").await.unwrap();
    servers.seal(0);
}

fn status(reply: &Reply, change: impl Fn(&mut CheckpointStatus)) -> Reply {
    let mut status = CheckpointStatus::decode(&reply.body).unwrap();
    change(&mut status);
    Reply { body: status.encode(), ..reply.clone() }
}

/// Until it says how it came to what it says now, nothing is paid; then all is as before.
#[tokio::test]
async fn a_verifier_that_withholds_how_its_ledger_went_on_is_not_paid_through() {
    let (servers, ada, _ben) = two().await;
    type Lie = fn(&mut CheckpointStatus);
    let lies: [Lie; 4] = [
        |status| status.consistency.clear(),
        |status| status.consistency[0] = Digest::new([7; 32]),
        |status| (status.newest, status.at) = (None, None),
        |status| *status = CheckpointStatus { newest: None, at: None, around: None, consistency: Vec::new() },
    ];
    for lie in lies {
        newer(&servers, &ada).await;
        let before = ada.wallet.checkpoint().unwrap();
        ada.lies("/v1/checkpoints", move |reply| status(&reply, lie));
        ada.sync().await;
        assert_eq!(ada.standing(), Standing::Unaccounted);
        assert_eq!(ada.wallet.checkpoint().unwrap(), before, "what is not proven is not taken");
        let refused = ada.pay("ben", "0.10").await.unwrap_err();
        assert_eq!(refused, Error::Wallet(WalletError::CheckpointUnaccounted));
        ada.is_told_the_truth();
        ada.sync().await;
        assert_eq!(ada.standing(), Standing::Agreed);
        assert!(ada.events().await.contains(&"checkpoint_accounted"));
        ada.pay("ben", "0.10").await.unwrap();
    }
    assert!(ada.wallet.contradictions().unwrap().is_empty(), "withholding proves nothing to others");
}

/// Nothing is proven by that: an operator's mistake looks the same. But the person is told.
#[tokio::test]
async fn a_verifier_that_counts_otherwise_than_our_receipts_is_told_of() {
    let (servers, ada, _ben) = two().await;
    servers.tamper(0, "UPDATE balances SET balance = balance - 1 WHERE account = 3");
    newer(&servers, &ada).await;
    ada.sync().await;
    assert_eq!(ada.standing(), Standing::Agreed);
    assert!(ada.events().await.contains(&"balance_differs"));
}

#[tokio::test]
async fn a_log_without_our_receipt_is_noticed() {
    let (servers, ada, _ben) = two().await;
    newer(&servers, &ada).await;
    ada.lies("/v1/checkpoints/entry", |reply| {
        let mut proof = EntryProof::decode(&reply.body).unwrap();
        proof.path[0] = Digest::new([7; 32]);
        Reply { body: proof.encode(), ..reply }
    });
    ada.sync().await;
    assert_eq!(ada.standing(), Standing::Unaccounted);
    let again = ada.wallet.sync(crate::fork::NO_WAIT).await;
    assert!(again.is_ok() && ada.standing() == Standing::Unaccounted, "it is asked for until it is there");
    ada.is_told_the_truth();
    ada.sync().await;
    assert_eq!(ada.standing(), Standing::Agreed);
}

#[tokio::test]
async fn another_balance_than_our_receipts_add_up_to_is_told() {
    let (servers, ada, _ben) = two().await;
    newer(&servers, &ada).await;
    ada.lies("/v1/checkpoints/account", |reply| {
        let mut proof = AccountProof::decode(&reply.body).unwrap();
        proof.leaf.balances[0].balance += 1;
        Reply { body: proof.encode(), ..reply }
    });
    let misbehaved = ada.wallet.sync(crate::fork::NO_WAIT).await.unwrap_err();
    assert_eq!(
        misbehaved,
        Error::Wallet(WalletError::VerifierMisbehaved),
        "what is not under the root is no word of it"
    );
}

/// Nothing that a peer sends stops a wallet: only the verifier's own signature could.
#[tokio::test]
async fn what_somebody_made_up_decides_nothing() {
    let (_servers, ada, ben) = two().await;
    let genuine = ada.wallet.checkpoint().unwrap().unwrap();
    let claims = Signed::<Checkpoint>::parse(genuine.as_slice()).unwrap().claims().clone();
    let forged = |claims: Checkpoint, key: [u8; 32]| Signed::sign(claims, &Ed25519Key::from_seed(key)).unwrap();
    let further = Checkpoint { first_seq: Seq::new(1_000_000), ..claims.clone() };
    let elsewhere = Checkpoint { verifier: farthing_protocol::id::VerifierId::new([3; 32]), ..claims.clone() };
    let opening = Checkpoint { version: V1, roots: Vec::new(), previous: None, ..claims.clone() };
    let mut altered = genuine.as_slice().to_vec();
    *altered.last_mut().unwrap() ^= 1;
    let made_up = [
        forged(claims.clone(), [9; 32]).bytes().to_vec(),
        forged(further, [9; 32]).bytes().to_vec(),
        // Signed with the verifier's own key, but not of its ledger, or no word about it.
        forged(elsewhere, [2; 32]).bytes().to_vec(),
        forged(opening, [2; 32]).bytes().to_vec(),
        altered,
        b"garbage".to_vec(),
        Vec::new(),
    ];
    for bytes in made_up {
        let refused = ben.wallet.compare_checkpoint(&bytes).await.unwrap_err();
        assert_eq!(refused, Error::Wallet(WalletError::NotACheckpoint));
        assert_eq!(ben.standing(), Standing::Agreed);
    }
    assert_eq!(ben.wallet.compare_checkpoint(genuine.as_slice()).await.unwrap(), Standing::Agreed);
    note(&ada).await;
    ben.sync().await;
    ben.pay("ada", "0.10").await.unwrap();
}
