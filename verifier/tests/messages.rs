//! Prekeys and mailboxes: what is left, claimed, sent, fetched, and where it ends.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use farthing_protocol::code::ProblemCode;
use farthing_protocol::cose::Signed;
use farthing_protocol::device::Scope;
use farthing_protocol::http::{
    AccountStatus, ClaimedPrekey, MEDIA_CBOR, MEDIA_COSE, MessageBody, MessagesPage, QueuedMessage, Reply,
};
use farthing_protocol::id::*;
use farthing_protocol::key::{OlmKey, Signer as _};
use farthing_protocol::limits::{CLAIMS_PER_DAY, MAILBOX_KNOWN_MAX, MAILBOX_MAX, MAILBOX_STRANGER_MAX, MESSAGE_KEPT};
use farthing_protocol::message::{Acknowledge, Message};
use farthing_protocol::prekeys::{PrekeyClaim, Prekeys};
use farthing_protocol::time::Span;
use support::people::{NewList, done, list_receipt};
use support::*;

const DAY: Span = Span::from_h(24);

fn olm(n: u8) -> OlmKey {
    let mut key = [7; 32];
    key[0] = n;
    OlmKey::new(key)
}

fn upload(world: &mut World, of: &Wallet, keys: std::ops::Range<u8>, fallback: u8) {
    let reply = world.act(of, "/v1/prekeys", |header| Prekeys::new(header, keys.map(olm).collect(), olm(fallback)));
    done(&reply);
}

fn claim(world: &mut World, by: &Wallet, of: &Wallet) -> Reply {
    let (account, device) = (of.account_id(), of.device());
    world.act(by, "/v1/claims", |header| PrekeyClaim::new(header, account, device))
}

/// The key that a claim was answered with, in an object that the device itself signed.
fn key_of(reply: &Reply, of: &Wallet) -> OlmKey {
    let claimed = ClaimedPrekey::decode(&reply.body).unwrap();
    let prekeys = Signed::<Prekeys>::parse(claimed.prekeys.as_slice()).unwrap();
    prekeys.verify(of.session.public()).unwrap().key_at(claimed.index).unwrap()
}

fn stock(world: &mut World, of: &Wallet) -> u64 {
    AccountStatus::decode(&world.read(of, "/v1/account", "").body).unwrap().prekeys
}

fn mailbox(world: &mut World, of: &Wallet, query: &str) -> MessagesPage {
    MessagesPage::decode(&world.read(of, "/v1/messages", query).body).unwrap()
}

fn numbers(page: &MessagesPage) -> Vec<u64> {
    page.messages.iter().map(|message| message.number.get()).collect()
}

fn acknowledge(world: &mut World, of: &Wallet, upto: u64) {
    done(&world.act(of, "/v1/acknowledgements", |header| Acknowledge::new(header, MessageNumber::new(upto))));
}

#[test]
fn each_one_time_key_is_given_once_then_the_fallback() {
    let mut world = World::new();
    let (ada, bob, eve) = (world.wallet("ada"), world.wallet("bob"), world.wallet("eve"));
    assert_eq!(problem(&claim(&mut world, &ada, &bob)), ProblemCode::NoPrekeys);
    upload(&mut world, &bob, 1..3, 90);
    upload(&mut world, &bob, 3..4, 91);
    assert_eq!(stock(&mut world, &bob), 3);
    let header = world.header(&ada);
    let first = ada.act(PrekeyClaim::new(header, bob.account_id(), bob.device())).into_vec();
    let reply = world.post("/v1/claims", MEDIA_COSE, first.clone());
    assert_eq!(key_of(&reply, &bob), olm(1));
    let mut got: Vec<_> = [&eve, &ada, &eve, &ada].map(|by| key_of(&claim(&mut world, by, &bob), &bob)).into();
    got.dedup();
    assert_eq!(got, [olm(2), olm(3), olm(91)], "the fallback key of the last upload, as often as needed");
    assert_eq!(world.post("/v1/claims", MEDIA_COSE, first.clone()), reply, "the same claim, the same key");
    let mut world = world.restart();
    assert_eq!(world.post("/v1/claims", MEDIA_COSE, first), reply);
    assert_eq!(stock(&mut world, &bob), 0);
    world.audit().unwrap();
}

#[test]
fn a_stock_keeps_the_newest_hundred() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    for start in [0, 50, 100] {
        upload(&mut world, &bob, start..start + 50, 200 + start / 50);
    }
    assert_eq!(stock(&mut world, &bob), 100);
    assert_eq!(key_of(&claim(&mut world, &ada, &bob), &bob), olm(50), "the oldest fifty were dropped");
    world.audit().unwrap();
}

