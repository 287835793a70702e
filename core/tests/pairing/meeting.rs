//! What people do with it when nobody is in the way.

use super::world::{World, available, memo, pay};
use super::{agree, failed_with, known, meet};
use farthing_core::contacts::{ContactChange, ContactState};
use farthing_core::error::WalletError;
use farthing_core::payment::{Outcome, Target, Trustworthiness};
use farthing_protocol::details::Name;
use farthing_protocol::time::Span;

fn name(text: &str) -> Name {
    Name::typed(text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_meet_and_one_pays_the_other_by_name() {
    let world = World::start().await;
    let (_, ada) = world.person("Ada").await;
    let (_, ben) = world.person("Ben").await;
    let id = meet(&ada, &ben).await;
    assert!(known(&ada).is_empty() && known(&ben).is_empty(), "nobody is added before the yes");
    let (bens, adas) = agree(&ada, &ben, &id).await;
    assert_eq!((bens.name.as_str(), bens.state), ("Ben", ContactState::Verified));
    assert_eq!((adas.name.as_str(), adas.state), ("Ada", ContactState::Verified));
    assert_eq!(bens.account, ben.profile().account);

    let draft = ada.prepare(Target::Alias(bens.alias.clone()), Some(super::world::amount("3.00 USD")), memo("tickets"));
    let draft = draft.await.unwrap();
    assert_eq!(draft.trust, Trustworthiness::VerifiedContact);
    assert_eq!(draft.contact, Some(name("Ben")));
    assert!(draft.warnings.is_empty());
    ada.discard(&draft.id).unwrap();
    let (_, outcome) = pay(&ada, Target::Alias(bens.alias), Some("3.00 USD"), "tickets").await;
    assert!(matches!(outcome, Outcome::Settled(_)), "{outcome:?}");
    ben.sync(Span::from_ms(0)).await.unwrap();
    assert_eq!(available(&ben), "23.00 USD");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_ones_own_and_a_blocked_contact_is_not_paid() {
    let world = World::start().await;
    let (_, ada) = world.person("Ada").await;
    let (_, first) = world.person_in("ben", "Ben").await;
    let (_, second) = world.person_in("another-ben", "Ben").await;
    for ben in [&first, &second] {
        let id = meet(&ada, ben).await;
        agree(&ada, ben, &id).await;
    }
    let names: Vec<_> = known(&ada).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["Ben", "Ben 2"], "two people may call themselves the same");
    failed_with(ada.change_contact(&name("Ben 2"), ContactChange::Rename(name("Ben"))), WalletError::ContactNameTaken);
    failed_with(ada.change_contact(&name("Bob"), ContactChange::Block), WalletError::ContactUnknown);
    let uncle = ada.change_contact(&name("Ben 2"), ContactChange::Rename(name("Uncle"))).unwrap();
    ada.change_contact(&name("Uncle"), ContactChange::Block).unwrap();
    let target = Target::Alias(uncle.alias);
    let amount = super::world::amount("1.00 USD");
    failed_with(ada.prepare(target.clone(), Some(amount), None).await, WalletError::ContactBlocked);

    // Meeting again changes neither our name for somebody nor that we blocked them.
    let id = meet(&second, &ada).await;
    second.pair_confirm(&id, true).await.unwrap();
    ada.pair_confirm(&id, true).await.unwrap();
    // Ada does not listen to Uncle, not even to his confirmation.
    let again = loop {
        if let Some(again) = ada.pair_contact(&id, super::world::SECOND).await.unwrap() {
            break again;
        }
    };
    assert_eq!((again.name.as_str(), again.blocked, again.state), ("Uncle", true, ContactState::Met));
    ada.change_contact(&name("Uncle"), ContactChange::Unblock).unwrap();
    ada.prepare(target, Some(amount), None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_code_and_that_of_another_verifier_lead_nowhere() {
    let world = World::start().await;
    let elsewhere = World::start_as([9; 32]).await;
    let (_, ada) = world.person("Ada").await;
    let (_, eve) = elsewhere.person("Eve").await;
    let own = ada.pair_show().await.unwrap();
    failed_with(ada.pair_scan(&own.link).await, WalletError::OwnPairing);
    let foreign = eve.pair_show().await.unwrap();
    failed_with(ada.pair_scan(&foreign.link).await, WalletError::ForeignPairing);
    assert!(ada.pair_scan(&own.link[..own.link.len() - 3]).await.is_err());
}
