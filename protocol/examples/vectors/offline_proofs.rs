//! Proofs that a payer without network signed what cannot both be honest, and what proves nothing.

use crate::bodies::bytes_of;
use crate::keys::{ed25519, hex};
use crate::offline::*;
use crate::samples::*;
use farthing_protocol::id::Epoch;
use farthing_protocol::offline::*;
use serde_json::{Value, json};

/// The file's content.
pub(crate) fn proofs() -> Value {
    let key = ed25519("allowance");
    let with_requests = |proof: Proof, one: &Asked, other: &Asked| Proof {
        one_request: Some(bytes_of(one.0.clone(), &ed25519(one.1))),
        other_request: Some(bytes_of(other.0.clone(), &ed25519(other.1))),
        ..proof
    };
    let shown = |name: &str, proof: &Proof| {
        let found = proof.prove(&verifier()).unwrap().contradiction.kind();
        let bytes = proof.encode();
        json!({"name": name, "verifier": verifier().to_hex(), "fields": crate::json::of(&bytes), "bytes": hex(&bytes), "found": found})
    };
    let wrong = |name: &str, step: &str, error: &str, bytes: Vec<u8>| {
        assert!(Proof::decode(&bytes).map(|proof| proof.prove(&verifier()).is_err()).unwrap_or(true), "{name}");
        json!({"name": name, "step": step, "error": error, "verifier": verifier().to_hex(), "bytes": hex(&bytes)})
    };
    let (first, first_asked) = (offline_voucher(), (offline_request(), FRIEND));
    let same_number = proof_of((second_voucher(), &key), (cheating_voucher(), &key));
    // The second payee's request, of a later number that leaves the first out.
    let leaves_out = voucher_for(3, 7_000_000, 3_000_000, &other_request());
    // The payee's total does not know of the first.
    let forgets = voucher_for(2, 7_500_000, 3_000_000, &second_request());
    let of_payee =
        with_requests(proof_of((first.clone(), &key), (forgets.clone(), &key)), &first_asked, &second_request());
    let of_two =
        with_requests(proof_of((first.clone(), &key), (cheating_voucher(), &key)), &first_asked, &other_request());
    let other_asked = with_requests(of_payee.clone(), &first_asked, &other_request());
    let honest = proof_of((first.clone(), &key), (second_voucher(), &key));
    let forged = proof_of((second_voucher(), &key), (cheating_voucher(), &ed25519("somebody else")));
    let foreign = OfflineVoucher { allowance: another_allowance(), ..cheating_voucher() };
    let uncertified = Proof { certificate: bytes_of(certificate(), &ed25519("account")), ..same_number.clone() };
    let by_nobody = Proof { allowance: bytes_of(allowance(), &ed25519("account")), ..same_number.clone() };
    let of_another_epoch = Allowance { epoch: Epoch::new(2), ..allowance() };
    let outside = Proof { allowance: bytes_of(of_another_epoch, &ed25519("signing")), ..same_number.clone() };
    let half = Proof { other_request: None, ..of_payee.clone() };
    let bytes = same_number.encode();
    json!({
        "valid": [
            shown("one number, two payments", &same_number),
            shown("a total that leaves a payment out", &proof_of((second_voucher(), &key), (leaves_out, &key))),
            shown("a payee's total that leaves a payment out", &of_payee),
        ],
        "invalid": [
            wrong("two that can both be honest", "verify", "value", honest.encode()),
            wrong("the same twice", "verify", "value", proof_of((first.clone(), &key), (first.clone(), &key)).encode()),
            wrong("a payee's total, and no requests", "verify", "value", proof_of((first, &key), (forgets, &key)).encode()),
            wrong("the totals of two payees", "verify", "value", of_two.encode()),
            wrong("another request than the voucher's", "verify", "value", other_asked.encode()),
            wrong("a voucher by somebody else", "verify", "wrong_key", forged.encode()),
            wrong("a voucher of another allowance", "verify", "wrong_key", proof_of((second_voucher(), &key), (foreign, &key)).encode()),
            wrong("a certificate by somebody else", "verify", "wrong_key", uncertified.encode()),
            wrong("an allowance by somebody else", "verify", "wrong_key", by_nobody.encode()),
            wrong("an allowance outside of its certificate", "verify", "wrong_key", outside.encode()),
            wrong("one request of two", "parse", "value", half.encode()),
            wrong("cut by a byte", "parse", "truncated", bytes[..bytes.len() - 1].to_vec()),
            wrong("an unknown member", "parse", "not_canonical", [&[0xa6], &bytes[1..], &[0x07, 0x00]].concat()),
            wrong("more than 2048 bytes", "parse", "too_large", vec![0xa5; 2_049]),
        ],
    })
}