#[test]
fn a_stock_is_not_drained_by_one_account() {
    let mut world = World::new();
    let (ada, bob, eve) = (world.wallet("ada"), world.wallet("bob"), world.wallet("eve"));
    upload(&mut world, &bob, 0..5, 90);
    for _ in 0..CLAIMS_PER_DAY {
        assert_eq!(claim(&mut world, &eve, &bob).status, 200);
    }
    world.pass(Span::from_h(1));
    let refused = claim(&mut world, &eve, &bob);
    assert_eq!((problem(&refused), refused.retry_after_s), (ProblemCode::RateLimited, Some(23 * 3600)));
    assert_eq!(key_of(&claim(&mut world, &ada, &bob), &bob), olm(90), "others still begin, by the fallback key");
    upload(&mut world, &eve, 0..1, 91);
    assert_eq!(claim(&mut world, &bob, &eve).status, 200, "the limit is per pair");
    world.pass(Span::from_h(23));
    assert_eq!(claim(&mut world, &eve, &bob).status, 200);
    world.audit().unwrap();
}

#[test]
fn a_message_waits_until_it_is_acknowledged() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let header = world.header(&ada);
    let body = ada.message(header, &bob, &[7; 256]);
    done(&world.post("/v1/messages", MEDIA_CBOR, body.clone()));
    done(&world.post("/v1/messages", MEDIA_CBOR, body));
    done(&world.send_message(&ada, &bob, &[8; 1024]));
    done(&world.send_message(&ada, &bob, &[9; 4096]));
    let page = mailbox(&mut world, &bob, "");
    assert_eq!(page.messages.len(), 3, "the same bytes are queued once");
    let first = QueuedMessage {
        number: page.messages[0].number,
        account: ada.account_id(),
        device: ada.device(),
        time: world.now.wall,
        content: bytes(&[7; 256]),
    };
    assert_eq!(page.messages[0], first);
    let all = numbers(&page);
    assert!(mailbox(&mut world, &ada, "").messages.is_empty());
    let two = mailbox(&mut world, &bob, "max=2");
    assert_eq!((numbers(&two), two.more), (all[..2].to_vec(), true));
    let rest = mailbox(&mut world, &bob, &format!("after={}", all[1]));
    assert_eq!((numbers(&rest), rest.more), (vec![all[2]], false));
    acknowledge(&mut world, &bob, all[1]);
    let mut world = world.restart();
    assert_eq!(numbers(&mailbox(&mut world, &bob, "")), [all[2]]);
    acknowledge(&mut world, &bob, all[2]);
    done(&world.send_message(&ada, &bob, &[7; 256]));
    assert!(numbers(&mailbox(&mut world, &bob, ""))[0] > all[2], "a number is never given again");
    world.audit().unwrap();
}

#[test]
fn a_message_is_what_its_act_says_and_goes_to_a_device_that_is_there() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let header = world.header(&ada);
    let message = |header| Message::new(header, bob.account_id(), bob.device(), Digest::of(&[7; 256]));
    let altered = MessageBody { message: ada.act(message(header)), content: bytes(&[8; 256]) };
    assert_eq!(problem(&world.post("/v1/messages", MEDIA_CBOR, altered.encode())), ProblemCode::Malformed);
    let forged = MessageBody { message: bob.act(message(header)), content: bytes(&[7; 256]) };
    assert_eq!(problem(&world.post("/v1/messages", MEDIA_CBOR, forged.encode())), ProblemCode::BadSignature);
    assert_eq!(problem(&world.send_message(&ada, &bob, &[7; 300])), ProblemCode::Malformed, "a size that tells more");
    let stranger = Wallet::new("ned", world.id, Scope::full(), None, world.now.wall, &mut world.rng);
    assert_eq!(problem(&world.send_message(&ada, &stranger, &[7; 256])), ProblemCode::RecipientUnknown);
    let mixed = world.act(&ada, "/v1/claims", |header| PrekeyClaim::new(header, ada.account_id(), bob.device()));
    assert_eq!(problem(&mixed), ProblemCode::RecipientUnknown, "another account's device");

    let phone = world.phone(&bob, Scope::full(), 2);
    upload(&mut world, &bob, 0..1, 90);
    done(&world.send_message(&ada, &bob, &[7; 256]));
    list_receipt(&world.relist(&bob, &NewList::of(3, &[&phone], &[&phone])));
    assert_eq!(problem(&world.send_message(&ada, &bob, &[7; 256])), ProblemCode::RecipientUnknown, "revoked");
    assert_eq!(problem(&claim(&mut world, &ada, &bob)), ProblemCode::RecipientUnknown);
    done(&world.send_message(&ada, &phone, &[7; 256]));
    assert!(mailbox(&mut world, &phone, "").messages.len() == 1, "what came for the other is sealed for the other");
    world.audit().unwrap();
}

