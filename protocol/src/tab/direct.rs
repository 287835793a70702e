//! Direct call: a voucher over a connection between payer and payee, sealed to the payee's HPKE key, and the payee's answer.
//!
//! ```cddl
//! direct-request = {
//!   0: 1,
//!   1: bstr .size 32,         ; hold
//!   2: bstr .size 32,         ; enc
//!   3: bstr .size 256,        ; a signed voucher, padded, sealed to the HPKE key that the hold's bundle was sealed to
//! }
//! direct-answer = {
//!   0: 1,
//!   1: bstr .size 32,         ; nonce, random
//!   2: bstr .size 256,        ; direct-said, padded, sealed
//! }
//! direct-said = [1, amount]   ; taken and stored: the total so far
//!             / [2, voucher: bstr]    ; behind: the greatest that the payee has
//!             / [3, 1..7]     ; not taken, and why
//! ```
//!
//! Neither is signed: the voucher in the request is, and only who holds the payee's HPKE key can make an answer that opens. `info` =
//! `farthing/1/direct-voucher`, the additional data of both is the hold's name. As in RFC 9458 §4.4 the answer's key comes from a secret
//! that is exported from the request's context (`farthing/1/direct-answer`), with enc and the answer's nonce as salt: a request that is
//! posted again, by whomever, is answered under another key.
//!
//! ```
//! use farthing_protocol::{cbor::V1, cose::Signed, key::Ed25519Key, money::*, sealed::HpkeKey, tab::*};
//! # struct Fixed; // Not random: only for this example.
//! # impl rand_core::TryRng for Fixed {
//! #     type Error = core::convert::Infallible;
//! #     fn try_next_u32(&mut self) -> Result<u32, Self::Error> { Ok(7) }
//! #     fn try_next_u64(&mut self) -> Result<u64, Self::Error> { Ok(7) }
//! #     fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Self::Error> { to.fill(7); Ok(()) }
//! # }
//! # impl rand_core::TryCryptoRng for Fixed {}
//! # let mut rng = rand_core::UnwrapErr(Fixed);
//! let total = Amount::parse("0.02 USD", &[Asset::new(Code::new("USD")?, 6)?])?;
//! let voucher = Voucher { version: V1, hold: HoldId::new([1; 32]), hold_version: HoldVersion::new(1), total };
//! let voucher = Signed::sign(voucher, &Ed25519Key::from_seed([7; 32]))?;
//! let meter = HpkeKey::from_seed(&[2; 32]);
//!
//! let (request, asked) = DirectRequest::seal(&voucher, meter.public(), &mut rng)?;
//! let (seen, answering) = DirectRequest::decode(&request.encode())?.open(&meter)?;
//! assert_eq!(seen.bytes(), voucher.bytes());
//! let answer = answering.answer(&DirectSaid::Taken(total), &mut rng)?;
//! assert_eq!(asked.hear(&answer.encode())?, DirectSaid::Taken(total));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use super::{HoldId, Voucher};
use crate::cbor::{self, Bytes, V1, byte_newtype};
use crate::cose::{Signed, SignedBytes};
use crate::error::Malformed;
use crate::id::random;
use crate::key::HpkePublicKey;
use crate::limits::{DIRECT_MAX, DIRECT_PADDED};
use crate::money::Amount;
use crate::sealed::{self, CannotOpen, HpkeKey, HpkeSealed, Secret, TAG_LEN};
use minicbor::{Decode, Decoder, Encode, decode::Error as DecodeError};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

const INFO: &[u8] = b"farthing/1/direct-voucher";
const ANSWER: &[u8] = b"farthing/1/direct-answer";
/// The padded plaintext: without the tag that sealing adds.
const STEPS: [usize; 1] = [DIRECT_PADDED - TAG_LEN];

byte_newtype!(
    /// What makes each answer's key another one: 32 random bytes.
    DirectNonce, 32
);

random!(DirectNonce);

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DirectRequest {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// The voucher's hold: by it the payee finds the key.
    #[n(1)]
    pub hold: HoldId,
    /// The encapsulated key.
    #[n(2)]
    pub enc: HpkePublicKey,
    /// The sealed voucher.
    #[n(3)]
    #[cbor(decode_with = "padded")]
    pub ciphertext: Bytes<DIRECT_PADDED>,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DirectAnswer {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// What the key is derived with.
    #[n(1)]
    pub nonce: DirectNonce,
    /// What is said, sealed.
    #[n(2)]
    #[cbor(decode_with = "padded")]
    pub ciphertext: Bytes<DIRECT_PADDED>,
}

fn padded<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Bytes<DIRECT_PADDED>, DecodeError> {
    let bytes = d.bytes()?;
    if bytes.len() == DIRECT_PADDED {
        Ok(Bytes::new(bytes.to_vec())?)
    } else {
        Err(Malformed::Value("what is sealed for a direct call has 256 bytes").into())
    }
}

/// What a payee says to a voucher.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum DirectSaid {
    /// It is stored, as it is or in a greater one: what all drops come to.
    #[n(1)]
    Taken(#[n(0)] Amount),
    /// It is for less than this one, which is the greatest that the payee has.
    #[n(2)]
    Behind(
        /// A signed `voucher`.
        #[n(0)]
        SignedBytes,
    ),
    /// It is not taken.
    #[n(3)]
    Refused(#[n(0)] DirectRefusal),
}

/// Why a payee does not take a voucher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
#[non_exhaustive]
pub enum DirectRefusal {
    /// It is not of this tab, or not by its key.
    #[n(1)]
    NotGood,
    /// The payee has to ask the verifier first: for a higher cap, or because it has not looked for long. The same voucher may be taken
    /// a moment later.
    #[n(2)]
    LookFirst,
    /// The tab was closed, released, or is over.
    #[n(3)]
    NotOpen,
    /// The end of spending is near, or past.
    #[n(4)]
    TooLate,
    /// The tab does not keep to the offer's terms.
    #[n(5)]
    Differs,
    /// Another device of the payee's takes this tab's vouchers.
    #[n(6)]
    Elsewhere,
    /// The payee's device may not act any more.
    #[n(7)]
    MayNot,
}

impl DirectRefusal {
    /// The stable name, in snake case.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::NotGood => "not_good",
            Self::LookFirst => "look_first",
            Self::NotOpen => "not_open",
            Self::TooLate => "too_late",
            Self::Differs => "differs",
            Self::Elsewhere => "elsewhere",
            Self::MayNot => "may_not",
        }
    }
}

