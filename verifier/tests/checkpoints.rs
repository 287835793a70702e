//! Periodic checkpoints: when they are made, what they and their proofs say, to whom, and that the audit recomputes them.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use farthing_protocol::checkpoint::Checkpoint;
use farthing_protocol::code::ProblemCode;
use farthing_protocol::cose::{Signed, SignedBytes};
use farthing_protocol::http::{AccountProof, CheckpointStatus, EntriesPage, EntryProof, Problem};
use farthing_protocol::id::Seq;
use farthing_protocol::key::Signer as _;
use farthing_protocol::merkle::{follows, includes, leaf};
use farthing_protocol::time::Span;
use farthing_verifier::audit::audit;
use farthing_verifier::{Reopening, SEAL_EVERY, Setup, Verifier};
use rusqlite::Connection;
use support::*;

fn checkpoints(world: &mut World, by: &Wallet, query: &str) -> CheckpointStatus {
    CheckpointStatus::decode(&world.read(by, "/v1/checkpoints", query).body).unwrap()
}

fn parsed(bytes: &SignedBytes) -> Checkpoint {
    let signed = Signed::<Checkpoint>::parse(bytes.as_slice()).unwrap();
    signed.verify(keys().signing().public()).unwrap().signed().claims().clone()
}

fn newest(world: &mut World, by: &Wallet) -> Option<Checkpoint> {
    checkpoints(world, by, "").newest.as_ref().map(parsed)
}

/// So many payments of one unit from one to the other's alias.
fn pay(world: &mut World, from: &Wallet, to: &Wallet, times: usize) {
    for _ in 0..times {
        let order = world.order(from, &to.by_alias(), 1);
        receipt(&world.pay(from, order));
    }
}

#[test]
fn the_first_entry_is_sealed_at_once_then_time_or_many_entries() {
    let mut world = World::new();
    let ada = world.wallet("ada");
    let first = newest(&mut world, &ada).unwrap();
    assert_eq!((first.first_seq, first.roots.len()), (Seq::new(2), 2), "the grant");
    let bob = world.wallet("bob");
    pay(&mut world, &ada, &bob, 3);
    assert_eq!(newest(&mut world, &ada).unwrap(), first, "not for each order");
    world.pass(SEAL_EVERY);
    assert!(world.verifier.seal(world.now, false).unwrap(), "nobody need come by for that");
    assert!(!world.verifier.seal(world.now, false).unwrap());
    assert!(!world.verifier.seal(world.now, true).unwrap(), "there is nothing new");
    let second = newest(&mut world, &ada).unwrap();
    assert_eq!(second.first_seq, Seq::new(6));
    world.pass(SEAL_EVERY);
    pay(&mut world, &ada, &bob, 1);
    assert_eq!(newest(&mut world, &ada).unwrap().first_seq, Seq::new(7), "in the order's own transaction");
}

/// Over more than one stored node, in every distance from it.
#[test]
fn every_receipt_is_in_the_log_and_every_log_begins_with_the_one_before() {
    let mut world = World::new();
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    let mut sealed: Vec<Checkpoint> = vec![newest(&mut world, &ada).unwrap()];
    for step in [1, 2, 60, 190, 3, 255, 40] {
        pay(&mut world, &ada, &bob, step);
        world.verifier.seal(world.now, true).unwrap();
        let known = sealed.last().unwrap().clone();
        let query = format!("epoch=1&seq={}", known.first_seq);
        let status = checkpoints(&mut world, &ada, &query);
        let (newer, at) = (parsed(&status.newest.unwrap()), parsed(&status.at.unwrap()));
        assert_eq!(at, known);
        let (old, new) = (known.sealed().unwrap(), newer.sealed().unwrap());
        assert!(follows(&new.log, new.size, &old.log, old.size, &status.consistency));
        assert!(!follows(&new.log, new.size, &new.log, old.size, &status.consistency));
        sealed.push(newer);
    }
    let last = sealed.last().unwrap().sealed().unwrap();
    assert_eq!(last.size, 553);
    for first in &sealed {
        let status = checkpoints(&mut world, &bob, &format!("epoch=1&seq={}", first.first_seq));
        let old = first.sealed().unwrap();
        assert!(follows(&last.log, last.size, &old.log, old.size, &status.consistency) || old.size == last.size);
    }
    let mut after = 0;
    loop {
        let page = world.read(&ada, "/v1/entries", &format!("epoch=1&seq={after}"));
        let page = EntriesPage::decode(&page.body).unwrap();
        for entry in page.entries.iter().step_by(7) {
            let query = format!("seq={}&size={}", entry.seq, last.size);
            let proof = EntryProof::decode(&world.read(&ada, "/v1/checkpoints/entry", &query).body).unwrap();
            let hash = leaf(entry.receipt.as_slice());
            assert!(includes(&last.log, last.size, entry.seq.get() - 1, &hash, &proof.path), "{}", entry.seq);
        }
        after = page.entries.last().unwrap().seq.get();
        if !page.more {
            break;
        }
    }
    audit(&world.verifier.into_connection(), Seq::new(0), &mut |_, _| {}).unwrap();
}

