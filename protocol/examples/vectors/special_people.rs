//! As `special`, for the objects of people, devices and mailboxes.

use crate::keys::{NOW, ed25519, es256};
use crate::special::{Case, array, bstr, handle_act, time, tstr, uint};
use farthing_protocol::cbor::encode;
use farthing_protocol::key::Signer as _;
use farthing_protocol::time::Span;

/// The wrong forms of this type, made by changing members of a right payload.
pub(crate) fn cases(kind: &str, payload: &[u8], change: &dyn Fn(u8, Vec<u8>) -> Vec<u8>) -> Vec<Case> {
    let mut out = match kind {
        "list-receipt" => {
            return vec![
                ("seq 0", "value", change(2, uint(0))),
                ("an epoch of 2^63", "value", change(1, uint(1 << 63))),
                ("a list of 31 bytes", "value", change(5, bstr(&[7; 31]))),
            ];
        }
        "contact-card" => return card(change),
        "pair-confirm" => {
            return vec![
                ("role 0", "cbor", change(2, uint(0))),
                ("role 3", "cbor", change(2, uint(3))),
                ("a card's hash of 20 bytes", "value", change(3, bstr(&[7; 20]))),
            ];
        }
        "device-offer" => {
            let act = encode(ed25519("act").public());
            return vec![
                ("an ES256 session key", "value", change(3, encode(es256("payee es256").public()))),
                ("one key for both", "value", change_both(payload, &act)),
                ("an Olm identity of 31 bytes", "value", change(4, bstr(&[7; 31]))),
                ("a transcript of 16 bytes", "value", change(1, bstr(&[7; 16]))),
            ];
        }
        // The id of an act, whatever it does.
        "alias-register" | "request-publish" | "request-withdraw" | "generation" | "prekeys" | "prekey-claim"
        | "message" | "acknowledge" => handle_act("act", payload, change),
        _ => return Vec::new(),
    };
    out.truncate(2);
    out.extend(match kind {
        "alias-register" => vec![("a record of 31 bytes", "value", change(6, bstr(&[7; 31])))],
        "request-publish" => vec![
            ("expired when made", "value", change(7, time(NOW))),
            ("a life of more than 366 days", "value", change(7, time(NOW.plus(Span::from_ms(366 * 86_400_000 + 1))))),
            ("a locator of 32 bytes", "value", change(8, bstr(&[7; 32]))),
        ],
        "request-withdraw" => vec![("a locator of 15 bytes", "value", change(6, bstr(&[7; 15])))],
        "generation" => vec![
            ("a number of 2^63", "value", change(6, uint(1 << 63))),
            ("a mark of 8 bytes", "value", change(7, bstr(&[7; 8]))),
            ("false for what is absent", "value", change(8, vec![0xf4])),
            ("null for what is absent", "not_canonical", change(8, vec![0xf6])),
            ("a number for what is absent", "cbor", change(8, uint(1))),
        ],
        "prekeys" => vec![
            ("51 one-time keys", "value", change(6, array(&(1..52).map(|n| bstr(&[n; 32])).collect::<Vec<_>>()))),
            ("a one-time key twice", "value", change(6, array(&[bstr(&[1; 32]), bstr(&[1; 32])]))),
            ("the fallback key among the others", "value", change(7, first_key(payload))),
            ("a key of 33 bytes", "value", change(7, bstr(&[7; 33]))),
            ("a fallback key of zeros", "key", change(7, bstr(&[0; 32]))),
            ("a one-time key of small order", "key", change(6, array(&[bstr(&prime_plus_one())]))),
            ("one key instead of a list", "cbor", change(6, bstr(&[7; 32]))),
        ],
        "prekey-claim" => vec![("a device of 32 bytes", "value", change(7, bstr(&[7; 32])))],
        "message" => vec![
            ("to itself", "value", change(7, bstr(ed25519("act").public().device_id().as_bytes()))),
            ("a hash of 16 bytes", "value", change(8, bstr(&[7; 16]))),
        ],
        _ => vec![
            ("a number of 2^63", "value", change(6, uint(1 << 63))),
            ("a negative number", "cbor", change(6, vec![0x20])),
        ],
    });
    out
}

/// Another form of 1, with the highest bit set, which does not count.
fn prime_plus_one() -> [u8; 32] {
    let mut bytes = [0xff; 32];
    bytes[0] = 0xee;
    bytes
}

fn card(change: &dyn Fn(u8, Vec<u8>) -> Vec<u8>) -> Vec<Case> {
    vec![
        ("role 0", "cbor", change(2, uint(0))),
        ("role 3", "cbor", change(2, uint(3))),
        ("a transcript of 31 bytes", "value", change(1, bstr(&[7; 31]))),
        ("a certificate as text", "cbor", change(3, tstr("certificate"))),
        ("a name of 65 bytes", "text", change(5, tstr(&"a".repeat(65)))),
        ("a name with a bidirectional override", "text", change(5, tstr("\u{202e}aniM"))),
        ("an empty name", "text", change(5, tstr(""))),
    ]
}

fn change_both(payload: &[u8], key: &[u8]) -> Vec<u8> {
    crate::cose_bytes::with(&crate::cose_bytes::with(payload, 2, key.to_vec()), 3, key.to_vec())
}

/// The first one-time key of a right payload.
fn first_key(payload: &[u8]) -> Vec<u8> {
    let members = crate::cose_bytes::members(payload);
    let (_, keys) = members.iter().find(|(key, _)| key == &[0x06]).unwrap();
    keys[1..35].to_vec()
}
