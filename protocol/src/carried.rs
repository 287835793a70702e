//! Carried order: a payer without network hands its order to the payee, who posts it (wire decision 24).
//!
//! ```cddl
//! carried-order = {
//!   0: 1,
//!   1: bstr .size 32,         ; verifier
//!   2: bstr .size 32,         ; enc
//!   3: bstr .size (512 / 1024 / 2048 / 5120),    ; an order-body, padded, sealed to the verifier's HPKE key
//! }
//! ```
//!
//! Not signed: the order inside is. `info` = `farthing/1/carried-order`, the additional data is the verifier's identity. The payee can
//! neither read it nor alter it nor pay it elsewhere; it can only post it, or not, and whoever posts it twice pays once.
//!
//! ```
//! use farthing_protocol::{carried::CarriedOrder, cbor::Bytes, http::OrderBody, id::VerifierId, sealed::HpkeKey};
//! # struct Fixed; // Not random: only for this example.
//! # impl rand_core::TryRng for Fixed {
//! #     type Error = core::convert::Infallible;
//! #     fn try_next_u32(&mut self) -> Result<u32, Self::Error> { Ok(7) }
//! #     fn try_next_u64(&mut self) -> Result<u64, Self::Error> { Ok(7) }
//! #     fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Self::Error> { to.fill(7); Ok(()) }
//! # }
//! # impl rand_core::TryCryptoRng for Fixed {}
//! # let mut rng = rand_core::UnwrapErr(Fixed);
//! let key = HpkeKey::from_seed(&[1; 32]);
//! let body = OrderBody { order: Bytes::new(vec![7; 400])?, bundle: None, code: None };
//! let carried = CarriedOrder::seal(&body, &VerifierId::new([2; 32]), key.public(), &mut rng)?;
//! assert_eq!(CarriedOrder::decode(&carried.encode())?.open(&key)?, body);
//! let elsewhere = CarriedOrder { verifier: VerifierId::new([3; 32]), ..carried };
//! assert!(elsewhere.open(&key).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::cbor::{self, Bytes, V1};
use crate::error::Malformed;
use crate::http::OrderBody;
use crate::id::VerifierId;
use crate::key::HpkePublicKey;
use crate::limits::{CARRIED_MAX, CARRIED_PADDED};
use crate::sealed::{self, CannotOpen, HpkeKey, HpkeSealed, TAG_LEN};
use minicbor::{Decode, Decoder, Encode, decode::Error as DecodeError};
use rand_core::CryptoRng;

const INFO: &[u8] = b"farthing/1/carried-order";

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CarriedOrder {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// Who can open it.
    #[n(1)]
    pub verifier: VerifierId,
    /// The encapsulated key.
    #[n(2)]
    pub enc: HpkePublicKey,
    /// The sealed order-body.
    #[n(3)]
    #[cbor(decode_with = "sealed_body")]
    pub ciphertext: Bytes<CARRIED_MAX>,
}

fn sealed_body<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Bytes<CARRIED_MAX>, DecodeError> {
    let bytes = d.bytes()?;
    if CARRIED_PADDED.contains(&bytes.len()) {
        Ok(Bytes::new(bytes.to_vec())?)
    } else {
        Err(Malformed::Value("a carried order's ciphertext has 512, 1024, 2048 or 5120 bytes").into())
    }
}

/// The sizes of the padded plaintext: without the tag that sealing adds.
fn steps() -> [usize; CARRIED_PADDED.len()] {
    CARRIED_PADDED.map(|size| size - TAG_LEN)
}

impl CarriedOrder {
    /// Seals an order with what goes with it to the verifier's HPKE key.
    ///
    /// # Errors
    /// [`Malformed::TooLarge`] when it does not fit, [`Malformed::Key`] for a bad key.
    pub fn seal(
        body: &OrderBody,
        verifier: &VerifierId,
        to: &HpkePublicKey,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, Malformed> {
        let padded = sealed::pad_to(&body.encode(), &steps())?;
        let sealed = sealed::hpke_seal(to, INFO, verifier.as_bytes(), &padded, rng)?;
        Ok(Self {
            version: V1,
            verifier: *verifier,
            enc: HpkePublicKey::new(sealed.enc),
            ciphertext: Bytes::new(sealed.ciphertext)?,
        })
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > CARRIED_MAX {
            return Err(Malformed::TooLarge { limit: CARRIED_MAX });
        }
        cbor::decode(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Opens it with a verifier's HPKE key.
    ///
    /// # Errors
    /// [`CannotOpen`] when it is not for this key, or names another verifier than it was sealed for, or holds no order-body.
    pub fn open(&self, key: &HpkeKey) -> Result<OrderBody, CannotOpen> {
        let sealed = HpkeSealed { enc: *self.enc.as_bytes(), ciphertext: self.ciphertext.as_slice().to_vec() };
        let padded = key.open(INFO, self.verifier.as_bytes(), &sealed)?;
        let plaintext = sealed::unpad_from(&padded, &steps()).map_err(|_| CannotOpen)?;
        OrderBody::decode(&plaintext).map_err(|_| CannotOpen)
    }
}
