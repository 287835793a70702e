//! Two people meet through a real verifier: what they see, what a relay or a bystander can do, and what a kill leaves.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests fail by panicking")]

#[path = "../world/mod.rs"]
mod world;

mod attacks;
mod devices;
mod meeting;
mod restarts;

use farthing_core::contacts::{Contact, ContactState};
use farthing_core::error::WalletError;
use farthing_core::pairing::PairingId;
use farthing_core::{Error, Wallet};
use std::time::Duration;
use world::SECOND;

/// Long enough for calls under load; nothing waits so long when all is well.
const PATIENCE: Duration = Duration::from_secs(60);

/// The code that a wallet shows.
async fn code(wallet: &Wallet, id: &PairingId) -> String {
    wallet.pair_code(id, PATIENCE).await.unwrap().unwrap().to_string()
}

/// Both sides up to the codes.
async fn meet(shower: &Wallet, scanner: &Wallet) -> PairingId {
    let offer = shower.pair_show().await.unwrap();
    assert_eq!(scanner.pair_scan(&offer.link).await.unwrap(), offer.id);
    assert_eq!(code(shower, &offer.id).await, code(scanner, &offer.id).await);
    offer.id
}

/// Both say yes, and become contacts.
async fn agree(shower: &Wallet, scanner: &Wallet, id: &PairingId) -> (Contact, Contact) {
    shower.pair_confirm(id, true).await.unwrap();
    scanner.pair_confirm(id, true).await.unwrap();
    let (of_shower, of_scanner) = tokio::join!(shower.pair_contact(id, PATIENCE), scanner.pair_contact(id, PATIENCE));
    (of_shower.unwrap().unwrap(), of_scanner.unwrap().unwrap())
}

fn failed_with<T: std::fmt::Debug>(result: Result<T, Error>, why: WalletError) {
    assert_eq!(result.unwrap_err(), Error::Wallet(why));
}

/// Whom a wallet knows.
fn known(wallet: &Wallet) -> Vec<(String, ContactState)> {
    wallet.contacts().unwrap().into_iter().map(|contact| (contact.name.to_string(), contact.state)).collect()
}

/// Until both know each other for sure.
async fn verified(wallet: &Wallet) {
    for _ in 0..100 {
        let _ = wallet.sync(farthing_protocol::time::Span::from_ms(0)).await;
        if known(wallet).iter().any(|(_, state)| *state == ContactState::Verified) {
            return;
        }
        tokio::time::sleep(SECOND / 10).await;
    }
    panic!("the other's confirmation never came: {:?}", known(wallet));
}
