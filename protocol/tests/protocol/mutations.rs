//! A million altered vectors for each decoder: none may panic, and what is accepted must encode again to the same bytes.
//!
//! `FARTHING_MUTATIONS` sets another number. The same alterations are made each time.

use crate::kinds::{file, hex};
use farthing_protocol::bundle::Bundle;
use farthing_protocol::carried::CarriedOrder;
use farthing_protocol::cbor::{self, encode};
use farthing_protocol::details::Disclosure;
use farthing_protocol::envelope::Envelope;
use farthing_protocol::http::{Call, Problem, SignatureHeaders, signature};
use farthing_protocol::id::VerifierId;
use farthing_protocol::invite;
use farthing_protocol::key::PublicKey;
use farthing_protocol::message::Content;
use farthing_protocol::money::{Amount, Asset, Code};
use farthing_protocol::offline::{Frame, Proof};
use farthing_protocol::pairing::{DeviceGrant, Offer};
use farthing_protocol::pointer::Pointer;
use farthing_protocol::refusal::Answer;
use farthing_protocol::tab::{DirectAnswer, DirectRequest};
use serde_json::Value;

/// Not for secrets: only to make the same choices each time (xorshift64*).
struct Choices(u64);

impl Choices {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }
}

/// First bytes of items that decoders must be wary of: long lengths, indefinite ones, tags, floats, nulls.
const WARY: [u8; 24] = [
    0x00, 0x01, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x20, 0x3b, 0x40, 0x58, 0x5b, 0x5f, 0x7b, 0x7f, 0x80, 0x9b, 0x9f, 0xa0,
    0xbb, 0xbf, 0xc2, 0xf6, 0xff,
];

