//! What people do with it when nobody is in the way.

use super::world::{World, available, memo, pay};
use super::{agree, failed_with, known, meet};
use farthing_core::Wallet;
use farthing_core::contacts::{ContactChange, ContactState};
use farthing_core::devices::RestoreOptions;
use farthing_core::error::WalletError;
use farthing_core::messaging::NoteState;
use farthing_core::payment::{Approval, Outcome, Target, Trustworthiness};
use farthing_protocol::code::ProblemCode;
use farthing_protocol::details::Name;
use farthing_protocol::text::Text;
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
    let target = Target::Alias(uncle.alias);
    let amount = super::world::amount("1.00 USD");
    let before = ada.prepare(target.clone(), Some(amount), None).await.unwrap();
    ada.change_contact(&name("Uncle"), ContactChange::Block).unwrap();
    failed_with(ada.confirm(Approval::of(&before)).await, WalletError::ContactBlocked);
    failed_with(ada.prepare(target.clone(), Some(amount), None).await, WalletError::ContactBlocked);

    // Meeting again changes neither our name for somebody nor that we blocked them.
    let id = meet(&second, &ada).await;
    second.pair_confirm(&id, true).await.unwrap();
    ada.pair_confirm(&id, true).await.unwrap();
    let again = loop {
        if let Some(again) = ada.pair_contact(&id, super::world::SECOND).await.unwrap() {
            break again;
        }
    };
    assert_eq!((again.name.as_str(), again.blocked), ("Uncle", true));
    // What Uncle writes is not kept; that he has said yes, too, is, for when he is not blocked any more.
    second.pair_contact(&id, super::world::SECOND).await.unwrap();
    second.write_note(&name("Ada"), Text::typed("hello").unwrap()).await.unwrap();
    verified(&ada, "Uncle").await;
    assert!(ada.notes(&name("Uncle")).unwrap().is_empty());
    failed_with(ada.prepare(target.clone(), Some(amount), None).await, WalletError::ContactBlocked);
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

#[tokio::test(flavor = "multi_thread")]
async fn another_phone_of_ones_own_is_nobody_to_meet() {
    let world = World::start().await;
    let (_, phone) = world.person("Ada").await;
    let options = RestoreOptions { keep_devices: true, ..RestoreOptions::default() };
    let phrase = phone.phrase().unwrap();
    let tablet = Wallet::restore(&world.place("tablet").place, &world.invite, &phrase, options).await.unwrap();
    let id = meet(&phone, &tablet).await;
    for wallet in [&phone, &tablet] {
        wallet.pair_confirm(&id, true).await.unwrap();
    }
    for wallet in [&phone, &tablet] {
        failed_with(wallet.pair_contact(&id, super::PATIENCE).await, WalletError::OwnPairing);
        assert!(known(wallet).is_empty());
    }
}

/// Until this contact's confirmation was heard, and everything else that waits.
async fn verified(wallet: &Wallet, contact: &str) {
    for _ in 0..100 {
        wallet.sync(Span::from_ms(0)).await.unwrap();
        if known(wallet).contains(&(contact.to_owned(), ContactState::Verified)) {
            wallet.sync(Span::from_ms(0)).await.unwrap();
            return;
        }
        tokio::time::sleep(super::world::SECOND / 10).await;
    }
    unreachable!("the confirmation did not come");
}

/// The line was down when the yes was to be sent. Nobody waits minutes for a note that is written when it is up again.
#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_sent_once_does_not_hold_up_what_is_written_later() {
    let world = World::start().await;
    let (at_ada, ada) = world.person("Ada").await;
    let (_, ben) = world.person("Ben").await;
    at_ada.calls.keep_back("/v1/claims", ProblemCode::Busy);
    let id = meet(&ada, &ben).await;
    ada.pair_confirm(&id, true).await.unwrap();
    ben.pair_confirm(&id, true).await.unwrap();
    let wait = super::world::SECOND;
    let _ = tokio::join!(ada.pair_contact(&id, wait), ben.pair_contact(&id, wait));
    for _ in 0..3 {
        ada.sync(Span::from_ms(0)).await.unwrap();
    }
    assert_eq!(known(&ben), [("Ada".to_owned(), ContactState::Met)]);
    at_ada.calls.be_honest();
    let reopened = {
        ada.close().await.unwrap();
        Wallet::open(&at_ada.place).await.unwrap()
    };
    // A process that has heard no time yet: writing asks for it.
    reopened.write_note(&name("Ben"), Text::typed("hello").unwrap()).await.unwrap();
    ben.sync(Span::from_ms(0)).await.unwrap();
    assert_eq!(known(&ben), [("Ada".to_owned(), ContactState::Verified)]);
    assert_eq!(ben.notes(&name("Ada")).unwrap().len(), 1);

    at_ada.calls.keep_back("/v1/messages", ProblemCode::Busy);
    reopened.write_note(&name("Ben"), Text::typed("once more").unwrap()).await.unwrap();
    at_ada.calls.be_honest();
    let states = || reopened.notes(&name("Ben")).unwrap().into_iter().map(|note| note.state).collect::<Vec<_>>();
    assert_eq!(states(), [NoteState::Sent, NoteState::Waiting]);
    reopened.sync(Span::from_ms(0)).await.unwrap();
    assert_eq!(states(), [NoteState::Sent; 2], "a person who asks does not wait either");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_looks_like_another_gets_a_number() {
    let world = World::start().await;
    let (_, ada) = world.person("Ada").await;
    let (_, anna) = world.person_in("anna", "Anna").await;
    // Cyrillic letters at both ends, and a space that nobody sees.
    let (_, mallory) = world.person_in("mallory", "\u{410}n\u{200b}n\u{430}").await;
    for other in [&anna, &mallory] {
        let id = meet(&ada, other).await;
        agree(&ada, other, &id).await;
    }
    let contacts = ada.contacts().unwrap();
    let of = |wallet: &farthing_core::Wallet| {
        contacts.iter().find(|contact| contact.account == wallet.profile().account).unwrap().name.to_string()
    };
    assert_eq!(of(&anna), "Anna");
    assert!(of(&mallory).ends_with(" 2"), "{}", of(&mallory));
    // Nor can a person call the one like the other.
    let to = ContactChange::Rename(name("\u{391}nna"));
    failed_with(ada.change_contact(&name(&of(&mallory)), to), WalletError::ContactNameTaken);
    // The same name in other letters is no other's.
    ada.change_contact(&name("Anna"), ContactChange::Rename(name("anna"))).unwrap();
}
