//! The audit of what people leave at the verifier besides money: devices, aliases, prekeys, messages.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "tests")]

mod support;

use farthing_protocol::alias::{Alias, AliasRecord, AliasRegister};
use farthing_protocol::cbor::{V1, Yes};
use farthing_protocol::cose::Signed;
use farthing_protocol::device::Scope;
use farthing_protocol::generation::{GenerationAct, GenerationNumber, Mark};
use farthing_protocol::http::{AliasBody, MEDIA_CBOR, MEDIA_OCTETS, PublishBody};
use farthing_protocol::id::*;
use farthing_protocol::key::{Ed25519Key, HpkePublicKey, OlmKey, Signer as _};
use farthing_protocol::message::Acknowledge;
use farthing_protocol::pairing::{RendezvousId, slot_path};
use farthing_protocol::prekeys::{PrekeyClaim, Prekeys};
use farthing_protocol::publication::{RequestPublish, RequestWithdraw};
use farthing_protocol::time::Span;
use farthing_verifier::audit::{Finding, audit};
use proptest::prelude::*;
use rusqlite::Connection;
use support::copy::copied;
use support::people::{NewList, done, list_receipt};
use support::*;

/// Accounts 3 (ada) and 4 (bob); devices 1 and 2 are their first, 3 and 4 ada's phone and tablet; 1 is revoked.
fn busy() -> Connection {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let order = world.order(&ada, &bob.by_alias(), 5);
    receipt(&world.pay(&ada, order));
    let (mut phone, mut tablet) = (world.phone(&ada, Scope::full(), 2), world.phone(&ada, Scope::full(), 2));
    if phone.device() > tablet.device() {
        std::mem::swap(&mut phone, &mut tablet);
    }
    let with_handles =
        NewList { handles: Some(&phone), ..NewList::of(3, &[&ada, &phone, &tablet], &[&phone, &tablet]) };
    list_receipt(&world.relist(&ada, &with_handles));
    list_receipt(&world.relist(&ada, &NewList::of(4, &[&phone, &tablet], &[])));

    let key = Ed25519Key::generate(&mut world.rng);
    let record = AliasRecord {
        version: V1,
        verifier: world.id,
        alias: Alias::new("ada-2").unwrap(),
        payee: *key.public(),
        hpke: HpkePublicKey::new([9; 32]),
        created: world.now.wall,
    };
    let record = Signed::sign(record, &key).unwrap();
    let register = phone.act(AliasRegister::new(world.header(&phone), record.bytes_hash()));
    let body = AliasBody { register, record: bytes(record.bytes()) };
    done(&world.post("/v1/aliases", MEDIA_CBOR, body.encode()));
    let (handle, expires) = (Alias::new("ada-2").unwrap().handle(), world.now.wall.plus(Span::from_h(1)));
    let header = world.header(&phone);
    let publish = RequestPublish::new(header, handle, expires, Locator::new([1; 16]), Digest::of(&[7; 256]));
    let body = PublishBody { publish: phone.act(publish), content: bytes(&[7; 256]) };
    done(&world.post("/v1/publications", MEDIA_CBOR, body.encode()));

    for number in [1, 2] {
        done(&world.act(&phone, "/v1/generations", |header| {
            GenerationAct::new(header, GenerationNumber::new(number), Mark::new([7; 16]), None)
        }));
    }
    let olm = |n| OlmKey::new([n; 32]);
    done(&world.act(&phone, "/v1/prekeys", |header| Prekeys::new(header, vec![olm(1), olm(2)], olm(3))));
    done(&world.act(&tablet, "/v1/prekeys", |header| Prekeys::new(header, vec![olm(4)], olm(5))));
    let claim = |header| PrekeyClaim::new(header, phone.account_id(), phone.device());
    assert_eq!(world.act(&bob, "/v1/claims", claim).status, 200);
    done(&world.send_message(&bob, &phone, &[7; 256]));
    done(&world.post(&slot_path(&RendezvousId::new([1; 16]), 1), MEDIA_OCTETS, vec![1]));
    world.verifier.into_connection()
}