#[test]
fn a_stranger_finds_little_room_and_nothing_is_pushed_out() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    for _ in 0..MAILBOX_STRANGER_MAX {
        done(&world.send_message(&ada, &bob, &[7; 256]));
    }
    let full = world.send_message(&ada, &bob, &[7; 256]);
    assert_eq!(problem(&full), ProblemCode::MailboxFull);
    assert!(full.retry_after_s.is_some() && ProblemCode::MailboxFull.is_retryable());
    let kept = mailbox(&mut world, &bob, "").messages.len() as u64;
    assert_eq!(kept, MAILBOX_STRANGER_MAX);
    done(&world.send_message(&bob, &ada, &[7; 256]));
    for _ in MAILBOX_STRANGER_MAX..MAILBOX_KNOWN_MAX {
        done(&world.send_message(&ada, &bob, &[7; 256]));
    }
    assert_eq!(problem(&world.send_message(&ada, &bob, &[7; 256])), ProblemCode::MailboxFull);
    let eve = world.wallet("eve");
    done(&world.send_message(&eve, &bob, &[7; 256]));
    let first = numbers(&mailbox(&mut world, &bob, ""))[0];
    acknowledge(&mut world, &bob, first);
    done(&world.send_message(&ada, &bob, &[7; 256]));
    world.audit().unwrap();
}

#[test]
fn all_who_are_known_together_do_not_fill_a_mailbox_without_end() {
    let mut world = World::new();
    let bob = world.wallet("bob");
    let friends: Vec<_> = (0..8).map(|n| world.wallet(&format!("friend-{n}"))).collect();
    let each = MAILBOX_MAX / friends.len() as u64;
    for friend in &friends {
        done(&world.send_message(&bob, friend, &[7; 256]));
        for _ in 0..each {
            done(&world.send_message(friend, &bob, &[7; 256]));
        }
    }
    assert!(each < MAILBOX_KNOWN_MAX, "nobody alone has reached a limit");
    for friend in &friends {
        assert_eq!(problem(&world.send_message(friend, &bob, &[7; 256])), ProblemCode::MailboxFull);
    }
    let first = numbers(&mailbox(&mut world, &bob, ""))[0];
    acknowledge(&mut world, &bob, first);
    done(&world.send_message(&friends[0], &bob, &[7; 256]));
}

#[test]
fn ones_own_devices_write_to_each_other_without_having_been_written_to() {
    let mut world = World::new();
    let ada = world.wallet("ada");
    let phone = world.phone(&ada, Scope::full(), 2);
    list_receipt(&world.relist(&ada, &NewList::of(3, &[&ada, &phone], &[&phone])));
    for _ in 0..=MAILBOX_STRANGER_MAX {
        done(&world.send_message(&ada, &phone, &[7; 256]));
    }
    world.audit().unwrap();
}

#[test]
fn what_nobody_fetches_is_swept_and_its_act_after_it() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    upload(&mut world, &bob, 0..1, 90);
    let header = world.header(&ada);
    let claimed = ada.act(PrekeyClaim::new(header, bob.account_id(), bob.device())).into_vec();
    let reply = world.post("/v1/claims", MEDIA_COSE, claimed.clone());
    done(&world.send_message(&ada, &bob, &[7; 256]));
    upload(&mut world, &bob, 1..2, 91);
    for _ in 0..29 {
        world.pass(DAY);
        while world.verifier.sweep(world.now).unwrap() {}
        world.audit().unwrap();
    }
    assert_eq!(mailbox(&mut world, &bob, "").messages.len(), 1);
    assert_eq!(stock(&mut world, &bob), 1, "prekeys wait as long as it takes");
    assert_eq!(
        problem(&world.post("/v1/claims", MEDIA_COSE, claimed)),
        ProblemCode::Malformed,
        "forgotten, not redone"
    );
    assert_eq!(reply.status, 200);
    world.pass(MESSAGE_KEPT.min(DAY));
    world.verifier.sweep(world.now).unwrap();
    assert!(mailbox(&mut world, &bob, "").messages.is_empty());
    for _ in 0..65 {
        world.pass(DAY);
        while world.verifier.sweep(world.now).unwrap() {}
    }
    world.audit().unwrap();
    let db = world.verifier.into_connection();
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    for table in ["claims", "messages", "correspondents"] {
        assert_eq!(count(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
    assert_eq!(count("SELECT count(*) FROM acts WHERE kind <> 1"), 1, "the upload with the key that is in stock");
}

#[test]
fn what_waits_for_a_device_goes_when_it_is_revoked() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let lost = world.phone(&ada, Scope::full(), 3);
    list_receipt(&world.relist(&ada, &NewList::of(4, &[&ada, &lost], &[&lost])));
    for to in [&ada, &lost] {
        done(&world.send_message(&bob, to, &[7; 256]));
    }
    list_receipt(&world.relist(&ada, &NewList::of(5, &[&ada], &[])));
    assert_eq!(mailbox(&mut world, &ada, "").messages.len(), 1);
    world.audit().unwrap();
    let db = world.verifier.into_connection();
    let waiting: i64 = db.query_row("SELECT count(*) FROM messages", [], |row| row.get(0)).unwrap();
    assert_eq!(waiting, 1, "nobody can fetch the other");
}
