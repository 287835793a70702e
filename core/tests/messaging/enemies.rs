//! Strangers, blocked contacts, a verifier that plays messages again or alters them, contacts that say what they may not.

use crate::town::{Town, two};
use farthing_core::contacts::Contact;
use farthing_core::engine::{Input, Operation as _, Step};
use farthing_core::error::{Error, WalletError};
use farthing_core::keys::SystemEntropy;
use farthing_core::messaging::{OlmAccount, Peer, ReadMessages};
use farthing_core::store::{self, Change, Table};
use farthing_protocol::act::Header;
use farthing_protocol::cbor::Bytes;
use farthing_protocol::cose::{Signed, SignedBytes};
use farthing_protocol::http::{Call, ClaimedPrekey, MEDIA_COSE, MessagesPage, Method, Reply};
use farthing_protocol::id::{ActId, MessageNumber};
use farthing_protocol::key::{Ed25519Key, OlmKey};
use farthing_protocol::prekeys::Prekeys;
use farthing_protocol::time::Span;
use std::sync::{Arc, Mutex};

/// The mailbox as an enemy shows it.
fn with_page(call: &Call, reply: Reply, change: impl Fn(&mut MessagesPage)) -> Reply {
    if call.method != Method::Get || call.path != "/v1/messages" || reply.status != 200 {
        return reply;
    }
    let mut page = MessagesPage::decode(&reply.body).unwrap();
    change(&mut page);
    Reply { body: page.encode(), ..reply }
}

#[test]
fn strangers_and_blocked_contacts_are_counted_and_forgotten() {
    let (mut town, mut ann, mut bob) = two();
    let mut eve = town.phone("eve");
    eve.meets(&bob);
    town.write(&mut eve, bob.account(), "you do not know me").unwrap();
    town.settle(&mut [&mut eve, &mut bob]);
    assert_eq!((bob.heard(&eve).len(), bob.mailbox().strangers), (0, 1));
    let contact: Contact = store::kept(bob.engine.store(), ann.account().as_bytes()).unwrap().unwrap();
    bob.engine.apply(vec![Change::put(&Contact { blocked: true, ..contact })]).unwrap();
    town.write(&mut ann, bob.account(), "hello").unwrap();
    town.settle(&mut [&mut ann, &mut bob]);
    assert_eq!((bob.heard(&ann).len(), bob.mailbox().strangers), (0, 2));
    assert!(store::all_kept::<Peer>(bob.engine.store()).unwrap().is_empty());
}

#[test]
fn whoever_is_just_being_met_is_heard_once_the_pairing_is_done() {
    let (mut town, _, mut bob) = two();
    let mut eve = town.phone("eve");
    eve.meets(&bob);
    // Bob's pairing is under way: the card of the other side is not here yet.
    let (table, key) = (Table::PAIRINGS, vec![1]);
    bob.engine.apply(vec![Change::Put { table, key: key.clone(), record: vec![0].into() }]).unwrap();
    town.write(&mut eve, bob.account(), "it is me").unwrap();
    town.sync(&mut eve).unwrap();
    town.sync(&mut bob).unwrap();
    assert_eq!((bob.mailbox().held.len(), bob.mailbox().strangers), (1, 0));
    bob.meets(&eve);
    bob.engine.apply(vec![Change::Drop { table, key: key.clone() }]).unwrap();
    town.sync(&mut bob).unwrap();
    assert_eq!(bob.heard(&eve), ["it is me"]);
    assert_eq!(bob.mailbox().acknowledged, bob.mailbox().read);
    // Somebody else's message does not wait for ever.
    let mut mallory = town.phone("mallory");
    mallory.meets(&bob);
    bob.engine.apply(vec![Change::Put { table, key, record: vec![0].into() }]).unwrap();
    town.write(&mut mallory, bob.account(), "and me").unwrap();
    town.sync(&mut mallory).unwrap();
    town.sync(&mut bob).unwrap();
    assert_eq!(bob.mailbox().held.len(), 1);
    town.pass(Span::from_min(15));
    town.sync(&mut bob).unwrap();
    assert_eq!((bob.mailbox().held.len(), bob.mailbox().strangers), (0, 1));
}

