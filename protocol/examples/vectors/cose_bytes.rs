//! COSE and CBOR by hand, so that a vector can be wrong in exactly one way.

use crate::keys::{Key, number};
use farthing_protocol::key::Signer as _;
use minicbor::{Decoder, Encoder};

/// An object in its parts, before it is put together.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) protected: Vec<u8>,
    pub(crate) unprotected: Vec<u8>,
    pub(crate) payload: Option<Vec<u8>>,
    pub(crate) aad: String,
}

/// Encodes with a few calls.
pub(crate) fn cbor(f: impl FnOnce(&mut Encoder<Vec<u8>>)) -> Vec<u8> {
    let mut e = Encoder::new(Vec::new());
    f(&mut e);
    e.into_writer()
}

/// The protected header of the profile.
pub(crate) fn header(key: &Key) -> Vec<u8> {
    cbor(|e| {
        e.map(2).unwrap().u8(1).unwrap().i8(number(key.public())).unwrap();
        e.u8(4).unwrap().bytes(key.public().kid().as_bytes()).unwrap();
    })
}

impl Parts {
    /// The parts of a right object.
    pub(crate) fn right(kind: &str, payload: &[u8], key: &Key) -> Self {
        Self {
            protected: header(key),
            unprotected: vec![0xa0],
            payload: Some(payload.to_vec()),
            aad: format!("farthing/1/{kind}"),
        }
    }

    /// What is signed.
    pub(crate) fn to_be_signed(&self) -> Vec<u8> {
        cbor(|e| {
            e.array(4).unwrap().str("Signature1").unwrap().bytes(&self.protected).unwrap();
            e.bytes(self.aad.as_bytes()).unwrap().bytes(self.payload.as_deref().unwrap_or_default()).unwrap();
        })
    }

    /// Signed and put together.
    pub(crate) fn signed(&self, key: &Key) -> Vec<u8> {
        self.with_signature(key.sign(&self.to_be_signed()).unwrap().as_bytes())
    }

    /// Put together with a given signature.
    pub(crate) fn with_signature(&self, signature: &[u8]) -> Vec<u8> {
        let head = cbor(|e| {
            e.array(4).unwrap().bytes(&self.protected).unwrap();
        });
        let tail = cbor(|e| {
            match &self.payload {
                Some(payload) => e.bytes(payload).unwrap(),
                None => e.null().unwrap(),
            };
            e.bytes(signature).unwrap();
        });
        [head, self.unprotected.clone(), tail].concat()
    }
}

/// The members of a map, each with key and value in their encoding.
pub(crate) fn members(map: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut d = Decoder::new(map);
    let count = d.map().unwrap().unwrap();
    (0..count)
        .map(|_| {
            let start = d.position();
            d.skip().unwrap();
            let middle = d.position();
            d.skip().unwrap();
            (map[start..middle].to_vec(), map[middle..d.position()].to_vec())
        })
        .collect()
}

/// A map of these members, in this order.
pub(crate) fn map(members: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let head = cbor(|e| {
        e.map(members.len() as u64).unwrap();
    });
    let parts: Vec<Vec<u8>> = members.iter().map(|(k, v)| [k.clone(), v.clone()].concat()).collect();
    [head, parts.concat()].concat()
}

/// The map without a key.
pub(crate) fn without(original: &[u8], key: u8) -> Vec<u8> {
    let mut members = members(original);
    members.retain(|(k, _)| k[..] != [key]);
    map(&members)
}

/// The map with another value for one key; without the key, the value is put at its place.
pub(crate) fn with(original: &[u8], key: u8, value: Vec<u8>) -> Vec<u8> {
    let key = cbor(|e| {
        e.u8(key).unwrap();
    });
    let mut members = members(original);
    members.retain(|(k, _)| *k != key);
    let at = members.iter().position(|(k, _)| *k > key).unwrap_or(members.len());
    members.insert(at, (key, value));
    map(&members)
}