#[test]
fn proofs_are_for_ones_own_entries_and_account_alone() {
    let mut world = World::new();
    let (ada, bob, cy) = (world.wallet("ada"), world.wallet("bob"), world.wallet("cyr"));
    pay(&mut world, &ada, &bob, 2);
    world.verifier.seal(world.now, true).unwrap();
    let size = newest(&mut world, &ada).unwrap().sealed().unwrap().size;
    let nothing = |world: &mut World, by: &Wallet, query: &str| {
        let reply = world.read(by, "/v1/checkpoints/entry", query);
        assert_eq!(Problem::from_json(&reply.body).unwrap().code, ProblemCode::NotFound, "{query}");
    };
    nothing(&mut world, &cy, &format!("seq=4&size={size}"));
    nothing(&mut world, &ada, &format!("seq=4&size={}", size + 1));
    nothing(&mut world, &ada, "seq=4&size=3");
    nothing(&mut world, &ada, "seq=0&size=3");
    let mut salts = Vec::new();
    // What was entered since the checkpoint changes nothing of what it said.
    pay(&mut world, &ada, &bob, 1);
    for (wallet, last, units) in [(&ada, 5, 99_999_998), (&bob, 5, 100_000_002), (&cy, 3, 100_000_000)] {
        let proof = AccountProof::decode(&world.read(wallet, "/v1/checkpoints/account", "").body).unwrap();
        let of = parsed(&proof.checkpoint).sealed().unwrap();
        assert!(includes(&of.accounts, proof.size, proof.index, &proof.leaf.hash(), &proof.path));
        assert_eq!((proof.leaf.account, proof.leaf.last), (wallet.account_id(), Seq::new(last)));
        assert_eq!(proof.leaf.balances.iter().map(|row| row.balance).collect::<Vec<_>>(), [units]);
        salts.push(proof.leaf.salt);
    }
    salts.dedup();
    assert_eq!(salts.len(), 3, "each leaf has a salt of its own");
}

#[test]
fn a_restored_ledger_goes_on_with_its_log_in_a_chain_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::on(Connection::open(folder.path().join("ledger")).unwrap(), &Setup::open(URL, usd(), 100));
    let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
    pay(&mut world, &ada, &bob, 2);
    let World { mut now, rng, id, verifier } = world;
    let connection = verifier.into_connection();
    now.wall = now.wall.plus(Span::from_min(1));
    let again = farthing_verifier::Keys::from_seeds([7; 32], [8; 32]);
    let (verifier, opened) = Verifier::restore(connection, &root(), again, &Reopening::default(), now).unwrap();
    let mut world = World { verifier, now, rng, id };
    assert!(!world.verifier.seal(world.now, true).unwrap(), "an epoch says nothing before its first entry");
    let order = world.order(&ada, &bob.by_alias(), 1);
    assert_eq!(world.pay(&ada, order).status, 200);
    let status = checkpoints(&mut world, &ada, "epoch=1&seq=2");
    let newest = Signed::<Checkpoint>::parse(status.newest.unwrap().as_slice()).unwrap();
    let (newer, old) = (newest.claims().clone(), parsed(&status.at.unwrap()));
    assert_eq!((newer.epoch, newer.first_seq), (opened.epoch, opened.first_seq.next()));
    let (new, old) = (newer.sealed().unwrap(), old.sealed().unwrap());
    assert!(follows(&new.log, new.size, &old.log, old.size, &status.consistency));
    let db = world.verifier.into_connection();
    let opening: Vec<u8> =
        db.query_row("SELECT signed FROM checkpoints WHERE epoch = 2", [], |row| row.get(0)).unwrap();
    assert_eq!(newer.previous, Some(Signed::<Checkpoint>::parse(&opening).unwrap().hash()));
    audit(&db, Seq::new(0), &mut |_, _| {}).unwrap();
}

#[test]
fn the_audit_recomputes_every_checkpoint() {
    for sql in [
        "UPDATE seals SET signed = zeroblob(100) WHERE first_seq = 2",
        "UPDATE seals SET signed = (SELECT signed FROM seals WHERE first_seq = 2) WHERE first_seq > 2",
        "UPDATE seals SET leaves = zeroblob(64) WHERE first_seq > 2",
        "UPDATE seals SET epoch = 2",
        "DELETE FROM seals WHERE first_seq = 2",
        "DELETE FROM seals WHERE first_seq > 2",
        "UPDATE log_nodes SET hash = zeroblob(32)",
        "DELETE FROM log_nodes",
        "INSERT INTO log_nodes VALUES (16, 0, zeroblob(32))",
        "UPDATE ledger SET leaf_secret = zeroblob(32)",
        "UPDATE ledger SET sealed_seq = 1",
    ] {
        let mut world = World::new();
        let (ada, bob) = (world.wallet("ada"), world.wallet("bob"));
        pay(&mut world, &ada, &bob, 256);
        world.verifier.seal(world.now, true).unwrap();
        let db = world.verifier.into_connection();
        audit(&db, Seq::new(0), &mut |_, _| {}).unwrap();
        assert!(db.execute(sql, []).unwrap() > 0, "{sql}");
        assert!(audit(&db, Seq::new(0), &mut |_, _| {}).is_err(), "{sql}");
    }
}