#[test]
fn a_page_that_is_doubled_reversed_and_played_again_counts_once() {
    let (mut town, mut ann, mut bob) = two();
    for n in 0..6 {
        town.write(&mut ann, bob.account(), &format!("{n}")).unwrap();
    }
    town.sync(&mut ann).unwrap();
    town.lie = Box::new(|call, reply| {
        with_page(call, reply, |page| {
            let reversed: Vec<_> = page.messages.iter().rev().chain(page.messages.iter()).cloned().collect();
            page.messages = reversed;
            for (n, message) in page.messages.iter_mut().enumerate() {
                message.number = MessageNumber::new(100 + n as u64);
            }
        })
    });
    let received = town.sync(&mut bob).unwrap().0;
    assert_eq!((received.messages, received.unreadable), (6, 0));
    assert_eq!(bob.heard(&ann).len(), 6);
    assert_eq!(bob.outbox().len(), 0, "nothing is begun anew for a message that is only played again");
}

#[test]
fn garbage_is_counted_and_begins_one_session_an_hour() {
    let (mut town, mut ann, mut bob) = two();
    town.write(&mut ann, bob.account(), "one").unwrap();
    town.write(&mut bob, ann.account(), "hello").unwrap();
    town.settle(&mut [&mut ann, &mut bob]);
    for n in 0..20 {
        town.write(&mut ann, bob.account(), &format!("garbled {n}")).unwrap();
    }
    town.sync(&mut ann).unwrap();
    town.lie = Box::new(|call, reply| {
        with_page(call, reply, |page| {
            for message in &mut page.messages {
                let mut bytes = message.content.as_slice().to_vec();
                bytes[60] ^= 1;
                message.content = Bytes::new(bytes).unwrap();
            }
        })
    });
    assert_eq!(town.sync(&mut bob).unwrap().0.unreadable, 20);
    town.behave();
    town.settle(&mut [&mut ann, &mut bob]);
    assert_eq!(bob.heard(&ann).len(), 21, "sent again, they arrive");
    // The same again within the hour: nothing more is begun.
    let claims = |town: &Town| town.calls.iter().filter(|path| *path == "/v1/claims").count();
    let before = claims(&town);
    town.lie = Box::new(|call, reply| {
        with_page(call, reply, |page| {
            page.messages.iter_mut().for_each(|message| message.content = Bytes::new(vec![9; 256]).unwrap());
        })
    });
    town.write(&mut ann, bob.account(), "garbled again").unwrap();
    town.settle(&mut [&mut ann, &mut bob]);
    town.behave();
    assert_eq!(claims(&town), before);
    // After the hour the next one that cannot be read heals this, too.
    town.pass(Span::from_h(1));
    town.write(&mut ann, bob.account(), "whole").unwrap();
    town.settle(&mut [&mut ann, &mut bob]);
    assert!(bob.heard(&ann).contains(&"whole".to_owned()));
}

#[test]
fn a_verifier_cannot_say_that_another_wrote() {
    let (mut town, mut ann, mut bob) = two();
    let mut eve = town.phone("eve");
    bob.meets(&eve);
    eve.meets(&bob);
    town.write(&mut eve, bob.account(), "I am ann").unwrap();
    town.sync(&mut eve).unwrap();
    let (account, device) = (ann.account(), ann.device());
    town.lie = Box::new(move |call, reply| {
        with_page(call, reply, |page| {
            for message in &mut page.messages {
                (message.account, message.device) = (account, device);
            }
        })
    });
    town.sync(&mut bob).unwrap();
    town.behave();
    town.settle(&mut [&mut ann, &mut bob]);
    assert!(bob.heard(&ann).is_empty() && bob.heard(&eve).is_empty());
}

#[test]
fn a_contact_whose_prekey_is_none_holds_up_nobody_else() {
    let (mut town, mut ann, mut bob) = two();
    let mut eve = town.phone("eve");
    ann.meets(&eve);
    eve.meets(&ann);
    let profile = eve.engine.profile();
    let (verifier, account, device) = (profile.verifier, profile.account, profile.device);
    let header = Header {
        verifier,
        account,
        device,
        id: ActId::generate(town.now.wall, &mut SystemEntropy::new()),
        created: town.now.wall,
    };
    let zeros = Prekeys::new(header, Vec::new(), OlmKey::new([0; 32]));
    let zeros = Signed::sign(zeros, eve.engine.keys().session()).unwrap().bytes().to_vec();
    let upload = Call::post("/v1/prekeys", MEDIA_COSE, zeros.clone());
    assert_eq!(town.verifier.answer(&upload, "127.0.0.1:7878", town.now).status, 400, "no verifier takes it");
    // One that took it all the same hands it out.
    let answer = ClaimedPrekey { prekeys: SignedBytes::new(zeros).unwrap(), index: None }.encode();
    let mut claims = 0;
    town.lie = Box::new(move |call, reply| {
        claims += usize::from(call.path == "/v1/claims");
        if call.path == "/v1/claims" && claims == 1 { Reply { body: answer.clone(), ..reply } } else { reply }
    });
    town.write(&mut ann, eve.account(), "to eve").unwrap();
    town.write(&mut ann, bob.account(), "to bob").unwrap();
    assert_eq!(town.sync(&mut ann).unwrap_err(), Error::Wallet(WalletError::VerifierMisbehaved));
    town.sync(&mut bob).unwrap();
    assert_eq!(bob.heard(&ann), ["to bob"]);
    // Eve's waits, and goes out with a key that is one.
    town.pass(Span::from_min(2));
    town.settle(&mut [&mut ann, &mut eve]);
    assert_eq!(eve.heard(&ann), ["to eve"]);
}

