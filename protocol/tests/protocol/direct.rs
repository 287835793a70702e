//! Direct calls: the vectors in both directions, and every bit of both halves.

use crate::kinds::{file, hex};
use crate::vectors::{Given, array, list};
use farthing_protocol::Malformed;
use farthing_protocol::cbor;
use farthing_protocol::cose::Signed;
use farthing_protocol::sealed::HpkeKey;
use farthing_protocol::tab::{DirectRequest, DirectSaid, Voucher};
use rand_core::UnwrapErr;

#[test]
fn direct_calls() {
    let file = file("direct");
    for v in list(&file, "valid") {
        let key = HpkeKey::from_seed(&array(&v["hpke_seed"]));
        let voucher = Signed::<Voucher>::parse(&hex(&v["voucher"])).unwrap();
        let said: DirectSaid = cbor::decode(&hex(&v["said"])).unwrap();
        let (request, asked) =
            DirectRequest::seal(&voucher, key.public(), &mut UnwrapErr(Given(hex(&v["ikm_e"])))).unwrap();
        assert_eq!(request.encode(), hex(&v["request"]));
        let (opened, answering) = DirectRequest::decode(&hex(&v["request"])).unwrap().open(&key).unwrap();
        assert_eq!(opened.bytes(), voucher.bytes());
        let answer = answering.answer(&said, &mut UnwrapErr(Given(hex(&v["nonce"])))).unwrap().encode();
        assert_eq!(answer, hex(&v["answer"]));
        assert_eq!(asked.hear(&answer), Ok(said));
        for bit in 0..answer.len() * 8 {
            let mut altered = answer.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(asked.hear(&altered).is_err(), "bit {bit}");
        }
    }
    for v in list(&file, "invalid") {
        let key = HpkeKey::from_seed(&array(&v["hpke_seed"]));
        let read = DirectRequest::decode(&hex(&v["request"]));
        let found = match v["step"].as_str().unwrap() {
            "request" => read.err(),
            "open" => read.unwrap().open(&key).err().map(Malformed::from),
            _ => read.unwrap().open(&key).unwrap().1.hear(&hex(&v["answer"])).err().map(Malformed::from),
        };
        assert_eq!(found.map(|e| e.kind()), v["error"].as_str(), "{}", v["name"]);
    }
}

#[test]
fn two_answers_to_one_request_have_two_keys() {
    let file = file("direct");
    let v = &list(&file, "valid")[0];
    let key = HpkeKey::from_seed(&array(&v["hpke_seed"]));
    let (_, context) = DirectRequest::decode(&hex(&v["request"])).unwrap().open(&key).unwrap();
    let said: DirectSaid = cbor::decode(&hex(&v["said"])).unwrap();
    let [one, other] =
        [[1; 32], [2; 32]].map(|nonce| context.answer(&said, &mut UnwrapErr(Given(nonce.to_vec()))).unwrap());
    assert_ne!(one.ciphertext, other.ciphertext);
}
