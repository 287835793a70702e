//! The vectors in both directions: what they say is accepted or refused, and what is made from their inputs is they.

use crate::kinds::{OBJECTS, file, hex};
use farthing_protocol::bundle::{Binding, Bundle};
use farthing_protocol::carried::CarriedOrder;
use farthing_protocol::cbor::{self, encode};
use farthing_protocol::cose::Signed;
use farthing_protocol::details::Disclosure;
use farthing_protocol::http::{Call, Method, OrderBody, Problem, SignatureHeaders, signature};
use farthing_protocol::id::{Digest, KeyId, Nonce, OrderId, PayeeKeyHash, VerifierId};
use farthing_protocol::key::{Ed25519Key, PublicKey, Signer as _};
use farthing_protocol::money::{Amount, Asset, Code};
use farthing_protocol::pointer::Pointer;
use farthing_protocol::sealed::{self, HpkeKey, pad, unpad};
use farthing_protocol::time::Time;
use farthing_protocol::{alias::Alias, invite, request};
use serde_json::Value;

pub(crate) fn list<'a>(file: &'a Value, member: &str) -> &'a Vec<Value> {
    file[member].as_array().unwrap()
}

fn key(v: &Value) -> PublicKey {
    cbor::decode(&hex(&v["public_key"])).unwrap()
}

pub(crate) fn array<const N: usize>(v: &Value) -> [u8; N] {
    hex(v).try_into().unwrap()
}

#[test]
fn every_valid_object_reads_verifies_and_is_made_again() {
    for kind in OBJECTS {
        for v in list(&file(kind), "valid") {
            let name = format!("{kind}: {}", v["name"]);
            let bytes = hex(&v["bytes"]);
            let parsed = crate::kinds::parse(kind, &bytes).unwrap();
            assert_eq!(parsed.bytes, bytes, "{name}");
            assert_eq!(parsed.payload, hex(&v["payload"]), "{name}");
            assert_eq!(parsed.to_be_signed, hex(&v["to_be_signed"]), "{name}");
            for (member, found) in [
                ("signature", &parsed.signature),
                ("kid", &parsed.kid),
                ("hash", &parsed.hash),
                ("bytes_hash", &parsed.bytes_hash),
            ] {
                assert_eq!(v[member], **found, "{name} {member}");
            }
            if let Some(seed) = v["signer"].get("seed") {
                let signer = Ed25519Key::from_seed(array(seed));
                assert_eq!(*signer.public(), key(v), "{name}");
                assert_eq!(crate::kinds::sign(kind, &parsed.payload, &signer), bytes, "{name}");
            }
            assert_eq!(parsed.verify(&key(v)), Ok(()), "{name}");
        }
    }
}

#[test]
fn every_invalid_object_is_refused_where_and_as_stated() {
    let mut count = 0;
    for kind in OBJECTS {
        for v in list(&file(kind), "invalid") {
            let name = format!("{kind}: {}", v["name"]);
            let parsed = crate::kinds::parse(kind, &hex(&v["bytes"]));
            let found = match v["step"].as_str().unwrap() {
                "parse" => parsed.err().map(|e| e.kind()),
                _ => parsed.unwrap_or_else(|e| panic!("{name}: {e}")).verify(&key(v)).err().map(|e| e.kind()),
            };
            assert_eq!(found, v["error"].as_str(), "{name}");
            count += 1;
        }
    }
    assert!(count > 1_400, "{count}");
}

#[test]
fn an_object_is_never_of_two_types() {
    for kind in OBJECTS {
        for v in list(&file(kind), "valid") {
            for other in OBJECTS.into_iter().filter(|o| *o != kind) {
                let taken = crate::kinds::parse(other, &hex(&v["bytes"])).is_ok_and(|p| p.verify(&key(v)).is_ok());
                assert!(!taken, "{kind} as {other}");
            }
        }
    }
}

#[test]
fn bodies() {
    let file = file("bodies");
    for v in list(&file, "valid") {
        let bytes = hex(&v["bytes"]);
        assert_eq!(crate::kinds::body_again(v["body"].as_str().unwrap(), &bytes).unwrap(), bytes, "{}", v["name"]);
    }
    for v in list(&file, "invalid") {
        let found = crate::kinds::body_again(v["body"].as_str().unwrap(), &hex(&v["bytes"])).err().map(|e| e.kind());
        assert_eq!(found, v["error"].as_str(), "{} {}", v["body"], v["name"]);
    }
}