/// Whoever knows the secrets of the prekeys would read what begins a conversation.
#[test]
fn a_verifier_cannot_make_prekeys_for_a_device() {
    let (mut town, mut ann, mut bob) = two();
    let mut rng = SystemEntropy::new();
    let profile = bob.engine.profile();
    let (verifier, account, device) = (profile.verifier, profile.account, profile.device);
    let (created, id) = (town.now.wall, ActId::generate(town.now.wall, &mut rng));
    let header = Header { verifier, account, device, id, created };
    let of_the_verifier = OlmAccount::generate(&mut rng).identity();
    let prekeys = Prekeys::new(header, Vec::new(), of_the_verifier);
    let prekeys = Signed::sign(prekeys, &Ed25519Key::from_seed([66; 32])).unwrap().bytes().to_vec();
    let answer = ClaimedPrekey { prekeys: SignedBytes::new(prekeys).unwrap(), index: None }.encode();
    town.lie = Box::new(move |call, reply| match call.path.as_str() {
        "/v1/claims" => Reply { body: answer.clone(), ..reply },
        _ => reply,
    });
    town.write(&mut ann, bob.account(), "for bob alone").unwrap();
    assert_eq!(town.sync(&mut ann).unwrap_err(), Error::Wallet(WalletError::VerifierMisbehaved));
    town.behave();
    town.pass(Span::from_min(2));
    town.settle(&mut [&mut ann, &mut bob]);
    assert_eq!(bob.heard(&ann), ["for bob alone"]);
}

/// The first session of a phone with another, whose ratchet key is now zeros: what a first message with such a key leaves.
fn spoil(peer: &Peer) -> Peer {
    let encoded = minicbor::to_vec(peer.sessions.first().unwrap()).unwrap();
    let mut session: serde_json::Value =
        serde_json::from_slice(minicbor::decode::Decoder::new(&encoded).bytes().unwrap()).unwrap();
    fn zero(value: &mut serde_json::Value) -> usize {
        match value {
            serde_json::Value::Object(members) => members
                .iter_mut()
                .map(|(name, value)| {
                    if name == "ratchet_key" && value.is_array() {
                        *value = serde_json::json!(vec![0; 32]);
                        return 1;
                    }
                    zero(value)
                })
                .sum(),
            serde_json::Value::Array(items) => items.iter_mut().map(zero).sum(),
            _ => 0,
        }
    }
    assert!(zero(&mut session) > 0, "{session}");
    let mut bytes = Vec::new();
    minicbor::encode::Encoder::new(&mut bytes).bytes(&serde_json::to_vec(&session).unwrap()).unwrap();
    Peer { sessions: vec![minicbor::decode(&bytes).unwrap()], ..peer.clone() }
}

#[test]
fn a_contact_whose_ratchet_key_is_none_holds_up_nobody_else() {
    let (mut town, mut ann, mut bob) = two();
    let mut eve = town.phone("eve");
    ann.meets(&eve);
    eve.meets(&ann);
    town.write(&mut eve, ann.account(), "hello").unwrap();
    town.sync(&mut eve).unwrap();
    town.sync(&mut ann).unwrap();
    let peer: Peer = store::kept(ann.engine.store(), eve.device().as_bytes()).unwrap().unwrap();
    ann.engine.apply(vec![Change::put(&spoil(&peer))]).unwrap();
    town.write(&mut ann, eve.account(), "to eve").unwrap();
    town.write(&mut ann, bob.account(), "to bob").unwrap();
    town.sync(&mut ann).unwrap();
    town.sync(&mut bob).unwrap();
    assert_eq!(bob.heard(&ann), ["to bob"]);
    town.pass(Span::from_min(2));
    town.settle(&mut [&mut ann, &mut eve]);
    assert_eq!(eve.heard(&ann), ["to eve"], "on a session of our own");
}

