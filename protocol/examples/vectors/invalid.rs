//! Ways to be wrong that every object has.

use crate::cose_bytes::{Parts, cbor, header, map, members};
use crate::keys::{Key, ed25519, hex};
use farthing_protocol::cbor::encode;
use farthing_protocol::cose::{Object, Signed};
use farthing_protocol::key::Signer as _;
use serde_json::{Value, json};

/// A vector that parsing refuses.
pub(crate) fn refused(name: &str, error: &str, bytes: &[u8]) -> Value {
    json!({"name": name, "step": "parse", "error": error, "bytes": hex(bytes)})
}

fn unverified(name: &str, error: &str, bytes: &[u8], key: &Key) -> Value {
    json!({"name": name, "step": "verify", "error": error, "public_key": hex(&encode(key.public())), "bytes": hex(bytes)})
}

/// The wrong forms of an object with this payload, each signed so that nothing else is wrong with it.
pub(crate) fn general(kind: &str, payload: &[u8], key: &Key) -> Vec<Value> {
    [wrong_payload(kind, payload, key), wrong_cose(kind, payload, key), wrong_key(kind, payload, key)].concat()
}

fn wrong_payload(kind: &str, payload: &[u8], key: &Key) -> Vec<Value> {
    let all = members(payload);
    let count = payload[0] & 0x1f;
    let signed = |payload: &[u8]| Parts::right(kind, payload, key).signed(key);
    let version = |value: &[u8]| [&[payload[0], 0x00], value, &payload[3..]].concat();
    let swapped = [&all[..all.len() - 2], &[all[all.len() - 1].clone(), all[all.len() - 2].clone()]].concat();
    let twice = [&all[..], &all[all.len() - 1..]].concat();
    let unknown = [&all[..], &[(vec![0x18, 0x63], vec![0x00])]].concat();
    let without = [&all[..1], &all[2..]].concat();
    let newer = |members: &[(Vec<u8>, Vec<u8>)]| [&[(vec![0x00], vec![0x02])], &members[1..]].concat();
    vec![
        refused("a number in a longer form than needed", "not_canonical", &signed(&version(&[0x18, 0x01]))),
        refused(
            "the map's length in a longer form",
            "not_canonical",
            &signed(&[&[0xb8, count][..], &payload[1..]].concat()),
        ),
        refused(
            "the map of indefinite length",
            "not_canonical",
            &signed(&[&[0xbf][..], &payload[1..], &[0xff]].concat()),
        ),
        refused("the last two members swapped", "not_canonical", &signed(&map(&swapped))),
        refused("the last member twice", "not_canonical", &signed(&map(&twice))),
        refused("an unknown member", "not_canonical", &signed(&map(&unknown))),
        refused("member 1 missing", "cbor", &signed(&map(&without))),
        refused("a float for the version", "cbor", &signed(&version(&[0xf9, 0x3c, 0x00]))),
        refused("a tagged version", "cbor", &signed(&version(&[0xc1, 0x01]))),
        refused("the version as text", "cbor", &signed(&version(&[0x61, 0x31]))),
        refused("version 2", "unknown_version", &signed(&version(&[0x02]))),
        refused("version 0", "unknown_version", &signed(&version(&[0x00]))),
        refused("version 2 with an unknown member", "unknown_version", &signed(&map(&newer(&unknown)))),
        refused("version 2 with only that", "unknown_version", &signed(&map(&newer(&all[..1])))),
        refused("a negative version", "cbor", &signed(&version(&[0x20]))),
        refused("no version", "cbor", &signed(&map(&all[1..]))),
        refused("an array for the map", "cbor", &signed(&[&[0x80 | count][..], &payload[1..]].concat())),
        refused("the payload cut by a byte", "truncated", &signed(&payload[..payload.len() - 1])),
        refused("a byte after the payload", "not_canonical", &signed(&[payload, &[0x00]].concat())),
        refused("an empty payload", "truncated", &signed(&[])),
    ]
}

