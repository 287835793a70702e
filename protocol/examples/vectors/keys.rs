//! The keys, ids and randomness of the vectors, each SHA-256 of a name, so that anybody can make them again.

use farthing_protocol::error::SignError;
use farthing_protocol::id::{ActId, Digest, OrderId};
use farthing_protocol::key::{Algorithm, Ed25519Key, PublicKey, Signature, Signer, normalise_es256};
use farthing_protocol::sealed::HpkeKey;
use farthing_protocol::time::Time;
use p256::ecdsa::signature::Signer as _;
use rand_core::UnwrapErr;
use serde_json::{Value, json};

/// 2026-03-01T12:00:00.000Z: when everything in the vectors happens.
pub(crate) const NOW: Time = Time::from_ms(1_772_366_400_000);

/// 32 bytes for a name.
pub(crate) fn bytes(name: &str) -> [u8; 32] {
    *Digest::of(format!("farthing vector: {name}").as_bytes()).as_bytes()
}

/// 16 bytes for a name.
pub(crate) fn bytes_16(name: &str) -> [u8; 16] {
    bytes(name)[..16].try_into().unwrap()
}

/// A software key with the seed that vectors show.
pub(crate) enum Key {
    Ed25519(Ed25519Key),
    Es256(p256::ecdsa::SigningKey, PublicKey),
}

/// The Ed25519 key of this name.
pub(crate) fn ed25519(name: &str) -> Key {
    Key::Ed25519(Ed25519Key::from_seed(bytes(name)))
}

/// The P-256 key of this name.
pub(crate) fn es256(name: &str) -> Key {
    let secret = p256::ecdsa::SigningKey::from_slice(&bytes(name)).unwrap();
    let public = PublicKey::es256_from_sec1(secret.verifying_key().to_sec1_point(false).as_bytes()).unwrap();
    Key::Es256(secret, public)
}

/// The HPKE key of this name: DeriveKeyPair of its 32 bytes.
pub(crate) fn hpke(name: &str) -> HpkeKey {
    HpkeKey::from_seed(&bytes(name))
}

impl Key {
    /// What vectors say of the signer.
    pub(crate) fn shown(&self) -> Value {
        match self {
            Self::Ed25519(key) => json!({"algorithm": "Ed25519", "seed": hex(&key.seed()[..])}),
            Self::Es256(key, _) => json!({"algorithm": "ESP256", "private": hex(&key.to_bytes())}),
        }
    }
}

impl Signer for Key {
    fn public(&self) -> &PublicKey {
        match self {
            Self::Ed25519(key) => key.public(),
            Self::Es256(_, public) => public,
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        match self {
            Self::Ed25519(key) => key.sign(message),
            Self::Es256(key, _) => {
                // Deterministic (RFC 6979), so that the files are the same each time.
                let made: p256::ecdsa::Signature = key.sign(message);
                normalise_es256(&made.to_bytes()).map_err(|_| SignError)
            }
        }
    }
}

/// The COSE number of a key's algorithm.
pub(crate) fn number(key: &PublicKey) -> i8 {
    match key.algorithm() {
        Algorithm::Ed25519 => -19,
        Algorithm::Esp256 => -9,
    }
}

/// Randomness that is given: first these bytes, then no more.
pub(crate) struct Given(pub(crate) Vec<u8>);

impl rand_core::TryRng for Given {
    type Error = core::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(0)
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(0)
    }
    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Self::Error> {
        let rest = self.0.split_off(dst.len());
        dst.copy_from_slice(&self.0);
        self.0 = rest;
        Ok(())
    }
}
impl rand_core::TryCryptoRng for Given {}

/// That randomness as the library takes it.
pub(crate) fn given(parts: &[&[u8]]) -> UnwrapErr<Given> {
    UnwrapErr(Given(parts.concat()))
}

/// The order id of this name.
pub(crate) fn order_id(name: &str, time: Time) -> OrderId {
    OrderId::generate(time, &mut given(&[&bytes(name)]))
}

/// The act id of this name.
pub(crate) fn act_id(name: &str, time: Time) -> ActId {
    ActId::generate(time, &mut given(&[&bytes(name)]))
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}
