//! Ids, hashes and counters, each a type of its own so that they cannot be mixed up.
//!
//! Ids are 16 bytes, hashes 32. Their text form is lower-case hex.
//!
//! ```
//! use farthing_protocol::id::{Digest, Handle, OrderId};
//! assert_eq!(Digest::of_parts(&[b"a", b"b"]), Digest::of(b"ab"));
//! assert_eq!(Handle::from_hex("00112233445566778899aabbccddeeff").map(|h| h.as_bytes()[1]), Some(0x11));
//! assert_eq!(OrderId::new([0; 16]).time(), None, "not a UUIDv7");
//! ```

use crate::cbor::{byte_newtype, counter_newtype};
use crate::time::Time;
use rand_core::CryptoRng;
use ring::digest;

/// Gives byte strings that are random by nature a way to be made.
macro_rules! random {
    ($($name:ident),+) => {$(
        impl $name {
            /// Fresh random bytes.
            #[must_use]
            pub fn generate(rng: &mut (impl rand_core::CryptoRng + ?Sized)) -> Self {
                let mut bytes = [0; Self::LEN];
                rng.fill_bytes(&mut bytes);
                Self::new(bytes)
            }
        }
    )+};
}
pub(crate) use random;

byte_newtype!(
    /// A SHA-256 digest.
    Digest, 32
);
byte_newtype!(
    /// A verifier's identity: SHA-256 thumbprint (RFC 9679) of its root key. Wallets pin it.
    VerifierId, 32
);
byte_newtype!(
    /// An account: the first 16 bytes of the account key's thumbprint.
    AccountId, 16
);
byte_newtype!(
    /// A device: the first 16 bytes of its `act` key's thumbprint.
    DeviceId, 16
);
byte_newtype!(
    /// Who signs a read: a device, or the account itself by its account key. Which of both, the verifier finds out.
    KeyId, 16
);
byte_newtype!(
    /// An order's id, a UUIDv7 (RFC 9562 §5.7) whose time is the order's `created`.
    OrderId, 16
);
byte_newtype!(
    /// A session act's id, a UUIDv7 like an order's.
    ActId, 16
);
byte_newtype!(short
    /// Where money is sent: random for a one-time handle, derived from its text for an alias.
    Handle, 16
);
byte_newtype!(
    /// Where a request's ciphertext lies at the verifier; says nothing about the request.
    Locator, 16
);
byte_newtype!(
    /// The hash of a payee key (its RFC 9679 thumbprint), as orders and receipts name it.
    PayeeKeyHash, 32
);
byte_newtype!(
    /// Ties a payment to a request without telling the verifier which: HKDF of the request's hash.
    RequestRef, 32
);
byte_newtype!(
    /// The salted hash of memo, items and names (wire decision 6).
    DetailsHash, 32
);
byte_newtype!(
    /// The caller's own random bytes, returned in a signed head so that an old head cannot be replayed.
    Nonce, 16
);
byte_newtype!(secret
    /// What an invite proves: 16 random bytes known to the verifier.
    InviteCode, 16
);
byte_newtype!(
    /// The SHA-256 hash of a TLS server certificate (DER), pinned by an invite.
    TlsCertificateHash, 32
);

counter_newtype!(
    /// Counts how often a verifier's ledger began anew: 1 after `init`, one more with each restore.
    Epoch
);
counter_newtype!(
    /// A position in the ledger. The first entry of a verifier is 1; `0` stands before it.
    Seq
);
counter_newtype!(
    /// A message's position in a device's mailbox. The first is 1; `0` stands before it.
    MessageNumber
);
counter_newtype!(
    /// The version of a fee schedule.
    FeeVersion
);
counter_newtype!(
    /// Orders what an account key signs; a lower one than was seen is refused.
    Counter
);

impl Digest {
    /// SHA-256 of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::of_parts(&[bytes])
    }

    /// SHA-256 of the parts, one after the other.
    #[must_use]
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        for part in parts {
            context.update(part);
        }
        let mut out = [0; 32];
        for (to, from) in out.iter_mut().zip(context.finish().as_ref()) {
            *to = *from;
        }
        Self::new(out)
    }

    /// The first 16 bytes, for ids that are derived.
    #[must_use]
    pub fn first_16(&self) -> [u8; 16] {
        let mut out = [0; 16];
        for (to, from) in out.iter_mut().zip(self.as_bytes()) {
            *to = *from;
        }
        out
    }
}

impl From<&DeviceId> for KeyId {
    fn from(device: &DeviceId) -> Self {
        Self::new(*device.as_bytes())
    }
}

impl From<&AccountId> for KeyId {
    fn from(account: &AccountId) -> Self {
        Self::new(*account.as_bytes())
    }
}

impl KeyId {
    /// The device with this id, should it be one.
    #[must_use]
    pub const fn as_device(&self) -> DeviceId {
        DeviceId::new(*self.as_bytes())
    }

    /// The account with this id, should it be one.
    #[must_use]
    pub const fn as_account(&self) -> AccountId {
        AccountId::new(*self.as_bytes())
    }
}

/// A UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, version, variant, 74 random bits.
fn uuid_v7(time: Time, rng: &mut (impl CryptoRng + ?Sized)) -> [u8; 16] {
    let mut random = [0; 10];
    rng.fill_bytes(&mut random);
    uuid::Builder::from_unix_timestamp_millis(time.as_ms(), &random).into_uuid().into_bytes()
}

/// The time inside a UUIDv7, when it is one.
fn uuid_v7_time(bytes: &[u8; 16]) -> Option<Time> {
    let id = uuid::Uuid::from_bytes(*bytes);
    if id.get_version_num() != 7 || id.get_variant() != uuid::Variant::RFC4122 {
        return None;
    }
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    Some(Time::from_ms(seconds.saturating_mul(1000).saturating_add(u64::from(nanos) / 1_000_000)))
}

macro_rules! time_ordered {
    ($name:ident) => {
        impl $name {
            /// A fresh id for something made at `time`.
            #[must_use]
            pub fn generate(time: Time, rng: &mut (impl CryptoRng + ?Sized)) -> Self {
                Self::new(uuid_v7(time, rng))
            }

            /// The time inside, when the bytes are a UUIDv7.
            #[must_use]
            pub fn time(&self) -> Option<Time> {
                uuid_v7_time(self.as_bytes())
            }

            /// The usual text form with dashes.
            #[must_use]
            pub fn to_uuid_text(&self) -> String {
                uuid::Uuid::from_bytes(*self.as_bytes()).hyphenated().to_string()
            }

            /// Reads a UUID with or without dashes.
            #[must_use]
            pub fn from_uuid_text(text: &str) -> Option<Self> {
                uuid::Uuid::try_parse(text).ok().map(|u| Self::new(u.into_bytes()))
            }
        }
    };
}
time_ordered!(OrderId);
time_ordered!(ActId);

random!(Handle, Nonce, InviteCode);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_carries_its_time() {
        let time = Time::from_ms(1_763_673_600_123);
        let id = OrderId::generate(time, &mut rand_core::UnwrapErr(crate::key::tests::Fixed(3)));
        assert_eq!(id.time(), Some(time));
        assert_eq!(OrderId::from_uuid_text(&id.to_uuid_text()), Some(id));
        assert_eq!(OrderId::new([0xff; 16]).time(), None);
    }
}