fn wrong_cose(kind: &str, payload: &[u8], key: &Key) -> Vec<Value> {
    let right = Parts::right(kind, payload, key);
    let bytes = right.signed(key);
    let kid = *key.public().kid().as_bytes();
    let of = |protected: Vec<u8>| Parts { protected, ..right.clone() }.signed(key);
    let alg = header(key)[2];
    let other_alg = |value: i8| {
        of(cbor(|e| {
            e.map(2).unwrap().u8(1).unwrap().i8(value).unwrap().u8(4).unwrap().bytes(&kid).unwrap();
        }))
    };
    let with_type = cbor(|e| {
        e.map(3).unwrap().u8(1).unwrap().i8(crate::keys::number(key.public())).unwrap();
        e.u8(3).unwrap().u8(0).unwrap().u8(4).unwrap().bytes(&kid).unwrap();
    });
    let kid_first = [&[0xa2, 0x04, 0x48][..], &kid, &[0x01, alg]].concat();
    let short_kid = [&[0xa2, 0x01, alg, 0x04, 0x47][..], &kid[..7]].concat();
    let no_kid = vec![0xa1, 0x01, alg];
    let long_alg = [&[0xa2, 0x01, 0x38, alg & 0x1f, 0x04, 0x48][..], &kid].concat();
    let text_kid = [&[0xa2, 0x01, alg, 0x04, 0x68][..], b"01234567"].concat();
    let kid_twice = [&[0xa3, 0x01, alg, 0x04, 0x48][..], &kid, &[0x04, 0x48], &kid].concat();
    let unprotected = |unprotected: Vec<u8>| Parts { unprotected, ..right.clone() }.signed(key);
    let detached = Parts { payload: None, ..right.clone() }.signed(key);
    let signature = key.sign(&right.to_be_signed()).unwrap();
    let mut out = vec![
        refused("a tagged COSE_Sign1", "cbor", &[&[0xd2][..], &bytes].concat()),
        refused("the array's length in a longer form", "not_canonical", &[&[0x98, 0x04][..], &bytes[1..]].concat()),
        refused("the array of indefinite length", "not_canonical", &[&[0x9f][..], &bytes[1..], &[0xff]].concat()),
        refused("an extra protected header", "header", &of(with_type)),
        refused("the protected header in another order", "not_canonical", &of(kid_first)),
        refused("the algorithm in a longer form", "not_canonical", &of(long_alg)),
        refused("EdDSA (-8) instead of Ed25519 (-19)", "header", &other_alg(-8)),
        refused("ES256 (-7) instead of ESP256 (-9)", "header", &other_alg(-7)),
        refused("a kid of 7 bytes", "header", &of(short_kid)),
        refused("no kid", "header", &of(no_kid)),
        refused("a protected header of zero bytes", "header", &of(Vec::new())),
        refused("an empty map as protected header", "header", &of(vec![0xa0])),
        refused("an array as protected header", "header", &of(vec![0x82, 0x01, 0x04])),
        refused("a protected header that is no CBOR", "header", &of(vec![0xff])),
        refused("an unknown algorithm", "header", &other_alg(-100)),
        refused("a kid that is text", "header", &of(text_kid)),
        refused("the kid twice", "not_canonical", &of(kid_twice)),
        refused("an unprotected header that is no map", "cbor", &unprotected(vec![0x80])),
        refused("null for the unprotected header", "cbor", &unprotected(vec![0xf6])),
        refused("an unprotected header of an unknown kind", "header", &unprotected(vec![0xa1, 0x04, 0x05])),
        refused("an unprotected header", "header", &unprotected([&[0xa1, 0x04, 0x48][..], &kid].concat())),
        refused("a detached payload", "header", &detached),
        refused("a signature of 63 bytes", "value", &right.with_signature(&signature.as_bytes()[..63])),
        refused("a byte after the object", "cbor", &[&bytes[..], &[0x00]].concat()),
        refused("nothing", "truncated", &[]),
    ];
    for at in [1, bytes.len() / 3, bytes.len() / 2, bytes.len() - 65, bytes.len() - 1] {
        out.push(refused(&format!("cut after {at} bytes"), "truncated", &bytes[..at]));
    }
    if kind == "request" {
        let long = [&bytes[..], &vec![0; 8193 - bytes.len()]].concat();
        out.push(refused("more than 8192 bytes", "too_large", &long));
    }
    out
}

fn wrong_key(kind: &str, payload: &[u8], key: &Key) -> Vec<Value> {
    let right = Parts::right(kind, payload, key);
    let bytes = right.signed(key);
    let other = ed25519("somebody else");
    let other_type = if kind == "head" { "receipt" } else { "head" };
    let as_other = Parts { aad: format!("farthing/1/{other_type}"), ..right.clone() }.signed(key);
    let no_aad = Parts { aad: String::new(), ..right.clone() }.signed(key);
    let mut flipped = bytes.clone();
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    let kid = *key.public().kid().as_bytes();
    let other_algorithm = cbor(|e| {
        e.map(2).unwrap().u8(1).unwrap().i8(if crate::keys::number(key.public()) == -9 { -19 } else { -9 }).unwrap();
        e.u8(4).unwrap().bytes(&kid).unwrap();
    });
    let other_kid = Parts { protected: header(&other), ..right.clone() }.signed(key);
    vec![
        unverified("signed as another type", "bad_signature", &as_other, key),
        unverified("signed without external_aad", "bad_signature", &no_aad, key),
        unverified("signed by another key under this kid", "bad_signature", &right.signed(&other), key),
        unverified("another bit in the signature", "bad_signature", &flipped, key),
        unverified("checked with another key", "wrong_key", &bytes, &other),
        unverified("another key's kid", "wrong_key", &other_kid, key),
        unverified(
            "the other algorithm",
            "wrong_algorithm",
            &Parts { protected: other_algorithm, ..right }.signed(key),
            key,
        ),
    ]
}

/// The twin of an ES256 signature, which everybody can make.
pub(crate) fn high_s<T: Object>(object: &Signed<T>, key: &Key) -> Value {
    let made = p256::ecdsa::Signature::from_slice(object.signature().as_bytes()).unwrap();
    let (r, s) = made.split_scalars();
    let high = p256::ecdsa::Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
    let bytes = Parts::right(T::TYPE, &encode(object.claims()), key).with_signature(&high.to_bytes());
    unverified("an ES256 signature with high s", "high_s", &bytes, key)
}
