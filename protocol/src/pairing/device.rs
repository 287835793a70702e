//! Device offer and grant: how a new phone becomes a device of somebody's account.
//!
//! ```cddl
//! device-offer = {
//!   0: 1,
//!   1: bstr .size 32,         ; transcript hash
//!   2: public-key,            ; act key
//!   3: public-key,            ; session key, Ed25519
//!   ? 4: bstr .size 32,       ; Olm identity (Curve25519)
//!   5: time,                  ; created
//! }
//! device-grant = {
//!   0: 1,
//!   1: bstr .size 32,         ; transcript hash
//!   2: bstr,                  ; device certificate, signed
//!   3: public-key,            ; account key
//!   4: tstr,                  ; the verifier's URL
//!   ? 5: bstr .size 32,       ; SHA-256 of the TLS certificate (DER)
//!   6: bstr .size 32,         ; device receive seed: secret
//!   ? 7: tstr,                ; an alias of the account
//!   8: uint,                  ; highest counter of the account key
//! }
//! ```
//!
//! Type `device-offer`, signed by its act key. The grant is not signed: only the two phones have its key, and what
//! counts in it is the certificate.

use super::TranscriptHash;
use crate::alias::Alias;
use crate::cbor::{self, V1};
use crate::cose::{Object, SignedBytes};
use crate::error::Malformed;
use crate::id::{Counter, TlsCertificateHash};
use crate::invite::is_verifier_url;
use crate::key::{Algorithm, OlmKey, PublicKey, secret_eq};
use crate::limits::URL_MAX;
use crate::sealed::Secret;
use crate::text::Text;
use crate::time::Time;
use minicbor::{
    Decode, Decoder, Encode, Encoder,
    decode::Error as DecodeError,
    encode::{Error as EncodeError, Write},
};
use zeroize::Zeroizing;

/// The keys of a new device, which the account's owner is to certify.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DeviceOffer {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// The pairing.
    #[n(1)]
    pub transcript: TranscriptHash,
    /// Will sign what moves value; signs this.
    #[n(2)]
    pub act: PublicKey,
    /// Will sign reads and session acts.
    #[n(3)]
    pub session: PublicKey,
    /// Its Olm identity key.
    #[n(4)]
    pub olm: Option<OlmKey>,
    /// When it was made.
    #[n(5)]
    pub created: Time,
}

impl Object for DeviceOffer {
    const TYPE: &'static str = "device-offer";

    fn check(&self) -> Result<(), Malformed> {
        if self.session.algorithm() != Algorithm::Ed25519 {
            return Err(Malformed::Value("a session key is Ed25519"));
        }
        if self.session == self.act { Err(Malformed::Value("act and session keys differ")) } else { Ok(()) }
    }
}

/// The seed of a device's payee keys; wiped when dropped.
#[derive(Clone)]
pub struct DeviceReceiveSeed(Secret);

impl DeviceReceiveSeed {
    /// Takes the bytes as they are.
    #[must_use]
    pub fn new(seed: Zeroizing<[u8; 32]>) -> Self {
        Self(Box::new(seed))
    }

    /// The bytes, to be sealed by a vault.
    #[must_use]
    pub fn as_bytes(&self) -> &Zeroizing<[u8; 32]> {
        &self.0
    }
}

impl PartialEq for DeviceReceiveSeed {
    fn eq(&self, other: &Self) -> bool {
        secret_eq(&self.0[..], &other.0[..])
    }
}

impl Eq for DeviceReceiveSeed {}

impl core::fmt::Debug for DeviceReceiveSeed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("DeviceReceiveSeed(redacted)")
    }
}

impl<C> Encode<C> for DeviceReceiveSeed {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.bytes(&self.0[..])?.ok()
    }
}

impl<'b, C> Decode<'b, C> for DeviceReceiveSeed {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let seed = <[u8; 32]>::try_from(d.bytes()?).map(Zeroizing::new);
        Ok(Self::new(seed.map_err(|_| Malformed::Value("a seed has 32 bytes"))?))
    }
}

/// What a new device needs to begin.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DeviceGrant {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// The pairing.
    #[n(1)]
    pub transcript: TranscriptHash,
    /// Its signed `device-certificate`.
    #[n(2)]
    pub certificate: SignedBytes,
    /// The account key, which signed it.
    #[n(3)]
    pub account: PublicKey,
    /// Where the verifier listens.
    #[n(4)]
    pub url: Text<URL_MAX>,
    /// The TLS certificate to expect.
    #[n(5)]
    pub tls: Option<TlsCertificateHash>,
    /// Its own payee keys come from this.
    #[n(6)]
    pub seed: DeviceReceiveSeed,
    /// Under which name the account is paid.
    #[n(7)]
    pub alias: Option<Alias>,
    /// The highest counter of the account key.
    #[n(8)]
    pub counter: Counter,
}

impl DeviceGrant {
    /// Reads a grant.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let grant: Self = cbor::decode(bytes)?;
        if is_verifier_url(grant.url.as_str()) {
            Ok(grant)
        } else {
            Err(Malformed::Value("a verifier's URL is https, or http to this machine"))
        }
    }

    /// The grant's bytes, which are as secret as its seed.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        cbor::encode_secret(self)
    }
}
