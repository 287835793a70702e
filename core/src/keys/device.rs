//! The keys of this device: `act` for what moves value, `session` for reads, and a seed for payee keys.
//!
//! Source: wire decision 5 (two signing keys), 13 and 14 (a key pair of its own for each handle, so that a
//! stranger who scans a request learns neither account nor device). Payee keys are derived from one seed and the
//! handle by HKDF-SHA256 (RFC 5869), infos `farthing/1/payee-key` and `farthing/1/payee-hpke`, each followed by
//! the 16 bytes of the handle; so a handle of any age can be received on without keeping a key for each.
//!
//! Stored form, deterministic CBOR:
//!
//! ```cddl
//! device-keys = { 0: 1, 1: bstr .size 32, 2: bstr .size 32, 3: bstr .size 32 }   ; act, session, payee seed
//! ```
//!
//! ```
//! use farthing_core::keys::{SystemEntropy, device::DeviceKeys};
//! use farthing_protocol::{id::Handle, key::Signer as _};
//! let mut rng = SystemEntropy::new();
//! let keys = DeviceKeys::generate(&mut rng);
//! let handle = Handle::generate(&mut rng);
//! let again = DeviceKeys::from_secret(&keys.to_secret())?;
//! assert_eq!(keys.payee_key(&handle).public(), again.payee_key(&handle).public());
//! # Ok::<(), farthing_core::keys::device::DeviceKeysError>(())
//! ```

use super::vault::Secret;
use farthing_protocol::{
    id::Handle,
    key::{Ed25519Key, Signer as _, secret_eq},
    sealed::{self, HpkeKey},
};
use minicbor::{Decoder, Encoder};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// The stored form's version.
const VERSION: u8 = 1;
/// Room for the stored form, 107 bytes, so that no smaller buffer is left behind unwiped.
const ENCODED_LEN_MAX: usize = 128;

/// This device's keys, wiped when dropped.
pub struct DeviceKeys {
    act: Ed25519Key,
    session: Ed25519Key,
    payee_seed: Zeroizing<[u8; 32]>,
}

impl DeviceKeys {
    /// Fresh keys, for a device that enrols.
    #[must_use]
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut payee_seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(&mut payee_seed[..]);
        Self { act: Ed25519Key::generate(rng), session: Ed25519Key::generate(rng), payee_seed }
    }

    /// Signs orders: what moves value.
    #[must_use]
    pub const fn act(&self) -> &Ed25519Key {
        &self.act
    }

    /// Signs reads, handle and request acts; never value.
    #[must_use]
    pub const fn session(&self) -> &Ed25519Key {
        &self.session
    }

    /// The key that payments to `handle` name, and that signs its request.
    #[must_use]
    pub fn payee_key(&self, handle: &Handle) -> Ed25519Key {
        Ed25519Key::from_seed(*self.derive(b"farthing/1/payee-key", handle))
    }

    /// The key that messages to `handle` are sealed to.
    #[must_use]
    pub fn payee_hpke(&self, handle: &Handle) -> HpkeKey {
        HpkeKey::from_seed(&self.derive(b"farthing/1/payee-hpke", handle))
    }

    fn derive(&self, info: &[u8], handle: &Handle) -> Zeroizing<[u8; 32]> {
        sealed::derive(&[], &self.payee_seed[..], &[info, handle.as_bytes()])
    }

    /// For a vault.
    #[must_use]
    pub fn to_secret(&self) -> Secret {
        Secret::of_known_size(self.encode())
    }

    fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(ENCODED_LEN_MAX));
        let mut encoder = Encoder::new(&mut *out);
        // Writing to a Vec is infallible.
        let _ = encoder.map(4).and_then(|e| {
            e.u8(0)?.u8(VERSION)?;
            e.u8(1)?.bytes(&self.act.seed()[..])?;
            e.u8(2)?.bytes(&self.session.seed()[..])?;
            e.u8(3)?.bytes(&self.payee_seed[..])
        });
        out
    }

    /// From a vault.
    ///
    /// # Errors
    /// [`DeviceKeysError`]: damaged, or written by a newer program.
    pub fn from_secret(secret: &Secret) -> Result<Self, DeviceKeysError> {
        let mut decoder = Decoder::new(secret.as_bytes());
        let damaged = |_| DeviceKeysError::Damaged;
        let members = decoder.map().map_err(damaged)?;
        let version = member(&mut decoder, 0)?.u32().map_err(damaged)?;
        if version > u32::from(VERSION) {
            return Err(DeviceKeysError::Newer { version });
        }
        let act = seed(member(&mut decoder, 1)?)?;
        let session = seed(member(&mut decoder, 2)?)?;
        let payee_seed = seed(member(&mut decoder, 3)?)?;
        let keys = Self { act: Ed25519Key::from_seed(*act), session: Ed25519Key::from_seed(*session), payee_seed };
        // What is not the one deterministic encoding differs from it; compared without telling where.
        if members == Some(4) && secret_eq(&keys.encode(), secret.as_bytes()) {
            Ok(keys)
        } else {
            Err(DeviceKeysError::Damaged)
        }
    }
}

fn member<'d, 'b>(decoder: &'d mut Decoder<'b>, label: u8) -> Result<&'d mut Decoder<'b>, DeviceKeysError> {
    match decoder.u8() {
        Ok(found) if found == label => Ok(decoder),
        _ => Err(DeviceKeysError::Damaged),
    }
}

fn seed(decoder: &mut Decoder<'_>) -> Result<Zeroizing<[u8; 32]>, DeviceKeysError> {
    let bytes = decoder.bytes().map_err(|_| DeviceKeysError::Damaged)?;
    bytes.try_into().map(Zeroizing::new).map_err(|_| DeviceKeysError::Damaged)
}

impl core::fmt::Debug for DeviceKeys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (act, session) = (self.act.public().kid(), self.session.public().kid());
        write!(f, "DeviceKeys(act {act}, session {session}, secrets redacted)")
    }
}

/// A vault's secret that is not this program's device keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceKeysError {
    /// Not what was stored.
    #[error("the stored device keys are damaged; restore the wallet with its recovery phrase")]
    Damaged,
    /// Written by a newer program.
    #[error("the stored device keys have format {version}; a newer Farthing can read them")]
    Newer {
        /// Their format.
        version: u32,
    },
}
