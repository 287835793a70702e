//! Signed objects: untagged COSE_Sign1 (RFC 9052 §4.2) in Farthing's profile.
//!
//! ```cddl
//! signed<T> = [
//!   protected: bstr .cbor { 1: -19 / -9, 4: bstr .size 8 },   ; alg, kid; nothing else
//!   unprotected: {},
//!   payload: bstr .cbor T,
//!   signature: bstr .size 64,
//! ]
//! ```
//!
//! `external_aad` is the ASCII text `farthing/1/<type>`, so that an object of one type can never
//! be passed off as another. The signature covers the bytes as they were sent: an object keeps
//! them, and nothing is ever encoded again to be checked.
//!
//! ```
//! use farthing_protocol::{cose::Signed, head::Head, key::{Ed25519Key, Signer as _}, receipt::Receipt};
//! # use farthing_protocol::{cbor::V1, id::*, time::Time};
//! let key = Ed25519Key::from_seed([7; 32]);
//! let head = Head {
//!     version: V1, epoch: Epoch::new(1), seq: Seq::new(0), time: Time::from_ms(1_800_000_000_000),
//!     checkpoint: Digest::new([0; 32]), nonce: Nonce::new([9; 16]),
//! };
//! let bytes = Signed::sign(head, &key)?.bytes().to_vec();
//! let verified = Signed::<Head>::parse(&bytes)?.verify(key.public())?;
//! assert_eq!(verified.seq.get(), 0);
//! assert!(Signed::<Receipt>::parse(&bytes).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::cbor::{self, Bytes};
use crate::error::{Malformed, SignError, Unverified};
use crate::id::Digest;
use crate::key::{Algorithm, Kid, PublicKey, Signature, Signer};
use crate::limits::SIGNED_MAX;
use coset::{
    AsCborValue as _, CborSerializable as _, CoseSign1, CoseSign1Builder, Header, HeaderBuilder,
    RegisteredLabelWithPrivate, iana,
};
use minicbor::{Decode, Decoder, Encode, data::Type};

/// The bytes of a signed object, as bodies and other objects carry it. Nobody has looked inside yet.
pub type SignedBytes = Bytes<SIGNED_MAX>;

/// A payload that is signed. Implementors are the protocol's objects.
pub trait Object: Sized + Encode<()> + for<'b> Decode<'b, ()> {
    /// The type's name, as in `farthing/1/<type>`.
    const TYPE: &'static str;

    /// Limits that the types of the members do not express.
    ///
    /// # Errors
    /// [`Malformed::Value`] naming the member.
    fn check(&self) -> Result<(), Malformed> {
        Ok(())
    }
}

/// A well-formed signed object that nobody has vouched for yet.
#[derive(Clone)]
pub struct Signed<T> {
    payload: T,
    bytes: Vec<u8>,
    to_be_signed: Vec<u8>,
    signature: Signature,
    algorithm: Algorithm,
    kid: Kid,
}

impl<T: Object> Signed<T> {
    /// Signs `payload`.
    ///
    /// # Errors
    /// [`SignError`] when the signer fails, or the payload breaks its own limits.
    pub fn sign(payload: T, signer: &dyn Signer) -> Result<Self, SignError> {
        let unsigned = Unsigned::new(payload, signer.public())?;
        let signature = signer.sign(&unsigned.to_be_signed)?;
        unsigned.with(signature)
    }

