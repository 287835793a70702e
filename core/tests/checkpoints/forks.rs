//! One verifier, two ledgers.

use crate::fork::{NO_WAIT, Person, Servers, note, two, verifier_id};
use farthing_core::checkpoints::Standing;
use farthing_core::error::WalletError;
use farthing_core::{Error, Wallet};
use farthing_protocol::contradiction::{Contradiction, Unproven};
use farthing_protocol::id::VerifierId;
use std::sync::Arc;

/// Ada and Cleo stay, Ben is told another ledger. In both something happens, and a checkpoint is made.
struct Forked {
    servers: Arc<Servers>,
    other: usize,
    ada: Person,
    ben: Person,
    cleo: Person,
}

impl Forked {
    async fn new() -> Self {
        let (servers, ada, ben) = two().await;
        let cleo = Person::new(&servers, "cleo").await;
        let other = servers.fork();
        ben.moves_to(other);
        ada.pay("cleo", "2.00").await.unwrap();
        ben.pay("cleo", "3.00").await.unwrap();
        ben.pay("cleo", "0.50").await.unwrap();
        servers.seal(0);
        servers.seal(other);
        for person in [&ada, &ben] {
            person.sync().await;
            assert_eq!(person.standing(), Standing::Agreed, "nobody can know alone");
        }
        Self { servers, other, ada, ben, cleo }
    }

    /// In Ada's ledger life goes on, without her.
    async fn goes_on(&self) {
        for _ in 0..3 {
            self.cleo.pay("ada", "0.10").await.unwrap();
        }
        self.servers.seal(0);
    }
}

/// What the wallet holds convinces somebody who knows the verifier's identity and nothing else.
fn convinces(wallet: &Wallet) {
    let proofs = wallet.contradictions().unwrap();
    let bytes = proofs[0].encode();
    let proof = Contradiction::decode(&bytes).unwrap();
    let proven = proof.prove(&verifier_id()).unwrap();
    assert_ne!(proven.one.hash(), proven.other.hash());
    assert_eq!(proof.prove(&VerifierId::new([9; 32])).unwrap_err(), Unproven::NotSigned);
}

async fn stopped(person: &Person) {
    assert_eq!(person.standing(), Standing::Contradicted);
    convinces(&person.wallet);
    assert!(person.events().await.contains(&"two_histories"));
    let refused = person.pay("cleo", "0.10").await.unwrap_err();
    assert_eq!(refused, Error::Wallet(WalletError::TwoHistories));
}

#[tokio::test]
async fn two_who_were_told_different_things_find_it_out_by_a_note() {
    let forked = Forked::new().await;
    let Forked { ada, ben, .. } = &forked;
    note(ada).await;
    ben.sync().await;
    stopped(ben).await;
    // Ben's wallet has told Ada's what it knows. Her ledger is shorter: nobody can say yet what it would have been.
    ada.sync().await;
    assert_eq!(ada.standing(), Standing::Unaccounted);
    let refused = ada.pay("cleo", "0.10").await.unwrap_err();
    assert_eq!(refused, Error::Wallet(WalletError::CheckpointUnaccounted));
    forked.goes_on().await;
    ada.sync().await;
    stopped(ada).await;
}

#[tokio::test]
async fn who_pays_a_contact_tells_enough() {
    let forked = Forked::new().await;
    // The money goes to Ben in Ada's ledger, of which he does not hear; but the payment brings her checkpoint.
    forked.ada.pay("ben", "1.00").await.unwrap();
    forked.ada.sync().await;
    forked.ben.sync().await;
    stopped(&forked.ben).await;
}

#[tokio::test]
async fn a_checkpoint_from_hand_to_hand_needs_no_message() {
    let forked = Forked::new().await;
    let of_ada = forked.ada.wallet.checkpoint().unwrap().unwrap();
    let standing = forked.ben.wallet.compare_checkpoint(of_ada.as_slice()).await.unwrap();
    assert_eq!(standing, Standing::Contradicted);
    stopped(&forked.ben).await;
    let same = forked.cleo.wallet.compare_checkpoint(of_ada.as_slice()).await.unwrap();
    assert_eq!(same, Standing::Agreed);
}

#[tokio::test]
async fn who_is_moved_from_one_ledger_to_the_other_notices_alone() {
    let forked = Forked::new().await;
    forked.ada.moves_to(forked.other);
    let _ = forked.ada.wallet.sync(NO_WAIT).await;
    let _ = forked.ada.wallet.sync(NO_WAIT).await;
    stopped(&forked.ada).await;
}

#[tokio::test]
async fn the_proof_outlives_the_process_and_the_persons_yes_goes_on_without_losing_it() {
    let forked = Forked::new().await;
    note(&forked.ada).await;
    forked.ben.sync().await;
    let ben = forked.ben.reopened().await;
    stopped(&ben).await;
    ben.wallet.accept_loss().await.unwrap();
    assert_eq!(ben.standing(), Standing::Agreed);
    convinces(&ben.wallet);
    ben.pay("cleo", "0.10").await.unwrap();
    ben.sync().await;
    assert_eq!(ben.standing(), Standing::Agreed);
}
