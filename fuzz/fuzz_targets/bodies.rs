//! Every body, and what is sealed inside objects: what is accepted is the one encoding of its contents.
#![no_main]

#[path = "../../protocol/tests/protocol/kinds.rs"]
#[allow(dead_code)]
mod kinds;

use farthing_protocol::Malformed;
use farthing_protocol::bundle::Bundle;
use farthing_protocol::cbor::{self, encode};
use farthing_protocol::details::Disclosure;
use farthing_protocol::envelope::Envelope;
use farthing_protocol::http::Problem;
use farthing_protocol::key::PublicKey;
use farthing_protocol::message::Content;
use farthing_protocol::pairing::DeviceGrant;
use farthing_protocol::refusal::Answer;
use farthing_protocol::sealed::{pad, unpad};

const BODIES: [&str; 13] = [
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
];

fn same(again: Result<Vec<u8>, Malformed>, bytes: &[u8]) {
    if let Ok(again) = again {
        assert_eq!(again, bytes);
    }
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((kind, bytes)) = data.split_first() else { return };
    match usize::from(*kind) % (BODIES.len() + 9) {
        13 => same(Bundle::decode(bytes).map(|bundle| encode(&bundle)), bytes),
        14 => same(Disclosure::decode(bytes).map(|disclosure| encode(&disclosure)), bytes),
        15 => same(Envelope::from_plaintext(bytes).map(|envelope| envelope.to_plaintext().unwrap().to_vec()), bytes),
        16 => same(Content::from_bytes(bytes).map(|content| content.to_bytes().unwrap()), bytes),
        17 => same(DeviceGrant::decode(bytes).map(|grant| grant.encode().to_vec()), bytes),
        18 => same(cbor::decode::<PublicKey>(bytes).map(|key| encode(&key)), bytes),
        19 => same(unpad(bytes).map(|plain| pad(&plain).unwrap().to_vec()), bytes),
        20 => {
            if let Some(problem) = Problem::from_json(bytes) {
                assert_eq!(Problem::from_json(problem.to_json().as_bytes()), Some(problem));
            }
        }
        21 => {
            if let Ok(answer) = Answer::parse(bytes) {
                let again = match &answer {
                    Answer::Receipt(receipt) => receipt.bytes(),
                    Answer::Refusal(refusal) => refusal.bytes(),
                };
                assert_eq!(again, bytes);
            }
        }
        body => same(kinds::body_again(BODIES[body], bytes), bytes),
    }
});
