//! Vectors that are not ours. Each file in `data/` names its source.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use farthing_protocol::cbor::{self, encode};
use farthing_protocol::key::{Ed25519Key, PublicKey, Signature, Signer as _, normalise_es256};
use farthing_protocol::sealed::{HpkeKey, HpkeSealed, derive_len, hpke_seal, hpke_seal_context};
use minicbor::{
    Decode, Decoder, Encode, Encoder,
    data::{Int, Type},
    decode::Error as DecodeError,
    encode::{Error as EncodeError, Write},
};
use serde_json::Value;
use std::collections::BTreeMap;

fn file(name: &str) -> Value {
    let path = format!("{}/tests/data/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn hex(v: &Value) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(v.as_str().unwrap().as_bytes()).unwrap()
}

fn array<const N: usize>(v: &Value) -> [u8; N] {
    hex(v).try_into().unwrap()
}

/// Any item of the profile. Maps sort their keys, as encoding must.
#[derive(Debug, PartialEq)]
enum Item {
    Int(Int),
    Bytes(Vec<u8>),
    Text(String),
    Array(Vec<Item>),
    Map(BTreeMap<(bool, u64), Item>),
    Bool(bool),
    Null,
}

impl<'b> Decode<'b, ()> for Item {
    fn decode(d: &mut Decoder<'b>, c: &mut ()) -> Result<Self, DecodeError> {
        Ok(match d.datatype()? {
            Type::Bytes => Self::Bytes(d.bytes()?.to_vec()),
            Type::String => Self::Text(d.str()?.to_owned()),
            Type::Array => {
                let count = d.array()?.ok_or_else(|| DecodeError::message("indefinite"))?;
                Self::Array((0..count).map(|_| Self::decode(d, c)).collect::<Result<_, _>>()?)
            }
            Type::Map => {
                let count = d.map()?.ok_or_else(|| DecodeError::message("indefinite"))?;
                let pair = |d: &mut Decoder<'b>, c: &mut ()| {
                    let key = i64::try_from(d.int()?).map_err(|_| DecodeError::message("key"))?;
                    Ok::<_, DecodeError>(((key < 0, key.unsigned_abs()), Self::decode(d, c)?))
                };
                Self::Map((0..count).map(|_| pair(d, c)).collect::<Result<_, _>>()?)
            }
            Type::Bool => Self::Bool(d.bool()?),
            Type::Null => d.null().map(|()| Self::Null)?,
            _ => Self::Int(d.int()?),
        })
    }
}

impl Encode<()> for Item {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, c: &mut ()) -> Result<(), EncodeError<W::Error>> {
        match self {
            Self::Int(n) => e.int(*n)?.ok(),
            Self::Bytes(b) => e.bytes(b)?.ok(),
            Self::Text(t) => e.str(t)?.ok(),
            Self::Bool(b) => e.bool(*b)?.ok(),
            Self::Null => e.null()?.ok(),
            Self::Array(items) => {
                e.array(items.len() as u64)?;
                items.iter().try_for_each(|i| i.encode(e, c))
            }
            Self::Map(members) => {
                e.map(members.len() as u64)?;
                for ((negative, size), value) in members {
                    if *negative {
                        e.i64(-(*size as i64))?
                    } else {
                        e.u64(*size)?
                    };
                    value.encode(e, c)?;
                }
                Ok(())
            }
        }
    }
}

#[test]
fn rfc_8949_appendix_a() {
    let file = file("rfc8949-appendix-a");
    let examples = file["examples"].as_array().unwrap();
    for v in examples {
        let bytes = hex(&v["hex"]);
        let read = cbor::decode::<Item>(&bytes);
        match v["class"].as_str().unwrap() {
            "profile" => assert_eq!(encode(&read.unwrap()), bytes, "{v}"),
            class => {
                assert!(file["classes"].get(class).is_some(), "{class}");
                assert!(read.is_err(), "{v}");
            }
        }
    }
    assert_eq!(examples.len(), 81);
}

/// Randomness from a vector.
struct Given(Vec<u8>);
impl rand_core::TryRng for Given {
    type Error = core::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        unreachable!()
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        unreachable!()
    }
    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Self::Error> {
        dst.copy_from_slice(&self.0);
        Ok(())
    }
}
impl rand_core::TryCryptoRng for Given {}

#[test]
fn rfc_9180_base_mode() {
    let v = file("rfc9180-a2");
    let key = HpkeKey::from_seed(&array(&v["ikmR"]));
    assert_eq!(key.public().as_bytes()[..], hex(&v["pkRm"])[..]);
    let sealed = HpkeSealed { enc: array(&v["enc"]), ciphertext: hex(&v["ct"]) };
    assert_eq!(key.open(&hex(&v["info"]), &hex(&v["aad"]), &sealed).unwrap()[..], hex(&v["pt"])[..]);
    let mut rng = rand_core::UnwrapErr(Given(hex(&v["ikmE"])));
    let made = hpke_seal(key.public(), &hex(&v["info"]), &hex(&v["aad"]), &hex(&v["pt"]), &mut rng).unwrap();
    assert_eq!(made, sealed);
    // Both ends of a context export what the RFC says.
    let names: Vec<_> = v["exports"].as_array().unwrap().iter().map(|e| hex(&e["context"])).collect();
    let names = [&names[0][..], &names[1], &names[2]];
    let (_, theirs) = key.open_context(&hex(&v["info"]), &hex(&v["aad"]), &sealed, names).unwrap();
    let mut rng = rand_core::UnwrapErr(Given(hex(&v["ikmE"])));
    let (again, ours) =
        hpke_seal_context(key.public(), &hex(&v["info"]), &hex(&v["aad"]), &hex(&v["pt"]), names, &mut rng).unwrap();
    assert_eq!(again, sealed);
    for (i, exported) in v["exports"].as_array().unwrap().iter().enumerate() {
        assert_eq!(ours[i][..], hex(&exported["value"])[..]);
        assert_eq!(theirs[i][..], hex(&exported["value"])[..]);
    }
}

