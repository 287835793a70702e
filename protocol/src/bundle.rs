//! Bundle: the sealed message that travels with an order (wire decision 10).
//!
//! ```cddl
//! bundle = {
//!   0: 1,
//!   1: bstr .size (256 / 1024 / 4096),   ; body: a disclosure, padded, sealed once under a fresh key
//!   2: [1*16 recipient],      ; the key, wrapped for each recipient
//! }
//! recipient = [1, enc: bstr .size 32, wrapped: bstr .size 48]     ; HPKE to the payee's key
//! ```
//!
//! Not signed: the order holds its SHA-256. `info` = `farthing/1/bundle`; the additional data of both
//! layers is `order id ‖ payee key hash`, so that a bundle cannot be moved to another order or payee.
//!
//! ```
//! use farthing_protocol::{bundle::{Binding, Bundle}, details::{Details, Disclosure}, id::*, sealed::HpkeKey};
//! # use farthing_protocol::time::Time;
//! # struct Fixed; // Not random: only for this example.
//! # impl rand_core::TryRng for Fixed {
//! #     type Error = core::convert::Infallible;
//! #     fn try_next_u32(&mut self) -> Result<u32, Self::Error> { Ok(7) }
//! #     fn try_next_u64(&mut self) -> Result<u64, Self::Error> { Ok(7) }
//! #     fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Self::Error> { to.fill(7); Ok(()) }
//! # }
//! # impl rand_core::TryCryptoRng for Fixed {}
//! # let mut rng = rand_core::UnwrapErr(Fixed);
//! let payee = HpkeKey::from_seed(&[1; 32]);
//! let binding = Binding { order: OrderId::generate(Time::from_ms(1), &mut rng), payee_key: PayeeKeyHash::new([2; 32]) };
//! let told = Disclosure::new(Details::default(), &mut rng);
//! let bundle = Bundle::seal(&told, payee.public(), &binding, &mut rng)?;
//! assert_eq!(bundle.open(&payee, &binding)?, told);
//! let elsewhere = Binding { payee_key: PayeeKeyHash::new([3; 32]), ..binding };
//! assert!(bundle.open(&payee, &elsewhere).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::cbor::{self, Bytes, V1};
use crate::details::Disclosure;
use crate::error::Malformed;
use crate::id::{Digest, OrderId, PayeeKeyHash};
use crate::key::HpkePublicKey;
use crate::limits::{BUNDLE_MAX, BUNDLE_RECIPIENTS_MAX, PADDED};
use crate::sealed::{self, CannotOpen, HpkeKey, HpkeSealed};
use minicbor::{Decode, Decoder, Encode, decode::Error as DecodeError};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

const INFO: &[u8] = b"farthing/1/bundle";
const WRAPPED_LEN: usize = 48;
const BODY_LEN: Malformed = Malformed::Value("a bundle's body has 256, 1024 or 4096 bytes");

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Bundle {
    /// Always 1.
    #[n(0)]
    pub version: V1,
    /// The sealed body.
    #[n(1)]
    #[cbor(decode_with = "sealed_body")]
    pub body: Bytes<4096>,
    /// Whom it is for.
    #[n(2)]
    pub recipients: Vec<Recipient>,
}

/// The body's key, wrapped.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum Recipient {
    /// By HPKE to the key in a request or an alias record.
    #[n(1)]
    Hpke(
        /// The encapsulated key.
        #[n(0)]
        HpkePublicKey,
        /// The wrapped key with its tag.
        #[n(1)]
        #[cbor(decode_with = "wrapped_key")]
        Bytes<WRAPPED_LEN>,
    ),
}

fn sealed_body<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Bytes<4096>, DecodeError> {
    let bytes = d.bytes()?;
    let padded = PADDED.contains(&bytes.len());
    if padded { Ok(Bytes::new(bytes.to_vec())?) } else { Err(BODY_LEN.into()) }
}

fn wrapped_key<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Bytes<WRAPPED_LEN>, DecodeError> {
    let bytes = d.bytes()?;
    if bytes.len() == WRAPPED_LEN {
        Ok(Bytes::new(bytes.to_vec())?)
    } else {
        Err(Malformed::Value("a wrapped key has 48 bytes").into())
    }
}

/// What a bundle belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// The order it comes with.
    pub order: OrderId,
    /// The payee it is for.
    pub payee_key: PayeeKeyHash,
}

impl Binding {
    fn aad(&self) -> Vec<u8> {
        [&self.order.as_bytes()[..], self.payee_key.as_bytes()].concat()
    }
}

impl Bundle {
    /// Seals a disclosure to a payee's HPKE key.
    ///
    /// # Errors
    /// [`Malformed::TooLarge`] when memo and items do not fit, [`Malformed::Key`] for a bad key.
    pub fn seal(
        disclosure: &Disclosure,
        to: &HpkePublicKey,
        binding: &Binding,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, Malformed> {
        let aad = binding.aad();
        let mut key = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut key[..]);
        let body = sealed::seal_once(&key, &aad, &sealed::pad(&cbor::encode(disclosure))?);
        if body.is_empty() {
            // Only if the AEAD failed, which it does not at this size.
            return Err(Malformed::TooLarge { limit: BUNDLE_MAX });
        }
        let wrapped = sealed::hpke_seal(to, INFO, &aad, &key[..], rng)?;
        Ok(Self {
            version: V1,
            body: Bytes::new(body)?,
            recipients: vec![Recipient::Hpke(HpkePublicKey::new(wrapped.enc), Bytes::new(wrapped.ciphertext)?)],
        })
    }

    /// Reads a bundle.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > BUNDLE_MAX {
            return Err(Malformed::TooLarge { limit: BUNDLE_MAX });
        }
        let bundle: Self = cbor::decode(bytes)?;
        if bundle.recipients.is_empty() || bundle.recipients.len() > BUNDLE_RECIPIENTS_MAX {
            return Err(Malformed::Value("a bundle has 1 to 16 recipients"));
        }
        Ok(bundle)
    }

    /// The hash that the order holds.
    #[must_use]
    pub fn hash(&self) -> Digest {
        Digest::of(&cbor::encode(self))
    }

    /// Opens the bundle with a payee's HPKE key.
    ///
    /// # Errors
    /// [`CannotOpen`] when it is not for this key, or not of this order, or holds no disclosure.
    pub fn open(&self, key: &HpkeKey, binding: &Binding) -> Result<Disclosure, CannotOpen> {
        let aad = binding.aad();
        let body_key = self
            .recipients
            .iter()
            .find_map(|Recipient::Hpke(enc, wrapped)| {
                let sealed = HpkeSealed { enc: *enc.as_bytes(), ciphertext: wrapped.as_slice().to_vec() };
                let opened = key.open(INFO, &aad, &sealed).ok()?;
                <[u8; 32]>::try_from(&opened[..]).ok().map(Zeroizing::new)
            })
            .ok_or(CannotOpen)?;
        let padded = sealed::open_once(&body_key, &aad, self.body.as_slice())?;
        let plaintext = sealed::unpad(&padded).map_err(|_| CannotOpen)?;
        Disclosure::decode(&plaintext).map_err(|_| CannotOpen)
    }
}
