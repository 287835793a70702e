//! Ed25519 keys where no others may stand.

use super::PublicKey;
use crate::cbor::byte_newtype;
use crate::error::Malformed;
use minicbor::{Decode, Decoder, decode::Error as DecodeError};

byte_newtype!(partial
    /// An Ed25519 public key as its 32 bytes: where no other kind may stand, and what is shown as a QR code has no room.
    BareKey, 32
);

impl BareKey {
    /// The key's bytes; none for a key of the other kind.
    #[must_use]
    pub const fn of(key: &PublicKey) -> Option<Self> {
        match key {
            PublicKey::Ed25519(bytes) => Some(Self::new(*bytes)),
            PublicKey::Es256 { .. } => None,
        }
    }

    /// The key.
    #[must_use]
    pub const fn public(&self) -> PublicKey {
        PublicKey::Ed25519(self.0)
    }
}

impl<'b, C> Decode<'b, C> for BareKey {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        let key = Self::from_slice(d.bytes()?).ok_or(Malformed::Value("an Ed25519 key has 32 bytes"))?;
        PublicKey::ed25519(key.0)?;
        Ok(key)
    }
}