#[test]
fn rfc_9421_ed25519() {
    use httpsig::prelude::{HttpSignatureBase, HttpSignatureParams, message_component::HttpMessageComponent};
    let v = file("rfc9421-b26");
    let base = v["signature_base"].as_str().unwrap();
    // The library that we build bases with makes the published one from its lines and parameters.
    let (lines, params) = base.rsplit_once("\n\"@signature-params\": ").unwrap();
    let lines: Vec<_> = lines.lines().map(|l| HttpMessageComponent::try_from(l).unwrap()).collect();
    let made = HttpSignatureBase::try_new(&lines, &HttpSignatureParams::try_from(params).unwrap()).unwrap();
    assert_eq!(made.as_bytes(), base.as_bytes());
    let key = Ed25519Key::from_seed(array(&v["seed"]));
    assert_eq!(*key.public(), PublicKey::Ed25519(array(&v["public"])));
    let signature = key.sign(base.as_bytes()).unwrap();
    assert_eq!(v["signature"], data_encoding::BASE64.encode(signature.as_bytes()));
    assert_eq!(key.public().verify(base.as_bytes(), &signature), Ok(()));
}

#[test]
fn cose_working_group() {
    use coset::{CborSerializable as _, CoseSign1, TaggedCborSerializable as _};
    for v in file("cose-wg")["examples"].as_array().unwrap() {
        let bytes = hex(&v["cose"]);
        let tagged = bytes.first() == Some(&0xd2);
        let object = if tagged { CoseSign1::from_tagged_slice(&bytes) } else { CoseSign1::from_slice(&bytes) }.unwrap();
        let to_be_signed = hex(&v["to_be_signed"]);
        // sign-pass-01 signs with the empty map as an empty string (RFC 9052 §3): coset keeps what was sent.
        if v["file"] != "sign1-tests/sign-pass-01.json" {
            assert_eq!(object.tbs_data(&hex(&v["external_aad"])), to_be_signed, "{}", v["file"]);
        }
        let found = match v["key"].get("seed") {
            Some(seed) => {
                let key = Ed25519Key::from_seed(array(seed));
                assert_eq!(*key.public(), PublicKey::ed25519(array(&v["key"]["public"])).unwrap());
                assert_eq!(key.sign(&to_be_signed).unwrap().as_bytes()[..], object.signature[..]);
                key.public().verify(&to_be_signed, &Signature::from_slice(&object.signature).unwrap())
            }
            None => {
                let point = [vec![4], hex(&v["key"]["x"]), hex(&v["key"]["y"])].concat();
                let key = PublicKey::es256_from_sec1(&point).unwrap();
                key.verify(&to_be_signed, &normalise_es256(&object.signature).unwrap())
            }
        };
        assert_eq!(found.is_ok(), v["valid"].as_bool().unwrap(), "{}", v["file"]);
        // None of them is of our profile: they are tagged, or their kid is unprotected.
        assert!(farthing_protocol::cose::Signed::<farthing_protocol::head::Head>::parse(&bytes).is_err());
    }
}

#[test]
fn rfc_9679_thumbprint() {
    let v = file("rfc9679");
    let key: PublicKey = cbor::decode(&hex(&v["cose_key"])).unwrap();
    assert_eq!(v["thumbprint"], key.thumbprint().to_hex());
}

#[test]
fn rfc_8032_ed25519() {
    for v in file("rfc8032")["examples"].as_array().unwrap() {
        let key = Ed25519Key::from_seed(array(&v["seed"]));
        assert_eq!(*key.public(), PublicKey::ed25519(array(&v["public"])).unwrap());
        let signature = key.sign(&hex(&v["message"])).unwrap();
        assert_eq!(v["signature"], signature.to_hex());
        assert_eq!(key.public().verify(&hex(&v["message"]), &signature), Ok(()));
    }
}

#[test]
fn rfc_5869_hkdf() {
    for v in file("rfc5869")["examples"].as_array().unwrap() {
        let okm = hex(&v["okm"]);
        let (salt, ikm, info) = (hex(&v["salt"]), hex(&v["ikm"]), hex(&v["info"]));
        // Lengths are part of the type; the two that the RFC uses.
        let made = match okm.len() {
            42 => derive_len::<42>(&salt, &ikm, &[&info]).to_vec(),
            _ => derive_len::<82>(&salt, &ikm, &[&info]).to_vec(),
        };
        assert_eq!(made, okm);
    }
}
