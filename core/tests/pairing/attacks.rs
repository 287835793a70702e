//! Whoever is in between, or looks over a shoulder: the codes differ, or the offer burns. Nobody is added, each time.

use super::world::{Line, Person, World, amount, memo};
use super::{PATIENCE, agree, code, failed_with, known, meet};
use farthing_core::contacts::ContactState;
use farthing_core::error::WalletError;
use farthing_core::keys::SystemEntropy;
use farthing_core::payment::{Target, Trustworthiness};
use farthing_core::sync::Network as _;
use farthing_core::{Error, Wallet};
use farthing_protocol::alias::{Alias, AliasRecord};
use farthing_protocol::cbor::V1;
use farthing_protocol::cose::{Signed, SignedBytes};
use farthing_protocol::details::Name;
use farthing_protocol::device::{DeviceCertificate, Scope};
use farthing_protocol::http::{Call, MEDIA_OCTETS, Method, Reply};
use farthing_protocol::id::{Counter, VerifierId};
use farthing_protocol::key::{Ed25519Key, HpkePublicKey, Signer as _};
use farthing_protocol::pairing::{ANSWER_SLOT, Answering, ContactCard, Offer, REVEAL_SLOT, Role, slot_path};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A path, and what was said there.
type Said = (String, Vec<u8>);

const REVEAL: &str = "/2";
const CARDS: [&str; 2] = ["/3", "/4"];

