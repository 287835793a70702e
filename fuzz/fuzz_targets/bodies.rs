//! Every body, and what is sealed inside objects: what is accepted is the one encoding of its contents.
#![no_main]

#[path = "../../protocol/tests/protocol/kinds.rs"]
#[allow(dead_code)]
mod kinds;

use farthing_protocol::Malformed;
use farthing_protocol::bundle::Bundle;
use farthing_protocol::carried::CarriedOrder;
use farthing_protocol::cbor::{self, encode};
use farthing_protocol::contradiction::Contradiction;
use farthing_protocol::details::Disclosure;
use farthing_protocol::envelope::Envelope;
use farthing_protocol::http::Problem;
use farthing_protocol::id::VerifierId;
use farthing_protocol::key::PublicKey;
use farthing_protocol::message::Content;
use farthing_protocol::offline::{Frame, Proof};
use farthing_protocol::pairing::{DeviceGrant, Offer};
use farthing_protocol::refusal::Answer;
use farthing_protocol::sealed::{pad, unpad};
use farthing_protocol::tab::{DirectAnswer, DirectRequest};

/// The verifier of our vectors: only its word proves anything.
const VERIFIER: &str = "fa66ccda7bcbe363a59d4230dc996d70aea17bfb41ad18f4b684f8ace145babc";

const BODIES: [&str; 18] = [
    "verifier-status",
    "enrolment-body",
    "bind-body",
    "order-body",
    "entries-page",
    "account-status",
    "publish-body",
    "alias-body",
    "devices-body",
    "devices-status",
    "message-body",
    "messages-page",
    "claimed-prekey",
    "checkpoint-status",
    "entry-proof",
    "account-proof",
    "claims-body",
    "claim-outcomes",
];

fn same(again: Result<Vec<u8>, Malformed>, bytes: &[u8]) {
    if let Ok(again) = again {
        assert_eq!(again, bytes);
    }
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((kind, bytes)) = data.split_first() else { return };
    match usize::from(*kind) % (BODIES.len() + 16) {
        18 => same(Bundle::decode(bytes).map(|bundle| encode(&bundle)), bytes),
        19 => same(Disclosure::decode(bytes).map(|disclosure| encode(&disclosure)), bytes),
        20 => same(Envelope::from_plaintext(bytes).map(|envelope| envelope.to_plaintext().unwrap().to_vec()), bytes),
        21 => same(Content::from_bytes(bytes).map(|content| content.to_bytes().unwrap()), bytes),
        22 => same(DeviceGrant::decode(bytes).map(|grant| grant.encode().to_vec()), bytes),
        23 => same(cbor::decode::<PublicKey>(bytes).map(|key| encode(&key)), bytes),
        24 => same(unpad(bytes).map(|plain| pad(&plain).unwrap().to_vec()), bytes),
        25 => {
            if let Some(problem) = Problem::from_json(bytes) {
                assert_eq!(Problem::from_json(problem.to_json().as_bytes()), Some(problem));
            }
        }
        26 => {
            if let Ok(answer) = Answer::parse(bytes) {
                let again = match &answer {
                    Answer::Receipt(receipt) => receipt.bytes(),
                    Answer::Refusal(refusal) => refusal.bytes(),
                };
                assert_eq!(again, bytes);
            }
        }
        27 => same(Offer::decode(bytes).map(|offer| encode(&offer)), bytes),
        28 => {
            let read = Contradiction::decode(bytes);
            let verifier = VerifierId::from_hex(VERIFIER).unwrap();
            if let Some(proven) = read.as_ref().ok().and_then(|contradiction| contradiction.prove(&verifier).ok()) {
                assert_ne!(proven.one.hash(), proven.other.hash());
            }
            same(read.map(|contradiction| contradiction.encode()), bytes);
        }
        29 => same(CarriedOrder::decode(bytes).map(|carried| carried.encode()), bytes),
        30 => {
            let read = Proof::decode(bytes);
            let verifier = VerifierId::from_hex(VERIFIER).unwrap();
            if let Some(proven) = read.as_ref().ok().and_then(|proof| proof.prove(&verifier).ok()) {
                assert_ne!(proven.one.hash(), proven.other.hash());
            }
            same(read.map(|proof| proof.encode()), bytes);
        }
        31 => {
            let Ok(text) = core::str::from_utf8(bytes) else { return };
            same(Frame::parse(text).map(|frame| frame.text().unwrap().into_bytes()), bytes);
        }
        32 => same(DirectRequest::decode(bytes).map(|request| request.encode()), bytes),
        33 => same(DirectAnswer::decode(bytes).map(|answer| answer.encode()), bytes),
        body => same(kinds::body_again(BODIES[body], bytes), bytes),
    }
});
