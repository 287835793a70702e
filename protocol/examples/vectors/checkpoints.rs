//! Checkpoints: Merkle trees with their proofs, contradictions, and the bodies that they travel in.

use crate::bodies::bytes_of;
use crate::json;
use crate::keys::{bytes, ed25519, hex};
use crate::samples::{account_id, certificate, checkpoint, periodic, signed, usd};
use farthing_protocol::account_leaf::{AccountLeaf, LeafSalt};
use farthing_protocol::cbor::encode;
use farthing_protocol::checkpoint::Checkpoint;
use farthing_protocol::contradiction::Contradiction;
use farthing_protocol::cose::Verified;
use farthing_protocol::http::{AccountProof, Around, AssetBalance, CheckpointStatus, EntryProof};
use farthing_protocol::id::{AccountId, Digest, Seq};
use farthing_protocol::key::Signer as _;
use farthing_protocol::merkle::{self, Leaves, consistency, follows, includes, inclusion, root};
use farthing_protocol::time::Span;
use farthing_protocol::verifier_certificate::{VerifierCertificate, verify_chain};
use serde_json::{Value, json};

/// Stand for the receipts of a ledger: here any bytes.
pub(crate) const RECEIPTS: [&str; 7] = ["", "a", "bc", "def", "ghij", "klmno", "pqrstu"];

/// The files.
pub(crate) fn files() -> Vec<(String, Value)> {
    [("merkle", trees()), ("contradiction", contradictions()), ("account-leaf", leaves())]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
}

fn log() -> Vec<Digest> {
    RECEIPTS.iter().map(|receipt| merkle::leaf(receipt.as_bytes())).collect()
}

pub(crate) fn log_root() -> Digest {
    root(RECEIPTS.len() as u64, &mut Leaves(&log())).unwrap()
}

fn leaf(name: &str) -> AccountLeaf {
    let account = if name == "own" { account_id() } else { AccountId::new(crate::keys::bytes_16(name)) };
    AccountLeaf {
        salt: LeafSalt::new(bytes(&format!("salt of {name}"))),
        account,
        last: Seq::new(6),
        balances: vec![AssetBalance { asset: usd(0).asset(), balance: 20_476_500 }],
    }
}

fn accounts() -> [Digest; 2] {
    ["another account", "own"].map(|name| leaf(name).hash())
}

pub(crate) fn accounts_root() -> Digest {
    root(2, &mut Leaves(&accounts())).unwrap()
}

fn digests(path: &[Digest]) -> Vec<String> {
    path.iter().map(Digest::to_hex).collect()
}

fn trees() -> Value {
    let log = log();
    let size = log.len() as u64;
    let root_of = |size: u64| root(size, &mut Leaves(&log)).unwrap();
    let included = |index: u64, size: u64| {
        let path = inclusion(index, size, &mut Leaves(&log)).unwrap();
        assert!(includes(&root_of(size), size, index, &log[index as usize], &path));
        json!({"name": format!("leaf {index} of {size}"), "index": index, "size": size, "path": digests(&path)})
    };
    let consistent = |older: u64, size: u64| {
        let path = consistency(older, size, &mut Leaves(&log)).unwrap();
        assert!(follows(&root_of(size), size, &root_of(older), older, &path));
        json!({"name": format!("{older} of {size}"), "older": older, "size": size, "path": digests(&path)})
    };
    let pairs: Vec<(u64, u64)> = (1..=size).flat_map(|size| (0..size).map(move |index| (index, size))).collect();
    let path = digests(&inclusion(4, size, &mut Leaves(&log)).unwrap());
    let grown = digests(&consistency(3, size, &mut Leaves(&log)).unwrap());
    let not_in = |name: &str, index: u64, size: u64, path: &[String]| json!({"name": name, "kind": "inclusion", "index": index, "size": size, "path": path});
    let not_from = |name: &str, older: u64, size: u64, path: &[String]| json!({"name": name, "kind": "consistency", "older": older, "size": size, "path": path});
    let longer = [&path[..], &path[..1]].concat();
    let reversed: Vec<String> = path.iter().rev().cloned().collect();
    let grown_longer = [&grown[..], &grown[..1]].concat();
    json!({
        "leaves": RECEIPTS.map(|receipt| hex(receipt.as_bytes())),
        "leaf_hashes": digests(&log),
        "roots": (0..=size).map(|size| root_of(size).to_hex()).collect::<Vec<_>>(),
        "inclusion": pairs.iter().map(|(index, size)| included(*index, *size)).collect::<Vec<_>>(),
        "consistency": pairs.iter().filter(|(older, _)| *older > 0).map(|(older, size)| consistent(*older, *size)).collect::<Vec<_>>(),
        "invalid": [
            not_in("the path of another leaf", 3, size, &path),
            not_in("a path that is too short", 4, size, &path[1..]),
            not_in("a path that is too long", 4, size, &longer),
            not_in("a path upside down", 4, size, &reversed),
            not_in("no path", 4, size, &[]),
            not_in("a leaf beyond the end", 7, size, &path),
            not_from("the path from another size", 4, size, &grown),
            not_from("a path that is too short", 3, size, &grown[1..]),
            not_from("a path that is too long", 3, size, &grown_longer),
            not_from("no path", 3, size, &[]),
            not_from("from a larger tree", 7, 3, &grown),
        ],
    })
}

