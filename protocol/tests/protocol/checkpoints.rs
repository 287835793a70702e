//! Merkle trees against others' vectors and ours; account leaves; contradictions.

use crate::kinds::{file, hex};
use crate::vectors::{array, list};
use farthing_protocol::account_leaf::AccountLeaf;
use farthing_protocol::cbor;
use farthing_protocol::contradiction::{Contradiction, Unproven};
use farthing_protocol::id::{Digest, VerifierId};
use farthing_protocol::merkle::{Leaves, consistency, empty, follows, includes, inclusion, leaf, root};
use serde_json::Value;

fn digests(v: &Value) -> Vec<Digest> {
    v.as_array().unwrap().iter().map(|hash| Digest::new(array(hash))).collect()
}

fn number(v: &Value) -> u64 {
    v.as_u64().unwrap()
}

/// Roots and proofs come out as they are given, and hold.
fn tree(file: &Value, roots_from: u64) {
    let leaves: Vec<Digest> = list(file, "leaves").iter().map(|bytes| leaf(&hex(bytes))).collect();
    let roots = digests(&file["roots"]);
    let root_of = |size: u64| root(size, &mut Leaves(&leaves)).unwrap();
    for (size, given) in (roots_from..).zip(&roots) {
        assert_eq!(root_of(size), *given, "{size}");
    }
    for v in list(file, "inclusion") {
        let (index, size, path) = (number(&v["index"]), number(&v["size"]), digests(&v["path"]));
        assert_eq!(inclusion(index, size, &mut Leaves(&leaves)).unwrap(), path, "{v}");
        assert!(includes(&root_of(size), size, index, &leaves[index as usize], &path), "{v}");
    }
    for v in list(file, "consistency") {
        let (older, size, path) = (number(&v["older"]), number(&v["size"]), digests(&v["path"]));
        assert_eq!(consistency(older, size, &mut Leaves(&leaves)).unwrap(), path, "{v}");
        assert!(follows(&root_of(size), size, &root_of(older), older, &path), "{v}");
    }
}

#[test]
fn trees_are_those_of_certificate_transparency() {
    let path = format!("{}/tests/data/rfc9162-ct.json", env!("CARGO_MANIFEST_DIR"));
    let theirs: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(empty(), Digest::new(array(&theirs["empty"])));
    tree(&theirs, 1);
}

#[test]
fn trees() {
    let ours = file("merkle");
    tree(&ours, 0);
    let leaves = digests(&ours["leaf_hashes"]);
    let root_of = |size: u64| root(size, &mut Leaves(&leaves)).unwrap();
    for v in list(&ours, "invalid") {
        let (size, path) = (number(&v["size"]), digests(&v["path"]));
        let holds = if v["kind"] == "inclusion" {
            let index = number(&v["index"]);
            let of = leaves.get(index as usize).copied().unwrap_or(leaves[0]);
            includes(&root_of(size), size, index, &of, &path)
        } else {
            let older = number(&v["older"]);
            follows(&root_of(size), size, &root_of(older), older, &path)
        };
        assert!(!holds, "{v}");
    }
}

/// In larger trees: every proof holds for what it is about, and for nothing else.
#[test]
fn a_proof_is_of_one_leaf_and_one_tree() {
    let leaves: Vec<Digest> = (0_u32..70).map(|n| leaf(&n.to_be_bytes())).collect();
    let roots: Vec<Digest> = (0..=70).map(|size| root(size, &mut Leaves(&leaves)).unwrap()).collect();
    for size in 1..=70_u64 {
        let of = roots[size as usize];
        for index in 0..size {
            let path = inclusion(index, size, &mut Leaves(&leaves)).unwrap();
            assert!(includes(&of, size, index, &leaves[index as usize], &path));
            let other = ((index + 1) % size) as usize;
            assert!(size == 1 || !includes(&of, size, index, &leaves[other], &path));
        }
        for older in 0..=size {
            let path = consistency(older, size, &mut Leaves(&leaves)).unwrap();
            assert!(follows(&of, size, &roots[older as usize], older, &path));
            if older > 1 {
                assert!(!follows(&of, size, &roots[older as usize - 1], older, &path));
                assert!(!follows(&of, size, &leaf(b"another history"), older, &path));
            }
        }
    }
}

#[test]
fn account_leaves() {
    for v in list(&file("account-leaf"), "valid") {
        let leaf: AccountLeaf = cbor::decode(&hex(&v["bytes"])).unwrap();
        assert_eq!(v["hash"], leaf.hash().to_hex());
    }
}

#[test]
fn contradictions() {
    let file = file("contradiction");
    for v in list(&file, "valid") {
        let proof = Contradiction::decode(&hex(&v["bytes"])).unwrap();
        assert_eq!(proof.encode(), hex(&v["bytes"]));
        proof.prove(&VerifierId::new(array(&v["verifier"]))).unwrap();
        assert_eq!(proof.prove(&VerifierId::new([9; 32])).unwrap_err(), Unproven::NotSigned, "{}", v["name"]);
    }
    for v in list(&file, "invalid") {
        let found = match Contradiction::decode(&hex(&v["bytes"])) {
            Err(malformed) => malformed.kind(),
            Ok(proof) => match proof.prove(&VerifierId::new(array(&v["verifier"]))).unwrap_err() {
                Unproven::Malformed(malformed) => malformed.kind(),
                Unproven::NotSigned => "wrong_key",
                Unproven::NoContradiction => "value",
            },
        };
        assert_eq!(v["error"], found, "{}", v["name"]);
    }
}