#[test]
fn a_list_that_does_not_hold_keeps_nobody_elses_message() {
    let (mut town, mut ann, mut bob) = two();
    let mut eve = town.phone("eve");
    bob.meets(&eve);
    eve.meets(&bob);
    town.write(&mut eve, bob.account(), "from eve").unwrap();
    town.write(&mut ann, bob.account(), "from ann").unwrap();
    town.sync(&mut eve).unwrap();
    town.sync(&mut ann).unwrap();
    let eves = eve.account().to_hex();
    town.lie = Box::new(move |call, reply| {
        let hers = call.path == "/v1/devices" && call.query.contains(&eves);
        if hers { Reply { body: vec![0], ..reply } } else { reply }
    });
    assert_eq!(town.sync(&mut bob).unwrap_err(), Error::Wallet(WalletError::VerifierMisbehaved));
    assert_eq!((bob.heard(&ann), bob.heard(&eve).len()), (vec!["from ann".to_owned()], 0));
    // Hers waits for a list that holds, and is not taken for a stranger's.
    town.pass(Span::from_h(1));
    assert_eq!(town.sync(&mut bob).unwrap_err(), Error::Wallet(WalletError::VerifierMisbehaved));
    town.behave();
    town.sync(&mut bob).unwrap();
    assert_eq!((bob.heard(&eve), bob.mailbox().strangers), (vec!["from eve".to_owned()], 0));
}

#[test]
fn strangers_push_out_nobody_who_is_just_being_met() {
    let (mut town, _, mut bob) = two();
    let mut eve = town.phone("eve");
    eve.meets(&bob);
    let (table, key) = (Table::PAIRINGS, vec![1]);
    bob.engine.apply(vec![Change::Put { table, key: key.clone(), record: vec![0].into() }]).unwrap();
    town.write(&mut eve, bob.account(), "it is me").unwrap();
    town.sync(&mut eve).unwrap();
    for n in 0..9 {
        let mut stranger = town.phone(&format!("stranger-{n}"));
        stranger.meets(&bob);
        for _ in 0..8 {
            town.write(&mut stranger, bob.account(), "noise").unwrap();
        }
        town.sync(&mut stranger).unwrap();
    }
    town.sync(&mut bob).unwrap();
    bob.meets(&eve);
    bob.engine.apply(vec![Change::Drop { table, key }]).unwrap();
    town.sync(&mut bob).unwrap();
    assert_eq!((bob.heard(&eve), bob.mailbox().strangers), (vec!["it is me".to_owned()], 72));
}

#[test]
fn two_readings_at_once_forget_nothing_that_was_read() {
    let (mut town, mut ann, mut bob) = two();
    town.write(&mut ann, bob.account(), "one").unwrap();
    town.sync(&mut ann).unwrap();
    // One reading has begun; another reads all that is there, and the first one what came since.
    let mut slow = ReadMessages::new();
    let Step::Call(mut call) = slow.advance(&mut bob.engine, Input::Start, town.now).unwrap() else { panic!("a call") };
    let pages = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&pages);
    town.lie =
        Box::new(move |call, reply| with_page(call, reply, |page| seen.lock().unwrap().extend(page.messages.clone())));
    town.sync(&mut bob).unwrap();
    town.behave();
    town.write(&mut ann, bob.account(), "two").unwrap();
    town.sync(&mut ann).unwrap();
    while let Step::Call(next) = {
        let reply = town.call(&call);
        slow.advance(&mut bob.engine, Input::Reply(reply), town.now).unwrap()
    } {
        call = next;
    }
    assert_eq!(bob.heard(&ann), ["one", "two"]);
    // Played again, the first message is still known.
    let mut again = pages.lock().unwrap().clone();
    assert_eq!(again.len(), 1);
    again[0].number = MessageNumber::new(bob.mailbox().read.get() + 1);
    town.lie = Box::new(move |call, reply| with_page(call, reply, |page| page.messages = again.clone()));
    town.sync(&mut bob).unwrap();
    assert_eq!((bob.heard(&ann).len(), bob.mailbox().unreadable), (2, 0));
}