fn leaves() -> Value {
    let own = leaf("own");
    let bytes = encode(&own);
    json!({"valid": [{"name": "one asset", "fields": json::of(&bytes), "bytes": hex(&bytes), "hash": own.hash().to_hex()}]})
}

fn verified(checkpoint: Checkpoint) -> Verified<Checkpoint> {
    let key = ed25519("signing");
    signed(checkpoint, &key).verify(key.public()).unwrap()
}

fn certified() -> Vec<Verified<VerifierCertificate>> {
    let verifier = certificate().root.verifier_id();
    vec![verify_chain(signed(certificate(), &ed25519("root")), &verifier).unwrap()]
}

fn contradictions() -> Value {
    let verifier = certificate().root.verifier_id();
    let other_roots = |place: u64, n: u8| Checkpoint {
        first_seq: Seq::new(place),
        roots: vec![Digest::new([n; 32]), Digest::new([n + 1; 32])],
        ..periodic()
    };
    let made = |one: &Verified<Checkpoint>, other: &Verified<Checkpoint>, before: Option<&Verified<Checkpoint>>| {
        Contradiction::new(&certified(), one, other, before).unwrap()
    };
    let shown = |name: &str, proof: &Contradiction| {
        proof.prove(&verifier).unwrap();
        let bytes = proof.encode();
        json!({"name": name, "verifier": verifier.to_hex(), "fields": json::of(&bytes), "bytes": hex(&bytes)})
    };
    let wrong = |name: &str, error: &str, proof: &Contradiction| {
        assert!(proof.prove(&verifier).is_err(), "{name}");
        json!({"name": name, "step": "verify", "error": error, "verifier": verifier.to_hex(), "bytes": hex(&proof.encode())})
    };
    let (opening, one) = (verified(checkpoint()), verified(periodic()));
    let same_place = verified(other_roots(8, 3));
    let later = verified(Checkpoint { previous: Some(opening.hash()), ..other_roots(12, 5) });
    let next = verified(Checkpoint { previous: Some(one.hash()), ..other_roots(12, 5) });
    let elsewhere = verified(Checkpoint { epoch: opening.epoch.next(), ..other_roots(8, 3) });
    let opened_again = verified(Checkpoint { time: checkpoint().time.plus(Span::from_s(1)), ..checkpoint() });
    let uncertified = Contradiction { certificates: Vec::new(), ..made(&one, &same_place, None) };
    let foreign =
        Contradiction { other: bytes_of(other_roots(8, 3), &ed25519("account")), ..made(&one, &same_place, None) };
    let cut = made(&one, &same_place, None).encode();
    json!({
        "valid": [
            shown("two at one place", &made(&one, &same_place, None)),
            shown("one that is left out", &made(&one, &later, Some(&opening))),
            shown("an epoch that was opened twice", &made(&opening, &opened_again, None)),
        ],
        "invalid": [
            wrong("the same twice", "value", &made(&one, &one, None)),
            wrong("one after the other", "value", &made(&one, &next, Some(&one))),
            wrong("a later one without the one before it", "value", &made(&one, &later, None)),
            wrong("an opening one and the first after it", "value", &made(&opening, &one, None)),
            wrong("of two epochs", "wrong_key", &made(&one, &elsewhere, None)),
            wrong("a checkpoint of nobody's key", "wrong_key", &foreign),
            {"name": "no certificate", "step": "parse", "error": "value", "verifier": verifier.to_hex(), "bytes": hex(&uncertified.encode())},
            {"name": "cut by a byte", "step": "parse", "error": "truncated", "verifier": verifier.to_hex(), "bytes": hex(&cut[..cut.len() - 1])},
            {"name": "an unknown member", "step": "parse", "error": "not_canonical", "verifier": verifier.to_hex(), "bytes": hex(&[&[0xa5], &cut[1..], &[0x05, 0x00]].concat())},
        ],
    })
}

/// Each body's name and bytes.
pub(crate) fn bodies() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let signing = ed25519("signing");
    let newest = bytes_of(periodic(), &signing);
    let log = log();
    let none = CheckpointStatus { newest: None, at: None, around: None, consistency: Vec::new() };
    let first = CheckpointStatus { newest: Some(newest.clone()), ..none.clone() };
    let known = CheckpointStatus { at: Some(newest.clone()), ..first.clone() };
    let between = CheckpointStatus {
        around: Some(Around { before: bytes_of(checkpoint(), &signing), after: newest.clone() }),
        consistency: consistency(3, 7, &mut Leaves(&log)).unwrap(),
        ..first.clone()
    };
    let account = AccountProof {
        checkpoint: newest,
        leaf: leaf("own"),
        index: 1,
        size: 2,
        path: inclusion(1, 2, &mut Leaves(&accounts())).unwrap(),
    };
    vec![
        ("checkpoint-status", "before the first", none.encode()),
        ("checkpoint-status", "the first that is heard of", first.encode()),
        ("checkpoint-status", "nothing new", known.encode()),
        ("checkpoint-status", "a place between two", between.encode()),
        (
            "entry-proof",
            "the fifth of seven",
            EntryProof { path: inclusion(4, 7, &mut Leaves(&log)).unwrap() }.encode(),
        ),
        ("account-proof", "the second of two", account.encode()),
    ]
}