    /// Reads an object; nothing is known yet about who made it.
    ///
    /// # Errors
    /// [`Malformed`] when it is not exactly of the profile.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > SIGNED_MAX {
            return Err(Malformed::TooLarge { limit: SIGNED_MAX });
        }
        check_shape(bytes)?;
        // Only the headers can be wrong now.
        let cose = CoseSign1::from_slice(bytes).map_err(|e| match e {
            coset::CoseError::DuplicateMapKey => Malformed::NotCanonical,
            _ => Malformed::Header,
        })?;
        let (algorithm, kid) = header(&cose.protected.header)?;
        if !cose.unprotected.is_empty() {
            return Err(Malformed::Header);
        }
        // coset accepts longer forms of lengths, and keeps the protected bytes as they came:
        // encode everything again, the header included, and compare.
        let header_again =
            cose.protected.header.clone().to_cbor_value().and_then(|v| to_vec(&v)).map_err(|_| Malformed::Cbor)?;
        if cose.protected.original_data.as_ref() != Some(&header_again)
            || cose.clone().to_vec().map_err(|_| Malformed::Cbor)? != bytes
        {
            return Err(Malformed::NotCanonical);
        }
        let to_be_signed = cose.tbs_data(&external_aad::<T>());
        let signature = Signature::from_slice(&cose.signature).ok_or(Malformed::Value("a signature has 64 bytes"))?;
        let payload: T = cbor::decode(&cose.payload.ok_or(Malformed::Header)?)?;
        payload.check()?;
        Ok(Self { payload, bytes: bytes.to_vec(), to_be_signed, signature, algorithm, kid })
    }

    /// Checks the signature; only this makes a [`Verified`].
    ///
    /// # Errors
    /// [`Unverified`], naming what does not fit.
    pub fn verify(self, key: &PublicKey) -> Result<Verified<T>, Unverified> {
        if self.kid != key.kid() {
            return Err(Unverified::WrongKey { expected: key.kid(), found: self.kid });
        }
        // The key's own record decides the algorithm; the header must agree (wire decision 1).
        if self.algorithm != key.algorithm() {
            return Err(Unverified::WrongAlgorithm);
        }
        key.verify(&self.to_be_signed, &self.signature)?;
        Ok(Verified { object: self, key: *key })
    }
}

/// An object that a key outside of this process is to sign, such as one in a phone's hardware that asks its owner first.
#[derive(Clone, Debug)]
pub struct Unsigned<T> {
    payload: T,
    cose: CoseSign1,
    to_be_signed: Vec<u8>,
    key: PublicKey,
}

impl<T: Object> Unsigned<T> {
    /// Everything but the signature, which `key` will check.
    ///
    /// # Errors
    /// [`SignError`] when the payload breaks its own limits.
    pub fn new(payload: T, key: &PublicKey) -> Result<Self, SignError> {
        payload.check().map_err(|_| SignError)?;
        let algorithm = match key.algorithm() {
            Algorithm::Ed25519 => iana::Algorithm::Ed25519,
            Algorithm::Esp256 => iana::Algorithm::ESP256,
        };
        let header = HeaderBuilder::new().algorithm(algorithm).key_id(key.kid().as_bytes().to_vec()).build();
        let cose = CoseSign1Builder::new().protected(header).payload(cbor::encode(&payload)).build();
        let to_be_signed = cose.tbs_data(&external_aad::<T>());
        Ok(Self { payload, cose, to_be_signed, key: *key })
    }

    /// With a signature from elsewhere, in the profile's form (see [`normalise_es256`](crate::key::normalise_es256)).
    ///
    /// # Errors
    /// [`SignError`] when the key did not make it, or not for this.
    pub fn signed(self, signature: Signature) -> Result<Signed<T>, SignError> {
        self.key.verify(&self.to_be_signed, &signature).map_err(|_| SignError)?;
        self.with(signature)
    }

    fn with(mut self, signature: Signature) -> Result<Signed<T>, SignError> {
        self.cose.signature = signature.as_bytes().to_vec();
        let bytes = self.cose.to_vec().map_err(|_| SignError)?;
        if bytes.len() > SIGNED_MAX {
            return Err(SignError);
        }
        let (algorithm, kid) = (self.key.algorithm(), self.key.kid());
        Ok(Signed { payload: self.payload, bytes, to_be_signed: self.to_be_signed, signature, algorithm, kid })
    }
}

impl<T> Unsigned<T> {
    /// What the object will claim.
    pub const fn claims(&self) -> &T {
        &self.payload
    }

    /// The bytes to be signed: the Sig_structure of RFC 9052 §4.4.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        &self.to_be_signed
    }
}