#[test]
fn the_audit_catches_a_tampered_row_of_each_table() {
    let sound = busy();
    let report = audit(&sound, Seq::new(0), &mut |_, _| ()).unwrap();
    assert_eq!((report.accounts, report.orders, report.entries, report.seq), (2, 1, 6, 5));
    for tampering in [
        "UPDATE lists SET signed = (SELECT list FROM accounts WHERE number = 3) WHERE seq = 5",
        "UPDATE lists SET account = 4 WHERE seq = 5",
        "DELETE FROM lists WHERE seq = 5",
        "DELETE FROM lists WHERE seq = 4",
        "UPDATE transactions SET kind = 1 WHERE seq = 5",
        "UPDATE transactions SET kind = 3 WHERE seq = 3",
        "UPDATE transactions SET receipt = (SELECT receipt FROM transactions WHERE seq = 4) WHERE seq = 5",
        "DELETE FROM entries WHERE seq = 5",
        "UPDATE entries SET account = 4 WHERE seq = 5",
        "INSERT INTO entries VALUES (4, 5, 4)",
        "INSERT INTO postings VALUES (5, 3, 1, -1), (5, 4, 1, 1)",
        "UPDATE devices SET revoked_seq = NULL WHERE number = 1",
        "UPDATE devices SET revoked_seq = 4 WHERE number = 1",
        "UPDATE devices SET revoked_seq = 5 WHERE number = 3",
        "UPDATE devices SET certificate = (SELECT certificate FROM devices WHERE number = 3) WHERE number = 4",
        "DELETE FROM devices WHERE number = 4",
        "UPDATE accounts SET list = (SELECT signed FROM lists WHERE seq = 5) WHERE number = 3",
        "UPDATE handles SET state = 1 WHERE device = 1 AND state = 4",
        "UPDATE devices SET generation = 1 WHERE generation = 2",
        "UPDATE devices SET generation = 3 WHERE generation = 2",
        "UPDATE devices SET generation = NULL, mark = NULL WHERE generation = 2",
        "UPDATE devices SET mark = zeroblob(16) WHERE generation = 2",
        "UPDATE devices SET generation = 2, mark = (SELECT mark FROM devices WHERE generation = 2) WHERE number = 4",
        "UPDATE devices SET last_message = 0 WHERE last_message > 0",
        "UPDATE acts SET kind = 9 WHERE kind = 8",
        "UPDATE acts SET kind = 1 WHERE kind = 2",
        "UPDATE acts SET device = 3 WHERE device = 4",
        "DELETE FROM acts WHERE kind = 3",
        "DELETE FROM acts WHERE kind = 5",
        "DELETE FROM acts WHERE kind = 6",
        "DELETE FROM acts WHERE kind = 8",
        "UPDATE handles SET account = 4 WHERE state = 5 AND device = 3",
        "UPDATE aliases SET record = (SELECT record FROM aliases WHERE alias = 'bob') WHERE alias = 'ada-2'",
        "UPDATE publications SET expires_ms = expires_ms + 1",
        "UPDATE publications SET locator = zeroblob(16)",
        "UPDATE request_contents SET content = zeroblob(256)",
        "DELETE FROM request_contents",
        "UPDATE prekeys SET device = 3 WHERE device = 4",
        "UPDATE prekeys SET place = 9 WHERE device = 4",
        "INSERT INTO prekeys SELECT 99, device, of_account, of_act, place FROM claims",
        "UPDATE fallbacks SET act = (SELECT act FROM fallbacks WHERE device = 3) WHERE device = 4",
        "INSERT INTO fallbacks SELECT 1, account, act FROM fallbacks WHERE device = 3",
        "UPDATE claims SET place = 9",
        "UPDATE claims SET place = 1",
        "UPDATE claims SET device = 4",
        "DELETE FROM claims",
        "UPDATE messages SET content = zeroblob(256)",
        "UPDATE messages SET device = 4",
        "UPDATE messages SET number = number + 1",
        "UPDATE correspondents SET other = 4, account = 3",
        "DELETE FROM correspondents",
        "UPDATE rendezvous SET expires_ms = expires_ms + 1",
        "DELETE FROM slots",
        "UPDATE slots SET rendezvous = 9",
    ] {
        let copy = copied(&sound);
        copy.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        assert!(copy.execute(tampering, []).unwrap() > 0, "{tampering}");
        let found = audit(&copy, Seq::new(0), &mut |_, _| ());
        assert!(matches!(found, Err(Finding::Mismatch(_))), "{tampering}: {found:?}");
    }
}

