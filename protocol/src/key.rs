//! Public keys, their RFC 9679 thumbprints, and signatures of the profile.
//!
//! ```cddl
//! public-key = ed25519-key / es256-key        ; a COSE_Key (RFC 9052 §7) with required members only
//! ed25519-key = { 1: 1, -1: 6, -2: bstr .size 32 }
//! es256-key = { 1: 2, -1: 1, -2: bstr .size 32, -3: bstr .size 32 }
//! ```
//!
//! The encoding is exactly the input of the thumbprint, so `SHA-256(encode(key))` is the key's hash.
//!
//! ```
//! use farthing_protocol::{Unverified, key::{Ed25519Key, Signer as _}};
//! let key = Ed25519Key::from_seed([7; 32]);
//! let signature = key.sign(b"message")?;
//! assert_eq!(key.public().verify(b"message", &signature), Ok(()));
//! assert_eq!(key.public().verify(b"massage", &signature), Err(Unverified::BadSignature));
//! assert_eq!(key.public().kid().as_bytes()[..], key.public().thumbprint().as_bytes()[..8]);
//! # Ok::<(), farthing_protocol::SignError>(())
//! ```

mod bare;
mod olm;

pub use bare::BareKey;
pub use olm::OlmKey;

use crate::cbor::{self, byte_newtype};
use crate::error::{Malformed, SignError, Unverified};
use crate::id::{AccountId, DeviceId, Digest, PayeeKeyHash, VerifierId};
use ed25519_dalek::Signer as _;
use minicbor::{
    Decode, Decoder, Encode, Encoder,
    decode::Error as DecodeError,
    encode::{Error as EncodeError, Write},
};
use p256::elliptic_curve::sec1::ToSec1Point as _;
use ring::signature::{ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroize as _;

byte_newtype!(
    /// Names a key in a COSE header: the first 8 bytes of its thumbprint. A hint, never an identity.
    Kid, 8
);
byte_newtype!(
    /// A signature: Ed25519 (RFC 8032), or ES256 as r‖s with s ≤ n/2.
    Signature, 64
);
byte_newtype!(
    /// An X25519 public key for HPKE (RFC 9180).
    HpkePublicKey, 32
);

/// The two algorithms of the profile (RFC 9864), by their COSE numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Ed25519, −19.
    Ed25519,
    /// ECDSA over P-256 with SHA-256, −9.
    Esp256,
}

/// A public key, of either algorithm.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum PublicKey {
    /// Ed25519; [`PublicKey::ed25519`] checks one that comes from elsewhere.
    Ed25519([u8; 32]),
    /// P-256, a point on the curve.
    Es256 {
        /// The point's x, big-endian.
        x: [u8; 32],
        /// The point's y, big-endian.
        y: [u8; 32],
    },
}

impl PublicKey {
    /// Which algorithm its signatures have.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ed25519(_) => Algorithm::Ed25519,
            Self::Es256 { .. } => Algorithm::Esp256,
        }
    }

    /// RFC 9679 thumbprint with SHA-256.
    #[must_use]
    pub fn thumbprint(&self) -> Digest {
        Digest::of(&cbor::encode(self))
    }

    /// The key's name in COSE headers.
    #[must_use]
    pub fn kid(&self) -> Kid {
        let mut kid = [0; 8];
        for (to, from) in kid.iter_mut().zip(self.thumbprint().as_bytes()) {
            *to = *from;
        }
        Kid::new(kid)
    }

    /// The verifier whose root key this is.
    #[must_use]
    pub fn verifier_id(&self) -> VerifierId {
        VerifierId::new(*self.thumbprint().as_bytes())
    }

    /// The account whose account key this is.
    #[must_use]
    pub fn account_id(&self) -> AccountId {
        AccountId::new(self.thumbprint().first_16())
    }

    /// The device whose `act` key this is.
    #[must_use]
    pub fn device_id(&self) -> DeviceId {
        DeviceId::new(self.thumbprint().first_16())
    }

    /// The hash by which orders and receipts name a payee key.
    #[must_use]
    pub fn payee_key_hash(&self) -> PayeeKeyHash {
        PayeeKeyHash::new(*self.thumbprint().as_bytes())
    }

    /// An Ed25519 key from its 32 bytes (RFC 8032 §5.1.2).
    ///
    /// # Errors
    /// [`Malformed::Key`] when they are not the canonical encoding of a point, or the point is of small order: with
    /// such a key one signature fits many messages, and another encoding would have another thumbprint.
    pub fn ed25519(bytes: [u8; 32]) -> Result<Self, Malformed> {
        let point = ed25519_dalek::VerifyingKey::from_bytes(&bytes).map_err(|_| Malformed::Key)?;
        let canonical = match bytes {
            // y ≥ 2^255 − 19, little-endian, whatever the sign bit.
            [first, middle @ .., last] => first < 0xed || last & 0x7f != 0x7f || middle.iter().any(|b| *b != 0xff),
        };
        if canonical && !point.is_weak() { Ok(Self::Ed25519(bytes)) } else { Err(Malformed::Key) }
    }

    /// A P-256 key from its SEC1 encoding (33 or 65 bytes), as phone hardware gives it.
    ///
    /// # Errors
    /// [`Malformed::Key`] when it is not a point on the curve.
    pub fn es256_from_sec1(bytes: &[u8]) -> Result<Self, Malformed> {
        let key = p256::PublicKey::from_sec1_bytes(bytes).map_err(|_| Malformed::Key)?;
        let point = key.to_sec1_point(false);
        match (point.x(), point.y()) {
            (Some(x), Some(y)) => Ok(Self::Es256 { x: (*x).into(), y: (*y).into() }),
            _ => Err(Malformed::Key),
        }
    }

    /// Checks a signature over `message`.
    ///
    /// # Errors
    /// [`Unverified::HighS`] or [`Unverified::BadSignature`].
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), Unverified> {
        match self {
            Self::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key)
                .verify(message, signature.as_bytes())
                .map_err(|_| Unverified::BadSignature),
            Self::Es256 { x, y } => {
                // ring accepts s > n/2, of which everyone can make a second signature (wire decision 2).
                if is_high_s(signature) {
                    return Err(Unverified::HighS);
                }
                let point: Vec<u8> = [&[4_u8][..], x, y].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                    .verify(message, signature.as_bytes())
                    .map_err(|_| Unverified::BadSignature)
            }
        }
    }
}