impl<T> Signed<T> {
    /// What the object claims. Decide nothing by it that a signature should decide.
    pub const fn claims(&self) -> &T {
        &self.payload
    }

    /// The bytes as they are transmitted.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the Sig_structure: what was signed, whatever the signature (wire decision 2).
    #[must_use]
    pub fn hash(&self) -> Digest {
        Digest::of(&self.to_be_signed)
    }

    /// SHA-256 of the whole bytes, signature included.
    #[must_use]
    pub fn bytes_hash(&self) -> Digest {
        Digest::of(&self.bytes)
    }

    /// The key that the object names.
    #[must_use]
    pub const fn kid(&self) -> Kid {
        self.kid
    }

    /// The bytes that the signature covers, the Sig_structure of RFC 9052 §4.4.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        &self.to_be_signed
    }

    /// The signature.
    #[must_use]
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }
}

impl<T: core::fmt::Debug> core::fmt::Debug for Signed<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Signed").field("kid", &self.kid).field("payload", &self.payload).finish()
    }
}

/// An object whose signature a known key made. Dereferences to its payload.
#[derive(Clone)]
pub struct Verified<T> {
    object: Signed<T>,
    key: PublicKey,
}

impl<T> Verified<T> {
    /// The object with its bytes.
    pub const fn signed(&self) -> &Signed<T> {
        &self.object
    }

    /// The key that vouches for it.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The bytes as they are transmitted.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.object.bytes
    }

    /// SHA-256 of the Sig_structure.
    #[must_use]
    pub fn hash(&self) -> Digest {
        self.object.hash()
    }
}

impl<T> core::ops::Deref for Verified<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.object.payload
    }
}

impl<T: core::fmt::Debug> core::fmt::Debug for Verified<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("Verified").field(&self.object).finish()
    }
}

fn external_aad<T: Object>() -> Vec<u8> {
    [b"farthing/1/", T::TYPE.as_bytes()].concat()
}

fn to_vec(value: &coset::cbor::value::Value) -> Result<Vec<u8>, coset::CoseError> {
    let mut out = Vec::new();
    coset::cbor::into_writer(value, &mut out).map_err(|_| coset::CoseError::EncodeFailed)?;
    Ok(out)
}

/// The array of four: byte string, map, byte string or null, byte string; nothing after it.
fn check_shape(bytes: &[u8]) -> Result<(), Malformed> {
    let mut d = Decoder::new(bytes);
    let fault = |e: minicbor::decode::Error| if e.is_end_of_input() { Malformed::Truncated } else { Malformed::Cbor };
    let count = d.array().map_err(fault)?;
    let bstr = [Type::Bytes, Type::BytesIndef];
    for kinds in [&bstr[..], &[Type::Map, Type::MapIndef], &[Type::Bytes, Type::BytesIndef, Type::Null], &bstr] {
        if !kinds.contains(&d.datatype().map_err(fault)?) {
            return Err(Malformed::Cbor);
        }
        d.skip().map_err(fault)?;
    }
    let ended = match count {
        Some(count) => count == 4,
        None => {
            let ended = d.datatype().map_err(fault)? == Type::Break;
            d.skip().map_err(fault)?;
            ended
        }
    };
    if ended && d.position() == bytes.len() { Ok(()) } else { Err(Malformed::Cbor) }
}

/// The protected header: exactly an algorithm of the profile and an 8-byte kid.
fn header(header: &Header) -> Result<(Algorithm, Kid), Malformed> {
    let algorithm = match &header.alg {
        Some(RegisteredLabelWithPrivate::Assigned(iana::Algorithm::Ed25519)) => Algorithm::Ed25519,
        Some(RegisteredLabelWithPrivate::Assigned(iana::Algorithm::ESP256)) => Algorithm::Esp256,
        _ => return Err(Malformed::Header),
    };
    let kid = Kid::from_slice(&header.key_id).ok_or(Malformed::Header)?;
    let only = Header { alg: header.alg.clone(), key_id: header.key_id.clone(), ..Header::default() };
    if *header == only { Ok((algorithm, kid)) } else { Err(Malformed::Header) }
}