#[test]
fn a_backup_holds_what_waits_for_somebody() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("backup.db");
    let live = busy();
    farthing_verifier::audit::copy(&live, &to).unwrap();
    let backup = Connection::open(&to).unwrap();
    audit(&backup, Seq::new(0), &mut |_, _| ()).unwrap();
    for table in ["lists", "prekeys", "fallbacks", "claims", "messages", "correspondents", "publications", "slots"] {
        let rows: i64 = backup.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
        assert!(rows > 0, "{table}");
    }
}

#[derive(Clone, Debug)]
enum Act {
    Add(usize),
    Drop(usize, usize),
    Upload(usize, u8),
    Claim(usize, usize),
    Message(usize, usize),
    Acknowledge(usize),
    Publish(usize, u8, u64),
    Withdraw(usize, u8),
    Tell(usize, u64, bool),
    Request(usize),
    Slot(u8, u8),
    Pass(u64),
    Restart,
}

fn acts() -> impl Strategy<Value = Act> {
    let who = || 0..6_usize;
    prop_oneof![
        2 => (0..2_usize).prop_map(Act::Add),
        2 => (0..2_usize, who()).prop_map(|(account, keep)| Act::Drop(account, keep)),
        3 => (who(), 0..4_u8).prop_map(|(of, keys)| Act::Upload(of, keys)),
        3 => (who(), who()).prop_map(|(by, of)| Act::Claim(by, of)),
        4 => (who(), who()).prop_map(|(from, to)| Act::Message(from, to)),
        2 => who().prop_map(Act::Acknowledge),
        2 => (who(), 0..3_u8, 1..200_u64).prop_map(|(of, locator, hours)| Act::Publish(of, locator, hours)),
        1 => (who(), 0..3_u8).prop_map(|(of, locator)| Act::Withdraw(of, locator)),
        2 => (who(), 0..5_u64, any::<bool>()).prop_map(|(of, number, stock)| Act::Tell(of, number, stock)),
        2 => who().prop_map(Act::Request),
        1 => (0..2_u8, 1..3_u8).prop_map(|(id, slot)| Act::Slot(id, slot)),
        3 => (1..80_u64).prop_map(Act::Pass),
        1 => Just(Act::Restart),
    ]
}

/// Two accounts and their phones, the newest of each last.
struct People {
    accounts: [Vec<Wallet>; 2],
    counters: [u64; 2],
}

impl People {
    fn phone(&self, index: usize) -> &Wallet {
        let phones = &self.accounts[index % 2];
        &phones[index / 2 % phones.len()]
    }
}