/// n/2 of P-256, rounded down, big-endian.
const P256_HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xde, 0x73, 0x7d,
    0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
];

fn is_high_s(signature: &Signature) -> bool {
    signature.as_bytes().iter().skip(32).gt(P256_HALF_ORDER.iter())
}

/// Brings an ES256 signature from hardware, DER or r‖s, into the profile's form with low s.
///
/// # Errors
/// [`Malformed::Key`] when it is neither.
pub fn normalise_es256(signature: &[u8]) -> Result<Signature, Malformed> {
    let parsed = if signature.len() == Signature::LEN {
        p256::ecdsa::Signature::from_slice(signature)
    } else {
        p256::ecdsa::Signature::from_der(signature)
    };
    let low = parsed.map_err(|_| Malformed::Key)?.normalize_s();
    Signature::from_slice(&low.to_bytes()).ok_or(Malformed::Key)
}

impl core::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "PublicKey({:?} {})", self.algorithm(), self.kid())
    }
}

impl<C> Encode<C> for PublicKey {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        match self {
            Self::Ed25519(x) => e.map(3)?.u8(1)?.u8(1)?.i8(-1)?.u8(6)?.i8(-2)?.bytes(x)?.ok(),
            Self::Es256 { x, y } => e.map(4)?.u8(1)?.u8(2)?.i8(-1)?.u8(1)?.i8(-2)?.bytes(x)?.i8(-3)?.bytes(y)?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for PublicKey {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let members = d.map()?;
        members_of_key(members, d).map_err(|fault| if fault.is_end_of_input() { fault } else { Malformed::Key.into() })
    }
}

/// A map that is anything but a key of the profile is no key, whatever is wrong with it.
fn members_of_key(members: Option<u64>, d: &mut Decoder<'_>) -> Result<PublicKey, DecodeError> {
    let wrong = || DecodeError::from(Malformed::Key);
    let member = |label: i64, d: &mut Decoder<'_>| -> Result<(), DecodeError> {
        if d.i64()? == label { Ok(()) } else { Err(wrong()) }
    };
    member(1, d)?;
    let kty = d.u64()?;
    member(-1, d)?;
    let crv = d.u64()?;
    member(-2, d)?;
    let x: [u8; 32] = d.bytes()?.try_into().map_err(|_| wrong())?;
    match (members, kty, crv) {
        (Some(3), 1, 6) => Ok(PublicKey::ed25519(x)?),
        (Some(4), 2, 1) => {
            member(-3, d)?;
            let y: [u8; 32] = d.bytes()?.try_into().map_err(|_| wrong())?;
            let point: Vec<u8> = [&[4_u8][..], &x, &y].concat();
            Ok(PublicKey::es256_from_sec1(&point)?)
        }
        _ => Err(wrong()),
    }
}

/// Something that signs: a software key here, phone hardware in a shell.
pub trait Signer {
    /// The key that checks its signatures.
    fn public(&self) -> &PublicKey;

