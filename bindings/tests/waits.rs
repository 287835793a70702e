//! A caller that goes away ends what only waits; what it leaves open is closed, and the folder is free.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests fail by panicking"
)]

mod world;

use farthing_ffi::failure::Failure;
use farthing_ffi::joining::join;
use farthing_ffi::keys::Keys;
use farthing_ffi::opening::{Opened, open};
use farthing_ffi::records::RequestState;
use farthing_ffi::wallet::Wallet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use world::{World, kind, ready, terms};

/// Longer than any test: nothing here ends by its own time.
const LONG_MS: u64 = 3_600_000;

/// Begins a call, and goes away while it waits.
async fn abandoned<T>(waits: impl Future<Output = Result<T, Failure>>) {
    let ended = tokio::time::timeout(Duration::from_millis(200), waits).await;
    if let Ok(ended) = ended {
        panic!("it did not wait: {:?}", ended.err());
    }
}

/// Begins a call of a wallet, and goes away while it waits: it ends.
async fn ended<T>(wallet: &Wallet, waits: impl Future<Output = Result<T, Failure>>) {
    abandoned(waits).await;
    for _ in 0..200 {
        if wallet.diagnostics().await.unwrap().contains("other calls under way: 0\n") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it goes on");
}

/// What is in a folder that is free, or becomes so soon.
async fn free(folder: &str, keys: &Arc<Keys>) -> Opened {
    for _ in 0..200 {
        match open(folder.to_owned(), Arc::clone(keys)).await {
            Ok(opened) => return opened,
            failed => assert_eq!(kind(failed), "database_busy"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the folder stays locked");
}

#[tokio::test(flavor = "multi_thread")]
async fn waits_end_with_their_callers() {
    let world = World::start().await;
    let (folder, keys) = (world.folder("ann"), world.keys("ann", Ok(7)));
    let (ann, truck) = (world.enrolled("ann").await.wallet, world.enrolled("truck").await.wallet);
    ann.sync().await.unwrap();
    let price = truck.parse_money("4.50 usd".to_owned()).await.unwrap();
    let owed = truck.request(terms(price.clone())).await.unwrap();
    let own = ann.request(terms(price)).await.unwrap();
    ended(&ann, ann.request_state(own.id, Some(RequestState::Open), LONG_MS)).await;
    let shown = ann.pair_show().await.unwrap();
    ended(&ann, ann.pair_code(shown.id, LONG_MS)).await;
    let last = ann.events(0, 100, 0).await.unwrap().last().unwrap().seq;
    ended(&ann, ann.events(last, 1, LONG_MS)).await;
    let draft = ann.prepare(owed.link, None, None).await.unwrap();
    world.server.shutdown().await;
    let payment = ann.confirm(draft.id, draft.shown).await.unwrap();
    ended(&ann, ann.outcome(payment.id.clone(), LONG_MS)).await;
    // Nobody closes it.
    drop(ann);
    let again = ready(free(&folder, &keys).await);
    assert_eq!(again.payment(payment.id.clone()).await.unwrap().id, payment.id);
    again.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_for_a_line_ends_with_its_caller() {
    let world = World::start().await;
    let ann = world.enrolled("ann").await.wallet;
    let watch = ann.watch().await.unwrap();
    let mut known = watch.connection(None, 0).await.unwrap();
    while known.line != farthing_ffi::wallet::Line::Stream {
        known = watch.connection(Some(known), 10_000).await.unwrap();
    }
    abandoned(watch.connection(Some(known.clone()), LONG_MS)).await;
    // The next one does not queue behind it.
    let soon = tokio::time::timeout(Duration::from_secs(10), watch.connection(Some(known.clone()), 0)).await;
    assert_eq!(soon.unwrap().unwrap(), known);
    ann.close().await.unwrap();
    world.server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_stops_to_join_leaves_a_free_folder() {
    let world = World::start().await;
    let owner = world.enrolled("owner").await.wallet;
    let shown = owner.device_show(None).await.unwrap();
    let (folder, keys) = (world.folder("till"), world.keys("till", Ok(7)));
    let joining = join(folder.clone(), Arc::clone(&keys), shown.link).await.unwrap();
    // The owner never answers.
    abandoned(joining.finish(true, None)).await;
    assert!(matches!(free(&folder, &keys).await, Opened::Empty));
    let shown = owner.device_show(None).await.unwrap();
    world.server.shutdown().await;
    // Nobody answers at all.
    abandoned(join(folder.clone(), Arc::clone(&keys), shown.link)).await;
    assert!(matches!(free(&folder, &keys).await, Opened::Empty));
}