/// Does one act; that it may be refused is as it should be.
fn act(world: &mut World, people: &mut People, act: &Act) {
    match act {
        Act::Add(account) => {
            let counter = people.counters[*account] + 1;
            let new = world.phone(&people.accounts[*account][0], Scope::full(), counter);
            people.accounts[*account].push(new);
            let phones: Vec<_> = people.accounts[*account].iter().collect();
            let new = phones[phones.len() - 1];
            let list = NewList { handles: Some(new), ..NewList::of(counter, &phones, &[new]) };
            list_receipt(&world.relist(new, &list));
            people.counters[*account] = counter;
        }
        Act::Drop(account, keep) => {
            let phones = &mut people.accounts[*account];
            let kept = phones.remove(keep % phones.len());
            phones.clear();
            people.counters[*account] += 1;
            list_receipt(&world.relist(&kept, &NewList::of(people.counters[*account], &[&kept], &[])));
            phones.push(kept);
        }
        Act::Upload(of, keys) => {
            let keys = (0..*keys).map(|n| OlmKey::new([n + 1; 32])).collect();
            let of = people.phone(*of);
            done(&world.act(of, "/v1/prekeys", |header| Prekeys::new(header, keys, OlmKey::new([99; 32]))));
        }
        Act::Claim(by, of) => {
            let (by, of) = (people.phone(*by), people.phone(*of));
            world.act(by, "/v1/claims", |header| PrekeyClaim::new(header, of.account_id(), of.device()));
        }
        Act::Message(from, to) => {
            let (from, to) = (people.phone(*from), people.phone(*to));
            if from.device() != to.device() {
                world.send_message(from, to, &[7; 256]);
            }
        }
        Act::Acknowledge(of) => {
            let upto = MessageNumber::new(world.now.wall.as_ms());
            done(&world.act(people.phone(*of), "/v1/acknowledgements", |header| Acknowledge::new(header, upto)));
        }
        Act::Publish(of, locator, hours) => {
            let of = people.phone(*of);
            let (locator, expires) = (Locator::new([*locator; 16]), world.now.wall.plus(Span::from_h(*hours)));
            let header = world.header(of);
            let act = RequestPublish::new(header, of.alias.handle(), expires, locator, Digest::of(&[7; 256]));
            let body = PublishBody { publish: of.act(act), content: bytes(&[7; 256]) };
            world.post("/v1/publications", MEDIA_CBOR, body.encode());
        }
        Act::Withdraw(of, locator) => {
            let locator = Locator::new([*locator; 16]);
            world.act(people.phone(*of), "/v1/withdrawals", |header| RequestWithdraw::new(header, locator));
        }
        Act::Tell(of, number, drop_stock) => {
            let (number, drop_stock) = (GenerationNumber::new(*number), drop_stock.then_some(Yes));
            world.act(people.phone(*of), "/v1/generations", |header| {
                GenerationAct::new(header, number, Mark::new([7; 16]), drop_stock)
            });
        }
        Act::Request(of) => {
            let phones = &mut people.accounts[of % 2];
            let index = of / 2 % phones.len();
            let phone = &mut phones[index];
            if !phone.stock.is_empty() {
                let (wall, expires) = (world.now.wall, world.now.wall.plus(Span::from_h(40)));
                let bound = phone.bind(world.id, None, wall, expires, &mut world.rng);
                world.post("/v1/requests", MEDIA_CBOR, bound.body.encode());
            }
        }
        Act::Slot(id, slot) => {
            world.post(&slot_path(&RendezvousId::new([*id; 16]), *slot), MEDIA_OCTETS, vec![1]);
        }
        Act::Pass(hours) => {
            world.pass(Span::from_h(*hours));
            while world.verifier.sweep(world.now).unwrap() {}
        }
        Act::Restart => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    /// Sweeps, revocations and acts in any order leave nothing that the audit takes for tampered with, and nothing fails.
    #[test]
    fn the_audit_holds_whatever_people_do(acts in proptest::collection::vec(acts(), 1..60)) {
        let mut world = World::new();
        let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
        let mut people = People { accounts: [vec![ada], vec![bob]], counters: [1, 1] };
        for next in &acts {
            act(&mut world, &mut people, next);
            if matches!(next, Act::Restart) {
                world = world.restart();
            }
            if matches!(next, Act::Pass(_)) {
                let report = world.audit();
                prop_assert!(report.is_ok(), "{:?}", report);
            }
        }
        let report = world.audit();
        prop_assert!(report.is_ok(), "{:?}", report);
    }
}