#[test]
fn keys() {
    let file = file("keys");
    for v in list(&file, "signing").iter().chain(list(&file, "es256")) {
        let public = key(v);
        assert_eq!(v["thumbprint"], public.thumbprint().to_hex());
        assert_eq!(v["kid"], public.kid().to_hex());
        assert_eq!(v["first_16"], public.account_id().to_hex());
        assert_eq!(hex(&v["public_key"]), encode(&public));
    }
    for v in list(&file, "hpke") {
        assert_eq!(v["public"], HpkeKey::from_seed(&array(&v["seed"])).public().to_hex());
    }
}

#[test]
fn padding() {
    let file = file("pad");
    for v in list(&file, "valid") {
        let plaintext = vec![0xab; v["plaintext_length"].as_u64().unwrap() as usize];
        let padded = pad(&plaintext).unwrap();
        assert_eq!(v["padded_sha256"], Digest::of(&padded).to_hex());
        assert_eq!(v["padded_length"], padded.len());
        assert_eq!(unpad(&padded).unwrap()[..], plaintext[..]);
    }
    for v in list(&file, "invalid") {
        assert_eq!(unpad(&hex(&v["padded"])).err().map(|e| e.kind()), v["error"].as_str(), "{}", v["name"]);
    }
    assert_eq!(pad(&[0; 4079]).unwrap_err().kind(), "too_large");
}

/// Randomness from a vector.
pub(crate) struct Given(pub(crate) Vec<u8>);
impl rand_core::TryRng for Given {
    type Error = core::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        unreachable!()
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        unreachable!()
    }
    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Self::Error> {
        let rest = self.0.split_off(dst.len());
        dst.copy_from_slice(&self.0);
        self.0 = rest;
        Ok(())
    }
}
impl rand_core::TryCryptoRng for Given {}

#[test]
fn bundles() {
    let file = file("bundle");
    let binding = |v: &Value| Binding {
        order: OrderId::new(array(&v["order_id"])),
        payee_key: PayeeKeyHash::new(array(&v["payee_key_hash"])),
    };
    for v in list(&file, "valid") {
        let bytes = hex(&v["bytes"]);
        let key = HpkeKey::from_seed(&array(&v["hpke_seed"]));
        let disclosure = Disclosure::decode(&hex(&v["disclosure"])).unwrap();
        let mut rng = rand_core::UnwrapErr(Given([hex(&v["body_key"]), hex(&v["ikm_e"])].concat()));
        let made = Bundle::seal(&disclosure, key.public(), &binding(v), &mut rng).unwrap();
        assert_eq!(encode(&made), bytes);
        let read = Bundle::decode(&bytes).unwrap();
        assert_eq!(read.open(&key, &binding(v)).unwrap(), disclosure);
        assert_eq!(v["hash"], read.hash().to_hex());
    }
    for v in list(&file, "invalid") {
        let read = Bundle::decode(&hex(&v["bytes"]));
        match v["step"].as_str().unwrap() {
            "parse" => assert_eq!(read.err().map(|e| e.kind()), v["error"].as_str(), "{}", v["name"]),
            _ => {
                let opened = read.unwrap().open(&HpkeKey::from_seed(&array(&v["hpke_seed"])), &binding(v));
                let found = opened.err().map(|e| farthing_protocol::Malformed::from(e).kind());
                assert_eq!(found, v["error"].as_str(), "{}", v["name"]);
            }
        }
    }
}

#[test]
fn pointers() {
    let file = file("pointer");
    let v = &file["valid"][0];
    let request = Signed::<request::Request>::parse(&hex(&v["request"])).unwrap();
    let pointer = Pointer::to(v["url"].as_str().unwrap(), &request).unwrap();
    assert_eq!(v["link"], pointer.link());
    assert_eq!(v["locator"], pointer.locator().to_hex());
    assert_eq!(hex(&v["content"]), pointer.seal(&request).unwrap());
    assert_eq!(hex(&v["key"]), sealed::derive(&[], &hex(&v["secret"]), &[b"farthing/1/", b"content"]).to_vec());
    assert_eq!(pointer.open(&hex(&v["content"])).unwrap().bytes(), request.bytes());
    for link in list(&file, "also_read") {
        assert!(Pointer::parse(link.as_str().unwrap()).unwrap() == pointer);
    }
    for v in list(&file, "invalid") {
        let read = Pointer::parse(v["link"].as_str().unwrap());
        let found = match v["step"].as_str().unwrap() {
            "parse" => read.err(),
            _ => read.unwrap().open(&hex(&v["content"])).err(),
        };
        assert_eq!(found.map(|e| e.kind()), v["error"].as_str(), "{}", v["name"]);
    }
}