fn reads(call: &Call, slot: &str) -> bool {
    call.method == Method::Get && call.path.ends_with(slot)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_puts_itself_in_between_cannot_show_both_the_same_code() {
    let world = World::start().await;
    let (adas_line, ada) = world.person("Ada").await;
    let (_, ben) = world.person("Ben").await;
    let offer = ada.pair_show().await.unwrap();
    // The relay has photographed the code: Ada hears the relay's answer instead of Ben's.
    let (_, seen) = Offer::parse_link(&offer.link).unwrap();
    let relay = Answering::new(seen, &mut SystemEntropy::new()).unwrap();
    let answer = relay.message().to_vec();
    adas_line.calls.lie("/v1/rendezvous", move |call, real| {
        let mut reply = real?;
        if reads(call, &format!("/{ANSWER_SLOT}")) && reply.status == 200 {
            reply.body = answer.clone();
        }
        Ok(reply)
    });
    ben.pair_scan(&offer.link).await.unwrap();
    // Ada's wallet computes a code with the relay; Ben's sees a reveal that was not sealed for it.
    let shown = code(&ada, &offer.id).await;
    assert_eq!(shown.len(), 6);
    failed_with(ben.pair_code(&offer.id, PATIENCE).await, WalletError::PairingBurnt);
    failed_with(ada.pair_confirm(&offer.id, false).await, WalletError::CodesDiffer);
    assert!(known(&ada).is_empty() && known(&ben).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_photographs_the_code_and_answers_first_is_not_who_stands_there() {
    let world = World::start().await;
    let (_, ada) = world.person("Ada").await;
    let (_, ben) = world.person("Ben").await;
    let (_, mallory) = world.person("Mallory").await;
    let offer = ada.pair_show().await.unwrap();
    mallory.pair_scan(&offer.link).await.unwrap();
    code(&mallory, &offer.id).await;
    ben.pair_scan(&offer.link).await.unwrap();
    // Ben's phone shows no code, so Ada's person says no.
    failed_with(ben.pair_code(&offer.id, PATIENCE).await, WalletError::PairingBurnt);
    code(&ada, &offer.id).await;
    mallory.pair_confirm(&offer.id, true).await.unwrap();
    failed_with(ada.pair_confirm(&offer.id, false).await, WalletError::CodesDiffer);
    assert!(mallory.pair_contact(&offer.id, Duration::from_secs(1)).await.unwrap().is_none(), "a card never comes");
    assert!(known(&ada).is_empty() && known(&mallory).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_pasted_over_another_shows_no_digits_on_the_phone_that_stands_there() {
    let world = World::start().await;
    let (_, ada) = world.person("Ada").await;
    let (_, ben) = world.person("Ben").await;
    let (_, mallory) = world.person("Mallory").await;
    let offer = ada.pair_show().await.unwrap();
    let pasted = mallory.pair_show().await.unwrap();
    ben.pair_scan(&pasted.link).await.unwrap();
    code(&ben, &pasted.id).await;
    let nothing = ada.pair_code(&offer.id, Duration::from_millis(300)).await.unwrap();
    assert!(nothing.is_none(), "Ada's phone still waits");
    failed_with(ben.pair_confirm(&pasted.id, false).await, WalletError::CodesDiffer);
    ada.pair_confirm(&offer.id, false).await.unwrap();
    failed_with(ada.pair_code(&offer.id, PATIENCE).await, WalletError::PairingUnknown);
    assert!(known(&ada).is_empty() && known(&ben).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_or_replayed_message_burns_the_offer() {
    let world = World::start().await;
    let (_, ada) = world.person("Ada").await;
    let (bens_line, ben) = world.person("Ben").await;
    // What another pairing said in the same slots.
    let heard: Arc<Mutex<Vec<Said>>> = Arc::default();
    let notes = Arc::clone(&heard);
    bens_line.calls.lie("/v1/rendezvous", move |call, real| {
        if let (Method::Get, Ok(reply)) = (call.method, &real)
            && reply.status == 200
        {
            notes.lock().unwrap().push((call.path.clone(), reply.body.clone()));
        }
        real
    });
    let id = meet(&ada, &ben).await;
    agree(&ada, &ben, &id).await;
    let heard = heard.lock().unwrap().clone();
    let of = |slot: &str| heard.iter().find(|(path, _)| path.ends_with(slot)).unwrap().1.clone();

    for (what, old) in [("replayed", Some(of(REVEAL))), ("altered", None)] {
        bens_line.calls.lie("/v1/rendezvous", move |call, real| {
            let mut reply = real?;
            if reads(call, &format!("/{REVEAL_SLOT}")) && reply.status == 200 {
                match &old {
                    Some(old) => reply.body = old.clone(),
                    None => reply.body[3] ^= 1,
                }
            }
            Ok(reply)
        });
        let offer = ada.pair_show().await.unwrap();
        ben.pair_scan(&offer.link).await.unwrap();
        assert_eq!(
            ben.pair_code(&offer.id, PATIENCE).await.unwrap_err(),
            WalletError::PairingBurnt.into(),
            "{what} reveal"
        );
    }
    for (what, old) in [("replayed", Some(of(CARDS[0]))), ("altered", None)] {
        bens_line.calls.be_honest();
        let id = meet(&ada, &ben).await;
        bens_line.calls.lie("/v1/rendezvous", move |call, real| {
            let mut reply = real?;
            if reads(call, CARDS[0]) && reply.status == 200 {
                match &old {
                    Some(old) => reply.body = old.clone(),
                    None => reply.body[30] ^= 1,
                }
            }
            Ok(reply)
        });
        ada.pair_confirm(&id, true).await.unwrap();
        ben.pair_confirm(&id, true).await.unwrap();
        let met = ben.pair_contact(&id, PATIENCE).await;
        assert_eq!(met.unwrap_err(), WalletError::PairingBurnt.into(), "{what} card");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_scanner_comes_too_late_and_a_slow_line_only_takes_longer() {
    let world = World::start().await;
    let (adas_line, ada) = world.person("Ada").await;
    let (bens_line, ben) = world.person("Ben").await;
    let (lates_line, late) = world.person("Late").await;
    let offer = ada.pair_show().await.unwrap();
    for line in [&adas_line, &bens_line] {
        line.calls.set_line("/v1/rendezvous", Line::Cut);
    }
    ben.pair_scan(&offer.link).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    for line in [&adas_line, &bens_line] {
        line.calls.be_honest();
    }
    assert_eq!(code(&ada, &offer.id).await, code(&ben, &offer.id).await);
    lates_line.calls.take();
    late.pair_scan(&offer.link).await.unwrap();
    failed_with(late.pair_code(&offer.id, PATIENCE).await, WalletError::PairingBurnt);
    let answer = format!("POST {}", slot_path(&offer.id, ANSWER_SLOT));
    assert_eq!(lates_line.calls.take(), [answer], "told at once, it reads nothing that is for another");
    let (ben_at_ada, _) = agree(&ada, &ben, &offer.id).await;
    assert_eq!(ben_at_ada.state, ContactState::Verified);
    assert!(known(&late).is_empty());
}

/// A wallet that goes on although its answer came too late, or that nobody told.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_revealed_to_one_scanner_tells_a_second_nothing() {
    let world = World::start().await;
    let (_, ada) = world.person("Ada").await;
    let (_, ben) = world.person("Ben").await;
    let (lates_line, late) = world.person("Late").await;
    let offer = ada.pair_show().await.unwrap();
    ben.pair_scan(&offer.link).await.unwrap();
    code(&ben, &offer.id).await;
    lates_line.calls.lie("/v1/rendezvous", |call, answer| match call.method {
        Method::Post => Ok(Reply::done()),
        _ => answer,
    });
    late.pair_scan(&offer.link).await.unwrap();
    failed_with(late.pair_code(&offer.id, PATIENCE).await, WalletError::PairingBurnt);
    assert!(known(&late).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_stranger_writes_into_a_slot_burns_the_offer() {
    let world = World::start().await;
    let (_, ada) = world.person("Ada").await;
    let (bens_line, ben) = world.person("Ben").await;
    let write = async |path: String, bytes: Vec<u8>| {
        use farthing_core::sync::Network as _;
        bens_line.calls.call(&Call::post(path, MEDIA_OCTETS, bytes)).await.unwrap().status
    };
    let offer = ada.pair_show().await.unwrap();
    let path = |slot: u8| farthing_protocol::pairing::slot_path(&offer.id, slot);
    assert_eq!(write(path(ANSWER_SLOT), vec![7; 80]).await, 204, "anybody can write");
    failed_with(ada.pair_code(&offer.id, PATIENCE).await, WalletError::PairingBurnt);

    // Somebody takes the place of a card.
    let id = meet(&ada, &ben).await;
    let path = farthing_protocol::pairing::slot_path(&id, Role::Scanner.slot());
    assert_eq!(write(path, vec![7; 1024]).await, 204);
    ada.pair_confirm(&id, true).await.unwrap();
    ben.pair_confirm(&id, true).await.unwrap();
    failed_with(ada.pair_contact(&id, PATIENCE).await, WalletError::PairingBurnt);
    failed_with(ben.pair_contact(&id, PATIENCE).await, WalletError::PairingBurnt);
    assert!(known(&ada).is_empty() && known(&ben).is_empty());
}

/// Pairs like anybody, with a card that names this alias at this verifier. Returns what the wallet made of it.
async fn met_as(wallet: &Wallet, line: &Person, alias: &Alias, verifier: VerifierId) -> Result<(), Error> {
    let offer = wallet.pair_show().await.unwrap();
    let (_, seen) = Offer::parse_link(&offer.link).unwrap();
    let answering = Answering::new(seen, &mut SystemEntropy::new()).unwrap();
    let write = async |slot: u8, bytes: Vec<u8>| {
        let call = Call::post(slot_path(&offer.id, slot), MEDIA_OCTETS, bytes);
        assert_eq!(line.calls.call(&call).await.unwrap().status, 204);
    };
    write(ANSWER_SLOT, answering.message().to_vec()).await;
    code(wallet, &offer.id).await;
    let reveal = Call::get(slot_path(&offer.id, REVEAL_SLOT), "wait=1000");
    let paired = answering.learn(&line.calls.call(&reveal).await.unwrap().body).unwrap();

    let [account, act, session, payee] = [51, 52, 53, 54].map(|seed| Ed25519Key::from_seed([seed; 32]));
    let created = farthing_verifier::server::now().wall;
    let certificate = DeviceCertificate {
        version: V1,
        verifier,
        account: *account.public(),
        act: *act.public(),
        session: *session.public(),
        olm: None,
        scope: Scope::full(),
        counter: Counter::new(1),
        created,
    };
    let record = AliasRecord {
        version: V1,
        verifier,
        alias: alias.clone(),
        payee: *payee.public(),
        hpke: HpkePublicKey::new([9; 32]),
        created,
    };
    let card = ContactCard {
        version: V1,
        transcript: *paired.transcript(),
        role: Role::Scanner,
        certificate: SignedBytes::new(Signed::sign(certificate, &account).unwrap().bytes().to_vec()).unwrap(),
        alias: SignedBytes::new(Signed::sign(record, &payee).unwrap().bytes().to_vec()).unwrap(),
        name: Some(Name::typed("Mallory").unwrap()),
        created,
    };
    let card = Signed::sign(card, &session).unwrap();
    write(Role::Scanner.slot(), paired.seal(Role::Scanner, card.bytes()).unwrap()).await;
    wallet.pair_confirm(&offer.id, true).await.unwrap();
    // Nobody confirms, and that is not waited for.
    while wallet.pair_contact(&offer.id, Duration::from_millis(100)).await?.is_none() {}
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_met_takes_nobody_elses_alias() {
    let world = World::start().await;
    let (_, ada) = world.person("Ada").await;
    let (_, ben) = world.person("Ben").await;
    let (line, cleo) = world.person("Cleo").await;
    let here = world.invite.claims().verifier;
    let id = meet(&ada, &ben).await;
    agree(&ada, &ben, &id).await;
    // Cleo is not met, but was paid before.
    let target = |wallet: &Wallet| Target::Alias(wallet.profile().alias);
    super::world::pay(&ada, target(&cleo), Some("1.00 USD"), "before").await;
    for taken in [&ben, &cleo] {
        let refused = met_as(&ada, &line, &taken.profile().alias, here).await;
        failed_with(refused, WalletError::AliasOfAnother);
        super::world::pay(&ada, target(taken), Some("1.00 USD"), "as before").await;
    }
    assert_eq!(known(&ada).len(), 1, "Ben alone");
    let draft = ada.prepare(target(&ben), Some(amount("1.00 USD")), memo("tea")).await.unwrap();
    assert_eq!(draft.contact.unwrap().as_str(), "Ben");
    assert!(matches!(draft.trust, Trustworthiness::VerifiedContact | Trustworthiness::MetContact), "{:?}", draft.trust);
    met_as(&ada, &line, &Alias::new("mallory-herself").unwrap(), here).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_of_another_verifier_is_nobodys() {
    let world = World::start().await;
    let (line, ada) = world.person("Ada").await;
    let elsewhere = VerifierId::new([7; 32]);
    let refused = met_as(&ada, &line, &Alias::new("mallory").unwrap(), elsewhere).await;
    failed_with(refused, WalletError::PairingBurnt);
    assert!(known(&ada).is_empty());
}