fn alter(bytes: &mut Vec<u8>, others: &[Vec<u8>], choices: &mut Choices) {
    for _ in 0..=choices.below(3) {
        if bytes.is_empty() {
            bytes.push(choices.next() as u8);
        }
        let at = choices.below(bytes.len());
        match choices.below(8) {
            0..=2 => bytes[at] ^= 1 << choices.below(8),
            3 => bytes[at] = WARY[choices.below(WARY.len())],
            4 => bytes.truncate(at),
            5 => bytes.insert(at, WARY[choices.below(WARY.len())]),
            6 => {
                let end = at + choices.below((bytes.len() - at).min(16)) + 1;
                bytes.drain(at..end.min(bytes.len()));
            }
            _ => {
                let other = &others[choices.below(others.len())];
                let from = choices.below(other.len() + 1);
                let to = (from + choices.below(40)).min(other.len());
                let end = (at + choices.below(2) * (to - from)).min(bytes.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
        }
    }
}

/// Alters the vectors and shows each to the decoder. Also the vectors themselves must be accepted.
fn million(vectors: &[Vec<u8>], decoder: impl Fn(&[u8]) -> bool) {
    let count: u64 = std::env::var("FARTHING_MUTATIONS").map_or(1_000_000, |n| n.parse().unwrap());
    assert!(vectors.iter().all(|v| decoder(v)), "a vector is not accepted");
    let mut choices = Choices(0x005e_ed0f_fa57);
    let mut bytes = Vec::new();
    let mut accepted = 0_u64;
    for _ in 0..count {
        bytes.clear();
        bytes.extend_from_slice(&vectors[choices.below(vectors.len())]);
        alter(&mut bytes, vectors, &mut choices);
        accepted += u64::from(decoder(&bytes));
    }
    println!("{count} altered, {accepted} still accepted");
}

fn valid(name: &str, member: &str) -> Vec<Vec<u8>> {
    file(name)["valid"].as_array().unwrap().iter().map(|v| hex(&v[member])).collect()
}

fn texts(name: &str, member: &str) -> Vec<Vec<u8>> {
    let text = |v: &Value| v[member].as_str().unwrap().as_bytes().to_vec();
    file(name)["valid"].as_array().unwrap().iter().map(text).collect()
}

macro_rules! objects {
    ($($name:ident: $kind:literal;)+) => {$(
        #[test]
        fn $name() {
            million(&valid($kind, "bytes"), |b| crate::kinds::accepts_exactly($kind, b));
        }
    )+};
}
objects! {
    verifier_certificate: "verifier-certificate";
    checkpoint: "checkpoint";
    head: "head";
    fee_schedule: "fee-schedule";
    an_invite: "invite";
    device_certificate: "device-certificate";
    device_list: "device-list";
    enrolment: "enrolment";
    handle_register: "handle-register";
    handle_bind: "handle-bind";
    handle_cancel: "handle-cancel";
    alias_record: "alias-record";
    request: "request";
    order: "order";
    receipt: "receipt";
    refusal: "refusal";
    issue: "issue";
    list_receipt: "list-receipt";
    alias_register: "alias-register";
    request_publish: "request-publish";
    request_withdraw: "request-withdraw";
    generation: "generation";
    prekeys: "prekeys";
    prekey_claim: "prekey-claim";
    message: "message";
    acknowledge: "acknowledge";
    contact_card: "contact-card";
    pair_confirm: "pair-confirm";
    device_offer: "device-offer";
    hold_offer: "hold-offer";
    hold_order: "hold-order";
    hold_change: "hold-change";
    hold_receipt: "hold-receipt";
    voucher: "voucher";
    claim: "claim";
    hold_release: "hold-release";
    hold_close: "hold-close";
    claim_receipt: "claim-receipt";
    allowance_order: "allowance-order";
    allowance: "allowance";
    offline_request: "offline-request";
    offline_voucher: "offline-voucher";
    payee_account: "payee-account";
    offline_claim: "offline-claim";
    offline_receipt: "offline-receipt";
    allowance_revoke: "allowance-revoke";
    revoked_allowances: "revoked-allowances";
    settlement: "settlement";
}

macro_rules! bodies {
    ($($name:ident: $body:literal;)+) => {$(
        #[test]
        fn $name() {
            let file = file("bodies");
            let of_kind = file["valid"].as_array().unwrap().iter().filter(|v| v["body"] == $body);
            let vectors: Vec<Vec<u8>> = of_kind.map(|v| hex(&v["bytes"])).collect();
            million(&vectors, |b| match crate::kinds::body_again($body, b) {
                Ok(again) => {
                    assert_eq!(again, b);
                    true
                }
                Err(_) => false,
            });
        }
    )+};
}
bodies! {
    verifier_status: "verifier-status";
    enrolment_body: "enrolment-body";
    bind_body: "bind-body";
    order_body: "order-body";
    entries_page: "entries-page";
    account_status: "account-status";
    publish_body: "publish-body";
    alias_body: "alias-body";
    devices_body: "devices-body";
    devices_status: "devices-status";
    message_body: "message-body";
    messages_page: "messages-page";
    claimed_prekey: "claimed-prekey";
    checkpoint_status: "checkpoint-status";
    entry_proof: "entry-proof";
    account_proof: "account-proof";
    claims_body: "claims-body";
    claim_outcomes: "claim-outcomes";
}

#[test]
fn answer() {
    let vectors = [valid("receipt", "bytes"), valid("refusal", "bytes")].concat();
    million(&vectors, |b| match Answer::parse(b) {
        Ok(Answer::Receipt(r)) => r.bytes() == b,
        Ok(Answer::Refusal(r)) => r.bytes() == b,
        Err(_) => false,
    });
}

fn same<T>(read: Result<T, farthing_protocol::Malformed>, b: &[u8]) -> bool
where
    T: minicbor::Encode<()>,
{
    read.is_ok_and(|value| {
        assert_eq!(encode(&value), b);
        true
    })
}

#[test]
fn bundle() {
    million(&valid("bundle", "bytes"), |b| same(Bundle::decode(b), b));
}

#[test]
fn direct() {
    million(&valid("direct", "request"), |b| same(DirectRequest::decode(b), b));
    million(&valid("direct", "answer"), |b| same(DirectAnswer::decode(b), b));
}

#[test]
fn carried_order() {
    million(&valid("carried-order", "bytes"), |b| same(CarriedOrder::decode(b), b));
}

#[test]
fn disclosure() {
    million(&valid("details-hash", "disclosure"), |b| same(Disclosure::decode(b), b));
}

#[test]
fn public_key() {
    let file = file("keys");
    let keys = file["signing"].as_array().unwrap().iter().chain(file["es256"].as_array().unwrap());
    let vectors: Vec<Vec<u8>> = keys.map(|v| hex(&v["public_key"])).collect();
    million(&vectors, |b| same(cbor::decode::<PublicKey>(b), b));
}

#[test]
fn pointer() {
    million(&texts("pointer", "link"), |b| {
        let text = String::from_utf8_lossy(b);
        Pointer::parse(&text).is_ok_and(|p| {
            assert!(Pointer::parse(&p.link()).unwrap() == p);
            true
        })
    });
}

#[test]
fn invite_link() {
    million(&texts("invite-link", "link"), |b| {
        let text = String::from_utf8_lossy(b);
        invite::parse_link(&text).is_ok_and(|i| {
            assert!(invite::link(&i).eq_ignore_ascii_case(text.trim()));
            true
        })
    });
}

#[test]
fn pairing_link() {
    million(&texts("pairing-link", "link"), |b| {
        let text = String::from_utf8_lossy(b);
        Offer::parse_link(&text).is_ok_and(|(url, offer)| {
            assert!(offer.link(&url).eq_ignore_ascii_case(text.trim()));
            true
        })
    });
}

#[test]
fn device_grant() {
    million(&valid("device-grant", "bytes"), |b| {
        DeviceGrant::decode(b).is_ok_and(|grant| {
            assert_eq!(grant.encode()[..], *b);
            true
        })
    });
}

#[test]
fn proof() {
    million(&valid("proof", "bytes"), |b| {
        Proof::decode(b).is_ok_and(|proof| {
            assert_eq!(proof.encode(), b);
            true
        })
    });
}

#[test]
fn frame() {
    million(&texts("frames", "text"), |b| {
        let text = String::from_utf8_lossy(b);
        Frame::parse(&text).is_ok_and(|frame| {
            assert_eq!(frame.text().unwrap(), text);
            true
        })
    });
}

#[test]
fn envelope() {
    million(&valid("envelope", "plaintext"), |b| {
        Envelope::from_plaintext(b).is_ok_and(|envelope| {
            assert_eq!(envelope.to_plaintext().unwrap()[..], *b);
            true
        })
    });
}

#[test]
fn message_content() {
    million(&valid("message-content", "bytes"), |b| {
        Content::from_bytes(b).is_ok_and(|content| {
            assert_eq!(content.to_bytes().unwrap(), b);
            true
        })
    });
}

#[test]
fn amount() {
    let assets = [("KRW", 4), ("USD", 6)].map(|(c, s)| Asset::new(Code::new(c).unwrap(), s).unwrap());
    let vectors: Vec<Vec<u8>> = texts("amounts", "shown");
    million(&vectors, |b| {
        let text = String::from_utf8_lossy(b);
        Amount::parse(&text, &assets).is_ok_and(|a| {
            assert_eq!(Amount::parse(&a.to_string(), &assets), Ok(a));
            true
        })
    });
}

#[test]
fn problem() {
    million(&texts("problems", "json"), |b| {
        Problem::from_json(b).is_some_and(|p| {
            assert_eq!(Problem::from_json(p.to_json().as_bytes()), Some(p));
            true
        })
    });
}

/// The three headers, then path and query, in lines.
#[test]
fn signed_read() {
    let file = file("signed-reads");
    let line = |v: &Value| {
        ["content-digest", "signature-input", "signature", "path", "query"]
            .map(|m| v["call"][m].as_str().unwrap())
            .join("\n")
    };
    let vectors: Vec<Vec<u8>> = file["valid"].as_array().unwrap().iter().map(|v| line(v).into_bytes()).collect();
    let verifier = VerifierId::from_slice(&hex(&file["valid"][0]["verifier"])).unwrap();
    let key = |v: &Value| -> PublicKey { cbor::decode(&hex(&v["public_key"])).unwrap() };
    let keys: Vec<PublicKey> = file["valid"].as_array().unwrap().iter().map(key).collect();
    million(&vectors, |b| {
        let text = String::from_utf8_lossy(b);
        let mut lines = text.split('\n').map(str::to_owned);
        let mut next = || lines.next().unwrap_or_default();
        let headers = SignatureHeaders { content_digest: next(), signature_input: next(), signature: next() };
        let call = Call { signature: Some(headers), ..Call::get(next(), next()) };
        let Ok(read) = signature::read(&call, "pay.example.org", &verifier) else { return false };
        // Only what was signed verifies: an accepted alteration is a difference that the signature sees.
        let unaltered = vectors.iter().zip(&keys).find(|(v, _)| *v == b);
        assert!(unaltered.is_none_or(|(_, key)| read.verify(key).is_ok()));
        true
    });
}