#[test]
fn derivations() {
    for v in list(&file("request-reference"), "valid") {
        let request = Signed::<request::Request>::parse(&hex(&v["request"])).unwrap();
        assert_eq!(v["reference"], request::reference(&request).to_hex());
    }
    let details = file("details-hash");
    for v in list(&details, "valid") {
        let disclosure = Disclosure::decode(&hex(&v["disclosure"])).unwrap();
        assert_eq!(encode(&disclosure), hex(&v["disclosure"]));
        assert_eq!(v["hash"], disclosure.hash().to_hex());
    }
    for v in list(&details, "invalid") {
        let found = Disclosure::decode(&hex(&v["disclosure"])).err().map(|e| e.kind());
        assert_eq!(found, v["error"].as_str(), "{}", v["name"]);
    }
    let aliases = file("alias-handle");
    for v in list(&aliases, "valid") {
        assert_eq!(v["handle"], Alias::new(v["alias"].as_str().unwrap()).unwrap().handle().to_hex());
    }
    for v in list(&aliases, "invalid") {
        assert_eq!(Alias::new(v["alias"].as_str().unwrap()).unwrap_err().kind(), v["error"]);
    }
    let invites = file("invite-link");
    let v = &invites["valid"][0];
    let read = invite::parse_link(v["link"].as_str().unwrap()).unwrap();
    assert_eq!(read.bytes(), hex(&v["invite"]));
    assert_eq!(v["link"], invite::link(&read));
    for link in list(&invites, "also_read") {
        assert_eq!(invite::parse_link(link.as_str().unwrap()).unwrap().bytes(), read.bytes());
    }
    for v in list(&invites, "invalid") {
        let found = invite::parse_link(v["link"].as_str().unwrap()).err().map(|e| e.kind());
        assert_eq!(found, v["error"].as_str(), "{}", v["name"]);
    }
}

fn call(v: &Value) -> Call {
    let text = |member: &str| v[member].as_str().unwrap().to_owned();
    Call {
        method: if v["method"] == "GET" { Method::Get } else { Method::Post },
        path: text("path"),
        query: text("query"),
        media_type: String::new(),
        body: hex(&v["body"]),
        signature: Some(SignatureHeaders {
            content_digest: text("content-digest"),
            signature_input: text("signature-input"),
            signature: text("signature"),
        }),
    }
}

#[test]
fn signed_reads() {
    let file = file("signed-reads");
    let authority = file["authority"].as_str().unwrap();
    for v in list(&file, "valid") {
        let verifier = VerifierId::new(array(&v["verifier"]));
        let keyid = KeyId::new(array(&v["keyid"]));
        let created = Time::from_ms(v["created"].as_u64().unwrap() * 1000);
        let signer = Ed25519Key::from_seed(array(&v["signer"]["seed"]));
        let right = call(&v["call"]);
        let mut again = Call { signature: None, ..right.clone() };
        signature::sign(&mut again, authority, &verifier, keyid, created, &Nonce::new(array(&v["nonce"])), &signer)
            .unwrap();
        assert_eq!(again, right);
        let read = signature::read(&right, authority, &verifier).unwrap();
        assert_eq!(
            (read.keyid, read.created, read.nonce.to_hex().as_str()),
            (keyid, created, v["nonce"].as_str().unwrap())
        );
        assert_eq!(read.verify(&key(v)), Ok(()));
        // The base as the specification writes it is what was signed.
        let base = v["signature_base"].as_str().unwrap();
        let made = right.signature.unwrap().signature;
        let expected = data_encoding::BASE64.encode(signer.sign(base.as_bytes()).unwrap().as_bytes());
        assert_eq!(made, format!("sig=:{expected}:"));
    }
    for v in list(&file, "invalid") {
        let read = signature::read(&call(&v["call"]), authority, &VerifierId::new(array(&v["verifier"])));
        let found = match v["step"].as_str().unwrap() {
            "parse" => read.err().map(|e| e.kind()),
            _ => read.unwrap_or_else(|e| panic!("{}: {e}", v["name"])).verify(&key(v)).err().map(|e| e.kind()),
        };
        assert_eq!(found, v["error"].as_str(), "{}", v["name"]);
    }
    let v = &file["valid"][0];
    let verifier = VerifierId::new(array(&v["verifier"]));
    let elsewhere = signature::read(&call(&v["call"]), "evil.example.org", &verifier).unwrap();
    assert!(elsewhere.verify(&key(v)).is_err());
}

