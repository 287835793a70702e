//! Walking away, taking too long, and being killed.

use super::world::{Line, World};
use super::{PATIENCE, failed_with, known, meet, verified};
use farthing_core::Wallet;
use farthing_core::error::WalletError;
use farthing_core::wallet::{Clocks, SystemClocks};
use farthing_protocol::time::{Moment, Span};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// This machine's clocks, and so much later as a test says.
#[derive(Default)]
struct Ahead {
    clocks: SystemClocks,
    ms: AtomicU64,
}

impl Clocks for Ahead {
    fn now(&self) -> Moment {
        let now = self.clocks.now();
        let ahead = Span::from_ms(self.ms.load(Ordering::Relaxed));
        Moment { wall: now.wall.plus(ahead), monotonic: Span::from_ms(now.monotonic.as_ms() + ahead.as_ms()) }
    }
}

/// A person whose clocks a test moves.
async fn ahead(world: &World) -> (Arc<Ahead>, Wallet) {
    let clocks = Arc::new(Ahead::default());
    let mut person = world.place("Ada");
    person.place.clocks = Arc::clone(&clocks) as Arc<dyn Clocks>;
    let (ada, _) = Wallet::enrol(&person.place, &world.invite, Default::default()).await.unwrap();
    ada.sync(Span::from_ms(0)).await.unwrap();
    (clocks, ada)
}

#[tokio::test(flavor = "multi_thread")]
async fn after_two_minutes_the_code_is_worth_nothing_on_either_side() {
    let world = World::start().await;
    let (clocks, ada) = ahead(&world).await;
    let (_, ben) = world.person("Ben").await;

    let id = meet(&ada, &ben).await;
    clocks.ms.fetch_add(120_000, Ordering::Relaxed);
    failed_with(ada.pair_confirm(&id, true).await, WalletError::PairingExpired);

    let unanswered = ada.pair_show().await.unwrap();
    clocks.ms.fetch_add(120_000, Ordering::Relaxed);
    ben.pair_scan(&unanswered.link).await.unwrap();
    failed_with(ada.pair_code(&unanswered.id, PATIENCE).await, WalletError::PairingExpired);
    assert!(known(&ada).is_empty() && known(&ben).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_before_the_yes_burns_the_code() {
    let world = World::start().await;
    let (adas, ada) = world.person("Ada").await;
    let (_, ben) = world.person("Ben").await;
    let id = meet(&ada, &ben).await;
    ada.close().await.unwrap();
    let ada = Wallet::open(&adas.place).await.unwrap();
    failed_with(ada.pair_code(&id, PATIENCE).await, WalletError::PairingUnknown);
    failed_with(ada.pair_confirm(&id, true).await, WalletError::PairingUnknown);
    ben.pair_confirm(&id, true).await.unwrap();
    ada.sync(Span::from_ms(0)).await.unwrap();
    assert!(known(&ada).is_empty() && known(&ben).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_after_the_yes_harms_nothing() {
    let world = World::start().await;
    let (adas, ada) = world.person("Ada").await;
    let (bens, ben) = world.person("Ben").await;
    let id = meet(&ada, &ben).await;
    // Both say yes without a line, and both are killed: each card is stored, none was sent.
    for person in [&adas, &bens] {
        person.calls.set_line("/v1/", Line::Cut);
    }
    ada.pair_confirm(&id, true).await.unwrap();
    ben.pair_confirm(&id, true).await.unwrap();
    ada.close().await.unwrap();
    ben.close().await.unwrap();
    for person in [&adas, &bens] {
        person.calls.be_honest();
    }
    let ada = Wallet::open(&adas.place).await.unwrap();
    let ben = Wallet::open(&bens.place).await.unwrap();
    ada.sync(Span::from_ms(0)).await.unwrap();
    assert!(known(&ada).is_empty(), "Ben's card is not there yet");
    ben.sync(Span::from_ms(0)).await.unwrap();
    verified(&ada).await;
    verified(&ben).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_walks_away_is_not_added_and_the_other_is_told() {
    let world = World::start().await;
    let (clocks, ada) = ahead(&world).await;
    let (_, ben) = world.person("Ben").await;
    let id = meet(&ada, &ben).await;
    ada.pair_confirm(&id, true).await.unwrap();
    // Ben never says anything. Ten minutes later nobody can write there any more.
    drop(ben);
    clocks.ms.fetch_add(601_000, Ordering::Relaxed);
    failed_with(ada.pair_contact(&id, PATIENCE).await, WalletError::PairingExpired);
    assert!(known(&ada).is_empty());
}
