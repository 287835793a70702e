//! Seeds of payee keys: what this account, or one of its devices, is paid with.
//!
//! Source: wire decisions 13 and 14 (a key pair of its own for each handle, so that a stranger who scans a request learns neither
//! account nor device). A handle's keys are derived from a seed and the handle by HKDF-SHA256 (RFC 5869), so a handle of any age
//! can be received on without keeping a key for each:
//!
//! ```text
//! recovery phrase ── farthing/1/receive-seed ──▶ ReceiveSeed ── farthing/1/device-receive ‖ device ──▶ DeviceReceiveSeed
//!                                                    │ aliases                                             │ one-time handles
//!                                                    ▼                                                     ▼
//!                            signing key: farthing/1/payee-key ‖ handle      HPKE key: farthing/1/payee-hpke ‖ handle
//! ```
//!
//! So an account that lost a phone gets all its payee keys back from the phrase, and a device that was made without the phrase
//! is given its own seed: it reads what was paid to its own handles, and nothing else.
//!
//! ```
//! use farthing_core::keys::{SystemEntropy, derivation, phrase::Phrase};
//! use farthing_protocol::{id::{DeviceId, Handle}, key::Signer as _};
//! let phrase = Phrase::generate(&mut SystemEntropy::new());
//! let (device, handle) = (DeviceId::new([1; 16]), Handle::new([2; 16]));
//! let before = derivation::receive_seed(&phrase).device(&device).key(&handle);
//! let restored = derivation::receive_seed(&phrase).device(&device).key(&handle);
//! assert_eq!(before.public(), restored.public());
//! ```

use farthing_protocol::{
    id::{DeviceId, Handle},
    key::{Ed25519Key, secret_eq},
    sealed::{self, HpkeKey},
};
use zeroize::Zeroizing;

/// Length of a seed in bytes.
pub const SEED_LEN: usize = 32;

/// Defines a seed, with the payee keys that come from it.
macro_rules! seed {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(sealed::Secret);

        impl $name {
            /// Takes a seed that was derived or stored.
            #[must_use]
            pub fn new(bytes: Zeroizing<[u8; SEED_LEN]>) -> Self {
                Self(Box::new(bytes))
            }

            /// The seed's bytes, which must not leak.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; SEED_LEN] {
                &self.0
            }

            /// The key that payments to `handle` name, and that signs its request or alias record.
            #[must_use]
            pub fn key(&self, handle: &Handle) -> Ed25519Key {
                Ed25519Key::from_seed(*self.derive(b"farthing/1/payee-key", handle.as_bytes()))
            }

            /// The key that messages to `handle` are sealed to.
            #[must_use]
            pub fn hpke(&self, handle: &Handle) -> HpkeKey {
                HpkeKey::from_seed(&self.derive(b"farthing/1/payee-hpke", handle.as_bytes()))
            }

            fn derive(&self, info: &[u8], of: &[u8]) -> Zeroizing<[u8; SEED_LEN]> {
                sealed::derive(&[], &self.0[..], &[info, of])
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                secret_eq(&self.0[..], &other.0[..])
            }
        }

        impl Eq for $name {}

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    };
}

seed! {
    /// The account's: from the phrase. Gives the payee keys of aliases, and every device's seed.
    ReceiveSeed
}

seed! {
    /// One device's: gives the payee keys of its one-time handles.
    DeviceReceiveSeed
}

impl ReceiveSeed {
    /// The seed of a device of this account, for the device itself and for whoever reads what was paid to it.
    #[must_use]
    pub fn device(&self, device: &DeviceId) -> DeviceReceiveSeed {
        DeviceReceiveSeed::new(self.derive(b"farthing/1/device-receive", device.as_bytes()))
    }
}
