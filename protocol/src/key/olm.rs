//! Olm's public keys.

use crate::cbor::byte_newtype;
use crate::error::Malformed;
use minicbor::{Decode, Decoder, decode::Error as DecodeError};

byte_newtype!(partial
    /// A Curve25519 public key of Olm: a device's identity key, a one-time key or a fallback key.
    ///
    /// One that is read from elsewhere is not of small order: with such a key every secret that is agreed on is zero (RFC 7748
    /// §6.1), so Olm begins no session with it, and who leaves one makes others fail.
    OlmKey, 32
);

/// The u of the points of small order on the curve and its twist, little-endian; also those not below 2^255 − 19.
const SMALL_ORDER: [[u8; 32]; 7] = [
    [0; 32],
    ends(0x01, 0x00, 0x00),
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09,
        0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44,
        0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57,
    ],
    ends(0xec, 0xff, 0x7f),
    ends(0xed, 0xff, 0x7f),
    ends(0xee, 0xff, 0x7f),
];

const fn ends(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut bytes = [middle; 32];
    let [low, .., high] = &mut bytes;
    (*low, *high) = (first, last);
    bytes
}

impl OlmKey {
    /// True for a key with which no secret can be agreed on. Its highest bit does not count (RFC 7748 §5).
    #[must_use]
    pub fn is_weak(&self) -> bool {
        let mut masked = self.0;
        let [.., high] = &mut masked;
        *high &= 0x7f;
        SMALL_ORDER.contains(&masked)
    }
}

impl<'b, C> Decode<'b, C> for OlmKey {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let key = Self::from_slice(d.bytes()?).ok_or(Malformed::Value("an Olm key has 32 bytes"))?;
        if key.is_weak() { Err(Malformed::Key.into()) } else { Ok(key) }
    }
}