#[test]
fn amounts() {
    let file = file("amounts");
    let assets = |v: &Value| -> Vec<Asset> {
        list(v, "assets")
            .iter()
            .map(|a| {
                Asset::new(Code::new(a["code"].as_str().unwrap()).unwrap(), a["scale"].as_u64().unwrap() as u8).unwrap()
            })
            .collect()
    };
    for v in list(&file, "valid") {
        let amount = Amount::parse(v["text"].as_str().unwrap(), &assets(v)).unwrap();
        assert_eq!(v["value"], amount.value());
        assert_eq!(v["shown"], amount.to_string());
        assert_eq!(hex(&v["cbor"]), encode(&amount));
        assert_eq!(cbor::decode::<Amount>(&hex(&v["cbor"])), Ok(amount));
    }
    for v in list(&file, "invalid") {
        let found = Amount::parse(v["text"].as_str().unwrap(), &assets(v)).map_err(|e| e.kind());
        assert_eq!(found, Err(v["error"].as_str().unwrap()), "{}", v["text"]);
    }
    for v in list(&file, "fees") {
        let asset =
            Asset::new(Code::new(v["code"].as_str().unwrap()).unwrap(), v["scale"].as_u64().unwrap() as u8).unwrap();
        let number = |member: &str| v[member].as_u64().unwrap();
        let terms = farthing_protocol::fee_schedule::Terms { asset, flat: number("flat"), bps: number("bps") };
        let schedule = farthing_protocol::fee_schedule::FeeSchedule {
            version: cbor::V1,
            verifier: VerifierId::new([0; 32]),
            fee_version: farthing_protocol::id::FeeVersion::new(1),
            since: Time::from_ms(0),
            terms: vec![terms],
        };
        assert_eq!(schedule.fee(&Amount::new(number("value"), asset).unwrap()).unwrap().value(), number("fee"));
    }
}

#[test]
fn problems() {
    let file = file("problems");
    for v in list(&file, "valid") {
        let read = Problem::from_json(v["json"].as_str().unwrap().as_bytes()).unwrap();
        assert_eq!(v["code"], read.code.number(), "{v}");
        if let Some(detail) = v.get("detail") {
            assert_eq!(detail.as_str(), read.detail.as_deref(), "{v}");
        }
        if v.get("head").is_some() {
            assert_eq!(Some(hex(&v["head"])), read.head);
        }
        if let Some(kind) = v.get("kind") {
            assert_eq!(kind, read.code.kind());
            assert_eq!(v["json"], read.to_json());
        }
    }
    for v in list(&file, "invalid") {
        assert!(Problem::from_json(v["json"].as_str().unwrap().as_bytes()).is_none(), "{v}");
    }
}

#[test]
fn carried_orders() {
    let file = file("carried-order");
    for v in list(&file, "valid") {
        let (bytes, key) = (hex(&v["bytes"]), HpkeKey::from_seed(&array(&v["hpke_seed"])));
        let body = OrderBody::decode(&hex(&v["order_body"])).unwrap();
        let mut random = rand_core::UnwrapErr(Given(hex(&v["ikm_e"])));
        let made =
            CarriedOrder::seal(&body, &VerifierId::new(array(&v["verifier"])), key.public(), &mut random).unwrap();
        assert_eq!(made.encode(), bytes);
        assert_eq!(CarriedOrder::decode(&bytes).unwrap().open(&key).unwrap(), body);
        println!("{}: {} bytes of {}", v["name"], bytes.len(), body.encode().len());
    }
    for v in list(&file, "invalid") {
        let read = CarriedOrder::decode(&hex(&v["bytes"]));
        let found = match v["step"].as_str().unwrap() {
            "parse" => read.err().map(|e| e.kind()),
            _ => {
                let opened = read.unwrap().open(&HpkeKey::from_seed(&array(&v["hpke_seed"])));
                opened.err().map(|e| farthing_protocol::Malformed::from(e).kind())
            }
        };
        assert_eq!(found, v["error"].as_str(), "{}", v["name"]);
    }
}

/// The largest order with the largest bundle can be carried, and an order alone takes the smallest step.
#[test]
fn every_order_can_be_carried() {
    let key = HpkeKey::from_seed(&[7; 32]);
    let carried = |order: usize, bundle: Option<usize>| {
        let part = |n: usize| farthing_protocol::cbor::Bytes::new(vec![0xff; n]).unwrap();
        let body = OrderBody { order: part(order), bundle: bundle.map(part), code: None };
        let mut random = rand_core::UnwrapErr(Given(vec![9; 32]));
        CarriedOrder::seal(&body, &VerifierId::new([1; 32]), key.public(), &mut random).unwrap().encode().len()
    };
    // An order with all that it may have is below 440 bytes; a bundle for one payee is its body and 90 bytes.
    assert_eq!(carried(440, None), 589);
    assert_eq!(carried(440, Some(256 + 100)), 1101);
    assert_eq!(carried(440, Some(1024 + 100)), 2125);
    assert_eq!(carried(440, Some(4096 + 100)), 5197);
}
