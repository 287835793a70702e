//! A cashier's till and a child's phone: they join by a code, and do what they may.

use super::world::{World, amount, available, memo, pay, target, terms};
use super::{PATIENCE, failed_with};
use farthing_core::error::WalletError;
use farthing_core::keys::phrase::Phrase;
use farthing_core::keys::vault::SecretName;
use farthing_core::payment::{Outcome, Target};
use farthing_core::store::StoreError;
use farthing_core::wallet::{Joining, Place};
use farthing_core::{Error, Wallet};
use farthing_protocol::device::Scope;
use farthing_protocol::time::Span;

/// Another phone in the account of `owner`, with this scope.
async fn joined(world: &World, owner: &Wallet, folder: &str, scope: Scope) -> Wallet {
    let person = world.place(folder);
    let offer = owner.device_show(None).await.unwrap();
    let joining = Joining::scan(&person.place, &offer.link).await.unwrap();
    let code = owner.pair_code(&offer.id, PATIENCE).await.unwrap().unwrap();
    assert_eq!(code.to_string(), joining.code().to_string());
    let (added, wallet) =
        tokio::join!(owner.device_confirm(&offer.id, true, scope, None), joining.finish(&person.place, true, None),);
    let wallet = wallet.unwrap();
    assert_eq!(added.unwrap(), wallet.profile().device);
    assert_eq!(wallet.profile().account, owner.profile().account);
    wallet.sync(Span::from_ms(0)).await.unwrap();
    wallet
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_receives_for_its_owner_and_can_never_pay() {
    let world = World::start().await;
    let (_, owner) = world.person("Owner").await;
    let (_, guest) = world.person("Guest").await;
    let till = joined(&world, &owner, "till", Scope { permissions: Scope::RECEIVE, ..Scope::default() }).await;
    let made = till.request(terms(Some("4.00 USD"))).await.unwrap();
    let (_, outcome) = pay(&guest, target(&made), None, "no onions").await;
    assert!(matches!(outcome, Outcome::Settled(_)), "{outcome:?}");
    for wallet in [&till, &owner] {
        wallet.sync(Span::from_ms(0)).await.unwrap();
        assert_eq!(available(wallet), "24.00 USD");
        let newest = &wallet.history(None, 1).unwrap()[0];
        let words = newest.details.as_ref().and_then(|details| details.memo.as_ref()).map(ToString::to_string);
        assert_eq!(words.as_deref(), Some("no onions"), "both read the memo");
    }
    let back = till.prepare(Target::Alias(guest.profile().alias), Some(amount("1.00 USD")), memo("back")).await;
    failed_with(back, WalletError::MayNotPay);
    assert!(till.phrase().is_err(), "it has no phrase");
    failed_with(till.pair_show().await, WalletError::NotForThisDevice);
    // What came to the owner's alias reaches the till, too.
    pay(&guest, Target::Alias(owner.profile().alias), Some("1.00 USD"), "for the tip jar").await;
    owner.sync(Span::from_ms(0)).await.unwrap();
    till.sync(Span::from_ms(0)).await.unwrap();
    assert_eq!(available(&till), "25.00 USD");
    let newest = &till.history(None, 1).unwrap()[0];
    let words = newest.details.as_ref().and_then(|details| details.memo.as_ref()).map(ToString::to_string);
    assert_eq!(words.as_deref(), Some("for the tip jar"), "told by the owner's phone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_pays_up_to_its_limits_until_it_is_revoked() {
    let world = World::start().await;
    let (_, owner) = world.person("Owner").await;
    let (_, shop) = world.person("Shop").await;
    let scope = Scope {
        permissions: Scope::RECEIVE | Scope::PAY,
        per_order: Some(vec![amount("5.00 USD")]),
        per_day: Some(vec![amount("8.00 USD")]),
        ..Scope::default()
    };
    let child = joined(&world, &owner, "child", scope).await;
    let at = Target::Alias(shop.profile().alias);
    failed_with(child.prepare(at.clone(), Some(amount("5.01 USD")), None).await, WalletError::OverOrderLimit);
    let (_, outcome) = pay(&child, at.clone(), Some("5.00 USD"), "sweets").await;
    assert!(matches!(outcome, Outcome::Settled(_)), "{outcome:?}");
    failed_with(child.prepare(at.clone(), Some(amount("3.01 USD")), None).await, WalletError::OverDayLimit);
    owner.sync(Span::from_ms(0)).await.unwrap();
    assert_eq!(available(&owner), "15.00 USD", "the owner counts what the child paid");
    owner.revoke(child.profile().device, None).await.unwrap();
    let refused = child.prepare(at, Some(amount("1.00 USD")), None).await.unwrap_err();
    assert_eq!(refused, Error::Wallet(WalletError::Revoked));
    assert_eq!(child.history(None, 9).unwrap().len(), 2, "it keeps what it knows");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_owner_can_add_a_phone_and_only_after_both_said_yes() {
    let world = World::start().await;
    let (_, owner) = world.person("Owner").await;
    let (_, other) = world.person("Other").await;
    let (strangers, _) = (other.phrase().unwrap(), ());
    failed_with(owner.device_show(Some(&strangers)).await, WalletError::OtherPhrase);
    let offer = owner.device_show(None).await.unwrap();
    failed_with(other.pair_scan(&offer.link).await, WalletError::OtherPurpose);
    let person = world.place("new");
    let contact = owner.pair_show().await.unwrap();
    assert_eq!(Joining::scan(&person.place, &contact.link).await.unwrap_err(), WalletError::OtherPurpose.into());
    let joining = Joining::scan(&person.place, &offer.link).await.unwrap();
    owner.pair_code(&offer.id, PATIENCE).await.unwrap().unwrap();
    let refused = owner.device_confirm(&offer.id, false, Scope::default(), None).await;
    failed_with(refused, WalletError::CodesDiffer);
    failed_with(joining.finish(&person.place, false, None).await.map(|_| ()), WalletError::CodesDiffer);
    assert!(!person.place.database().exists(), "nothing was made");
    assert_eq!(owner.devices().await.unwrap().len(), 1);
    let typed: Phrase = owner.phrase().unwrap();
    owner.confirm_phrase(&typed).unwrap();
    failed_with(owner.device_show(None).await, WalletError::PhraseGone);
    owner.device_show(Some(&typed)).await.unwrap();
}

/// Joins the account of `owner` at a place, or says why not.
async fn try_join(owner: &Wallet, place: &Place) -> Result<Wallet, Error> {
    let offer = owner.device_show(None).await?;
    let joining = Joining::scan(place, &offer.link).await?;
    owner.pair_code(&offer.id, PATIENCE).await?.unwrap();
    let scope = Scope { permissions: Scope::RECEIVE | Scope::PAY, ..Scope::default() };
    let (added, wallet) =
        tokio::join!(owner.device_confirm(&offer.id, true, scope, None), joining.finish(place, true, None));
    added?;
    wallet
}

#[tokio::test(flavor = "multi_thread")]
async fn joining_never_takes_the_keys_of_a_wallet_whose_database_was_moved_away() {
    let world = World::start().await;
    let (_, owner) = world.person("Owner").await;
    let (person, other) = world.person("Other").await;
    // Without its phrase, too.
    other.confirm_phrase(&other.phrase().unwrap()).unwrap();
    other.close().await.unwrap();
    let (file, away) = (person.place.database(), person.place.dir.join("away.db"));
    std::fs::rename(&file, &away).unwrap();
    let refused = try_join(&owner, &person.place).await.map(|_| ()).unwrap_err();
    assert_eq!(refused, Error::Store(StoreError::Missing));
    std::fs::rename(&away, &file).unwrap();
    let other = Wallet::open(&person.place).await.unwrap();
    assert_eq!(available(&other), "20.00 USD");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_join_that_died_before_its_database_was_there_can_be_tried_again() {
    let world = World::start().await;
    let (_, owner) = world.person("Owner").await;
    let person = world.place("new");
    let nowhere = Place { dir: person.place.dir.join("not there"), ..person.place.clone() };
    let failed = try_join(&owner, &nowhere).await.map(|_| ()).unwrap_err();
    assert!(matches!(failed, Error::Store(_)) && failed != Error::Store(StoreError::Missing), "{failed:?}");
    assert!(person.place.vault.get(SecretName::DatabaseKey).unwrap().is_some(), "its keys were kept");
    let joined = try_join(&owner, &person.place).await.unwrap();
    joined.close().await.unwrap();
    assert_eq!(available(&Wallet::open(&person.place).await.unwrap()), "20.00 USD");
    assert_eq!(person.place.vault.get(SecretName::DatabaseKey).unwrap().unwrap().as_bytes().len(), 32);
}
