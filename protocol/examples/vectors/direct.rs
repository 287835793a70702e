//! A voucher over a connection, and what its payee says (19.9): both halves, with all fresh input given.

use crate::cose_bytes::{cbor, with, without};
use crate::json;
use crate::keys::{bytes, ed25519, given, hex, hpke};
use crate::samples::{signed, usd};
use crate::tabs::voucher;
use farthing_protocol::cbor::Bytes;
use farthing_protocol::cose::{Signed, SignedBytes};
use farthing_protocol::sealed::{HpkeSealed, hpke_seal, pad_to, seal_once};
use farthing_protocol::tab::{DirectAnswer, DirectRefusal, DirectRequest, DirectSaid, HoldId, Voucher};
use serde_json::{Value, json};

const SEED: &str = "direct hpke";
const INFO: &[u8] = b"farthing/1/direct-voucher";

/// The file's content.
pub(crate) fn direct() -> Value {
    let to = hpke(SEED);
    let word: Signed<Voucher> = signed(voucher(), &ed25519("voucher"));
    let (request, _) = DirectRequest::seal(&word, to.public(), &mut given(&[&bytes("direct ephemeral")])).unwrap();
    let context = || request.open(&to).unwrap().1;
    let answer = |said: &DirectSaid| context().answer(said, &mut given(&[&bytes("direct nonce")])).unwrap();
    let newest = SignedBytes::new(word.bytes().to_vec()).unwrap();
    let taken = DirectSaid::Taken(usd(1_240_000));
    let shown = |name: &str, said: &DirectSaid| {
        json!({
            "name": name,
            "hpke_seed": hex(&bytes(SEED)),
            "hpke_public": to.public().to_hex(),
            "ikm_e": hex(&bytes("direct ephemeral")),
            "nonce": hex(&bytes("direct nonce")),
            "voucher": hex(word.bytes()),
            "said": hex(&farthing_protocol::cbor::encode(said)),
            "request_fields": json::of(&request.encode()),
            "request": hex(&request.encode()),
            "answer_fields": json::of(&answer(said).encode()),
            "answer": hex(&answer(said).encode()),
        })
    };
    let (right, said) = (request.encode(), answer(&taken).encode());
    let wrong = |name: &str, step: &str, error: &str, seed: &str, request: &[u8], answer: &[u8]| json!({"name": name, "step": step, "error": error, "hpke_seed": hex(&bytes(seed)), "request": hex(request), "answer": hex(answer)});
    let no_request = |name: &str, error: &str, request: &[u8]| wrong(name, "request", error, SEED, request, &said);
    let not_opened = |name: &str, seed: &str, request: &[u8]| wrong(name, "open", "cannot_open", seed, request, &said);
    let unheard = |name: &str, answer: &[u8]| wrong(name, "hear", "cannot_open", SEED, &right, answer);
    let flipped = |original: &[u8], at: usize| {
        let mut bytes = original.to_vec();
        bytes[at] ^= 1;
        bytes
    };
    // Sealed rightly, but not what it should be.
    let sealed_as = |plaintext: &[u8], hold: &HoldId| {
        let mut random = given(&[&bytes("direct ephemeral")]);
        let HpkeSealed { ciphertext, .. } =
            hpke_seal(to.public(), INFO, hold.as_bytes(), plaintext, &mut random).unwrap();
        DirectRequest { hold: *hold, ciphertext: Bytes::new(ciphertext).unwrap(), ..request.clone() }.encode()
    };
    let padded = |plaintext: &[u8]| pad_to(plaintext, &[240]).unwrap();
    let other = HoldId::new([7; 32]);
    let empty = |e: &mut minicbor::Encoder<Vec<u8>>| {
        e.bytes(&[7; 255]).unwrap();
    };
    // By who has seen everything that passed, but not the exported secret.
    let nonce = bytes("direct nonce");
    let guessed = farthing_protocol::sealed::derive(
        &[&request.enc.as_bytes()[..], &nonce].concat(),
        &[],
        &[b"farthing/1/direct-answer"],
    );
    let forged = seal_once(&guessed, request.hold.as_bytes(), &padded(&farthing_protocol::cbor::encode(&taken)));
    let forged = DirectAnswer { ciphertext: Bytes::new(forged).unwrap(), ..answer(&taken) };
    json!({
        "valid": [
            shown("taken", &taken),
            shown("behind", &DirectSaid::Behind(newest)),
            shown("not open", &DirectSaid::Refused(DirectRefusal::NotOpen)),
        ],
        "invalid": [
            no_request("version 2", "unknown_version", &with(&right, 0, vec![2])),
            no_request("no hold", "cbor", &without(&right, 1)),
            no_request("a ciphertext of 255 bytes", "value", &with(&right, 3, cbor(empty))),
            no_request("an unknown member", "not_canonical", &with(&right, 4, vec![0])),
            no_request("cut by a byte", "truncated", &right[..right.len() - 1]),
            no_request("more than 384 bytes", "too_large", &[0xa4; 385]),
            not_opened("altered", SEED, &flipped(&right, right.len() - 1)),
            not_opened("moved to another tab", SEED, &flipped(&right, 10)),
            not_opened("another payee's key", "alias hpke", &right),
            not_opened("a voucher of another tab", SEED, &sealed_as(&padded(word.bytes()), &other)),
            not_opened("no voucher", SEED, &sealed_as(&padded(&[0x80]), &request.hold)),
            unheard("altered", &flipped(&said, said.len() - 1)),
            unheard("another nonce", &flipped(&said, 10)),
            unheard("cut by a byte", &said[..said.len() - 1]),
            unheard("by somebody on the way", &forged.encode()),
        ],
    })
}