    /// Signs `message` in the profile's form.
    ///
    /// # Errors
    /// [`SignError`]; the signer itself knows why.
    fn sign(&self, message: &[u8]) -> Result<Signature, SignError>;
}

/// An Ed25519 key in memory, wiped when dropped. Its secret has a place of its own, so that a move leaves no copy behind.
pub struct Ed25519Key {
    secret: Box<ed25519_dalek::SigningKey>,
    public: PublicKey,
}

impl Ed25519Key {
    /// The key of a 32-byte seed (RFC 8032 §5.1.5).
    #[must_use]
    pub fn from_seed(mut seed: [u8; 32]) -> Self {
        let secret = Box::new(ed25519_dalek::SigningKey::from_bytes(&seed));
        seed.zeroize();
        let public = PublicKey::Ed25519(secret.verifying_key().to_bytes());
        Self { secret, public }
    }

    /// A fresh key.
    #[must_use]
    pub fn generate(rng: &mut (impl rand_core::CryptoRng + ?Sized)) -> Self {
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        let key = Self::from_seed(seed);
        seed.zeroize();
        key
    }

    /// The seed, to be sealed by a vault.
    #[must_use]
    pub fn seed(&self) -> zeroize::Zeroizing<[u8; 32]> {
        zeroize::Zeroizing::new(self.secret.to_bytes())
    }
}

impl Signer for Ed25519Key {
    fn public(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        Ok(Signature::new(self.secret.sign(message).to_bytes()))
    }
}

impl core::fmt::Debug for Ed25519Key {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Ed25519Key({}, secret redacted)", self.public.kid())
    }
}

/// Compares secrets without telling by time where they differ. The one such function.
#[must_use]
pub fn secret_eq(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Randomness that is always the same byte.
    pub(crate) struct Fixed(pub(crate) u8);

    impl rand_core::TryRng for Fixed {
        type Error = core::convert::Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            Ok(u32::from_ne_bytes([self.0; 4]))
        }
        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            Ok(u64::from_ne_bytes([self.0; 8]))
        }
        fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Self::Error> {
            dst.fill(self.0);
            Ok(())
        }
    }
    impl rand_core::TryCryptoRng for Fixed {}

    #[test]
    fn debug_of_a_key_shows_no_secret() {
        let key = Ed25519Key::from_seed([0xab; 32]);
        let shown = format!("{key:?}");
        assert!(!shown.contains("abab") && !shown.contains("171"), "{shown}");
    }

    #[test]
    fn points_of_small_order_and_other_encodings_are_no_keys() {
        let y = |first: u8, last: u8| {
            let mut bytes = [if last & 0x7f == 0x7f { 0xff } else { 0 }; 32];
            [bytes[0], bytes[31]] = [first, last];
            bytes
        };
        // y = 1, −1 and 0: with these one signature fits every message. Then 1 and 0 written as 1 + p and p.
        let small = [y(1, 0), y(0xec, 0x7f), y(0, 0), y(0, 0x80), y(0xee, 0x7f), y(0xed, 0x7f)];
        // Of order 8 (RFC 7748's neighbours on the Edwards curve, as libsodium lists them).
        let eighth = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05";
        let eighth: [u8; 32] = data_encoding::HEXLOWER.decode(eighth.as_bytes()).unwrap().try_into().unwrap();
        for bytes in small.into_iter().chain([eighth]) {
            assert_eq!(PublicKey::ed25519(bytes), Err(Malformed::Key), "{bytes:02x?}");
        }
        let honest = Ed25519Key::from_seed([7; 32]);
        let PublicKey::Ed25519(bytes) = *honest.public() else { panic!() };
        assert_eq!(PublicKey::ed25519(bytes), Ok(*honest.public()));
    }

    #[test]
    fn high_s_is_refused_and_normalised() {
        use p256::ecdsa::signature::Signer as _;
        let secret = p256::ecdsa::SigningKey::from_slice(&[5; 32]).unwrap();
        let public = PublicKey::es256_from_sec1(secret.verifying_key().to_sec1_point(false).as_bytes()).unwrap();
        let made: p256::ecdsa::Signature = secret.sign(b"message");
        let low = made.normalize_s();
        let (r, s) = low.split_scalars();
        let high = p256::ecdsa::Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
        let high_bytes = Signature::from_slice(&high.to_bytes()).unwrap();
        assert_eq!(public.verify(b"message", &high_bytes), Err(Unverified::HighS));
        let back = normalise_es256(high.to_der().as_bytes()).unwrap();
        assert_eq!(public.verify(b"message", &back), Ok(()));
        assert_eq!(public.verify(b"massage", &back), Err(Unverified::BadSignature));
    }
}