/// What only the two ends of a request have: the answer is sealed under it.
pub struct DirectContext {
    secret: Secret,
    enc: [u8; 32],
    hold: HoldId,
}

impl core::fmt::Debug for DirectContext {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "DirectContext({}, secret redacted)", self.hold)
    }
}

impl DirectRequest {
    /// Seals a voucher to its payee's HPKE key.
    ///
    /// # Errors
    /// [`Malformed::Key`] for a bad key, [`Malformed::TooLarge`] for a voucher larger than any.
    pub fn seal(
        voucher: &Signed<Voucher>,
        to: &HpkePublicKey,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<(Self, DirectContext), Malformed> {
        let hold = voucher.claims().hold;
        let padded = sealed::pad_to(voucher.bytes(), &STEPS)?;
        let (sealed, [secret]) = sealed::hpke_seal_context(to, INFO, hold.as_bytes(), &padded, [ANSWER], rng)?;
        let (enc, ciphertext) = (HpkePublicKey::new(sealed.enc), Bytes::new(sealed.ciphertext)?);
        Ok((Self { version: V1, hold, enc, ciphertext }, DirectContext { secret, enc: sealed.enc, hold }))
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        decode(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Opens it with the payee's HPKE key. Whose voucher it is, and whether it is good, remains to be looked at.
    ///
    /// # Errors
    /// [`CannotOpen`] when it is not for this key, or holds no voucher of the hold that it names.
    pub fn open(&self, key: &HpkeKey) -> Result<(Signed<Voucher>, DirectContext), CannotOpen> {
        let sealed = HpkeSealed { enc: *self.enc.as_bytes(), ciphertext: self.ciphertext.as_slice().to_vec() };
        let (padded, [secret]) = key.open_context(INFO, self.hold.as_bytes(), &sealed, [ANSWER])?;
        let voucher = sealed::unpad_from(&padded, &STEPS).map_err(|_| CannotOpen)?;
        let voucher = Signed::<Voucher>::parse(&voucher).map_err(|_| CannotOpen)?;
        if voucher.claims().hold != self.hold {
            return Err(CannotOpen);
        }
        Ok((voucher, DirectContext { secret, enc: sealed.enc, hold: self.hold }))
    }
}

impl DirectContext {
    fn key(&self, nonce: &DirectNonce) -> Zeroizing<[u8; 32]> {
        let salt = [&self.enc[..], nonce.as_bytes()].concat();
        sealed::derive(&salt, &self.secret[..], &[ANSWER])
    }

    /// Seals an answer, at the payee.
    ///
    /// # Errors
    /// [`Malformed::TooLarge`] for a voucher larger than any.
    pub fn answer(&self, said: &DirectSaid, rng: &mut (impl CryptoRng + ?Sized)) -> Result<DirectAnswer, Malformed> {
        let nonce = DirectNonce::generate(rng);
        let padded = sealed::pad_to(&cbor::encode(said), &STEPS)?;
        let ciphertext = sealed::seal_once(&self.key(&nonce), self.hold.as_bytes(), &padded);
        Ok(DirectAnswer { version: V1, nonce, ciphertext: Bytes::new(ciphertext)? })
    }

    /// Opens an answer, at the payer.
    ///
    /// # Errors
    /// [`CannotOpen`] when it is none to this request by its payee.
    pub fn hear(&self, answer: &[u8]) -> Result<DirectSaid, CannotOpen> {
        let answer = DirectAnswer::decode(answer).map_err(|_| CannotOpen)?;
        let padded = sealed::open_once(&self.key(&answer.nonce), self.hold.as_bytes(), answer.ciphertext.as_slice())?;
        let said = sealed::unpad_from(&padded, &STEPS).map_err(|_| CannotOpen)?;
        cbor::decode(&said).map_err(|_| CannotOpen)
    }
}

impl DirectAnswer {
    /// Reads one.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        decode(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(self)
    }
}

fn decode<T: for<'b> Decode<'b, ()> + Encode<()>>(bytes: &[u8]) -> Result<T, Malformed> {
    if bytes.len() > DIRECT_MAX {
        return Err(Malformed::TooLarge { limit: DIRECT_MAX });
    }
    cbor::decode(bytes)
}
