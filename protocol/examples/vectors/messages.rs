//! Files about messages: envelopes with their padding, and contents of mailboxes.

use crate::json;
use crate::keys::{NOW, bytes, bytes_16, ed25519, hex};
use crate::people::{confirm, content, signed_bytes};
use crate::samples::{disclosure, periodic, receipt, request, text};
use crate::tabs::{offer, voucher};
use farthing_protocol::cbor::{Bytes, V1, encode};
use farthing_protocol::envelope::{Body, Envelope, EnvelopeId, Told};
use farthing_protocol::limits::{ENVELOPE_PADDED, PADDED};
use farthing_protocol::message::{Content, OlmType};
use farthing_protocol::sealed::pad_to;
use serde_json::{Value, json};

/// The files.
pub(crate) fn files() -> Vec<(String, Value)> {
    [("envelope", envelopes()), ("message-content", contents())].map(|(name, value)| (name.to_owned(), value)).to_vec()
}

fn told() -> Told {
    let told = disclosure();
    Told { order: receipt().order, salt: told.salt, details: told.details }
}

fn envelope(body: Body) -> Envelope {
    Envelope { version: V1, id: EnvelopeId::new(bytes_16("envelope")), time: NOW, body }
}

fn envelopes() -> Value {
    let shown = |name: &str, body: Body| {
        let envelope = envelope(body);
        let bytes = encode(&envelope);
        json!({
            "name": name,
            "fields": json::of(&bytes),
            "envelope": hex(&bytes),
            "plaintext": hex(&envelope.to_plaintext().unwrap()),
        })
    };
    let wrong = |name: &str, error: &str, plaintext: &[u8]| json!({"name": name, "step": "parse", "error": error, "plaintext": hex(plaintext)});
    let right = encode(&envelope(Body::Note(text("tea?"))));
    // a4 00 01 01 50 <16> 02 1b <8> 03 82 04 64 …
    let body_at = 32;
    let with_body = |body: &[u8]| [&right[..body_at], body].concat();
    let padded = |bytes: &[u8]| pad_to(bytes, &ENVELOPE_PADDED).unwrap();
    let mut dirty = padded(&right).to_vec();
    *dirty.last_mut().unwrap() = 1;
    let two_assets = with_body(&[&[0x82, 0x02][..], &encode(&told())[..72], &items_of_two_assets()].concat());
    json!({
        "padded_sizes": ENVELOPE_PADDED,
        "valid": [
            shown("the last word of a pairing", Body::PairConfirm(signed_bytes(confirm(), &ed25519("session")))),
            shown("a forwarded memo", Body::Told(told())),
            shown("a request", Body::Request(signed_bytes(request(), &ed25519("payee")))),
            shown("a note", Body::Note(text("I am at the corner, 여기요"))),
            shown("a fresh session", Body::Fresh),
            shown("a checkpoint", Body::Checkpoint(signed_bytes(periodic(), &ed25519("signing")))),
            shown("an offer of a tab", Body::Offer(signed_bytes(offer(), &ed25519("alias payee")))),
            shown("a voucher", Body::Voucher(signed_bytes(voucher(), &ed25519("voucher")))),
        ],
        "invalid": [
            wrong("version 2", "unknown_version", &padded(&[&right[..2], &[2], &right[3..]].concat())),
            wrong("a body of an unknown kind", "cbor", &padded(&with_body(&[0x81, 0x09]))),
            wrong("an offer that is text", "cbor", &padded(&with_body(&[0x82, 0x07, 0x61, b'a']))),
            wrong("a voucher that is left out", "cbor", &padded(&with_body(&[0x81, 0x08]))),
            wrong("an empty body", "cbor", &padded(&with_body(&[0x80]))),
            wrong("a fresh session that says something", "not_canonical", &padded(&with_body(&[0x82, 0x05, 0x01]))),
            wrong("a note that is empty", "text", &padded(&with_body(&[0x82, 0x04, 0x60]))),
            wrong("a note with a line break", "text", &padded(&with_body(&[0x82, 0x04, 0x63, b'a', b'\n', b'b']))),
            wrong("a note of 1025 bytes", "text", &padded(&with_body(&[&[0x82, 0x04, 0x79, 0x04, 0x01][..], &[b'a'; 1025]].concat()))),
            wrong("items of two assets", "value", &padded(&two_assets)),
            wrong("an id of 15 bytes", "value", &padded(&[&right[..4], &[0x4f], &right[6..]].concat())),
            wrong("cut by a byte", "truncated", &padded(&right[..right.len() - 1])),
            wrong("padding that is not zero", "not_canonical", &dirty),
            wrong("a longer step than needed", "not_canonical", &[&padded(&right)[..], &[0; 768]].concat()),
            wrong("padded as what is sealed", "not_canonical", &pad_to(&right, &[240]).unwrap()),
            wrong("no padding", "not_canonical", &[&[0x00, right.len() as u8][..], &right].concat()),
            wrong("nothing", "truncated", &[]),
        ],
    })
}

/// The end of details `{1: [["a", 1 USD], ["b", 1 EUR]]}`, in place of a memo and a name.
fn items_of_two_assets() -> Vec<u8> {
    let item = |name: &[u8], code: &[u8]| [&[0x82, 0x61][..], name, &[0x83, 0x01, 0x63], code, &[0x06]].concat();
    [&[0xa1, 0x01, 0x82][..], &item(b"a", b"USD"), &item(b"b", b"EUR")].concat()
}

fn contents() -> Value {
    let shown = |name: &str, content: &Content| json!({"name": name, "type": encode(&content.kind)[0], "olm": hex(content.olm.as_slice()), "bytes": hex(&content.to_bytes().unwrap())});
    let long = Content { kind: OlmType::Normal, olm: Bytes::new(bytes("olm").repeat(31)).unwrap() };
    let wrong = |name: &str, error: &str, bytes: &[u8]| json!({"name": name, "step": "parse", "error": error, "bytes": hex(bytes)});
    let right = encode(&content());
    let padded = |bytes: &[u8]| pad_to(bytes, &PADDED).unwrap();
    let mut dirty = padded(&right).to_vec();
    dirty[255] = 1;
    json!({
        "padded_sizes": PADDED,
        "valid": [shown("a first message", &content()), shown("a later one", &long)],
        "invalid": [
            wrong("a type of 2", "cbor", &padded(&[&[0x82, 0x02][..], &right[2..]].concat())),
            wrong("one member", "cbor", &padded(&[0x81, 0x00])),
            wrong("a third member", "not_canonical", &padded(&[&[0x83][..], &right[1..], &[0x00]].concat())),
            wrong("cut by a byte", "truncated", &padded(&right[..right.len() - 1])),
            wrong("a byte too many", "not_canonical", &padded(&[&right[..], &[0]].concat())),
            wrong("padding that is not zero", "not_canonical", &dirty),
            wrong("a longer step than needed", "not_canonical", &[&padded(&right)[..], &[0; 768]].concat()),
            wrong("between two steps", "not_canonical", &padded(&right)[..255]),
            wrong("nothing", "truncated", &[]),
            wrong("more than 4096 bytes", "too_large", &[0; 4097]),
        ],
    })
}
